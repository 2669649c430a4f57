"""Questions to start from, found in the background: each is searched before it is offered.

Knows nothing about Streamlit; whoever draws the page looks at ``questions`` now and then.
"""

from __future__ import annotations

import logging
import threading

from rag.assistant import Assistant
from rag.clauses import Names
from rag.suggestions import keep_answerable, learn_names, suggest_openings

SHOWN = 6
# Questions searched at most, a third of a second each.
_TRIES = 12

_log = logging.getLogger(__name__)


class Openings:
    """The questions to start from over one index.

    Attributes
    ----------
    questions
        Those that the articles are known to answer so far.
    names
        What the articles tell of their names, which later suggestions need too; None until known.
    done
        Whether there will be no more questions.
    """

    def __init__(self, assistant: Assistant) -> None:
        self.questions: tuple[str, ...] = ()
        self.names: Names | None = None
        self.done = False
        self._assistant = assistant
        threading.Thread(target=self._find, name="openings", daemon=True).start()

    def _find(self) -> None:
        assistant = self._assistant
        try:
            self.names = learn_names(assistant.index)
            for suggestion in suggest_openings(assistant.index, self.names, _TRIES):
                self.questions += keep_answerable([suggestion], assistant.look_up, 1, 1)
                if len(self.questions) == SHOWN:
                    break
        except Exception:
            _log.exception("no questions to start from")
        finally:
            self.done = True
