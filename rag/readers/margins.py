"""What is printed on pages and is no part of their text, found and left out.

Running heads and page numbers, which come back from page to page; words drawn across a page or
behind its text; the numbers of its lines. Each function also returns what it left out, to be told.
Knows nothing about PDF.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.readers.layout import find_rows, is_prose, join_row, measure_pages
from rag.readers.pdfium import Line, Page

# Lines that come back stand in one band, in points, on more than this share of the pages, or of
# those of one side: left and right pages may have their own, and chapters begin without.
_BAND = 4.0
_MOST = 0.5
_SIDE = 0.8
_MARGIN_LINES = 3
# From so many pages on, what stands apart in one band of nearly all is a running head, if it comes
# back now and then: the title of the section. That of a page, a card or a slide does not.
_ENOUGH_PAGES = 5
_NEARLY_ALL = 0.9
_APART = 1.5
_MOST_TITLES = 0.75
# The pages of a journal begin where those of the one before end; bills are numbered from further.
_FIRST_PAGE = 2000
_NUMBER = re.compile(r"\d+|(?<!\w)[ivxlcdm]+(?!\w)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
# The head of a table is so near its first row, in sizes, and its cells begin or end as there; lines
# of one text are nearer.
_ROW_STEP, _LINE_STEP, _PLACE = 2.5, 1.5, 2.0


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of one page, with its pieces."""

    page: int
    pieces: list[Line]

    @property
    def line(self) -> Line:
        return join_row(self.pieces)

    @property
    def band(self) -> int:
        return round(self.pieces[0].baseline / _BAND)


# -------------------------------------------------------------------------------- running heads


def drop_running_heads(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """Remove the headers, the footers and the page numbers.

    They are lines of the top or the bottom that come back at the same place on most pages, the same
    but for a number that grows as that of the page does; or titles of sections, apart from the text
    and no larger. The heads of a table are none.

    Returns
    -------
    tuple[list[Page], list[str]]
        The pages, which may have no line left, and one of each line that was removed.
    """
    rows = [[_Row(n, row) for row in find_rows(_upright(page))] for n, page in enumerate(pages)]
    margins = [_margins(found) for found in rows]
    keys = _read_keys([row for found in margins for row in found])
    filled = [n for n, found in enumerate(rows) if found]
    places: dict[tuple[str, int], set[int]] = {}
    for found in margins:
        for row in found:
            places.setdefault((keys[id(row)], row.band), set()).add(row.page)
    repeated = {key for key, found in places.items() if _come_back(found, filled)}
    bands = _find_bands(pages, rows, keys)
    kept: list[Page] = []
    removed: dict[str, str] = {}
    for page, found, outer in zip(pages, rows, margins, strict=True):
        dropped = _detach([row for row in outer if (keys[id(row)], row.band) in repeated], found)
        for top in (True, False):
            edge = found[0 if top else -1] if found else None
            if edge is not None and (top, edge.band) in bands:
                dropped += [row for row in found if row.band == edge.band]
        for row in dropped:
            removed.setdefault(keys.get(id(row), row.line.text), row.line.text)
        gone = {id(piece) for row in dropped for piece in row.pieces}
        kept.append(replace(page, lines=tuple(x for x in page.lines if id(x) not in gone)))
    return kept, list(removed.values())


def _upright(page: Page) -> list[Line]:
    return [line for line in page.lines if line.kind != "aside"]


def _margins(rows: Sequence[_Row]) -> list[_Row]:
    """Return the lines nearest to the top and to the bottom of a page that head no table."""
    outer = [*rows[:_MARGIN_LINES], *rows[_MARGIN_LINES:][-_MARGIN_LINES:]]
    return [row for row in outer if not _is_in_table(row, rows)]


def _detach(heads: Sequence[_Row], rows: Sequence[_Row]) -> list[_Row]:
    """Return the heads that are not the first or the last lines of a text."""
    ordered = {id(row): k for k, row in enumerate(rows)}
    chosen = {ordered[id(row)] for row in heads}
    middle = (len(rows) - 1) / 2
    kept: list[_Row] = []
    # From the text to the edge: a head of two lines stands apart below the second one.
    for k in sorted(chosen, key=lambda k: abs(k - middle)):
        inner = k + 1 if k < middle else k - 1
        if inner in chosen or not 0 <= inner < len(rows) or not _is_attached(rows[k], rows[inner]):
            kept.append(rows[k])
        else:
            chosen.discard(k)
    return kept


def _is_attached(row: _Row, inner: _Row) -> bool:
    one, other = row.pieces[0], inner.pieces[0]
    return (
        abs(one.baseline - other.baseline) < _LINE_STEP * one.size
        and abs(one.left - other.left) < _PLACE
        and abs(one.size - other.size) < 0.5
    )


def _is_in_table(row: _Row, rows: Sequence[_Row]) -> bool:
    """Whether the cells of a line begin or end where those of a line beside it do."""
    if len(row.pieces) < 2:
        return False
    at = next(k for k, other in enumerate(rows) if other is row)
    for other in rows[max(at - 1, 0) : at + 2]:
        distance = abs(other.pieces[0].baseline - row.pieces[0].baseline)
        if other is row or distance > _ROW_STEP * row.pieces[0].size:
            continue
        aligned = sum(
            any(
                abs(one.left - two.left) < _PLACE or abs(one.right - two.right) < _PLACE
                for two in other.pieces
            )
            for one in row.pieces
        )
        if aligned > 1:
            return True
    return False


def _read_keys(rows: Sequence[_Row]) -> dict[int, str]:
    """Write each line with « # » for what grows from page to page as the page does."""
    texts = {id(row): row.line.text.lower().replace("#", "") for row in rows}
    numbers = {key: [_value(m[0]) for m in _NUMBER.finditer(text)] for key, text in texts.items()}
    seen: dict[tuple[str, int, int], list[int]] = {}
    for row in rows:
        form = _NUMBER.sub("#", texts[id(row)])
        seen.setdefault((form, row.band, row.page), numbers[id(row)])
    keys: dict[int, str] = {}
    for row in rows:
        form, mine = _NUMBER.sub("#", texts[id(row)]), numbers[id(row)]
        beside = [
            (step, found)
            for step in (-2, -1, 1, 2)
            if (found := seen.get((form, row.band, row.page + step))) is not None
        ]
        written = iter(
            "#"
            if abs(value - row.page) < _FIRST_PAGE
            and any(there[k] - value == step for step, there in beside)
            else str(value)
            for k, value in enumerate(mine)
        )
        keys[id(row)] = "".join(next(written) if c == "#" else c for c in form)
    return keys


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number[:18])
    values = [_ROMAN[letter] for letter in number]
    return sum(
        -one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True)
    )


def _come_back(found: set[int], filled: Sequence[int]) -> bool:
    """Whether a line that is on these pages is on most, or on most left or right ones."""
    if len(found) < (2 if len(filled) < 4 else 3):
        return False
    if len(found) > _MOST * len(filled):
        return True
    sides = [[n for n in filled if n % 2 == side] for side in (0, 1)]
    return any(side and len(found.intersection(side)) >= _SIDE * len(side) for side in sides)


def _find_bands(
    pages: Sequence[Page], rows: Sequence[Sequence[_Row]], keys: dict[int, str]
) -> set[tuple[bool, int]]:
    """Find the bands, at the top (True) or the bottom, where the outer lines stand apart."""
    measure = measure_pages(pages)
    titles: dict[tuple[bool, int], list[str]] = {}
    apart: Counter[tuple[bool, int]] = Counter()
    for found in rows:
        for top in (True, False):
            ordered = found if top else found[::-1]
            outer = ordered[0] if ordered else None
            following = next((row for row in ordered if row.band != ordered[0].band), None)
            if outer is None or following is None or id(outer) not in keys:
                continue
            line, band = outer.line, (top, outer.band)
            titles.setdefault(band, []).append(keys[id(outer)])
            distance = abs(line.baseline - following.pieces[0].baseline)
            is_apart = distance > _APART * measure.step * measure.size
            apart[band] += is_apart and not measure.find_level(line)
    needed = max(_ENOUGH_PAGES, _MOST * sum(map(bool, rows)))
    return {
        band
        for band, found in titles.items()
        if len(found) >= needed
        and apart[band] >= _NEARLY_ALL * len(found)
        and len(set(found)) <= _MOST_TITLES * len(found)
    }


# ---------------------------------------------------------------------------------- watermarks

# Pale letters this many times larger than the text are behind it when other text goes over them,
# or when they come back.
_LARGE = 2.0


def drop_watermarks(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """Remove what is drawn across the pages, and large pale words behind their text.

    Returns
    -------
    tuple[list[Page], list[str]]
        The pages, and one of each text that was removed.
    """
    if not any(line.kind for page in pages for line in page.lines):
        return list(pages), []
    size = measure_pages(pages).size
    pale = [
        line.text
        for page in pages
        for line in page.lines
        if line.kind == "pale" and line.size > _LARGE * size
    ]
    often = {text for text, count in Counter(pale).items() if count > max(1, _MOST * len(pages))}
    removed: dict[str, None] = {}
    kept: list[Page] = []
    for page in pages:
        lines = []
        for line in page.lines:
            large = line.kind == "pale" and line.size > _LARGE * size
            behind = large and (line.text in often or _is_behind(line, page))
            if line.kind == "slanted" or behind:
                removed[line.text] = None
            else:
                lines.append(line)
        kept.append(replace(page, lines=tuple(lines)))
    return kept, list(removed)


def _is_behind(line: Line, page: Page) -> bool:
    """Whether other text goes over a line."""
    return any(
        other is not line
        and line.left < other.right
        and other.left < line.right
        and -0.2 * line.size < other.baseline - line.baseline < 0.7 * line.size
        for other in page.lines
    )


# -------------------------------------------------------------------------------- line numbers

_LINE_NUMBER = re.compile(r"\d{1,4}")
# So many numbers on a page, this share of them where they must be.
_FEWEST_NUMBERS = 2
_IN_STEP = 0.8
# They end or begin at one place, in points.
_NUMBER_PLACE = 3.0


def drop_line_numbers(pages: Sequence[Page]) -> tuple[list[Page], bool]:
    """Remove the numbers that stand before or after the lines of a text, one or five apart.

    Returns
    -------
    tuple[list[Page], bool]
        The pages, and whether any had numbers.
    """
    found = [_find_line_numbers(page) for page in pages]
    if not any(found):
        return list(pages), False
    places = {round(edge) for column in found for x in column for edge in (x.left, x.right)}
    kept: list[Page] = []
    for page, column in zip(pages, found, strict=True):
        # A page may end after two lines.
        gone = {
            id(line)
            for line in column or _list_outer_numbers(page)
            if {round(line.left), round(line.right)} & places
        }
        kept.append(replace(page, lines=tuple(x for x in page.lines if id(x) not in gone)))
    return kept, True


def _list_outer_numbers(page: Page) -> list[Line]:
    """Return the numbers at the left or at the right of all the text."""
    upright = _upright(page)
    text = [line for line in upright if not _LINE_NUMBER.fullmatch(line.text)]
    left = min((line.left for line in text), default=0.0)
    right = max((line.right for line in text), default=0.0)
    numbers = [line for line in upright if _LINE_NUMBER.fullmatch(line.text)]
    return [line for line in numbers if line.right <= left or line.left >= right]


def _find_line_numbers(page: Page) -> list[Line]:
    text = [line for line in _upright(page) if not _LINE_NUMBER.fullmatch(line.text)]
    heights = [row[0].baseline for row in find_rows(text)]
    for column in _align(_list_outer_numbers(page)):
        if _grows_in_step(column, heights) and is_prose(text):
            return column
    return []


def _align(numbers: Sequence[Line]) -> Iterator[list[Line]]:
    """Give the numbers that end at one place, then those that begin at one, from the top."""
    for edges in ([line.right for line in numbers], [line.left for line in numbers]):
        common = Counter(map(round, edges)).most_common(1)
        column = [
            line
            for line, edge in zip(numbers, edges, strict=True)
            if abs(edge - common[0][0]) < _NUMBER_PLACE
        ]
        if len(column) >= _FEWEST_NUMBERS:
            yield sorted(column, key=lambda line: -line.baseline)


def _grows_in_step(column: Sequence[Line], heights: Sequence[float]) -> bool:
    """Whether numbers grow by one step, or as the lines of text beside them, nearly all."""
    pairs = [
        (int(below.text) - int(above.text), above.baseline, below.baseline)
        for above, below in zip(column, column[1:], strict=False)
    ]
    step, count = Counter(step for step, _, _ in pairs).most_common(1)[0]
    if step > 0 and count >= _IN_STEP * len(pairs) and len(pairs) > 1:
        return True
    counted = sum(
        step > 0 and step == sum(bottom - 1 < height < top - 1 for height in heights)
        for step, top, bottom in pairs
    )
    return counted >= _IN_STEP * len(pairs)
