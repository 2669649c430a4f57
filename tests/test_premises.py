"""What a question takes for granted, and whether the passages tell it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from rag import premises
from rag.french import plain_spaces
from rag.premises import find_premise, is_told, tell_premise
from rag.readers import read_corpus
from rag.types import Chunk, Evidence

ROOT = Path(__file__).resolve().parent.parent


def make_evidence(n: int, text: str) -> Evidence:
    return Evidence(n, Chunk("a#1", "a", "", "", 0, len(text), text, ()), 0, len(text), text, 1.0)


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "la Fnac a racheté Darty"),
        ("En quelle année Google a-t-il créé Anthropic ?", "Google a créé Anthropic"),
        ("À qui Renault a-t-il vendu Dacia ?", "Renault a vendu Dacia"),
        (
            "Que fait le maire depuis que Lyon a interdit les péages de Vinci ?",
            "Lyon a interdit les péages de Vinci",
        ),
        ("Combien la Fnac a-t-elle payé pour racheter Darty ?", "la Fnac a racheté Darty"),
        ("Renault a vendu Dacia pour combien ?", "Renault a vendu Dacia"),
        ("Quand Jeanne quitte-t-elle Brest ?", "Jeanne quitte Brest"),
        ("En quelle année Darty a-t-il été fondé ?", "Darty a été fondé"),
        ("Pourquoi Jeanne est-elle partie de Brest ?", "Jeanne est partie de Brest"),
        (
            "Qui décide depuis que Vinci est devenu l’actionnaire majoritaire d’Eiffage ?",
            "Vinci est devenu l'actionnaire majoritaire d'Eiffage",
        ),
        (
            "Comment Vinci a-t-il pris le contrôle d’Eiffage en 2019 ?",
            "Vinci a pris le contrôle d'Eiffage en 2019",
        ),
    ],
)
def test_the_event_that_a_question_takes_for_granted(question: str, claim: str) -> None:
    premise = find_premise(question)
    assert premise is not None and premise.claim == claim


@pytest.mark.parametrize(
    "question",
    [
        "Qui a racheté Darty ?",
        "La Fnac a-t-elle racheté Darty ?",
        "Combien pèse Microsoft chez OpenAI ?",
        "Quel jour eut lieu l’attaque de Brest contre Quimper ?",
        "Quelle est la chanson la plus vendue de Brest ?",
        "Pourquoi Darty n’a-t-il pas racheté la Fnac ?",
        "Pourquoi Darty a-t-il été racheté par la Fnac ?",
        "Combien de membres ChatGPT revendique-t-il ?",
        "Que vaut la Fnac ?",
        "Où se situe la boutique créée par Darty ?",
        "Quand Anne revient-elle dans la ville qu’elle avait quittée pour Brest ?",
        "Pourquoi les régimes ont-ils créé des costumes nationaux ?",
        "",
    ],
)
def test_nothing_is_taken_for_granted_or_nothing_can_be_judged(question: str) -> None:
    assert find_premise(question) is None


@pytest.mark.parametrize(
    ("question", "passage", "told"),
    [
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac a acquis Darty en 2016.", True),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "Darty, que la Fnac a racheté.", True),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac aime Darty. Elle l’achète.", True),
        (
            "Quand la Fnac a-t-elle fusionné avec Darty ?",
            "Le groupe a grandi. En 2016, la Fnac a fusionné avec Darty.",
            True,
        ),
        ("Quand la Fnac a-t-elle fusionné avec Darty ?", "La fusion de la Fnac et de Darty.", True),
        ("Pourquoi Jeanne a-t-elle quitté Darty ?", "Darty après le départ de Jeanne.", True),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac rachèterait Darty en mai.", False),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac aurait racheté Darty.", True),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "Le rachat de Darty par la Fnac.", True),
        (
            "Pourquoi la Fnac a-t-elle racheté Darty ?",
            "Le rachat de Darty par la Fnac irriterait les salariés.",
            False,
        ),
        (
            "Quand Jeanne quitte-t-elle Brest ?",
            "Jeanne est reine. La jeune femme quitte Brest le 9 août.",
            True,
        ),
        ("Comment Vinci a-t-il pris le contrôle d’Eiffage ?", "Vinci contrôle Eiffage.", True),
        (
            "Comment Vinci a-t-il pris le contrôle d’Eiffage ?",
            "Vinci contrôle 9 % d’Eiffage.",
            False,
        ),
        (
            "Comment Vinci a-t-il pris le contrôle d’Eiffage ?",
            "Vinci contrôle-t-il Eiffage ?",
            False,
        ),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "Darty, racheté par Ikea à la Fnac.", False),
        ("En quelle année Darty a-t-il été créé ?", "La création de Darty date de 1957.", True),
        ("En quelle année Darty a-t-il été créé ?", "La Fnac a été créée en 1954.", False),
        ("Combien Darty a-t-il investi dans la Fnac ?", "La Fnac investit dans Darty.", False),
        ("Quand Jeanne quitte-t-elle Brest ?", "Jeanne salua Anne de Foix et quitta Brest.", True),
        ("Quand Anne quitte-t-elle Brest ?", "Jeanne salua Anne de Foix et quitta Brest.", False),
        ("Pourquoi Darty a-t-il quitté Jeanne ?", "Darty après le départ de Jeanne.", False),
        (
            "Pourquoi Jeanne a-t-elle quitté Darty ?",
            "D’anciens cadres de Darty, dont Jeanne.",
            True,
        ),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac détient 5 % de Darty.", False),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "Darty a racheté la Fnac.", False),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac n’a pas racheté Darty.", False),
        ("Pourquoi la Fnac a-t-elle racheté Darty ?", "La Fnac a racheté Nature.", False),
        ("Pourquoi Paul a-t-il quitté la Fnac ?", "Paul démissionne de la Fnac.", True),
        ("Pourquoi Paul a-t-il quitté la Fnac ?", "Paul est entré à la Fnac.", False),
        ("Pourquoi Lyon a-t-elle interdit Uber ?", "Lyon a jugé Uber utile.", False),
        ("Pourquoi Lyon a-t-elle interdit Uber ?", "Uber est interdit par Lyon.", True),
        ("Pourquoi Lyon a-t-elle interdit Uber ?", "Lyon pourrait bien interdire Uber.", False),
        ("Pourquoi Apple a-t-il racheté Darty ?", "Apple voulait racheter Darty.", False),
        ("En quelle année Google a-t-il créé Meta ?", "Google a investi. Paul a créé Meta.", False),
    ],
)
def test_whether_the_passages_tell_it(question: str, passage: str, told: bool) -> None:
    premise = find_premise(question)
    assert premise is not None
    assert is_told(premise, [("", passage)]) is told


@pytest.fixture(scope="module")
def corpus() -> list[tuple[str, str]]:
    """Titles and texts of the demo articles."""
    return [(article.title, article.text) for article in read_corpus(ROOT / "corpus").articles]


def test_what_the_demo_corpus_tells_is_never_denied(
    corpus: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Eighty questions read the same articles.
    read = premises._read
    monkeypatch.setattr(premises, "_read", cache(lambda title, text: tuple(read(title, text))))
    lines = (ROOT / "tests/evaluation/premises.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    denied = {
        question["id"]
        for question in questions
        if (premise := find_premise(question["question"])) and not is_told(premise, corpus)
    }
    assert not denied & {question["id"] for question in questions if question["told"]}
    # Written without a look at the rules, which looked at them since: at first sight 16 of 40.
    assert len(denied) >= 30, sorted(denied)


def test_the_correction_quotes_the_sentence_that_names_both() -> None:
    premise = find_premise("Pourquoi Apple a-t-il racheté Darty ?")
    assert premise is not None
    sentence = tell_premise(
        premise,
        [make_evidence(1, "Darty vend."), make_evidence(2, "Apple détient 5 % de Darty.")],
    )
    assert plain_spaces(sentence.text) == (
        "Les articles ne disent pas qu’Apple a racheté Darty ; "
        "ils disent : « Apple détient 5 % de Darty »."
    )
    assert sentence.citations == (2,) and sentence.support == "supported"


@pytest.mark.parametrize(
    ("question", "neutral"),
    [
        (
            "Pourquoi Apple a-t-il racheté Darty ?",
            "Quelle part du capital de Darty Apple détient-il ?",
        ),
        ("En quelle année Orange a-t-il fondé Deezer ?", "Qui a fondé Deezer ?"),
        ("Que fait-on depuis que le maire a interdit les péages de Vinci ?", ""),
    ],
)
def test_the_question_to_ask_instead(question: str, neutral: str) -> None:
    premise = find_premise(question)
    assert premise is not None and premise.neutral == neutral


def test_who_does_not_tell_is_named() -> None:
    question = "Pourquoi Apple a-t-il racheté Darty ?"
    premise = find_premise(question)
    assert premise is not None
    evidence = [make_evidence(1, "La Fnac a racheté Darty en 2016.")]
    told = tell_premise(premise, evidence, "Les articles choisis").text
    assert plain_spaces(told).startswith("Les articles choisis ne disent pas qu’Apple a racheté")
