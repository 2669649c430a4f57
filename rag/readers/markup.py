"""A tree of HTML elements → text with the Markdown marks that ``french`` and the page know.

Headings begin with ``#``, items with ``-`` or a number. Each row of a table is one sentence, its
values named by the heads of the columns, « Ville : Paris ; Habitants : 2 100 000. », so that it can
be quoted by itself. Knows the names of HTML and those that trafilatura gives them. Trees are walked
without recursion: a page may be as deep as it likes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.readers.checkboxes import SAID
from rag.readers.columnheads import count_heads, find_bands, is_label, join_heads
from rag.readers.numbering import write_count

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
# A table with a part of a page in a cell only places what it holds; so does one with a block or so
# many paragraphs, unless its columns have names.
_PARTS = frozenset({"head", *_HEADINGS})
_BLOCKS = frozenset({"table", "ul", "ol", "dl", "list", *_PARTS})
_MOST_PARAGRAPHS = 3
# What no table of values does: spread its cells over so many times their number.
_MOST_SPREAD = 20
_MOST_COLUMNS = 100
# What spans several rows is written on each, but for what is longer, in characters.
_LONGEST_REPEATED = 200
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_DELETED = frozenset({"del", "s", "strike"})
LINE_THROUGH = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
# How far up a tree what holds for an element is looked for; a page may be 50,000 tags deep.
_MOST_PARENTS = 30
_SPACES = re.compile(r"[ \t\r\n\f]+")
_FULL_END = re.compile(r"[.!?:;…][»”\")\] \u00a0\u202f]*$")
# No page shows them, and what is no space goes through trafilatura.
_LINE_END = "⏎"
BLOCK_END = "␞"
_MARK_END = "␟"
# What an ordered list may have for numbers (HTML, 4.4.5), as Word calls them.
_KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CSS_KINDS = re.compile(r"list-style(?:-type)?\s*:[^;]*\b(lower|upper)-(alpha|latin|roman)")
_INTEGER = re.compile(r"\s*-?\d{1,9}\s*")
_LONGEST_TERM = 60
_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
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

    Raised figures become superscripts, since 10³ is not 103, the ends of the lines of ``pre`` and
    the numbers of lists that do not count from 1 signs that ``write_text`` reads, and each table
    one row of heads above rows of as many cells; short terms are rows, with what is said of them.
    What references to characters name and nobody may write in a tree is left out.
    """
    _drop_unwritable(root)
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
    for table in reversed(list(root.iter("table"))):
        _square(table)
    for numbered in root.iter("ol"):
        _number_items(numbered)
    for terms in list(root.iter("dl")):
        _pair_terms(terms)


def _drop_unwritable(root: _Element) -> None:
    for element in root.iter():
        for part in ("text", "tail"):
            text = getattr(element, part) or ""
            if _UNWRITABLE.search(text):
                setattr(element, part, _UNWRITABLE.sub("", text))


def list_runs(
    root: _Element, apart: Callable[[_Element], bool] | None = None
) -> Iterator[tuple[_Element, str, str]]:
    """List the visible runs of text of a tree, and what sets them apart, in order.

    Elements that are ``apart`` are passed over.

    Yields
    ------
    tuple[_Element, str, str]
        An element, which of « text » and « tail » the run is, and the run; or, where a line breaks
        and where a block begins or ends, an empty string and a sign that ``write_text`` reads.
    """
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag, begins = _name(element), event == "start"
        if begins and (tag in _UNSEEN or not tag or (apart is not None and apart(element))):
            walk.skip_subtree()
            continue
        if tag in _BREAKS:
            if begins:
                yield element, "", _LINE_END
        elif tag and tag not in _UNSEEN and tag not in _INLINE:
            yield element, "", BLOCK_END
        run = element.text if begins else None if element is root else element.tail
        if run and not run.isspace():
            yield element, "text" if begins else "tail", run


def mark_blocks(root: _Element) -> None:
    """End with a sign each run of text after which a line breaks, or a block begins or ends.

    ``write_text`` reads it: what a page sets apart is never one sentence, whatever trafilatura
    joins.
    """
    before: tuple[_Element, str] | None = None
    sign = ""
    for element, place, run in list_runs(root):
        if not place:
            # Two breaks of lines make a paragraph.
            sign = run if not sign else BLOCK_END
            continue
        if before is not None and sign:
            setattr(*before, getattr(*before) + sign)
        before, sign = (element, place), ""


@dataclass(frozen=True, slots=True)
class Line:
    """The text between two blocks or breaks of lines of a tree, and where its runs are."""

    text: str
    runs: tuple[tuple[_Element, str, str], ...]

    @property
    def owner(self) -> _Element:
        """The innermost element that holds its beginning."""
        return next(self.list_owned())[0]

    def list_owned(self) -> Iterator[tuple[_Element, str]]:
        """List its runs, each with the innermost element that holds it."""
        for element, place, run in self.runs:
            yield element if place == "text" else element.getparent(), run

    def take(self) -> None:
        """Remove its text from the tree."""
        for element, place, _ in self.runs:
            setattr(element, place, None)


def list_lines(root: _Element, apart: Callable[[_Element], bool] | None = None) -> Iterator[Line]:
    """List the visible lines of a tree, in order, but those of elements that are ``apart``."""
    runs: list[tuple[_Element, str, str]] = []
    for element, place, run in (*list_runs(root, apart), (root, "", BLOCK_END)):
        if place:
            runs.append((element, place, run.replace(BLOCK_END, " ")))
        elif runs:
            text = "".join(run for _, _, run in runs)
            yield Line(_SPACES.sub(" ", text).strip(" "), tuple(runs))
            runs = []


def climb(element: _Element | None, most: int = _MOST_PARENTS) -> Iterator[_Element]:
    """Give an element and those around it, the nearest first."""
    for _ in range(most):
        if element is None:
            return
        yield element
        element = element.getparent()


def drop_struck(root: _Element) -> int:
    """Remove the text that is struck through, and count the passages that held some."""
    return drop_outer(
        root,
        lambda element: (
            _name(element) in _DELETED
            or element.get("role") == "deletion"
            or LINE_THROUGH.search(element.get("style") or "") is not None
        ),
    )


def drop_outer(root: _Element, unwanted: Callable[[_Element], bool]) -> int:
    """Remove the outermost of the elements that are unwanted, and count those that hold words."""
    from lxml import etree

    found = []
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element is not root and isinstance(element.tag, str) and unwanted(element):
            found.append(element)
            walk.skip_subtree()
    count = sum(map(has_words, found))
    for element in found:
        element.drop_tree()
    return count


def has_words(root: _Element) -> bool:
    """Whether an element shows a letter or a figure."""
    runs = (run for _, place, run in list_runs(root) if place)
    return any(character.isalnum() for run in runs for character in run)


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
        text = _SPACES.sub(" ", "".join(self._block))
        self._block.clear()
        for block in text.split(BLOCK_END):
            kept = [line.strip(" ") for line in block.split(_LINE_END) if line.strip()]
            if kept:
                mark, self._mark = self._mark, ""
                label, found, rest = kept[0].partition(_MARK_END)
                if found:
                    mark, kept[0] = label if mark else label.removeprefix("- "), rest
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


# ---------------------------------------------------------------------------------------- lists


def _number_items(numbered: _Element) -> None:
    """Write before the items of a list the numbers that a page shows, when they are not 1, 2, 3."""
    items = [item for item in numbered if _name(item) in _ITEMS]
    told = _CSS_KINDS.search(numbered.get("style") or "")
    kind = f"{told[1]}{'Roman' if told[2] == 'roman' else 'Letter'}" if told else ""
    kind = kind or _KINDS.get(numbered.get("type") or "", "")
    start, back = _read_integer(numbered, "start"), numbered.get("reversed") is not None
    values = [_read_integer(item, "value") for item in items]
    if not kind and start in (None, 1) and not back and values.count(None) == len(values):
        return
    count = (len(items) if back else 1) if start is None else start
    for item, value in zip(items, values, strict=True):
        count = count if value is None else value
        label = f"- {write_count(count, kind)}. " if kind and count > 0 else f"{count}. "
        place = next((run for run in list_runs(item) if run[1]), None)
        if place is not None:
            element, where, text = place
            setattr(element, where, f"{label}{_MARK_END}{text.lstrip()}")
        count += -1 if back else 1


def _read_integer(element: _Element, name: str) -> int | None:
    told = element.get(name) or ""
    return int(told) if _INTEGER.fullmatch(told) else None


def _pair_terms(terms: _Element) -> None:
    """Make a table of a list of short terms, each with what is said of it in a few lines."""
    from lxml.html import builder

    groups: list[tuple[list[str], list[str]]] = []
    for part in terms.iter("dt", "dd"):
        # An end tag that lacks may leave one within another.
        owner = next(part.iterancestors("dl", "dt", "dd"), None)
        if owner is not terms or _is_block(part):
            return
        text = _write_cell(part)
        if _name(part) == "dt":
            if not groups or groups[-1][1]:
                groups.append(([], []))
            groups[-1][0].append(text)
        elif groups:
            groups[-1][1].append(text)
    labels = [" / ".join(filter(None, names)) for names, _ in groups]
    if not all(0 < len(label) <= _LONGEST_TERM and label[-1] not in "?!." for label in labels):
        return
    rows = [
        builder.TR(builder.TD(label), builder.TD(" ; ".join(filter(None, said))))
        for label, (_, said) in zip(labels, groups, strict=True)
    ]
    for part in list(terms):
        terms.remove(part)
    terms.tag, terms.text = "table", None
    terms.extend(rows)


# --------------------------------------------------------------------------------------- tables


def _square(table: _Element) -> None:
    """Repeat the cells of a table that span several, and gather its heads in one row.

    What stands across it becomes a paragraph before it, above its heads, or after its last row, and
    a first cell of the rows that follow elsewhere. A table that only places what it holds stays as
    it is.
    """
    lines = [row for row in table.iter() if _name(row) == "tr" and _owner(row) is table]
    grid = [] if _only_places(table) else _spread(lines)
    if max(map(len, grid), default=0) < 2 or table.getparent() is None:
        return
    above = list(table.iterchildren("caption"))
    top = 0
    while top < len(grid) - 1 and _is_band(grid[top]):
        above.append(grid[top][0])
        top += 1
    heads, count = _find_heads(lines[top:], grid[top:])
    if not heads and _holds_blocks(table):
        return
    below = []
    while len(grid) > top + count + 1 and _is_band(grid[-1]):
        below.append(grid.pop()[0])
    for across in (*above, *below):
        across.tag, across.tail = "p", None
    for title in above:
        table.addprevious(title)
    for note in below:
        table.addnext(note)
    _rebuild(table, grid[top + count :], heads)


def _owner(element: _Element) -> _Element | None:
    """Return the innermost table that an element is in."""
    return next(element.iterancestors("table"), None)


def _only_places(table: _Element) -> bool:
    """Whether a table is no more than a layout: of whole parts of a page, of tables of tables."""
    return (
        table.get("role") in ("presentation", "none")
        or table.find(".//table//table") is not None
        or any(_name(part) in _PARTS for part in table.iter())
    )


def _holds_blocks(table: _Element) -> bool:
    """Whether cells hold lists, tables or many paragraphs, as a row of values seldom does."""
    return any(_is_block(cell) for cell in table.iter() if _name(cell) in _CELLS)


def _spread(lines: Sequence[_Element]) -> list[list[_Element]]:
    """List the cells of each row, those that span several columns or rows as many times.

    Those of a table that is made to have no end span one.
    """
    grid: list[list[_Element]] = []
    spanning: dict[int, tuple[_Element, int]] = {}
    room = _MOST_SPREAD * (_MOST_COLUMNS + sum(map(len, lines)))
    for number, line in enumerate(lines):
        cells: list[_Element] = []
        own = deque(cell for cell in line if _name(cell) in _CELLS)
        while own or len(cells) in spanning:
            if begun := spanning.pop(len(cells), None):
                if begun[1] > 1:
                    spanning[len(cells)] = begun[0], begun[1] - 1
                cells.append(begun[0])
                continue
            cell = own.popleft()
            more = min(_read_span(cell, "rowspan") or len(lines), len(lines) - number) - 1
            for _ in range(max(1, min(_read_span(cell, "colspan"), _MOST_COLUMNS))):
                if more > 0:
                    spanning[len(cells)] = cell, more
                cells.append(cell)
        grid.append(cells)
        room -= len(cells)
        if room < 0:
            for cell in (cell for line in lines for cell in line):
                for name in ("rowspan", "colspan"):
                    cell.attrib.pop(name, None)
            return _spread(lines)
    return grid


def _read_span(cell: _Element, name: str) -> int:
    told = cell.get(name) or "1"
    return int(told) if re.fullmatch(r"[0-9]{1,4}", told) else 1


def _is_band(cells: Sequence[_Element]) -> bool:
    """Whether one cell spans a whole row."""
    return len(cells) > 1 and all(cell is cells[0] for cell in cells)


def _find_heads(
    lines: Sequence[_Element], grid: Sequence[Sequence[_Element]]
) -> tuple[list[str], int]:
    """Find the heads of the columns, those on several rows joined, and on how many rows they are.

    They are those that the page declares, else those that look so.
    """
    width = max(map(len, grid))
    texts = [[_read_cell(cell) for cell in cells] for cells in grid]
    texts = [[*row, *[""] * (width - len(row))] for row in texts]
    # A head over several columns is completed by the row below.
    spanned = len(set(grid[0])) < len(grid[0])
    count = 0
    while count < len(grid) and _is_declared(lines[count], grid[count]):
        count += 1
    if count == len(grid) or any(map(_is_block, grid[0])):
        return [], 0
    if not count or (count == 1 and spanned):
        bold = [all(_is_bold(cell) for cell in cells if _read_cell(cell)) for cells in grid[:2]]
        count = max(count, count_heads(texts, spanned, marked=bold == [True, False]))
    return (join_heads(texts[:count]) if count else []), count


def _is_declared(line: _Element, cells: Sequence[_Element]) -> bool:
    parent = line.getparent()
    filled = [cell for cell in cells if _read_cell(cell)]
    under = parent is not None and _name(parent) == "thead"
    told = under or all(_name(cell) == "th" for cell in filled)
    return bool(filled) and told and not _is_band(cells)


def _is_bold(cell: _Element) -> bool:
    bold = " ".join(_read_cell(part) for part in cell.iter("b", "strong"))
    return _BOLD.search(cell.get("style") or "") is not None or bold == _read_cell(cell)


def _read_cell(cell: _Element) -> str:
    return " ".join("".join(cell.itertext()).split())


def _rebuild(table: _Element, grid: Sequence[Sequence[_Element]], heads: Sequence[str]) -> None:
    """Write the rows of a table again, each with all its cells.

    A long one is written once, and one over several columns is only repeated where they have names.
    """
    from lxml.html import builder

    band, rows = "", []
    banded = any(map(_is_band, grid))
    if heads:
        rows.append([builder.TH(head) for head in (["", *heads] if banded else heads)])
    texts = {cell: _write_cell(cell) for cells in grid for cell in cells}
    before: Sequence[_Element] = ()
    for cells in grid:
        if _is_band(cells):
            band = " – ".join(filter(None, [band * _is_band(before), texts[cells[0]]]))
            if len(band) > _LONGEST_REPEATED:
                rows.append([builder.TD(band), *(builder.TD() for _ in cells)])
                band = ""
        elif [_read_cell(cell) for cell in cells] != heads:
            row = [builder.TD(band)] if banded else []
            above, beside = set(before), set()
            for cell in cells:
                seen = cell in beside
                beside.add(cell)
                again = seen or cell in above
                kept = not again or (len(texts[cell]) <= _LONGEST_REPEATED and (heads or not seen))
                row.append(_copy_cell(cell, texts[cell]) if kept else builder.TD())
            rows.append(row)
        before = cells
    for child in list(table):
        table.remove(child)
    table.extend(builder.TR(*cells) for cells in rows)


def _copy_cell(cell: _Element, text: str) -> _Element:
    from lxml.html import builder

    if _is_block(cell):
        return builder.TD(text)
    copy = deepcopy(cell)
    copy.tail = None
    for name in ("rowspan", "colspan"):
        copy.attrib.pop(name, None)
    return copy


def _read_rows(table: _Element) -> list[str]:
    """Write each row as a sentence; nothing when the table only places what it holds."""
    rows = [
        [cell for cell in row if _name(cell) in _CELLS]
        for row in table.iter()
        if _name(row) in ("tr", "row")
    ]
    width = max(map(len, rows), default=0)
    if width < 2 or _only_places(table) or _holds_blocks(table):
        return []
    cells = [[_write_cell(cell) for cell in row] for row in rows]
    named = len(rows[0]) == width and all(map(_is_head, rows[0]))
    named = named and any(len(row) == width for row in rows[1:])
    heads = cells[0] if named else []
    body = cells[named:]
    return [
        row
        for texts, band in zip(body, find_bands(body, 0), strict=True)
        if band is not None and (row := describe_row(texts, heads, width, band))
    ]


def _is_block(cell: _Element) -> bool:
    names = [_name(element) for element in cell.iterdescendants()]
    return names.count("p") > _MOST_PARAGRAPHS or not _BLOCKS.isdisjoint(names)


def _is_head(cell: _Element) -> bool:
    parent = cell.getparent()
    above = _name(parent.getparent()) if parent is not None else ""
    return _name(cell) == "th" or cell.get("role") == "head" or above == "thead"


def _write_cell(cell: _Element) -> str:
    """Write a cell in one line."""
    lines = [line for line in write_text(cell).split("\n") if line]
    items = [line[2:].rstrip(" ;,") + " ;" if line.startswith("- ") else line for line in lines]
    return " ".join(items).removesuffix(" ;")


def describe_row(texts: Sequence[str], heads: Sequence[str], width: int, band: str = "") -> str:
    """Write a row as a sentence, ``band`` first: the line that names its group.

    Each value is named by the head of its column, else by the label before it: the first of two, or
    of each pair. Boxes of a form are told behind what they answer.
    """
    heads = [_trim(head) for head in heads] if len(heads) == len(texts) else []
    said = [text for text in texts if text in SAID]
    filled = [text for text in texts if text]
    if heads and len(said) < 2:
        parts = [f"{h} : {t}" if h else t for h, t in zip(heads, texts, strict=True) if t]
    elif heads:
        parts = _describe_answers(texts, heads)
    elif said:
        parts = _pair_boxes(filled)
    elif (
        len(texts) > 3 and len(texts) % 2 == 0 and 4 * sum(map(is_label, texts[::2])) >= len(texts)
    ):
        pairs = zip(texts[::2], texts[1::2], strict=True)
        parts = [" : ".join(filter(None, (_trim(label), text))) for label, text in pairs]
        parts = list(filter(None, parts))
    elif width == 2 and len(filled) == 2:
        parts = [f"{_trim(texts[0])} : {texts[1]}"]
    else:
        parts = filled
    row = " ; ".join([band, *parts] if band and parts else parts)
    return row + "." if row and not _FULL_END.search(row) else row


def _describe_answers(texts: Sequence[str], heads: Sequence[str]) -> list[str]:
    """Write a row of boxes that the heads name: « Sortie : Non (coché) ; Oui (non coché) »."""
    pairs = [(head, text) for head, text in zip(heads, texts, strict=True) if text]
    asked = [f"{head} : {text}" if head else text for head, text in pairs if text not in SAID]
    answers = [f"{h} ({one})" for one in reversed(SAID) for h, text in pairs if text == one]
    return [f"{' ; '.join(asked)} : {' ; '.join(answers)}" if asked else " ; ".join(answers)]


def _pair_boxes(texts: Sequence[str]) -> list[str]:
    """Write what is said of boxes alone in their cells in those beside."""
    leads = texts[0] in SAID
    paired: list[str] = []
    for text in reversed(texts) if leads else texts:
        if text in SAID and paired:
            paired[-1] += f" ({text})"
        else:
            paired.append(text)
    return paired[::-1] if leads else paired


def _trim(label: str) -> str:
    return label.rstrip(" :\u00a0\u202f")
