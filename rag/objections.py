"""Checks what is opposed to an answer: « c’était pas 12 ? », « je croyais que c’était Nantes ».

Never agreed with: yes is said with the sentence that says it, as the support check finds it; that
the articles do not say it, only where no evidence so much as names it. Knows nothing about indexes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.citations import quote_evidence
from rag.french import fold, quote, terms, typeset
from rag.support import check_claims
from rag.types import AnswerSentence, Evidence, Reader
from rag.values import compatible, find_values
from rag.verdicts import state_question
from rag.wording import OPENING, elide

_WHICH = re.compile(
    r"\W*(?:quel(?:le)?s?|qui) (?P<verb>est|sont|était|étaient|fut) (?P<rest>.+)", re.I
)


def answer_objection(
    question: str,
    opposed: str,
    evidence: Sequence[Evidence],
    reader: Reader,
    articles: str = "Les articles",
) -> AnswerSentence | None:
    """Say what the articles say of a value or a name that is opposed to their answer.

    Parameters
    ----------
    question
        The one whose answer is contested, standing alone.
    evidence
        The best first; one at least.
    articles
        Names what was searched.

    Returns
    -------
    AnswerSentence | None
        None when a sentence names what is opposed but can't be said to answer with it.
    """
    naming = [item for item in evidence if _names(item.text, opposed)]
    if not naming:
        return _quote_after(f"{articles} ne disent pas {quote(opposed)} :", evidence[0])
    claim = state_claim(question, opposed)
    pairs = [(claim, item.text, f"{item.chunk.title} {item.chunk.date}") for item in naming]
    verdicts = check_claims(pairs, reader) if claim else []
    for item, verdict in zip(naming, verdicts, strict=False):
        if verdict.support == "supported":
            return _quote_after("Oui :", item)
    return None


def state_claim(question: str, opposed: str) -> str:
    """Write the statement that answers a question with what is opposed; "" when none can be.

    « Qui dirige OpenAI ? » and « Elon Musk » give « Elon Musk dirige OpenAI. »
    """
    plain = question.strip(" ?!.\u00a0\u202f")
    if which := _WHICH.fullmatch(plain):
        told = f"{which['rest']} {which['verb']} {opposed}"
        return f"{told[:1].upper()}{told[1:]}."
    opening = OPENING.match(plain)
    if opening is None:
        return ""
    rest = plain[opening.end() :].strip()
    asking = fold(opening["phrase"])
    if asking == "qui":
        return f"{opposed} {rest}."
    stated = state_question(rest).rstrip(".")
    values = find_values(opposed)
    if values and values[0].dimension == "date":
        # Months and years are told with « en », days with « le ».
        opposed = f"{'le' if values[0].high - values[0].low < 2 else 'en'} {opposed}"
    elif asking in ("ou", "dans quelle ville"):
        opposed = elide(f"à {opposed}")
    return f"{stated} {opposed}."


def _names(text: str, opposed: str) -> bool:
    """Whether a sentence holds all the values of what is opposed, or all its words."""
    values = find_values(opposed)
    if values:
        told = find_values(text)
        return all(any(compatible(value, other) for other in told) for value in values)
    return set(terms(opposed)) <= set(terms(text))


def _quote_after(opening: str, item: Evidence) -> AnswerSentence:
    said = quote_evidence(item)
    return AnswerSentence(typeset(f"{opening} {quote(said.text)}"), said.citations, "supported")
