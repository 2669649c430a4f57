"""Finds passages: dense and lexical scores over all of them, fused.

Knows nothing about sentences, answers or files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.french import find_answer_type
from rag.index import Index
from rag.types import AnswerType, Encoder, Hit, Vectors

# Weight of the lexical z-score; the dense one has the rest. On 2,226 stand-alone PIAF questions
# nDCG@10 is flat from 0.25 to 0.35.
LEXICAL_WEIGHT = 0.3
_TERM_FLOOR = 0.25
# Candidates taken from each side before fusion.
_POOL = 200
# How much less near the question, in cosine, what a copy adds may be than what it repeats: of ten
# questions tried, those on what is added at 0.008 or less, the others from 0.015 on.
_NEAR = 0.012


@dataclass(frozen=True)
class Search:
    """One question run against one index.

    Attributes
    ----------
    question
        What was asked, standing alone.
    hits
        Best first.
    rows
        Row of each hit in the index.
    vector
        The question, float32 ``[d]``, unit length.
    terms
        The question's search terms, in the spelling of the passages.
    answer_type
        What the question asks for, when its words tell.
    within
        The rows that could be found, bool ``[n]``; None when all could.
    missed
        How far the score of the best passage out of reach is above the best found; 0 when none is.
    """

    index: Index
    question: str
    hits: tuple[Hit, ...]
    rows: tuple[int, ...]
    vector: Vectors
    terms: tuple[str, ...]
    answer_type: AnswerType | None = None
    within: NDArray[np.bool_] | None = None
    missed: float = 0.0

    @cached_property
    def term_weights(self) -> dict[str, float]:
        """Rarity of each term of the question in the corpus.

        BM25's inverse document frequency, plus a quarter of its greatest value so that in a
        corpus of a few passages a term that all of them hold still counts.
        """
        floor = _TERM_FLOOR * float(np.log(1 + (len(self.index.chunks) + 0.5) / 0.5))
        return {t: floor + inverse_document_frequency(self.index, t) for t in set(self.terms)}

    def is_held(self, term: str) -> bool:
        """Whether a passage that could be found holds a term."""
        if self.within is None:
            return bool(self.index.count_holding(term))
        return bool(self.within[self.index.rows_holding(term)].any())

    def coverage(self, found: Iterable[str]) -> float:
        """Share of the question's terms, weighted by rarity, that are among ``found``: 0 to 1."""
        total = sum(self.term_weights.values())
        shared = set(found) & self.term_weights.keys()
        return sum(self.term_weights[term] for term in shared) / total if total else 0.0


def search_passages(
    index: Index,
    encoder: Encoder,
    question: str,
    k: int,
    within: NDArray[np.bool_] | None = None,
) -> Search:
    """Find the ``k`` passages that fit a question best.

    Both scores are standardised over all passages of the index before they are added
    (z-scores): fusing scores beats fusing ranks on every set measured.

    Parameters
    ----------
    within
        The rows that may be found, bool ``[n]``; None for all. The scores stay those of the whole
        index, which the abstention was fitted on: three passages have no mean worth the name.

    Returns
    -------
    Search
        With at most ``k`` hits; fewer only when there are fewer passages to find.
    """
    vector = encoder.encode_query(question)
    query_terms = tuple(index.find_terms(question))
    lexical = index.lexical_scores(query_terms)
    candidates, dense, fused = _score_candidates(index, vector, lexical, max(k, _POOL), within)
    own = np.array([_has_own(index, row, vector, within) for row in candidates.tolist()], bool)
    candidates, dense, fused = candidates[own], dense[own], fused[own]
    missed = 0.0
    if within is not None and len(fused):
        everywhere = _score_candidates(index, vector, lexical, _POOL)[2]
        missed = float(everywhere.max() - fused.max())
    # Equal scores keep the order of the corpus, so that results never depend on chance.
    order = np.lexsort((candidates, -fused))[:k]
    rows = candidates[order]
    hits = tuple(
        Hit(
            rank=rank,
            chunk=index.chunks[row],
            score=float(fused[position]),
            dense=float(dense[position]),
            lexical=float(lexical[row]),
        )
        for rank, (row, position) in enumerate(zip(rows, order, strict=True), start=1)
    )
    return Search(
        index,
        question,
        hits,
        tuple(int(row) for row in rows),
        vector,
        query_terms,
        find_answer_type(question),
        within,
        max(0.0, missed),
    )


def _has_own(index: Index, row: int, vector: Vectors, within: NDArray[np.bool_] | None) -> bool:
    """Whether a passage is no copy, or what it has of its own is as near a question as the rest."""
    again = index.find_repeats(row, within)
    if not again:
        return True
    cosines = dict(
        zip(index.chunks[row].sentences, index.sentence_vectors(row) @ vector, strict=True)
    )
    own = [cosines[span] for span in index.repeats[row].keys() - again]
    return bool(own) and max(own) >= max(cosines[span] for span in again) - _NEAR


def inverse_document_frequency(index: Index, term: str) -> float:
    """Return BM25's weight of a term: high when few passages hold it, 0 when all do."""
    total, holding = len(index.chunks), index.count_holding(term)
    return float(np.log(1 + (total - holding + 0.5) / (holding + 0.5)))


def _score_candidates(
    index: Index,
    vector: Vectors,
    lexical: NDArray[np.float32],
    pool: int,
    within: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return the best rows of each side, their cosines and their fused scores."""
    candidates = _gather_candidates(index, vector, lexical, pool, within)
    dense = index.passage_vectors(candidates.tolist()) @ vector
    fused = LEXICAL_WEIGHT * _standardize_lexical(lexical)[candidates]
    fused += (1 - LEXICAL_WEIGHT) * _standardize_dense(index, vector, dense)
    return candidates, dense, fused


def _gather_candidates(
    index: Index,
    vector: Vectors,
    lexical: NDArray[np.float32],
    pool: int,
    within: NDArray[np.bool_] | None,
) -> NDArray[np.int64]:
    if within is not None:
        lexical = np.where(within, lexical, 0)
    pool = min(pool, len(index.chunks) if within is None else int(within.sum()))
    if pool == 0:
        return np.empty(0, dtype=np.int64)
    best = np.argpartition(-lexical, pool - 1)[:pool]
    return np.unique(
        np.concatenate([index.find_near(vector, pool, within), best[lexical[best] > 0]])
    )


def _standardize_lexical(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    deviation = scores.std()
    return (scores - scores.mean()) / deviation if deviation > 0 else np.zeros_like(scores)


def _standardize_dense(
    index: Index, vector: Vectors, scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    mean, covariance = index.moments
    deviation = math.sqrt(max(float(vector @ covariance @ vector), 0.0))
    if deviation < 1e-6:
        return np.zeros_like(scores)
    return ((scores - mean @ vector) / deviation).astype(np.float32)
