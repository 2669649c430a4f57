"""The entrance: nothing is answered before the password, and who leaves has left everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from rag.guard import entrance
from rag.guard.entrance import COOKIE, LEAVE, Entrance, Tries
from rag.passwords import hash_password

PASSWORD = "chèvre pylône tiroir"


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    await websocket.close()


async def reach(request: Request) -> PlainTextResponse:
    return PlainTextResponse("page")


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def visit(hashed: str) -> Callable[[], TestClient]:
    """Open a browser of its own on one server, which trusts its proxy."""
    routes = [
        Route("/{path:path}", reach, methods=["GET", "POST", "PUT"]),
        WebSocketRoute("/stream", echo),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Entrance, hashed=hashed)])
    return lambda: TestClient(app, follow_redirects=False)


def enter(client: TestClient, password: str = PASSWORD, path: str = "/") -> int:
    return client.post(path, data={"password": password}).status_code


def test_nothing_is_answered_before_the_password(visit: Callable[[], TestClient]) -> None:
    client = visit()
    for path in ("/", "/_stcore/health", "/media/a.png"):
        answer = client.get(path)
        assert answer.status_code == 401 and "Mot de passe" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.put("/_stcore/upload_file/a/b", content=b"x").status_code == 401
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/stream"),
    ):
        pass
    assert denied.value.status_code == 401


def test_the_password_opens_the_page_that_was_asked_for(visit: Callable[[], TestClient]) -> None:
    client = visit()
    answer = client.post("/bibliotheque", data={"password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/bibliotheque")
    assert client.get("/bibliotheque").text == "page"
    with client.websocket_connect("/stream") as stream:
        stream.send_text("bonjour")
        assert stream.receive_text() == "bonjour"


def test_no_other_site_is_gone_to(visit: Callable[[], TestClient]) -> None:
    answer = visit().post("http://testserver//mechant.test/\\a", data={"password": PASSWORD})
    assert answer.headers["Location"] == "/mechant.test/%5Ca"


@pytest.mark.parametrize(("proxy", "secure"), [({}, ""), ({"X-Forwarded-Proto": "https"}, True)])
def test_the_cookie_is_for_this_server_alone(
    visit: Callable[[], TestClient], proxy: dict[str, str], secure: object
) -> None:
    answer = visit().post("/", data={"password": PASSWORD}, headers=proxy)
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert cookie["httponly"] is True and cookie["samesite"] == "strict"
    assert cookie["secure"] == secure and cookie["path"] == "/"


def test_a_cookie_that_was_not_given_opens_nothing(visit: Callable[[], TestClient]) -> None:
    client, other = visit(), visit()
    assert enter(client) == 303
    given = client.cookies[COOKIE]
    last = "A" if given[-3] != "A" else "B"
    for forged in ("", "oui", given[:-3] + last + given[-2:], given.replace(".", "x.", 1)):
        other.cookies = {COOKIE: forged}
        assert other.get("/").status_code == 401


def test_a_cookie_lasts_a_week(
    visit: Callable[[], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit()
    enter(client)
    monkeypatch.setattr(entrance, "_LASTS", -1)
    assert client.get("/").status_code == 401


def test_who_leaves_has_left_in_every_page(visit: Callable[[], TestClient]) -> None:
    client, thief = visit(), visit()
    enter(client)
    thief.cookies = {COOKIE: client.cookies[COOKIE]}
    with client.websocket_connect("/stream") as stream:
        assert client.get(LEAVE).headers["Location"] == "/"
        assert COOKIE not in client.cookies
        stream.send_text("encore là")
        with pytest.raises(WebSocketDisconnect):
            stream.receive_text()
    assert thief.get("/").status_code == client.get("/").status_code == 401


def test_a_link_of_another_site_is_followed_once_more(visit: Callable[[], TestClient]) -> None:
    client = visit()
    foreign = client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh"' in foreign.text
    assert 'http-equiv="refresh"' not in client.get("/").text


def test_what_is_wrong_is_told_and_never_repeated(
    visit: Callable[[], TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = visit()
    answer = client.post("/", data={"password": "temoin-4fd1c0a9"})
    assert answer.status_code == 401 and "Ce n’est pas le mot de passe." in answer.text
    assert "temoin" not in answer.text + caplog.text + str(answer.headers)
    for body in (b"\xff", b"password=" + b"a" * 9000, b"&" * 90):
        answer = client.post(
            "/", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code == 401 and "n’a pas pu être lu" in answer.text
    assert client.post("/", json={"password": PASSWORD}).status_code == 401


def test_many_tries_are_refused_the_right_one_included(
    visit: Callable[[], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "check_password", lambda given, kept: given == PASSWORD)
    client = visit()
    assert [enter(client, "non") for _ in range(6)] == [401] * 5 + [429]
    assert enter(client) == 429


def test_an_address_may_be_wrong_five_times_then_once_a_minute() -> None:
    now = 0.0
    tries = Tries(lambda: now)
    assert [tries.take("2001:db8::1") for _ in range(6)] == [True] * 5 + [False]
    assert not tries.take("2001:db8::ffff"), "the same visitor has them all"
    assert tries.take("2001:db8:0:1::1") and tries.take("127.0.0.1")
    now = 61.0
    assert tries.take("2001:db8::1") and not tries.take("2001:db8::1")
    tries.give_back("2001:db8::1")
    assert tries.take("2001:db8::1")


def test_addresses_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "_ADDRESSES", 3)
    tries = Tries()
    for number in range(9):
        tries.take(f"10.0.0.{number}")
    assert len(tries._spent) == 3
