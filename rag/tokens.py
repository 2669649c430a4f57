"""Cuts a sentence into tokens of one spelling, each with the kind of fact that it states.

« 135 Md$ » and « 135 milliards de dollars » give the same tokens; so do « 2025-10-28 »,
« 28/10/2025 » and « 28 octobre 2025 ». Knows nothing about claims, sources or verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from rag.french import (
    MONTHS,
    STOP_WORDS,
    figure_of,
    find_names,
    fold,
    normalize,
    plain_spaces,
    split_sentences,
    stem,
    write_numbers,
)

Kind = Literal["word", "light", "name", "number", "unit", "date", "negation", "mark"]

# Kinds that state a fact of their own: putting one in the place of another changes what is said.
HARD: frozenset[Kind] = frozenset(("name", "number", "unit", "date"))


@dataclass(frozen=True, slots=True)
class Token:
    """One word, figure or sign.

    ``written`` is how the text has it, ``plain`` the folded word, ``key`` what equal tokens share:
    a stem, or the value of a figure, its scale included. ``sentence`` counts from 0; ``opens``
    tells the first word of a sentence, ``aside`` what stands between brackets.
    """

    written: str
    plain: str
    key: str
    kind: Kind
    sentence: int
    opens: bool = False
    aside: bool = False


_SCALES = {
    "millier": 10**3,
    "milliers": 10**3,
    "million": 10**6,
    "millions": 10**6,
    "m": 10**6,
    "milliard": 10**9,
    "milliards": 10**9,
    "md": 10**9,
    "mds": 10**9,
    "billion": 10**12,
    "billions": 10**12,
}
_UNITS = {
    unit: key
    for key, units in {
        "%": "% pourcent",
        "point": "points",
        "euro": "euros eur €",
        "dollar": "dollars usd $",
        "livre": "livres £ sterling",
        "yen": "yens",
        "yuan": "yuans",
        "rouble": "roubles",
        "franc": "francs",
        "centime": "centimes",
        "seconde": "secondes",
        "minute": "minutes",
        "heure": "heures",
        "jour": "jours journees",
        "semaine": "semaines hebdomadaire",
        "mois": "mensuel mensuelle",
        "trimestre": "trimestres trimestriel trimestrielle",
        "semestre": "semestres semestriel semestrielle",
        "an": "ans annee annees annuel annuelle annuels annuelles",
        "decennie": "decennies",
        "siecle": "siecles",
        "millenaire": "millenaires",
        "millimetre": "millimetres mm",
        "centimetre": "centimetres cm",
        "metre": "metres",
        "kilometre": "kilometres km",
        "mile": "miles",
        "hectare": "hectares ha",
        "metre carre": "m2",
        "kilometre carre": "km2",
        "metre cube": "m3",
        "kilometre cube": "km3",
        "gramme": "grammes",
        "kilogramme": "kilogrammes kilo kilos kg",
        "tonne": "tonnes",
        "litre": "litres",
        "hectolitre": "hectolitres hl",
        "degre": "degres ° celsius °c",
        "fahrenheit": "°f",
        "watt": "watts",
        "kilowatt": "kilowatts kw",
        "megawatt": "megawatts mw",
        "gigawatt": "gigawatts gw",
        "terawatt": "terawatts tw",
        "kilowattheure": "kilowattheures kwh",
        "megawattheure": "megawattheures mwh",
        "gigawattheure": "gigawattheures gwh",
        "terawattheure": "terawattheures twh",
        "hertz": "hz",
        "kilohertz": "khz",
        "megahertz": "mhz",
        "gigahertz": "ghz",
        "octet": "octets",
        "kilooctet": "kilooctets ko",
        "megaoctet": "megaoctets mo",
        "gigaoctet": "gigaoctets go",
        "teraoctet": "teraoctets to",
        "milliers": "millier",
        "millions": "million",
        "milliards": "milliard",
    }.items()
    for unit in (key, *units.split())
}
# Units only after a figure: elsewhere they are letters, words or names.
_SHORT_UNITS = {
    "m": "metre",
    "g": "gramme",
    "t": "tonne",
    "l": "litre",
    "h": "heure",
    "s": "seconde",
    "w": "watt",
    "v": "volt",
    "n": "newton",
}
_AFTER_FIGURES = frozenset("livre livres point points mo go to ko ha second seconde minute".split())
_DAYS = frozenset("lundi mardi mercredi jeudi vendredi samedi dimanche".split())
_NEGATIONS = frozenset(
    "ne n pas aucun aucune aucunement jamais ni non nullement sans guere".split()
)
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*|k?m[23]\b|[^\W\d_]+|°\s?[CF]\b|[%€$£°]|[,;:()\[\]«»“”\".!?…–—/-]",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:1[5-9]|20)\d{2})\b")
_FIRST = re.compile(r"\b1\s?er\b", re.IGNORECASE)
_NUMERAL = r"X{0,3}(?:IX|IV|V?I{0,3})"
_ORDINAL = re.compile(
    rf"\b(?:(\d+)\s?(?:e|è|ème|eme|nde?|ère|re)|((?=[IVX]){_NUMERAL})(?:e|ème|er|re))\b"
)
_ROMAN = re.compile(rf"(?=[IVX]{{2}}){_NUMERAL}")
_SHORT_MONTHS = {
    "janv": "janvier",
    "fevr": "fevrier",
    "avr": "avril",
    "juil": "juillet",
    "sept": "septembre",
    "oct": "octobre",
    "nov": "novembre",
    "dec": "decembre",
}
_ORDINAL_WORDS = {
    word: value
    for value, words in enumerate(
        "deuxieme second|troisieme|quatrieme|cinquieme|sixieme|septieme|huitieme|neuvieme|dixieme|"
        "onzieme|douzieme|treizieme|quatorzieme|quinzieme|seizieme|dix-septieme|dix-huitieme|"
        "dix-neuvieme|vingtieme".split("|"),
        start=2,
    )
    for word in words.split()
}
# « entre 10 et 13 milliards »: both are milliards.
_SHARED_SCALE = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)(?= ?(?:et|à|ou|-|–) ?\d+(?:[.,]\d+)? ?"
    r"(milliards?|millions?|Mds?\b))"
)


_OPENER = re.compile(r"\W*(?:[LDld]['’])?([A-ZÀ-Þ][^\W\d_]{2,})\b(?!['’])")


def find_shared_names(*texts: str) -> set[str]:
    """Find the names of several texts, those that only ever open sentences among them.

    A capital at the start of a sentence says nothing; but a word that two sentences open with, and
    that is nowhere without its capital, is taken for a name.
    """
    names = {name for text in texts for name in find_names(text)}
    words = {w for text in texts for w in re.findall(r"[^\W\d_]+", normalize(text))}
    openers: list[str] = []
    for text in texts:
        for span in split_sentences(text):
            opening = _OPENER.match(text, span.start, span.end)
            if opening and fold(opening[1]) not in STOP_WORDS and opening[1].lower() not in words:
                openers.append(opening[1])
    return names | {fold(word) for word in openers if openers.count(word) > 1}


def tokenize(text: str, names: set[str] | frozenset[str] = frozenset()) -> list[Token]:
    """Cut a text into tokens; ``names`` are folded words known to be names from elsewhere."""
    names = find_names(text) | names
    # A name of several parts (« Seine-et-Marne », « GPT-5 ») is cut like the text.
    parts = frozenset(part for name in names for part in re.findall(r"[^\W\d_]+", name))
    tokens: list[Token] = []
    for number, span in enumerate(split_sentences(text)):
        tokens += _tokenize_sentence(text[span.start : span.end], number, parts)
    return tokens


def _spell(sentence: str) -> str:
    """Give dates, figures and elisions one spelling."""
    text = plain_spaces(normalize(sentence))
    text = _ISO.sub(lambda m: _spell_date(m[3], m[2], m[1]) or m[0], text)
    text = _SLASHED.sub(lambda m: _spell_date(m[1], m[2], m[3]) or m[0], text)
    text = _FIRST.sub("1", text)
    text = re.sub(r"\baujourd'hui\b", "aujourdhui", text, flags=re.IGNORECASE)
    text = re.sub(r"\b[Pp]our[ -]cents?\b", "%", text)
    text = write_numbers(text)
    return _SHARED_SCALE.sub(r"\1 \2", text)


def _spell_date(day: str, month: str, year: str) -> str:
    named = next((name for name, number in MONTHS.items() if number == int(month)), "")
    return f"{int(day)} {named} {year}" if named and 1 <= int(day) <= 31 else ""


def _tokenize_sentence(sentence: str, number: int, names: frozenset[str]) -> Iterator[Token]:
    text = _spell(sentence)
    # In a line of capitals, a capital says nothing.
    cased = any(c.islower() for c in text)
    found = list(_TOKEN.finditer(_ORDINAL.sub(r"\1\2", text)))
    depth, opens, position = 0, True, 0
    while position < len(found):
        word = found[position].group()
        depth = max(0, depth + (word in ("(", "[")) - (word in (")", "]")))
        scale = 0
        if word[0].isdecimal() and position + 1 < len(found):
            scale = _read_scale([m.group() for m in found[position + 1 : position + 3]])
        last = found[position - 1].group() if position else ""
        yield _make_token(
            word, scale, last, number, opens and cased, depth > 0, names if cased else frozenset()
        )
        opens = opens and not word[0].isalnum()
        position += 2 if scale else 1


def _read_scale(following: Sequence[str]) -> int:
    """Return what the word after a figure multiplies it by, 0 when it is no scale."""
    word = fold(following[0])
    money = len(following) > 1 and following[1] in "€$£"
    # « 13 M€ » are millions, « 13 m » metres.
    return 0 if word == "m" and not (money and following[0] == "M") else _SCALES.get(word, 0)


def _make_token(
    word: str, scale: int, last: str, sentence: int, opens: bool, aside: bool, names: frozenset[str]
) -> Token:
    plain = fold(word)
    key: str
    kind: Kind | None
    if word[0].isdecimal():
        value = Decimal(figure_of(word)) * (scale or 1)
        key, kind = f"{value.normalize():f}", "number"
    else:
        key, kind = _read_fact(word, plain, last[-1:].isdecimal()) or ("", None)
    if kind is None:
        # « L'Australie »: the article has the capital of the sentence, the name its own.
        articled = last in ("L", "l", "D", "d") and len(plain) > 2
        named = word[0].isupper() and not (opens and plain in STOP_WORDS)
        if named and (plain in names or articled):
            key, kind = plain, "name"
        else:
            key = stem(plain)
            kind = "light" if plain in STOP_WORDS or len(plain) == 1 else "word"
    return Token(word, plain, key, kind, sentence, opens, aside)


def _read_fact(word: str, plain: str, after_figure: bool) -> tuple[str, Kind] | None:
    """Read what is neither a figure nor a word: signs, units, dates, numerals, negations."""
    month = _SHORT_MONTHS.get(plain, plain) if after_figure else plain
    readings: tuple[tuple[bool, str, Kind], ...] = (
        (not word[0].isalpha() and word[0] not in "%€$£°", "", "mark"),
        (plain in _ORDINAL_WORDS, str(_ORDINAL_WORDS.get(plain)), "number"),
        (bool(_ROMAN.fullmatch(word)), str(_read_roman(word)), "number"),
        (after_figure and plain in _SHORT_UNITS, _SHORT_UNITS.get(plain, ""), "unit"),
        (
            plain in _UNITS and (after_figure or plain not in _AFTER_FIGURES),
            _UNITS.get(plain, ""),
            "unit",
        ),
        (month in MONTHS or plain in _DAYS, month, "date"),
        (plain in _NEGATIONS, "ne" if plain == "n" else plain, "negation"),
    )
    return next(((key, kind) for holds, key, kind in readings if holds), None)


def _read_roman(word: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}.get(letter, 0) for letter in word]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def is_same(one: Token, other: Token) -> bool:
    """Whether two tokens say the same; a name and the word it is spelt like do."""
    if one.plain == other.plain and "number" not in (one.kind, other.kind):
        return True
    if one.key != other.key or not one.key:
        return False
    # A name is never the inflection of another word: « Valence » is not « valence ».
    return "name" not in (one.kind, other.kind)


def is_year(token: Token) -> bool:
    """Whether a figure may be a year."""
    return token.kind == "number" and token.key.isdecimal() and 1000 <= int(token.key) <= 2100
