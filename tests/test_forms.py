"""The form that a question asks for, told by its own words and measured on what people wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from rag.errors import ModelCorrupt, ModelMissing
from rag.forms import find_form, load_weights
from rag.matter import part_of
from rag.types import Form

DOSSIERS = Path(__file__).resolve().parent / "evaluation" / "dossiers"


def read_lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (DOSSIERS / name).read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Combien de lits compte l’hôpital de Brest ?", "fact"),
        ("À qui la ville a-t-elle vendu le port ?", "fact"),
        ("Quelle est la hauteur du pont ?", "fact"),
        ("La mairie a-t-elle signé le bail ?", "yesno"),
        ("Est-ce que la mairie a signé le bail ?", "yesno"),
        ("Est-ce qu’il pleut à Brest ?", "yesno"),
        ("Et peut-on visiter le phare ?", "yesno"),
        ("Pourquoi le pont ferme-t-il ?", "reason"),
        ("Qu’est-ce qui explique la fermeture du pont ?", "reason"),
        ("Pour quelles raisons le pont ferme-t-il ?", "reason"),
        ("Qu’est-ce qu’un bail emphytéotique ?", "definition"),
        ("C’est quoi, une servitude ?", "definition"),
        ("Que signifie « emphytéotique » ?", "definition"),
        ("Quelles pièces faut-il joindre au dossier ?", "list"),
        ("Cite les communes concernées", "list"),
        ("Qui paie quoi dans la rénovation de la piscine ?", "list"),
        ("Comment renouveler son passeport ?", "steps"),
        ("Que faire après un cambriolage ?", "steps"),
        ("Quelles sont les étapes de l’inscription ?", "steps"),
        ("Comment la ville va-t-elle rembourser ?", "reason"),
        ("Compare Nantes et Brest", "comparison"),
        ("Quelle comparaison fait-on entre les deux offres ?", "comparison"),
        ("Quelle différence entre un bail et un prêt ?", "comparison"),
        ("Nantes vs Brest", "comparison"),
        ("Quels sont les avantages et les inconvénients du tram ?", "comparison"),
        ("Retrace l’histoire du port", "chronology"),
        ("Que s’est-il passé à la raffinerie ?", "chronology"),
        ("Quelles sont les dates clés du chantier ?", "chronology"),
        ("Historique du semi-marathon", "chronology"),
        ("Le port de Brest : historique", "chronology"),
        ("Quel est l’historique du port ?", "chronology"),
        ("Résume l’affaire du port", "summary"),
        ("Que faut-il retenir du procès ?", "summary"),
        ("Parle-moi de la piscine", "summary"),
        ("Présentez-nous le projet", "summary"),
        ("Où en est le chantier ?", "summary"),
        ("Quels articles parlent de la grève ?", "exhaustive"),
        ("Dans quels articles Airbus est-il cité ?", "exhaustive"),
        ("Dans combien d’articles parle-t-on d’Airbus ?", "exhaustive"),
        ("Tous les articles sur la grève", "exhaustive"),
        ("Quels documents mentionnent la grève ?", "exhaustive"),
        ("Peux-tu recenser ce qui fut écrit ?", "exhaustive"),
        ("Recensez-moi les avis", "exhaustive"),
        ("Combien de fois le maire est-il cité ?", "exhaustive"),
    ],
)
def test_the_words_that_ask_tell_the_form(question: str, form: Form) -> None:
    assert find_form(question) == form


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("RÉSUME L’AFFAIRE DU PORT", "summary"),
        ("resume l'affaire du port", "summary"),
        ("Qu'est-ce qui explique la fermeture ?", "reason"),
        ("Qu’est-ce qui explique la fermeture\u202f?", "reason"),
        ("Marche\u00a0à\u00a0suivre pour voter\u00a0?", "steps"),
        ("Compare\u0301 a\u0300 l’avion, le train\u202f?", "comparison"),
        ("  « Est-ce que la mairie a signé ? »  ", "yesno"),
        ("Que signi\u00adfie ce mot ?", "definition"),
    ],
)
def test_case_accents_and_typography_do_not_matter(question: str, form: Form) -> None:
    assert find_form(question) == form


@pytest.mark.parametrize(
    ("question", "form"),
    [
        # The list of the articles comes first, however it is worded.
        ("Résume tous les articles sur la grève", "exhaustive"),
        ("Résume les étapes de l’inscription", "summary"),
        ("Quelle est la différence entre les deux procédures ?", "comparison"),
        ("Pourquoi est-ce que le pont ferme ?", "reason"),
        ("Quelles sont les raisons et pourquoi maintenant ?", "reason"),
    ],
)
def test_of_two_forms_the_one_that_asks_more_is_taken(question: str, form: Form) -> None:
    assert find_form(question) == form


@pytest.mark.parametrize(
    "question",
    [
        "Quand est-ce que la piscine ouvre ?",
        "Où est-ce que le maire habite ?",
        "À quelle heure est-ce que la piscine ouvre ?",
        "Combien est-ce que le pont a coûté ?",
        "Qu’est-ce que le maire a décidé ?",
        "Qui la mairie a-t-elle nommé ?",
        "Où le maire habite-t-il ?",
    ],
)
def test_a_question_word_asks_for_more_than_yes_or_no(question: str) -> None:
    assert find_form(question) == "fact"


@pytest.mark.parametrize(
    "question",
    [
        "Je sais que le pont ferme, mais est-ce qu’il rouvrira ?",
    ],
)
def test_a_question_word_of_another_clause_asks_for_nothing(question: str) -> None:
    assert find_form(question) == "yesno"


@pytest.mark.parametrize(
    "question",
    [
        "Qui a signé l’accord historique sur le climat ?",
        "Quand le prévenu comparaît-il devant le tribunal ?",
        "Qui juge les prévenus en comparution immédiate ?",
        "Combien de loups l’Office a-t-il recensés ?",
        "Combien d’habitants la commune recense-t-elle ?",
        "Dis-moi où est la gare",
        "Que contient l’article 5 du traité ?",
        "Combien d’articles compte la loi ?",
    ],
)
def test_a_word_of_the_subject_asks_for_no_form(question: str) -> None:
    assert find_form(question) == "fact"


@pytest.mark.parametrize("question", ["", " ", "\n\t", "…", "\u200b", "[1] <b> \\ (", "é"])
def test_what_asks_nothing_is_a_fact(question: str) -> None:
    assert find_form(question) == "fact"


@pytest.mark.parametrize(
    "piece",
    ["les articles ", "quand est-ce que ", "combien de fois ", "avantages ", "qui a-t-il, ", "é"],
)
def test_the_longest_text_that_can_be_typed_is_read(piece: str) -> None:
    assert find_form((piece * 2000)[:2000]) in get_args(Form)


# ---------------------------------------------------------------------------- what people wrote


def test_every_line_names_a_form_and_its_question() -> None:
    lines = list(read_lines("forms.jsonl"))
    assert {line["form"] for line in lines} <= set(get_args(Form))
    assert all(line["q"].strip() and line["from"] for line in lines)
    assert {part_of(line["from"]) for line in lines} == {"train", "dev", "test"}


@pytest.mark.parametrize(
    ("form", "least"),
    [
        ("chronology", 0.85),
        ("comparison", 0.8),
        ("exhaustive", 0.85),
        ("steps", 0.85),
        ("summary", 0.8),
    ],
)
def test_a_form_is_seldom_taken_for_another(form: Form, least: float) -> None:
    # Of the part that the words were not written from.
    held_out = [line for line in read_lines("forms.jsonl") if part_of(line["from"]) == "test"]
    taken = [line["form"] for line in held_out if find_form(line["q"]) == form]
    assert len(taken) >= 3
    assert taken.count(form) / len(taken) >= least


def test_questions_of_a_fact_are_seldom_laid_out_otherwise() -> None:
    asked = [
        question["q"]
        for name in ("dossiers.jsonl", "dossiers-more.jsonl")
        for dossier in read_lines(name)
        for question in dossier["questions"]
        if question["kind"] in ("who", "when", "number", "money")
    ]
    large = ("chronology", "comparison", "exhaustive", "summary")
    wrong = [question for question in asked if find_form(question) in large]
    assert len(asked) > 200
    assert len(wrong) / len(asked) < 0.06, wrong


def test_missing_or_damaged_weights_are_told_in_french(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="forms.json"):
        load_weights(tmp_path / "forms.json")
    (tmp_path / "damaged.json").write_text('{"forms": []}', encoding="utf-8")
    with pytest.raises(ModelCorrupt, match="damaged.json"):
        load_weights(tmp_path / "damaged.json")
