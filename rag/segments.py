"""Segments: the passages of consecutive articles, and everything that is known of them.

A segment is never changed. It is a set of tensors, in memory or mapped from one safetensors file:
what is not asked for is not read. Nothing in it depends on other segments, so that one more article
makes one segment anew and no other. Texts are records, one after the other; of a record ``i`` of
``x``, ``x_ends[i]`` is where it ends. Knows nothing about models or where the files are.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from rag.chunking import spans_to_index, text_to_index
from rag.french import name_words, terms
from rag.types import Article, Chunk, Source, Span, Vectors

# Times that the title's terms count. With k1 and b, on 2,226 stand-alone PIAF questions, R@1 of
# BM25 alone: .803 at once, 1.2 and 0.75; .811 at once, 0.6 and 0.75; .815 as here; .813 at three
# times. A passage is short: a word said again tells less than one said in a long document.
_TITLE = 2
_MOST = 2**16 - 1
# Records of text; of the others there is one row an article or a passage.
_TEXTS = ("ids", "articles", "names", "chunks")
_DTYPES = {"U8": "u1", "U16": "<u2", "I32": "<i4", "I64": "<i8", "U64": "<u8"} | {
    "F16": "<f2",
    "F32": "<f4",
}

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Segment:
    """The passages of consecutive articles.

    Attributes
    ----------
    tensors
        By name. Of each article, in the order of their ids: ``ids``, ``articles`` and ``names``
        (its folded names), records of UTF-8; ``digests``, uint8 ``[a, 32]``; ``first_passage``,
        ``[a + 1]``. Of each passage: ``chunks``, records; ``passages``, float32 ``[n, d]`` and
        ``sentences``, float16 ``[m, d]``, unit rows; ``first_sentence``, ``[n + 1]``; ``keys``,
        what ``hash_text`` says of it; ``lengths``, in terms; ``codes``, see ``quantize``. Of each
        term: ``terms``, its hash, sorted; ``first_posting``; of each passage that holds it,
        ``rows`` and ``counts``. And ``all_names``; ``mean`` ``[d]`` and ``covariance`` ``[d, d]``
        of the passage vectors.
    sha256
        Of its file; empty as long as it has none.
    """

    tensors: Tensors
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.tensors["keys"])

    def list_ids(self) -> list[str]:
        """List the ids of the articles, sorted."""
        return [self.read_id(place) for place in range(len(self.tensors["digests"]))]

    def read_id(self, place: int) -> str:
        """Return the id of one article."""
        return self._record("ids", place).decode()

    def find(self, identifier: str) -> int:
        """Return the place of an article, or -1."""
        places = range(len(self.tensors["digests"]))
        place = bisect_left(places, identifier, key=self.read_id)
        return place if place in places and self.read_id(place) == identifier else -1

    def read_article(self, place: int) -> Article:
        """Read one article."""
        item = json.loads(self._record("articles", place))
        item["topics"] = tuple(item["topics"])
        item["sources"] = tuple(Source(**source) for source in item["sources"])
        item["pages"] = tuple(item["pages"])
        item["scans"] = tuple((number, sure) for number, sure in item["scans"])
        return Article(**item)

    def read_chunk(self, row: int) -> Chunk:
        """Read one passage."""
        item = json.loads(self._record("chunks", row))
        item["sentences"] = tuple(Span(start, end) for start, end in item["sentences"])
        item["orders"] = tuple(item["orders"])
        return Chunk(**item)

    def sentence_vectors(self, row: int) -> Vectors:
        """Return the vectors of the sentences of a passage: float32 ``[k, d]``."""
        first, last = self.tensors["first_sentence"][row : row + 2]
        vectors: Vectors = self.tensors["sentences"][first:last].astype(np.float32)
        return vectors

    def find_postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """Return the rows of the passages that hold a term, by its hash, and how often."""
        known, first = self.tensors["terms"], self.tensors["first_posting"]
        place = int(np.searchsorted(known, np.uint64(term)))
        held = place < len(known) and int(known[place]) == term
        here = slice(first[place], first[place + 1]) if held else slice(0, 0)
        return self.tensors["rows"][here], self.tensors["counts"][here]

    def find_near(
        self, vector: Vectors, count: int, within: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return ``count`` passages near a unit vector and their cosines, both about.

        Of those ``within`` alone, bool ``[n]``, unless it is None.
        """
        parameters = None
        if within is not None:
            bits = np.packbits(within, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters()
            parameters.sel = selector
        cosines, rows = self._codes.search(vector[None], min(count, len(self)), params=parameters)
        found = rows[0] >= 0
        return cosines[0][found], rows[0][found]

    @cached_property
    def _codes(self) -> faiss.Index:
        """The index of FAISS, which looks at the tensor that it was read from."""
        data = self.tensors["codes"]
        # The stubs of FAISS lack it.
        reader = getattr(faiss, "ZeroCopyIOReader")(faiss.swig_ptr(data), data.nbytes)  # noqa: B009
        index = faiss.read_index(reader)
        if (index.ntotal, index.d) != self.tensors["passages"].shape:
            raise ValueError("codes")
        return index

    def list_names(self) -> list[str]:
        """List the folded names in the passages."""
        return bytes(self.tensors["all_names"]).decode().split("\n")

    def cut(self, first: int, last: int) -> Tensors:
        """Return what is known of the articles ``first`` to ``last``, to be joined with others."""
        own = self.tensors
        start, end = (int(own["first_passage"][place]) for place in (first, last))
        low, high = (int(own["first_sentence"][row]) for row in (start, end))
        held = (own["rows"] >= start) & (own["rows"] < end)
        piece = {
            "digests": own["digests"][first:last],
            "passage_counts": np.diff(own["first_passage"][first : last + 1]),
            "sentence_counts": np.diff(own["first_sentence"][start : end + 1]),
            "passages": own["passages"][start:end],
            "sentences": own["sentences"][low:high],
            "keys": own["keys"][start:end],
            "lengths": own["lengths"][start:end],
            "rows": own["rows"][held] - start,
            "counts": own["counts"][held],
            "terms": np.repeat(own["terms"], np.diff(own["first_posting"]))[held],
        }
        for name in _TEXTS:
            begin, stop = (start, end) if name == "chunks" else (first, last)
            ends = own[f"{name}_ends"]
            before = int(ends[begin - 1]) if begin else 0
            piece[name] = own[name][before : int(ends[stop - 1])]
            piece[f"{name}_ends"] = ends[begin:stop] - before
        return piece

    def serialize(self) -> bytes:
        """Return the bytes of its file: the same for the same content."""
        return save({name: np.ascontiguousarray(t) for name, t in self.tensors.items()})

    def _record(self, name: str, place: int) -> bytes:
        ends = self.tensors[f"{name}_ends"]
        return bytes(self.tensors[name][ends[place - 1] if place else 0 : ends[place]])


def read_segment(data: bytes | mmap.mmap, sha256: str) -> Segment:
    """Take a segment from the bytes of its file, which are looked at as they are needed.

    The layout is that of safetensors: the length of a header in JSON, the header, the tensors.

    Raises
    ------
    ValueError, KeyError, TypeError
        When they are none.
    """
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, item in header.items():
        if name == "__metadata__":
            continue
        first, last = item["data_offsets"]
        dtype = np.dtype(_DTYPES[item["dtype"]])
        count = (last - first) // dtype.itemsize
        tensors[name] = np.frombuffer(data, dtype, count, 8 + length + first).reshape(item["shape"])
    return Segment(tensors, sha256)


def map_file(path: Path) -> mmap.mmap:
    """Map a file to be read.

    Raises
    ------
    OSError
        When it can't be read.
    ValueError
        When it is empty.
    """
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def hash_article(article: Article) -> bytes:
    """Tell an article from every other one, its former versions included: 32 bytes."""
    return hashlib.sha256(repr(article).encode("utf-8", "surrogatepass")).digest()


def hash_text(chunk: Chunk) -> int:
    """Name what is embedded for a passage: its text and the cut of its sentences. 64 bits."""
    spans = ",".join(f"{span.start}-{span.end}" for span in spans_to_index(chunk))
    return _hash(f"{spans}\n{text_to_index(chunk)}")


@lru_cache(maxsize=1 << 16)
def hash_term(term: str) -> int:
    """Name a term in 64 bits: two of a million have the same in one index of forty million."""
    return _hash(term)


def _hash(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def describe_articles(
    articles: Sequence[tuple[Article, bytes]],
    chunks: Sequence[Sequence[Chunk]],
    vectors: Sequence[Sequence[Vectors]],
) -> Tensors:
    """Gather what is known of articles, to be joined with others.

    Parameters
    ----------
    articles
        With their hashes, in the order of their ids.
    chunks, vectors
        Of each article its passages, and of each of these the vectors of it and its sentences.
    """
    passages = [chunk for of_article in chunks for chunk in of_article]
    rows = [row for of_article in vectors for row in of_article]
    bags = [terms(c.title) * _TITLE + terms(c.text) for c in passages]
    held = [(row, *item) for row, bag in enumerate(bags) for item in Counter(bag).items()]
    names = [set().union(*(name_words(text_to_index(c)) for c in of)) for of in chunks]
    return {
        "digests": np.array([list(digest) for _, digest in articles], np.uint8).reshape(-1, 32),
        "passage_counts": np.array([len(of) for of in chunks], np.int64),
        "sentence_counts": np.array([len(chunk.sentences) for chunk in passages], np.int64),
        "passages": np.stack([row[0] for row in rows]).astype(np.float32),
        "sentences": np.concatenate([row[1:] for row in rows]).astype(np.float16),
        "keys": np.array([hash_text(chunk) for chunk in passages], np.uint64),
        # A passage without any term counts as one that has one which no question has.
        "lengths": np.array([len(bag) or 1 for bag in bags], np.int32),
        "rows": np.array([row for row, *_ in held], np.int32),
        "counts": np.array([min(count, _MOST) for *_, count in held], np.uint16),
        "terms": np.array([hash_term(term) for _, term, _ in held], np.uint64),
        **_write_records("ids", (article.id.encode() for article, _ in articles)),
        **_write_records("articles", (_encode(asdict(article)) for article, _ in articles)),
        **_write_records("names", ("\n".join(sorted(words)).encode() for words in names)),
        **_write_records("chunks", (_encode(_describe_chunk(chunk)) for chunk in passages)),
    }


def join_pieces(pieces: Sequence[Tensors]) -> Segment:
    """Make a segment of what is known of its articles, in their order."""

    def gather(name: str) -> NDArray[Any]:
        return np.concatenate([piece[name] for piece in pieces])

    tensors = {n: gather(n) for n in ("digests", "passages", "sentences", "keys", "lengths")}
    tensors["first_passage"] = _accumulate(gather("passage_counts"))
    tensors["first_sentence"] = _accumulate(gather("sentence_counts"))
    for name in _TEXTS:
        before = _accumulate([len(piece[name]) for piece in pieces])
        ends = [piece[f"{name}_ends"] + b for piece, b in zip(pieces, before[:-1], strict=True)]
        tensors |= {name: gather(name), f"{name}_ends": np.concatenate(ends)}
    tensors |= _sort_postings(pieces)
    found = (bytes(tensors["names"][a:b]) for a, b in _list_bounds(tensors["names_ends"]))
    every = set().union(*(record.decode().split("\n") for record in found)) - {""}
    vectors = tensors["passages"]
    covariance = np.cov(vectors, rowvar=False, bias=True).astype(np.float32)
    tensors["all_names"] = np.frombuffer("\n".join(sorted(every)).encode(), np.uint8)
    tensors["mean"] = vectors.mean(axis=0)
    tensors["codes"] = quantize(vectors)
    tensors["covariance"] = covariance.reshape(vectors.shape[1], vectors.shape[1])
    return Segment(tensors)


def quantize(vectors: Vectors) -> NDArray[np.uint8]:
    """Return the vectors as FAISS searches them in a quarter of their bytes: 8 bits a number."""
    index = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors)
    index.add(vectors)
    codes: NDArray[np.uint8] = faiss.serialize_index(index)
    return codes


def _sort_postings(pieces: Sequence[Tensors]) -> dict[str, NDArray[Any]]:
    first = _accumulate([len(piece["keys"]) for piece in pieces])
    rows = np.concatenate([p["rows"] + b for p, b in zip(pieces, first[:-1], strict=True)])
    every = np.concatenate([piece["terms"] for piece in pieces])
    order = np.lexsort((rows, every))
    known, counts = np.unique(every, return_counts=True)
    return {
        "terms": known,
        "first_posting": _accumulate(counts),
        "rows": rows[order].astype(np.int32),
        "counts": np.concatenate([piece["counts"] for piece in pieces])[order],
    }


def _accumulate(counts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each begins, and the end."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def _list_bounds(ends: NDArray[np.int64]) -> Iterable[tuple[int, int]]:
    return zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)


def _describe_chunk(chunk: Chunk) -> dict[str, Any]:
    return {**asdict(chunk), "sentences": [(span.start, span.end) for span in chunk.sentences]}


def _encode(item: dict[str, Any]) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def _write_records(name: str, records: Iterable[bytes]) -> dict[str, NDArray[Any]]:
    every = list(records)
    return {
        name: np.frombuffer(b"".join(every), np.uint8),
        f"{name}_ends": np.cumsum([len(record) for record in every], dtype=np.int64),
    }
