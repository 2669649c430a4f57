"""Turns a blocking call that pushes pieces of text into an iterator that can be closed.

Contract: closing the iterator tells the call to stop and waits until it has; nothing runs on
behind the reader's back. Knows nothing about models.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from rag.errors import EngineError, RagError

Emit = Callable[[str], bool]
"""Hands over a piece of text; true means « stop now ».

An empty piece is a sign of life: it gives the reader the occasion to leave.
"""


def stream_from_thread(produce: Callable[[Emit], None]) -> Iterator[str]:
    """Run ``produce(emit)`` in a thread and yield the pieces that it emits, empty ones too.

    Parameters
    ----------
    produce
        Calls ``emit`` about every second, with an empty text when it has nothing to say, and
        returns soon after ``emit`` has answered true.

    Raises
    ------
    EngineError
        When ``produce`` fails; an error of Sourcier's own is raised as it is.
    """
    pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
    left = threading.Event()

    def emit(text: str) -> bool:
        pieces.put(text)
        # A finished main thread means that the program is ending and waits for this one.
        return left.is_set() or not threading.main_thread().is_alive()

    def work() -> None:
        try:
            produce(emit)
            pieces.put(None)
        except Exception as error:
            pieces.put(error)

    worker = threading.Thread(target=work, name="sourcier-engine", daemon=False)
    worker.start()
    try:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, RagError):
                raise piece
            if isinstance(piece, Exception):
                raise EngineError(
                    f"Le modèle de langue s’est arrêté sur une erreur ({type(piece).__name__}).",
                    todo="Reposez la question ; si l’erreur revient, relancez Sourcier.",
                ) from piece
            yield piece
    finally:
        left.set()
        worker.join()
