"""The settings: the length of answers, the models, their speed, and what stays on the machine."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

import rag.page
from rag.errors import RagError
from rag.models import list_models
from rag.page.library import Library
from rag.page.preferences import (
    LENGTHS,
    Fact,
    Preferences,
    describe_departures,
    describe_index,
    describe_kept,
    describe_models,
    describe_speed,
    load_preferences,
    name_writer,
    save_preferences,
)
from rag.page.wording import describe_error, escape_markdown
from rag.settings import Settings, load_settings
from rag.speed import choose_questions, load_speed, measure_speed, save_speed
from rag.types import Length
from rag.views.keeping import load_own

UNMEASURED = "Pas encore mesurée sur cette machine."
MEASURING = "La mesure prend une minute environ ; restez sur cette page."
_STYLE = (Path(rag.page.__file__).parent / "preferences.css").read_text(encoding="utf-8")
_LENGTH = "preferences_length"
Place = st.delta_generator.DeltaGenerator


def draw(library: Library) -> None:
    """Draw every setting; the speed is measured last, so that the page is whole meanwhile."""
    settings = load_settings()
    assistant = library.open()
    st.html(f"<style>{_STYLE}</style>")
    st.title("Réglages", anchor=False)
    draw_length(load_own())
    st.subheader("Modèles", anchor=False)
    draw_facts(describe_models(list_models(settings), settings))
    st.subheader("Vitesse", anchor=False)
    last = st.empty()
    draw_speed(last, settings)
    # It takes all of the machine for a minute, and is kept for everybody.
    asked = not settings.read_only and st.button("Mesurer la vitesse", icon=":material/speed:")
    bar = st.empty()
    st.subheader("Ce qui quitte cette machine", anchor=False)
    for paragraph in describe_departures(settings):
        st.markdown(escape_markdown(paragraph))
    st.subheader("Ce qui est gardé sur cette machine", anchor=False)
    draw_facts(describe_kept(settings))
    st.subheader("Index", anchor=False)
    draw_facts(describe_index(assistant.index, settings))
    if asked:
        measure(library, settings, bar)
        draw_speed(last, settings)


def draw_facts(facts: Sequence[Fact]) -> None:
    """Draw facts as a list of terms; two columns where there is room."""
    rows = "".join(
        f"<dt>{html.escape(fact.label)}</dt><dd>{html.escape(fact.value)}"
        + (f"<small>{html.escape(fact.remark)}</small>" if fact.remark else "")
        + "</dd>"
        for fact in facts
    )
    st.html(f'<dl class="facts">{rows}</dl>')


# --------------------------------------------------------------------------------------- length


def draw_length(settings: Settings) -> None:
    """Let the reader choose the length of answers; a choice is kept at once."""
    preferences = load_preferences(settings)
    lengths: list[Length] = list(LENGTHS)
    if preferences.trouble:
        st.warning(escape_markdown(preferences.trouble))
    st.subheader("Longueur des réponses", anchor=False)
    st.radio(
        "Longueur des réponses",
        lengths,
        index=lengths.index(preferences.length),
        format_func=lambda length: LENGTHS[length][0],
        captions=[caption for _, caption in LENGTHS.values()],
        key=_LENGTH,
        on_change=keep_length,
        args=(settings,),
        label_visibility="collapsed",
    )
    if st.session_state.pop("preferences_kept", False):
        st.caption("C’est noté : la longueur s’applique à la prochaine question.")
    if error := st.session_state.pop("preferences_error", ""):
        st.error(error)


def keep_length(settings: Settings) -> None:
    """Keep the length just chosen, or say why it could not be."""
    try:
        save_preferences(Preferences(st.session_state[_LENGTH]), settings)
        st.session_state["preferences_kept"] = True
    except RagError as error:
        st.session_state["preferences_error"] = describe_error(error)
        del st.session_state[_LENGTH]


# ---------------------------------------------------------------------------------------- speed


def draw_speed(place: Place, settings: Settings) -> None:
    """Show the last measure of speed."""
    with place.container():
        try:
            speed = load_speed(settings)
        except RagError as error:
            st.warning(describe_error(error))
            return
        if speed is None:
            st.caption(UNMEASURED)
        else:
            draw_facts(describe_speed(speed))


def measure(library: Library, settings: Settings, bar: Place) -> None:
    """Measure the speed of this machine and keep it; to leave the page gives it up."""
    assistant, engine = library.measure(), library.engine

    def show(told: str, done: int, steps: int) -> None:
        bar.progress(done / steps, f"{told} {MEASURING}")

    try:
        speed = measure_speed(
            assistant,
            choose_questions(list(assistant.index.articles.values())),
            name_writer(settings) if engine is not None else "",
            lambda: engine is None or engine.ready,
            show,
        )
        save_speed(speed, settings)
    except RagError as error:
        bar.error(describe_error(error))
    else:
        bar.empty()
