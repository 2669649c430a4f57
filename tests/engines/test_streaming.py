from __future__ import annotations

import subprocess
import sys
import threading
import time
from itertools import count

import pytest

from rag.engines.streaming import Emit, stream_from_thread
from rag.errors import EngineError, RagError


def test_pieces_arrive_in_order_and_empty_ones_too() -> None:
    def produce(emit: Emit) -> None:
        for piece in ("un", "", "deux"):
            assert not emit(piece)

    assert list(stream_from_thread(produce)) == ["un", "", "deux"]


def test_closing_stops_the_call_and_waits_for_it() -> None:
    ended = threading.Event()

    def produce(emit: Emit) -> None:
        for n in count():
            if emit(str(n)):
                break
            time.sleep(0.001)
        ended.set()

    stream = stream_from_thread(produce)
    assert next(stream) == "0"
    stream.close()  # type: ignore[attr-defined]
    assert ended.is_set()


def test_a_failure_keeps_what_came_before_it() -> None:
    def produce(emit: Emit) -> None:
        emit("début")
        raise RuntimeError("llama exploded")

    stream = stream_from_thread(produce)
    assert next(stream) == "début"
    with pytest.raises(EngineError, match="s’est arrêté") as caught:
        next(stream)
    assert "exploded" not in str(caught.value)


def test_an_error_of_ours_is_raised_as_it_is() -> None:
    mine = RagError("Non.")

    def produce(emit: Emit) -> None:
        raise mine

    with pytest.raises(RagError) as caught:
        list(stream_from_thread(produce))
    assert caught.value is mine


def test_a_stream_left_open_does_not_hold_the_program_back() -> None:
    script = """
import time
from rag.engines.streaming import stream_from_thread
def produce(emit):
    while not emit("x"):
        time.sleep(0.01)
stream = stream_from_thread(produce)
print(next(stream))
keep = [stream]; keep.append(keep)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"x\n", b"")
