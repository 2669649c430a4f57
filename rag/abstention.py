"""Decides whether the articles answer a question, or refute what it takes for granted.

Two probabilities from what retrieval and the trained reader found in the passages read. Knows
nothing about the language model, which does not abstain by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rag.french import STOP_WORDS, fold, normalize
from rag.identifiers import find_identifiers, find_unknown
from rag.policy import Policy, load_policy
from rag.reading import Reading
from rag.retrieval import Search

# At this probability and above, Sourcier answers.
DECISION = 0.5
# Passages below which there is too little to compare with, what is taken then at least, and the
# least deviation of cosines.
_FEWEST, _USUAL, _ALIKE = 30, 4.0, 1e-3
# Deviations past which nothing more is learnt: a few passages have no deviation worth the name.
_FARTHEST = 8.0
_ANNOUNCED = re.compile(
    r"(?:\b(?:l[ae]s?|une?|des?|du|aux?|en|ce(?:tte|t|s)?|[mts](?:on|a|es)|leurs?|[nv]otre|[nv]os)\s"
    r"|\b[ld]')([^\W_]{3,})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities of what the passages read do: ``answers`` the question, or ``refutes`` it.

    A question is refuted when a sentence says the contrary of what it takes for granted.
    """

    answers: float
    refutes: float

    @property
    def answerable(self) -> float:
        """Probability that there is something to say but a refusal: 0 to 1."""
        return min(1.0, self.answers + self.refutes)

    @property
    def is_refuted(self) -> bool:
        """Whether the premise of the question is to be corrected."""
        return self.answerable >= DECISION and self.refutes > self.answers


def judge_question(reading: Reading, policy: Policy | None = None) -> Judgement:
    """Judge whether the passages read answer the question, or refute it."""
    if not reading.sentences:
        return Judgement(0.0, 0.0)
    policy = policy or load_policy()
    signals = measure_signals(reading)
    odds = [math.exp(_weigh(signals, w)) for w in (policy.answers, policy.refutes)]
    total = 1 + sum(odds)
    return Judgement(odds[0] / total, odds[1] / total)


def _weigh(signals: Mapping[str, float], weights: Mapping[str, float]) -> float:
    logit = weights.get("", 0.0) + sum(weights.get(name, 0.0) * signals[name] for name in signals)
    return max(-30.0, min(30.0, logit))


def measure_signals(reading: Reading) -> dict[str, float]:
    """Measure what tells whether the passages read hold the answer; they have sentences.

    ``answers`` and ``refutes`` are the reader's log-odds that some sentence does, ``passage`` those
    of the best passage; ``cosine`` is that of the nearest sentence, in deviations from the mean of
    all passages, since in a corpus on one subject all are near. Shared words are left out: in the
    dossiers near-misses share more of them than questions do (AUC .16 to .28), because they were
    written so, and a weight below zero would learn that.
    """
    search = reading.search
    read = [hit for hit in search.hits if hit.reader is not None]
    logits = np.array([(s.answers, s.refutes) for s in reading.sentences])
    answers, refutes = np.logaddexp.reduce(logits, axis=0)
    return {
        "answers": float(answers),
        "refutes": float(refutes),
        "passage": max(hit.reader or 0.0 for hit in read),
        "cosine": _standardize(search, max(s.cosine for s in reading.sentences)),
    }


def _standardize(search: Search, cosine: float) -> float:
    """Write a cosine in deviations from the mean of all passages.

    Of a few passages the nearest would make the deviation itself: it is left out of it. And where
    all are on one subject none stands out, whether it answers or not.
    """
    total = len(search.index.chunks)
    mean, covariance = search.index.moments
    middle = float(mean @ search.vector)
    variance = float(search.vector @ covariance @ search.vector)
    if total >= _FEWEST:
        return _bound(cosine - middle, variance, -_FARTHEST)
    if total == 1:
        return _USUAL
    nearest = max(hit.dense for hit in search.hits)
    others = (total * middle - nearest) / (total - 1)
    square = (total * (variance + middle**2) - nearest**2) / (total - 1)
    return _bound(cosine - others, square - others**2, _USUAL)


def _bound(difference: float, variance: float, least: float) -> float:
    deviation = math.sqrt(max(variance, _ALIKE**2))
    return max(least, min(_FARTHEST, difference / deviation))


def explain_refusal(search: Search) -> str:
    """Say in French why a question is refused, in terms a reader can act on."""
    unknown = [
        word
        for word in _list_things(normalize(search.question))
        if fold(word) not in STOP_WORDS and _is_unknown(search, word)
    ]
    unknown = [*find_unknown(search, find_identifiers(search.question)), *unknown]
    if unknown:
        listed = ", ".join(f"« {word} »" for word in list(dict.fromkeys(unknown))[:3])
        return f"Aucun article ne parle de {listed}. Voici les passages les plus proches."
    return (
        "Les passages les plus proches touchent au sujet, mais aucune de leurs phrases ne semble "
        "répondre."
    )


def _list_things(question: str) -> list[str]:
    """List the words that name something: a capital, or what a determiner announces.

    That no article says « voudrait » or « vieux » tells nothing. Keywords have no determiner.
    """
    words = re.findall(r"[^\W_]{3,}", question)
    announced = set(_ANNOUNCED.findall(question))
    if not announced:
        return words
    return [word for word in words if word in announced or not word.islower()]


def _is_unknown(search: Search, word: str) -> bool:
    found = _terms(search, word)
    return bool(found) and not any(search.index.count_holding(term) for term in found)


def _terms(search: Search, words: str) -> set[str]:
    """Return search terms in the spelling of the articles, typing errors mended."""
    return set(search.index.find_terms(words))
