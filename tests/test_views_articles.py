"""What the buttons of the library do, whatever else is asked of the page meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from rag.collection import Entry
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
