"""Finds every sentence that speaks of something: exact words, no model, nothing left out.

« Quels articles parlent de la grève ? » is answered by all of them, counted, and not by the few
passages that a search brings first. What can't be counted exactly (« cette année ») is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.french import is_heading
from rag.index import Index
from rag.occurrences import Holding, Part, cut_sentence
from rag.scope import describe_limits, select_articles
from rag.timeframe import Timeframe, write_frame
from rag.topics import read_request, split_topic
from rag.types import Chunk, Evidence, Scope

# Words that are sought at once, at most: each is looked for in every passage that may hold it.
_LONGEST = 24
_TOO_LONG = "une question aussi longue"
_WORDS = re.compile(r"\w+")
# Sentences that are quoted; past it, fewer of each article, all being counted.
_CITED = 200
# Spellings that are told.
_TOLD = 6


@dataclass(frozen=True, slots=True)
class Mentioned:
    """An article that speaks of it: how many of its sentences do alone, and what is quoted."""

    article_id: str
    sentences: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """All that speaks of something, the oldest article first; of copies of a text, one has it.

    ``topic`` is what is sought as it was typed, empty when articles are only sought by their date,
    and ``words`` the spellings of it that were counted. ``total`` counts the articles that were
    looked through, ``sentences`` those that hold it and ``occurrences`` how often, None where
    several words must meet. ``time`` tells the dates that were asked for, ``undated`` counts the
    articles that only miss one, ``copies`` those that repeat another. ``vague`` is the time that
    nothing gives the days of: nothing was counted. ``certain`` tells whether only articles can
    answer. ``parts`` counts the articles of each thing that was sought, where none has them all.
    """

    topic: str
    rows: tuple[Mentioned, ...] = ()
    words: tuple[str, ...] = ()
    total: int = 0
    occurrences: int | None = None
    time: str = ""
    undated: int = 0
    copies: int = 0
    vague: str = ""
    certain: bool = False
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What is quoted, article after article."""
        return tuple(item for row in self.rows for item in row.evidence)

    @property
    def sentences(self) -> int:
        """How many sentences speak of it."""
        return sum(row.sentences for row in self.rows)


def find_mentions(index: Index, question: str, within: NDArray[np.bool_] | None = None) -> Mentions:
    """Find all that speaks of what a question asks about.

    Parameters
    ----------
    within
        The rows that may be found, bool ``[n]``; None for all.

    Returns
    -------
    Mentions
        Its evidence is not numbered. An article counts when one of its passages, its title
        included, holds all the words of the topic, and it is of the time that the question names.
        Two things joined by « et de » may stand in two passages, « ou » takes either, « mais pas »
        leaves out.
    """
    asked = read_request(question)
    topic = index.respell(asked.topic)
    nothing = Mentions(topic, vague=asked.vague, certain=asked.certain)
    if asked.vague:
        return nothing
    texts, unwanted = split_topic(topic)
    if len(_WORDS.findall(topic)) > _LONGEST:
        return replace(nothing, vague=_TOO_LONG)
    ways = [[Part(index, text) for text in way] for way in texts]
    parts, others = [part for way in ways for part in way], [Part(index, t) for t in unwanted]
    if all(part.units for part in (*parts, *others)):
        found = _count(index, ways, others, within)
    elif topic or not asked.certain:
        return nothing
    else:
        parts, found = [], {name: Holding() for name in index.articles}
    seen = set(index.articles) if within is None else _list_ids(index, within)
    kept, told, undated = _choose(index, seen & found.keys(), asked.time)
    counted = {name: found[name] for name in sorted(kept)}
    rows, copies = _quote(index, counted, listed=not parts)
    alone = len(parts) == 1 and len(parts[0].units) == 1
    return Mentions(
        topic,
        rows=rows,
        words=_list_words([counted[row.article_id] for row in rows]),
        total=len(seen),
        occurrences=sum(counted[row.article_id].occurrences for row in rows) if alone else None,
        time=told,
        undated=undated,
        copies=copies,
        certain=asked.certain,
        parts=() if rows else _count_parts([*parts, *others], within),
    )


def _count_parts(
    parts: Sequence[Part], within: NDArray[np.bool_] | None
) -> tuple[tuple[str, int], ...]:
    """Count the articles of each thing that is sought, or of each word where it is one thing."""
    if len(parts) > 1:
        return tuple((part.text, len(part.find(within))) for part in parts)
    return tuple((unit.text, unit.count(within)) for part in parts for unit in part.units)


def _count(
    index: Index,
    ways: Sequence[Sequence[Part]],
    others: Sequence[Part],
    within: NDArray[np.bool_] | None,
) -> dict[str, Holding]:
    """Find the articles that hold every part of one way, and nothing of what is left out."""
    found: dict[str, Holding] = {}
    for way in ways:
        parts = [part.find(within) for part in way]
        for name in set.intersection(*(set(part) for part in parts)):
            count = found.setdefault(name, Holding())
            for part in parts:
                count.sentences.update(part[name].sentences)
                count.occurrences += part[name].occurrences
                count.words.update(part[name].words)
                count.nearest = count.nearest or part[name].nearest
    left_out = {name for part in others for name in part.find(within)}
    return {name: count for name, count in found.items() if name not in left_out}


def _list_ids(index: Index, within: NDArray[np.bool_]) -> set[str]:
    return {index.chunks[int(row)].article_id for row in np.flatnonzero(within)}


def _choose(
    index: Index, names: set[str], time: Timeframe | None
) -> tuple[frozenset[str], str, int]:
    """Keep the articles of a time; return them, how it is told, and how many miss a date."""
    if time is None:
        return frozenset(names), "", 0
    scope = Scope(since=time.start, until=time.end)
    chosen = select_articles(index, replace(scope, articles=tuple(names)))
    told = write_frame(time) if time.bounded else describe_limits(scope)
    return (chosen.articles if names else frozenset()), told, chosen.undated if names else 0


def _quote(
    index: Index, counted: dict[str, Holding], *, listed: bool
) -> tuple[tuple[Mentioned, ...], int]:
    """Quote the sentences of each article, oldest first; those of copies of a text once.

    ``listed`` quotes the first statement of each, since nothing is sought in them.
    """
    if listed:
        for chunk in index.chunks:
            count = counted.get(chunk.article_id)
            if count is not None:
                count.nearest = count.nearest or _find_opening(chunk)
    order = sorted(counted, key=lambda name: (index.articles[name].date, name))
    most = _share([len(count.sentences) for count in counted.values()])
    rows, copies = [], 0
    for name in order:
        count = counted[name]
        items = sorted(count.sentences.values(), key=lambda item: item.start)
        quoted = items[:most] or [item for item in [count.nearest] if item]
        before = [index.copies.find_before(name, item.text) for item in items or quoted]
        if before and all(counted.keys() & set(names) for names in before):
            copies += 1
        elif quoted:
            rows.append(Mentioned(name, len(items), index.copies.mark(quoted)))
    return tuple(rows), copies


def _share(counts: Sequence[int]) -> int:
    """Return how many sentences of each article can be quoted, of all together ``_CITED``."""
    most = max(counts, default=1)
    while most > 1 and sum(min(most, count) for count in counts) > _CITED:
        most -= 1
    return max(most, 1)


def _find_opening(chunk: Chunk) -> Evidence | None:
    for k, span in enumerate(chunk.sentences):
        text = cut_sentence(chunk, k)
        if k not in chunk.orders and not is_heading(text):
            return Evidence(0, chunk, span.start, span.end, text, 0.0)
    return None


def _list_words(counts: Sequence[Holding]) -> tuple[str, ...]:
    """List the spellings that were counted, one for those that only differ by their capitals."""
    told = {key: word for count in counts for key, word in count.words.items()}
    return tuple(told.values())[:_TOLD]
