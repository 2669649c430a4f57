"""What is drawn from all the articles: made in the background, kept on disk, told to the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from conftest import FakeEncoder

from rag.durable import read_sealed
from rag.index import Index, build_index
from rag.page import surveys
from rag.page.quotations import count_left, describe_chronology, describe_concordance
from rag.page.surveys import Survey, Surveys, make_survey, read_survey, write_survey
from rag.types import Article

TEXTS = (
    "Selon la mairie, 312 plaintes pour bruit ont été déposées à Valmergue en 2024. Rien d’autre.",
    "Le collectif affirme avoir recensé 540 plaintes pour bruit à Valmergue en 2024. Rien d’autre.",
)
Make = Callable[[str], Surveys]


@pytest.fixture
def index(encoder: FakeEncoder) -> Index:
    articles = [Article(f"{n}.md", f"Titre {n}", text) for n, text in enumerate(TEXTS)]
    return build_index(articles, lambda: encoder, encoder.fingerprint)[0]


@pytest.fixture
def make(index: Index, tmp_path: Path) -> Make:
    return lambda generation: Surveys(index, generation, tmp_path / "data")


def finish(made: Surveys) -> Survey:
    deadline = time.monotonic() + 60
    while made.survey is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert made.survey is not None
    return made.survey


def test_a_survey_is_made_once_for_an_index(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = finish(make("1"))
    assert len(first.events) == 2 and first.named and len(first.concordance.apart) == 1
    monkeypatch.setattr(surveys, "make_survey", lambda index: Survey())
    kept = make("1").survey
    assert kept is not None and write_survey(kept) == write_survey(first)
    # Of another index nothing is taken.
    assert finish(make("2")) == Survey()
    assert cast(Any, read_sealed(tmp_path / "data" / "panorama.json"))["key"].startswith("2 ")


@pytest.mark.parametrize("content", ["", "{}", '{"key": 1}'])
def test_what_is_damaged_is_made_again(make: Make, tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "panorama.json").write_text(content, encoding="utf-8")
    assert finish(make("1")).events


def test_what_can_not_be_made_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(index: Index) -> Survey:
        raise ValueError("no")

    monkeypatch.setattr(surveys, "make_survey", fail)
    made = make("1")
    assert finish(made) == Survey()
    assert made.failed


def test_a_survey_of_another_index_is_refused(index: Index, encoder: FakeEncoder) -> None:
    kept = write_survey(make_survey(index))
    other = build_index([Article("z.md", "", "Il pleut.")], lambda: encoder, encoder.fingerprint)[0]
    with pytest.raises(LookupError):
        read_survey(kept, other)


def test_disagreements_stand_side_by_side_with_their_values_marked(index: Index) -> None:
    found = make_survey(index).concordance
    apart, told, agreed = describe_concordance(found, index.articles)["sections"]
    assert apart["head"] == "Désaccords entre deux articles (1)"
    (row,) = apart["rows"]
    assert [card["value"] for card in row["cards"]] == ["312", "540"]
    assert ("312", True) in row["cards"][0]["quote"]
    assert row["cards"][1]["reference"][1] == "Titre 1"
    assert not told["rows"] and "Aucun article ne signale" in told["note"]
    assert not agreed["rows"] and "Aucun accord" in agreed["note"]


def test_dates_told_by_many_sentences_leave_room_for_the_others(index: Index) -> None:
    (event, *_) = make_survey(index).events
    sections = describe_chronology([event] * 5, index.articles)["sections"]
    (row,) = sections[0]["rows"]
    assert (len(row["cards"]), len(row["more"])) == (2, 3)
    assert row["rest"] == "3 autres phrases de cette date"
    assert count_left([event] * 5) == 0
    assert count_left([event] * 500) == 100
