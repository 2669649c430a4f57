"""The values that French prose tells, and whether one may be a way of telling another.

A value is a figure, a measure, a part of a whole, a sum of money or a date. ``find_alien`` finds
what a claim tells and its source can't have told: a veto, so that everything here that is unsure
lets a value pass. Works on words only; knows nothing about the index or the models.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise

from rag.french import MONTHS, STOP_WORDS, figure_of, stem, write_numbers
from rag.timeframe import Timeframe, find_dates, fold_in_place
from rag.types import Span

# ------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a text.

    ``span`` is where it stands, ``written`` the text there. ``dimension`` is what it measures, ""
    for a count or an unknown unit. ``unit`` is what can't be converted: the currency, the stem of
    the noun that a bare number counts, ``yearless`` for a date without its year, or "".

    ``low`` and ``high`` are its bounds in the base unit of the dimension: seconds, metres, square
    metres, kilograms, litres, metres a second, joules, watts, degrees Celsius, bytes, hertz,
    pascals, 1.0 for 100 %; ordinal days for a date, those of the year 2000 when it has no year;
    seconds after midnight for a clock. ``exact`` is False when it is hedged (« près de »).

    ``number`` is the number as it is written, before scale and unit (3.2 for « 3,2 millions »),
    ``amount`` the same in the base unit without the hedge, ``step`` what one more in its last
    figure is worth, in the base unit.
    """

    span: Span
    written: str
    dimension: str
    unit: str
    low: float
    high: float
    exact: bool = True
    number: float = 0.0
    amount: float = 0.0
    step: float = 0.0

    @property
    def bare(self) -> bool:
        """Whether it is a number of which nothing tells what it counts."""
        return not self.dimension and not self.unit

    @property
    def ends(self) -> tuple[float, ...]:
        """What it names without its hedge: one amount, or both ends of a range."""
        return (self.low, self.high) if self.exact and self.low < self.high else (self.amount,)


# -------------------------------------------------------------------------------------- units

_DAY = 86400.0
_YEAR = 365.25 * _DAY
# « names factor », folded; « _ » is a space. The first names that fit a whole unit are taken.
_UNITS = {
    "ratio": "%|pour_cents? .01, ‰|pour_mille .001",
    "time": f"s|sec|secondes? 1, min|mn|minutes? 60, h|heures? 3600, j|jours?|journees? {_DAY}, "
    f"semaines? {7 * _DAY}, mois {_YEAR / 12}, trimestres? {_YEAR / 4}, semestres? {_YEAR / 2}, "
    f"ans?|annees? {_YEAR}, decennies? {10 * _YEAR}, siecles? {100 * _YEAR}",
    "speed": f"km/h|kilometres?(?:-|_|/)(?:a_l'|par_)?heure {1 / 3.6}, m/s|metres?_par_seconde 1, "
    "km/s|kilometres?_par_seconde 1000, n(?:oe|œ)uds? .514444",
    "area": "mm2 1e-6, cm2|centimetres?_carres? 1e-4, m2|metres?_carres? 1, ha|hectares? 1e4, "
    "km2|kilometres?_carres? 1e6",
    "volume": "ml|millilitres?|cm3|centimetres?_cubes? .001, cl|centilitres? .01, "
    "dl|decilitres? .1, l|litres? 1, hl|hectolitres? 100, m3|metres?_cubes? 1000, "
    "km3|kilometres?_cubes? 1e12",
    "length": "nm|nanometres? 1e-9, [μµ]m|micrometres?|microns? 1e-6, mm|millimetres? .001, "
    "cm|centimetres? .01, m|metres? 1, km|kilometres? 1000",
    "mass": "[μµ]g|mcg|microgrammes? 1e-9, mg|milligrammes? 1e-6, g|grammes? .001, "
    "kg|kilos?|kilogrammes? 1, quintal|quintaux 100, t|tonnes? 1000",
    "energy": "wh|wattheures? 3600, kwh|kilowatt-?heures? 3.6e6, mwh|megawatt-?heures? 3.6e9, "
    "gwh|gigawatt-?heures? 3.6e12, twh|terawatt-?heures? 3.6e15, joules? 1, kj|kilojoules? 1e3, "
    "kcal|kilocalories? 4184",
    "power": "w|watts? 1, kw|kilowatts? 1e3, mw|megawatts? 1e6, gw|gigawatts? 1e9",
    "temperature": "°_?c?|degres?(?:_celsius)? 1",
    "data": "octets? 1, ko|kilo-?octets? 1e3, mo|mega-?octets? 1e6, go|giga-?octets? 1e9, "
    "to|tera-?octets? 1e12",
    "frequency": "hz|hertz 1, khz|kilohertz 1e3, mhz|megahertz 1e6, ghz|gigahertz 1e9",
    "pressure": "hpa|hectopascals? 100, bars? 1e5, mmhg 133.322",
    # « livres » alone may be books.
    "money": r"euros?|€ 1 euro, dollars?|us\$|\$ 1 dollar, livres?_sterling|£ 1 livre, "
    "francs?_cfa 1 cfa, francs?|fr 1 franc, couronnes? 1 couronne, florins? 1 florin, "
    "yens? 1 yen, yuans? 1 yuan, roubles? 1 rouble, centimes? .01",
}


def _read_units() -> Iterator[tuple[str, str, str, float]]:
    """Read the table: names, dimension, currency and factor of each unit."""
    for dimension, units in _UNITS.items():
        for unit in units.split(", "):
            names, factor, *currency = unit.split()
            yield names.replace("_", " "), dimension, "".join(currency), float(factor)


_ALL_UNITS = list(_read_units())
# The longest first: « franc » must not hide « franc cfa », nor « metre » « metre carre ».
_UNIT = "|".join(sorted((unit[0] for unit in _ALL_UNITS), key=lambda names: -len(names)))
_SCALES = {"k": 1e3, "mill": 1e3, "m": 1e6, "million": 1e6, "md": 1e9, "milliard": 1e9}
_SCALE = r"milliards?|millions?|milliers?|mille|mds?|[mk](?= ?[€$£])"


@lru_cache(maxsize=1000)
def _read_unit(written: str) -> tuple[str, str, float]:
    """Return the dimension, the currency and the factor of a folded unit."""
    for names, dimension, currency, factor in _ALL_UNITS:
        if re.fullmatch(names, written):
            return dimension, currency, factor
    return "", "", 1.0


def _read_scale(written: str) -> float:
    if not written:
        return 1.0
    return 1e3 if written.startswith(("millier", "mille")) else _SCALES[written.rstrip("s")]


# ------------------------------------------------------------------------------------ numbers

_WORD = (
    "(?:quatorze|quarante|cinquante|soixante|quatre|quinze|treize|trente|douze|trois|seize|onze"
    "|vingts?|cents?|mille|cinq|sept|huit|neuf|deux|six|dix)"
)
_WORDS = rf"{_WORD}(?:[ -](?:{_WORD}|(?:et[ -])?(?:une?|onze))(?![a-z]))*(?!-?[a-z])"
_DIGITS = r"\d{1,3}(?: \d{3})+(?!\d)(?:,\d+)?|\d+(?:[.,]\d+)*"
_NUMBER = rf"(?:{_DIGITS}|(?<![a-zœ-])(?<!pour ){_WORDS})"
# « une vingtaine »: about as many as its word says.
_ROUND = {
    "diz": 10,
    "douz": 12,
    "quinz": 15,
    "vingt": 20,
    "trent": 30,
    "quarant": 40,
    "cinquant": 50,
    "soixant": 60,
    "cent": 100,
    "millier": 1000,
}
_DOZENS = "|".join(name if name == "millier" else f"{name}aine" for name in _ROUND)
_ABOUT = rf"(?:{_NUMBER}|une?) (?:petite |bonne )?(?:{_DOZENS})s?(?![a-z])"


def _read_number(written: str) -> tuple[float, float]:
    """Return a folded number and what one more in its last figure is worth."""
    if written in ("un", "une"):
        return 1.0, 1.0
    figure = figure_of(re.sub(r"\D*$", "", write_numbers(written)) or "0")
    # « 2.0.1 » is no number, but its first figures may stand for it.
    figure = ".".join(figure.split(".")[:2])
    decimals = re.search(r"[.,](\d+)$", written)
    if decimals and "." in figure_of(written):
        return float(figure), 10.0 ** -len(decimals[1])
    # Of a number from a thousand on, the last zeros may round it.
    zeros = len(figure) - len(figure.rstrip("0")) if len(figure) > 3 else 0
    return float(figure), 10.0**zeros


# ------------------------------------------------------------------------------------- hedges

_OF = r"(?:de la |de l'|des |du |de |d')"
_TO = r"(?:aux |au |a la |a l'|a )"
# What stands before a value, and the bounds that it gives to 1. The first that fits is taken.
_HEDGES = [
    (re.compile(rf"(?:{words})(?:les |la |l'|le )?(?:une? )?$"), bounds)
    for words, bounds in (
        # « ne compte plus que 850 » is 850.
        (r"\bn(?:e |')(?:\w+ ){1,2}plus que ", (1.0, 1.0)),
        (rf"\b(?:un peu|legerement|a peine|guere) plus {_OF}", (1.0, 1.2)),
        (rf"\b(?:un peu|legerement|a peine) moins {_OF}", (0.8, 1.0)),
        (rf"\bpas plus {_OF}", (-math.inf, 1.0)),
        (rf"\bpas moins {_OF}", (1.0, math.inf)),
        (rf"\bplus {_OF}|\bplus que |\bau moins |\bau minimum |\bminimum |\bau-dela {_OF}"
         rf"|\bau-dessus {_OF}|\bsuperieure?s? {_TO}|(?<!pas )\bdepass\w+ ", (1.0, math.inf)),
        (rf"\bmoins {_OF}|\bau plus |\bau maximum |\bmaximum |\binferieure?s? {_TO}"
         rf"|\ben dessous {_OF}|\ben deca {_OF}|\bsous ", (-math.inf, 1.0)),
        (rf"\b(?:tout )?pres {_OF}|\bpresque |\bquasi(?:ment)? |\ba peine |\bpetite? ",
         (0.9, 1.02)),
        (r"\bbonn?e? ", (1.0, 1.2)),
        (rf"\benviron |\bquelque |\bautour {_OF}|\balentours {_OF}|\ba peu pres |\bvoisine?s? {_OF}"
         rf"|\bde l'ordre {_OF}|\bapproximativement |\bproches? {_OF}|\bvers ", (0.9, 1.1)),
    )
]  # fmt: skip
_HEDGED_AFTER = re.compile(r"(?: [^\W\d_]+| d'[^\W\d_]+){0,3}?,? (?:environ|a peu pres)\b")
_LEAST_AFTER = re.compile(r",? (?:au moins|ou plus|ou davantage|au minimum)\b")
_MOST_AFTER = re.compile(r",? (?:au plus|ou moins|au maximum)\b")


def _find_hedge(plain: str, start: int, end: int) -> tuple[float, float]:
    """Return the bounds that the words around a value give to 1: (1, 1) without a hedge."""
    left, right = plain[max(0, start - 40) : start], plain[end : end + 50]
    for words, bounds in _HEDGES:
        if words.search(left):
            return bounds
    if _LEAST_AFTER.match(right):
        return 1.0, math.inf
    if _MOST_AFTER.match(right):
        return -math.inf, 1.0
    return (0.9, 1.1) if _HEDGED_AFTER.match(right) else (1.0, 1.0)


def _make(
    text: str, plain: str, span: tuple[int, int], kind: tuple[str, str], number: float,
    factor: float = 1.0, step: float = 0.0, bounds: tuple[float, float] = (1.0, 1.0),
) -> Value:  # fmt: skip
    """Make a value of a number; ``bounds`` are those of its own word (« une vingtaine »)."""
    around = _find_hedge(plain, *span)
    bounds = bounds if around == (1.0, 1.0) else around
    amount = number * factor
    low, high = sorted((amount * bounds[0], amount * bounds[1])) if amount else (0.0, 0.0)
    exact = bounds == (1.0, 1.0)
    # « quinze jours » are two weeks, « huit jours » one.
    if exact and kind[0] == "time" and factor == _DAY and number in (8, 15):
        low -= _DAY
    written = text[span[0] : span[1]]
    return Value(Span(*span), written, *kind, low, high, exact, number, amount, step * factor)


# -------------------------------------------------------------------------------------- dates

# What is masked before anything is read: numbers that name.
_NAMES = re.compile(
    r"\b(?:articles?|art\.|alineas?|al\.|paragraphes?|chapitres?|annexes?|pages?|p\.|n°|numeros?"
    r"|§|version|tome|ligne|note|figure|tableau|chambre)[ ]?[a-z]?\.?[ ]?"
    r"\d[\d.-]*(?:(?:, | et | ou | a )[lrd]?\.? ?\d[\d.-]*)*"
    r"|\b[lrda]\. ?\d[\d.-]*|\b[lrd]\*? ?\d{3,}-\d[\d-]*|\b[lrd]\d{3,}\b"
    r"|\b\d[\d ]* (?:av\.|avant (?:notre ere|j))"
    r"|(?:\+\d\d ?|\b0)\d(?:[ .]?\d\d){4}\b|\[\d+\]|\bn° ?\S+|\b\d{5}(?= [a-z-]{3,}\b cedex)"
    r"|\b24 ?h(?:eures?)?(?:/| sur )24\b|\b7 ?(?:j|jours)?(?:/| sur )7\b"
)
_COUNTED = re.compile(r" (?P<noun>[a-z]{3,}s)\b")
_SAID_YEAR = re.compile(r"\b(?:en|depuis|annee|an|vers|avant|apres|des|fin|debut|l'ete|et|a) $")
_CENTURY = re.compile(r"\b(?:[ivx]{1,5}|\d{1,2})(?=(?:e|eme)\b)")
_DECADE = re.compile(
    r"\bannees (?P<tens>vingt|trente|(?:qu|cinqu|soix)\w+te|quatre-vingt(?:-dix|s)?)\b"
)
_FIRST_DAY = re.compile(
    r"\b(?P<day>[1-3]?\d)(?:er)?(?= ?(?:au|et|ou|a|-|–|,)(?: le| du)? ?\d{1,2}(?:er)? "
    rf"(?P<month>{'|'.join(MONTHS)})\b(?: (?P<year>[12]\d{{3}})\b)?)"
)


def _mask(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Put « # » in place of what has been read, so that offsets hold."""
    for start, end in spans:
        text = text[:start] + "#" * (end - start) + text[end:]
    return text


def _find_dates(text: str, plain: str) -> list[Value]:
    """Find the dates of a text whose names are masked."""
    # « 2010-2015 » is written with a dash for ``find_dates``, which reads « -2015 » as a name.
    dashed = re.sub(r"(?<=\b\d{4})-(?=\d{4}\b)", "–", text)
    found = [(span.start, span.end, frame) for span, frame in find_dates(dashed)]
    if "siecle" in plain:
        for match in _CENTURY.finditer(plain):
            found += [(*match.span(), told) for _, told in find_dates(f"{match[0]}e siècle")]
    for match in _FIRST_DAY.finditer(plain):
        day = f"{match['day']} {match['month']} {match['year'] or ''}".strip()
        found += [(*match.span("day"), told) for _, told in find_dates(day)]
    for match in _DECADE.finditer(plain):
        year = f"années {write_numbers(match['tens'])}"
        found += [(*match.span(), told) for _, told in find_dates(year)]
    dates: list[Value] = []
    for start, end, frame in sorted(found, key=lambda item: (item[0], -item[1])):
        covered = dates and start < dates[-1].span.end
        if not covered and not _is_count(plain, start, end):
            date = _make_date(text, plain, start, end, frame)
            dates += [date] if date else []
    return dates


def _is_count(plain: str, start: int, end: int) -> bool:
    """Whether what looks like a year counts something: « 1200 soldats »."""
    noun = _COUNTED.match(plain, end)
    counts = noun is not None and noun["noun"] not in STOP_WORDS
    return end - start == 4 and counts and not _SAID_YEAR.search(plain[max(0, start - 9) : start])


def _make_date(text: str, plain: str, start: int, end: int, frame: Timeframe) -> Value | None:
    unit = "yearless" if frame.yearless else ""
    try:
        low, high = (
            datetime.date.fromisoformat(day.replace("--", "2000-", 1) if unit else day).toordinal()
            for day in (frame.start, frame.end)
        )
    except ValueError:
        return None
    # A winter without a year ends in the next one.
    high += 366 * (high < low)
    written = text[start:end]
    number = float(written) if written.isdecimal() else 0.0
    exact = _find_hedge(plain, start, end) == (1.0, 1.0)
    return Value(Span(start, end), written, "date", unit, low, high, exact, number, low, 0.0)


# ------------------------------------------------------------------------------------ reading

_PARTS = {
    "demi": 2, "moitie": 2, "tiers": 3, "quart": 4, "cinquieme": 5, "sixieme": 6, "septieme": 7,
    "huitieme": 8, "neuvieme": 9, "dixieme": 10, "vingtieme": 20, "centieme": 100, "millieme": 1000,
}  # fmt: skip
_TIMES = {"doubl": 2, "tripl": 3, "quadrupl": 4}
_END = r"(?![a-zœ0-9])"
# « neuf cas sur dix », « 3 sur 4 », but not « trois jours sur 20 km ».
_OUT_OF = re.compile(
    rf"(?<![\w.,-])(?P<n>{_NUMBER}|une?)(?P<of>(?: (?!sur\b)[^\W\d_]+){{0,4}}) sur "
    rf"(?P<d>{_NUMBER})(?! ?(?:{_UNIT}){_END}|[\w,-]*\d)"
)
_PART = re.compile(
    rf"(?<![\w.,-])(?:(?P<n>{_NUMBER}|une?)[ -])?(?P<part>moitie|tiers|quarts?(?! de finale)"
    rf"|(?:{'|'.join(name for name in _PARTS if name.endswith('ieme'))})s?){_END}"
    rf"(?: (?:de |d')(?P<unit>{_UNIT}|points?|million|milliard)(?![a-zœ0-9']))?"
)
_SLASHED = re.compile(r"(?<![\w.,/-])(?P<n>[1-9])/(?P<d>[2-9]|10)(?![\w/]|[.,]\d)(?! ?[a-z]{2,}hg)")
_MULTIPLE = re.compile(
    rf"(?:(?<![\w.,-])(?P<n>{_NUMBER}) fois "
    rf"(?P<way>plus|moins|moindre|superieure?|inferieure?){_END}"
    r"|(?:(?<=\ble )|(?<=\bdu )|(?<=\bau )|\b(?:a|ont|avait|avaient|aura|ayant) "
    r"(?:\w+ que |presque )?)"
    r"(?P<times>doubl|tripl|quadrupl)ee?s?\b"
    rf"|\b(?P<verb>divis|multipli)\w+ par (?P<by>{_NUMBER}){_END})"
)
_MOST = re.compile(r"\bla (?P<most>plupart|majorite|quasi-totalite|presque totalite)\b")
_CLOCK = re.compile(
    r"(?<![\w.,-])(?P<h>\d{1,2}) ?(?:h|heures?) ?(?P<m>[0-5]\d)(?: ?min)?(?!\w|,\d)"
    r"|(?<![-a-z])(?P<name>midi|minuit)\b"
)
_AFTER_NUMBER = rf"(?:[ -]?(?:de |d')?(?P<scale>{_SCALE}){_END})?(?: (?P<more>{_WORDS}))?"
_QUANTITY = re.compile(
    rf"(?<![^\W\d])(?<![^\W\d]-)(?<!\d[.,])(?<!\d)(?P<sign>(?<!\d)[-−](?=\d)|moins )?"
    rf"(?P<prefix>[$€£] ?)?(?:(?P<number>{_ABOUT}|{_NUMBER}|(?:une? )?demie?(?=-)|une?){_END}"
    rf"|(?P<glued>{_DIGITS})(?={_SCALE}|{_UNIT}))"
    rf"{_AFTER_NUMBER}(?: (?:premier|dernier|prochain|autre|bon|long|plein|petit)\w*)?"
    rf"(?:[ -]?(?:de |d')?(?P<unit>{_UNIT})(?![a-zœ0-9']))?(?P<half> et demie?\b)?"
    rf"(?:(?<=heures) (?P<minutes>{_WORDS}))?"
)
_NOUN = re.compile(
    r" (?:(?:de |d')|(?:premier|dernier|prochain|autre|bon|grand|petit|nouve|seul|jeune)\w* )*"
    r"(?P<noun>[a-zœ]{3,})"
)
_NO_NOUNS = frozenset("selon contre puis voire parfois environ ainsi seulement minimum".split())
_NAMED = re.compile(r"(?P<word>[A-ZÀ-Þ][\w'’-]*)[ \u00a0]$")


def find_values(text: str) -> list[Value]:
    """Find the values of a text, in order.

    « Un » and « une » count only before a unit; ordinals, the numbers of articles, pages and
    phones, and those that are part of a name are no values.
    """
    text = _mask(text, [match.span() for match in _NAMES.finditer(fold_in_place(text))])
    plain = fold_in_place(text)
    values = _find_dates(text, plain)
    plain = _mask(plain, [(value.span.start, value.span.end) for value in values])
    for pattern, read in _READERS:
        found = [value for match in pattern.finditer(plain) if (value := read(text, plain, match))]
        plain = _mask(plain, [(value.span.start, value.span.end) for value in found])
        values += found
    return _join_ranges(
        text, fold_in_place(text), sorted(values, key=lambda value: value.span.start)
    )


def _read_out_of(text: str, plain: str, match: re.Match[str]) -> Value | None:
    number, whole = _read_number(match["n"])[0], _read_number(match["d"])[0]
    # « 24 heures sur 24 », « une loi sur deux pages » are no parts.
    if not 0 < number < whole or _read_unit(match["of"].strip())[0] not in ("", "time"):
        return None
    return _make(text, plain, match.span(), ("ratio", ""), number / whole, 1.0, 1 / whole)


def _read_part(text: str, plain: str, match: re.Match[str]) -> Value | None:
    number = _read_number(match["n"] or "un")[0]
    name = match["part"] if match["part"] == "tiers" else match["part"].removesuffix("s")
    left, right = plain[: match.start()], plain[match.end() :]
    if name.endswith("ieme"):
        # « un cinquième mandat » and « le cinquième » are ordinals.
        whole = match["unit"] or re.match(r" (?:de|du|des|environ)\b| d'|[ ]?[.,;:)!?]|$", right)
        if not match["n"] or not whole or (number > 1) != match["part"].endswith("s"):
            return None
    if re.search(r"\b(?:premiere|seconde|deuxieme) $", left):
        return None
    # A third party, the third world, « les tiers ».
    other = re.search(r"\b(?:par|avec|envers|chez|aupres d'|pour|a)(?: |$)$", left)
    if name == "tiers" and (other or right[:1] == "-"):
        return None
    if not match["n"] and not re.search(r"(?:\b(?:le|la|du|au|de|sa|leur) |[' ])$", left):
        return None
    if name == "tiers" and not match["n"] and not re.search(r"\b(?:le|du|au|premier) $", left):
        return None
    if match["unit"] in _SCALES:
        return _make(
            text, plain, match.span(), ("", ""), number / _PARTS[name], _SCALES[match["unit"]]
        )
    dimension, unit, factor = _read_unit(match["unit"] or "")
    kind = (dimension, unit) if dimension else ("", "point") if match["unit"] else ("ratio", "")
    return _make(text, plain, match.span(), kind, number / _PARTS[name], factor)


def _read_slashed(text: str, plain: str, match: re.Match[str]) -> Value | None:
    number = int(match["n"]) / int(match["d"])
    return _make(text, plain, match.span(), ("ratio", ""), number) if number < 1 else None


def _read_multiple(text: str, plain: str, match: re.Match[str]) -> Value | None:
    if match["times"]:
        number = float(_TIMES[match["times"]])
        above = "plus que" in match[0]
        bounds = (1.0, math.inf) if above else (0.9, 1.02) if "presque" in match[0] else (1.0, 1.0)
        return _make(text, plain, match.span(), ("ratio", ""), number, bounds=bounds)
    number = _read_number(match["n"] or match["by"])[0]
    less = match["way"] in ("moins", "moindre", "inferieur", "inferieure")
    number = 1 / number if number and (less or match["verb"] == "divis") else number
    return _make(text, plain, match.span(), ("ratio", ""), number)


def _read_most(text: str, plain: str, match: re.Match[str]) -> Value | None:
    low = 0.5 if match["most"] in ("plupart", "majorite") else 0.9
    bounds = (low, 1.0)
    return _make(text, plain, match.span(), ("ratio", ""), 1.0, bounds=bounds)


def _read_clock(text: str, plain: str, match: re.Match[str]) -> Value | None:
    if match["name"] and text[match.start()].isupper():
        return None
    hours, minutes = int(match["h"] or 12 * (match["name"] == "midi")), int(match["m"] or 0)
    value = _make(text, plain, match.span(), ("clock", ""), hours + minutes / 60, 3600.0)
    return replace(value, step=60.0)


def _read_quantity(text: str, plain: str, match: re.Match[str]) -> Value | None:
    written = match["number"] or match["glued"]
    start, end = match.span()
    dimension, unit, factor = _read_unit(match["unit"] or "")
    if match["prefix"]:
        dimension, unit, _ = _read_unit(match["prefix"].strip())
    if _is_name(text, plain, match):
        return None
    if written in ("un", "une") and not (match["unit"] or match["scale"]):
        return None
    if match["sign"] and dimension != "temperature":
        start = match.end("sign")
    number, step = _read_amount(match, written)
    bounds = (0.8, 1.2) if re.fullmatch(_ABOUT, written) else (1.0, 1.0)
    factor *= _read_scale(match["scale"] or "")
    if match["sign"] and dimension == "temperature":
        number = -number
    if not dimension and (noun := _NOUN.match(plain, end)):
        word = noun["noun"]
        unit = "" if word in STOP_WORDS or word in _NO_NOUNS else stem(word)
    return _make(text, plain, (start, end), (dimension, unit), number, factor, step, bounds)


def _read_amount(match: re.Match[str], written: str) -> tuple[float, float]:
    """Return the number before its scale, with « et demi », and the worth of its last figure."""
    if written.endswith(("demi", "demie")):
        return 0.5, 0.0
    if re.fullmatch(_ABOUT, written):
        count, name = re.sub(r" (?:petite|bonne)\b", "", written).rsplit(" ", 1)
        size = next(size for start, size in _ROUND.items() if name.startswith(start))
        return _read_number(count)[0] * size, 0.0
    number, step = _read_number(written)
    if match["more"] and match["scale"]:
        number += _read_number(match["more"])[0] / _read_scale(match["scale"])
    if match["minutes"]:
        return number + _read_number(match["minutes"])[0] / 60, 0.0
    return (number + 0.5, 0.0) if match["half"] else (number, step)


def _is_name(text: str, plain: str, match: re.Match[str]) -> bool:
    """Whether a number is part of a name: « Gemini 3 », « A4 », « Sept-Îles », « la 5G »."""
    start = match.start("number") if match["number"] else match.start("glued")
    unit = text[match.start("unit") : match.end("unit")] if match["unit"] else ""
    if len(unit) == 1 and unit in "GMTHSJ" or unit.startswith("Euro"):
        return True
    if re.match(r"[^\W\d_]|-[^\W\d_]|[²³⁰¹⁴-⁹]", plain[match.end() : match.end() + 2] + " "):
        return True
    opens = not text[:start].rstrip() or text[:start].rstrip()[-1] in ".!?…:«»“(–—-;"
    if not plain[start].isdecimal():
        return text[start].isupper() and not opens
    named = _NAMED.search(text[:start])
    ranged = re.match(r" (?:a|ou|et) \d", plain[match.end() :])
    if not named or ranged or match["unit"] or match["scale"] or match["prefix"]:
        return False
    return fold_in_place(named["word"]) not in STOP_WORDS | _OPENERS


_READERS = (
    (_CLOCK, _read_clock),
    (_OUT_OF, _read_out_of),
    (_MULTIPLE, _read_multiple),
    (_PART, _read_part),
    (_SLASHED, _read_slashed),
    (_MOST, _read_most),
    (_QUANTITY, _read_quantity),
)
_OPENERS = frozenset("environ quelque seuls seules toutes presque dix score".split())
_JOINT = re.compile(r" ?(?P<word>a|et|ou|-|–|puis|contre) ?(?:d'|de |des )?(?:environ |pres )?")


def _join_ranges(text: str, plain: str, values: list[Value]) -> list[Value]:
    """Join both ends of each range, and give a number the unit of the one it is joined to."""
    joined: list[Value] = []
    for value in reversed(values):
        after = joined[-1] if joined else None
        joint = after and _JOINT.fullmatch(plain[value.span.end : after.span.start])
        if not after or not joint or "date" in (value.dimension, after.dimension):
            joined.append(value)
            continue
        if value.bare and after.number:
            value = _adopt(value, after)
        left = plain[: value.span.start]
        spans = joint["word"] in "a-–" or joint["word"] == "et" and re.search(r"\bentre $", left)
        spans = spans or joint["word"] == "ou" and after.number - value.number == 1
        same = (value.dimension, value.unit) == (after.dimension, after.unit)
        if spans and same and value.exact and value.low < after.low and after.high < math.inf:
            span = Span(value.span.start, after.span.end)
            written = text[span.start : span.end]
            joined[-1] = replace(value, span=span, written=written, high=after.high)
        else:
            joined.append(value)
    return joined[::-1]


def _adopt(value: Value, other: Value) -> Value:
    """Give a bare number the unit and the scale of another: « de 3 à 5 millions »."""
    scaled = value.amount == value.number
    factor = other.amount / other.number if scaled else 1.0
    return replace(
        value, dimension=other.dimension, unit=other.unit, low=value.low * factor,
        high=value.high * factor, amount=value.amount * factor, step=value.step * factor,
    )  # fmt: skip


# ---------------------------------------------------------------------------------- comparing


def compatible(claim: Value, source: Value) -> bool:
    """Say whether a value may be a true way of telling another.

    Parameters
    ----------
    claim
        What is told: exact ones must be equal within the rounding of their last figure, hedged
        ones hold the other, on the side of their hedge; a date may be wider than the other.
    source
        What it is told of.
    """
    if "date" in (claim.dimension, source.dimension):
        return _same_date(claim, source)
    if claim.bare != source.bare and (claim.bare or source.bare):
        near = 0.5 * source.amount <= claim.amount <= 2 * source.amount
        return near and _fits(claim, source.amount) or claim.number == source.number
    kinds = {claim.dimension, source.dimension}
    if len(kinds) > 1 and kinds != {"time", "clock"}:
        return False
    if not _same_currency(claim, source):
        return False
    # « plus de 30 » and « moins de 30 » meet at 30.
    if math.inf in (claim.high, source.high) and -math.inf in (claim.low, source.low):
        return (
            claim.low < source.high
            and source.low < claim.high
            and not (claim.amount == source.amount)
        )
    if claim.exact and claim.low < claim.high:
        return all(_fits(claim, end) for end in source.ends)
    return any(_fits(claim, end) for end in source.ends)


def _same_currency(claim: Value, source: Value) -> bool:
    units = {claim.unit, source.unit} - {""}
    return claim.dimension != "money" or len(units) < 2


def _same_date(claim: Value, source: Value) -> bool:
    """Whether the days of a date hold those of another; without a year, months and days count."""
    if claim.dimension != source.dimension:
        return bool(claim.number) and (claim.bare or source.bare) and claim.number == source.number
    if claim.unit == source.unit:
        return claim.low <= source.low and source.high <= claim.high
    # Of a year nothing but a year can be told.
    if max(claim.high - claim.low, source.high - source.low) > 300:
        return False
    one, other = _drop_year(claim), _drop_year(source)
    return one[0] <= other[0] and other[1] <= one[1]


def _drop_year(date: Value) -> tuple[float, float]:
    if date.unit:
        return date.low, date.high
    first = datetime.date.fromordinal(int(date.low)).replace(year=2000).toordinal()
    return first, first + date.high - date.low


def _fits(claim: Value, amount: float) -> bool:
    """Whether an amount in the base unit may be told so."""
    slack = _find_slack(claim)
    if claim.exact and claim.low < claim.high:
        return claim.low - slack <= amount <= claim.high + slack
    if claim.exact:
        return abs(amount - claim.amount) <= slack
    return claim.low - slack <= amount <= claim.high + slack


def _find_slack(claim: Value) -> float:
    """Return how far the rounding of its last figure may have moved a value."""
    share = 0.1 if claim.dimension == "ratio" else 0.02 if claim.number >= 1000 else 0.05
    # Months and years have no one length.
    least = 0.02 if claim.dimension == "time" else 0.01 if not claim.step else 1e-6
    return abs(claim.amount) * max(least, min(share, claim.step / 2 / (abs(claim.amount) or 1)))


# -------------------------------------------------------------------------------------- aliens

_SINGLE = re.compile(
    r"\b(?P<unit>seconde|minute|heure|jour(?:nee)?|semaine|mois|trimestre|semestre|an|annee|siecle"
    r"|decennie)\b|\b(?P<each>annuel|mensuel|hebdomadaire|quotidien)"
)
_EACH = {"annuel": "an", "mensuel": "mois", "hebdomadaire": "semaine", "quotidien": "jour"}
_ORDINAL = re.compile(r"\b(?:deux|trois|quatr|cinqu|six|sept|huit|neuv|dix)ieme\b")
_ORDINALS = "deux trois quatr cinqu six sept huit neuv dix".split()
_NEXT_DAY = re.compile(r"\b(?:lendemain|veille|surlendemain|hier|demain)\b")
_NEXT_YEAR = re.compile(
    r"\ban(?:nee)?s?\b.{0,12}\b(?:suivant|preceden|derni|prochain|d'a)|\ban\b"
    r"|consecuti"
)
_WEEKDAY = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b")
_ALONE = re.compile(r"\b(?:seule?|sauf|hormis|unique|autre|excepte)\b")
_REST = re.compile(r"\b(?:solde|reste|restant\w*|surplus)\b")
_ANY_NUMBER = re.compile(rf"{_DIGITS}|(?<![a-z]){_WORD}(?:[ -](?:{_WORD}|(?:et[ -])?une?\b))*")
_OPEN_DATE = re.compile(r"\b(?:avant|apres|d'ici(?: a)?) (?:le |la |l'|fin |debut )?$")
_UNTIL = re.compile(
    r" ?(?:a|aux?|et|jusqu'(?:en|aux?|a)|-|–) ?(?:la |le |l')?(?:fin |debut )?(?:de |du |d')?"
)
_DENIED = re.compile(r"\b(?:pas|jamais|ni|non|aucun\w*|sans)\b[^,;:.]{0,40}$")
_OF_HUNDRED = re.compile(r"\b(?:sur|pour) (?:cent|mille|10|100|1 ?000)\b")
_BASE = re.compile(r"\b(?:sur|pour|tou[st]e?s les|chaque) (?:les )?$")


def find_alien(claim: str, source: str, context: str = "") -> Value | None:
    """Find the first value of a claim that its source can't have told.

    Parameters
    ----------
    claim
        A sentence.
    source
        The words that it is checked against.
    context
        What is near the source, its title, its date or its neighbours: their dates count too.

    Returns
    -------
    Value | None
        None when each value is compatible with one of the source, stands there in another
        spelling, can be computed from two of them, or when nothing can be said for sure.
    """
    plain, asked = fold_in_place(source), fold_in_place(claim)
    told = _gather(source)
    dates = [value for value in told + find_values(context) if value.dimension == "date"]
    named = dates + _gather_spellings(plain, told)
    values = find_values(claim)
    for value in values:
        # What a noun counts may be a unit that is not known: « les 1 400 affichés ».
        if not value.dimension and value.number in {other.number for other in told + named}:
            continue
        if _is_unsure(value, told, asked, plain) or any(compatible(value, o) for o in told + named):
            continue
        if value.dimension == "date":
            if not _is_told_date(value, told + dates, plain):
                return value
            continue
        factors = told + [other for other in values if other is not value]
        if not any(_holds(value, *span) for span in _compute(value, told + named, factors, plain)):
            return value
    return None


def _gather(source: str) -> list[Value]:
    """Find the values of a source, the ends of its ranges, and what its bare numbers may be."""
    told: list[Value] = []
    for value in find_values(source):
        told.append(value)
        if len(value.ends) > 1 and value.dimension != "date":
            told += [replace(value, low=end, high=end, amount=end) for end in value.ends]
    # A bare number may have the unit and the scale of any other: « à 71 km/h… limité à 50 ».
    lenders = {
        (other.dimension, other.unit, other.amount / other.number): other
        for other in told
        if other.number and other.dimension not in ("", "date")
    }
    for value in [
        value for value in told if not value.dimension and value.number > 10 or value.bare
    ]:
        told += [_adopt(value, other) for other in lenders.values()]
    return told


def _gather_spellings(plain: str, told: list[Value]) -> list[Value]:
    """Find what stands in a folded source and is no value: ordinals, « la semaine », « n° 12 »."""
    numbers = {_read_number(match[0])[0] for match in _ANY_NUMBER.finditer(plain)}
    numbers |= {
        2.0 + _ORDINALS.index(match[0].removesuffix("ieme")) for match in _ORDINAL.finditer(plain)
    }
    numbers |= {12.0} if re.search(r"\bmois\b|\bmensuel", plain) else set()
    numbers -= {value.number for value in told if value.dimension}
    found = [
        Value(Span(0, 0), "", "", "", number, number, True, number, number)
        for number in sorted(numbers)
    ]
    for match in _SINGLE.finditer(plain):
        seconds = _read_unit(match["unit"] or _EACH[match["each"]])[2]
        span = Span(*match.span())
        found.append(Value(span, "", "time", "", seconds, seconds, True, 1.0, seconds))
    return found


def _is_unsure(value: Value, told: list[Value], asked: str, plain: str) -> bool:
    """Whether nothing can be said: too little to compare, a denied value, an example of a rule."""
    left = asked[max(0, value.span.start - 50) : value.span.start]
    if _DENIED.search(left) or (value.number in (10, 100, 1000) and _BASE.search(left)):
        return True
    same = [other for other in told if other.dimension == value.dimension]
    if value.dimension == "date":
        return not same
    word = fold_in_place(value.written)
    if (
        value.dimension != "time"
        and value.dimension
        and re.match(r"une? (?!.*sur )", word)
        and value.number == 1
    ):
        return True
    if re.match(
        r"une? (?!sur)|la |demi|moitie|quart|tiers|(?:un|deux|trois) (?:quart|tiers)", word
    ):
        return len({other.amount for other in told if other.dimension != "date"}) < 2 and not same
    # The days of a week, and examples of a rule with a threshold, are more than one can tell.
    if value.dimension == "time" and value.amount < 8 * _DAY and len(_WEEKDAY.findall(plain)) > 1:
        return True
    if value.dimension and value.exact and _is_example(value, same, asked):
        return True
    if not value.dimension and _OF_HUNDRED.search(asked):
        return True
    small = not value.dimension and value.exact and 2 <= value.number <= 10
    return small and not any(value.unit and other.unit == value.unit for other in same)


def _is_example(value: Value, same: list[Value], asked: str) -> bool:
    """Whether a value is one of those that a threshold of the source speaks of."""
    limits = [other for other in same if math.inf in (other.high, -other.low)]
    if limits and re.match(r"(?:pour |chez |dans |avec )?une? (?!seul)", asked):
        return True
    return any(other.low <= value.low <= other.high for other in limits)


def _is_told_date(value: Value, told: list[Value], plain: str) -> bool:
    """Whether a date lies in a span of the source, or as far from one as the source says."""
    dates = [other for other in told if other.dimension == "date" and other.unit == value.unit]
    for one, other in pairwise(dates):
        joint = _UNTIL.fullmatch(plain[one.span.end : other.span.start])
        if joint and one.low <= value.low and value.high <= other.high:
            return True
    for date in dates:
        left = plain[max(0, date.span.start - 25) : date.span.start]
        # « avant 2026 » may be any day before; « le 31 décembre » ends where it begins.
        if _OPEN_DATE.search(left) and value.low != date.low:
            before = re.search(r"\b(?:avant|ici)", left)
            if value.high < date.low if before else value.low > date.high:
                return True
        if not value.exact and value.low <= date.high and date.low <= value.high:
            return True
    shifts = [other.amount / _DAY for other in told if other.dimension == "time"]
    shifts += [1.0] * bool(_NEXT_DAY.search(plain)) + [365.25] * bool(_NEXT_YEAR.search(plain))
    return any(
        value.low - 3 * (shift > 3) <= date.low + sign * shift
        and date.high + sign * shift <= value.high + 3 * (shift > 3)
        for date in dates
        for shift in shifts
        for sign in (-1, 1)
    )


def _holds(value: Value, low: float, high: float) -> bool:
    """Whether a value may tell what lies between two amounts."""
    if low == high:
        return _fits(value, low)
    return value.low <= high and low <= value.high


_Spans = Iterator[tuple[float, float]]


def _compute(value: Value, told: list[Value], factors: list[Value], plain: str) -> _Spans:
    """Give what can be computed from two values of the source, in the dimension of a value."""
    kinds = {"time", "clock"} if value.dimension in ("time", "clock") else {value.dimension}
    others = [other for other in told if other.dimension != "date"]
    alike = [
        other
        for other in others
        if value.bare or other.dimension in kinds and _same_currency(value, other)
    ]
    same = sorted({other.amount for other in alike})
    ratios = sorted({other.amount for other in others if other.dimension == "ratio"})
    if _REST.search(plain):
        ratios.append(1 - sum(ratios))
    amounts = [sum(other.amount for other in alike if other.written)]
    amounts += [large + sign * small for small, large in combinations(same, 2) for sign in (1, -1)]
    for factor in (part for ratio in ratios for part in (ratio, 1 - ratio, 1 + ratio) if part):
        amounts += [amount * factor for amount in same] + [amount / factor for amount in same]
    if value.dimension == "ratio":
        points = [other.amount / 100 for other in others if other.unit == "point"]
        amounts += [1 - ratio for ratio in ratios] + [1 / ratio for ratio in ratios if ratio]
        amounts += [ratio + sign * part for ratio in ratios for part in points for sign in (1, -1)]
        amounts += _compute_ratios(others)
    else:
        amounts += _multiply(alike, factors, "mois" in plain and value.dimension != "time")
    if value.dimension in ("", "money"):
        amounts += [
            part for part in _compute_ratios([o for o in others if o.written]) if part > 1.5
        ]
    if not value.dimension and _ALONE.search(plain):
        amounts += [amount + sign for amount in same for sign in (1, -1)]
    if value.unit == "point":
        amounts += [100 * (large - small) for small, large in combinations(ratios, 2)]
    yield from ((amount, amount) for amount in amounts)
    if value.dimension == "time":
        yield from _compute_times([other for other in told if other.dimension == "date"])


def _multiply(amounts: list[Value], factors: list[Value], monthly: bool) -> Iterator[float]:
    """Multiply and divide amounts by the numbers of other values, never by their own."""
    for value in amounts:
        numbers = {
            other.number
            for other in factors
            if other.dimension != "date"
            and (other.span, other.written) != (value.span, value.written)
        } - {0.0}
        # What is told by the month may be asked by the year.
        numbers |= {12.0} if monthly else set()
        for number in numbers:
            yield value.amount * number
            yield value.amount / number


def _compute_times(dates: list[Value]) -> _Spans:
    """Give the length of each date and the time between each two."""
    for date in dates:
        length = (date.high - date.low + 1) * _DAY
        yield length, length
    for one, other in combinations(dates, 2):
        if one.unit != other.unit:
            one, other = (
                replace(date, low=_drop_year(date)[0], high=_drop_year(date)[1])
                for date in (one, other)
            )
        low, high = sorted((abs(other.low - one.low), abs(other.high - one.high)))
        yield low * _DAY, high * _DAY
        yield (low + 1) * _DAY, (high + 1) * _DAY


def _compute_ratios(others: list[Value]) -> list[float]:
    """Give the ratios of each two values that measure the same, and what they leave to one."""
    ratios: list[float] = []
    for dimension in {other.dimension for other in others}:
        amounts = {other.amount for other in others if other.dimension == dimension}
        for small, large in combinations(sorted(amount for amount in amounts if amount > 0), 2):
            share, whole = small / large, small + large
            ratios += [share, 1 - share, 1 / share, 1 / share - 1, small / whole, large / whole]
    return ratios
