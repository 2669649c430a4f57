"""What is left out of pages and told: running heads, watermarks, line numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pdf_pages import FIRST, SECOND, Writer, column, line, read, split, write

from rag.readers.margins import drop_line_numbers, drop_running_heads, drop_watermarks
from rag.readers.pdfium import Line, Page


def sheet(top: str, number: int, body: str, size: float = 10) -> Page:
    lines = column(body, "Une autre ligne de cette page.", "La dernière de la page.", y=600)
    return Page((line(top, 780, size=size), *lines, line(str(number), 40, x=300)))


BODIES = ["Le chat dort.", "Il pleut.", "Un train part.", "Le soir vient.", "On rit.", "On sort."]


@pytest.mark.parametrize(
    "tops",
    [
        ["Rapport"] * 6,
        ["Rapport", "Chapitre"] * 3,
        ["Les faits", "Les faits", "Les causes", "Les causes", "Les suites", "Les suites"],
    ],
    ids=["one", "left and right", "title of the section"],
)
def test_running_heads(tops: list[str]) -> None:
    pages = [sheet(top, k, body) for k, (top, body) in enumerate(zip(tops, BODIES, strict=True), 1)]
    texts = [item.text for page in drop_running_heads(pages)[0] for item in page.lines]
    assert all(body in texts for body in BODIES)
    assert not any(top in texts for top in tops)
    assert not any(text.isdecimal() for text in texts)


@pytest.mark.parametrize("size", [10, 24])
def test_the_titles_of_pages_stay(size: float) -> None:
    """Those of cards are no larger than the text, those of slides are, and may come back."""
    tops = ["Les faits", "Les causes", "Les suites", "Les torts", "Les mots", "La fin"]
    tops = tops if size == 10 else [top for top in tops[:3] for _ in range(2)]
    pages = [sheet(top, 1, body, size=size) for top, body in zip(tops, BODIES, strict=True)]
    texts = [item.text for page in drop_running_heads(pages)[0] for item in page.lines]
    assert all(top in texts for top in tops)


def test_the_first_line_of_each_page_is_no_running_head() -> None:
    pages = [Page(tuple(column(body, "Une autre ligne.", "Fin."))) for body in BODIES]
    kept = [page.lines[0].text for page in drop_running_heads(pages)[0]]
    assert kept == BODIES


def kept_texts(pages: list[Page]) -> list[str]:
    return [item.text for page in drop_running_heads(pages)[0] for item in page.lines]


def test_what_is_removed_is_told() -> None:
    pages = [sheet("Rapport 2023", k, body) for k, body in enumerate(BODIES, 1)]
    assert drop_running_heads(pages)[1] == ["Rapport 2023", "1"]


def rows(*texts: tuple[str, str], y: float) -> list[Line]:
    return [
        piece
        for k, (one, other) in enumerate(texts)
        for piece in (line(one, y - 18 * k), line(other, y - 18 * k, x=300))
    ]


@pytest.mark.parametrize(
    "row",
    [
        lambda n: (f"Facture n° {4001 + 40 * n}", f"{900 - 7 * n},00 €"),
        lambda n: ("Cotisation", "20,00 €"),
        lambda n: ("Date", "Montant"),
    ],
    ids=["other figures", "same cells", "heads of the columns"],
)
def test_rows_of_tables_are_no_running_heads(row: Callable[[int], tuple[str, str]]) -> None:
    pages = [
        Page(tuple(rows(*[row(n), *[(f"Achat {n}{k}", f"{n}{k} €") for k in range(9)]], y=780)))
        for n in range(6)
    ]
    assert drop_running_heads(pages) == (pages, [])


def test_bills_one_a_page_keep_their_numbers() -> None:
    pages = [sheet(f"Facture n° {4001 + k}", k, body) for k, body in enumerate(BODIES, 1)]
    assert [text for text in kept_texts(pages) if text.startswith("Facture")] == [
        f"Facture n° {4001 + k}" for k in range(1, 7)
    ]


def test_the_first_lines_of_a_letter_sent_to_several_are_its_text() -> None:
    text = column(*["Nous avons bien reçu votre demande d’aide et"] * 5, "voici la suite.", y=780)
    pages = [Page((*text, line(body, 500))) for body in BODIES]
    assert len(kept_texts(pages)) == 6 * 7


# ---------------------------------------------------------------------------------- watermarks


def behind(text: str, angle: float, size: float, gray: float) -> Callable[[Writer], object]:
    def draw(writer: Writer) -> None:
        writer.paragraph(f"{FIRST} {SECOND}", 760)
        writer.canvas.saveState()
        writer.canvas.translate(100, 700)
        writer.canvas.rotate(angle)
        writer.canvas.setFillGray(gray)
        writer.line(text, 0, x=0, size=size)
        writer.canvas.restoreState()

    return draw


@pytest.mark.parametrize(
    ("angle", "size", "gray"), [(45, 70, 0.8), (30, 40, 0.0), (-60, 20, 0.5), (0, 50, 0.85)]
)
def test_what_is_drawn_across_a_page_is_no_text(
    tmp_path: Path, angle: float, size: float, gray: float
) -> None:
    article, remarks = read(write(tmp_path / "avis.pdf", behind("PROJET", angle, size, gray)))
    assert (article.text, article.title) == (f"{FIRST} {SECOND}", "avis")
    assert remarks == ["texte en filigrane ou en biais laissé de côté : « PROJET »"]


def test_a_pale_heading_is_no_watermark() -> None:
    heading = Line("Bilan", 72, 200, 780, 30, "pale")
    pages = [Page((heading, *column("Une phrase de cette page", "et sa suite.")))]
    assert drop_watermarks(pages) == (pages, [])


# -------------------------------------------------------------------------------- line numbers


@pytest.mark.parametrize(("x", "every"), [(62, 1), (540, 1), (62, 5)])
def test_the_numbers_of_lines_are_left_out(tmp_path: Path, x: float, every: int) -> None:
    lines = split(f"{FIRST} {SECOND} {FIRST} {SECOND} {FIRST}", 440)

    def draw(writer: Writer) -> None:
        for k, text in enumerate(lines):
            writer.line(text, 760 - 14 * k, x=80)
            if (k + 1) % every == 0:
                writer.canvas.setFont("Helvetica", 8)
                writer.canvas.drawRightString(x, 760 - 14 * k, str(k + 1))

    article, remarks = read(write(tmp_path / "a.pdf", draw))
    assert article.text == " ".join(lines)
    assert remarks == ["numéros de ligne laissés de côté"]


def test_the_ranks_of_a_list_stay() -> None:
    towns = ["Paris", "Lyon", "Nantes", "Lille", "Brest"]
    pages = [
        Page(
            tuple(
                piece
                for k, town in enumerate(towns, 1)
                for piece in (line(str(k), 700 - 12 * k), line(town, 700 - 12 * k, x=100))
            )
        )
    ]
    assert drop_line_numbers(pages) == (pages, False)
