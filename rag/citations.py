"""Checks what was written against what it cites, sentence by sentence, without a language model.

A sentence keeps its citation when the evidence says it (``support.py``); it gets another number
when another evidence says it; else it is left out. Deterministic, and the same for every engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from rag.french import (
    find_answer_type,
    fold,
    holds_answer_type,
    is_negative,
    split_sentences,
    strip_markdown,
    terms,
    typeset,
)
from rag.support import check_claims
from rag.types import AnswerSentence, Evidence, Reader

# What a small model leaves behind: « ._ », a stop inside a sentence without a space after it.
_STRAY = re.compile(r"_|[.,;:!?…]{2,}+(?<!\.\.\.)(?<![^\W\d_]\.,)|[a-zà-ÿ][.!?;][a-zà-ÿ]{2}|\s[.,]")
_WORD = re.compile(r"[^\W\d_]+")
# « Booking.com », which is no stray mark where a source writes it.
_DOTTED = re.compile(r"\w+(?:\.\w+)+")
# Letters of a word that may be two, glued.
_GLUED = 8
MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_MARKED_SENTENCE = re.compile(
    r"(?P<text>.*?)(?P<marks>(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+|\Z)", re.DOTALL
)


def list_numbers(text: str) -> tuple[int, ...]:
    """List the numbers that a text cites, in order, once each."""
    found = (int(n) for mark in MARKS.findall(text) for n in re.findall(r"\d+", mark))
    return tuple(dict.fromkeys(found))


def parse_answer(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Cut a generated text into sentences with the numbers that close each.

    Returns
    -------
    list[tuple[str, tuple[int, ...]]]
        Sentences without marks, ended by a full stop, and their numbers, in order, once each. What
        has neither a number nor an end was broken off, and is left out.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    for match in _MARKED_SENTENCE.finditer(text):
        numbers = list_numbers(match["marks"])
        piece = match["text"]
        sentences = [piece[span.start : span.end] for span in split_sentences(piece)]
        sentences = [s.lstrip(" .\n\t-–•").strip() for s in sentences if re.search(r"\w", s)]
        for position, sentence in enumerate(sentences, start=1):
            if not match["marks"] and sentence.rstrip(" »")[-1:] not in ".!?…":
                continue
            ended = sentence if sentence.rstrip(" »")[-1:] in ".!?…" else sentence + "."
            closing = numbers if position == len(sentences) else ()
            found.append((ended, closing))
    return found


def ground_answer(
    text: str, evidence: Sequence[Evidence], reader: Reader, question: str = ""
) -> tuple[AnswerSentence, ...]:
    """Check a generated text and return the sentences of it that the evidence says.

    Parameters
    ----------
    text
        What the engine wrote, with ``[n]`` marks.
    evidence
        What it was shown; never empty.
    reader
        Asked about all sentences at once, then about those that cite the wrong evidence.
    question
        A sentence that only says it again answers nothing, and is left out; so is one without the
        figure or the date asked for, and one that denies what its evidence does not.
    """
    asked = set(terms(question))
    known = _list_words(question, *(f"{e.chunk.title} {e.chunk.text}" for e in evidence))
    written = [
        (sentence, numbers)
        for sentence, numbers in parse_answer(text)
        if is_well_formed(sentence, known)
        and set(terms(sentence)) - asked
        and not _evades(sentence, question, evidence)
    ]
    by_number = {item.n: item for item in evidence}
    cited = [[by_number[n] for n in numbers if n in by_number] for _, numbers in written]
    sentences = [sentence for sentence, _ in written]
    shown = _support(sentences, cited, reader)
    # The model may have put the wrong number: what its own evidence does not say, another may.
    others = [i for i, numbers in enumerate(shown) if not numbers]
    tried = _support(
        [sentences[i] for i in others for _ in evidence],
        [[item] for _ in others for item in evidence],
        reader,
    )
    for place, i in enumerate(others):
        found = tried[place * len(evidence) : (place + 1) * len(evidence)]
        shown[i] = next(filter(None, found), ())
    kept: dict[str, AnswerSentence] = {}
    for sentence, numbers in zip(sentences, shown, strict=True):
        if numbers and not denies(sentence, [by_number[n] for n in numbers]):
            made = AnswerSentence(typeset(sentence), numbers, "supported", reworded=True)
            kept.setdefault(fold(sentence), made)
    return tuple(kept.values())


def _support(
    sentences: Sequence[str], groups: Sequence[Sequence[Evidence]], reader: Reader
) -> list[tuple[int, ...]]:
    """Return the numbers of the evidence that supports each sentence, none when it does not."""
    asked = [(s, g) for s, g in zip(sentences, groups, strict=True) if g]
    verdicts = iter(check_claims([lay_out(*pair) for pair in asked], reader))
    return [
        tuple(e.n for e in group) if group and next(verdicts).support == "supported" else ()
        for group in groups
    ]


def denies(sentence: str, cited: Sequence[Evidence]) -> bool:
    """Whether a sentence denies what nothing that it cites does.

    A writer trained to correct false questions denies true ones too (« Elle ne l’a pas retenu »).
    """
    return is_negative(sentence) and not any(is_negative(item.text) for item in cited)


def is_well_formed(sentence: str, known: AbstractSet[str]) -> bool:
    """Whether a sentence has no stray mark, ends, and glues no two known words into one."""
    folded = fold(sentence)
    if _STRAY.search(_DOTTED.sub(lambda m: "x" if fold(m[0]) in known else m[0], sentence)):
        return False
    return not any(
        len(word) >= _GLUED and word not in known and _is_glued(word, known)
        for word in _WORD.findall(folded)
    )


def _is_glued(word: str, known: AbstractSet[str]) -> bool:
    return any(word[:k] in known and word[k:] in known for k in range(4, len(word) - 3))


def _list_words(*texts: str) -> AbstractSet[str]:
    folded = [fold(text) for text in texts]
    return frozenset(
        word for text in folded for words in (_WORD, _DOTTED) for word in words.findall(text)
    )


def _evades(sentence: str, question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence lacks the figure or the date that a question asks and evidence holds."""
    asked = find_answer_type(question)
    if asked not in ("quantity", "date") or holds_answer_type(sentence, asked):
        return False
    return any(holds_answer_type(item.text, asked) for item in evidence)


def quote_evidence(item: Evidence) -> AnswerSentence:
    """Make a sentence of an answer out of the evidence itself, without marks that it may forge."""
    text = " ".join(MARKS.sub("", strip_markdown(item.text)).split())
    return AnswerSentence(typeset(text), (item.n,), "supported", quoted=True)


def lay_out(sentence: str, cited: Sequence[Evidence]) -> tuple[str, str, str]:
    """Return what a sentence is checked against: the texts cited, and their surroundings."""
    source = " ".join(item.text for item in cited)
    context = " ".join(f"{e.chunk.title} {e.chunk.date} {e.chunk.text}" for e in cited)
    return sentence, source, context
