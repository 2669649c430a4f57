"""Finds every article that speaks of something: exact words, no model, nothing left out.

« Quels articles parlent de la grève ? » is answered by the list of them, not by the few passages
that a search brings first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.french import is_heading, normalize, terms
from rag.index import Index
from rag.timeframe import Timeframe, cut_dates, find_timeframe, fit_time
from rag.types import Chunk, Evidence

# What leads to the subject of such a question; the last one counts.
_SPEAKS = re.compile(
    # « parlent du traité de Lisbonne »: what has an article is a noun, not the verb.
    r"\b(?:(?<!\bl[ae] )(?<!\bl')(?<!\bdu )(?:parl\w+|évoqu\w+|trait\w+|cit\w+|abord\w+|concern\w+"
    r"|consacr\w+|publi\w+|écri\w+|dit\w*|dis\w*|figur\w+|nomm\w+|appara\w+)"
    r"|mention\w*|question|sujets?|propos|(?:a|ont) sur|sur)"
    r"(?:-t-(?:on|il|elle))?\s+"
    r"(?=(?:de |d'|du |des |à |au |aux |sur |la |le |les |l')*[^\W_])",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:(?:de|du|des|à|au|aux|sur|la|le|les|en|dans|tous|toutes|propos|il|elle|on)\s+|[dl]')+",
    re.IGNORECASE,
)
# « Dans quels articles le retable est-il cité »: the subject stands before the verb.
_WITHIN = re.compile(
    r"^(?:dans|de) (?:quel(?:le)?s|combien d[e']) ?[^\W_]+ (?P<topic>.+?) (?:est|sont|\w+)-"
    r"(?:t-)?(?:ils?|elles?)\b",
    re.IGNORECASE,
)
# What a statement counts more than a heading or a question, in terms held.
_STATES = 1.5
# What the rest of such a question says of articles, not of its subject.
_ABOUT_ARTICLES = frozenset(
    terms("articles textes documents fiches passages sources nombre liste fois combien question")
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What is sought, and one sentence of each article that holds it, oldest article first.

    Of the copies of a text, one has it.
    """

    topic: str
    evidence: tuple[Evidence, ...]


def find_mentions(index: Index, question: str, within: NDArray[np.bool_] | None = None) -> Mentions:
    """Find the articles that speak of what a question asks about.

    Parameters
    ----------
    within
        The rows that may be found, bool ``[n]``; None for all.

    Returns
    -------
    Mentions
        Its evidence is not numbered. An article counts when one of its passages, its title
        included, holds all the terms of the topic, and fits the time that the question names.
    """
    topic, time = find_topic(question), find_timeframe(question)
    sought = [term for term in index.find_terms(topic) if term not in _ABOUT_ARTICLES]
    if not sought:
        return Mentions(topic, ())
    rows: NDArray[np.int64] = np.arange(len(index.chunks))
    for term in dict.fromkeys(sought):
        rows = np.intersect1d(rows, index.rows_holding(term))
    if within is not None:
        rows = rows[within[rows]]
    best: dict[str, Evidence] = {}
    for row in rows:
        chunk = index.chunks[int(row)]
        if _fits(time, chunk) and len(chunk.orders) < len(chunk.sentences):
            quoted = _quote_mention(chunk, sought)
            best[chunk.article_id] = max(
                best.get(chunk.article_id, quoted), quoted, key=lambda item: item.score
            )
    found = [
        item
        for item in best.values()
        if best.keys().isdisjoint(index.copies.find_before(item.chunk.article_id, item.text))
    ]
    found.sort(key=lambda item: (item.chunk.date, item.chunk.article_id))
    return Mentions(topic, index.copies.mark(found))


def find_topic(question: str) -> str:
    """Return what a question asks the articles about: its words after those that ask."""
    plain = cut_dates(normalize(question).strip(" ?!."))
    if within := _WITHIN.match(plain):
        return _LINK.sub("", within["topic"]).strip(" ,;:")
    speaks = list(_SPEAKS.finditer(plain))
    topic = plain[speaks[-1].end() :] if speaks else plain
    return _LINK.sub("", topic).strip(" ,;:")


def _fits(time: Timeframe | None, chunk: Chunk) -> bool:
    return time is None or fit_time(time, "", chunk.date) > 0


def _quote_mention(chunk: Chunk, sought: Sequence[str]) -> Evidence:
    """Quote the sentence of a passage that holds most of what is sought, the first of equals.

    A heading or a question that holds one term more yields to a statement, and what speaks to a
    machine to anything else. The score says how much is held.
    """
    texts = [chunk.text[s.start - chunk.start : s.end - chunk.start] for s in chunk.sentences]
    held = [len(set(sought) & set(terms(text))) for text in texts]
    states = [not is_heading(text) and not text.rstrip(" »").endswith("?") for text in texts]
    worth = [h + _STATES * (h > 0 and s) for h, s in zip(held, states, strict=True)]
    for k in chunk.orders:
        worth[k] = -1.0
    best = int(np.argmax(worth))
    span = chunk.sentences[best]
    return Evidence(0, chunk, span.start, span.end, texts[best], worth[best])
