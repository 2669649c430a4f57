"""What the page opens on: found in the background, kept on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import FakeEncoder, FakeReader

from rag.assistant import Assistant
from rag.durable import read_sealed, write_sealed
from rag.french import plain_spaces
from rag.index import build_index
from rag.page import openings
from rag.page.openings import SHOWN, Openings, load_opening
from rag.types import Article, Scope


@pytest.fixture
def make(articles: list[Article], tmp_path: Path) -> Callable[[str], Openings]:
    index, _ = build_index(articles, FakeEncoder, FakeEncoder.fingerprint)
    assistant = Assistant(index, FakeEncoder(), FakeReader(), None)
    return lambda generation: Openings(assistant, generation, Path("corpus"), tmp_path / "data")


def finish(found: Openings) -> tuple[str, ...]:
    deadline = time.monotonic() + 60
    while not found.opening.done and time.monotonic() < deadline:
        found.follow()
        time.sleep(0.01)
    assert found.opening.done
    return found.opening.questions


def offer(monkeypatch: pytest.MonkeyPatch, *questions: str) -> None:
    def find(assistant: Assistant, names: object, scope: Scope | None = None) -> Iterator[str]:
        yield from questions

    monkeypatch.setattr(openings, "find_starters", find)


def test_only_answerable_questions_are_offered_and_no_more_than_shown(
    make: Callable[[str], Openings], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "Q0 ?", "", *(f"Q{n} ?" for n in range(1, SHOWN + 3)))
    assert finish(make("1")) == tuple(f"Q{n} ?" for n in range(SHOWN))


def test_the_collection_is_named_and_told_at_once(
    make: Callable[[str], Openings], articles: list[Article]
) -> None:
    opening = make("1").opening
    assert (opening.name, opening.questions, opening.done) == ("Articles, 2025", (), False)
    quoted = [sentence["numbers"] for sentence in opening.brief["sentences"]]
    assert quoted == [["1"], ["2"], ["3"]]
    for source in opening.brief["sources"].values():
        assert source["article"] in opening.brief["articles"] and not source["why"]


def test_what_was_found_is_kept_for_the_same_index_alone(
    make: Callable[[str], Openings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer(monkeypatch, "Q0 ?")
    first = make("1")
    finish(first)
    kept = load_opening(tmp_path / "data", "1")
    assert kept == first.opening == make("1").opening
    assert load_opening(tmp_path / "data", "2") is None
    # It quotes articles that the next index may no longer have.
    assert not make("2").opening.done
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("change", [{"key": ""}, {"autre": 1}])
def test_a_damaged_file_is_as_good_as_none(
    make: Callable[[str], Openings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: dict[str, object],
) -> None:
    offer(monkeypatch, "Q0 ?")
    finish(make("1"))
    (file,) = (tmp_path / "data").iterdir()
    kept = read_sealed(file)
    assert isinstance(kept, dict)
    write_sealed(file, {**kept, **change})
    assert load_opening(tmp_path / "data", "1") is None
    file.write_bytes(b"\xff{")
    assert load_opening(tmp_path / "data", "1") is None


def test_a_failure_leaves_the_page_without_questions(
    make: Callable[[str], Openings], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise ValueError("nothing learnt")

    monkeypatch.setattr(openings, "learn_names", fail)
    monkeypatch.setattr(openings, "choose_brief", fail)
    found = make("1")
    assert finish(found) == () and found.opening.brief == {}


def test_the_search_stops_when_nobody_looks_and_goes_on_after(
    make: Callable[[str], Openings], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "Q0 ?", "Q1 ?")
    monkeypatch.setattr(openings, "_PATIENCE", -1.0)
    found = make("1")
    found.follow()
    time.sleep(0.2)
    assert not found.opening.done and found.opening.questions == ()
    monkeypatch.setattr(openings, "_PATIENCE", 60.0)
    assert len(finish(found)) == 2


def test_within_a_scope_it_opens_on_its_articles_and_keeps_nothing(
    articles: list[Article], tmp_path: Path
) -> None:
    index, _ = build_index(articles, FakeEncoder, FakeEncoder.fingerprint)
    assistant = Assistant(index, FakeEncoder(), FakeReader(), None)
    scope = Scope(articles=("c.md",))
    found = Openings(assistant, "1", Path("corpus"), tmp_path / "data", scope)
    finish(found)
    assert plain_spaces(found.opening.extent) == "l’article « Mistral AI et ASML »"
    assert set(found.opening.brief["articles"]) == {"c.md"}
    assert load_opening(tmp_path / "data", "1") is None
