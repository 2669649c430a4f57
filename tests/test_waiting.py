"""The line: fair, bounded, and never stuck."""

from __future__ import annotations

import threading
import time

import pytest

from rag.errors import Busy
from rag.waiting import WaitingLine, open_questions


def test_positions() -> None:
    line = WaitingLine()
    first, second, third = line.enter(), line.enter(), line.enter()
    assert [p.position for p in (first, second, third)] == [0, 1, 2]
    assert first.wait(0) and not second.wait(0)
    with first:
        pass
    assert [p.position for p in (second, third)] == [0, 1]
    assert second.wait(0)


def test_two_may_be_served_at_once() -> None:
    line = WaitingLine(served=2)
    places = [line.enter() for _ in range(4)]
    assert [p.position for p in places] == [0, 0, 1, 2]
    assert places[1].wait(0) and not places[2].wait(0)
    line.leave(places[0])
    assert places[2].wait(0) and places[3].position == 1


def test_one_in_the_middle_may_leave() -> None:
    line = WaitingLine()
    first, second, third = line.enter(), line.enter(), line.enter()
    line.leave(second)
    line.leave(second)
    assert (first.position, third.position) == (0, 1)


def test_full() -> None:
    line = WaitingLine(limit=2)
    places = [line.enter(), line.enter()]
    with pytest.raises(Busy) as caught:
        line.enter()
    assert str(caught.value) == (
        "Sourcier est occupé : 2 questions attendent déjà. Les passages trouvés pour votre "
        "question restent affichés. Reposez-la dans une minute."
    )
    line.leave(places[0])
    assert line.enter().position == 1


def test_the_line_of_questions_keeps_the_question() -> None:
    line = open_questions()
    assert line.is_empty
    with pytest.raises(Busy, match="40 questions attendent déjà. Votre question est gardée."):
        for _ in range(41):
            line.enter()
    assert not line.is_empty


def test_an_exception_frees_the_place() -> None:
    line = WaitingLine(limit=1)
    with pytest.raises(ZeroDivisionError), line.enter():
        raise ZeroDivisionError
    assert line.enter().wait(0)


def test_waiting_gives_up_after_its_time() -> None:
    line = WaitingLine()
    line.enter()
    started = time.monotonic()
    assert not line.enter().wait(0.05)
    assert 0.04 < time.monotonic() - started < 20


def test_first_come_first_served_one_at_a_time() -> None:
    line, served, inside = WaitingLine(limit=20), [], []
    places = [line.enter() for _ in range(20)]

    def serve(number: int) -> None:
        with places[number] as place:
            while not place.wait(5):
                pass
            inside.append(number)
            assert len(inside) == 1
            time.sleep(0.001)
            inside.remove(number)
            served.append(number)

    threads = [threading.Thread(target=serve, args=(n,)) for n in reversed(range(20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert served == list(range(20))
