"""Vectors that no published index holds yet, on disk: an interrupted indexing goes on from them.

One file of records, each added at its end: the hash of what was embedded, the vectors, and a hash
of both. A record that a kill cut short, or that is not what was written, is embedded again. It is a
convenience: a disk that refuses it costs the time that it would have saved, and nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.types import Span, Vectors

# Hash of what was embedded, hash of that and the vectors, bytes of the vectors.
_HEADER = struct.Struct("<32s32sI")

_log = logging.getLogger(__name__)


class KeptVectors:
    """The vectors kept at ``path``, made by one encoder.

    Parameters
    ----------
    path
        The file; it need not be there.
    fingerprint
        Of the encoder: what another one made is not found.
    dimension
        Of its vectors.
    """

    def __init__(self, path: Path, fingerprint: str, dimension: int) -> None:
        self._path, self._fingerprint, self._dimension = path, fingerprint, dimension
        self._places: dict[bytes, int] = {}
        self._end = 0
        try:
            self._list_places()
        except OSError as error:
            _log.warning("kept vectors not read: %s", error)

    def find(self, text: str, spans: Sequence[Span]) -> Vectors | None:
        """Return the vectors of a passage and of its spans, None when they are not kept whole.

        Those of the spans have the precision of an index: float16.
        """
        key = self._key(text, spans)
        place = self._places.get(key)
        if place is None:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(place)
                _, seal, length = _HEADER.unpack(file.read(_HEADER.size))
                data = file.read(length)
        except (OSError, struct.error):
            return None
        first = 4 * self._dimension
        if hashlib.sha256(key + data).digest() != seal or (length - first) % (first // 2):
            return None
        passage = np.frombuffer(data[:first], np.float32)
        sentences = np.frombuffer(data[first:], np.float16).reshape(-1, self._dimension)
        vectors: Vectors = np.vstack([passage[None], sentences.astype(np.float32)])
        return vectors

    def keep(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        vectors: Sequence[Vectors],
    ) -> None:
        """Add the vectors of some passages."""
        try:
            with self._path.open("r+b" if self._end else "wb") as file:
                for text, of_text, rows in zip(texts, spans, vectors, strict=True):
                    data = rows[0].astype(np.float32).tobytes()
                    data += rows[1:].astype(np.float16).tobytes()
                    key = self._key(text, of_text)
                    seal = hashlib.sha256(key + data).digest()
                    file.seek(self._end)
                    file.write(_HEADER.pack(key, seal, len(data)) + data)
                    self._places[key] = self._end
                    self._end = file.tell()
                file.truncate()
        except OSError as error:
            _log.warning("vectors not kept: %s", error)

    def _list_places(self) -> None:
        """Find the records that were written to their end."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            size = self._path.stat().st_size
            while len(head := file.read(_HEADER.size)) == _HEADER.size:
                key, _, length = _HEADER.unpack(head)
                if self._end + _HEADER.size + length > size:
                    return
                self._places[key] = self._end
                self._end += _HEADER.size + length
                file.seek(self._end)

    def _key(self, text: str, spans: Sequence[Span]) -> bytes:
        cut = ",".join(f"{span.start}-{span.end}" for span in spans)
        return hashlib.sha256(f"{self._fingerprint}\n{cut}\n{text}".encode()).digest()
