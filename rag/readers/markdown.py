"""Markdown: the body as written but for its tables, underlined headings, rules and struck text.

Each row of a table, drawn with bars or in HTML, is written as a sentence, as those of the other
formats are. Code between fences stays as it is. The front matter's ``id`` names the article for
people; the article's id is its path, which is unique.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.readers.markup import describe_row, prepare_tree, write_text
from rag.readers.plain import make_article, mark_headings
from rag.readers.text import load_text
from rag.types import Article

_FENCED = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^`\n]*(?=\n|\Z)(?:\n(?![ \t]*(?P=fence)).*)*+"
    r"(?:\n[ \t]*(?P=fence).*)?",
    re.MULTILINE,
)
# A line of heads, one of dashes, and the rows.
_TABLE = re.compile(
    r"^(?P<heads>[ \t]*\|.+)\n[ \t]*+\|?[ \t]*+:?-+:?[ \t]*+(?:\|[ \t]*+:?-+:?[ \t]*+)+\|?[ \t]*+\n"
    r"(?P<rows>(?:[ \t]*\|.*(?:\n|\Z))+)",
    re.MULTILINE,
)
_CELL = re.compile(r"(?<!\\)\|")
# What is struck through, and comments, but for what is shown as code.
_UNSEEN = re.compile(
    r"(?:(?P<code>`+)(?!`).{1,500}?(?<!`)(?P=code)(?!`)|(?<![\\~])~~(?=[^\s~])[^~\n]{0,499}[^\s~\\]~~(?!~)"
    r"|<(?P<tag>del|s|strike)>[^<]{1,500}</(?P=tag)>|<!--(?:[^-]|-(?!->)){0,5000}-->)"
    r"(?P<gap> ?)"
)
_HTML_TABLE = re.compile(r"<table\b(?:[^<]|<(?!/?table\b))*+</table\s*>", re.IGNORECASE)


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one Markdown file as one article.

    Raises
    ------
    UnreadableFile
        When the file is too large or is not text.
    """
    text = yield from load_text(path)
    text, struck = _drop_unseen(text)
    if struck:
        yield f"passages barrés, laissés de côté : {struck}"
    yield from make_article(text, _rewrite, path, name)


def _drop_unseen(text: str) -> tuple[str, int]:
    """Remove what is struck through, and count it, and comments."""
    struck = 0

    def drop(found: re.Match[str]) -> str:
        nonlocal struck
        if found["code"]:
            return found[0]
        struck += not found[0].startswith("<!")
        before = found.string[max(0, found.start() - 1) : found.start()]
        return found["gap"] if before.strip() else ""

    return _change_prose(text, lambda prose: _UNSEEN.sub(drop, prose)), struck


def _rewrite(body: str) -> str:
    """Write a body as Sourcier reads it."""
    return _change_prose(body, _rewrite_prose)


def _change_prose(text: str, change: Callable[[str], str]) -> str:
    """Change what is not code between fences."""
    parts: list[str] = []
    start = 0
    for fenced in _FENCED.finditer(text):
        parts += [change(text[start : fenced.start()]), fenced.group()]
        start = fenced.end()
    return "".join([*parts, change(text[start:])])


def _rewrite_prose(text: str) -> str:
    text = _HTML_TABLE.sub(_write_html, text)
    return mark_headings(_TABLE.sub(_write_rows, text))


def _write_html(table: re.Match[str]) -> str:
    """Write a table in HTML as those of the pages."""
    from lxml import html

    tree = html.fragment_fromstring(table.group(), create_parent="div")
    prepare_tree(tree)
    return write_text(tree)


def _write_rows(table: re.Match[str]) -> str:
    """Write each row of a table as a sentence that names its columns."""
    heads, *rows = (_cut_row(line) for line in (table["heads"], *table["rows"].splitlines()))
    width = max(map(len, (heads, *rows)))
    return "".join(f"{row}\n" for cells in rows if (row := describe_row(cells, heads, width)))


def _cut_row(line: str) -> list[str]:
    inner = re.sub(r"^\||(?<!\\)\|$", "", line.strip())
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(inner)]
