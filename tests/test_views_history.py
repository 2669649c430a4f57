"""The page of conversations, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from kept import interrupt, keep, make_index
from streamlit.testing.v1 import AppTest

from rag.history import History
from rag.types import Article


def draw_page(library: object) -> None:
    from typing import Any, cast

    import streamlit as st

    from rag.views import history

    st.session_state.pages = {"chat": ""}
    history.draw(cast(Any, library))


@pytest.mark.usefixtures("answerable")
def test_a_conversation_is_opened_with_the_answer_being_made(
    tmp_path: Path, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = keep(make_index(articles))
    history = History(tmp_path)
    history.save("c1", interrupt(answered))

    @contextmanager
    def end_answering(conversation: str) -> Iterator[None]:
        history.save(conversation, answered)
        yield

    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path))
    monkeypatch.setattr(st, "switch_page", lambda page: None)
    st.cache_resource.clear()
    library = SimpleNamespace(answering=end_answering)
    page = AppTest.from_function(draw_page, default_timeout=60, kwargs={"library": library}).run()
    page = page.button(key="open-c1").click().run()
    assert not page.exception
    assert page.session_state["exchanges"] == [answered]
    st.cache_resource.clear()
