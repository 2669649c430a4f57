"""Who may ask for a page: the page of Sourcier itself, under its own names."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from rag.guard.hosts import Guard, make_policy


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("titres")
    await websocket.close()


@pytest.fixture
def client() -> TestClient:
    app = Starlette(
        routes=[
            Route("/", lambda request: PlainTextResponse("page")),
            WebSocketRoute("/stream", greet),
        ],
        middleware=[Middleware(Guard, hosts=["sourcier.exemple.fr"], policy="default-src 'self'")],
    )
    return TestClient(app)


KNOWN = ["127.0.0.1:8501", "localhost", "LOCALHOST.:80", "[::1]:8501", "sourcier.exemple.fr"]
FOREIGN = [
    "mechant.test:8501",
    "127.0.0.1.mechant.test",
    "mechant.test#@127.0.0.1",
    "moi@localhost",
    "localhost:x",
    "[::2]",
    "0.0.0.0:8501",
    "",
]


@pytest.mark.parametrize("host", KNOWN)
def test_its_own_page_is_answered(client: TestClient, host: str) -> None:
    headers = {"host": host, "origin": f"http://{host}"}
    assert client.get("/", headers=headers).text == "page"
    with client.websocket_connect("/stream", headers=headers) as stream:
        assert stream.receive_text() == "titres"


@pytest.mark.parametrize("host", FOREIGN)
def test_another_name_is_refused_though_the_origin_is_the_same(
    client: TestClient, host: str
) -> None:
    headers = {"host": host, "origin": f"http://{host}"}
    answer = client.get("/", headers=headers)
    assert answer.status_code == 403 and "SOURCIER_HOSTS" in answer.text
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/stream", headers=headers),
    ):
        pass
    assert denied.value.status_code == 403
    assert denied.value.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("origin", ["http://mechant.test", "http://127.0.0.1:9000", "null"])
def test_the_page_of_another_origin_is_refused(client: TestClient, origin: str) -> None:
    headers = {"host": "127.0.0.1:8501", "origin": origin}
    assert client.post("/", headers=headers).status_code == 403


def test_one_host_is_told(client: TestClient) -> None:
    twice = [("host", "127.0.0.1"), ("host", "mechant.test")]
    assert client.get("/", headers=twice).status_code == 403


def test_every_answer_says_what_the_page_may_do(client: TestClient) -> None:
    for host in ("localhost", "mechant.test"):
        headers = client.get("/", headers={"host": host}).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'self'"


def test_only_the_scripts_of_the_document_are_inline() -> None:
    script = "\n  window.ready = false\n"
    policy = make_policy(f'<script>{script}</script><script src="./a.js"></script>')
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' blob: 'sha256-{digest}';" in policy
    assert policy.count("sha256-") == 1 and "unsafe-eval" not in policy
