"""Exchanges that were asked and kept, over a few articles and fake models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from conftest import FakeEncoder, FakeEngine, FakeReader
from settled import settle_policy

from rag.assistant import Assistant
from rag.index import Index, build_index
from rag.page.exchange import Exchange
from rag.records import KeptExchange
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Chunk,
    Evidence,
    EvidenceFound,
    Finished,
    Hit,
    Length,
    Premise,
    Query,
    Source,
    Span,
)

QUESTION = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"
ASKED = "2026-11-23T10:15:00+00:00"
HOSTILE = (
    "Fin --> ``` <script>alert(1)</script> [7] [lien](javascript:alert(1)) ![x](http://x.fr/i) "
    "&lt;b&gt; <b>gras</b> **fort** _bas_ # titre | a | $x$ ~~non~~ \\ « œuvre » : l’été coûte 3 € "
    "\u202a\u202eesrever\u202c שלום مرحبا 🙂 👩‍💻 \x00\x1b[31m \ud800 à\u202fla fin --!> "
    "-- <!-- ]]>."
)


def make_index(articles: Sequence[Article]) -> Index:
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def keep(
    index: Index,
    question: str = QUESTION,
    number: int = 0,
    engine: FakeEngine | None = None,
    length: Length = "medium",
) -> KeptExchange:
    """Ask a question, have an engine word its answer again, and keep all that came of it."""
    assistant = Assistant(index, FakeEncoder(), FakeReader(), engine)
    with pytest.MonkeyPatch.context() as patch:
        settle_policy(patch)
        found, finished = assistant.ask(question, length=length)
        assert isinstance(found, EvidenceFound) and isinstance(finished, Finished)
        *_, finished = assistant.reword(finished.answer)
        assert isinstance(finished, Finished)
        answer = finished.answer
    exchange = Exchange(number, question, found, dict(index.articles), answer)
    return KeptExchange(exchange, ASKED, "000001-abcdef01", "fake-v1")


def keep_hostile(number: int = 0) -> KeptExchange:
    """Keep an answer whose every text is hostile, over an article that is too."""
    text = f"Avant. {HOSTILE} Après."
    start, end = text.index(HOSTILE), text.index(HOSTILE) + len(HOSTILE)
    sources = (
        Source(HOSTILE, HOSTILE, "javascript:alert(1)"),
        Source("P", "T", "https://x.fr/<>)"),
    )
    article = Article(f"dossier/`{HOSTILE}`.md", HOSTILE, text, HOSTILE, HOSTILE, sources=sources)
    chunk = Chunk("h#0", article.id, HOSTILE, HOSTILE, 0, len(text), text, (Span(start, end),))
    query = Query(HOSTILE, "autre chose")
    evidence = (Evidence(1, chunk, start, end, HOSTILE, 1.5),)
    hits = (Hit(1, chunk, 0.5, 0.25, 2.0, None),)
    sentences = (
        AnswerSentence(HOSTILE, (1,), "supported", quoted=True),
        AnswerSentence(HOSTILE, (1, 9), "partial", why=HOSTILE, reworded=True),
    )
    answer = Answer(
        query,
        "generated",
        HOSTILE,
        sentences,
        evidence,
        hits,
        0.9,
        reason=HOSTILE,
        suggestion=HOSTILE,
        notice=HOSTILE,
        premise=Premise(HOSTILE, True, 1),
    )
    found = EvidenceFound(query, hits, evidence, 0.9)
    exchange = Exchange(number, HOSTILE, found, {article.id: article}, answer, HOSTILE)
    return KeptExchange(exchange, ASKED, "000001-abcdef01", "fake-v1")


def interrupt(kept: KeptExchange) -> KeptExchange:
    """Take the answer away, as when a reader leaves."""
    return replace(kept, exchange=replace(kept.exchange, answer=None, trouble="Panne."))
