"""Times the steps of a question."""

from __future__ import annotations

import time

from rag.types import Timings


class Clock:
    """Milliseconds since a question arrived; each mark is kept the first time only."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """Note that a step of ``Timings`` is reached."""
        self._marks.setdefault(name, (time.monotonic() - self._start) * 1000)

    def finish(self) -> Timings:
        """Note that all is done, and return every mark."""
        self.mark("total")
        return Timings(**self._marks)
