"""The index: passages, their vectors in FAISS and their terms in BM25, over the same rows.

Row ``i`` of the FAISS index, document ``i`` of BM25 and ``chunks[i]`` are the same passage. An
index is never changed: ``build_index`` makes the next one and takes from the previous one the
vectors of every text that is the same, so nothing is embedded twice and nothing deleted stays.
Knows nothing about files on disk.
"""

from __future__ import annotations

import hashlib
import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray
from simplemma import is_known

from rag.chunking import chunk_article, spans_to_index, text_to_index
from rag.copies import Copies, find_copies
from rag.french import fold, is_heading, name_words, question_words, stem, terms
from rag.orders import find_orders
from rag.types import Article, Chunk, Encoder, Span, Vectors

# Passages embedded between two progress reports and two looks at the keyboard.
_STEP = 64
# Times that the title's terms count. With k1 and b, on 2,226 stand-alone PIAF questions, R@1 of
# BM25 alone: .803 at once, 1.2 and 0.75; .811 at once, 0.6 and 0.75; .815 as here; .813 at three
# times. A passage is short: a word said again tells less than one said in a long document.
_TITLE = 2
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


@dataclass(frozen=True)
class Index:
    """Everything a question needs; immutable.

    Attributes
    ----------
    articles
        By id.
    chunks
        Passages, in row order.
    passages
        FAISS inner-product index, one unit vector a passage.
    sentences
        float16 ``[number of sentences, dimension]``, unit rows, passage after passage.
    lexical
        BM25 over ``french.terms`` of the passages.
    fingerprint
        The encoder that made the vectors.
    names
        The words of the names in the passages, folded, sorted.
    """

    articles: dict[str, Article]
    chunks: tuple[Chunk, ...]
    passages: faiss.Index
    sentences: NDArray[np.float16]
    lexical: bm25s.BM25
    fingerprint: str
    names: tuple[str, ...] = ()

    @cached_property
    def first_sentence(self) -> NDArray[np.int64]:
        """Row of ``sentences`` where each passage begins, and the end: int64 ``[n + 1]``."""
        counts = [len(chunk.sentences) for chunk in self.chunks]
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def moments(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean ``[d]`` and covariance ``[d, d]`` of the passage vectors.

        They give the exact mean and variance of a question's similarity to all passages without
        computing every similarity.
        """
        vectors = self.passages.reconstruct_n(0, len(self.chunks))
        return vectors.mean(axis=0), np.cov(vectors, rowvar=False, bias=True).astype(np.float32)

    def sentence_vectors(self, row: int) -> NDArray[np.float32]:
        """Return the vectors of the sentences of passage ``row``: float32 ``[k, d]``."""
        first, last = self.first_sentence[row], self.first_sentence[row + 1]
        return self.sentences[first:last].astype(np.float32)

    @cached_property
    def copies(self) -> Copies:
        """The articles that are one text."""
        return find_copies(tuple(self.articles.values()))

    @cached_property
    def repeats(self) -> dict[int, dict[Span, list[int]]]:
        """By row, of copies, its statements and a row of each article before that has them."""
        first = {chunk.article_id: row for row, chunk in reversed(list(enumerate(self.chunks)))}
        found: dict[int, dict[Span, list[int]]] = {}
        for row, chunk in enumerate(self.chunks):
            if chunk.article_id not in self.copies.groups:
                continue
            for span in chunk.sentences:
                text = chunk.text[span.start - chunk.start : span.end - chunk.start]
                before = self.copies.find_before(chunk.article_id, text)
                if not is_heading(text):
                    found.setdefault(row, {})[span] = [first[name] for name in before]
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

    def rows_holding(self, term: str) -> NDArray[np.int32]:
        """Return the rows of the passages that hold a term: empty when none does."""
        # The empty term stands for a passage without any.
        column = self.lexical.vocab_dict.get(term) if term else None
        if column is None:
            return np.empty(0, dtype=np.int32)
        first, last = self.lexical.scores["indptr"][column : column + 2]
        rows: NDArray[np.int32] = self.lexical.scores["indices"][first:last]
        return rows

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
                held = len(self.rows_holding(self._as_held(word)))
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
        return joined if len(self.rows_holding(joined)) > len(together) else ""

    def _rows_holding_both(self, one: str, other: str) -> NDArray[np.int32]:
        return np.intersect1d(self.rows_holding(one), self.rows_holding(other))

    def _as_held(self, word: str) -> str:
        """Return the stem of a folded word, or the word where it is a name that more hold."""
        choices = ((word, word in self.spelling.names), (stem(word), False))
        return max(choices, key=lambda choice: (len(self.rows_holding(choice[0])), choice[1]))[0]

    def _find_spelling(self, term: str, word: str) -> list[str]:
        held = bool(len(self.rows_holding(term)))
        if not word.isalpha():
            # What an added acronym misses, the words that it stands for do not.
            return [term] if word or held else []
        if len(word) > _LONGEST or (held and term == word):
            return [term]
        known = self._as_held(word)
        if held or len(self.rows_holding(known)):
            return [known if len(self.rows_holding(known)) else term]
        nearest = self._as_held(self.spelling.find_nearest(word))
        return self._find_split(word) or [nearest if len(self.rows_holding(nearest)) else term]

    def _find_split(self, word: str) -> list[str]:
        """Return the terms of a word that passages write in two, else nothing.

        « Montblanc », or « lunite » without its apostrophe.
        """
        elided = _ELIDED.match(word)
        if elided and len(self.rows_holding(known := self._as_held(elided[1]))):
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
        """Return the BM25 score of every passage: float32 ``[n]``, 0 where no term is shared."""
        known = [term for term in query_terms if term in self.lexical.vocab_dict]
        if not known:
            return np.zeros(len(self.chunks), dtype=np.float32)
        scores: NDArray[np.float32] = self.lexical.get_scores(known)
        return scores


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

    Returns
    -------
    tuple[Index, BuildReport]
        Equal, up to what the encoder's rounding does, to an index built without ``previous``.
    """
    by_id = {article.id: article for article in articles}
    chunks = tuple(chunk for key in sorted(by_id) for chunk in chunk_article(by_id[key]))
    known = _known_vectors(previous, fingerprint)
    keys = [_key(chunk) for chunk in chunks]
    missing = {key: chunk for key, chunk in zip(keys, chunks, strict=True) if key not in known}
    if missing:
        known |= _embed(missing, load_encoder(), progress)
    rows = [known[key] for key in keys]
    index = Index(
        articles=by_id,
        chunks=tuple(
            replace(chunk, orders=find_orders(chunk, row[1:], fingerprint))
            for chunk, row in zip(chunks, rows, strict=True)
        ),
        passages=_build_faiss(rows),
        sentences=np.concatenate([row[1:] for row in rows]).astype(np.float16),
        lexical=_build_bm25(chunks),
        fingerprint=fingerprint,
        names=_find_names(chunks),
    )
    return index, _report(index, previous, len(missing))


def _key(chunk: Chunk) -> str:
    """Name what is embedded for a passage: its text and the cut of its sentences."""
    spans = ",".join(f"{span.start}-{span.end}" for span in spans_to_index(chunk))
    return hashlib.sha256(f"{spans}\n{text_to_index(chunk)}".encode()).hexdigest()


def _known_vectors(previous: Index | None, fingerprint: str) -> dict[str, Vectors]:
    if previous is None or previous.fingerprint != fingerprint:
        return {}
    vectors = previous.passages.reconstruct_n(0, len(previous.chunks))
    return {
        _key(chunk): np.vstack([vectors[row : row + 1], previous.sentence_vectors(row)])
        for row, chunk in enumerate(previous.chunks)
    }


def _embed(
    missing: dict[str, Chunk], encoder: Encoder, progress: Callable[[int, int], None]
) -> dict[str, Vectors]:
    # Passages of like length go together, so that little is spent on padding.
    pending = sorted(missing.items(), key=lambda item: -len(text_to_index(item[1])))
    found: dict[str, Vectors] = {}
    for first in range(0, len(pending), _STEP):
        progress(first, len(pending))
        step = pending[first : first + _STEP]
        vectors = encoder.encode_passages(
            [text_to_index(chunk) for _, chunk in step],
            [spans_to_index(chunk) for _, chunk in step],
        )
        found.update(zip((key for key, _ in step), vectors, strict=True))
    progress(len(pending), len(pending))
    return found


def _build_faiss(rows: Sequence[Vectors]) -> faiss.Index:
    passages = np.stack([row[0] for row in rows]).astype(np.float32)
    index = faiss.IndexFlatIP(passages.shape[1])
    index.add(passages)
    return index


def _build_bm25(chunks: Sequence[Chunk]) -> bm25s.BM25:
    lexical = bm25s.BM25(k1=_K1, b=_B, method="lucene")
    # The empty term, which no question has, stands for a passage without any.
    lexical.index(
        [terms(chunk.title) * _TITLE + terms(chunk.text) or [""] for chunk in chunks],
        show_progress=False,
    )
    return lexical


def _find_names(chunks: Sequence[Chunk]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*(name_words(text_to_index(chunk)) for chunk in chunks))))


def _report(index: Index, previous: Index | None, embedded: int) -> BuildReport:
    old = previous.articles if previous else {}
    new = index.articles
    return BuildReport(
        articles=len(new),
        passages=len(index.chunks),
        embedded=embedded,
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(key for key in new.keys() & old.keys() if new[key] != old[key])),
        removed=tuple(sorted(old.keys() - new.keys())),
    )
