"""Restricts a question to some articles: between two dates, on some topics, or chosen one by one.

Says which rows of the index a scope keeps, reads a scope as it is typed, and tells it in French.
Knows nothing about retrieval, which is given the rows, nor about the page.
"""

from __future__ import annotations

import calendar
import datetime
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.errors import UsageError
from rag.french import fold, quote, typeset
from rag.index import Index
from rag.timeframe import Timeframe, format_date
from rag.types import Article, Scope
from rag.wording import elide

# Names proposed in place of one that the index does not know.
_PROPOSED = 3

# ---------------------------------------------------------------------------------- selection


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids of the articles that a scope keeps.

    ``undated`` counts those that only miss a date: they have none, or one too vague to say on
    which side of a limit they fall (« 2025 » since March 2025).
    """

    articles: frozenset[str]
    undated: int = 0


def select_articles(index: Index, scope: Scope) -> Selection:
    """Choose the articles that fit every restriction of a scope.

    An article is between two dates when every day that its own date may mean is: « 2025 » is
    since January 2025, but not since March. One without a date is between no dates.

    Raises
    ------
    UsageError
        When a date of the scope is none.
    """
    days = _read_range(scope)
    chosen, topics = frozenset(scope.articles), _spell_topics(index, scope)
    known = index.articles
    fitting = [
        article
        for article in (known[name] for name in chosen or known if name in known)
        if not scope.topics or not topics.isdisjoint(article.topics)
    ]
    if days == Timeframe():
        return Selection(frozenset(article.id for article in fitting))
    placed = [(article.id, _is_within(_read_days(article.date), days)) for article in fitting]
    return Selection(
        frozenset(identifier for identifier, within in placed if within),
        sum(within is None for _, within in placed),
    )


def select_rows(index: Index, scope: Scope | None) -> NDArray[np.bool_] | None:
    """Mark the passages of a scope: bool ``[n]``, or None when all are in it.

    Raises
    ------
    UsageError
        When a date of the scope is none.
    """
    if scope is None:
        return None
    kept = select_articles(index, scope).articles
    if len(kept) == len(index.articles):
        return None
    return index.select_rows(kept)


def _spell_topics(index: Index, scope: Scope) -> set[str]:
    """Return the topics of a scope in all the spellings of the articles."""
    if not scope.topics:
        return set()  # each article is read from the disk
    folded = {fold(topic) for topic in scope.topics}
    written = {topic for article in index.articles.values() for topic in article.topics}
    return {topic for topic in written if fold(topic) in folded}


def _read_range(scope: Scope) -> Timeframe:
    since, until = _read_days(scope.since), _read_days(scope.until)
    for date, days in ((scope.since, since), (scope.until, until)):
        if date and not days.bounded:
            raise UsageError(
                f"« {date} » n’est pas une date.",
                todo="Écrivez une année, un mois ou un jour : 2025, 2025-10 ou 2025-10-28.",
            )
    return Timeframe(since.start, until.end)


@lru_cache(maxsize=10_000)
def _read_days(date: str) -> Timeframe:
    """Return the days that an ISO 8601 date, year-month or year may mean; none for another text."""
    if not re.fullmatch(r"\d{4}(?:-\d\d){0,2}", date, re.ASCII):
        return Timeframe()
    try:
        first = datetime.date.fromisoformat(f"{date}-01-01"[:10])
    except ValueError:
        return Timeframe()
    month = 12 if len(date) == 4 else first.month
    day = first.day if len(date) == 10 else calendar.monthrange(first.year, month)[1]
    return Timeframe(first.isoformat(), first.replace(month=month, day=day).isoformat())


def _is_within(days: Timeframe, limits: Timeframe) -> bool | None:
    """Whether days lie between limits; None when that can't be told."""
    if not days.bounded:
        return None
    last = limits.end or days.end
    if days.end < limits.start or days.start > last:
        return False
    return True if limits.start <= days.start and days.end <= last else None


# ------------------------------------------------------------------------------------ choices


def list_topics(index: Index) -> list[tuple[str, int]]:
    """Return each topic with its number of articles, the most frequent first.

    Of several spellings of one topic (« AGI », « agi ») the most frequent is kept.
    """
    spellings: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    for article in index.articles.values():
        for topic in article.topics:
            spellings.setdefault(fold(topic), Counter())[topic] += 1
        counts.update({fold(topic) for topic in article.topics})
    told = [(spellings[topic].most_common(1)[0][0], number) for topic, number in counts.items()]
    return sorted(told, key=lambda pair: (-pair[1], fold(pair[0])))


def date_bounds(index: Index) -> tuple[str, str]:
    """Return the first and the last day of the dated articles, ISO 8601; empty when none is."""
    dated = [_read_days(article.date) for article in index.articles.values()]
    known = [days for days in dated if days.bounded]
    if not known:
        return "", ""
    return min(days.start for days in known), max(days.end for days in known)


def parse_scope(
    index: Index,
    since: str = "",
    until: str = "",
    topics: Sequence[str] = (),
    articles: Sequence[str] = (),
) -> Scope | None:
    """Read a scope as it is typed; None when nothing is restricted.

    Topics take the spelling of the index.

    Raises
    ------
    UsageError
        When a date is none or the last comes before the first, or when the index has no such
        topic or article; near names are proposed.
    """
    known = {fold(topic): topic for topic, _ in list_topics(index)}
    for topic in topics:
        if fold(topic) not in known:
            raise _make_unknown("topic", topic, known.values())
    for article in articles:
        if article not in index.articles:
            raise _make_unknown("article", article, index.articles)
    spelled = dict.fromkeys(known[fold(topic)] for topic in topics)
    scope = Scope(since, until, tuple(spelled), tuple(dict.fromkeys(articles)))
    days = _read_range(scope)
    if days.bounded and days.start > days.end:
        raise UsageError(
            f"Le début ({since}) vient après la fin ({until}).",
            todo="Échangez les deux dates, ou retirez-en une.",
        )
    return scope if scope != Scope() else None


# What is unknown, and the names of the index that are near it, or come first.
_UNKNOWN = {
    "topic": ("Aucun article n’a pour thème « {} ».", "Thèmes de l’index : {}."),
    "article": ("Aucun article n’a pour identifiant « {} ».", "Identifiants de l’index : {}…"),
}


def _make_unknown(kind: str, typed: str, known: Iterable[str]) -> UsageError:
    names = {fold(name): name for name in known}
    near = [name for name in names if fold(typed) and fold(typed) in name]
    near += difflib.get_close_matches(fold(typed), names, _PROPOSED)
    told = list(dict.fromkeys(near))[:_PROPOSED]
    what, others = _UNKNOWN[kind]
    if told:
        proposed = _list_quoted([names[name] for name in told], "ou")
        return UsageError(typeset(what.format(typed)), todo=typeset(f"Essayez {proposed}."))
    if not names:
        return UsageError(typeset(what.format(typed)), todo="Retirez ce critère : il n’y en a pas.")
    first = _list_quoted(list(names.values())[: 2 * _PROPOSED], "et")
    return UsageError(typeset(what.format(typed)), todo=typeset(others.format(first)))


# ------------------------------------------------------------------------------------ wording


def describe_scope(scope: Scope, index: Index) -> str:
    """Tell a scope in French, with the number of articles that it keeps.

    « avant octobre 2025, sur le thème « AGI » (14 articles sur 60) », « 2 articles choisis ».
    """
    named = _name_articles(scope, index.articles)
    told = _join(named, describe_limits(scope))
    chosen = select_articles(index, scope)
    kept = len(chosen.articles)
    if not told:
        return typeset(f"tous les articles ({kept})")
    if told == named and kept == len(scope.articles):
        return typeset(told)
    count = f"{kept or 'aucun'} article{'s' * (kept > 1)} sur {len(index.articles)}"
    return typeset(f"{told} ({count}{_count_undated(chosen.undated)})")


def describe_limits(scope: Scope) -> str:
    """Tell the dates and the topics of a scope in French; empty when it has none.

    « de janvier à septembre 2025, sur les thèmes « AGI » ou « argent » ».
    """
    return typeset(_join(_describe_dates(scope), _describe_topics(scope)))


def describe_restriction(scope: Scope, articles: Mapping[str, Article] | None = None) -> str:
    """Tell a scope in French without an index: « 2 articles choisis, avant octobre 2025 ».

    The only article chosen is named where ``articles`` has it, by id.
    """
    number = len(scope.articles)
    chosen = f"{number} article{'s' * (number > 1)} choisi{'s' * (number > 1)}" if number else ""
    if number == 1 and articles and scope.articles[0] in articles:
        chosen = _name_articles(scope, articles)
    return _join(chosen, describe_limits(scope))


def _join(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def tell_outside(scope: Scope, index: Index, passages: int) -> str:
    """Say that nothing in a scope answers, and that some passages outside it seem to."""
    limits = describe_limits(scope)
    number = len(scope.articles)
    where = "les articles choisis" if number == 0 else f"les {number} articles choisis"
    where = _name_articles(scope, index.articles) if number == 1 else where
    outside = "un passage semble" if passages == 1 else f"{passages} passages semblent"
    return typeset(
        f"Dans {where}{f' ({limits})' if limits else ''}, rien ne répond ; "
        f"hors de ce périmètre, {outside} répondre."
    )


def tell_unfound(number: int, chosen: bool, unknown: Sequence[str]) -> str:
    """Say that nothing was found in some articles, on the words that none of them says, if any.

    « Je n’ai rien trouvé sur « béchamel » dans ces 60 articles. »
    """
    if chosen:
        where = "l’article choisi" if number == 1 else f"les {number} articles choisis"
    else:
        where = "cet article" if number == 1 else f"ces {number} articles"
    what = f"sur {_list_quoted(unknown, 'ni')}" if unknown else "qui réponde à cette question"
    return typeset(f"Je n’ai rien trouvé {what} dans {where}.")


def explain_empty(scope: Scope, index: Index) -> str:
    """Say why no article is in a scope, and what to widen."""
    dates, topics = _describe_dates(scope), _describe_topics(scope)
    days = _read_range(scope)
    if days.bounded and days.start > days.end:
        return "Le début du périmètre vient après sa fin : échangez les deux dates."
    if scope.articles and not _keeps(index, Scope(articles=scope.articles)):
        return "Aucun des articles choisis n’est dans l’index : choisissez-en d’autres."
    if topics and not _keeps(index, Scope(topics=scope.topics)):
        return typeset(f"Aucun article n’est {topics} : choisissez-en un autre.")
    if dates and not _keeps(index, Scope(scope.since, scope.until)):
        first, last = date_bounds(index)
        if not first:
            return "Aucun article n’a de date : retirez les dates du périmètre."
        bounds = _describe_dates(Scope(first, last))
        return typeset(
            f"Aucun article n’est daté {dates} : les articles vont {bounds}. Élargissez les dates."
        )
    named = _name_articles(scope, index.articles)
    told = _join(named, dates, topics)
    undated = select_articles(index, scope).undated
    return typeset(
        f"Aucun article ne remplit à la fois toutes les conditions ({told}"
        f"{_count_undated(undated)}) : retirez-en une."
    )


def _keeps(index: Index, scope: Scope) -> bool:
    return bool(select_articles(index, scope).articles)


def _count_undated(number: int) -> str:
    return f", {number} écarté{'s' * (number > 1)} faute de date précise" if number else ""


def _name_articles(scope: Scope, articles: Mapping[str, Article]) -> str:
    if len(scope.articles) != 1:
        return f"{len(scope.articles)} articles choisis" if scope.articles else ""
    (identifier,) = scope.articles
    title = articles.get(identifier, Article(identifier, "", "")).title.strip()
    return f"l’article {quote(title or identifier)}"


def _describe_topics(scope: Scope) -> str:
    if not scope.topics:
        return ""
    plural = len(scope.topics) > 1
    return f"sur {'les thèmes' if plural else 'le thème'} {_list_quoted(scope.topics, 'ou')}"


def _list_quoted(names: Sequence[str], link: str) -> str:
    *others, last = (f"« {name} »" for name in names)
    return f"{', '.join(others)} {link} {last}" if others else last


def _describe_dates(scope: Scope) -> str:
    """Tell the dates of a scope: « de janvier à septembre 2025 », « avant octobre 2025 »."""
    since, until = scope.since, scope.until
    if not since and not until:
        return ""
    if not since:
        return _describe_end(until)
    if not until:
        return f"depuis {'le ' * _is_day(since)}{format_date(since)}"
    if since == until:
        return elide(f"{'du' if _is_day(since) else 'de'} {format_date(since)}")
    first, last = _write_both(since, until)
    opening, closing = "du" if _is_day(since) else "de", "au" if _is_day(until) else "à"
    return elide(f"{opening} {first} {closing} {last}")


def _is_day(date: str) -> bool:
    return len(date) == 10


def _describe_end(until: str) -> str:
    """Tell where a scope ends: « jusqu’au 28 octobre 2025 », but « avant octobre 2025 »."""
    if _is_day(until):
        return f"jusqu’au {format_date(until)}"
    year, *month = map(int, until.split("-"))
    if not month:
        return f"avant {year + 1}"
    return f"avant {format_date(f'{year + month[0] // 12}-{month[0] % 12 + 1:02d}')}"


def _write_both(since: str, until: str) -> tuple[str, str]:
    """Write two dates; the first without what the second repeats."""
    first, last = format_date(since), format_date(until)
    if len(since) < len(until):
        return f"début {first}", last
    if len(since) > len(until):
        return first, f"fin {last}"
    # The year, and the month when both are days of it.
    shared = [words for words in (until[:7], until[:4]) if since.startswith(words)]
    repeated = format_date(shared[0]) if shared and len(shared[0]) < len(until) else ""
    return first.removesuffix(repeated).rstrip(), last
