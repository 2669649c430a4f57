"""Chooses the sentences of an explanation: a stretch of one article, and what else answers as well.

Why and how are seldom told in one sentence: what answers best points at a stretch of its article,
whose other sentences mean little alone and are read below it. Knows nothing about plans.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from rag.reading import Reading, Scored
from rag.types import Length

# On the 40 questions for choosing that ask why or how, of which 5 are refused, these say .67 of the
# points and all of them for 23, in 357 characters; the best five sentences .60 and 15, in 394.
# Sentences of the stretch and of the explanation, at most.
_LONGEST: dict[Length, tuple[int, int]] = {"brief": (2, 2), "medium": (7, 7), "full": (10, 12)}
# A sentence as sure as the best one, less so many log-odds, is worth one half; each costs a share.
_HALF, _COST = 3.0, 0.2
# How far below the best one, in log-odds, a sentence outside the stretch may be, and how many.
_NEAR, _OUTSIDE = 1.0, 2
# Characters between two sentences that follow each other: a paragraph may end there, and what
# is not read (a heading) is longer.
_APART = 3


def choose_explanation(reading: Reading, length: Length) -> tuple[Scored, ...]:
    """Choose the sentences that explain, in the order of their articles; there is one at least."""
    longest, most = _LONGEST[length]
    best = reading.sentences[0].score
    stretch = max(
        (
            run[i:j]
            for run in _list_runs(reading.sentences)
            for i in range(len(run))
            for j in range(i + 1, min(len(run), i + longest) + 1)
        ),
        key=lambda part: sum(_weigh(s.score - best) for s in part),
    )
    chosen = list(stretch)
    for sentence in reading.sentences:
        full = len(chosen) == min(most, len(stretch) + _OUTSIDE)
        if full or sentence.score < best - _NEAR:
            break
        if sentence not in stretch:
            chosen.append(sentence)
    order = list(dict.fromkeys(s.chunk.article_id for s in chosen))
    return tuple(sorted(chosen, key=lambda s: (order.index(s.chunk.article_id), s.span.start)))


def _weigh(behind: float) -> float:
    return 1 / (1 + math.exp(-behind - _HALF)) - _COST


def _list_runs(sentences: Sequence[Scored]) -> Iterator[list[Scored]]:
    """Yield the sentences that follow each other in an article."""
    ordered = sorted(sentences, key=lambda s: (s.chunk.article_id, s.span.start))
    for _, own in itertools.groupby(ordered, key=lambda s: s.chunk.article_id):
        run: list[Scored] = []
        for sentence in own:
            if run and sentence.span.start - run[-1].span.end > _APART:
                yield run
                run = []
            run.append(sentence)
        yield run
