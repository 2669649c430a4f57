"""The automatic numbers of Word: « Article 3 – », « 2.1 », « b) », which no text holds.

Counts as ISO/IEC 29500-1, 17.9 says: lists made from the same definition share their counters, a
level starts again after a higher one, and a list that sets its start does so once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.readers.ooxml import Styles, W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element

_MOST_LEVELS = 9
_LONGEST_LABEL = 100
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class Number:
    """What Word writes before a paragraph: ``label``, empty for a bullet; and how deep it is."""

    label: str
    level: int


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    restart: int | None
    legal: bool
    hidden: bool
    style: str


class Numbering:
    """Gives the paragraphs of a document their numbers, in order."""

    def __init__(self, root: _Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists = _by_id(root, "num", "numId")
        self._abstract = _by_id(root, "abstractNum", "abstractNumId")
        self._levels: dict[str, tuple[str, dict[int, _Level]]] = {}
        self._counters: dict[str, dict[int, int]] = {}
        # The starts that lists set and have not yet used.
        self._starts: dict[str, dict[int, int]] = {}

    def count(self, paragraph: _Element) -> Number | None:
        """Count a paragraph, and return its number; None when it has none."""
        style = self._styles.of_paragraph(paragraph)
        number = value(paragraph, "pPr/numPr/numId")
        number = number or value(self._styles.find(style, "pPr/numPr/numId"))
        definition, levels = self._find(number)
        if not levels:
            return None
        depth = value(paragraph, "pPr/numPr/ilvl")
        if not depth:
            linked = (str(at) for at, level in levels.items() if level.style == style)
            depth = next(linked, value(self._styles.find(style, "pPr/numPr/ilvl")))
        at = int(depth) if depth.isdecimal() else 0
        level = levels.get(at)
        if level is None:
            return None
        counters = self._step(number, definition, levels, at)
        if level.format == "bullet":
            return Number("", at)
        label = "" if level.hidden else _write(level, levels, counters)
        return Number(label, at) if 0 < len(label) <= _LONGEST_LABEL else None

    def _find(
        self, number: str, seen: frozenset[str] = frozenset()
    ) -> tuple[str, dict[int, _Level]]:
        """Return the definition that a list is made from, and the levels of the list."""
        if number in self._levels:
            return self._levels[number]
        element = self._lists.get(number)
        if element is None or number in seen:
            return "", {}
        definition = value(element, "abstractNumId")
        abstract = self._abstract.get(definition)
        linked = value(abstract, "numStyleLink")
        if linked:
            behind = value(self._styles.find(linked, "pPr/numPr/numId"))
            definition, levels = self._find(behind, seen | {number})
        else:
            levels = {} if abstract is None else _read_levels(abstract)
        replaced = {
            at: level
            for override in element.findall(f"{W}lvlOverride")
            for at, level in _read_levels(override).items()
        }
        self._levels[number] = definition, {**levels, **replaced}
        return self._levels[number]

    def _step(
        self, number: str, definition: str, levels: dict[int, _Level], at: int
    ) -> dict[int, int]:
        """Advance the counter of a level, and have those below it start again."""
        counters = self._counters.setdefault(definition, {})
        if number not in self._starts:
            self._starts[number] = _read_starts(self._lists[number])
        starts = self._starts[number]
        if at in starts:
            counters[at] = starts.pop(at)
        else:
            counters[at] = counters[at] + 1 if at in counters else levels[at].start
        for below in [below for below in counters if below > at]:
            restart = levels[below].restart if below in levels else None
            if restart is None or at < restart:
                del counters[below]
        return counters


def _by_id(root: _Element | None, tag: str, attribute: str) -> dict[str, _Element]:
    found = [] if root is None else root.findall(f"{W}{tag}")
    return {element.get(f"{W}{attribute}") or "": element for element in found}


def _read_levels(element: _Element) -> dict[int, _Level]:
    """Read the levels of a definition; some programs do not number them."""
    levels: dict[int, _Level] = {}
    for place, level in enumerate(element.findall(f"{W}lvl")[:_MOST_LEVELS]):
        at = level.get(f"{W}ilvl") or ""
        formats = [value(found) for found in level.iter(f"{W}numFmt")]
        start, restart = value(level, "start"), value(level, "lvlRestart")
        levels[int(at) if at.isdecimal() else place] = _Level(
            # A format of later versions comes with one that earlier ones know, behind it.
            format=formats[-1] if formats else "decimal",
            text=value(level, "lvlText"),
            # Word never leaves it out; the programs that do count from one.
            start=int(start) if start.isdecimal() else 1,
            restart=int(restart) if restart.isdecimal() else None,
            legal=is_on(level.find(f"{W}isLgl")),
            hidden=is_on(level.find(f"{W}rPr/{W}vanish")),
            style=value(level, "pStyle"),
        )
    return levels


def _read_starts(element: _Element) -> dict[int, int]:
    """Return the numbers that a list sets for the starts of its levels."""
    return {
        int(at): int(start)
        for override in element.findall(f"{W}lvlOverride")
        if (at := override.get(f"{W}ilvl") or "").isdecimal()
        and (start := value(override, "startOverride")).isdecimal()
    }


def _write(level: _Level, levels: dict[int, _Level], counters: dict[int, int]) -> str:
    def write(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        other = levels.get(at)
        if other is None or other.format == "bullet":
            return ""
        return write_count(
            counters.get(at, other.start), "decimal" if level.legal else other.format
        )

    return re.sub(r"%([1-9])", write, level.text).strip()


def write_count(count: int, kind: str) -> str:
    """Write a number in one of the formats of ISO/IEC 29500-1, 17.18.59; others as figures."""
    if kind == "none":
        return ""
    if kind == "decimalZero":
        return f"{count:02}"
    if kind in ("ordinal", "ordinalText"):
        return "1er" if count == 1 else f"{count}e"
    if kind in ("lowerLetter", "upperLetter") and 0 < count <= 26 * 30:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        roman = _write_roman(count)
        return roman.upper() if kind == "upperRoman" else roman
    return str(count)


def _write_roman(count: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        written += letters * (count // worth)
        count %= worth
    return written
