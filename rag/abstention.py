"""Decides whether the articles answer: a probability from what retrieval and reading found.

Knows nothing about the language model, which does not abstain by itself.
"""

from __future__ import annotations

import math
import re
import statistics

from rag.french import STOP_WORDS, find_names, fold, terms
from rag.reading import DEPTH, Reading
from rag.retrieval import Search

# At this probability and above, Sourcier answers.
DECISION = 0.5

# Logistic regression on what retrieval, the reader and the question itself say, each weight kept of
# the sign that it must have, with an intercept of its own for each set while fitting. Fitted on
# PIAF articles that the reader never saw (260 questions, a third of them again with their article
# hidden, 50 without an answer) and on NoMIRACL-fr (199 questions near the subject of their
# passages), then 0.4 taken off the intercept: a false answer costs more than a false refusal.
_INTERCEPT = -18.77
_SENTENCE = 0.121
_PASSAGE = 0.386
_COSINE = 17.18
_COVERAGE = 1.294
_NAMES = 1.604
_NEARNESS = 3.805
_ARTICLES = -1.193
# How a question is put: superlatives, prices, numbers and reasons are answered less often.
_FORMS = (
    (re.compile(r"\b(plus|meilleure?s?|moins|principa\w+)\b"), -0.439),
    (re.compile(r"coût|prix|salaire"), -1.347),
    (re.compile(r"^combien"), -0.849),
    (re.compile(r"^(comment|pourquoi)"), -0.507),
)
# Passages whose words must cover the question's.
_COVERING = 3


def estimate_answerable(reading: Reading) -> float:
    """Return the probability that the passages read hold the answer: 0 to 1."""
    search = reading.search
    read = [hit for hit in search.hits if hit.reader is not None]
    if not reading.sentences:
        return 0.0
    covering = [set(terms(f"{hit.chunk.title} {hit.chunk.text}")) for hit in read[:_COVERING]]
    asked = search.question.lower()
    logit = _INTERCEPT + _SENTENCE * reading.sentences[0].score
    logit += _PASSAGE * max(hit.reader or 0.0 for hit in read)
    logit += _COSINE * max(sentence.cosine for sentence in reading.sentences)
    logit += _COVERAGE * max(search.coverage(held) for held in covering)
    logit += _NAMES * _share_of_names(search, set().union(*covering))
    logit += _NEARNESS * statistics.fmean(hit.dense for hit in read)
    logit += _ARTICLES * len({hit.chunk.title or hit.chunk.article_id for hit in read}) / DEPTH
    logit += sum(weight for form, weight in _FORMS if form.search(asked))
    return 1 / (1 + math.exp(-logit))


def _share_of_names(search: Search, held: set[str]) -> float:
    """Share of the proper names of a question that are among ``held`` terms; 1 without names."""
    names = [found for name in find_names(search.question) if (found := _terms(search, name))]
    return sum(bool(name & held) for name in names) / len(names) if names else 1.0


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
