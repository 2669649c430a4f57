"""Where the words of a quotation are on the pages of a PDF, and their pictures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pdf_pages import FIRST, SECOND, Writer, prose, read, write
from PIL import Image, ImageChops

from rag.errors import UnreadableFile
from rag.pages import Picture, Place, cut_by_page, draw_pages, find_boxes, has_pages
from rag.types import Article

VOTED = FIRST[FIRST.index("Le conseil") :]


def place(file: Path, quoted: str) -> tuple[Place, ...]:
    """Find a quotation by its place in the article that a reader makes of a file."""
    article, _ = read(file)
    start = article.text.index(quoted)
    return find_boxes(file, cut_by_page(article, start, start + len(quoted)))


def look(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.png)).convert("RGB")


def is_marked(picture: Picture) -> bool:
    """Whether some of a picture is yellow."""
    red, _, blue = look(picture).split()
    return max(ImageChops.subtract(red, blue).tobytes()) > 60


def test_a_quotation_over_two_lines_has_a_box_on_each(tmp_path: Path) -> None:
    file = write(tmp_path / "a.pdf", prose(FIRST, SECOND))
    (found,) = place(file, VOTED)
    assert found.page == 1 and len(found.boxes) == 2
    (left, top, right, bottom), (below, *_) = found.boxes
    # It begins at the end of the first line, 82 points below the top of an A4 page.
    assert left > 0.5 and 0.8 < right < 0.9 and below == pytest.approx(72 / 595, abs=0.01)
    assert 0.08 < top < 82 / 842 < bottom < 0.11


def test_a_quotation_over_two_pages_is_found_on_both(tmp_path: Path) -> None:
    half = FIRST.index("a voté")
    file = write(tmp_path / "a.pdf", prose(SECOND, FIRST[:half], y=200), prose(FIRST[half:]))
    found = place(file, VOTED)
    assert [(item.page, len(item.boxes)) for item in found] == [(1, 2), (2, 1)]
    assert found[0].boxes[0][1] > 0.7 and found[1].boxes[0][3] < 0.12
    pictures = draw_pages(file, ((1, FIRST[:half]), (2, FIRST[half:])))
    assert [picture.place.page for picture in pictures] == [1, 2]
    assert all(map(is_marked, pictures))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_on_a_turned_page_boxes_are_where_the_words_are_shown(tmp_path: Path, turn: int) -> None:
    def draw(writer: Writer) -> None:
        writer.canvas.setPageRotation(turn)
        writer.line("Le budget de la commune atteint 27 millions.", 500)

    file = write(tmp_path / "a.pdf", draw)
    (picture,) = draw_pages(file, ((1, "Le budget de la commune"),))
    ((left, top, right, bottom),) = picture.place.boxes
    # What was near the top and the left is on the right, at the bottom or on the left.
    assert {90: left > 0.8 > 0.3 > top, 180: right > 0.8, 270: right < 0.2 < 0.7 < bottom}[turn]
    image = look(picture)
    width, height = image.size
    inside = image.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )
    assert min(inside.convert("L").tobytes()) < 120 and is_marked(picture)


def test_cut_words_ligatures_and_spaced_figures_are_found(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("La commission adopte à l’unani-", 760)
        writer.line("mité un budget modifié de 12\u00a0500 euros, en deux temps.", 746)

    file = write(tmp_path / "a.pdf", draw)
    quoted = "à l’unanimité un budget modiﬁé de 12 500 euros"
    (found,) = find_boxes(file, ((1, quoted),))
    assert len(found.boxes) == 2
    assert found.boxes[0][0] > 0.2 and found.boxes[1][2] < 0.55


def test_the_cells_of_a_row_are_found_far_from_their_heads(tmp_path: Path) -> None:
    others = [f"Ville-{k} {k}00 {k}" for k in range(10, 30)]

    def draw(writer: Writer) -> None:
        for k, row in enumerate(("Commune Habitants Voix", *others, "Brest 900 31")):
            for x, cell in zip((72, 250, 400), row.split(), strict=True):
                writer.line(cell, 760 - 20 * k, x)

    file = write(tmp_path / "a.pdf", draw)
    (found,) = find_boxes(file, ((1, "Commune : Brest ; Habitants : 900 ; Voix : 31"),))
    heads, (left, top, right, bottom) = found.boxes
    assert heads[3] < 0.11
    assert left < 0.13 and top < 1 - 340 / 842 < bottom and right > 400 / 595


def test_a_page_that_is_not_known_is_searched(tmp_path: Path) -> None:
    file = write(tmp_path / "a.pdf", prose(FIRST), prose(SECOND), prose(FIRST[:40]))
    article = Article("a.pdf", "Un vieil index", SECOND)
    (piece,) = cut_by_page(article, 0, 54)
    assert piece[0] == 0
    (found,) = find_boxes(file, (piece,))
    assert (found.page, len(found.boxes)) == (2, 1)
    (picture,) = draw_pages(file, (piece,))
    assert picture.place == found


def test_what_is_not_on_the_page_has_no_box(tmp_path: Path) -> None:
    file = write(tmp_path / "a.pdf", prose(SECOND))
    (picture,) = draw_pages(file, ((1, "Quarante girafes valsent."),))
    assert not picture.place.boxes and not is_marked(picture)
    assert look(picture).width == 1000


def test_an_endless_page_gives_no_endless_picture(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.canvas.setPageSize((10, 14_000))
        writer.line("Un ruban.", 13_000, 1)

    (picture,) = draw_pages(write(tmp_path / "a.pdf", draw), ((1, ""),))
    assert look(picture).height <= 3000


def test_pages_that_cannot_be_shown_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.pdf", prose(FIRST))
    with pytest.raises(UnreadableFile, match="illisible"):
        draw_pages(file, ((7, FIRST),))
    (tmp_path / "b.pdf").write_bytes(file.read_bytes()[:400])
    with pytest.raises(UnreadableFile, match="illisible"):
        draw_pages(tmp_path / "b.pdf", ((1, FIRST),))
    monkeypatch.setattr("rag.readers.pdfium._SHOWING", 0.001)
    with pytest.raises(UnreadableFile, match="trop de temps"):
        find_boxes(file, ((1, FIRST),))


def test_which_articles_have_pages() -> None:
    def ask(identifier: str, pages: tuple[int, ...] = ()) -> bool:
        return has_pages(Article(identifier, "", "Un texte.", pages=pages))

    assert ask("a.pdf", (0,)) and ask("Compte-rendu #3", (0,)) and ask("ancien.PDF")
    assert not ask("a.md") and not ask("archive.zip#a.pdf", (0,))
