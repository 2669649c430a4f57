"""Files broken at random, from a small seed of each format: each gives an article or a remark.

``read_here`` tells a failure of ours as « fichier mal formé, que Sourcier ne sait pas lire »: it
keeps the other files from harm, but a reader is to say itself what is wrong with a file.
"""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from pdf_pages import prose, write

from rag.readers import Remark, read_file, read_here
from rag.types import Article

TRIES = 300

_TABLE = "<table><tr><th>Ville<th>Habitants<tr><td rowspan=2>Nevers<td>33 000<tr><td>Vichy</table>"
_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>La piscine | Site</title><body><article><h1>La '
    'piscine</h1><time datetime="2024-03-12">12 mars</time><p hidden>Non.<p style="color:#fff;'
    'background:rgb(255,255,255)">Cachée, dit-on.<p>La piscine ouvre à 9 h, <s>10 h</s> le lundi.'
    f'<ul><li>un<li>deux<sup>2</sup></ul>{_TABLE}<script type="application/ld+json">'
    '{"@type":"Article","headline":"La piscine","datePublished":"2024-03-12"}</script></article>'
)
_TEXTS = {
    ".md": '---\ntitle: "Budget"\ndate: 2024-03-12\nsources:\n - title: a\n---\n# Budget\n\n'
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n- un\n- deux\n\n"
    "<table><tr><td>a<td>b</table>\n```\ncode\n```\n",
    ".txt": "Titre : Avis\nDate : 12 mars 2024\n\nAVIS\n====\n\nLe magasin ferme same-\n"
    "di à 18 h.\n",
    ".html": _PAGE,
    ".csv": 'Ville;Habitants;« Note »\nNevers;33 000;"deux\nlignes"\nVichy;25 000;\n',
    ".jsonl": '{"id": "a", "title": "A", "text": "Il pleut.", "date": "2024-03-12"}\n{"id": "b"}\n',
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\nBonjour.\n\n2\n00:00:03,000 "
    "--> 00:00:04,000\nOui.\n",
    ".vtt": "WEBVTT\n\nNOTE a\n\n00:01.000 --> 00:02.000 align:left\n<v Anne>Bonjour &amp; oui.\n",
    ".rtf": r"{\rtf1\ansi\ansicpg1252{\info{\title Avis}}{\fonttbl{\f0 Arial;}}\b Avis\b0\par "
    r"Il co\'fbte 3\u8364? \{net\}\par\trowd\cell un\cell deux\row}",
    ".eml": "From: Anne <a@b.fr>\nDate: Tue, 12 Mar 2024 10:00:00 +0100\n"
    "Subject: =?utf-8?q?R=C3=A9?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=X\n\n"
    "--X\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    "PHA+Qm9uam91ci48L3A+\n--X\nContent-Type: "
    'text/plain\nContent-Disposition: attachment; filename="a.txt"\n\nPiece.\n--X--\n',
    ".mhtml": "From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; "
    f"boundary=X\n\n--X\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n"
    f"{_PAGE}\n--X--\n",
}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF = (
    f'<o:document-content xmlns:o="{_OPEN}office:1.0" xmlns:text="{_OPEN}text:1.0" '
    f'xmlns:table="{_OPEN}table:1.0"><o:body><o:text><text:h text:outline-level="1">Avis</text:h>'
    '<text:p>Il pleut.</text:p><table:table table:name="T"><table:table-row>'
    '<table:table-cell table:number-columns-repeated="2"><text:p>a</text:p>'
    "</table:table-cell></table:table-row></table:table>"
    "</o:text></o:body></o:document-content>"
)
_SLIDE = (
    '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree><p:sp>'
    '<p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p>'
    "<a:r><a:t>Avis</a:t></a:r></a:p>"
    "</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
)
_DECK = (
    '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_RELATIONS}"><p:sldIdLst><p:sldId id="256" r:id="r1"/>'
    "</p:sldIdLst></p:presentation>"
)
_RELATED = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_RELATIONS}/slide" Target="slides/slide1.xml"/></Relationships>'
)
_BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata><title '
    'xmlns="http://purl.org/dc/elements/1.1/">Livre</title></metadata><manifest><item id="a" '
    'href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="b.opf"/></rootfiles></container>'
)
_ARCHIVES = {
    ".odt": {"content.xml": _ODF},
    ".ods": {"content.xml": _ODF.replace("o:text>", "o:spreadsheet>")},
    ".odp": {"content.xml": _ODF.replace("o:text>", "o:presentation>")},
    ".pptx": {
        "ppt/presentation.xml": _DECK,
        "ppt/_rels/presentation.xml.rels": _RELATED,
        "ppt/slides/slide1.xml": _SLIDE,
    },
    ".epub": {"META-INF/container.xml": _CONTAINER, "b.opf": _BOOK, "a.xhtml": _PAGE},
    ".zip": {"a.txt": "Il pleut.", "b/c.md": "# Titre\n\nIl pleut."},
}


def make_document() -> bytes:
    document = docx.Document()
    document.add_heading("Règlement", 1)
    document.add_paragraph("Le club ouvre à 9 h.", style="List Number")
    table = document.add_table(2, 3)
    for cell, text in zip(table._cells, "Ville,Prix,Note,Nevers,12 €,a".split(","), strict=True):
        cell.text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    document.sections[0].header.paragraphs[0].text = "Club"
    buffer = io.BytesIO()
    document.save(buffer)
    wanted = ("document.xml", "header1.xml", "numbering.xml", ".rels", "core.xml")
    return pack({name: part for name, part in unpack(buffer).items() if name.endswith(wanted)})


def make_workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("Ville", "Habitants"), ("Nevers", 12.5), ("Vichy", True)):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return pack(unpack(buffer))


def pack(parts: dict[str, bytes]) -> bytes:
    """Make an archive whose parts are stored, so that a broken byte is one of their text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpack(file: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, repeat, replace or swap some runs of bytes."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        start, other = sorted(chance.randrange(max(1, len(data))) for _ in range(2))
        length = chance.choice((1, 2, 8, 40))
        one, two = data[start : start + length], data[other : other + length]
        before, after = data[:start], data[start + length :]
        match chance.randrange(6):
            case 0:
                data = before + bytes(byte ^ 1 << chance.randrange(8) for byte in one) + after
            case 1:
                data = before + after
            case 2:
                data = before + one * chance.choice((2, 50)) + after
            case 3:
                data = before + two + data[start + length : other] + one + data[other + length :]
            case 4:
                data = before + chance.choice((b"9", b"-1", b"\0", b"<", b'"', b"e999")) + after
            case _:
                data = data[: max(start, len(data) // 4)]
    return data


def break_archive(data: bytes, chance: random.Random) -> bytes:
    """Break a part of an archive and its sum with it, so that it is read, or the archive itself."""
    if chance.random() < 0.2:
        return mutate(data, chance)
    parts = unpack(io.BytesIO(data))
    name = chance.choice(sorted(parts))
    return pack(parts | {name: mutate(parts[name], chance)})


SEEDS = {suffix: text.encode() for suffix, text in _TEXTS.items()}
SEEDS |= {suffix: pack({n: t.encode() for n, t in p.items()}) for suffix, p in _ARCHIVES.items()}
SEEDS |= {".docx": make_document(), ".xlsx": make_workbook()}


def read(path: Path, data: bytes) -> tuple[list[Article], list[Remark]]:
    path.write_bytes(data)
    remarks: list[Remark] = []
    # What crashes PDFium is not to crash the tests.
    read_it = read_file if path.suffix == ".pdf" else read_here
    return list(read_it(path, path.name, remarks)), remarks


def check(path: Path, data: bytes) -> None:
    articles, remarks = read(path, data)
    assert articles or remarks, data
    assert all(article.text.strip() for article in articles), data
    assert not [remark.text for remark in remarks if "ne sait pas lire" in remark.text], data


@pytest.mark.parametrize("suffix", SEEDS)
def test_broken_files_are_read_or_told(suffix: str, tmp_path: Path) -> None:
    chance, seed = random.Random(suffix), SEEDS[suffix]
    assert read(tmp_path / f"a{suffix}", seed)[0]
    alter = break_archive if zipfile.is_zipfile(io.BytesIO(seed)) else mutate
    for _ in range(TRIES):
        check(tmp_path / f"a{suffix}", alter(seed, chance))


def test_broken_pdfs_are_read_or_told(tmp_path: Path) -> None:
    chance = random.Random(0)
    seed = write(tmp_path / "a.pdf", prose("La piscine ouvre à neuf heures.")).read_bytes()
    for _ in range(TRIES):
        check(tmp_path / "b.pdf", mutate(seed, chance))
