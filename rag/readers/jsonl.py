"""``corpus.jsonl``: one ``{"id", "title", "text"}`` a line, with optional ``date`` and ``url``.

The text is kept as it is, unless it holds invisible characters or is not in NFC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.dates import parse_date
from rag.readers.text import MAX_BYTES, clean, decode
from rag.types import Article


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one article a line; a line that can't be read is reported with its number.

    Raises
    ------
    UnreadableFile
        When the file has no line.
    """
    empty = True
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_BYTES):
            number += 1
            if not line.endswith(b"\n") and len(line) == MAX_BYTES:
                yield f"ligne {number} trop longue : la suite du fichier est ignorée"
                return
            if line.strip():
                empty = False
                yield from _read_line(line, number)
    if empty:
        raise UnreadableFile("ce fichier est vide")


def _read_line(line: bytes, number: int) -> Iterator[Article | str]:
    try:
        text, encoding = decode(line)
        item = json.loads(text)
    except UnreadableFile:
        yield f"ligne {number} ignorée : ce n’est pas du texte"
        return
    except (ValueError, RecursionError):
        yield f"ligne {number} ignorée : ce n’est pas du JSON"
        return
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        yield f"ligne {number} ignorée : il y manque « text »"
        return
    identifier = _line(item.get("id"))
    if not identifier:
        yield f"ligne {number} ignorée : il y manque « id »"
        return
    body, removed = clean(item["text"])
    if encoding != "utf-8":
        yield f"ligne {number} lue en {encoding}"
    if removed:
        yield f"ligne {number} : {removed} caractères invisibles retirés"
    date = parse_date(item.get("date"))
    if item.get("date") and not date:
        yield f"ligne {number} : date « {str(item['date'])[:40]} » non comprise"
    yield Article(
        id=identifier,
        title=_line(item.get("title")),
        text=body,
        date=date,
        url=_line(item.get("url")),
    )


def _line(value: object) -> str:
    """One line of text from a JSON string or whole number; anything else gives nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(clean(str(value))[0].split())
