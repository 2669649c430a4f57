"""Crosses a question whose answer needs another answer first.

« La société qui a livré les rames, où est son siège ? » asks two things: which company that is, and
where it has its seat. What is described by a relative clause is searched alone, and the names that
its sentence brings take its place in the question. Knows nothing about the language model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.abstention import DECISION, judge_question
from rag.french import find_names, fold, normalize, terms
from rag.reading import Reading

_RELATIVE = (
    r"(?:qui|que|qu'|dont|où|(?:à|de|par|pour|chez|avec|sur|dans) (?:qui|laquelle|lequel)"
    r"|auquel|duquel)"
)
_HEAD = rf"(?:l'|la |le |celui |celle )(?:(?!\b{_RELATIVE}\b)[^,;:?!]){{0,60}}?"
_DESCRIBED = rf"(?P<described>{_HEAD}\s?\b{_RELATIVE}\b ?[^,;:?!]+)"
_FRONTED = re.compile(
    rf"^(?:(?:dans|à|chez|de|d'après|selon|pour) )?{_DESCRIBED}, (?P<rest>.+)$", re.IGNORECASE
)
_ASKS = r"(?:quel(?:le)?s?|combien|où|quand|qui|depuis|jusqu)\b"
_WITHIN = re.compile(
    rf"^(?P<before>(?:.*[ ,])?{_ASKS}.* ){_DESCRIBED}$",
    re.IGNORECASE,
)
_FUSED = re.compile(r"\b(?:du|au) (?=\w)", re.IGNORECASE)
_PARTED = {"du ": "de", "au ": "à"}


@dataclass(frozen=True, slots=True)
class Bridge:
    """What is described and not named, and what is asked of it, ``{}`` in its place."""

    described: str
    asked: str


@dataclass(frozen=True, slots=True)
class Crossed:
    """The reading of what is described, and that of what is asked of it."""

    first: Reading
    second: Reading


def find_bridge(question: str) -> Bridge | None:
    """Split a question about something that it describes; None when it describes nothing."""
    plain = normalize(question).strip(" ?!.")
    # « du maire qui » is « de le maire qui »: what is described can be lifted out.
    plain = _FUSED.sub(lambda match: f"{_PARTED[match[0].lower()]} le ", plain)
    found = _FRONTED.match(plain)
    if found:
        return Bridge(found["described"], f"{{}}, {found['rest']} ?")
    found = _WITHIN.match(plain)
    if found:
        return Bridge(found["described"], found["before"] + "{} ?")
    return None


def cross_bridge(question: str, read: Callable[[str], Reading]) -> Crossed | None:
    """Answer what a question asks of something described; None unless both steps are answered.

    Parameters
    ----------
    read
        Searches and reads for a question.
    """
    bridge = find_bridge(question)
    if bridge is None:
        return None
    first, known = read(bridge.described), fold(question)
    if not first.sentences:
        return None
    told = first.sentences[0].text
    names = " ".join(name for name in _list_names(told) if fold(name) not in known)
    if not names:
        return None
    second = read(bridge.asked.replace("{}", names))
    if not second.sentences or judge_question(second).answers < DECISION:
        return None
    best = second.sentences[0]
    speaks = set(terms(f"{best.chunk.title} {best.text}")) & set(terms(names))
    return Crossed(first, second) if speaks and best.text != told else None


def _list_names(text: str) -> list[str]:
    found = find_names(text)
    return [word for word in re.findall(r"[^\W_][\w’'-]*", text) if fold(word) in found]
