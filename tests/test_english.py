"""An English question is told from a French one, and rendered word for word."""

from __future__ import annotations

import pytest

from rag.english import is_english
from rag.french import find_answer_type
from rag.typed import write_out


@pytest.mark.parametrize(
    ("typed", "expected", "kind"),
    [
        ("Who controls OpenAI?", "Qui contrôle OpenAI ?", None),
        (
            "How much did Microsoft invest in OpenAI?",
            "Combien Microsoft a investi dans OpenAI ?",
            "quantity",
        ),
        ("What is AGI?", "Qu'est-ce qu'AGI ?", "definition"),
        ("When was the agreement signed?", "Quand l'accord a été signé ?", "date"),
        ("Who founded the hospital?", "Qui a fondé l'hôpital ?", "name"),
        (
            "How many employees does the hospital have?",
            "Combien de salariés l'hôpital a ?",
            "quantity",
        ),
        (
            "Why was Sam Altman fired by the board?",
            "Pourquoi Sam Altman a été renvoyé par le conseil d'administration ?",
            None,
        ),
        (
            "What stake does Microsoft own in OpenAI?",
            "Quelle participation Microsoft détient dans OpenAI ?",
            None,
        ),
        ("In 2019, who owned OpenAI?", "En 2019, qui a détenu OpenAI ?", None),
    ],
)
def test_english_is_rendered_word_for_word(typed: str, expected: str, kind: str | None) -> None:
    rendered = write_out(typed)
    assert rendered == expected
    assert kind is None or find_answer_type(rendered) == kind


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Who controls OpenAI?", True),
        ("Why?", True),
        ("And Google?", True),
        ("How old is the king?", True),
        ("Qui contrôle OpenAI ?", False),
        ("Is it le maire de Brest qui dirige la ville ?", False),
        ("Do", False),
        ("parts microsoft openai", False),
        ("", False),
    ],
)
def test_english_is_recognised(text: str, english: bool) -> None:
    assert is_english(text) is english
