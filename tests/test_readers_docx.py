"""DOCX files written here by python-docx, some mended by hand, and read as files."""

from __future__ import annotations

import datetime
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.readers import read_corpus
from rag.types import Article

FRENCH = "L’œuvre d’Élodie coûte 27 % de plus que prévu : « où ira-t-on ? », dit la maire."
WORD = nsdecls("w")


def read(document: Document, folder: Path, name: str = "a.docx") -> Article:
    document.save(str(folder / name))
    reading = read_corpus(folder / name)
    assert reading.remarks == ()
    return reading.articles[0]


def refuse(folder: Path, data: bytes) -> str:
    (folder / "a.docx").write_bytes(data)
    (folder / "b.txt").write_text("Une phrase.", encoding="utf-8")
    reading = read_corpus(folder)
    assert [article.id for article in reading.articles] == ["b.txt"]
    (remark,) = reading.remarks
    assert (remark.path, remark.skipped) == ("a.docx", True)
    return remark.text


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def replace_part(data: bytes, name: str, part: bytes | None) -> bytes:
    """Replace or remove one part of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", 8) as copy:
        for item in source.namelist():
            content = part if item == name else source.read(item)
            if content is not None:
                copy.writestr(item, content)
    return buffer.getvalue()


def add(document: Document, text: str, *pieces: str) -> None:
    """Add a paragraph made of a text and of XML."""
    paragraph: Any = document.add_paragraph(text)
    for piece in pieces:
        paragraph._p.append(parse_xml(piece))


# --------------------------------------------------------------------------------------- text


def test_paragraphs_headings_lists_and_tables_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Le budget", 0)
    document.add_heading("Les chiffres", 2)
    document.add_paragraph(FRENCH)
    document.add_paragraph("la voirie ;", style="List Bullet")
    document.add_paragraph("les écoles.", style="List Bullet")
    document.add_paragraph("Premier point.", style="List Number")
    table = document.add_table(3, 3)
    rows = [("Ville", "Habitants", ""), ("Paris", "2 100 000", "Oui"), ("Lyon", "520 000", "")]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("La fin.")
    assert read(document, tmp_path).text == (
        f"# Le budget\n\n## Les chiffres\n\n{FRENCH}\n\n- la voirie ;\n- les écoles.\n\n"
        "1. Premier point.\n\n"
        "Ville ; Habitants.\nParis ; 2 100 000 ; Oui.\nLyon ; 520 000.\n\nLa fin."
    )


def test_the_heads_of_a_table_name_its_values(tmp_path: Path) -> None:
    document = docx.Document()
    table: Any = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Ville", "Habitants", "Paris", "2 100 000"), strict=True):
        cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {WORD}/>"))
    assert read(document, tmp_path).text == "Ville : Paris ; Habitants : 2 100 000."


def test_insertions_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    add(
        document,
        "Un prix de ",
        f'<w:ins {WORD} w:id="1" w:author="a"><w:r><w:t>12</w:t></w:r></w:ins>',
        f'<w:del {WORD} w:id="2" w:author="a"><w:r><w:delText>10</w:delText></w:r></w:del>',
        f"<w:r {WORD}><w:t> euros.</w:t></w:r>",
    )
    assert read(document, tmp_path).text == "Un prix de 12 euros."


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<w:fldSimple {w} w:instr="DATE"><w:r><w:t>12 mars</w:t></w:r></w:fldSimple>', "12 mars"),
        ("<w:smartTag {w}><w:r><w:t>Paris</w:t></w:r></w:smartTag>", "Paris"),
        ("<w:r {w}><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>", ""),
        ('<w:r {w}><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>vu</w:t></w:r>', "vu"),
        ("<w:r {w}><w:t>aujourd</w:t><w:softHyphen/><w:t>’hui</w:t></w:r>", "aujourd’hui"),
        ("<w:r {w}><w:t>un</w:t><w:br/><w:t>deux</w:t></w:r>", "un\ndeux"),
        (
            '<w:r {w}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>3</w:t></w:r>',
            "³",
        ),
        ('<w:r {w}><w:rPr><w:position w:val="8"/></w:rPr><w:t>3</w:t></w:r>', "³"),
    ],
    ids="field tag hidden shown hyphen break raised lifted".split(),
)
def test_what_word_puts_in_a_paragraph(tmp_path: Path, xml: str, expected: str) -> None:
    document = docx.Document()
    add(document, "Voici", xml.replace("{w}", WORD))
    assert read(document, tmp_path).text == f"Voici{expected}"


def test_content_controls_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Avant.")
    inside = "<w:p><w:r><w:t>Dedans.</w:t></w:r></w:p>"
    control = f"<w:sdt {WORD}><w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    document.element.body.insert(1, parse_xml(control))
    assert read(document, tmp_path).text == "Avant.\n\nDedans."


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Les chiffres\t3", style="toc 1")
    document.add_heading("Les chiffres", 1)
    document.add_paragraph("Un texte.")
    assert read(document, tmp_path).text == "# Les chiffres\n\nUn texte."


# --------------------------------------------------------------------------------- properties


@pytest.mark.parametrize(
    ("own", "expected"),
    [("Un vrai titre", "Un vrai titre"), ("Word Document", "Le budget"), ("", "Le budget")],
)
def test_title(tmp_path: Path, own: str, expected: str) -> None:
    document = docx.Document()
    document.core_properties.title = own
    document.add_heading("Le budget", 1)
    assert read(document, tmp_path).title == expected


def test_without_title_the_file_names_it(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    assert read(document, tmp_path, "mon_bel-article.docx").title == "mon bel article"


@pytest.mark.parametrize(
    ("modified", "expected"),
    [(datetime.datetime(2025, 3, 12), "2025-03-12"), (datetime.datetime(2025, 3, 1), "")],
)
def test_date(tmp_path: Path, modified: datetime.datetime, expected: str) -> None:
    document = docx.Document()
    document.core_properties.created = datetime.datetime(2025, 3, 1)
    document.core_properties.modified = modified
    document.add_paragraph(FRENCH)
    assert read(document, tmp_path).date == expected


def test_damaged_properties_do_not_lose_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    for part in (b"<", None):
        (tmp_path / "a.docx").write_bytes(replace_part(saved(document), "docProps/core.xml", part))
        assert read_corpus(tmp_path / "a.docx").articles[0].text == FRENCH


# ------------------------------------------------------------------------- what can't be read

DAMAGED = "ce document DOCX est endommagé, ou n’en est pas un"
BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"%s</w:body></w:document>"
)


def with_body(body: bytes) -> bytes:
    return replace_part(saved(docx.Document()), "word/document.xml", BODY % body)


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    whole = saved(docx.Document())
    for data in (
        b"",
        os.urandom(5000),
        whole[:3000],
        replace_part(whole, "word/document.xml", None),
    ):
        assert refuse(tmp_path, data) == DAMAGED
    assert refuse(tmp_path, with_body(b"<w:p>")) == DAMAGED
    assert refuse(tmp_path, with_body(b"<w:tbl><w:tr><w:tc>" * 300)) == DAMAGED
    assert refuse(tmp_path, whole) == "ce document ne contient aucun texte"
    assert refuse(tmp_path, b"\xd0\xcf\x11\xe0" + bytes(2000)).startswith("document protégé par")


def test_bombs_are_refused_before_they_are_inflated(tmp_path: Path) -> None:
    started = time.process_time()
    for body in (b" " * 30_000_000, b"<w:p/>" * 1_100_000):
        assert refuse(tmp_path, with_body(body)).startswith("ce document est trop long")
    assert time.process_time() - started < 10


def test_no_entity_is_expanded_or_fetched(tmp_path: Path) -> None:
    (tmp_path / ".secret").write_text("SECRET", encoding="utf-8")
    paragraph = BODY % b"<w:p><w:r><w:t>Un &a;</w:t></w:r></w:p>"
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    for entities in (
        b'<!ENTITY a SYSTEM "file://%s">' % os.fsencode(tmp_path / ".secret"),
        b'<!ENTITY a0 "lol">' + laughs + b'<!ENTITY a "&a11;">',
    ):
        part = b"<!DOCTYPE w [" + entities + b"]>" + paragraph
        data = replace_part(saved(docx.Document()), "word/document.xml", part)
        assert refuse(tmp_path, data) == DAMAGED


def test_a_picture_is_not_opened(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    blip = (
        f"<w:r {WORD}><w:drawing><wp:inline "
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships" r:link="rId99"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    add(document, "Une image : ", blip)
    relations = "word/_rels/document.xml.rels"
    with zipfile.ZipFile(io.BytesIO(saved(document))) as archive:
        linked = archive.read(relations).replace(
            b"</Relationships>",
            b'<Relationship Id="rId99" Type="image" Target="file:///etc/passwd" '
            b'TargetMode="External"/></Relationships>',
        )
    (tmp_path / "a.docx").write_bytes(replace_part(saved(document), relations, linked))
    assert read_corpus(tmp_path / "a.docx").articles[0].text == f"{FRENCH}\n\nUne image :"
