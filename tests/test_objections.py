"""What is opposed to an answer is checked, never agreed with."""

from __future__ import annotations

import pytest
from settled import Strict, settle_policy

from rag.french import plain_spaces
from rag.objections import answer_objection, state_claim
from rag.types import Chunk, Evidence

QUESTION = "Combien Microsoft a-t-il investi dans OpenAI ?"
SAID = "Microsoft a investi 13 milliards de dollars dans OpenAI."


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def cite(*texts: str) -> list[Evidence]:
    chunk = Chunk("a#0", "a", "La mise", "2025-10-31", 0, 1, "", ())
    return [Evidence(n, chunk, 0, 1, text, 1.0) for n, text in enumerate(texts, start=1)]


def say(question: str, opposed: str, *texts: str) -> tuple[str, tuple[int, ...]]:
    told = answer_objection(question, opposed, cite(*texts), Strict())
    return (plain_spaces(told.text), told.citations) if told else ("", ())


def test_what_no_evidence_names_is_not_said() -> None:
    expected = f"Les articles ne disent pas « 12 » : « {SAID} »"
    assert say(QUESTION, "12", SAID, "Autre chose.") == (expected, (1,))
    assert say(QUESTION, "Google", SAID)[0].startswith("Les articles ne disent pas « Google »")


def test_what_a_sentence_says_is_confirmed_with_it() -> None:
    assert say(QUESTION, "13 milliards", "Autre chose.", SAID) == (f"Oui : « {SAID} »", (2,))
    assert say("Qui dirige Mistral AI ?", "Arthur Mensch", "Arthur Mensch dirige Mistral AI.")[
        0
    ] == ("Oui : « Arthur Mensch dirige Mistral AI. »")


def test_what_is_named_in_another_matter_is_neither_confirmed_nor_denied() -> None:
    assert say(QUESTION, "12", SAID, "Le panel compte 12 experts.") == ("", ())


@pytest.mark.parametrize(
    ("question", "opposed", "claim"),
    [
        (QUESTION, "12 milliards", "Microsoft a investi dans OpenAI 12 milliards."),
        ("Qui dirige OpenAI ?", "Elon Musk", "Elon Musk dirige OpenAI."),
        ("Quelle est la capitale du Pérou ?", "Cuzco", "La capitale du Pérou est Cuzco."),
        ("Quand le pont a-t-il été fini ?", "2012", "Le pont a été fini en 2012."),
        ("Le tram est-il gratuit ?", "45 euros", ""),
    ],
)
def test_a_claim_is_stated_where_one_can_be(question: str, opposed: str, claim: str) -> None:
    assert state_claim(question, opposed) == claim
