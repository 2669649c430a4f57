"""The order of reading: columns whatever was drawn first, pieces of lines, large initials."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from pdf_pages import FIRST, SECOND, Writer, line, read, split, write

from rag.readers.columns import arrange
from rag.readers.layout import lay_out
from rag.readers.pdfium import Line, Page

THIRD = (
    "Le préfet a salué un projet « exemplaire », mené en dix-huit mois par les deux communes ; "
    "les commerçants, eux, s’inquiètent des loyers, fixés à 14 euros le mètre carré par mois."
)


def test_pieces_of_a_line_are_joined() -> None:
    pieces = Page((line("•", 700, right=76), line("un point", 700, x=84), line("deux", 688)))
    assert [piece.text for piece in arrange([pieces])[0].lines] == ["• un point", "deux"]


Drawn = tuple[float, float, str]


def place(texts: Sequence[str], width: float, step: float, rows: int = 0) -> list[Drawn]:
    """Place the lines of one text in columns, or of each text in its own."""
    if rows:
        lines = split(texts[0], width)
        return [
            (72 + step * (k // rows), 700 - 14 * (k % rows), text) for k, text in enumerate(lines)
        ]
    return [
        (72 + step * k, 700 - 14 * n, text)
        for k, whole in enumerate(texts)
        for n, text in enumerate(split(whole, width))
    ]


def draw_all(path: Path, drawn: Sequence[Drawn]) -> Path:
    def draw(writer: Writer) -> None:
        for x, y, text in drawn:
            writer.line(text, y, x=x)

    return write(path, draw)


@pytest.mark.parametrize("order", ["right first", "row by row", "any"])
def test_columns_are_read_in_order_however_they_were_drawn(tmp_path: Path, order: str) -> None:
    drawn = place([FIRST, SECOND], 210, 240)
    if order == "right first":
        drawn.sort(key=lambda item: -item[0])
    elif order == "row by row":
        drawn.sort(key=lambda item: (-item[1], item[0]))
    else:
        random.Random(1).shuffle(drawn)
    article, _ = read(draw_all(tmp_path / "a.pdf", drawn))
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_narrow_ragged_columns_make_whole_paragraphs(tmp_path: Path) -> None:
    whole = f"{FIRST} {SECOND} {THIRD}"
    rows = -(-len(split(whole, 145)) // 3)
    article, _ = read(draw_all(tmp_path / "a.pdf", place([whole], 145, 155, rows)))
    assert article.text == whole


def test_a_title_over_columns_parts_what_is_above_it_from_what_is_below(tmp_path: Path) -> None:
    above, below = place([FIRST, SECOND], 210, 240), place([THIRD, FIRST], 210, 240)
    title = "Un titre qui va sur les deux colonnes de cette page du journal de la ville"
    drawn = [*above, *((x, y - 300, text) for x, y, text in below), (72, 440, title)]
    random.Random(2).shuffle(drawn)
    article, _ = read(draw_all(tmp_path / "a.pdf", drawn))
    assert article.text == f"{FIRST}\n\n{SECOND}\n\n{title}\n\n{THIRD}\n\n{FIRST}"


def test_paragraphs_of_two_columns_that_begin_on_one_line_are_no_rows(tmp_path: Path) -> None:
    short = ["Le vote a eu lieu dans la salle des fêtes, hier.", "Il a duré deux heures, dit-on."]
    drawn: list[Drawn] = []
    y = 700.0
    for _ in range(3):
        for n, text in enumerate(split(f"{short[0]} {short[1]}", 180)):
            drawn += [(72, y - 14 * n, text), (300, y - 14 * n, text)]
        y -= 60
    article, _ = read(draw_all(tmp_path / "a.pdf", drawn))
    assert article.text.split("\n\n") == [" ".join(short)] * 6


def test_a_box_beside_the_text_does_not_cut_it(tmp_path: Path) -> None:
    box = [(400, 693 - 14 * k, text) for k, text in enumerate(["À retenir", "14 euros", "18 mois"])]
    article, _ = read(draw_all(tmp_path / "a.pdf", [*place([FIRST], 300, 0), *box]))
    assert article.text == f"{FIRST}\n\nÀ retenir\n14 euros\n18 mois"


@pytest.mark.parametrize(
    ("cap", "rest", "expected"),
    [
        ("L", "a ville a voté la rénovation", "La ville a voté la rénovation"),
        ("À", "la mairie, on attend encore", "À la mairie, on attend encore"),
        ("L’", "École ouvre enfin ses portes", "L’École ouvre enfin ses portes"),
        ("« N", "ous voulons une halle neuve", "« Nous voulons une halle neuve"),
    ],
)
def test_a_large_initial_is_part_of_its_word(cap: str, rest: str, expected: str) -> None:
    page = [
        line("Un titre", 740, size=20),
        Line(cap, 72, 100, 676, 40),
        Line(rest, 103, 250, 700, 10),
        Line("du marché couvert, pour plus de", 103, 250, 688, 10),
        Line("six millions d’euros, et la", 103, 250, 676, 10),
        Line("place sera refaite.", 72, 150, 664, 10),
    ]
    text = lay_out(arrange([Page(tuple(page))]))[0]
    assert text == (
        f"# Un titre\n\n{expected} du marché couvert, pour plus de six millions d’euros, et la "
        "place sera refaite."
    )


def test_letters_set_apart_are_words(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("R A P P O R T   A N N U E L", 760, size=14)
        for k, letter in enumerate("DÉCISION"):
            writer.line(letter, 720, x=72 + 18 * k, size=14)
        writer.paragraph(FIRST, 680)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text.startswith("# RAPPORT ANNUEL\n\n# DÉCISION\n\n")


def test_pages_of_many_pieces_take_little_time() -> None:
    source = random.Random(1)
    pieces = [
        Line("mot", x := source.random() * 500, x + 20, source.random() * 800, 10)
        for _ in range(50_000)
    ]
    assert len(arrange([Page(tuple(pieces))])[0].lines) > 40_000
