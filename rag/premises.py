"""Says that a question takes for granted what an article refutes.

Which sentence refutes it is read by the trained reader (``abstention.py``); here the correction is
worded, and what was assumed is taken out of the question. Knows nothing about models.
"""

from __future__ import annotations

import re

from rag.citations import quote_evidence
from rag.french import fold, normalize, quote, typeset
from rag.types import AnswerSentence, Evidence, Premise

# « Peut-être »: of 20 questions corrected on the demo and on the subjects that nothing was trained
# on, 13 suppose what is false.
_CONTRARY = "La question suppose peut-être le contraire de ce que disent {articles} :"
# How a question opens: what follows states what it takes for granted.
_ASKING = re.compile(
    r"^\W*(?:pourquoi|comment|(?:depuis |pour )?quand|ou|d'ou"
    r"|(?:(?:en|depuis|a|dans|pour|avec|par) )?quel(?:le)?s? \w+"
    r"|(?:(?:a|de|par|avec|chez|pour) )?qui|(?:(?:pour|a|de) )?combien(?: d[e'] ?\w+)?)"
    r"\s+(?:est-ce qu[e'] ?)?"
)
_INVERSION = re.compile(r"-(?:t-)?(?:ils?|elles?|on)\b")


def find_assumption(question: str) -> str:
    """Return what a question states, in its own words: all of it but the asking.

    « Pourquoi la maire a-t-elle renoncé au tram ? » gives « la maire a renoncé au tram »; the whole
    question where nothing can be taken away.
    """
    plain = normalize(question).strip(" ?!.\u00a0\u202f")
    folded = fold(plain)
    asking = _ASKING.match(folded)
    if asking is None or len(folded) != len(plain):  # ligatures would shift the offsets
        return plain
    return _INVERSION.sub("", plain[asking.end() :]) or plain


def correct_premise(
    question: str, item: Evidence, articles: str = "les articles"
) -> tuple[Premise, AnswerSentence]:
    """Word the correction of a question by the evidence that refutes it.

    ``articles`` names what was searched: « les articles choisis » within a scope.
    """
    said = quote_evidence(item)
    text = typeset(f"{_CONTRARY.format(articles=articles.lower())} {quote(said.text)}")
    premise = Premise(typeset(find_assumption(question)), True, item.n)
    return premise, AnswerSentence(text, said.citations, "supported")
