"""Plans an answer by what its question asks for: which evidence, in which order, under which heads.

A procedure is quoted step by step, a list with what announces it, a comparison side by side, a
chronology by date, a summary without saying a thing twice, and all the articles that speak of
something one by one. Every part is a quotation. Knows nothing about the language model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.enumerations import Enumeration, find_enumerations, find_heading
from rag.french import is_heading, terms
from rag.index import Index
from rag.mentions import find_mentions
from rag.reading import (
    Reading,
    Scored,
    add_antecedent,
    complete_evidence,
    make_evidence,
    read_passages,
)
from rag.retrieval import Search, search_passages
from rag.sides import Comparison, find_comparison
from rag.timeframe import Timeframe, find_dates, find_timeframe, fit_time, format_date
from rag.types import Chunk, Encoder, Evidence, Form, Length, Reader, Span, Vectors

# Passages searched for a chronology, of which the dated sentences are read, how many of these are
# shown, and how far below the best one, in log-odds, one may be.
_DEPTH, _DATES, _FAR = 24, {"brief": 4, "medium": 8, "full": 12}, 5.0
# Sentences of a summary, and what likeness to those chosen costs.
_SUMMARY: dict[Length, int] = {"brief": 3, "medium": 5, "full": 8}
_LIKENESS = 0.6
# Sentences of each side of a comparison without criteria, and passages read for a cell.
_SIDE: dict[Length, int] = {"brief": 1, "medium": 2, "full": 3}
_READ = 3
_CRITERIA = 4
# Items of a list that are shown.
_ITEMS = 20
# How far below the best sentence a list may be, in log-odds; and a step told in prose.
_LIST_BELOW, _STEP_BELOW = 3.0, 2.5
# What a numbered list gains when steps are asked for, in log-odds.
_NUMBERED = 2.0
_STEPS = 7
# Share of the words of the shorter at which one dated sentence says another again.
_SAME = 0.7


@dataclass(frozen=True, slots=True)
class Part:
    """A quotation of an answer and where it stands.

    ``label`` is what stands before it (a date, a criterion), ``side`` the column of a comparison;
    ``announces`` tells a sentence that a list follows from an item of it.
    """

    evidence: Evidence
    label: str = ""
    side: str = ""
    announces: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an answer is made of: ``form`` says how it is laid out, ``parts`` are in order."""

    form: Form
    parts: tuple[Part, ...]


class Planner:
    """Plans the answers to questions over one index.

    Parameters
    ----------
    index, encoder, reader
        What is searched, and what reads.
    """

    def __init__(self, index: Index, encoder: Encoder, reader: Reader) -> None:
        self._index = index
        self._encoder = encoder
        self._reader = reader

    def list_articles(self, question: str, within: NDArray[np.bool_] | None) -> tuple[str, Plan]:
        """Plan the list of the articles that speak of something; return what that is, and it."""
        found = find_mentions(self._index, question, within)
        parts = (Part(item, label=_name_article(item.chunk)) for item in found.evidence)
        return found.topic, Plan("exhaustive", tuple(parts))

    def plan(self, form: Form, reading: Reading, length: Length) -> Plan | None:
        """Plan an answer; None where the question asks for nothing but the best sentences."""
        if not reading.sentences:
            return None
        if form in ("list", "steps"):
            return self._plan_list(form, reading)
        if form == "comparison":
            # Without two sides that can be told apart, what differs is told one after another.
            planned = self._plan_comparison(reading, length)
            return planned or self._plan_summary(reading, length)
        if form == "chronology":
            return self._plan_chronology(reading.search, length)
        if form == "summary":
            return self._plan_summary(reading, length)
        return None

    # ------------------------------------------------------------------------------ lists

    def _plan_list(self, form: Form, reading: Reading) -> Plan | None:
        """Quote a whole list with what announces it, or the steps that prose tells."""
        best = reading.sentences[0]
        lists = [
            (score, chunk, enumeration)
            for chunk, enumeration in self._find_lists(reading)
            if (score := _score_list(form, chunk, enumeration, reading)) is not None
        ]
        if lists:
            score, chunk, enumeration = max(lists, key=lambda item: item[0])
            if score >= best.score - _LIST_BELOW:
                return Plan(form, tuple(self._quote_list(chunk, enumeration)))
        steps = [
            s
            for s in reading.sentences
            if s.chunk.article_id == best.chunk.article_id and s.score >= best.score - _STEP_BELOW
        ][:_STEPS]
        if len(steps) < 3:
            return None
        return Plan(form, _quote_once(sorted(steps, key=lambda s: s.span.start)))

    def _find_lists(self, reading: Reading) -> Iterator[tuple[Chunk, Enumeration]]:
        seen: set[str] = set()
        for sentence in reading.sentences:
            chunk = sentence.chunk
            if chunk.article_id not in seen:
                seen.add(chunk.article_id)
                for found in find_enumerations(self._index.articles[chunk.article_id].text):
                    yield chunk, found

    def _quote_list(self, near: Chunk, enumeration: Enumeration) -> Iterator[Part]:
        chunks = [c for c in self._index.chunks if c.article_id == near.article_id]
        text = self._index.articles[near.article_id].text
        if enumeration.lead is not None:
            for lead in _cite(text, enumeration.lead, chunks):
                if not is_heading(lead.text):
                    yield Part(lead, announces=True)
        for item in enumeration.items[:_ITEMS]:
            yield from map(Part, _cite(text, item, chunks))

    # ------------------------------------------------------------------------- comparisons

    def _plan_comparison(self, reading: Reading, length: Length) -> Plan | None:
        asked = find_comparison(reading.search.question)
        if asked is None:
            return None
        parts = list(self._fill_cells(asked, reading.search, length))
        sides = {part.side for part in parts}
        return Plan("comparison", tuple(parts)) if len(sides) > 1 else None

    def _fill_cells(self, asked: Comparison, search: Search, length: Length) -> Iterator[Part]:
        """Find what is said of each side, on each criterion when some are named."""
        used: set[tuple[str, int]] = set()
        for criterion in asked.criteria[:_CRITERIA] or ("",):
            for side in asked.sides:
                wanted = 1 if criterion else _SIDE[length]
                question = f"{criterion} {side}" if criterion else f"{side} {asked.topic}".strip()
                for sentence in self._read(question, search):
                    key = (sentence.chunk.article_id, sentence.span.start)
                    named = self._is_of(sentence, side, asked.sides)
                    if wanted and key not in used and named:
                        used.add(key)
                        wanted -= 1
                        yield _quote(sentence, label=criterion, side=side)

    def _is_of(self, sentence: Scored, side: str, sides: Sequence[str]) -> bool:
        """Whether a sentence speaks of one side, by itself or by its nearest heading or title."""
        shared = set.intersection(*(set(terms(other)) for other in sides))
        own = set(terms(side)) - shared
        named = {term for other in sides if other != side for term in terms(other)}
        others = named - own - shared
        text = self._index.articles[sentence.chunk.article_id].text
        for said in (sentence.text, find_heading(text, sentence.span.start), sentence.chunk.title):
            held = set(terms(said))
            if own & held or others & held:
                return bool(own & held)
        return False

    def _read(self, question: str, search: Search) -> tuple[Scored, ...]:
        found = search_passages(self._index, self._encoder, question, _READ, search.within)
        return read_passages(found, self._reader).sentences

    # ------------------------------------------------------------------------ chronologies

    def _plan_chronology(self, search: Search, length: Length) -> Plan | None:
        """Quote the sentences that tell a date, in the order of their dates."""
        wider = search_passages(self._index, self._encoder, search.question, _DEPTH, search.within)
        asked = find_timeframe(search.question)
        read = read_passages(
            wider,
            self._reader,
            depth=_DEPTH,
            keep=lambda s: _date_of(s) is not None and _is_within(s, asked),
        )
        kept: list[tuple[Scored, Timeframe]] = []
        for sentence in read.sentences:
            told = _date_of(sentence)
            near = sentence.score >= read.sentences[0].score - _FAR
            if told is None or not near or len(kept) == _DATES[length]:
                break
            if not any(told == day and _says_again(sentence, other) for other, day in kept):
                kept.append((sentence, told))
        if len(kept) < 2:
            return None
        kept.sort(key=lambda item: (item[1].start or item[1].end, item[0].span.start))
        return Plan("chronology", tuple(_quote(s, label=_write_frame(told)) for s, told in kept))

    # --------------------------------------------------------------------------- summaries

    def _plan_summary(self, reading: Reading, length: Length) -> Plan | None:
        """Choose sentences that may answer and that are unlike each other."""
        names = [hit.chunk.id for hit in reading.search.hits]
        rows = dict(zip(names, reading.search.rows, strict=True))
        candidates = list(reading.sentences[: 4 * _SUMMARY[length]])
        vectors = np.array([self._vector(s, rows[s.chunk.id]) for s in candidates])
        likeness = vectors @ vectors.T
        scores = np.array([s.score for s in candidates])
        spread = float(np.ptp(scores)) or 1.0
        worth = (scores - scores.min()) / spread
        # Likeness is spread as worth is: cosines of one subject lie close together.
        low, high = float(likeness.min()), float(np.median(likeness) + 3 * likeness.std())
        alike = (likeness - low) / ((high - low) or 1.0)
        chosen: list[int] = [0]
        while len(chosen) < min(_SUMMARY[length], len(candidates)):
            gain = worth - _LIKENESS * alike[:, chosen].max(axis=1)
            gain[chosen] = -np.inf
            chosen.append(int(np.argmax(gain)))
        if len(chosen) < 2:
            return None
        picked = [candidates[k] for k in chosen]
        # Articles in the order in which they were chosen, each told in its own order.
        order = list(dict.fromkeys(s.chunk.article_id for s in picked))
        picked.sort(key=lambda s: (order.index(s.chunk.article_id), s.span.start))
        return Plan("summary", _quote_once(picked))

    def _vector(self, sentence: Scored, row: int) -> Vectors:
        place = sentence.chunk.sentences.index(sentence.span)
        vector: Vectors = self._index.sentence_vectors(row)[place]
        return vector


def _name_article(chunk: Chunk) -> str:
    return ", ".join(filter(None, (chunk.title, format_date(chunk.date))))


def _quote(sentence: Scored, label: str = "", side: str = "") -> Part:
    return Part(add_antecedent(make_evidence(0, sentence)), label, side)


def _quote_once(sentences: Sequence[Scored]) -> tuple[Part, ...]:
    """Quote sentences in order; one that another quotation opens with is not quoted alone too."""
    return tuple(map(Part, complete_evidence([make_evidence(0, s) for s in sentences])))


def _cite(text: str, span: Span, chunks: Sequence[Chunk]) -> Iterator[Evidence]:
    """Make evidence of a span of an article, one piece for each passage that holds some of it.

    A piece that speaks to a machine is left out.
    """
    for chunk in chunks:
        start, end = max(chunk.start, span.start), min(chunk.end, span.end)
        if start < end and not chunk.holds_order(start, end):
            yield Evidence(0, chunk, start, end, text[start:end], 0.0)


def _score_list(
    form: Form, chunk: Chunk, enumeration: Enumeration, reading: Reading
) -> float | None:
    """Return the log-odds of the best sentence of a list or of its lead; None without one.

    Steps are numbered more often than not.
    """
    span = enumeration.span
    scores = [
        s.score
        for s in reading.sentences
        if s.chunk.article_id == chunk.article_id
        and span.start <= s.span.start
        and s.span.end <= span.end
    ]
    numbered = _NUMBERED if form == "steps" and enumeration.ordered else 0.0
    return max(scores) + numbered if scores else None


def _date_of(sentence: Scored) -> Timeframe | None:
    """Return the first date that a sentence tells, its year taken from its article."""
    for _, told in find_dates(sentence.text):
        if not told.yearless:
            return told
        if year := sentence.chunk.date[:4]:
            start, end = (day.replace("-", year, 1) for day in (told.start, told.end))
            # A winter without a year would end before it begins: no date to sort by.
            return Timeframe(start, end) if start <= end else None
    return None


def _is_within(sentence: Scored, asked: Timeframe | None) -> bool:
    return asked is None or fit_time(asked, sentence.text, sentence.chunk.date) > 0


def _says_again(one: Scored, other: Scored) -> bool:
    """Whether two sentences hold nearly the same words."""
    first, second = set(terms(one.text)), set(terms(other.text))
    return len(first & second) >= _SAME * min(len(first), len(second))


def _write_frame(told: Timeframe) -> str:
    """Write a range of days: « 12 mars 2024 », « mars 2024 », « 2024 »."""
    start, end = told.start, told.end
    if not start or not end:
        return format_date(start or end)
    if start == end:
        return format_date(start)
    if start[:4] == end[:4] and (start[5:], end[5:]) == ("01-01", "12-31"):
        return start[:4]
    if start[:7] == end[:7]:
        return format_date(start[:7])
    return f"{format_date(start)} – {format_date(end)}"
