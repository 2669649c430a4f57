"""Checks what was written against what it cites, sentence by sentence, without a language model.

A sentence keeps its citation when the evidence says it (``support.py``); it gets another number
when another evidence says it; else it is replaced by the evidence itself, quoted. Deterministic,
and the same for every engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.french import (
    find_answer_type,
    fold,
    holds_answer_type,
    split_sentences,
    strip_markdown,
    terms,
    typeset,
)
from rag.support import Verdict, check_claims
from rag.types import AnswerSentence, Evidence, Reader

# Another number is put on a sentence when its evidence says this much more of it.
_CLEARLY_BETTER = 0.15

_MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_MARKED_SENTENCE = re.compile(
    r"(?P<text>.*?)(?P<marks>(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+|\Z)", re.DOTALL
)


def parse_answer(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Cut a generated text into sentences with the numbers that close each.

    Returns
    -------
    list[tuple[str, tuple[int, ...]]]
        Sentences without marks, ended by a full stop, and their numbers, in order, once each.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    for match in _MARKED_SENTENCE.finditer(text):
        numbers = [
            int(n) for mark in _MARKS.findall(match["marks"]) for n in re.findall(r"\d+", mark)
        ]
        piece = match["text"]
        sentences = [piece[span.start : span.end] for span in split_sentences(piece)]
        sentences = [s.lstrip(" .\n\t-–•").strip() for s in sentences if re.search(r"\w", s)]
        for position, sentence in enumerate(sentences, start=1):
            ended = sentence if sentence.rstrip(" »")[-1:] in ".!?…" else sentence + "."
            closing = tuple(dict.fromkeys(numbers)) if position == len(sentences) else ()
            found.append((ended, closing))
    return found


def ground_answer(
    text: str, evidence: Sequence[Evidence], question: str = "", reader: Reader | None = None
) -> tuple[AnswerSentence, ...]:
    """Check a generated answer and return what may be shown: supported sentences and quotes.

    Parameters
    ----------
    text
        What the engine wrote, with ``[n]`` marks.
    evidence
        What it was shown; never empty.
    question
        A sentence that only says it again answers nothing, and is replaced by its evidence; so is
        one without the figure or the date asked for.
    reader
        Asked once, about all that words alone do not decide.
    """
    asked = set(terms(question))
    written = parse_answer(text)
    by_number = {item.n: item for item in evidence}
    cited = [[by_number[n] for n in numbers if n in by_number] for _, numbers in written]
    # Each sentence against what it cites, taken together, then against each piece of evidence.
    trials = [
        (sentence, group)
        for (sentence, _), own in zip(written, cited, strict=True)
        for group in (own, *([item] for item in evidence))
    ]
    verdicts = iter(check_claims([_lay_out(*trial) for trial in trials], reader, False))
    shown: list[AnswerSentence] = []
    for (sentence, _), own in zip(written, cited, strict=True):
        together = next(verdicts)
        each = [(next(verdicts), item) for item in evidence]
        if set(terms(sentence)) - asked and not _evades(sentence, question, evidence):
            grounded = _ground_sentence(sentence, own, together, each)
        else:
            grounded = quote_evidence(own[0] if own else _find_best(each)[1])
        if all(fold(grounded.text) != fold(other.text) for other in shown):
            shown.append(grounded)
    return tuple(shown)


def _evades(sentence: str, question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence lacks the figure or the date that a question asks and evidence holds."""
    asked = find_answer_type(question)
    if asked not in ("quantity", "date") or holds_answer_type(sentence, asked):
        return False
    return any(holds_answer_type(item.text, asked) for item in evidence)


def quote_evidence(item: Evidence) -> AnswerSentence:
    """Make a sentence of an answer out of the evidence itself, without marks that it may forge."""
    text = " ".join(_MARKS.sub("", strip_markdown(item.text)).split())
    return AnswerSentence(typeset(text), (item.n,), "supported", quoted=True)


def _lay_out(sentence: str, cited: Sequence[Evidence]) -> tuple[str, str, str]:
    """Return what a sentence is checked against: the texts cited, and their surroundings."""
    source = " ".join(item.text for item in cited)
    context = " ".join(f"{e.chunk.title} {e.chunk.date} {e.chunk.text}" for e in cited)
    return sentence, source, context


def _ground_sentence(
    sentence: str, cited: Sequence[Evidence], own: Verdict, each: Sequence[tuple[Verdict, Evidence]]
) -> AnswerSentence:
    better, best = _find_best(each)
    # The number that the model chose holds unless another sentence says clearly more of it.
    holds = own.support == "supported" and better.score <= own.score + _CLEARLY_BETTER
    if own.support == "supported" or better.support == "supported":
        sources = cited if holds else [best]
        return AnswerSentence(typeset(sentence), tuple(e.n for e in sources), "supported")
    return quote_evidence(cited[0] if cited else best)


def _find_best(each: Sequence[tuple[Verdict, Evidence]]) -> tuple[Verdict, Evidence]:
    return max(each, key=lambda pair: (pair[0].support == "supported", pair[0].score))
