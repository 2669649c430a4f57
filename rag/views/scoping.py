"""The choice of the articles that a question is asked of: dates, topics, or one by one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.french import typeset
from rag.index import Index
from rag.page.wording import escape_markdown
from rag.scope import describe_scope, list_topics, select_articles
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
        st.button("Tous les articles", on_click=restrict, disabled=not restricted)
    state.scope = {key: state[key] for key in _KEYS}
    return scope


def is_restricted() -> bool:
    """Whether a scope is chosen, before its choice is drawn."""
    state = st.session_state
    return any(state.get(key, state.get("scope", {}).get(key)) for key in _KEYS)


def restrict(scope: Scope | None = None) -> None:
    """Choose a scope for the questions to come, by default none; before the choice is drawn."""
    chosen = scope or Scope()
    values = {
        "scope_since": chosen.since or None,
        "scope_until": chosen.until or None,
        "scope_topics": list(chosen.topics),
        "scope_articles": list(chosen.articles),
    }
    st.session_state.update(values, scope=values)


def draw_chip(place: st.delta_generator.DeltaGenerator, scope: Scope | None, index: Index) -> None:
    """Say above the box of questions what they are restricted to; a press takes it away."""
    if scope is not None:
        told = typeset(f"Périmètre : {describe_scope(scope, index)}")
        place.button(
            escape_markdown(told),
            icon=":material/close:",
            icon_position="right",
            key="chip",
            help="Retirer le périmètre : chercher de nouveau dans tous les articles",
            on_click=restrict,
        )


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
