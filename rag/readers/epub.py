"""EPUB: the chapters of a book in their order, as one article.

Source: EPUB 3.3, section 5 (package document).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag.errors import UnreadableFile
from rag.readers.dates import parse_date
from rag.readers.head import find_title
from rag.readers.markup import drop_struck, prepare_tree, write_text
from rag.readers.packages import DAMAGED, own_title, parse_part, read_parts
from rag.readers.shown import strike
from rag.readers.text import clean, decode, title_from_name
from rag.types import Article, Source

if TYPE_CHECKING:
    from lxml.etree import _Element

_PARTS = re.compile(r"META-INF/\w+\.xml|.*\.(?:opf|x?html?|xml|css)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# What publishers encrypt without closing the book.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one book as one article.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, locked by its publisher or without text.
    """
    parts = read_parts(path, _PARTS)
    locks = parts.get("META-INF/encryption.xml")
    methods = parse_part(locks).iter("{*}EncryptionMethod") if locks else ()
    if any(method.get("Algorithm") not in _FONTS for method in methods):
        raise UnreadableFile("ce livre est verrouillé par son éditeur (DRM)")
    root = parse_part(parts.get("META-INF/container.xml")).find(".//{*}rootfile")
    package = root.get("full-path", "") if root is not None else ""
    tree = parse_part(parts.get(package))
    chapters = list(_list_chapters(tree, posixpath.dirname(package)))
    missing = sum(chapter not in parts for chapter in chapters)
    if missing:
        yield f"chapitres absents du fichier : {missing}"
    sheets = "".join(decode(data)[0] for part, data in parts.items() if part.endswith(".css"))
    written = [_write_chapter(parts[chapter], sheets) for chapter in chapters if chapter in parts]
    text = "\n\n".join(text for text, _ in written if text)
    struck = sum(count for _, count in written)
    if struck:
        yield f"passages barrés, laissés de côté : {struck}"
    if not text:
        raise UnreadableFile("ce livre ne contient aucun texte")
    title = own_title(_tell(tree, "title")) or find_title(text) or title_from_name(path)
    publishers = (_tell(tree, "publisher"), _tell(tree, "creator"))
    yield Article(
        id=name,
        title=title,
        text=text,
        date=parse_date(_tell(tree, "date")),
        sources=tuple(Source(publisher) for publisher in publishers if publisher),
    )


def _list_chapters(package: _Element, folder: str) -> Iterator[str]:
    """Return the names of the parts to read, but for the table of contents."""
    items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    for place in package.iterfind("{*}spine/{*}itemref"):
        item = items.get(place.get("idref"))
        if item is not None and "nav" not in item.get("properties", "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _write_chapter(data: bytes, sheets: str) -> tuple[str, int]:
    """Write a chapter, and count the passages that are struck in it."""
    from lxml import etree, html

    page = _DECLARATION.sub("", decode(data)[0])
    try:
        tree = html.document_fromstring(page.encode(), html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise UnreadableFile(DAMAGED) from error
    body = tree.find("body")
    if body is None:
        return "", 0
    strike(body, "".join((sheets, *map(str, tree.xpath("//style/text()")))))
    struck = drop_struck(body)
    for link in body.iter("a"):
        # The number of a note is no part of the figure or of the word before it.
        kinds = (link.get("epub:type") or "", link.get("role") or "")
        if "noteref" in " ".join(kinds) and next(link.iterancestors("sup"), None) is None:
            link.tag = "sup"
    prepare_tree(tree)
    return clean(write_text(body))[0], struck


def _tell(package: _Element, field: str) -> str:
    found = package.find(f"{{*}}metadata/{{*}}{field}")
    return " ".join(clean("" if found is None else found.text or "")[0].split())
