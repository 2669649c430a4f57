"""The forms of a page: what is filled in is text, what asks is none."""

from __future__ import annotations

import pytest
from lxml import html

from rag.readers.fields import write_forms
from rag.readers.markup import write_text


def write(form: str) -> str:
    body = html.document_fromstring(f"<form>{form}</form>").body
    write_forms(body)
    return write_text(body) if body.find(".//form") is None else ""


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "<label>Club <input value='Rex'></label><label for=m>Montant :</label>"
            "<input id=m value='7 450 euros'><p>Suite</p>",
            "Club : Rex\n\nMontant : 7 450 euros\n\nSuite",
        ),
        (
            "<p>Nom : <input value='Roy'></p><p>Seul : <input type=radio> oui "
            "<input type=radio checked> non</p>",
            "Nom : Roy\n\nSeul : non (coché) ; oui (non coché)",
        ),
        (
            "<p>Nom <input value='Roy'><input type=hidden value=secret></p><p>Canton "
            "<select><option>Brel<option selected>Cosne</select></p>"
            "<p>Motif <textarea>Achat\nde buts</textarea></p>",
            "Nom : Roy\n\nCanton : Cosne\n\nMotif : Achat de buts",
        ),
        # What asks: empty, a search, an account, a box ticked beforehand.
        ("<p>Nom <input></p><p>Âge <input></p>", ""),
        ("<input type=search value=Rex><input type=checkbox checked> Archives", ""),
        ("<input value=roy><input type=password><input type=checkbox checked>", ""),
        ("<input type=email><input type=checkbox checked> J’accepte", ""),
    ],
)
def test_a_form_is_text_once_filled_in(form: str, expected: str) -> None:
    assert write(form) == expected
