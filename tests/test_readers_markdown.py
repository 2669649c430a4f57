"""Markdown: tables as sentences, headings and rules; code stays as it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.readers import Reading, read_corpus


def read_one(folder: Path, name: str, data: str) -> Reading:
    (folder / name).write_bytes(data.encode())
    return read_corpus(folder)


HEADS = "| Ville | Prix | Durée |\n|:---|---:|:-:|\n"


def write_table(folder: Path, text: str) -> str:
    return read_one(folder, "a.md", text).articles[0].text


def test_each_row_of_a_table_is_a_sentence_that_names_its_columns(tmp_path: Path) -> None:
    table = f"{HEADS}| Brest | 3 € | 2 h |\n| Lyon | 4\u00a0€ | 1 h |\n"
    assert write_table(tmp_path, f"Les tarifs :\n\n{table}\nIls changent en mai.\n") == (
        "Les tarifs :\n\nVille : Brest ; Prix : 3 € ; Durée : 2 h.\n"
        "Ville : Lyon ; Prix : 4\u00a0€ ; Durée : 1 h.\n\nIls changent en mai.\n"
    )


@pytest.mark.parametrize(
    "table",
    [
        "| Ville | Prix |\n|---|---|\n| Brest | 3 € |\n",
        "|Ville|Prix|\n|-|-|\n|Brest|3 €|\n",
        "| Ville | Prix\n|--|--\n| Brest | 3 €\n",
        "  | Ville | Prix |\n  | :--- | ---: |\n  | Brest | 3 € |\n",
        "| Ville | Prix |  \n| --- | --- |\t\n|  Brest  |  3 €  |  \n",
        "| Ville | Prix |\r\n|---|---|\r\n| Brest | 3 € |\r\n",
        "| Ville : | Prix\u00a0: |\n|---|---|\n| Brest | 3 € |\n",
        # At the end of the file.
        "| Ville | Prix |\n|---|---|\n| Brest | 3 € |",
    ],
)
def test_a_table_may_be_drawn_in_several_ways(tmp_path: Path, table: str) -> None:
    assert write_table(tmp_path, f"Voici :\n{table}") == "Voici :\nVille : Brest ; Prix : 3 €.\n"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("| Brest \\| Sud | 3 € | 2 h |", "Ville : Brest | Sud ; Prix : 3 € ; Durée : 2 h."),
        ("| Brest | 3 € | 2 h \\|", "Ville : Brest ; Prix : 3 € ; Durée : 2 h |."),
        ("| \\| | 3 € | 2 h |", "Ville : | ; Prix : 3 € ; Durée : 2 h."),
        # What is empty is not told.
        ("| Brest | | 2 h |", "Ville : Brest ; Durée : 2 h."),
        ("| Brest | 3 € |  |", "Ville : Brest ; Prix : 3 €."),
        # Which column a value of a ragged row stands in is not known.
        ("| Brest | 3 € |", "Brest ; 3 €."),
        ("| Brest | 3 € | 2 h | gare |", "Brest ; 3 € ; 2 h ; gare."),
        ("| Brest |", "Brest."),
        # It ends once.
        ("| Brest | 3 € | Oui ! |", "Ville : Brest ; Prix : 3 € ; Durée : Oui !"),
        ("| Brest | 3 € | En été. |", "Ville : Brest ; Prix : 3 € ; Durée : En été."),
    ],
)
def test_a_row_is_told_whole(tmp_path: Path, row: str, sentence: str) -> None:
    text = write_table(tmp_path, f"{HEADS}{row}\n| Lyon | 4 € | 1 h |\nFin.")
    assert text == f"{sentence}\nVille : Lyon ; Prix : 4 € ; Durée : 1 h.\nFin."


def test_an_empty_row_is_left_out(tmp_path: Path) -> None:
    table = f"{HEADS}|  |  |  |\n|\n| Lyon | 4 € | 1 h |\n"
    assert write_table(tmp_path, table) == "Ville : Lyon ; Prix : 4 € ; Durée : 1 h.\n"


def test_escaped_pipes_and_empty_cells_of_the_heads(tmp_path: Path) -> None:
    table = "| | Prix \\| nuit |\n|---|---|\n| Brest | 3 € |\n"
    assert write_table(tmp_path, table) == "Brest ; Prix | nuit : 3 €.\n"


def test_every_table_of_an_article_is_written_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    table = "| Ville | Prix |\n|---|---|\n| Brest | 3 € |\n"
    row = "Ville : Brest ; Prix : 3 €.\n"
    front = "---\ntitle: Tarifs\n---\n"
    body = "# Un\n\n{0}\nOu bien : a | b.\n\n## Deux\n{0}**Fin**  \n"
    article = read_one(tmp_path, "a.md", front + body.format(table)).articles[0]
    assert (article.title, article.text) == ("Tarifs", body.format(row))


@pytest.mark.parametrize(
    "text",
    [
        # No line of dashes, or no row.
        "| Ville | Prix |\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|---|---|\n",
        "| Ville | Prix |\n|---|---|\n\n| Brest | 3 € |\n",
        "| Ville | Prix |\n\n|---|---|\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|---|-x-|\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|   |   |\n| Brest | 3 € |\n",
        # One column, or a line that a bar opens.
        "| Ville |\n|---|\n| Brest |\n",
        "Le prix | la nuit\n--- | ---\nBrest | 3 €\n",
        "|x| + |y|\n",
        "\\| Ville \\|\n",
        "Une barre | seule\n\nFin.\n",
        "|\n|\n|\n",
    ],
)
def test_what_only_looks_like_a_table_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    assert write_table(tmp_path, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "| a\n" + " " * 100_000 + "x",
        "| a | b\n|-|-" + " " * 100_000 + "x",
        "| a | b\n" + "|-" * 50_000 + "x\n| c |",
        "| a | b\n" + "-" * 100_000 + "x",
        "| a\n" * 50_000,
        "|" * 100_000 + "\n" + "|-" * 100_000 + "\n" + "|" * 100_000,
        "| a | b |\n|-|-|\n" * 20_000,
        " \t" * 50_000 + "| a",
    ],
    ids=["spaces", "after", "dashes", "dash", "heads", "pipes", "tables", "indent"],
)
def test_hostile_tables_do_not_hang(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    reading = read_one(tmp_path, "a.md", f"{text}\nFin.")
    assert time.process_time() - started < 20
    assert reading.articles[0].text.endswith("Fin.")


@pytest.mark.parametrize(
    "code",
    [
        "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```",
        "~~~~ csv\n| a | b |\n|---|---|\n| 1 | 2 |\n~~~\n---\n~~~~",
        "```yaml\ntitre\n-----\n* * *\n",
    ],
)
def test_code_between_fences_stays_as_it_is(tmp_path: Path, code: str) -> None:
    table = "| Ville | Prix |\n|---|---|\n| Brest | 3 € |\n"
    assert write_table(tmp_path, f"{table}\nVoici :\n\n{code}") == (
        f"Ville : Brest ; Prix : 3 €.\n\nVoici :\n\n{code}"
    )


def test_a_table_in_html_is_a_table(tmp_path: Path) -> None:
    table = (
        "<table>\n<tr><th>Ville</th><th>Prix</th></tr>\n"
        "<tr><td>Brest</td><td>3 €</td></tr>\n</table>"
    )
    text = write_table(tmp_path, f"Voici :\n\n{table}\n\nUne <table> sans fin.")
    assert text == "Voici :\n\nVille : Brest ; Prix : 3 €.\n\nUne <table> sans fin."


def test_underlined_headings_and_the_title(tmp_path: Path) -> None:
    text = "Rapport sur les haies\n=====\n\nBilan\n-----\nIl en reste peu.\n\n* * *\n\nFin."
    (article,) = read_one(tmp_path, "v2.md", text).articles
    assert article.title == "Rapport sur les haies"
    assert article.text == ("# Rapport sur les haies\n\n## Bilan\nIl en reste peu.\n\n\n\nFin.")


@pytest.mark.parametrize(
    ("text", "expected", "struck"),
    [
        ("Loyer : ~~850~~ 920 €.", "Loyer : 920 €.", 1),
        ("Loyer : <del>850</del> 920 €, ~~sauf avis~~.", "Loyer : 920 €, .", 2),
        ("Loyer :<!-- à relire --> 920 €.", "Loyer : 920 €.", 0),
        ("`~~850~~` et \\~~920~~", "`~~850~~` et \\~~920~~", 0),
        ("~~~\n~~850~~\n~~~\n", "~~~\n~~850~~\n~~~\n", 0),
        ("Environ ~~ 850 ~~ ou ~9~", "Environ ~~ 850 ~~ ou ~9~", 0),
    ],
)
def test_struck_text_and_comments_are_left_out(
    tmp_path: Path, text: str, expected: str, struck: int
) -> None:
    reading = read_one(tmp_path, "a.md", text)
    told = [f"passages barrés, laissés de côté : {struck}"] if struck else []
    assert reading.articles[0].text == expected
    assert [remark.text for remark in reading.remarks] == told


def test_marks_without_end_take_no_time(tmp_path: Path) -> None:
    started = time.process_time()
    read_one(tmp_path, "a.md", "~~x <del>y <!-- ` z " * 20_000)
    assert time.process_time() - started < 5
