"""What every reader of the page shares: the index in force, the encoder, the engine, the line.

Knows nothing about Streamlit; the page keeps one ``Library`` for all its sessions.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import cast

from rag import loading
from rag.assistant import Assistant
from rag.errors import EngineError, RagError
from rag.index import Index
from rag.settings import Settings
from rag.store import current_generation, load_index
from rag.types import Engine, Message
from rag.waiting import WaitingLine

# How often a reader who waits for the engine to load may leave, in seconds.
_PATIENCE = 0.25

_log = logging.getLogger(__name__)


class LateEngine:
    """An engine that loads in the background; the page is usable before it is there.

    When there is no model to load it writes nothing, and the answer is made of quotes.
    """

    name = "modèle de langue"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._error: EngineError | None = None
        self._loaded = threading.Event()
        threading.Thread(target=self._load, name="engine", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether loading is over, well or not."""
        return self._loaded.is_set()

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        """Wait until the engine is loaded, then write; see ``Engine.stream``.

        Yields empty pieces while it waits, so that the reader can leave.
        """
        while not self._loaded.wait(_PATIENCE):
            yield ""
        if self._error is not None:
            raise self._error
        if self._engine is None:
            return
        with closing(
            cast(Generator[str], self._engine.stream(messages, grammar, max_tokens))
        ) as pieces:
            yield from pieces

    def _load(self) -> None:
        try:
            self._engine = loading.load_writer(self._settings)
        except RagError as error:
            _log.warning("engine not loaded: %s", error)
            self._error = EngineError(error.what, kept=error.kept, todo=error.todo)
        except Exception:
            _log.exception("engine not loaded")
            self._error = EngineError("Le modèle de langue n’a pas pu être chargé.")
        finally:
            self._loaded.set()


class Library:
    """What every reader shares: the encoder, the engine, the line, and the index in force.

    Raises ``RagError`` when the index or the encoder can't be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._line = WaitingLine()
        self._generation = current_generation(settings.index)
        index = load_index(settings.index, loading.load_fingerprint(settings))
        self._encoder = loading.load_encoder(settings)
        self._reader = loading.load_reader(settings)
        self.engine = None if settings.engine == "none" else LateEngine(settings)
        self._assistant = self._assemble(index)
        self.trouble: RagError | None = None

    def _assemble(self, index: Index) -> Assistant:
        return Assistant(index, self._encoder, self._reader, self.engine, self._line)

    def open(self) -> Assistant:
        """Return the assistant over the newest index that can be read.

        When the newest can't, ``trouble`` says why and the previous one goes on.
        """
        with self._lock:
            generation = current_generation(self._settings.index)
            if generation and generation != self._generation:
                self._generation = generation
                try:
                    fingerprint = loading.load_fingerprint(self._settings)
                    index = load_index(self._settings.index, fingerprint)
                    self._assistant = self._assemble(index)
                    self.trouble = None
                except RagError as error:
                    _log.warning("new index not loaded: %s", error)
                    self.trouble = error
            return self._assistant
