"""Two articles that say the same but for the figure.

They do when their sentences share names, words and time, but for the words of measuring and of
who says it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence, Set
from itertools import combinations

from rag.conflicts.question import Asked, answers
from rag.conflicts.subject import are_kin, share_held
from rag.figures import Figure, are_same, find_figures, meet
from rag.french import find_names, terms
from rag.timeframe import Timeframe, find_dates, fold_in_place
from rag.types import Evidence

# A figure or a date, and the evidence that tells it.
Told = tuple[Evidence, Figure]
# Sentences whose figures may be compared, best first.
_COMPARED = 6
# Articles further apart than this, in days, may tell of something that has changed since.
_APART = 45


def compare_articles(about: Sequence[Evidence], asked: Asked, happened: bool) -> list[Told]:
    """Return the figures of sentences of several articles that say the same but for the figure."""
    single = [
        (item, figures[0])
        for item in about[:_COMPARED]
        if len(figures := [f for f in find_figures(item.text) if answers(f, asked)]) == 1
        and figures[0].hedge not in _LIMITS
    ]
    found: list[Told] = []
    for one, other in combinations(single, 2):
        if _disagree(one, other, asked, happened):
            found += [pair for pair in (one, other) if pair not in found]
    return found


# Figures that only bound what is told: they agree with many.
_LIMITS = frozenset(
    {"jusqu'a", "au moins", "au plus", "plus de", "plus d'", "moins de", "moins d'"}
)


def _disagree(one: Told, other: Told, asked: Asked, happened: bool) -> bool:
    (first, figure), (second, rival) = one, other
    if first.chunk.article_id == second.chunk.article_id or are_same(figure, rival):
        return False
    if (figure.kind or rival.kind) != (rival.kind or figure.kind) or not (
        asked.kind or figure.kind
    ):
        return False
    if figure.unit and rival.unit and figure.unit != rival.unit:
        return False
    return _say_the_same(one, other, asked) and _same_time(one, other, happened)


def _say_the_same(one: Told, other: Told, asked: Asked) -> bool:
    """Whether two sentences share their names and words, but for measuring and who says it.

    One may hold words of the question that the other leaves out.
    """
    (first, figure), (second, rival) = one, other
    if not asked.names or any(share_held(asked.names, item.text) < 1 for item in (first, second)):
        return False
    clause = _read_clause(first.text, figure, asked)
    counter = _read_clause(second.text, rival, asked)
    names, others = (
        {term for name in find_names(f"Ici {text}") for term in terms(name)} - asked.names
        for text in (clause, counter)
    )
    # A place more is another count, but the same birth.
    if names != others and (asked.kind != "date" or not (names <= others or others <= names)):
        return False
    if bool(_TO_COME.search(clause)) != bool(_TO_COME.search(counter)):
        return False
    words, rivals = _plain_words(clause), _plain_words(counter)
    extra, missing = _differ(words, rivals), _differ(rivals, words)
    # A word of the question in each: « fondée » and « née ».
    events = asked.words - asked.names or asked.names
    if not (share_held(events, clause) and share_held(events, counter)):
        return False
    return not (extra and missing) and not _differ(extra | missing, asked.words)


def _differ(words: Set[str], others: Set[str]) -> set[str]:
    """Return the words that the others lack, in every form."""
    return {word for word in words if not any(are_kin(word, other) for other in others)}


# Who says it, to the end of the clause or before the figure.
_SAYER = re.compile(
    r"(?:\b(?:selon|d'apres|suivant) "
    r"|, (?:ecrit|rapporte|indique|affirme|precise|annonce|rappelle) )[^,;.]*,?"
    r"|^(?:l[ea]s? |l')?[\w.' -]{2,30}? "
    r"(?:(?:a|ont) compte|(?:estim|evalu|chiffr|annonc|avanc|evoqu)\w+)"
)
# What is planned is not what was done; « aurait coûté » is only what is said.
_TO_COME = re.compile(
    r"\b(?!aurai|serai|sera\b|seront\b)\w{3,}(?:era|eront|ira|iront|rait|raient)\b"
    r"|\bd'ici\b|\bprevo|\brisqu"
)


# Between two clauses: a mark that parts no decimals, or « et » before another figure.
_EDGE = re.compile(r"[,;:](?!\d)| et (?=\d)")


def _read_clause(text: str, figure: Figure, asked: Asked) -> str:
    """Return a sentence to the end of the clause of a figure, without who says it nor when."""
    plain = fold_in_place(text)
    hidden = [
        match.span()
        for match in _SAYER.finditer(plain)
        if not any(share_held(frozenset({name}), match.group()) for name in asked.names)
    ]
    hidden += [(span.start, span.end) for span, _ in find_dates(text)]
    hidden.append((figure.span.start, figure.span.start + len(figure.hedge)))
    kept = "".join(
        " " if any(a <= k < b for a, b in hidden) else letter for k, letter in enumerate(text)
    )
    edge = _EDGE.search(kept, figure.span.end)
    return kept[: edge.start() if edge else len(kept)]


def _plain_words(text: str) -> set[str]:
    named = {term for name in find_names(text) for term in terms(name)}
    return {term for term in terms(text) if not term[0].isdigit()} - named - _LIGHT


# Words that measure, and tell nothing of what is measured.
_LIGHT = frozenset(
    terms(
        "million milliard dollar euro livre fonds montant somme total nombre bilan population "
        "environ ville société entreprise groupe firme "
        "laboratoire actuel actuellement désormais aujourd’hui année "
        "compte compter emploie employer accueille accueillir réunit réunir rassemble rassembler "
        "atteint atteindre élève élever monte monter coûte coûter vaut valait valent évalue "
        "évaluer évaluation estime estimer représente représenter totalise mesure mesurer "
        "culmine culminer couvre couvrir étend étendre affiche afficher recense recenser dénombre "
        "détient détenir possède posséder paye payer débourse débourser dépense dépenser investi "
        "investir levée lever levé assister assisté fait faire abrite abriter reçu reçoit recevoir "
        "attire attirer alourdit alourdir écope écoper inflige infliger"
    )
)


def _same_time(one: Told, other: Told, happened: bool) -> bool:
    """Whether two figures are of the same time: that of their sentences, else of their articles."""
    told, retold = (
        [days for span, days in find_dates(item.text) if span != figure.span]
        for item, figure in (one, other)
    )
    if told and retold:
        pairs = [[_are_one_time(days, others) for others in retold] for days in told]
        return all(map(any, pairs)) and all(map(any, zip(*pairs, strict=True)))
    # A date on one side only tells two states or two sums apart, unless a date is what is told.
    return not (told or retold) or (happened and one[1].kind == "date")


def _are_one_time(one: Timeframe, other: Timeframe) -> bool:
    """Whether two ranges may be one, more or less precise: not a year and one of its months."""
    wide = [frame.bounded and frame.start[:7] != frame.end[:7] for frame in (one, other)]
    return meet(one, other) and wide[0] == wide[1]


def are_apart(told: Sequence[Told]) -> bool:
    """Whether the articles are so far apart that what they tell may have changed."""
    dates = [item.chunk.date for item, _ in told]
    if any(len(date) < 10 for date in dates):
        return len(set(dates)) > 1
    days = [datetime.date.fromisoformat(date) for date in dates]
    return (max(days) - min(days)).days > _APART
