"""Decides whether the articles answer: a probability from what retrieval and reading found.

Knows nothing about the language model, which does not abstain by itself.
"""

from __future__ import annotations

import math
import re

from rag.french import STOP_WORDS, find_names, fold, terms
from rag.reading import find_best_cosine
from rag.retrieval import Search

# At this probability and above, Sourcier answers.
DECISION = 0.5

# Logistic regression on three signals that mean the same in every corpus: the cosine of the best
# sentence, the rarity-weighted share of the question's terms in one of the best passages, and the
# share of its proper names in them. Fitted on PIAF (2,226 stand-alone questions; 220 without an
# answer in the corpus; the answered ones again with their article hidden, at a tenth of the
# weight) and NoMIRACL-fr. On PIAF the area under the curve is .97 against questions without an
# answer, 9 % of the answerable ones are refused and 7 % of the others answered. It is blind to
# near-misses on the very subject of the articles (.63 on NoMIRACL-fr).
_INTERCEPT = -24.46
_COSINE = 24.898
_COVERAGE = 3.548
_NAMES = 1.959
_PASSAGES = 3


def estimate_answerable(search: Search, question: str) -> float:
    """Return the probability that the passages found for ``question`` hold its answer: 0 to 1."""
    cosine = find_best_cosine(search)
    if cosine is None:
        return 0.0
    passages = [
        set(terms(f"{hit.chunk.title} {hit.chunk.text}")) for hit in search.hits[:_PASSAGES]
    ]
    logit = _INTERCEPT + _COSINE * cosine
    logit += _COVERAGE * max(search.coverage(passage) for passage in passages)
    logit += _NAMES * _share_of_names(question, set().union(*passages))
    return 1 / (1 + math.exp(-logit))


def _share_of_names(question: str, held: set[str]) -> float:
    """Share of the proper names of a question that are among ``held`` terms; 1 without names."""
    names = [found for name in find_names(question) if (found := set(terms(name)))]
    return sum(bool(name & held) for name in names) / len(names) if names else 1.0


def explain_refusal(search: Search, question: str) -> str:
    """Say in French why a question is refused, in terms a reader can act on."""
    unknown = [
        word
        for word in re.findall(r"[^\W_]{3,}", question)
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
    found = terms(word)
    return bool(found) and not any(term in search.index.lexical.vocab_dict for term in found)
