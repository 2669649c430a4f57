from __future__ import annotations

import pytest

from rag.readers.checkboxes import write_boxes, write_form


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Sortie seul : ☐ oui ☒ non", "Sortie seul : non (coché) ; oui (non coché)"),
        ("Sortie seul : oui ☐ non ☒", "Sortie seul : non (coché) ; oui (non coché)"),
        ("Sortie seul ☐ oui ☒ non", "Sortie seul : non (coché) ; oui (non coché)"),
        (
            "Sortie seul oui ☐ non ☒ (cocher)",
            "Sortie seul : non (coché) ; oui (non coché) (cocher)",
        ),
        ("Oui ☒ / Non ☐", "Oui (coché) ; Non (non coché)"),
        ("Est-il seul ? ☒ oui ☐ non.", "Est-il seul ? oui (coché) ; non (non coché)"),
        (
            "Seul : ☒ oui ☐ non    Âgé : ☐ oui ☒ non",
            "Seul : oui (coché) ; non (non coché). Âgé : non (coché) ; oui (non coché)",
        ),
        (
            "Seul : oui ☒ non ☐ Âgé : oui ☐ non ☒",
            "Seul : oui (coché) ; non (non coché). Âgé : non (coché) ; oui (non coché)",
        ),
        ("célibataire ☒   marié ☐", "célibataire (coché) ; marié (non coché)"),
        ("☒ célibataire   ☐ marié", "célibataire (coché) ; marié (non coché)"),
        ("Payé par : ■ chèque □ virement", "Payé par : chèque (coché) ; virement (non coché)"),
        ("[x] oui [ ] non", "oui (coché) ; non (non coché)"),
        ("☒ J’accepte.", "J’accepte (coché)"),
        ("Livret de famille ☐", "Livret de famille (non coché)"),
        ("☑", "coché"),
        ("La case ☐ doit être cochée.", "La case (non coché) doit être cochée."),
        ("■ un point d’une liste", "■ un point d’une liste"),
        ("Le texte [ ] est coupé.", "Le texte [ ] est coupé."),
    ],
)
def test_a_line_says_what_is_ticked_and_what_is_not(line: str, expected: str) -> None:
    assert write_boxes(line) == expected


def test_answers_on_lines_of_their_own_join_what_they_answer() -> None:
    assert write_form(["Paiement :", "☐ chèque", "☒ virement", "Merci."]) == [
        "Paiement : virement (coché) ; chèque (non coché)",
        "",
        "",
        "Merci.",
    ]
    assert write_form(["Reçu souhaité", "☒ Oui", "☐ Non"])[0] == (
        "Reçu souhaité : Oui (coché) ; Non (non coché)"
    )
    assert write_form(["Pièces", "☒ livret"]) == ["Pièces", "livret (coché)"]
