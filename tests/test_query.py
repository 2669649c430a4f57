"""Follow-ups stand alone after understanding; new subjects are left as they are."""

from __future__ import annotations

import pytest

from rag.query import understand
from rag.types import Turn

INVESTED = "Combien Microsoft a-t-il investi dans OpenAI ?"
LEADS = "Qui dirige OpenAI ?"
LOST = "Combien OpenAI a-t-elle perdu en 2024 ?"


@pytest.mark.parametrize(
    ("before", "asked", "expected"),
    [
        (INVESTED, "Et Google ?", "Combien Google a-t-il investi dans OpenAI ?"),
        (INVESTED, "Et Anthropic ?", "Combien Anthropic a-t-il investi dans OpenAI ?"),
        (INVESTED, "Et dans Anthropic ?", "Combien Microsoft a-t-il investi dans Anthropic ?"),
        (INVESTED, "et  dans Anthropic", "Combien Microsoft a-t-il investi dans Anthropic ?"),
        (INVESTED, "Et en 2019 ?", "Combien Microsoft a-t-il investi dans OpenAI en 2019 ?"),
        (LEADS, "Et Anthropic ?", "Qui dirige Anthropic ?"),
        (
            "Qui dirige le laboratoire de Meta ?",
            "Et qui dirige celui de Microsoft ?",
            "Qui dirige le laboratoire de Microsoft ?",
        ),
        (
            "Quelle est la valorisation d’Anthropic ?",
            "Et celle de Mistral AI ?",
            "Quelle est la valorisation de Mistral AI ?",
        ),
        (LEADS, "Et xAI ?", "Qui dirige xAI ?"),
        (LEADS, "Et Mistral AI ?", "Qui dirige Mistral AI ?"),
        (LEADS, "Et la Fondation ?", "Qui dirige la Fondation ?"),
        (LEADS, "Et Apple ?", "Qui dirige Apple ?"),
        (LEADS, "Et DeepSeek ?", "Qui dirige DeepSeek ?"),
        (LOST, "Et en 2019 ?", "Combien OpenAI a-t-elle perdu en 2019 ?"),
        (LOST, "Et Anthropic en 2025 ?", "Combien Anthropic a-t-elle perdu en 2025 ?"),
        (
            LOST,
            "Et au troisième trimestre 2025 ?",
            "Combien OpenAI a-t-elle perdu au troisième trimestre 2025 ?",
        ),
        (
            "Que détient Microsoft dans OpenAI ?",
            "Et la Fondation ?",
            "Que détient la Fondation dans OpenAI ?",
        ),
        (
            "Combien Microsoft détient-il d’OpenAI ?",
            "Et d’Anthropic ?",
            "Combien Microsoft détient-il d’Anthropic ?",
        ),
    ],
)
def test_a_short_follow_up_takes_its_place_in_the_question_before(
    before: str, asked: str, expected: str
) -> None:
    query = understand(asked, Turn(before, ""))
    assert query.text == expected
    assert query.asked == " ".join(asked.split())
    assert query.rewritten


@pytest.mark.parametrize("asked", ["Pourquoi ?", "Depuis quand ?", "Comment ?", "Et pourquoi ?"])
def test_a_bare_question_word_keeps_the_question_before(asked: str) -> None:
    assert understand(asked, Turn(INVESTED, "")).text == f"{INVESTED} {asked}"


@pytest.mark.parametrize(
    "asked",
    [
        "Et qui la dirige ?",
        "Et qui la finance ?",
        "Où ont-ils signé cet accord ?",
        "Quelle est sa part ?",
        "Que vaut cette entreprise ?",
        "Et quel est le montant, et depuis quand ?",
    ],
)
def test_a_question_that_points_back_says_to_what(asked: str) -> None:
    text = understand(asked, Turn(INVESTED, "")).text
    assert text.startswith(asked) and "OpenAI" in text and "Microsoft" in text


@pytest.mark.parametrize(
    "asked",
    [
        "Comment faire une béchamel ?",
        "Qui dirige Nvidia ?",
        "Quelle est la capitale du Pérou ?",
        "Qu’est-ce que l’AGI ?",
        "Combien Google a-t-il investi dans Anthropic ?",
        "Anthropic est-elle rentable ?",
        "Qui sont les membres du panel d’experts ?",
    ],
)
def test_a_new_subject_is_left_alone(asked: str) -> None:
    query = understand(asked, Turn(INVESTED, ""))
    assert query.text == asked and not query.rewritten


@pytest.mark.parametrize("asked", ["Et Anthropic ?", "Pourquoi ?", "Qui la dirige ?"])
@pytest.mark.parametrize("previous", [None, Turn("", "")])
def test_without_a_turn_before_nothing_changes(asked: str, previous: Turn | None) -> None:
    assert understand(asked, previous).text == asked


def test_spaces_are_tidied() -> None:
    assert understand("  Qui \n dirige\tOpenAI ? ").text == "Qui dirige OpenAI ?"


@pytest.mark.parametrize("asked", ["", " ", "Et", "Et ?", "?", "((((", "Et \\1 ?", "Et a|b* ?"])
def test_nothing_breaks(asked: str) -> None:
    for before in (INVESTED, "?", "((", "Et \\g<0> ?"):
        understand(asked, Turn(before, ""))


def test_a_third_turn_follows_the_second() -> None:
    second = understand("Et dans Anthropic ?", Turn(INVESTED, ""))
    third = understand("Et en 2025 ?", Turn(second.text, ""))
    assert third.text == "Combien Microsoft a-t-il investi dans Anthropic en 2025 ?"
