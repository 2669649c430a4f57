"""What is typed about the answer before, or about nothing, is told from new questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.french import fold
from rag.query import follow_history, understand
from rag.replies import read_reply
from rag.types import Turn

STAKE = Turn("Combien Microsoft a-t-il investi dans OpenAI ?", "13 milliards de dollars. [1]")
BORN = Turn("Où est né Jules Verne ?", "Jules Verne est né à Nantes. [1]")
LOSS = Turn("Combien OpenAI a-t-elle perdu en 2023 ?", "540 millions. [1]")
TURNS = Path(__file__).parent / "evaluation" / "turns.jsonl"


def read_turns(half: str) -> list[dict[str, str]]:
    items = map(json.loads, TURNS.read_text(encoding="utf-8").splitlines())
    return [item for item in items if item["id"].startswith(half)]


@pytest.mark.parametrize("item", read_turns("rules"), ids=lambda item: item["asked"])
def test_the_turns_that_rules_were_written_from_are_understood(item: dict[str, str]) -> None:
    query = understand(item["asked"], Turn(item["question"], item["answer"]))
    assert (query.act, query.opposed) == (item["act"], item.get("opposed", ""))
    if "understood" in item:
        assert fold(query.text) == fold(item["understood"])


@pytest.mark.parametrize(
    ("asked", "act"),
    [
        ("trop court", "lengthen"),
        ("pas trop long stp", "shorten"),
        ("je n’ai rien compris", "shorten"),
        ("c’est-à-dire ?", "lengthen"),
        ("Quelle source ?", "lengthen"),
        ("non", "doubt"),
        ("non merci", "thanks"),
        ("c’est très clair", "thanks"),
        ("c’est long", "shorten"),
        ("quoi ?", "shorten"),
        ("tu n’as pas répondu", "lengthen"),
        ("en français puis en anglais", "question"),
        ("la même chose en anglais", "translate"),
        ("réponds en anglais", "translate"),
        ("tu confonds avec Google", "doubt"),
        ("autre question", "thanks"),
        ("tu peux reformuler ?", "shorten"),
        ("fais-moi une liste", "lengthen"),
        ("résume en dix mots", "shorten"),
        ("d’où tu tiens ça ?", "lengthen"),
        ("et en ligne ?", "question"),
        ("Tu confonds pas avec Google ?", "doubt"),
        ("Que peux-tu faire pour moi ?", "help"),
        ("tu fais quoi ?", "help"),
        ("peux-tu m’aider ?", "help"),
        ("qui es tu", "help"),
        ("Super, merci pour ces infos", "thanks"),
        ("je te remercie", "thanks"),
    ],
)
def test_the_sense_of_a_word_depends_on_those_around_it(asked: str, act: str) -> None:
    assert understand(asked, STAKE).act == act


@pytest.mark.parametrize(
    "asked",
    [
        "Résume l’accord entre Microsoft et OpenAI",
        "Explique l’AGI en une phrase",
        "Pourquoi est-ce plus court ?",
        "C’est faux ce que dit Musk sur OpenAI ?",
        "C’est vrai que le tram est gratuit ?",
        "C’est gratuit ?",
        "C’est combien ?",
        "C’est ouvert en août ?",
        "C’est qui, l’avocat de Google ?",
        "Si j’ai 3 actions, je touche combien ?",
        "Et si on ajoute le Bénin ?",
        "Que dit Le Monde ?",
        "Microsoft n’a pas investi dans OpenAI ?",
        "Merci patron, c’est quoi ?",
        "Qui traduit Zola en breton ?",
        "Et pourquoi pas Google ?",
        "Que peut faire GPT-5 ?",
        "Comment marche ChatGPT ?",
    ],
)
def test_a_question_that_only_holds_such_a_word_stays_a_question(asked: str) -> None:
    assert understand(asked, STAKE).act == "question"


@pytest.mark.parametrize("asked", ["plus court", "tu es sûr ?", "pas Nantes, Brest", "développe"])
def test_without_a_turn_before_there_is_nothing_to_reply_to(asked: str) -> None:
    assert read_reply(asked, None) is None
    assert understand(asked).act == "question"


@pytest.mark.parametrize(
    ("turn", "asked", "opposed"),
    [
        (BORN, "non, à Brest", "Brest"),
        (BORN, "je croyais que c'était brest", "brest"),
        (STAKE, "c'était pas 10 milliards ?", "10 milliards"),
        (STAKE, "selon Le Monde, c'est 10 milliards", "10 milliards"),
        (STAKE, "Microsoft n’a pas investi 10 milliards ?", "10 milliards"),
        (STAKE, "non, c'est Google qui a investi", "Google"),
        (STAKE, "13 milliards ? J’avais compris 10 milliards.", "10 milliards"),
        (STAKE, "13 ou 14 milliards ?", "14 milliards"),
        (STAKE, "Ouest-France parle de 12 milliards", "12 milliards"),
    ],
)
def test_what_is_opposed_is_found_bare(turn: Turn, asked: str, opposed: str) -> None:
    query = understand(asked, turn)
    assert (query.act, query.text, query.opposed) == ("doubt", turn.question, opposed)


def test_after_no_a_time_corrects_a_question_that_has_one_and_contests_another() -> None:
    assert understand("non, en 2024", LOSS).text == "Combien OpenAI a-t-elle perdu en 2024 ?"
    assert understand("non, en 2024", STAKE).opposed == "2024"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("pas Microsoft mais Google", "Combien Google a-t-il investi dans OpenAI ?"),
        ("Google plutôt", "Combien Google a-t-il investi dans OpenAI ?"),
        ("je parlais du ministère", "Combien le ministère a-t-il investi dans OpenAI ?"),
    ],
)
def test_a_correction_takes_the_place_of_what_it_corrects(asked: str, expected: str) -> None:
    assert understand(asked, STAKE).text == expected


def test_a_correction_asks_anew() -> None:
    miel = Turn("Quel est le prix de vente du miel ?", "14 euros. [1]")
    asked = "Non, je voulais dire le prix de revient"
    assert understand(asked, miel).text == "Quel est le prix de revient du miel ?"
    asked = "non, je demandais ce que dit Google de l’accord"
    assert understand(asked, STAKE).text == "Qu’est-ce que dit Google de l'accord ?"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Une avance. [1] Puis des actions. [2]", "Puis des actions"),
        ("1. Une avance [1]\n2. Des actions [2]", "Des actions"),
        ("Une avance. [1]", ""),
    ],
)
def test_a_point_of_the_answer_is_asked_for_by_its_rank(answer: str, told: str) -> None:
    query = understand("tu peux préciser le deuxième point ?", Turn(STAKE.question, answer))
    gloss = f" ({told}) ?" if told else " ?"
    assert (query.act, query.text) == ("lengthen", STAKE.question[:-2] + gloss)


def test_more_is_asked_for_on_one_thing() -> None:
    query = understand("plus de détails sur les actions", STAKE)
    assert (query.act, query.text) == ("lengthen", STAKE.question[:-2] + " (les actions) ?")


def test_small_talk_is_not_what_the_next_question_follows() -> None:
    turn = follow_history([STAKE, Turn("merci", ""), Turn("qui es-tu ?", "")])
    assert turn is not None and turn.question == STAKE.question
    assert understand("Et Google ?", turn).text == "Combien Google a-t-il investi dans OpenAI ?"


def test_two_questions_at_once_are_asked_again_as_two() -> None:
    both = Turn("Qui dirige OpenAI ? Combien OpenAI a-t-elle levé en 2025 ?", "")
    assert len(understand("développe", both).parts) == 2


@pytest.mark.parametrize("asked", ["Il est quelle heure ?", "Est-ce qu’il va pleuvoir demain ?"])
def test_an_impersonal_question_inherits_nothing(asked: str) -> None:
    assert not understand(asked, STAKE).rewritten
