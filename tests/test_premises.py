"""What a question takes for granted, and the wording of its correction."""

from __future__ import annotations

import pytest

from rag.french import plain_spaces
from rag.premises import correct_premise, find_assumption
from rag.types import Chunk, Evidence


def make_evidence(n: int, text: str) -> Evidence:
    return Evidence(n, Chunk("a#1", "a", "", "", 0, len(text), text, ()), 0, len(text), text, 1.0)


@pytest.mark.parametrize(
    ("question", "assumed"),
    [
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "la Fnac a racheté Darty"),
        ("Pourquoi est-ce que la Fnac a racheté Darty ?", "la Fnac a racheté Darty"),
        ("En quelle année Google a-t-il créé Anthropic ?", "Google a créé Anthropic"),
        ("Depuis quand Vinci contrôle-t-il Eiffage ?", "Vinci contrôle Eiffage"),
        ("À qui Renault a-t-il vendu Dacia ?", "Renault a vendu Dacia"),
        ("Où Jeanne est-elle partie ?", "Jeanne est partie"),
        (
            "Combien de trams les maires ont-ils achetés à l’Allemagne ?",
            "les maires ont achetés à l'Allemagne",
        ),
    ],
)
def test_the_asking_is_taken_out_of_a_question(question: str, assumed: str) -> None:
    assert find_assumption(question) == assumed


@pytest.mark.parametrize(
    ("question", "assumed"),
    [
        ("La Fnac a-t-elle racheté Darty ?", "La Fnac a-t-elle racheté Darty"),
        ("Pourquoi ?", "Pourquoi"),
        ("Pourquoi les sœurs Brontë ont-elles fui ?", "Pourquoi les sœurs Brontë ont-elles fui"),
        ("", ""),
    ],
)
def test_a_question_stays_whole_where_its_asking_is_not_told_apart(
    question: str, assumed: str
) -> None:
    assert find_assumption(question) == assumed


def test_the_correction_says_what_is_contrary_and_quotes_it() -> None:
    premise, said = correct_premise(
        "Pourquoi Apple a-t-il racheté Darty ?",
        make_evidence(3, "Apple a **renoncé** à « Darty » [7]."),
    )
    assert plain_spaces(said.text) == (
        "La question suppose peut-être le contraire de ce que disent les articles : "
        "« Apple a renoncé à “Darty”. »"
    )
    assert said.citations == (3,) and said.support == "supported"
    assert not said.quoted and not said.reworded
    assert (premise.assumed, premise.refuted, premise.n) == ("Apple a racheté Darty", True, 3)
