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
    STOP_WORDS,
    find_names,
    find_quantities,
    fold,
    is_negative,
    plain_spaces,
    split_sentences,
    strip_markdown,
    terms,
    typeset,
)
from rag.types import AnswerSentence, Evidence, Support

# Share of a sentence's search terms that its evidence must hold. Below the lower one it says
# something else; between the two it says more than its source.
_SUPPORTED_OVERLAP = 0.75
_PARTIAL_OVERLAP = 0.5
_CLEARLY_BETTER = 0.15

# What makes a figure less than a fact, in folded text, and what to say when it is left out.
_RESERVES = (
    (
        r"\bengag(?:e[es]*|eme|ait|ent)\w* (?:a|sur|pour)\b|\bpromet|\bpromis|\bprevoi|\bprevu"
        r"|\bcompt(?:e|ait|ent) \w+er\b|\bintention\b|\bprojet",
        "la source parle d’une promesse ou d’un projet, la phrase d’un fait",
    ),
    (
        r"\bjusqu'a\b(?! (?:present|ce|la|l'))|\bau plus\b|\bau maximum\b|\bplafond|\bau moins\b",
        "la source donne une limite, la phrase un montant",
    ),
    (
        r"\bpourra(?:it|ient)\b|\bserai(?:t|ent)\b|\baurai(?:t|ent)\b|\bdevrai(?:t|ent)\b",
        "la source est au conditionnel, la phrase affirme",
    ),
)
# Terms that belong to a figure and say nothing of what happened.
_UNITS = frozenset(
    terms(
        "milliards millions milliers mille dollars euros livres pour cent cents deux trois quatre "
        "cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante "
        "cinquante soixante"
    )
)
_MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_MARKED_SENTENCE = re.compile(
    r"(?P<text>.*?)(?P<marks>(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+|\Z)", re.DOTALL
)
# The capitalised word that opens a sentence.
_OPENING = re.compile(r"\W*(?:[LDld]['’])?([A-ZÀ-ÖØ-Þ][^\W\d_]+)\b(?!['’])")


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
    words = set(_words(f"{source} {context}"))
    absent = sorted(find_names(claim) - words) or _swapped_opening(claim, source, words)
    if absent:
        named = _as_written(claim, absent[0])
        return Verdict("unsupported", min(score, 0.4), f"« {named} » n’apparaît pas dans la source")
    lent = _lent_subject(claim, source)
    if lent:
        named = _as_written(claim, lent)
        return Verdict(
            "unsupported", min(score, 0.4), f"la source ne rapporte pas ce chiffre à « {named} »"
        )
    if is_negative(claim) != is_negative(_closest(claim, source)) and score >= _PARTIAL_OVERLAP:
        told = "la phrase nie" if is_negative(claim) else "la phrase affirme"
        other = "affirme" if is_negative(claim) else "nie"
        return Verdict("contradicted", min(score, 0.3), f"{told} ce que la source {other}")
    reserve = _dropped_reserve(claim, _closest(claim, source))
    if reserve and score >= _PARTIAL_OVERLAP:
        return Verdict("partial", min(score, 0.7), reserve)
    if score >= _SUPPORTED_OVERLAP:
        return Verdict("supported", score)
    if score >= _PARTIAL_OVERLAP:
        return Verdict("partial", score, "la source n’en dit qu’une partie")
    return Verdict("unsupported", score, "la source parle d’autre chose")


def _dropped_reserve(claim: str, source: str) -> str:
    """Say which reserve of the source a claim with a figure leaves out, or an empty string.

    « s'est engagé à investir 13 milliards » is not « a investi 13 milliards », nor « jusqu'à
    5 milliards » 5 milliards.
    """
    if not find_quantities(claim):
        return ""
    plain_claim, plain_source = fold(claim), fold(source)
    for pattern, told in _RESERVES:
        if re.search(pattern, plain_source) and not re.search(pattern, plain_claim):
            return told
    return ""


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
    text: str, evidence: Sequence[Evidence], question: str = ""
) -> tuple[AnswerSentence, ...]:
    """Check a generated answer and return what may be shown: supported sentences and quotes.

    Parameters
    ----------
    text
        What the engine wrote, with ``[n]`` marks.
    evidence
        What it was shown; never empty.
    question
        A sentence that only says it again answers nothing, and is replaced by its evidence.
    """
    asked = set(terms(question))
    shown: list[AnswerSentence] = []
    for sentence, numbers in parse_answer(text):
        grounded = _ground_sentence(sentence, numbers, evidence, asked)
        if all(fold(grounded.text) != fold(other.text) for other in shown):
            shown.append(grounded)
    return tuple(shown)


def quote_evidence(item: Evidence) -> AnswerSentence:
    """Make a sentence of an answer out of the evidence itself, without marks that it may forge."""
    text = " ".join(_MARKS.sub("", strip_markdown(item.text)).split())
    return AnswerSentence(typeset(text), (item.n,), "supported", quoted=True)


def _ground_sentence(
    sentence: str, numbers: Sequence[int], evidence: Sequence[Evidence], asked: set[str]
) -> AnswerSentence:
    by_number = {item.n: item for item in evidence}
    cited = [by_number[n] for n in numbers if n in by_number]
    verdicts = {item.n: _check_against(sentence, [item]) for item in evidence}
    best = max(evidence, key=lambda item: _rank(verdicts[item.n]))
    if set(terms(sentence)) - asked:
        own = _check_against(sentence, cited) if cited else Verdict("unsupported", 0.0)
        # The number that the model chose holds unless another sentence says clearly more of it.
        better = verdicts[best.n].score > own.score + _CLEARLY_BETTER
        sources = cited if own.support == "supported" and not better else [best]
        if own.support == "supported" or verdicts[best.n].support == "supported":
            return AnswerSentence(typeset(sentence), tuple(e.n for e in sources), "supported")
    return quote_evidence(cited[0] if cited else best)


def _check_against(sentence: str, cited: Sequence[Evidence]) -> Verdict:
    source = " ".join(item.text for item in cited)
    context = " ".join(f"{e.chunk.title} {e.chunk.date} {e.chunk.text}" for e in cited)
    return check_claim(sentence, source, context)


def _rank(verdict: Verdict) -> tuple[bool, float]:
    return verdict.support == "supported", verdict.score


def _overlap(claim: str, source: str, context: str) -> float:
    """Share of the claim's terms that the source holds: of all of them, or of its plain words.

    The lower of the two shares: names and years may come from the context, but the words that say
    what happened must be in the source, or « OpenAI a quitté Azure » would rest on any sentence
    about both.
    """
    wanted = set(terms(claim))
    if not wanted:
        return 0.0
    held = set(terms(source))
    opening = _OPENING.match(plain_spaces(claim))
    # The word that opens a sentence is a name when the context writes it as one.
    opened = {fold(opening[1])} & find_names(context) if opening else set()
    names = {term for name in find_names(claim) | opened for term in terms(name)}
    plain = {term for term in wanted - names - _UNITS if not term[0].isdigit()}
    lent = (names | {term for term in wanted if _is_year(term)}) & set(terms(context))
    known = wanted & (held | lent)
    shares = [len(known) / len(wanted)]
    if plain:
        shares.append(len(plain & held) / len(plain))
    return min(shares)


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


def _swapped_opening(claim: str, source: str, words: set[str]) -> list[str]:
    """Return the opening word of a claim when it seems to take the place of the source's name.

    « Anthropic » opens a sentence and could be any word; but it is nowhere in the source, which
    has a name that the claim has not.
    """
    opening = _OPENING.match(plain_spaces(claim))
    if not opening or fold(opening[1]) in words or fold(opening[1]) in STOP_WORDS:
        return []
    told = _OPENING.match(plain_spaces(source))
    names = find_names(source) | ({fold(told[1])} if told else set())
    return [fold(opening[1])] if names - STOP_WORDS - set(_words(claim)) else []


def _lent_subject(claim: str, source: str) -> str:
    """Return a name that a claim with a figure takes from the context against the source's own.

    The sentence before may name whom « il » stands for; but a sentence that names Microsoft does
    not count what Nadella earned.
    """
    if not find_quantities(claim):
        return ""
    held, claimed = set(_words(source)), find_names(claim)
    missing, others = sorted(claimed - held), find_names(source) - claimed
    return missing[0] if missing and others and not claimed & held else ""


def _closest(claim: str, source: str) -> str:
    """Return the sentence of the source that shares most terms with the claim."""
    wanted = set(terms(claim))
    sentences = [source[span.start : span.end] for span in split_sentences(source)]
    return max(sentences, key=lambda s: len(wanted & set(terms(s))), default=source)


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
