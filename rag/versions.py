"""Chooses among the versions of a fact the one that a question asks for, by their dates.

Versions are sentences that seem to answer one question at different times, with values of one kind
that exclude each other. Which leads is for the question to say: today's, the first, that of a date
or before an event. The others come after, each with its date. Knows nothing about retrieval.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.conflicts import pair_values
from rag.french import find_answer_type, find_names, fold, terms
from rag.reading import Reading, Scored
from rag.retrieval import Search
from rag.timeframe import (
    Moment,
    Timeframe,
    date_fact,
    find_moment,
    find_timeframe,
    fit_time,
    fold_in_place,
    tells_future,
    tells_past,
    write_frame,
)
from rag.types import AnswerType
from rag.values import Value, compatible, find_values

# How far below the best a version may be, in log-odds, and a name; the share that its passage must
# hold of the weight of the question that the best one's holds.
_FAR, _NEAR, _COVERED = 5.0, 4.0, 0.6
# Log-odds that a sentence gains when it tells the time asked about, and loses when another; and
# those of what its article or the sentences before tell of it, to be halved.
_TOLD, _TIMELY = 4.0, 3.0
# Who says so: two sources that differ, and not one that was right in its time.
_SAYS = re.compile(r"\b(?:selon|d'apres|affirm\w+|assur\w+|contest\w+|revendiqu\w+|dement\w*)\b")
# What says of itself that it takes the place of something.
_CHANGES = re.compile(
    r"\b(?:desormais|maintenant|ne \w+ plus qu[e']|portee?s? a|pass(?:e|era|ee?s?) (?:de|a)"
    r"|ramen\w+|revis\w+|corrig\w+|rectifi\w+|relev(?:e|ee)s? a|abaiss\w+|report\w+|repouss\w+"
    r"|definiti\w+|remplac\w+|succed\w+|devenue?s?|nommee?s?|elue?s?)\b"
)
_EVENT = re.compile(r"\b(?<!d')(?P<side>avant|apres|depuis) (?P<event>[^,;?.!]+)")
_REPLACED = ", remplacé depuis"


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, and the days on which what it tells holds, None where they are not known."""

    sentence: Scored
    frame: Timeframe | None

    @property
    def order(self) -> tuple[str, str]:
        """The last day on which it is known to hold, and when it was told."""
        told = self.sentence.chunk.date
        if self.frame is None:
            return "", told
        end = self.frame.end or told
        return max(self.frame.start, min(end, told or end)), told

    @property
    def label(self) -> str:
        """Its date in French."""
        return write_frame(self.frame) if self.frame else ""

    @property
    def passage(self) -> set[str]:
        """The terms of its passage."""
        return set(terms(f"{self.sentence.chunk.title} {self.sentence.chunk.text}"))

    @property
    def is_said(self) -> bool:
        """Whether it says whose word it is."""
        return bool(_SAYS.search(fold(self.sentence.text)))

    @property
    def is_first(self) -> bool:
        """Whether it says of itself that it was so at first."""
        return find_moment(self.sentence.text)[0] == "first"

    def replaces(self, older: Fact) -> bool:
        """Whether it says of itself that it takes the place of what was told before."""
        later = self.sentence.chunk.date > older.sentence.chunk.date
        return later and bool(_CHANGES.search(fold(self.sentence.text)))


def choose_versions(
    reading: Reading, moment: Moment, today: str = ""
) -> tuple[Reading, dict[tuple[str, int], str]]:
    """Put first the version of a fact that a question asks for.

    Parameters
    ----------
    reading
        What was read for a question that stands alone.
    moment
        What ``find_moment`` says of the question.
    today
        ISO 8601: what is still to come is not the latest. The clock's when it is empty.

    Returns
    -------
    tuple
        The reading with its sentences in their order, and what stands before each version, by its
        article and where it starts: its date, and that it was replaced where that is sure.
    """
    question, sentences = reading.search.question, reading.sentences
    asked = find_timeframe(question, max((s.chunk.date for s in sentences), default=""))
    if asked:
        sentences = _rank(replace(s, score=s.score + _weigh(asked, s)) for s in sentences)
    # « Combien de jours avant le départ faut-il… » asks about no time.
    past = moment in ("", "first")
    frame = asked or (_find_event(question, sentences) if past else None)
    facts = find_versions(replace(reading, sentences=sentences), moment, frame)
    if len(facts) < 2:
        return replace(reading, sentences=sentences), {}
    lead = _choose_lead(facts, frame, moment, today or datetime.date.today().isoformat())
    holds = not frame and moment != "first" and find_answer_type(question) != "name"
    labels = {}
    for fact in (lead, *facts):
        s = fact.sentence
        # What was in its year still was.
        state = not (tells_past(s.text) or lead.is_said or fact.is_said)
        sure = holds and fact.order < lead.order and (state or lead.replaces(fact))
        labels[s.chunk.article_id, s.span.start] = fact.label + _REPLACED * sure
    first = replace(lead.sentence, score=facts[0].sentence.score)
    others = (s for s in sentences if s is not lead.sentence)
    return replace(reading, sentences=_rank([first, *others])), labels


def _weigh(asked: Timeframe, sentence: Scored) -> float:
    """Return the log-odds that a sentence gains by the time that it tells."""
    fit = fit_time(asked, sentence.text, sentence.chunk.date)
    if fit in (1, -1):
        return _TOLD * fit
    # « En 2016, une panne… L'amende s'est élevée à… » tells 2016 on.
    before = sentence.chunk.text[: sentence.span.start - sentence.chunk.start]
    if fit_time(asked, before) == 1:
        fit = 0.5
    # What was so before may still have been.
    elif fit == -0.5 and sentence.chunk.date < asked.start:
        fit /= 2
    return _TIMELY * fit


def _rank(sentences: Iterable[Scored]) -> tuple[Scored, ...]:
    """Put the best first; of equals the first stays so."""
    return tuple(sorted(sentences, key=lambda s: -s.score))


def find_versions(reading: Reading, moment: Moment, frame: Timeframe | None = None) -> list[Fact]:
    """Return what answers best and the other versions of it; fewer than two when there are none.

    ``frame`` is the time that the question asks about.
    """
    search = reading.search
    kind = find_answer_type(search.question)
    if kind == "date" and moment == "present" and not tells_future(search.question):
        moment = ""
    # Where a date is asked for, the one told is the answer, and not when it was one.
    facts = [
        Fact(s, date_fact("" if kind == "date" else s.text, s.chunk.date))
        for s in reading.sentences
        if kind == "name" or _list_values(s, kind)
    ]
    # Where nothing tells that a value is asked for, what answers best must hold one.
    if not facts or not kind and facts[0].sentence is not reading.sentences[0]:
        return []
    others = [f for f in facts[1:] if _are_versions(search, facts[0], f, moment, frame)]
    return [facts[0], *others]


def _are_versions(
    search: Search, best: Fact, other: Fact, moment: Moment, frame: Timeframe | None
) -> bool:
    """Whether two sentences give one answer at two times, and not two answers at one."""
    kind, asked = find_answer_type(search.question), find_names(search.question)
    far = best.sentence.score - other.sentence.score
    event = _find_event_terms(search.question)
    held, holds = best.passage - event, other.passage - event
    covered = search.coverage(holds) >= _COVERED * search.coverage(held)
    first = moment == "first" and other.is_first
    if far > _FAR or not covered or (set(terms(" ".join(asked))) & held) - holds:
        return False
    if other.frame is None and not first:
        return False
    older, newer = sorted((best, other), key=lambda fact: fact.order)
    explicit = moment in ("latest", "first")
    if kind == "name":
        before, after = (find_names(fact.sentence.text) - asked for fact in (older, newer))
        # « Le premier maire » is no version of the mayor.
        sought = explicit and find_moment(search.question)[0] in ("", "present")
        sought = sought or (moment == "present" and newer.replaces(older))
        return sought and far <= _NEAR and bool(before and after - before)
    ours, theirs = (_list_values(fact.sentence, kind) for fact in (best, other))
    shared = _list_words(best.sentence) & _list_words(other.sentence)
    apart = pair_values(ours, theirs)
    if not apart and len(shared) > (kind is None):
        # « 850 salariés », « 870 personnes ».
        apart = pair_values(_count_bare(ours), _count_bare(theirs))
    if not apart or first or newer.replaces(older):
        return bool(apart)
    again = any(compatible(one, two) for one in ours for two in theirs)
    if not shared or again or _meet(best.frame, other.frame):
        return False
    return explicit or bool(frame or moment) and not (best.is_said or other.is_said)


def _list_values(sentence: Scored, kind: AnswerType | None) -> list[Value]:
    return [v for v in find_values(sentence.text) if (v.dimension == "date") == (kind == "date")]


def _count_bare(values: Sequence[Value]) -> list[Value]:
    """Return counts without what they count."""
    return [replace(value, unit="") for value in values if not value.dimension]


def _list_words(sentence: Scored) -> set[str]:
    """Return the terms of a sentence, without those of its values."""
    text = sentence.text
    for value in reversed(find_values(text)):
        text = text[: value.span.start] + text[value.span.end :]
    return set(terms(text))


def _meet(one: Timeframe | None, other: Timeframe | None) -> bool:
    if one is None or other is None:
        return False
    return one.start <= (other.end or "9") and other.start <= (one.end or "9")


def _choose_lead(
    facts: Sequence[Fact], frame: Timeframe | None, moment: Moment, today: str
) -> Fact:
    """Choose the version that a question asks for; ``facts`` has the best first."""
    if frame:
        fits = [fit_time(frame, f.sentence.text, f.sentence.chunk.date) for f in facts]
        if max(fits) > 0:
            best = [fact for fact, fit in zip(facts, fits, strict=True) if fit == max(fits)]
            # Since a date: as it became then.
            choose = min if moment == "first" or not frame.end else max
            return choose(best, key=lambda fact: fact.order)
        # What nothing changed since holds still.
        if before := [fact for fact in facts if fact.order[0] < frame.start]:
            return max(before, key=lambda fact: fact.order)
    if moment == "first":
        return min(facts, key=lambda fact: (not fact.is_first, not fact.frame, fact.order))
    known = [fact for fact in facts if fact.order[0] <= today]
    return max(known, key=lambda fact: fact.order, default=facts[0])


def _find_event(question: str, sentences: Sequence[Scored]) -> Timeframe | None:
    """Return the time before or after an event told without its date, by what is said of it."""
    match, named = _EVENT.search(fold_in_place(question)), _find_event_terms(question)
    if match is None or not named:
        return None
    days = [
        told.start
        for s in sentences
        if named <= set(terms(f"{s.chunk.title} {s.text}"))
        and (told := date_fact(s.text, s.chunk.date))
        and told.start
    ]
    side = "avant" if match["side"] == "avant" else "depuis"
    return find_timeframe(f"{side} le {min(days)}") if days else None


def _find_event_terms(question: str) -> set[str]:
    match = _EVENT.search(fold_in_place(question))
    return set(terms(match["event"])) if match else set()
