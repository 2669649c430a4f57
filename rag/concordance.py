"""Finds, over all the articles, where sources agree and where they contradict each other.

Three findings, each of sentences that tell values (figures, sums, shares; a date only where an
article itself opposes two):

- *told*: a sentence says of itself that sources differ (« 400 millions pour les uns, 500 pour les
  autres »);
- *apart*: two articles, each naming who says so, give values of one thing that exclude each other;
- *agreed*: articles that are no copies tell the same value in nearly the same words.

Precision comes before recall: what may be two things, two times or two persons is left out. Works
on words only; knows nothing about the page.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.conflicts import pair_values
from rag.french import find_names, fold, is_heading, is_item, is_question, normalize, terms
from rag.index import Index
from rag.suggestions import read_sentences
from rag.timeframe import Timeframe, list_times
from rag.types import Evidence
from rag.values import Value, compatible, find_values

# Sentences that share a term for it to bring two together: what more have says nothing.
_HOLDERS = 40
# What two sentences share for them to tell of one thing: the cosine of their terms, weighted by
# rarity, and the weight of the rare ones they share, over the logarithm of the number of sentences.
# Read by hand (tests/benchmarks/concordance.py), all thirteen that they leave are disagreements; at
# 0.7 of the weight, two of the three of the demo, which is of one subject, are none.
_ALIKE, _SHARED = 0.15, 1.1
_SAME, _AGREED = 0.45, 1.4
# What two articles say in the very same words is a formula, or copied: no second source.
_FORMULA = 0.95
# Pairs of values apart in two sentences: of more, nothing tells which are of one thing.
_FEW = 2
# Farthest apart that the values told of one thing are, as a factor.
_FACTOR = 3.0
_SHORT, _LONGEST = 30, 400
_ROW = re.compile(r" : .* ; ")
# Who says so, by reported speech and by measuring, with its accents: « estime » says so, « estimé »
# need not; « le chiffre » and « l'annonce » are nouns. « Selon votre âge » names no source.
_DEPENDS = (
    r"(?:que?\b|qu'|votre|vos|chaque|(?:l[ae]s? |l'|sa |son |ses |leurs? )(?:cas|formule|[âa]ge"
    r"|type|nature|taille|nombre|niveau|durée|montant|revenu|ressources|situation|position|critère"
    r"|barème|ancienneté|saison|région|calendrier|règle|méthode|modalité|condition))"
)
_SAYS = re.compile(
    rf"\b(?:selon|d'après) (?!{_DEPENDS})|\bet non\b|\bretien(?:t|nent)\b|\bparlent? de\b"
    r"|(?<!\ble )(?<!\bce )(?<!\bun )(?<!\bl')\b(?:affirm|assur|estim|évalu|chiffr|dénombr|recens"
    r"|revendiqu|contest|annonc|avanc|calcul|enregistr|comptabilis)(?:e|ent|ait|aient|ons)\b"
    r"|\b(?:a|ont|avait|avaient|avons|avoir) (?:\w+ )?(?:affirmé|assuré|estimé|évalué|chiffré"
    r"|dénombré|recensé|revendiqué|annoncé|avancé|calculé|constaté|enregistré|compté|relevé|mesuré"
    r"|trouvé|parlé)\b|\b(?:il|elle|on|n') ?en (?:compte|dénombre)\b"
    r"|\bpour (?:lui|elle|eux|elles)\b"
)
# What the writer works out of other figures is no word of a source.
_WORKED_OUT = re.compile(r"\b(?:notre|nos|un|par le) (?:propre )?calculs?\b")
# That sources differ, in so many words, with its accents: « diffèrent » is a verb.
_TELL = (
    r"(?:donn|situ|écriv|parl|retienn|cit|avanc|évoqu|compt|indiqu|estim|dat|dis|annonc|chiffr"
    r"|évalu)ent"
)
_DIFFERS = re.compile(
    r"\bdivergen(?:t|ces?)\b|\bdiffèrent\b|\bvarient? (?:selon|d'un|de source)\b|\bne concord\w+"
    r"|\bse contredi\w+"
    r"|\bselon les (?:uns|articles|sources|comptes rendus|médias|récits|titres|journaux|versions"
    r"|témoi\w+|relevés|auteurs|documents)\b|\bon lit\b|\bpour les uns\b"
    rf"|\b(?:les uns|certaine?s)(?: \w+)? (?:l[ae]s? |l'|en |y )?{_TELL}\b.*\bd'?autres\b"
    rf"|\bd'autres (?:\w+ ){{0,3}}{_TELL}\b"
    r"|(?<!le )(?<!un )(?<!du )\b(?P<verb>donn|situ|estim|évalu|chiffr)(?:e|ent|ait|aient)\b"
    r"[^;,]*[;,](?: et)? [^;,]{3,60} (?P=verb)(?:e|ent|ait|aient)\b"
)
# Who is said to say so, and the words that lead to it: their names are not those of the subject.
_SOURCE = re.compile(
    r",? ?\b(?:selon|d'après|cité par|(?:rapport|repris|relay)\w* par)\b[^,;.:]*", re.IGNORECASE
)
_YEARS = (
    (re.compile(r"\bl'an(?:nee)? (?:derni|pass)er?e?\b"), -1),
    (re.compile(r"\b(?:cette annee|aujourd'hui|desormais|a ce jour|actuellement)\b"), 0),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, not numbered, and the values of it that are compared, as it writes them."""

    item: Evidence
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Concordance:
    """Where sources agree and where they do not, the surest first.

    Attributes
    ----------
    apart
        Two claims of two articles that exclude each other.
    told
        A claim that tells several values that sources give, then those of other articles that tell
        one of them.
    agreed
        Claims of two articles or more that say the same, one an article, oldest first.
    """

    apart: tuple[tuple[Claim, ...], ...]
    told: tuple[tuple[Claim, ...], ...]
    agreed: tuple[tuple[Claim, ...], ...]


class _Statement:
    """A sentence with values, and what tells whether another is about the same thing."""

    def __init__(self, item: Evidence, values: Sequence[Value]) -> None:
        self.item = item
        self.values = values
        self.plain = fold(item.text)
        lowered = normalize(item.text).lower()
        self.says = bool(_SAYS.search(lowered))
        self.differs = bool(_DIFFERS.search(lowered))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its terms without those of its values."""
        text = self.item.text
        for value in reversed(self.values):
            text = f"{text[: value.span.start]} {text[value.span.end :]}"
        return frozenset(terms(text))

    @cached_property
    def names(self) -> set[str]:
        """The names that it tells of, without those of who says so."""
        return find_names("x " + _SOURCE.sub(" ", normalize(self.item.text)))

    @cached_property
    def sources(self) -> set[str]:
        """The names of who says so."""
        return find_names(" x ".join(("", *_SOURCE.findall(normalize(self.item.text)))))

    @cached_property
    def times(self) -> list[Timeframe]:
        date = self.item.chunk.date
        told = list_times(self.item.text, date)
        for words, years in _YEARS:
            if date and words.search(self.plain):
                told.append(_make_year(int(date[:4]) + years))
        return told

    @property
    def year(self) -> list[Timeframe]:
        """That of its article."""
        date = self.item.chunk.date
        return [_make_year(int(date[:4]))] if date else []

    @property
    def measures(self) -> list[Value]:
        """Its values that measure or count something: no date, no clock."""
        return [v for v in self.values if not v.bare and v.dimension not in ("date", "clock")]


def _make_year(year: int) -> Timeframe:
    return Timeframe(f"{year:04d}-01-01", f"{year:04d}-12-31")


def find_concordance(index: Index) -> Concordance:
    """Compare every sentence that tells a value with those that share rare words with it."""
    statements = list(_list_statements(index))
    weights = _weigh_terms(statements)
    apart: list[tuple[float, tuple[Claim, ...]]] = []
    same: dict[int, dict[int, float]] = defaultdict(dict)
    rare = math.log(max(2, len(statements)))
    for k, j, shared in _pair(statements, weights):
        one, other = statements[j], statements[k]
        if shared < _SHARED * rare or index.copies.is_one_source(one.item, other.item):
            continue
        alike = _measure(one, other, weights)
        if _SAME <= alike < _FORMULA and shared >= _AGREED * rare and _agree(one, other):
            same[j][k] = same[k][j] = alike
        elif alike >= _ALIKE and (values := _oppose(one, other)):
            both = zip((one, other), values, strict=True)
            apart.append((alike, tuple(Claim(s.item, (v.written,)) for s, v in both)))
    apart.sort(key=lambda found: -found[0])
    return Concordance(
        tuple(_keep_once(claims for _, claims in apart)),
        tuple(_list_told(statements, weights, rare)),
        tuple(_group(statements, same)),
    )


# ------------------------------------------------------------------------------------ reading


def _list_statements(index: Index) -> Iterator[_Statement]:
    for chunk, start, end, text in read_sentences(index.chunks):
        if (
            not _SHORT <= len(text) <= _LONGEST
            or is_question(text)
            or is_heading(text)
            or is_item(text)
        ):
            continue
        if not _ROW.search(text) and (values := find_values(text)):
            yield _Statement(Evidence(0, chunk, start, end, text, 0.0), values)


def _weigh_terms(statements: Sequence[_Statement]) -> dict[str, float]:
    held = Counter(term for one in statements for term in one.words)
    return {term: math.log(1 + len(statements) / (1 + count)) for term, count in held.items()}


def _pair(
    statements: Sequence[_Statement], weights: dict[str, float]
) -> Iterator[tuple[int, int, float]]:
    """Yield each two statements of two articles that share rare terms, and the weight of these."""
    holders: dict[str, list[int]] = defaultdict(list)
    for k, one in enumerate(statements):
        for term in one.words:
            holders[term].append(k)
    for k, one in enumerate(statements):
        shared: Counter[int] = Counter()
        for term in one.words:
            if len(holders[term]) <= _HOLDERS:
                for j in holders[term]:
                    if j >= k:
                        break
                    shared[j] += weights[term]  # type: ignore[assignment]
        for j, weight in shared.items():
            if statements[j].item.chunk.article_id != one.item.chunk.article_id:
                yield k, j, weight


def _measure(one: _Statement, other: _Statement, weights: dict[str, float]) -> float:
    """Return the cosine of the terms of two statements, weighted by rarity."""
    squares = [sum(weights[t] ** 2 for t in held) for held in (one.words, other.words)]
    common = sum(weights[t] ** 2 for t in one.words & other.words)
    return common / math.sqrt(squares[0] * squares[1]) if all(squares) else 0.0


# ---------------------------------------------------------------------------------- comparing


def _oppose(one: _Statement, other: _Statement) -> tuple[Value, Value] | None:
    """Return the values of two statements of one thing that exclude each other."""
    if not all(s.says and not _WORKED_OUT.search(s.plain) for s in (one, other)):
        return None
    # One source does not contradict itself: it told of two things, or at two times.
    if one.sources & find_names(f"x {other.item.text}"):
        return None
    if other.sources & find_names(f"x {one.item.text}"):
        return None
    # « deux fois moins » is no share like « 70 % ».
    apart = [
        (a, b)
        for a, b in pair_values(one.measures, other.measures)
        if a.dimension != "ratio" or ("%" in a.written) == ("%" in b.written)
    ]
    if not 1 <= len(apart) <= _FEW or not _are_of_one_thing(one, other):
        return None
    # What one sentence tells beside the value of the other is a second thing.
    if any(_are_equal(a, b) for a in one.measures for b in other.measures):
        return None
    return apart[0]


def _agree(one: _Statement, other: _Statement) -> bool:
    """Whether two statements tell the same values, and none that the other does not."""
    ours, theirs = one.measures, other.measures
    fewer, more = sorted((ours, theirs), key=len)
    told = [any(_are_equal(a, b) for b in more) for a in fewer]
    # « la plupart » is too little to agree on.
    figures = any(value.exact or re.search(r"\d", value.written) for value in fewer)
    return figures and all(told) and _are_of_one_thing(one, other)


def _are_equal(one: Value, other: Value) -> bool:
    """Whether two values are the same, whatever the unit that one of them leaves out."""
    if one.dimension == other.dimension:
        return compatible(one, other) and compatible(other, one)
    return "" in (one.dimension, other.dimension) and one.amount == other.amount


def _are_of_one_thing(one: _Statement, other: _Statement) -> bool:
    """Whether neither names or times tell two statements apart."""
    if one.names - other.names and other.names - one.names:
        return False
    if not one.times and not other.times:
        return True
    ours, theirs = one.times or one.year, other.times or other.year
    return not ours or not theirs or any(_meet(a, b) for a in ours for b in theirs)


def _meet(one: Timeframe, other: Timeframe) -> bool:
    return one.start <= (other.end or "9") and other.start <= (one.end or "9")


def _keep_once(found: Iterator[tuple[Claim, ...]]) -> Iterator[tuple[Claim, ...]]:
    """Keep the surest pair of each sentence: the next tells the same again."""
    seen: set[tuple[str, int]] = set()
    for claims in found:
        places = {(c.item.chunk.article_id, c.item.start) for c in claims}
        if not places & seen:
            seen |= places
            yield claims


# ------------------------------------------------------------------------- what articles tell


def _list_told(
    statements: Sequence[_Statement], weights: dict[str, float], rare: float
) -> Iterator[tuple[Claim, ...]]:
    for one in statements:
        if not one.differs:
            continue
        values = [v for v in one.values if any(_may_differ(v, w) for w in one.values if w is not v)]
        if not values:
            continue
        claim = Claim(one.item, tuple(value.written for value in values))
        others: dict[str, tuple[float, Claim]] = {}
        for other in statements:
            if other.item.chunk.article_id == one.item.chunk.article_id:
                continue
            shared = sum(weights[t] for t in one.words & other.words)
            same = next((b for a in values for b in other.values if _is_same_value(a, b)), None)
            if same and shared >= _AGREED * rare:
                found = shared, Claim(other.item, (same.written,))
                key = other.item.chunk.article_id
                others[key] = max(others.get(key, found), found, key=lambda pair: pair[0])
        best = sorted(others.values(), key=lambda pair: -pair[0])[:1]
        yield (claim, *(other for _, other in best))


def _may_differ(one: Value, other: Value) -> bool:
    """Whether two values of one sentence may be versions of one thing: « 6,5 milliards, 6,4 »."""
    if "date" in (one.dimension, other.dimension):
        same = one.dimension == other.dimension and one.unit == other.unit
        return same and not compatible(one, other) and not compatible(other, one)
    if one.dimension != other.dimension and not {one.dimension, other.dimension} >= {""}:
        return False
    # « 6,5 milliards d'euros, 6,4 milliards », « 400 millions, 500 »: the same unit is meant.
    whole = one.dimension == other.dimension and one.unit == other.unit
    pair = (one.amount, other.amount) if whole else (one.number, other.number)
    small, large = sorted(map(abs, pair))
    return 0 < small < large <= _FACTOR * small


def _is_same_value(one: Value, other: Value) -> bool:
    return one.dimension == other.dimension and not one.bare and one.low == other.low


# --------------------------------------------------------------------------------- agreements


def _group(
    statements: Sequence[_Statement], same: dict[int, dict[int, float]]
) -> Iterator[tuple[Claim, ...]]:
    """Yield what most articles agree on first, the nearest sentence of each article."""
    taken: set[int] = set()
    for k in sorted(same, key=lambda k: (-len(same[k]), k)):
        nearest: dict[str, int] = {}
        for j in sorted(same[k], key=lambda j: -same[k][j]):
            if j not in taken:
                nearest.setdefault(statements[j].item.chunk.article_id, j)
        if k in taken or not nearest:
            continue
        taken |= {k, *same[k]}
        members = sorted((k, *nearest.values()), key=lambda j: statements[j].item.chunk.date)
        # The values in common: « 32,5 % » of a sentence that tells 27 % too.
        yield tuple(
            _claim(statements[j], [statements[m] for m in ((k,) if j != k else nearest.values())])
            for j in members
        )


def _claim(one: _Statement, others: Sequence[_Statement]) -> Claim:
    theirs = [value for other in others for value in other.measures]
    common = (v.written for v in one.measures if any(_are_equal(v, b) for b in theirs))
    return Claim(one.item, tuple(common))
