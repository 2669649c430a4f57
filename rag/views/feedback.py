"""A thumb up or down under an answer, with a reason, kept on this machine."""

from __future__ import annotations

import streamlit as st

from rag.history import REASONS, Feedback
from rag.views.keeping import attempt, find_history


def draw_feedback(number: int) -> None:
    """Ask what the answer of an exchange was worth, and keep what is said at once."""
    history = find_history()
    if history is None:
        return
    conversation = st.session_state.conversation
    thumb, reason, comment = _name_keys(number)
    said = _find_said(conversation, number)
    with st.container(horizontal=True, vertical_alignment="center", key=f"feedback-{number}"):
        st.session_state.setdefault(thumb, int(said.helpful) if said else None)
        given = st.feedback("thumbs", key=thumb, on_change=_keep, args=(number,))
        if given is None:
            st.caption("Cette réponse est-elle utile ?")
        elif given == 1:
            st.caption("Merci, c’est noté sur cette machine.")
    if given == 0:
        st.session_state.setdefault(reason, (said.reason or None) if said else None)
        st.session_state.setdefault(comment, said.comment if said else "")
        st.pills("Qu’est-ce qui ne va pas ?", REASONS, key=reason, on_change=_keep, args=(number,))
        st.text_input(
            "Précisez, si vous voulez (gardé sur cette machine)",
            key=comment,
            max_chars=500,
            on_change=_keep,
            args=(number,),
        )


def _find_said(conversation: str, number: int) -> Feedback | None:
    history = find_history()
    if history is None or _name_keys(number)[0] in st.session_state:
        return None
    said = attempt(history.list_feedback, conversation) or ()
    return next((feedback for feedback in said if feedback.number == number), None)


def _keep(number: int) -> None:
    state = st.session_state
    history = find_history()
    thumb, reason, comment = (state.get(key) for key in _name_keys(number))
    if history is None:
        return
    if thumb is None:
        attempt(history.unrate, state.conversation, number)
        return
    down = thumb == 0
    attempt(
        history.rate,
        state.conversation,
        number,
        helpful=not down,
        reason=(reason or "") if down else "",
        comment=(comment or "") if down else "",
    )


def _name_keys(number: int) -> list[str]:
    conversation = st.session_state.conversation
    return [f"{part}-{conversation}-{number}" for part in ("thumb", "reason", "comment")]
