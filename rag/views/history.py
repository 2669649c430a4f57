"""The conversations kept on this machine: found again, opened, deleted, brought back."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from rag.french import typeset
from rag.history import KEPT_DAYS, History, Summary
from rag.page.library import Library
from rag.page.wording import escape_markdown, format_moment
from rag.settings import load_settings
from rag.views.chat import open_conversation
from rag.views.keeping import Undo, attempt, draw_trouble, find_history, find_undo

_SHOWN = 20
_NONE = "Aucune conversation n’est gardée pour l’instant : posez une question."
_ALONE = "Vos conversations restent sur cette machine."
_SHARED = (
    "Vos conversations restent sur la machine de Sourcier. Elles ne s’ouvrent que dans ce "
    "navigateur, tant qu’il garde ses cookies."
)
_NOT_FOUND = "Aucune conversation ne contient ces mots."


def draw(library: Library) -> None:
    """Draw the conversations, the latest first."""
    state = st.session_state
    st.title("Historique", anchor=False)
    st.caption(_SHARED if load_settings().shared else _ALONE)
    draw_trouble()
    history = find_history()
    if history is None:
        return
    undo = find_undo("history")
    _draw_undo(history, undo)
    asked = st.text_input(
        "Chercher dans les questions et les réponses",
        key="history-search",
        max_chars=200,
        icon=":material/search:",
    )
    found = history.search(asked) if asked.strip() else history.list_conversations()
    if not found:
        st.info(_NOT_FOUND if asked.strip() else _NONE)
        return
    shown = state.get("history-shown", _SHOWN)
    for summary in found[:shown]:
        _draw_summary(library, history, undo, summary)
    if len(found) > shown:
        st.button("Afficher la suite", on_click=_show_more, args=(shown,))
    with st.popover("Tout effacer", icon=":material/delete_sweep:"):
        st.write(f"Effacer les {len(history.list_conversations())} conversations ?")
        st.button(
            "Effacer toutes les conversations", on_click=attempt, args=(_delete_all, history, undo)
        )


def _draw_summary(library: Library, history: History, undo: Undo, summary: Summary) -> None:
    with st.container(border=True, key=f"conversation-{summary.id}"):
        st.markdown(f"**{escape_markdown(typeset(summary.title))}**")
        if summary.excerpt:
            st.caption(escape_markdown(typeset(summary.excerpt)))
        with st.container(horizontal=True, vertical_alignment="center"):
            plural = "s" * (summary.questions > 1)
            moment = format_moment(datetime.fromisoformat(summary.updated).astimezone())
            st.caption(f"{moment} · {summary.questions} question{plural}")
            if st.button("Ouvrir", icon=":material/open_in_new:", key=f"open-{summary.id}"):
                _open(library, history, summary.id)
            st.button(
                "Effacer",
                icon=":material/delete:",
                key=f"delete-{summary.id}",
                on_click=attempt,
                args=(_delete, history, undo, summary.id),
            )


def _open(library: Library, history: History, identifier: str) -> None:
    with library.answering(identifier):
        open_conversation(identifier, history.load(identifier))
    st.switch_page(st.session_state.pages["chat"])


def _draw_undo(history: History, undo: Undo) -> None:
    count = len(undo.tokens)
    if not count:
        return
    told = "Conversation effacée" if count == 1 else f"{count} conversations effacées"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"{told}. Récupération possible pendant {KEPT_DAYS} jours.")
        st.button(
            "Annuler", icon=":material/undo:", on_click=attempt, args=(_restore, history, undo)
        )


def _show_more(shown: int) -> None:
    st.session_state["history-shown"] = shown + _SHOWN


def _delete(history: History, undo: Undo, identifier: str) -> None:
    history.delete(identifier)
    undo.tokens = (identifier,)


def _delete_all(history: History, undo: Undo) -> None:
    undo.tokens = history.delete_all()


def _restore(history: History, undo: Undo) -> None:
    history.restore(*undo.tokens)
    undo.tokens = ()
