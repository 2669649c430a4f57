"""Abstention: a probability that moves the right way, and reasons that name what is missing."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder

from rag.abstention import DECISION, estimate_answerable, explain_refusal
from rag.index import build_index
from rag.retrieval import Search, search_passages
from rag.types import Article


def look(articles: list[Article], question: str) -> Search:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    return search_passages(index, FakeEncoder(), question, 8)


@pytest.fixture
def probabilities(articles: list[Article]) -> dict[str, float]:
    questions = (
        "Microsoft a investi 13 milliards de dollars dans OpenAI",
        "Combien Nintendo a-t-il investi dans OpenAI ?",
        "Comment faire une béchamel sans grumeaux ?",
    )
    return {q: estimate_answerable(look(articles, q), q) for q in questions}


def test_a_covered_question_is_likelier_than_a_near_miss_than_a_foreign_one(
    probabilities: dict[str, float],
) -> None:
    covered, near, foreign = probabilities.values()
    assert 1 >= covered > near > foreign >= 0
    assert covered > DECISION > foreign


def test_an_unknown_name_counts_against_an_answer(articles: list[Article]) -> None:
    # Same words, same coverage; only the capital makes a name.
    named, common = "Combien vaut la société Nintendo ?", "Combien vaut la société nintendo ?"
    assert estimate_answerable(look(articles, named), named) < 0.9 * estimate_answerable(
        look(articles, common), common
    )


@pytest.mark.parametrize("question", ["", "?", "de la", "x" * 3000])
def test_any_question_has_a_probability(articles: list[Article], question: str) -> None:
    assert 0 <= estimate_answerable(look(articles, question), question) <= 1


def test_nothing_to_read_means_nothing_to_answer() -> None:
    search = look([Article("a", "", "# Microsoft\n\n# OpenAI")], "Microsoft OpenAI")
    assert estimate_answerable(search, "Microsoft OpenAI") == 0


def test_the_reason_names_the_unknown_words(articles: list[Article]) -> None:
    question = "Comment faire une béchamel avec Microsoft ?"
    reason = explain_refusal(look(articles, question), question)
    assert "« béchamel »" in reason and "Microsoft" not in reason


def test_the_reason_when_every_word_is_known(articles: list[Article]) -> None:
    question = "Microsoft dirige-t-il Mistral ?"
    reason = explain_refusal(look(articles, question), question)
    assert "touchent au sujet" in reason and "«" not in reason


def test_at_most_three_unknown_words_are_named(articles: list[Article]) -> None:
    question = "béchamel roquefort camembert reblochon"
    assert explain_refusal(look(articles, question), question).count("«") == 3
