"""Against a real HTTP server on loopback, that each test scripts."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rag.engines import openai
from rag.engines.openai import OpenAIEngine
from rag.errors import EngineError, UsageError
from rag.types import Message

QUESTION: list[Message] = [{"role": "user", "content": "Où est Lyon ?"}]
KEY = "sk-secret-0123456789"

Script = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers with ``script`` and remembers the requests."""

    def __init__(self) -> None:
        self.script: Script = lambda handler: reply(handler, DONE)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.told: dict[str, Any] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.bodies.append(json.loads(self.rfile.read(length)))
                outer.headers.append(dict(self.headers))
                outer.script(self)

            def do_GET(self) -> None:
                told = outer.told.get(self.path)
                outer.headers.append(dict(self.headers))
                self.send_response(200 if told is not None else 404)
                self.end_headers()
                self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


def reply(handler: BaseHTTPRequestHandler, *pieces: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()


def say(text: str, finish: str | None = None) -> bytes:
    event = {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def ask(server: Server, grammar: str = "", key: str = KEY) -> str:
    return "".join(OpenAIEngine(server.url, "qwen", key).stream(QUESTION, grammar, 64))


def test_pieces_arrive_as_they_are_sent(server: Server) -> None:
    told = threading.Event()

    def script(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, say("Au "))
        assert told.wait(10)
        handler.wfile.write(say("confluent é.") + DONE)

    server.script = script
    stream = OpenAIEngine(server.url, "qwen", KEY).stream(QUESTION, "", 64)
    assert next(stream) == "Au "
    told.set()
    assert list(stream) == ["confluent é."]
    assert server.bodies == [
        {
            "messages": QUESTION,
            "model": "qwen",
            "max_tokens": 64,
            "temperature": 0,
            "stream": True,
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_roles_comments_counts_and_line_ends_are_passed_over(server: Server) -> None:
    role = b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\r\n\r\n'
    count = b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    server.script = lambda h: reply(h, b": ping\n\n", role, b"id: 1\n", say("Oui."), count, DONE)
    assert ask(server) == "Oui."


def test_a_finish_reason_replaces_done(server: Server) -> None:
    server.script = lambda h: reply(h, say("Oui."), say("", "stop"))
    assert ask(server) == "Oui."


def test_no_key_and_no_model_send_none(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    engine = OpenAIEngine(server.url, "", "")
    assert list(engine.stream(QUESTION, "", 8)) == []
    assert "Authorization" not in server.headers[0]
    assert "model" not in server.bodies[0]
    assert engine.name == "Serveur 127.0.0.1"


def test_the_grammar_is_sent(server: Server) -> None:
    ask(server, grammar="root ::= x")
    assert server.bodies[0]["grammar"] == "root ::= x"
    assert server.bodies[0]["structured_outputs"] == {"grammar": "root ::= x"}


def test_a_server_that_refuses_grammars_is_spared_them(server: Server) -> None:
    def script(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, say("Oui."), DONE, status=400 if "grammar" in server.bodies[-1] else 200)

    server.script = script
    engine = OpenAIEngine(server.url, "qwen", KEY)
    for _ in range(2):
        assert list(engine.stream(QUESTION, "root ::= x", 8)) == ["Oui."]
    assert ["grammar" in body for body in server.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "refuse la demande"),
        (401, "SOURCIER_SERVER_KEY"),
        (403, "SOURCIER_SERVER_KEY"),
        (404, "SOURCIER_SERVER_MODEL"),
        (429, "trop de demandes"),
        (500, "en panne"),
        (503, "en panne"),
        (302, "refuse la demande"),
        (204, "refuse la demande"),
    ],
)
@pytest.mark.parametrize("grammar", ["", "root ::= x"])
def test_a_bad_status_is_an_error(server: Server, status: int, message: str, grammar: str) -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key: {KEY}"}}).encode()
    server.script = lambda h: reply(h, body if status != 204 else b"", status=status)
    with pytest.raises(EngineError, match=message) as caught:
        ask(server, grammar)
    assert_no_key(caught.value)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (b"data: {not json\n\n", "illisible"),
        (b"data: [1, 2]\n\n", "illisible"),
        (b"data: 3\n\n", "illisible"),
        (b'data: {"choices": [{"text": "x"}]}\n\n', "illisible"),
        (b'data: {"choices": [{"delta": {"content": 3}}]}\n\n', "illisible"),
        (b'data: {"choices": "x"}\n\n', "illisible"),
        (b"data: \xff\xfe\n\n", "illisible"),
        (b'data: {"error": {"message": "' + KEY.encode() + b'"}}\n\n', "erreur"),
        (b"<html>bonjour</html>", "coupé"),
        (b"", "coupé"),
    ],
)
def test_garbage_is_an_error_after_the_text_that_came(
    server: Server, event: bytes, message: str
) -> None:
    server.script = lambda h: reply(h, say("Au "), event)
    stream = OpenAIEngine(server.url, "qwen", KEY).stream(QUESTION, "", 64)
    assert next(stream) == "Au "
    with pytest.raises(EngineError, match=message) as caught:
        list(stream)
    assert_no_key(caught.value)


def test_a_connection_cut_mid_stream_is_an_error(server: Server) -> None:
    def script(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        piece = say("Au ")
        handler.wfile.write(b"%x\r\n%s\r\n50\r\ndata: {" % (len(piece), piece))
        handler.wfile.flush()
        handler.close_connection = True

    server.script = script
    stream = OpenAIEngine(server.url, "qwen", KEY).stream(QUESTION, "", 64)
    assert next(stream) == "Au "
    with pytest.raises(EngineError, match="coupé") as caught:
        list(stream)
    assert_no_key(caught.value)


def test_a_reset_before_the_reply_is_an_error(server: Server) -> None:
    server.script = lambda h: h.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(EngineError, match="injoignable") as caught:
        ask(server)
    assert_no_key(caught.value)


def test_a_refused_connection_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EngineError, match="injoignable") as caught:
        list(OpenAIEngine(f"http://127.0.0.1:{port}", "m", KEY).stream(QUESTION, "", 8))
    assert_no_key(caught.value)


@pytest.mark.parametrize("first", [b"", say("Au ")])
def test_a_silent_server_is_an_error(
    server: Server, first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "_TIMEOUT", (5.0, 0.2))
    given_up = threading.Event()

    def script(handler: BaseHTTPRequestHandler) -> None:
        if first:
            reply(handler, first)
        given_up.wait(10)

    server.script = script
    try:
        with pytest.raises(EngineError, match="à temps") as caught:
            ask(server)
    finally:
        given_up.set()
    assert_no_key(caught.value)


def test_closing_the_iterator_closes_the_connection(server: Server) -> None:
    dropped = threading.Event()

    def script(handler: BaseHTTPRequestHandler) -> None:
        reply(handler)
        try:
            while True:
                handler.wfile.write(say("mot "))
                time.sleep(0.005)
        except OSError:
            dropped.set()

    server.script = script
    stream = OpenAIEngine(server.url, "qwen", KEY).stream(QUESTION, "", 64)
    assert next(stream) == "mot "
    stream.close()  # type: ignore[attr-defined]
    assert dropped.wait(10)


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://h:8000", "http://h:8000/v1/chat/completions"),
        (" http://h:8000/ ", "http://h:8000/v1/chat/completions"),
        ("https://h/v1", "https://h/v1/chat/completions"),
        ("https://h/openai/v1/", "https://h/openai/v1/chat/completions"),
        ("https://h/api/chat/completions", "https://h/api/chat/completions"),
        ("https://h/x?version=2", "https://h/x/v1/chat/completions?version=2"),
    ],
)
def test_the_address_is_completed(url: str, full: str) -> None:
    assert OpenAIEngine(url, "m", "")._url == full


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://h/v1", "http://", "http://["])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="SOURCIER_SERVER_URL"):
        OpenAIEngine(url, "m", "")


@pytest.mark.parametrize("key", ["épée", "a\nb", "a\x00"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="SOURCIER_SERVER_KEY") as caught:
        OpenAIEngine("http://h", "m", key)
    assert key not in str(caught.value)


def test_spaces_around_the_key_are_dropped(server: Server) -> None:
    ask(server, key=f" {KEY}\n")
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def assert_no_key(error: BaseException) -> None:
    assert KEY not in "".join(traceback.format_exception(error))


# ---------------------------------------------------------------------------------- the context


@pytest.mark.parametrize(
    ("told", "context"),
    [
        # vLLM; a hosted model among others; llama.cpp, which serves less than it was trained with.
        ({"/v1/models": {"data": [{"id": "qwen", "max_model_len": 32768}]}}, 32768),
        (
            {
                "/v1/models": {
                    "data": [
                        {"id": "autre", "context_length": 1},
                        {"id": "qwen", "context_length": 131072},
                    ]
                }
            },
            131072,
        ),
        (
            {
                "/props": {"default_generation_settings": {"n_ctx": 4096}},
                "/v1/models": {"data": [{"id": "qwen", "meta": {"n_ctx_train": 32768}}]},
            },
            4096,
        ),
        # Ollama, loaded; not loaded yet, nothing says what it will serve.
        ({"/api/ps": {"models": [{"name": "qwen", "context_length": 16384}]}}, 16384),
        ({"/api/ps": {"models": []}, "/v1/models": {"data": [{"id": "qwen"}]}}, 0),
        # Nothing, and nonsense.
        ({}, 0),
        ({"/v1/models": b"<html>"}, 0),
        ({"/v1/models": {"data": [{"id": "qwen", "max_model_len": "beaucoup"}]}}, 0),
        ({"/props": [], "/api/ps": {"models": 3}, "/v1/models": {"data": None}}, 0),
    ],
)
def test_the_context_is_what_the_server_declares(
    server: Server, told: dict[str, Any], context: int
) -> None:
    server.told = told
    engine = OpenAIEngine(server.url, "qwen", KEY)
    assert engine.context == context
    assert all(headers["Authorization"] == f"Bearer {KEY}" for headers in server.headers)


def test_a_model_that_is_loaded_meanwhile_is_asked_about_again(server: Server) -> None:
    engine = OpenAIEngine(server.url, "qwen", "")
    server.told = {"/api/ps": {"models": []}}
    assert engine.context == 0
    server.told = {"/api/ps": {"models": [{"name": "qwen", "context_length": 9000}]}}
    assert engine.context == 9000


def test_a_server_that_is_not_there_yet_is_asked_again(server: Server) -> None:
    engine = OpenAIEngine("http://127.0.0.1:9", "qwen", "")
    assert engine.context == 0
    engine._url = f"{server.url}/v1/chat/completions"
    server.told = {"/v1/models": {"data": [{"id": "qwen", "max_model_len": 9000}]}}
    assert (engine.context, engine.context) == (9000, 9000)
    assert len(server.headers) == 3
