"""Questions to start from, one of each kind."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder, FakeReader
from settled import settle_policy

from rag import starters
from rag.assistant import Assistant
from rag.french import plain_spaces
from rag.index import build_index
from rag.starters import find_starters
from rag.suggestions import learn_names
from rag.types import Article


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


NEWS = [
    Article(
        "a.md",
        "Le chantier de Lorient",
        "Alstom a livré 12 rames pour 40 millions d’euros à Lorient. Le 3 mars 2019, Lorient a "
        "voté le projet. Le chantier de Lorient va plus vite qu’à Brest, alors que Vannes attend.",
        "2019-03-04",
    ),
    Article(
        "b.md",
        "Une ligne de plus à Brest",
        "Le 5 mai 2021, Lorient a ouvert une ligne. Le tramway de Brest coûte plus cher que celui "
        "de Lorient. Le 9 juin 2022, Lorient a fermé un pont. Brest compte 140 000 habitants. "
        "Lorient compte 57 000 habitants.",
        "2022-06-10",
    ),
    Article(
        "c.md",
        "Les comptes de la régie",
        "Le 1er octobre 2023, Lorient a repris la régie. La régie compte 300 agents. Les agents "
        "de la régie ont voté leur budget. La régie achète des bus.",
        "2023-10-02",
    ),
]


def find(articles: list[Article], number: int = 4) -> list[str]:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    assistant = Assistant(index, FakeEncoder(), FakeReader(), None)
    found = [plain_spaces(q) for q in find_starters(assistant, learn_names(index)) if q]
    return found[:number]


@pytest.mark.usefixtures("answerable")
def test_one_question_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    # The fake reader sets the sentences of four articles far apart.
    monkeypatch.setattr("rag.planning._BEHIND", 20.0)
    fact, comparison, chronology, summary = find(NEWS)
    assert fact.startswith("Combien ")
    assert comparison == "Compare Brest et Lorient."
    assert chronology == "Quelles sont les grandes dates de Lorient ?"
    assert summary == "Résume l’article « Les comptes de la régie »."


@pytest.mark.usefixtures("answerable")
def test_a_fact_takes_the_place_of_what_cant_be_had(articles: list[Article]) -> None:
    found = find(articles)
    assert len(found) > 1
    assert not any(question.startswith(("Compare", "Quelles sont")) for question in found)


def test_nothing_is_offered_that_is_not_answered(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starters, "is_answered", lambda made, found: False)
    monkeypatch.setattr("rag.assistant.DECISION", 1.1)
    assert find([*articles, *NEWS]) == []


@pytest.mark.usefixtures("answerable")
def test_a_name_with_a_determiner_keeps_it() -> None:
    texts = [f"Le {day} mars 2024, l’ADMR a aidé la région." for day in (3, 5, 7, 9)]
    found = find([Article("a.md", "Aide", " ".join(texts), "2024-03-10")], 9)
    assert "Quelles sont les grandes dates de l’ADMR ?" in found
