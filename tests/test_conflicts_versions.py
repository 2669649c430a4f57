"""Sentences that say themselves that sources differ, and those that don't."""

from __future__ import annotations

import pytest
from conflicting import BATTLE, BUILDING, INHABITANTS, VICTIMS, values


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            VICTIMS,
            "Le séisme d’Agadir a fait 12 000 ou 15 000 morts selon les sources.",
            ["12 000", "15 000 morts"],
        ),
        (
            VICTIMS,
            "Selon la Croix-Rouge, le séisme d’Agadir a fait 12 000 morts ; selon l’armée, 15 000.",
            ["12 000 morts", "15 000"],
        ),
        (
            BATTLE,
            "La bataille de Marignan eut lieu le 13 septembre 1515 pour les uns, "
            "le 14 septembre 1515 pour les autres.",
            ["13 septembre 1515", "14 septembre 1515"],
        ),
        (
            BATTLE,
            "Certains situent la bataille de Marignan en 1515, d’autres en 1516.",
            ["1515", "1516"],
        ),
        (
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable tantôt 2 millions d’euros, "
            "tantôt 2,5 millions d’euros.",
            ["2 millions d’euros", "2,5 millions d’euros"],
        ),
        (
            BUILDING,
            "Pour la tour du Connétable à Vannes, Ouest-France donne 2 millions d’euros ; "
            "d’autres journaux écrivent 2,5 millions.",
            ["2 millions d’euros", "2,5 millions"],
        ),
        (
            BUILDING,
            "Pour la tour du Connétable, la mairie de Vannes a versé, lit-on selon les articles, "
            "38, 40 ou 44 millions d’euros.",
            ["38", "40", "44 millions d’euros"],
        ),
        (
            "Quelle part des votants de Vannes a approuvé le projet ?",
            "À Vannes, Ouest-France évoque 57 % des votants pour le projet, Le Télégramme "
            "parle de 61 %.",
            ["57 %", "61 %"],
        ),
        (
            BATTLE,
            "Ouest-France situe la bataille de Marignan en septembre 1515, "
            "Le Télégramme en octobre 1515.",
            ["septembre 1515", "octobre 1515"],
        ),
        (
            BATTLE,
            "Certains sites datent la bataille de Marignan du 20 septembre 1515, ce qui est une "
            "erreur, puisque la bataille a eu lieu le 13 septembre 1515.",
            ["13 septembre 1515", "20 septembre 1515"],
        ),
        (
            BUILDING,
            "Pour la tour du Connétable de Vannes, on a payé entre 2 et 3 millions d’euros, selon "
            "la méthode de calcul.",
            ["2", "3 millions d’euros"],
        ),
        (
            "Combien d’étages compte la tour du Connétable de Vannes ?",
            "Cinq ou six étages, selon les auteurs, dans la tour du Connétable de Vannes.",
            ["cinq", "six étages"],
        ),
        (
            "Combien d’étages compte la tour du Connétable de Vannes ?",
            "La tour du Connétable de Vannes en compte six avec la cave, cinq sans elle.",
            ["six", "cinq"],
        ),
    ],
)
def test_a_sentence_that_says_that_sources_differ(
    question: str, sentence: str, expected: list[str]
) -> None:
    assert values(question, (sentence, "2024-01-05")) == [expected]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # Two parts of two owners, two times, two steps of a scale: no marker says they compete.
        (
            "Quelle part de la tour la mairie de Vannes détient-elle ?",
            "La mairie de Vannes détient 27 % de la tour, le département 26 %.",
        ),
        (
            "Quelle part de la tour la mairie de Vannes détient-elle ?",
            "Selon Ouest-France, la mairie de Vannes détient 27 % de la tour ; "
            "selon Le Télégramme, le Morbihan 26 %.",
        ),
        (
            BUILDING,
            "Pour la tour du Connétable de Vannes, Ouest-France donne 2 millions d’euros en 2019, "
            "Le Télégramme donne 5 millions d’euros en 2023.",
        ),
        (INHABITANTS, "La ville de Vannes est passée de 53 000 à 57 000 habitants."),
        # A name, not a question of figures.
        (
            "Qui a payé la tour de Vannes ?",
            "La tour de Vannes a coûté 38 ou 40 euros selon les sources.",
        ),
    ],
)
def test_a_sentence_that_tells_no_versions(question: str, sentence: str) -> None:
    assert values(question, (sentence, "2024-01-05")) == []
