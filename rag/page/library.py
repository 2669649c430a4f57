"""What every reader of the page shares: the index in force, the encoder, the engine, the line.

The index is brought up to date in the background: questions go on being answered with the former
one until the new one is on disk. Knows nothing about Streamlit; the page keeps one ``Library`` for
all its sessions.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import cast

from rag import loading
from rag.assistant import Assistant
from rag.collection import Collection
from rag.errors import EngineError, IndexLocked, RagError
from rag.index import Index
from rag.indexing import IndexingReport, Progress, follow_corpus, index_collection
from rag.models import resolve_adapter
from rag.page.exchange import Exchange
from rag.readers import Remark
from rag.records import KeptExchange, write_time
from rag.remembering import RememberingEncoder, RememberingReader
from rag.settings import Settings
from rag.store import current_generation, load_index
from rag.types import Encoder, Engine, Message, Span, Vectors
from rag.waiting import WaitingLine, open_questions

# How often a reader who waits for the engine to load may leave, in seconds.
_PATIENCE = 0.25
# Seconds after which an index that another program was writing is tried again.
_RETRY = 10.0
# Passages embedded at once while questions are asked, and how much less urgent that is. On two
# cores that other programs load, a quotation took 1.3 s alone; during an indexing, 2.6 s at
# niceness 0, 1.7 s at 5 and 1.2 s at 10, but there it takes almost twice as long as at 5.
_STEP, _NICENESS = 4, 5

_log = logging.getLogger(__name__)


class LateEngine:
    """An engine that loads in the background; the page is usable before it is there.

    When there is no model to load it writes nothing, and the answer is made of quotes.
    """

    name = "modèle de langue"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.trained = resolve_adapter(settings) is not None
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


@dataclass(frozen=True, slots=True)
class IndexingState:
    """How far the indexing in the background is, or how the last one ended.

    ``done`` and ``total`` count the passages to embed, ``total`` is 0 until they are known;
    ``recognised`` and ``scans`` count in the same way the pages to recognise before.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    recognised: int = 0
    scans: int = 0
    error: RagError | None = None
    remarks: tuple[Remark, ...] = ()


class BackgroundIndexing:
    """Indexes in one thread; asked again meanwhile, it starts again when it is done.

    Parameters
    ----------
    index
        Brings the index up to date; it is given what to call as passages are embedded, and as
        pages are recognised.
    """

    def __init__(self, index: Callable[[Progress, Progress], IndexingReport]) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._wanted = False
        self.state = IndexingState()

    def start(self) -> None:
        """Index, now or after the indexing under way, which may have missed what changed."""
        with self._lock:
            self._wanted = True
            if self.state.running:
                return
            self.state = IndexingState(running=True)
        threading.Thread(target=self._work, name="indexing", daemon=True).start()

    def _work(self) -> None:
        yield_to_questions()
        while self._is_wanted():
            self.state = IndexingState(running=True)
            try:
                report = self._try_twice()
                self.state = replace(self.state, remarks=report.remarks)
            except RagError as error:
                _log.warning("not indexed: %s", error)
                self.state = replace(self.state, error=error)
            except Exception:
                _log.exception("not indexed")
                unexpected = RagError(
                    "Une erreur inattendue a interrompu l’indexation.",
                    kept="L’index précédent reste en service, et vos articles sont intacts.",
                    todo="Recommencez, ou consultez le journal du terminal.",
                )
                self.state = replace(self.state, error=unexpected)

    def _is_wanted(self) -> bool:
        with self._lock:
            wanted, self._wanted = self._wanted, False
            if not wanted:
                self.state = replace(self.state, running=False)
            return wanted

    def _try_twice(self) -> IndexingReport:
        try:
            return self._index(self._tell, self._tell_scans)
        except IndexLocked:
            time.sleep(_RETRY)
            return self._index(self._tell, self._tell_scans)

    def _tell(self, done: int, total: int) -> None:
        self.state = replace(self.state, done=done, total=total)

    def _tell_scans(self, done: int, total: int) -> None:
        self.state = replace(self.state, recognised=done, scans=total)


def yield_to_questions() -> None:
    """Make this thread, and those that it starts to compute, less urgent than the others."""
    # Only Linux gives each thread its own niceness.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            urgency = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(urgency + _NICENESS, 19))


class PatientEncoder:
    """An encoder that embeds few passages at once, so that a question never waits for many.

    Parameters
    ----------
    encoder
        The one that questions use.
    progress
        Called after each step with the number of passages embedded so far and in all.
    """

    def __init__(self, encoder: Encoder, progress: Progress) -> None:
        self._encoder = encoder
        self._progress = progress
        self._done = self._total = 0
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.encode_query = encoder.encode_query

    def tell(self, done: int, total: int) -> None:
        """Take how far the caller is, and pass it on."""
        self._done, self._total = done, total
        self._progress(done, total)

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        """Embed passages; see ``Encoder``."""
        found: list[Vectors] = []
        for first in range(0, len(texts), _STEP):
            last = first + _STEP
            step = self._encoder.encode_passages(texts[first:last], spans[first:last])
            found += step
            self.tell(self._done + len(step), self._total)
        return found


class Library:
    """What every reader shares: the encoder, the engine, the line, and the index in force.

    Raises ``RagError`` when the index or the encoder can't be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = follow_corpus(settings)
        self._lock = threading.Lock()
        self._answering: dict[str, threading.Lock] = {}
        self._line, self._questions = WaitingLine(), open_questions()
        self._generation = self._tried = current_generation(settings.index)
        index = load_index(settings.index, loading.load_fingerprint(settings))
        self._encoder = loading.load_encoder(settings)
        self._reader = loading.load_reader(settings)
        self._remembering = RememberingEncoder(self._encoder), RememberingReader(self._reader)
        self.engine = None if settings.engine == "none" else LateEngine(settings)
        self._assistant = self._assemble(index)
        self.trouble: RagError | None = None
        self.collection = Collection(self._settings)
        with suppress(OSError):
            self.collection.purge()
        self._background = BackgroundIndexing(self._index)
        self._resume()

    def _resume(self) -> None:
        """Index what was added, removed or put back before the former page was stopped.

        Comparing reads every article, so it is done in the background; nothing is written when
        the index holds them all.
        """
        try:
            touched = self.collection.touched
        except OSError:
            touched = True  # the indexing says what can't be read
        if touched:
            self.reindex()

    def _assemble(self, index: Index) -> Assistant:
        encoder, reader = self._remembering
        return Assistant(index, encoder, reader, self.engine, self._line, self._questions)

    def measure(self) -> Assistant:
        """Return an assistant that remembers nothing, to time what the models take."""
        index = self.open().index
        return Assistant(index, self._encoder, self._reader, self.engine, self._line)

    @property
    def generation(self) -> str:
        """The name of the index in force."""
        return self._generation

    @property
    def indexing(self) -> IndexingState:
        """How far the indexing in the background is."""
        return self._background.state

    def reindex(self) -> None:
        """Bring the index in line with the collection, in the background; return at once."""
        self._background.start()

    def _index(self, progress: Progress, scanning: Progress) -> IndexingReport:
        encoder = PatientEncoder(self._encoder, progress)
        report = index_collection(
            self.collection,
            self._settings.index,
            loading.load_fingerprint(self._settings),
            lambda: encoder,
            encoder.tell,
            scanning,
        )
        # Here rather than in the first question that comes.
        self.open()
        return report

    def begin(self, exchange: Exchange) -> KeptExchange:
        """Note when a question is asked, and of which index."""
        model = self._encoder.fingerprint
        return KeptExchange(exchange, write_time(), self._generation, model)

    def answering(self, conversation: str) -> threading.Lock:
        """Return what is held while a question of a conversation is answered.

        Its reader may be gone, and back before the answer is there: take it to wait for that.
        """
        return self._answering.setdefault(conversation, threading.Lock())

    def open(self) -> Assistant:
        """Return the assistant over the newest index that can be read.

        When the newest can't, ``trouble`` says why and the previous one goes on; it does too
        while another thread loads the newest.
        """
        if self._lock.acquire(blocking=False):
            try:
                self._take_newest()
            finally:
                self._lock.release()
        return self._assistant

    def _take_newest(self) -> None:
        generation = current_generation(self._settings.index)
        if not generation or generation == self._tried:
            return
        self._tried = generation
        try:
            fingerprint = loading.load_fingerprint(self._settings)
            self._assistant = self._assemble(load_index(self._settings.index, fingerprint))
        except RagError as error:
            _log.warning("new index not loaded: %s", error)
            self.trouble = error
            return
        self._generation = generation
        self.trouble = None
