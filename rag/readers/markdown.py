"""Markdown with YAML front matter: ``title``, ``date``, ``sources``, ``topics``, ``summary``.

The article's text is the body as written but for its tables, each row of which is written as a
sentence, as those of the other formats are. The front matter's ``id`` names the article for people;
the article's id is its path, which is unique.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rag.readers.markup import describe_row
from rag.readers.text import clean, load_text, title_from_name
from rag.types import Article, Source

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
# A line of heads, one of dashes, and the rows.
_TABLE = re.compile(
    r"^(?P<heads>[ \t]*\|.+)\n[ \t]*+\|?[ \t]*+:?-+:?[ \t]*+(?:\|[ \t]*+:?-+:?[ \t]*+)+\|?[ \t]*+\n"
    r"(?P<rows>(?:[ \t]*\|.*(?:\n|\Z))+)",
    re.MULTILINE,
)
_CELL = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
# A front matter is a few lines; past this it is not one, and YAML is slow to read.
_MAX_FRONT_MATTER = 20_000
_ISO_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?\Z")


class _PlainLoader(yaml.BaseLoader):
    """Gives text, lists and mappings, whatever the tags say; refuses aliases, which can explode."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        return super().compose_node(parent, index)


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one Markdown file as one article.

    A front matter that is not valid YAML is reported and left in the text: nothing is lost.

    Raises
    ------
    UnreadableFile
        When the file is too large or is not text.
    """
    text, remark = load_text(path)
    if remark:
        yield remark
    body, fields = text, {}
    match = _FRONT_MATTER.match(text)
    if match:
        try:
            loaded = _load_yaml(match["yaml"])
        except (yaml.YAMLError, RecursionError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            where = f" (ligne {line + 2})" if line is not None else ""
            yield f"en-tête YAML illisible{where} : l’article est indexé sans titre ni date"
            loaded = None
        if isinstance(loaded, dict):
            body, fields = text[match.end() :], loaded
    body = _TABLE.sub(_write_rows, body)
    heading = _HEADING.search(body)
    title = _line(fields.get("title")) or (heading[1].strip() if heading else title_from_name(path))
    sources = tuple(_sources(fields.get("sources")))
    date = parse_date(_line(fields.get("date")))
    if fields.get("date") and not date:
        told = _line(fields["date"])[:40]
        yield f"date « {told} » non comprise (attendu : 2025-10-28) : article sans date"
    yield Article(
        id=name,
        title=title,
        text=body,
        date=date,
        url=_line(fields.get("url")) or next((s.url for s in sources if s.url), ""),
        summary=_line(fields.get("summary")),
        topics=tuple(_line(topic) for topic in _list(fields.get("topics")) if _line(topic)),
        sources=sources,
    )


def _write_rows(table: re.Match[str]) -> str:
    """Write each row of a table as a sentence that names its columns."""
    heads, *rows = (_cut_row(line) for line in (table["heads"], *table["rows"].splitlines()))
    width = max(map(len, (heads, *rows)))
    return "".join(f"{row}\n" for cells in rows if (row := describe_row(cells, heads, width)))


def _cut_row(line: str) -> list[str]:
    inner = re.sub(r"^\||(?<!\\)\|$", "", line.strip())
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(inner)]


def _load_yaml(text: str) -> object:
    if len(text) > _MAX_FRONT_MATTER:
        raise yaml.YAMLError("front matter too long")
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506


def parse_date(value: object) -> str:
    """Return an ISO 8601 date, year-month or year, or an empty string when it is none."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not _ISO_DATE.match(text[:10]):
        return ""
    try:
        datetime.date.fromisoformat((text[:10] + "-01-01")[:10])
    except ValueError:
        return ""
    return text[:10]


def _sources(value: object) -> Iterator[Source]:
    for item in _list(value):
        if isinstance(item, dict):
            yield Source(
                publisher=_line(item.get("publisher")),
                title=_line(item.get("title")),
                url=_line(item.get("url")),
            )
        elif _line(item).startswith(("http://", "https://")):
            yield Source(url=_line(item))
        elif _line(item):
            yield Source(publisher=_line(item))


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _line(value: object) -> str:
    """One line of text from a YAML scalar; structures and nulls give nothing."""
    if not isinstance(value, str) or value in ("~", "null"):
        return ""
    return " ".join(clean(value)[0].split())
