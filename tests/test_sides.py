"""The sides, the criteria and the rest of a comparison, read in its words."""

from __future__ import annotations

import pytest

from rag.sides import Comparison, find_comparison


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Comparez Nantes et Brest", ("Nantes", "Brest")),
        ("Compare-moi Nantes et Brest !", ("Nantes", "Brest")),
        ("Comparaison entre Nantes et Brest", ("Nantes", "Brest")),
        ("Quelle est la différence entre un bail et un prêt ?", ("bail", "prêt")),
        ("Quelle différence y a-t-il entre le SMIC et le RSA ?", ("SMIC", "RSA")),
        ("Quels sont les points communs entre Airbus et Boeing ?", ("Airbus", "Boeing")),
        ("Qu’est-ce qui distingue Nantes de Brest ?", ("Nantes", "Brest")),
        ("Qu’est-ce qui distingue le bail du prêt ?", ("bail", "prêt")),
        ("Qu’est-ce qui oppose le maire et le préfet ?", ("maire", "préfet")),
        ("Les avantages et inconvénients du train par rapport à l’avion", ("train", "avion")),
        ("Comparez le train face à l’avion", ("train", "avion")),
        ("Comparez le train avec celui de Brest", ("train", "train de Brest")),
        ("Faut-il choisir le train plutôt que l’avion ?", ("train", "avion")),
        ("Faut-il choisir Nantes ou Brest ?", ("Nantes", "Brest")),
        ("Comparez Nantes vs. Brest", ("Nantes", "Brest")),
        ("Comparez Nantes versus Brest", ("Nantes", "Brest")),
        ("Différences entre la loi de 2019 et celle de 2023", ("loi de 2019", "loi de 2023")),
        ("Train ou avion : qu’est-ce qui les distingue ?", ("Train", "avion")),
        ("train ou avion c’est quoi la difference", ("train", "avion")),
        ("J’hésite entre le train et l’avion", ("train", "avion")),
        ("En quoi le train diffère-t-il de l’avion ?", ("train", "avion")),
        ("En quoi le train et l’avion diffèrent-ils ?", ("train", "avion")),
        ("Qu’est-ce que le train a de plus que l’avion ?", ("train", "avion")),
        ("Que change le train par rapport à l’avion ?", ("train", "avion")),
        ("Un adulte ou un élève, quelle différence ?", ("adulte", "élève")),
        ("Quelle différence entre un adulte et des élèves ?", ("adulte", "élèves")),
        (
            "Qu’est-ce qui distingue un prêt de la ville d’un prêt de la région ?",
            ("prêt de la ville", "prêt de la région"),
        ),
        (
            "Compare le tarif pour les adultes et le tarif pour les élèves",
            ("tarif pour les adultes", "tarif pour les élèves"),
        ),
    ],
)
def test_two_sides_are_told_apart(question: str, sides: tuple[str, ...]) -> None:
    assert find_comparison(question) == Comparison(sides)


@pytest.mark.parametrize(
    ("question", "criteria"),
    [
        ("Compare Nantes et Brest : loyers, transports", ("loyers", "transports")),
        (
            "Compare Nantes et Brest : loyers ; transports et emploi",
            ("loyers", "transports", "emploi"),
        ),
        ("Compare Nantes et Brest sur le plan des loyers", ("loyers",)),
        ("Compare Nantes et Brest en matière de loyers et d’emploi", ("loyers", "emploi")),
        ("Compare Nantes et Brest du point de vue du loyer", ("loyer",)),
        ("Compare Nantes et Brest selon le loyer, le transport", ("loyer", "transport")),
        ("Compare Nantes et Brest, côté loyers", ("loyers",)),
        ("Compare Nantes et Brest quant aux loyers", ("loyers",)),
        ("Compare Nantes et Brest : loyers selon l’âge", ("loyers selon l'âge",)),
        # With criteria, no word need say that something is compared.
        ("Nantes et Brest : loyers", ("loyers",)),
        ("Nantes ou Brest : loyers", ("loyers",)),
        (
            "Nantes ou Brest : compare les loyers, ce que l’on paie et les taxes et impôts",
            ("loyers", "ce que l'on paie", "taxes et impôts"),
        ),
        (
            "Nantes ou Brest : quelles différences de loyer, de climat et d’emploi ?",
            ("loyer", "climat", "emploi"),
        ),
        ("Entre Nantes et Brest, qu’est-ce qui change (loyers, emploi) ?", ("loyers", "emploi")),
        (
            "Nantes et Brest : qu’est-ce qui diffère pour le loyer et l’emploi trouvé ?",
            ("loyer", "emploi trouvé"),
        ),
        (
            "Nantes ou Brest : laquelle coûte le moins et laquelle est la plus calme ?",
            ("coûte le moins", "plus calme"),
        ),
        ("Nantes et Brest : le loyer et le climat sont-ils les mêmes ?", ("loyer", "climat")),
        ("Nantes ou Brest, différences de loyer ?", ("loyer",)),
        ("Nantes ou Brest : loyers (en euros) et emploi", ("loyers", "emploi")),
        (
            "En quoi Nantes diffère-t-elle de Brest pour les loyers, l’emploi et la mer ?",
            ("loyers", "emploi", "mer"),
        ),
        (
            "Qu’est-ce qui distingue, côté loyers et côté emploi, Nantes de Brest ?",
            ("loyers", "emploi"),
        ),
        (
            "Pour les élèves et pour les parents, qu’est-ce qui change entre Nantes et Brest ?",
            ("élèves", "parents"),
        ),
        ("Compare Nantes et Brest :", ()),
        ("Compare Nantes et Brest : , ;", ()),
    ],
)
def test_the_criteria_are_those_that_are_named(question: str, criteria: tuple[str, ...]) -> None:
    assert find_comparison(question) == Comparison(("Nantes", "Brest"), criteria)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Compare Nantes et Brest pour les étudiants", "pour les étudiants"),
        ("Compare Nantes et Brest, depuis la grève", "depuis la grève"),
        ("Quelle différence entre Nantes et Brest en 2023 ?", "en 2023"),
        ("Compare Nantes et Brest quand il pleut", "quand il pleut"),
        ("Logement : compare Nantes et Brest", "Logement"),
        ("Avec un chien, quelle différence entre Nantes et Brest ?", "Avec un chien"),
        ("Sur le climat, qu’en disent Nantes et Brest ?", "Sur le climat"),
    ],
)
def test_what_is_no_side_is_the_topic(question: str, topic: str) -> None:
    assert find_comparison(question) == Comparison(("Nantes", "Brest"), (), topic)


def test_a_topic_and_criteria_stand_together() -> None:
    found = find_comparison("Compare Nantes et Brest pour les étudiants : loyers, transports")
    assert found == Comparison(("Nantes", "Brest"), ("loyers", "transports"), "pour les étudiants")


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Compare la halle de Nantes et celle de Brest", ("halle de Nantes", "halle de Brest")),
        (
            "Compare le rappel des bus lancé en mars et celui d’avril",
            ("rappel des bus lancé en mars", "rappel des bus d'avril"),
        ),
        (
            "Compare la première loi du maire et celle de mai 2025",
            ("première loi du maire", "loi du maire de mai 2025"),
        ),
        (
            "Compare le vote prévu à Nantes et celui qui a eu lieu en 2023",
            ("vote prévu à Nantes", "vote qui a eu lieu en 2023"),
        ),
        (
            "Entre une nuit dans la tour et une au phare, laquelle choisir ?",
            ("nuit dans la tour", "nuit au phare"),
        ),
        (
            "Mine souterraine ou à ciel ouvert, c’est pareil ?",
            ("Mine souterraine", "Mine à ciel ouvert"),
        ),
        ("Carte à puce ou à piste : prix", ("Carte à puce", "Carte à piste")),
        ("prime velo 2024 vs 2026", ("prime velo 2024", "prime velo 2026")),
        ("Permis côtier ou hauturier : prix", ("Permis côtier", "Permis hauturier")),
        ("Compare les crues de 1910 et de 1955 de la Seine", ("crues de 1910", "crues de 1955")),
    ],
)
def test_a_noun_left_unsaid_is_said_again(question: str, sides: tuple[str, ...]) -> None:
    found = find_comparison(question)
    assert found is not None
    assert found.sides == sides


def test_what_several_names_share_is_the_topic() -> None:
    found = find_comparison("Compare les positions de Léa Roux et du collectif Bon Air sur le tram")
    assert found == Comparison(("Léa Roux", "Bon Air"), (), "positions sur le tram")


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Compare Nantes, Brest et Rennes", ("Nantes", "Brest", "Rennes")),
        ("Compare Nantes, Brest, Rennes ou Vannes", ("Nantes", "Brest", "Rennes", "Vannes")),
    ],
)
def test_there_may_be_three_sides_or_four(question: str, sides: tuple[str, ...]) -> None:
    assert find_comparison(question) == Comparison(sides)


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("COMPAREZ NANTES ET BREST", ("NANTES", "BREST")),
        ("Différence entre l'avion et l'auto", ("avion", "auto")),
        ("Différence entre l’avion et l’auto\u202f?", ("avion", "auto")),
        ("Comparez\u00a0Nantes\u00a0et\u00a0Brest", ("Nantes", "Brest")),
        ("Comparez « Le Monde » et « Le Figaro »", ("« Le Monde »", "« Le Figaro »")),
        ("Comparez Saint-Étienne et L’Haÿ-les-Roses", ("Saint-Étienne", "Haÿ-les-Roses")),
        # « et » within a word separates nothing.
        ("Comparez Etretat et Sète", ("Etretat", "Sète")),
    ],
)
def test_typography_hides_no_side(question: str, sides: tuple[str, ...]) -> None:
    assert find_comparison(question) == Comparison(sides)


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ?!. ",
        ":",
        ", et ou",
        "Compare",
        "Compare :",
        "Compare Nantes",
        "Compare Nantes : loyers",
        "Comparaison : loyers, transports",
        "Qui est le maire de Nantes ?",
        "Qui dirige Nantes et Brest ?",
        "Qui dirige Nantes ou Brest ?",
        "Compare les tarifs de la piscine de Nantes",
        "Quels sont les avantages et les inconvénients du train ?",
        "Qu’est-ce qui sépare les deux villes ?",
        # More than four are too many to be set side by side.
        "Compare Nantes, Brest, Rennes, Vannes et Quimper",
    ],
)
def test_a_question_without_two_sides_compares_nothing(question: str) -> None:
    assert find_comparison(question) is None


@pytest.mark.parametrize("piece", ["compare entre ", "Nantes et ", "de l’", "a : ", ",", "((["])
def test_the_longest_text_that_can_be_typed_has_four_sides_at_most(piece: str) -> None:
    found = find_comparison((piece * 2000)[:2000])
    assert found is None or 2 <= len(found.sides) <= 4


def test_a_long_enumeration_names_no_sides() -> None:
    assert find_comparison("Compare " + " et ".join(f"ville{n}" for n in range(300))) is None
