"""What is found for a question of one part or several."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder, FakeReader

from rag.clock import Clock
from rag.gathering import EVIDENCE, Found, gather
from rag.index import build_index
from rag.types import Article, Query

MONEY = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"
BOSS = "Qui dirige Mistral AI ?"


def find(articles: list[Article], *parts: str) -> Found:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    text = " ".join(parts)
    query = Query(text=text, asked=text, parts=parts)
    return gather(index, FakeEncoder(), FakeReader(), query, Clock())


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
        "rag.gathering.estimate_answerable",
        lambda reading: 0.9 if reading.search.question == BOSS else 0.1,
    )
    found = find(articles, MONEY, BOSS)
    assert found.unanswered == (MONEY,) and found.answerable == 0.9
    assert found.evidence == find(articles, BOSS).evidence
    assert "Arthur Mensch dirige Mistral AI." in found.evidence[found.leads[0] - 1].text


def test_when_no_part_has_an_answer_all_are_shown(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.gathering.estimate_answerable", lambda reading: 0.1)
    found = find(articles, MONEY, BOSS)
    assert found.unanswered == () and found.answerable == 0.1
    assert len(found.leads) == 2
