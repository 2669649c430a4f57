"""What a question names by a number or a code, and what a text names."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder, FakeReader

from rag.abstention import find_unknown_things
from rag.clock import Clock
from rag.french import plain_spaces
from rag.gathering import Found, gather
from rag.identifiers import find_identifiers, find_label
from rag.index import Index, build_index
from rag.types import Article, Query


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("De combien est la facture n° 4103 ?", ["facture n° 4103"]),
        ("De combien est la facture 4103 ?", ["facture 4103"]),
        ("À qui appartient la parcelle AB 142 ?", ["AB 142"]),
        ("À qui est le véhicule GF-842-KL ?", ["GF-842-KL"]),
        ("De quoi traite l’article R. 421-3 ?", ["R. 421-3"]),
        ("que dit l'article l1237-11", ["l1237-11"]),
        ("Sur quoi porte la loi 2015-925 ?", ["loi 2015-925"]),
        ("Que corrige la version 3.4 du logiciel ?", ["version 3.4"]),
        ("V2 ou V3 : lequel choisir ?", ["V2", "V3"]),
        ("Qu’abrite le numéro 16 de la rue Basse ?", ["numéro 16"]),
    ],
)
def test_what_a_number_or_a_code_names_is_found(question: str, named: list[str]) -> None:
    assert [plain_spaces(i.text) for i in find_identifiers(question)] == named


@pytest.mark.parametrize(
    "question",
    [
        "Que s’est-il passé en mars 2024 ?",
        "Qui a gagné les JO 2024 ?",
        "Combien de personnes étaient là pendant la saison 1932-33 ?",
        "Le budget 2024 a-t-il été voté ?",
        "Le parking compte-t-il 206 places ?",
        "A 65 ans, a-t-on droit à une réduction ?",
        "Que se passe-t-il mardi 12 ?",
        "Le taux dépasse-t-il environ 20 % ?",
        "Où vivent les Eldars dans Warhammer 40,000 ?",
    ],
)
def test_a_date_or_a_quantity_names_nothing(question: str) -> None:
    assert find_identifiers(question) == ()


@pytest.mark.parametrize(
    ("question", "text", "named"),
    [
        ("la facture n° 4103 ?", "La facture 4103 est payée.", True),
        ("la facture n° 4103 ?", "La facture n° 4102 est payée.", False),
        ("la facture n° 4103 ?", "Facture : 4103 ; Montant : 20 €.", True),
        ("la facture n° 4103 ?", "Le pont a rouvert.", None),
        ("la facture n° 4103 ?", "Facture 4103-2.", False),
        ("le lot 5 ?", "Les lots 3, 4 et 5 sont attribués.", True),
        ("le lot 5 ?", "Le lot n° 3 a été attribué pour 5 ans.", False),
        ("le concile Vatican 2 ?", "Vatican II s’ouvre.", True),
        ("l’article 1 ?", "Article 1er. L’objet.", True),
        ("l’article L1237-11 ?", "Art. L. 1237-11. Le contrat.", True),
        ("l’article L1237-11 ?", "Art. L. 1237-12. Le contrat.", False),
        ("le véhicule GF-842-KL ?", "Immatriculé GF-482-KM.", False),
        ("la version 3.4 ?", "La version 3.4.1 corrige.", False),
    ],
)
def test_a_text_names_the_thing_or_another_of_its_kind_or_none(
    question: str, text: str, named: bool | None
) -> None:
    (identifier,) = find_identifiers(question)
    assert identifier.is_in(text) is named


CODE = """## Article 1 – Objet

La commune prête le local à l’association des marins.

## Article 2 – Redevance

L’association des marins verse 2 400 euros par an. Elle paie par trimestre.
"""
REGISTER = "La salle 204 est au club d’échecs. La salle 205 est à la chorale."


@pytest.fixture(scope="module")
def index() -> Index:
    articles = [
        Article(id="convention", title="Convention", text=CODE),
        Article(id="registre", title="Registre", text=REGISTER),
    ]
    return build_index(articles, FakeEncoder, "fake")[0]


def ask(index: Index, question: str) -> Found:
    return gather(index, FakeEncoder(), FakeReader(), Query(question, question), Clock())


def test_what_stands_under_a_label_is_quoted_whole(index: Index) -> None:
    found = ask(index, "Que prévoit l’article 2 de la convention ?")
    assert found.answerable == 1.0
    assert [plain_spaces(item.text) for item in found.evidence] == [
        "L’association des marins verse 2 400 euros par an.",
        "L’association des marins verse 2 400 euros par an. Elle paie par trimestre.",
    ][-len(found.evidence) :]


def test_a_sentence_about_another_of_the_kind_is_no_evidence(index: Index) -> None:
    found = ask(index, "À qui est la salle 205 ?")
    assert all("204" not in item.text for item in found.evidence)
    assert any("chorale" in item.text for item in found.evidence)


def test_what_no_article_names_is_refused_by_its_name(index: Index) -> None:
    found = ask(index, "À qui est la salle 206 ?")
    assert found.answerable == 0 and found.evidence == () and found.hits
    assert find_unknown_things(found.searches[0])[0] == "salle 206"


def test_the_heading_that_numbers_a_place_is_told_when_asked() -> None:
    offset = CODE.index("L’association des marins verse")
    assert find_label("Quel article fixe la redevance ?", CODE, offset) == "Article 2 – Redevance"
    assert find_label("Qui fixe la redevance ?", CODE, offset) == ""
    assert find_label("Quelle annexe fixe la redevance ?", CODE, offset) == ""


def test_what_another_passage_names_is_not_unknown() -> None:
    filler = " ".join(f"Le module {word} est corrigé." for word in ("bleu", "vert", "gris") * 20)
    articles = [
        Article(id=f"v{n}", title="Notes", text=f"La version 3.{n} corrige la paie. {filler}")
        for n in range(14)
    ]
    many = build_index(articles, FakeEncoder, "fake")[0]
    for n in range(14):
        found = ask(many, f"Que corrige la version 3.{n} du logiciel ?")
        assert found.answerable > 0 and f"3.{n} " in found.evidence[0].text
    assert ask(many, "Que corrige la version 3.14 du logiciel ?").answerable == 0


def test_a_label_far_above_a_sentence_of_a_long_article_is_not_looked_for() -> None:
    text = "## Article 2\n\n" + "Rien. " * 5000 + "La redevance est due."
    assert find_label("Quel article fixe la redevance ?", text, len(text) - 5) == ""
