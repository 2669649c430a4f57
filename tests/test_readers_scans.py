"""Pages that are pictures: what Tesseract gives becomes lines, and is kept; what fails is told."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pdf_pages import FIRST, SECOND, Writer, prose, write
from scanned import draw_scans, install, make_table, scan

from rag.collection import Collection
from rag.pages import find_boxes
from rag.readers import Reading, Remark, read_corpus, scans
from rag.readers.scans import Scan, Word, read_tsv
from rag.settings import Settings

pytestmark = pytest.mark.slow

TOLD = (
    "page numérisée lue par reconnaissance de caractères (confiance 95 %) ; vérifiez les chiffres"
)
TEXT = "La maire attend l’accord des com-", "munes voisines, dit-elle."
READ = "La maire attend l’accord des communes voisines, dit-elle."
real = pytest.mark.skipif(
    not scans.can_recognise(), reason="Tesseract and its French are not installed"
)


@pytest.fixture(autouse=True)
def _asked_again() -> Iterator[None]:
    scans.list_languages.cache_clear()
    yield
    scans.list_languages.cache_clear()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Tesseract that finds two lines in any page."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    install(tmp_path / "bin", make_table(*TEXT))
    return tmp_path / "bin"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


def told(reading: Reading) -> list[str]:
    return [remark.text for remark in reading.remarks]


# ---------------------------------------------------------------------------------- the tables


def test_a_table_becomes_words_and_shares_of_the_page() -> None:
    read = read_tsv(make_table("Le 12 mai", sure=91))
    assert [word.text for word in read.words] == ["Le", "12", "mai"]
    assert (read.confidence, read.doubtful) == (91, [])
    text, line, (left, top, right, bottom) = read.places[0]
    assert (text, line) == ("Le", 0)
    assert (round(left * 2480), round(top * 3508)) == (200, 258)
    assert (round(right * 2480), round(bottom * 3508)) == (244, 292)


def test_lines_have_the_place_and_the_size_of_their_type() -> None:
    first, second = read_tsv(make_table("La commune", "vote contre")).make_lines()
    assert (first.text, second.text) == ("La commune", "vote contre")
    assert [first.left, first.baseline] == pytest.approx([48.0, (3508 - 292) * 0.24])
    assert first.baseline - second.baseline == pytest.approx(58 * 0.24)
    assert first.size == second.size == 11.5


def test_a_wide_gap_parts_two_cells() -> None:
    words = (
        Word("Brest", 0, (100, 100, 200, 134), 90),
        Word("139", 0, (800, 100, 860, 134), 90),
        Word("619", 0, (870, 100, 930, 134), 90),
    )
    lines = Scan(2480, 3508, words).make_lines()
    assert [line.text for line in lines] == ["Brest", "139 619"]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_that_is_turned_has_the_same_lines(turns: int) -> None:
    upright = read_tsv(make_table(*TEXT))
    size, words = (upright.width, upright.height), list(upright.words)
    for _ in range(turns):
        width, height = size
        boxes = [word.box for word in words]
        words = [
            Word(word.text, word.line, (height - bottom, left, height - top, right), 95)
            for word, (left, top, right, bottom) in zip(words, boxes, strict=True)
        ]
        size = height, width
    lines = Scan(*size, tuple(words)).make_lines()
    assert [line.text for line in lines] == list(TEXT)
    assert [line.left for line in lines] == pytest.approx([48, 48])
    assert lines[0].baseline - lines[1].baseline == pytest.approx(58 * 0.24, abs=0.1)


def test_a_page_askew_is_put_straight() -> None:
    words = tuple(
        Word("mot", line, (100 + 200 * k, y + 2 * k, 180 + 200 * k, y + 2 * k + 30), 90)
        for line, y in enumerate((100, 160))
        for k in range(6)
    )
    pieces = Scan(2480, 3508, words).make_lines()
    assert max(p.baseline for p in pieces[:6]) - min(p.baseline for p in pieces[:6]) < 0.1


def test_stains_are_no_text_and_what_is_doubtful_is_told() -> None:
    assert read_tsv(make_table("~ |l (", sure=12)).words == ()
    read = read_tsv(make_table("Il 1O ; pleut", sure=45))
    assert list(scans.tell_doubtful([read])) == ["3 mots à vérifier : « Il », « 1O », « pleut »"]


@pytest.mark.parametrize(
    "table", ["", "Error", "a\n1\tx\n5\t\t\t", make_table("nan").replace("2480", "nan"), "\0" * 99]
)
def test_a_table_that_makes_no_sense_is_that_of_a_failure(table: str) -> None:
    read = read_tsv(table)
    assert (read.width, read.words, read.make_lines(), read.confidence) == (0, (), (), 0)


# --------------------------------------------------------------------------- a program that reads


def test_a_scan_is_read_and_this_is_told(program: Path, corpus: Path) -> None:
    write(corpus / "c.pdf", prose(FIRST))
    scan(corpus / "a.pdf", prose(FIRST), prose(SECOND))
    done: list[tuple[int, int]] = []
    reading = read_corpus(corpus, tell=lambda *step: done.append(step))
    article = reading.articles[0]
    assert article.text == f"{READ}\n\n{READ}" and article.scans == ((1, 95), (2, 95))
    assert article.find_page(len(article.text) - 1) == 2
    assert told(reading) == [
        f"2 {TOLD}".replace("page numérisée lue", "pages numérisées lues").replace(
            "(confiance", "(confiance moyenne"
        )
    ]
    assert sorted(done) == [(1, 2), (2, 2)]
    assert reading.articles[1].scans == ()


def test_only_pages_without_text_are_recognised(program: Path, corpus: Path) -> None:
    from reportlab.lib.utils import ImageReader

    (picture,) = draw_scans(corpus / "x", prose(SECOND))

    def stamped(writer: Writer) -> None:
        writer.canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        writer.line("Pièce n° 7", 20, x=430, size=8)

    write(corpus / "a.pdf", prose(FIRST), stamped)
    reading = read_corpus(corpus)
    assert reading.articles[0].text == f"{FIRST}\n\n{READ}"
    assert (reading.articles[0].scans, told(reading)) == (((2, 95),), [f"1 {TOLD}"])


def test_what_is_within_an_archive_is_recognised_too(program: Path, corpus: Path) -> None:
    inner = scan(corpus / "a.pdf", prose(FIRST))
    with zipfile.ZipFile(corpus / "b.zip", "w") as archive:
        archive.write(inner, "a.pdf")
    inner.unlink()
    reading = read_corpus(corpus)
    assert [(a.id, a.text) for a in reading.articles] == [("b.zip#a.pdf", READ)]
    assert told(reading) == [f"« a.pdf » : 1 {TOLD}"]


def test_a_page_is_recognised_once(program: Path, corpus: Path, tmp_path: Path) -> None:
    scan(corpus / "a.pdf", prose(FIRST))
    first = read_corpus(corpus, tmp_path / "kept")
    install(program, "", "exit 1")
    assert read_corpus(corpus, tmp_path / "kept") == first
    (kept,) = (tmp_path / "kept").iterdir()
    os.utime(kept, (0, 0))
    scans.sweep(tmp_path / "kept")
    assert not kept.exists()


@pytest.mark.parametrize("does", ["exit 1", "kill -9 $$"])
def test_a_page_that_cannot_be_recognised_is_told(does: str, program: Path, corpus: Path) -> None:
    install(program, make_table(*TEXT), does)
    scan(corpus / "a.pdf", prose(FIRST))
    write(corpus / "b.pdf", prose(FIRST), prose(SECOND))
    (remark,) = read_corpus(corpus).remarks
    assert remark == Remark(
        "a.pdf",
        True,
        "ce PDF ne contient que des images, où aucun texte n’a été reconnu",
        "damaged",
    )


def test_what_time_leaves_waits_for_the_next_indexing(
    program: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(corpus / "b.pdf", prose(FIRST))
    scan(corpus / "a.pdf", prose(FIRST))
    with monkeypatch.context() as patch:
        assert scans.can_recognise()
        install(program, make_table(*TEXT), "exec sleep 60")
        patch.setattr(scans, "_PATIENCE", 0.2)
        reading = read_corpus(corpus, tmp_path / "kept")
        assert [article.id for article in reading.articles] == ["b.pdf"]
        assert told(reading) == ["page 1 : en attente de reconnaissance de caractères"]
        patch.setattr(scans, "_LONGEST", -1.0)
        assert read_corpus(corpus, tmp_path / "kept") == reading
    install(program, make_table(*TEXT))
    assert read_corpus(corpus, tmp_path / "kept").articles[0].text == READ


def test_without_tesseract_what_to_install_is_told(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(corpus))
    scan(corpus / "a.pdf", prose(FIRST))
    write(corpus / "b.pdf", prose(FIRST))
    assert told(read_corpus(corpus)) == [f"ce PDF ne contient que des images ; {scans.INSTALL}"]


# --------------------------------------------------------------------------------- a collection


def test_an_added_scan_is_kept_at_once_and_read_in_the_background(
    program: Path, corpus: Path, tmp_path: Path
) -> None:
    write(corpus / "c.pdf", prose(FIRST))
    at = Settings(corpus=corpus, data=tmp_path / "data", index=tmp_path / "index")
    collection = Collection(at)
    content = scan(tmp_path / "a.pdf", prose(FIRST), prose(SECOND)).read_bytes()
    added = collection.add_file("a.pdf", content)
    assert (added.articles, added.refused) == ((), "")
    assert [remark.waiting for remark in added.remarks] == [2]
    assert [entry.id for entry in collection.list_entries()] == ["c.pdf"]

    done: list[tuple[int, int]] = []
    reading = collection.read(lambda *step: done.append(step))
    assert [article.id for article in reading.articles] == ["ajouts/a.pdf", "c.pdf"]
    assert done == [(0, 2), (1, 2), (2, 2)]
    assert "(confiance moyenne 95 %)" in collection.list_entries()[0].note

    (place,) = find_boxes(tmp_path / "a.pdf", ((2, READ),), collection.scans)
    assert len(place.boxes) == 2 and 0.07 < place.boxes[0][0] < 0.09
    install(program, "", "exit 1")
    assert Collection(at).read() == reading


# -------------------------------------------------------------------------------- the real one


@real
@pytest.mark.parametrize("turn", [0.5, 180])
def test_a_page_of_french_is_read_back(corpus: Path, turn: float) -> None:
    scan(corpus / "a.pdf", prose(FIRST, SECOND, FIRST), turn=turn)
    (article,) = read_corpus(corpus).articles
    wanted = re.findall(r"\w+", " ".join((FIRST, SECOND, FIRST)))
    found = re.findall(r"\w+", article.text)
    right = sum(one == two for one, two in zip(wanted, found, strict=False))
    assert len(found) == len(wanted) and right > 0.95 * len(wanted)
    assert len(article.text.split("\n\n")) == 3 and article.scans[0][1] > 80


@real
def test_a_table_of_a_scan_is_read_row_by_row(corpus: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.paragraph(FIRST, 780)
        for k, commune in enumerate(("Brest", "Quimper", "Lorient")):
            writer.line(commune, 700 - 18 * k)
            writer.line(f"{9 - k}00 €", 700 - 18 * k, x=340)

    scan(corpus / "a.pdf", draw)
    assert "Brest : 900 €.\nQuimper : 800 €." in read_corpus(corpus).articles[0].text
