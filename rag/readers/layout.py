"""Lines with their places on pages → paragraphs, with the place of each page in the text.

Running heads and page numbers go, words cut at the end of a line are joined, and lines that run on
make one paragraph. The order is the one in which the lines were drawn, which is that of reading in
what word processors and TeX write, columns included. Knows nothing about PDF.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.readers.pdfium import WIDE, Line, Page

# ------------------------------------------------------------------------------------- measures

# A font larger than this times that of the text is a heading's, a smaller one a note's.
_LARGER = 1.15
_SMALLER = 0.93
_SAME_SIZE = 0.08


@dataclass(frozen=True, slots=True)
class Measure:
    """What is usual in a document.

    ``size`` is that of the font of most characters, in points; ``step`` the distance between two
    lines of a paragraph, in sizes; ``largest`` the two largest sizes, if they are larger.
    """

    size: float
    step: float
    largest: tuple[float, ...]

    def find_level(self, line: Line) -> int:
        """Return the level of a heading, from 1 to 3, and 0 for other lines."""
        if line.size <= _LARGER * self.size:
            return 0
        size = _round(line.size)
        return self.largest.index(size) + 1 if size in self.largest else 3


def measure_pages(pages: Sequence[Page]) -> Measure:
    """Measure the fonts and the lines of a document."""
    sizes: Counter[float] = Counter()
    steps: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[_round(line.size)] += len(line.text)
        for above, line in zip(page.lines, page.lines[1:], strict=False):
            step = _step(above, line)
            if _same_size(above, line) and 0.8 < step < 3:
                steps[round(step, 1)] += 1
    size = max(sizes, key=lambda size: sizes[size], default=0.0)
    larger = sorted((s for s in sizes if s > _LARGER * size), reverse=True)
    step = max(steps, key=lambda step: (steps[step], -step), default=1.2)
    return Measure(size, step, tuple(larger[:2]))


def _round(size: float) -> float:
    return round(2 * size) / 2


def _step(above: Line, line: Line) -> float:
    """How far down the page a line is from the one before, in sizes; negative when above it."""
    return (above.baseline - line.baseline) / max(line.size, 1.0)


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


# ----------------------------------------------------------------------------- pieces of lines

# A gap of more sizes than this is a space.
_SPACE = 0.15
_LONGEST_LINE = 1000


def join_pieces(page: Page) -> Page:
    """Join the pieces of a line that were drawn one after the other: a bullet and its text, say."""
    joined: list[Line] = []
    for line in page.lines:
        gap = (line.left - joined[-1].right) / max(line.size, 1.0) if joined else -1.0
        beside = -_SPACE < gap < 3 and abs(_step(joined[-1], line)) < 0.3
        if beside and len(joined[-1].text) < _LONGEST_LINE:
            before = joined.pop()
            space = "\t" if gap > WIDE else " " if gap > _SPACE else ""
            larger = max(before, line, key=lambda piece: len(piece.text))
            text = before.text + space + line.text
            line = replace(larger, text=text, left=before.left, right=line.right)
        joined.append(line)
    return replace(page, lines=tuple(joined))


# -------------------------------------------------------------------------------- running heads

# Lines that come back stand in one band, in points, on this share of the pages: left and right
# pages may have their own, and chapters begin without.
_BAND = 4.0
_REPEATED = 0.4
_MARGIN_LINES = 3
# From so many pages on, what stands apart in one band of nearly all is a running head, if it comes
# back now and then: the title of the section. That of a page, a card or a slide does not.
_ENOUGH_PAGES = 5
_NEARLY_ALL = 0.9
_APART = 1.5
_MOST_TITLES = 0.75
_ROMAN = re.compile(r"(?<!\w)[ivxlcdm]+(?!\w)")


def drop_running_heads(pages: Sequence[Page]) -> list[Page]:
    """Remove the headers, the footers and the page numbers.

    They are lines of the top or the bottom that come back in the same band of the page, the same
    but for their figures; or titles of sections, apart from the text and no larger.
    """
    filled = sum(bool(page.lines) for page in pages)
    counts = Counter(key for page in pages for key in {_key(line) for line in _margins(page)})
    needed = max(2 if filled < 4 else 3, _REPEATED * filled)
    repeated = {key for key, count in counts.items() if count >= needed}
    bands = _find_bands(pages, max(_ENOUGH_PAGES, needed))
    kept = [_drop(page, repeated, bands) for page in pages]
    return kept if any(page.lines for page in kept) else list(pages)


def _drop(page: Page, repeated: set[tuple[str, int]], bands: set[tuple[bool, int]]) -> Page:
    dropped = {id(line) for line in _margins(page) if _key(line) in repeated}
    for top in (True, False):
        outer, _ = _outer(page, top)
        if outer and (top, _band(outer)) in bands:
            dropped |= {id(line) for line in page.lines if _band(line) == _band(outer)}
    return replace(page, lines=tuple(line for line in page.lines if id(line) not in dropped))


def _margins(page: Page) -> list[Line]:
    """Return the lines nearest to the top and to the bottom of a page."""
    ordered = sorted(page.lines, key=lambda line: line.baseline)
    return ordered[:_MARGIN_LINES] + ordered[_MARGIN_LINES:][-_MARGIN_LINES:]


def _outer(page: Page, top: bool) -> tuple[Line | None, Line | None]:
    """Return the line nearest to an edge of the page, and the next one that is in another band."""
    ordered = sorted(page.lines, key=lambda line: line.baseline, reverse=top)
    first = ordered[0] if ordered else None
    return first, next((line for line in ordered if _band(line) != _band(ordered[0])), None)


def _find_bands(pages: Sequence[Page], needed: float) -> set[tuple[bool, int]]:
    """Find the bands, at the top (True) or the bottom, where the outer lines stand apart."""
    measure = measure_pages(pages)
    titles: dict[tuple[bool, int], list[str]] = {}
    apart: Counter[tuple[bool, int]] = Counter()
    for page in pages:
        for top in (True, False):
            outer, following = _outer(page, top)
            if outer is None or following is None:
                continue
            band = top, _band(outer)
            titles.setdefault(band, []).append(_key(outer)[0])
            distance = abs(outer.baseline - following.baseline)
            is_apart = distance > _APART * measure.step * measure.size
            apart[band] += is_apart and not measure.find_level(outer)
    return {
        band
        for band, found in titles.items()
        if len(found) >= needed
        and apart[band] >= _NEARLY_ALL * len(found)
        and len(set(found)) <= _MOST_TITLES * len(found)
    }


def _key(line: Line) -> tuple[str, int]:
    return _ROMAN.sub("0", re.sub(r"\d+", "0", line.text.lower())), _band(line)


def _band(line: Line) -> int:
    return round(line.baseline / _BAND)


# ----------------------------------------------------------------------------------- paragraphs

# A step longer than this times the usual one starts a paragraph, and so does a line set in by this
# many sizes.
_LONG_STEP = 1.25
_INDENT = 0.7
# Code and addresses are narrower than so many sizes, columns of prose are wider.
_NARROW = 20
# Lines begin at the same place, in points, when they are in one column of the page or set in.
_COLUMN = 18.0
_LONGEST_HEADING = 200
# Fonts of symbols put their bullets among the private characters.
_BULLET = re.compile("(?:[•◦▪‣●○■□◆➢➤✓✔\ue000-\uf8ff]|[·–—-](?= ))[ \u00a0]*(?=.)")
_NUMBER = re.compile(r"(?:\d{1,2}|[a-z])[.)] ")
_FULL_END = re.compile(r"[.!?:;…][»”\")\]\u00a0\u202f ]*$")
# What leads from a title to its page; a page with three is a table of contents.
_LEADER = re.compile(r"(?<!\.)(?<!\.[ \t])(?:[ \t]?\.){4,}+[ \t]*+(?=\d)")
_CONTENTS = 3


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line on the page of that index.

    ``margin`` is how far right the lines around it go; ``is_row``: it is one of a table, with tabs
    between its cells; ``is_entry``: it is one of a table of contents, with its page.
    """

    page: int
    line: Line
    margin: float
    is_row: bool
    is_entry: bool

    @property
    def text(self) -> str:
        if self.is_row:
            return self.line.text
        return _LEADER.sub(" … ", self.line.text).replace("\t", " ")

    @property
    def ends(self) -> bool:
        """Whether a sentence, or what is no sentence, ends with the line."""
        return self.is_row or self.is_entry or bool(_FULL_END.search(self.line.text))

    def has_room_for(self, following: _Placed) -> bool:
        """Whether the first word of the next line could have stood on this one."""
        width = (following.line.right - following.line.left) / len(following.text)
        word = len(following.text.split(" ")[0]) + 1
        return self.line.right + word * width < self.margin


@dataclass(slots=True)
class _Paragraph:
    """Lines that run on, or one heading, item or row; ``apart``: a space is above them."""

    lines: list[_Placed]
    apart: bool

    @property
    def first(self) -> _Placed:
        return self.lines[0]

    @property
    def last(self) -> _Placed:
        return self.lines[-1]


def lay_out(pages: Sequence[Page]) -> tuple[str, tuple[int, ...]]:
    """Write the text of the pages of one document.

    Returns
    -------
    tuple[str, tuple[int, ...]]
        The text, headings and items marked as in Markdown, the cells of a row between semicolons;
        and for each page the offset where it starts. The second half of a word cut between two
        pages is on the second one.
    """
    measure = measure_pages(pages)
    words = _count_words(pages)
    starts: dict[int, int] = {}
    parts: list[str] = []
    length = 0
    for paragraph in _join_pages(pages, measure):
        separator = ("\n\n" if paragraph.apart else "\n") if parts else ""
        for number, placed in enumerate(paragraph.lines):
            text = placed.text if number else _mark(paragraph, measure)
            if number:
                kept, separator = _join_lines(parts[-1], text, words)
                length += len(kept) - len(parts[-1])
                parts[-1] = kept
            starts.setdefault(placed.page, length + len(separator))
            parts += [separator, text]
            length += len(separator) + len(text)
    following = length
    for page in reversed(range(len(pages))):
        following = starts.setdefault(page, following)
    return "".join(parts), tuple(starts[page] for page in range(len(pages)))


def _mark(paragraph: _Paragraph, measure: Measure) -> str:
    """Write the first line of a paragraph, with the signs of a heading, an item or a row."""
    text = paragraph.first.text
    if paragraph.first.is_row:
        row = " ; ".join(text.split("\t"))
        return row if _FULL_END.search(row) else row + "."
    bullet = _BULLET.match(text)
    if bullet:
        return "- " + text[bullet.end() :]
    level = measure.find_level(paragraph.first.line)
    length = sum(len(placed.text) for placed in paragraph.lines)
    return "#" * level + " " + text if level and length <= _LONGEST_HEADING else text


def _join_pages(pages: Sequence[Page], measure: Measure) -> list[_Paragraph]:
    """Cut the pages into paragraphs; one that runs over an end of page goes after its notes."""
    joined: list[_Paragraph] = []
    for number, page in enumerate(pages):
        found = _group(list(_place(number, page, measure)), measure)
        open_one = _find_open(joined, measure)
        if open_one is not None and found and _leaps(joined[open_one], found[0].first, measure):
            paragraph = joined.pop(open_one)
            paragraph.lines += found.pop(0).lines
            joined.append(paragraph)
        joined += found
    return joined


def _find_open(paragraphs: Sequence[_Paragraph], measure: Measure) -> int | None:
    """Find the paragraph that the next page may continue: the last one but the notes."""
    for k in range(len(paragraphs) - 1, -1, -1):
        if paragraphs[k].first.page != paragraphs[-1].last.page:
            # One that began before can't go after the notes of the page where it ends.
            return k if k == len(paragraphs) - 1 else None
        if paragraphs[k].first.line.size >= _SMALLER * measure.size:
            return k
    return None


def _place(number: int, page: Page, measure: Measure) -> Iterator[_Placed]:
    """Tell of each line the right margin of its column, and whether it is a row or an entry.

    The margin is that of the lines just above and below when they are wide, else that of the lines
    of the page that begin at the same place. A row has three cells or more, or two like the line
    before or after.
    """
    contents = sum(bool(_LEADER.search(line.text)) for line in page.lines) >= _CONTENTS
    tabs = [0, *(line.text.count("\t") for line in page.lines), 0]
    rows = iter(
        [
            b > 1 or (b == 1 and b in (a, c))
            for a, b, c in zip(tabs, tabs[1:], tabs[2:], strict=False)
        ]
    )
    runs: list[list[Line]] = []
    for line in page.lines:
        if runs and _is_below(runs[-1][-1], line, measure):
            runs[-1].append(line)
        else:
            runs.append([line])
    columns: dict[tuple[float, int], float] = {}
    for line in page.lines:
        column = _round(line.size), round(line.left / _COLUMN)
        columns[column] = max(line.right, columns.get(column, 0.0))
    for run in runs:
        left, margin = min(line.left for line in run), max(line.right for line in run)
        narrow = _NARROW * run[0].size
        if len(run) < 3 or margin - left < narrow:
            size, place = _round(run[0].size), round(left / _COLUMN)
            near = (columns.get((size, place + k), 0.0) for k in (-1, 0, 1))
            margin = max(margin, left + narrow, *near)
        for line in run:
            is_entry = contents and line.text[-1].isdecimal()
            yield _Placed(number, line, margin, next(rows) and not is_entry, is_entry)


def _is_below(above: Line, line: Line, measure: Measure) -> bool:
    """Whether a line comes just below another, in the same column and font."""
    overlaps = line.left < above.right and above.left < line.right
    near = 0.5 < _step(above, line) <= _LONG_STEP * measure.step
    return overlaps and near and _same_size(above, line)


def _group(lines: list[_Placed], measure: Measure) -> list[_Paragraph]:
    """Group the lines of one page into paragraphs."""
    found: list[_Paragraph] = []
    for placed in lines:
        if not found:
            found.append(_Paragraph([placed], apart=True))
            continue
        below = _is_below(found[-1].last.line, placed.line, measure)
        continues = _runs_on if below else _leaps
        if continues(found[-1], placed, measure):
            found[-1].lines.append(placed)
        else:
            found.append(_Paragraph([placed], apart=not below))
    return found


def _runs_on(paragraph: _Paragraph, placed: _Placed, measure: Measure) -> bool:
    """Whether the line just below a paragraph continues it."""
    above, in_item = paragraph.last, _starts_item(paragraph.first.text)
    if placed.is_row or above.is_row or above.is_entry:
        return False
    if _starts_item(placed.text) and (above.ends or in_item):
        return False
    if above.ends:
        indent = (placed.line.left - above.line.left) / max(placed.line.size, 1.0)
        if (indent > _INDENT and not in_item) or (indent < -_INDENT and len(paragraph.lines) > 1):
            return False
    elif placed.text[0].islower():
        return True
    return not above.has_room_for(placed)


def _leaps(paragraph: _Paragraph, placed: _Placed, measure: Measure) -> bool:
    """Whether a line continues a paragraph across an end of column or page, or a figure."""
    above = paragraph.last
    if not _same_size(above.line, placed.line) or measure.find_level(above.line):
        return False
    if placed.is_row or above.ends or _starts_item(placed.text):
        return False
    full, lower = not above.has_room_for(placed), placed.text[0].islower()
    if above.page == placed.page and _step(above.line, placed.line) > 0:
        return full and lower
    return full or lower


def _starts_item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


# ------------------------------------------------------------------------------------ cut words

_CUT = re.compile(r"(?<=[^\W\d_])[-‐]$")
_CUT_ADDRESS = re.compile(r"\w://\S*[/?&=]$")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
# Before or after these, the hyphen is the word's own: « peut-être », « vis-à-vis », « a-t-il ».
_KEEP_AFTER = frozenset(
    "à t ex non peut quasi demi mi semi celui celle ceux celles vingt trente quarante cinquante "
    "soixante quatre là vis lui eux elle elles moi toi soi nous vous".split()
)
_KEEP_BEFORE = re.compile(r"(?:t-(?:il|elle|on)s?|ils?|nous|vous|là|ci|mêmes?)(?!\w)")

_AFTER_IMPERATIVE = frozenset("le la les leur lui moi en y".split())


def _count_words(pages: Sequence[Page]) -> Counter[str]:
    """Count the words that no end of line cuts, in lower case."""
    words: Counter[str] = Counter()
    for page in pages:
        for line in page.lines:
            words.update(word.lower() for word in _WORD.findall(line.text)[1:-1])
    return words


def _join_lines(before: str, after: str, words: Counter[str]) -> tuple[str, str]:
    """Return a line without the hyphen that the next one makes useless, and what joins them."""
    if _CUT_ADDRESS.search(before):
        return before, ""
    if not _CUT.search(before):
        return before, " "
    return (before if _keeps_hyphen(before, after, words) else before[:-1]), ""


def _keeps_hyphen(before: str, after: str, words: Counter[str]) -> bool:
    """Whether the hyphen between the end of a line and the next one belongs to the word.

    The document tells, where it has the word elsewhere; else the hyphen goes, except before a
    capital or a figure and in what French always writes with one.
    """
    if not after[0].islower():
        return True
    first, second = _WORD.findall(before)[-1].lower(), _WORD.findall(after)[0].lower()
    whole, hyphenated = words[first + second], words[f"{first}-{second}"]
    if whole != hyphenated:
        return hyphenated > whole
    return (
        re.split("[-‐]", first)[-1] in _KEEP_AFTER
        or bool(_KEEP_BEFORE.match(second))
        or (first.endswith("ez") and second in _AFTER_IMPERATIVE)
    )


# A hyphen after a letter or a figure, and the word that goes on below.
_CUT_BELOW = re.compile(r"(?<=[^\W_])[-‐]\n[ \t]*(?P<rest>\w\S*)(?:[ \t]+|\n|\Z)")
_LAST_WORD = re.compile(r"\w[\w‐-]*\Z")
_LONGEST_WORD = 60


def join_cut_words(text: str) -> str:
    """Join the words that the ends of the lines of a plain text cut; the lines stay as many."""
    lines = text.split("\n")
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line)[1:-1])

    def join(cut: re.Match[str]) -> str:
        found = _LAST_WORD.search(text, max(0, cut.start() - _LONGEST_WORD), cut.start())
        before, rest = found[0] if found else "", cut["rest"]
        if before.isupper() and rest.isupper() and len(before) > 1:  # in a title
            before, rest = before.lower(), rest.lower()
        keeps = not before[-1:].isalpha() or _keeps_hyphen(f"{before}-", rest, words)
        return f"{'-' if keeps else ''}{cut['rest']}\n"

    return _CUT_BELOW.sub(join, text)
