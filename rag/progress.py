"""Shows in French how far a long transfer is; knows nothing about what is transferred."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told what is coming, the bytes done and the bytes in all."""


class _ProgressPrinter:
    """Writes where a download is: one moving line on a terminal, a line now and then elsewhere."""

    _EVERY = 5.0  # seconds between two lines of a log
    _WIDTH = 28

    def __init__(self) -> None:
        self._shown = ("", False)
        self._last = 0.0

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show ``done`` bytes out of ``total``."""
        state = (label, done >= total)
        if state == self._shown and (state[1] or not self._is_due()):
            return
        self._shown, self._last = state, time.monotonic()
        amount = f"{format_size(done)} sur {format_size(total)}"
        if sys.stderr.isatty():
            full = self._WIDTH * done // max(total, 1)
            bar = "█" * full + "░" * (self._WIDTH - full)
            sys.stderr.write(f"\r{label} {bar} {amount}\x1b[K" + ("\n" if state[1] else ""))
        else:
            sys.stderr.write(f"{label} : {amount}\n")
        sys.stderr.flush()

    def _is_due(self) -> bool:
        return sys.stderr.isatty() or time.monotonic() - self._last > self._EVERY


def format_size(size: int) -> str:
    """Write a number of bytes in French: « 1,1 Go », « 72 Mo »."""
    if size >= 1_000_000_000:
        return f"{size / 1e9:.1f} Go".replace(".", ",")
    return f"{size / 1e6:.0f} Mo"


print_progress = _ProgressPrinter()
"""The progress callback of the command line."""
