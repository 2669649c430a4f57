"""Remembers what the models said of questions that come back, as they do where many ask.

Bounded: what was asked for longest ago is forgotten first. Two that ask the same at once may both
be answered by the model; what is remembered is never changed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from rag.types import Encoder, Entailment, Excerpt, Reader, Scores, Vectors

# Questions and readings kept: at most some 5 MB.
_MOST = 1000

_Value = TypeVar("_Value")


class Memory(Generic[_Value]):
    """The values of the last keys that were asked for."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """Return the value of a key; it is made when it is not known."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        value = make()
        with self._lock:
            self._known[key] = value
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return value


class RememberingEncoder:
    """An ``Encoder`` that remembers questions."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: Memory[Vectors] = Memory()
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.encode_passages = encoder.encode_passages

    def encode_query(self, text: str) -> Vectors:
        """Embed one question; see ``Encoder``."""
        return self._vectors.find(text, lambda: self._encoder.encode_query(text))


class RememberingReader:
    """A ``Reader`` that remembers what it read, by the SHA-256 of its words."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._scores: Memory[list[Scores]] = Memory()
        self._claims: Memory[list[Entailment]] = Memory()

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        """Score excerpts; see ``Reader``."""
        key = _hash((question, *excerpts))
        return self._scores.find(key, lambda: self._reader.score(question, excerpts))

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge claims; see ``Reader``."""
        return self._claims.find(_hash(pairs), lambda: self._reader.entail(pairs))


def _hash(read: Sequence[object]) -> bytes:
    return hashlib.sha256(repr(list(read)).encode("utf-8", "surrogatepass")).digest()
