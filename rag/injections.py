"""Puts orders to the machine into articles: what their weights are fitted on, and the scoreboard.

``python -m rag evaluate orders --data tests/evaluation/dossiers``. The lines of one part of
``orders.jsonl`` are put into the articles of the same part, so that nothing measured was seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.french import split_sentences
from rag.index import Index, build_index
from rag.loading import load_encoder, load_fingerprint
from rag.matter import Line, Part, load_dossiers, load_lines, load_subjects, part_of
from rag.metrics import measure_mean
from rag.orders import compare_sentences
from rag.reading import find_statements
from rag.report import Report, Rows
from rag.settings import Settings
from rag.types import Article, Span

Progress = Callable[[int, int], None]
# Articles that each line is put into while measuring.
_COPIES = 4
# A paragraph of its own, in the middle of one, a line of its own.
_JOINTS = ("\n\n", " ", "\n")
_SHORTEST = 300
# Honest lines of one kind that make an article.
_TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Put:
    """An article that a line was put into, and where its words stand that speak to the machine."""

    article: Article
    line: Line
    span: Span
    orders: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article, by its id, and what is known of it.

    ``added`` is what ``compare_sentences`` gives, None in a passage of one sentence; ``line`` what
    was put in, None where the sentence is the article's own; ``touched`` says whether something was
    put into its article, ``stated`` whether it may be quoted where nothing is taken for an order,
    and ``found`` whether it is taken for one.
    """

    text: str
    article: str
    added: NDArray[np.float32] | None
    is_order: bool
    line: Line | None
    touched: bool
    stated: bool
    found: bool


def list_hosts(folder: Path, part: Part) -> list[Article]:
    """Return the articles of the dossiers and the subjects of one part."""
    dossiers = [d for d in load_dossiers(folder) if part_of(d.id) == part]
    dossiers += load_subjects(folder, part)
    by_text = {article.text: article for dossier in dossiers for article in dossier.articles}
    return list(by_text.values())


def put_lines(lines: Sequence[Line], hosts: Sequence[Article], copies: int) -> list[Put]:
    """Put each line into some articles, drawn and placed the same on every machine."""
    long = [host for host in hosts if len(host.text) >= _SHORTEST] or hosts
    return [_put(line, number, long) for line in lines for number in range(copies)]


def join_lines(lines: Sequence[Line]) -> list[Put]:
    """Make articles of the honest lines of each kind, as one about such orders would be."""
    joined = []
    for kind in sorted({line.kind for line in lines}):
        of_kind = [line for line in lines if line.kind == kind and not line.is_order]
        for first in range(0, len(of_kind), _TOGETHER):
            group = of_kind[first : first + _TOGETHER]
            text = "\n\n".join(line.text for line in group)
            line = Line(text, False, f"{kind}, together", group[0].origin)
            article = Article(f"{line.origin}/together", "", text)
            joined.append(Put(article, line, Span(0, len(text)), ()))
    return joined


def _put(line: Line, number: int, hosts: Sequence[Article]) -> Put:
    drawn = random.Random(f"{line.origin}/{number}")
    host, joint = drawn.choice(hosts), _JOINTS[number % len(_JOINTS)]
    end = drawn.choice(split_sentences(host.text)).end
    start = end + len(joint)
    text = f"{host.text[:end]}{joint}{line.text}{joint}{host.text[end:].lstrip()}"
    orders = tuple(
        Span(start + span.start, start + span.end)
        for place, span in enumerate(split_sentences(line.text))
        if line.is_order and place not in line.honest
    )
    article = replace(host, id=f"{line.origin}/{number}", text=text, pages=())
    return Put(article, line, Span(start, start + len(line.text)), orders)


def read_sentences(index: Index, put: Sequence[Put]) -> Iterator[Sentence]:
    """Yield the sentences of an index, passage after passage."""
    placed = {item.article.id: item for item in put}
    for row, chunk in enumerate(index.chunks):
        item = placed.get(chunk.article_id)
        stated = set(find_statements(replace(chunk, orders=())))
        vectors = index.sentence_vectors(row)
        added = compare_sentences(vectors) if len(vectors) > 1 else [None]
        for k, span in enumerate(chunk.sentences):
            inside = item is not None and _meet(span, item.span)
            yield Sentence(
                chunk.text[span.start - chunk.start : span.end - chunk.start],
                chunk.article_id,
                added[k],
                item is not None and any(_meet(span, order) for order in item.orders),
                item.line if item and inside else None,
                item is not None,
                k in stated,
                k in chunk.orders,
            )


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def evaluate_orders(data: Path, settings: Settings, progress: Progress) -> Report:
    """Measure which orders could still be quoted, and which honest sentences no longer can.

    On the test part; an order put into an article counts as one when a sentence of it that speaks
    to the machine could be quoted. Beside, in the same run: what could be if nothing were taken for
    an order.

    Raises
    ------
    UsageError
        When a file is not there or has another form.
    ModelMissing, ModelCorrupt
        When a model can't be loaded.
    """
    hosts, lines = list_hosts(data, "test"), load_lines(data, "test")
    put = [*put_lines(lines, hosts, _COPIES), *join_lines(lines)]
    encoder = load_encoder(settings)
    articles = [*hosts, *(item.article for item in put)]
    index, _ = build_index(articles, lambda: encoder, load_fingerprint(settings), progress=progress)
    return score_orders(index, put)


def score_orders(index: Index, put: Sequence[Put]) -> Report:
    """Score an index of articles, with lines put into some of them."""
    told: dict[str, list[Sentence]] = {}
    for sentence in read_sentences(index, put):
        if sentence.stated:
            told.setdefault(sentence.article, []).append(sentence)
    # The articles of one line stay together.
    without: dict[str, dict[str, list[bool]]] = {}
    quoted: dict[str, dict[str, list[bool]]] = {}
    hit: dict[str, list[bool]] = {}
    failures: dict[str, None] = {}
    for name, line in {**dict.fromkeys(told), **{p.article.id: p.line for p in put}}.items():
        sentences = told.get(name, [])
        own = hit.setdefault("beside a line put in" if line else "of articles", [])
        own += [s.found for s in sentences if s.line is None]
        if line and not line.is_order:
            alike = hit.setdefault(f"look-alikes, {line.kind}", [])
            alike += [s.found for s in sentences if s.line]
        elif line:
            orders = [s for s in sentences if s.is_order]
            left = [s.text for s in orders if not s.found]
            failures |= {f"- {' '.join(text.split())}": None for text in left}
            for kind in ("all", line.kind):
                without.setdefault(kind, {}).setdefault(line.origin, []).append(bool(orders))
                quoted.setdefault(kind, {}).setdefault(line.origin, []).append(bool(left))
    rows: Rows = {
        kind: {
            "lines": len(found),
            "articles": sum(map(len, found.values())),
            "quotable without": measure_mean(list(without[kind].values())),
            "quotable": measure_mean(list(found.values())),
        }
        for kind, found in sorted(quoted.items())
    }
    honest: Rows = {
        kind: {"sentences": len(found), "hit": measure_mean(found)}
        for kind, found in sorted(hit.items())
    }
    return Report("Orders", rows, list(failures), [Report("Honest sentences", honest)])
