"""The engines with the real generator."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from rag.engines.llama_cpp import LlamaCppEngine
from rag.types import Message

pytestmark = pytest.mark.models

SYSTEM: Message = {
    "role": "system",
    "content": "Tu réponds en français, en une phrase, avec les seuls extraits numérotés. "
    "Chaque phrase finit par le numéro de son extrait.",
}
EXTRACT = "[1] Lyon, au confluent du Rhône et de la Saône, compte 522 250 habitants en 2021.\n"
GRAMMAR = 'root ::= [A-Z] [^\\[\\]\\n\\r]{10,60} " [1]."'


@pytest.fixture(scope="module")
def engine(generator_path: Path) -> LlamaCppEngine:
    return LlamaCppEngine(generator_path)


def _ask(question: str, padding: int = 0) -> list[Message]:
    return [SYSTEM, {"role": "user", "content": EXTRACT * (1 + padding) + question}]


def test_it_answers_with_a_citation(engine: LlamaCppEngine) -> None:
    reply = "".join(engine.stream(_ask("Combien d’habitants compte Lyon ?"), GRAMMAR, 64))
    assert "522" in reply
    assert reply.endswith(" [1].")


def test_a_shared_beginning_is_read_once(engine: LlamaCppEngine) -> None:
    def first_piece(question: str) -> float:
        start = time.monotonic()
        stream = engine.stream(_ask(question, padding=8), GRAMMAR, 8)
        next(piece for piece in stream if piece)
        waited = time.monotonic() - start
        stream.close()  # type: ignore[attr-defined]
        return waited

    cold = first_piece("Combien d’habitants compte Lyon ?")
    # Twice: a machine may be busy for a moment.
    warm = min(map(first_piece, ("Quels fleuves s’y rejoignent ?", "Quels fleuves y coulent ?")))
    assert warm < cold / 2


def test_leaving_while_the_prompt_is_read_stops_it(engine: LlamaCppEngine) -> None:
    stream = engine.stream(_ask("Décris Lyon.", padding=20), "", 400)
    assert next(stream) == ""
    start = time.monotonic()
    stream.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 5
    assert not [t for t in threading.enumerate() if t.name == "sourcier-engine"]
