"""How a disagreement is told in French."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.conflicts.status import STATUS
from rag.french import quote, typeset
from rag.timeframe import format_date
from rag.types import AnswerSentence, Conflict, Evidence, Version


def head_conflict(conflict: Conflict) -> str:
    """Say in French what the sources disagree on, or tell apart, without their versions."""
    verb = "distinguent" if conflict.about == STATUS else "ne concordent pas sur"
    return f"Les sources {verb} {conflict.about}"


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
    items = {item.n: item for item in evidence}
    by_source: dict[str | int, list[Version]] = {}
    for version in conflict.versions:
        source = items[version.n].chunk.article_id if version.n in items else version.n
        by_source.setdefault(source, []).append(version)
    dates = Counter(told[0].date for told in by_source.values())
    versions = []
    for told in by_source.values():
        n, date = told[0].n, told[0].date
        article = (
            f"{quote(items[n].chunk.title)}, " if dates[date] > 1 and n in items else "article "
        )
        values = _list_values([version.value for version in told], conflict.about)
        versions.append(f"{values} ({article}{_tell_when(date, article)})")
    text = f"{head_conflict(conflict)} : {', '.join(versions)}."
    numbers = tuple(dict.fromkeys(version.n for version in conflict.versions))
    return AnswerSentence(typeset(text), numbers, "supported")


def _tell_when(date: str, article: str) -> str:
    """Write the date of an article after its title, or after the word « article »."""
    written = format_date(date) or "sans date"
    if not date or not article.startswith("article"):
        return written
    of = "du " if date.count("-") == 2 else "d’" if date[5:7] in _VOWELS else "de "
    return f"{of}{written}"


# Avril, août, octobre.
_VOWELS = ("04", "08", "10")


def _list_values(values: Sequence[str], about: str) -> str:
    *others, last = values
    link = " et " if about == STATUS else " ou "
    return f"{', '.join(others)}{link}{last}" if others else last
