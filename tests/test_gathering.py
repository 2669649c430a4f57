"""What is found for a question of one part or several."""

from __future__ import annotations

import math

import pytest
from conftest import FakeEncoder, FakeReader
from settled import Contrary, settle_policy

from rag.abstention import Judgement
from rag.clock import Clock
from rag.french import plain_spaces
from rag.gathering import EVIDENCE, Found, gather
from rag.index import build_index
from rag.types import Article, Query, Reader, Scope

MONEY = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"
BOSS = "Qui dirige Mistral AI ?"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def find(
    articles: list[Article],
    *parts: str,
    scope: Scope | None = None,
    reader: Reader | None = None,
) -> Found:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    text = " ".join(parts)
    query = Query(text=text, asked=text, parts=parts)
    return gather(index, FakeEncoder(), reader or FakeReader(), query, Clock(), scope=scope)


@pytest.mark.usefixtures("answerable")
def test_every_part_has_its_lead(articles: list[Article]) -> None:
    found = find(articles, MONEY, BOSS)
    assert [search.question for search in found.searches] == [MONEY, BOSS]
    leads = [item.text for item in found.evidence if item.n in found.leads]
    assert leads == [
        "Microsoft a investi 13 milliards de dollars dans OpenAI.",
        "Arthur Mensch dirige Mistral AI.",
    ]
    assert [hit.chunk.article_id for hit in found.hits[:2]] == ["a.md", "c.md"]


@pytest.mark.usefixtures("answerable")
def test_a_passage_or_a_sentence_found_twice_is_kept_once(articles: list[Article]) -> None:
    found = find(articles, MONEY, MONEY)
    assert len({hit.chunk.id for hit in found.hits}) == len(found.hits) == 3
    assert len({item.text for item in found.evidence}) == len(found.evidence) <= EVIDENCE
    assert found.leads == (1,)
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert [item.n for item in found.evidence] == list(range(1, len(found.evidence) + 1))


def test_a_part_without_an_answer_gives_no_evidence(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rag.gathering.judge_question",
        lambda reading: Judgement(0.9 if reading.search.question == BOSS else 0.1, 0.0),
    )
    found = find(articles, MONEY, BOSS)
    assert found.unanswered == (MONEY,) and found.answerable == 0.9
    assert found.evidence == find(articles, BOSS).evidence
    assert "Arthur Mensch dirige Mistral AI." in found.evidence[found.leads[0] - 1].text


def test_when_no_part_has_an_answer_all_are_shown(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.gathering.judge_question", lambda reading: Judgement(0.1, 0.0))
    found = find(articles, MONEY, BOSS)
    assert found.unanswered == () and found.answerable == 0.1
    assert len(found.leads) == 2


@pytest.mark.usefixtures("answerable")
def test_every_part_is_searched_within_the_scope(articles: list[Article]) -> None:
    found = find(articles, MONEY, BOSS, scope=Scope(until="2025-09"))
    assert {hit.chunk.article_id for hit in found.hits} == {"c.md"}
    assert {item.chunk.article_id for item in found.evidence} == {"c.md"}
    assert all(search.rows == (2,) for search in found.searches)


@pytest.mark.usefixtures("answerable")
def test_a_scope_that_holds_every_article_changes_nothing(articles: list[Article]) -> None:
    free = find(articles, MONEY, BOSS)
    for scope in (Scope(), Scope(since="2025"), Scope(articles=("a.md", "b.md", "c.md"))):
        found = find(articles, MONEY, BOSS, scope=scope)
        assert (found.hits, found.evidence, found.leads) == (free.hits, free.evidence, free.leads)
        assert found.answerable == free.answerable


def test_nothing_is_found_in_an_empty_scope(articles: list[Article]) -> None:
    found = find(articles, MONEY, BOSS, scope=Scope(until="2020"))
    assert (found.hits, found.evidence, found.leads, found.answerable) == ((), (), (), 0.0)


def test_a_better_passage_outside_counts_against_an_answer(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.gathering.judge_question", lambda reading: Judgement(0.6, 0.0))
    best = find(articles, BOSS, scope=Scope(articles=("c.md",)))
    assert best.answerable == pytest.approx(0.6)
    without = find(articles, BOSS, scope=Scope(articles=("b.md",)))
    missed = without.searches[0].missed
    assert missed > 1
    odds = 0.6 / 0.4 * math.exp(-0.25 * missed)
    assert without.answerable == pytest.approx(odds / (1 + odds)) and without.answerable < 0.6


def test_the_sentence_that_refutes_a_question_leads(articles: list[Article]) -> None:
    found = find(articles, MONEY, reader=Contrary("panel"))
    refuting = found.evidence[0]
    assert refuting.text.startswith("Un panel d’experts") and refuting.n == found.refutation
    assert found.leads == (found.refutation,)
    # What speaks of the matter follows, once each.
    assert any("13 milliards" in item.text for item in found.evidence)
    assert len({(item.chunk.id, item.start) for item in found.evidence}) == len(found.evidence)


def test_a_refutation_that_points_back_is_quoted_with_what_it_points_to() -> None:
    text = "Le tram de Vannes coûte trop cher. Il n’a jamais été construit, dit la maire."
    found = find([Article("t.md", "Le tram", text)], MONEY, reader=Contrary("jamais"))
    assert found.evidence[found.refutation - 1].text == text


def test_nothing_is_refuted_where_nothing_is_sure(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.gathering.judge_question", lambda reading: Judgement(0.0, 0.4))
    assert find(articles, MONEY).refutation == 0
    monkeypatch.setattr("rag.gathering.judge_question", lambda reading: Judgement(0.5, 0.4))
    assert find(articles, MONEY).refutation == 0


@pytest.mark.usefixtures("answerable")
def test_the_version_asked_for_comes_first_with_its_date() -> None:
    told = [
        Article("a.md", "Bac", "Le bac de Penvins coûte 10 euros.", date="2022-03-05"),
        Article("b.md", "Bac", "Le bac de Penvins coûte 12 euros.", date="2024-05-07"),
    ]
    found = find(told, "Combien coûte aujourd’hui le bac de Penvins ?")
    # The word says which version is meant, and is not searched for.
    assert found.searches[0].question == "Combien coûte le bac de Penvins ?"
    assert found.evidence[0].text == told[1].text
    assert {n: plain_spaces(told) for n, told in found.versions.items()} == {
        1: "7 mai 2024",
        2: "5 mars 2022, remplacé depuis",
    }


@pytest.mark.parametrize(("year", "chance"), [("2022", 0.9), ("2031", 0.1)])
def test_a_question_is_read_without_its_date_where_what_answers_has_it(
    monkeypatch: pytest.MonkeyPatch, year: str, chance: float
) -> None:
    monkeypatch.setattr(
        "rag.gathering.judge_question",
        lambda reading: Judgement(0.1 if year in reading.search.terms else 0.9, 0.0),
    )
    told = [Article("a.md", "Bac", "En 2022, le bac de Penvins coûtait 10 euros.", date="2024")]
    found = find(told, f"Combien coûtait le bac de Penvins en {year} ?")
    assert found.answerable == chance
    assert year in found.searches[0].question
