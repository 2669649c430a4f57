"""The versions that one sentence tells itself: « selon les articles », « d’autres écrivent ».

Two figures of a sentence are usually about two things; they are versions of one only when it, or
the sentence before, says that sources differ, who says each, or that one is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conflicts.question import Asked, answers
from rag.figures import LINK, Figure, find_figures, meet
from rag.french import find_names, terms
from rag.timeframe import find_dates, fold_in_place
from rag.types import Span

# A sentence that says that sources differ, in folded text.
_MARKERS = re.compile(
    r"\b(?:selon|d'apres|suivant|d'un) (?:les |des |certains |l'un )?(?:articles?|recits?|medias?"
    r"|sources?|comptes rendus|journa(?:l|ux)|estimations?|auteurs?|historiens?|versions?|titres?"
    r"|temoins|temoignages|chroniques?|uns|decomptes?|bilans?|presentations?|calculs?|methodes?"
    r"|l'heure|le (?:moment|mode)|la (?:methode|date))\b"
    r"|\btantot\b|\bpour les uns\b|\bles uns\b.*\bles autres\b"
    r"|\b(?:certaine?s?|une partie)\b.*\b(?:d'autres|une autre)\b"
    r"|\bd'autres (?:\w+ ){0,3}(?:ecri\w+|donn\w+|parl\w+|avanc\w+|di\w+ent|evoqu\w+|retienn\w+"
    r"|situ\w+|dat\w+|compt\w+|estim\w+)|\bdiverg\w+|\bne (?:s'accord\w+|concord\w+)|\bon lit\b"
    r"|\b(?:chiffres|montants|versions|dates|valeurs|valorisations|scores) (?:\w+ ){0,4}circulent\b"
    r"|\b(?:donnent|ecrivent|avancent|retiennent|evoquent|indiquent|mentionnent)\b"
    r"[^.;]*\d[^.;]*\bou\b"
    r"|, parfois (?:[ade]+ )?(?=\d)|\bvarie\w* (?:selon|d'un)\b|\bon retiendra\b"
    r"|\bne (?:s'opposent|se contredisent) (?:pas|guere)\b|\bavec\b.*\bsans\b"
)
# Between two versions of a sentence that says so.
_VERSIONS = re.compile(
    rf"(?:{LINK}|\b(?:pour les uns|selon les uns|plus|moins|en|au|le|la|du|une?)\b"
    r"|\bavec [^,;.]{1,30},)*"
    r"(?:(?:\b(?:tandis que|alors que|et|mais|quand) )?\b(?:d'autres|une autre)\b[^;.:]{0,60})?"
)
_AND = re.compile(r"\W*\bet\b\W*(?:(?:le|la|en|au|du)\W+)?")
# Who says it: « donne », « écrit », « selon Reuters ».
_SAYS = (
    r"\b(?:donn(?:e|ent|ait|aient)|ecri(?:t|vent|vait|vaient)|avanc(?:e|ent|ait|aient)"
    r"|retien(?:t|nent)|evoqu(?:e|ent|ait)|parl(?:e|ent|ait) d[eu']|situ(?:e|ent)"
    r"|dat(?:e|ent)|chiffr(?:e|ent)|arrondi(?:t|ssent)|estim(?:e|ent|ait)"
    r"|annonc(?:e|ent)|indiqu(?:e|ent)|mentionn(?:e|ent)|rapport(?:e|ent)|fait etat d[eu'])"
)
# A few words may part who says it from what is said; after « selon A, » a clause.
_SAID_BEFORE = re.compile(
    rf"(?:(?:{_SAYS}|\bon lit(?: (?:parfois|souvent|aussi|ailleurs))?)(?!\w)(?P<told>.{{0,45}})"
    r"|\b(?:selon|d'apres) (?:[^,;:]{0,40},)?(?P<clause>[^,;:]{0,60}))$"
)
_SAID_AFTER = re.compile(r".{0,30}?\b(?:selon|d'apres) ")
_SAYING = re.compile(rf"{_SAYS}|\bselon\b|\bd'apres\b|\bon lit\b")
_TWO_NUMBERS = re.compile(r"\d\D+\d")
# « TechTarget le situe en février 2024, le JDN en février 2025 »: the verb is not said again.
_SAID_AGAIN = re.compile(
    r"(?: en \d{4})?, (?:et |quand )?(?:le |la |les |l['’])?[\w.-]+(?: [A-ZÀ-Þ][\w.-]*){0,3}"
    r"(?: (?:en|au|du|le|à la|de|d['’]))? ?"
)
# A version that is taken back: between it and the right one, or around both.
CORRECTED = re.compile(
    r"\berreurs?\b|\berrone\w*|\ba tort\b|\ben realite\b|\binexact|\bfau(?:x|sse|sses)\b"
    r"|\bconfusion|\bdement\w*|\bde travers\b|\ba retenir\b|\bailleurs\b|\bon lit\b"
)
# Versions that are all wrong, when the sentence before says so.
WRONG = re.compile(r"\b(?:deux|plusieurs|autres|ces) erreurs\b|\bdement\w*")
_INSTEAD = re.compile(r"\balors que\b|\bpuisque\b|\bau lieu d|\bmais\b|\bet non\b")
# A sentence that says that the next tells several versions.
_ANNOUNCED = re.compile(
    r"\bcirculent\b|\bdiverg\w+|\bvarie\w*|\bconfusion|\bbrouill\w+|\bflott\w+|\bde travers\b"
    r"|\b(?:deux|plusieurs) (?:chiffres|montants|dates|valeurs|versions)\b|\bmal cite"
)


def find_versions(text: str, asked: Asked, lead: str = "") -> list[Figure]:
    """Return the versions of a sentence that says itself that sources differ, else nothing.

    The sentence before, ``lead``, may say it too.
    """
    if not (asked.counts or _TWO_NUMBERS.search(text)):
        return []
    plain = fold_in_place(text)
    marked = _MARKERS.search(plain) or _ANNOUNCED.search(fold_in_place(lead))
    if not (marked or _SAYING.search(plain)):
        return []
    figures = [f for f in find_figures(text, asked.counts) if answers(f, asked)]
    if len(figures) < 2:
        return []
    chains = [_attributed(text, figures, asked), _corrected(text, figures, asked)]
    if marked:
        chains += _chain(plain, figures)
    best = max((_distinct(chain) for chain in chains), key=len)
    return best if len(best) > 1 else []


def _chain(plain: str, figures: Sequence[Figure]) -> list[list[Figure]]:
    """Group the figures that only the words of a list of versions part."""
    chains: list[list[Figure]] = []
    for figure in figures:
        last = chains[-1][-1].span if chains else None
        if last and _are_versions(plain, last, figure.span):
            chains[-1].append(figure)
        else:
            chains.append([figure])
    return chains


def _are_versions(plain: str, one: Span, other: Span) -> bool:
    """Whether only the words of a list part two figures: « 2 ou 3 », but « 2 et 3 » are two."""
    if not _VERSIONS.fullmatch(plain, one.end, other.start):
        return False
    between = plain[: one.start].rstrip().endswith("entre")
    return between or not _AND.fullmatch(plain, one.end, other.start)


def _corrected(text: str, figures: Sequence[Figure], asked: Asked) -> list[Figure]:
    """Return what some write and what is right: « A donne 2023, alors que B est née en 2024 »."""
    if len(figures) != 2:
        return []
    wrong, right = figures
    gap = fold_in_place(text[wrong.span.end : right.span.start])
    if not _told_before(text[: wrong.span.start], asked, True):
        return []
    taken_back = CORRECTED.search(fold_in_place(text)) and _INSTEAD.search(gap)
    return [right, wrong] if taken_back else []


def _attributed(text: str, figures: Sequence[Figure], asked: Asked) -> list[Figure]:
    """Return the figures that each have who says them: « A donne 2030, B donne 2032 ».

    Not those of another subject than the question's, nor of several years.
    """
    edges = [0, *(figure.span.end for figure in figures)]
    starts = [*(figure.span.start for figure in figures), len(text)]
    gaps = [text[edge:start] for edge, start in zip(edges, starts, strict=True)]
    before = [_told_before(gap, asked, k == 0) for k, gap in enumerate(gaps[:-1])]
    after = [bool(_SAID_AFTER.match(fold_in_place(gap))) for gap in gaps[1:]]
    for k, gap in enumerate(gaps[1:-1], start=1):
        # « The Information donne 28 % à Microsoft, la Fondation 27 % »: only a date has no owner.
        again = asked.kind == "date" and _SAID_AGAIN.fullmatch(gap)
        before[k] = before[k] or bool(before[k - 1] and again)
    said = max((before, after), key=sum)
    found = [k for k, is_said in enumerate(said) if is_said]
    tails = [re.split("[,;:]", gaps[k + 1])[0] for k in found]
    years = [
        {days.start[:4] for _, days in find_dates(tail) if not days.yearless} for tail in tails
    ]
    if len(found) > 1 and all(years) and not set.intersection(*years):
        return []
    return [figures[k] for k in found]


def _told_before(gap: str, asked: Asked, first: bool) -> bool:
    """Whether the words before a figure say who gives it, and no other subject."""
    match = _SAID_BEFORE.search(fold_in_place(gap))
    if match is None or first:
        return match is not None
    group = "told" if match["told"] is not None else "clause"
    named = find_names(f"Ici {gap[match.start(group) : match.end(group)]}")
    return {term for name in named for term in terms(name)} <= asked.names


def _distinct(figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures of one kind without those that a former one equals."""
    kept: list[Figure] = []
    kinds = {figure.kind for figure in figures if figure.kind}
    for figure in figures:
        if len(kinds) < 2 and not any(are_equal(figure, other) for other in kept):
            kept.append(figure)
    return kept


def are_equal(one: Figure, other: Figure) -> bool:
    """Whether two figures have one value, a date more or less precise."""
    if one.days and other.days:
        return meet(one.days, other.days)
    return one.amount == other.amount and (one.unit or other.unit) == (other.unit or one.unit)
