"""Pieces of lines side by side → the rows of tables, as sentences.

A table is told by its columns, whose cells begin, end or stand in the middle of one place. What
names its columns is told by its ink, by a rule below it, or by figures that it has not and that the
cells below it have. Knows nothing about PDF.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.readers.columnheads import count_heads, find_bands, is_value
from rag.readers.layout import ends_sentence, find_rows, has_room, is_prose, join_lines, join_row
from rag.readers.markup import describe_row
from rag.readers.pdfium import Line

Rules = Sequence[tuple[float, float, float]]

# Rows are nearer than so many sizes; lines of one cell are nearer than that.
_ROW_STEP, _CELL_STEP = 4.5, 1.5
# Nearer ones are of cells set to the middle of one row.
_HALF_STEP = 0.8
# A step longer than the shortest one by this, in sizes, parts two rows.
_LONGER = 0.25
# Cells begin or end at one place, in points, in this share of a column.
_PLACE, _ALIGNED = 3.0, 0.6
# What is set in the middle of several columns is so near, in points, to that of their texts.
_MIDDLE = 12.0
# A gap of more sizes parts the cells of most rows, and of a line that is no part of a table.
_WIDE = 1.8
# A rule parts two rows when it is under this share of them.
_RULED = 0.6
# White goes through both columns this often, when they are those of a table.
_MOST_BANDS = 0.8
# Columns with this share of figures are of figures.
_MOSTLY = 0.6
# What names the columns takes less room than this share of what it names.
_SHORTER = 0.8
_LONGEST_HEAD = 60


@dataclass(frozen=True, slots=True)
class _Separator:
    """A rule that parts two rows; ``first``: it goes below the first column too."""

    y: float
    first: bool


@dataclass(slots=True)
class _Row:
    """The pieces of each cell, from the top."""

    cells: list[list[Line]]

    @property
    def pieces(self) -> list[Line]:
        return [line for cell in self.cells for line in cell]


@dataclass(slots=True)
class Table:
    """The cells of a table, by row, and what names its columns, if anything does.

    ``sure``: the second of two cells is told by the first. ``guessed`` is the row of the heads when
    only its length and its lack of figures make it one.
    """

    pieces: list[Line]
    columns: list[tuple[float, float]]
    rows: list[_Row]
    heads: list[str] = field(default_factory=list)
    sure: bool = True
    guessed: _Row | None = None

    def continue_from(self, before: Table) -> None:
        """Take the heads of the table before, when the columns are the same.

        Heads written again on each page are not rows, and what only looks like heads is one.
        """
        if not before.heads or len(before.columns) != len(self.columns):
            return
        aligned = all(
            min(one[1], other[1]) > max(one[0], other[0])
            for one, other in zip(before.columns, self.columns, strict=True)
        )
        if aligned and self.guessed is not None and self.heads != before.heads:
            self.rows.insert(0, self.guessed)
            self.heads = []
        if aligned and not self.heads:
            self.heads = before.heads

    def write(self) -> list[Line]:
        """Write each row as a sentence, on a line of its own."""
        lines = []
        written = [[_write_cell(cell) for cell in row.cells] for row in self.rows]
        bands = find_bands(written, 0)
        for row, texts, band in zip(self.rows, written, bands, strict=True):
            width = len(self.columns) if self.sure else 0
            if band is None:
                continue
            heads = () if _is_alone(texts) else self.heads
            if text := describe_row(texts, heads, width, band):
                pieces = row.pieces
                lines.append(
                    Line(
                        text,
                        min(piece.left for piece in pieces),
                        max(piece.right for piece in pieces),
                        max(piece.baseline for piece in pieces),
                        pieces[0].size,
                        "row",
                    )
                )
        return lines


def _is_alone(texts: Sequence[str]) -> bool:
    """Whether only the first of three cells or more is filled."""
    return len(texts) > 2 and bool(texts[0]) and not any(texts[1:])


def _write_cell(cell: list[Line]) -> str:
    text = ""
    for row in find_rows(cell):
        line = join_row(row).text
        kept, space = join_lines(text, line, Counter()) if text else ("", "")
        text = kept + space + line
    return text


def find_tables(
    rows: Sequence[list[Line]], rules: Rules, drawn: Mapping[int, int]
) -> list[Table | list[Line]]:
    """Find the tables among lines, each a row of pieces, from the top of one column of a page.

    Parameters
    ----------
    rows
        The pieces of each line, from the left.
    rules
        The left, the right and the height of horizontal strokes.
    drawn
        The rank of each piece, by its ``id``, among what was drawn.

    Returns
    -------
    list[Table | list[Line]]
        The tables, and the lines that are in none, in the order given.
    """
    found: list[Table | list[Line]] = []
    k = 0
    while k < len(rows):
        end = _find_end(rows, k) if len(rows[k]) > 1 else k
        table = _make_table(rows[k:end], rules, drawn) if end - k > 1 else None
        if table is not None:
            found.append(table)
            k = end
        elif len(cells := _join_near(rows[k])) > 2 and _follow(rows[k], drawn):
            found.append(Table(rows[k], [], [_Row(cells)], sure=False))
            k += 1
        else:
            found.append(rows[k])
            k += 1
    return found


def _join_near(row: Sequence[Line]) -> list[list[Line]]:
    """Group the pieces of a line that no wide gap parts."""
    cells = [[row[0]]]
    for before, line in zip(row, row[1:], strict=False):
        if line.left - before.right < _WIDE * line.size:
            cells[-1].append(line)
        else:
            cells.append([line])
    return cells


def _find_end(rows: Sequence[list[Line]], start: int) -> int:
    """Find where the lines end that may be rows of the table that starts there."""
    columns = [(line.left, line.right) for line in rows[start]]
    end = start + 1
    for k in range(start + 1, len(rows)):
        row = rows[k]
        step = _distance(rows[k - 1], row)
        overlaps = [_overlapped(line, columns) for line in row]
        if step > _ROW_STEP or _collide(overlaps):
            break
        if len(row) == 1 and not (overlaps[0] == [0] and _is_band(rows, k)):
            # Above or below the middle of a row, a cell may go over the next one.
            level = k + 1 < len(rows) and _distance(row, rows[k + 1]) < _HALF_STEP
            if len(overlaps[0]) != 1 and not level:
                break
            # In the first column, the start of a cell of two lines, or a line below the table.
            first = overlaps[0] == [0] and not level
            if step > (_CELL_STEP if first else 2 * _CELL_STEP):
                break
            if first and not row[0].text[0].islower():
                continue
        columns = _widen(columns, row, overlaps)
        if any(one[1] > other[0] + 1 for one, other in zip(columns, columns[1:], strict=False)):
            break
        end = k + 1
    return end


def _is_band(rows: Sequence[list[Line]], k: int) -> bool:
    """Whether a line alone names a group of rows of figures: it is as far from one as the other."""
    if k + 1 == len(rows) or len(rows[k - 1]) < 2 or len(rows[k + 1]) < 2:
        return False
    steps = [_distance(rows[k - 1], rows[k]), _distance(rows[k], rows[k + 1])]
    level = max(steps) <= _ROW_STEP and max(steps) - min(steps) < _LONGER
    figures = all(is_value(line.text) for line in rows[k + 1][1:])
    return level and figures and not is_value(rows[k][0].text)


def _collide(overlaps: Sequence[list[int]]) -> bool:
    """Whether a piece that goes over several columns goes over one where another is."""
    taken = Counter(k for at in overlaps for k in set(at))
    return any(len(at) > 1 and any(taken[k] > 1 for k in at) for at in overlaps)


def _widen(
    columns: Sequence[tuple[float, float]], row: Sequence[Line], overlaps: Sequence[list[int]]
) -> list[tuple[float, float]]:
    """Return columns that hold a row too, but for what goes over several."""
    wider = list(columns)
    for line, at in zip(row, overlaps, strict=True):
        if len(at) == 1:
            left, right = wider[at[0]]
            wider[at[0]] = min(left, line.left), max(right, line.right)
    wider += [(line.left, line.right) for line, at in zip(row, overlaps, strict=True) if not at]
    return sorted(wider)


def _distance(above: Sequence[Line], below: Sequence[Line]) -> float:
    """How far down a line is from the one before, in sizes."""
    return (above[0].baseline - below[0].baseline) / max(below[0].size, 1.0)


def _overlapped(line: Line, columns: Sequence[tuple[float, float]]) -> list[int]:
    return [
        k
        for k, (left, right) in enumerate(columns)
        if min(line.right, right) - max(line.left, left) > 1
    ]


def _make_table(rows: Sequence[list[Line]], rules: Rules, drawn: Mapping[int, int]) -> Table | None:
    """Make a table of lines that may be its rows, unless they are not."""
    columns = _find_columns(rows)
    if len(columns) < 2:
        return None
    placed = [_place(row, columns, spread=k == 0) for k, row in enumerate(rows)]
    placed[0] = _spread_groups(placed, columns)
    full = [row for row in placed if sum(map(bool, row)) > 1]
    rules_within = _find_separators(rows, columns, rules)
    wide = sum(len(_join_near(row)) > 1 for row in rows)
    if len(full) < 2 or not _is_aligned(placed):
        return None
    # Justified words leave gaps too.
    if 2 * wide < len(full) and not rules_within:
        if len(full) < 3 or is_prose([line for row in rows for line in row]):
            return None
    grouped = _group_rows(placed, rules_within, columns)
    table = Table([line for row in rows for line in row], columns, grouped)
    figures = [_is_figures(grouped, k) for k in range(1, len(columns))]
    labels = sum(cell[-1].text.endswith(":") for row in grouped if (cell := row.cells[0]))
    told = len(columns) > 2 or any(figures) or len(rules_within) > 1 or 2 * labels > len(grouped)
    together = sum(_follow(row, drawn) for row in rows if len(row) > 1)
    if not told and 2 * together < len(full):
        return None
    heads = _count_heads(grouped, rules_within)
    if not heads and _looks_like_heads(grouped):
        heads, table.guessed = 1, grouped[0]
    if not heads:
        grouped[0] = _Row(_place(grouped[0].pieces, columns, spread=False))
    else:
        cells = [[row.cells[k] for row in grouped[:heads]] for k in range(len(columns))]
        table.heads = [
            " ".join(dict.fromkeys(_write_cell(cell) for cell in column if cell))
            for column in cells
        ]
        table.rows = grouped[heads:]
    # Two lines of two words side by side may be two signatures.
    table.sure = bool(heads) or told or len(grouped) > 2
    return table


def _follow(row: Sequence[Line], drawn: Mapping[int, int]) -> bool:
    ranks = [drawn[id(line)] for line in row]
    return all(b - a == 1 for a, b in zip(ranks, ranks[1:], strict=False))


# -------------------------------------------------------------------------------------- columns


def _find_columns(rows: Sequence[list[Line]]) -> list[tuple[float, float]]:
    """Find the left and the right of each column.

    The lines with most pieces tell them, which no title over two columns does; other cells add
    those where these lines have none.
    """
    counts = Counter(map(len, rows))
    most = max(count for count in counts if sum(n for c, n in counts.items() if c >= count) > 1)
    columns: list[tuple[float, float]] = []
    full = [line for row in rows if len(row) >= most for line in row]
    for line in sorted(full, key=lambda line: line.left):
        if columns and line.left < columns[-1][1] - 1:
            columns[-1] = columns[-1][0], max(columns[-1][1], line.right)
        else:
            columns.append((line.left, line.right))
    for line in (line for row in rows if len(row) < most for line in row):
        if not _overlapped(line, columns):
            columns = sorted([*columns, (line.left, line.right)])
    return _merge_columns(columns, rows)


def _merge_columns(
    columns: list[tuple[float, float]], rows: Sequence[list[Line]]
) -> list[tuple[float, float]]:
    """Merge a column filled once with the one beside it, when no line fills both.

    A head set to the left may end before its figures, set to the right, begin.
    """
    k = 0
    while k + 1 < len(columns):
        filled = [
            {at[0] for line in row if len(at := _overlapped(line, columns)) == 1} for row in rows
        ]
        one, other = sum(k in f for f in filled), sum(k + 1 in f for f in filled)
        if min(one, other) < 2 and len(columns) > 2 and not any({k, k + 1} <= f for f in filled):
            columns[k : k + 2] = [(columns[k][0], columns[k + 1][1])]
        else:
            k += 1
    return columns


def _place(
    row: Sequence[Line], columns: Sequence[tuple[float, float]], spread: bool
) -> list[list[Line]]:
    """Put each piece in its cell; if ``spread``, one over several columns in each of theirs."""
    cells: list[list[Line]] = [[] for _ in columns]
    for line in {id(line): line for line in row}.values():
        at = _overlapped(line, columns)
        if not at:
            middle = (line.left + line.right) / 2
            at = [min(range(len(columns)), key=lambda k: abs(sum(columns[k]) / 2 - middle))]
        for k in at if spread else at[:1]:
            cells[k].append(line)
    return cells


def _spread_groups(
    placed: Sequence[list[list[Line]]], columns: Sequence[tuple[float, float]]
) -> list[list[Line]]:
    """Put in each of its columns what the first row sets in the middle of several.

    The second row has more cells then, which are no figures, and those below are.
    """
    first, second, *body = placed
    pieces = list({id(line): line for cell in first[1:] for line in cell}.values())
    told = [k for k in range(1, len(columns)) if second[k]]
    named = body and not any(is_value(line.text) for cell in second for line in cell)
    if not named or not 1 < len(pieces) < len(columns) - 1 or len(told) < len(columns) - 1:
        return first
    middles = [(line.left + line.right) / 2 for line in pieces]
    groups: list[list[int]] = [[] for _ in pieces]
    for k in told:
        middle = sum(columns[k]) / 2
        groups[min(range(len(pieces)), key=lambda n: abs(middles[n] - middle))].append(k)
    for middle, group in zip(middles, groups, strict=True):
        if not group or abs((columns[group[0]][0] + columns[group[-1]][1]) / 2 - middle) > _MIDDLE:
            return first
    spread = [list(first[0]), *([] for _ in columns[1:])]
    for line, group in zip(pieces, groups, strict=True):
        for k in group:
            spread[k].append(line)
    return spread


def _is_aligned(placed: Sequence[list[list[Line]]]) -> bool:
    """Whether the cells of most columns but the first begin, end or have their middles together."""
    aligned = 0
    width = len(placed[0])
    for k in range(1, width):
        cells = [row[k] for row in placed if row[k]]
        edges = (
            [cell[0].left for cell in cells],
            [cell[-1].right for cell in cells],
            [(cell[0].left + cell[-1].right) / 2 for cell in cells],
        )
        best = max(sum(abs(x - y) < _PLACE for x in places) for places in edges for y in places)
        aligned += best > 1 and best >= _ALIGNED * len(cells)
    return 2 * aligned >= width - 1


# ----------------------------------------------------------------------------------------- rows


def _find_separators(
    rows: Sequence[list[Line]], columns: Sequence[tuple[float, float]], rules: Rules
) -> list[_Separator]:
    """Return the rules between the first and the last line of a table."""
    top, bottom = rows[0][0].baseline, rows[-1][0].baseline
    left, right = columns[0][0], columns[-1][1]
    covered: Counter[int] = Counter()
    first: set[int] = set()
    heights: dict[int, float] = {}
    for start, end, y in rules:
        if bottom < y < top:
            covered[round(y)] += round(max(0.0, min(end, right) - max(start, left)))
            heights[round(y)] = y
            if start < columns[0][1] and end > left:
                first.add(round(y))
    return [
        _Separator(heights[y], y in first)
        for y, width in covered.items()
        if width >= _RULED * (right - left)
    ]


def _group_rows(
    placed: list[list[list[Line]]],
    rules: Sequence[_Separator],
    columns: Sequence[tuple[float, float]],
) -> list[_Row]:
    """Group the lines of a table into rows: cells may have several lines."""
    placed = _share_labels(placed, columns)
    pairs = list(zip(placed, placed[1:], strict=False))
    between = [_rules_between(above, below, rules) for above, below in pairs]
    steps = [_distance([_first(above)], [_first(below)]) for above, below in pairs]
    loose = _find_tight(steps) + _LONGER
    breaks = [_breaks(above, below, columns) for above, below in pairs]
    # With a rule or a white below each row, what has none below it is a line of its cells.
    gridded = _parts(list(map(bool, between)), breaks)
    spaced = _parts([step > loose for step in steps], breaks)
    rows = [_Row([list(cell) for cell in placed[0]])]
    for (_, below), cut, step in zip(pairs, between, steps, strict=True):
        cells = rows[-1].cells
        if gridded:
            starts = bool(cut)
        elif spaced:
            starts = bool(cut) or step > loose
        elif cut or step > loose or step > _CELL_STEP:
            starts = bool(below[0]) or not _is_lower(below)
        else:
            starts = _breaks(cells, below, columns) or (
                bool(below[0]) and not _wraps(cells, below, columns)
            )
        if not starts or step < _HALF_STEP:
            for cell, more in zip(cells, below, strict=True):
                cell += more
            continue
        rows.append(_Row([list(cell) for cell in below]))
        if cut and not any(rule.first for rule in cut):
            # The first cell is that of both rows.
            label = cells[0] or below[0]
            cells[0], rows[-1].cells[0] = label, label
    return rows


def _find_tight(steps: Sequence[float]) -> float:
    """Find the step from line to line of a cell: cells set to the middle have half of it."""
    half = [2 * step for step in steps if step <= _HALF_STEP]
    return min([step for step in steps if step > _HALF_STEP] + half, default=0.0)


def _parts(cuts: Sequence[bool], breaks: Sequence[bool]) -> bool:
    """Whether rows are parted several times so, and what is not parted runs on."""
    inner = [broken for cut, broken in zip(cuts, breaks, strict=True) if not cut]
    return sum(cuts) > 1 and 3 * sum(inner) <= len(inner)


def _share_labels(
    placed: list[list[list[Line]]], columns: Sequence[tuple[float, float]]
) -> list[list[list[Line]]]:
    """Put a first cell set between two lines in both, when they are two rows."""
    shared: list[list[list[Line]]] = []
    for k, row in enumerate(placed):
        alone = row[0] and not any(row[1:]) and 0 < k < len(placed) - 1
        if alone and not placed[k - 1][0] and not placed[k + 1][0]:
            above, below = shared[-1], placed[k + 1]
            near = _distance([_first(above)], [_first(below)]) < 2 * _CELL_STEP
            if near and _breaks(above, below, columns):
                above[0], below[0] = list(row[0]), list(row[0])
                continue
        shared.append(row)
    return shared


def _first(row: Sequence[list[Line]]) -> Line:
    return next(cell[0] for cell in reversed(row) if cell)


def _rules_between(
    above: Sequence[list[Line]], below: Sequence[list[Line]], rules: Sequence[_Separator]
) -> list[_Separator]:
    top, bottom = _first(above).baseline, _first(below)
    return [rule for rule in rules if bottom.baseline + 0.4 * bottom.size < rule.y < top]


def _is_lower(row: Sequence[list[Line]]) -> bool:
    return all(cell[0].text[0].islower() for cell in row if cell)


def _breaks(
    above: Sequence[list[Line]],
    below: Sequence[list[Line]],
    columns: Sequence[tuple[float, float]],
) -> bool:
    """Whether some cell does not run on: two figures, or room left for the next word."""
    for one, other, (_, right) in zip(above, below, columns, strict=True):
        if not one or not other:
            continue
        if is_value(one[-1].text) and is_value(other[0].text):
            return True
        # The width of the next word is a guess.
        doubt = other[0].size if other[0].text[0].islower() else 0.0
        if has_room(one[-1], other[0], right - doubt):
            return True
    return False


def _wraps(
    above: Sequence[list[Line]],
    below: Sequence[list[Line]],
    columns: Sequence[tuple[float, float]],
) -> bool:
    """Whether every cell runs on from the one above, the first within a sentence."""
    return below[0][0].text[0].islower() and all(
        bool(one) and (other[0].text[0].islower() or not has_room(one[-1], other[0], right))
        for one, other, (_, right) in zip(above, below, columns, strict=True)
        if other
    )


# ---------------------------------------------------------------------------------------- heads


def _is_figures(rows: Sequence[_Row], column: int) -> bool:
    cells = [_write_cell(row.cells[column]) for row in rows if row.cells[column]]
    return len(cells) > 0 and sum(map(is_value, cells)) >= _MOSTLY * len(cells)


def _count_heads(rows: Sequence[_Row], rules: Sequence[_Separator]) -> int:
    """Count the rows at the top that name the columns."""
    bold = next((k for k, row in enumerate(rows) if not all(p.bold for p in row.pieces)), 0)
    if bold or len(rows) < 2:
        return bold
    pieces = rows[0].pieces
    if len({id(piece) for piece in pieces}) < len(pieces):
        # A head over several columns, then those of each.
        return 1 + max(1, _count_heads(rows[1:], rules)) if len(rows) > 2 else 1
    texts = [[_write_cell(cell) for cell in row.cells] for row in rows]
    if count_heads(texts):
        return 1
    if not _may_be_heads(texts[0]):
        return 0
    body = rows[1:]
    if not texts[0][0] and all(map(is_value, texts[0][1:])):
        # Figures right of an empty corner, over figures.
        return int(any(_is_figures(body, k) for k in range(1, len(texts[0]))))
    below, above = body[0].pieces[0].baseline, min(piece.baseline for piece in pieces)
    under = any(below < rule.y < above for rule in rules)
    return int(under and len(rules) < len(body))


def _may_be_heads(texts: Sequence[str]) -> bool:
    """Whether each column but the first is named, and briefly."""
    return all(texts[1:]) and not any(len(t) > _LONGEST_HEAD or ends_sentence(t) for t in texts)


def _looks_like_heads(rows: Sequence[_Row]) -> bool:
    """Whether the first row names three columns or more, with few letters and no figure."""
    texts = [_write_cell(cell) for cell in rows[0].cells]
    body = [[_write_cell(cell) for cell in row.cells] for row in rows[1:]]
    if len(texts) < 3 or len(body) < 2 or not all(texts) or not _may_be_heads(texts):
        return False
    if any(character.isdigit() for text in texts for character in text):
        return False
    usual = sum(len(text) for row in body for text in row) / len(body)
    return sum(map(len, texts)) < _SHORTER * usual


def is_grid(rows: Sequence[list[Line]], x: float, rules: Rules) -> bool:
    """Whether lines in two columns, the second from ``x`` on, are cells in rows.

    They are when rules part them, or white that goes through both columns, three times, and they
    are not all sentences.
    """
    lines = [line for row in rows for line in row]
    columns = [(min(line.left for line in lines), max(line.right for line in lines))]
    if len(_find_separators(rows, columns, rules)) > 1:
        return True
    sides = ([x_ for x_ in lines if x_.left < x - 1], [x_ for x_ in lines if x_.left >= x - 1])
    steps = [
        _distance([above], [below])
        for side in sides
        for above, below in zip(side, side[1:], strict=False)
    ]
    tight = min((step for step in steps if step > _HALF_STEP), default=0.0)
    bands = [list(rows[0])]
    for above, row in zip(rows, rows[1:], strict=False):
        if _distance(above, row) > tight + _LONGER:
            bands.append([])
        bands[-1] += row
    cells = [
        cells
        for band in bands
        if all(cells := [[p for p in band if (p.left < x - 1) is first] for first in (True, False)])
    ]
    if len(cells) < 3 or len(cells) < _MOST_BANDS * len(bands):
        return False
    ends = [ends_sentence(cell[-1].text) for band in cells for cell in band if len(cell) > 1]
    return sum(ends) <= _MOSTLY * len(ends)
