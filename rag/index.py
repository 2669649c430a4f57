"""The index: passages, their vectors in FAISS and their terms in BM25, over the same rows.

Row ``i`` of the FAISS index, document ``i`` of BM25 and ``chunks[i]`` are the same passage. An
index is never changed: ``build_index`` makes the next one and takes from the previous one the
vectors of every text that is the same, so nothing is embedded twice and nothing deleted stays.
Knows nothing about files on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from rag.chunking import chunk_article, spans_to_index, text_to_index
from rag.french import terms
from rag.types import Article, Chunk, Encoder, Vectors

# Passages embedded between two progress reports and two looks at the keyboard.
_STEP = 64


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
    """

    articles: dict[str, Article]
    chunks: tuple[Chunk, ...]
    passages: faiss.Index
    sentences: NDArray[np.float16]
    lexical: bm25s.BM25
    fingerprint: str

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

    def lexical_scores(self, query_terms: Sequence[str]) -> NDArray[np.float32]:
        """Return the BM25 score of every passage: float32 ``[n]``, 0 where no term is shared."""
        known = [term for term in query_terms if term in self.lexical.vocab_dict]
        if not known:
            return np.zeros(len(self.chunks), dtype=np.float32)
        scores: NDArray[np.float32] = self.lexical.get_scores(known)
        return scores


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
        chunks=chunks,
        passages=_build_faiss(rows),
        sentences=np.concatenate([row[1:] for row in rows]).astype(np.float16),
        lexical=_build_bm25(chunks),
        fingerprint=fingerprint,
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
    # k1 and b are those of Lucene (Kamphuis et al. 2020, « Which BM25 do you mean? »).
    lexical = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    # The empty term, which no question has, stands for a passage without any.
    lexical.index([terms(text_to_index(chunk)) or [""] for chunk in chunks], show_progress=False)
    return lexical


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
