"""The choice of the articles that a question is asked of: dates, topics, or one by one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.index import Index
from rag.scope import list_topics, select_articles
from rag.timeframe import format_date
from rag.types import Scope

_KEYS = ("scope_since", "scope_until", "scope_topics", "scope_articles")
_NOTHING: dict[str, None | list[str]] = {
    "scope_since": None,
    "scope_until": None,
    "scope_topics": [],
    "scope_articles": [],
}


def draw_scope(index: Index) -> Scope | None:
    """Draw the choice and return it; None when nothing is restricted.

    The widgets are forgotten while another page is shown; the session keeps what they held.
    """
    state = st.session_state
    kept = state.setdefault("scope", {})
    for key in _KEYS:
        state.setdefault(key, kept.get(key, _NOTHING[key]))
    months = sorted({article.date[:7] for article in index.articles.values() if article.date})
    topics = [topic for topic, _ in list_topics(index)]
    _forget_unknown(index, months, topics)
    restricted = any(state[key] for key in _KEYS)
    with st.popover("Périmètre", icon=":material/filter_alt:" if restricted else ":material/tune:"):
        st.caption("La recherche ne lit que les articles choisis ici.")
        _draw_month("Depuis", "scope_since", months)
        _draw_month("Jusqu’à (compris)", "scope_until", months)
        st.multiselect(
            "Thèmes",
            topics,
            key="scope_topics",
            placeholder="Tous les thèmes",
        )
        st.multiselect(
            "Articles",
            sorted(index.articles, key=lambda name: index.articles[name].title.casefold()),
            format_func=lambda name: index.articles[name].title or name,
            key="scope_articles",
            placeholder="Tous les articles",
        )
        scope = _read()
        count = len(select_articles(index, scope).articles) if scope else len(index.articles)
        st.caption(f"{count} article{'s' * (count > 1)} sur {len(index.articles)}")
        st.button("Tous les articles", on_click=widen, disabled=not restricted)
    state.scope = {key: state[key] for key in _KEYS}
    return scope


def widen() -> None:
    """Restrict nothing any more."""
    st.session_state.update(_NOTHING)


def _draw_month(label: str, key: str, months: list[str]) -> None:
    st.selectbox(
        label,
        months,
        index=None,
        format_func=format_date,
        key=key,
        placeholder="Sans limite",
    )


def _forget_unknown(index: Index, months: Sequence[str], topics: Sequence[str]) -> None:
    """Let go of what the articles in force no longer have."""
    state = st.session_state
    state.scope_topics = [topic for topic in state.scope_topics if topic in topics]
    state.scope_articles = [name for name in state.scope_articles if name in index.articles]
    for key in ("scope_since", "scope_until"):
        if state[key] not in months:
            state[key] = None


def _read() -> Scope | None:
    state = st.session_state
    scope = Scope(
        since=state.scope_since or "",
        until=state.scope_until or "",
        topics=tuple(state.scope_topics),
        articles=tuple(state.scope_articles),
    )
    return scope if scope != Scope() else None
