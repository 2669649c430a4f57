"""The commands for programs, run as they are, with the real models and real clients."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult

from rag.indexing import index_corpus
from rag.loading import load_encoder, load_fingerprint
from rag.settings import Settings

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parent.parent.parent
ARTICLES = ("2025-10-31-combien-microsoft-a-investi.md", "2025-10-29-panel-experts-agi.md")
QUESTION = {"question": "Quelle somme Microsoft a-t-il investie dans OpenAI ?"}


@pytest.fixture(scope="module")
def index(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, embedder_path: Path
) -> Path:
    corpus, root = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("index")
    for name in ARTICLES:
        shutil.copy(ROOT / "corpus" / name, corpus)
    index_corpus(corpus, root, load_fingerprint(settings), lambda: load_encoder(settings))
    return root


def check_answer(told: dict[str, Any]) -> None:
    """Every sentence has its sources, and every source says where it stands."""
    assert not told["refused"] and "milliard" in told["answer"]
    sources = {source["n"]: source for source in told["sources"]}
    for sentence in told["sentences"]:
        assert sentence["citations"] and set(sentence["citations"]) <= set(sources)
    for source in sources.values():
        text = (ROOT / "corpus" / source["article_id"]).read_text(encoding="utf-8")
        assert source["quote"] in text and source["title"] and source["date"]


async def converse(server: StdioServerParameters) -> None:
    """Use every tool as a client does: list, read, ask, then check what was quoted."""

    async def use(name: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(name, arguments)
        assert isinstance(result, CallToolResult) and not result.is_error
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async with Client(server, read_timeout_seconds=120) as client:
        assert "Sourcier" in (client.instructions or "")
        tools = [tool.name for tool in (await client.list_tools()).tools]
        assert tools == ["search", "ask", "check", "articles"]
        listed = await use("articles")
        assert {article["id"] for article in listed["articles"]} == set(ARTICLES)
        hits = (await use("search", question="panel d’experts", k=1))["hits"]
        assert hits[0]["article_id"] == ARTICLES[1]
        answer = await use("ask", **QUESTION)
        check_answer(answer)
        quote = answer["sources"][0]["quote"]
        assert (await use("check", claim=quote, source=quote))["support"] == "supported"


def test_a_client_converses_over_the_standard_input(index: Path) -> None:
    arguments = ["-m", "rag", "mcp", "--index", str(index)]
    server = StdioServerParameters(
        command=sys.executable, args=arguments, env=dict(os.environ), cwd=ROOT
    )
    # In a thread of its own: where browser tests came before, Playwright's loop holds this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, converse, server).result()


def test_the_api_answers_a_request_and_ends_well(index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ["-m", "rag", "api", "--index", str(index), "--port", str(port)]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/ask",
        json.dumps(QUESTION).encode(),
        {"Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            assert "Sourcier est prêt" in server.stderr.readline()
            with direct.open(request, timeout=60) as answer:
                check_answer(json.load(answer))
            server.send_signal(signal.SIGTERM)
            assert server.communicate(timeout=30) == ("", "")
            assert server.returncode == 0
        finally:
            server.kill()
