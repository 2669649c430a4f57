"""What the page opens on: the collection's name, a brief with its sources, questions to start from.

Made once for an index, then kept in ``DATA/accueil.json`` under the name of its generation, so
that the page shows it before anything is loaded. The questions are found in the background: each is
answered before it is offered. Knows nothing about Streamlit; whoever draws the page looks at
``opening`` now and then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rag import __version__
from rag.assistant import Assistant
from rag.clauses import Names
from rag.durable import make_folder, read_sealed, write_sealed
from rag.introduction import choose_brief, describe_extent, name_collection
from rag.page.describe import describe_brief
from rag.scope import describe_scope, select_articles
from rag.starters import find_starters
from rag.suggestions import learn_names
from rag.types import Scope

SHOWN = 4
# Questions tried at most, a second each.
_TRIES = 24
# Seconds after which nobody is looking any more: a question is being answered, which needs the
# processor more.
_PATIENCE = 2.5
_FILE = "accueil.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the page opens on.

    Attributes
    ----------
    name, extent
        What the collection is called, and how many articles it has of when.
    brief
        Sentences of the articles and their sources, as the page's component takes them.
    questions
        Those that are known to be answered so far.
    done
        Whether there will be no more.
    """

    name: str
    extent: str
    brief: dict[str, Any] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    done: bool = False


def load_opening(data: Path, generation: str) -> Opening | None:
    """Return what was kept for the index in force; None when nothing was, or of another."""
    try:
        kept = read_sealed(data / _FILE)
        if not isinstance(kept, dict) or kept.pop("key", "") != _key(generation):
            return None
        found = Opening(**kept)
        return replace(found, questions=tuple(found.questions))
    except (OSError, ValueError, TypeError):
        return None


def _key(generation: str) -> str:
    return f"{generation} {__version__}"


class Openings:
    """What the page opens on over one index, complete once it has been looked at for a while.

    Parameters
    ----------
    assistant
        Over the index.
    generation
        The name of the index.
    corpus, data
        The folder of the articles, which may name them, and the one where the opening is kept.
    scope
        The articles to open on, None for all: what it opens on is then not kept.
    """

    def __init__(
        self,
        assistant: Assistant,
        generation: str,
        corpus: Path,
        data: Path,
        scope: Scope | None = None,
    ) -> None:
        self._assistant = assistant
        self._generation = generation
        self._data = data
        self._scope = scope
        self._names: Names | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._seen = 0.0
        self._tried = 0
        self._search: Iterator[str] | None = None
        kept = load_opening(data, generation) if scope is None else None
        if kept is None and scope is None:
            # It quotes articles, which may have been removed since.
            with suppress(OSError):
                (data / _FILE).unlink(missing_ok=True)
        self.opening = kept or _introduce(assistant, corpus, scope)

    @property
    def names(self) -> Names:
        """What the articles tell of their names, learnt once: a tenth of a second."""
        if self._names is None:
            self._names = learn_names(self._assistant.index)
        return self._names

    def follow(self) -> None:
        """Say that somebody looks: the search begins, or goes on."""
        with self._lock:
            self._seen = time.monotonic()
            if not self.opening.done and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._find, name="openings", daemon=True)
                self._thread.start()

    def _find(self) -> None:
        try:
            if self._search is None:
                self._search = find_starters(self._assistant, self.names, self._scope)
            while len(self.opening.questions) < SHOWN and self._tried < _TRIES:
                if time.monotonic() > self._seen + _PATIENCE:
                    return
                self._tried += 1
                question = next(self._search, None)
                if question is None:
                    break
                if question:
                    questions = (*self.opening.questions, question)
                    self.opening = replace(self.opening, questions=questions)
            if self._scope is None:
                self._keep()
        except Exception:
            _log.exception("no questions to start from")
        self.opening = replace(self.opening, done=True)

    def _keep(self) -> None:
        kept = {"key": _key(self._generation), **asdict(replace(self.opening, done=True))}
        try:
            make_folder(self._data)
            write_sealed(self._data / _FILE, kept)
        except OSError as error:
            _log.warning("opening not kept: %s", error)


def _introduce(assistant: Assistant, corpus: Path, scope: Scope | None) -> Opening:
    index = assistant.index
    try:
        within = select_articles(index, scope).articles if scope else None
        brief = describe_brief(choose_brief(index, within=within), index.articles)
    except Exception:
        # The page opens without it.
        _log.exception("no brief")
        brief = {}
    extent = describe_scope(scope, index) if scope else describe_extent(index)
    return Opening(name_collection(index, corpus), extent, brief)
