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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import cast

from rag import loading
from rag.assistant import Assistant
from rag.chunking import spans_to_index, text_to_index
from rag.collection import Collection
from rag.embedded import KeptVectors
from rag.errors import EngineError, IndexLocked, RagError
from rag.index import Index
from rag.indexing import (
    IndexingReport,
    Progress,
    choose_stage,
    follow_corpus,
    index_collection,
)
from rag.models import resolve_adapter
from rag.page.exchange import Exchange
from rag.readers import Remark, count_waiting
from rag.records import KeptExchange, write_time
from rag.remembering import RememberingEncoder, RememberingReader
from rag.settings import Settings
from rag.store import current_generation, load_index
from rag.types import Article, Encoder, Engine, Message, Span, Vectors
from rag.waiting import WaitingLine, open_questions

# How often a reader who waits for the engine to load may leave, in seconds.
_PATIENCE = 0.25
# Seconds after which an index that another program was writing is tried again.
_RETRY = 10.0
# How much less urgent embedding is than questions. On two cores that other programs load, a
# quotation took 1.3 s alone; during an indexing, 2.6 s at niceness 0, 1.7 s at 5 and 1.2 s at 10,
# but there it takes almost twice as long as at 5.
_NICENESS = 5
# Seconds that a step of embedding may take, as far as the ones before tell, and passages of a core
# in it at most: four at once gave 18 to 20 passages/s, sixteen 14 to 18, sixty-four 12 to 15. The
# weight of the last step in the passages a second that are told.
_PAUSE, _MOST, _SMOOTHING = 0.3, 4, 0.2
# Passages that the first measure of it is made on.
_TRIED = 8
# The vectors of an indexing that is not over, beside the generations.
_EMBEDDED = "EMBEDDED"

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
    def context(self) -> int:
        """That of the engine; 0 until it is loaded."""
        return self._engine.context if self._engine is not None else 0

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


class Interrupted(Exception):
    """What is indexed has changed since: the indexing under way begins again, from where it is."""


@dataclass(frozen=True, slots=True)
class IndexingState:
    """How far the indexing in the background is, or how the last one ended.

    Attributes
    ----------
    done, total
        Passages to embed before the next index is published; ``total`` is 0 until they are known.
    recognised, scans
        The pages to recognise, in the same way.
    stage
        The ids of the articles that the next index adds or changes.
    later
        Those of the articles after them.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    recognised: int = 0
    scans: int = 0
    stage: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    error: RagError | None = None
    remarks: tuple[Remark, ...] = ()


class BackgroundIndexing:
    """Indexes in one thread; asked again meanwhile, it begins again from where it is.

    Parameters
    ----------
    index
        Brings the index up to date; it calls ``tell`` and ``tell_scans``, which raise
        ``Interrupted`` when it is to begin again.
    """

    def __init__(self, index: Callable[[], IndexingReport]) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._wanted = False
        self.state = IndexingState()

    def start(self) -> None:
        """Index, now or again if an indexing is under way, which may have missed what changed."""
        with self._lock:
            self._wanted = True
            if self.state.running:
                return
            self.state = IndexingState(running=True)
        threading.Thread(target=self._work, name="indexing", daemon=True).start()

    def check(self) -> None:
        """Raise ``Interrupted`` when the indexing under way is to begin again."""
        if self._wanted:
            raise Interrupted

    def tell(self, done: int, total: int) -> None:
        """Take how many passages of the stage are embedded."""
        self.check()
        self.state = replace(self.state, done=done, total=total)

    def tell_scans(self, done: int, total: int) -> None:
        """Take how many pages are recognised."""
        self.check()
        self.state = replace(self.state, recognised=done, scans=total)

    def tell_stage(self, stage: Iterable[str], later: Iterable[str]) -> None:
        """Take what the next index adds or changes, and what waits."""
        self.check()
        self.state = replace(
            self.state, done=0, total=0, stage=frozenset(stage), later=frozenset(later)
        )

    def _work(self) -> None:
        yield_to_questions()
        while self._is_wanted():
            known = self.state
            self.state = IndexingState(running=True, stage=known.stage, later=known.later)
            try:
                report = self._try_twice()
                self.state = replace(self.state, remarks=report.remarks)
            except Interrupted:
                continue
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
                over = IndexingState(error=self.state.error, remarks=self.state.remarks)
                self.state = over
            return wanted

    def _try_twice(self) -> IndexingReport:
        try:
            return self._index()
        except IndexLocked:
            time.sleep(_RETRY)
            return self._index()


def _work_aside() -> None:
    """Make this thread one that embeds: on one core, and less urgent than those that answer."""
    yield_to_questions()
    loading.keep_to_one_core()


def yield_to_questions() -> None:
    """Make this thread less urgent than the first one of the program."""
    # Only Linux gives each thread its own niceness.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            urgency = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, thread, min(urgency + _NICENESS, 19))


class PatientEncoder:
    """An encoder that embeds few passages at once, so that neither a question nor a stop waits.

    Each core has its own passages. Where all the cores share each passage, they wait for the one
    that something else is using: of a model of this size, on two busy cores, 11 passages/s instead
    of 16, and beside questions 6 instead of 11, which are answered as fast either way.

    Parameters
    ----------
    encoder
        The one that questions use.
    progress
        Called before each step, and after the last, with the number of passages embedded so far
        and in all; what it raises ends the embedding.

    Attributes
    ----------
    kept
        Where vectors are kept until they are published; None keeps none.
    rate
        Passages embedded a second of late; 0 before the first.
    """

    def __init__(self, encoder: Encoder, progress: Progress) -> None:
        self._encoder = encoder
        self._progress = progress
        self.kept: KeptVectors | None = None
        self._done = self._total = 0
        # The first step is one passage: tokenizers are set up by one thread.
        self._step = 1
        self._warm = False
        self._cores = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._cores, "embedding", _work_aside)
        self.rate = 0.0
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
        found = [
            self.kept.find(*passage) if self.kept is not None else None
            for passage in zip(texts, spans, strict=True)
        ]
        missing = [place for place, vectors in enumerate(found) if vectors is None]
        self.tell(self._done + len(texts) - len(missing), self._total)
        while missing:
            step, missing = missing[: self._step], missing[self._step :]
            of_step = [texts[place] for place in step], [spans[place] for place in step]
            started = time.monotonic()
            made = self._embed(*of_step)
            if self._warm:
                self._measure(len(step), time.monotonic() - started)
            # What the first one wakes up took nine seconds once.
            self._warm = True
            if self.kept is not None:
                self.kept.keep(*of_step, made)
            for place, vectors in zip(step, made, strict=True):
                found[place] = vectors
            self.tell(self._done + len(step), self._total)
        return [vectors for vectors in found if vectors is not None]

    def measure(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> None:
        """Embed passages for nothing but to know how long they take."""
        self._embed(texts[:1], spans[:1])
        self._warm = True
        started = time.monotonic()
        self._embed(texts, spans)
        self._measure(len(texts), time.monotonic() - started)

    def _embed(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Vectors]:
        share = -(-len(texts) // self._cores)
        parts = [slice(first, first + share) for first in range(0, len(texts), share)]
        of_texts, of_spans = ([whole[part] for part in parts] for whole in (texts, spans))
        made = self._pool.map(self._encoder.encode_passages, of_texts, of_spans)
        return [vectors for of_part in made for vectors in of_part]

    def _measure(self, count: int, seconds: float) -> None:
        """Note passages a second, the last ones above all, and choose how many come next."""
        rate = count / max(seconds, 1e-6)
        self.rate = rate if not self.rate else self.rate + _SMOOTHING * (rate - self.rate)
        self._step = max(1, min(_MOST * self._cores, round(self.rate * _PAUSE), 2 * self._step))


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
        self._embedded = settings.index / _EMBEDDED
        self._stopped: frozenset[str] = frozenset()
        self._background = BackgroundIndexing(self._index)
        self._patient = PatientEncoder(self._encoder, self._background.tell)
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

    @property
    def rate(self) -> float:
        """Passages embedded a second, as last measured here; 0 until any was."""
        return self._patient.rate

    def measure_rate(self) -> float:
        """Return ``rate``, measured on a few passages of the index when none was embedded yet."""
        if not self.rate:
            chunks = self.open().index.chunks[:_TRIED]
            texts = [text_to_index(chunk) for chunk in chunks]
            self._patient.measure(texts, [spans_to_index(chunk) for chunk in chunks])
        return self.rate

    @property
    def stopped(self) -> frozenset[str]:
        """The ids of the articles that stay out of the index until they are resumed."""
        return self._stopped

    def stop(self, identifiers: Iterable[str]) -> None:
        """Leave articles as they are in the index, or out of it, until they are resumed.

        What was embedded of them is kept. Another start of the program resumes them all.
        """
        self._stopped |= frozenset(identifiers)
        self.reindex()

    def resume(self, identifiers: Iterable[str]) -> None:
        """Index articles that were stopped."""
        self._stopped -= frozenset(identifiers)
        self.reindex()

    def find_waiting(self) -> frozenset[str]:
        """Return the ids of the articles of the collection that no answer can come from yet.

        Raises
        ------
        EmptyCorpus, UnreadableFolder
            See ``Collection.read``.
        """
        return self.collection.list_shown() - self.open().index.articles.keys()

    def _index(self) -> IndexingReport:
        """Publish what is to be indexed stage by stage; what scans hold comes last."""
        report = self._index_stages(None)
        if count_waiting(report.remarks):
            report = self._index_stages(self._background.tell_scans)
        if not (self._stopped and self._stopped & self.find_waiting()):
            with suppress(OSError):
                self._embedded.unlink(missing_ok=True)
        return report

    def _index_stages(self, scanning: Progress | None) -> IndexingReport:
        while True:
            report = index_collection(
                self.collection,
                self._settings.index,
                loading.load_fingerprint(self._settings),
                self._wake_patient,
                self._patient.tell,
                scanning,
                self._plan,
            )
            # Here rather than in the first question that comes.
            self.open()
            if self._stopped.issuperset(report.waiting):
                return report

    def _plan(self, articles: Sequence[Article], indexed: Mapping[str, Article]) -> list[str]:
        stopped = [article.id for article in articles if article.id in self._stopped]
        going = [article for article in articles if article.id not in self._stopped]
        stage, later = ([a.id for a in part] for part in choose_stage(going, indexed))
        self._background.tell_stage(stage, later)
        return stopped + later

    def _wake_patient(self) -> PatientEncoder:
        encoder = self._encoder
        self._patient.kept = KeptVectors(self._embedded, encoder.fingerprint, encoder.dimension)
        return self._patient

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
