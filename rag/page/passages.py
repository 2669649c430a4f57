"""Cuts an article into blocks and runs that the page can show and highlight as plain text.

Offsets stay those of ``Article.text``, so that one cut serves the passage, the whole article and
every highlighted sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from rag.french import strip_markdown
from rag.types import Span

# An article longer than this is shown around its cited sentences only, in characters.
_WHOLE = 120_000
_AROUND = 20_000
_BREAK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:#{1,6}\s|[-*+•]\s|\d{1,2}\.\s|\|))")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_ITEM = re.compile(r"[ \t]*(?:[-*+•][ \t]+|\d{1,2}\.[ \t]+(?=\D))")

Kind = Literal["heading", "paragraph", "item", "gap"]


class Run(TypedDict):
    """Characters that are highlighted together or not at all; ``start`` is in the article."""

    start: int
    text: str


class Block(TypedDict):
    """A paragraph, a small heading, a list item, or a gap where something was left out."""

    kind: Kind
    runs: list[Run]


def cut_article(text: str, spans: Sequence[Span]) -> list[Block]:
    """Cut a text into blocks whose runs never straddle an end of ``spans``.

    Parameters
    ----------
    text
        Of the article, Markdown or plain.
    spans
        Passages and sentences that will be picked out of the result by their offsets.

    Returns
    -------
    list[Block]
        In order, without Markdown marks; a very long article keeps what surrounds ``spans``.
    """
    cuts = sorted({offset for span in spans for offset in (span.start, span.end)})
    blocks: list[Block] = []
    for start, end in _split_blocks(text):
        if len(text) > _WHOLE and not _is_near(start, end, spans):
            if not blocks or blocks[-1]["kind"] != "gap":
                blocks.append({"kind": "gap", "runs": []})
            continue
        block = _cut_block(text, start, end, cuts)
        if block["runs"]:
            blocks.append(block)
    return blocks


def _split_blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
        # After « \n » alone the line itself begins the next block.
    yield start, len(text)


def _is_near(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(start < span.end + _AROUND and end > span.start - _AROUND for span in spans)


def _cut_block(text: str, start: int, end: int, cuts: Sequence[int]) -> Block:
    """Take the sign off a heading or an item, then cut what remains."""
    kind: Kind = "paragraph"
    for sign, named in ((_HEADING, "heading"), (_ITEM, "item")):
        match = sign.match(text, start, end)
        if match is not None:
            kind = "heading" if named == "heading" else "item"
            start = match.end()
            break
    edges = [start, *(cut for cut in cuts if start < cut < end), end]
    runs: list[Run] = [
        {"start": a, "text": shown}
        for a, b in zip(edges, edges[1:], strict=False)
        if (shown := _strip_inline(text[a:b]))
    ]
    if not "".join(run["text"] for run in runs).strip():
        runs = []
    return {"kind": kind, "runs": runs}


def _strip_inline(text: str) -> str:
    """Take the inline marks off; the letter in front keeps what looks like a line's sign."""
    return strip_markdown("x" + text)[1:].replace("**", "")
