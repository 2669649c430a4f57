"""Gathers what the articles hold for a question, one part at a time, and judges it.

A question such as « Qui dirige OpenAI et combien a-t-elle levé ? » is searched, read and judged
in parts: the best passages of each come in turn, so that no part takes the place of another.
Knows nothing about the language model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from typing import TypeVar

from rag.abstention import DECISION, Judgement, judge_question
from rag.bridges import Crossed, cross_bridge
from rag.clock import Clock
from rag.french import terms
from rag.identifiers import find_identifiers, find_section, keep_named
from rag.index import Index
from rag.reading import (
    Reading,
    choose_evidence,
    complete_evidence,
    find_refutation,
    read_passages,
)
from rag.retrieval import Search, search_passages
from rag.scope import select_rows
from rag.timeframe import cut_dates, find_moment, find_timeframe, fit_time
from rag.types import Encoder, Evidence, Hit, Query, Reader, Scope
from rag.versions import choose_versions

# Passages found for each part; the best of them are read.
PASSAGES = 10
# Sentences kept for one question: what can be cited.
EVIDENCE = 12
# Log-odds lost for each unit of fused score that the best passage outside the scope has over the
# best inside. On 137 questions over the demo corpus, each within five scopes that hold the answer
# and three that do not: .091 are wrongly refused instead of .086, .219 wrongly answered instead of
# .285. The share of the wrongly refused grows faster past it.
_OUT_OF_SCOPE = 0.25

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question.

    ``readings`` has one search a part, read and reranked; ``hits`` the passages of all parts,
    best first; ``evidence`` the numbered sentences; ``leads`` the numbers of those that answer
    each answered part best, or refute the question; ``answerable`` the probability that some part
    can be answered, or refuted; ``unanswered`` the parts that can't, when another can;
    ``refutation`` the evidence, by its number, that refutes what the question takes for granted, 0
    when none does; ``versions`` what stands before the evidence that tells a version of the answer;
    ``crossed`` whether the readings are the two steps of one question.
    """

    readings: tuple[Reading, ...]
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    leads: tuple[int, ...]
    answerable: float
    unanswered: tuple[str, ...]
    refutation: int = 0
    versions: Mapping[int, str] = field(default_factory=dict)
    crossed: bool = False

    @property
    def searches(self) -> tuple[Search, ...]:
        """The search of each part."""
        return tuple(reading.search for reading in self.readings)


def gather(
    index: Index,
    encoder: Encoder,
    reader: Reader,
    query: Query,
    clock: Clock,
    depth: int = PASSAGES,
    scope: Scope | None = None,
) -> Found:
    """Search, read and judge every part of a question.

    Parameters
    ----------
    clock
        Marked when the passages of the first part are found, and when all is read and judged.
    depth
        Passages found for each part.
    scope
        The articles to search; None for all. With no article in it, nothing is found.
    """
    within = select_rows(index, scope)
    if len(query.parts) == 1:
        crossed = cross_bridge(
            query.parts[0],
            lambda text: read_passages(
                search_passages(index, encoder, text, depth, within), reader
            ),
        )
        if crossed is not None:
            return _gather_crossed(crossed, index, clock)
    readings, wholes, moments = [], [], []
    for part in query.parts:
        moment, bare = find_moment(part)
        search = search_passages(index, encoder, bare, depth, within)
        clock.mark("retrieval")
        identifiers = find_identifiers(part)
        reading = keep_named(read_passages(search, reader), identifiers)
        section = find_section(reading, identifiers)
        if not section:
            reading = _read_undated(reading, encoder, reader, depth)
        readings.append(replace(reading, sentences=section) if section else reading)
        wholes.append(bool(section))
        moments.append(moment)
    judgements = [
        # What stands under the label that is asked for is the answer, whatever it says.
        Judgement(1.0, 0.0) if whole else judge_question(reading)
        for whole, reading in zip(wholes, readings, strict=True)
    ]
    alone = len(readings) == 1
    chances = [
        # Of several questions at once none is corrected.
        _weigh_scope(judgement.answerable if alone else judgement.answers, reading)
        for judgement, reading in zip(judgements, readings, strict=True)
    ]
    answerable = max(chances)
    # A part without an answer gives no evidence, unless none has one: then all are shown.
    floor = DECISION if answerable >= DECISION else 0.0
    dated = [
        choose_versions(reading, moment)
        for reading, moment, chance in zip(readings, moments, chances, strict=True)
        if chance >= floor
    ]
    answered = [reading for reading, _ in dated]
    silent = [part for part, chance in zip(query.parts, chances, strict=True) if chance < floor]
    refuted = alone and judgements[0].is_refuted and answerable >= DECISION
    evidence, leads = _number(answered, refuted)
    versions: dict[int, str] = {}
    for item in evidence:
        for (article, start), told in (pair for _, labels in dated for pair in labels.items()):
            if item.chunk.article_id == article and item.start <= start < item.end:
                versions.setdefault(item.n, told)
    clock.mark("first_evidence")
    return Found(
        readings=tuple(readings),
        hits=_merge_hits(readings),
        evidence=index.copies.mark(evidence),
        leads=leads,
        answerable=answerable,
        unanswered=tuple(silent),
        refutation=leads[0] if refuted and leads else 0,
        versions=versions,
    )


def _gather_crossed(crossed: Crossed, index: Index, clock: Clock) -> Found:
    """Gather both steps of a question: what is described, then what is asked of it."""
    clock.mark("retrieval")
    readings = (crossed.first, crossed.second)
    evidence, leads = _number(readings, refuted=False)
    clock.mark("first_evidence")
    return Found(
        readings=readings,
        hits=_merge_hits(readings),
        evidence=index.copies.mark(evidence),
        leads=leads,
        answerable=judge_question(crossed.second).answers,
        unanswered=(),
        crossed=True,
    )


def _read_undated(reading: Reading, encoder: Encoder, reader: Reader, depth: int) -> Reading:
    """Read again without its date a question that nothing answers.

    The date then chooses among what answers: where nothing is of it the question stays unanswered.
    """
    search = reading.search
    asked = find_timeframe(search.question)
    named = find_identifiers(search.question)
    if asked is None or named or judge_question(reading).answerable >= DECISION:
        return reading
    undated = search_passages(
        search.index, encoder, cut_dates(search.question), depth, search.within
    )
    again = read_passages(undated, reader)
    if judge_question(again).answers < DECISION:
        return reading
    again = replace(again, search=replace(again.search, question=search.question))
    best = choose_versions(again, "")[0].sentences[0]
    return again if fit_time(asked, best.text, best.chunk.date) > 0 else reading


def _weigh_scope(chance: float, reading: Reading) -> float:
    """Return the probability that a part can be answered, given what its scope leaves out."""
    missed = reading.search.missed
    # The odds are multiplied by the exponential of what is lost.
    return chance / (chance + (1 - chance) * exp(_OUT_OF_SCOPE * missed)) if missed else chance


def _number(
    readings: Sequence[Reading], refuted: bool
) -> tuple[tuple[Evidence, ...], tuple[int, ...]]:
    """Take the evidence of each part in turn, what refutes a question first, and number it."""
    of_parts = [choose_evidence(reading, EVIDENCE) for reading in readings]
    if refuted:
        refuting = find_refutation(readings[0])
        said = terms(refuting.text)
        of_parts = [(refuting, *(item for item in of_parts[0] if terms(item.text) != said))]
    firsts = [chosen[0] for chosen in of_parts if chosen]
    mixed: dict[tuple[str, int], Evidence] = {}
    for item in _take_turns(of_parts):
        mixed.setdefault((item.chunk.article_id, item.start), item)
    evidence = complete_evidence(list(mixed.values())[:EVIDENCE])
    # The best sentence of a part may have become the end of a longer quotation.
    leads = dict.fromkeys(
        item.n
        for first in firsts
        for item in evidence
        if item.chunk.article_id == first.chunk.article_id
        and item.start <= first.start
        and first.end <= item.end
    )
    return evidence, tuple(leads)


def _merge_hits(readings: Sequence[Reading]) -> tuple[Hit, ...]:
    mixed: dict[str, Hit] = {}
    for hit in _take_turns([reading.search.hits for reading in readings]):
        mixed.setdefault(hit.chunk.id, hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(mixed.values(), start=1))


def _take_turns(lists: Sequence[Sequence[_Item]]) -> Iterator[_Item]:
    for position in range(max(map(len, lists), default=0)):
        yield from (items[position] for items in lists if position < len(items))
