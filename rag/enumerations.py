"""The lists of an article, what announces each and its items, and its headings.

Works on the text of an article as the readers give it; knows nothing about questions or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.french import is_heading, split_sentences
from rag.types import Span

# A line of signs alone parts what stands above it from what stands below.
_ITEM = re.compile(r"[^\S\n]*(?P<mark>[-*•–—+]|\d{1,2}[.)])[^\S\n]+(?=\S)(?![-*•–—+\s]+$)")
_LINE = re.compile(r"[^\n]+")
_HEADING = re.compile(r"^#{1,6}[^\S\n]+(.+)$", re.MULTILINE)
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A list of an article.

    Attributes
    ----------
    lead
        The sentence or the heading that announces it, None when nothing does.
    items
        Its items, two at least, their marks included.
    ordered
        Whether they are numbered.
    """

    lead: Span | None
    items: tuple[Span, ...]
    ordered: bool

    @property
    def span(self) -> Span:
        """From what announces it to its last item."""
        first = self.lead or self.items[0]
        return Span(first.start, self.items[-1].end)


def find_enumerations(text: str) -> list[Enumeration]:
    """Find the lists of a text: lines that open with a sign or a number, one after another.

    A line without a sign right below an item goes on with it; a blank line parts nothing when
    another item follows.
    """
    found: list[Enumeration] = []
    lead: Span | None = None
    for lines, listed in _gather_blocks(text):
        if not listed:
            lead = _last_sentence(text, lines)
            continue
        marks = [match for line in lines if (match := _ITEM.match(text, line.start))]
        if len(lines) >= _FEWEST:
            ordered = all(match["mark"][0].isdigit() for match in marks)
            found.append(Enumeration(lead, tuple(lines), ordered))
        lead = None
    return found


def find_heading(text: str, offset: int) -> str:
    """Return the heading of the section that a place of a text is in, "" before the first one."""
    headings = _HEADING.findall(text[:offset])
    return headings[-1].strip() if headings else ""


def _gather_blocks(text: str) -> Iterator[tuple[list[Span], bool]]:
    """Yield what stands between lists, and the items of each list."""
    block: list[Span] = []
    listed = False
    below = -1  # End of the line before, to tell a line right below it.
    for match in _LINE.finditer(text):
        if not match[0].strip():
            continue
        indent = len(match[0]) - len(match[0].lstrip())
        line = Span(match.start() + indent, match.start() + len(match[0].rstrip()))
        item = _ITEM.match(match[0]) is not None
        joined = listed and not item and match.start() == below + 1 and match[0][0] not in "#|>"
        if joined:
            block[-1] = Span(block[-1].start, line.end)
        elif item == listed:
            block.append(line)
        else:
            if block:
                yield block, listed
            block, listed = [line], item
        below = match.end()
    if block:
        yield block, listed


def _last_sentence(text: str, lines: list[Span]) -> Span | None:
    start = lines[0].start
    sentences = split_sentences(text[start : lines[-1].end])
    if not sentences:
        return None
    span = Span(start + sentences[-1].start, start + sentences[-1].end)
    said = text[span.start : span.end]
    # What announces a list ends with a colon, or is its heading.
    return span if said.endswith(":") or is_heading(said) else None
