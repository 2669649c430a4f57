"""The rows of a sheet → sentences that name their columns, as those of the tables of a page.

Which row holds the heads of the columns is found: nothing says it in CSV nor in a spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from rag.errors import UnreadableFile
from rag.readers.columnheads import is_value, is_year
from rag.readers.markup import describe_row
from rag.readers.text import clean

Row = Sequence[str]
# Heads are written on each row: long ones would fill the memory.
_MOST_CHARACTERS = 100_000_000
TOO_LARGE = "ce tableau est trop grand ; partagez-le en plusieurs"
_OWN_NAME = re.compile(r"(?:feuil(?:le)?|sheet)\s?\d*", re.IGNORECASE)


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
        if _has_heads(table, headed and not heads):
            heads, *table = table
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
    while start < len(rows) - 1 and _alone(rows[start]) and not all(map(_alone, rows[start:])):
        start += 1
    return [_alone(row) for row in rows[:start]], rows[start:]


def _alone(row: Row) -> str:
    """Return the only text of a row, empty when it has several."""
    texts = [text for text in row if text]
    return texts[0] if len(texts) == 1 else ""


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
    for row in table:
        alone = _alone(row)
        text = alone and _get(row, used[0])
        yield text or describe_row([_get(row, k) for k in used], names, len(used))


def _get(row: Row, k: int) -> str:
    return row[k] if k < len(row) else ""
