"""The lists of an article: what announces each, its items, and the headings."""

from __future__ import annotations

import time

import pytest

from rag.enumerations import Enumeration, find_enumerations, find_heading
from rag.types import Span


def tell(text: str) -> list[tuple[str, list[str]]]:
    """Tell each list by the words that announce it, "" for none, and its items."""
    return [
        (
            text[found.lead.start : found.lead.end] if found.lead else "",
            [text[item.start : item.end] for item in found.items],
        )
        for found in find_enumerations(text)
    ]


# ------------------------------------------------------------------------------------ the items


@pytest.mark.parametrize("mark", ["-", "*", "•", "–", "—", "+", "1.", "2)", "12."])
@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\t", "   "])
def test_every_sign_and_number_opens_an_item(mark: str, space: str) -> None:
    items = [f"{mark}{space}une carte d’identité ;", f"{mark}{space}un chèque."]
    assert tell(f"Il faut :\n{items[0]}\n{items[1]}\n") == [("Il faut :", items)]


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("1. Rincez.\n2. Séchez.", True),
        ("1) Rincez.\n2) Séchez.", True),
        ("9. Rincez.\n10) Séchez.", True),
        ("- Rincez.\n- Séchez.", False),
        ("1. Rincez.\n- Séchez.", False),
        ("- Rincez.\n2. Séchez.", False),
    ],
)
def test_a_list_is_ordered_when_all_its_items_are_numbered(text: str, ordered: bool) -> None:
    (found,) = find_enumerations(text)
    assert found.ordered is ordered and len(found.items) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n\u00a0\n",
        "La mairie ouvre à neuf heures.\nElle ferme à midi.",
        "Il faut :\n- une carte d’identité.\n\nLe bureau ouvre lundi.",
        "-5 °C lundi\n-6 °C mardi",
        "2024. Le pont ouvre.\n2025. Le pont ferme.",
        "123. Rincez.\n124. Séchez.",
        "a. Rincez.\nb. Séchez.",
        "1.5 million\n2.5 millions",
        "-\n-\n",
        "- \n- \n",
        "---\n\n---",
        "* * *\n\n* * *",
        "- - -\n- - -\n",
        "**Rincez** la plaie.\n**Séchez** la plaie.",
        "| - Rincez | 1 |\n| - Séchez | 2 |",
        "# 1. Rincez\n# 2. Séchez",
    ],
)
def test_what_is_no_list(text: str) -> None:
    assert find_enumerations(text) == []


def test_a_line_of_signs_ends_a_list_and_is_no_item() -> None:
    text = "* une carte\n* un chèque\n\n* * *\n\nLe bureau ouvre lundi."
    assert tell(text) == [("", ["* une carte", "* un chèque"])]


def test_a_line_right_below_an_item_goes_on_with_it() -> None:
    items = ["- un acte de francisation\n  du bateau, à demander\nà la douane ;", "- un chèque"]
    assert tell(f"Il faut :\n{items[0]}  \n{items[1]}") == [("Il faut :", items)]


@pytest.mark.parametrize("below", ["# Les horaires", "| Lundi | 9 h |", "> Venez tôt."])
def test_a_heading_a_row_or_a_quotation_below_an_item_is_no_part_of_it(below: str) -> None:
    ((_, items),) = tell(f"- une carte\n- un chèque\n{below}\n")
    assert items == ["- une carte", "- un chèque"]


@pytest.mark.parametrize("blank", ["\n", "\n\n", " \n", "\u00a0\n \n"])
def test_blank_lines_part_nothing_when_an_item_follows(blank: str) -> None:
    text = f"Il faut :\n{blank}- une carte\n{blank}- un chèque\n{blank}Le bureau ouvre lundi."
    assert tell(text) == [("Il faut :", ["- une carte", "- un chèque"])]


def test_text_after_a_blank_line_ends_a_list() -> None:
    text = "- une carte\n- un chèque\n\nPour un enfant :\n\n- un livret\n- une photo\n"
    assert tell(text) == [
        ("", ["- une carte", "- un chèque"]),
        ("Pour un enfant :", ["- un livret", "- une photo"]),
    ]


def test_items_stand_where_they_say_without_what_indents_them() -> None:
    text = "Il faut :\n\n   - une carte  \n\t- un chèque\n\u00a0\u00a0- une photo"
    assert tell(text) == [("Il faut :", ["- une carte", "- un chèque", "- une photo"])]


# ----------------------------------------------------------------------------- what announces it


@pytest.mark.parametrize(
    ("before", "lead"),
    [
        ("Il faut :", "Il faut :"),
        ("Il faut\u00a0:", "Il faut\u00a0:"),
        ("Le port est plein. Pour s’inscrire :", "Pour s’inscrire :"),
        ("Le port est plein.\nPour s’inscrire :", "Pour s’inscrire :"),
        ("# Le port\n\nPour s’inscrire :", "Pour s’inscrire :"),
        ("Le port est plein.\n\n## Les pièces", "## Les pièces"),
        ("Le port est plein.\n\nLes pièces à fournir", "Les pièces à fournir"),
        ("**Les pièces :**", "**Les pièces :**"),
        ("Le port est plein.", ""),
        ("Pour s’inscrire, il faut cinq pièces. Les voici.", ""),
        ("Que faut-il fournir ?", ""),
        ("", ""),
    ],
)
def test_what_announces_a_list_is_its_heading_or_ends_with_a_colon(before: str, lead: str) -> None:
    ((found, items),) = tell(f"{before}\n- une carte\n- un chèque")
    assert found == lead and len(items) == 2


def test_a_sentence_over_two_lines_announces_whole() -> None:
    text = "Le port est plein. Pour s’inscrire, il faut\napporter :\n- une carte\n- un chèque"
    assert [lead for lead, _ in tell(text)] == ["Pour s’inscrire, il faut\napporter :"]


def test_what_announced_one_list_announces_no_other() -> None:
    text = "Il faut :\n- une carte\n- un chèque\n\nLe port est plein.\n\n- une photo\n- un livret"
    assert [lead for lead, _ in tell(text)] == ["Il faut :", ""]


@pytest.mark.parametrize(
    ("lead", "start"),
    [(Span(3, 9), 3), (None, 10)],
)
def test_a_list_goes_from_what_announces_it_to_its_last_item(lead: Span | None, start: int) -> None:
    found = Enumeration(lead, (Span(10, 20), Span(21, 30), Span(35, 40)), False)
    assert found.span == Span(start, 40)


# ------------------------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    "text",
    [
        "- mot\n" * 20_000,
        "- mot\nsuite\n" * 10_000,
        "Il faut :\n" * 20_000 + "- une\n- deux",
        "- " * 50_000,
        "-" + " " * 100_000 + "\n- mot",
        " " * 100_000 + "- mot\n" + " " * 100_000 + "- mot",
        "1." * 50_000,
        "Il faut " * 20_000 + ":\n- une\n- deux",
        "- \ud800\n- \U000e0041\n- \x00",
    ],
    ids=["items", "below", "leads", "signs", "spaces", "indent", "numbers", "long", "odd"],
)
def test_any_text_is_read_at_once_and_its_lists_are_in_order(text: str) -> None:
    started = time.monotonic()
    found = find_enumerations(text)
    assert time.monotonic() - started < 5
    spans = [span for of in found for span in ((of.lead,) if of.lead else ()) + of.items]
    for one, other in zip(spans, spans[1:], strict=False):
        assert one.end <= other.start
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(len(of.items) >= 2 for of in found)
    assert all(
        text[s.start : s.end] == text[s.start : s.end].strip() for of in found for s in of.items
    )


def test_no_item_of_a_long_list_is_lost() -> None:
    items = [f"- la pièce numéro {n}" for n in range(3000)]
    assert tell("Il faut :\n" + "\n".join(items)) == [("Il faut :", items)]


# ------------------------------------------------------------------------------------- headings

SECTIONS = """Le port ouvre.

# Le port
Il est plein.
##\u00a0Les pièces\u202f
Il en faut cinq.
#rien
####### trop bas
Le bureau est fermé.
###### Les heures # du bureau
À neuf heures.
"""


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        ("Le port ouvre", ""),
        ("# Le port", ""),
        ("Il est plein", "Le port"),
        ("Il en faut", "Les pièces"),
        ("Le bureau est fermé", "Les pièces"),
        ("À neuf heures", "Les heures # du bureau"),
    ],
)
def test_a_place_is_in_the_section_of_the_last_heading_before_it(place: str, heading: str) -> None:
    assert find_heading(SECTIONS, SECTIONS.index(place)) == heading


def test_the_end_of_a_text_is_in_its_last_section() -> None:
    assert find_heading(SECTIONS, len(SECTIONS)) == "Les heures # du bureau"
    assert find_heading("", 0) == ""
