"""What the buttons of the library do, whatever else is asked of the page meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEncoder, FakeReader
from streamlit.testing.v1 import AppTest

from rag import loading
from rag.collection import Entry
from rag.indexing import index_corpus
from rag.page.library import Library
from rag.settings import Settings
from rag.views import articles
from rag.views.keeping import Undo

ENTRY = Entry("ajouts/a.md", "Le phare", "", (), 9, "file", "a.md", "", None, False)


class CutOff:
    """A session state where Streamlit serves the next request as soon as one writes to it."""

    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError("cut off")

    __setitem__ = __setattr__


class Shelf:
    """A library and its collection, with what was done to them."""

    def __init__(self) -> None:
        self.done: list[str] = []

    @property
    def collection(self) -> Shelf:
        return self

    def remove(self, identifier: str) -> str:
        self.done.append(f"remove {identifier}")
        return "token"

    def restore(self, token: str) -> str:
        self.done.append(f"restore {token}")
        return ENTRY.id

    def reindex(self) -> None:
        self.done.append("reindex")


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("streamlit.session_state", CutOff())
    return Shelf()


def test_what_is_removed_can_be_put_back_though_the_press_is_cut_off(shelf: Any) -> None:
    undo = Undo()
    articles._remove(shelf, undo, ENTRY)
    assert undo == Undo(("token",), "Le phare")
    assert shelf.done == ["remove ajouts/a.md", "reindex"]


def test_pressed_twice_it_is_put_back_once(shelf: Any) -> None:
    undo = Undo(("token",), "Le phare")
    articles._undo(shelf, undo)
    articles._undo(shelf, undo)
    assert undo.tokens == ()
    assert shelf.done == ["restore token", "reindex"]


# ------------------------------------------------------------------------------------ the page


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The library over two articles of a corpus, and a note that waits."""
    encoder = FakeEncoder()
    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(loading, "load_fingerprint", lambda settings: encoder.fingerprint)
    monkeypatch.setattr(loading, "load_encoder", lambda settings: encoder)
    monkeypatch.setattr(loading, "load_reader", lambda settings: FakeReader())
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.md").write_text("---\ntitle: Un\n---\nLes navires arrivent.", encoding="utf-8")
    (corpus / "b.txt").write_text("Anthropic publie Claude.", encoding="utf-8")
    index_corpus(corpus, index, encoder.fingerprint, lambda: encoder)
    settings = Settings(corpus=corpus, index=index, data=tmp_path / "data", engine="none")
    library = Library(settings)
    library.collection.add_file("note.md", b"---\ntitle: Le phare\n---\nIl est haut.")

    def draw(library: object) -> None:
        from rag.views import articles

        articles.draw(library)  # type: ignore[arg-type]

    yield AppTest.from_function(draw, default_timeout=30, args=(library,)).run()
    while library.indexing.running:
        time.sleep(0.01)


def titles(page: AppTest) -> list[str]:
    return [str(button.label) for button in page.button if str(button.key).startswith("read-")]


def test_each_article_says_where_it_stands_the_last_added_first(page: AppTest) -> None:
    assert titles(page) == ["Le phare", "Un", "b"]
    assert any("**en attente**" in caption.value for caption in page.caption)
    page.button("stop-ajouts/note.md").click().run()
    assert any("**arrêté**" in caption.value for caption in page.caption)
    assert page.button("resume-ajouts/note.md").label == "Indexer"
    assert not page.exception


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("le navire", ["Un"]),  # in the text, in another form
        ("PHARE", ["Le phare"]),  # in the title of what is not indexed yet
        ("navire Claude", []),
    ],
)
def test_words_are_found_in_titles_and_texts(page: AppTest, words: str, found: list[str]) -> None:
    page.text_input("articles-search").set_value(words).run()
    assert titles(page) == found


def test_a_date_and_topics_are_changed_on_the_page_of_the_article(page: AppTest) -> None:
    page.button("read-a.md").click().run()
    page.text_input[0].set_value("mars 2024")
    page.multiselect[0].set_value(["ports"])
    (save,) = (button for button in page.button if button.label == "Enregistrer")
    save.click().run()
    deadline = time.monotonic() + 60
    while not any("mars" in caption.value for caption in page.caption):
        assert time.monotonic() < deadline
        page.run()
    assert any("ports" in caption.value for caption in page.caption)
    assert not page.exception
