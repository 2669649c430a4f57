"""The slots of a question, and how much of them one sentence fills."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder

from rag.index import build_index
from rag.retrieval import search_passages
from rag.slots import Filled, Slots, find_slots
from rag.types import Article, Chunk, Evidence

ARTICLES = [
    Article("a.md", "La piscine de Brest", "La piscine de Brest emploie douze maîtres nageurs."),
    Article("b.md", "Le Havre", "Le musée du Havre a reçu 9 000 visiteurs en 2019."),
]


def read(question: str) -> Slots:
    index, _ = build_index(ARTICLES, FakeEncoder, "fake-v1")
    return find_slots(search_passages(index, FakeEncoder(), question, 4))


def make_evidence(text: str, title: str = "", date: str = "") -> Evidence:
    chunk = Chunk("a#1", "a", title, date, 0, len(text), text, ())
    return Evidence(1, chunk, 0, len(text), text, 1.0)


def fill(question: str, *texts: str, title: str = "") -> Filled:
    return read(question).fill([make_evidence(text, title) for text in texts])


@pytest.mark.parametrize(
    ("question", "attribute"),
    [
        ("Combien de salariés la piscine de Brest emploie-t-elle ?", "salaries"),
        ("Combien d’habitants compte Brest ?", "habitants"),
        ("Quel est le montant des dons reçus par Brest ?", ""),
        ("Quel chiffre d’affaires la piscine réalise-t-elle ?", "chiffre d'affaires"),
        ("Quelle amende risque un nageur ?", "amende"),
        ("Quel est le nombre de visiteurs du musée ?", "visiteurs"),
        ("Quelle magistrate a jugé l’affaire ?", ""),
        ("Dans quelle ville nage-t-on ?", ""),
        ("Qui dirige la piscine ?", ""),
        ("Combien coûte l’entrée ?", ""),
        ("", ""),
    ],
)
def test_the_attribute_asked_for(question: str, attribute: str) -> None:
    assert read(question).attribute == attribute


def test_names_and_time() -> None:
    slots = read("Combien de visiteurs le musée du Havre a-t-il reçus en 2019 ?")
    assert len(slots.names) == 1 and "havr" in slots.names[0]
    assert slots.timeframe is not None and slots.timeframe.start == "2019-01-01"
    assert read("Qui nage ?").names == ()


def test_one_of_the_names_listed_together_is_enough() -> None:
    listed = "Que prédisent Anne Le Goff, Paul Morvan et Brest ?"
    assert len(read(listed).names) == 1
    assert fill(listed, "Paul Morvan prédit la pluie.").names == 1
    assert fill("Que dit Paul Morvan de Brest ?", "Paul Morvan prédit la pluie.").names < 1


QUESTION = "Combien de salariés la piscine de Brest emploie-t-elle ?"


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("La piscine de Brest compte douze salariés.", 1),
        ("Douze personnes travaillent à la piscine de Brest.", 1),
        ("La piscine de Brest mesure cinquante mètres.", 0),
        ("La piscine de Brest vend douze parts de gâteau.", 0),
    ],
)
def test_the_attribute_or_its_synonym_must_be_there(text: str, attribute: float) -> None:
    assert fill(QUESTION, text).attribute == attribute


def test_attribute_and_name_must_stand_together() -> None:
    apart = fill(QUESTION, "La piscine de Brest est vaste.", "Le musée compte douze salariés.")
    assert (apart.attribute, apart.names) == (0, 1)
    titled = fill(QUESTION, "Elle compte douze salariés.", title="La piscine de Brest")
    assert titled.attribute == titled.whole == 1


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Le Havre a reçu 9 000 visiteurs en 2019.", 1),
        ("Le Havre a reçu 8 000 visiteurs en 2021.", 0),
        ("Le Havre reçoit 8 000 visiteurs.", 0.5),
    ],
)
def test_the_time_asked_about(text: str, time: float) -> None:
    filled = fill("Combien de visiteurs Le Havre a-t-il reçus en 2019 ?", text)
    assert filled.time == time


def test_today_asks_for_no_date() -> None:
    today = fill("Qui dirige Brest aujourd’hui ?", "En 2019, Anne Le Goff dirige Brest.")
    assert today.time == today.whole == 1


def test_without_slots_everything_fills() -> None:
    assert fill("Pourquoi nager ?", "On nage pour le plaisir.") == Filled(1, 1, 1, 1)


def test_no_evidence_fills_nothing() -> None:
    assert fill(QUESTION) == Filled(0, 0, 0, 0)


def test_a_sentence_without_the_type_asked_for_fills_half() -> None:
    assert fill("Quand la piscine de Brest a-t-elle ouvert ?", "La piscine de Brest.").whole == 0.5
