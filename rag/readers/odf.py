"""OpenDocument: texts (ODT), sheets (ODS) and slides (ODP).

Elements are given their names in HTML, which ``markup`` writes. Deletions under revision and tables
of contents are not read. The date is that of the last change when the document was changed after
the day on which it was made.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.readers.dates import parse_date
from rag.readers.head import find_title
from rag.readers.markup import prepare_tree, write_text
from rag.readers.packages import local_name, own_title, parse_part, read_parts
from rag.readers.tables import TOO_LARGE, Merged, join_sheets, repeat_merged, write_rows
from rag.readers.text import clean, title_from_name
from rag.types import Article

if TYPE_CHECKING:
    from lxml.etree import _Element

_PARTS = re.compile(r"(?:content|styles|meta|META-INF/manifest)\.xml")
_NAMES = "{{urn:oasis:names:tc:opendocument:xmlns:{}:1.0}}"
_TEXT, _TABLE, _OFFICE = (_NAMES.format(name) for name in ("text", "table", "office"))
_STYLE, _PRESENTATION = (_NAMES.format(name) for name in ("style", "presentation"))
# What is no text of the document: what was deleted, what is made of the rest, what fields count.
_LEFT_OUT = (
    "tracked-changes table-of-content illustration-index table-index object-index user-index "
    "alphabetical-index sequence-decls variable-decls user-field-decls forms annotation desc "
    "page-number page-count shapes"
).split()
_RENAMED = {
    f"{_TEXT}list-item": "item",
    f"{_TEXT}list-header": "item",
    f"{_TEXT}line-break": "br",
    f"{_TEXT}note-citation": "sup",
    f"{_TABLE}table-header-rows": "thead",
    f"{_TABLE}table-row": "tr",
    f"{_TABLE}table-cell": "td",
}
# Elements of texts within which there are paragraphs; the others are within one.
_BLOCKS = frozenset("p h list section numbered-paragraph note-body".split())
_THROUGH = ("style", "type")
_SPANS = {"number-columns-spanned": "colspan", "number-rows-spanned": "rowspan"}
# Frames of a slide that tell the day or the number of the page.
_FIELDS = ("header", "footer", "date-time", "page-number")
_PAGE_NUMBER = re.compile(r"\W*(?:page)?(?:[\W\d]|sur|de)*", re.IGNORECASE)
# A cell or a row that is repeated further than this is blank, or a colour.
_MOST_REPEATED = 1000
_MOST_CELLS = 3_000_000


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one document as one article.

    Its title is the one in its properties, else its first heading, else the file's name.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or without text.
    """
    parts = read_parts(path, _PARTS)
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise UnreadableFile(
            "document protégé par un mot de passe ; enregistrez-en une copie sans protection"
        )
    tree = parse_part(parts.get("content.xml"))
    body = tree.find(f"{_OFFICE}body")
    kind = local_name(body[0]) if body is not None and len(body) else ""
    comments = sum(1 for _ in tree.iter(f"{_OFFICE}annotation"))
    if comments:
        yield f"commentaires, non lus : {comments}"
    struck = _prepare(tree)
    if kind == "spreadsheet":
        text = yield from _write_sheets(tree)
    elif kind in ("text", "presentation"):
        margins = _write_margins(parts["styles.xml"]) if "styles.xml" in parts else ("", "")
        above, below = margins if kind == "text" else ("", "")
        text = "\n\n".join(part for part in (above, _write_body(body[0]), below) if part)
    else:
        raise UnreadableFile("ce document n’est ni un texte, ni un classeur, ni une présentation")
    if struck:
        yield f"passages barrés, laissés de côté : {struck}"
    if not text:
        raise UnreadableFile("ce document ne contient aucun texte")
    title, date = _read_properties(parts.get("meta.xml"))
    title = title or find_title(text) or title_from_name(path)
    yield Article(id=name, title=title, text=text, date=date)


def _prepare(tree: _Element) -> int:
    """Remove what is no text, and give the rest the names of HTML; count what is struck."""
    from lxml import etree

    struck = _drop_struck(tree)
    etree.strip_elements(tree, *(f"{{*}}{name}" for name in _LEFT_OUT), with_tail=False)
    numbered = {
        style.get(f"{_STYLE}name")
        for style in tree.iter(f"{_TEXT}list-style")
        if len(style) and local_name(style[0]) == "list-level-style-number"
    }
    parents = {
        style.get(f"{_STYLE}name"): style.get(f"{_STYLE}parent-style-name")
        for style in tree.iter(f"{_STYLE}style")
    }
    for element in list(tree.iter(etree.Element)):
        style = element.get(f"{_TEXT}style-name")
        if element.tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            element.tag = f"h{level if level in '123456' else 6}"
        elif element.tag == f"{_TEXT}p":
            kind = parents.get(style) or style
            if kind == "Title":
                element.tag = "h1"
            elif kind == "Table_20_Heading" and element.getparent().tag == "td":
                element.getparent().tag = "th"
        elif element.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            element.tag, element.text = "span", " "
        elif element.tag == f"{_TEXT}list" and style in numbered:
            element.set("rend", "ol")
        elif element.tag in _RENAMED:
            element.tag = _RENAMED[element.tag]
        elif element.tag.startswith(_TEXT) and local_name(element) not in _BLOCKS:
            element.tag = "span"
    return struck


def _drop_struck(tree: _Element) -> int:
    """Remove what the styles of a document strike through, and count the passages with words."""
    from lxml import etree

    struck = {
        style.get(f"{_STYLE}name")
        for style in tree.iter(f"{_STYLE}style")
        for how in style.iterfind(f"{_STYLE}text-properties")
        if any(how.get(f"{_STYLE}text-line-through-{is_}", "none") != "none" for is_ in _THROUGH)
    }
    count = 0
    for element in list(tree.iter(etree.Element)) if struck else ():
        if {element.get(f"{_TEXT}style-name"), element.get(f"{_TABLE}style-name")} & struck:
            count += any(map(str.isalnum, "".join(element.itertext())))
            for child in list(element):
                element.remove(child)
            element.text = None
    return count


def _write_body(body: _Element) -> str:
    """Write a text or slides, with the notes at the end."""
    from lxml import etree

    etree.strip_elements(body, f"{_TABLE}covered-table-cell", with_tail=False)
    for cell in list(body.iter("td", "th")):
        for span, known in _SPANS.items():
            cell.set(known, cell.get(f"{_TABLE}{span}", "1"))
        if local_name(cell.getparent().getparent()) == "thead":
            cell.tag = "th"
    for frame in list(body.iter("{*}frame")):
        kind = frame.get(f"{_PRESENTATION}class")
        if kind in _FIELDS or not "".join(frame.itertext()).strip():
            frame.clear(keep_tail=True)
            frame.tag = "span"
        for line in frame.iter(f"{_TEXT}p") if kind == "title" else ():
            line.tag = "h2"
    for notes in body.iter(f"{_PRESENTATION}notes"):
        if "".join(notes.itertext()).strip():
            heading = etree.Element("h3")
            heading.text = "Notes"
            notes.insert(0, heading)
    notes = etree.SubElement(body, "ol")
    for note in list(body.iter(f"{_TEXT}note-body")):
        note.tag = "item"
        notes.append(note)
    prepare_tree(body)
    return clean(write_text(body))[0]


def _write_margins(styles: bytes) -> tuple[str, str]:
    """Write the headers and the footers of the pages, each once, but for page numbers."""
    tree = parse_part(styles)
    _prepare(tree)
    header, footer = (
        dict.fromkeys(_write_body(margin) for margin in list(tree.iter(f"{_STYLE}{name}")))
        for name in ("header", "footer")
    )
    return _join_margins(header), _join_margins(footer)


def _join_margins(texts: dict[str, None]) -> str:
    return "\n\n".join(text for text in texts if not _PAGE_NUMBER.fullmatch(text))


def _write_sheets(tree: _Element) -> Generator[str, None, str]:
    """Write the sheets that are shown, and tell how many are not."""
    hidden = {
        style.get(f"{_STYLE}name")
        for style in tree.iter(f"{_STYLE}style")
        if any(child.get(f"{_TABLE}display") == "false" for child in style)
    }
    sheets = [sheet for sheet in tree.iter(f"{_TABLE}table")]
    shown = [sheet for sheet in sheets if sheet.get(f"{_TABLE}style-name") not in hidden]
    if len(shown) < len(sheets):
        yield f"feuilles masquées, non lues : {len(sheets) - len(shown)}"
    texts = {}
    for sheet in shown:
        rows = repeat_merged(_read_rows(sheet))
        texts[sheet.get(f"{_TABLE}name", "")] = write_rows(rows, headed=False)
    return join_sheets(texts)


def _read_rows(sheet: _Element) -> Iterator[tuple[list[str], list[Merged]]]:
    count = 0
    for row in sheet.iter("tr"):
        cells: list[str] = []
        merged = []
        for cell in row:
            spans = [_count_repeated(cell, span) for span in _SPANS]
            if max(spans) > 1:
                merged.append(Merged(len(cells), *spans))
            text = " ".join(" ".join("".join(p.itertext()) for p in cell.iter("{*}p")).split())
            cells += [text] * _count_repeated(cell, "number-columns-repeated")
        for _ in range(_count_repeated(row, "number-rows-repeated") if any(cells) else 1):
            count += len(cells)
            if count > _MOST_CELLS:
                raise UnreadableFile(TOO_LARGE)
            yield list(cells), merged


def _count_repeated(element: _Element, name: str) -> int:
    told = element.get(f"{_TABLE}{name}", "1")
    return min(int(told), _MOST_REPEATED) if told.isdecimal() else 1


def _read_properties(data: bytes | None) -> tuple[str, str]:
    """Return the title and the date of a document, empty when they mean nothing."""
    try:
        tree = parse_part(data)
    except UnreadableFile:
        return "", ""
    found = {local_name(element): element.text or "" for element in tree.iter()}
    created, modified = found.get("creation-date", ""), found.get("date", "")
    date = parse_date(modified[:10]) if modified[:10] > created[:10] else ""
    return own_title(found.get("title")), date
