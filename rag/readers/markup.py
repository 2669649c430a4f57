"""A tree of HTML elements → text with the Markdown marks that ``french`` and the page know.

Headings begin with ``#``, items with ``-`` or a number. Each row of a table is one sentence, its
values named by the heads of the columns, « Ville : Paris ; Habitants : 2 100 000. », so that it can
be quoted by itself. Knows the names of HTML and those that trafilatura gives them. Trees are walked
without recursion: a page may be as deep as it likes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "list"})
_ITEMS = frozenset({"li", "item"})
_CELLS = frozenset({"td", "th", "cell"})
_BREAKS = frozenset({"br", "lb"})
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font hi i ins kbd label mark q ref s "
    "samp small span strike strong sub sup time tt u var wbr".split()
)
_UNSEEN = frozenset(
    "audio button canvas datalist graphic iframe link map math meta noscript object script select "
    "style svg template textarea title video".split()
)
# A table with such things in a cell, or so many paragraphs, only places what it holds.
_BLOCKS = frozenset({"table", "ul", "ol", "dl", "list", "head", *_HEADINGS})
_MOST_PARAGRAPHS = 3
_SPACES = re.compile(r"[ \t\r\n\f]+")
_FULL_END = re.compile(r"[.!?:;…][»”\")\] \u00a0\u202f]*$")
# No page shows it, and what is no space goes through trafilatura.
_LINE_END = "⏎"
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def write_text(root: _Element) -> str:
    """Write the visible text of a tree, in its order.

    Returns
    -------
    str
        Paragraphs between blank lines; items and rows on lines that follow one another.
    """
    from lxml import etree

    writer = _Writer()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = _name(element)
        if event == "end":
            writer.close(tag)
            writer.add("" if element is root else element.tail)
        elif tag in _UNSEEN or not tag:
            walk.skip_subtree()
        elif tag == "table" and (rows := _read_rows(element)):
            writer.add_rows(rows)
            walk.skip_subtree()
        else:
            writer.open(tag, element)
    return writer.finish()


def prepare_tree(root: _Element) -> None:
    """Write in the text of a tree what its tags say and a plain text would lose.

    Raised figures become superscripts, since 10³ is not 103, and the ends of the lines of ``pre``
    a sign that ``write_text`` reads.
    """
    for element in root.iter("sup"):
        text = "".join(element.itertext()).strip(" []")
        if re.fullmatch(r"[+-]?\d{1,3}", text):
            for child in list(element):
                element.remove(child)
            element.text = text.translate(_RAISED)
    for block in root.iter("pre"):
        for element in block.iter():
            element.text = (element.text or "").replace("\n", _LINE_END)
            if element is not block:
                element.tail = (element.tail or "").replace("\n", _LINE_END)


class _Writer:
    """Gathers the text of a block, and the blocks."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._block: list[str] = []
        self._mark = ""
        self._tight = False
        self._counts: list[int | None] = []

    def open(self, tag: str, element: _Element) -> None:
        """Begin an element that is read."""
        if tag in _BREAKS:
            self._block.append(_LINE_END)
        elif tag not in _INLINE:
            self._flush()
        if tag in _LISTS:
            self._counts.append(0 if "ol" in (tag, element.get("rend")) else None)
        elif tag in _ITEMS:
            self._mark = self._count_item(element)
        elif tag in _HEADINGS or tag == "head":
            self._mark = _HEADINGS[tag if tag in _HEADINGS else element.get("rend", "h2")]
        self.add(element.text)

    def close(self, tag: str) -> None:
        """End an element, read or not."""
        if not tag or tag in _UNSEEN or tag in _INLINE or tag in _BREAKS:
            return
        self._flush()
        if tag in _LISTS:
            self._counts.pop()
            self._tight = bool(self._counts)
        elif tag in _ITEMS or tag in _HEADINGS or tag == "head":
            self._mark = ""

    def add(self, text: str | None) -> None:
        """Add text to the block under way."""
        if text:
            self._block.append(text)

    def add_rows(self, rows: Sequence[str]) -> None:
        """Add the rows of a table."""
        self._flush()
        for number, row in enumerate(rows):
            self._put(row, tight=number > 0)
            self._tight = True
        self._tight = False

    def finish(self) -> str:
        """Return the whole text."""
        self._flush()
        return "".join(self._parts)

    def _count_item(self, element: _Element) -> str:
        if (element.get("rend") or "").startswith(("dt", "dd")):
            return ""
        if mark := element.get("mark"):  # a document tells its own numbers
            return f"{mark} "
        count = self._counts[-1] if self._counts else None
        if count is None:
            return "- "
        self._counts[-1] = count + 1
        return f"{count + 1}. "

    def _flush(self) -> None:
        lines = _SPACES.sub(" ", "".join(self._block)).split(_LINE_END)
        self._block.clear()
        kept = [line.strip(" ") for line in lines if line.strip()]
        if kept:
            mark, self._mark = self._mark, ""
            glue = " " if mark.startswith("#") else "\n"
            self._put(mark + glue.join(kept), tight=bool(mark) and not mark.startswith("#"))

    def _put(self, text: str, tight: bool) -> None:
        if self._parts:
            self._parts.append("\n" if tight and self._tight else "\n\n")
        self._parts.append(text)
        self._tight = tight


def _name(element: _Element) -> str:
    """Name an element without its namespace; a comment or an instruction has no name."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


# --------------------------------------------------------------------------------------- tables


def _read_rows(table: _Element) -> list[str]:
    """Write each row as a sentence; nothing when the table only places what it holds."""
    if table.find(".//table") is not None:
        return []
    rows = [
        [cell for cell in row if _name(cell) in _CELLS]
        for row in table.iter()
        if _name(row) in ("tr", "row")
    ]
    width = max(map(len, rows), default=0)
    if width < 2 or any(_is_block(cell) for row in rows for cell in row):
        return []
    cells = [[_write_cell(cell) for cell in row] for row in rows]
    named = len(rows[0]) == width and all(map(_is_head, rows[0]))
    named = named and any(len(row) == width for row in rows[1:])
    heads = cells[0] if named else []
    return [row for texts in cells[named:] if (row := describe_row(texts, heads, width))]


def _is_block(cell: _Element) -> bool:
    names = [_name(element) for element in cell.iterdescendants()]
    return names.count("p") > _MOST_PARAGRAPHS or not _BLOCKS.isdisjoint(names)


def _is_head(cell: _Element) -> bool:
    parent = cell.getparent()
    above = _name(parent.getparent()) if parent is not None else ""
    return _name(cell) == "th" or cell.get("role") == "head" or above == "thead"


def _write_cell(cell: _Element) -> str:
    return " ".join(write_text(cell).split("\n")).replace("  ", " ")


def describe_row(texts: Sequence[str], heads: Sequence[str], width: int) -> str:
    """Name each value by the head of its column, or the second of two by the first."""
    filled, heads = [text for text in texts if text], [_trim(head) for head in heads]
    if heads and len(heads) == len(texts):
        parts = [f"{h} : {t}" if h else t for h, t in zip(heads, texts, strict=True) if t]
    elif width == 2 and len(filled) == 2:
        parts = [f"{_trim(texts[0])} : {texts[1]}"]
    else:
        parts = filled
    row = " ; ".join(parts)
    return row + "." if row and not _FULL_END.search(row) else row


def _trim(label: str) -> str:
    return label.rstrip(" :\u00a0\u202f")
