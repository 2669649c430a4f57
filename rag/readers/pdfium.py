"""The lines of a PDF with their places, read by PDFium in a process of its own.

A PDF is a program, and the one who wrote it may mean harm: what makes PDFium crash, loop or eat
memory ends the process that reads that file, and nothing else. PDFium's threads would not mix
with ours either. ``read_pages`` starts this very file as a script, which prints one JSON line for
the document and one for each page; so this module imports nothing else of the project.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A thousand pages of text take 10 s on one slow core.
_PATIENCE = 120.0  # seconds
_MAX_PAGES = 5000
# Ten novels.
_MAX_CHARACTERS = 10_000_000
_MAX_MEMORY = 1_000_000_000  # bytes of address space, the libraries included
# What PDFium puts where a word is cut at the end of a line.
_CUT = 2
# A gap of more sizes than this stands between two cells; that of justified words is under one.
WIDE = 1.8
# A figure this much above the others and smaller, in sizes, is an exponent or calls a note: no part
# of the figure that it follows.
_LIFT, _SMALL = 0.15, 0.9
_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: its text, and where it is, in points from the bottom left corner.

    ``baseline`` is the height of what it stands on, ``size`` that of its font. ``text`` has tabs
    where it has gaps too wide for a space, and the hyphen of a word cut at its end.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in the order in which they were drawn.

    ``trouble`` is empty, ``"scanned"`` when it has pictures and no line, or ``"broken"``.
    """

    lines: tuple[Line, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What was read of a PDF.

    ``count`` is how many pages it has, of which the first ``len(pages)`` were read. ``failure`` is
    empty, or the reason why nothing or not everything was read: ``"encrypted"``, ``"broken"`` or
    ``"stopped"`` (too long, too slow, too much memory, or PDFium crashed).
    """

    title: str
    count: int
    pages: tuple[Page, ...]
    failure: str


def read_pages(path: Path) -> Document:
    """Read the lines of every page.

    Takes two minutes at most, 1 GB of memory, 5,000 pages and 10 million characters: what was read
    before a limit is kept.
    """
    # -P: the folder of this file would hide the standard html module.
    command = [sys.executable, "-P", "-W", "ignore", __file__, str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
        )
        output, failure = done.stdout, "stopped" if done.returncode else ""
    except subprocess.TimeoutExpired as error:
        output, failure = error.stdout or b"", "stopped"
    return _parse(output, failure)


def _parse(output: bytes, failure: str) -> Document:
    """Read what the process printed; its last line may be cut."""
    head: dict[str, Any] = {}
    pages: list[Page] = []
    for printed in output.splitlines():
        try:
            item = json.loads(printed)
        except ValueError:
            break
        if "lines" in item:
            lines = tuple(Line(*line) for line in item["lines"])
            pages.append(Page(lines, item["trouble"]))
        else:
            head |= item
    return Document(
        head.get("title", ""), head.get("count", 0), tuple(pages), head.get("failure", failure)
    )


# ---------------------------------------------------------------------------- in the process


def main(path: str) -> None:
    """Print the document at ``path``."""
    _limit_memory()
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        _print({"failure": "encrypted" if encrypted else "broken"})
        return
    _print({"title": document.get_metadata_value("Title"), "count": count})
    read = 0
    for number in range(count):
        if number == _MAX_PAGES or read > _MAX_CHARACTERS:
            _print({"failure": "stopped"})
            return
        try:
            page = document[number]
            lines = list(_read_lines(page))
            trouble = "scanned" if not lines and _has_images(page) else ""
            page.close()
        except pypdfium2.PdfiumError:
            lines, trouble = [], "broken"
        read += sum(len(line[0]) for line in lines)
        _print({"lines": lines, "trouble": trouble})


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


def _print(item: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(item) + "\n")
    sys.stdout.flush()


def _read_lines(page: Any) -> Iterator[tuple[str, float, float, float, float]]:  # noqa: ANN401
    """Give the fields of each ``Line`` of a page."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    codes = [raw.FPDFText_GetUnicode(text, k) for k in range(text.count_chars())]
    start = 0
    for k, code in enumerate([*codes, ord("\n")]):
        if code not in (_CUT, ord("\n"), ord("\r")):
            continue
        shown = [i for i in range(start, k) if codes[i] > ord(" ")]
        if shown:
            yield _read_line(text, codes, shown, "-" if code == _CUT else "")
        start = k + 1
    text.close()


def _read_line(
    text: Any,  # noqa: ANN401
    codes: list[int],
    shown: list[int],
    end: str,
) -> tuple[str, float, float, float, float]:
    """Write and measure the line made of these visible characters.

    Its base and its size are those of the largest of three: one may be raised.
    """
    turns = _count_turns(text, shown[len(shown) // 2])
    places = [_place(text, shown[len(shown) * part // 4], turns) for part in (1, 2, 3)]
    baseline, size = max(places, key=lambda place: place[1])
    words: list[str] = []
    for before, k in zip([shown[0], *shown], shown, strict=False):
        if k - before > 1:
            gap = _edges(text, k, turns)[0] - _edges(text, before, turns)[1]
            words.append("\t" if gap > WIDE * size else " ")
        character = chr(codes[k])
        if character in _RAISED:
            height, own = _place(text, k, turns)
            if height - baseline > _LIFT * size and own < _SMALL * size:
                character = _RAISED[character]
        words.append(character)
    left, right = _edges(text, shown[0], turns)[0], _edges(text, shown[-1], turns)[1]
    left, right, baseline, size = map(_bound, (left, right, baseline, abs(size)))
    return "".join(words) + end, left, right, baseline, size


def _bound(number: float) -> float:
    """Put what is nowhere at 0: JSON has no infinity."""
    return number if math.isfinite(number) else 0.0


def _count_turns(text: Any, k: int) -> int:  # noqa: ANN401
    """Count the quarter turns, anticlockwise, of a character: pages are set on their side."""
    matrix = _matrix(text, k)
    angle = math.atan2(matrix.b, matrix.a)
    return round(angle / (math.pi / 2)) % 4 if math.isfinite(angle) else 0


def _place(text: Any, k: int, turns: int) -> tuple[float, float]:  # noqa: ANN401
    """Return the height of what a character stands on, and the size of its font."""
    import pypdfium2.raw as raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text, k, x, y)
    matrix = _matrix(text, k)
    size = raw.FPDFText_GetFontSize(text, k) * math.hypot(matrix.b, matrix.d)
    return _turn(x.value, y.value, turns)[1], size


def _edges(text: Any, k: int, turns: int) -> tuple[float, float]:  # noqa: ANN401
    """Return the left and the right of a character, in the direction of its line."""
    import pypdfium2.raw as raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, k, box)
    one, other = _turn(box.left, box.bottom, turns)[0], _turn(box.right, box.top, turns)[0]
    return min(one, other), max(one, other)


def _matrix(text: Any, k: int) -> Any:  # noqa: ANN401
    import pypdfium2.raw as raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text, k, matrix)
    return matrix


def _turn(x: float, y: float, turns: int) -> tuple[float, float]:
    """Give the place of a point once its page is turned back."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turns]


def _has_images(page: Any) -> bool:  # noqa: ANN401
    import pypdfium2.raw as raw

    return any(True for _ in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,)))


if __name__ == "__main__":
    main(sys.argv[1])
