"""Lines with their places on pages → paragraphs, with the place of each page in the text.

Words cut at the end of a line are joined, and lines that run on make one paragraph. The order is
that of the lines given. Knows nothing about PDF.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.readers.pdfium import Line, Page

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
        if line.size <= _LARGER * self.size or line.kind in ("row", "aside"):
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


# ---------------------------------------------------------------------------------- lines

# Pieces whose bases are nearer than this, in sizes, stand on one line; a gap of more is a space.
LEVEL = 0.3
_SPACE = 0.15
_FULL_END = re.compile(r"[.!?:;…][»”\")\]\u00a0\u202f ]*$")
_SENTENCE_END = re.compile(r"[.!?…][»”\")\]\u00a0\u202f ]*$")
# Lines of prose stand so near, in sizes; so many of them begin within a sentence, and no more break
# off where the next word had room.
_PROSE_STEP, _PROSE_RUNS, _PROSE_BREAKS = 2.0, 0.3, 0.3
# A column of prose is no narrower, in sizes.
_PROSE_WIDTH = 9


def find_rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Group the pieces that stand on one line, from the top, and each from the left."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.baseline):
        if rows and rows[-1][0].baseline - line.baseline < LEVEL * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.left)
    return rows


def join_row(row: Sequence[Line]) -> Line:
    """Join the pieces of one line."""
    if len(row) == 1:
        return row[0]
    text = row[0].text
    for before, line in zip(row, row[1:], strict=False):
        apart = max(line.left - before.right, abs(line.baseline - before.baseline))
        text += (" " if apart > _SPACE * line.size else "") + line.text
    longest = max(row, key=lambda line: len(line.text))
    return replace(longest, text=text, left=row[0].left, right=max(line.right for line in row))


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with a text."""
    return bool(_SENTENCE_END.search(text))


def has_room(line: Line, following: Line, margin: float) -> bool:
    """Whether the first word of the next line could have stood on this one."""
    width = (following.right - following.left) / len(following.text)
    word = len(following.text.split(" ")[0]) + 1
    return line.right + word * width < margin


def is_prose(pieces: Sequence[Line]) -> bool:
    """Whether the lines of one column run on, one under the other."""
    lines = [join_row(row) for row in find_rows(pieces)]
    margin = max(line.right for line in lines)
    if margin - min(line.left for line in lines) < _PROSE_WIDTH * lines[0].size:
        return False
    pairs = runs = breaks = 0
    for above, line in zip(lines, lines[1:], strict=False):
        if not (0.5 < _step(above, line) < _PROSE_STEP and _same_size(above, line)):
            continue
        pairs += 1
        roomy, lower = has_room(above, line, margin), line.text[0].islower()
        runs += lower and not roomy and not ends_sentence(above.text)
        breaks += roomy and not _FULL_END.search(above.text) and not _starts_item(line.text)
    return runs > 0 and runs >= _PROSE_RUNS * pairs and breaks <= _PROSE_BREAKS * pairs


# ----------------------------------------------------------------------------------- paragraphs

# A step longer than this times the usual one starts a paragraph, and so does a line set in by this
# many sizes.
_LONG_STEP = 1.25
_INDENT = 0.7
# Code and addresses are narrower than so many sizes, columns of prose are wider.
_NARROW = 20
# The lines of a narrow column go as far as this share of its width, or end a paragraph.
_FILLED = 0.7
# Lines begin at the same place, in points, when they are in one column of the page or set in.
_COLUMN = 18.0
_LONGEST_HEADING = 200
# Fonts of symbols put their bullets among the private characters.
_BULLET = re.compile("(?:[•◦▪‣●○■□◆➢➤✓✔\ue000-\uf8ff]|[·–—-](?= ))[ \u00a0]*(?=.)")
_NUMBER = re.compile(
    r"(?:\d{1,2}|[a-z])[.)] |\d{1,2}(?:\.\d{1,2})+\.? (?=\D)|\d{1,2}° |[IVX]{1,5}(?:\.| [-–—]) "
    # « Article 3 – Durée », « ARTICLE 1er », not « Article 3 du code ».
    r"|(?:Article|ARTICLE|Art\.) (?:\d[\d.-]*(?:er)?|[IVX]+|premier|PREMIER) ?(?:[-–—:]|\.? ?$)"
)
# What leads from a title to its page; a page with three is a table of contents.
_LEADER = re.compile(r"(?<![.…])(?<![.…] )(?:(?: ?\.){5,}+|(?: ?…){2,}+)[ .…]*+(?=[^\s.…])")
_CONTENTS, _MOST_ENTRIES = 3, 0.7
_LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line on the page of that index.

    ``margin`` is how far right the lines around it go; ``in_column``: they are those of a narrow
    column of prose; ``is_row``: it is a sentence made of one of
    a table; ``is_entry``: it is one of a table of contents, with its page.
    """

    page: int
    line: Line
    margin: float
    in_column: bool
    is_row: bool
    is_entry: bool

    @property
    def text(self) -> str:
        return " … ".join(_split_leader(self.line.text))

    @property
    def ends(self) -> bool:
        """Whether a sentence, or what is no sentence, ends with the line."""
        return self.is_row or self.is_entry or bool(_FULL_END.search(self.line.text))

    @property
    def is_cut(self) -> bool:
        """Whether a word goes on on the next line."""
        return not self.is_row and bool(_CUT.search(self.line.text))

    @property
    def goes_far(self) -> bool:
        """Whether the line goes as far as one that runs on may, where none reaches the margin."""
        return self.line.right > self.line.left + _FILLED * (self.margin - self.line.left)

    def has_room_for(self, following: _Placed) -> bool:
        """Whether the first word of the next line could have stood on this one."""
        return has_room(self.line, following.line, self.margin)


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
        The text, headings and items marked as in Markdown; and for each page the offset where it
        starts. The second half of a word cut between two pages is on the second one.
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
                kept, separator = join_lines(parts[-1], text, words)
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
        return text
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
    of the page that begin at the same place.
    """
    contents = lists_pages(page.lines)
    runs: list[list[Line]] = []
    for line in page.lines:
        if runs and _is_below(runs[-1][-1], line, measure):
            runs[-1].append(line)
        else:
            runs.append([line])
    columns: dict[tuple[float, int], list[Line]] = {}
    for line in page.lines:
        columns.setdefault((_round(line.size), round(line.left / _COLUMN)), []).append(line)
    margins = {place: _find_margin(place, columns) for place in columns}
    for run in runs:
        left, margin = min(line.left for line in run), max(line.right for line in run)
        in_column = False
        if len(run) < 3 or margin - left < _NARROW * run[0].size:
            around, prose = margins[_round(run[0].size), round(left / _COLUMN)]
            margin = max(margin, around)
            in_column = prose and margin - left < _NARROW * run[0].size
        for line in run:
            if not contents and line.kind != "row":
                line = _write_leader(line)
            is_entry = contents and line.text[-1].isdecimal()
            yield _Placed(number, line, margin, in_column, line.kind == "row", is_entry)


def _find_margin(
    place: tuple[float, int], columns: Mapping[tuple[float, int], Sequence[Line]]
) -> tuple[float, bool]:
    """Find how far right the lines go that begin at one place, and whether they run on."""
    size, at = place
    lines = [line for k in (-1, 0, 1) for line in columns.get((size, at + k), ())]
    margin = max(line.right for line in lines)
    if is_prose(lines):
        return margin, True
    return max(margin, min(line.left for line in lines) + _NARROW * size), False


def lists_pages(lines: Iterable[Line]) -> bool:
    """Whether what dots lead to are pages in order: those of a table of contents."""
    ends = [parts[-1] for line in lines if len(parts := _split_leader(line.text)) > 1]
    pages = [int(page[0]) for end in ends if (page := re.match(r"\d{1,5}(?![\d.,/%])", end))]
    return len(pages) >= max(_CONTENTS, _MOST_ENTRIES * len(ends)) and pages == sorted(pages)


def _split_leader(text: str) -> list[str]:
    # Few lines have dots enough, and all are asked.
    return _LEADER.split(text) if text.count(".") > 4 or "…" in text else [text]


def _write_leader(line: Line) -> Line:
    """Write what dots part as a label and its value."""
    label, *values = _split_leader(line.text)
    if len(values) != 1 or len(values[0]) > _LONGEST_VALUE or values[0][0].islower():
        return line
    row = f"{label.rstrip(' :')} : {values[0]}" if label else values[0]
    return replace(line, text=row if _FULL_END.search(row) else row + ".", kind="row")


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
            rows = found[-1].last.is_row and placed.is_row
            found.append(_Paragraph([placed], apart=not below and not rows))
    return found


def _runs_on(paragraph: _Paragraph, placed: _Placed, measure: Measure) -> bool:
    """Whether the line just below a paragraph continues it."""
    above, in_item = paragraph.last, _starts_item(paragraph.first.text)
    if placed.is_row or above.is_row or above.is_entry:
        return False
    if above.is_cut or (placed.is_entry and not above.ends and above.goes_far):
        return True
    if _starts_item(placed.text) and (above.ends or in_item):
        return False
    if above.ends:
        indent = (placed.line.left - above.line.left) / max(placed.line.size, 1.0)
        if (indent > _INDENT and not in_item) or (indent < -_INDENT and len(paragraph.lines) > 1):
            return False
    elif placed.text[0].islower() or (above.in_column and above.goes_far):
        return True
    return not above.has_room_for(placed)


def _leaps(paragraph: _Paragraph, placed: _Placed, measure: Measure) -> bool:
    """Whether a line continues a paragraph across an end of column or page, or a figure."""
    above = paragraph.last
    if not _same_size(above.line, placed.line) or measure.find_level(above.line):
        return False
    if placed.is_row or above.is_row or above.is_entry:
        return False
    step = _step(above.line, placed.line) if above.page == placed.page else -1.0
    if abs(step) < 0.5 or _starts_item(placed.text):
        return False
    full, lower = not above.has_room_for(placed), placed.text[0].islower()
    if above.ends:
        return step < 0 and full and lower and not ends_sentence(above.text)
    if step > 0:
        return full and lower
    return full or lower or above.is_cut


def _starts_item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


# ------------------------------------------------------------------------------------ cut words

_CUT = re.compile(r"(?<=[^\W_])[-‐]$")
_CUT_ADDRESS = re.compile(r"\w://\S*[/?&=]$")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
# Before or after these, the hyphen is the word's own: « peut-être », « vis-à-vis », « a-t-il ».
_KEEP_AFTER = frozenset(
    "à t ex non peut quasi demi mi semi celui celle ceux celles vingt trente quarante cinquante "
    "soixante quatre là vis lui eux elle elles moi toi soi nous vous après avant arrière grand "
    "grands chef nord sud plus moins quelques".split()
)
_KEEP_BEFORE = re.compile(r"(?:t-(?:il|elle|on)s?|ils?|nous|vous|là|ci|mêmes?)(?!\w)|à(?!\w)")

_AFTER_IMPERATIVE = frozenset("le la les leur lui moi en y".split())


def _count_words(pages: Sequence[Page]) -> Counter[str]:
    """Count the words that no end of line cuts, in lower case."""
    words: Counter[str] = Counter()
    for page in pages:
        for line in page.lines:
            words.update(word.lower() for word in _WORD.findall(line.text)[1:-1])
    return words


def join_lines(before: str, after: str, words: Counter[str]) -> tuple[str, str]:
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
    if not after[0].islower() or before[-2].isdecimal():
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
