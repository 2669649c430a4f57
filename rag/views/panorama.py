"""The corpus at a glance: a timeline and a map of its articles, each leading to one of them."""

from __future__ import annotations

import datetime
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

import rag.page
from rag.index import Index
from rag.page.library import Library
from rag.page.panorama import (
    Moment,
    Panorama,
    Place,
    Timeline,
    describe_map,
    describe_panorama,
    describe_timeline,
    describe_undated,
    frame_period,
    identify_index,
    picture_corpus,
    summarize,
)
from rag.timeframe import format_date
from rag.types import Article

TIMELINE, MAP = "Frise par thème", "Carte des proximités"
HINT = "Choisissez un point, ou un article dans la liste : il est présenté ici."
NEARNESS = "Deux articles proches sur la carte parlent de choses proches."
EMPTY = "Aucun article n’est daté de cette période."

# The article chosen is what the list holds; a chart tells it what was pressed.
_CHOSEN, _VIEW, _ROUND = "panorama_article", "panorama_view", "panorama_round"
_PICKED = "picked"
_TOLD = ("article", "title", "date", "topics")
_STYLE = (Path(rag.page.__file__).parent / "panorama.css").read_text(encoding="utf-8")
# Shapes and colours of the groups, each colour at 3.5 to 1 or more on white and on the dark ground.
_STAR = "M0,-1.2L0.35,-0.35L1.2,0L0.35,0.35L0,1.2L-0.35,0.35L-1.2,0L-0.35,-0.35Z"
_SHAPES = [
    *"circle square triangle-up diamond cross triangle-down triangle-right triangle-left".split(),
    _STAR,
]
_COLOURS = "#2f7ed8 #d1602a #16917c #b8559e #a5831a #8b74d6 #5f9430 #80868f #80868f".split()
# The text of Streamlit's two themes, for labels and for the ring around the article chosen.
_INK = {"light": "#31333f", "dark": "#fafafa"}
_LINE_HEIGHT, _AXIS_HEIGHT, _MAP_HEIGHT = 38, 50, 460  # pixels
_LARGE, _SMALL, _FEW = 90, 45, 300  # square pixels of a point, and how many points are few
_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()


def draw(library: Library) -> None:
    """Draw the charts, the list, and the article chosen."""
    index = library.open().index
    panorama = picture(index)
    st.html(f"<style>{_STYLE}</style>")
    st.title("Panorama", anchor=False)
    st.caption(describe_panorama(panorama))
    state = st.session_state
    if state.get(_CHOSEN) not in panorama.cards:
        state[_CHOSEN] = None
    charts, side = st.columns([3, 2], gap="large")
    with charts:
        draw_charts(panorama, state[_CHOSEN])
    with side, st.container(key="panorama-side"):
        st.selectbox(
            "Choisir un article",
            list(panorama.cards),
            format_func=lambda name: panorama.cards[name].label,
            key=_CHOSEN,
            placeholder="Titre ou date",
            filter_mode="contains",
            on_change=forget_press,
            persist_state="session",
        )
        draw_card(panorama, index.articles.get(state[_CHOSEN] or ""))


@st.cache_data(
    show_spinner="Les articles prennent leur place…",
    max_entries=2,
    hash_funcs={Index: identify_index},
)
def picture(index: Index) -> Panorama:
    """Place the articles, once for all sessions and each state of the index."""
    return picture_corpus(index)


# -------------------------------------------------------------------------------------- choosing


def take_press(key: str) -> None:
    """Choose the article whose point was pressed on a chart."""
    picked = st.session_state[key].selection[_PICKED]
    if picked:
        st.session_state[_CHOSEN] = picked[0]["article"]


def forget_press() -> None:
    """Make the charts anew, so that the point they held can be pressed again."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def draw_card(panorama: Panorama, article: Article | None) -> None:
    """Present the article chosen, and offer to read it or to ask about it."""
    with st.container(border=True):
        if article is None:
            st.html(f'<div class="card" role="status"><p>{html.escape(HINT)}</p></div>')
            return
        card = panorama.cards[article.id]
        parts = [f"<h3>{html.escape(card.title)}</h3>"]
        about = " · ".join(filter(None, (card.date, card.topics)))
        parts += [f'<p class="about">{html.escape(about)}</p>'] if about else []
        parts += [f"<p>{html.escape(summarize(article))}</p>"]
        st.html(f'<div class="card" role="status">{"".join(parts)}</div>')
        state = st.session_state
        if st.button("Lire l’article", icon=":material/article:"):
            state["article"] = article.id
            st.switch_page(state["pages"]["articles"])
        if st.button("Poser une question sur cet article", icon=":material/forum:"):
            # The article alone: dates and topics chosen before would restrict it further.
            state["scope"], state["scope_articles"] = {}, [article.id]
            st.switch_page(state["pages"]["chat"])


# ---------------------------------------------------------------------------------------- charts


def draw_charts(panorama: Panorama, chosen: str | None) -> None:
    """Draw one chart at a time, so that the article chosen stays in sight."""
    view = st.segmented_control(
        "Graphique",
        [TIMELINE, MAP],
        default=TIMELINE,
        key=_VIEW,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if view == MAP:
        st.caption(NEARNESS)
        draw_chart(MAP, make_map(panorama.places, panorama.groups, chosen), describe_map(panorama))
        return
    if undated := describe_undated(panorama):
        st.caption(undated)
    if panorama.periods:
        timeline = frame_period(panorama, *choose_period(panorama.periods))
        if not timeline.moments:
            st.caption(EMPTY)
            return
        chart = make_timeline(timeline, panorama.lines, chosen)
        draw_chart(TIMELINE, chart, describe_timeline(panorama))


def choose_period(periods: Sequence[str]) -> tuple[str, str]:
    """Let the reader narrow the timeline; return its first and last month or year."""
    if len(periods) < 2:
        return periods[0], periods[0]
    # An end that is no more in the articles must not be asked for.
    key = f"panorama-{periods[0]}-{periods[-1]}"
    ends = (periods[0], periods[-1])
    return st.select_slider("Période", periods, value=ends, format_func=format_date, key=key)


def draw_chart(view: str, chart: alt.Chart, told: str) -> None:
    """Draw a chart and listen to it; ``told`` describes it to who can't see it."""
    key = f"panorama-{view}-{st.session_state.get(_ROUND, 0)}"
    ink = _INK["dark" if st.context.theme.type == "dark" else "light"]
    # Vega would read each point aloud with English words; the list does it better.
    chart = (
        chart.configure_axis(labelColor=ink, aria=False)
        .configure_legend(labelColor=ink, aria=False)
        .configure_mark(aria=False)
    )
    with st.container(key="panorama-chart"):
        st.altair_chart(chart, key=key, on_select=lambda: take_press(key), alt=told)


def make_timeline(timeline: Timeline, lines: Sequence[str], chosen: str | None) -> alt.Chart:
    """Put a point for each article on each of its lines."""
    names = alt.Y(
        "line:N",
        scale=alt.Scale(domain=list(lines)),
        title=None,
        # Beside the lines, their names would take half the width of a phone: they stand above.
        axis=alt.Axis(
            labelAlign="left",
            labelBaseline="bottom",
            labelPadding=-6,
            labelOffset=-11,
            labelLimit=260,
            ticks=False,
            domain=False,
            grid=False,
            zindex=1,
        ),
    )
    ends = [_to_vega(time) for time in timeline.span]
    times = alt.X(
        "time:T",
        title=None,
        scale=alt.Scale(type="utc", domain=ends, nice=False),
        axis=alt.Axis(labelExpr=_write_times(), labelOverlap="greedy", tickCount=6),
    )
    # The upper third of a line is for its name.
    levels = alt.YOffset("level:Q", scale=alt.Scale(domain=[-2.6, 1.1]))
    chart: alt.Chart = (
        _start_chart(timeline.moments, ("line", "time", "level"), chosen)
        .mark_circle(color=_COLOURS[0], cursor="pointer")
        .encode(x=times, y=names, yOffset=levels, **_mark_chosen(len(timeline.moments)))
        .properties(height=_LINE_HEIGHT * len(lines) + _AXIS_HEIGHT)
    )
    return chart


def make_map(places: Sequence[Place], groups: Sequence[str], chosen: str | None) -> alt.Chart:
    """Put a point for each article; a group has its shape and its colour."""
    hidden = alt.Scale(domain=[-1.08, 1.08])
    colours = alt.Scale(domain=list(groups), range=_COLOURS[: len(groups)])
    shapes = alt.Scale(domain=list(groups), range=_SHAPES[: len(groups)])
    # Two columns are what a phone has room for.
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=130, symbolOpacity=1)
    chart: alt.Chart = (
        _start_chart(places, ("group", "x", "y"), chosen)
        .mark_point(filled=True, cursor="pointer")
        .encode(
            x=alt.X("x:Q", axis=None, scale=hidden),
            y=alt.Y("y:Q", axis=None, scale=hidden),
            color=alt.Color("group:N", scale=colours, legend=legend),
            shape=alt.Shape("group:N", scale=shapes),
            **_mark_chosen(len(places)),
        )
        .properties(height=_MAP_HEIGHT)
    )
    return chart


def _start_chart(
    points: Sequence[Moment | Place], columns: Sequence[str], chosen: str | None
) -> alt.Chart:
    """Make a chart of points that can be pressed; the article chosen is above its neighbours."""
    ordered = sorted(points, key=lambda point: point.card.article == chosen)
    frame = pd.DataFrame(
        {name: [getattr(point, name) for point in ordered] for name in columns}
        | {name: [getattr(point.card, name) for point in ordered] for name in _TOLD}
        | {"chosen": [point.card.article == chosen for point in ordered]}
    )
    pressed = alt.selection_point(
        name=_PICKED, fields=["article"], on="click", toggle=False, clear=False
    )
    return alt.Chart(frame).add_params(pressed)


def _mark_chosen(points: int) -> dict[str, Any]:
    chosen = alt.datum.chosen
    size = _LARGE if points <= _FEW else _SMALL
    ink = _INK["dark" if st.context.theme.type == "dark" else "light"]
    return {
        "size": alt.condition(chosen, alt.value(320), alt.value(size)),
        "stroke": alt.condition(chosen, alt.value(ink), alt.value("transparent")),
        "strokeWidth": alt.condition(chosen, alt.value(3), alt.value(0)),
        "opacity": alt.condition(chosen, alt.value(1), alt.value(0.75)),
        "tooltip": [
            alt.Tooltip("title:N", title="Titre"),
            alt.Tooltip("date:N", title="Date"),
            alt.Tooltip("topics:N", title="Thèmes"),
        ],
    }


def _to_vega(time: int) -> alt.DateTime:
    day = datetime.date(1970, 1, 1) + datetime.timedelta(milliseconds=time)
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def _write_times() -> str:
    """Write the Vega expression of a time in French: « 2025 », « mars », « 5 mars »."""
    month = f"{json.dumps(_MONTHS, ensure_ascii=False)}[utcmonth(datum.value)]"
    return (
        f"utcdate(datum.value) > 1 ? utcdate(datum.value) + ' ' + {month} "
        f": utcmonth(datum.value) > 0 ? {month} : '' + utcyear(datum.value)"
    )
