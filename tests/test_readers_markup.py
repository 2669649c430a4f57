"""Trees of HTML as text: tables, struck text, and what stands apart."""

from __future__ import annotations

import pytest
from lxml import html

from rag.readers.columnheads import count_heads
from rag.readers.markup import (
    BLOCK_END,
    drop_struck,
    list_lines,
    mark_blocks,
    prepare_tree,
    write_text,
)


def write(table: str) -> str:
    body = html.document_fromstring(f"<table>{table}</table>").body
    prepare_tree(body)
    return write_text(body)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "<tr><th>Capitale<td>Paris<tr><th>Langue :<td>Français",
            "Capitale : Paris.\nLangue : Français.",
        ),
        (
            "<caption>Les villes</caption><tr><th colspan=2>Villes<tr><th>Nom<th>Rang<tr><td>Lyon"
            "<td>3",
            "Les villes\n\nVilles\n\nNom : Lyon ; Rang : 3.",
        ),
        ("<tr><th>Nom<th>Rang", "Nom : Rang."),
        ("<tr><td>a<td>b<td>c<tr><td>d<td><td>e", "a ; b ; c.\nd ; e."),
        ("<tr><td>seule<tr><td>colonne", "seule\n\ncolonne"),
        (
            "<tr><th>Tarif<th>Prix<tr><td>Adulte<td><tr><td>Entrée<td>4 €<tr><td>Enfant<td>"
            "<tr><td>Entrée<td>2 €",
            "Adulte ; Tarif : Entrée ; Prix : 4 €.\nEnfant ; Tarif : Entrée ; Prix : 2 €.",
        ),
        (
            "<tr><td>Bailleur<td><tr><td>Nom<td>Rex<tr><td>Locataire<td><tr><td>Nom<td>Roy",
            "Bailleur ; Nom : Rex.\nLocataire ; Nom : Roy.",
        ),
        ("<tr><td><h2>Titre</h2><td>texte", "## Titre\n\ntexte"),
        ("<thead><tr><td>Nom<td>Rang<tbody><tr><td>Lyon<td>3 !", "Nom : Lyon ; Rang : 3 !"),
        (
            "<tr><th>Département<th>Année<th>Logements<tr><td rowspan=2>Creuse<td>2022<td>705<tr>"
            "<td>2023<td>640",
            "Département : Creuse ; Année : 2022 ; Logements : 705.\n"
            "Département : Creuse ; Année : 2023 ; Logements : 640.",
        ),
        (
            "<tr><th>Jour<th>Matin<th>Soir<tr><td>Lundi<td colspan=2>fermé",
            "Jour : Lundi ; Matin : fermé ; Soir : fermé.",
        ),
        (
            "<tr><th rowspan=2>Ville<th colspan=2>Agents<tr><th>2022<th>2023<tr><td>Nevers<td>94"
            "<td>87",
            "Ville : Nevers ; Agents – 2022 : 94 ; Agents – 2023 : 87.",
        ),
        (
            "<tr><th>Ville<th>Rang<tr><td colspan=2>Corse<tr><td>Bastia<td>2<tr><td colspan=2>"
            "Source : Insee",
            "Corse ; Ville : Bastia ; Rang : 2.\n\nSource : Insee",
        ),
        (
            "<tr><td><b>Lot</b><td><b>Entreprise</b><tr><td>Plomberie<td>Thermalia",
            "Lot : Plomberie ; Entreprise : Thermalia.",
        ),
        (
            "<tr><th>A<th>B<tr><td>1<td>2<tr><th>A<th>B<tr><td>3<td>4",
            "A : 1 ; B : 2.\nA : 3 ; B : 4.",
        ),
    ],
    ids="sheet titles heads-only holes column groups parties layout thead rowspan colspan double "
    "bands bold repeated".split(),
)
def test_tables(table: str, expected: str) -> None:
    assert write(table) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("Agence|2022|2023/Nevers|94|87/Dijon|12|13", True),
        ("Commune|0-19 ans|20-64 ans/Nevers|94|87/Dijon|12|13", True),
        ("Ville|Habitants/Paris|2 100 000/Lyon|520 000/Brest|n. d./Nice|340 000", True),
        ("Nevers|94|87/Dijon|12|13/Lyon|3|4", False),
        ("Propriétaire|Dupont/Surface|45 m²/Loyer|920 €/Étage|2", False),
        ("Plomberie|Thermalia|Tours/Peinture|Coloris|Blois/Toit|Ardoise|Vendôme", False),
        ("Nom|Nom|Rang/a|b|1/c|d|2", False),
    ],
    ids="years ranges figures values sheet words doubles".split(),
)
def test_heads_that_no_tag_tells(table: str, expected: bool) -> None:
    rows = [row.split("|") for row in table.split("/")]
    assert count_heads(rows) == expected


def test_a_table_that_only_places_stays_as_it_is() -> None:
    assert write("<tr><td colspan=2><ul><li>un</ul><td>deux") == "- un\n\ndeux"


def test_struck_text_is_removed_and_counted() -> None:
    tree = html.fromstring(
        "<p>Le loyer est de <del>850 <s>ou 860</s></del> 920 euros, <span style='text-decoration: "
        "red line-through'>hors</span> charges <s> </s>comprises.</p>"
    )
    assert drop_struck(tree) == 2
    assert " ".join(tree.text_content().split()) == "Le loyer est de 920 euros, charges comprises."


def test_blocks_and_lines_are_told_from_runs() -> None:
    tree = html.fromstring("<div>un <b>deux</b><p>trois<br>quatre</p>cinq<br><br>six</div>")
    assert [line.text for line in list_lines(tree)] == "un deux,trois,quatre,cinq,six".split(",")
    mark_blocks(tree)
    flat = html.fromstring(f"<p>{tree.text_content()}</p>")
    assert write_text(flat) == "un deux\n\ntrois\nquatre\n\ncinq\n\nsix"
    assert BLOCK_END not in write_text(tree)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "<tr><th>Qui<th>Quoi<tr><td>Roy<td><ul><li>le bus ;<li>le train</ul>",
            "Qui : Roy ; Quoi : le bus ; le train.",
        ),
        ("<tr><td>Nom<td>Roy<td>Prénom<td>", "Nom : Roy ; Prénom."),
        (
            "<tr><td>Nevers<td>94<tr><td colspan=2>Sud<tr><td colspan=2>Midi<tr><td>Nîmes<td>1",
            "Nevers ; 94.\nSud – Midi ; Nîmes ; 1.",
        ),
        ("<tr><td>10<sup>3</sup><td><a href=x>m<sup>2</sup></a>", "10³ : m²."),
    ],
    ids="lists pairs bands raised".split(),
)
def test_rows_that_are_no_plain_values(table: str, expected: str) -> None:
    assert write(table) == expected


def test_long_cells_and_bands_are_not_written_on_each_row() -> None:
    assert (
        write(f"<tr><th>A<th>B<tr><td rowspan=3>{'a ' * 200}<td>1<tr><td>2<tr><td>3").count("a")
        < 210
    )
    bands = f"<tr><td colspan=2>{'a ' * 60}" * 3
    assert write(f"<tr><th>A<th>B{bands}<tr><td>1<td>2<tr><td>3<td>4").count("a") == 60 * 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<ol start=4><li>un<li><p>deux</p></ol>", "4. un\n5. deux"),
        ("<ol><li>un<li value=7>sept<li>huit</ol>", "1. un\n7. sept\n8. huit"),
        ("<ol reversed><li>deux<li>un</ol>", "2. deux\n1. un"),
        ("<ol type=a><li>un<li><b>deux</b> mots</ol>", "- a. un\n- b. deux mots"),
        ("<ol style='list-style-type: upper-roman'><li>un<li>deux</ol>", "- I. un\n- II. deux"),
        ("<ol><li>un<li>deux</ol>", "1. un\n2. deux"),
        ("<ol start=x type=disc><li>un</ol>", "1. un"),
    ],
)
def test_lists_have_the_numbers_that_a_page_shows(content: str, expected: str) -> None:
    body = html.document_fromstring(content).body
    prepare_tree(body)
    assert write_text(body) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "<dl><dt>Coût :<dd>6 millions</dd><div><dt>Lots<dd>bassin</dd><dd>douches</div></dl>",
            "Coût : 6 millions.\nLots : bassin ; douches.",
        ),
        ("<dl><dt>Maire</dt><dt>Adjoint<dd>Paul</dl>", "Maire / Adjoint : Paul."),
        ("<dl><dt>Qui paie ?<dd>La ville.</dl>", "Qui paie ?\n\nLa ville."),
        ("<dl><dt>Lots<dd><ul><li>bassin</ul></dl>", "Lots\n\n- bassin"),
    ],
)
def test_terms_are_rows_with_what_is_said_of_them(content: str, expected: str) -> None:
    body = html.document_fromstring(content).body
    prepare_tree(body)
    assert write_text(body) == expected
