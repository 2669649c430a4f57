"""Questions to start from, found in the background: each is searched before it is offered.

Knows nothing about Streamlit; whoever draws the page looks at ``questions`` now and then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from rag.assistant import Assistant
from rag.clauses import Names
from rag.suggestions import Suggestion, keep_answerable, learn_names, suggest_openings

SHOWN = 6
# Questions searched at most, a third of a second each.
_TRIES = 12
# Seconds after which nobody is looking any more: a question is being answered, which needs the
# processor more.
_PATIENCE = 2.5

_log = logging.getLogger(__name__)


class Openings:
    """The questions to start from over one index.

    Attributes
    ----------
    questions
        Those that the articles are known to answer so far.
    done
        Whether there will be no more.
    """

    def __init__(self, assistant: Assistant) -> None:
        self.questions: tuple[str, ...] = ()
        self.done = False
        self._assistant = assistant
        self._names: Names | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._seen = 0.0
        self._untried: Iterator[Suggestion] | None = None

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
            if not self.done and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._find, name="openings", daemon=True)
                self._thread.start()

    def _find(self) -> None:
        try:
            if self._untried is None:
                index = self._assistant.index
                self._untried = iter(suggest_openings(index, self.names, _TRIES))
            while len(self.questions) < SHOWN:
                if time.monotonic() > self._seen + _PATIENCE:
                    return
                suggestion = next(self._untried, None)
                if suggestion is None:
                    break
                self.questions += keep_answerable([suggestion], self._assistant.look_up, 1, 1)
        except Exception:
            _log.exception("no questions to start from")
        self.done = True
