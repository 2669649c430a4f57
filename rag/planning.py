"""Plans an answer by what its question asks for: which evidence, in which order, under which heads.

A procedure is quoted step by step, a list with what announces it, a comparison side by side, a
chronology by date, a summary without saying a thing twice, and all the articles that speak of
something one by one. Every part is a quotation. Knows nothing about the language model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.enumerations import Enumeration, find_enumerations, find_heading
from rag.explanations import choose_explanation
from rag.french import is_heading, terms
from rag.index import Index
from rag.mentions import Mentions, find_mentions
from rag.reading import (
    Reading,
    Scored,
    add_antecedent,
    complete_evidence,
    holds,
    make_evidence,
    read_passages,
)
from rag.retrieval import Search, search_passages
from rag.sides import Comparison, find_comparison
from rag.summaries import choose_sentences, says_again
from rag.timeframe import (
    Timeframe,
    find_changing,
    find_dates,
    find_timeframe,
    fit_time,
    format_date,
    is_in,
    write_frame,
)
from rag.types import Chunk, Encoder, Evidence, Form, Length, Reader, Span
from rag.versions import find_versions

# Passages searched for a chronology, of which the dated sentences are read, how many of these are
# shown, and how far below the best one, in log-odds, one may be.
_DEPTH, _DATES, _FAR = 24, {"brief": 4, "medium": 10, "full": 12}, 5.0
# Sentences of a summary. On the 87 of the subjects, each weighed without itself, six say .43 of the
# points, eight .53, ten .61.
_SUMMARY: dict[Length, int] = {"brief": 4, "medium": 9, "full": 12}
# Sentences of a comparison, and of each side; how far below the best one, in log-odds, one may be,
# and one that speaks of no side. They say .58 of the points of the comparisons for choosing, where
# sentences read for each side and criterion said .42.
_COMPARED: dict[Length, tuple[int, int]] = {"brief": (4, 2), "medium": (6, 3), "full": (9, 4)}
_BEHIND, _ASIDE = 5.0, 1.0
# A cell of a row, as the readers write it; that of a column without a name has no head.
_CELL = re.compile(r"(?:^| ; )(?:(?P<head>[^;:]+) : )?(?P<value>[^;]+?)(?= ; |\.?$)")
# Items of a list that are shown.
_ITEMS = 20
# What stands for the date of an article that has none.
UNDATED = "Sans date"
# How far below the best sentence a list may be, in log-odds; and a step told in prose.
_LIST_BELOW, _STEP_BELOW = 3.0, 2.5
# What a numbered list gains when steps are asked for, in log-odds.
_NUMBERED = 2.0
_STEPS = 7


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

    def list_articles(
        self, question: str, within: NDArray[np.bool_] | None
    ) -> tuple[Mentions, Plan]:
        """Plan the list of all that speaks of something, each under its date and its article."""
        found = find_mentions(self._index, question, within)
        parts = (
            Part(item, format_date(item.chunk.date) or UNDATED, item.chunk.title)
            for item in found.evidence
        )
        return found, Plan("exhaustive", tuple(parts))

    def plan(self, form: Form, reading: Reading, length: Length) -> Plan | None:
        """Plan an answer; None where the question asks for nothing but the best sentences."""
        if not reading.sentences:
            return None
        if form in ("list", "steps"):
            return self._plan_list(form, reading)
        if form == "comparison":
            return self._plan_comparison(reading, length)
        if form == "chronology":
            return self._plan_chronology(reading.search, length)
        if form == "summary":
            return self._plan_summary(reading, length)
        if form == "reason":
            return Plan("reason", _quote_stretches(choose_explanation(reading, length)))
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
        chunks = [self._index.chunks[row] for row in self._index.rows_of(near.article_id)]
        text = self._index.articles[near.article_id].text
        if enumeration.lead is not None:
            for lead in _cite(text, enumeration.lead, chunks):
                if not is_heading(lead.text):
                    yield Part(lead, announces=True)
        for item in enumeration.items[:_ITEMS]:
            yield from map(Part, _cite(text, item, chunks))

    # ------------------------------------------------------------------------- comparisons

    def _plan_comparison(self, reading: Reading, length: Length) -> Plan | None:
        """Quote what answers best, side by side where two sides can be told apart.

        Under each criterion, what speaks of no side, or of several, comes first, where it answers
        nearly best.
        """
        asked = find_comparison(reading.search.question) or Comparison(())
        most, each = _COMPARED[length]
        best = reading.sentences[0].score
        chosen: list[Scored] = []
        heads: list[tuple[str, str]] = []
        placed: list[Part] = []
        for sentence in reading.sentences:
            if len(chosen) == most or sentence.score < best - _BEHIND:
                break
            parts = self._place(sentence, asked)
            idle = asked.sides and not parts[0].side and sentence.score < best - _ASIDE
            full = (
                bool(asked.sides)
                and len(parts) == 1
                and sum(p.side == parts[0].side for p in placed) >= each
            )
            # What two sides, or two rows, have said of them alike is what is compared.
            head = (parts[0].label, parts[0].side)
            again = any(
                head == under and says_again(sentence, other)
                for other, under in zip(chosen, heads, strict=True)
            )
            if not (idle or full or again):
                chosen.append(sentence)
                heads.append(head)
                placed += parts
        if len({part.side for part in placed if part.side}) < 2:
            return Plan("comparison", _quote_once(chosen)) if len(chosen) > 1 else None
        # Under its side, a quotation that opens with another is not said twice.
        placed = [
            part
            for part in placed
            if not any(
                part is not other
                and part.side == other.side
                and holds(other.evidence, part.evidence)
                for other in placed
            )
        ]
        sides = ("", *asked.sides)
        labels = list(dict.fromkeys((*asked.criteria, *(p.label for p in placed if p.label), "")))
        placed.sort(key=lambda part: (labels.index(part.label), sides.index(part.side)))
        return Plan("comparison", tuple(placed))

    def _place(self, sentence: Scored, asked: Comparison) -> list[Part]:
        """Quote a sentence under the side that it speaks of; a row that has a cell a side, cut."""
        cells = _cut_row(sentence, asked.sides)
        if cells:
            return cells
        sides = [side for side in asked.sides if self._is_of(sentence, side, asked.sides)]
        held = set(terms(sentence.text))
        criteria = [criterion for criterion in asked.criteria if held & set(terms(criterion))]
        return [
            _quote(
                sentence,
                label=criteria[0] if len(criteria) == 1 else "",
                side=sides[0] if len(sides) == 1 else "",
            )
        ]

    def _is_of(self, sentence: Scored, side: str, sides: Sequence[str]) -> bool:
        """Whether a sentence speaks of one side, by itself or by its nearest heading or title."""
        own, others = _tell_apart(side, sides)
        text = self._index.articles[sentence.chunk.article_id].text
        for said in (sentence.text, find_heading(text, sentence.span.start), sentence.chunk.title):
            held = set(terms(said))
            if own & held or others & held:
                return bool(own & held)
        return False

    # ------------------------------------------------------------------------ chronologies

    def _plan_chronology(self, search: Search, length: Length) -> Plan | None:
        """Quote the sentences that tell a date, in the order of their dates."""
        wider = search_passages(self._index, self._encoder, search.question, _DEPTH, search.within)
        asked = find_timeframe(search.question)
        read = read_passages(
            wider,
            self._reader,
            depth=_DEPTH,
            keep=lambda s: _date_of(s, asked) is not None,
        )
        kept: list[tuple[Scored, Timeframe]] = []
        for sentence in read.sentences:
            told = _date_of(sentence, asked)
            near = sentence.score >= read.sentences[0].score - _FAR
            if told is None or not near or len(kept) == _DATES[length]:
                break
            if not any(told == day and says_again(sentence, other) for other, day in kept):
                kept.append((sentence, told))
        if len(kept) < 2:
            return None
        kept.sort(key=lambda item: (item[1].start or item[1].end, item[0].span.start))
        return Plan("chronology", tuple(_quote(s, label=write_frame(told)) for s, told in kept))

    def plan_evolution(self, search: Search, length: Length) -> Plan | None:
        """Quote each version of what a question says to change, by date; None without any."""
        topic = find_changing(search.question)
        if not topic:
            return None
        wider = search_passages(self._index, self._encoder, topic, _DEPTH, search.within)
        asked = find_timeframe(search.question)
        facts = [
            fact
            for fact in find_versions(read_passages(wider, self._reader), "first")
            if fact.frame and _is_within(fact.sentence, asked)
        ][: _DATES[length]]
        facts.sort(key=lambda fact: fact.order)
        parts = tuple(_quote(fact.sentence, label=fact.label) for fact in facts)
        return Plan("chronology", parts) if len(parts) > 1 else None

    # --------------------------------------------------------------------------- summaries

    def _plan_summary(self, reading: Reading, length: Length) -> Plan | None:
        """Quote what is worth most of the article that the question is about."""
        chosen = choose_sentences(reading, self._encoder, _SUMMARY[length])
        return Plan("summary", _quote_once(chosen)) if chosen else None


def _quote(sentence: Scored, label: str = "", side: str = "") -> Part:
    return Part(add_antecedent(make_evidence(0, sentence)), label, side)


def _quote_once(sentences: Sequence[Scored]) -> tuple[Part, ...]:
    """Quote sentences in order; what two of them would quote is quoted once."""
    evidence = complete_evidence([make_evidence(0, s) for s in sentences])
    return tuple(map(Part, _join(evidence, lambda _: False)))


def _quote_stretches(sentences: Sequence[Scored]) -> tuple[Part, ...]:
    """Quote sentences in order, those that follow each other in a paragraph as one quotation."""
    evidence = complete_evidence([make_evidence(0, s) for s in sentences])
    return tuple(map(Part, _join(evidence, lambda between: not between.strip(" \u00a0\u202f"))))


def _join(evidence: Iterable[Evidence], is_joint: Callable[[str], bool]) -> list[Evidence]:
    """Make one quotation of those of a passage that overlap, or that a joint stands between."""
    joined: list[Evidence] = []
    for item in evidence:
        last = joined[-1] if joined else None
        if last and last.chunk.id == item.chunk.id and last.start <= item.start:
            text, offset = item.chunk.text, item.chunk.start
            if item.start < last.end or is_joint(text[last.end - offset : item.start - offset]):
                end = max(last.end, item.end)
                said = text[last.start - offset : end - offset]
                joined[-1] = replace(last, end=end, text=said)
                continue
        joined.append(item)
    return joined


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


def _date_of(sentence: Scored, asked: Timeframe | None) -> Timeframe | None:
    """Return the first date that a sentence tells, of the time asked about if one is.

    A date without a year takes that of its article.
    """
    for _, told in find_dates(sentence.text):
        if told.yearless:
            year = sentence.chunk.date[:4]
            start, end = (day.replace("-", year, 1) for day in (told.start, told.end))
            # A winter without a year would end before it begins: no date to sort by.
            if not year or start > end:
                continue
            told = Timeframe(start, end)
        if asked is None or is_in(asked, told):
            return told
    return None


def _is_within(sentence: Scored, asked: Timeframe | None) -> bool:
    return asked is None or fit_time(asked, sentence.text, sentence.chunk.date) > 0


def _name_terms(side: str) -> set[str]:
    """Return the terms that name a side: of « N3 », « n3 » and not « 3 »."""
    found = set(terms(side))
    return {t for t in found if not any(t.isdigit() and t in u and t != u for u in found)}


def _tell_apart(side: str, sides: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the terms that name one side alone, and those that name others."""
    words = {other: _name_terms(other) for other in sides}
    shared = set.intersection(*words.values())
    own = words[side] - shared
    return own, set().union(*words.values()) - own - shared


def _cut_row(sentence: Scored, sides: Sequence[str]) -> list[Part]:
    """Quote the cells of a row of a table that has one for each of two sides; none otherwise.

    « Dose : par jour ; Paracétamol : 3 g ; Ibuprofène : 1,2 g » gives « 3 g » and
    « 1,2 g », labelled « par jour ».
    """
    cells = list(_CELL.finditer(sentence.text))
    heads = [set(terms(cell["head"] or "")) for cell in cells]
    parts = []
    for side in sides:
        own, others = _tell_apart(side, sides)
        if not cells or heads[0] & (own | others):
            # Nothing says what the cells are of: the sentence is quoted as it is.
            return []
        for cell, head in zip(cells[1:], heads[1:], strict=True):
            if own & head and not others & head:
                start, end = (sentence.span.start + place for place in cell.span("value"))
                item = make_evidence(0, sentence)
                item = replace(item, start=start, end=end, text=cell["value"])
                parts.append(Part(item, cells[0]["value"], side))
                break
    return parts if len(parts) > 1 else []
