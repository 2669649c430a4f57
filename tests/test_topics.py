"""What a question asks the articles about, and when."""

from __future__ import annotations

import pytest

from rag.topics import asks_for_articles, read_request, split_topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Quels articles parlent de la grève des éboueurs ?", "grève des éboueurs"),
        ("Quels articles évoquent le port de Brest ?", "port de Brest"),
        ("Quels documents mentionnent l’usine ?", "usine"),
        ("Dans quels articles est-il question d’Airbus ?", "Airbus"),
        ("Dans combien d’articles parle-t-on d’Airbus ?", "Airbus"),
        ("Combien y a-t-il d’articles sur la fusion des lycées ?", "fusion des lycées"),
        ("Tous les articles à propos de la grève", "grève"),
        ("Liste complète des articles consacrés aux abeilles", "abeilles"),
        ("Tout ce qui a été publié sur le télescope Orphée", "télescope Orphée"),
        ("Toutes les mentions de la grève", "grève"),
        # The last word that leads to a subject counts.
        ("Quels articles qui parlent du maire citent l’usine ?", "usine"),
        ("La grève", "grève"),
    ],
)
def test_the_topic_is_what_follows_the_asking(question: str, topic: str) -> None:
    assert read_request(question).topic == topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Quels articles parlent du traité de Lisbonne ?", "traité de Lisbonne"),
        ("Quels articles parlent de la cité des sciences ?", "cité des sciences"),
        ("Quels articles évoquent la distribution du courrier ?", "distribution du courrier"),
        ("Quels articles évoquent le traitement des eaux ?", "traitement des eaux"),
        ("Quels articles parlent de l’écriture du roman ?", "écriture du roman"),
    ],
)
def test_a_noun_that_looks_like_the_verb_stays_in_the_topic(question: str, topic: str) -> None:
    assert read_request(question).topic == topic


@pytest.mark.parametrize(
    "question",
    [
        "Quels articles de 2023 parlent de la grève ?",
        "Quels articles parlent de la grève en mars 2023 ?",
        "Quels articles parlent de la grève du 3 mars 2023 ?",
        "Quels articles parlent de la grève depuis le 3 mars 2023 ?",
        "Quels articles parlent de la grève entre 2020 et 2023 ?",
        "Quels articles parlent de la grève avant 2023 ?",
    ],
)
def test_the_time_is_no_part_of_the_topic(question: str) -> None:
    assert read_request(question).topic == "grève"


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("QUELS ARTICLES PARLENT DE LA GRÈVE ?", "GRÈVE"),
        ("Quels articles parlent d'Airbus ?", "Airbus"),
        ("Quels articles parlent\u00a0d’Airbus\u202f?", "Airbus"),
        ("Quels articles parlent de l’« affaire » du port ?", "« affaire » du port"),
        ("", ""),
        ("  ?!. ", ""),
    ],
)
def test_typography_changes_no_topic(question: str, topic: str) -> None:
    assert read_request(question).topic == topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        (
            "Dans combien d’articles le retable de Quintefeuille apparaît-il ?",
            "retable de Quintefeuille",
        ),
        ("Dans quels comptes rendus est-il question du parking ?", "parking"),
        ("Le barrage de Sivens est mentionné à quels endroits ?", "barrage de Sivens"),
        ("meubles touristiques tous les articles svp", "meubles touristiques"),
        ("Qui parle du glacier d’Aletsch et dans quels textes ?", "glacier d'Aletsch"),
        ("Combien de fois est-il question de la peste dans les archives ?", "peste"),
        ("Tous les mails de Claire sur le budget", "Claire sur le budget"),
        ("Quels articles parlent des citoyens de Brest ?", "citoyens de Brest"),
        ("Quels articles parlent de la question climatique ?", "question climatique"),
        ("Quels articles parlent de lettres ?", "lettres"),
        ("Toutes les occurrences du mot « nappe »", "« nappe »"),
        ("Quels textes citent la loi de 1901 ?", "loi de 1901"),
        ("Combien d’articles datent d’octobre 2025 ?", ""),
    ],
)
def test_what_asks_is_no_topic(question: str, topic: str) -> None:
    assert read_request(question).topic == topic


@pytest.mark.parametrize(
    "question",
    [
        "Quels articles parlent de la grève cette année ?",
        "Quels articles parlent de la grève depuis deux ans ?",
        "Quels articles parlent de la grève en mars ?",
        "Quels articles ne parlent pas de la grève ?",
    ],
)
def test_what_can_t_be_counted_is_said(question: str) -> None:
    assert read_request(question).vague


def test_what_is_no_date_is_quoted_whole() -> None:
    assert read_request("Quels articles parlent de l’école depuis l’été ?").vague == "été"


def test_a_year_that_names_a_thing_is_no_time() -> None:
    assert read_request("Quels textes citent la loi de 1901 ?").time is None
    assert read_request("Quels articles de 1901 citent la loi ?").time is not None


def test_a_topic_is_cut_into_what_may_be_held() -> None:
    topic = "grève et du port ou de la gare, mais pas du quai"
    assert split_topic(topic) == ([["grève", "port"], ["gare"]], ["quai"])
    assert split_topic("recherche et développement") == ([["recherche et développement"]], [])


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Combien d’articles datent d’octobre 2025 ?", True),
        ("Quels documents mentionnent la grève ?", True),
        ("Quels documents faut-il fournir ?", False),
        ("Combien d’articles compte le règlement ?", False),
    ],
)
def test_articles_are_asked_for_in_so_many_words(question: str, asks: bool) -> None:
    assert asks_for_articles(question) is asks


def test_a_question_that_has_the_word_may_ask_for_something_else() -> None:
    assert not read_request("Quelles colonnes sont utiles dans un fichier d’articles ?").certain
    assert read_request("Combien d’articles y a-t-il ?").certain
    assert read_request("Nvidia : combien d’articles en parlent ?").topic == "Nvidia"
