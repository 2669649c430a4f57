"""Reads the passages found: which sentences answer, and how likely it is that any does.

Knows nothing about the language model; costs a few milliseconds, because the sentence vectors
were made with the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.french import holds_answer_type, is_heading, terms
from rag.retrieval import Search
from rag.types import Chunk, Evidence, Span

# Passages whose sentences are read.
_PASSAGES_READ = 8
# score = the cosine of the sentence in its passage + these, times: the passage's fused score; the
# share of the question's terms in the sentence; in the sentence and its title; whether it holds a
# figure, a date or a name when the question asks for one. Fitted by softmax regression on 2,226
# stand-alone PIAF questions, sentence hit@1 / hit@4: .662 / .885 (cosine alone .507 / .812; no
# title and no answer type .645 / .870; a second pass of the encoder over each sentence would give
# .668 / .888).
_PASSAGE_WEIGHT = 0.036
_TERMS_WEIGHT = 0.043
_TITLE_WEIGHT = 0.13
_TYPE_WEIGHT = 0.067
# A statement shorter than this many words answers nothing by itself.
_MIN_WORDS = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score: no unit, higher is better."""

    chunk: Chunk
    span: Span
    text: str
    score: float


def score_sentences(search: Search) -> list[Scored]:
    """Score the sentences of the best passages, best first; headings and questions are left out."""
    scored = [
        _score(search, position, k, cosine) for position, k, cosine in _compare_statements(search)
    ]
    return sorted(scored, key=lambda s: (-s.score, s.chunk.id, s.span.start))


def choose_evidence(search: Search, limit: int) -> tuple[Evidence, ...]:
    """Choose the sentences most likely to answer, numbered from 1, best first.

    A sentence that says word for word what a better one says is skipped.
    """
    chosen: list[Scored] = []
    seen: set[tuple[str, ...]] = set()
    for sentence in score_sentences(search):
        if len(chosen) >= limit:
            break
        words = tuple(terms(sentence.text))
        if words not in seen:
            seen.add(words)
            chosen.append(sentence)
    return tuple(
        Evidence(n, s.chunk, s.span.start, s.span.end, s.text, s.score)
        for n, s in enumerate(chosen, start=1)
    )


def find_best_cosine(search: Search) -> float | None:
    """Return the cosine to the question of the nearest sentence, or None without a sentence."""
    return max((cosine for _, _, cosine in _compare_statements(search)), default=None)


def _compare_statements(search: Search) -> Iterator[tuple[int, int, float]]:
    """Yield position of the hit, place of the sentence in it, cosine to the question."""
    read = zip(search.hits[:_PASSAGES_READ], search.rows[:_PASSAGES_READ], strict=True)
    for position, (hit, row) in enumerate(read):
        cosines = search.index.sentence_vectors(row) @ search.vector
        for k in _statements(hit.chunk):
            yield position, k, float(cosines[k])


def _statements(chunk: Chunk) -> Iterator[int]:
    for k, span in enumerate(chunk.sentences):
        text = chunk.text[span.start - chunk.start : span.end - chunk.start]
        # A heading announces and a question asks; neither answers.
        states = not is_heading(text) and not text.rstrip(" »\u00a0\u202f").endswith("?")
        if states and len(text.split()) >= _MIN_WORDS:
            yield k


def _score(search: Search, position: int, k: int, cosine: float) -> Scored:
    hit = search.hits[position]
    chunk = hit.chunk
    span = chunk.sentences[k]
    text = chunk.text[span.start - chunk.start : span.end - chunk.start]
    held = terms(text)
    score = cosine + _PASSAGE_WEIGHT * hit.score + _TERMS_WEIGHT * search.coverage(held)
    score += _TITLE_WEIGHT * search.coverage(held + terms(chunk.title))
    if search.answer_type:
        score += _TYPE_WEIGHT * holds_answer_type(text, search.answer_type)
    return Scored(chunk, span, text, score)
