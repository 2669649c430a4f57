"""Questions suggested to start from, after an answer and after a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from conftest import FakeEncoder, FakeReader
from settled import settle_policy

from rag.clock import Clock
from rag.french import plain_spaces
from rag.gathering import Found, gather
from rag.index import Index, build_index
from rag.retrieval import search_passages
from rag.suggestions import (
    Suggestion,
    is_answered,
    keep_answerable,
    learn_names,
    suggest_follow_ups,
    suggest_openings,
    suggest_questions,
)
from rag.types import Article, Evidence, Query


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def suggest(articles: list[Article], question: str) -> list[str]:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    search = search_passages(index, FakeEncoder(), question, 8)
    return [plain_spaces(suggested) for suggested in suggest_questions(search)]


def test_the_names_that_the_articles_know(articles: list[Article]) -> None:
    assert suggest(articles, "Combien pèse Arthur Mensch ?") == [
        "Que disent les articles sur Arthur Mensch ?"
    ]


def test_two_names_that_a_passage_holds(articles: list[Article]) -> None:
    first = suggest(articles, "Que pense Microsoft d’OpenAI ?")[0]
    assert first == "Quel lien les articles font-ils entre Microsoft et OpenAI ?"
    apart = suggest(articles, "Que pense Microsoft de Mistral AI ?")
    assert apart[0] == "Que disent les articles sur Microsoft ?"


def test_what_all_the_articles_speak_of_is_no_question(articles: list[Article]) -> None:
    more = [Article(f"{n}.md", "Une note", f"OpenAI a publié la note {n}.") for n in range(4)]
    assert suggest([*articles, *more], "Où habite OpenAI ?") == []
    assert suggest([*articles, *more], "Où habite Arthur Mensch ?") == [
        "Que disent les articles sur Arthur Mensch ?"
    ]


def test_what_is_off_the_subject_suggests_nothing(articles: list[Article]) -> None:
    assert suggest(articles, "Qui a gagné le Tour de France ?") == []


def test_an_article_about_what_is_asked_is_suggested(articles: list[Article]) -> None:
    (only,) = suggest(articles, "Pourquoi un panel d’experts ?")
    assert only == "Que dit l’article « Le panel d’experts » ?"


def test_nothing_to_suggest() -> None:
    assert suggest([Article("a", "", "Un texte sans titre.")], "Qui ?") == []


def test_a_name_that_only_other_articles_know_is_not_suggested(articles: list[Article]) -> None:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    within = np.array([chunk.article_id == "c.md" for chunk in index.chunks])
    question = "Que pense Microsoft de Mistral AI ?"
    search = search_passages(index, FakeEncoder(), question, 8, within)
    assert [plain_spaces(suggested) for suggested in suggest_questions(search)] == [
        "Que disent les articles sur Mistral AI ?",
        "Que dit l’article « Mistral AI et ASML » ?",
    ]


# ------------------------------------------------------------------------- to start from, to go on


@pytest.fixture
def index(articles: list[Article]) -> Index:
    more = Article(
        "d.md",
        "Anthropic et la sûreté",
        "Anthropic a été fondée en 2021 par Dario Amodei. Anthropic est valorisée 350 milliards de "
        "dollars. ASML a quitté Anthropic en mai 2024 pour aider Mistral AI.",
        "2025-11-26",
    )
    return build_index([*articles, more], FakeEncoder, "fake-v1")[0]


@pytest.fixture
def found(index: Index) -> Callable[[str], Found]:
    def look(question: str) -> Found:
        query = Query(question, question)
        gathered = gather(index, FakeEncoder(), FakeReader(), query, Clock())
        # A few articles are too few to judge by.
        return replace(gathered, answerable=1.0)

    return look


def plain(suggestions: tuple[Suggestion, ...] | Iterator[Suggestion]) -> list[str]:
    return [plain_spaces(made.question) for made in suggestions]


def test_openings_come_from_different_articles_recent_ones_first(index: Index) -> None:
    assert plain(suggest_openings(index, learn_names(index), 3)) == [
        "Qui a fondé Anthropic ?",
        "Combien Microsoft a-t-il investi dans OpenAI ?",
        "Combien ASML a-t-il apporté à Mistral AI en septembre 2025 ?",
    ]


def test_an_opening_tells_where_its_answer_stands(index: Index) -> None:
    for made in suggest_openings(index, learn_names(index), 6):
        assert index.articles[made.article_id].text[made.start : made.end] == made.sentence


def test_no_opening_where_nothing_is_understood() -> None:
    index, _ = build_index([Article("a", "", "Rien de sûr.")], FakeEncoder, "fake-v1")
    assert suggest_openings(index, learn_names(index)) == ()


def follow(index: Index, found: Found, question: str, asked: tuple[str, ...] = ()) -> list[str]:
    names = learn_names(index)
    shown = found.evidence[:1]
    return plain(suggest_follow_ups(question, shown, found.hits, index, names, asked))


def test_follow_ups_speak_of_the_same_names(index: Index, found: Callable[[str], Found]) -> None:
    question = "Combien ASML a-t-il apporté à Mistral AI ?"
    near = follow(index, found(question), question)
    assert near[0] == "Qui dirige Mistral AI ?"
    assert question not in near


def test_what_was_asked_is_not_suggested_again(index: Index, found: Callable[[str], Found]) -> None:
    question = "Combien ASML a-t-il apporté à Mistral AI ?"
    near = follow(index, found(question), question, ("qui dirige mistral AI",))
    assert near and "Qui dirige Mistral AI ?" not in near


def test_follow_ups_differ_from_one_another(index: Index, found: Callable[[str], Found]) -> None:
    question = "Que fait Anthropic ?"
    names = learn_names(index)
    gathered = found(question)
    near = list(suggest_follow_ups(question, gathered.evidence, gathered.hits, index, names))
    places = [(made.article_id, made.start) for made in near]
    assert len(near) > 1 and len(set(places)) == len(places)


def test_only_what_is_answered_where_it_comes_from_is_kept(
    index: Index, found: Callable[[str], Found]
) -> None:
    openings = suggest_openings(index, learn_names(index), 6)
    kept = keep_answerable(openings, found, 2, 6)
    assert kept == tuple(made.question for made in openings if made.question in kept)
    assert len(kept) == 2
    astray = [
        replace(made, question="Où va ASML ?", article_id="z.md", sentence="Autre chose.")
        for made in openings
    ]
    assert keep_answerable(astray, found, 2, 6) == ()
    refused = keep_answerable(openings, lambda q: replace(found(q), answerable=0.1), 2, 6)
    assert refused == ()


def test_another_sentence_that_answers_as_well_will_do(
    index: Index, found: Callable[[str], Found]
) -> None:
    made = Suggestion("Qui dirige Mistral AI ?", "z.md", 0, 9, "Autre chose.", "who")
    gathered = found(made.question)
    item = next(item for item in gathered.evidence if "dirige" in item.text)
    alone = replace(gathered, evidence=(replace(item, text="Arthur Mensch dirige Mistral AI."),))
    assert is_answered(made, alone)
    assert not is_answered(replace(made, question="Qui préside Mistral AI ?"), alone)


def test_no_more_is_tried_than_asked_for(index: Index, found: Callable[[str], Found]) -> None:
    tried: list[str] = []

    def look(question: str) -> Found:
        tried.append(question)
        return replace(found(question), answerable=0.0)

    openings = suggest_openings(index, learn_names(index), 6)
    assert keep_answerable(openings, look, 3, 2) == () and len(tried) == 2


def test_a_suggestion_that_would_be_corrected_is_dropped(
    index: Index, found: Callable[[str], Found]
) -> None:
    (made,) = suggest_openings(index, learn_names(index), 1)
    gathered = found(made.question)
    assert is_answered(made, gathered)
    assert not is_answered(made, replace(gathered, refutation=gathered.evidence[0].n))


def test_a_heading_is_answered_below_it() -> None:
    text = "Le permis coûte cher.\n\nQui peut donner procuration ?\n\nTout électeur le peut."
    index, _ = build_index([Article("a", "Vote par procuration", text)], FakeEncoder, "fake-v1")
    (chunk,) = index.chunks
    before, heading, below = chunk.sentences
    made = Suggestion("Q ?", "a", heading.start, heading.end, "Q ?", "heading")

    def tell(span: object) -> Found:
        start, end = span.start, span.end  # type: ignore[attr-defined]
        item = Evidence(1, chunk, start, end, text[start:end], 1.0)
        return Found((), (), (item,), (1,), 1.0, ())

    assert is_answered(made, tell(below))
    assert not is_answered(made, tell(before))
