"""The server as it is run: every answer of Streamlit goes through the guard."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    own = tmp_path_factory.mktemp("own")
    places = {name: str(own) for name in ("SOURCIER_INDEX", "SOURCIER_DATA", "SOURCIER_CACHE")}
    server = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", str(number)],
        cwd=ROOT,
        env={**os.environ, **places, "SOURCIER_HOSTS": "sourcier.exemple.fr"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    with server.stdout:
        assert "Sourcier est prêt" in server.stdout.readline()
        yield number
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, str, str]:
    """Return the status of an answer, its policy and its text; that of a WebSocket has no end."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            text = "" if answer.status == 101 else answer.read().decode()
            return answer.status, answer.headers.get("Content-Security-Policy", ""), text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "sourcier.exemple.fr"])
def test_its_own_names_are_answered(port: int, host: str) -> None:
    own = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}"}
    status, policy, _ = ask(port, "/", own)
    assert status == 200 and "frame-ancestors 'none'" in policy and "'sha256-" in policy
    assert ask(port, "/_stcore/stream", own | UPGRADE)[0] == 101


@pytest.mark.parametrize("upgrade", [{}, UPGRADE])
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/stream", "/media/a.png"])
def test_any_other_name_is_refused(port: int, path: str, upgrade: dict[str, str]) -> None:
    foreign = {"Host": f"mechant.test:{port}", "Origin": f"http://mechant.test:{port}"}
    status, _, text = ask(port, path, foreign | upgrade)
    assert status == 403 and "SOURCIER_HOSTS" in text
