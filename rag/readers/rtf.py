"""RTF: paragraphs and tables, as striprtf reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.head import find_title
from rag.readers.packages import DAMAGED, own_title
from rag.readers.tables import write_rows
from rag.readers.text import MAX_BYTES, check_size, clean, title_from_name
from rag.types import Article

SIGNATURE = b"{\\rtf"
# The bytes of pictures, which may weigh more than all the rest.
_HEXADECIMAL = re.compile(r"[\da-fA-F\r\n]{200,}")
_TITLE = re.compile(r"\{\\title ([^{}]*)\}")
_PARAGRAPH = re.compile(r"\\(pard|intbl|par)(?![a-z])")
_TOKEN = re.compile(r"\\([a-z]+)(-?\d+)? ?|\\u-?\d+ ?|\\'[\da-f]{2}|\\.|[{}]|[^\\{}]+", re.DOTALL)
_UNSEEN = ("strike", "striked", "deleted", "v")
# What striprtf leaves out, and how to say it.
_LEFT_OUT = {
    "footnote": "notes de bas de page",
    "header[lrf]?": "en-têtes",
    "footer[lrf]?": "pieds de page",
    "annotation": "commentaires",
    "shptxt": "zones de texte",
}


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one document as one article.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged or without text.
    """
    check_size(path, MAX_BYTES)
    source = path.read_bytes().decode("cp1252", "replace")
    if not source.startswith(SIGNATURE.decode()):
        raise UnreadableFile(DAMAGED)
    if "\\bin" not in source:  # of which the length is told
        source = _HEXADECIMAL.sub("", source)
    source, unseen = _drop_unseen(source)
    if unseen:
        yield f"passages barrés ou masqués, laissés de côté : {unseen}"
    try:
        text, title = clean(_read_source(source))[0], _TITLE.search(source)
        declared = own_title(_read_source(f"{SIGNATURE.decode()}1 {title[1]}}}")) if title else ""
    except Exception as error:  # striprtf does not list what a damaged file raises
        raise UnreadableFile(DAMAGED) from error
    text = _write_tables(text)
    if not text.strip():
        raise UnreadableFile("ce document ne contient aucun texte")
    left = [told for word, told in _LEFT_OUT.items() if re.search(rf"\\{word}(?![a-z])", source)]
    if left:
        yield f"{', '.join(left)} : non lus"
    yield Article(id=name, title=declared or find_title(text) or title_from_name(path), text=text)


def _read_source(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    return str(rtf_to_text(_join_cells(source), errors="replace"))  # type: ignore[no-untyped-call]


def _drop_unseen(source: str) -> tuple[str, int]:
    """Remove the text that is struck through, deleted or hidden, and count the passages."""
    if not any(f"\\{word}" in source for word in _UNSEEN):
        return source, 0
    kept: list[str] = []
    around: list[bool] = []
    unseen = dropped = False
    count = 0
    for token in _TOKEN.finditer(source):
        word, number = token[1], token[2]
        if token[0] == "{":
            around.append(unseen)
        elif token[0] == "}":
            unseen = around.pop() if around else False
        elif word in _UNSEEN:
            unseen = number != "0"
        elif word == "plain":
            unseen = False
        elif unseen and (not word or word == "u") and token[0].strip():
            count += not dropped
            dropped = True
            continue
        dropped = dropped and unseen
        kept.append(token[0])
    return "".join(kept), count


def _join_cells(source: str) -> str:
    """Make tabs of the ends of paragraphs within cells, which would end their rows."""
    within = False

    def change(word: re.Match[str]) -> str:
        nonlocal within
        within = word[1] == "intbl" or (within and word[1] == "par")
        return "\\tab" if within and word[1] == "par" else word[0]

    return _PARAGRAPH.sub(change, source)


def _write_tables(text: str) -> str:
    """Write the rows of the tables as sentences; striprtf ends each cell with a bar."""
    parts = []
    for is_row, lines in groupby(text.split("\n"), key=lambda line: line.endswith("|")):
        if is_row:
            rows = [[" ".join(cell.split()) for cell in line[:-1].split("|")] for line in lines]
            parts.append(write_rows(rows, headed=False))
        else:
            parts += [line.rstrip() for line in lines]
    return "\n".join(parts)
