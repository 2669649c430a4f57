"""The names and noun phrases of a turn are found, with what grammar tells of them."""

from __future__ import annotations

import pytest

from rag.antecedents import (
    Wanted,
    choose,
    definite,
    find_asked,
    find_mentions,
    find_names,
    find_told,
)
from rag.types import Turn


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Combien Microsoft a-t-il investi dans OpenAI ?", ["Microsoft", "OpenAI"]),
        ("Anthropic est-elle rentable ?", ["Anthropic"]),
        ("Amazon, combien a-t-il mis ?", ["Amazon"]),
        ("Concrètement, combien a-t-il mis ?", []),
        ("Que fait xAI avec Gemini 3 et GPT-5 ?", ["xAI", "Gemini 3", "GPT-5"]),
        ("quelle est la capitale ?", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert [name.text for name in find_names(text)] == names


def test_a_mention_tells_gender_number_and_subject() -> None:
    company, computer, town = find_mentions(
        "En combien de temps xAI a-t-elle construit son supercalculateur de Memphis ?"
    )
    assert (company.text, company.gender, company.subject) == ("xAI", "f", True)
    assert (computer.text, computer.gender) == ("le supercalculateur de Memphis", "m")
    assert town.text == "Memphis" and town.depth > computer.depth


def test_a_property_gives_way_to_its_owner() -> None:
    found = {m.text: m.depth for m in find_mentions("Quelle est la hauteur de la tour Eiffel ?")}
    assert found["la tour Eiffel"] < found["la hauteur de la tour Eiffel"]


@pytest.mark.parametrize(
    ("question", "answer", "asked"),
    [
        ("Qui dirige Mistral ?", "Arthur Mensch dirige Mistral AI. [1]", ["Arthur Mensch"]),
        ("Quelle ville est la plus peuplée ?", "Rennes.", ["Rennes"]),
        ("Combien a coûté Paris-Brest ?", "Dix millions, selon Ouest-France.", []),
        ("Qui dirige Mistral ?", "", []),
    ],
)
def test_the_answer_names_what_was_asked(question: str, answer: str, asked: list[str]) -> None:
    assert [mention.text for mention in find_asked(Turn(question, answer))] == asked


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Une fondation belge, à hauteur de 70 %. [1]", ["la fondation"]),
        ("Deux techniciennes du village. [1]", ["les deux techniciennes du village"]),
        ("Oui, Fabienne Lebrun parcourt 110 kilomètres. [1]", ["Fabienne Lebrun"]),
        ("La centrale coûte cher. [1]", []),
        ("En 1999, après la crue. [1]", []),
        ("", []),
    ],
)
def test_the_answer_brings_in_what_opens_it(answer: str, told: list[str]) -> None:
    turn = Turn("Qui paie la centrale ?", answer)
    assert [mention.text for mention in find_told(turn)] == told


def test_gender_chooses_and_a_tie_chooses_nothing() -> None:
    turn = Turn("Qui a écrit Carmen ?", "Prosper Mérimée et Marie Curie.")
    chosen = choose(Wanted("f", False, True, "quel âge a-t-elle"), turn)
    assert chosen is not None and chosen.text == "Marie Curie"
    tie = Turn("Combien Google a investi dans Anthropic ?", "")
    assert choose(Wanted("f", False, False, "qui la dirige"), tie) is None


@pytest.mark.parametrize(
    ("noun", "gender", "article"),
    [
        ("poids", "m", "le "),
        ("place", "f", "la "),
        ("équipe", "f", "l'"),
        ("hôpital", "m", "l'"),
        ("hauteur", "f", "la "),
        ("droits", "p", "les "),
    ],
)
def test_definite_articles(noun: str, gender: str, article: str) -> None:
    assert definite(noun, gender) == article
