"""Abstention: probabilities that move the right way, and reasons that name what is missing."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder, FakeReader
from settled import POLICY, Contrary

from rag.abstention import (
    DECISION,
    Judgement,
    find_unknown_things,
    is_near,
    judge_question,
    measure_signals,
)
from rag.index import build_index
from rag.policy import Policy, load_policy
from rag.reading import Reading, read_passages
from rag.retrieval import Search, search_passages
from rag.types import Article, Reader

COVERED = "Microsoft a investi 13 milliards de dollars dans OpenAI"
NEAR = "Combien Nintendo a-t-il investi dans OpenAI ?"
FOREIGN = "Comment faire une béchamel sans grumeaux ?"


def look(articles: list[Article], question: str) -> Search:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    return search_passages(index, FakeEncoder(), question, 8)


def read(articles: list[Article], question: str, reader: Reader | None = None) -> Reading:
    return read_passages(look(articles, question), reader or FakeReader(), POLICY)


def judge(articles: list[Article], question: str, reader: Reader | None = None) -> Judgement:
    return judge_question(read(articles, question, reader), POLICY)


def test_a_covered_question_is_likelier_than_a_near_miss_than_a_foreign_one(
    articles: list[Article],
) -> None:
    covered, near, foreign = (judge(articles, q).answerable for q in (COVERED, NEAR, FOREIGN))
    assert 1 >= covered > near > foreign >= 0
    assert covered > DECISION > foreign


def test_a_question_is_refuted_when_the_reader_finds_the_contrary(articles: list[Article]) -> None:
    assert not judge(articles, FOREIGN).is_refuted
    judged = judge(articles, FOREIGN, Contrary("panel"))
    # There is something to say, and it is no answer.
    assert judged.is_refuted and judged.answerable >= DECISION > judged.answers


def test_what_refutes_a_question_takes_from_what_answers_it(articles: list[Article]) -> None:
    held, contrary = judge(articles, COVERED), judge(articles, COVERED, Contrary("panel"))
    assert contrary.answers < held.answers and contrary.refutes > held.refutes
    assert contrary.answers + contrary.refutes <= 1


@pytest.mark.parametrize("name", ["passage", "answers"])
def test_what_fits_a_question_better_makes_an_answer_likelier(
    articles: list[Article], name: str
) -> None:
    policy = Policy(answers={name: 1.0}, refutes={"": -30.0})
    fit, unfit = (judge_question(read(articles, q), policy).answers for q in (COVERED, FOREIGN))
    assert fit > unfit


def test_every_weight_that_is_shipped_has_its_signal(articles: list[Article]) -> None:
    # A weight without one would count for nothing, in silence.
    measured = measure_signals(read(articles, COVERED)).keys() | {""}
    policy = load_policy()
    assert policy.answers.keys() <= measured and policy.refutes.keys() <= measured
    assert policy.answers.keys() - {""} and policy.refutes.keys() - {""}


@pytest.mark.parametrize("question", ["", "?", "de la", "x" * 3000])
@pytest.mark.parametrize("weight", [1.0, 1e6, -1e6])
def test_any_question_has_a_probability(
    articles: list[Article], question: str, weight: float
) -> None:
    reading = read(articles, question)
    weights = dict.fromkeys(measure_signals(reading), weight)
    judged = judge_question(reading, Policy(answers=weights, refutes=weights))
    for probability in (judged.answers, judged.refutes, judged.answerable):
        assert 0 <= probability <= 1


def test_nothing_to_read_means_nothing_to_answer() -> None:
    reading = read([Article("a", "", "# Microsoft\n\n# OpenAI")], "Microsoft OpenAI")
    assert not reading.sentences
    assert judge_question(reading, Policy(answers={"": 9.0}, refutes={"": 9.0})).answerable == 0


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Comment faire une béchamel avec Microsoft ?", ["béchamel"]),
        ("Microsoft dirige-t-il Mistral ?", []),
        (
            "Mon fils voudrait cuisiner une béchamel avec Nintendo, comment s’y prendre ?",
            ["fils", "béchamel", "Nintendo"],
        ),
        ("béchamel roquefort camembert", ["béchamel roquefort camembert"]),
        ("Comment préparer une pâte à crêpes bretonnes ?", ["pâte à crêpes bretonnes"]),
        # Neither a verb, nor thanks, nor a typing error names anything.
        ("Est-ce que tu l’avais dit ?", []),
        ("Merci de me dire où", []),
        ("combien dargent pour Doctolib", ["Doctolib"]),
        ("J’avais cru que tu savais cuisiner en 1998", []),
    ],
)
def test_what_no_article_names_is_told(
    articles: list[Article], question: str, unknown: list[str]
) -> None:
    assert find_unknown_things(look(articles, question)) == unknown


def test_a_refusal_near_the_subject_is_told_from_one_off_it(articles: list[Article]) -> None:
    assert is_near(read(articles, NEAR)) and not is_near(read(articles, FOREIGN))
