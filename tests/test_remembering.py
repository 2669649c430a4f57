"""What the models said is remembered, and no more than is allowed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from conftest import FakeEncoder, FakeReader

from rag.remembering import Memory, RememberingEncoder, RememberingReader
from rag.types import Excerpt, Scores, Vectors


class Counted(FakeReader):
    """Counts what it is asked."""

    readings = 0

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        self.readings += 1
        return super().score(question, excerpts)


def test_a_question_is_embedded_once(encoder: FakeEncoder) -> None:
    calls: list[str] = []

    class Counting(FakeEncoder):
        def encode_query(self, text: str) -> Vectors:
            calls.append(text)
            return super().encode_query(text)

    remembering = RememberingEncoder(Counting())
    for text in ("un", "deux", "un"):
        assert np.array_equal(remembering.encode_query(text), encoder.encode_query(text))
    assert calls == ["un", "deux"]
    assert remembering.fingerprint == encoder.fingerprint


def test_the_same_passages_are_read_once_and_others_anew() -> None:
    reader = Counted()
    remembering = RememberingReader(reader)
    one, two = Excerpt("Titre", ("Un.", "Deux.")), Excerpt("Titre", ("Un.", "Trois."))
    first = remembering.score("qui ?", [one])
    assert remembering.score("qui ?", [Excerpt("Titre", ("Un.", "Deux."))]) is first
    remembering.score("qui ?", [two])
    remembering.score("quoi ?", [one])
    remembering.score("qui ?", [one, two])
    assert reader.readings == 4
    pairs = [("La source.", "La phrase.")]
    assert remembering.entail(pairs) is remembering.entail(list(pairs))


def test_what_was_asked_for_longest_ago_is_forgotten() -> None:
    memory, made = Memory[str](most=2), []

    def find(key: str) -> None:
        memory.find(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        find(key)
    assert made == ["a", "b", "c", "b"]


def test_nobody_waits_for_what_another_asks() -> None:
    memory, held = Memory[str](), threading.Event()

    def wait() -> str:
        held.wait(30)
        return "lent"

    slow = threading.Thread(target=memory.find, args=("lent", wait))
    slow.start()
    assert memory.find("rapide", lambda: "rapide") == "rapide"
    held.set()
    slow.join()
