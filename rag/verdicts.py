"""Says yes or no first when that is what a question asks, where a sentence of the articles tells.

The trained reader judges what the question states, put as a statement, against the best
sentences. Below its thresholds nothing is said but the quotation. Knows nothing about indexes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.citations import quote_evidence
from rag.french import is_negative, normalize, quote, typeset
from rag.policy import Policy, load_policy
from rag.types import AnswerSentence, Entailment, Evidence, Reader

# Sentences that may decide.
VERDICT_READ = 2
_ASKS = re.compile(r"^.*?\best[- ]ce qu(?:e\s+|')", re.IGNORECASE)
_INVERSION = re.compile(r"-(?:t-)?(?:ils?|elles?|ce)\b", re.IGNORECASE)
_IMPERSONAL = re.compile(
    r"^\W*(?:(?:et|mais|alors|donc) )?(?P<verb>\w+)-(?:t-)?(?P<who>on|ils?|elles?)\s", re.IGNORECASE
)
# To « n'a-t-il pas signé ? » a yes and a no say the contrary of what they say elsewhere.
_NEGATED = re.compile(r"\bn(?:e\s|').*\b(?:pas|plus|jamais|rien|aucune?|personne)\b", re.IGNORECASE)


def state_question(question: str) -> str:
    """Write a question as the statement that a yes would make.

    « La mairie a-t-elle signé ? » gives « La mairie a signé. »
    """
    plain = _ASKS.sub("", normalize(question).strip(" ?!."))
    plain = _IMPERSONAL.sub(lambda m: f"{m['who'].capitalize()} {m['verb'].lower()} ", plain)
    plain = re.sub(r"^y a-t-il\b", "Il y a", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^ai-je\b", "J'ai", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^est-ce\b", "C'est", plain, flags=re.IGNORECASE)
    plain = _INVERSION.sub("", plain)
    return plain[:1].upper() + plain[1:] + "."


def judge_statement(
    question: str, evidence: Sequence[Evidence], reader: Reader
) -> tuple[Entailment, Evidence]:
    """Judge what a question states by the sentence that is surest of it; there is one at least."""
    stated = state_question(question)
    judged = reader.entail([(item.text, stated) for item in evidence[:VERDICT_READ]])
    pairs = zip(judged, evidence, strict=False)
    return max(pairs, key=lambda pair: max(pair[0].entailed, pair[0].contradicted))


def answer_yes_or_no(
    question: str, evidence: Sequence[Evidence], reader: Reader, policy: Policy | None = None
) -> AnswerSentence | None:
    """Answer by yes or no with the sentence that says so; None when none surely does.

    A no is told by a sentence that denies: of those that seem to contradict without denying, half
    of the labelled ones are a yes.
    """
    if not evidence or _NEGATED.search(normalize(question)):
        return None
    policy = policy or load_policy()
    judged, item = judge_statement(question, evidence, reader)
    if judged.entailed >= policy.yes:
        word = "Oui"
    elif judged.contradicted >= policy.no and is_negative(item.text):
        word = "Non"
    else:
        return None
    said = quote_evidence(item)
    return AnswerSentence(typeset(f"{word} : {quote(said.text)}"), said.citations, "supported")
