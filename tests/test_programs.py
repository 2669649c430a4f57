"""What programs are answered, by MCP and by HTTP, over fake models and real connections."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
import uvicorn
from conftest import FakeEncoder, FakeEngine, FakeReader
from mcp import Client, MCPError
from mcp_types import CallToolResult, TextContent
from pydantic import TypeAdapter
from settled import settle_policy
from starlette.types import ASGIApp

from rag.cli import main
from rag.errors import Busy, IndexCorrupt, UsageError
from rag.index import build_index
from rag.programs.api import make_api
from rag.programs.functions import FUNCTIONS, Service, call
from rag.programs.mcp import make_app, make_server
from rag.programs.serving import LARGEST, guard
from rag.settings import Settings
from rag.store import lock_index, save_index
from rag.types import Article

QUESTION = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"
SENTENCE = "Microsoft a investi 13 milliards de dollars dans OpenAI."
NAMED = {function.name: function for function in FUNCTIONS}
CALLS: dict[str, dict[str, Any]] = {
    "search": {"question": QUESTION, "k": 2},
    "ask": {"question": QUESTION, "since": "2025-10"},
    "check": {"claim": SENTENCE, "source": SENTENCE},
    "articles": {"title": "microsoft"},
}


def publish(articles: list[Article], root: Path) -> None:
    with lock_index(root):
        save_index(build_index(articles, FakeEncoder, "fake-v1")[0], root, str(root / "corpus"))


@pytest.fixture
def settings(
    articles: list[Article], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answerable: None
) -> Settings:
    monkeypatch.setattr("rag.loading.load_fingerprint", lambda settings: "fake-v1")
    monkeypatch.setattr("rag.loading.load_encoder", lambda settings: FakeEncoder())
    monkeypatch.setattr("rag.loading.load_reader", lambda settings: FakeReader())
    settle_policy(monkeypatch)
    publish(articles, tmp_path / "index")
    return Settings(
        corpus=tmp_path / "corpus",
        index=tmp_path / "index",
        data=tmp_path / "data",
        hosts=("sourcier.exemple.fr",),
    )


@pytest.fixture
def service(settings: Settings) -> Service:
    return Service(settings)


def run(service: Service, name: str, sent: bytes | dict[str, Any] | None = None) -> dict[str, Any]:
    return call(service, NAMED[name], CALLS[name] if sent is None else sent)


def untimed(told: Any) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "timings_ms"}


# ---------------------------------------------------------------------------- the functions


@pytest.mark.parametrize("name", NAMED)
def test_what_is_told_has_the_shape_that_is_promised(service: Service, name: str) -> None:
    told = run(service, name)
    # What a schema does not know is dropped from what it reads.
    assert TypeAdapter[Any](NAMED[name].gives).validate_python(told, strict=True) == told


def test_passages_and_quotations_say_where_they_are_from(
    service: Service, articles: list[Article]
) -> None:
    texts = {article.id: article.text for article in articles}
    (first, *_) = run(service, "search")["hits"]
    (source, *_) = run(service, "ask")["sources"]
    for item, words in ((first, first["text"]), (source, source["quote"])):
        assert (item["title"], item["date"]) == ("La mise de Microsoft", "2025-10-31")
        assert item["source_url"] == "https://exemple.fr/a"
        assert texts[item["article_id"]][item["start"] : item["end"]] == words


def test_a_page_is_told_of_what_has_pages(
    articles: list[Article], settings: Settings, service: Service
) -> None:
    paged = replace(articles[0], id="a.pdf", pages=(0, 57))
    publish([paged, *articles[1:]], settings.index)
    assert run(service, "search")["hits"][0]["page"] == 1
    assert run(service, "ask")["sources"][0]["page"] == 1


def test_a_conversation_is_followed(service: Service) -> None:
    past = [{"question": "Qui dirige Mistral AI ?", "answer": "Arthur Mensch."}]
    told = run(service, "ask", {"question": "Et OpenAI ?", "history": past})
    assert told["understood"] == "Qui dirige OpenAI ?"


def test_a_model_writes_only_when_it_is_asked_to(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Settings] = []

    def load(settings: Settings) -> FakeEngine:
        loaded.append(settings)
        return FakeEngine(*["Dans OpenAI, Microsoft a investi 13 milliards de dollars [1]."] * 2)

    monkeypatch.setattr("rag.loading.load_writer", load)
    assert not any(sentence["reworded"] for sentence in run(service, "ask")["sentences"])
    assert not loaded
    for _ in range(2):
        told = run(service, "ask", {"question": QUESTION, "reword": True})
        assert told["sentences"][-1]["reworded"] and not told["sentences"][0]["reworded"]
    assert len(loaded) == 1


def test_articles_are_listed_by_pages_the_newest_first(service: Service) -> None:
    told = run(service, "articles", {"limit": 2})
    assert (told["total"], [one["id"] for one in told["articles"]]) == (3, ["a.md", "b.md"])
    told = run(service, "articles", {"limit": 2, "offset": 2, "until": "2025-09"})
    assert told == {"total": 1, "articles": []}
    (told,) = run(service, "articles", {"title": "PANEL d’expérts"})["articles"] or [{}]
    assert told.get("id") == "b.md"


def test_the_list_needs_no_model(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("rag.loading.load_encoder")
    assert run(service, "articles", {})["total"] == 3


def test_a_newer_index_is_taken_and_a_damaged_one_is_not(
    articles: list[Article], settings: Settings, service: Service
) -> None:
    assert run(service, "articles", {})["total"] == 3
    publish(articles[:2], settings.index)
    assert run(service, "articles", {})["total"] == 2
    publish(articles[:1], settings.index)
    newest = max((settings.index / "generations").iterdir())
    (newest / "manifest.json").write_bytes(b"{}")
    assert run(service, "articles", {})["total"] == 2
    with pytest.raises(IndexCorrupt):
        run(Service(settings), "articles", {})


def test_nothing_is_written(settings: Settings, service: Service) -> None:
    def look() -> dict[Path, tuple[int, int]]:
        root = settings.index.parent
        return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*")}

    before = look()
    for name in NAMED:
        run(service, name)
    assert look() == before


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("ask", {}, "« question » manque"),
        ("ask", {"question": "  "}, "« question » est vide"),
        ("ask", {"question": 12}, "« question » doit être un texte"),
        ("ask", {"question": "x" * 2001}, "« question » dépasse 2000 caractères"),
        ("ask", {"question": "x", "langue": "en"}, "« langue » n’existe pas"),
        ("ask", {"question": "x", "reword": "peut-être"}, "« reword » doit valoir true ou false"),
        ("ask", {"question": "x", "history": [{}]}, "« history.0.question » manque"),
        ("ask", {"question": "x", "since": "hier"}, "« hier » n’est pas une date"),
        ("search", {"question": "x", "k": 0}, "« k » doit valoir au moins 1"),
        ("search", {"question": "x", "k": 51}, "« k » doit valoir au plus 50"),
        ("search", {"question": "x", "k": 1.5}, "« k » doit être un nombre entier"),
        ("search", {"question": "x", "topics": "AGI"}, "« topics » doit être une liste"),
        ("articles", {"articles": ["z.md"]}, "n’a pour identifiant"),
        ("ask", b'{"question": "\\ud800"}', "« question » contient un caractère impossible"),
        ("ask", b"[]", "il faut un objet JSON"),
        ("ask", b"", "n’est pas du JSON"),
        ("ask", b"\xff", "n’est pas du JSON"),
        ("ask", b"[" * 100_000, "n’est pas du JSON"),
    ],
)
def test_what_is_misunderstood_is_told_in_french(
    service: Service, name: str, sent: bytes | dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        run(service, name, sent)


def test_too_many_questions_at_once_are_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen are answered, one at a time; what comes above them is told to come again."""
    within, most = 0, 0
    gate, lock = threading.Event(), threading.Lock()

    class SlowReader(FakeReader):
        def entail(self, pairs: Any) -> Any:
            nonlocal within, most
            with lock:
                within += 1
                most = max(most, within)
            gate.wait(30)
            with lock:
                within -= 1
            return super().entail(pairs)

    monkeypatch.setattr("rag.loading.load_reader", lambda settings: SlowReader())
    service.load()
    told: list[dict[str, Any] | Exception] = []

    def ask() -> None:
        try:
            told.append(run(service, "check", {"claim": "Le chat dort ici.", "source": SENTENCE}))
        except Busy as error:
            told.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    while len(told) < 4:
        time.sleep(0.01)
    gate.set()
    for thread in threads:
        thread.join(30)
    refused = [error for error in told if isinstance(error, Busy)]
    assert (len(told), len(refused), most) == (20, 4, 1)
    assert str(refused[0]) == (
        "Sourcier est occupé : 16 questions attendent déjà. Reposez-la dans une minute."
    )


# --------------------------------------------------------------------------- over connections


@contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """Serve an application on a free port, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


Send = Callable[..., tuple[int, dict[str, str], dict[str, Any]]]


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Callable[[Service], ASGIApp]:
    """Make the application of the API, or that of the MCP server."""
    if request.param == "api":
        return make_api
    return lambda service: make_app(make_server(service))


def send(
    port: int, path: str, body: bytes = b"", method: str = "POST", **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return the status, the headers and the JSON of an answer."""
    own = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, own | headers)
        with connection.getresponse() as answer:
            told = answer.read()
            return answer.status, dict(answer.headers), json.loads(told)


PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
BOTH = pytest.mark.parametrize(
    ("make", "path", "body"),
    [("api", "/articles", b"{}"), ("mcp", "/mcp", PING)],
    indirect=["make"],
    ids=["api", "mcp"],
)


@BOTH
def test_only_this_machine_and_the_same_origin_are_answered(
    settings: Settings, make: Callable[[Service], ASGIApp], path: str, body: bytes
) -> None:
    with serving(guard(make(Service(settings)), settings)) as port:
        here = f"127.0.0.1:{port}"
        for host in (here, f"localhost:{port}", "sourcier.exemple.fr"):
            status, headers, _ = send(port, path, body, Host=host, Origin=f"http://{host}")
            assert status == 200
            assert headers["x-content-type-options"] == "nosniff"
            assert not any(name.startswith("access-control") for name in headers)
        foreign = (
            {"Host": f"mechant.test:{port}", "Origin": f"http://mechant.test:{port}"},
            {"Host": f"mechant.test:{port}"},
            {"Host": here, "Origin": "http://mechant.test"},
            {"Host": here, "Origin": "null"},
        )
        for claimed in foreign:
            for method in ("POST", "OPTIONS", "GET", "DELETE"):
                status, headers, told = send(port, path, body, method, **claimed)
                assert status == 403 and "SOURCIER_HOSTS" in told["error"]
                assert headers["x-content-type-options"] == "nosniff"
                assert not any(name.startswith("access-control") for name in headers)


@BOTH
def test_a_body_has_a_size_and_a_time(
    settings: Settings, make: Callable[[Service], ASGIApp], path: str, body: bytes
) -> None:
    with serving(guard(make(Service(settings)), settings, longest=0.2)) as port:
        status, _, told = send(port, path, b" " * (LARGEST + 1))
        assert (status, told["error"][:26]) == (413, "La demande dépasse 1 Mo. R")
        endless = (b" " * 100_000 for _ in range(100))
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            try:
                connection.request("POST", path, endless)
            except OSError:
                pass  # what is refused need not be read to its end
            else:
                assert connection.getresponse().status == 413
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.putrequest("POST", path)
            connection.putheader("Content-Length", "100")
            connection.endheaders(b"{")
            answer = connection.getresponse()
            assert (answer.status, json.load(answer)["kind"]) == (408, "UsageError")
        assert send(port, path, body)[0] == 200


def test_the_api_tells_what_the_functions_tell(settings: Settings, service: Service) -> None:
    with serving(guard(make_api(service), settings)) as port:
        for name, asked in CALLS.items():
            status, _, told = send(port, f"/{name}", json.dumps(asked).encode())
            assert (status, untimed(told)) == (200, untimed(run(service, name)))


def test_what_the_api_refuses_is_json_in_french(
    settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(settings: Settings) -> None:
        raise ZeroDivisionError("secret")

    with serving(guard(make_api(service), settings)) as port:
        assert send(port, "/ask", b"{}")[0] == 400
        status, _, told = send(port, "/ask", b"{}", **{"Content-Type": "text/plain"})
        assert status == 415 and "application/json" in told["error"]
        status, _, told = send(port, "/nulle-part", b"{}")
        assert (status, told["kind"]) == (404, "UsageError") and "/openapi.json" in told["error"]
        assert send(port, "/ask", method="GET")[0] == 405
        monkeypatch.setattr("rag.programs.functions.follow_corpus", fail)
        status, _, told = send(port, "/ask", json.dumps(CALLS["ask"]).encode())
        assert (status, told["kind"]) == (500, "RagError")
        assert "(ZeroDivisionError)" in told["error"] and "secret" not in told["error"]
    nowhere = replace(settings, index=settings.data)
    with serving(guard(make_api(Service(nowhere)), settings)) as port:
        status, _, told = send(port, "/articles", b"{}")
        assert (status, told["kind"]) == (503, "IndexMissing")


def test_what_is_not_there_is_told_with_where_to_ask(settings: Settings, service: Service) -> None:
    with serving(guard(make_app(make_server(service)), settings)) as port:
        assert send(port, "/mcp", method="GET")[0] == 405
        status, _, told = send(port, "/nulle-part")
        assert status == 404
        assert (
            told["error"]
            == "Il n’y a rien à « POST /nulle-part ». Le serveur MCP est à /mcp, par POST."
        )


def test_the_api_describes_itself(settings: Settings, service: Service) -> None:
    with serving(guard(make_api(service), settings)) as port:
        _, _, told = send(port, "/openapi.json", method="GET")
    assert told["openapi"].startswith("3.1") and set(told["paths"]) == {f"/{n}" for n in NAMED}
    written = json.dumps(told)
    schemas = told["components"]["schemas"]
    for part in written.split('"$ref": "')[1:]:
        assert part.split('"')[0].removeprefix("#/components/schemas/") in schemas
    ask = told["paths"]["/ask"]["post"]
    assert "carries the numbers" in ask["description"]
    (taken,) = ask["requestBody"]["content"].values()
    assert taken["schema"]["$ref"].endswith("/Ask") and schemas["Ask"]["required"] == ["question"]
    assert "The exact words" in schemas["QuotedSource"]["properties"]["quote"]["description"]


# --------------------------------------------------------------------------------------- MCP


def read(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def run_apart(work: Callable[..., Awaitable[None]], *arguments: object) -> None:
    """Run it in a thread: where browser tests came before, Playwright's loop holds this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, work, *arguments).result()


def test_tools_are_read_only_and_tell_what_the_functions_tell(service: Service) -> None:
    async def converse() -> None:
        async with Client(make_server(service)) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == list(NAMED)
            for tool in listed:
                assert tool.annotations is not None and tool.annotations.read_only_hint
                assert tool.annotations.open_world_hint is False and tool.output_schema
                result = await client.call_tool(tool.name, CALLS[tool.name])
                assert isinstance(result, CallToolResult) and not result.is_error
                told, known = (
                    cast(dict[str, Any], result.structured_content),
                    run(service, tool.name),
                )
                assert json.loads(read(result)) == told
                told.pop("timings_ms", None), known.pop("timings_ms", None)
                assert told == known

    run_apart(converse)


def test_what_a_tool_refuses_is_told_in_french(settings: Settings) -> None:
    async def converse() -> None:
        async with Client(make_server(Service(replace(settings, index=settings.data)))) as client:
            result = await client.call_tool("ask", {})
            assert result.is_error and "« question » manque" in read(result)
            result = await client.call_tool("articles", {})
            assert result.is_error and "index" in read(result) and "Traceback" not in read(result)
            with pytest.raises(MCPError, match="L’outil « erase » n’existe pas"):
                await client.call_tool("erase", {})

    run_apart(converse)


def test_many_clients_are_answered_at_once_by_http(settings: Settings, service: Service) -> None:
    told: list[str] = []

    async def converse(port: int, mode: str) -> None:
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as client:
            result = await client.call_tool("ask", CALLS["ask"])
            told.append(cast(dict[str, Any], result.structured_content)["answer"])

    async def gather(port: int) -> None:
        async with anyio.create_task_group() as group:
            for mode in ("auto", "legacy") * 3:
                group.start_soon(converse, port, mode)

    with serving(guard(make_app(make_server(service)), settings)) as port:
        run_apart(gather, port)
    assert len(told) == 6 and len(set(told)) == 1 and told[0].startswith(SENTENCE)


# ----------------------------------------------------------------------------------- commands


@pytest.mark.parametrize("command", ["mcp", "api"])
def test_a_missing_package_is_named(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, f"rag.programs.{command}", None)
    assert main([command]) == 2
    assert "pip install 'sourcier[server]'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["mcp", "api"])
def test_a_port_that_is_taken_is_told_before_anything_is_loaded(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(Service, "load")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main([command, "--port", str(port)]) == 2
    assert f"`python -m rag {command} --port {port + 1}`" in capsys.readouterr().err
