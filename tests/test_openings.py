"""Questions to start from, found in the background."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from conftest import FakeEncoder, FakeReader

from rag.assistant import Assistant
from rag.index import build_index
from rag.page import openings
from rag.page.openings import SHOWN, Openings
from rag.suggestions import Suggestion
from rag.types import Article


def make_openings(articles: list[Article], encoder: FakeEncoder) -> Openings:
    index, _ = build_index(articles, lambda: encoder, encoder.fingerprint)
    found = Openings(Assistant(index, encoder, FakeReader(), None))
    finish(found)
    return found


def finish(found: Openings) -> None:
    deadline = time.monotonic() + 60
    while not found.done and time.monotonic() < deadline:
        found.follow()
        time.sleep(0.01)
    assert found.done


def suggest(number: int) -> Callable[..., tuple[Suggestion, ...]]:
    made = tuple(Suggestion(f"Question {n} ?", "a", 0, 1, "x", "who") for n in range(number))
    return lambda index, names, k: made


def test_only_answerable_questions_are_offered(
    articles: list[Article], encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "suggest_openings", suggest(3))
    monkeypatch.setattr(
        openings,
        "keep_answerable",
        lambda found, ask, k, tries: tuple(s.question for s in found if "1" not in s.question),
    )
    found = make_openings(articles, encoder)
    assert found.questions == ("Question 0 ?", "Question 2 ?")


def test_there_are_no_more_than_shown(
    articles: list[Article], encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "suggest_openings", suggest(SHOWN + 3))
    monkeypatch.setattr(
        openings, "keep_answerable", lambda found, ask, k, tries: tuple(s.question for s in found)
    )
    assert len(make_openings(articles, encoder).questions) == SHOWN


def test_a_failure_leaves_the_page_without_questions(
    articles: list[Article], encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(index: object) -> None:
        raise ValueError("nothing learnt")

    monkeypatch.setattr(openings, "learn_names", fail)
    assert make_openings(articles, encoder).questions == ()


def test_the_search_stops_when_nobody_looks_and_goes_on_after(
    articles: list[Article], encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "suggest_openings", suggest(3))
    monkeypatch.setattr(
        openings, "keep_answerable", lambda found, ask, k, tries: tuple(s.question for s in found)
    )
    monkeypatch.setattr(openings, "_PATIENCE", -1.0)
    index, _ = build_index(articles, lambda: encoder, encoder.fingerprint)
    found = Openings(Assistant(index, encoder, FakeReader(), None))
    found.follow()
    time.sleep(0.2)
    assert not found.done and found.questions == ()
    monkeypatch.setattr(openings, "_PATIENCE", 60.0)
    finish(found)
    assert len(found.questions) == 3
