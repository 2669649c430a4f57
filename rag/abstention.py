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
from simplemma import is_known, lemmatize

from rag.french import STOP_WORDS, find_names, fold, normalize, terms
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
# Passages of which a refusal says whether they touch the subject; the share of the words of the
# question, by rarity, and the deviations of cosine from which they do. Of the questions about the
# demo corpus, the nine outside its subject reach .45 and 3.3; near-misses lie from .27 to .84 and
# from 1.9 to 5.9, and nearly all have a name.
_NEAREST, _SHARED, _NEAR = 3, 0.5, 5.0
_VERB = re.compile(r"(?:er|ir|re)$")
_MORE = re.compile(r"\s+(?:(?:à|aux?|de|du|des|en)\s+|d')?([^\W_]{3,})", re.IGNORECASE)
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


def is_near(reading: Reading) -> bool:
    """Whether what was found touches what a refused question asks about.

    The articles know a name of it, or one of the best passages says a share of its words, by
    rarity, or a sentence is near enough; a few passages have no deviation that tells.
    """
    search = reading.search
    if not search.index.spelling.names.isdisjoint(find_names(f"x {search.question}")):
        return True
    nearest = search.hits[:_NEAREST]
    if any(search.coverage(terms(hit.chunk.text)) >= _SHARED for hit in nearest):
        return True
    if not reading.sentences or len(search.index.chunks) < _FEWEST:
        return False
    return _standardize(search, max(s.cosine for s in reading.sentences)) >= _NEAR


def find_unknown_things(search: Search) -> list[str]:
    """List what a question names and no article does, in its words, three at most.

    « pâte à crêpes bretonnes »: with what follows and no article names either. An inflected verb
    (simplemma's lemmas tell), or what may be a typing error, names nothing.
    """
    question = normalize(search.question)
    unknown = list(find_unknown(search, find_identifiers(search.question)))
    end = 0
    for thing in _list_things(question):
        if thing.start() < end or not _is_unknown(search, thing.group()):
            continue
        end = thing.end()
        while (more := _MORE.match(question, end)) and _is_unknown(search, more[1]):
            if not is_known(more[1].lower(), lang="fr") or _VERB.search(_lemma(more[1])):
                break
            end = more.end()
        unknown.append(question[thing.start() : end])
    return list(dict.fromkeys(unknown))[:3]


def _list_things(question: str) -> list[re.Match[str]]:
    """List the words that name something: a capital, or what a determiner announces.

    That no article says « voudrait » or « vieux » tells nothing. Keywords have no determiner: those
    that a dictionary knows are listed.
    """
    announced = {match.start(1) for match in _ANNOUNCED.finditer(question)}
    things, keywords = [], []
    for match in re.finditer(r"(?!\d+\b)[^\W_]{3,}", question):
        word = match.group()
        # « Merci » opens a sentence, « Doctolib » too.
        opens = not re.search(r"\w[^.?!]*$", question[: match.start()])
        named = any(map(str.isupper, word)) and not (opens and is_known(word.lower(), lang="fr"))
        if named or (match.start() in announced and not _is_verb(word)):
            things.append(match)
        elif word.islower() and is_known(word, lang="fr") and not _VERB.search(_lemma(word)):
            keywords.append(match)
    sentence = announced or any(_is_verb(word) for word in re.findall(r"[^\W_]+", question))
    return things if sentence or things else keywords


def _is_verb(word: str) -> bool:
    """Whether a word is inflected from a verb; an infinitive may be a noun (« le loyer »)."""
    return _lemma(word) != word.lower() and bool(_VERB.search(_lemma(word)))


def _lemma(word: str) -> str:
    lemma: str = lemmatize(word.lower(), lang="fr")
    return lemma


def _is_unknown(search: Search, word: str) -> bool:
    if fold(word) in STOP_WORDS:
        return False
    found = search.index.find_terms(word)
    return bool(found) and not any(_is_said(search, term) for term in found)


def _is_said(search: Search, term: str) -> bool:
    return search.index.count_holding(term) > 0
