"""``corpus.jsonl``: one ``{"id", "title", "text"}`` a line, with optional ``date`` and ``url``.

The text is kept as it is, unless it holds invisible characters or is not in NFC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rag.readers.markdown import parse_date
from rag.readers.text import MAX_BYTES, clean, decode
from rag.types import Article


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one article a line; a line that can't be read is reported with its number.

    Raises
    ------
    UnreadableFile
        When a line is not text in any known encoding.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_BYTES):
            number += 1
            if not line.endswith(b"\n") and len(line) == MAX_BYTES:
                yield f"ligne {number} trop longue : la suite du fichier est ignorée"
                return
            if line.strip():
                yield _read_line(line, number)


def _read_line(line: bytes, number: int) -> Article | str:
    text, _ = decode(line)
    try:
        item = json.loads(text)
    except (ValueError, RecursionError):
        return f"ligne {number} ignorée : ce n’est pas du JSON"
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return f"ligne {number} ignorée : il y manque « text »"
    identifier = item.get("id")
    if not isinstance(identifier, str | int) or not str(identifier):
        return f"ligne {number} ignorée : il y manque « id »"
    body, _ = clean(item["text"])
    return Article(
        id=str(identifier),
        title=str(item.get("title") or ""),
        text=body,
        date=parse_date(item.get("date")),
        url=str(item.get("url") or ""),
    )
