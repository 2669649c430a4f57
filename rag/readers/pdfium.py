"""The lines of a PDF with their places, read by PDFium.

A PDF is a program, and the one who wrote it may mean harm. PDFium is to be called by one thread at
a time: ``apart`` sees to both.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import UnreadableFile
from rag.readers import apart

# A thousand pages of text take 10 s on one slow core.
_PATIENCE = 60.0  # seconds
# Somebody waits for a page to be shown; one of text takes half a second.
_SHOWING = 30.0
_MAX_PAGES = 5000
# Ten novels.
_MAX_CHARACTERS = 10_000_000
# What PDFium puts where a word is cut at the end of a line, and what it writes for that in a text.
_CUT, _CUT_WRITTEN = "\x02", "\ufffe"
_LINE, _WORD = re.compile("([^\n\r\x02]+)([\n\r\x02]?)"), re.compile("[^\0- ]+")
# A gap of more sizes than this may stand between two cells or two columns: the line is cut there,
# and ``columns`` joins again what is one line. That of justified words is seldom so wide. Where two
# lines are cut, or this share of the lines have a narrower gap, others are cut at that one too.
_GAP, _NARROW_GAP, _COLUMN_SHARE = 0.8, 0.4, 0.4
# A figure this much above the others and smaller, in sizes, is an exponent or calls a note: no part
# of the figure that it follows.
_LIFT, _SMALL = 0.15, 0.9
_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
# Old fonts of TeX may draw the accent of the first letter last.
_DRAWN_ACCENTS = "´ˆ¨˜`¸"
# Letters set apart, « R A P P O R T », are so many, this share of the words, and nearer than so
# many sizes; a gap this many times the usual one stands between two words.
_SPACED_LETTERS, _SPACED_SHARE, _SPACED_GAP, _SPACED_WORDS = 4, 0.8, 1.2, 1.6
# Words so many times larger than others of their line are a large initial, or behind the text.
_MUCH_LARGER = 1.7
# Text that leans more than this is drawn across the page, in radians; a scan leans less.
_LEAN = 0.14
# Ink lighter than this share of white, or less opaque, lets what is below be read.
_PALE, _THIN = 0.65, 0.5
_BOLD = re.compile(rb"bold|black|heavy|[-,]b(?:$|[^a-z])", re.IGNORECASE)
# A stroke so far above what words stand on, in sizes, goes through those that it covers so much. It
# goes no further than their line: those of a chart do.
_THROUGH, _COVERED, _BEYOND = (0.12, 0.5), 0.8, 1.0
_NEAR = 3.0
# What one page may hold besides characters: a map has a hundred thousand strokes.
_MAX_OBJECTS = 5000
_MAX_POINTS = 400
_MAX_NOTES = 500
_MAX_BYTES = 200_000  # of a comment or a field
# A rule is thinner and longer than these, in points.
_RULE_HEIGHT, _RULE_WIDTH = 3.0, 15.0

# A picture of a page may be so many times higher than wide; a page may show so many words.
_MAX_HEIGHT, _MAX_WORDS = 3, 10_000
# PDFium gives places on a shown page as whole numbers.
_FINE = 100_000

# So few characters may be a stamp on the picture of a page.
LITTLE_TEXT = 400

TICKED, UNTICKED = "☒", "☐"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page, or a piece of it up to a wide gap, and where it is.

    Places are in points from the bottom left corner of the page, turned so that most of its text
    is upright. ``baseline`` is the height of what it stands on, ``size`` that of its font. ``text``
    has the hyphen of a word cut at its end.

    ``kind`` is empty for most; ``"slanted"`` for what is drawn across the page, ``"pale"`` for
    light ink, ``"struck"`` for words with a stroke through them, ``"aside"`` for what runs along
    another edge of the page and has its places in that direction, ``"row"`` for a sentence made of
    a row of a table or of a form.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    kind: str = ""
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: what its maker calls it, what is typed in, and where it is.

    The value of a box is ``TICKED`` or ``UNTICKED``.
    """

    name: str
    value: str
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in the order in which they were drawn.

    ``trouble`` is empty or ``"broken"``. ``pictured`` is the share of the page that pictures cover,
    told only when it has little text. ``fields`` are those of a form, ``notes`` the authors and the
    texts of the comments pinned on the page, ``rules`` the left, right and height of horizontal
    strokes, told only when pieces of lines stand side by side.
    """

    lines: tuple[Line, ...]
    trouble: str = ""
    pictured: float = 0.0
    fields: tuple[Field, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What was read of a PDF.

    ``count`` is how many pages it has, of which the first ``len(pages)`` were read. ``failure`` is
    empty, or the reason why nothing or not everything was read: ``"encrypted"``, ``"broken"`` or
    ``"stopped"`` (too long, too slow or too much memory).
    """

    title: str
    count: int
    pages: tuple[Page, ...]
    failure: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it is shown, upright.

    ``words`` are in the order in which they were drawn, each with the number of its line and its
    left, top, right and bottom: shares of the width and the height of the page, from its top left
    corner. A word cut at the end of a line is two. ``pixels`` are those of its picture, red, green
    and blue, of ``size``; empty when none was asked for.
    """

    number: int
    words: tuple[tuple[str, int, Box], ...]
    size: tuple[int, int]
    pixels: bytes


Box = tuple[float, float, float, float]
"""The left, the top, the right and the bottom of something on a page that is shown."""


def read_pages(path: Path) -> Document:
    """Read the lines of every page.

    Takes a minute at most, 5,000 pages and 10 million characters: what was read before a limit is
    kept. A page that PDFium loops on or crashes at ends the process: see ``apart``.
    """
    import pypdfium2
    import pypdfium2.raw as raw

    until = time.monotonic() + _PATIENCE
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code == raw.FPDF_ERR_PASSWORD
        return Document("", 0, (), "encrypted" if encrypted else "broken")
    with contextlib.closing(document):
        with contextlib.suppress(pypdfium2.PdfiumError):  # its pages may be read all the same
            document.init_forms()
        pages: list[Page] = []
        failure, read, count = "", 0, len(document)
        for number in range(count):
            if number == _MAX_PAGES or read > _MAX_CHARACTERS or time.monotonic() > until:
                failure = "stopped"
                break
            try:
                page = document[number]
                pages.append(_read_page(page, document.formenv))
                page.close()
            except MemoryError:
                failure = "stopped"
                break
            except Exception:  # nothing lists what the numbers of a damaged page make fail
                pages.append(Page((), "broken"))
            read += sum(len(line.text) for line in pages[-1].lines)
        return Document(document.get_metadata_value("Title"), count, tuple(pages), failure)


def show_pages(path: Path, numbers: Iterable[int], width: int = 0) -> tuple[Shown, ...]:
    """Show pages, numbered from 1, with their pictures when ``width`` is not 0, in pixels.

    Takes thirty seconds at most, in a process for that alone: somebody waits, and others may be
    reading. A page that can't be shown is left out.
    """
    shown: list[Shown] = []
    with (
        apart.Process(_SHOWING, _SHOWING) as process,
        contextlib.suppress(UnreadableFile, OSError),
    ):
        shown.extend(process.run(_show, path.absolute(), tuple(numbers), width))
    return tuple(shown)


def _show(path: Path, numbers: Sequence[int], width: int) -> Iterator[Shown]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    document.init_forms()
    for number in (number for number in numbers if number <= len(document)):
        with contextlib.suppress(pypdfium2.PdfiumError):
            page = document[number - 1]
            text = _Text(page)
            size, pixels = (0, 0), b""
            if width:
                wide, high = page.get_size()
                scale = min(width / wide, _MAX_HEIGHT * width / high)
                picture = page.render(scale=scale).to_pil().convert("RGB")
                size, pixels = picture.size, picture.tobytes()
            words = tuple(itertools.islice(text.place_words(page), _MAX_WORDS))
            yield Shown(number, words, size, pixels)
            text.close()
            page.close()


def draw_pages(
    path: Path, numbers: Iterable[int], resolution: int, most: int
) -> Iterator[tuple[int, Any]]:
    """Draw pages in grey, each with its number, from 1.

    They have so many pixels an inch, or fewer, not to have more than ``most``. A page that can't be
    drawn is left out.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return
    with contextlib.closing(document):
        for number in numbers:
            with contextlib.suppress(pypdfium2.PdfiumError, ValueError):
                page = document[number - 1]
                wide, high = page.get_size()
                scale = min(resolution / 72, math.sqrt(most / max(wide * high, 1.0)))
                yield number, page.render(scale=scale, grayscale=True).to_pil().convert("L")
                page.close()


def _read_page(page: Any, form: Any) -> Page:  # noqa: ANN401
    read = list(_read_lines(page))
    weights: Counter[int] = Counter()
    for turns, leans, line in read:
        weights[turns] += 0 if leans else len(line.text)
    main = max(weights, key=lambda turns: weights[turns], default=0)
    leaning = bool(weights[main])  # else it all leans, and is the text of the page
    lines = []
    for turns, leans, line in read:
        kind = "slanted" if leans and leaning else "aside" if turns != main else line.kind
        lines.append(line if kind == line.kind else replace(line, kind=kind))
    fields, notes = _read_annotations(page, form, main)
    little = sum(len(line.text) for line in lines) < LITTLE_TEXT
    beside = len({round(line.baseline) for line in lines}) < len(lines)
    return Page(
        tuple(lines),
        pictured=_measure_pictures(page) if little else 0.0,
        fields=fields,
        notes=notes,
        rules=_read_rules(page, main) if beside else (),
    )


# ------------------------------------------------------------------------------------- text


@dataclass(slots=True)
class _Drawn:
    """A line of a page: the characters of its words, and the gaps and the lefts of all but one."""

    words: list[range]
    gaps: list[float]
    lefts: list[float]
    size: float
    turns: int
    leans: bool
    end: str


def _read_lines(page: Any) -> Iterator[tuple[int, bool, Line]]:  # noqa: ANN401
    """Give the pieces of each line of a page, their quarter turns, and whether they lean."""
    text = _Text(page)
    lines: list[_Drawn] = []
    for found in _LINE.finditer(text.written):
        words = [range(*word.span()) for word in _WORD.finditer(text.written, *found.span(1))]
        for turned in text.part(words):
            end = "-" if found[2] == _CUT and turned[-1] is words[-1] else ""
            lines.append(text.find_gaps(turned, end))
    columns = _find_columns(lines, text.written)
    strokes = {turns: _read_strokes(page, turns) for turns in {line.turns for line in lines}}
    for line in lines:
        pieces = text.cut(line, columns)
        for number, piece in enumerate(pieces, 1):
            end = line.end if number == len(pieces) else ""
            struck = text.find_struck(line, strokes[line.turns])
            for is_struck in (False, True) if struck else (False,):
                part = [pair for pair in piece if (pair[1] in struck) is is_struck]
                if part:
                    read = text.read_piece(part, line.turns, end, len(pieces) > 1)
                    kind = "struck" if is_struck else read.kind
                    yield line.turns, line.leans, replace(read, kind=kind)
    text.close()


def _find_columns(lines: list[_Drawn], written: str) -> set[int]:
    """Find where pieces of lines begin one below the other, after a gap."""
    wide: Counter[int] = Counter()
    narrow: Counter[int] = Counter()
    for line in lines:
        for gap, left, word in zip(line.gaps, line.lefts, line.words[1:], strict=True):
            if gap > _GAP * line.size:
                wide[round(left)] += 1
            elif gap > _NARROW_GAP * line.size and written[word.start].isalnum():
                narrow[round(left)] += 1
    # Words of justified lines seldom begin one below the other.
    often = max(3, _COLUMN_SHARE * sum(bool(line.gaps) for line in lines))
    places = [x for x, count in wide.items() if count > 1]
    places += [x for x, count in narrow.items() if count >= often]
    return {x + k for x in places for k in (-1, 0, 1)}


_Words = list[tuple[str, range]]
_Stroke = tuple[float, float, float]


class _Text:
    """The characters of a page, each asked of PDFium into memory that is used again."""

    def __init__(self, page: Any) -> None:  # noqa: ANN401
        import pypdfium2.raw as raw

        self._raw = raw
        self._page = page.get_textpage()
        self._text = self._page.raw
        self._box = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._ink = tuple(ctypes.c_uint() for _ in range(4))
        self._font = ctypes.create_string_buffer(200)
        self.written = self._read()

    def close(self) -> None:
        """Give the memory back."""
        self._page.close()

    def _read(self) -> str:
        """Return each character, generated spaces and ends of lines included."""
        count = self._page.count_chars()
        buffer = (ctypes.c_ushort * (count + 1))()
        self._raw.FPDFText_GetText(self._text, 0, count, buffer)
        written = bytes(buffer)[:-2].decode("utf-16-le", "surrogatepass")
        # One call instead of one for each, unless some have no code, or one of two halves.
        if len(written) != count or "\0" in written:
            written = "".join(
                chr(self._raw.FPDFText_GetUnicode(self._text, k)) for k in range(count)
            )
        return written.replace(_CUT_WRITTEN, _CUT)

    def part(self, words: list[range]) -> Iterator[list[range]]:
        """Part the words of a line that do not run in one direction, or are much larger."""
        if not words:
            return
        ends = words[0].start, words[-1].start
        small = min(map(self._size, ends)) * _MUCH_LARGER

        def look(word: range) -> tuple[int, bool, bool]:
            return (*self._find_direction(word.start), self._size(word.start) > small)

        if len(words) == 1 or look(words[0]) == look(words[-1]):
            yield words
            return
        for _, group in itertools.groupby(words, look):
            yield list(group)

    def find_gaps(self, words: list[range], end: str) -> _Drawn:
        """Measure the gaps between the words of a line."""
        turns, leans = self._find_direction(self._sample(words, 2))
        size = 0.0
        if len(words) > 1:  # One may be raised.
            size = max(self._size(self._sample(words, 1)), self._size(self._sample(words, 2)))
        lefts = [_bound(self._edges(word.start, turns)[0]) for word in words[1:]]
        rights = [_bound(self._edges(word.stop - 1, turns)[1]) for word in words[:-1]]
        gaps = [left - right for left, right in zip(lefts, rights, strict=True)]
        return _Drawn(words, gaps, lefts, size, turns, leans, end)

    def _sample(self, words: list[range], part: int) -> int:
        """Return a character at so many quarters of some words."""
        k = words[0].start + (words[-1].stop - words[0].start) * part // 4
        return next((i for i in range(k, words[-1].stop) if self.written[i] > " "), words[0].start)

    def cut(self, line: _Drawn, columns: set[int]) -> list[_Words]:
        """Cut a line at its wide gaps, and at narrower ones where other lines are cut.

        Returns
        -------
        list[_Words]
            For each piece its words, each with what stands before it: a space, or nothing between
            letters set apart.
        """
        spaces = self._find_spaces(line)
        pieces: list[_Words] = [[("", line.words[0])]]
        for k, word in enumerate(line.words[1:]):
            wide = line.gaps[k] > _GAP * line.size
            narrow = line.gaps[k] > _NARROW_GAP * line.size and round(line.lefts[k]) in columns
            if spaces is None and (wide or narrow):
                pieces.append([("", word)])
            else:
                pieces[-1].append((" " if spaces is None or spaces[k] else "", word))
        return pieces

    def _find_spaces(self, line: _Drawn) -> list[bool] | None:
        """Tell which gaps part words, when letters are set apart; ``None`` when they are not."""
        single = [self.written[word.start] for word in line.words if len(word) == 1]
        letters = sum(map(str.isalpha, single))
        if letters < _SPACED_LETTERS or len(single) < _SPACED_SHARE * len(line.words):
            return None
        usual = sorted(line.gaps)[len(line.gaps) // 2]
        if usual > _SPACED_GAP * line.size:
            return None
        # Set from left to left, they leave more white after a narrow one.
        steps = [b - a for a, b in zip(line.lefts, line.lefts[1:], strict=False)]
        step = sorted(steps)[len(steps) // 2]
        if sum(abs(one - step) < 0.05 * step for one in steps) >= _SPACED_SHARE * len(steps):
            return [False, *(one > _SPACED_WORDS * step for one in steps)]
        return [gap > _SPACED_WORDS * usual for gap in line.gaps]

    def find_struck(self, line: _Drawn, strokes: Sequence[_Stroke]) -> list[range]:
        """Find the words of a line through which a stroke goes.

        Each has its own base: the bar of a fraction goes through nothing.
        """
        k = line.words[0].start
        base, far = self._height(k, line.turns), _NEAR * abs(self._size(k))
        strokes = [stroke for stroke in strokes if abs(stroke[2] - base) < far]
        if not strokes:
            return []
        places = [(word, *self._measure(word, line.turns)) for word in line.words]
        first, last = places[0][1], places[-1][2]
        return [
            word
            for word, left, right, base, size in places
            if any(
                base + _THROUGH[0] * size < y < base + _THROUGH[1] * size
                and min(right, end) - max(left, start) > _COVERED * (right - left)
                and first - _BEYOND * size < start
                and end < last + _BEYOND * size
                for start, end, y in strokes
            )
        ]

    def _measure(self, word: range, turns: int) -> tuple[float, float, float, float]:
        """Measure the left and the right of a word, what it stands on and its size."""
        left, right = self._edges(word.start, turns)[0], self._edges(word.stop - 1, turns)[1]
        return left, right, self._height(word.start, turns), abs(self._size(word.start))

    def read_piece(self, piece: _Words, turns: int, end: str, beside: bool) -> Line:
        """Write and measure a piece of a line; ``beside``: others of its line stand beside it."""
        words = [word for _, word in piece]
        # Its base and its size are those of the largest of three characters: one may be raised.
        thirds = [self._sample(words, part) for part in (1, 2, 3)]
        size, baseline = max((self._size(k), self._height(k, turns)) for k in thirds)
        text = "".join(space + self.written[word.start : word.stop] for space, word in piece)
        if not text.isalpha() and any(character in _RAISED for character in text):
            text = "".join(
                space + "".join(self._raise(k, turns, baseline, size) for k in word)
                for space, word in piece
            )
        first, last = words[0].start, words[-1].stop - 1
        left, right = self._edges(first, turns)[0], self._edges(last, turns)[1]
        if self.written[last] in _DRAWN_ACCENTS and last > first:
            right = max(right, self._edges(last - 1, turns)[1])
        left, right, baseline, size = map(_bound, (left, right, baseline, abs(size)))
        # Two halves that PDFium gives apart are one character.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") + end
        kind = "pale" if self._is_pale(thirds[1]) else ""
        bold = beside and self._is_bold(thirds[1])
        return Line(text, left, right, baseline, size, kind, bold)

    def _raise(self, k: int, turns: int, baseline: float, size: float) -> str:
        """Return a character, and for a figure set above the line the one that says so."""
        character = self.written[k]
        if (
            character in _RAISED
            and self._height(k, turns) - baseline > _LIFT * size
            and self._size(k) < _SMALL * size
        ):
            return _RAISED[character]
        return character

    def _find_direction(self, k: int) -> tuple[int, bool]:
        """Count the quarter turns, anticlockwise, of a character, and tell whether it leans.

        Pages are set on their side.
        """
        self._raw.FPDFText_GetMatrix(self._text, k, self._matrix)
        quarters = math.atan2(self._matrix.b, self._matrix.a) / (math.pi / 2)
        if not math.isfinite(quarters):
            return 0, False
        turns = round(quarters)
        return turns % 4, abs(quarters - turns) * (math.pi / 2) > _LEAN

    def _size(self, k: int) -> float:
        """Return the size of the font of a character."""
        self._raw.FPDFText_GetMatrix(self._text, k, self._matrix)
        size = self._raw.FPDFText_GetFontSize(self._text, k)
        return float(size * math.hypot(self._matrix.b, self._matrix.d))

    def _height(self, k: int, turns: int) -> float:
        """Return the height of what a character stands on."""
        self._raw.FPDFText_GetCharOrigin(self._text, k, self._x, self._y)
        return _turn(self._x.value, self._y.value, turns)[1]

    def _edges(self, k: int, turns: int) -> tuple[float, float]:
        """Return the left and the right of a character, in the direction of its line."""
        box = self._box
        self._raw.FPDFText_GetLooseCharBox(self._text, k, box)
        if not turns:
            return box.left, box.right
        one, other = _turn(box.left, box.bottom, turns)[0], _turn(box.right, box.top, turns)[0]
        return min(one, other), max(one, other)

    def place_words(self, page: Any) -> Iterator[tuple[str, int, Box]]:  # noqa: ANN401
        """Give each word with its line, left, top, right and bottom on the page as it is shown."""
        words = (
            (number, word)
            for number, line in enumerate(_LINE.finditer(self.written))
            for word in _WORD.finditer(self.written, *line.span(1))
        )
        for number, found in words:
            places = []
            for k in (found.start(), found.end() - 1):
                if self._raw.FPDFText_GetLooseCharBox(self._text, k, self._box):
                    box = self._box
                    places += [
                        self._find_shown(page, box.left, box.bottom),
                        self._find_shown(page, box.right, box.top),
                    ]
            if places:
                across, down = zip(*places, strict=True)
                yield found[0], number, (min(across), min(down), max(across), max(down))

    def _find_shown(self, page: Any, x: float, y: float) -> tuple[float, float]:  # noqa: ANN401
        """Return where a point of a page is when it is shown."""
        across, down = ctypes.c_int(), ctypes.c_int()
        self._raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, across, down)
        return across.value / _FINE, down.value / _FINE

    def _is_pale(self, k: int) -> bool:
        red, green, blue, alpha = self._ink
        if not self._raw.FPDFText_GetFillColor(self._text, k, red, green, blue, alpha):
            return False
        light = 0.3 * red.value + 0.59 * green.value + 0.11 * blue.value
        return light > _PALE * 255 or alpha.value < _THIN * 255

    def _is_bold(self, k: int) -> bool:
        """Whether the font of a character says by its name that it is bold."""
        font = self._font
        self._raw.FPDFText_GetFontInfo(self._text, k, font, len(font), None)
        return bool(_BOLD.search(font.value))


def _bound(number: float) -> float:
    """Put what is nowhere at 0."""
    return number if math.isfinite(number) else 0.0


def _turn(x: float, y: float, turns: int) -> tuple[float, float]:
    """Give the place of a point once its page is turned back."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turns]


# --------------------------------------------------------------------------- what is no text

_Box = tuple[float, float, float, float]


def _measure_pictures(page: Any) -> float:  # noqa: ANN401
    """Return the share of a page that its pictures cover."""
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_bbox()
    covered = 0.0
    for item in _list_objects(page):
        if not _holds_picture(item):
            continue
        box = _bounds(raw, item)
        width = min(box[2], right) - max(box[0], left)
        height = min(box[3], top) - max(box[1], bottom)
        covered += max(width, 0.0) * max(height, 0.0)
    area = (right - left) * (top - bottom)
    return min(_bound(covered / area), 1.0) if area > 0 else 0.0


def _list_objects(page: Any) -> Iterator[Any]:  # noqa: ANN401
    import pypdfium2.raw as raw

    for k in range(min(raw.FPDFPage_CountObjects(page), _MAX_OBJECTS)):
        yield raw.FPDFPage_GetObject(page, k)


def _holds_picture(item: Any, depth: int = 0) -> bool:  # noqa: ANN401
    """Whether an object of a page is a picture, or a group with one."""
    import pypdfium2.raw as raw

    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_IMAGE:
        return True
    if kind != raw.FPDF_PAGEOBJ_FORM or depth > 3:
        return False
    count = min(raw.FPDFFormObj_CountObjects(item), _MAX_POINTS)
    return any(_holds_picture(raw.FPDFFormObj_GetObject(item, k), depth + 1) for k in range(count))


def _bounds(raw: Any, item: Any) -> _Box:  # noqa: ANN401
    """Return the left, the bottom, the right and the top of an object of a page."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *edges):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (_bound(edge.value) for edge in edges)
    return left, bottom, right, top


def _turn_box(box: _Box, turns: int) -> _Box:
    x, y = _turn(box[0], box[1], turns)
    other_x, other_y = _turn(box[2], box[3], turns)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _read_rules(page: Any, turns: int) -> tuple[tuple[float, float, float], ...]:  # noqa: ANN401
    """Return the left, the right and the height of the horizontal strokes and edges of a page."""
    import pypdfium2.raw as raw

    rules: dict[int, list[tuple[float, float, float]]] = {}
    for item in _list_objects(page):
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        points = raw.FPDFPath_CountSegments(item)
        boxes = [_bounds(raw, item)] if points <= 5 else list(_segments(raw, item, points))
        for box in boxes:
            left, bottom, right, top = _turn_box(box, turns)
            if right - left > _RULE_WIDTH:
                heights = (bottom, top) if top - bottom > _RULE_HEIGHT else ((bottom + top) / 2,)
                for y in heights:
                    rules.setdefault(round(y), []).append((left, right, y))
    return tuple(rule for level in sorted(rules) for rule in _join_rules(rules[level]))


def _read_strokes(page: Any, turns: int) -> list[_Stroke]:  # noqa: ANN401
    """Read the strokes that may go through words: those of a page, and of its comments."""
    import pypdfium2.raw as raw

    strokes = list(_read_rules(page, turns))
    quad = raw.FS_QUADPOINTSF()
    for k in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_NOTES)):
        item = raw.FPDFPage_GetAnnot(page, k)
        if raw.FPDFAnnot_GetSubtype(item) == raw.FPDF_ANNOT_STRIKEOUT:
            for n in range(min(raw.FPDFAnnot_CountAttachmentPoints(item), _MAX_NOTES)):
                raw.FPDFAnnot_GetAttachmentPoints(item, n, quad)
                box = _bound(quad.x3), _bound(quad.y3), _bound(quad.x2), _bound(quad.y2)
                left, bottom, right, top = _turn_box(box, turns)
                strokes.append((left, right, (bottom + top) / 2))
        raw.FPDFPage_CloseAnnot(item)
    return strokes


def _join_rules(
    rules: list[tuple[float, float, float]],
) -> Iterator[tuple[float, float, float]]:
    """Join the strokes of one height that meet: those of the cells of a row."""
    start, end, y = min(rules)
    for left, right, _ in sorted(rules):
        if left > end + _RULE_HEIGHT:
            yield start, end, y
            start = left
        end = max(end, right)
    yield start, end, y


def _segments(raw: Any, item: Any, points: int) -> Iterator[_Box]:  # noqa: ANN401
    """Give the ends of each stroke of a path."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    before: tuple[float, float] | None = None
    for k in range(min(points, _MAX_POINTS)):
        segment = raw.FPDFPath_GetPathSegment(item, k)
        x, y = ctypes.c_float(), ctypes.c_float()
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here = (
            _bound(matrix.a * x.value + matrix.c * y.value + matrix.e),
            _bound(matrix.b * x.value + matrix.d * y.value + matrix.f),
        )
        if before is not None and raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO:
            yield (*before, *here)
        before = here


def _read_annotations(
    page: Any,  # noqa: ANN401
    form: Any,  # noqa: ANN401
    turns: int,
) -> tuple[tuple[Field, ...], tuple[tuple[str, str], ...]]:
    """Read the fields of the form on a page, and the comments pinned on it."""
    import pypdfium2.raw as raw

    fields, notes = [], []
    for k in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_NOTES)):
        item = raw.FPDFPage_GetAnnot(page, k)
        kind = raw.FPDFAnnot_GetSubtype(item)
        if kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP) or (
            raw.FPDFAnnot_GetFlags(item) & raw.FPDF_ANNOT_FLAG_HIDDEN
        ):
            pass
        elif kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT):
            name, value = _read_field(form, item, kind)
            if value:
                rect = raw.FS_RECTF()
                raw.FPDFAnnot_GetRect(item, rect)
                box = _bound(rect.left), _bound(rect.bottom), _bound(rect.right), _bound(rect.top)
                left, bottom, right, top = _turn_box(box, turns)
                fields.append(Field(name, value, left, right, bottom, top))
        elif contents := _ask(raw.FPDFAnnot_GetStringValue, item, b"Contents"):
            notes.append((_ask(raw.FPDFAnnot_GetStringValue, item, b"T"), contents))
        raw.FPDFPage_CloseAnnot(item)
    return tuple(fields), tuple(notes)


def _read_field(form: Any, item: Any, kind: int) -> tuple[str, str]:  # noqa: ANN401
    """Return the name and the value of a field, or of what was typed on the page."""
    import pypdfium2.raw as raw

    if kind == raw.FPDF_ANNOT_FREETEXT:
        return "", _ask(raw.FPDFAnnot_GetStringValue, item, b"Contents")
    if form is None:
        return "", ""
    name = _ask(raw.FPDFAnnot_GetFormFieldAlternateName, form, item)
    sort = raw.FPDFAnnot_GetFormFieldType(form, item)
    if sort in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        return name, TICKED if raw.FPDFAnnot_IsChecked(form, item) else UNTICKED
    if sort in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        count = min(raw.FPDFAnnot_GetOptionCount(form, item), _MAX_OBJECTS)
        chosen = [
            _ask(raw.FPDFAnnot_GetOptionLabel, form, item, k)
            for k in range(count)
            if raw.FPDFAnnot_IsOptionSelected(form, item, k)
        ]
        if chosen:
            return name, ", ".join(chosen)
    elif sort != raw.FPDF_FORMFIELD_TEXTFIELD:
        return "", ""
    return name, _ask(raw.FPDFAnnot_GetFormFieldValue, form, item)


def _ask(function: Any, *arguments: Any) -> str:  # noqa: ANN401
    """Ask PDFium for a text, first for its length."""
    length = min(function(*arguments, None, 0), _MAX_BYTES)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    function(*arguments, buffer, length)
    return bytes(buffer).decode("utf-16-le", "ignore").partition("\0")[0].strip()
