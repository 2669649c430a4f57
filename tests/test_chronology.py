"""The dated sentences of the articles, in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import FakeEncoder

from rag.chronology import Event, draw_chronology, find_events
from rag.index import build_index
from rag.types import Article

Draw = Callable[..., tuple[Event, ...]]


@pytest.fixture
def draw(encoder: FakeEncoder) -> Draw:
    def of(*articles: Article) -> tuple[Event, ...]:
        return draw_chronology(build_index(articles, lambda: encoder, encoder.fingerprint)[0])

    return of


def make_article(text: str, date: str = "2024-06-15", name: str = "a.md") -> Article:
    return Article(name, f"Titre de {name}", text, date)


def test_sentences_stand_at_the_date_that_they_tell_years_before_their_months(draw: Draw) -> None:
    text = (
        "Le pont a été fermé le 12 mars 2024 par arrêté. Les travaux ont commencé en mars 2024. "
        "En 2024, la ville a dépensé trois millions. Le pont de Lorme date de 1931, dit-on. "
        "Rien ne dit quand il rouvrira au public."
    )
    events = draw(make_article(text))
    assert [(event.year, event.month, event.when) for event in events] == [
        ("1931", "", "1931"),
        ("2024", "", "2024"),
        ("2024", "mars 2024", "mars 2024"),
        ("2024", "mars 2024", "12\u00a0mars 2024"),
    ]
    assert events[3].item.text == "Le pont a été fermé le 12 mars 2024 par arrêté."


def test_a_date_without_a_year_takes_that_of_its_article(draw: Draw) -> None:
    text = "Le conseil a voté le budget lundi 3 juin."
    (event,) = draw(make_article(text))
    assert event.when == "3\u00a0juin 2024"
    assert draw(make_article(text, date="")) == ()


def test_what_is_told_again_of_one_date_is_one_event(draw: Draw) -> None:
    events = draw(
        make_article("Le 12 mars 2024, la mairie a fermé le pont de Lorme à la circulation."),
        make_article("La mairie a fermé le pont de Lorme le 12 mars 2024.", name="b.md"),
        make_article("Le 12 mars 2024, la mairie a reçu 312 plaintes.", name="c.md"),
    )
    assert [event.articles for event in events] == [("a.md", "b.md"), ("c.md",)]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Elle dirige le journal de Corvalin depuis 2020 avec succès.", "depuis 2020"),
        ("Il ne sort plus que le jeudi depuis septembre 2023.", "depuis septembre 2023"),
        ("La taxe est due à compter du 4 mai 2023 par tous.", "depuis le 4\u00a0mai 2023"),
    ],
)
def test_what_goes_on_is_told_from_its_beginning(draw: Draw, text: str, when: str) -> None:
    (event,) = draw(make_article(text))
    assert event.when == when


@pytest.mark.parametrize(
    "text",
    [
        "## Ce que la ville a décidé en mars 2024",
        "Que s’est-il passé le 12 mars 2024 à la mairie ?",
        "Dans les années 1950, le quartier était encore un marais.",
        "Le dossier complet est à remettre avant le 28 mars 2024.",
    ],
)
def test_headings_questions_decades_and_deadlines_have_no_place(draw: Draw, text: str) -> None:
    assert draw(make_article(f"{text}\n\nLe reste ne dit aucune date.")) == ()


def test_what_points_back_is_quoted_with_the_sentence_before(draw: Draw) -> None:
    (event,) = draw(make_article("Le pont de Lorme est une ruine. Il a été fermé le 12 mars 2024."))
    assert event.item.text.startswith("Le pont de Lorme")


def test_events_are_found_by_words_in_any_form(draw: Draw) -> None:
    text = "Le 12 mars 2024, la mairie a fermé les ponts. Le 3 mai 2024, il a plu partout."
    events = draw(make_article(text))
    assert len(find_events(events, "pont")) == 1
    assert len(find_events(events, "")) == 2
    assert find_events(events, "pont pluie") == ()
