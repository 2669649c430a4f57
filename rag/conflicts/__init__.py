"""Finds where the sources disagree on what is asked: other figures, dates or statuses.

Two figures in two sentences are usually about two things. They are versions of the same one only
when a sentence says so itself (« selon les articles », « d’autres écrivent », « ce qui est une
erreur »), or when two articles put them in the same words but for those of measuring and of who
says it. Precision comes first: a disagreement that is none makes the answer absurd. Works on words
only, and knows nothing about retrieval or the models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.conflicts.comparison import Told, are_apart, compare_articles
from rag.conflicts.question import Asked, answers, read_question
from rag.conflicts.status import find_status, says_status
from rag.conflicts.subject import is_about, read_lead, share_held
from rag.conflicts.versions import CORRECTED, WRONG, are_equal, find_versions
from rag.conflicts.wording import head_conflict, tell_conflict
from rag.figures import Figure, find_figures
from rag.timeframe import find_timeframe, fold_in_place
from rag.types import Chunk, Conflict, Evidence, Version

__all__ = ["find_conflicts", "head_conflict", "tell_conflict", "widen_evidence"]

# What is added of a state told by articles long apart.
_MAY_CHANGE = ", qui a pu changer d’un article à l’autre"
# What happened once doesn't change: « a-t-il payé », « a été fondée », « s'est offert ».
_HAPPENED = re.compile(
    r"\b(?:a|ont|avait|avaient)(?:-t)?(?:-(?:il|elle|on)s?)? (?:\w+ )?\w+(?:ée?s?|i[st]?|us?|ert)\b"
    r"|\b(?:s['’]est|se sont|fut|furent|est-(?:il|elle))\b"
)
# Questions that a promise answers as well as a payment.
_GIVES = re.compile(r"\b(?:invest\w+|inject\w+|apport\w+|mis(?:e|es)?|mettre|financ\w+|donne)\b")


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
        (promised or paid); empty for a question that asks for neither. Of a state told by articles
        long apart, ``about`` says that it may have changed.
    """
    asked = read_question(question)
    if asked is None:
        return ()
    frame = find_timeframe(question)
    about = [item for item in evidence if is_about(item, question, asked, frame)]
    found = _gather(
        _complete(item, versions, about, asked)
        for item in about
        if (versions := find_versions(item.text, asked, read_lead(item)))
    )
    status = tuple(find_status(about, asked))
    if status and says_status(question):
        # « réellement versé »: the question says which of the two it means, and has its answer.
        return ()
    wanted = status if _GIVES.search(fold_in_place(question)) else ()
    changes = ""
    if not found:
        happened = bool(_HAPPENED.search(question.lower()))
        found = compare_articles(about, asked, happened)
        changes = _MAY_CHANGE if found and not happened and are_apart(found) else ""
    if not found:
        return wanted
    told = "le montant" if not asked.kind and found[0][1].kind == "money" else asked.about
    return (_make_conflict(f"{told}{changes}", found), *wanted)


# Characters between two sentences that follow each other: a space, or the end of a paragraph.
_BETWEEN = 2
# Sentences that other passages may add.
_ADDED = 2


def widen_evidence(
    question: str, evidence: Sequence[Evidence], passages: Sequence[Chunk]
) -> tuple[Evidence, ...]:
    """Add the sentences of other passages that say themselves that sources differ.

    Such a sentence speaks of figures more than it answers, and reading may leave it out.

    Parameters
    ----------
    question
        A question that stands alone.
    evidence
        Sentences of one article or several, best first.
    passages
        The passages found, best first.

    Returns
    -------
    tuple[Evidence, ...]
        The evidence, then at most two sentences on what is asked, numbered after it.
    """
    asked, kept = read_question(question), list(evidence)
    if asked is None or not evidence:
        return tuple(kept)
    frame = find_timeframe(question)
    for chunk in passages:
        for span in chunk.sentences:
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            item = Evidence(len(kept) + 1, chunk, span.start, span.end, text, evidence[-1].score)
            if (
                len(kept) < len(evidence) + _ADDED
                and not any(_overlap(item, other) for other in kept)
                and _tells_versions(item, asked)
                and is_about(item, question, asked, frame)
            ):
                kept.append(item)
    return tuple(kept)


def _tells_versions(item: Evidence, asked: Asked) -> bool:
    told = find_versions(item.text, asked, read_lead(item))
    return bool(told) or any(find_status([item], asked))


def _overlap(one: Evidence, other: Evidence) -> bool:
    same = one.chunk.article_id == other.chunk.article_id
    return same and one.start < other.end and other.start < one.end


def _complete(
    item: Evidence, versions: Sequence[Figure], about: Sequence[Evidence], asked: Asked
) -> list[Told]:
    """Put first what the sentence beside says, where the versions are other articles' or wrong.

    Nothing is told of versions that are all wrong.
    """
    told = [(item, version) for version in versions]
    around = fold_in_place(f"{read_lead(item)} {item.text}")
    if not CORRECTED.search(around):
        return told
    beside = [
        (other, figures[0])
        for other in about
        if _touch(item, other)
        and share_held(asked.words - asked.names, other.text)
        and len(figures := [f for f in find_figures(other.text) if answers(f, asked)]) == 1
    ]
    return [] if not beside and WRONG.search(around) else beside[:1] + told


def _touch(one: Evidence, other: Evidence) -> bool:
    """Whether two sentences follow each other, in either order."""
    first, second = sorted((one, other), key=lambda item: item.start)
    same = one.chunk.article_id == other.chunk.article_id
    return same and 0 <= second.start - first.end <= _BETWEEN


def _gather(told: Iterable[list[Told]]) -> list[Told]:
    """Join the versions of several sentences; those that share none speak of something else."""
    found: list[Told] = []
    for versions in told:
        if not found or any(are_equal(one, other) for _, one in versions for _, other in found):
            found += versions
    return found


def _make_conflict(about: str, told: Iterable[Told]) -> Conflict:
    kept: list[Told] = []
    for item, figure in told:
        if not any(are_equal(figure, other) for _, other in kept):
            kept.append((item, figure))
    versions = (
        # « Cinq ou six » may open its sentence.
        Version(f"{figure.written[0].lower()}{figure.written[1:]}", item.n, item.chunk.date)
        for item, figure in kept
    )
    return Conflict(about, tuple(versions))
