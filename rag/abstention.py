"""Decides whether the articles answer: a probability from what retrieval and reading found.

Knows nothing about the language model, which does not abstain by itself.
"""

from __future__ import annotations

import math
import re
import statistics

import numpy as np

from rag.french import STOP_WORDS, fold, terms
from rag.reading import DEPTH, Reading, choose_evidence, complete_evidence
from rag.retrieval import Search
from rag.slots import find_slots

# At this probability and above, Sourcier answers.
DECISION = 0.5

# Logistic regression on what retrieval, the reader and the question itself say, each weight kept of
# the sign that it must have, with an intercept of its own for each set while fitting. Fitted on
# PIAF articles that the reader never saw (624 questions, 50 without an answer), on NoMIRACL-fr (199
# questions near the subject of their passages) and on the questions over the demo corpus
# (near-misses weigh three times). Where passages are all alike, similarities are high for any
# question: the weight of « likeness » turns the intercept of PIAF (839 passages on many subjects,
# .879), at which one question in ten that has an answer is refused, into that of the demo corpus
# (.943). NoMIRACL-fr, whose passages were gathered around its questions, would take a lower one.
_INTERCEPT = 9.215
_WEIGHTS = {
    "sentence": 0.163,
    "passage": 0.372,
    "cosine": 10.19,
    "coverage": 0.815,
    "nearness": 5.23,
    "articles": -0.796,
    "price": -0.616,
    "number": -0.912,
    "whole": 3.5,
    "likeness": -28.06,
}
# How a question is put: prices and numbers are answered less often.
_FORMS = {
    "price": re.compile(r"coût|prix|salaire"),
    "number": re.compile(r"^combien"),
}
# Likeness of passages past which nothing more is learnt: a corpus of one article.
_MOST_ALIKE = 0.945
# Sentences among which one must fill the slots of the question.
_FILLING = 3
# Passages whose words must cover the question's.
_COVERING = 3


def estimate_answerable(reading: Reading) -> float:
    """Return the probability that the passages read hold the answer: 0 to 1."""
    if not reading.sentences:
        return 0.0
    signals = measure_signals(reading)
    logit = _INTERCEPT + sum(_WEIGHTS[name] * value for name, value in signals.items())
    return 1 / (1 + math.exp(-logit))


def measure_signals(reading: Reading) -> dict[str, float]:
    """Measure what tells whether the passages read hold the answer; they have sentences.

    ``sentence`` and ``passage`` are the best log-odds of reading, ``cosine`` that of the nearest
    sentence and ``nearness`` the mean of the passages'; ``coverage`` the share of the
    question's terms that one of the first passages holds; ``articles`` how many articles
    the passages come from, over ``DEPTH``; then the form of the question, 0 or 1; how well one
    sentence fills its slots, 0 to 1; and how alike all passages are, the length of their mean.
    """
    search = reading.search
    read = [hit for hit in search.hits if hit.reader is not None]
    covering = [set(terms(f"{hit.chunk.title} {hit.chunk.text}")) for hit in read[:_COVERING]]
    asked = search.question.lower()
    filled = find_slots(search).fill(complete_evidence(choose_evidence(reading, _FILLING)))
    return {
        "sentence": reading.sentences[0].score,
        "passage": max(hit.reader or 0.0 for hit in read),
        "cosine": max(sentence.cosine for sentence in reading.sentences),
        "coverage": max(search.coverage(held) for held in covering),
        "nearness": statistics.fmean(hit.dense for hit in read),
        "articles": len({hit.chunk.title or hit.chunk.article_id for hit in read}) / DEPTH,
        **{name: float(bool(form.search(asked))) for name, form in _FORMS.items()},
        "whole": filled.whole,
        "likeness": min(float(np.linalg.norm(search.index.moments[0])), _MOST_ALIKE),
    }


def explain_refusal(search: Search) -> str:
    """Say in French why a question is refused, in terms a reader can act on."""
    unknown = [
        word
        for word in re.findall(r"[^\W_]{3,}", search.question)
        if fold(word) not in STOP_WORDS and _is_unknown(search, word)
    ]
    if unknown:
        listed = ", ".join(f"« {word} »" for word in list(dict.fromkeys(unknown))[:3])
        return f"Aucun article ne parle de {listed}. Voici les passages les plus proches."
    return (
        "Les passages les plus proches touchent au sujet, mais aucune de leurs phrases ne semble "
        "répondre."
    )


def _is_unknown(search: Search, word: str) -> bool:
    found = _terms(search, word)
    return bool(found) and not any(term in search.index.lexical.vocab_dict for term in found)


def _terms(search: Search, words: str) -> set[str]:
    """Return search terms in the spelling of the articles, typing errors mended."""
    return set(search.index.find_terms(words))
