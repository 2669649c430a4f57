"""The index: passages, their vectors and their terms, over the same rows.

An index is a list of segments, and never changed: ``build_index`` makes the next one of the
segments of the previous one that are the same and of new ones, so nothing is embedded twice,
nothing deleted stays, and one more article costs one segment, however many there are. Knows nothing
about files on disk.
"""

from __future__ import annotations

import math
import re
import string
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import groupby, pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from simplemma import is_known

from rag.chunking import CHUNKING, chunk_article, spans_to_index, text_to_index
from rag.copies import FEW, Copies, collect_copies, group_copies, regroup_copies
from rag.french import TERMS, fold, is_heading, question_words, stem
from rag.orders import find_orders
from rag.segments import (
    Segment,
    Tensors,
    describe_articles,
    hash_article,
    hash_term,
    hash_text,
    join_pieces,
)
from rag.types import Article, Chunk, Encoder, Span, Vectors

RULES = f"{CHUNKING} {TERMS}"
# Letters of a segment, and what the least article counts for: about five thousand passages, which
# are made anew for one of them in a third of a second.
_LONGEST_SEGMENT, _LEAST = 4_000_000, 400
# What is read once and kept: of passages and articles some tens of megabytes.
_KEPT_CHUNKS, _KEPT_ARTICLES, _KEPT_TERMS = 8192, 256, 4096
# Up to so many passages every cosine is computed; of more, those of the passages that are nearest
# by eight bits a number. Other ways that FAISS has take less time and miss more: see README.
EXACT, _SHORTLIST = 20_000, 200
# Passages of an article by which its copies are looked for, and articles that are compared with it.
_NEAR_PASSAGES, _NEAR = 8, 8
_Postings = tuple[int, NDArray[np.int32], NDArray[np.uint16]]
# Passages embedded between two progress reports and two looks at the keyboard.
_STEP = 64
# See ``segments`` for what they were chosen on.
_K1, _B = 0.6, 0.75
# A word shorter than this is taken as it is typed; from _LONG letters on it may have two errors.
_SHORTEST, _LONG = 5, 8
# No French word or name is longer; comparing what is takes time without bound.
_LONGEST = 40
_LETTERS = tuple(map(ord, string.ascii_lowercase))
_VOWELS = frozenset("aeiouy")
_WORD = re.compile(r"[^\W\d_]+")
# Passages looked at to see whether a word is written in two.
_READ = 8


class Spelling:
    """The names of an index, to find the one that a mistyped word stands for."""

    def __init__(self, names: Sequence[str]) -> None:
        # Only names: off the subject, one unknown word in six is near some word of the articles
        # (« guerre », « guère »), one in fifty near a name. Sorted: one typo, one answer.
        self.names = frozenset(names)
        self._names = sorted(name for name in names if len(name) >= _SHORTEST - 1)
        self._counts = _count_letters(self._names)

    def find_nearest(self, word: str) -> str:
        """Return the name that a folded word is a typing error of, or ""."""
        allowed = 0 if not _SHORTEST <= len(word) <= _LONGEST else 1 if len(word) < _LONG else 2
        found = [
            (edits, -_similarity(word, name), name)
            for name in self._candidates(word, allowed)
            if abs(len(name) - len(word)) <= allowed
            and (edits := _count_edits(word, name)) <= allowed
        ]
        return min(found)[2] if found and allowed else ""

    def _candidates(self, word: str, allowed: int) -> list[str]:
        """Return the names with the same first letter whose letters could be near enough."""
        first = bisect_left(self._names, word[:1])
        last = bisect_right(self._names, word[:1] + "\uffff")
        differing = np.abs(self._counts[first:last] - _count_letters([word])).sum(axis=1)
        return [self._names[first + i] for i in np.flatnonzero(differing <= 2 * allowed)]


def _count_letters(words: Sequence[str]) -> NDArray[np.int8]:
    """Count each letter of the alphabet in each word: int8 ``[n, 26]``."""
    letters = np.array([word.encode("ascii", "replace") for word in words] or [b"?"])
    codes = letters.view(np.uint8).reshape(len(letters), -1)
    return np.stack([(codes == code).sum(axis=1) for code in _LETTERS], axis=1).astype(np.int8)


def _similarity(one: str, other: str) -> float:
    """Share of the trigrams that two words have in common (Jaccard)."""
    first, second = ({w[i : i + 3] for i in range(len(w) - 2)} for w in (f"^{one}$", f"^{other}$"))
    return len(first & second) / len(first | second)


def _count_edits(one: str, other: str) -> int:
    """Count the letters added, left out, replaced or swapped with the next (Damerau).

    A vowel is often taken for another; another consonant makes another name, and counts twice.
    """
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, sought in enumerate(other, start=1):
            edits = min(above[j] + 1, row[-1] + 1, above[j - 1] + _replacement(letter, sought))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == sought:
                edits = min(edits, before[j - 2] + 1)
            row.append(edits)
        before, above = above, row
    return above[-1]


def _replacement(letter: str, sought: str) -> int:
    if letter == sought:
        return 0
    return 1 if letter in _VOWELS and sought in _VOWELS else 2


class _Chunks(Sequence[Chunk]):
    """The passages of an index in row order, read as they are asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._first = _count_rows(segments)
        self._read = lru_cache(maxsize=_KEPT_CHUNKS)(self._read_row)

    def __len__(self) -> int:
        return int(self._first[-1])

    @overload
    def __getitem__(self, row: int) -> Chunk: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Chunk, ...]: ...
    def __getitem__(self, row: int | slice) -> Chunk | tuple[Chunk, ...]:
        if isinstance(row, slice):
            return tuple(self._read(k) for k in range(*row.indices(len(self))))
        return self._read(range(len(self))[row])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def _read_row(self, row: int) -> Chunk:
        number, place = _locate(self._first, row)
        return self._segments[number].read_chunk(place)


class _Articles(Mapping[str, Article]):
    """The articles of an index by id, sorted, read as they are asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._read = lru_cache(maxsize=_KEPT_ARTICLES)(self._read_id)

    def __len__(self) -> int:
        return sum(len(segment.tensors["digests"]) for segment in self._segments)

    def __iter__(self) -> Iterator[str]:
        return (identifier for segment in self._segments for identifier in segment.list_ids())

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and _find(self._segments, identifier)[1] >= 0

    def __getitem__(self, identifier: str) -> Article:
        return self._read(identifier)

    def _read_id(self, identifier: str) -> Article:
        number, place = _find(self._segments, identifier)
        if place < 0:
            raise KeyError(identifier)
        return self._segments[number].read_article(place)


def _count_rows(segments: Sequence[Segment]) -> NDArray[np.int64]:
    """Row of the index where each segment begins, and the end."""
    return np.concatenate([[0], np.cumsum([len(segment) for segment in segments])]).astype(np.int64)


def _locate(first: NDArray[np.int64], row: int) -> tuple[int, int]:
    """Return the segment that holds a row, and its place there."""
    number = int(np.searchsorted(first, row, side="right")) - 1
    return number, int(row - first[number])


def _find(segments: Sequence[Segment], identifier: str) -> tuple[int, int]:
    """Return the segment that has an article, or would have it, and its place there or -1."""
    number = bisect_right(segments, identifier, key=lambda segment: segment.read_id(0)) - 1
    return number, segments[number].find(identifier) if number >= 0 else -1


def _look(
    vector: Vectors, count: int, segment: Segment, within: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return segment.find_near(vector, count, within)


def _take_least(values: NDArray[Any], count: int) -> NDArray[np.int64]:
    return np.argpartition(values, count - 1)[:count] if count else np.empty(0, np.int64)


@dataclass(frozen=True)
class Index:
    """Everything a question needs; immutable.

    Attributes
    ----------
    segments
        In the order of the ids of their articles, which is that of the rows.
    fingerprint
        The encoder that made the vectors.
    rules
        What the passages were cut and their terms found by; of others the vectors alone are good.
    groups
        The ids of the articles that are one text; see ``copies``.
    """

    segments: tuple[Segment, ...]
    fingerprint: str
    rules: str = RULES
    groups: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def articles(self) -> Mapping[str, Article]:
        """By id, sorted; read as they are asked for."""
        return _Articles(self.segments)

    @cached_property
    def chunks(self) -> Sequence[Chunk]:
        """Passages, in row order; read as they are asked for."""
        return _Chunks(self.segments)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The words of the names in the passages, folded, sorted."""
        found: set[str] = set().union(*(segment.list_names() for segment in self.segments))
        return tuple(sorted(found - {""}))

    @cached_property
    def moments(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean ``[d]`` and covariance ``[d, d]`` of the passage vectors.

        They give the exact mean and variance of a question's similarity to all passages without
        computing every similarity.
        """
        weights = np.diff(self._first_row) / len(self.chunks)
        means = np.stack([segment.tensors["mean"] for segment in self.segments])
        if len(means) == 1:
            # Copied: what lies elsewhere in a file is added up in another order.
            return means[0].copy(), self.segments[0].tensors["covariance"].copy()
        mean = weights @ means
        spread = (means - mean) * np.sqrt(weights)[:, None]
        covariance = spread.T @ spread
        for weight, segment in zip(weights, self.segments, strict=True):
            covariance += weight * segment.tensors["covariance"]
        return mean.astype(np.float32), covariance.astype(np.float32)

    def rows_of(self, identifier: str) -> range:
        """Return the rows of the passages of an article; none when it is not here."""
        number, place = _find(self.segments, identifier)
        if place < 0:
            return range(0)
        first = self._first_row[number] + self.segments[number].tensors["first_passage"]
        return range(int(first[place]), int(first[place + 1]))

    def select_rows(self, identifiers: Collection[str]) -> NDArray[np.bool_]:
        """Return which rows are passages of these articles: bool ``[n]``."""
        kept = np.zeros(len(self.chunks), np.bool_)
        for identifier in identifiers:
            rows = self.rows_of(identifier)
            kept[rows.start : rows.stop] = True
        return kept

    def passage_vectors(self, rows: Iterable[int]) -> Vectors:
        """Return the vectors of passages: float32 ``[k, d]``."""
        wanted = np.fromiter(rows, np.int64)
        numbers = np.searchsorted(self._first_row, wanted, side="right") - 1
        found = np.empty((len(wanted), len(self.segments[0].tensors["mean"])), np.float32)
        for number in np.unique(numbers):
            here = numbers == number
            places = wanted[here] - self._first_row[number]
            found[here] = self.segments[number].tensors["passages"][places]
        return found

    def sentence_vectors(self, row: int) -> Vectors:
        """Return the vectors of the sentences of passage ``row``: float32 ``[k, d]``."""
        number, place = _locate(self._first_row, row)
        return self.segments[number].sentence_vectors(place)

    def find_near(
        self, vector: Vectors, count: int, within: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return the rows nearest to a unit vector, in no order.

        Of a large index, exact cosines are computed of a shortlist alone.

        Parameters
        ----------
        count
            How many, at most as many as may be found.
        within
            The rows that may be found, bool ``[n]``; None for all.
        """
        if len(self.chunks) <= EXACT:
            cosines = np.concatenate([s.tensors["passages"] @ vector for s in self.segments])
            return _take_least(
                -cosines if within is None else -np.where(within, cosines, -9), count
            )
        bounds = pairwise(self._first_row.tolist())
        parts = [None if within is None else within[first:last] for first, last in bounds]
        likely = max(count, _SHORTLIST)
        # FAISS takes one core for one question.
        with ThreadPoolExecutor() as workers:
            look = partial(_look, vector, likely)
            found = list(workers.map(look, self.segments, parts))
        near = zip(self._first_row.tolist(), found, strict=False)
        rows = np.concatenate([first + places for first, (_, places) in near])
        cosines = np.concatenate([cosines for cosines, _ in found])
        rows = rows[_take_least(-cosines, min(likely, len(rows)))]
        return rows[_take_least(-(self.passage_vectors(rows) @ vector), count)]

    @cached_property
    def copies(self) -> Copies:
        """The articles that are one text."""
        return collect_copies(self.groups, self.articles)

    @cached_property
    def repeats(self) -> dict[int, dict[Span, list[int]]]:
        """By row, of copies, its statements and a row of each article before that has them."""
        found: dict[int, dict[Span, list[int]]] = {}
        for row in sorted(row for name in self.copies.groups for row in self.rows_of(name)):
            chunk = self.chunks[row]
            for span in chunk.sentences:
                text = chunk.text[span.start - chunk.start : span.end - chunk.start]
                before = self.copies.find_before(chunk.article_id, text)
                if not is_heading(text):
                    rows = [self.rows_of(name).start for name in before]
                    found.setdefault(row, {})[span] = rows
        return found

    def find_repeats(self, row: int, within: NDArray[np.bool_] | None = None) -> set[Span]:
        """Return the statements of a passage that an article to show before it has as well.

        Only an article that is among the rows ``within`` counts.
        """
        return {
            span
            for span, before in self.repeats.get(row, {}).items()
            if before and (within is None or within[before].any())
        }

    @cached_property
    def spelling(self) -> Spelling:
        """The names in the passages, to find the one that a mistyped word stands for."""
        return Spelling(self.names)

    def rows_holding(self, term: str) -> NDArray[np.int64]:
        """Return the rows of the passages that hold a term, sorted: empty when none does."""
        found = [rows + first for first, rows, _ in self._find_postings(term)]
        return np.concatenate([np.empty(0, np.int64), *found])

    def count_holding(self, term: str) -> int:
        """Count the passages that hold a term."""
        return sum(len(rows) for _, rows, _ in self._find_postings(term))

    def find_terms(self, question: str) -> list[str]:
        """Return the search terms of a question in the spelling of the passages.

        Of the spellings of a name (« openai », « Open AI », « OpenAI ») the one that most passages
        hold is taken, and a word that no passage holds gives the name that it is a typing error
        of. What is still unknown stays as ``french.terms`` gives it.
        """
        pairs = question_words(question)
        found: list[str] = []
        position = 0
        while position < len(pairs):
            joined = self._find_joined(pairs[position : position + 2])
            found += [joined] if joined else self._find_spelling(*pairs[position])
            position += 2 if joined else 1
        return found

    def respell(self, question: str) -> str:
        """Write the names of a question as the passages do, typing errors and cut names mended.

        « combien microsft a mis dans open ai » gives « combien Microsoft a mis dans OpenAI ».
        Only what no passage holds as it was typed, and no dictionary (simplemma's), is written
        anew, and two words that more passages write in one. Of 110 questions of dossiers with a
        letter of a name left out 10 are refused and not 14, as meant 9; 82 are as they were.
        """
        words = list(_WORD.finditer(question))
        pieces: list[str] = []
        end = position = 0
        while position < len(words):
            first, second = words[position], words[position + 1 : position + 2]
            last, known = first, ""
            if second and question[first.end() : second[0].start()] in (" ", "-"):
                folded = [fold(word[0]) for word in (first, second[0])]
                joined = self._find_joined([(stem(word), word) for word in folded])
                if joined and "".join(folded) in self.spelling.names:
                    last, known = second[0], "".join(folded)
            if not known:
                word = fold(first[0])
                held = self.count_holding(self._as_held(word))
                common = held or is_known(first[0].lower(), lang=("fr", "en"))
                known = "" if common else self.spelling.find_nearest(word)
            if known:
                pieces += [question[end : first.start()], self._write_name(known)]
                end = last.end()
            position += 1 if last is first else 2
        return "".join(pieces) + question[end:]

    def _write_name(self, name: str) -> str:
        """Return a folded name as the first passage that holds it writes it."""
        for row in self.rows_holding(self._as_held(name))[:_READ]:
            for match in _WORD.finditer(text_to_index(self.chunks[row])):
                if fold(match[0]) == name:
                    return match[0]
        return name

    def _find_joined(self, pairs: Sequence[tuple[str, str]]) -> str:
        """Return the term of two words that the passages rather write in one, else ""."""
        if len(pairs) < 2 or not all(word.isalpha() for _, word in pairs):
            return ""
        joined = self._as_held("".join(word for _, word in pairs))
        together = self._rows_holding_both(pairs[0][0], pairs[1][0])
        return joined if self.count_holding(joined) > len(together) else ""

    def _rows_holding_both(self, one: str, other: str) -> NDArray[np.int64]:
        return np.intersect1d(self.rows_holding(one), self.rows_holding(other))

    def _as_held(self, word: str) -> str:
        """Return the stem of a folded word, or the word where it is a name that more hold."""
        choices = ((word, word in self.spelling.names), (stem(word), False))
        return max(choices, key=lambda choice: (self.count_holding(choice[0]), choice[1]))[0]

    def _find_spelling(self, term: str, word: str) -> list[str]:
        held = bool(self.count_holding(term))
        if not word.isalpha():
            # What an added acronym misses, the words that it stands for do not.
            return [term] if word or held else []
        if len(word) > _LONGEST or (held and term == word):
            return [term]
        known = self._as_held(word)
        if held or self.count_holding(known):
            return [known if self.count_holding(known) else term]
        nearest = self._as_held(self.spelling.find_nearest(word))
        return self._find_split(word) or [nearest if self.count_holding(nearest) else term]

    def _find_split(self, word: str) -> list[str]:
        """Return the terms of a word that passages write in two, else nothing.

        « Montblanc », or « lunite » without its apostrophe.
        """
        elided = _ELIDED.match(word)
        if elided and self.count_holding(known := self._as_held(elided[1])):
            return [known]
        for cut in range(2, len(word) - 1):
            parts = word[:cut], word[cut:]
            found = [stem(part) for part in parts]
            rows = self._rows_holding_both(*found)
            pattern = re.compile(rf"\b{parts[0]}[ -]{parts[1]}\b")
            if any(pattern.search(fold(text_to_index(self.chunks[row]))) for row in rows[:_READ]):
                return found
        return []

    def lexical_scores(self, query_terms: Sequence[str]) -> NDArray[np.float32]:
        """Return the BM25 score of every passage: float32 ``[n]``, 0 where no term is shared.

        To the last digit what the library bm25s gives, which keeps scores and not counts: one
        article more changes all of them. « lucene » of Kamphuis et al. 2020, « Which BM25 do you
        mean? ».
        """
        total = len(self.chunks)
        scores = np.zeros(total, dtype=np.float32)
        for term in query_terms:
            holding = self.count_holding(term)
            rarity = np.float32(math.log(1 + (total - holding + 0.5) / (holding + 0.5)))
            for first, rows, counts in self._find_postings(term):
                places, often = rows + first, counts.astype(np.float32)
                gained = rarity * (often / (self._dampers[places] + often))
                scores[places] += gained.astype(np.float32)
        return scores

    @cached_property
    def _first_row(self) -> NDArray[np.int64]:
        return _count_rows(self.segments)

    @cached_property
    def _dampers(self) -> NDArray[np.float64]:
        """What BM25 adds to the count of a term in each passage, by its length: ``[n]``."""
        lengths = np.concatenate([segment.tensors["lengths"] for segment in self.segments])
        dampers: NDArray[np.float64] = _K1 * ((1 - _B) + _B * lengths / lengths.mean())
        return dampers

    @cached_property
    def _find_postings(self) -> Callable[[str], list[_Postings]]:
        """Find the passages that hold a term, and remember them."""
        return lru_cache(maxsize=_KEPT_TERMS)(self._read_postings)

    def _read_postings(self, term: str) -> list[_Postings]:
        # The empty term stands for a passage without any.
        places = zip(self._first_row.tolist(), self.segments, strict=False) if term else ()
        found = [(first, *segment.find_postings(hash_term(term))) for first, segment in places]
        return [postings for postings in found if len(postings[1])]


# A folded word whose first letters may have lost their apostrophe.
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu)([aeiouyh]\w{3,})$")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What building an index did, counted in articles and passages."""

    articles: int
    passages: int
    embedded: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def unchanged(self) -> bool:
        """Whether the new index says the same as the previous one."""
        return not (self.embedded or self.added or self.changed or self.removed)


def build_index(
    articles: Iterable[Article],
    load_encoder: Callable[[], Encoder],
    fingerprint: str,
    previous: Index | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    keep: Callable[[Segment], Segment] = lambda segment: segment,
) -> tuple[Index, BuildReport]:
    """Index articles, embedding only the passages whose text ``previous`` does not hold.

    Parameters
    ----------
    articles
        The whole corpus: what is not here is not in the result.
    load_encoder
        Called once, and only when something must be embedded.
    fingerprint
        Of the encoder; vectors of ``previous`` are taken only when it has the same.
    progress
        Called with the number of passages embedded so far and in all.
    keep
        Given each segment as it is made, returns the one to use: the same, on the disk.

    Returns
    -------
    tuple[Index, BuildReport]
        Equal, up to what the encoder's rounding does, to an index built without ``previous``.
    """
    by_id = {article.id: article for article in articles}
    hashes = {name: hash_article(by_id[name]) for name in sorted(by_id)}
    known = previous if previous and previous.fingerprint == fingerprint else None
    plan = _plan(by_id, hashes, known)
    work = _Work(by_id, hashes, known, load_encoder, fingerprint, progress)
    work.count([names for names in plan if not isinstance(names, Segment)])
    segments = [
        names if isinstance(names, Segment) else keep(work.make_segment(names)) for names in plan
    ]
    index = Index(tuple(segments), fingerprint)
    report = _report(index, previous, hashes, work.embedded)
    return replace(index, groups=_group(index, by_id, previous, report)), report


def _group(
    index: Index, articles: Mapping[str, Article], previous: Index | None, report: BuildReport
) -> tuple[tuple[str, ...], ...]:
    """Find the articles that are one text; of a large index, among those that changed."""
    changed = {*report.added, *report.changed, *report.removed}
    if previous and previous.rules == RULES and not changed:
        return previous.groups
    if not previous or len(articles) <= FEW or len(changed) > FEW:
        return group_copies(articles)

    def find_near(name: str) -> list[str]:
        vectors = index.passage_vectors(index.rows_of(name)[:_NEAR_PASSAGES])
        rows = [row for v in vectors for row in index.find_near(v, min(_NEAR, len(index.chunks)))]
        found = Counter(index.chunks[int(row)].article_id for row in rows)
        del found[name]
        return [other for other, _ in found.most_common(_NEAR)]

    return regroup_copies(previous.groups, articles, changed, find_near)


def _plan(
    articles: Mapping[str, Article], hashes: Mapping[str, bytes], previous: Index | None
) -> list[Segment | list[str]]:
    """Return the segments that stay, and of those to make the ids of their articles, in order."""
    former = previous.segments if previous and previous.rules == RULES else ()
    names = list(hashes)
    firsts = [bisect_left(names, segment.read_id(0)) for segment in former[1:]]
    plan: list[Segment | list[str]] = []
    for number, (first, last) in enumerate(pairwise([0, *firsts, len(names)])):
        here = names[first:last]
        told = b"".join(hashes[name] for name in here)
        if former and _is_same(former[number], here, told):
            plan.append(former[number])
        else:
            plan += _divide(here, [len(articles[name].text) + _LEAST for name in here])
    return plan


def _is_same(segment: Segment, names: list[str], hashes: bytes) -> bool:
    return segment.tensors["digests"].tobytes() == hashes and segment.list_ids() == names


def _divide(names: list[str], sizes: list[int]) -> list[Segment | list[str]]:
    """Cut a list where a segment would be too long, into parts of like size."""
    total = sum(sizes)
    parts = -(-total // _LONGEST_SEGMENT)
    cuts: dict[int, list[str]] = {}
    done = 0
    for name, size in zip(names, sizes, strict=True):
        cuts.setdefault(done * parts // total, []).append(name)
        done += size
    return list(cuts.values())


class _Work:
    """Makes segments, each of its texts embedded once."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        hashes: Mapping[str, bytes],
        previous: Index | None,
        load_encoder: Callable[[], Encoder],
        fingerprint: str,
        progress: Callable[[int, int], None],
    ) -> None:
        self._articles, self._hashes, self._previous = articles, hashes, previous
        self._load, self._fingerprint, self._progress = load_encoder, fingerprint, progress
        self._encoder: Encoder | None = None
        self._total = 0
        self.embedded = 0

    def count(self, plan: Iterable[list[str]]) -> None:
        """Count what is to embed, to tell how far it is."""
        for names in plan:
            fresh = (self._articles[name] for name in names if not self._find_same(name))
            chunks = [chunk for article in fresh for chunk in chunk_article(article)]
            self._total += len(self._find_missing(chunks)[1])

    def make_segment(self, names: list[str]) -> Segment:
        """Join what is known of the articles that stay with what is found of the others."""
        fresh = {n: chunk_article(self._articles[n]) for n in names if not self._find_same(n)}
        known, missing = self._find_missing([chunk for of in fresh.values() for chunk in of])
        known |= self._embed(missing)
        pieces: list[Tensors] = []
        for same, run in groupby(names, key=lambda name: name not in fresh):
            if same:
                places = [place for name in run if (place := self._find_same(name))]
                pieces += [segment.cut(first, last) for segment, first, last in _join_runs(places)]
            else:
                pieces.append(self._describe({name: fresh[name] for name in run}, known))
        return join_pieces(pieces)

    def _describe(self, chunks: dict[str, list[Chunk]], known: dict[int, Vectors]) -> Tensors:
        vectors = [[known[hash_text(chunk)] for chunk in of] for of in chunks.values()]
        told = [
            [
                replace(chunk, orders=find_orders(chunk, row[1:], self._fingerprint))
                for chunk, row in zip(of, rows, strict=True)
            ]
            for of, rows in zip(chunks.values(), vectors, strict=True)
        ]
        articles = [(self._articles[name], self._hashes[name]) for name in chunks]
        return describe_articles(articles, told, vectors)

    def _find_same(self, name: str) -> tuple[Segment, int] | None:
        """Return where an article is that has not changed."""
        if self._previous is None or self._previous.rules != RULES:
            return None
        number, place = _find(self._previous.segments, name)
        segment = self._previous.segments[number]
        same = place >= 0 and segment.tensors["digests"][place].tobytes() == self._hashes[name]
        return (segment, place) if same else None

    def _find_missing(self, chunks: Sequence[Chunk]) -> tuple[dict[int, Vectors], dict[int, Chunk]]:
        """Return the vectors that are known, and the passages without any, by their texts."""
        by_key = {hash_text(chunk): chunk for chunk in chunks}
        known = {key: rows for key in by_key if (rows := self._recall(key)) is not None}
        return known, {key: chunk for key, chunk in by_key.items() if key not in known}

    def _recall(self, key: int) -> Vectors | None:
        keys, order = self._former
        place = int(np.searchsorted(keys, np.uint64(key)))
        if self._previous is None or place == len(keys) or int(keys[place]) != key:
            return None
        row = int(order[place])
        return np.vstack(
            [self._previous.passage_vectors([row]), self._previous.sentence_vectors(row)]
        )

    @cached_property
    def _former(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The texts that vectors are known of, sorted, and their rows."""
        segments = self._previous.segments if self._previous else ()
        keys = np.concatenate([np.empty(0, np.uint64), *(s.tensors["keys"] for s in segments)])
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def _embed(self, missing: dict[int, Chunk]) -> dict[int, Vectors]:
        if not missing:
            return {}
        self._encoder = self._encoder or self._load()
        # Passages of like length go together, so that little is spent on padding.
        pending = sorted(missing.items(), key=lambda item: -len(text_to_index(item[1])))
        found: dict[int, Vectors] = {}
        for first in range(0, len(pending), _STEP):
            self._progress(self.embedded, self._total)
            step = pending[first : first + _STEP]
            vectors = self._encoder.encode_passages(
                [text_to_index(chunk) for _, chunk in step],
                [spans_to_index(chunk) for _, chunk in step],
            )
            found.update(zip((key for key, _ in step), vectors, strict=True))
            self.embedded += len(step)
        self._progress(self.embedded, self._total)
        return found


def _join_runs(places: Iterable[tuple[Segment, int]]) -> Iterator[tuple[Segment, int, int]]:
    """Return neighbours together: a segment, the place of the first and the one after the last."""
    runs: list[tuple[Segment, int, int]] = []
    for segment, place in places:
        if runs and runs[-1][0] is segment and runs[-1][2] == place:
            segment, first, _ = runs.pop()
            runs.append((segment, first, place + 1))
        else:
            runs.append((segment, place, place + 1))
    return iter(runs)


def _report(
    index: Index, previous: Index | None, hashes: Mapping[str, bytes], embedded: int
) -> BuildReport:
    kept = {id(segment) for segment in index.segments}
    old = {
        name: digest.tobytes()
        for segment in (previous.segments if previous else ())
        if id(segment) not in kept
        for name, digest in zip(segment.list_ids(), segment.tensors["digests"], strict=True)
    }
    own = {id(segment) for segment in (previous.segments if previous else ())}
    new = {
        name for segment in index.segments if id(segment) not in own for name in segment.list_ids()
    }
    return BuildReport(
        articles=len(index.articles),
        passages=len(index.chunks),
        embedded=embedded,
        added=tuple(sorted(new - old.keys())),
        changed=tuple(sorted(name for name in new & old.keys() if hashes[name] != old[name])),
        removed=tuple(sorted(old.keys() - new)),
    )
