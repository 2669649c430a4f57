"""CSV and TSV: each row is a sentence that names its columns.

The delimiter is the one that cuts the first rows most evenly.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.tables import write_rows
from rag.readers.text import load_text, title_from_name
from rag.types import Article

_DELIMITERS = ";\t,|"
_TRIED = 50
# A cell may hold an article.
_LONGEST_CELL = 10_000_000
# The line by which a file tells its delimiter to Excel.
_TOLD = "sep="


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one table as one article, titled by its file name.

    Raises
    ------
    UnreadableFile
        When the file is too large, is not text or has no rows.
    """
    text = yield from load_text(path)
    csv.field_size_limit(_LONGEST_CELL)
    told, _, rest = text.partition("\n")
    if told.lower().startswith(_TOLD):
        text = rest
    try:
        delimiter = max(_DELIMITERS, key=lambda sign: _count_even(text, sign))
        rows = [[" ".join(cell.split()) for cell in row] for row in _cut(text, delimiter)]
    except csv.Error as error:
        raise UnreadableFile("tableau mal formé : une cellule n’y finit pas") from error
    yield Article(id=name, title=title_from_name(path), text=write_rows(rows, headed=True))


def _cut(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _count_even(text: str, delimiter: str) -> tuple[int, int]:
    """Count the first rows that have the same number of cells, when it is two or more."""
    widths = Counter(len(row) for row in islice(_cut(text, delimiter), _TRIED) if any(row))
    width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
    return (count, width) if width > 1 else (0, 0)
