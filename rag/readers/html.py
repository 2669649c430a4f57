"""HTML: the main text of a page, as trafilatura finds it, without menus, banners nor scripts.

A page where it finds nothing is read whole. What a browser would hide is left out: it is no part
of what the reader of the page sees. Nothing is fetched.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.readers.dates import parse_date
from rag.readers.markup import prepare_tree, write_text
from rag.readers.text import check_size, clean, decode, title_from_name
from rag.types import Article, Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The text of a page is a hundred times less. With both limits, the page made to be the slowest
# takes less than a minute.
_MAX_BYTES = 10_000_000
_MOST_ELEMENTS = 50_000
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_LATIN = re.compile(r"cp(?:125\d|437|850)|iso8859-\d+|mac-\w+")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# What XML knows no character for; a form feed in a listing for instance.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TAG_NAME = re.compile(r"[a-zA-Z][\w.:-]*", re.ASCII)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# What tells the title and the date of a page within its body; the rest has the dates of others.
_TELLING = ".//h1 | .//time[@pubdate or contains(@itemprop, 'datePublished')]"
_ANY_HEADING = ".//h1 | .//h2 | .//h3 | .//h4"
_DATES = {"extensive_search": False, "original_date": True}
_EMPTY = "cette page ne contient aucun texte"


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one page as one article; its title, its date and its origin are those it declares.

    Raises
    ------
    UnreadableFile
        When the file is too large, is not text or has no text to show.
    """
    check_size(path, _MAX_BYTES)
    page, remark = _decode(path.read_bytes())
    if remark:
        yield remark
    tree = _parse(page)
    text = _extract(tree)
    if not text:
        raise UnreadableFile(_EMPTY)
    yield _describe(tree, text, path, name)


def read_body(data: bytes) -> HtmlElement | None:
    """Make a tree of the body of a page that stands in another document.

    Raises
    ------
    UnreadableFile
        When it is not text or has no text to show.
    """
    return _parse(_decode(data)[0]).body


def _decode(data: bytes) -> tuple[str, str]:
    """Decode a page: UTF-8 if it is, else as it declares, else as the text of any file.

    Returns
    -------
    tuple[str, str]
        The page, and a remark when its encoding had to be guessed.

    Raises
    ------
    UnreadableFile
        When it is not text.
    """
    if b"\0" not in data[:4000]:
        try:
            return data.decode("utf-8-sig"), ""
        except UnicodeDecodeError:
            declared = _DECLARED.search(data[:4000])
            encoding = _known_encoding(declared[1].decode("ascii")) if declared else ""
            if encoding:
                return data.decode(encoding, errors="replace"), ""
    page, encoding = decode(data)
    return page, f"lu en {encoding}"


def _known_encoding(name: str) -> str:
    """Return the Python name of a Latin encoding, empty for others.

    What declares ISO 8859-1 is in Windows 1252 (WHATWG Encoding Standard, 4.2).
    """
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    if known in ("iso8859-1", "ascii"):
        return "cp1252"
    return known if _LATIN.fullmatch(known) else ""


def _parse(page: str) -> HtmlElement:
    """Make a tree of a page, without what a browser would hide."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        plain = _CONTROL.sub(" ", _DECLARATION.sub("", page))
        tree = html.document_fromstring(plain.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise UnreadableFile(_EMPTY) from error
    for element in tree.iter():
        if isinstance(element.tag, str):
            # What opens « <ahref="…"> », or « <p » with a no-break space behind it, is a name.
            name = _TAG_NAME.match(element.tag.rpartition("}")[2])
            element.tag = name[0] if name else "span"
    for element in list(tree.iterfind("body//*")):
        if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
            element.drop_tree()
    # A link that leads nowhere is an anchor: not what tells a menu from a text.
    for element in list(tree.iter("a")):
        if element.get("href") is None:
            element.drop_tag()
    prepare_tree(tree)
    return tree


def _extract(tree: HtmlElement) -> str:
    """Write the main text of a page, else all of it but the menus, else all of it."""
    found = _find_main(tree) if len(list(tree.iter())) <= _MOST_ELEMENTS else None
    if found is not None and found.find(".//head") is None and tree.body.xpath(_ANY_HEADING):
        # Where nothing frames the text, trafilatura gathers paragraphs and loses their headings.
        framed = _find_main(_frame(tree))
        found = found if framed is None else framed
    text = write_text(found) if found is not None else ""
    if not text and tree.body is not None:
        shown = deepcopy(tree.body)
        for element in list(shown.iter("nav", "form", "footer")):
            element.drop_tree()
        text = write_text(shown) or write_text(tree.body)
    return clean(text.replace("\u00ad", ""))[0]


def _find_main(tree: HtmlElement) -> HtmlElement | None:
    """Return the tree that trafilatura makes of the main text, None when it finds nothing."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        # Recall: on the manuals of Debian it keeps more words, and no menu.
        found = trafilatura.bare_extraction(tree, favor_recall=True, include_comments=False)
    except Exception:  # it does not list the ways in which a hostile page makes it fail
        return None
    return getattr(found, "body", None)


def _frame(tree: HtmlElement) -> HtmlElement:
    """Put the whole body of a page in one article."""
    from lxml.html import builder

    article = builder.E.article()
    article.text, tree.body.text = tree.body.text, None
    article.extend(list(tree.body))
    tree.body.append(article)
    return tree


def _describe(tree: HtmlElement, text: str, path: Path, name: str) -> Article:
    """Make the article of a page, with what its head tells of it."""
    from lxml.html import builder
    from trafilatura.metadata import extract_metadata

    telling = [] if tree.body is None else tree.body.xpath(_TELLING)
    declared = builder.HTML(deepcopy(tree.head) if tree.head is not None else builder.HEAD())
    declared.append(builder.BODY(*map(deepcopy, telling)))
    try:
        found = extract_metadata(declared, date_config=_DATES)
        title, date, url = _line(found.title), parse_date(found.date), _line(found.url)
        publisher = _line(found.sitename) or _line(found.author)
    except Exception:  # as above
        title = date = url = publisher = ""
    url = url if url.startswith(("https://", "http://")) else ""
    title = title or title_from_name(path)
    sources = (Source(publisher, title, url),) if publisher or url else ()
    return Article(id=name, title=title, text=text, date=date, url=url, sources=sources)


def _line(value: str | None) -> str:
    return " ".join(clean(value or "")[0].split())
