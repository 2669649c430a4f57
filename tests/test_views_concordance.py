"""The page of agreements: what it says while they are looked for, and when there is nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import FakeEncoder
from streamlit.testing.v1 import AppTest

from rag.index import Index, build_index
from rag.page.surveys import Survey, make_survey
from rag.types import Article
from rag.views import surveying


def draw_page(library: object) -> None:
    from typing import Any, cast

    from rag.views import concordance

    concordance.draw(cast(Any, library))


def open_page(monkeypatch: pytest.MonkeyPatch, index: Index, **made: Any) -> AppTest:
    surveys = SimpleNamespace(index=index, **{"failed": False, **made})
    monkeypatch.setattr(surveying, "_start_surveys", lambda generation, library: surveys)
    library = SimpleNamespace(open=lambda: None, generation="1")
    return AppTest.from_function(draw_page, default_timeout=30, kwargs={"library": library}).run()


@pytest.fixture
def alone(encoder: FakeEncoder) -> Index:
    article = Article("a.md", "Titre", "La tour mesure 312 mètres. Elle est rouge.")
    return build_index([article], lambda: encoder, encoder.fingerprint)[0]


def test_what_is_being_prepared_is_said(monkeypatch: pytest.MonkeyPatch, alone: Index) -> None:
    page = open_page(monkeypatch, alone, survey=None)
    assert not page.exception
    assert "en arrière-plan" in page.info[0].value
    assert not page.get("bidi_component")


def test_one_article_has_nothing_to_be_compared_with(
    monkeypatch: pytest.MonkeyPatch, alone: Index
) -> None:
    page = open_page(monkeypatch, alone, survey=make_survey(alone))
    assert not page.exception
    assert "qu’un article" in page.info[0].value
    (found,) = page.get("bidi_component")
    sections = json.loads(found.proto.json)["sections"]
    assert [len(section["rows"]) for section in sections] == [0, 0, 0]


def test_what_could_not_be_made_is_told(monkeypatch: pytest.MonkeyPatch, alone: Index) -> None:
    page = open_page(monkeypatch, alone, survey=Survey(), failed=True)
    assert not page.exception
    assert "Une erreur inattendue" in page.warning[0].value
