"""What was counted, as an answer: how it is told in French, and what is told where nothing is.

Knows nothing about how it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.french import fold, quote, typeset
from rag.index import Index
from rag.mentions import Mentions
from rag.types import Counted, Evidence, Tally


def make_tally(found: Mentions, evidence: Sequence[Evidence], index: Index) -> Tally:
    """Make the tally of what was found; ``evidence`` gives its quotations their numbers."""
    numbers = {(e.chunk.article_id, e.start, e.end): e.n for e in evidence}
    rows = (
        Counted(
            row.article_id,
            row.evidence[0].chunk.title,
            index.articles[row.article_id].date,
            row.sentences,
            tuple(numbers[row.article_id, item.start, item.end] for item in row.evidence),
        )
        for row in found.rows
    )
    return Tally(
        found.topic,
        found.words,
        found.total,
        tuple(rows),
        found.occurrences,
        found.undated,
        found.copies,
    )


def tell_tally(tally: Tally, time: str) -> str:
    """Say how many articles there are, of how many, what was counted in them, and what was not.

    « 7 articles sur 60 parlent de « puces » (2024) : 24 phrases, 27 occurrences (« puce »,
    « puces »). »
    """
    number = len(tally.rows)
    several = number > 1
    count = f"{number} articles" if several else "Un article"
    if tally.topic:
        during = f" ({time})" if time else ""
        told = f"{count} sur {tally.total} parle{'nt' * several} de {quote(tally.topic)}{during}"
        told = f"{told} : {', '.join(_count_parts(tally))}{_tell_words(tally)}."
    else:
        told = f"{count} sur {tally.total} {'sont' if several else 'est'} de cette date ({time})."
        told = told if time else f"Il y a {_many(number, 'article')}."
    return typeset(" ".join(filter(None, (told, *_tell_left_out(tally)))))


def _count_parts(tally: Tally) -> list[str]:
    said = [_many(tally.sentences, "phrase")]
    return said if tally.occurrences is None else [*said, _many(tally.occurrences, "occurrence")]


def _tell_words(tally: Tally) -> str:
    """Name the spellings that were counted, unless there is only that of the question."""
    if {fold(word) for word in tally.words} <= {fold(tally.topic)}:
        return ""
    words = ", ".join(map(quote, tally.words))
    together = "" if tally.occurrences is not None else "mots cherchés : "
    return f" ({together}{words})"


def _tell_left_out(tally: Tally) -> list[str]:
    told = []
    apart = sum(not row.sentences for row in tally.rows)
    if tally.topic and apart:
        verb = "en parle" if apart == 1 else "en parlent"
        told.append(f"{_many(apart, 'article')} {verb} par le titre ou sur plusieurs phrases.")
    if tally.undated:
        verb = "n’est pas compté" if tally.undated == 1 else "ne sont pas comptés"
        told.append(f"{_many(tally.undated, 'article')} sans date assez précise {verb}.")
    if tally.copies:
        verb = "n’est pas comptée" if tally.copies == 1 else "ne sont pas comptées"
        told.append(f"{_many(tally.copies, 'reprise')} de la même dépêche {verb}.")
    shown = sum(min(len(row.numbers), row.sentences) for row in tally.rows)
    if tally.topic and shown < tally.sentences:
        told.append(f"{_many(shown, 'phrase')} sont citées, les autres seulement comptées.")
    return told


def tell_nothing(found: Mentions) -> tuple[str, str]:
    """Say that nothing counts, or why it can't be counted; the second sentence says what does."""
    if found.vague:
        return (
            "Sourcier ne compte que ce qu’il peut compter exactement.",
            typeset(
                f"« {found.vague} » n’en fait pas partie : demandez de quoi parlent les articles, "
                "à une date écrite."
            ),
        )
    during = f" ({found.time})" if found.time else ""
    about = (
        f"ne parle de {quote(found.topic)}{during}"
        if found.topic
        else f"n’est de cette date{during}"
    )
    told = f"Aucun des {found.total} articles {about}."
    parts = [f"{quote(text)} : {_many(count, 'article')}" for text, count in found.parts]
    apart = "Chacun à part, à toutes les dates" if len(parts) > 1 else "À toutes les dates"
    # One thing asked of a time may be there at another.
    told_apart = len(parts) > 1 or bool(found.time and any(count for _, count in found.parts))
    reason = f"{apart} : {' ; '.join(parts)}." if told_apart else ""
    left_out = f"{_many(found.undated, 'article')} en parle{'nt' * (found.undated > 1)} sans date."
    return typeset(told), typeset(" ".join((reason, left_out if found.undated else "")).strip())


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number > 1)}"
