"""Tables of PDF: their rows as sentences, each value named by its column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pdf_pages import FIRST, SECOND, Writer, line, read, split, write

from rag.readers.columns import arrange
from rag.readers.layout import lay_out
from rag.readers.pdfium import Line, Page

STAFF = [
    ("Site", "Agents en 2022", "Agents en 2023"),
    ("Auxerre", "128", "131"),
    ("Nevers", "94", "87"),
]
NAMED = (
    "Site : Auxerre ; Agents en 2022 : 128 ; Agents en 2023 : 131.\n"
    "Site : Nevers ; Agents en 2022 : 94 ; Agents en 2023 : 87."
)
COLUMNS = (72.0, 220.0, 370.0)


def cells(
    rows: Sequence[Sequence[str]], y: float = 700, step: float = 18, bold: int = -1
) -> list[Line]:
    """Place the cells of rows; those of several lines have them between « / »."""
    placed: list[Line] = []
    for number, row in enumerate(rows):
        parts = [cell.split("/") for cell in row]
        for x, lines in zip(COLUMNS, parts, strict=False):
            placed += [
                Line(text, x, x + 5 * len(text), y - 12 * k, 10, bold=number == bold)
                for k, text in enumerate(lines)
                if text
            ]
        y -= step + 12 * (max(map(len, parts)) - 1)
    return placed


def laid(
    pieces: Sequence[Line], *more: Sequence[Line], rules: Sequence[tuple[float, float, float]] = ()
) -> str:
    pages = [Page(tuple(pieces), rules=tuple(rules)), *(Page(tuple(page)) for page in more)]
    return lay_out(arrange(pages))[0]


@pytest.mark.parametrize("by_column", [False, True])
def test_rows_are_sentences_with_the_names_of_the_columns(tmp_path: Path, by_column: bool) -> None:
    def draw(writer: Writer) -> None:
        writer.paragraph(FIRST, 780)
        places = [(r, k) for r in range(3) for k in range(3)]
        for r, k in sorted(places, key=lambda place: place[1]) if by_column else places:
            writer.line(STAFF[r][k], 700 - 18 * r, x=COLUMNS[k])
        writer.paragraph(SECOND, 600)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == f"{FIRST}\n\n{NAMED}\n\n{SECOND}"


def test_cells_of_several_lines_are_whole() -> None:
    table = [
        ("Lot", "Entreprise retenue", "Période"),
        ("Plomberie et chauffage/central", "Société Thermalia, agence/de Thiers", "avril"),
        ("Peinture", "Atelier Verdier, à Ambert", "du 7 au 25 juillet, tous les/jours ouvrés"),
    ]
    assert laid(cells(table, step=20)).split("\n") == [
        "Lot : Plomberie et chauffage central ; Entreprise retenue : Société Thermalia, agence de "
        "Thiers ; Période : avril.",
        "Lot : Peinture ; Entreprise retenue : Atelier Verdier, à Ambert ; Période : du 7 au 25 "
        "juillet, tous les jours ouvrés.",
    ]


TEXT = [("Élu", "Fief", "Emploi"), ("Ali", "Metz", "maire"), ("Eve", "Caen", "élue")]


def test_bold_ink_or_a_rule_below_names_the_columns() -> None:
    named = "Élu : Ali ; Fief : Metz ; Emploi : maire.\nÉlu : Eve ; Fief : Caen ; Emploi : élue."
    assert laid(cells(TEXT)) == "\n".join(" ; ".join(row) + "." for row in TEXT)
    assert laid(cells(TEXT, bold=0)) == named
    assert laid(cells(TEXT), rules=[(70, 420, 695)]) == named


def test_rules_part_rows_that_no_white_parts() -> None:
    table = [
        ("Lot", "Société", "Montant"),
        ("Gros/Œuvre", "Bâti/Nord", "120"),
        ("Bois", "Jouve", "80"),
    ]
    pieces = cells(table, step=12)
    rules = [(70, 420, y) for y in (698, 674)]
    assert laid(pieces, rules=rules).split("\n") == [
        "Lot : Gros Œuvre ; Société : Bâti Nord ; Montant : 120.",
        "Lot : Bois ; Société : Jouve ; Montant : 80.",
    ]


def test_a_first_cell_over_two_rows_is_in_both() -> None:
    pieces = [
        *cells([("Département", "Année", "Logements"), ("", "2022", "610"), ("", "2023", "640")]),
        line("Creuse", 673),
    ]
    assert laid(pieces).split("\n") == [
        "Département : Creuse ; Année : 2022 ; Logements : 610.",
        "Département : Creuse ; Année : 2023 ; Logements : 640.",
    ]


def test_a_head_over_two_columns_names_both() -> None:
    pieces = [Line("Effectifs", 300, 345, 718, 10), Line("Lieu", 72, 92, 718, 10)]
    pieces += cells([("", "2022", "2023"), ("Auxerre", "128", "131"), ("Nevers", "94", "87")])
    pieces[0] = Line("Effectifs", 222, 388, 718, 10)
    assert laid(pieces).split("\n") == [
        "Lieu : Auxerre ; Effectifs 2022 : 128 ; Effectifs 2023 : 131.",
        "Lieu : Nevers ; Effectifs 2022 : 94 ; Effectifs 2023 : 87.",
    ]


def test_heads_in_the_middle_of_two_columns_name_both() -> None:
    below = [("Site", "Agents", "Postes", "Agents", "Postes"), ("Nevers", "87", "12", "91", "9")]
    below.append(("Cosne", "31", "2", "30", "1"))
    pieces = [line("2023", 718, x=200), line("2024", 718, x=360)]
    for number, row in enumerate(below):
        pieces += [
            line(text, 700 - 18 * number, x=72 if not k else 80 + 80 * k + 15 - 2.5 * len(text))
            for k, text in enumerate(row)
        ]
    assert laid(pieces).split("\n") == [
        "Site : Nevers ; 2023 Agents : 87 ; 2023 Postes : 12 ; 2024 Agents : 91 ; 2024 Postes : 9.",
        "Site : Cosne ; 2023 Agents : 31 ; 2023 Postes : 2 ; 2024 Agents : 30 ; 2024 Postes : 1.",
    ]


def test_a_line_alone_names_the_rows_below_it() -> None:
    table = [
        ("Tarif", "Ville", "Dehors"),
        ("Adultes",),
        ("Entrée", "4,20 €", "5,60 €"),
        ("Enfants",),
        ("Entrée", "2,10 €", "3,00 €"),
    ]
    assert laid(cells(table)).split("\n") == [
        "Adultes ; Tarif : Entrée ; Ville : 4,20 € ; Dehors : 5,60 €.",
        "Enfants ; Tarif : Entrée ; Ville : 2,10 € ; Dehors : 3,00 €.",
    ]


@pytest.mark.parametrize("repeated", [False, True])
def test_a_table_goes_on_on_the_next_page(repeated: bool) -> None:
    following = [("Moulins", "61", "66"), ("Vichy", "40", "41")]
    pages = cells(STAFF), cells(following if not repeated else [STAFF[0], *following])
    assert laid(*pages).replace("\n\n", "\n").split("\n")[2:] == [
        "Site : Moulins ; Agents en 2022 : 61 ; Agents en 2023 : 66.",
        "Site : Vichy ; Agents en 2022 : 40 ; Agents en 2023 : 41.",
    ]


def test_the_second_of_two_cells_is_named_by_the_first() -> None:
    rows = [("Architecte", "Cabinet Orsini"), ("Durée", "dix-huit mois"), ("Lieu", "Brasle")]
    assert (
        laid(cells(rows)) == "Architecte : Cabinet Orsini.\nDurée : dix-huit mois.\nLieu : Brasle."
    )


def test_two_signatures_are_no_table() -> None:
    assert laid(cells([("Le maire,", "Le secrétaire,"), ("Ali Roy", "Eve Fay")])) == (
        "Le maire, ; Le secrétaire,.\nAli Roy ; Eve Fay."
    )


def test_dots_lead_from_a_label_to_its_value(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        for k, (label, value) in enumerate([("Achats", "1 200 €"), ("Loyers et charges", "980 €")]):
            writer.line(f"{label} {'.' * (60 - len(label))} {value}", 700 - 16 * k)
        writer.line("Il a dit... puis il est parti.", 600)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == (
        "Achats : 1 200 €.\nLoyers et charges : 980 €.\n\nIl a dit... puis il est parti."
    )


def test_justified_words_make_no_table(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        text = writer.canvas.beginText(72, 700)
        text.setFont("Helvetica", 11)
        *full, last = split(f"{FIRST} {SECOND}", 300)
        for part in full:
            text.setWordSpace((400 - len(part) * 5.2) / part.count(" "))
            text.textLine(part)
        text.setWordSpace(0)
        text.textLine(last)
        writer.canvas.drawText(text)

    assert read(write(tmp_path / "a.pdf", draw))[0].text == f"{FIRST} {SECOND}"
