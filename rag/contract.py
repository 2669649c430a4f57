"""The JSON of the command line, a contract with the programs that read it.

Field names and meanings are those of the README. Text is given with plain spaces, because
programs compare it; a ``quote`` is verbatim, ``article.text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rag.copies import tell_copies
from rag.french import plain_spaces
from rag.index import Index
from rag.orders import REMARK
from rag.pages import Place, has_pages
from rag.support import Verdict
from rag.types import Answer, Article, Chunk, Conflict, Evidence, Hit, Scope, Tally, Timings

Locate = Callable[[Article, int, int], Sequence[Place]]
"""Finds where on its pages a quotation of an article is, from its start to its end."""


def describe_search(
    identifier: str,
    question: str,
    hits: Sequence[Hit],
    index: Index,
    answerable: float,
    timings: Timings,
    scope: Scope | None = None,
) -> dict[str, Any]:
    """Return what ``search`` prints for one question.

    ``scope`` is told only when there is one; ``page``, where a passage starts, only of a PDF.
    """
    return {
        "id": identifier,
        "question": question,
        "hits": [
            {
                "rank": hit.rank,
                "article_id": hit.chunk.article_id,
                "chunk_id": hit.chunk.id,
                "title": hit.chunk.title,
                "date": hit.chunk.date,
                "source_url": index.articles[hit.chunk.article_id].url,
                "score": round(hit.score, 4),
                "start": hit.chunk.start,
                "end": hit.chunk.end,
                "text": hit.chunk.text,
                **_describe_first_page(hit.chunk, index),
                **_describe_orders(hit.chunk),
            }
            for hit in hits
        ],
        "answerable": round(answerable, 4),
        "timings_ms": _timings(timings),
        **_describe_scope(scope),
    }


def describe_answer(
    identifier: str, answer: Answer, index: Index, locate: Locate = lambda *_: ()
) -> dict[str, Any]:
    """Return what ``ask`` prints for one question.

    ``scope`` is told only when there is one; ``page`` and ``boxes`` only of a PDF, ``copies``,
    with the ``note`` that tells them, only where there are some, ``remark`` only of a passage
    that speaks to a machine, and ``tally`` only where articles were counted.
    """
    return {
        "id": identifier,
        "question": answer.query.asked,
        "understood": answer.query.text,
        "answer": plain_spaces(answer.text),
        "refused": answer.mode == "refused",
        "mode": answer.mode,
        "form": answer.form,
        "reason": answer.reason,
        "suggestion": answer.suggestion,
        "notice": " ".join(filter(None, (answer.notice, answer.unworded))),
        "sentences": [
            {
                "text": plain_spaces(sentence.text),
                "citations": list(sentence.citations),
                "support": sentence.support,
                **({"why": plain_spaces(sentence.why)} if sentence.why else {}),
                "reworded": sentence.reworded,
                "label": plain_spaces(" – ".join(filter(None, (sentence.label, sentence.side)))),
            }
            for sentence in answer.sentences
        ],
        "sources": [
            {
                "n": item.n,
                "article_id": item.chunk.article_id,
                "title": item.chunk.title,
                "date": item.chunk.date,
                "source_url": index.articles[item.chunk.article_id].url,
                "start": item.start,
                "end": item.end,
                "quote": item.text,
                **_describe_page(item, index.articles[item.chunk.article_id], locate),
                **_describe_copies(item),
                **_describe_orders(item.chunk),
            }
            for item in answer.cited
        ],
        "conflicts": [_describe_conflict(conflict, answer) for conflict in answer.conflicts],
        "answerable": round(answer.answerable, 4),
        "timings_ms": _timings(answer.timings),
        **_describe_scope(answer.scope),
        **_describe_premise(answer),
        **_describe_tally(answer.tally),
    }


def _describe_tally(tally: Tally | None) -> dict[str, Any]:
    """Return what was counted: ``citations`` of an article are the numbers of its sources."""
    if tally is None:
        return {}
    return {
        "tally": {
            "topic": plain_spaces(tally.topic),
            "words": list(tally.words),
            "articles": len(tally.rows),
            "of": tally.total,
            "sentences": tally.sentences,
            "occurrences": tally.occurrences,
            "undated": tally.undated,
            "copies": tally.copies,
            "rows": [
                {
                    "date": row.date,
                    "article_id": row.article_id,
                    "title": row.title,
                    "sentences": row.sentences,
                    "citations": list(row.numbers),
                }
                for row in tally.rows
            ],
        }
    }


def _describe_orders(chunk: Chunk) -> dict[str, Any]:
    return {"remark": plain_spaces(REMARK)} if chunk.orders else {}


def _describe_first_page(chunk: Chunk, index: Index) -> dict[str, Any]:
    page = index.articles[chunk.article_id].find_page(chunk.start)
    return {} if page is None else {"page": page}


def _describe_page(item: Evidence, article: Article, locate: Locate) -> dict[str, Any]:
    """Return the page of a quotation, and its boxes: shares of the page, from its top left."""
    page = article.find_page(item.start)
    places = locate(article, item.start, item.end) if has_pages(article) else ()
    if page is None and not places:
        return {}
    boxes = [
        {"page": place.page, **dict(zip(("left", "top", "right", "bottom"), box, strict=True))}
        for place in places
        for box in place.boxes
    ]
    return {"page": page or places[0].page, "boxes": boxes}


def _describe_copies(item: Evidence) -> dict[str, Any]:
    if not item.copies:
        return {}
    return {"copies": list(item.copies), "note": plain_spaces(tell_copies(item.copies))}


def _describe_premise(answer: Answer) -> dict[str, Any]:
    if answer.premise is None:
        return {}
    premise = answer.premise
    return {"premise": {"assumed": plain_spaces(premise.assumed), "refuted": premise.refuted}}


def _describe_conflict(conflict: Conflict, answer: Answer) -> dict[str, Any]:
    """Return the versions of a disagreement, each with the article that gives it."""
    chunks = {item.n: item.chunk for item in answer.evidence}
    return {
        "about": plain_spaces(conflict.about),
        "versions": [
            {
                "value": plain_spaces(version.value),
                "n": version.n,
                "date": version.date,
                "article_id": chunks[version.n].article_id,
                "title": chunks[version.n].title,
            }
            for version in conflict.versions
        ],
    }


def describe_check(identifier: str, verdict: Verdict) -> dict[str, Any]:
    """Return what ``check`` prints for one pair; ``partial`` counts as unsupported."""
    label = "unsupported" if verdict.support == "partial" else verdict.support
    return {
        "id": identifier,
        "support": label,
        "score": round(verdict.score, 4),
        "why": verdict.why,
    }


def describe_article(article: Article) -> dict[str, Any]:
    """Return what is told of an article that can be quoted, under the names of ``articles``."""
    return {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "topics": list(article.topics),
        "words": len(article.text.split()),
        "url": article.url,
    }


def _describe_scope(scope: Scope | None) -> dict[str, Any]:
    if scope is None:
        return {}
    return {
        "scope": {
            "since": scope.since,
            "until": scope.until,
            "topics": list(scope.topics),
            "articles": list(scope.articles),
        }
    }


def _timings(timings: Timings) -> dict[str, float | None]:
    return {
        name: None if value is None else round(value, 1) for name, value in asdict(timings).items()
    }
