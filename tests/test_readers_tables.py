"""Rows of CSV, TSV and XLSX: sentences that name their columns."""

from __future__ import annotations

import datetime
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from rag.errors import EmptyCorpus, UnreadableFile
from rag.readers import Reading, read_corpus, tables
from rag.readers.tables import join_sheets, write_rows
from rag.readers.xlsx import _write_cell


def read_one(folder: Path, name: str, data: bytes) -> Reading:
    (folder / name).write_bytes(data)
    return read_corpus(folder)


# ----------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        # Heads of words, of years, below a title; a row of one cell is a line.
        (["Ville;Agents", "Nevers;87"], "Ville : Nevers ; Agents : 87."),
        (["Site;2022;2023", "Nevers;94;87"], "Site : Nevers ; 2022 : 94 ; 2023 : 87."),
        (
            ["Effectifs", "Site;Agents", "Nevers;87", "Total;87", "Source : l’état"],
            "Effectifs\nSite : Nevers ; Agents : 87.\nSite : Total ; Agents : 87.\nSource : l’état",
        ),
        (
            ["Nom;Rôle;Ville", "Claire;maire;Nevers"],
            "Nom : Claire ; Rôle : maire ; Ville : Nevers.",
        ),
        # A form, and a table without heads.
        (
            ["Nom;Rex", "Budget;40 000 €", "Adresse;rue Basse"],
            "Nom : Rex.\nBudget : 40 000 €.\nAdresse : rue Basse.",
        ),
        (["Nevers;87;3", "Auxerre;90;4"], "Nevers ; 87 ; 3.\nAuxerre ; 90 ; 4."),
        # The same columns go on below a blank row.
        (
            ["Ville;Agents", "Nevers;87", ";", "Auxerre;90"],
            "Ville : Nevers ; Agents : 87.\n\nVille : Auxerre ; Agents : 90.",
        ),
        # Groups of columns, told once, above figures or above the same columns again.
        (
            ["Ville;2023;;2024;", ";Agents;Postes;Agents;Postes", "Nevers;87;12;91;9"],
            "Ville : Nevers ; 2023 – Agents : 87 ; 2023 – Postes : 12 ; "
            "2024 – Agents : 91 ; 2024 – Postes : 9.",
        ),
        (
            ["Recettes;;;Dépenses;", "Poste;Montant;;Poste;Montant", "Cours;50;;Gaz;60"],
            "Recettes – Poste : Cours ; Recettes – Montant : 50 ; "
            "Dépenses – Poste : Gaz ; Dépenses – Montant : 60.",
        ),
        (
            ["Nom;Rôle;", "Claire;maire;45", "Paul;élu;50"],
            "Nom : Claire ; Rôle : maire ; 45.\nNom : Paul ; Rôle : élu ; 50.",
        ),
        # Groups of rows, told where their labels come back; a total is of none.
        (
            ["Tarif;Prix", "Adulte;", "Entrée;4", "Enfant;", "Entrée;2", "Total;6"],
            "Adulte ; Tarif : Entrée ; Prix : 4.\nEnfant ; Tarif : Entrée ; Prix : 2.\n"
            "Tarif : Total ; Prix : 6.",
        ),
        (
            ["Ville;Agents", "Nevers;87", "Cosne;", "Auxerre;90"],
            "Ville : Nevers ; Agents : 87.\nCosne\nVille : Auxerre ; Agents : 90.",
        ),
        # Blank columns are not told.
        ([";Ville;;Agents", ";Nevers;;87"], "Ville : Nevers ; Agents : 87."),
    ],
)
def test_rows(rows: list[str], text: str) -> None:
    assert write_rows((row.split(";") for row in rows), headed=False) == text


def test_heads_too_long_for_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MOST_CHARACTERS", 1000)
    with pytest.raises(UnreadableFile):
        write_rows([["x" * 100, "y"], *(["a", "1"] for _ in range(20))], headed=True)


def test_a_sheet_is_named_when_its_name_tells_something() -> None:
    assert join_sheets({"Feuil1": "Un.", "Feuil2": ""}) == "Un."
    assert join_sheets({"Paie": "Un."}) == "## Paie\n\nUn."


# ------------------------------------------------------------------------------------ CSV, TSV


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", '"Nom";"Rôle"\n"Martin; Claire";"trésorière\nadjointe"\n'.encode()),
        ("a.csv", "Nom,Rôle\r\nMartin; Claire,trésorière adjointe\r\n".encode("cp1252")),
        ("a.tsv", "Nom\tRôle\nMartin; Claire\ttrésorière adjointe".encode("utf-16")),
        ("a.csv", "sep=|\nNom|Rôle\nMartin; Claire|trésorière adjointe".encode("utf-8-sig")),
    ],
)
def test_the_delimiter_and_the_encoding_are_found(tmp_path: Path, name: str, data: bytes) -> None:
    (article,) = read_one(tmp_path, name, data).articles
    assert article.text == "Nom : Martin; Claire ; Rôle : trésorière adjointe."


def test_a_column_alone(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.csv", b"Ville\nNevers\nAuxerre").articles[0].text == (
        "Ville\nNevers\nAuxerre"
    )


def test_hostile_tables_do_not_hang(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(EmptyCorpus, match="trop grand|n’y finit pas"):
        read_one(tmp_path, "a.csv", b"x" * 1_000_000 + b";y\n" + b"a;1\n" * 100_000)
    assert time.monotonic() - started < 5


# ---------------------------------------------------------------------------------------- XLSX


def write_book(path: Path, sheets: dict[str, list[list[Any]]], formats: dict[str, str]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cell, pattern in formats.items():
            sheet[cell].number_format = pattern
        if name.startswith("."):
            sheet.sheet_state = "hidden"
    book.save(path)


def test_values_are_written_as_they_are_shown(tmp_path: Path) -> None:
    day = datetime.datetime(2024, 3, 12)
    rows: list[list[Any]] = [
        ["Site", "Part", "Coût", "Jour", "Mois", "Heure", "Actif", "Nombre"],
        ["Nevers", 0.0745, 40000.5, day, day, datetime.time(14, 30), True, 1200.0],
    ]
    formats = {"B2": "0.0%", "C2": '#,##0.00\\ "€"', "D2": "dd/mm/yyyy", "E2": "mmm yyyy"}
    write_book(tmp_path / "a.xlsx", {"Feuil1": rows}, formats)
    (article,) = read_corpus(tmp_path).articles
    assert article.text.replace("\u00a0", " ").replace("\u202f", " ") == (
        "Site : Nevers ; Part : 7,5 % ; Coût : 40 000,50 € ; Jour : 12 mars 2024 ; "
        "Mois : mars 2024 ; Heure : 14 h 30 ; Actif : vrai ; Nombre : 1200."
    )


def test_merged_cells_are_repeated(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = ["Effectifs;;", "Ville;2023;", ";Agents;Postes", "Nevers;87;12", ";3;4", "Nom;Rex;"]
    for row in rows:
        book.active.append([cell or None for cell in row.split(";")])
    for merged in ("A1:C1", "A2:A3", "B2:C2", "A4:A5", "B6:C6"):
        book.active.merge_cells(merged)
    book.save(tmp_path / "a.xlsx")
    (article,) = read_corpus(tmp_path).articles
    assert article.text.splitlines()[1:3] == [
        "Ville : Nevers ; 2023 – Agents : 87 ; 2023 – Postes : 12.",
        "Ville : Nevers ; 2023 – Agents : 3 ; 2023 – Postes : 4.",
    ]


def test_a_form_of_merged_cells_says_each_value_once(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Nom", "Rex"], ["Adresse", "rue Basse"]):
        book.active.append([row[0], None, row[1]])
        book.active.merge_cells(f"C{book.active.max_row}:F{book.active.max_row}")
    book.save(tmp_path / "a.xlsx")
    (article,) = read_corpus(tmp_path).articles
    assert article.text == "Nom : Rex.\nAdresse : rue Basse."


def test_struck_text_is_left_out_and_comments_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Ville", "Bail", "Charges"],
        ["Nevers", "850 920", "40 euros"],
        ["Cosne", "8", "9"],
    ):
        book.active.append(row)
    book.active["C2"].font = Font(strike=True)
    book.active["A2"].comment = Comment("À revoir", "Claire")
    book.save(tmp_path / "whole.xlsx")
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    told = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{main}.sharedStrings+xml"/>'
    changed = {
        "</Types>": f"{told}</Types>",
        't="inlineStr"><is><t>850 920</t></is>': 't="s"><v>0</v>',
    }
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as copy,
    ):
        for name in whole.namelist():
            data = whole.read(name).decode()
            for old, new in changed.items():
                data = data.replace(old, new)
            copy.writestr(name, data)
        copy.writestr(
            "xl/sharedStrings.xml",
            '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si>'
            "<r><rPr><strike/></rPr><t>850 </t></r><r><t>920</t></r></si></sst>",
        )
    reading = read_corpus(tmp_path / "a.xlsx")
    assert reading.articles[0].text.startswith("Ville : Nevers ; Bail : 920.")
    assert [r.text for r in reading.remarks] == [
        "passages barrés, laissés de côté : 2",
        "commentaires, non lus : 1",
    ]


@pytest.mark.parametrize(
    ("value", "pattern", "written"),
    [
        (1000, "00000", "01000"),
        (612345678, '0#" "##" "##" "##" "##', "06 12 34 56 78"),
        (120345678901234, "0 00 00 00 000 000 00", "1 20 34 56 789 012 34"),
        (1234, "0", "1234"),
        (-5, "000", "-5"),
    ],
)
def test_codes_keep_all_their_figures(value: int, pattern: str, written: str) -> None:
    assert _write_cell(value, pattern) == written


def test_formulas_that_nothing_computed_are_told(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Site", "Mois", "Agents"],
        ["Nevers", "mai", 87],
        ["Total", "mai", "=SUM(C2)"],
    ]
    write_book(tmp_path / "SANS-EXTENSION", {"Feuil1": rows}, {})
    reading = read_corpus(tmp_path)
    assert reading.articles[0].text.startswith("Site : Nevers ; Mois : mai ; Agents : 87.")
    assert [r.text for r in reading.remarks] == ["formules sans valeur enregistrée, non lues : 1"]


def test_hidden_sheets_are_told(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "Nevers": [["Mois", "Agents"], ["mai", 87]],
        "Auxerre": [["Mois", "Agents"], ["mai", 90]],
        ".Paie": [["Nom", "Salaire"], ["Claire", 2000]],
    }
    write_book(tmp_path / "a.xlsx", sheets, {})
    reading = read_corpus(tmp_path)
    assert reading.articles[0].text == (
        "## Nevers\n\nMois : mai ; Agents : 87.\n\n## Auxerre\n\nMois : mai ; Agents : 90."
    )
    assert [remark.text for remark in reading.remarks] == ["feuilles masquées, non lues : 1"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK", "endommagé"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "mot de passe"),
    ],
)
def test_a_damaged_book_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(EmptyCorpus, match=told):
        read_one(tmp_path, "a.xlsx", data)
