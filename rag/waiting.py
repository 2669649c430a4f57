"""The lines in front of the articles and of the engine: first come, first served.

Bounded: a question that would wait behind too many others is refused at once, in words. A place
is given back however its owner ends.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType

from rag.errors import Busy

# Twelve seconds an answer: the last of the line waits three minutes.
_LIMIT = 16
_KEPT = "Les passages trouvés pour votre question restent affichés."


# Half a second a question: the last of the line waits twenty seconds. On two cores beside other
# programs, one question at a time gave 1.4 and 1.9 answers a second, two 1.7 and 2.3, six 2.1 and
# 2.5; but the fewer at once, the sooner the first of those who come together have theirs. To read
# the passages of eight questions in common batches of 4, 8 or 16 took as long as one by one (3.2 s
# in the middle; 3.1, 3.6 and 3.4 s).
_QUESTIONS, _ANSWERED = 40, 2


def open_questions() -> WaitingLine:
    """Open the line of the questions that wait for the articles to be read."""
    return WaitingLine(_QUESTIONS, _ANSWERED, "Votre question est gardée.")


class WaitingLine:
    """A fair, bounded line.

    Parameters
    ----------
    limit
        Places, those that are served included.
    served
        How many are served at once.
    kept
        What is kept of who is refused, a full French sentence.
    """

    def __init__(self, limit: int = _LIMIT, served: int = 1, kept: str = _KEPT) -> None:
        self._limit = limit
        self._served = served
        self._kept = kept
        self._places: deque[Place] = deque()
        self._moved = threading.Condition()

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits, nor is served."""
        return not self._places

    def enter(self) -> Place:
        """Take the last place of the line; use it in a ``with`` statement.

        Raises
        ------
        Busy
            When the line is full.
        """
        with self._moved:
            if len(self._places) >= self._limit:
                raise Busy(
                    f"Sourcier est occupé : {len(self._places)} questions attendent déjà.",
                    kept=self._kept,
                    todo="Reposez-la dans une minute.",
                )
            place = Place(self)
            self._places.append(place)
            return place

    def position_of(self, place: Place) -> int:
        """Return how many questions will be served before this one."""
        with self._moved:
            return self._find(place)

    def _find(self, place: Place) -> int:
        return max(0, self._places.index(place) - self._served + 1)

    def wait_for_turn(self, place: Place, seconds: float) -> bool:
        """Wait until it is this place's turn, at most ``seconds``; say whether it is."""
        with self._moved:
            return self._moved.wait_for(lambda: not self._find(place), seconds)

    def leave(self, place: Place) -> None:
        """Give the place up; the others move."""
        with self._moved:
            if place in self._places:
                self._places.remove(place)
            self._moved.notify_all()


class Place:
    """One question's place in the line."""

    def __init__(self, line: WaitingLine) -> None:
        self._line = line

    @property
    def position(self) -> int:
        """How many questions will be served first."""
        return self._line.position_of(self)

    def wait(self, seconds: float) -> bool:
        """Wait for its turn, at most ``seconds``; say whether it has come."""
        return self._line.wait_for_turn(self, seconds)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.leave(self)
