"""The parts of a Word document brought together in one that mammoth reads in order.

Its automatic numbers become text; its comments, its headers and its footers become paragraphs;
files inserted in it are handed over with their places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.french import fold, split_sentences
from rag.readers.markup import describe_row
from rag.readers.numbering import Numbering
from rag.readers.ooxml import Package, R, Styles, V, W, is_on, value
from rag.readers.wordml import (
    PAGE_NUMBER,
    drop_pictures,
    find_silent_pages,
    make_paragraph,
    make_plain,
    make_run,
    read_lines,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

# No text holds these characters (Unicode, 23.7): one is between a number and its paragraph, one on
# both sides of the place of an inserted file.
AFTER_NUMBER, INSERTED = "\ufdd1", "\ufdd2"

_NOTES = {"footnotes": "footnote", "endnotes": "endnote"}
_HEADING = re.compile(r"heading \d")
_DEEPEST_HEADING = 6
# A number that opens an item rather than an article: « a) », « 1° », « iv. ».
_ITEM_LABEL = re.compile(r"\(?[^\W_]{1,5}[.)°–-]*")
# mammoth knows no deeper lists. What it reads has two: one of bullets, one whose numbers are text.
_DEEPEST_LIST = 5
_BULLETS, _NUMBERS = "1", "2"
_LISTS = f'<w:numbering xmlns:w="{W[1:-1]}">' + "".join(
    f'<w:abstractNum w:abstractNumId="{number}">'
    + "".join(
        f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{kind}"/></w:lvl>'
        for level in range(_DEEPEST_LIST)
    )
    + f'</w:abstractNum><w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
    for number, kind in ((_BULLETS, "bullet"), (_NUMBERS, "decimal"))
)
_NUMBER_OF_PAGE = re.compile(
    rf"[\s(\[–—|•·/,;-]*(?:\b(?:page|p\.|pg\.?|folio)\s*)?(?:n°\s*)?{PAGE_NUMBER}"
    rf"(?:\s*(?:sur|de|of|/|\|)\s*(?:{PAGE_NUMBER}|\d+))?[\s)\]–—|-]*",
    re.IGNORECASE,
)
# A longer line is no head that runs, and would take these expressions long.
_LONGEST_ZONE = 500
_TYPED_NUMBER = re.compile(
    r"\W*(?:(?:page|p|pg|folio)\W*)?\d{0,4}\W*(?:(?:sur|de|of|/)\W*\d{1,4}\W*)?", re.IGNORECASE
)
_LONGEST_NAME = 100
_VOWEL = re.compile("[aeiouyàâäéèêëîïôöùûüœ]", re.IGNORECASE)


class WordText:
    """A document brought together.

    Attributes
    ----------
    parts
        What mammoth reads, by name.
    inserted
        The names and the bytes of the files inserted in the document. Where one goes, its place in
        this list stands between two ``INSERTED``.
    left
        How many things of each kind were left out.
    watermarks
        What is written across the pages.
    silent
        The numbers of the pages that only hold pictures.
    pictured
        Whether there are pictures.
    """

    def __init__(self, package: Package) -> None:
        self.left: Counter[str] = Counter()
        self.inserted: list[tuple[str, bytes]] = []
        self.watermarks: list[str] = []
        # A part is read once, however many times it is asked for.
        self._read: set[str] = set()
        self._package, self._styles = package, Styles(package.find("styles"))
        document = package.document()
        notes = {kind: tree for kind in _NOTES if (tree := package.find(kind)) is not None}
        numbering = Numbering(package.find("numbering"), self._styles)
        for tree in (document, *notes.values()):
            make_plain(tree, self._styles, self.left)
            if tree is document:
                self.silent, self.pictured = find_silent_pages(tree)
            drop_pictures(tree, self.left)
            for paragraph in list(tree.iter(f"{W}p")):
                _number(paragraph, numbering, self._styles)
        body = document.find(f"{W}body")
        if body is not None and len(body):
            self._place_files(body)
            self._add_comments(body)
            self._add_running_heads(body)
        _drop_references(document, notes)
        self.left["damaged"] = package.damaged
        self.parts = {"word/numbering.xml": f"{_LISTS}</w:numbering>".encode()}
        trees = {"document": document, "styles": self._styles.summary(), **notes}
        self.parts |= {f"word/{name}.xml": _write(tree) for name, tree in trees.items()}

    def _place_files(self, body: _Element) -> None:
        for chunk in list(body.iter(f"{W}altChunk")):
            name = self._package.target(chunk.get(f"{R}id") or "")
            if name in self._read:
                self.left["inserted"] += 1
            else:
                chunk.addprevious(make_paragraph(f"{INSERTED}{len(self.inserted)}{INSERTED}"))
                self.inserted.append((name, self._package.data(name)))
            self._read.add(name)
            chunk.getparent().remove(chunk)

    def _add_comments(self, body: _Element) -> None:
        """Write each comment behind the paragraph or the table it is about, or at the end.

        Each of its sentences says whose it is, so that none is quoted as the document's own.
        """
        comments = self._package.find("comments")
        if comments is None:
            return
        make_plain(comments, self._styles, self.left)
        hosts: dict[str, _Element] = {}
        for mark in body.iter(f"{W}commentReference", f"{W}commentRangeEnd"):
            tables = list(mark.iterancestors(f"{W}tbl"))
            host = tables[-1] if tables else next(mark.iterancestors(f"{W}p"), None)
            if host is not None:
                hosts.setdefault(mark.get(f"{W}id") or "", host)
        latest: dict[_Element, _Element] = {}
        for comment in comments.iter(f"{W}comment"):
            text = " ".join(" ".join(read_lines(comment)).split())
            author = " ".join((comment.get(f"{W}author") or "").split())[:_LONGEST_NAME]
            of = "" if not author else " d’" if _VOWEL.match(author) else " de "
            host = hosts.get(comment.get(f"{W}id") or "")
            for sentence in split_sentences(text):
                told = _tell(f"Commentaire{of}{author}", text[sentence.start : sentence.end])
                if host is None:
                    _append(body, told)
                else:
                    latest.get(host, host).addnext(told)
                    latest[host] = told

    def _add_running_heads(self, body: _Element) -> None:
        """Write what runs on the pages of a section before and behind it, each text once."""
        settings = self._package.find("settings")
        facing = settings is not None and is_on(settings.find(f"{W}evenAndOddHeaders"))
        seen = {fold(line).strip() for line in read_lines(body)}
        current: dict[str, str] = {}
        start = None
        for block in list(body):
            start = block if start is None else start
            section = block if block.tag == f"{W}sectPr" else block.find(f"{W}pPr/{W}sectPr")
            if section is None:
                continue
            for reference in section:
                if reference.tag in (f"{W}headerReference", f"{W}footerReference"):
                    page = reference.get(f"{W}type") or "default"
                    current[f"{reference.tag}/{page}"] = reference.get(f"{R}id") or ""
            pages = ["first"] if is_on(section.find(f"{W}titlePg")) else []
            pages += ["default", "even"] if facing else ["default"]
            for kind, told in (("header", "En-tête"), ("footer", "Pied de page")):
                place = start if kind == "header" else block
                for page in pages:
                    reference = current.get(f"{W}{kind}Reference/{page}", "")
                    text = self._read_running(reference, seen)
                    if text and place is block and block is not section:
                        place.addnext(_tell(told, text))
                        place = place.getnext()
                    elif text:
                        place.addprevious(_tell(told, text))
            start = None

    def _read_running(self, identifier: str, seen: set[str]) -> str:
        """Write a header or a footer in a line, without what ``seen`` holds, to which it adds."""
        name = self._package.target(identifier)
        tree = None if name in self._read else self._package.read(name)
        self._read.add(name)
        if tree is None:
            return ""
        for drawn in tree.iter(f"{V}textpath"):
            text = " ".join((drawn.get("string") or "").split())
            if text and text not in self.watermarks:
                self.watermarks.append(text)
        make_plain(tree, self._styles, self.left, running=True)
        kept: list[str] = []
        for zone in _cut_zones(tree):
            if fold(zone) not in seen:
                seen.add(fold(zone))
                kept.append(zone)
        return _join(kept)


def _tell(what: str, text: str) -> _Element:
    """Make a paragraph that says what a text is, in a sentence."""
    return make_paragraph(describe_row([f"{what} : {text}"], [], 1))


def _append(body: _Element, paragraph: _Element) -> None:
    """Put a paragraph at the end of the text, before the properties of the last section."""
    if body[-1].tag == f"{W}sectPr":
        body[-1].addprevious(paragraph)
    else:
        body.append(paragraph)


def _write(tree: _Element) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(tree))


# ------------------------------------------------------------------------------------- paragraphs


def _number(paragraph: _Element, numbering: Numbering, styles: Styles) -> None:
    """Write the number of a paragraph as text, and its place in a list or a heading for mammoth."""
    properties = paragraph.find(f"{W}pPr")
    text = "".join(read_lines(paragraph)).strip()
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    gone = mark is not None and (
        mark.find(f"{W}del") is not None or (not text and is_on(mark.find(f"{W}vanish")))
    )
    number = None if gone else numbering.count(paragraph)
    heading = _settle_heading(paragraph, styles)
    sides = [next(paragraph.itersiblings(f"{W}p", preceding=side), None) for side in (True, False)]
    alone = paragraph.getparent().tag == f"{W}tc" and sides == [None, None]
    for own in [] if properties is None else properties.findall(f"{W}numPr"):
        properties.remove(own)
    if number is None or not (text or alone):
        return
    if number.label:
        label = number.label + AFTER_NUMBER if text else number.label.rstrip(".)")
        paragraph.insert(int(properties is not None), make_run(label))
    if not heading and not alone and (not number.label or _ITEM_LABEL.fullmatch(number.label)):
        _put_in_list(paragraph, number.level, _NUMBERS if number.label else _BULLETS)


def _settle_heading(paragraph: _Element, styles: Styles) -> bool:
    """Whether a paragraph is a heading; one by its outline alone gets a style that says so."""
    mark = paragraph.find(f"{W}pPr/{W}pStyle")
    name = styles.name(value(mark))
    outline = value(styles.find(value(mark), "pPr/outlineLvl"))
    if mark is None or name == "title" or not re.fullmatch("[0-8]", outline):
        return name == "title" or bool(_HEADING.fullmatch(name))
    if name.startswith("toc"):
        return False
    mark.set(f"{W}val", f"Heading{min(int(outline) + 1, _DEEPEST_HEADING)}")
    return True


def _put_in_list(paragraph: _Element, level: int, kind: str) -> None:
    from lxml import etree

    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, properties)
    place = etree.SubElement(properties, f"{W}numPr")
    etree.SubElement(place, f"{W}ilvl").set(f"{W}val", str(min(level, _DEEPEST_LIST - 1)))
    etree.SubElement(place, f"{W}numId").set(f"{W}val", kind)


def _drop_references(document: _Element, notes: dict[str, _Element]) -> None:
    """Drop the references to comments and to lost notes, which keep mammoth from reading."""
    known = {
        (f"{W}{tag}Reference", note.get(f"{W}id"))
        for kind, tag in _NOTES.items()
        for note in (notes[kind].findall(f"{W}{tag}") if kind in notes else ())
    }
    tags = [f"{W}{tag}Reference" for tag in (*_NOTES.values(), "comment")]
    for reference in list(document.iter(*tags)):
        named = reference.get(f"{W}id")
        if named is None or (reference.tag, named) not in known:
            reference.getparent().remove(reference)
    for tree in notes.values():
        for note in list(tree):
            if note.get(f"{W}id") is None:
                tree.remove(note)


# ---------------------------------------------------------------------------- headers and footers


def _cut_zones(tree: _Element) -> Iterator[str]:
    """Yield what tabs and lines set apart, but not the numbers of pages; a label with its value."""
    label = ""
    for line in read_lines(tree):
        if len(line) <= _LONGEST_ZONE:
            line = _NUMBER_OF_PAGE.sub("\t", line)
        for zone in re.split(r"[\t\n]", line.replace(PAGE_NUMBER, "")):
            text = " ".join(f"{label} {zone}".split())
            label = text if text.endswith(":") else ""
            bare = len(text) <= _LONGEST_ZONE and _TYPED_NUMBER.fullmatch(text)
            if not label and not bare:
                yield text
    if label:
        yield label


def _join(zones: Sequence[str]) -> str:
    joined = ""
    for zone in zones:
        glue = " " if re.search(r"[.,;:–—-]$", joined) else " ; "
        joined += glue + zone if joined else zone
    return joined
