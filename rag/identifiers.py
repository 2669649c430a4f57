"""Numbers and codes that name one thing: « facture n° 4103 », « article R. 421-3 », « ligne 27 ».

To a reader of passages the neighbour's row looks the same, so that these are compared as
characters. A sentence that speaks of another of the same kind does not answer, nor does one under
the label, the heading or the title of another; and what no article names can't be answered. Where
nothing of the kind is named, the reader decides. Knows nothing about models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.french import MONTHS, STOP_WORDS, fold, is_heading, normalize, terms
from rag.index import Index
from rag.reading import Reading, Scored
from rag.retrieval import Search
from rag.types import Chunk

# Days, months and words of measure stand before a number without naming anything by it.
_NO_NOUN = frozenset(
    "lundi mardi mercredi jeudi vendredi samedi dimanche environ quelque vers premiers premieres "
    "derniers dernieres prochains prochaines autres seuls heure heures annee annees siecle".split()
) | frozenset(MONTHS)
_NUMBER = r"\d+(?:[.\-/]\d+)*"
# Letters and figures together: a number plate, « R. 421-3 », « AB 142 », « L1237-11 », « A320 ».
_CODE = re.compile(
    rf"\b(?:[A-Z]{{1,3}}-\d{{2,4}}-[A-Z]{{1,3}}|[A-Z]{{1,3}}\.? ?-?{_NUMBER}(?:-?[A-Z]{{1,2}})?"
    r"|[a-z]{1,3}\.?\d+(?:-\d+)+)(?![\w%€])"
)
_MARKED = re.compile(
    r"(?:\b(?P<noun>[^\W\d_]{3,}),? )?(?:n°|nº|num[ée]ros?|no\.?|n\.) ?"
    rf"(?P<code>{_NUMBER})(?!\w)",
    re.IGNORECASE,
)
# A number right behind a noun, and no noun behind it: « la salle 206 », not « compte 206 places ».
_NAMED = re.compile(
    rf"\b(?P<noun>[^\W\d_]{{3,}}) (?P<code>{_NUMBER})(?![\w%€°])(?! ?[%€°]|,\d)"
    r"(?= ?(?:[?.,;:!)»]|$)| (?:d(?:e|u|es|')|à|aux?|en|dans|sur|pour|par|et|ou|qui|que|est|sont"
    r"|a|ont|était|sera)\b)",
    re.IGNORECASE,
)
# « 2024 », « 2025-2026 », « 1932-33 ».
_YEARS = re.compile(r"(?:1\d|20)\d\d(?:[\-/](?:(?:1\d|20)\d)?\d\d)?")
_WHICH = re.compile(r"\bquel(?:le)?s? ([^\W\d_]{3,})")
# A number as ``french.terms`` writes it: « 3.4 » is one.
_FIGURES = re.compile(r"[\d.]+")
# Characters before a sentence in which what it stands under is looked for.
_REACH = 20_000
_RUN = re.compile(r"\d+|[^\W\d_]+")
# What may stand between the parts of a code, and between a noun and its number; the latter may be
# one of several (« articles 2, 3 et 4 »).
_BETWEEN = r"[\s.\-/]{0,2}"
_BEHIND = r"\W{0,4}(?:(?:n°|nº|no\b|numero)\W{0,3})?(?:\d[\d.\-]*\W{1,2}(?:et|ou|a)?\W{0,2}){0,4}"
_ENDS = r"(?![^\W_]|[.,\-/]\d)"
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
# Terms of a question about the contents of a thing: « que prévoit », « de quoi traite ».
_CONTENTS = frozenset(
    terms(
        "prévoit prévoient dit disent stipule énonce contient traite porte concerne indique "
        "précise dispose parle décrit contenu objet texte teneur explique impose"
    )
)
# What opens a line that a number labels.
_OPENS = r"(?m:^)[\W_]*(?:l[ae]s? |l')?"


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a question names by a number or a code.

    ``text`` is how it says so; ``own`` is how it may be written in a folded text, ``kind`` any of
    its kind.
    """

    text: str
    own: str
    kind: str

    def is_in(self, text: str) -> bool | None:
        """Whether a text names it; False where it names another, None where none of its kind."""
        plain = fold(text)
        if re.search(self.own, plain):
            return True
        return False if re.search(self.kind, plain) else None

    def labels(self, text: str) -> bool | None:
        """Whether the last line of a text that opens with one of its kind opens with it."""
        named = list(re.finditer(f"{_OPENS}(?P<label>{self.kind})", fold(text)))
        return self.is_in(named[-1]["label"]) if named else None


def find_identifiers(question: str) -> tuple[Identifier, ...]:
    """Find what a question names by a number or a code; a year or a quantity names nothing."""
    found: list[Identifier] = []
    ends = 0
    for start, end, identifier in sorted(_list_found(normalize(question)), key=lambda f: f[:2]):
        if start >= ends:
            found.append(identifier)
            ends = end
    return tuple(found)


def _list_found(plain: str) -> Iterator[tuple[int, int, Identifier]]:
    for match in _CODE.finditer(plain):
        code = match[0]
        spaced = " " in code and "." not in code
        # « JO 2024 » is dated, and « A 20 ans » is typed without its accent.
        if not (spaced and (code[:2] == "A " or _YEARS.fullmatch(code.split()[-1]))):
            yield *match.span(), Identifier(code, *_write_code(fold(code)))
    for match in (*_MARKED.finditer(plain), *_NAMED.finditer(plain)):
        noun = fold(match["noun"] or "")
        named = noun not in STOP_WORDS and noun not in _NO_NOUN
        if match.re is _MARKED:
            yield *match.span(), Identifier(match[0], *_write_number(noun if named else "", match))
        elif named and not _YEARS.fullmatch(match["code"]):
            yield *match.span(), Identifier(match[0], *_write_number(noun, match))


def _write_code(code: str) -> tuple[str, str]:
    """Write the patterns of a code, and of the codes of its kind."""
    runs = _RUN.findall(code)
    own = rf"(?<!\w){_BETWEEN.join(runs)}{_ENDS}"
    # The letters of « R. 421-3 » say what it is; those of a number plate are part of it.
    plate = len(runs) > 2 and runs[-1].isalpha()
    kinds = [r"\d+" if run.isdigit() else rf"[a-z]{{{len(run)}}}" if plate else run for run in runs]
    return own, rf"(?<!\w){_BETWEEN.join(kinds)}{_ENDS}"


def _write_number(noun: str, match: re.Match[str]) -> tuple[str, str]:
    """Write the patterns of a number behind a noun, or behind « n° » alone, and of its kind."""
    runs = _RUN.findall(match["code"])
    said = _BETWEEN.join(runs)
    number = rf"(?:{said}|{_write_roman(int(runs[0]))})" if len(runs) == 1 else said
    if noun:
        stem = rf"\b{re.escape(noun[:-1] if noun[-1] in 'sx' else noun)}s?\b{_BEHIND}"
    else:
        stem = r"(?:n°|nº|numero)\W{0,2}"
    # One of three figures or more names by itself; « 16, rue Basse » is a number of a street.
    alone = len(said) > 2 or not noun
    own = rf"(?<![\w.,\-/]){said}{_ENDS}" if alone else rf"{stem}{number}(?:er|re|e)?{_ENDS}"
    return own, rf"{stem}{_NUMBER}(?:er|re|e)?(?![^\W_])"


def _write_roman(number: int) -> str:
    """Write a number up to 39 in Roman figures; what nothing matches beyond."""
    written = ""
    for value, sign in _ROMAN * (0 < number < 40):
        while number >= value:
            written, number = written + sign, number - value
    return written or "(?!)"


def keep_named(reading: Reading, identifiers: Sequence[Identifier]) -> Reading:
    """Leave out the sentences that speak of another thing of the same kind.

    All of them, where no article names what is asked.
    """
    if find_unknown(reading.search, identifiers):
        return replace(reading, sentences=())
    kept = (s for s in reading.sentences if not _is_other(identifiers, s, reading))
    return replace(reading, sentences=tuple(kept))


def find_section(reading: Reading, identifiers: Sequence[Identifier]) -> tuple[Scored, ...]:
    """Return what stands under the label of what a question asks the contents of, in order.

    Empty where more is asked (« Que prévoit l’article 3 ? » asks nothing else), or where no line
    has such a label.
    """
    if len(identifiers) != 1:
        return ()
    identifier = identifiers[0]
    rest = normalize(reading.search.question).replace(identifier.text, " ")
    for best in reading.sentences:
        articles = reading.search.index.articles
        text = articles[best.chunk.article_id].text
        if not set(terms(rest)) <= _CONTENTS | set(terms(best.chunk.title)):
            continue
        section = [
            replace(sentence, score=reading.sentences[0].score)
            for sentence in reading.sentences
            if sentence.chunk.article_id == best.chunk.article_id
            and identifier.labels(_before(text, sentence.span.end))
        ]
        if section:
            return tuple(sorted(section, key=lambda s: s.span.start))
    return ()


def find_label(question: str, text: str, offset: int) -> str:
    """Return the heading that numbers a place of a text, when a question asks which it is.

    « Quel article fixe le préavis ? » asks for « Article 5 – Résiliation »; "" where it asks for
    something else.
    """
    asked = _WHICH.search(fold(question))
    if asked is None:
        return ""
    numbered = re.compile(rf"#* *({re.escape(asked[1].rstrip('sx'))}s?\b{_BEHIND}{_NUMBER}.*)")
    for line in reversed(_before(text, offset).split("\n")):
        if is_heading(line) and numbered.fullmatch(fold(line).strip()):
            return line.strip("# ")
    return ""


def find_unknown(search: Search, identifiers: Sequence[Identifier]) -> tuple[str, ...]:
    """Return what no article names, though passages that were found name others of its kind."""
    unknown = []
    for identifier in identifiers:
        found = [identifier.is_in(_write(hit.chunk)) for hit in search.hits]
        candidates = _list_candidates(search.index, identifier)
        if False in found and True not in found and not any(map(identifier.is_in, candidates)):
            unknown.append(identifier.text)
    return tuple(unknown)


def _list_candidates(index: Index, identifier: Identifier) -> Iterator[str]:
    """Yield the passages that hold all the figures of an identifier."""
    figures = [t for t in index.find_terms(identifier.text) if _FIGURES.fullmatch(t)]
    rows = [index.rows_holding(figure) for figure in figures]
    held = set.intersection(*(set(of.tolist()) for of in rows)) if rows else set()
    yield from (_write(index.chunks[row]) for row in sorted(held))


def _before(text: str, end: int) -> str:
    return text[max(0, end - _REACH) : end]


def _write(chunk: Chunk) -> str:
    return f"{chunk.title}\n{chunk.text}"


def _is_other(identifiers: Sequence[Identifier], sentence: Scored, reading: Reading) -> bool:
    """Whether a sentence, or what it stands under, names another thing and none that is asked."""
    text = reading.search.index.articles[sentence.chunk.article_id].text
    before = _before(text, sentence.span.start)
    paragraph = before[before.rfind("\n") + 1 :]
    told = set()
    for identifier in identifiers:
        own = identifier.is_in(sentence.text)
        if own is None:
            own = identifier.is_in(paragraph) or identifier.labels(before)
        told.add(identifier.is_in(sentence.chunk.title) if own is None else own)
    return False in told and True not in told
