"""Pages that are pictures → their lines and words, as Tesseract recognises them.

A reader runs in the process apart, where a page takes no second; to recognise one takes some. So
what was recognised is kept in a folder, under the SHA-256 of its file and its number, and a reader
takes from there what it finds. What it doesn't find waits, and this is said; or, when it is given
a second folder, it puts the drawings of these pages there, for ``recognise`` to turn them into
the tables (TSV) of words, boxes and confidences that are kept. See ``rag.readers.read_scanned``.

Why Tesseract: on six pages of prose drawn at 200 dpi, turned by 0.6°, blurred, with noise and as
JPEG, it had 99.7 % of the words right in 1.3 s a page, at 53 MB. RapidOCR 1.4.4, whose wheels
bring their weights, had 27 % in 8.1 s: those know neither the accents nor the spaces of French;
with what it needs it weighs 400 MB.

The program is given drawings that PDFium or Pillow made, never a file of a user.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from rag.durable import write_atomically
from rag.readers.pdfium import Box, Line

FOLDER = "scans"
"""Where, in the folder of an index, what was recognised is kept."""
INSTALL = (
    "pour lire les pages numérisées, installez Tesseract et son français : "
    "« sudo apt install tesseract-ocr tesseract-ocr-fra » sous Debian ou Ubuntu, "
    "« brew install tesseract tesseract-lang » sous macOS"
)
"""What to do where it is missing."""

_LANGUAGE, _DIRECTIONS = "fra", "osd"
# What its authors advise; a drawing is no larger than an A3 page, in pixels.
RESOLUTION, MOST_PIXELS = 300, 17_500_000
# Drawings that are on the disk at once, and how long a reader draws: it has two minutes in all.
_MOST_DRAWN, _DRAWING = 20, 40.0
# A page takes one to three seconds of a processor, and may take so many, by the clock twice as many
# for machines that others keep busy. The pages of a file have so many seconds in all.
_PATIENCE, _LONGEST = 60.0, 600.0
_MAX_MEMORY = 1_500_000_000
_KEPT = 30 * 86400  # seconds since it was last read
# Below this mean, the page may be upside down; a line, nothing but stains; a word is doubtful.
_TURNED, _STAINS, _DOUBTFUL = 60.0, 30.0, 50.0
# Heights, in sizes: of letters such as « x », of those that rise above, and below the base.
_LOW, _RISEN, _SUNK = 0.52, 0.2, 0.21
_SINKING = frozenset("gjpqyçÇQ,;()[]{}/|@$§&")
_FLAT = frozenset("acegmnopqrsuvwxyzç")
# Sizes nearer than this to the usual one are that one: heights are those of blurred letters.
_SAME, _LARGER = 0.8, 1.25
# So many words in a line tell its slope.
_LONG_LINE = 4
# A gap of more sizes parts two cells or two columns.
_GAP = 1.0

_DRAWN = ".png"
_COLUMNS = 12
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reader has to read scans with.

    ``kept`` is where recognised pages are, ``drawings`` where to put those to be recognised, None
    to put none; ``able`` tells that there is a Tesseract to recognise them.
    """

    kept: Path | None = None
    drawings: Path | None = None
    able: bool = False


_NO_DESK = Desk()
DESK: ContextVar[Desk] = ContextVar("desk", default=_NO_DESK)
"""That of the file being read."""


class Waiting(str):
    """A remark that says that so many pages wait to be recognised."""

    pages: int

    def __new__(cls, told: str, pages: int) -> Self:
        """Make the remark."""
        made = super().__new__(cls, told)
        made.pages = pages
        return made


@dataclass(frozen=True, slots=True)
class Word:
    """A word, the rank of its line, its box in pixels and how sure it is, in percent."""

    text: str
    line: int
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Scan:
    """A page as it was recognised, in the order of reading; of no size when it could not be."""

    width: float
    height: float
    words: tuple[Word, ...]

    @property
    def confidence(self) -> int:
        """How sure the words are, in percent, the longer the more."""
        weights = [len(word.text) for word in self.words]
        sure = sum(w.confidence * n for w, n in zip(self.words, weights, strict=True))
        return round(sure / sum(weights)) if weights else 0

    @property
    def doubtful(self) -> list[str]:
        """The words that are not sure."""
        return [
            word.text
            for word in self.words
            if word.confidence < _DOUBTFUL and any(map(str.isalnum, word.text))
        ]

    @property
    def places(self) -> tuple[tuple[str, int, Box], ...]:
        """Each word with its line and its box, in shares of the page as it is shown."""
        return tuple(
            (
                word.text,
                word.line,
                (
                    word.box[0] / self.width,
                    word.box[1] / self.height,
                    word.box[2] / self.width,
                    word.box[3] / self.height,
                ),
            )
            for word in self.words
        )

    def make_lines(self) -> tuple[Line, ...]:
        """Make the lines that a page would have given, upright, with bases and sizes of type."""
        turns = _count_turns(self.words)
        words = _straighten([replace(word, box=self._turn(word.box, turns)) for word in self.words])
        height = self.width if turns % 2 else self.height
        sizes = {n: _measure(line) for n, line in _group(words)}
        usual = _find_usual(words, sizes)
        lines = []
        for number, line in _group(words):
            letters = sum(c.isalpha() for word in line for c in word.text)
            size = sizes[number] if letters > 3 else usual
            size = usual if _SAME * usual < size < _LARGER * usual else size
            for piece in _cut(line, _GAP * size):
                lines.append(_make_line(piece, size, height))
        return tuple(lines)

    def _turn(self, box: Box, turns: int) -> Box:
        """Return a box once the page is upright: its text ran right, down, to the left or up."""
        left, top, right, bottom = box
        width, height = self.width, self.height
        return (
            box,
            (top, width - right, bottom, width - left),
            (width - right, height - bottom, width - left, height - top),
            (height - bottom, left, height - top, right),
        )[turns]


def read_tsv(table: str) -> Scan:
    """Read a table of Tesseract: a row for each word, with its place, and for what it is in.

    Lines that are stains are left out: tesseract finds letters in pictures. A table that makes no
    sense is that of a page that could not be recognised.
    """
    width = height = 0.0
    words: list[Word] = []
    numbers: dict[tuple[str, ...], int] = {}
    for row in table.split("\n")[1:]:
        fields = row.split("\t", _COLUMNS - 1)
        try:
            left, top, wide, high, sure = map(float, fields[6:11])
            if fields[0] == "1":
                width, height = wide, high
            elif fields[0] == "5" and (text := "".join(fields[11].split())) and wide and high:
                line = numbers.setdefault(tuple(fields[1:5]), len(numbers))
                words.append(Word(text, line, (left, top, left + wide, top + high), sure))
        except (ValueError, IndexError):
            continue
    if not (width > 0 and height > 0 and all(map(math.isfinite, (width, height)))):
        return Scan(0, 0, ())
    means = {n: statistics.fmean(w.confidence for w in line) for n, line in _group(words)}
    return Scan(width, height, tuple(word for word in words if means[word.line] >= _STAINS))


def _group(words: Iterable[Word]) -> list[tuple[int, list[Word]]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.items())


def _count_turns(words: Iterable[Word]) -> int:
    """Count the quarter turns, clockwise, of the text of a page: where its lines run to."""
    votes: Counter[int] = Counter()
    for _, line in _group(words):
        first, last = line[0].box, line[-1].box
        across = last[0] + last[2] - first[0] - first[2]
        down = last[1] + last[3] - first[1] - first[3]
        if len(line) > 1:
            turns = (0 if across > 0 else 2) if abs(across) >= abs(down) else (1 if down > 0 else 3)
            votes[turns] += len(line)
    return max(votes, key=lambda turns: votes[turns], default=0)


def _straighten(words: Sequence[Word]) -> list[Word]:
    """Put words back where they were before the page was laid a little askew on the glass."""
    slopes = []
    for _, line in _group(words):
        flat = [word.box for word in line if _SINKING.isdisjoint(word.text)]
        if len(flat) >= _LONG_LINE:
            slopes.append((flat[-1][3] - flat[0][3]) / max(flat[-1][2] - flat[0][2], 1.0))
    slope = statistics.median(slopes or [0.0])
    return [
        replace(
            word, box=(left + slope * y, top - slope * x, right + slope * y, bottom - slope * x)
        )
        for word in words
        for left, top, right, bottom in [word.box]
        for x, y in [((left + right) / 2, (top + bottom) / 2)]
    ]


def _measure(line: Sequence[Word]) -> float:
    """Return the size of the type of a line, in pixels, by the letters of each of its words."""
    sizes = [
        (word.box[3] - word.box[1]) / (_LOW + _RISEN * rises + _SUNK * sinks)
        for word in line
        for rises, sinks in [(not _FLAT.issuperset(word.text), not _SINKING.isdisjoint(word.text))]
        if any(map(str.isalnum, word.text))
    ]
    return statistics.median(sizes or [word.box[3] - word.box[1] for word in line])


def _find_usual(words: Iterable[Word], sizes: dict[int, float]) -> float:
    """Return the size of most letters."""
    weights: Counter[float] = Counter()
    for word in words:
        weights[sizes[word.line]] += len(word.text)
    half = sum(weights.values()) / 2
    for size in sorted(weights):
        half -= weights[size]
        if half <= 0:
            return size
    return 0.0


def _cut(line: Sequence[Word], gap: float) -> Iterator[list[Word]]:
    piece = [line[0]]
    for word in line[1:]:
        if word.box[0] - piece[-1].box[2] > gap:
            yield piece
            piece = []
        piece.append(word)
    yield piece


def _make_line(words: Sequence[Word], size: float, height: float) -> Line:
    """Make a line of words, in points from the bottom of a page so high."""
    flat = [word.box[3] for word in words if _SINKING.isdisjoint(word.text)]
    base = statistics.median(flat or [word.box[3] - _SUNK * size for word in words])
    point = 72 / RESOLUTION
    return Line(
        " ".join(word.text for word in words),
        words[0].box[0] * point,
        words[-1].box[2] * point,
        (height - base) * point,
        round(2 * size * point) / 2,
    )


# ------------------------------------------------------------------------- while a file is read


@dataclass(frozen=True, slots=True)
class Found:
    """The pages that were recognised, those that could not be, and those that wait."""

    scans: dict[int, Scan]
    failed: tuple[int, ...]
    waiting: tuple[int, ...]

    @property
    def sure(self) -> tuple[tuple[int, int], ...]:
        """The pages with text, and how sure each is; see ``Article.scans``."""
        return tuple((n, scan.confidence) for n, scan in self.scans.items() if scan.words)


def find_scans(
    path: Path, numbers: Sequence[int], draw: Callable[[Sequence[int]], Iterator[tuple[int, Any]]]
) -> Found:
    """Find what was recognised of pages of a file, and draw those that wait if they are wanted.

    Parameters
    ----------
    draw
        Gives the numbers and the grey pictures (``PIL.Image``) of pages; not those that can't be
        drawn.
    """
    desk = DESK.get()
    if not numbers or desk.kept is None:
        return Found({}, (), ())
    name = hash_file(path)
    scans = {n: scan for n in numbers if (scan := find_scan(desk.kept, name, n)) is not None}
    waiting = tuple(n for n in numbers if n not in scans) if desk.able else ()
    if waiting and desk.drawings is not None:
        wanted = list(waiting[: max(_MOST_DRAWN - len(os.listdir(desk.drawings)), 0)])
        until = time.monotonic() + _DRAWING
        for number, picture in draw(tuple(wanted)):
            drawing = desk.drawings / f"{name}-{number}{_DRAWN}"
            picture.save(drawing, compress_level=1, dpi=(RESOLUTION, RESOLUTION))
            wanted.remove(number)
            if time.monotonic() > until:
                break
        else:
            for number in wanted:  # that can't be drawn
                _locate(desk.kept, name, number).touch()
                scans[number] = Scan(0, 0, ())
            waiting = tuple(number for number in waiting if number not in scans)
    failed = tuple(n for n, scan in scans.items() if not scan.width)
    return Found({n: scan for n, scan in scans.items() if scan.width}, failed, waiting)


def hash_file(path: Path) -> str:
    """Return the name under which the pages of a file are kept."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _locate(kept: Path, name: str, number: int) -> Path:
    return kept / f"{name}-{number}.tsv"


def find_scan(kept: Path, name: str, number: int) -> Scan | None:
    """Return what was recognised of a page of the file that was hashed so; None when nothing was.

    That it was of use is noted, for ``sweep``.
    """
    file = _locate(kept, name, number)
    try:
        table = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    with contextlib.suppress(OSError):
        os.utime(file)
    return read_tsv(table)


def tell_scans(sure: Sequence[tuple[int, int]]) -> str:
    """Tell that pages were recognised, and how sure they are; see ``Article.scans``."""
    many = len(sure) > 1
    told = "pages numérisées lues" if many else "page numérisée lue"
    mean = "confiance moyenne" if many else "confiance"
    percent = round(statistics.fmean(confidence for _, confidence in sure))
    return (
        f"{len(sure)} {told} par reconnaissance de caractères ({mean} {percent} %) ; "
        "vérifiez les chiffres"
    )


def tell_doubtful(scans: Iterable[Scan]) -> Iterator[str]:
    """Tell which words are doubtful."""
    words = list(dict.fromkeys(word for scan in scans for word in scan.doubtful))
    if words:
        shown = ", ".join(f"« {word} »" for word in words[:_MOST_TOLD])
        more = ", …" if len(words) > _MOST_TOLD else ""
        yield f"{len(words)} {'mots' if len(words) > 1 else 'mot'} à vérifier : {shown}{more}"


# ------------------------------------------------------------------------------------ Tesseract


@lru_cache(maxsize=1)
def list_languages() -> frozenset[str]:
    """Return the languages of the Tesseract of this machine; none when there is no such program."""
    try:
        listed = subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset((listed.stdout + listed.stderr).decode("utf-8", "replace").split("\n")[1:])


def can_recognise() -> bool:
    """Whether there is a Tesseract that reads French."""
    return _LANGUAGE in list_languages()


def recognise(drawings: Path, kept: Path, tell: Callable[[], None], until: float) -> int:
    """Recognise the drawings of a folder, and keep what is read; return how many were done.

    Two at once at most, one core each. A page that can't be recognised is kept as such; one that a
    busy machine has not read in time waits. ``tell`` is called after each page; none is begun past
    ``until``.
    """
    lock = threading.Lock()

    def work(drawing: Path) -> bool:
        if time.monotonic() > until:
            return False
        try:
            write_atomically(kept / f"{drawing.stem}.tsv", _recognise(drawing))
        except (OSError, subprocess.TimeoutExpired):  # the disk may be full
            return False
        with lock:
            tell()
        return True

    workers = max(1, min(2, (os.cpu_count() or 1) // 2))
    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work, sorted(drawings.glob(f"*{_DRAWN}"))))


def _recognise(drawing: Path) -> bytes:
    """Return the table of a drawing, empty when it can't be recognised."""
    table = _run(drawing, "3")
    scan = read_tsv(table.decode("utf-8", "replace"))
    if scan.width and scan.confidence < _TURNED and _DIRECTIONS in list_languages():
        turned = _run(drawing, "1")  # looks for the top of the page first, half a second more
        if read_tsv(turned.decode("utf-8", "replace")).confidence > scan.confidence:
            return turned
    return table


def _run(drawing: Path, segmentation: str) -> bytes:
    command = ["tesseract", str(drawing), "stdout", "-l", _LANGUAGE, "--psm", segmentation, "tsv"]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            process_group=0,  # Ctrl-C is for the process that asks
        ) as process:
            _limit(process.pid)
            try:
                table, _ = process.communicate(timeout=2 * _PATIENCE)
            finally:
                process.kill()
    except OSError:
        return b""
    return b"" if process.returncode else table


def _limit(pid: int) -> None:
    """Bound the memory and the time of a process, which then ends whoever is left to see."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # where the system can
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
        seconds = max(1, round(_PATIENCE))  # at 0 what starts is killed, and seems to have failed
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))


def sweep(kept: Path) -> None:
    """Remove what was recognised of pages that nothing has read for thirty days."""
    for file in kept.glob("*.tsv"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


def find_deadline() -> float:
    """Return when the pages of a file must have been recognised."""
    return time.monotonic() + _LONGEST
