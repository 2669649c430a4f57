"""What a comparison sets side by side, and on which criteria, read in the words of the question.

« Compare Nantes et Brest : loyers, transports » has two sides and two criteria. The words that ask
(« compare », « lequel », « qu’est-ce qui change ») cut a question into pieces: one holds the sides,
those after it the criteria, those before it the topic. Knows nothing about articles or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.french import WRITTEN_MONTHS, fold, normalize

_MOST = 4
_ASKING = ("object", "parts", "alone")


def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a pattern for words in any case, with their accents or without."""
    accented = re.sub("[à-ÿ]", lambda match: f"[{match[0]}{fold(match[0])}]", pattern)
    return re.compile(accented, re.IGNORECASE)


# ------------------------------------------------------------------------------ words that ask

_THEY = r"(?:-t)?-(?:ils?|elles?|on)\b"
_WHICH = r"\bquel(?:le)?s? (?:est |sont )?"
_DIFFERENCE = (
    rf"(?:(?:{_WHICH}|c'est quoi )?(?:les? |la |une )?"
    r"\b(?:diff|différences?|points? communs?|comparaison|comparatif)\b"
    rf"|{_WHICH}(?:l')?(?:écarts?|intérêts?)\b)"
)
# « A diffère de B » sets side by side as « A vs B » does.
_DIFFERS = _compile(
    rf" (?:se (?:distingue|différencie)|diffère)(?:nt)?(?:{_THEY})? (?:d(?:e|u|es) |d')"
    r"| a de (?:plus|moins)(?: et de moins)? qu(?:e |')"
)
_ASKS = _compile(
    # What is compared follows.
    r"(?P<object>(?:qu'est-ce qui |ce qui )?\b(?:compare[rz]?|confronte[rz]?|mettez en regard"
    r"|(?P<parts>oppose[rz]?|distinguer?|sépare|différencier?)|choisir|préférer)"
    rf"(?:-(?:moi|nous))?\b(?!{_THEY})|{_DIFFERENCE}(?! (?:de|dans|en)\b| d')|\bj'hésite\b"
    r"|\bqu'en (?:dis|pens)(?:e|ent)\b|^que \w+(?= (?:l[ae]s?|une?) | l')"
    r"|\b(?:quels |les )?avantages(?: et les|,| et)? inconvénients\b)"
    # Nothing follows, or criteria.
    rf"|(?P<alone>{_DIFFERENCE}|\bc'est (?:quoi|pareil)\b|\bça change quoi\b|\bpour et contre\b"
    r"|(?:\bet )?\b(?:lequel|laquelle)\b(?: de ces \w+)?(?: (?:choisir|est|était)\b)?"
    r"|\bqu'est-ce qui (?:change|diffère|a changé|les \w+)\b|\bqu'est-ce qu(?:i|e)\b"
    r"|\ben quoi\b|,\s*qui\b|\bque choisir\b"
    rf"|\bque \w+(?:{_THEY})? (?:chacune?\b(?: des [^:,?]+(?= si\b))?"
    r"|l'une? par rapport à l'autre)"
    r"|\bs'(?:affrontent|opposent)\b|(?:\bet )?(?:\b(?:que|où) )?(?:\b(?:y|se) |\bs')?"
    rf"\b\w+{_THEY}(?: (?:les?|la) mêmes?\b)?"
    r"|\bdans (?:chaque|les deux) cas\b|\bd'une? \w+ à l'autre\b)"
    r"|(?P<mark>[:;?()])"
)

# --------------------------------------------------------------------------- words that join

_CAPITAL = "(?-i:[A-ZÀ-Þ])"
_PREPOSITION = r"(?:(?:de|du|des|à|a|aux?|en|dans|sur|par|pour|chez|avant|après|sans) |d')"
_THAT = r"(?:celui|celle|ceux|celles)\b"
_DETERMINER = rf"(?:l'|(?:les?|la|une?|leurs?|cet|cette|ces|ce(?! qu)) |{_THAT} ?)"
_SET = (
    r" (?:(?:vs\.?|versus|contre|/|(?:face|par rapport) (?:aux?|à)|plutôt que) |plutôt qu'"
    rf"|(?:avec|à) (?={_THAT}))"
)
_COMPARES = _compile(_SET)
# Where one « et » opens a noun phrase, another joins words within it: « dommages et intérêts ».
_MARKED = rf",? (?:et|ou) (?={_DETERMINER}|{_PREPOSITION}|ce qu)"
_IS_MARKED = _compile(_MARKED)
_MARKED_LIST = _compile(rf"{_MARKED}|{_SET}|\s*[,;]\s*")
_BARE_LIST = _compile(rf",? (?:et|ou) |{_SET}|\s*[,;]\s*")
_AND = _compile(rf" (?:et|ou) |{_SET}")
_ENTRE = _compile(r"(?P<before>(?:.*[ ,])?)entre (?=.* (?:et|ou) )")
_FROM = _compile(
    rf" (?:(?:de|à) (?=la |l'|{_THAT}|{_CAPITAL})|d(?:u|es) |aux? |d'(?=une? |{_CAPITAL}))"
)
_CRITERION = (
    r"(?:côtés?|selon|quant|en (?:matière|termes?)|du point de vue|au niveau|pour ce qui est"
    r"|sur les? (?:plans?|critères?))\b"
)
_TIME = rf"(?:(?:\d\d? )?(?:{'|'.join(WRITTEN_MONTHS)})(?: \d{{4}})?|\d{{4}})\b"
# What is said of all the sides stands before the first or after the last.
_BEFORE = _compile(rf"(?:(?:quel(?:le)?s?|en|avec|pour|depuis|sur|dans|{_CRITERION}) [^,]*,\s*)+")
_END = _compile(
    rf",| (?=(?:{_CRITERION}|(?P<tail>(?-i:pour|dans|chez|depuis|avant|après|quand|lorsque|si|sans"
    rf"|sur|afin|concernant|au sujet|à propos)\b|en(?= \d| {_TIME})|à(?= {_CAPITAL}))))"
)
_TOPIC = _compile(
    rf"(?:chez|depuis|avant|après|quand|lorsque|si|avec|sans|afin)\b|en (?:\d|{_TIME})"
    rf"|à {_CAPITAL}"
)
_NUMBERED = _compile(rf".*?(?:{_TIME}|\b\w?\d+\b)(?= )(?! \d)")
_TRIM = _compile(
    rf"^(?:{_CRITERION} |{_DETERMINER}|{_PREPOSITION}"
    r"|(?:et|entre|sa|son|ses|mêmes?|quel(?:le)?s?(?: est| sont)?) )+"
)

_NAMES_CRITERIA = _compile(rf"{_CRITERION}|pour .* et pour ")

# ------------------------------------------------------------- words that are left unsaid

_PARTICIPLE = rf"(?:\w+(?:\xe9|i|is|it|u|us|ert)e?s? (?={_PREPOSITION}))?"
_MODIFIER = _compile(rf" {_PARTICIPLE}(?:{_PREPOSITION}|qui )")
_WHEN = _compile(rf" {_PARTICIPLE}(?:{_PREPOSITION})?{_TIME}")
_ORDINAL = _compile(r"^(?:premi|second|derni|nouve|ancien)\w* ")
_OPENING = _compile(f"^{_PREPOSITION}")
_PRONOUN = _compile(rf"(?:{_THAT}|une?(?= {_PREPOSITION})) ")
_ARTICLE = _compile(rf"^(?:{_DETERMINER}|(?:de|du|des|entre) |d')+")
_KIN = [
    _compile(f" (?:{words})")
    for words in ("(?:de|du|des) |d'", "(?:à|a|aux?) ", "en ", "dans ", "par ", "pour ", "sur ")
]
_ADJECTIVE = _compile(
    r"\w+(?:ier|ière|al|ale|el|elle|if|ive|ique|aire|eux|euse|\xe9|\xe9e|ien|ienne|ible|able)s?"
)
_APPOSED = re.compile(r"^[a-zà-ÿ]+ (?=[A-ZÀ-Þ][\w'-])")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides or more, the criteria that are named, and the rest of the question."""

    sides: tuple[str, ...]
    criteria: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words between two that ask; ``opener`` is the sign or the kind of word before them."""

    opener: str
    text: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is joined in a piece, between the rest of it; the best sign of it has rank 0."""

    rank: int
    place: int
    before: str
    joined: str
    after: str


def find_comparison(question: str) -> Comparison | None:
    """Read what a question compares; None where it does not say."""
    pieces = list(_cut(_DIFFERS.sub(" vs ", normalize(question).strip(" ?!."))))
    pairs = [pair for place in range(len(pieces)) if (pair := _find_pair(pieces, place))]
    if not pairs:
        return None
    pair = min(pairs, key=lambda found: (found.rank, found.place))
    sides = [side for side in _split(pair.joined) if _TRIM.sub("", side)]
    if not 2 <= len(sides) <= _MOST:
        return None
    sides[-1], tail = _cut_tail(sides[0], sides[-1])
    head, sides = _complete(sides)
    if len(sides) < 2:
        return None
    opener = pieces[pair.place].opener
    criteria, topics = _read_rest(
        [*pieces[: pair.place], _Piece(opener, pair.before)],
        [_Piece("", tail), *_part_after(pair.after), *pieces[pair.place + 1 :]],
    )
    return Comparison(tuple(sides), tuple(criteria), " ".join(filter(None, [head, *topics])))


def _cut(question: str) -> Iterator[_Piece]:
    opener, start = "", 0
    for match in _ASKS.finditer(question):
        yield _Piece(opener, question[start : match.start()].strip(" ,"))
        opener = match["mark"] or ("parts" if match["parts"] else match.lastgroup or "")
        start = match.end()
    yield _Piece(opener, question[start:].strip(" ,"))


def _find_pair(pieces: Sequence[_Piece], place: int) -> _Pair | None:
    opener, text = pieces[place].opener, pieces[place].text
    if opener in ("(", "?", ";"):
        return None
    rank, before = 2, ""
    entre = _ENTRE.match(text)
    if entre and (opener != ":" or not entre["before"]):
        rank, before, text = 0, entre["before"], text[entre.end() :]
    elif leading := _BEFORE.match(text):
        before, text = leading[0], text[leading.end() :]
    if _COMPARES.search(text):
        rank = min(rank, 1)
    elif opener == "parts" and not _AND.search(text.partition(",")[0]):
        text = _part_from(text)
    elif rank and not (
        opener in ("object", "parts")
        or before.lower().startswith("quel")
        or any(later.text or later.opener in _ASKING for later in pieces[place + 1 :])
    ):
        return None
    if not _AND.search(text):
        return _Pair(3, place, before, text, "") if "," in text else None
    end = _find_end(text)
    return _Pair(rank, place, before, text[:end], text[end:])


def _find_end(text: str) -> int:
    """Find where the last side ends: what follows is said of all of them, or lists criteria."""
    joint = next(_AND.finditer(text))
    pronoun = _PRONOUN.match(text, joint.end())
    for end in _END.finditer(text, pronoun.end() if pronoun else joint.end()):
        # « un poste dans la ville ou dans le parc », « celui qui avait été promis en 2023 »
        inner = f" {end['tail']} " in f" {text[: joint.end()]}"
        relative = pronoun and text.startswith("qu", pronoun.end())
        if not end["tail"] or not (inner or relative):
            return end.start()
    return len(text)


def _part_from(text: str) -> str:
    """Write « A de B » after « distingue » as « A vs B »: of many « de », the one in the middle."""
    sides = text.partition(",")[0]
    found = min(_FROM.finditer(sides), key=lambda m: abs(2 * m.start() - len(sides)), default=None)
    return f"{text[: found.start()]} vs {text[found.end() :]}" if found else text


def _split(words: str) -> list[str]:
    listed = _MARKED_LIST if _IS_MARKED.search(words) else _BARE_LIST
    return [item.strip() for item in listed.split(words) if item.strip()]


def _cut_tail(first: str, last: str) -> tuple[str, str]:
    """« les crues de 1910 et de 1955 de la Seine »: what follows a second number is of both."""
    if re.search(rf"(?:\d|{_TIME})$", first) and (numbered := _NUMBERED.match(last)):
        return numbered[0], last[numbered.end() :].strip()
    return last, ""


def _part_after(after: str) -> Iterator[_Piece]:
    """« pour les élèves » is said of the sides; « pour les élèves et les parents » are criteria."""
    said, *criteria = re.split(rf",? (?={_CRITERION})", after, maxsplit=1, flags=re.I)
    tail, _, rest = said.partition(",")
    if re.match(" (?:pour|sur) ", tail) and len(_split(said)) > 1:
        yield _Piece("alone", said)
    else:
        yield _Piece("", tail.strip())
        yield _Piece("" if _COMPARES.search(rest) else "alone", rest.strip())
    yield from (_Piece("alone", named) for named in criteria)


def _complete(sides: Sequence[str]) -> tuple[str, list[str]]:
    """Say in each side the noun that only the first has; a plural one is returned apart."""
    first, *others = sides
    apart = ""
    if re.match("une? ", first, re.I):
        # « un enfant et des jumeaux »
        others = [re.sub("^des ", "", side, flags=re.I) for side in others]
    several = re.match(r"(?:les|des|leurs|ces) ", first, re.I)
    opened, that = _OPENING.match(first), _PRONOUN.match(first)
    first = _ARTICLE.sub("", first)
    if all(_OPENING.match(side) for side in others):
        shared = "" if opened else _find_noun(first, others[0])
        # « les positions de Léa et de Zoé », but « les crues de 1910 et de 1955 »
        if shared and several and not _WHEN.fullmatch(first[len(shared) :]):
            apart, first, shared = shared, first[len(shared) + 1 :], ""
        if shared:
            others = [f"{shared} {side}" for side in others]
        else:
            first, *others = (_OPENING.sub("", side) for side in (first, *others))
            first = _ARTICLE.sub("", first)
    named = [first, *(_say_again("" if that else first, side) for side in others)]
    return apart, [_name(side, named) for side in named if side]


def _say_again(first: str, side: str) -> str:
    """Put what the first side says in the place of a pronoun, or before a number or adjective."""
    if first and (pronoun := _PRONOUN.match(side)):
        rest = side[pronoun.end() :]
        return f"{_find_noun(first, rest)} {rest}"
    noun, _, last = first.rpartition(" ")
    if all(map(str.isdecimal, (last, side))) or all(map(_ADJECTIVE.fullmatch, (last, side))):
        return f"{noun} {side}".strip()
    return _ARTICLE.sub("", side)


def _find_noun(first: str, rest: str) -> str:
    """Find what « celui » stands for: « rappel » after « rappel de mars », before « d’avril »."""
    if _WHEN.match(f" {rest}"):
        when = list(_WHEN.finditer(first))
        return first[: when[-1].start()] if when else _ORDINAL.sub("", first)
    kin = next((kin for kin in _KIN if kin.match(f" {rest}")), None)
    if kin and (cuts := list(kin.finditer(first))):
        return first[: cuts[-1].start()]
    modifier = _MODIFIER.search(first)
    return first[: modifier.start()] if modifier else first.split()[0]


def _name(side: str, sides: Sequence[str]) -> str:
    """« collectif Arrêt demandé » goes by its name, unless the other sides are collectives too."""
    noun = side.split()[0]
    alike = any(re.match(rf"{re.escape(noun)}\b", other, re.I) for other in sides if other != side)
    return side if alike else _APPOSED.sub("", side)


def _read_rest(before: Sequence[_Piece], after: Sequence[_Piece]) -> tuple[list[str], list[str]]:
    """Tell the criteria from what only says of what the sides are, or when."""
    asked: list[str] = []
    listed: list[str] = []
    topics: list[str] = []
    for piece in before:
        names = piece.opener in _ASKING or _NAMES_CRITERIA.match(piece.text)
        (asked if names and not _TOPIC.match(piece.text) else topics).append(piece.text)
    signed = False
    for piece in after:
        if piece.opener == "?" or (piece.opener == "(" and any(listed)):
            # « prix (en euros) »
            continue
        signed = signed or piece.opener in (":", "(")
        topical = piece.opener == "" or _TOPIC.match(piece.text)
        (topics if topical else listed if signed else asked).append(piece.text)
    if any(listed):
        # « s’opposent sur les caméras : utilité, coût »
        asked, topics = listed, topics + asked
    items = [item for text in asked for item in _split(text) if not _TOPIC.match(item)]
    criteria = [criterion for item in items if (criterion := _TRIM.sub("", item))]
    return criteria, [topic.strip(" ,") for topic in topics if topic]
