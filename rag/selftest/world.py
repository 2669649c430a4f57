"""A small world to break: its articles, its index, its conversations; what is done and seen in it.

No model is loaded: vectors are made of hashed words. What is done in the world is done by a child,
which can be killed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.addresses import Page
from rag.collection import Collection
from rag.errors import RagError
from rag.history import History
from rag.indexing import follow_corpus, index_collection
from rag.page.exchange import Exchange
from rag.page.preferences import Preferences, load_preferences, save_preferences
from rag.readers.apart import READING
from rag.records import KeptExchange
from rag.selftest.disk import Disk
from rag.settings import Settings
from rag.store import load_index
from rag.types import Article, Span, Vectors

Tries = Iterator[str]
"""What went wrong at each try of a fault, empty when nothing did."""
Act = Callable[[Settings], object]
"""Something to do; gives a true value when something was told."""

# How a child ends: it did what it should, an error of ``rag.errors`` ended it, something was told,
# it was struck, something unforeseen ended it.
DONE, REFUSED, TOLD, STRUCK, BROKEN = 0, 3, 4, 9, 1
_URL = "https://exemple.fr/accord"
_PATIENCE = 120  # seconds for what a child does


class Hashes:
    """Turns texts into vectors that mean nothing and are always the same."""

    fingerprint, dimension = "selftest", 8

    def encode_query(self, text: str) -> Vectors:
        """See ``Encoder``."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self.dimension)
        unit: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        """See ``Encoder``."""
        return [
            np.stack([self.encode_query(t), *(self.encode_query(t[s.start : s.end]) for s in cut)])
            for t, cut in zip(texts, spans, strict=True)
        ]


# ------------------------------------------------------------------ what is done, what is seen


def _index(settings: Settings) -> object:
    collection = Collection(settings)
    report = index_collection(collection, settings.index, Hashes.fingerprint, Hashes)
    return report.remarks or report.warning


def _add_lot(settings: Settings) -> object:
    return Collection(settings).add_file("lot.jsonl", b'{"id": "1", "text": "Un lot."}').refused


def _correct(settings: Settings) -> object:
    return (
        Collection(settings).add_file("note.md", "Une note sur l’été, corrigée.".encode()).refused
    )


def _add_page(settings: Settings, text: bytes = b"Deux.") -> object:
    page = Page(_URL, "accord.txt", text)
    return Collection(settings, lambda url: page).add_address(_URL).refused


def _restore(settings: Settings) -> None:
    collection = Collection(settings)
    collection.restore(collection.list_removed()[0].token)


def _converse(settings: Settings, number: int = 1) -> None:
    article = Article("a.md", "Un", f"Le prix est de {number} euros.", "2025-10-01", "")
    exchange = Exchange(number, "Quel est le prix ?", articles={article.id: article})
    kept = KeptExchange(exchange, "2026-11-23T10:15:00+00:00", "000001-abcdef01", "selftest")
    History(settings.data).save("c0ffee", kept)


def _remove(identifier: str, settings: Settings) -> None:
    Collection(settings).remove(identifier)


def _describe(identifier: str, settings: Settings) -> None:
    Collection(settings).describe(identifier, "12 mars 2024", ["budget"])


def _choose(settings: Settings) -> None:
    save_preferences(Preferences("brief"), settings)


# The world, whole or with nothing but a corpus, and what is done in it.
_ACTS: dict[str, tuple[str, Act]] = {
    "index": ("whole", _index),
    "index at first": ("bare", _index),
    "add": ("whole", _add_lot),
    "add at first": ("bare", _add_lot),
    "add a page at first": ("bare", _add_page),
    "correct": ("whole", _correct),
    "replace a page": ("whole", _add_page),
    "remove": ("whole", partial(_remove, "ajouts/note.md")),
    "remove a page": ("whole", partial(_remove, "ajouts/accord.txt")),
    "hide": ("whole", partial(_remove, "a.md")),
    "show": ("whole", lambda settings: Collection(settings).restore("b.md") and None),
    "put back": ("whole", _restore),
    "describe": ("whole", partial(_describe, "a.md")),
    "describe at first": ("bare", partial(_describe, "a.md")),
    "choose": ("whole", _choose),
    "choose at first": ("bare", _choose),
    "converse": ("whole", _converse),
    "converse at first": ("bare", _converse),
    "forget": ("whole", lambda settings: History(settings.data).delete("c0ffee")),
}


def _make_world(settings: Settings, whole: bool) -> None:
    settings.corpus.mkdir(parents=True)
    for name in "abc":
        text = f"---\ntitle: Titre {name}\n---\nLa ville {name} a {ord(name)} habitants.\n"
        (settings.corpus / f"{name}.md").write_text(text, encoding="utf-8")
    if whole:
        collection = Collection(settings)
        collection.add_file("note.md", "---\ntitle: Note\n---\nUne note sur l’été.".encode())
        collection.add_file("parti.md", b"Un article de trop.")
        collection.add_file("lot.jsonl", b'{"id": "1", "text": "A."}\n{"id": "2", "text": "B."}')
        for identifier in ("ajouts/lot.jsonl#1", "ajouts/lot.jsonl", "b.md"):
            collection.remove(identifier)
        _describe("c.md", settings)
        _add_page(settings, b"Un.")
        _index(settings)
        collection.remove("ajouts/parti.md")
        _index(settings)
        (settings.corpus / "d.md").write_text("Un article de plus.", encoding="utf-8")
        save_preferences(Preferences("full"), settings)
        _converse(settings, 0)


class Told(str):
    """What Sourcier says in the place of a part."""


def _see_index(settings: Settings) -> object:
    index = load_index(settings.index, Hashes.fingerprint)
    tensors = [segment.serialize() for segment in index.segments]
    return dict(index.articles), tuple(index.chunks), tensors


def _see_articles(settings: Settings) -> object:
    reading = Collection(settings).read()
    return Told(reading.remarks[0].text) if reading.remarks else reading.articles


def _see_choice(settings: Settings) -> object:
    found = load_preferences(settings)
    return Told(found.trouble) if found.trouble else found.length


def _see_conversations(settings: Settings) -> object:
    history = History(settings.data)
    found = [(item, history.load(item.id)) for item in history.list_conversations()]
    told = [kept.exchange.trouble for _, every in found for kept in every if kept.exchange.trouble]
    return Told(history.trouble or told[0]) if history.trouble or told else found


_PARTS: dict[str, Callable[[Settings], object]] = {
    "index": _see_index,
    "articles": _see_articles,
    "corpus": lambda settings: follow_corpus(Settings(index=settings.index)).corpus,
    "choice": _see_choice,
    "conversations": _see_conversations,
}


@dataclass(frozen=True)
class State:
    """What is seen of a world; ``own`` holds the files of the user, ``files`` all their names."""

    seen: dict[str, object]
    own: frozenset[bytes]
    files: frozenset[str]

    def differ(self, other: State) -> str:
        """Name the parts that are not the same."""
        parts = [part for part, seen in self.seen.items() if seen != other.seen[part]]
        return ", ".join(f"{part}: {str(self.seen[part])[:90]}" for part in parts)


def observe(settings: Settings) -> State:
    """Look at every part of a world, as Sourcier gives it."""
    found = [p for p in settings.data.parent.rglob("*") if p.is_file() and "lock" not in p.name]
    own = {p for name in ("articles", "corbeille") for p in settings.data.glob(f"{name}/**/[!.]*")}
    before = frozenset(path.read_bytes() for path in found if path in own)
    files = frozenset(str(path) for path in found if "conversations" not in path.name)
    seen: dict[str, object] = {}
    for part, see in _PARTS.items():
        try:
            seen[part] = see(settings)
        except RagError as error:
            seen[part] = Told(error)
    return State(seen, before, files)


# -------------------------------------------------------------------------------------- the lab


@dataclass(frozen=True)
class Case:
    """One thing to do in a world: what is seen before and after, and what it takes.

    ``points`` are those of a ``Disk``, without what is only read and with it; ``size`` is that of
    the largest file written.
    """

    name: str
    world: str
    act: Act
    old: State
    new: State
    points: dict[bool, int]
    seconds: float
    size: int


class Lab:
    """The worlds, and what is done in them, under a temporary folder.

    Attributes
    ----------
    work
        The copy of a world in which something is done; ``settings`` are those of it.
    spare
        Where what a power cut leaves is made.
    """

    def __init__(self, folder: Path) -> None:
        # Children share the lock that tqdm makes, and one that is killed may hold it.
        tqdm.set_lock(threading.RLock())
        self.folder, self.work, self.spare = folder, folder / "work", folder / "spare"
        self.settings = Settings(
            corpus=self.work / "corpus", data=self.work / "data", index=self.work / "index"
        )
        for world in ("bare", "whole"):
            shutil.rmtree(self.work, ignore_errors=True)
            _make_world(self.settings, world == "whole")
            shutil.copytree(self.work, folder / world)
        self.cases = [self._prepare(name, *case) for name, case in _ACTS.items()]

    def reset(self, world: str = "whole", spare: bool = False) -> None:
        """Begin again with a copy of a world, and another one to spare."""
        for copy in (self.work, self.spare) if spare else (self.work,):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.folder / world, copy)

    def start(self, work: Callable[[], object]) -> int:
        """Have a child do something; return its number. An alarm ends what hangs."""
        child = os.fork()
        if not child:
            status = BROKEN
            # An alarm kills, whatever it did in the parent.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_PATIENCE)
            # Starting the process that reads takes longer than all else, and is not what is struck.
            READING.run = lambda function, *items: function(*items)  # type: ignore[method-assign]
            trace = self.folder / f"trace-{os.getpid()}"
            try:
                status = TOLD if work() else DONE
            except RagError as error:
                status = REFUSED
                trace.write_text(str(error), encoding="utf-8")
            except BaseException:
                trace.write_text(traceback.format_exc(), encoding="utf-8")
            finally:
                os._exit(status)
        return child

    def finish(self, child: int) -> tuple[int, str]:
        """Wait for a child; return how it ended, or minus a signal, and its last words."""
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        trace = self.folder / f"trace-{child}"
        told = trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""
        trace.unlink(missing_ok=True)
        return status, told

    def _prepare(self, name: str, world: str, act: Act) -> Case:
        self.reset(world)
        old = observe(self.settings)
        points = {}
        for reads in (True, False):
            self.reset(world)
            before = self._list_states()
            started = time.monotonic()
            status, told = self.finish(self.start(partial(self._count, act, reads)))
            if status != TOLD:
                raise AssertionError(f"{name} can't be done: {told}")
            points[reads] = int((self.folder / "points").read_text())
        seconds = time.monotonic() - started
        size = max(state.st_size for place, state in self._list_states() - before)
        return Case(name, world, act, old, observe(self.settings), points, seconds, size)

    def _list_states(self) -> set[tuple[Path, os.stat_result]]:
        return {(path, path.stat()) for path in self.work.rglob("*") if path.is_file()}

    def _count(self, act: Act, reads: bool) -> bool:
        disk = Disk(self.work, lambda event: None, reads)
        done = not act(self.settings)
        (self.folder / "points").write_text(str(disk.points))
        return done
