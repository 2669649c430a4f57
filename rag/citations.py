"""Checks what was written against what it cites, sentence by sentence, without a language model.

A sentence keeps its citation when its figures with their scale, its names, its polarity and most
of its words are in the evidence; it gets another number when another evidence says it; else it is
replaced by the evidence itself, quoted. Deterministic, and the same for every engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.french import (
    find_names,
    find_quantities,
    fold,
    is_negative,
    plain_spaces,
    strip_markdown,
    terms,
    typeset,
)
from rag.types import AnswerSentence, Evidence, Support

# Share of a sentence's search terms that its evidence must hold. Below the lower one it says
# something else; between the two it says more than its source.
_SUPPORTED_OVERLAP = 0.75
_PARTIAL_OVERLAP = 0.5

_MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_MARKED_SENTENCE = re.compile(
    r"(?P<text>.*?)(?P<marks>(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+|\Z)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: a label, a score from 0 to 1, and a French reason unless supported."""

    support: Support
    score: float
    why: str = ""


def check_claim(claim: str, source: str, context: str = "") -> Verdict:
    """Say whether ``source`` says ``claim``.

    Parameters
    ----------
    claim
        One sentence.
    source
        The sentence or passage it rests on.
    context
        What also names things without stating them: title, date, neighbouring sentences. Names
        and years may come from there; other figures may not.
    """
    score = _overlap(claim, source, context)
    why = _missing_quantity(claim, source, context)
    if why:
        return Verdict("unsupported", min(score, 0.4), why)
    absent = sorted(find_names(claim) - set(_words(f"{source} {context}")))
    if absent:
        named = _as_written(claim, absent[0])
        return Verdict("unsupported", min(score, 0.4), f"« {named} » n’apparaît pas dans la source")
    if is_negative(claim) != is_negative(source) and score >= _PARTIAL_OVERLAP:
        told = "la phrase nie" if is_negative(claim) else "la phrase affirme"
        other = "affirme" if is_negative(claim) else "nie"
        return Verdict("contradicted", min(score, 0.3), f"{told} ce que la source {other}")
    if score >= _SUPPORTED_OVERLAP:
        return Verdict("supported", score)
    if score >= _PARTIAL_OVERLAP:
        return Verdict("partial", score, "la source n’en dit qu’une partie")
    return Verdict("unsupported", score, "la source parle d’autre chose")


def parse_answer(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Cut a generated text into sentences with the numbers that close each.

    Returns
    -------
    list[tuple[str, tuple[int, ...]]]
        Sentences without marks, ended by a full stop, and their numbers, in order, once each.
    """
    found = []
    for match in _MARKED_SENTENCE.finditer(text):
        sentence = match["text"].lstrip(" .\n\t-–•").strip()
        if not re.search(r"\w", sentence):
            continue
        numbers = [
            int(n) for mark in _MARKS.findall(match["marks"]) for n in re.findall(r"\d+", mark)
        ]
        ended = sentence if sentence[-1] in ".!?…" else sentence + "."
        found.append((ended, tuple(dict.fromkeys(numbers))))
    return found


def ground_answer(text: str, evidence: Sequence[Evidence]) -> tuple[AnswerSentence, ...]:
    """Check a generated answer and return what may be shown: supported sentences and quotes.

    Parameters
    ----------
    text
        What the engine wrote, with ``[n]`` marks.
    evidence
        What it was shown; never empty.
    """
    shown: list[AnswerSentence] = []
    for sentence, numbers in parse_answer(text):
        grounded = _ground_sentence(sentence, numbers, evidence)
        if all(fold(grounded.text) != fold(other.text) for other in shown):
            shown.append(grounded)
    return tuple(shown)


def quote_evidence(item: Evidence) -> AnswerSentence:
    """Make a sentence of an answer out of the evidence itself."""
    text = " ".join(strip_markdown(item.text).split())
    return AnswerSentence(typeset(text), (item.n,), "supported", quoted=True)


def _ground_sentence(
    sentence: str, numbers: Sequence[int], evidence: Sequence[Evidence]
) -> AnswerSentence:
    by_number = {item.n: item for item in evidence}
    cited = [by_number[n] for n in numbers if n in by_number]
    if cited:
        together = _check_against(sentence, cited)
        if together.support == "supported":
            return AnswerSentence(typeset(sentence), tuple(e.n for e in cited), "supported")
    best = max(evidence, key=lambda item: _rank(_check_against(sentence, [item])))
    if _check_against(sentence, [best]).support == "supported":
        return AnswerSentence(typeset(sentence), (best.n,), "supported")
    return quote_evidence(cited[0] if cited else best)


def _check_against(sentence: str, cited: Sequence[Evidence]) -> Verdict:
    source = " ".join(item.text for item in cited)
    context = " ".join(f"{e.chunk.title} {e.chunk.date} {e.chunk.text}" for e in cited)
    return check_claim(sentence, source, context)


def _rank(verdict: Verdict) -> tuple[bool, float]:
    return verdict.support == "supported", verdict.score


def _overlap(claim: str, source: str, context: str) -> float:
    """Share of the claim's terms that are in the source; a name found in the context counts."""
    wanted = set(terms(claim))
    if not wanted:
        return 0.0
    held = set(terms(source))
    named = {term for name in find_names(claim) for term in terms(name)} & set(terms(context))
    return len(wanted & (held | named)) / len(wanted)


def _missing_quantity(claim: str, source: str, context: str) -> str:
    held = find_quantities(source)
    values = {value for value, _ in held}
    years = {value for value, scale in find_quantities(context) if not scale and _is_year(value)}
    for value, scale in sorted(find_quantities(claim)):
        if value not in values:
            if not scale and value in years:
                continue
            return f"le chiffre {value.replace('.', ',')} n’apparaît pas dans la source"
        scales = {s for v, s in held if v == value}
        # « 10 et 13 milliards »: a figure without a scale of its own takes any.
        if scale and scale not in scales and scales != {""}:
            return f"le chiffre {value.replace('.', ',')} n’a pas la même unité dans la source"
    return ""


def _is_year(value: str) -> bool:
    return value.isdecimal() and 1900 <= int(value) <= 2100


def _words(text: str) -> list[str]:
    folded = fold(text)
    return re.findall(r"[^\W_]+(?:[-.][^\W_]+)*", folded) + re.findall(r"[^\W_]+", folded)


def _as_written(claim: str, folded_name: str) -> str:
    for word in re.findall(r"[^\W_]+(?:[-.][^\W_]+)*", plain_spaces(claim)):
        if fold(word) == folded_name:
            return str(word)
    return folded_name
