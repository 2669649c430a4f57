"""Which version of a fact leads an answer, and how the others are dated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import FakeEncoder, FakeReader
from settled import settle_policy

from rag.french import plain_spaces
from rag.index import build_index
from rag.reading import Reading, read_passages
from rag.retrieval import search_passages
from rag.timeframe import find_moment
from rag.types import Article
from rag.versions import choose_versions

TODAY = "2025-06-01"
OLD = "Le bac de Penvins coûte 10 euros."
NEW = "Le bac de Penvins coûte 12 euros."
COST = "Combien coûte le bac de Penvins ?"
# 10 euros in March 2022, 12 in May 2024.
BOTH = (("2022-03-05", OLD), ("2024-05-07", NEW))
FIRST, SECOND = "5 mars 2022", "7 mai 2024"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def read(question: str, *told: tuple[str, str]) -> Reading:
    """Read articles of one sentence, all as sure to answer, the first told first."""
    articles = [
        Article(f"{n}.md", "Le bac", text, date) for n, (date, text) in enumerate(told, start=1)
    ]
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    search = search_passages(index, FakeEncoder(), find_moment(question)[1], 10)
    reading = read_passages(search, FakeReader())
    sentences = sorted(reading.sentences, key=lambda s: s.chunk.article_id)
    return replace(reading, sentences=tuple(replace(s, score=1.0) for s in sentences))


def choose(question: str, *told: tuple[str, str], today: str = TODAY) -> tuple[str, list[str]]:
    """Return the sentence that leads, and the dates of the versions as their articles come."""
    reading, labels = choose_versions(read(question, *told), find_moment(question)[0], today)
    dates = [plain_spaces(labels[key]) for key in sorted(labels)]
    return reading.sentences[0].text, dates


@pytest.mark.parametrize(
    ("question", "lead", "dates"),
    [
        (COST, NEW, [f"{FIRST}, remplacé depuis", SECOND]),
        (
            "Combien coûte aujourd’hui le bac de Penvins ?",
            NEW,
            [f"{FIRST}, remplacé depuis", SECOND],
        ),
        ("Combien coûtait à l’origine le bac de Penvins ?", OLD, [FIRST, SECOND]),
        ("Combien coûtait le bac de Penvins en 2022 ?", OLD, [FIRST, SECOND]),
        # What nothing changed since holds still.
        ("Combien coûtait le bac de Penvins en 2023 ?", OLD, [FIRST, SECOND]),
        ("Combien coûte le bac de Penvins depuis 2024 ?", NEW, [FIRST, SECOND]),
        ("Combien coûtait le bac de Penvins avant 2024 ?", OLD, [FIRST, SECOND]),
        # Of what it asks nothing tells which.
        ("Combien a coûté le bac de Penvins ?", OLD, []),
    ],
)
def test_the_version_that_is_asked_for_leads(question: str, lead: str, dates: list[str]) -> None:
    assert choose(question, *BOTH) == (lead, dates)
    assert choose(question, *BOTH[::-1])[0] == (lead if dates else NEW)


def test_a_sentence_has_the_date_of_its_fact_and_not_of_its_article() -> None:
    late = ("2024-12-01", "En 2019, le bac de Penvins coûtait 8 euros.")
    assert choose(COST, *BOTH, late) == (NEW, [f"{FIRST}, remplacé depuis", SECOND, "2019"])
    asked = "Combien coûtait le bac de Penvins en 2019 ?"
    assert choose(asked, *BOTH, late)[0] == late[1]


def test_what_is_still_to_come_is_not_the_latest() -> None:
    announced = ("2025-01-02", "Le bac de Penvins coûtera 14 euros le 1er janvier 2026.")
    assert choose(COST, *BOTH, announced)[0] == NEW
    assert choose(COST, *BOTH, announced, today="2026-02-01")[0] == announced[1]


def test_an_event_has_the_date_of_what_is_said_of_it() -> None:
    strike = ("2023-09-01", "La grève des passeurs du bac de Penvins a commencé.")
    asked = "Combien coûtait le bac de Penvins avant la grève ?"
    assert choose(asked, *BOTH[::-1], strike)[0] == OLD
    # Without the event, it asks about no time that is known.
    assert choose(asked, *BOTH[::-1]) == (NEW, [])


def test_what_replaces_leads_even_where_the_past_is_asked() -> None:
    asked = "Combien a coûté le bac de Penvins ?"
    mended = ("2024-05-09", "Le coût du bac de Penvins est corrigé : 12 euros.")
    assert choose(asked, BOTH[0], mended) == (
        mended[1],
        [f"{FIRST}, remplacé depuis", "9 mai 2024"],
    )


def test_a_sum_of_each_year_is_dated_and_not_replaced() -> None:
    sold = [(f"{year}-02-01", f"Le bac a gagné {n} euros.") for year, n in ((2023, 40), (2024, 50))]
    assert choose("Combien gagne le bac ?", *sold)[1] == ["1er février 2023", "1er février 2024"]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        # Two sources differ.
        (COST, f"Selon les passeurs, l{NEW[1:]}"),
        # Something else is counted, and nothing else is shared.
        (COST, "Les passeurs réclament 12 euros."),
        # The same is said again.
        (COST, "Le bac de Penvins coûte 10 euros, ou 12 euros avec un vélo."),
        # Another has the same.
        ("Combien coûte le bac de Penvins ?", "Le bac de Larmor coûte 12 euros."),
    ],
)
def test_what_differs_is_not_always_a_version(question: str, told: str) -> None:
    assert choose(question, BOTH[0], ("2024-05-07", told)) == (OLD, [])


def test_a_name_is_replaced_by_one_that_follows() -> None:
    told = (
        ("2020-03-05", "Le bac a pour patron Yann Morvan."),
        ("2024-05-07", "Le bac a pour patron Lise Kerdal."),
    )
    assert choose("Qui est aujourd’hui le patron du bac ?", *told)[0] == told[1][1]
    assert choose("Qui est le patron du bac ?", *told) == (told[0][1], [])
    named = ("2024-05-07", "Le bac a pour patron Lise Kerdal, nommée hier.")
    assert choose("Qui est le patron du bac ?", told[0], named)[0] == named[1]


def test_nothing_read_has_no_version() -> None:
    empty = replace(read(COST, *BOTH), sentences=())
    assert choose_versions(empty, "latest") == (empty, {})
