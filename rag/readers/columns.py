"""Pieces of lines with their places → the lines of each page in the order of reading.

Columns are told from tables by their lines, which run on one under the other, and read one after
the other in whatever order they were drawn; tables become one sentence a row. What geometry does
not order stays in the order in which it was drawn. Knows nothing about PDF.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.readers.grids import Rules, Table, find_tables, is_grid
from rag.readers.layout import (
    LEVEL,
    Measure,
    find_rows,
    is_prose,
    join_row,
    lists_pages,
    measure_pages,
)
from rag.readers.pdfium import Line, Page

# A gutter is no narrower, in sizes; it is looked for where lines begin at one place, in points, and
# the first of a paragraph may be set in by so many sizes. A column is no narrower, in sizes.
_GUTTER, _PLACE, _SET_IN, _NARROWEST = 0.3, 2.0, 3.0, 8
# Past so many sizes from the column beside it, what is above or below a column is no part of it.
_APART = 2.5
# A gap of more sizes than this parts two lines, or than that if they were drawn one after the
# other, unless what is before it announces what is after.
_WIDE, _FAR = 1.8, 3.0
# What is raised or lowered in a line is no further from it, in sizes, and in no more pieces.
_RAISED, _RAISED_PIECES = 0.9, 4
# What is so far below, in sizes, is read after, however it was drawn.
_BELOW = 0.7
# A page with more pieces is a drawing, and stays as it was drawn.
_MOST_PIECES = 1500
# So do the pages of more than so many, once they have had so many in all: ordering takes the square
# of their number in time.
_FULL_PAGE, _MOST_ON_FULL_PAGES = 600, 150_000
# A large letter at the start of a text: so many times larger than what stands so near, in sizes.
_CAP_LARGER, _CAP_NEAR = 1.7, 1.5
_CAP = re.compile(r"(?:[«“\"][ \u00a0\u202f]?)?[^\W\d_][’']?|[«“\"]")
_BULLETS = "•◦▪‣●○■□◆➢➤✓✔☐☑☒"
# A number or a bullet goes with what follows, and makes no column.
_LEADER = re.compile(r"(?: ?\.){5}|(?: ?…){2}")
_LABEL = re.compile(r"\d{1,2}(?:\.\d{1,3}){0,5}[.)]?|[IVX]{1,5}[.)]|[A-Za-z][.)]|\W")


@dataclass(frozen=True, slots=True)
class _Gutter:
    """The white that parts two columns: the left of the second one, and how far it goes."""

    x: float
    bottom: float
    top: float

    def side(self, left: float, top: float) -> int:
        """Return 0 for what is out of the columns, 1 for the left one and 2 for the right one."""
        return (2 if left >= self.x - 1 else 1) if self.bottom <= top <= self.top else 0


@dataclass(slots=True)
class _Item:
    """A line or a table, with its place and its rank among what was drawn."""

    lines: list[Line]
    left: float
    right: float
    bottom: float
    top: float
    drawn: int
    table: Table | None = None


def arrange(pages: Sequence[Page]) -> list[Page]:
    """Put the lines of each page in the order of reading, and write the rows of its tables."""
    pages = [_join_drop_caps(page) for page in pages]
    measure = measure_pages(pages)
    arranged: list[Page] = []
    last: Table | None = None
    left = _MOST_ON_FULL_PAGES
    for page in pages:
        aside = [line for line in page.lines if line.kind == "aside"]
        if len(page.lines) > _FULL_PAGE:
            left -= len(page.lines)
        items = _arrange(page, measure) if left > 0 else _keep_order(page.lines)
        at = -1
        for number, item in enumerate(items):
            if item.table is not None:
                # A table goes on on the next page, or below the title of one of its parts.
                if last is not None and number - at < 3:
                    item.table.continue_from(last)
                item.lines = item.table.write()
                last, at = item.table, number
        if items and items[-1].table is None:
            last = None
        lines = [line for item in items for line in item.lines]
        arranged.append(replace(page, lines=(*lines, *aside)))
    return arranged


def _arrange(page: Page, measure: Measure) -> list[_Item]:
    lines = [line for line in page.lines if line.kind != "aside"]
    if _is_plain(lines) or len(lines) > _MOST_PIECES:
        return _keep_order(lines)
    lines = _join_labels(_join_raised(lines))
    if lists_pages(lines):
        return [_make_item([join_row(row)], k) for k, row in enumerate(find_rows(lines))]
    drawn = {id(line): k for k, line in enumerate(lines)}
    items = [_make_item([line], drawn[id(line)]) for line in lines if line.kind == "row"]
    lines = [line for line in lines if line.kind != "row"]
    gutters = _find_gutters(lines, page.rules, measure)
    zones: dict[tuple[int, ...], list[Line]] = {}
    for line in lines:
        sides = tuple(gutter.side(line.left, line.baseline) for gutter in gutters)
        zones.setdefault(sides, []).append(line)
    for zone in zones.values():
        for found in find_tables(find_rows(zone), page.rules, drawn):
            if isinstance(found, Table):
                item = _make_item(found.pieces, min(drawn[id(line)] for line in found.pieces))
                item.table = found
                items.append(item)
            else:
                items += _join_pieces(found, drawn)
    return _order(items, gutters)


def _keep_order(lines: Sequence[Line]) -> list[_Item]:
    """Return the lines as they were drawn, their pieces joined."""
    upright = [line for line in lines if line.kind != "aside"]
    return [_make_item([join_row(row)], k) for k, row in enumerate(_group_drawn(upright))]


def _is_plain(lines: Sequence[Line]) -> bool:
    """Whether each line was drawn below the one before."""
    return all(
        above.baseline - line.baseline > LEVEL * line.size
        for above, line in zip(lines, lines[1:], strict=False)
    )


def _make_item(lines: list[Line], drawn: int) -> _Item:
    return _Item(
        lines,
        min(line.left for line in lines),
        max(line.right for line in lines),
        min(line.baseline for line in lines),
        max(line.baseline for line in lines),
        drawn,
    )


# --------------------------------------------------------------------------- pieces of lines


def _join_drop_caps(page: Page) -> Page:
    """Join a large letter to the first of the lines beside it, which begin where it does."""
    caps = [line for line in page.lines if _CAP.fullmatch(line.text)]
    lines = list(page.lines)
    for cap in caps if len(caps) < 20 else ():
        beside = [
            k
            for k, line in enumerate(lines)
            if cap.size > _CAP_LARGER * line.size
            and -line.size < line.left - cap.right < _CAP_NEAR * line.size
            and -0.3 * line.size < line.baseline - cap.baseline < cap.size
        ]
        first = max(beside, key=lambda k: lines[k].baseline, default=None)
        if first is None:
            continue
        space = " " if cap.text in "ÀÔ«" else ""
        lines[first] = replace(lines[first], text=cap.text + space + lines[first].text)
        for k in beside:
            lines[k] = replace(lines[k], left=cap.left)
        lines.remove(cap)
    return replace(page, lines=tuple(lines))


def _join_raised(lines: list[Line]) -> list[Line]:
    """Join to a line the small pieces drawn within it, above or below: those of a formula."""
    joined: list[Line] = []
    k = 0
    while k < len(lines):
        first, end = lines[k], k
        for at in range(k + 2, min(k + 2 + _RAISED_PIECES, len(lines))):
            last = lines[at]
            level = abs(last.baseline - first.baseline) < LEVEL * first.size
            if (
                level
                and last.left >= first.right
                and all(
                    first.right - 1 <= line.left
                    and line.right <= last.left + 1
                    and LEVEL <= abs(line.baseline - first.baseline) / first.size < _RAISED
                    for line in lines[k + 1 : at]
                )
            ):
                end = at
                break
        joined.append(join_row(lines[k : end + 1]))
        k = end + 1
    return joined


def _join_labels(lines: list[Line]) -> list[Line]:
    """Join the number or the bullet of a line to what follows it, and dots to what they lead to."""
    joined = {id(line): line for line in lines}
    for row in find_rows(lines):
        for label, line in zip(row, row[1:], strict=False):
            near = line.left - label.right < _FAR * line.size
            alone = not label.text[-1].isdecimal() or len(row) == 2
            starts = label is row[0] and alone and line.text[0].isalpha()
            mark = near and (_LABEL.fullmatch(label.text) if starts else label.text in _BULLETS)
            if (mark or _LEADER.search(label.text + line.text)) and id(label) in joined:
                joined[id(line)] = join_row([joined[id(label)], joined[id(line)]])
                del joined[id(label)]
    return [joined[id(line)] for line in lines if id(line) in joined]


def _join_pieces(row: Sequence[Line], drawn: Mapping[int, int]) -> list[_Item]:
    """Join the pieces of a line that is no row of a table."""
    groups = [[row[0]]]
    for before, line in zip(row, row[1:], strict=False):
        follows = drawn[id(line)] - drawn[id(before)] == 1
        near = line.left - before.right < (_FAR if follows else _WIDE) * line.size
        if near or (follows and before.text.endswith(":")):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_make_item([join_row(group)], drawn[id(group[0])]) for group in groups]


def _group_drawn(lines: Sequence[Line]) -> list[list[Line]]:
    """Group the pieces of a line that were drawn one after the other."""
    groups: list[list[Line]] = []
    for line in lines:
        before = groups[-1][-1] if groups else None
        level = before is not None and abs(before.baseline - line.baseline) < LEVEL * line.size
        if before is not None and level and 0 <= line.left - before.right < _FAR * line.size:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


# --------------------------------------------------------------------------- order of reading


def _find_gutters(lines: Sequence[Line], rules: Rules, measure: Measure) -> list[_Gutter]:
    """Find the gutters between columns of prose, from the left."""
    if not lines:
        return []
    starts = _count_starts(lines)
    ordered = sorted(lines, key=lambda line: -line.baseline)
    gutters: list[_Gutter] = []
    width = _NARROWEST * measure.size
    reached = min(line.left for line in lines) + width
    for x, count in starts:
        if x < reached:
            continue
        # Where as many lines begin further right, or half as many beyond an indent, another column
        # may follow.
        indent = x + _SET_IN * measure.size
        ends = (
            far
            for far, n in starts
            if far > x and (n >= count or (far > indent and 2 * n >= count))
        )
        end = next(ends, math.inf)
        white = x - _GUTTER * measure.size
        runs: list[list[Line]] = [[]]
        for line in ordered:
            if line.left < x - 1 and line.right > white:
                runs.append([])
            elif not any(g.side(line.left, line.baseline) == 1 for g in gutters):
                runs[-1].append(line)
        found = [g for run in runs if (g := _find_gutter(run, x, end, rules)) is not None]
        gutters += found
        if found:
            reached = x + width
    return gutters


def _count_starts(lines: Sequence[Line]) -> list[tuple[float, int]]:
    """Count the lines that begin at one place, for each place where several do."""
    places: list[list[float]] = []
    for left in sorted(line.left for line in lines):
        if places and left - places[-1][0] < _PLACE:
            places[-1].append(left)
        else:
            places.append([left])
    return [(place[0], len(place)) for place in places if len(place) > 1]


def _find_gutter(run: list[Line], x: float, end: float, rules: Rules) -> _Gutter | None:
    """Tell whether lines that leave a white before ``x`` stand in two columns of prose.

    The second column ends before ``end``.
    """
    left = [line for line in run if line.left < x - 1]
    right = [line for line in run if x - 1 <= line.left < end - 1]
    begin = [line for line in right if line.left < x + _SET_IN * line.size]
    if len(left) < 2 or len(begin) < 2:
        return None
    bottom = max(left[-1].baseline, begin[-1].baseline)
    top = min(left[0].baseline, begin[0].baseline)
    if bottom > top or not (is_prose(left) and is_prose(right)):
        return None
    beside = [line for line in run if bottom <= line.baseline <= top]
    if is_grid(find_rows(beside), x, rules):
        return None
    for line in reversed(run):
        if top < line.baseline < top + _APART * line.size:
            top = line.baseline
    for line in run:
        if bottom - _APART * line.size < line.baseline < bottom:
            bottom = line.baseline
    return _Gutter(x, bottom, top)


def _order(items: list[_Item], gutters: Sequence[_Gutter]) -> list[_Item]:
    """Put each line after those that must come before it, else as they were drawn."""
    items = sorted(items, key=lambda item: item.drawn)
    if all(
        above.bottom > item.top + _BELOW * item.lines[0].size
        for above, item in zip(items, items[1:], strict=False)
    ):
        return items
    before = [
        {k for k, other in enumerate(items) if other is not item and _leads(other, item, gutters)}
        for item in items
    ]
    left = list(range(len(items)))
    ordered: list[_Item] = []
    while left:
        waiting = set(left)
        k = next((k for k in left if waiting.isdisjoint(before[k])), left[0])
        left.remove(k)
        ordered.append(items[k])
    return ordered


def _leads(one: _Item, other: _Item, gutters: Sequence[_Gutter]) -> bool:
    """Whether an item must be read before another."""
    above = one.bottom > other.top + _BELOW * other.lines[0].size
    for gutter in gutters:
        side, beside = gutter.side(one.left, one.top), gutter.side(other.left, other.top)
        if side and beside and side != beside:
            return side < beside
        if bool(side) != bool(beside) and (above or other.bottom > one.top + 0.5):
            return above
    return above and min(one.right, other.right) - max(one.left, other.left) > 1
