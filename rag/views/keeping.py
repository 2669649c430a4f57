"""What the page keeps on this machine: conversations and what readers say of the answers.

A history that can't be written is told; the conversation goes on without it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st

from rag.errors import RagError
from rag.history import History
from rag.page.wording import describe_error
from rag.quotas import check_room
from rag.records import KeptExchange
from rag.settings import Settings, load_settings
from rag.visitors import COOKIE, find_own

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Histories that stay open; to open one again reads it whole.
_OPEN = 256
_log = logging.getLogger("sourcier.page")


@dataclass(slots=True)
class Undo:
    """What the last button of a page took away, under its ``title``; « Annuler » puts it back.

    One object for the whole session, changed in place: where a button's action assigns to the
    session state, Streamlit may cut it off for the next request, and the offer would be lost.
    """

    tokens: tuple[str, ...] = ()
    title: str = ""


def find_undo(page: str) -> Undo:
    """Return what this session can put back on a page."""
    undo: Undo = st.session_state.setdefault(f"undo-{page}", Undo())
    return undo


def load_own() -> Settings:
    """Return the settings, with the folder of this visitor as ``data`` where a page is shared.

    A browser that keeps no cookie is another visitor in each session.
    """
    settings = load_settings()
    if not settings.shared:
        return settings
    token = st.session_state.get("visitor") or st.context.cookies.get(COOKIE)
    st.session_state.visitor = token or secrets.token_urlsafe()
    return find_own(settings, st.session_state.visitor)


@st.cache_resource(show_spinner=False, max_entries=_OPEN)
def _open_folder(folder: Path) -> History:
    return History(folder)


def open_history() -> History:
    """Open the history once for all sessions of a visitor; a failure is tried again.

    Raises
    ------
    RagError
        When it can't be opened.
    """
    return _open_folder(load_own().data)


def find_history() -> History | None:
    """Return the history; None when it can't be opened, which ``draw_trouble`` tells."""
    try:
        return open_history()
    except RagError:
        return None


def attempt(action: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
    """Do what a button asks for; an error is told by the next ``draw_trouble``."""
    try:
        return action(*args, **kwargs)
    except RagError as error:
        _log.warning("%s: %s", getattr(action, "__name__", action), error)
        st.session_state.trouble = describe_error(error)
        return None


def draw_trouble() -> None:
    """Tell the error of the last button, and what is wrong with the history, once a run."""
    trouble = st.session_state.pop("trouble", "")
    if trouble:
        st.error(trouble, icon=":material/error:")
    try:
        history = open_history()
    except RagError as error:
        _log.warning("no history: %s", error)
        _warn(error)
        return
    if history.trouble is not None:
        _warn(history.trouble)
        history.trouble = None


def _warn(error: RagError) -> None:
    st.warning(describe_error(error), icon=":material/history_toggle_off:")


def keep_exchange(history: History | None, conversation: str, kept: KeptExchange) -> None:
    """Save an exchange of a conversation, without asking anything of a session that may be over."""
    if history is None:
        return
    try:
        check_room(load_settings())
        history.save(conversation, kept)
    except RagError as error:
        _log.warning("exchange not kept: %s", error)
        _warn(error)
