"""The corpus at a glance: a timeline, a chronology, the names and a map, leading to articles."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

import rag.page
from rag.chronology import find_events
from rag.french import typeset
from rag.index import Index
from rag.named import Named
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
from rag.page.quotations import count_left, describe_chronology
from rag.page.surveys import Survey
from rag.page.wording import escape_markdown
from rag.timeframe import format_date
from rag.types import Article
from rag.views.articles import ask_within
from rag.views.chat import ask_again
from rag.views.surveying import draw_quotations, follow_survey, read_article

TIMELINE, MAP = "Frise par thème", "Carte des proximités"
CHRONOLOGY, NAMES = "Chronologie", "Noms"
STRETCHED = "La frise s’étire là où les articles sont nombreux."
DATES = (
    "Les phrases des articles qui disent une date, chacune sous la première qu’elle dit. "
    "Celles qui se répètent sont réunies."
)
UNDATED = "Aucune phrase des articles ne dit de date : il n’y a pas de chronologie."
UNFOUND = "Aucune phrase datée n’a ces mots."
UNNAMED = "Aucun nom ne revient dans deux articles."
NAMED = "Choisissez un nom : les articles qui le citent sont donnés ici."
HINT = "Choisissez un point, ou un article dans la liste : il est présenté ici."
NEARNESS = "Deux articles proches sur la carte parlent de choses proches."
EMPTY = "Aucun article n’est daté de cette période."

# The article chosen is what the list holds; a chart tells it what was pressed.
_CHOSEN, _VIEW, _ROUND = "panorama_article", "panorama_view", "panorama_round"
_PICKED = "picked"
_PERSON, _THING = "panorama_person", "panorama_thing"
# Dated sentences that are shown at once, whatever their year, and articles listed of a name.
_TOGETHER, _LISTED = 150, 12
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
# Shares of the width left free at both ends of the timeline.
_MARGIN = 0.03
_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()


def draw(library: Library) -> None:
    """Draw one view of the articles: charts and the article chosen, a chronology, the names."""
    index = library.open().index
    panorama = picture(index)
    st.html(f"<style>{_STYLE}</style>")
    st.title("Panorama", anchor=False)
    st.caption(describe_panorama(panorama))
    view = st.segmented_control(
        "Vue",
        [TIMELINE, CHRONOLOGY, NAMES, MAP],
        default=TIMELINE,
        key=_VIEW,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if view in (CHRONOLOGY, NAMES):
        surveys = follow_survey(library)
        if surveys is not None and surveys.survey is not None:
            (draw_chronology if view == CHRONOLOGY else draw_names)(surveys.survey, surveys.index)
        return
    state = st.session_state
    if state.get(_CHOSEN) not in panorama.cards:
        state[_CHOSEN] = None
    charts, side = st.columns([3, 2], gap="large")
    with charts:
        draw_charts(panorama, state[_CHOSEN], view)
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
        if st.button("Lire l’article", icon=":material/article:"):
            read_article(article.id)
        if st.button("Poser une question sur cet article", icon=":material/forum:"):
            ask_within(article.id)


# ------------------------------------------------------------------------------------- chronology


def draw_chronology(survey: Survey, index: Index) -> None:
    """Draw the dated sentences of a year, or of all, that hold some words."""
    if not survey.events:
        st.info(typeset(UNDATED))
        return
    st.caption(DATES)
    years = Counter(event.year for event in survey.events)
    few = len(survey.events) <= _TOGETHER
    left, right = st.columns(2)
    with left:
        year = st.selectbox(
            "Année",
            ["", *sorted(years)],
            index=0 if few else 1 + sorted(years).index(max(years, key=lambda y: (years[y], y))),
            format_func=lambda year: f"{year} ({years[year]})" if year else "Toutes les années",
        )
    with right:
        words = st.text_input("Mots", placeholder="Un nom, un sujet", max_chars=200)
    events = [event for event in survey.events if not year or event.year == year]
    found = find_events(events, words)
    if not found:
        st.info(UNFOUND)
        return
    if left_out := count_left(found):
        st.caption(typeset(f"{left_out} phrases de plus : précisez l’année ou les mots."))
    draw_quotations("chronology", describe_chronology(found, index.articles))


# ------------------------------------------------------------------------------------------ names


def draw_names(survey: Survey, index: Index) -> None:
    """Offer the names that most articles hold; one that is chosen comes with its articles."""
    if not survey.named:
        st.info(UNNAMED)
        return
    for label, key, other, person in (
        ("Personnes", _PERSON, _THING, True),
        ("Organisations et autres noms", _THING, _PERSON, False),
    ):
        shown = {one.name: one for one in survey.named if one.person == person}
        if shown:
            st.pills(
                label,
                list(shown),
                key=key,
                format_func={name: _write_named(one) for name, one in shown.items()}.__getitem__,
                on_change=_forget_name,
                args=(other,),
            )
    chosen = st.session_state.get(_PERSON) or st.session_state.get(_THING)
    named = next((one for one in survey.named if one.name == chosen), None)
    if named is None:
        st.caption(typeset(NAMED))
        return
    with st.container(border=True):
        _draw_named(named, index)


def _write_named(named: Named) -> str:
    return escape_markdown(typeset(f"{named.bare} ({len(named.articles)})"))


def _forget_name(key: str) -> None:
    st.session_state[key] = None


def _draw_named(named: Named, index: Index) -> None:
    st.subheader(escape_markdown(typeset(named.bare)), anchor=False)
    question = typeset(f"Que disent les articles sur {named.name} ?")
    if st.button(escape_markdown(question), icon=":material/forum:"):
        ask_again(question)
        st.switch_page(st.session_state["pages"]["chat"])
    count = len(named.articles)
    first = f" Les {_LISTED} qui le citent le plus :" if count > _LISTED else ""
    st.caption(typeset(f"Cité par {count} articles.{first}"))
    with st.container(gap=None):
        for name in named.articles[:_LISTED]:
            article = index.articles[name]
            told = ", ".join(filter(None, (article.title or name, format_date(article.date))))
            if st.button(escape_markdown(typeset(told)), key=f"named-{name}", type="tertiary"):
                read_article(name)


# ---------------------------------------------------------------------------------------- charts


def draw_charts(panorama: Panorama, chosen: str | None, view: str) -> None:
    """Draw one chart at a time, so that the article chosen stays in sight."""
    if view == MAP:
        st.caption(NEARNESS)
        draw_chart(MAP, make_map(panorama.places, panorama.groups, chosen), describe_map(panorama))
        return
    st.caption(STRETCHED)
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
    times = alt.X(
        "place:Q",
        title=None,
        scale=alt.Scale(domain=[-_MARGIN, 1 + _MARGIN], nice=False),
        axis=alt.Axis(
            values=[place for place, _ in timeline.ticks],
            labelExpr=_write_ticks(timeline.ticks),
            labelOverlap="greedy",
            grid=True,
        ),
    )
    # The upper third of a line is for its name.
    levels = alt.YOffset("level:Q", scale=alt.Scale(domain=[-2.6, 1.1]))
    chart: alt.Chart = (
        _start_chart(timeline.moments, ("line", "place", "level"), chosen)
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


def _write_ticks(ticks: Sequence[tuple[float, str]]) -> str:
    """Write the Vega expression of a tick in French: « 2025 », « mars 2025 », « 5 mars »."""
    places = [place for place, _ in ticks]
    told = [_write_tick(day) for _, day in ticks]
    # A place may come back with another last figure: the nearest one is meant.
    return (
        f"{json.dumps(told, ensure_ascii=False)}"
        f"[indexof({json.dumps([round(place, 4) for place in places])}, "
        "round(datum.value * 10000) / 10000)]"
    )


def _write_tick(day: str) -> str:
    if len(day) == 4:
        return day
    month = _MONTHS[int(day[5:7]) - 1]
    return f"{month} {day[:4]}" if len(day) == 7 else f"{int(day[8:])} {month}"
