"""EPUB: chapters in their order, without the table of contents."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, read_corpus
from rag.types import Source

_PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Le Rex</dc:title>
<dc:creator>Claire Martin</dc:creator><dc:date>2024-03-12</dc:date></metadata>
<manifest><item id="n" href="nav.xhtml" properties="nav"/><item id="b" href="b%20c.xhtml"/>
<item id="a" href="texte/a.xhtml"/><item id="z" href="z.xhtml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="z"/></spine>
</package>"""
_CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
    "<head><title>x</title></head>"
    "<body><h1>{}</h1><p>Il était une&#160;fois, l’été.</p></body></html>"
)


def read_book(folder: Path, **parts: str) -> Reading:
    with zipfile.ZipFile(folder / "a.epub", "w") as archive:
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="OEBPS/livre.opf"/></c>')
        archive.writestr("OEBPS/livre.opf", _PACKAGE)
        archive.writestr("OEBPS/nav.xhtml", _CHAPTER.format("Table"))
        archive.writestr("OEBPS/texte/a.xhtml", _CHAPTER.format("Un"))
        archive.writestr("OEBPS/b c.xhtml", _CHAPTER.format("Deux"))
        for name, data in parts.items():
            archive.writestr(f"META-INF/{name}.xml", data)
    return read_corpus(folder)


def test_a_book(tmp_path: Path) -> None:
    reading = read_book(tmp_path)
    (article,) = reading.articles
    assert (article.title, article.date) == ("Le Rex", "2024-03-12")
    assert article.sources == (Source("Claire Martin"),)
    line = "Il était une\u00a0fois, l’été."
    assert article.text == f"# Un\n\n{line}\n\n# Deux\n\n{line}"
    assert [remark.text for remark in reading.remarks] == ["chapitres absents du fichier : 1"]


def test_struck_text_is_left_out_and_calls_of_notes_are_raised(tmp_path: Path) -> None:
    chapter = (
        "Un</h1><p>L’eau est à 28 degrés<a epub:type='noteref' href='#n'>1</a>, le "
        "<span class='b'>chlore</span> <s>brome</s> sel est dosé.</p><h1>Notes"
    )
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="OEBPS/livre.opf"/></c>')
        archive.writestr("OEBPS/livre.opf", _PACKAGE)
        archive.writestr("OEBPS/texte/a.xhtml", _CHAPTER.format(chapter))
        archive.writestr("OEBPS/s.css", ".b { text-decoration: line-through }")
    reading = read_corpus(tmp_path)
    assert "à 28 degrés¹, le sel est dosé." in reading.articles[0].text
    assert "passages barrés, laissés de côté : 2" in [r.text for r in reading.remarks]


@pytest.mark.parametrize(
    ("method", "locked"),
    [("http://www.idpf.org/2008/embedding", False), ("http://www.w3.org/2001/04/xmlenc", True)],
)
def test_a_locked_book_is_refused(tmp_path: Path, method: str, locked: bool) -> None:
    locks = f'<e><EncryptionMethod Algorithm="{method}"/></e>'
    if not locked:
        assert read_book(tmp_path, encryption=locks).articles
        return
    with pytest.raises(EmptyCorpus, match="DRM"):
        read_book(tmp_path, encryption=locks)


def test_a_damaged_book_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.epub").write_bytes(b"PK\x03\x04")
    with pytest.raises(EmptyCorpus, match="endommagé"):
        read_corpus(tmp_path)
