"""Finds where the sources disagree on what is asked: other figures, dates or statuses.

Two figures in two sentences are usually about two things. They are versions of the same one only
when a sentence says so itself (« selon les articles », « d’autres écrivent »), or when two
articles put them in nearly the same words, about the same names and the same time. Works on words
only, and knows nothing about retrieval or the models.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.figures import DURATION, LINK, SAME_NOUNS, Figure, are_same, find_figures, meet
from rag.french import (
    NO_BREAK_SPACE,
    find_answer_type,
    find_names,
    question_words,
    stem,
    terms,
    typeset,
)
from rag.timeframe import Timeframe, find_dates, find_timeframe, fit_time, fold_in_place
from rag.types import AnswerSentence, Conflict, Evidence, Version

# ----------------------------------------------------------------------------------- question

# What a question asks to be counted, by the words that ask it, in folded text, and how it is
# told. The words that come first in the question decide.
_ASKED = (
    (r"\b(?:quel(?:le)?s?|la|le) (?:part|pourcentage|proportion|fraction)\b", "%", "la part"),
    (r"\btaux\b", "%", "le taux"),
    (r"\b(?:score|note)\b", "%", "le score"),
    (r"\bpopulation\b", stem("habitants"), "la population"),
    (r"\bprix\b|\bcout\w*\b", "money", "le prix"),
    (r"\bvaloris\w+", "money", "la valorisation"),
    (
        r"\b(?:montant|somme|chiffre d'affaires|budget|dons?|pertes?|pay|debours|depens|invest"
        r"|apport|inject|verse|leve|perdu)\w*",
        "money",
        "le montant",
    ),
)
_COUNTED = re.compile(
    r"\b(?:combien|(?:quel (?:est |etait )?le )?nombre) (?:de |d')(?P<noun>[a-z]+)"
)
# « combien de dollars », « combien de temps »: not what is counted, but its measure.
_MEASURES = frozenset("milliards millions dollars euros livres argent".split())


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks for: the kind of its answer, and how to say it in French.

    ``kind`` is that of ``Figure``, empty for a figure of any kind; ``words`` are the search terms
    that tell the subject, ``names`` those of them that are names.
    """

    kind: str
    about: str
    words: frozenset[str]
    names: frozenset[str]


def _read_question(question: str) -> _Asked | None:
    """Say what a question asks for; None when it is neither a figure nor a date."""
    plain, pairs = fold_in_place(question), question_words(question)
    named = {part for name in find_names(question) for part in re.findall(r"[^\W_]+", name)}
    words = frozenset(term for term, _ in pairs)
    names = frozenset(term for term, word in pairs if word in named)
    if find_answer_type(question) == "date":
        year = re.search(r"\bannee\b", plain)
        return _Asked("date", "l’année" if year else "la date", words, names)
    if match := _COUNTED.search(plain):
        noun = match["noun"]
        if noun in _MEASURES:
            return _Asked("money", "le montant", words, names)
        written = question[match.start("noun") : match.end("noun")]
        of = "d’" if noun[0] in "aeiouyh" else "de "
        kind = SAME_NOUNS.get(stem(noun), stem(noun))
        about = "la durée" if kind == DURATION else f"le nombre {of}{written}"
        return _Asked(kind, about, words, names)
    if not _asks_figure(question, plain):
        return None
    told = [
        (match.start(), kind, about)
        for pattern, kind, about in _ASKED
        if (match := re.search(pattern, plain))
    ]
    _, kind, about = min(told, default=(0, "", "le chiffre"))
    return _Asked(kind, about, words, names)


_ASKS_FIGURE = re.compile(
    r"\bcombien\b|\bquel(?:le)?s? (?:\w+ ){0,3}?(?:part|fraction|score|note|somme|montant|prix)\b"
)


def _asks_figure(question: str, plain: str) -> bool:
    return find_answer_type(question) == "quantity" or bool(_ASKS_FIGURE.search(plain))


def _answers(figure: Figure, asked: _Asked) -> bool:
    """Whether a figure is of the kind asked for, or tells none and may be."""
    if not asked.kind:
        return figure.kind != "date"
    if figure.kind or asked.kind in ("date", "%"):
        return figure.kind == asked.kind
    return asked.kind != "money" or figure.scale > 1


# -------------------------------------------------------------------------------- one sentence

# A sentence that says that sources differ, in folded text.
_MARKERS = re.compile(
    r"\b(?:selon|d'apres|suivant|d'un) (?:les |des |certains |l'un )?(?:articles?|recits?|medias?"
    r"|sources?|comptes rendus|journa(?:l|ux)|estimations?|auteurs?|historiens?|versions?|titres?"
    r"|temoins|temoignages|chroniques?|uns|decomptes?|bilans?)\b"
    r"|\btantot\b|\bpour les uns\b|\bles uns\b.*\bles autres\b"
    r"|\b(?:certaine?s?|une partie)\b.*\b(?:d'autres|une autre)\b"
    r"|\bd'autres (?:\w+ ){0,3}(?:ecri\w+|donn\w+|parl\w+|avanc\w+|di\w+ent|evoqu\w+|retienn\w+"
    r"|situ\w+|dat\w+|compt\w+|estim\w+)|\bdiverg\w+|\bne (?:s'accord\w+|concord\w+)|\bon lit\b"
    r"|\b(?:chiffres|montants|versions|dates) circulent\b|, parfois (?:[ade]+ )?(?=\d)"
    r"|\bvarie\w* (?:selon|d'un)\b"
)
# Between two versions of a sentence that says so.
_VERSIONS = re.compile(
    rf"(?:{LINK}|\b(?:pour les uns|selon les uns|plus|moins|en|au|le|la|du|une?)\b)*"
    r"(?:(?:\b(?:tandis que|alors que|et|mais|quand) )?\b(?:d'autres|une autre)\b[^;.:]{0,60})?"
)
# Who says it: « donne », « écrit », « selon Reuters ».
_SAYS = (
    r"\b(?:donn(?:e|ent|ait|aient)|ecri(?:t|vent|vait|vaient)|avanc(?:e|ent|ait|aient)|retien(?:t|nent)"
    r"|evoqu(?:e|ent|ait)|parl(?:e|ent|ait) d[eu']|situ(?:e|ent)|dat(?:e|ent)|chiffr(?:e|ent)"
    r"|arrondi(?:t|ssent)|estim(?:e|ent|ait)|annonc(?:e|ent)|indiqu(?:e|ent)|mentionn(?:e|ent)"
    r"|rapport(?:e|ent)|fait etat d[eu'])"
)
# A few words may part who says it from what is said; after « selon A, » a clause.
_SAID_BEFORE = re.compile(
    rf"(?:{_SAYS}(?!\w)(?P<told>.{{0,30}})"
    r"|\b(?:selon|d'apres) (?:[^,;:]{0,40},)?(?P<clause>[^,;:]{0,60}))$"
)
_SAID_AFTER = re.compile(r".{0,30}?\b(?:selon|d'apres) ")


def _find_versions(text: str, asked: _Asked) -> list[Figure]:
    """Return the versions of a sentence that says itself that sources differ, else nothing."""
    plain = fold_in_place(text)
    figures = [figure for figure in find_figures(text) if _answers(figure, asked)]
    chains = [_attributed(text, figures, asked)]
    if _MARKERS.search(plain):
        chains += _chain(plain, figures)
    best = max((_distinct(chain) for chain in chains), key=len)
    return best if len(best) > 1 else []


def _chain(plain: str, figures: Sequence[Figure]) -> list[list[Figure]]:
    """Group the figures that only the words of a list of versions part."""
    chains: list[list[Figure]] = []
    for figure in figures:
        before = chains[-1][-1].span.end if chains else None
        if before is not None and _VERSIONS.fullmatch(plain, before, figure.span.start):
            chains[-1].append(figure)
        else:
            chains.append([figure])
    return chains


def _attributed(text: str, figures: Sequence[Figure], asked: _Asked) -> list[Figure]:
    """Return the figures that each have who says them: « A donne 2030, B donne 2032 ».

    Not those of another subject than the question's, nor of several years.
    """
    edges = [0, *(figure.span.end for figure in figures)]
    starts = [*(figure.span.start for figure in figures), len(text)]
    gaps = [text[edge:start] for edge, start in zip(edges, starts, strict=True)]
    before = [_told_before(gap, asked, k == 0) for k, gap in enumerate(gaps[:-1])]
    after = [bool(_SAID_AFTER.match(fold_in_place(gap))) for gap in gaps[1:]]
    said = max((before, after), key=sum)
    found = [k for k, is_said in enumerate(said) if is_said]
    tails = [re.split("[,;:]", gaps[k + 1])[0] for k in found]
    years = [
        {days.start[:4] for _, days in find_dates(tail) if not days.yearless} for tail in tails
    ]
    if len(found) > 1 and all(years) and not set.intersection(*years):
        return []
    return [figures[k] for k in found]


def _told_before(gap: str, asked: _Asked, first: bool) -> bool:
    """Whether the words before a figure say who gives it, and no other subject."""
    match = _SAID_BEFORE.search(fold_in_place(gap))
    if match is None or first:
        return match is not None
    group = "told" if match["told"] is not None else "clause"
    named = find_names(f"… {gap[match.start(group) : match.end(group)]}")
    return {term for name in named for term in terms(name)} <= asked.names


def _distinct(figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures of one kind without those that a former one equals."""
    kept: list[Figure] = []
    kinds = {figure.kind for figure in figures if figure.kind}
    for figure in figures:
        if len(kinds) < 2 and not any(_equal(figure, other) for other in kept):
            kept.append(figure)
    return kept


def _equal(one: Figure, other: Figure) -> bool:
    if one.days and other.days:
        return meet(one.days, other.days)
    return one.amount == other.amount and (one.unit or other.unit) == (other.unit or one.unit)


# --------------------------------------------------------------------------------- conflicts

# Share of the question's search terms that a sentence that speaks of versions must hold, with its
# title and the sentence before, which names what « elle » stands for.
_ABOUT = 0.5
# Share of the question's names that its passage must hold: both of two, but « en Bourse » is none.
_NAMED_SHARE = 0.6
# Sentences whose figures may be compared, best first.
_COMPARED = 6
# Share of the words of the shorter sentence that the other must hold: nearly the same statement.
_ALIKE = 0.6
# Words that two such sentences must at least share.
_FEWEST = 2
# Articles further apart than this, in days, may tell of something that has changed since.
_APART = 45
# What happened once doesn't change: « a-t-il payé », « a été fondée », « s'est offert ».
_HAPPENED = re.compile(
    r"\b(?:a|ont|avait|avaient)(?:-t)?(?:-(?:il|elle|on)s?)? (?:\w+ )?\w+(?:ée?s?|i[st]?|us?|ert)\b"
    r"|\b(?:s['’]est|se sont|fut|furent|est-(?:il|elle))\b"
)
# What else a sum may be, each by its words in folded text: a sentence that speaks of one answers
# only a question that does too.
_MEASURED = (
    r"\bvaloris|\bvaleur\b|\bva(?:ut|lent|lait)\b",
    r"\bperte|\bperd",
    r"\bbenefic|\bprofit|\bgagn",
    r"\bchiffre d'affaires|\bventes\b|\brecettes\b|\brevenus?\b",
    r"\bsalair|\bremuner",
    r"\bdette|\bemprunt",
    r"\bcapitalisation",
)
# One among several: the question and the sentence both tell it, or neither.
_RANKED = re.compile(r"\bpremi|\bdernie|\bsecond|\bdeuxieme|\bpar an\b")


def find_conflicts(question: str, evidence: Sequence[Evidence]) -> tuple[Conflict, ...]:
    """Find where the evidence gives other versions of what is asked.

    Parameters
    ----------
    question
        A question that stands alone.
    evidence
        Sentences of one article or several, best first.

    Returns
    -------
    tuple[Conflict, ...]
        At most one disagreement on the figure or the date asked for, and one on its status
        (promised or paid); empty for a question that asks for neither.
    """
    asked = _read_question(question)
    if asked is None:
        return ()
    frame = find_timeframe(question)
    about = [item for item in evidence if _is_about(item, question, asked, frame)]
    found = _gather((item, _find_versions(item.text, asked)) for item in about)
    found = found or _compare(question, about, asked)
    status = _find_status(question, about, asked)
    if not found:
        return tuple(status)
    told = "le montant" if not asked.kind and found[0][1].kind == "money" else asked.about
    return (_make_conflict(told, found), *status)


def _gather(told: Iterable[tuple[Evidence, list[Figure]]]) -> list[tuple[Evidence, Figure]]:
    """Join the versions of several sentences; those that share none speak of something else."""
    found: list[tuple[Evidence, Figure]] = []
    for item, versions in told:
        if not found or any(_equal(one, other) for one in versions for _, other in found):
            found += [(item, version) for version in versions]
    return found


def _make_conflict(about: str, told: Iterable[tuple[Evidence, Figure]]) -> Conflict:
    kept: list[tuple[Evidence, Figure]] = []
    for item, figure in told:
        if not any(_equal(figure, other) for _, other in kept):
            kept.append((item, figure))
    versions = (Version(figure.written, item.n, item.chunk.date) for item, figure in kept)
    return Conflict(about, tuple(versions))


def _is_about(item: Evidence, question: str, asked: _Asked, frame: Timeframe | None) -> bool:
    """Whether a sentence, read after its title and the sentence before, is about the question.

    Its passage must hold the names, and it must not speak of another time or another measure.
    """
    chunk = item.chunk
    before = max((span.start for span in chunk.sentences if span.end <= item.start), default=None)
    lead = "" if before is None else chunk.text[before - chunk.start : item.start - chunk.start]
    held = asked.words & set(terms(f"{chunk.title}\n{lead}\n{item.text}"))
    if len(held) < _ABOUT * max(len(asked.words), 1):
        return False
    named = asked.names & set(terms(f"{chunk.title}\n{chunk.text}"))
    if len(named) < _NAMED_SHARE * len(asked.names):
        return False
    if frame and asked.kind != "date" and fit_time(frame, item.text, chunk.date) < 0:
        return False
    wanted, told = fold_in_place(question), fold_in_place(f"{lead} {item.text}")
    if asked.kind not in ("money", ""):
        return True
    if bool(_RANKED.search(wanted)) != bool(_RANKED.search(told)):
        return False
    return not any(
        re.search(pattern, told) and not re.search(pattern, wanted) for pattern in _MEASURED
    )


def _compare(
    question: str, about: Sequence[Evidence], asked: _Asked
) -> list[tuple[Evidence, Figure]]:
    """Return the figures of sentences of several articles that say the same but for the figure."""
    single = [
        (item, figures[0])
        for item in about[:_COMPARED]
        if asked.kind
        and len(figures := [f for f in find_figures(item.text) if _answers(f, asked)]) == 1
        and figures[0].hedge not in _LIMITS
    ]
    happened = bool(_HAPPENED.search(question.lower()))
    found: list[tuple[Evidence, Figure]] = []
    for one, other in combinations(single, 2):
        if _disagree(one, other, asked, happened):
            found += [pair for pair in (one, other) if pair not in found]
    return found


# Figures that only bound what is told: they agree with many.
_LIMITS = frozenset(
    {"jusqu'a", "au moins", "au plus", "plus de", "plus d'", "moins de", "moins d'"}
)


def _disagree(
    one: tuple[Evidence, Figure], other: tuple[Evidence, Figure], asked: _Asked, happened: bool
) -> bool:
    (first, figure), (second, rival) = one, other
    if first.chunk.article_id == second.chunk.article_id or are_same(figure, rival):
        return False
    if figure.unit and rival.unit and figure.unit != rival.unit:
        return False
    return _say_the_same(first.text, second.text, asked) and _same_time(one, other, happened)


def _say_the_same(one: str, other: str, asked: _Asked) -> bool:
    """Whether two sentences share their names and nearly all their words."""
    if not asked.names or not asked.names <= set(terms(one)) & set(terms(other)):
        return False
    names, others = find_names(one), find_names(other)
    if not (names <= others or others <= names):
        return False
    words, rivals = _plain_words(one), _plain_words(other)
    shared = words & rivals
    fewest = min(len(words), len(rivals))
    return len(shared) >= max(_FEWEST, _ALIKE * fewest) and bool(shared & asked.words)


def _plain_words(text: str) -> set[str]:
    named = {term for name in find_names(text) for term in terms(name)}
    return {term for term in terms(text) if not term[0].isdigit()} - named - _UNITS


_UNITS = frozenset(terms("million milliard dollar euro livre"))


def _same_time(
    one: tuple[Evidence, Figure], other: tuple[Evidence, Figure], happened: bool
) -> bool:
    """Whether two figures are of the same time: that of their sentences, else of their articles."""
    told, retold = (
        [days for span, days in find_dates(item.text) if span != figure.span]
        for item, figure in (one, other)
    )
    if told and retold:
        return any(meet(days, others) for days in told for others in retold)
    # A date on one side only is that of the event, or tells two states apart.
    return happened or (not told and not retold and _are_near(one[0], other[0]))


def _are_near(one: Evidence, other: Evidence) -> bool:
    days = [item.chunk.date for item in (one, other) if len(item.chunk.date) == 10]
    if len(days) < 2:
        return one.chunk.date == other.chunk.date
    first, second = (datetime.date.fromisoformat(day) for day in days)
    return abs((first - second).days) <= _APART


# What is promised and what is paid, around a figure, in folded text.
_STATUSES = {
    "engagé": r"\bengag\w+|\bprom(?:is|et\w*|esses?)\b",
    "versé": r"\bvers(?:e|es|ee|ees|er|ements?)\b|\bdecaiss\w+|\bpaye\w*|\bdebours\w+",
}
# Questions that a promise answers as well as a payment.
_GIVES = re.compile(r"\b(?:invest\w+|inject\w+|apport\w+|mis(?:e|es)?|mettre|financ\w+|donne)\b")
_STATUS = "le montant engagé et le montant versé"


def _find_status(question: str, about: Sequence[Evidence], asked: _Asked) -> Iterator[Conflict]:
    """Find the first sentence that tells what was promised from what was paid.

    A question that says which one it means has its answer.
    """
    plain = fold_in_place(question)
    said = any(re.search(pattern, plain) for pattern in _STATUSES.values())
    if said or asked.kind not in ("money", "") or not _GIVES.search(plain):
        return
    for item in about:
        figures = [figure for figure in find_figures(item.text) if figure.kind == "money"]
        told = dict(_read_statuses(fold_in_place(item.text), figures))
        if len(told) == len(_STATUSES) and told["engagé"] != told["versé"]:
            versions = (
                Version(_write_status(told[status], status), item.n, item.chunk.date)
                for status in _STATUSES
            )
            yield Conflict(_STATUS, tuple(versions))
            return


def _read_statuses(plain: str, figures: Sequence[Figure]) -> Iterator[tuple[str, Figure]]:
    """Pair each status with the figure nearest to the words that tell it."""
    for status, pattern in _STATUSES.items():
        near = [
            (max(figure.span.start - match.end(), match.start() - figure.span.end), figure)
            for match in re.finditer(pattern, plain)
            for figure in figures
        ]
        if near:
            yield status, min(near, key=lambda pair: pair[0])[1]


def _write_status(figure: Figure, status: str) -> str:
    return f"{figure.written} {status}{'s' * (figure.amount >= 2 * figure.scale)}"


# ----------------------------------------------------------------------------------- wording

_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)


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
    by_source: dict[int, list[Version]] = {}
    for version in conflict.versions:
        by_source.setdefault(version.n, []).append(version)
    dates = Counter(told[0].date for told in by_source.values())
    titles = {item.n: item.chunk.title for item in evidence}
    versions = []
    for n, told in by_source.items():
        source = write_date(told[0].date)
        if dates[told[0].date] > 1 and titles.get(n):
            source = f"« {titles[n]} », {source}"
        versions.append(f"{_list_values([v.value for v in told], conflict.about)} ({source})")
    verb = "distinguent" if conflict.about == _STATUS else "ne concordent pas sur"
    text = f"Les sources {verb} {conflict.about} : {', '.join(versions)}."
    return AnswerSentence(typeset(text), tuple(by_source), "supported")


def _list_values(values: Sequence[str], about: str) -> str:
    *others, last = values
    link = " et " if about == _STATUS else " ou "
    return f"{', '.join(others)}{link}{last}" if others else last


def write_date(date: str) -> str:
    """Write an ISO 8601 date, possibly without its day or its month, in French."""
    year, *rest = date.split("-")
    if not year:
        return "sans date"
    month = f"{_MONTHS[int(rest[0]) - 1]} " if rest else ""
    day = f"{int(rest[1])}{'er' * (rest[1] == '01')}{NO_BREAK_SPACE}" if len(rest) > 1 else ""
    return f"{day}{month}{year}"
