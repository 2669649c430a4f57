"""PDFs written here by reportlab and read as files: text, pages, running heads, hostile bytes."""

from __future__ import annotations

import os
import random
import re
import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from pdf_pages import FIRST, SECOND, Writer, column, line, prose, read, write

from rag.chunking import chunk_article
from rag.readers import Reading, layout, pdfium, read_corpus, scans
from rag.readers.layout import lay_out
from rag.readers.pdf import clean_line
from rag.readers.pdfium import Line, Page, read_pages
from rag.types import Article

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.utils import simpleSplit

CORPUS = Path(__file__).parent.parent / "corpus"


def refuse(folder: Path, data: bytes) -> str:
    """Read a folder where one file is damaged and another is not; return what is told of it."""
    (folder / "b.txt").write_text("Une phrase.", encoding="utf-8")
    (folder / "a.pdf").write_bytes(data)
    reading = read_corpus(folder)
    assert [article.id for article in reading.articles] == ["b.txt"]
    (remark,) = reading.remarks
    assert (remark.path, remark.skipped) == ("a.pdf", True)
    return remark.text


def page_text(article: Article, number: int) -> str:
    end = [*article.pages, len(article.text)][number]
    return article.text[article.pages[number - 1] : end]


# -------------------------------------------------------------------------------------- prose


def test_lines_become_paragraphs_again(tmp_path: Path) -> None:
    article, remarks = read(write(tmp_path / "a.pdf", prose(FIRST, SECOND)))
    assert article.text == f"{FIRST}\n\n{SECOND}"
    assert (article.id, article.pages, article.date, remarks) == ("a.pdf", (0,), "", [])


def test_headings_items_and_paragraphs(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("Le budget de la ville", 780, size=22)
        writer.line("Les recettes", 740, size=15)
        y = writer.paragraph(FIRST, 715)
        writer.line("•", y - 10)
        writer.line("la voirie, 4 millions d’euros ;", y - 10, x=84)
        writer.line("• les écoles, 6 millions d’euros.", y - 24)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == (
        f"# Le budget de la ville\n\n## Les recettes\n\n{FIRST}\n\n"
        "- la voirie, 4 millions d’euros ;\n- les écoles, 6 millions d’euros."
    )


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        parts = simpleSplit(f"{FIRST} {SECOND}", "Helvetica", 11, 210)
        half = (len(parts) + 1) // 2
        for k, part in enumerate(parts):
            writer.line(part, 760 - 14 * (k % half), x=310 if k >= half else 72)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == f"{FIRST} {SECOND}"


def test_a_page_set_on_its_side(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.canvas.setPageRotation(90)
        writer.canvas.translate(500, 50)
        writer.canvas.rotate(90)
        writer.paragraph(FIRST, 0, x=0)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == FIRST


def test_a_raised_figure_is_no_part_of_the_one_before(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("La population était de 520", 700)
        width = writer.canvas.stringWidth("La population était de 520", "Helvetica", 11)
        writer.line("3", 704, x=72 + width, size=6)
        writer.line("milliers en 2023.", 700, x=72 + width + 7)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.text == "La population était de 520³ milliers en 2023."


# -------------------------------------------------------------------------------------- pages


def test_struck_words_are_left_out_and_told(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("Le loyer mensuel est de 850 euros 920 euros.", 700)
        writer.line("La caution est de deux mois.", 680)
        writer.line("Le bail dure neuf ans.", 660)
        width = writer.canvas.stringWidth
        left = 72 + width("Le loyer mensuel est de ", "Helvetica", 11)
        # Through words, below words, and across the page, as those of a chart.
        writer.canvas.line(left, 703.5, left + width("850 euros", "Helvetica", 11), 703.5)
        writer.canvas.line(72, 678, 200, 678)
        writer.canvas.line(40, 663.5, 550, 663.5)
        writer.line("Le taux vaut", 640)
        writer.line("51 000", 646, x=145)
        writer.canvas.line(145, 643.5, 180, 643.5)

    article, remarks = read(write(tmp_path / "a.pdf", draw))
    assert article.text == (
        "Le loyer mensuel est de 920 euros. La caution est de deux mois.\nLe bail dure neuf ans.\n"
        "Le taux vaut\n\n51 000"
    )
    assert remarks == ["texte barré laissé de côté : « 850 euros »"]


def test_pages_are_kept_for_the_citation(tmp_path: Path) -> None:
    blank: Callable[[Writer], object] = lambda writer: None  # noqa: E731
    path = write(tmp_path / "a.pdf", blank, prose(FIRST), blank, prose(SECOND), blank)
    article, _ = read(path)
    assert article.pages == (0, 0, len(FIRST) + 2, len(FIRST) + 2, len(article.text))
    assert article.find_page(0) == 2
    assert article.find_page(article.text.index("unanimité")) == 2
    assert article.find_page(article.text.index("Les écoles")) == 4
    assert Article(id="a", title="", text="Un texte.").find_page(3) is None


def test_a_word_and_a_paragraph_cut_between_two_pages(tmp_path: Path) -> None:
    def top(writer: Writer) -> None:
        writer.paragraph(
            "Les deux villes ont signé, sans attendre la réunion, un agré-", 100, width=900
        )

    def bottom(writer: Writer) -> None:
        writer.line("ment qui les lie.", 760)

    article, _ = read(write(tmp_path / "a.pdf", top, bottom))
    assert (
        article.text
        == "Les deux villes ont signé, sans attendre la réunion, un agrément qui les lie."
    )
    assert page_text(article, 2) == "ment qui les lie."


def test_a_passage_may_span_two_pages(tmp_path: Path) -> None:
    article, _ = read(write(tmp_path / "a.pdf", prose(FIRST), prose(SECOND)))
    (chunk,) = chunk_article(article)
    assert [article.find_page(span.start) for span in chunk.sentences] == [1, 1, 2, 2]


def test_running_heads_go(tmp_path: Path) -> None:
    def numbered(number: int, text: str) -> Callable[[Writer], object]:
        def draw(writer: Writer) -> None:
            writer.line("Rapport annuel de la ville", 800, size=9)
            writer.paragraph(text, 740)
            writer.line(f"Page {number} sur 4", 40, x=280, size=9)

        return draw

    texts = [FIRST, SECOND, "La séance est levée à vingt heures.", "Le maire remercie les élus."]
    pages = [numbered(k, text) for k, text in enumerate(texts, start=1)]
    article, _ = read(write(tmp_path / "a.pdf", *pages))
    assert article.text == "\n\n".join(texts)


def break_words(text: str, width: float) -> list[str]:
    """Wrap a text as a typesetter does, long words cut before their last three letters."""
    lines: list[str] = simpleSplit(text, "Helvetica", 11, width)
    for k in range(len(lines) - 1):
        first, _, rest = lines[k + 1].partition(" ")
        if re.fullmatch(r"[a-zéèêç]{8,}", first):
            lines[k] += f" {first[:-3]}-"
            lines[k + 1] = f"{first[-3:]} {rest}"
    return lines


@pytest.mark.parametrize("seed", range(3))
def test_each_page_holds_its_words(tmp_path: Path, seed: int) -> None:
    """Articles of the corpus over many pages: all words, each on its page, no running head."""
    files = sorted(CORPUS.glob("2*.md"))
    body = random.Random(seed).choice(files).read_text(encoding="utf-8").split("---", 2)[2]
    plain = body.replace("\u202f", " ").replace("\u00a0", " ").replace("#", "")
    paragraphs = [" ".join(part.split()) for part in plain.split("\n\n") if part.strip()]
    lines = [part for text in paragraphs for part in [*break_words(text, 450), ""]]
    sheets = [lines[k : k + 12] for k in range(0, len(lines), 12)]
    writer = Writer(tmp_path / "a.pdf")
    for number, sheet in enumerate(sheets, start=1):
        writer.line("Une tête courante", 810, size=9)
        for k, part in enumerate(sheet):
            writer.line(part, 760 - 15 * k)
        writer.line(str(number), 30, x=300)
        writer.canvas.showPage()
    writer.canvas.save()
    article, _ = read(tmp_path / "a.pdf")
    assert len(article.pages) == len(sheets) and article.pages[0] == 0
    assert list(article.pages) == sorted(article.pages)
    for number, sheet in enumerate(sheets, start=1):
        drawn = re.sub(r"-\n", "", "\n".join(sheet))
        assert re.findall(r"\w+", page_text(article, number)) == re.findall(r"\w+", drawn)
    assert re.sub(r"[-\s]+", "", article.text) == re.sub(r"[-\s]+", "", "".join(paragraphs))
    assert "tête courante" not in article.text


# -------------------------------------------------------------------------------------- title


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Le budget primitif de 2026", "Le budget primitif de 2026"),
        ("Microsoft Word - budget.doc", "Le budget de la ville"),
        ("budget_v2_final", "Le budget de la ville"),
        ("untitled", "Le budget de la ville"),
        ("", "Le budget de la ville"),
    ],
)
def test_title(tmp_path: Path, own: str, expected: str) -> None:
    def draw(writer: Writer) -> None:
        writer.canvas.setTitle(own)
        writer.line("Le budget", 780, size=22)
        writer.line("de la ville", 755, size=22)
        writer.paragraph(FIRST, 700)

    assert read(write(tmp_path / "a.pdf", draw))[0].title == expected


def test_a_heading_above_a_table_alone_is_the_title(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.line("Les dépenses de 2023", 780, size=16)
        for k in range(5):
            writer.line(f"Facture n° {4001 + k}", 740 - 18 * k)
            writer.line(f"{900 - 7 * k},00 €", 740 - 18 * k, x=300)

    article, _ = read(write(tmp_path / "a.pdf", draw))
    assert article.title == "Les dépenses de 2023"
    assert article.text.split("\n")[2] == "Facture n° 4001 : 900,00 €."


def test_a_letter_is_no_title(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        writer.canvas.setTitle("L")
        writer.paragraph(FIRST, 780)

    assert read(write(tmp_path / "avis.pdf", draw))[0].title == "avis"


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "can_recognise", lambda: False)


@pytest.mark.usefixtures("without_tesseract")
def test_pages_that_are_pictures_with_a_stamp_are_told(tmp_path: Path) -> None:
    def stamped(number: int) -> Callable[[Writer], object]:
        def draw(writer: Writer) -> None:
            from PIL import Image

            shade = Image.new("RGB", (8, 8), (200, 200, 200 + number))
            writer.canvas.drawInlineImage(shade, 0, 0, 595, 842)
            writer.line(f"Pièce n° 7 - page {number}/3", 20, x=430, size=8)

        return draw

    pages = [stamped(number) for number in (1, 2, 3)]
    _, remarks = read(write(tmp_path / "a.pdf", *pages))
    assert remarks == [f"pages 1 à 3 : images sans texte ; {scans.INSTALL}"]
    article, remarks = read(write(tmp_path / "a.pdf", *pages, prose(FIRST), prose(SECOND)))
    assert article.text == f"{FIRST}\n\n{SECOND}"
    assert remarks == [
        f"pages 1 à 3 : images sans texte ; {scans.INSTALL}",
        "en-têtes et pieds de page laissés de côté : « Pièce n° 7 - page 1/3 »",
    ]


def test_without_title_the_file_names_it(tmp_path: Path) -> None:
    assert read(write(tmp_path / "mon_bel-article.pdf", prose(FIRST)))[0].title == "mon bel article"


def test_pages_all_alike_keep_their_text(tmp_path: Path) -> None:
    pages = [prose("Bon pour un café.")] * 4
    article, remarks = read(write(tmp_path / "a.pdf", *pages))
    assert (article.text.count("café"), remarks) == (4, [])


# ------------------------------------------------------------------------- what can't be read


def test_a_pdf_closed_by_a_password(tmp_path: Path) -> None:
    closed = StandardEncryption("secret", strength=128)
    data = write(tmp_path / "x.pdf", prose(FIRST), encrypt=closed).read_bytes()
    (tmp_path / "x.pdf").unlink()
    assert refuse(tmp_path, data).startswith("ce PDF est protégé par un mot de passe")


def test_a_pdf_that_only_forbids_changes_is_read(tmp_path: Path) -> None:
    locked = StandardEncryption("", ownerPassword="secret", canModify=0, strength=128)
    assert read(write(tmp_path / "a.pdf", prose(FIRST), encrypt=locked))[0].text == FIRST


def picture(writer: Writer) -> None:
    from PIL import Image

    writer.canvas.drawInlineImage(Image.new("RGB", (8, 8), "red"), 100, 100, 300, 300)


@pytest.mark.usefixtures("without_tesseract")
def test_pictures_of_text_are_told(tmp_path: Path) -> None:
    data = write(tmp_path / "x.pdf", picture, picture).read_bytes()
    (tmp_path / "x.pdf").unlink()
    assert refuse(tmp_path, data) == f"ce PDF ne contient que des images ; {scans.INSTALL}"
    article, remarks = read(write(tmp_path / "c.pdf", prose(FIRST), picture))
    assert (article.text, remarks) == (FIRST, [f"page 2 : image sans texte ; {scans.INSTALL}"])


def one_page(content: bytes, kids: bytes = b"[3 0 R]", count: int = 1) -> bytes:
    """A PDF by hand, whose only page draws ``content``, compressed."""
    data = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids %s/Count %d>>" % (kids, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(data), data),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj %s endobj\n" % (k, o) for k, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>"


TEXT = b"BT /F1 12 Tf 50 700 Td (Bonjour le monde.) Tj ET "


def test_what_is_no_pdf_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    whole = write(tmp_path / "x.pdf", prose(FIRST)).read_bytes()
    (tmp_path / "x.pdf").unlink()
    for data in (b"", b"%PDF-1.7\n", os.urandom(5000), whole[:200], b"Du texte."):
        assert refuse(tmp_path, data) == "ce PDF est endommagé, ou n’en est pas un"
    assert refuse(tmp_path, one_page(b"")) == "ce PDF ne contient aucun texte"
    assert refuse(tmp_path, one_page(b"", b"[2 0 R 2 0 R]")) == "ce PDF ne contient aucun texte"


def test_a_pdf_by_hand_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(one_page(TEXT, count=2_000_000_000))
    assert read(tmp_path / "a.pdf")[0].text == "Bonjour le monde."


@pytest.mark.slow
def test_a_bomb_neither_lasts_nor_takes_the_memory(tmp_path: Path) -> None:
    started = time.monotonic()
    told = refuse(tmp_path, one_page(TEXT[:-3] + b"(Bonjour) Tj " * 4_000_000 + b"ET"))
    assert told.startswith("ce fichier demande trop de mémoire, ou est endommagé ; ")
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_too_many_pages(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(one_page(TEXT, b"[" + b"3 0 R " * 6000 + b"]", 6000))
    article, remarks = read(tmp_path / "a.pdf")
    assert (len(article.pages), remarks) == (5000, ["lecture arrêtée après la page 5000 sur 6000"])


@pytest.mark.usefixtures("in_process")
def test_a_pdf_too_slow_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium, "_PATIENCE", -1.0)
    assert refuse(tmp_path, one_page(TEXT)) == "ce PDF demande trop de temps ou de mémoire"


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (MemoryError, "lecture arrêtée après la page 1 sur 3"),
        (OverflowError, "pages 2 à 3 : illisibles"),
    ],
)
def test_what_was_read_before_a_failure_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception], told: str
) -> None:
    shown = iter([Page((line("Un.", 700),))])

    def fail(*arguments: object) -> Page:
        page = next(shown, None)
        if page is None:
            raise trouble
        return page

    monkeypatch.setattr(pdfium, "_read_page", fail)
    article, remarks = read(write(tmp_path / "a.pdf", *[prose(FIRST)] * 3))
    assert (article.text, remarks) == ("Un.", [told])


def test_the_time_of_a_document_is_looked_at_between_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(monotonic=iter((0.0, 1.0, 61.0)).__next__)
    monkeypatch.setattr(pdfium, "time", clock)
    document = read_pages(write(tmp_path / "a.pdf", prose(FIRST), prose(SECOND)))
    assert (document.count, len(document.pages), document.failure) == (2, 1, "stopped")


@pytest.mark.parametrize("seed", range(12))
def test_mutated_pdfs_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    data = bytearray(write(tmp_path / "x.pdf", prose(FIRST), prose(SECOND)).read_bytes())
    (tmp_path / "x.pdf").unlink()
    for _ in range(source.choice([1, 10, 100])):
        data[source.randrange(len(data))] = source.randrange(256)
    (tmp_path / "b.txt").write_text("Une phrase.", encoding="utf-8")
    (tmp_path / "a.pdf").write_bytes(data[: source.choice([None, source.randrange(len(data))])])
    reading = read_corpus(tmp_path)
    assert isinstance(reading, Reading) and len(reading.articles) + len(reading.remarks) >= 2


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refuse(tmp_path, os.urandom(500))
    read_pages(tmp_path / "a.pdf")
    assert capfd.readouterr() == ("", "")


# --------------------------------------------------------------------------------- characters


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("e\u0301te\u0301, ou\u0300", "été, où"),
        ("e\ufb03cace, \ufb01n, \ufb02ux", "efficace, fin, flux"),
        ("d´ecembre, tˆete, na¨ıf, fran¸cais", "décembre, tête, naïf, français"),
        ("voil`a, il va `a Paris, o`u", "voilà, il va à Paris, où"),
        ("m² et 10³", "m² et 10³"),
        ("cou\u00adpe, mot cou\u00ad", "coupe, mot cou-"),
        ("a\x00b\x07", "ab"),
        ("`code`", "`code`"),
    ],
)
def test_characters(drawn: str, expected: str) -> None:
    assert clean_line(drawn) == expected


# ------------------------------------------------------------------------------------- layout


def laid(*pages: Sequence[Line]) -> str:
    return lay_out([Page(tuple(page)) for page in pages])[0]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("un accord d’agré-", "ment réciproque", "un accord d’agrément réciproque"),
        ("la ville de Saint-", "Étienne est", "la ville de Saint-Étienne est"),
        ("instruit par Jean-", "Baptiste Roy", "instruit par Jean-Baptiste Roy"),
        ("la demande n° 2023-", "0379 de mai", "la demande n° 2023-0379 de mai"),
        ("l’article L. 151-", "19 du code", "l’article L. 151-19 du code"),
        ("le modèle GPT-", "5 est sorti", "le modèle GPT-5 est sorti"),
        ("la crise, c’est-à-", "dire la peur", "la crise, c’est-à-dire la peur"),
        ("que faut-il, peut-", "être, y voir", "que faut-il, peut-être, y voir"),
        ("la ville a-t-", "elle signé", "la ville a-t-elle signé"),
        ("signez-", "le vite", "signez-le vite"),
        ("une œuvre, cel-", "le du maire", "une œuvre, celle du maire"),
        ("la porte, un sous-", "sol entier", "la porte, un sous-sol entier"),
        (
            "voyez https://exemple.fr/un/",
            "deux.html ici",
            "voyez https://exemple.fr/un/deux.html ici",
        ),
    ],
)
def test_words_cut_at_the_end_of_a_line(before: str, after: str, expected: str) -> None:
    elsewhere = column(
        "On y voit un grand sous-sol et un agrément de plus, puis rien.", "Fin.", y=300
    )
    assert laid([*column(before, after, "et la suite."), *elsewhere]).startswith(expected)


def test_an_indent_starts_a_paragraph_where_no_space_does() -> None:
    page = [
        line("Une première phrase va jusqu’au bout de sa ligne et même au-delà,", 700, right=500),
        line("puis elle finit juste au bord de la marge, comme il arrive parfois.", 688, right=500),
        line(
            "Une autre commence en retrait, sans qu’il y ait de blanc au-dessus,",
            676,
            x=84,
            right=500,
        ),
        line("et finit.", 664),
    ]
    assert [part[:10] for part in laid(page).split("\n")] == ["Une premiè", "Une autre "]


@pytest.mark.parametrize(
    ("below", "cut"),
    [
        ("Article 3 - Durée", True),
        ("ARTICLE 1er", True),
        ("2.1 Objet du marché", True),
        ("II – Finances", True),
        ("Article 3 du code", False),
        ("2.150 euros", False),
    ],
)
def test_a_numbered_line_starts_a_paragraph(below: str, cut: bool) -> None:
    lines = [line("Ces travaux durent.", 700, right=500), line(below, 688, right=500)]
    text, _ = lay_out([Page((*lines, line("Fin.", 676)))])
    assert text.startswith("Ces travaux durent." + ("\n" if cut else " "))


def test_lines_of_an_address_stay_lines() -> None:
    page = [line("Mairie de Paris", 700), line("5, rue Lobau", 688), line("Paris Cedex", 676)]
    assert laid(page) == "Mairie de Paris\n5, rue Lobau\nParis Cedex"


def test_notes_do_not_cut_the_sentence_that_runs_over_the_page() -> None:
    first = [
        *column("Le conseil a décidé que la ville", "construirait une école avant la", right=400),
        line("1. Décision du 3 mars.", 60, size=7),
    ]
    first[1] = line("construirait une école avant la", 688, right=400)
    second = column("fin de l’année, si tout va bien, et", "rien d’autre.", right=400)
    text, pages = lay_out([Page(tuple(first)), Page(tuple(second))])
    assert text == (
        "1. Décision du 3 mars.\n\nLe conseil a décidé que la ville construirait une école avant "
        "la fin de l’année, si tout va bien, et rien d’autre."
    )
    assert pages == (0, text.index("fin de l’année"))


def test_entries_of_a_table_of_contents_stay_lines() -> None:
    page = [
        line(f"{n} Un titre . . . . . . . . . . {n}", 700 - 12 * n, right=500) for n in range(1, 5)
    ]
    assert laid(page).split("\n") == [f"{n} Un titre … {n}" for n in range(1, 5)]


def test_dots_by_the_thousand_take_no_time() -> None:
    started = time.process_time()
    laid([line("." * 100_000, 700), line(". " * 50_000, 600)])
    assert time.process_time() - started < 5


@pytest.mark.usefixtures("in_process")
def test_a_font_that_does_not_tell_its_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = pdfium.Document("", 1, (Page((line("\ue001\ue002\ue003 \ue004", 700),)),), "")
    monkeypatch.setattr("rag.readers.pdf.read_pages", lambda path: shown)
    assert refuse(tmp_path, b"x").startswith("les polices de ce PDF ne disent pas")


@pytest.mark.parametrize("number", [0.0, 1e38, -1e38])
def test_impossible_places_do_not_stop_the_reading(number: float) -> None:
    lines = [Line("Un.", number, number, number, abs(number)), Line("Deux", 0, 0, 0, 0)] * 3
    assert "Deux" in laid(lines, lines)


def test_measure_of_nothing() -> None:
    assert layout.measure_pages([]).size == 0
    assert lay_out([Page(())]) == ("", (0,))
