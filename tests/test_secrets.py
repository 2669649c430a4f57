"""Secrets are planted, then looked for: the key of a language server is in its requests alone, what
is kept of the page's password in the settings alone."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from conftest import FakeEncoder, FakeReader
from settled import settle_policy
from streamlit.testing.v1 import AppTest

from rag import loading
from rag.cli import main
from rag.export import CHECKABLE, FORMATS, read_export
from rag.index import build_index
from rag.models import list_models
from rag.page.preferences import describe_departures, describe_models
from rag.passwords import hash_password
from rag.settings import load_settings
from rag.store import lock_index, save_index
from rag.types import Article

pytestmark = pytest.mark.slow

APP = Path(__file__).resolve().parent.parent / "app.py"
QUESTION = "Combien Microsoft a-t-il investi dans OpenAI ?"
# In an address too, which people paste with what it takes to be let in.
KEY, PASSWORD = "sk-temoin-4fd1c0a9", "mot-de-passe-temoin-77b2"
HASHED = hash_password("mot de passe de la page")


class Gossip:
    """A language server that repeats what it was told wherever it can."""

    # A refusal, a breakdown, something else than the protocol, an error of it, another place.
    WAYS = (
        lambda told: (401, f"Incorrect API key: {told}"),
        lambda told: (500, f"Traceback: {told}"),
        lambda told: (200, f"data: {told}\n\n"),
        lambda told: (200, f"data: {json.dumps({'error': {'message': told}})}\n\n"),
        lambda told: (302, told),
    )

    def __init__(self) -> None:
        self.way: Callable[[str], tuple[int, str]] = self.WAYS[0]
        self.told: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.told.append(self.headers.get("Authorization", ""))
                status, body = outer.way(f"{outer.told[-1]} {PASSWORD}")
                self.send_response(status)
                self.send_header("Location", f"/?{body}")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def gossip() -> Iterator[Gossip]:
    gossip = Gossip()
    thread = threading.Thread(target=gossip.http.serve_forever, args=(0.01,))
    thread.start()
    yield gossip
    gossip.http.shutdown()
    thread.join()
    gossip.http.server_close()


@pytest.fixture
def places(
    tmp_path: Path, gossip: Gossip, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Folders of an index and of what is kept, under the settings that hold the secrets."""
    encoder = FakeEncoder()
    variables = {
        "INDEX": str(tmp_path / "index"),
        "DATA": str(tmp_path / "data"),
        "CACHE": str(tmp_path / "cache"),
        "ENGINE": "openai",
        "SERVER_URL": f"http://moi:{PASSWORD}@127.0.0.1:{gossip.http.server_port}",
        "SERVER_KEY": KEY,
        "PASSWORD": HASHED,
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"SOURCIER_{name}", value)
    monkeypatch.setattr(loading, "load_fingerprint", lambda settings: encoder.fingerprint)
    monkeypatch.setattr(loading, "load_encoder", lambda settings: encoder)
    monkeypatch.setattr(loading, "load_reader", lambda settings: FakeReader())
    settle_policy(monkeypatch)
    index, _ = build_index(articles, lambda: encoder, encoder.fingerprint)
    with lock_index(tmp_path / "index"):
        save_index(index, tmp_path / "index")
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def read_page(page: AppTest) -> str:
    """Return everything that the browser is sent."""
    return repr([getattr(node, "proto", "") for node in page._tree])


@pytest.mark.usefixtures("answerable")
def test_the_key_is_only_in_the_requests(
    places: Path,
    gossip: Gossip,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = load_settings()
    shown: list[Any] = [settings]
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page = page.chat_input[0].set_value(QUESTION).run()
    for way in Gossip.WAYS:
        gossip.way = way
        page = page.button(key="reword-0").click().run()
        assert page.warning and not page.exception, "the failure is told"
        shown.append(read_page(page))
        assert main(["ask", QUESTION, "--reword"]) == 0
        assert main(["ask", QUESTION, "--reword", "--json"]) == 0
    assert set(gossip.told) == {f"Bearer {KEY}"} and len(gossip.told) == 3 * len(Gossip.WAYS)

    shown += [describe_models(list_models(settings), settings), describe_departures(settings)]
    assert "127.0.0.1" in repr(shown[-1]), "the server is told, without what it takes to be let in"
    for form in FORMATS:
        assert main(["export", "--last", "--out", str(places / f"export.{form}")]) == 0
        if form in CHECKABLE:
            shown.append(read_export((places / f"export.{form}").read_bytes()))
    assert main(["history", "--json"]) == main(["models", "--json"]) == 0
    shown += [file.read_bytes() for file in places.rglob("*") if file.is_file()]
    shown += [caplog.text, *capsys.readouterr()]
    for secret in (KEY, PASSWORD, HASHED.rpartition(":")[2]):
        assert secret not in repr(shown)
