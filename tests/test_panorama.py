"""The picture of a corpus, and the page that draws it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from conftest import FakeEncoder
from streamlit.testing.v1 import AppTest

from rag.index import Index, build_index
from rag.page.panorama import (
    NONE,
    OTHER,
    average_passages,
    describe_map,
    describe_panorama,
    describe_timeline,
    describe_undated,
    find_time,
    frame_period,
    identify_index,
    picture_corpus,
    spread,
    summarize,
)
from rag.page.surveys import make_survey
from rag.types import Article
from rag.views import panorama as panorama_view
from rag.views.panorama import take_press

DAY = 86_400_000
MakeIndex = Callable[..., Index]


@pytest.fixture
def make_index(encoder: FakeEncoder) -> MakeIndex:
    def make(*articles: Article) -> Index:
        return build_index(articles, lambda: encoder, encoder.fingerprint)[0]

    return make


def make_article(name: str, date: str = "", topics: tuple[str, ...] = ()) -> Article:
    return Article(f"{name}.md", f"Titre {name}", f"Le texte de {name}.", date, topics=topics)


# ----------------------------------------------------------------------------------- timeline


@pytest.mark.parametrize(
    ("date", "days"),
    [("1970-01-02", 1), ("1970-01", 14), ("1970", 181), ("", None), ("hier", None)],
)
def test_a_date_is_placed_in_the_middle_of_what_it_may_mean(date: str, days: int | None) -> None:
    assert find_time(date) == (None if days is None else days * DAY)


@pytest.mark.parametrize("date", ["2025-13", "2025-02-30", "0000", "25", "20251028", "2025-10-28T"])
def test_what_is_no_date_has_no_time(date: str) -> None:
    assert find_time(date) is None


def test_an_article_stands_on_the_line_of_each_of_its_topics(make_index: MakeIndex) -> None:
    index = make_index(
        make_article("a", "2024-05-01", ("calcul", "argent")),
        make_article("b", "2023-05-01", ("Argent",)),
        make_article("c", "2025-05-01"),
    )
    panorama = picture_corpus(index)
    assert panorama.lines[0].casefold() == "argent"
    assert panorama.lines[1:] == ("calcul", NONE)
    placed = [(moment.card.article, moment.line.casefold()) for moment in panorama.moments]
    assert placed == [
        ("b.md", "argent"),
        ("a.md", "calcul"),
        ("a.md", "argent"),
        ("c.md", NONE.casefold()),
    ]


def test_rare_topics_share_a_line(make_index: MakeIndex) -> None:
    common = [make_article(f"{n}", "2024-01-01", (f"t{n:02d}",) * 1) for n in range(12)]
    again = [make_article(f"{n}bis", "2024-01-02", (f"t{n:02d}",)) for n in range(12)]
    rare = make_article("rare", "2024-01-03", ("rareté",))
    panorama = picture_corpus(make_index(*common, *again, rare))
    assert len(panorama.lines) == 13
    assert panorama.lines[-1] == OTHER
    assert panorama.moments[-1].line == OTHER


def test_neighbours_on_a_line_do_not_hide_each_other(make_index: MakeIndex) -> None:
    same = [make_article(f"{n}", "2024-01-01", ("calcul",)) for n in range(3)]
    far = make_article("loin", "2020-01-01", ("calcul",))
    panorama = picture_corpus(make_index(*same, far))
    timeline = frame_period(panorama, panorama.periods[0], panorama.periods[-1])
    assert [moment.level for moment in timeline.moments] == [0.0, 0.0, 0.3, -0.3]


def test_a_period_keeps_what_lies_between_its_ends(make_index: MakeIndex) -> None:
    dates = ("2024-01-31", "2024-02-01", "2024-03-15", "2024-04-01")
    panorama = picture_corpus(make_index(*(make_article(date, date) for date in dates)))
    assert panorama.periods == ("2024-01", "2024-02", "2024-03", "2024-04")
    timeline = frame_period(panorama, "2024-02", "2024-03")
    assert [moment.card.article for moment in timeline.moments] == [
        "2024-02-01.md",
        "2024-03-15.md",
    ]
    assert [moment.place for moment in timeline.moments] == [0.0, 1.0]


def test_the_timeline_is_stretched_where_articles_are_many(make_index: MakeIndex) -> None:
    crowd = [make_article(f"{n}", f"2025-11-{n:02d}") for n in range(1, 20)]
    panorama = picture_corpus(make_index(make_article("loin", "2019-03-01"), *crowd))
    timeline = frame_period(panorama, panorama.periods[0], panorama.periods[-1])
    places = [moment.place for moment in timeline.moments]
    assert places == sorted(places)
    # By time alone they would share the last hundredth.
    assert places[1] < 0.35
    ticks = sorted(timeline.ticks)
    assert "2020" in dict(ticks).values()
    assert sum(day.startswith("2025-11-") for _, day in ticks) > 3
    assert min(b - a for (a, _), (b, _) in zip(ticks, ticks[1:], strict=False)) >= 0.1


def test_a_long_history_is_offered_by_years(make_index: MakeIndex) -> None:
    panorama = picture_corpus(make_index(make_article("a", "1850"), make_article("b", "2025")))
    assert (panorama.periods[0], panorama.periods[-1], len(panorama.periods)) == (
        "1850",
        "2025",
        176,
    )
    assert len(frame_period(panorama, "1850", "1900").moments) == 1


def test_articles_without_a_date_are_told(make_index: MakeIndex, articles: list[Article]) -> None:
    some = picture_corpus(make_index(*articles, make_article("d"), make_article("e", "hier")))
    assert describe_undated(some).startswith("2 articles sans date ne sont pas sur la frise")
    one = picture_corpus(make_index(*articles, make_article("d")))
    assert describe_undated(one).startswith("1 article sans date n’est pas sur la frise")
    assert describe_undated(picture_corpus(make_index(*articles))) == ""
    none = picture_corpus(make_index(make_article("d")))
    assert "Aucun article n’a de date" in describe_undated(none)
    assert (none.periods, none.moments) == ((), ())


# ---------------------------------------------------------------------------------------- map


def make_vectors(count: int, dimension: int = 64) -> Any:
    """Unit vectors around a few centres."""
    rng = np.random.default_rng(7)
    centres = rng.normal(0, 1, (4, dimension))
    vectors = centres[np.arange(count) % 4] + rng.normal(0, 0.2, (count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 40])
def test_any_number_of_articles_is_placed_and_always_the_same_way(count: int) -> None:
    vectors = make_vectors(count)
    points = spread(vectors)
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert np.abs(points).max() <= 1
    assert np.array_equal(points, spread(vectors))


def test_what_is_alike_is_near() -> None:
    points = spread(make_vectors(40))
    families = [points[np.arange(40) % 4 == family] for family in range(4)]
    width = max(np.linalg.norm(points - points.mean(0), axis=1).max() for points in families)
    centres = np.array([points.mean(0) for points in families])
    gaps = [np.linalg.norm(centres[i] - centres[j]) for i in range(4) for j in range(i)]
    assert width < min(gaps)


def test_identical_articles_are_placed() -> None:
    points = spread(np.repeat(make_vectors(1), 20, axis=0))
    assert np.isfinite(points).all()


def test_the_vector_of_an_article_is_the_mean_of_its_passages(
    make_index: MakeIndex, articles: list[Article]
) -> None:
    index = make_index(*articles)
    names, vectors = average_passages(index)
    assert names == ["a.md", "b.md", "c.md"]
    rows = [row for row, chunk in enumerate(index.chunks) if chunk.article_id == "a.md"]
    mean = index.passage_vectors(rows).mean(axis=0)
    np.testing.assert_allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_an_article_stands_once_on_the_map_under_its_first_frequent_topic(
    make_index: MakeIndex,
) -> None:
    index = make_index(
        *(make_article(f"{n}", topics=(f"t{n % 7}",)) for n in range(14)),
        make_article("x", topics=("rareté", "t3", "t1")),
        make_article("y", topics=("rareté bis",)),
    )
    panorama = picture_corpus(index)
    groups = {place.card.article: place.group for place in panorama.places}
    assert len(panorama.places) == 16
    assert groups["x.md"] == "t3"
    assert groups["y.md"] == OTHER
    assert len(panorama.groups) == 8


def test_many_articles_are_placed_around_some_of_them() -> None:
    points = spread(make_vectors(1200))
    families = [points[np.arange(1200) % 4 == family] for family in range(4)]
    centres = np.array([np.median(points, axis=0) for points in families])
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == np.arange(1200) % 4).mean() > 0.95


# -------------------------------------------------------------------------------------- wording


def test_the_corpus_and_the_charts_are_told(make_index: MakeIndex, articles: list[Article]) -> None:
    topics = [replace(article, topics=("calcul",)) for article in articles]
    panorama = picture_corpus(make_index(*topics))
    assert describe_panorama(panorama) == "3 articles, 2025."
    assert "calcul (3)" in describe_timeline(panorama)
    assert "calcul (3)" in describe_map(panorama)
    older = replace(topics[0], date="2019")
    assert describe_panorama(picture_corpus(make_index(older, *topics[1:]))) == (
        "3 articles, de 2019 à 2025."
    )


def test_labels_tell_articles_of_the_same_title_apart(make_index: MakeIndex) -> None:
    twins = [
        Article(f"{n}.md", "Le même titre", f"Texte {n}.", date)
        for n, date in (("a", "2025-01-01"), ("b", "2025-01-01"), ("c", "2025-02-01"))
    ]
    labels = [card.label for card in picture_corpus(make_index(*twins)).cards.values()]
    assert labels == [
        "Le même titre (1er\u00a0janvier 2025) [a.md]",
        "Le même titre (1er\u00a0janvier 2025) [b.md]",
        "Le même titre (1er\u00a0février 2025)",
    ]


def test_an_article_without_a_summary_is_told_by_its_beginning() -> None:
    assert summarize(Article("a", "t", "x", summary="Un résumé !")) == "Un résumé\u202f!"
    assert summarize(Article("a", "t", "# Titre\n\nUn **mot**.")) == "Titre Un mot."
    long = summarize(Article("a", "t", "mot " * 500))
    assert long.endswith("mot…")
    assert len(long) <= 321


def test_the_name_of_an_index_follows_its_articles(
    make_index: MakeIndex, articles: list[Article]
) -> None:
    index = make_index(*articles)
    assert identify_index(index) == identify_index(make_index(*articles))
    changed = make_index(replace(articles[0], topics=("calcul",)), *articles[1:])
    assert identify_index(index) != identify_index(changed)


# ----------------------------------------------------------------------------------- the page


def draw_page(library: object) -> None:
    from typing import Any, cast

    import streamlit as st

    from rag.views import panorama

    def show() -> None:
        panorama.draw(cast(Any, library))

    def show_chat() -> None:
        st.title("chat")

    def show_article() -> None:
        st.title("article")

    pages = {
        "panorama": st.Page(show, title="P", url_path="p", default=True),
        "chat": st.Page(show_chat, title="C", url_path="c"),
        "articles": st.Page(show_article, title="A", url_path="a"),
    }
    st.session_state["pages"] = pages
    st.navigation(list(pages.values()), position="hidden").run()


def open_page(index: Index, view: str = "") -> AppTest:
    st.cache_data.clear()
    library = SimpleNamespace(open=lambda: SimpleNamespace(index=index))
    page = AppTest.from_function(draw_page, default_timeout=30, kwargs={"library": library}).run()
    return page.segmented_control[0].set_value(view).run() if view else page


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is drawn from all the articles there at once."""

    def follow(library: Any) -> Any:
        index = library.open().index
        return SimpleNamespace(index=index, survey=make_survey(index))

    monkeypatch.setattr(panorama_view, "follow_survey", follow)


def sections(page: AppTest) -> list[dict[str, Any]]:
    """What the component of quotations was given."""
    (found,) = page.get("bidi_component")
    told: list[dict[str, Any]] = json.loads(found.proto.json)["sections"]
    return told


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in page.get("vega_lite_chart")]


def card(page: AppTest) -> str:
    shown: list[str] = [element.proto.body for element in page.get("html")]
    return next(text for text in shown if 'class="card"' in text)


def test_the_list_presents_an_article(make_index: MakeIndex, articles: list[Article]) -> None:
    page = open_page(make_index(*articles))
    assert not page.exception
    assert "Choisissez un point" in card(page)
    page = page.selectbox[0].set_value("b.md").run()
    assert not page.exception
    assert "<h3>Le panel d’experts</h3>" in card(page)
    assert "29\u00a0octobre 2025" in card(page)
    assert "Un panel d’experts indépendants" in card(page)


def test_an_article_is_read_or_asked_about(make_index: MakeIndex, articles: list[Article]) -> None:
    page = open_page(make_index(*articles)).selectbox[0].set_value("b.md").run()
    (read,) = (button for button in page.button if button.label == "Lire l’article")
    read.click().run()
    assert page.title[0].value == "article"
    assert page.session_state["article"] == "b.md"

    page = open_page(make_index(*articles)).selectbox[0].set_value("c.md").run()
    (ask,) = (button for button in page.button if button.label.startswith("Poser une question"))
    ask.click().run()
    assert page.title[0].value == "chat"
    assert page.session_state["scope_articles"] == ["c.md"]


@pytest.mark.parametrize("count", [1, 2])
def test_the_page_draws_few_articles(
    make_index: MakeIndex, articles: list[Article], count: int
) -> None:
    page = open_page(make_index(*articles[:count]))
    assert not page.exception
    assert len(charts(page)) == 1
    page = page.segmented_control[0].set_value("Carte des proximités").run()
    assert not page.exception
    assert len(charts(page)) == 1


def test_without_a_date_only_the_map_is_drawn(make_index: MakeIndex) -> None:
    page = open_page(make_index(make_article("a"), make_article("b")))
    assert not page.exception
    assert not charts(page)
    assert any("Aucun article n’a de date" in caption.value for caption in page.caption)
    assert len(charts(page.segmented_control[0].set_value("Carte des proximités").run())) == 1


def test_a_period_without_articles_says_so(make_index: MakeIndex) -> None:
    page = open_page(make_index(make_article("a", "2024-01"), make_article("b", "2024-06")))
    page = page.select_slider[0].set_range("2024-03", "2024-04").run()
    assert not page.exception
    assert not charts(page)
    assert any("Aucun article n’est daté" in caption.value for caption in page.caption)


def test_an_article_that_goes_away_is_no_more_chosen(
    make_index: MakeIndex, articles: list[Article]
) -> None:
    held = [make_index(*articles)]
    library = SimpleNamespace(open=lambda: SimpleNamespace(index=held[0]))
    page = AppTest.from_function(draw_page, default_timeout=30, kwargs={"library": library}).run()
    page = page.selectbox[0].set_value("b.md").run()
    held[0] = make_index(articles[0])
    page = page.run()
    assert not page.exception
    assert "Choisissez un point" in card(page)


def test_hostile_text_stays_text(make_index: MakeIndex) -> None:
    hostile = "<img src=x onerror=alert(1)> ]] ' \" \\ :smile: $x$"
    article = Article("x.md", f"Titre {hostile}", f"Texte {hostile}.", "2025", topics=(hostile,))
    page = open_page(make_index(article)).selectbox[0].set_value("x.md").run()
    assert not page.exception
    assert "<img" not in card(page)
    assert "&lt;img" in card(page)


def test_a_chart_says_what_it_shows_and_counts_no_english_month(
    make_index: MakeIndex, articles: list[Article]
) -> None:
    page = open_page(make_index(*articles))
    (element,) = page.get("vega_lite_chart")
    assert element.proto.alt.startswith("Frise chronologique des articles")
    (spec,) = charts(page)
    assert '"10 sept.", "29 oct."' in spec["encoding"]["x"]["axis"]["labelExpr"]
    assert spec["config"]["mark"]["aria"] is False


def test_a_point_pressed_chooses_its_article(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {
        "frise": SimpleNamespace(selection={"picked": [{"article": "b.md"}]}),
        "vide": SimpleNamespace(selection={"picked": []}),
    }
    monkeypatch.setattr(st, "session_state", state)
    take_press("frise")
    take_press("vide")
    assert state["panorama_article"] == "b.md"


# ------------------------------------------------------------------------ chronology and names

DATED = "Le pont de Lorme a été fermé le 12 mars {year}, dit Paul Ampère à la société Ampélia."


@pytest.mark.usefixtures("surveyed")
def test_a_chronology_goes_by_year_and_month_and_is_found_by_words(make_index: MakeIndex) -> None:
    years = (2023, 2024)
    index = make_index(*(Article(f"{y}.md", f"Titre {y}", DATED.format(year=y)) for y in years))
    page = open_page(index, "Chronologie")
    assert not page.exception
    assert [part["head"] for part in sections(page)] == ["2023", "mars 2023", "2024", "mars 2024"]
    (row,) = sections(page)[1]["rows"]
    assert row["head"] == "12\u00a0mars 2023"
    quoted = f"« {DATED.format(year=2023)} »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    assert row["cards"][0]["reference"] == [f"{quoted}, ", "Titre 2023", ""]
    page = page.selectbox[0].set_value("2024").run()
    assert [part["head"] for part in sections(page)] == ["mars 2024"]
    page = page.text_input[0].set_value("tramway").run()
    assert [told.value for told in page.info] == ["Aucune phrase datée n’a ces mots."]


@pytest.mark.usefixtures("surveyed")
def test_a_name_comes_with_its_articles_and_a_question(make_index: MakeIndex) -> None:
    texts = (DATED.format(year=2023), "Chez Ampélia, on ne voit plus Paul Ampère.")
    index = make_index(*(Article(f"{n}.md", f"Titre {n}", text) for n, text in enumerate(texts)))
    page = open_page(index, "Noms")
    assert not page.exception
    people, others = page.button_group[-2:]
    assert people.options == [r"Paul Ampère \(2\)"]
    assert others.options == [r"Ampélia \(2\)"]
    page = others.set_value("Ampélia").run()
    assert not page.exception
    labels = [button.label for button in page.button]
    assert labels == ["Que disent les articles sur Ampélia\u202f?", "Titre 0", "Titre 1"]
    page.button[0].click().run()
    assert page.title[0].value == "chat"
    assert page.session_state["asked"] == [labels[0]]


@pytest.mark.usefixtures("surveyed")
def test_what_can_not_be_drawn_is_said(make_index: MakeIndex) -> None:
    index = make_index(make_article("a"))
    for view, told in (("Chronologie", "de date"), ("Noms", "Aucun nom")):
        page = open_page(index, view)
        assert not page.exception
        assert told in page.info[0].value
