"""Messages read as French sentences; values derive what they say they derive."""

from __future__ import annotations

import dataclasses

import pytest

from rag import errors
from rag.errors import EngineError, IndexProblem, NoSpace, RagError
from rag.types import Answer, AnswerSentence, Chunk, Evidence, Query


def test_an_error_says_what_kept_and_todo() -> None:
    error = NoSpace("Le disque est plein.", kept="Rien n’a changé.", todo="Libérez-en.")
    assert str(error) == "Le disque est plein. Rien n’a changé. Libérez-en."
    assert (error.what, error.kept, error.todo) == (
        "Le disque est plein.",
        "Rien n’a changé.",
        "Libérez-en.",
    )
    assert str(RagError("Panne.", todo="Recommencez.")) == "Panne. Recommencez."


def test_every_error_is_in_the_tree_of_the_docstring() -> None:
    named = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    told = errors.__doc__ or ""
    assert all(name in told for name in named)
    assert issubclass(errors.IndexLocked, IndexProblem) and issubclass(errors.Busy, EngineError)
    assert all(issubclass(getattr(errors, name), RagError) for name in named)


def test_a_query_knows_whether_it_was_completed() -> None:
    assert Query("Qui dirige xAI ?", "Et xAI ?").rewritten
    assert not Query("Qui ?", "Qui ?").rewritten


def test_cited_evidence_is_in_order_and_once() -> None:
    chunk = Chunk("a#0", "a", "", "", 0, 1, "x", ())
    evidence = tuple(Evidence(n, chunk, 0, 1, "x", 0.0) for n in (1, 2, 3))
    sentences = (
        AnswerSentence("B.", (3, 1), "supported"),
        AnswerSentence("C.", (3,), "supported"),
    )
    query = Query("Qui ?", "Qui ?")
    answer = Answer(query, "generated", "", sentences, evidence, (), 1.0)
    assert [item.n for item in answer.cited] == [1, 3]


def test_values_are_frozen() -> None:
    query = Query("Qui ?", "Qui ?")
    with pytest.raises(dataclasses.FrozenInstanceError):
        query.text = "Quoi ?"  # type: ignore[misc]
