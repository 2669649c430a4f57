"""What is typed in haste, in capitals, or with manners is written out."""

from __future__ import annotations

import pytest

from rag.typed import write_out


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("c koi l agi", "C'est quoi l'agi ?"),
        ("ki dirige openai", "Qui dirige openai ?"),
        ("pk microsoft a investi ds openai", "Pourquoi microsoft a investi dans openai ?"),
        ("combien msft a mis ds openai stp", "Combien msft a mis dans openai ?"),
        ("cb ca coute un passeport", "Combien ça coute un passeport ?"),
        ("kel est le prix du billet svp", "Quel est le prix du billet ?"),
        ("qd ouvre la piscine", "Quand ouvre la piscine ?"),
        ("cmt renouveler sa carte", "Comment renouveler sa carte ?"),
        ("slt c pr kan le bus stp", "C'est pour quand le bus ?"),
        ("ou kon peut refaire sa carte d identité", "Où on peut refaire sa carte d'identité ?"),
        ("keske la taxe fonciere", "Qu'est-ce que la taxe fonciere ?"),
        ("qu est ce que l AGI", "Qu'est-ce que l'AGI ?"),
        ("quand la loi va t elle s appliquer", "Quand la loi va-t-elle s'appliquer ?"),
        ("que fait t'on la nuit", "Que fait-on la nuit ?"),
        ("g besoin de koi pr voter", "J'ai besoin de quoi pour voter"),
    ],
)
def test_text_message_spelling(typed: str, expected: str) -> None:
    assert write_out(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Bonjour, pourriez-vous me dire svp qui dirige OpenAI ? merci", "Qui dirige OpenAI ?"),
        ("Bonsoir quand ouvre la mairie ? Merci d'avance !", "Quand ouvre la mairie ?"),
        ("dis moi quand l'accord a été signé", "Quand l'accord a été signé ?"),
        ("j'aimerais savoir si l'accord est signé", "Est-ce que l'accord est signé ?"),
        ("Peux-tu m'expliquer ce qu'est l'AGI ?", "Qu'est-ce que l'AGI ?"),
        ("Je voudrais savoir ce que prévoit l'accord", "Que prévoit l'accord ?"),
        ("Est-ce que tu sais combien d'habitants a Brest ?", "Combien d'habitants a Brest ?"),
        ("QUI DIRIGE OPENAI ?", "Qui dirige openai ?"),
    ],
)
def test_manners_and_capitals(typed: str, expected: str) -> None:
    assert write_out(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "parts microsoft openai",
        "Qui dirige OpenAI ?",
        "Qui a écrit Merci patron ?",
        "La vitamine C est-elle utile ?",
        "Que fait la SS en 1940 ?",
        "Le DS du Dr. No",
        "Peux-tu m'expliquer l'accord ?",
        "Qu'est-ce que le machine learning ?",
        "bonjour",
        "merci",
        "svp",
        "",
        "?",
    ],
)
def test_what_is_well_typed_stays(typed: str) -> None:
    assert write_out(typed) == typed
