"""Finds where two articles give different values of what is asked, and tells it in French.

Two sentences that seem to answer, of two articles, with values that exclude each other, are a
disagreement or two different things. Which, a fitted regression says: how surely both answer, what
the values count, how near they are, and whether the sentences name who says so. The reader is not
asked again: of 70 labelled disagreements, whether it finds that one sentence contradicts the other,
or says the same once its value is put in, tells one more or one fewer. Knows nothing about
retrieval.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rag.copies import NO_COPIES, Copies
from rag.french import find_answer_type, fold, quote, typeset
from rag.policy import Policy, load_policy
from rag.timeframe import find_timeframe, fit_time, format_date
from rag.types import AnswerSentence, Conflict, Evidence, Version
from rag.values import Value, compatible, find_values

# Sentences that are compared, and how far below the best they may be in log-odds.
_COMPARED, _FAR = 6, 6.0
# Who says so, by the verbs and prepositions of reported speech and of measuring.
_ATTRIBUTED = re.compile(
    r"\b(?:selon|d'apres|pour l(?:'|[ae]\b)|affirm\w+|estim\w+|evalu\w+|chiffr\w+"
    r"|compt(?:e|ent|ages?|eurs)\b|recens\w+|denombr\w+|releve\w*|calcul\w*|annonc\w+|contest\w+"
    r"|et non|constat\w+|enregistr\w+|parle d)"
)
# Probability from which a disagreement is told, and how far apart its values may be. On the
# subjects that the weights were fitted on, each weighed without itself, 35 are told, 29 of them
# rightly, of 70; where three sentences and values of one unit alone were compared, 19 and 14.
_DECISION, _APART = 0.4, 3.0
# Units in which it is measured how far apart values are: a factor, and days.
_WIDEST_FACTOR, _WIDEST_DAYS = math.e**6, 2000.0
_ABOUT = {
    "money": "le montant",
    "ratio": "le pourcentage",
    "date": "la date",
    "clock": "l’heure",
    "time": "la durée",
    "length": "la longueur",
    "area": "la surface",
    "volume": "le volume",
    "mass": "le poids",
    "": "le nombre",
}
_OTHER = "la valeur"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of two articles, and the values of theirs that exclude each other.

    ``several`` tells that more than two of their values do; ``rank`` is the place of the second
    among the sentences compared, from 0, and ``behind`` how far below the best it is, in log-odds.
    """

    first: Evidence
    second: Evidence
    values: tuple[Value, Value]
    several: bool
    rank: int
    behind: float


def find_conflicts(
    question: str,
    evidence: Sequence[Evidence],
    policy: Policy | None = None,
    copies: Copies = NO_COPIES,
) -> tuple[Conflict, ...]:
    """Find where two articles give different values of what is asked.

    Parameters
    ----------
    question
        A question that stands alone.
    evidence
        Sentences of one article or several, best first.
    copies
        The articles that are one text, and so one source.

    Returns
    -------
    tuple[Conflict, ...]
        One disagreement, with two versions, or none.
    """
    policy = policy or load_policy()
    pairs = list(list_pairs(question, evidence, copies))
    odds = [weigh(measure_pair(pair), policy.disagrees) for pair in pairs]
    if not odds or 1 / (1 + math.exp(-max(odds))) < _DECISION:
        return ()
    found = pairs[odds.index(max(odds))]
    versions = tuple(
        Version(value.written, item.n, item.chunk.date)
        for item, value in zip((found.first, found.second), found.values, strict=True)
    )
    # « 190 millions d’économies » are money when the other says euros.
    dimension = found.values[0].dimension or found.values[1].dimension
    return (Conflict(_ABOUT.get(dimension, _OTHER), versions),)


def list_pairs(
    question: str, evidence: Sequence[Evidence], copies: Copies = NO_COPIES
) -> Iterator[Pair]:
    """Yield the pairs of sentences of two sources with values that exclude each other.

    A question that asks when is answered by dates, any other by anything else.
    """
    asks_date = find_answer_type(question) == "date"
    time = find_timeframe(question)
    near = [
        e
        for e in evidence[:_COMPARED]
        if e.score > evidence[0].score - _FAR
        and (time is None or fit_time(time, e.text, e.chunk.date) >= 0)
    ]
    values = {
        item.n: [v for v in find_values(item.text) if (v.dimension == "date") == asks_date]
        for item in near
    }
    # What answers best has values of the kind that is asked for, where it has any.
    asked = {value.dimension for value in values[near[0].n]} if near else set()
    for (_, first), (rank, second) in combinations(enumerate(near), 2):
        if copies.is_one_source(first, second):
            continue
        apart = [
            pair
            for pair in _pair_loosely(values[first.n], values[second.n])
            if not asked or asked & {value.dimension for value in pair}
        ]
        if apart:
            nearest = min(apart, key=lambda pair: (not _share_unit(*pair), _measure(*pair)))
            behind = near[0].score - second.score
            yield Pair(first, second, nearest, len(apart) > 1, rank, behind)


def pair_values(ours: Sequence[Value], theirs: Sequence[Value]) -> list[tuple[Value, Value]]:
    """List the pairs of values of one kind that are near and exclude each other."""
    return [
        (one, other)
        for one in ours
        for other in theirs
        if (one.dimension, one.unit) == (other.dimension, other.unit)
        and _are_near(one, other)
        and 0 < abs(one.amount) < math.inf
        and 0 < abs(other.amount) < math.inf
        and not compatible(one, other)
        and not compatible(other, one)
    ]


def _pair_loosely(ours: Sequence[Value], theirs: Sequence[Value]) -> list[tuple[Value, Value]]:
    """List the pairs of values that exclude each other, a bare number or a count standing for all.

    What is counted is seldom said twice in one word: « neuf commerces », « vingt-trois boutiques »,
    « en dénombre 63 000 ». A value that the other sentence tells as well is no version of its own.
    """
    own, other_own = _leave_out(theirs, ours), _leave_out(ours, theirs)
    return [
        (one, other)
        for one in own
        for other in other_own
        if _share_unit(one, other)
        and pair_values([one], [other])
        or not _share_unit(one, other)
        and "" in (one.dimension, other.dimension)
        and pair_values([_strip_unit(one)], [_strip_unit(other)])
    ]


def _leave_out(told: Sequence[Value], values: Sequence[Value]) -> list[Value]:
    """Return the values that are none of those told."""
    return [
        value
        for value in values
        if not any(
            _share_unit(value, other) and (compatible(value, other) or compatible(other, value))
            for other in told
        )
    ]


def _share_unit(one: Value, other: Value) -> bool:
    return (one.dimension, one.unit) == (other.dimension, other.unit)


def _strip_unit(value: Value) -> Value:
    return replace(value, dimension="", unit="")


def measure_pair(pair: Pair) -> dict[str, float]:
    """Measure what tells a disagreement from two things.

    ``first`` and ``second`` are the log-odds that each sentence answers, ``behind`` and ``rank``
    how far from the best the second is, ``near`` how far apart the values are from 0 to 1,
    ``one_unit`` and ``counts`` whether they have one unit, or count things of two names.
    """
    one, other = (fold(item.text) for item in (pair.first, pair.second))
    shared = _share_unit(*pair.values)
    counts = not shared and not any(value.dimension for value in pair.values)
    return {
        "first": pair.first.score,
        "second": pair.second.score,
        "behind": pair.behind,
        "rank": float(pair.rank),
        "first_attributed": float(bool(_ATTRIBUTED.search(one))),
        "second_attributed": float(bool(_ATTRIBUTED.search(other))),
        "near": _measure(*pair.values),
        "several": float(pair.several),
        "one_unit": float(shared),
        "counts": float(counts),
    }


def weigh(signals: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the log-odds of a disagreement; without weights, none is told."""
    if not weights:
        return -30.0
    logit = weights[""] + sum(weights[name] * signal for name, signal in signals.items())
    return max(-30.0, min(30.0, logit))


def _measure(one: Value, other: Value) -> float:
    """Say how far apart two values are, 0 to 1."""
    if one.dimension == "date":
        return min(abs(one.low - other.low) / _WIDEST_DAYS, 1.0)
    factor = abs(math.log(abs(one.amount)) - math.log(abs(other.amount)))
    return min(factor / math.log(_WIDEST_FACTOR), 1.0)


def _are_near(one: Value, other: Value) -> bool:
    if one.dimension == "date":
        return True
    small, large = sorted((abs(one.amount), abs(other.amount)))
    return large <= _APART * small


# ------------------------------------------------------------------------------------- telling


def head_conflict(conflict: Conflict) -> str:
    """Say in French what the sources disagree on, without their versions."""
    return f"Les sources ne concordent pas sur {conflict.about}"


def tell_conflict(conflict: Conflict, evidence: Sequence[Evidence]) -> AnswerSentence:
    """Say in French what the versions of a disagreement are, each with the date of its article.

    Parameters
    ----------
    conflict
        What ``find_conflicts`` found.
    evidence
        The evidence that it was found in: its titles tell apart articles of one date.

    Returns
    -------
    AnswerSentence
        Supported, its citations the numbers of the versions, in their order.
    """
    items = {item.n: item for item in evidence}
    by_source: dict[str | int, list[Version]] = {}
    for version in conflict.versions:
        source = items[version.n].chunk.article_id if version.n in items else version.n
        by_source.setdefault(source, []).append(version)
    dates = Counter(told[0].date for told in by_source.values())
    versions = []
    for told in by_source.values():
        n, date = told[0].n, told[0].date
        article = (
            f"{quote(items[n].chunk.title)}, " if dates[date] > 1 and n in items else "article "
        )
        values = " ou ".join(version.value for version in told)
        versions.append(f"{values} ({article}{_tell_when(date, article)})")
    text = f"{head_conflict(conflict)} : {', '.join(versions)}."
    numbers = tuple(dict.fromkeys(version.n for version in conflict.versions))
    return AnswerSentence(typeset(text), numbers, "supported")


def _tell_when(date: str, article: str) -> str:
    """Write the date of an article after its title, or after the word « article »."""
    written = format_date(date) or "sans date"
    if not date or not article.startswith("article"):
        return written
    of = "du " if date.count("-") == 2 else "d’" if date[5:7] in _VOWELS else "de "
    return f"{of}{written}"


# Avril, août, octobre.
_VOWELS = ("04", "08", "10")
