"""DOCX and DOCM: one article, all the text of its pages in their order, as mammoth reads it.

``wordml`` and ``wordparts`` first make plain XML of the document; here it becomes text, a title is
found, and what was left out is told. Macros are ignored, and nothing outside of the file is opened.
The date is that of the last change when the document was changed after it was made: without that,
it is that of a template or of a conversion.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rag.errors import UnreadableFile
from rag.readers.checkboxes import has_box, write_form
from rag.readers.dates import parse_date
from rag.readers.html import read_body
from rag.readers.markup import describe_row, prepare_tree, write_text
from rag.readers.ooxml import Package, parse
from rag.readers.packages import DAMAGED, TOO_LONG, own_title, read_parts
from rag.readers.text import clean, decode, title_from_name
from rag.readers.wordparts import AFTER_NUMBER, INSERTED, WordText
from rag.types import Article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# A book of a thousand pages has 5 MB of XML and 300,000 tags. mammoth takes a minute and 1.5 GB for
# the most that is read.
_MAX_XML = 20_000_000
_MOST_TAGS = 1_000_000
# Files that may be inserted in the document and are read.
_PAGES, _MAILS, _PLAIN = (".htm", ".html", ".xhtml"), (".mht", ".mhtml"), (".txt",)
_PARTS = re.compile(r".*\.(?:xml|rels|x?html?|mht(?:ml)?|txt)", re.IGNORECASE | re.DOTALL)
_CORE = "docProps/core.xml"
# What is left out, one and several.
_LEFT = {
    "struck": ("passage barré", "passages barrés"),
    "hidden": ("passage masqué", "passages masqués"),
    "deleted": ("passage supprimé par révision", "passages supprimés par révision"),
    "unfilled": ("champ non rempli", "champs non remplis"),
    "formulas": ("formule", "formules"),
    "charts": ("graphique ou schéma", "graphiques ou schémas"),
    "objects": ("objet incorporé", "objets incorporés"),
    "controls": ("contrôle ActiveX", "contrôles ActiveX"),
    "damaged": ("partie endommagée", "parties endommagées"),
    "inserted": ("fichier inséré", "fichiers insérés"),
}
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
        "p[style-name='TOC Heading'] => !",
        *(f"p[style-name='toc {level}'] => !" for level in range(1, 10)),
    ]
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# A number that ``markup`` reads as that of an item; one that ends on a word needs a dash behind it.
_PLAIN_NUMBER = re.compile(r"\d{1,2}[.)]")
_WORDY_NUMBER = re.compile(r"(?=.*[^\W\d_]{3}).*\w")
_PLACE = re.compile(rf"\s*{INSERTED}(\d+){INSERTED}\s*")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one document as one article.

    Its title is the one in its properties, else its first heading, else the file's name.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or without text.
    """
    parts = read_parts(path, _PARTS, _MAX_XML)
    if sum(data.count(b"<") for data in parts.values()) > _MOST_TAGS:
        raise UnreadableFile(TOO_LONG)
    try:
        word = WordText(Package(parts))
        text = _convert(word)
        title, date = _read_properties(parts.get(_CORE, b""))
    except UnreadableFile:
        raise
    except Exception as error:  # lxml and mammoth do not list what a damaged file raises
        raise UnreadableFile(DAMAGED) from error
    if not text and word.pictured:
        raise UnreadableFile(
            "ce document ne contient que des images ; "
            "passez-le par une reconnaissance de caractères"
        )
    if not text:
        raise UnreadableFile("ce document ne contient aucun texte")
    yield from _tell(word)
    heading = _HEADING.search(text)
    title = title or (heading[1] if heading else title_from_name(path))
    yield Article(id=name, title=title, text=text, date=date)


def _convert(word: WordText) -> str:
    """Write the text of a document."""
    import mammoth
    from lxml import html

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as copy:
        for name, data in word.parts.items():
            copy.writestr(name, data)
    page = mammoth.convert_to_html(
        archive, style_map=_STYLES, include_embedded_style_map=False
    ).value
    if not page:
        return ""
    tree = html.fragment_fromstring(page, create_parent="body")
    for link in list(tree.iter("a")):
        if re.match(r"#(?:foot|end)note-ref-", link.get("href") or ""):
            link.drop_tree()
    for block in tree.iter("p", "li", *_HEADINGS):
        _write_number(block)
    _write_forms(tree)
    prepare_tree(tree)
    for block in list(tree.iter("p")):
        if place := _PLACE.fullmatch(block.text or ""):
            _insert(block, *word.inserted[int(place[1])], word.left)
    return clean(write_text(tree).replace("\u00ad", ""))[0]


def _write_number(block: HtmlElement) -> None:
    """Write the number that a block begins with: as the mark of an item, else before its text."""
    label, found, text = (block.text or "").partition(AFTER_NUMBER)
    if found and block.tag == "li":
        block.set("mark", label if _PLAIN_NUMBER.fullmatch(label) else f"- {label}")
        block.text = text
    elif found:
        block.text = label + (" – " if _WORDY_NUMBER.fullmatch(label) else " ") + text


def _write_forms(tree: HtmlElement) -> None:
    """Write the boxes of each block as words, with the paragraph that asks what they answer."""
    runs: list[list[HtmlElement]] = []
    for block in tree.iter("p", "li", *_HEADINGS):
        if block.tag == "p" and runs and runs[-1][-1] is block.getprevious():
            runs[-1].append(block)
        elif block.find(".//li") is None:
            runs.append([block])
    for run in runs:
        blocks = [_read_block(block).split("\n") for block in run]
        if any(has_box(line) for lines in blocks for line in lines):
            written = iter(write_form([line for lines in blocks for line in lines]))
            for block, lines in zip(run, blocks, strict=True):
                _fill(block, lines, list(islice(written, len(lines))))


def _read_block(block: HtmlElement) -> str:
    return (block.text or "") + "".join(
        ("\n" if element.tag == "br" else element.text or "") + (element.tail or "")
        for element in block.iterdescendants()
    )


def _fill(block: HtmlElement, before: list[str], lines: list[str]) -> None:
    """Put lines in the place of those of a block, as sentences unless it is in a table."""
    from lxml.html import builder

    if lines == before:
        return
    lines = [line for line in lines if line.strip()]
    if next(block.iterancestors("table"), None) is None:
        lines = [describe_row([line], [], 1) for line in lines]
    block[:] = [builder.BR() for _ in lines[1:]]
    block.text = lines[0] if lines else None
    for end, line in zip(block, lines[1:], strict=True):
        end.tail = line


def _insert(block: HtmlElement, name: str, data: bytes, left: Counter[str]) -> None:
    """Put the text of a file that is inserted in its place, or count it when it is not read."""
    from lxml.html import builder

    body, suffix = None, PurePosixPath(name).suffix.lower()
    try:
        if suffix in _MAILS:
            suffix, data = _open_mail(data)
        if suffix in _PAGES:
            body = read_body(data)
        elif suffix in _PLAIN:
            body = builder.DIV(*map(builder.P, clean(decode(data)[0])[0].split("\n")))
    except Exception:  # what is inserted is not to lose what is around it, whatever it raises
        body = None
    if body is None:
        left["inserted"] += 1
        block.drop_tree()
    else:
        body.tag = "div"
        block.getparent().replace(block, body)


def _open_mail(data: bytes) -> tuple[str, bytes]:
    """Return the suffix and the bytes of the page in a file where it stands with its pictures."""
    from email import message_from_bytes

    for part in message_from_bytes(data).walk():
        page = part.get_payload(decode=True)
        if part.get_content_type() in ("text/html", "text/plain") and isinstance(page, bytes):
            return (".html" if part.get_content_subtype() == "html" else ".txt"), page
    return "", b""


def _tell(word: WordText) -> Iterator[str]:
    """Tell what was left out of the text."""
    counts = [f"{n} {_LEFT[kind][n > 1]}" for kind in _LEFT if (n := word.left[kind])]
    if counts:
        yield f"laissé de côté : {', '.join(counts)}"
    if word.watermarks:
        yield f"filigrane sur les pages : {', '.join(f'« {mark} »' for mark in word.watermarks)}"
    if word.silent:
        shown = ", ".join(map(str, word.silent[:5])) + (", …" if len(word.silent) > 5 else "")
        plural = "s" if len(word.silent) > 1 else ""
        yield f"page{plural} {shown} : image sans texte, qui n’est pas lue"


def _read_properties(data: bytes) -> tuple[str, str]:
    """Return the title and the date of a document, empty when it has none that means anything."""
    from lxml import etree

    try:
        properties = parse(data)
    except etree.XMLSyntaxError:
        return "", ""
    found: dict[str, Any] = {child.tag.rpartition("}")[2]: child.text for child in properties}
    created, modified = (found.get(key) or "" for key in ("created", "modified"))
    date = parse_date(modified) if modified[:10] > created[:10] else ""
    return own_title(found.get("title")), date
