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
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_PARTS = re.compile(r".*\.(?:xml|rels)")
# A formula without the value that a program computed.
_UNCOMPUTED = re.compile(rb"<c [^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"
)
_MOST_MERGED = 10_000
_COMMENT = re.compile(rb"<(?:\w+:)?comment\s[^>]*\bref=")
# Half a minute of reading.
_MOST_CELLS = 3_000_000
_DECIMALS = re.compile(r"[0#]\.(0+)")
_GROUPS = re.compile(r"#[, \u00a0\u202f]##")
# A number that is a code, written with all its figures: « 00000 », « 0#" "##" "## ».
_CODE = re.compile(r'0(?:[0#]|"[ .-]"|\\[ .-]|[ -])+')
_PLACE = re.compile(r'[0#]|"[ .-]"|\\?[ .-]')
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
            book = openpyxl.load_workbook(
                file,
                read_only=True,
                data_only=True,
                rich_text=_strikes(parts, "sharedStrings"),
            )
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            texts = {}
            struck: list[str] | None = [] if _strikes(parts, "styles", "sharedStrings") else None
            for sheet in shown:
                rows = repeat_merged(_read_rows(sheet, _list_merged(sheet, parts), struck))
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
    if struck:
        yield f"passages barrés, laissés de côté : {len(struck)}"
    comments = sum(len(_COMMENT.findall(data)) for data in parts.values())
    if comments:
        yield f"commentaires, non lus : {comments}"
    if hidden:
        yield f"feuilles masquées, non lues : {hidden}"
    yield Article(id=name, title=title or title_from_name(path), text=text)


def _strikes(parts: Mapping[str, bytes], *names: str) -> bool:
    """Whether a part of the workbook, whose name begins so, strikes text through."""
    within = tuple(f"xl/{name}" for name in names)
    found = (data for part, data in parts.items() if part.startswith(within))
    return any(b"<strike" in data for data in found)


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
    sheet: ReadOnlyWorksheet,
    merged: Mapping[int, Sequence[Merged]],
    struck: list[str] | None,
) -> Iterator[tuple[list[str], Sequence[Merged]]]:
    sheet.reset_dimensions()  # what the file says of them may be wrong
    count = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        count += len(row)
        if count > _MOST_CELLS:
            raise UnreadableFile(TOO_LARGE)
        cells = [_write_cell(cell.value, getattr(cell, "number_format", "")) for cell in row]
        if struck is not None:
            cells = [_drop_struck(*pair, struck) for pair in zip(cells, row, strict=True)]
        yield cells, merged.get(number, ())


def _drop_struck(text: str, cell: ReadOnlyCell | EmptyCell, struck: list[str]) -> str:
    """Return the text of a cell but for what is struck through, which is added to ``struck``."""
    if text and cell.font.strike:
        struck.append(text)
        return ""
    if isinstance(cell.value, list):  # of texts, and of pieces that have a font
        shown = [part for part in cell.value if isinstance(part, str) or not part.font.strike]
        struck += [text] * (len(shown) < len(cell.value))
        return " ".join("".join(map(str, shown)).split())
    return text


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
    if _CODE.fullmatch(pattern) and value >= 0 and value == int(value):
        return _write_code(str(int(value)), pattern)
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


def _write_code(figures: str, pattern: str) -> str:
    """Write the figures of a number in the places of its format, the last first."""
    written = ""
    for place in reversed(_PLACE.findall(pattern)):
        if place in "0#":
            written = (figures[-1:] or place.replace("#", "")) + written
            figures = figures[:-1]
        elif figures or "0" in pattern[:1]:
            written = place.strip('"\\') + written
    return figures + written
