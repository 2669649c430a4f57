"""DOCX: paragraphs, lists, tables and notes in the order of the document, as mammoth reads them.

Insertions under revision are read and deletions are not; nor is hidden text, nor a table of
contents. Nothing outside of the file is opened. The date is that of the last change when the
document was changed after it was made: without that, it is that of a template or of a conversion.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import UnreadableFile
from rag.readers.dates import parse_date
from rag.readers.markup import prepare_tree, write_text
from rag.readers.text import MAX_ILLUSTRATED_BYTES, check_size, clean, title_from_name
from rag.types import Article

if TYPE_CHECKING:
    from lxml.etree import _Element

# A book of a thousand pages has 5 MB of XML and 300,000 tags. mammoth takes a minute and 1.5 GB for
# the most that is read.
_MAX_XML = 20_000_000
_MOST_TAGS = 1_000_000
_MOST_PARTS = 10_000
_TOO_LONG = "ce document est trop long (maximum : mille pages environ) ; partagez-le en plusieurs"
_XML = (".xml", ".rels")
# The parts whose text is read.
_TEXTS = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
_CORE = "docProps/core.xml"
# The first bytes of a file of Office 97, or of one closed by a password.
_OLE = b"\xd0\xcf\x11\xe0"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
        *(f"p[style-name='toc {level}'] => !" for level in range(1, 10)),
    ]
)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# What the programs that make documents write for a title.
_MACHINE_TITLE = re.compile(r"(?:word document|document|sans titre|untitled)\W*\d*", re.IGNORECASE)


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one document as one article.

    Its title is the one in its properties, else its first heading, else the file's name.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or without text.
    """
    check_size(path, MAX_ILLUSTRATED_BYTES)
    with path.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            raise UnreadableFile(
                "document protégé par un mot de passe, ou au format .doc ; enregistrez-le en .docx"
            )
    try:
        parts = _read_parts(path)
        text = _convert(parts)
        title, date = _read_properties(parts.get(_CORE, b""))
    except UnreadableFile:
        raise
    except Exception as error:  # zipfile, lxml and mammoth do not list what a damaged file raises
        raise UnreadableFile("ce document DOCX est endommagé, ou n’en est pas un") from error
    if not text:
        raise UnreadableFile("ce document ne contient aucun texte")
    heading = _HEADING.search(text)
    title = title or (heading[1] if heading else title_from_name(path))
    yield Article(id=name, title=title, text=text, date=date)


def _read_parts(path: Path) -> dict[str, bytes]:
    """Read the XML of an archive, whose sizes are checked before anything is inflated.

    An archive that lies on a size is damaged: no more than that is inflated.
    """
    with zipfile.ZipFile(path) as archive:
        found = [part for part in archive.infolist() if part.filename.endswith(_XML)]
        if len(found) > _MOST_PARTS or sum(part.file_size for part in found) > _MAX_XML:
            raise UnreadableFile(_TOO_LONG)
        parts = {part.filename: archive.read(part) for part in found}
    if sum(data.count(b"<") for data in parts.values()) > _MOST_TAGS:
        raise UnreadableFile(_TOO_LONG)
    return parts


def _convert(parts: dict[str, bytes]) -> str:
    """Write the text of a document given by its parts."""
    import mammoth
    from lxml import html

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as copy:
        for name, data in parts.items():
            copy.writestr(name, _prepare(data) if _TEXTS.fullmatch(name) else data)
    page = mammoth.convert_to_html(
        archive,
        style_map=_STYLES,
        include_embedded_style_map=False,
        convert_image=lambda image: [],
    ).value
    if not page:
        return ""
    tree = html.fragment_fromstring(page, create_parent="body")
    for link in list(tree.iter("a")):
        if re.match(r"#(?:foot|end)note-ref-", link.get("href") or ""):
            link.drop_tree()
    prepare_tree(tree)
    return clean(write_text(tree).replace("\u00ad", ""))[0]


def _prepare(data: bytes) -> bytes:
    """Remove the hidden text of a part, and write what mammoth skips as it expects it."""
    from lxml import etree

    tree = _parse(data)
    for mark in list(tree.iter(f"{_WORD}vanish")):
        run = next(mark.iterancestors(f"{_WORD}r"), None)
        if run is not None and mark.get(f"{_WORD}val") not in ("0", "false", "off"):
            run.getparent().remove(run)
    for mark in tree.iter(f"{_WORD}position"):  # LibreOffice raises figures so
        if not (mark.get(f"{_WORD}val") or "-").startswith(("-", "0")):
            mark.tag = f"{_WORD}vertAlign"
            mark.set(f"{_WORD}val", "superscript")
    etree.strip_tags(tree, f"{_WORD}fldSimple")
    return bytes(etree.tostring(tree))


def _parse(data: bytes) -> _Element:
    from lxml import etree

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _read_properties(data: bytes) -> tuple[str, str]:
    """Return the title and the date of a document, empty when it has none that means anything."""
    from lxml import etree

    try:
        properties = _parse(data)
    except etree.XMLSyntaxError:
        return "", ""
    found: dict[str, Any] = {child.tag.rpartition("}")[2]: child.text for child in properties}
    title = " ".join(clean(found.get("title") or "")[0].split())
    created, modified = (found.get(key) or "" for key in ("created", "modified"))
    date = parse_date(modified) if modified[:10] > created[:10] else ""
    return "" if _MACHINE_TITLE.fullmatch(title) else title, date
