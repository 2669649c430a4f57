"""XLSX: each row of each sheet is a sentence that names its columns, as openpyxl reads them.

Values are those that Excel computed last, written as its formats show them in French.
"""

from __future__ import annotations

import datetime
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.french import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE
from rag.readers.packages import DAMAGED, own_title, read_parts
from rag.readers.tables import TOO_LARGE, Merged, join_sheets, repeat_merged, write_rows
from rag.readers.text import title_from_name
from rag.timeframe import format_date
from rag.types import Article

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_PARTS = re.compile(r".*\.(?:xml|rels)")
# A formula without the value that a program computed.
_UNCOMPUTED = re.compile(rb"<c [^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"
)
_MOST_MERGED = 10_000
# Half a minute of reading.
_MOST_CELLS = 3_000_000
_DECIMALS = re.compile(r"[0#]\.(0+)")
_GROUPS = re.compile(r"#[, \u00a0\u202f]##")
_CURRENCY = re.compile(r"[€£]|\$(?!-)")


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one workbook as one article; hidden sheets are left out.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or without text.
    """
    import openpyxl

    parts = read_parts(path, _PARTS)  # within limits, which openpyxl does not have
    try:
        # openpyxl refuses a file without extension.
        with path.open("rb") as file, warnings.catch_warnings():
            # It warns of the forms and the extensions that it drops.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            texts = {}
            for sheet in shown:
                rows = repeat_merged(_read_rows(sheet, _list_merged(sheet, parts)))
                texts[sheet.title] = write_rows(rows, headed=False)
            hidden = len(book.worksheets) - len(shown)
            title = own_title(book.properties.title)
            book.close()
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl does not list what a damaged file raises
        raise UnreadableFile(DAMAGED) from error
    text = join_sheets(texts)
    if not text:
        raise UnreadableFile("ce classeur ne contient aucun texte")
    uncomputed = sum(len(_UNCOMPUTED.findall(data)) for data in parts.values())
    if uncomputed:
        yield f"formules sans valeur enregistrée, non lues : {uncomputed}"
    if hidden:
        yield f"feuilles masquées, non lues : {hidden}"
    yield Article(id=name, title=title or title_from_name(path), text=text)


def _list_merged(sheet: ReadOnlyWorksheet, parts: Mapping[str, bytes]) -> dict[int, list[Merged]]:
    """List the merged cells of a sheet by their first rows: openpyxl passes over them here."""
    from openpyxl.utils.cell import range_boundaries

    data = parts.get(sheet._worksheet_path.lstrip("/"), b"")
    merged: dict[int, list[Merged]] = defaultdict(list)
    for found in islice(_MERGED.finditer(data), _MOST_MERGED):
        left, top, right, bottom = range_boundaries(found[1].decode())
        merged[top].append(Merged(left - 1, right - left + 1, bottom - top + 1))
    return merged


def _read_rows(
    sheet: ReadOnlyWorksheet, merged: Mapping[int, Sequence[Merged]]
) -> Iterator[tuple[list[str], Sequence[Merged]]]:
    sheet.reset_dimensions()  # what the file says of them may be wrong
    count = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        count += len(row)
        if count > _MOST_CELLS:
            raise UnreadableFile(TOO_LARGE)
        cells = [_write_cell(cell.value, getattr(cell, "number_format", "")) for cell in row]
        yield cells, merged.get(number, ())


def _write_cell(value: object, pattern: str) -> str:
    """Write a value as its format shows it, in French."""
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, int | float):
        return _write_number(value, pattern.split(";")[0])
    if isinstance(value, datetime.datetime):
        shown = 10 if "d" in pattern else 7 if "m" in pattern else 4
        hour = _write_hour(value.hour, value.minute) if value.time() != datetime.time() else ""
        return format_date(value.date().isoformat()[:shown]) + (f" à {hour}" if hour else "")
    if isinstance(value, datetime.time):
        return _write_hour(value.hour, value.minute)
    if isinstance(value, datetime.timedelta):
        return _write_hour(*divmod(round(value.total_seconds()) // 60, 60))
    return "" if value is None else " ".join(str(value).split())


def _write_hour(hours: int, minutes: int) -> str:
    return f"{hours} h" + (f" {minutes:02d}" if minutes else "")


def _write_number(value: float, pattern: str) -> str:
    number = Decimal(repr(value)) * (100 if "%" in pattern else 1)
    decimals = _DECIMALS.search(pattern)
    if decimals or "0" in pattern:
        step = Decimal(1).scaleb(-len(decimals[1]) if decimals else 0)
        text = f"{number.quantize(step, ROUND_HALF_UP):,f}"
    else:
        text = f"{value:,.0f}" if value == int(value) else f"{value:,.10g}"
    groups = NARROW_NO_BREAK_SPACE if _GROUPS.search(pattern) else ""
    text = text.replace(",", groups).replace(".", ",")
    currency = _CURRENCY.search(pattern)
    unit = "%" if "%" in pattern else currency[0] if currency else ""
    return f"{text}{NO_BREAK_SPACE}{unit}" if unit else text
