"""Lays a claim along the passage of its source that says it best, word by word.

The alignment is global for the claim and local for the source (Needleman & Wunsch 1970, free
ends), so that what a claim puts in the place of something stands in front of what it replaces.
Knows nothing about verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.french import split_sentences
from rag.opposites import has_opposite, is_opposite
from rag.tokens import HARD, Kind, Token, find_shared_names, is_same, is_year, tokenize

# Two texts with this share of their words in the same places are about the same thing.
_SAME_SUBJECT = 0.5
# From this share of words in their places on, a name elsewhere is one that was put elsewhere.
_VERBATIM = 0.8

# ---------------------------------------------------------------------------------- alignment

# What a token in its place is worth, what it costs the claim to add one, and to leave one of the
# source out. A claim may leave out much; what it adds weighs.
_WORTH: dict[Kind, float] = {
    "word": 1.0,
    "light": 0.25,
    "name": 1.0,
    "number": 1.0,
    "unit": 0.6,
    "date": 0.8,
    "negation": 0.5,
    "mark": 0.02,
}
_ADDED: dict[Kind, float] = {
    "word": 0.5,
    "light": 0.15,
    "name": 0.6,
    "number": 0.6,
    "unit": 0.4,
    "date": 0.5,
    "negation": 0.2,
    "mark": 0.0,
}
_LEFT_OUT: dict[Kind, float] = {
    "word": 0.08,
    "light": 0.03,
    "name": 0.3,
    "number": 0.3,
    "unit": 0.1,
    "date": 0.15,
    "negation": 0.1,
    "mark": 0.0,
}
_LEFT_OUT_ASIDE = 0.02
_NEXT_SENTENCE = 3.5
# A token in the place of another: of its kind or its opposite, nearly free, so that they face each
# other; any other word costs less than adding one and leaving one out.
_SAME_KIND = -0.1
_OTHER_WORD = -0.35
_NEVER = -9.0


def align(claim: Sequence[Token], source: Sequence[Token]) -> list[int | None]:
    """Lay the claim along the source at the least cost.

    Returns, for each token of the claim, the place of the token of the source that it repeats or
    replaces, None when the claim adds it.

    Each row of the table is one pass over the source: leaving tokens out is a running maximum once
    what it costs is added up beforehand.
    """
    if not claim or not source:
        return [None] * len(claim)
    # A column that nothing matches stands between two sentences: all that crosses pays it.
    starts = [j for j in range(1, len(source)) if source[j].sentence != source[j - 1].sentence]
    gains = np.insert(_gains(claim, source), starts, _NEVER, axis=1)
    left_out = np.insert([_cost_of_leaving(token) for token in source], starts, _NEXT_SENTENCE)
    left_out = np.concatenate([[0.0], left_out])
    skipped = np.cumsum(left_out)
    best = np.zeros((len(claim) + 1, len(left_out)))
    for i, token in enumerate(claim, start=1):
        entered = best[i - 1] - _ADDED[token.kind]
        entered[1:] = np.maximum(entered[1:], best[i - 1, :-1] + gains[i - 1])
        best[i] = np.maximum.accumulate(entered + skipped) - skipped
    columns = np.insert(np.arange(len(source)), starts, -1)
    return [
        None if place is None else int(columns[place]) for place in _trace(best, gains, left_out)
    ]


def _trace(
    best: NDArray[np.float64], gains: NDArray[np.float64], left_out: NDArray[np.float64]
) -> list[int | None]:
    places: list[int | None] = [None] * len(gains)
    i, j = len(gains), int(best[-1].argmax())
    while i and j:
        score = best[i, j]
        if abs(score - best[i - 1, j - 1] - gains[i - 1, j - 1]) < 1e-9:
            i, j = i - 1, j - 1
            places[i] = j
        elif abs(score - best[i, j - 1] + left_out[j]) < 1e-9:
            j -= 1
        else:
            i -= 1
    return places


def _cost_of_leaving(token: Token) -> float:
    return _LEFT_OUT_ASIDE if token.aside else _LEFT_OUT[token.kind]


def _gains(claim: Sequence[Token], source: Sequence[Token]) -> NDArray[np.float64]:
    """Return what each token of the claim is worth in the place of each of the source."""
    codes: dict[str, int] = {}

    def code(tokens: Sequence[Token], of: Callable[[Token], str]) -> NDArray[np.int64]:
        return np.array([codes.setdefault(of(t), len(codes)) for t in tokens], dtype=np.int64)

    def equal(of: Callable[[Token], str]) -> NDArray[np.bool_]:
        return np.equal.outer(code(claim, of), code(source, of))

    def either(of: Callable[[Token], bool]) -> NDArray[np.bool_]:
        return np.logical_or.outer([of(t) for t in claim], [of(t) for t in source])

    def both(of: Callable[[Token], bool]) -> NDArray[np.bool_]:
        return np.logical_and.outer([of(t) for t in claim], [of(t) for t in source])

    same = (equal(lambda t: t.plain) & ~either(lambda t: t.kind == "number")) | (
        equal(lambda t: t.key) & both(lambda t: bool(t.key)) & ~either(lambda t: t.kind == "name")
    )
    is_light = equal(lambda t: "light" if t.kind == "light" else "")
    gains = np.where(is_light, _OTHER_WORD, _NEVER)
    gains[both(lambda t: t.opens and t.kind != "light")] = _SAME_KIND
    gains[either(lambda t: t.kind in ("mark", "negation"))] = _NEVER
    gains[equal(lambda t: t.kind) & both(lambda t: t.kind in HARD)] = _SAME_KIND
    opposed = [j for j, token in enumerate(source) if has_opposite(token.plain)]
    for i, token in enumerate(claim):
        if has_opposite(token.plain):
            gains[i, [j for j in opposed if is_opposite(token.plain, source[j].plain)]] = _SAME_KIND
    return np.where(same, np.array([_WORTH[t.kind] for t in claim])[:, None], gains)


# -------------------------------------------------------------------------------- comparison

_PRONOUNS = frozenset("il elle ils elles celui celle ceux lui leur ce".split())


class Comparison:
    """A claim laid along its source, with what the rules ask of it again and again."""

    def __init__(self, claim: str, source: str, context: str) -> None:
        self.sentence, self._text = claim, source
        known = find_shared_names(claim, source, context)
        self.claim, self.source = tokenize(claim, known), tokenize(source, known)
        self.places = align(self.claim, self.source)
        self.lent = [t for t in tokenize(context, known) if t.kind == "name" or is_year(t)]
        self.used = {place for place in self.places if place is not None}
        sentences = {self.source[j].sentence for j in self.used}
        self.around = [j for j, t in enumerate(self.source) if t.sentence in sentences]
        self.loose = [j for j in self.around if j not in self.used]

    def repeats(self, i: int) -> bool:
        """Whether token ``i`` of the claim is in its place in the source."""
        place = self.places[i]
        return place is not None and is_same(self.claim[i], self.source[place])

    def facing(self, i: int) -> Token | None:
        """Return the token of the source that token ``i`` of the claim replaces, if any."""
        place = self.places[i]
        return None if place is None or self.repeats(i) else self.source[place]

    def held(self, i: int) -> list[int]:
        """Return where in the source token ``i`` of the claim also stands."""
        return [j for j, t in enumerate(self.source) if is_same(self.claim[i], t)]

    def is_lent(self, i: int) -> bool:
        """Whether the context, or an acronym spelled out, gives token ``i`` of the claim."""
        return any(is_same(self.claim[i], t) for t in self.lent) or self.is_spelled_out(i)

    def is_spelled_out(self, i: int) -> bool:
        """Whether token ``i`` of the claim is an acronym of words of the source."""
        token = self.claim[i]
        return token.kind == "name" and token.written.isupper() and token.plain in self.initials

    @cached_property
    def is_repeated(self) -> bool:
        """Whether every word of content is in its place."""
        content = [i for i, t in enumerate(self.claim) if t.kind in HARD or t.kind == "word"]
        return bool(content) and all(map(self.repeats, content))

    @property
    def passage(self) -> str:
        """The sentences that the claim lies along, and the one before, for whom « il » is."""
        spans = split_sentences(self._text)
        numbers = [self.source[j].sentence for j in self.around]
        if not numbers:
            return self._text
        return self._text[spans[max(0, min(numbers) - 1)].start : spans[max(numbers)].end]

    @cached_property
    def initials(self) -> str:
        """The initials of the words of the source: « Union européenne » is « UE »."""
        return "".join(
            " " if t.kind == "mark" else t.plain[0] for t in self.source if t.kind != "light"
        )

    def stretch(self, i: int) -> range:
        """Return the unmatched stretch of the source around token ``i`` of the claim."""
        before = [p for k in range(i) if (p := self.places[k]) is not None and self.repeats(k)]
        after = [
            p
            for k in range(i + 1, len(self.claim))
            if (p := self.places[k]) is not None and self.repeats(k)
        ]
        return range(before[-1] + 1 if before else 0, after[0] if after else len(self.source))

    @cached_property
    def share(self) -> float:
        """Share of what the claim says that the source holds, where it says it or beside.

        The mean of two shares: of everything, and of the plain words alone, since names and years
        may come from the context but what happened may not.
        """
        weights = [
            (t.kind, self._held_part(i))
            for i, t in enumerate(self.claim)
            if t.kind in HARD or t.kind == "word"
        ]
        shares = [
            sum(part for _, part in kept) / len(kept)
            for kept in (weights, [w for w in weights if w[0] == "word"])
            if kept
        ]
        return sum(shares) / len(shares) if shares else 0.0

    def _held_part(self, i: int) -> float:
        if self.repeats(i):
            return 1.0
        held = self.held(i)
        if set(held) & set(self.around) or self.is_lent(i):
            return 1.0
        return 0.7 if held else 0.0

    @cached_property
    def is_verbatim(self) -> bool:
        """Whether all plain words are in their places, or nearly all."""
        plain = [i for i, t in enumerate(self.claim) if t.kind == "word"]
        return sum(self.repeats(i) for i in plain) >= _VERBATIM * len(plain) > 0

    @cached_property
    def has_pronoun(self) -> bool:
        """Whether « il » or « elle » may stand for a name of another sentence."""
        return any(self.source[j].plain in _PRONOUNS for j in self.around)

    @cached_property
    def is_turned(self) -> bool:
        """Whether one is in the passive: « A rachète B », « B est racheté par A »."""
        if any(t.plain == "par" and not self.repeats(i) for i, t in enumerate(self.claim)):
            return True
        agents = [
            self.source[k]
            for j in self.loose
            if self.source[j].plain == "par"
            for k in range(j + 1, min(j + 3, len(self.source)))
        ]
        return any(is_same(agent, t) for agent in agents for t in self.claim if t.kind == "name")

    @cached_property
    def same_subject(self) -> bool:
        """Whether half of the content of the claim is in its place."""
        content = [i for i, t in enumerate(self.claim) if t.kind in HARD or t.kind == "word"]
        repeated = sum(self.repeats(i) for i in content)
        return repeated >= _SAME_SUBJECT * len(content) > 0
