"""Versions of something else than what is asked are no disagreement about it."""

from __future__ import annotations

import pytest
from conflicting import BUILDING, INHABITANTS, gather, values

from rag.conflicts import find_conflicts


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # Versions of something else: the price, not the loss; the tower, not a loan; Lorient.
        (
            "Combien la tour de Vannes a-t-elle coûté ?",
            "Les pertes de la tour de Vannes divergent : 3 millions d’euros ou 4 millions d’euros.",
        ),
        (
            "Combien la mairie de Vannes a-t-elle dépensé pour rénover la vieille tour ?",
            "Vannes a prêté 2 ou 3 millions d’euros à sa voisine selon les sources.",
        ),
        (
            INHABITANTS,
            "Lorient compte 55 000 ou 58 000 habitants selon les sources, plus que sa voisine.",
        ),
        # The whole price, not the first payment.
        (
            BUILDING,
            "Le premier paiement de la tour du Connétable par la mairie de Vannes est de 2 ou "
            "3 millions d’euros selon les sources.",
        ),
        # Another event of the same names, and an owner of the same kind.
        (
            "Quand la tour du Connétable de Vannes a-t-elle été restaurée ?",
            "La construction de la tour du Connétable de Vannes est datée tantôt de 1448, tantôt "
            "de 1450.",
        ),
        (
            "Amazon, combien d’argent y a-t-il mis (Google, Vannes) ?",
            "On lit ailleurs que Google a mis 2 ou 3 millions d’euros à Vannes.",
        ),
        # Another year than the one asked about.
        (
            "Combien d’habitants la ville de Vannes comptait-elle en 1990 ?",
            "En 2024, la ville de Vannes comptait 55 000 ou 58 000 habitants selon les sources.",
        ),
    ],
)
def test_a_sentence_that_tells_versions_of_something_else(question: str, sentence: str) -> None:
    assert values(question, (sentence, "2024-01-05")) == []


def test_the_sentence_before_names_what_the_versions_are_of() -> None:
    text = "La date de naissance de Villon varie. Certains la situent en 1431, d’autres en 1432."
    assert values("Quelle est la date de naissance de Villon ?", (text, "")) == [["1431", "1432"]]


def test_two_articles_that_say_the_same_of_something_else() -> None:
    told = "Le Connétable rapporte {} millions d’euros aux commerçants de Vannes."
    evidence = gather(
        (told.format(13), ""),
        (told.format(15), ""),
        title="La mairie a payé la tour du Connétable de Vannes",
    )
    assert find_conflicts(BUILDING, evidence) == ()
