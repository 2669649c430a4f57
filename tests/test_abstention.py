"""Abstention: a probability that moves the right way, and reasons that name what is missing."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder, FakeReader

from rag.abstention import DECISION, estimate_answerable, explain_refusal
from rag.index import build_index
from rag.reading import Reading, read_passages
from rag.retrieval import Search, search_passages
from rag.types import Article


def look(articles: list[Article], question: str) -> Search:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    return search_passages(index, FakeEncoder(), question, 8)


def read(articles: list[Article], question: str) -> Reading:
    return read_passages(look(articles, question), FakeReader())


@pytest.fixture
def probabilities(articles: list[Article]) -> dict[str, float]:
    questions = (
        "Microsoft a investi 13 milliards de dollars dans OpenAI",
        "Combien Nintendo a-t-il investi dans OpenAI ?",
        "Comment faire une béchamel sans grumeaux ?",
    )
    return {q: estimate_answerable(read(articles, q)) for q in questions}


def test_a_covered_question_is_likelier_than_a_near_miss_than_a_foreign_one(
    probabilities: dict[str, float],
) -> None:
    covered, near, foreign = probabilities.values()
    assert 1 >= covered > near > foreign >= 0
    assert covered > DECISION > foreign


def test_an_unknown_name_counts_against_an_answer(articles: list[Article]) -> None:
    # Same words, same coverage; only the capital makes a name.
    named, common = "Combien vaut la société Nintendo ?", "Combien vaut la société nintendo ?"
    assert estimate_answerable(read(articles, named)) < estimate_answerable(read(articles, common))


@pytest.mark.parametrize("question", ["", "?", "de la", "x" * 3000])
def test_any_question_has_a_probability(articles: list[Article], question: str) -> None:
    assert 0 <= estimate_answerable(read(articles, question)) <= 1


def test_nothing_to_read_means_nothing_to_answer() -> None:
    reading = read([Article("a", "", "# Microsoft\n\n# OpenAI")], "Microsoft OpenAI")
    assert not reading.sentences
    assert estimate_answerable(reading) == 0


def test_the_reason_names_the_unknown_words(articles: list[Article]) -> None:
    reason = explain_refusal(look(articles, "Comment faire une béchamel avec Microsoft ?"))
    assert "« béchamel »" in reason and "Microsoft" not in reason


def test_the_reason_when_every_word_is_known(articles: list[Article]) -> None:
    reason = explain_refusal(look(articles, "Microsoft dirige-t-il Mistral ?"))
    assert "touchent au sujet" in reason and "«" not in reason


def test_at_most_three_unknown_words_are_named(articles: list[Article]) -> None:
    question = "béchamel roquefort camembert reblochon"
    assert explain_refusal(look(articles, question)).count("«") == 3
