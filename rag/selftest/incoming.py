"""What comes in: documents of every format broken at random, and addresses that are not public."""

from __future__ import annotations

import io
import ipaddress
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from rag.addresses import fetch_page
from rag.errors import AddressError, UnreadableFile
from rag.readers import Remark, read_items
from rag.readers.apart import Process
from rag.readers.scans import Desk
from rag.selftest.world import Lab, Tries

_PATIENCE = 60  # seconds for one document
_LOST = "ne sait pas lire"  # what is told of a file when a reader fails

# Of this machine, of its network or of no one (RFC 6890, RFC 4193, RFC 4291).
_PRIVATE = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 "
    "224.0.0.0/4 240.0.0.0/4 ::/96 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
).split()
# How else an IPv4 address is written: as others read it, or within one of IPv6.
_FORMS: tuple[Callable[[ipaddress.IPv4Address], str], ...] = (
    str,
    lambda ip: str(int(ip)),
    lambda ip: hex(int(ip)),
    lambda ip: ".".join(f"0{byte:o}" for byte in ip.packed),
    lambda ip: f"{ip.packed[0]}.{int(ip) & 0xFFFFFF}",
    lambda ip: f"[::ffff:{ip}]",
    lambda ip: f"[64:ff9b::{ip}]",
    lambda ip: f"[2002:{ip.packed[:2].hex()}:{ip.packed[2:].hex()}::1]",
    lambda ip: f"[2001:4860::5efe:{ip}]",
)


def ask_private(lab: Lab, tries: int) -> Tries:
    """Ask for the page of an address of this machine, of its network or of no one."""
    for number in range(tries):
        chance = random.Random(number)
        network = ipaddress.ip_network(chance.choice(_PRIVATE))
        ip = network[chance.randrange(network.num_addresses)]
        write = chance.choice(_FORMS)
        host = write(ip) if isinstance(ip, ipaddress.IPv4Address) else f"[{ip}]"
        try:
            fetch_page(f"http://{host}/", patience=5)
            yield f"{host} was read"
        except AddressError as error:
            yield "" if "sur son réseau" in error.what else f"{host}: {error.what}"


def break_documents(suffix: str, lab: Lab, tries: int) -> Tries:
    """Read broken documents, none so long that its reader may crash, loop or fill the memory."""
    path = lab.folder / f"document{suffix}"
    seed = make_seeds()[suffix]
    with Process(_PATIENCE, _PATIENCE) as process:
        for number in range(tries):
            path.write_bytes(mutate(seed, random.Random(f"{suffix}{number}")))
            told = judge_reading(path, process)
            yield told and f"{number}: {told}"


def judge_reading(path: Path, process: Process) -> str:
    """Return what a reader does wrong with a document, or an empty string."""
    try:
        items = list(process.run(read_items, path, path.name, Desk()))
    except UnreadableFile as error:
        return str(error)
    # A reader is to say itself what is wrong.
    wrong = (item.text for item in items if isinstance(item, Remark) and _LOST in item.text)
    return next(wrong, "" if items else "neither text nor reason")


# ------------------------------------------------------------------------------- the documents

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
    f'<Relationship Id="r1" Type="{_RELATIONS}/{{}}" Target="{{}}"/></Relationships>'
)
_WORD = (
    f'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="{_RELATIONS}"'
)


def _write(text: str, style: str = "") -> str:
    return f"<w:p><w:pPr>{style}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _write_row(*texts: str, style: str = "") -> str:
    cells = (f"<w:tc><w:tcPr>{style}</w:tcPr>{_write(text)}</w:tc>" for text in texts)
    return f"<w:tr>{''.join(cells)}</w:tr>"


_HEADING, _WIDE = '<w:pStyle w:val="Heading1"/>', '<w:gridSpan w:val="2"/>'
_NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
_LETTER = (
    f"<w:document {_WORD}><w:body>{_write('Règlement', _HEADING)}"
    f"{_write('Le club ouvre à 9 h.', _NUMBERED)}<w:tbl>"
    f"{_write_row('Ville', 'Prix', style=_WIDE)}"
    f"{_write_row('Nevers', '12 €', 'a', 'b')}</w:tbl>"
    '<w:sectPr><w:headerReference w:type="default" r:id="r1"/></w:sectPr></w:body></w:document>'
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
        "ppt/_rels/presentation.xml.rels": _RELATED.format("slide", "slides/slide1.xml"),
        "ppt/slides/slide1.xml": _SLIDE,
    },
    ".docx": {
        "_rels/.rels": _RELATED.format("officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": _RELATED.format("header", "header1.xml"),
        "word/document.xml": _LETTER,
        "word/header1.xml": f"<w:hdr {_WORD}>{_write('Club')}</w:hdr>",
    },
    ".epub": {"META-INF/container.xml": _CONTAINER, "b.opf": _BOOK, "a.xhtml": _PAGE},
    ".zip": {"a.txt": "Il pleut.", "b/c.md": "# Titre\n\nIl pleut."},
}


@cache
def make_seeds() -> dict[str, bytes]:
    """Make a small document of each format, by extension."""
    import openpyxl
    from reportlab.pdfgen.canvas import Canvas

    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (("Ville", "Habitants"), ("Nevers", 12.5), ("Vichy", True)):
        book.active.append(row)
    book.save(buffer)
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1)
    canvas.drawString(72, 700, "La piscine ouvre à neuf heures, et ferme à midi le dimanche.")
    canvas.save()
    seeds = {suffix: text.encode() for suffix, text in _TEXTS.items()}
    for suffix, parts in _ARCHIVES.items():
        seeds[suffix] = _pack({name: text.encode() for name, text in parts.items()})
    return seeds | {".xlsx": _pack(_unpack(buffer)), ".pdf": drawn.getvalue()}


def mutate(document: bytes, chance: random.Random) -> bytes:
    """Break a document at random; of an archive, mostly a part and its sum, so that it is read."""
    if not zipfile.is_zipfile(io.BytesIO(document)) or chance.random() < 0.2:
        return _alter(document, chance)
    parts = _unpack(io.BytesIO(document))
    name = chance.choice(sorted(parts))
    return _pack(parts | {name: _alter(parts[name], chance)})


def _alter(data: bytes, chance: random.Random) -> bytes:
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


def _pack(parts: dict[str, bytes]) -> bytes:
    """Make an archive whose parts are stored, so that a broken byte is one of their text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _unpack(file: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
