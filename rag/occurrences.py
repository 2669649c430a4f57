"""Counts words in passages: exact ones, in their numbers and genders, however they are elided.

A word counts in its singular and plural, masculine and feminine (simplemma's lemmas); a name only
as a name, an acronym only as one. Knows nothing about questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from simplemma import is_known, lemmatize

from rag.french import STOP_WORDS, figure_of, fold, is_heading, is_question, terms
from rag.index import Index
from rag.types import Chunk, Evidence

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_PIECE = re.compile(r"«\s*(?P<quoted>[^»]+?)\s*»|\"(?P<straight>[^\"]+)\"|(?P<plain>[^«\"]+)")
# Between the words of one name: « Jean-Marc », « Jony Ive », « GPT-5 », « I. A. ».
_JOINT = re.compile(r"[-‐‑'’. \u00a0\u202f\n]{0,2}")


@lru_cache(maxsize=100_000)
def _list_forms(word: str) -> frozenset[str]:
    """Return what a word in lower case and its other numbers and genders share."""
    lemma = lemmatize(word, lang="fr").lower() if is_known(word, lang="fr") else ""
    found = {word}
    # « fonds » is the plural of nothing.
    if len(word) > 3 and word[-1] in "sx" and lemma != word:
        found.add(word[:-1])
    # A verb's infinitive would bring together what a noun does not: « porte » and « porter ».
    if lemma and not re.search("(?:er|ir|re)$", lemma):
        found.add(lemma)
    return frozenset(found)


@dataclass(frozen=True, eq=False)
class _Word:
    """A word that is sought, and which words of a text are it."""

    index: Index
    word: str
    _judged: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def is_acronym(self) -> bool:
        return self.word.isupper() and len(self.word) > 1

    @cached_property
    def is_named(self) -> bool:
        """Whether it is typed as a name, and some passage has it as one."""
        if not self.word[0].isupper():
            return False
        texts = (self.index.chunks[int(row)].text for row in self.rows())
        return any(
            _fits(self.forms, token[0])
            for text in texts
            for token in _WORD.finditer(text)
            if token[0][0].isupper()
            and re.search(r"[\w,)]\s$|['’-]$", text[max(0, token.start() - 2) : token.start()])
        )

    @cached_property
    def is_bare(self) -> bool:
        """Whether it was typed without its accents: what is a word without them has none."""
        lower = self.word.lower()
        return lower == fold(lower) and not is_known(lower, lang="fr")

    @cached_property
    def forms(self) -> frozenset[str]:
        return _list_forms(_lower(self.word))

    def rows(self) -> NDArray[np.int64]:
        """Return the rows whose passages may hold it: those of the stems of its forms."""
        found = {fold(self.word), fold(self.word) + "s"}
        for form in (self.word, *self.forms):
            found |= {*terms(form), *terms(form.lower())}
        rows = [self.index.rows_holding(term) for term in found]
        return np.unique(np.concatenate([np.empty(0, np.int64), *rows])).astype(np.int64)

    def is_it(self, token: str) -> bool:
        """Whether a word of a text is it; the same word of many texts is judged once."""
        known = self._judged.get(token)
        if known is None:
            known = self._judged[token] = self._judge(token)
        return known

    def _judge(self, token: str) -> bool:
        if self.word[0].isdecimal():
            return token[0].isdecimal() and figure_of(token) == figure_of(self.word)
        plain = fold(token)
        if self.is_acronym:
            written = sum(map(str.isupper, token)) > 1 or (
                token[0].isupper() and not is_known(token.lower(), lang="fr")
            )
            return written and plain in (fold(self.word), fold(self.word) + "s")
        if self.is_named and not token[0].isupper():
            return False
        if plain == fold(self.word) and (self.is_bare or token.isupper()):
            return True
        if _fits(self.forms, token):
            return True
        own, others = (set(map(fold, forms)) for forms in (self.forms, _list_forms(_lower(token))))
        return bool((self.is_bare or token.isupper()) and own & others)


def _fits(forms: frozenset[str], token: str) -> bool:
    return bool(forms & _list_forms(_lower(token)))


def _lower(word: str) -> str:
    """Write a word in lower case; a capital may have lost its accent."""
    return fold(word[0]) + word[1:].lower() if word[0].isupper() else word.lower()


@dataclass(frozen=True, eq=False)
class Unit:
    """Words that stand next to each other: a word, a name of several, what was quoted."""

    index: Index
    text: str
    words: tuple[_Word, ...]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows whose passages may hold it."""
        rows = np.arange(len(self.index.chunks))
        for word in self.words:
            if fold(word.word) not in STOP_WORDS:
                rows = np.intersect1d(rows, word.rows())
        return rows

    def find(self, text: str) -> list[str]:
        """Return it each time that a text holds it, as it is written there."""
        tokens = list(_WORD.finditer(text))
        first = self.words[0]
        spelled = first.is_acronym and len(self.words) == 1
        places = (
            k
            for k, token in enumerate(tokens)
            if first.is_it(token[0]) or (spelled and len(token[0]) == 1)
        )
        runs = (self._match(text, tokens, k) for k in places)
        return [" ".join(text[run[0] : run[1]].split()) for run in runs if run]

    def _match(self, text: str, tokens: Sequence[re.Match[str]], k: int) -> tuple[int, int] | None:
        first = self.words[0]
        if first.is_acronym and len(self.words) == 1 and len(tokens[k][0]) == 1:
            letters = tokens[k : k + len(first.word)]
            spelled = "".join(token[0] for token in letters) == first.word
            dotted = all(text[t.end() : t.end() + 1] == "." for t in letters[:-1])
            return (letters[0].start(), letters[-1].end()) if spelled and dotted else None
        run = tokens[k : k + len(self.words)]
        if len(run) < len(self.words):
            return None
        if not all(word.is_it(token[0]) for word, token in zip(self.words, run, strict=True)):
            return None
        gaps = (text[a.end() : b.start()] for a, b in zip(run, run[1:], strict=False))
        return (run[0].start(), run[-1].end()) if all(map(_JOINT.fullmatch, gaps)) else None

    def count(self, within: NDArray[np.bool_] | None) -> int:
        """Count the articles that hold it."""
        return len(_list_holders(self.index, [self], self.rows, within))


@dataclass
class Holding:
    """What an article holds: its sentences that do, by their place, and how often in all.

    ``words`` are the spellings that count, by their lower case; ``nearest`` is quoted where no
    sentence does alone: the title does, or several together.
    """

    sentences: dict[tuple[int, int], Evidence] = field(default_factory=dict)
    occurrences: int = 0
    words: dict[str, str] = field(default_factory=dict)
    nearest: Evidence | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """One thing that is asked about: its words meet in one passage, its title included."""

    index: Index
    text: str

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Its words and names; empty where it has none but those that mean nothing alone."""
        found = {fold(unit.text): unit for unit in _read_units(self.index, self.text)}
        return tuple(found.values())

    def find(self, within: NDArray[np.bool_] | None) -> dict[str, Holding]:
        """Find the articles that hold it, and the sentences of them that do."""
        rows = self.units[0].rows
        for unit in self.units[1:]:
            rows = np.intersect1d(rows, unit.rows)
        return _list_holders(self.index, self.units, rows, within)


def _list_holders(
    index: Index,
    units: Sequence[Unit],
    rows: NDArray[np.int64],
    within: NDArray[np.bool_] | None,
) -> dict[str, Holding]:
    """Find the articles that hold all units in one passage, and the sentences that do alone."""
    counts: dict[str, Holding] = {}
    for row in rows if within is None else rows[within[rows]]:
        chunk = index.chunks[int(row)]
        said = [k for k in range(len(chunk.sentences)) if k not in chunk.orders]
        texts = {k: cut_sentence(chunk, k) for k in said}
        held = {k: [unit.find(text) for unit in units] for k, text in texts.items()}
        title = [unit.find(chunk.title) for unit in units]
        if not said or not all(any(ns) for ns in zip(title, *held.values(), strict=True)):
            continue
        count = counts.setdefault(chunk.article_id, Holding())
        written = [word for found in held.values() for words in found for word in words]
        count.occurrences += len(written)
        for word in written:
            count.words.setdefault(word.lower(), word)
        for k in said:
            span, ns = chunk.sentences[k], held[k]
            item = Evidence(0, chunk, span.start, span.end, texts[k], _weigh(texts[k], ns))
            if all(ns):
                count.sentences[span.start, span.end] = item
            best = count.nearest or item
            count.nearest = max(best, item, key=lambda one: one.score)
    for count in counts.values():
        # A heading announces what the sentences below it say.
        states = {k: item for k, item in count.sentences.items() if not is_heading(item.text)}
        count.sentences = states or count.sentences
    return counts


def _weigh(text: str, held: Sequence[Sequence[str]]) -> float:
    """Weigh a sentence that stands for an article: a heading or a question yields to a statement.

    It counts what a sentence holds of what is sought, and one and a half more for a statement.
    """
    states = not is_heading(text) and not is_question(text)
    known = sum(map(bool, held))
    return known + 1.5 * (known > 0 and states)


def _read_units(index: Index, text: str) -> Iterator[Unit]:
    """Cut what is asked about into words and names; what is quoted stays together."""
    shouted = text.isupper() and len(_WORD.findall(text)) > 1
    for piece in _PIECE.finditer(text):
        quoted = piece["quoted"] or piece["straight"]
        if quoted:
            words = tuple(_Word(index, word) for word in _WORD.findall(quoted))
            if words:
                yield Unit(index, quoted, words)
            continue
        plain = piece["plain"].lower() if shouted else piece["plain"]
        yield from _read_plain(index, plain)


def _read_plain(index: Index, text: str) -> Iterator[Unit]:
    run: list[re.Match[str]] = []
    for token in [*_WORD.finditer(text), None]:
        gap = text[run[-1].end() : token.start()] if run and token else ""
        glued = gap in ("", "-", "‑") and bool(run)
        named = gap == " " and _is_name(run[-1][0]) and token is not None and _is_name(token[0])
        if token and (not run or glued or named):
            run.append(token)
            continue
        yield from _make_units(index, text, run)
        run = [token] if token else []


def _is_name(word: str) -> bool:
    return word[0].isupper() and fold(word) not in STOP_WORDS


def _make_units(index: Index, text: str, run: Sequence[re.Match[str]]) -> Iterator[Unit]:
    """Make one unit of words that stand together, or one of each where no passage has them so."""
    if len(run) > 1:
        words = tuple(_Word(index, token[0]) for token in run)
        unit = Unit(index, text[run[0].start() : run[-1].end()], words)
        if unit.count(None):
            yield unit
            return
    for token in run:
        if fold(token[0]) not in STOP_WORDS:
            yield Unit(index, token[0], (_Word(index, token[0]),))


def cut_sentence(chunk: Chunk, k: int) -> str:
    """Return the text of a sentence of a passage."""
    span = chunk.sentences[k]
    return chunk.text[span.start - chunk.start : span.end - chunk.start]
