"""The rows of a sheet → sentences that name their columns, as those of the tables of a page.

Which row holds the heads of the columns is found: nothing says it in CSV nor in a spreadsheet.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.errors import UnreadableFile
from rag.readers.columnheads import (
    BESIDE,
    count_heads,
    find_bands,
    is_value,
    is_year,
    join_heads,
    read_alone,
)
from rag.readers.markup import describe_row
from rag.readers.text import clean

Row = Sequence[str]
# Heads are written on each row: long ones would fill the memory.
_MOST_CHARACTERS = 100_000_000
TOO_LARGE = "ce tableau est trop grand ; partagez-le en plusieurs"
# What spans several rows is written on each, but for what is longer, in characters; what spans more
# columns is a drawing.
_LONGEST_REPEATED, _MOST_COLUMNS = 200, 100
# The first rows tell how the columns are filled; a sheet may have a million.
_LOOKED = 1000
_OWN_NAME = re.compile(r"(?:feuil(?:le)?|sheet)\s?\d*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell over several others: its first column, from 0, and how many it is over."""

    left: int
    columns: int
    rows: int


def repeat_merged(rows: Iterable[tuple[list[str], Sequence[Merged]]]) -> Iterator[list[str]]:
    """Repeat in the rows of a sheet what is in the merged cells that begin in each.

    A row that has nothing of its own stays blank.
    """
    under: list[tuple[Merged, str, int]] = []
    for number, (cells, merged) in enumerate(rows):
        under = [one for one in under if number < one[2]]
        for above, text, _ in under if any(cells) else ():
            _fill(cells, above, text)
        for cell in merged:
            text = _get(cells, cell.left)
            _fill(cells, cell, text)
            if text and cell.rows > 1 and len(text) <= _LONGEST_REPEATED:
                under.append((cell, text, number + cell.rows))
        yield cells


def _fill(cells: list[str], merged: Merged, text: str) -> None:
    columns = min(merged.columns, _MOST_COLUMNS)
    if text:
        cells += [""] * (merged.left + columns - len(cells))
        cells[merged.left : merged.left + columns] = [text, *[BESIDE] * (columns - 1)]


def write_rows(rows: Iterable[Row], headed: bool) -> str:
    """Write the rows of one sheet.

    Blank rows part its tables; a row of one cell is a line of its own.

    Parameters
    ----------
    rows
        The texts of the cells, empty where there is nothing.
    headed
        Whether the first row names the columns wherever it can, as in CSV. A spreadsheet of two
        columns of words is as often a form: « Nom », then « Rex ».

    Raises
    ------
    UnreadableFile
        When there is too much to write.
    """
    heads: Row = ()
    blocks: list[str] = []
    for filled, group in groupby(rows, key=any):
        if not filled:
            continue
        lines, table = _cut_block(list(group))
        found, count = _find_heads(table, headed and not heads)
        heads = found or heads
        table = [_open_merged(row, heads) for row in table[count:]]
        lines += _describe(table, heads)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def join_sheets(texts: Mapping[str, str]) -> str:
    """Join the texts of the sheets of a workbook, under their names where these tell something."""
    filled = {sheet: text for sheet, text in texts.items() if text}
    named = (f"## {sheet}\n\n{text}" for sheet, text in filled.items())
    only = len(filled) == 1 and _OWN_NAME.fullmatch(next(iter(filled)))
    return clean("\n\n".join(filled.values() if only else named))[0]


def _cut_block(rows: list[Row]) -> tuple[list[str], list[Row]]:
    """Cut a block of rows into the lines that are above its table, and the table."""
    start = 0
    while (
        start < len(rows) - 1 and read_alone(rows[start]) and not all(map(read_alone, rows[start:]))
    ):
        start += 1
    return [read_alone(row) for row in rows[:start]], rows[start:]


def _open_merged(row: Row, heads: Row) -> Row:
    """Write what is over several columns in each that has a name, once where none has."""
    if BESIDE not in row:
        return row
    cells: list[str] = []
    text = ""
    for k, cell in enumerate(row):
        text = text if cell == BESIDE else cell
        cells.append(text if cell != BESIDE or _get(heads, k) else "")
    return cells


def _find_heads(table: list[Row], headed: bool) -> tuple[Row, int]:
    """Find the names of the columns of a table, and the rows that tell them: none, one or two."""
    if groups := _find_groups(table):
        return groups, 2
    found = _has_heads([_open_merged(row, ()) for row in table], headed)
    return (_open_merged(table[0], ["?"] * len(table[0])), 1) if found else ((), 0)


def _find_groups(table: list[Row]) -> Row:
    """Join two rows of heads, the first of which names groups of columns; nothing without.

    A group is a cell over several columns, or one with nothing on its right, as CSV has it, if
    there are only figures below or all groups are of the same columns.
    """
    if len(table) < 3:
        return ()
    width = max(map(len, table[:_LOOKED]))
    upper, *rows = ([_get(row, k) for k in range(width)] for row in table[: _LOOKED + 2])
    lower, *body = rows
    names: list[str] = []
    for k, text in enumerate(upper):
        goes_on = k > 0 and (text == BESIDE or (not text and lower[k] and lower[k - 1]))
        names.append(names[-1] if goes_on else text)
    groups: dict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(names):
        groups[name].append(k)
    wide = [ks for name, ks in groups.items() if name and len(ks) > 1]
    same = len(wide) > 1 and len({tuple(lower[k] for k in ks) for ks in wide}) == 1
    for k in (k for ks in wide for k in ks if not (same or all(upper[k] for k in ks))):
        column = [row[k] for row in body if row[k]]
        if not column or not all(map(is_value, column)):
            return ()
    used = [k for k in range(width) if any(row[k] for row in (names, lower, *body))]
    whole = [[row[k] for k in used] for row in (names, lower, *body)]
    if not wide or len(set(whole[0])) < 2 or count_heads(whole, spanned=True) != 2:
        return ()
    return join_heads([names, [text.replace(BESIDE, "") for text in lower]])


def _has_heads(table: list[Row], headed: bool) -> bool:
    """Whether the first row of a table names its columns: a sheet is made for that."""
    if len(table) < 2:
        return False
    first, *others = table
    texts = [text for text in first if text]
    if len(texts) < 2 or any(is_value(t) and not is_year(t) for t in texts):
        return False
    if headed:
        return True
    columns = [[row[k] for row in others if k < len(row) and row[k]] for k in range(len(first))]
    counted = [column and all(map(is_value, column)) for column in columns]
    return any(counted) or sum(map(bool, columns)) > 2


def _describe(table: list[Row], heads: Row) -> Iterator[str]:
    used = sorted({k for row in table for k, text in enumerate(row) if text})
    names = [_get(heads, k) for k in used] if heads else []
    if len(table) * (len(used) + sum(map(len, names))) > _MOST_CHARACTERS:
        raise UnreadableFile(TOO_LARGE)
    for band, row in zip(find_bands(table, used[0] if used else 0), table, strict=True):
        alone = read_alone(row)
        text = alone and _get(row, used[0])
        if text and band is not None:
            yield text
        elif band is not None:
            cells = [_get(row, k) for k in used]
            yield describe_row(cells, names, len(used), band)


def _get(row: Row, k: int) -> str:
    return row[k] if k < len(row) else ""
