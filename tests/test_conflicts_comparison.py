"""Two articles that say the same but for the figure, and two figures that are no disagreement."""

from __future__ import annotations

import pytest
from conflicting import BATTLE, BUILDING, INHABITANTS, gather, values

from rag.chunking import chunk_article
from rag.conflicts import find_conflicts
from rag.types import Article, Evidence


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé près de 14 millions d’euros la tour du Connétable.",
            ["13 millions d’euros", "près de 14 millions d’euros"],
        ),
        (
            BATTLE,
            "La bataille de Marignan a eu lieu le 13 septembre 1515.",
            "La bataille de Marignan a lieu le 14 septembre 1515.",
            ["13 septembre 1515", "14 septembre 1515"],
        ),
        (
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "Vannes est une ville qui compte 61 000 habitants.",
            ["53 000 habitants", "61 000 habitants"],
        ),
        (
            "Combien d’emplois la fermeture du site de Gandrange a-t-elle supprimés ?",
            "La fermeture du site de Gandrange a supprimé 575 emplois.",
            "Selon les syndicats, 700 emplois ont été supprimés par la fermeture du site de "
            "Gandrange.",
            ["575 emplois", "700 emplois"],
        ),
        (
            "En quelle année la société Belin a-t-elle été fondée ?",
            "La société Belin est née en 1902.",
            "La société Belin a été fondée en 1904.",
            ["1902", "1904"],
        ),
        (
            "Quelle est la hauteur de la tour Perret de Grenoble ?",
            "La tour Perret de Grenoble mesure 95 mètres.",
            "À Grenoble, la tour Perret culmine à 85 mètres de haut.",
            ["95 mètres", "85 mètres"],
        ),
    ],
)
def test_two_articles_that_say_the_same_but_for_the_figure(
    question: str, one: str, other: str, expected: list[str]
) -> None:
    dates = ("2024-01-05", "2024-01-20")
    found = find_conflicts(question, gather((one, dates[0]), (other, dates[1])))
    assert [[v.value for v in c.versions] for c in found] == [expected]
    assert [(v.n, v.date) for v in found[0].versions] == [(1, dates[0]), (2, dates[1])]


@pytest.mark.parametrize(
    ("why", "question", "one", "other"),
    [
        (
            "a rounding",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 11,6 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable un peu moins de 12 millions d’euros.",
        ),
        (
            "a rounding without a word for it",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13,4 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
        ),
        (
            "other parts of the town",
            INHABITANTS,
            "Le quartier de Vannes nommé Kercado compte 5 000 habitants dans la ville.",
            "Le quartier de Vannes nommé Ménimur compte 6 500 habitants dans la ville.",
        ),
        (
            "nobody is named in the question",
            "Combien d’habitants compte la ville ?",
            "La ville de Vannes compte 53 000 habitants.",
            "La ville compte 61 000 habitants.",
        ),
        (
            "the same figure",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 135 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable environ 135 millions d’euros.",
        ),
        (
            "another currency",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable 15 millions de dollars.",
        ),
        (
            "a limit",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable jusqu’à 15 millions d’euros.",
        ),
        (
            "another owner",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Lorient a payé la tour du Connétable 15 millions d’euros.",
        ),
        (
            "another time",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants en 2017.",
            "La ville de Vannes compte 56 000 habitants en 2024.",
        ),
        (
            "another thing",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "À Vannes, 12 000 habitants ont plus de soixante ans et touchent une pension.",
        ),
        (
            "one part of it",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "La ville de Vannes compte 9 000 habitants étrangers.",
        ),
        (
            "some of it, told first",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "Chez les étudiants, la ville de Vannes compte 9 000 habitants.",
        ),
        (
            "another thing in the place of that of the question",
            "Combien a coûté la rénovation du théâtre de Quimper ?",
            "La rénovation du théâtre de Quimper a coûté 12 millions d’euros.",
            "La rénovation de la cathédrale de Quimper a coûté 5 millions d’euros.",
        ),
        (
            "what is planned",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes payera la tour du Connétable 15 millions d’euros.",
        ),
        (
            "one month of the year",
            "Combien de visiteurs le musée Calvet a-t-il accueillis en 2023 ?",
            "En 2023, le musée Calvet a accueilli 90 000 visiteurs.",
            "Le musée Calvet a accueilli 12 000 visiteurs en juillet 2023.",
        ),
        (
            "a sum of one year",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable 3 millions d’euros en 2019.",
        ),
        (
            "another dimension",
            "Quelle est la longueur du pont de Saint-Nazaire ?",
            "Le pont de Saint-Nazaire mesure 3 356 mètres.",
            "Le pont de Saint-Nazaire mesure 61 mètres de haut.",
        ),
        (
            "another event",
            "Quand le musée Calvet a-t-il été inauguré ?",
            "Le musée Calvet a été inauguré le 3 mai 1835.",
            "Le musée Calvet a été rouvert le 12 juin 1998.",
        ),
        (
            "less precise",
            BATTLE,
            "La bataille de Marignan a eu lieu le 13 septembre 1515.",
            "La bataille de Marignan a eu lieu en septembre 1515.",
        ),
    ],
)
def test_two_figures_that_are_no_disagreement(
    why: str, question: str, one: str, other: str
) -> None:
    assert values(question, (one, "2024-01-05"), (other, "2024-01-20")) == [], why


def test_one_article_does_not_disagree_with_itself() -> None:
    chunk = chunk_article(
        Article(
            id="a.md",
            title="Vannes",
            text="La ville de Vannes compte 53 000 habitants. "
            "Vannes est une ville qui compte 61 000 habitants.",
        )
    )[0]
    evidence = tuple(
        Evidence(
            n, chunk, s.start, s.end, chunk.text[s.start - chunk.start : s.end - chunk.start], 1
        )
        for n, s in enumerate(chunk.sentences, start=1)
    )
    assert find_conflicts(INHABITANTS, evidence) == ()
