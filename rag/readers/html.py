"""HTML: the main text of a page, as trafilatura finds it, without menus, banners nor scripts.

A page where it finds nothing is read whole, and an export of several articles as so many. What a
browser would hide is left out: it is no part of what the reader of the page sees. Nothing is
fetched.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.readers.declared import Declared, line, read_declared
from rag.readers.fields import write_forms
from rag.readers.heads import (
    cut_site,
    find_day,
    find_heading,
    find_standfirst,
    is_other,
    list_own_lines,
    lower_standfirst,
    plain,
    split_near,
)
from rag.readers.markup import BLOCK_END, mark_blocks, prepare_tree, write_text
from rag.readers.records import Record, split_records
from rag.readers.shown import keep_shown
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
# « <ahref="…"> », « <p » with a no-break space behind it: they pass for names of their own, which
# no end tag closes.
_GLUED = re.compile(
    r"<(a|abbr|article|aside|b|blockquote|div|em|figure|font|footer|h[1-6]|header|i|img|li|main|nav"
    r"|ol|p|section|span|strong|table|tbody|td|th|time|tr|ul)"
    r"(?:[\u00a0\u2000-\u200b\u202f]+"
    r"|(?=(?:class|datetime|height|href|id|itemprop|lang|name|rel|src|style|target|title|width)\s*=))",
    re.IGNORECASE,
)
# An end tag that nothing opened still parts what is around it.
_STRAY = re.compile(
    r"</(?:article|blockquote|dd|div|dt|h[1-6]|li|ol|p|section|table|td|th|tr|ul)\s*>(?=\s*[^\s<])",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(r"[a-z]\w*(?:-\w+)+", re.ASCII)
_NEWER_TAGS = frozenset("data dialog main picture search slot template".split())
_ANY_HEADING = ".//h1 | .//h2 | .//h3 | .//h4"
# What is shorter, or so many times shorter than another, only leads to an article.
_LEAST_ARTICLE = 200
_LARGEST_ARTICLE = 5
# What ends the beginning of an article that is sold, and what sells it.
_SOLD = re.compile(
    r"il (?:vous )?reste \d+\s?% d[eu]|\bpour lire la suite\b"
    r"|\b(?:suite|article|contenu)\b[^.]{0,40}\bréservée?s? (?:aux|à nos) abonné",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"abonnez-vous|s['’]abonner|je m['’]abonne|déjà abonné|(?:se connecter|connectez-vous)\b",
    re.IGNORECASE,
)
_MOST_OFFERS, _LONGEST_OFFER = 5, 160
_EMPTY = "cette page ne contient aucun texte"


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one page as one article; its title, its date and its origin are those it tells.

    A page that holds several gives each of them, with « #1 », « #2 » behind its name for an id.

    Raises
    ------
    UnreadableFile
        When the file is too large, is not text or has no text to show.
    """
    check_size(path, _MAX_BYTES)
    page, remark = _decode(path.read_bytes())
    if remark:
        yield remark
    tree = _make_tree(page)
    declared = read_declared(tree)
    if tree.body is None:
        raise UnreadableFile(_EMPTY)
    yield from _clean_body(tree.body)
    records, around = split_records(tree.body)
    if around:
        yield "le texte autour des articles (sommaire, page de garde) est laissé de côté"
    if records:
        for number, record in enumerate(records, start=1):
            mark = f"#{number}" if len(records) > 1 else ""
            yield _describe_record(record, declared, path, name + mark)
        return
    article = _read_article(tree, declared, path, name)
    text = _cut_offers(article.text)
    if declared.paid or text != article.text:
        yield "seul le début de cet article est public"
    yield replace(article, text=text)


def read_body(data: bytes) -> HtmlElement | None:
    """Make a tree of the body of a page that stands in another document.

    Raises
    ------
    UnreadableFile
        When it is not text or has no text to show.
    """
    body = _make_tree(_decode(data)[0]).body
    if body is not None:
        _clean_body(body)
    return body


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


def _make_tree(page: str) -> HtmlElement:
    """Make a tree of a page, as near as can be to that of a browser."""
    from lxml import etree, html
    from lxml.html.defs import tags

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    plain = _CONTROL.sub(" ", _DECLARATION.sub("", page))
    plain = _STRAY.sub(rf"\g<0>{BLOCK_END}", _GLUED.sub(r"<\1 ", plain))
    try:
        tree = html.document_fromstring(plain.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise UnreadableFile(_EMPTY) from error
    for element in tree.iter("*"):
        name = element.tag.rpartition("}")[2]
        if name not in tags and name not in _NEWER_TAGS and not _OWN_NAME.fullmatch(name):
            # A browser shows within its line what it does not know; formulas have their own tags.
            within = next(element.iterancestors("math", "svg"), None)
            name = "span" if within is None or not name.isalnum() else name
        element.tag = name
    return tree


def _clean_body(body: HtmlElement) -> list[str]:
    """Leave in a body what a page shows, ready to be written; tell what was left out."""
    remarks = keep_shown(body)
    # A link that leads nowhere is an anchor: not what tells a menu from a text.
    for element in list(body.iter("a")):
        if element.get("href") is None:
            element.drop_tag()
    write_forms(body)
    prepare_tree(body)
    return remarks


def _read_article(tree: HtmlElement, declared: Declared, path: Path, name: str) -> Article:
    """Read the one article of a page.

    Raises
    ------
    UnreadableFile
        When it has no text.
    """
    heading = find_heading(tree.body, [declared.title, declared.tab])
    lines = list_own_lines(tree.body, heading)
    lower_standfirst(lines, declared.description)
    text = _extract(tree, heading)
    if not text:
        raise UnreadableFile(_EMPTY)
    above, below = split_near(lines, heading, text)
    near = () if heading is None else (*above, *below)
    title, site = _choose_title(tree, declared, heading)
    title = title or title_from_name(path)
    # Of a site known by its address alone, the title tells the name.
    publisher = (site if "." in declared.site else "") or declared.site or site or declared.author
    return Article(
        id=name,
        title=title,
        text=_add_standfirst(text, find_standfirst(above, below, heading, declared.description)),
        date=declared.date or find_day(near, lines) or declared.changed,
        url=declared.url,
        sources=(Source(publisher, title, declared.url),) if publisher or declared.url else (),
    )


def _choose_title(
    tree: HtmlElement, declared: Declared, heading: HtmlElement | None
) -> tuple[str, str]:
    """Choose the title of a page, and the name of its site when it was part of it."""
    shown = "" if heading is None else line(heading.text_content().replace(BLOCK_END, " "))
    if declared.title and plain(declared.title) != plain(declared.site):
        return cut_site(declared.title, declared.site, shown)
    title, site = cut_site(declared.tab, declared.site, shown)
    if heading is None or (title and heading.tag != "h1"):
        return title, site
    # The only large heading is the title, be it of the whole page or of what frames its text; of
    # several, the one that the tab names.
    frames = (*heading.iterancestors("article", "main"), tree.body)
    alone = any(len(list(frame.iter("h1"))) == 1 for frame in frames)
    return (shown if alone or not title or plain(shown) in plain(title) else title), site


def _describe_record(record: Record, declared: Declared, path: Path, name: str) -> Article:
    """Make the article of one record."""
    title, publisher = line(record.title) or title_from_name(path), line(record.source)
    publisher = publisher or declared.site
    return Article(
        id=name,
        title=title,
        text=_clean(record.text),
        date=record.date,
        sources=(Source(publisher, title),) if publisher else (),
    )


def _add_standfirst(text: str, standfirst: Sequence[str]) -> str:
    """Put a standfirst at the head of a text that lacks it, and keep it once."""
    written = plain(text)
    missing = [_clean(told) for told in standfirst if plain(told) not in written]
    blocks = text.split("\n\n")
    place = 1 if blocks[0].startswith("# ") else 0
    blocks[place:place] = missing
    told = {plain(one) for one in standfirst}
    met: set[str] = set()
    kept = []
    for block in blocks:
        same = plain(block) if told else ""
        if same not in met:
            kept.append(block)
        met.update({same} & told)
    return "\n\n".join(kept)


def _cut_offers(text: str) -> str:
    """Leave out the end of a text from the line that says that the rest is sold."""
    blocks = text.split("\n\n")
    for k in range(max(1, len(blocks) - _MOST_OFFERS), len(blocks)):
        offers = blocks[k:]
        if _SOLD.search(offers[0]) and all(
            len(block) <= _LONGEST_OFFER and (_SOLD.search(block) or _OFFER.search(block))
            for block in offers
        ):
            return "\n\n".join(blocks[:k])
    return text


def _clean(text: str) -> str:
    return clean(text.replace("\u00ad", ""))[0]


def _extract(tree: HtmlElement, heading: HtmlElement | None) -> str:
    """Write the main text of a page, else all of it but the menus, else all of it."""
    for element in list(tree.iter("script", "style")):
        # Some hold the text of the page, or more than it shows.
        element.drop_tree()
    for element in tree.iter("time"):
        # trafilatura would leave it out of its sentence.
        element.tag = "span"
    mark_blocks(tree.body)
    _join_articles(tree, heading)
    found = _find_main(tree) if len(list(tree.iter())) <= _MOST_ELEMENTS else None
    if found is not None and found.find(".//head") is None and tree.body.xpath(_ANY_HEADING):
        # Where nothing frames the text, trafilatura gathers paragraphs and loses their headings.
        framed = _find_main(_frame(tree))
        found = found if framed is None else framed
    text = write_text(found) if found is not None else ""
    if not text:
        owner = tree.body if heading is None else heading
        around = list(owner.iterancestors("article", "main"))
        frames = around[:1] or list(tree.body.iter("article"))
        shown = deepcopy(frames[0] if len(frames) == 1 else tree.body)
        for element in list(shown.iter("nav", "form", "footer")):
            element.drop_tree()
        text = write_text(shown) or write_text(tree.body)
    return _clean(text)


def _join_articles(tree: HtmlElement, heading: HtmlElement | None) -> None:
    """Make one of the articles below a title, of which trafilatura reads the first alone."""
    articles = [article for article in tree.body.iter("article") if not is_other(article)]
    if any(element is heading for article in articles for element in article.iter("h1", "h2")):
        return
    sizes = [len(article.text_content()) for article in articles]
    least = max(_LEAST_ARTICLE, max(sizes, default=0) / _LARGEST_ARTICLE)
    if sum(size > least for size in sizes) > 1:
        for article in articles:
            article.tag = "section"
        _frame(tree)


def _find_main(tree: HtmlElement) -> HtmlElement | None:
    """Return the tree that trafilatura makes of the main text, None when it finds nothing."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        # Recall: on the manuals of Debian it keeps more words, and no menu.
        found = trafilatura.bare_extraction(tree, favor_recall=True, include_comments=False)
    except Exception:  # it does not list the ways in which a hostile page makes it fail
        return None
    body = getattr(found, "body", None)
    return None if body is None or _is_flat(body) else body


def _is_flat(body: HtmlElement) -> bool:
    """Whether trafilatura wrote each part of a page as one run of text, as it does short ones."""
    parts = [
        len(part) == 0 and BLOCK_END in (part.text or "").rstrip(f"{BLOCK_END} \n") for part in body
    ]
    return 2 * sum(parts) > len(parts)


def _frame(tree: HtmlElement) -> HtmlElement:
    """Put the whole body of a page in one article."""
    from lxml.html import builder

    article = builder.E.article()
    article.text, tree.body.text = tree.body.text, None
    article.extend(list(tree.body))
    tree.body.append(article)
    return tree
