"""The server as it is run: it lives and ends with its parent, behind the guard."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from rag.errors import UsageError
from rag.passwords import hash_password
from rag.serving import serve_page
from rag.settings import Settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


Server = subprocess.Popen[str]
Start = Callable[..., tuple[Server, int]]


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers, and wait until they are there; none stays behind."""
    own = tmp_path_factory.mktemp("own")
    places = {name: str(own) for name in ("SOURCIER_INDEX", "SOURCIER_DATA", "SOURCIER_CACHE")}
    with ExitStack() as started:

        def run(**variables: str) -> tuple[Server, int]:
            port = find_port()
            server = started.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "rag", "serve", "--port", str(port)],
                    cwd=ROOT,
                    env={**os.environ, **places, **variables},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
            started.callback(server.terminate)
            assert server.stdout is not None
            assert "Sourcier est prêt" in server.stdout.readline()
            return server, port

        yield run


@pytest.fixture(scope="module")
def port(start: Start) -> int:
    # A proxy of the environment is not asked for what is on this machine.
    nowhere = f"http://127.0.0.1:{find_port()}"
    _, port = start(SOURCIER_HOSTS="sourcier.exemple.fr", http_proxy=nowhere, no_proxy="")
    return port


def read_errors(server: Server) -> str:
    """Return what a server and its page wrote, once both have ended."""
    assert server.stderr is not None
    return server.stderr.read()


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


# ----------------------------------------------------------------------------- the entrance


def test_a_shared_page_opens_with_its_password_alone(start: Start) -> None:
    password = "chèvre pylône tiroir"
    _, port = start(
        SOURCIER_PASSWORD=hash_password(password), SOURCIER_SHARED="1", SOURCIER_READ_ONLY="1"
    )
    own = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}
    for path in ("/", "/_stcore/health", "/static/js/index.js"):
        status, policy, text = ask(port, path, own)
        assert status == 401 and "frame-ancestors 'none'" in policy and "Mot de passe" in text
    assert ask(port, "/_stcore/stream", own | UPGRADE)[0] == 401
    form = {**own, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/", urlencode({"password": password}), form)
        with connection.getresponse() as answer:
            assert answer.status == 303
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
    inside = {**own, "Cookie": cookie}
    assert ask(port, "/_stcore/health", inside)[0] == 200
    assert ask(port, "/_stcore/stream", inside | UPGRADE)[0] == 101
    assert ask(port, "/deconnexion", inside)[0] == 303
    assert ask(port, "/_stcore/stream", inside | UPGRADE)[0] == 401


@pytest.mark.skipif(sys.platform != "linux", reason="its loopback has many addresses")
def test_it_listens_at_one_address(start: Start) -> None:
    _, port = start()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=30).close()


@pytest.mark.skipif(sys.platform != "linux", reason="its loopback has many addresses")
def test_in_a_container_it_listens_everywhere_and_answers_to_its_own_names(start: Start) -> None:
    _, port = start(SOURCIER_ADDRESS="0.0.0.0")
    for host, expected in (("127.0.0.1", 200), ("127.0.0.2", 403)):
        with closing(http.client.HTTPConnection("127.0.0.2", port, timeout=30)) as connection:
            connection.request("GET", "/", headers={"Host": f"{host}:{port}"})
            assert connection.getresponse().status == expected


# ------------------------------------------------------------------------------ how it ends


def test_a_page_whose_parent_is_killed_gives_its_port_back(start: Start) -> None:
    server, port = start()
    server.kill()
    assert read_errors(server) == ""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_both_end_well_when_the_system_stops_both(start: Start) -> None:
    server, port = start()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as open_tab:
        open_tab.request("GET", "/_stcore/stream", headers=UPGRADE)
        assert open_tab.getresponse().status == 101
        os.killpg(server.pid, signal.SIGTERM)
        assert (server.wait(30), read_errors(server)) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_page_that_is_killed_is_told_in_a_line(start: Start) -> None:
    server, _ = start()
    (page,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    os.kill(int(page), signal.SIGKILL)
    (line,) = read_errors(server).splitlines()
    assert line.startswith("Erreur : La page a été arrêtée de l’extérieur (signal 9, souvent faute")
    assert server.wait(30) == 2


# -------------------------------------------------------------------------------- the port


def test_a_port_that_another_program_holds_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"Le port {port} est déjà pris") as caught:
            serve_page(Settings(), port)
    assert "python -m rag serve --port " in caught.value.todo and "make run" in caught.value.todo


def test_a_port_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(UsageError, match="Le port 65536 n’existe pas"):
        serve_page(Settings(), 65536)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UsageError, match="Le système refuse le port 80"):
        serve_page(Settings(), 80)
