"""The figures and dates of a sentence, each with what it counts.

Two figures compare when they count the same thing; they are the same when one rounds the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from rag.french import STOP_WORDS, fold, stem
from rag.timeframe import Timeframe, find_dates, fold_in_place
from rag.types import Span

_HEDGES = (
    r"(?:(?:un peu )?(?:plus|moins) (?:de |d')|environ |pres de |quelque |autour de |presque "
    r"|a peu pres |au moins |jusqu'a |au plus )?"
)
_CURRENCY = r"dollars?|euros?|livres?(?: sterling)?|francs?|yens?|yuans?|[€$£]"
_FIGURE = re.compile(
    rf"(?<![\w.,-])(?P<hedge>{_HEDGES})(?P<value>\d{{1,3}}(?: \d{{3}})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
    r"(?![.,]?\d|-\w|(?!mds?\b|m ?[€$£])[a-z])"
    r"(?: ?(?P<scale>milliards?|millions?|mds?|m(?= ?[€$£]))(?![a-z]))?"
    rf"(?: ?(?:(?:de |d')?(?P<money>{_CURRENCY})(?![a-z])|(?P<percent>%|pour cent)"
    r"|(?P<of>de |d')?(?P<noun>[a-z]{3,})))?"
)
_SCALES = {"million": 10**6, "m": 10**6, "milliard": 10**9, "md": 10**9}
_SIGNS = {"$": "dollar", "€": "euro", "£": "livre"}
# Words after a figure that it doesn't count.
_NO_NOUNS = frozenset("selon contre puis voire parfois environ dont ainsi".split())
# Nouns that count the same, each group under the stem of its first.
SAME_NOUNS = {
    stem(fold(noun)): stem(fold(nouns.split()[0]))
    for nouns in (
        "habitants âmes résidents",
        "morts victimes tués décès",
        "utilisateurs personnes internautes visiteurs",
        "signatures signataires",
        "temps jours semaines mois ans années heures minutes secondes",
    )
    for noun in nouns.split()
}
DURATION = stem("temps")
# « Claude Opus 4 », « note 17 »: a number that names.
_NAMED = re.compile(
    r"(?:\b[A-ZÀ-Þ][^\W\d_]*|\b(?:note|niveau|article|page|chapitre|version|n°))[\s\u00a0]$"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or a date of a sentence, and what tells one kind from another.

    ``kind`` is ``money``, ``%``, ``date``, the stem of the noun counted, or empty when nothing
    tells; ``unit`` the currency when there is one. ``amount`` is the value in units; ``scale``
    what its words multiply it by; ``step`` what one more in its last figure is worth.
    """

    span: Span
    written: str
    kind: str
    unit: str = ""
    amount: Decimal = Decimal(0)
    scale: int = 1
    step: Decimal = Decimal(1)
    hedge: str = ""
    days: Timeframe | None = None


# « cinq ou six », « les trois niveaux »: small numbers as they are written in letters.
_LETTERS = (
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
)
_SPELLED = re.compile(
    rf"\b(?P<value>{'|'.join(_LETTERS)})\b(?! (?:cents?|mille|millions?|milliards?)\b)"
    r"(?: (?P<noun>[a-z]{3,}))?"
)


def find_figures(text: str, spelled: bool = False) -> list[Figure]:
    """Find the figures and dates of a sentence, in order, each with what it counts.

    With ``spelled``, small numbers in letters are figures too.
    """
    plain = fold_in_place(text)
    dates = [
        Figure(span, text[span.start : span.end], "date", days=days)
        for span, days in find_dates(text)
    ]
    taken = {i for dated in dates for i in range(dated.span.start, dated.span.end)}
    figures = [
        _read_figure(text, match)
        for match in _FIGURE.finditer(plain)
        if match.start("value") not in taken and not _is_name(text, match)
    ]
    if spelled:
        figures += [_read_spelled(text, match) for match in _SPELLED.finditer(plain)]
        figures.sort(key=lambda figure: figure.span.start)
    return sorted(dates + _share_units(plain, figures), key=lambda figure: figure.span.start)


def _read_spelled(text: str, match: re.Match[str]) -> Figure:
    noun, end = match["noun"] or "", match.end()
    if noun in STOP_WORDS or noun in _NO_NOUNS:
        noun, end = "", match.end("value")
    kind = SAME_NOUNS.get(stem(noun), stem(noun)) if noun else ""
    written = text[match.start() : end]
    return Figure(
        Span(match.start(), end), written, kind, "", Decimal(2 + _LETTERS.index(match["value"]))
    )


def _is_name(text: str, match: re.Match[str]) -> bool:
    bare = not (match["scale"] or match["money"] or match["percent"] or match["hedge"])
    return bare and bool(_NAMED.search(text[: match.start()]))


def _read_figure(text: str, match: re.Match[str]) -> Figure:
    scale = _SCALES.get((match["scale"] or "").rstrip("s"), 1)
    noun, end = match["noun"] or "", match.end()
    # « 11,6 milliards effectivement versés »: with a scale, what is counted comes after « de ».
    if noun and (noun in STOP_WORDS or noun in _NO_NOUNS or (scale > 1 and not match["of"])):
        noun, end = "", match.start("of") if match["of"] else match.start("noun")
    kind, unit = SAME_NOUNS.get(stem(noun), stem(noun)) if noun else "", ""
    if kind == DURATION:
        unit = stem(noun)
    elif money := match["money"]:
        kind, unit = "money", _SIGNS.get(money, money.split()[0].rstrip("s"))
    elif match["percent"]:
        kind = "%"
    value = Decimal(match["value"].replace(" ", "").replace(",", "."))
    digits = match["value"].replace(" ", "")
    zeros = 0 if "," in digits or "." in digits else len(digits) - len(digits.rstrip("0"))
    step = Decimal(10) ** (zeros or int(value.as_tuple().exponent)) * scale
    written = text[match.start() : end].rstrip()
    span = Span(match.start(), match.start() + len(written))
    return Figure(span, written, kind, unit, value * scale, scale, step, match["hedge"].strip())


# Between the versions of one figure: « 38, 40 ou 44 », « 13,5 milliards, parfois 13,4 ».
LINK = r"[ ,;:«\"]|\b(?:ou|et|voire|parfois|meme|encore|a|de|tantot|soit)\b|\bd'"
_LIST = re.compile(rf"(?:{LINK})+")


def _share_units(plain: str, figures: list[Figure]) -> list[Figure]:
    """Give a figure without its unit that of the one that it is listed with."""
    shared = list(figures)
    pairs = list(range(len(shared) - 1))
    for k, other in [(k, k + 1) for k in reversed(pairs)] + [(k + 1, k) for k in pairs]:
        joint = plain[shared[min(k, other)].span.end : shared[max(k, other)].span.start]
        known = shared[other].kind or shared[other].scale > shared[k].scale
        if not shared[k].kind and known and _LIST.fullmatch(joint):
            shared[k] = _adopt(shared[k], shared[other])
    money = [figure for figure in shared if figure.kind == "money"]
    currencies = {figure.unit for figure in money}
    for k, figure in enumerate(shared):
        # « 13 milliards de dollars engagés, dont 11,6 milliards payés »
        if not figure.kind and len(currencies) == 1 and (figure.scale > 1 or figure.step < 1):
            shared[k] = _adopt(figure, money[0])
    return shared


def _adopt(figure: Figure, other: Figure) -> Figure:
    times = other.scale if figure.scale == 1 else 1
    return replace(
        figure,
        kind=other.kind,
        unit=other.unit,
        amount=figure.amount * times,
        scale=figure.scale * times,
        step=figure.step * times,
    )


# What a difference from another figure may be before it is more than a rounding.
_ROUNDING = Decimal("0.05")


def are_same(one: Figure, other: Figure) -> bool:
    """Whether two figures or dates may be the same, one of them rounded or less precise."""
    if one.days and other.days:
        return meet(one.days, other.days)
    low, high = sorted((one, other), key=lambda figure: figure.amount)
    if low.amount == high.amount:
        return True
    if high.amount - low.amount > _ROUNDING * high.amount:
        return False
    coarse = max(one, other, key=lambda figure: figure.step)
    fine = low if coarse is high else high
    if coarse.step == fine.step:
        return False
    # « un peu plus de 700 » for 738, « près de 14 » for 13,4.
    if coarse is low and low.hedge.startswith("un peu plus"):
        return True
    if coarse is high and re.match(r"un peu moins|pres", high.hedge):
        return True
    rounded = (fine.amount / coarse.step).quantize(Decimal(1), ROUND_HALF_UP) * coarse.step
    return rounded == coarse.amount


def meet(one: Timeframe, other: Timeframe) -> bool:
    """Whether two ranges of days have a day in common; without a year, days are compared."""
    if one.yearless or other.yearless:
        return one.start[-5:] <= other.end[-5:] and other.start[-5:] <= one.end[-5:]
    return one.start <= other.end and other.start <= one.end
