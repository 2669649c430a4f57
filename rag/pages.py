"""The page of a PDF that a quotation stands on: where its words are, and its picture.

It is looked for when it is to be shown, in the file that the article was read from: what the
reader made of the page, the index keeps. Letters are compared, not words: neither a word cut at the
end of a line, a ligature nor the order of two columns keeps a quotation from being found.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from difflib import Match, SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import RagError, UnreadableFile
from rag.readers.pdfium import Box, Shown, show_pages
from rag.readers.scans import find_scan, hash_file
from rag.readers.text import find_suffix
from rag.types import Article

if TYPE_CHECKING:
    from rag.collection import Collection

# Pixels: a page is read at twice the width of the panel.
_WIDTH = 1000
# What is looked through when nobody knows the page, and shown of a quotation over several.
_MOST_SEARCHED, _MOST_SHOWN = 300, 3
# So many letters in a row are found anywhere on the page; a word alone no more words away from
# others, and not one as short as « de ».
_LEAST, _NEAR, _LITTLE = 8, 10, 2
# A row has so many letters of what is quoted, and this share of its own.
_LEAST_ROW, _ROW_SHARE = 5, 0.8
_MOST_LETTERS = 2000
# Letters that tell a page from others.
_SAMPLE = 20
# Red, green, blue and opacity of what is laid over the words.
_INK = (242, 183, 5, 96)
# « archive.zip#rapport.pdf »: the file is within another.
_WITHIN = re.compile(r"\.[a-z]\w+#", re.IGNORECASE)

Piece = tuple[int, str]
"""The number of a page, 0 when it is not known, and what is quoted of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where what is quoted of one page is, a box a line."""

    page: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page drawn with the words quoted marked, as PNG."""

    place: Place
    png: bytes


def has_pages(article: Article) -> bool:
    """Whether the pages of an article can be shown: it is a PDF that stands in no other file."""
    paged = bool(article.pages) or find_suffix(Path(article.id)) == ".pdf"
    return paged and not _WITHIN.search(article.id)


def cut_by_page(article: Article, start: int, end: int) -> tuple[Piece, ...]:
    """Cut a quotation of an article where its pages change."""
    text = article.text
    first, last = article.find_page(start), article.find_page(end - 1)
    if first is None or last is None:
        return ((0, text[start:end]),)
    edges = [*article.pages, len(text)]
    pieces = (
        (page, text[max(start, edges[page - 1]) : min(end, edges[page])])
        for page in range(first, last + 1)
    )
    held = tuple(piece for piece in pieces if piece[1].strip())
    return held[:_MOST_SHOWN] or ((first, ""),)


def find_boxes(file: Path, pieces: Sequence[Piece], scans: Path | None = None) -> tuple[Place, ...]:
    """Find the boxes of what is quoted of a PDF, page by page.

    Parameters
    ----------
    scans
        The folder where what was recognised of its pages is kept.

    Raises
    ------
    UnreadableFile
        When the pages can't be shown.
    """
    return tuple(_place(shown, quoted) for shown, quoted in _show(file, pieces, 0, scans))


def find_places(
    collection: Collection, article: Article, start: int, end: int
) -> tuple[Place, ...]:
    """Find what is quoted of an article on the pages of its file; nothing when it is gone."""
    file = collection.find_file(article.id)
    try:
        pieces = cut_by_page(article, start, end)
        return find_boxes(file, pieces, collection.scans) if file else ()
    except RagError:
        return ()


def draw_pages(
    file: Path, pieces: Sequence[Piece], scans: Path | None = None
) -> tuple[Picture, ...]:
    """Draw the pages that are quoted of a PDF, with what is quoted marked.

    Parameters
    ----------
    scans
        See ``find_boxes``.

    Raises
    ------
    UnreadableFile
        When the pages can't be shown.
    """
    if not pieces[0][0]:
        pieces = [(shown.number, quoted) for shown, quoted in _show(file, pieces, 0, scans)]
    return tuple(_draw(shown, quoted) for shown, quoted in _show(file, pieces, _WIDTH, scans))


def _show(
    file: Path, pieces: Sequence[Piece], width: int, scans: Path | None
) -> list[tuple[Shown, str]]:
    """Show the page of each piece, or search the one that has it."""
    known = pieces[0][0] > 0
    numbers = [page for page, _ in pieces] if known else range(1, _MOST_SEARCHED + 1)
    shown = {page.number: page for page in show_pages(file, numbers, width)}
    if scans is not None and any(scans.glob(f"{(name := hash_file(file))}-*")):
        for number, page in shown.items():
            scan = find_scan(scans, name, number)
            if scan is not None and scan.words:
                shown[number] = replace(page, words=scan.places)
    if not shown:
        raise UnreadableFile("elle est illisible, ou demande trop de temps ou de mémoire")
    if known:
        return [(shown[page], quoted) for page, quoted in pieces if page in shown]
    quoted = pieces[0][1]
    return [(max(shown.values(), key=lambda page: _count_samples(page, quoted)), quoted)]


def _count_samples(shown: Shown, quoted: str) -> int:
    wanted, held = ("".join(_spell(words)) for words in ([quoted], (w for w, *_ in shown.words)))
    return sum(wanted[k : k + _SAMPLE] in held for k in range(0, len(wanted), _SAMPLE))


def _draw(shown: Shown, quoted: str) -> Picture:
    from PIL import Image, ImageDraw

    place = _place(shown, quoted)
    picture = Image.frombytes("RGB", shown.size, shown.pixels)
    pen = ImageDraw.Draw(picture, "RGBA")
    width, height = shown.size
    for left, top, right, bottom in place.boxes:
        pen.rectangle((left * width, top * height, right * width, bottom * height), fill=_INK)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return Picture(place, written.getvalue())


def _place(shown: Shown, quoted: str) -> Place:
    kept = _find_words(quoted, shown)
    boxes: list[Box] = []
    for k in sorted(kept):
        _, line, box = shown.words[k]
        if k - 1 in kept and shown.words[k - 1][1] == line:
            left, top, right, bottom = boxes.pop()
            box = min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3])
        boxes.append(box)
    return Place(shown.number, tuple(boxes))


def _find_words(quoted: str, shown: Shown) -> set[int]:
    """Return which words of a page are those of a quotation."""
    wanted, held = _spell(quoted.split()), _spell(text for text, *_ in shown.words)
    blocks = _align("".join(wanted)[:_MOST_LETTERS], "".join(held))
    said = _pick(wanted, {block.a + k for block in blocks for k in range(block.size)})
    kept = _pick(held, {block.b + k for block in blocks for k in range(block.size)})
    left = [word for k, word in enumerate(wanted) if word and k not in said]
    kept |= _find_row(left, held, [line for _, line, _ in shown.words])
    for word in (word for word in left if len(word) > _LITTLE or word.isdigit()):
        near = [
            (min(abs(k - other) for other in kept), k)
            for k, text in enumerate(held)
            if text == word and k not in kept and kept
        ]
        if near and min(near)[0] <= _NEAR:
            kept.add(min(near)[1])
    # Signs alone are quoted with the words on both sides.
    return kept | {k for k, text in enumerate(held) if not text and k - 1 in kept and k + 1 in kept}


def _find_row(left: Sequence[str], held: Sequence[str], lines: Sequence[int]) -> set[int]:
    """Find the line made of what is left of a quotation: a row of a table, far from its heads."""
    all_of, left_of = Counter[int](), Counter[int]()
    for text, line in zip(held, lines, strict=True):
        all_of[line] += len(text)
        left_of[line] += len(text) if text in left else 0
    rows = [line for line in left_of if left_of[line] >= _ROW_SHARE * all_of[line]]
    best = max(rows, key=lambda line: left_of[line], default=-1)
    if left_of[best] < _LEAST_ROW:
        return set()
    return {k for k, line in enumerate(lines) if line == best and held[k] in left}


def _align(wanted: str, held: str) -> list[Match]:
    """Match the letters of a quotation with those of a page, in whatever order it has them.

    The longest run first, then those on both sides of it (J. W. Ratcliff and D. E. Metzener,
    « Pattern Matching: The Gestalt Approach », 1988), but each looked for on the whole page.
    """
    matcher = SequenceMatcher(None, wanted, held, autojunk=False)
    found: list[Match] = []
    waiting = [(0, len(wanted))]
    while waiting:
        low, high = waiting.pop()
        block = matcher.find_longest_match(low, high, 0, len(held))
        if block.size and block.size >= min(_LEAST, len(wanted)):
            found.append(block)
            waiting += [(low, block.a), (block.a + block.size, high)]
    return found


def _spell(words: Iterable[str]) -> list[str]:
    """Return the letters and the figures of each word, without case, accents and ligatures."""
    return [
        "".join(c for c in unicodedata.normalize("NFKD", word).casefold() if c.isalnum())
        for word in words
    ]


def _pick(words: Sequence[str], letters: AbstractSet[int]) -> set[int]:
    """Return the words that have most of their letters among those, counted through all words."""
    picked, start = set(), 0
    for k, word in enumerate(words):
        end = start + len(word)
        if 2 * len(letters & set(range(start, end))) > len(word):
            picked.add(k)
        start = end
    return picked
