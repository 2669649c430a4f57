"""What an article tells of itself at its head: YAML front matter, or lines « Date : 12 mars 2024 ».

Keys are French or English. The front matter leaves the text; the lines stay in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import yaml

from rag.french import fold, is_heading, is_item, strip_markdown
from rag.readers.dates import find_days, parse_date
from rag.readers.text import clean
from rag.types import Source

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
# A front matter is a few lines; past this it is not one, and YAML is slow to read.
_MAX_FRONT_MATTER = 20_000
_KEYS = {
    alias: key
    for key, aliases in {
        "title": "title, titre",
        "date": "date, date de publication, date de parution, publie le, publiee le, paru le, "
        "parue le, mis en ligne le, publication date, published",
        "publisher": "journal, media, editeur, publisher, source",
        "author": "auteur, auteure, autrice, auteurs, author, authors",
        "url": "url, lien, adresse, link",
        "summary": "summary, resume, chapo, description",
        "topics": "topics, tags, themes, theme, sujets, mots-cles, mots cles, keywords",
        "sources": "sources",
    }.items()
    for alias in aliases.split(", ")
}
# The head of a plain text has so many lines at most, not counting blank ones, none of them longer.
_MOST_LINES = 12
_LONGEST_LINE = 200
_LONGEST_DATELINE = 60
_FIELD = re.compile(r"(?P<key>[^\W\d_][^:]{1,24}?)\s*:\s*(?P<value>\S.*)")
_PAIR = re.compile(r"(?P<key>[^\W\d_][\w -]*):\s+(?P<value>[^\s\[{&*!|>%@`].*)")
# « Par Claire Martin, publié le », the day, « à 8 h 30, mis à jour… »; a sentence goes on.
_WEEKDAY = "(?:(?:lun|mar|mercre|jeu|vendre|same)di |dimanche )?"
_BEFORE_DAY = re.compile(
    rf"(?:.*[,|•·–—-] ?)?(?:publiee?|parue?|mise? (?:en ligne|a jour))s? (?:le|en) :? ?{_WEEKDAY}"
)
_AFTER_DAY = re.compile(
    r"(?: a)?(?: \d\d? ?[h:] ?\d{0,2})?"
    r"(?: ?[,|•·–—(-] ?(?:mis|modifie|actualise|par|dans|lecture).*)?[.) ]*"
)
# « Nevers, le mardi 12 mars 2024. » without its day.
_AROUND_DAY = re.compile(rf"(?:[a-z][a-z' -]*, )?(?:le )?{_WEEKDAY}\.?")
_TOP_HEADING = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """Fields of an ``Article``; what is not told is empty."""

    title: str = ""
    date: str = ""
    url: str = ""
    summary: str = ""
    topics: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


class _PlainLoader(yaml.BaseLoader):
    """Gives text, lists and mappings, whatever the tags say; refuses aliases, which can explode."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        return super().compose_node(parent, index)


def read_head(text: str) -> tuple[Head, str, str, list[str]]:
    """Read the head of a text.

    A front matter that is not valid YAML is read line by line. It stays, lest anything be lost,
    unless it is made of lines « title: Budget : la hausse » only.

    Returns
    -------
    tuple[Head, str, str, list[str]]
        The head; the front matter when it has to stay in the text; the text after it; and remarks
        in French.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return _read_lines(text), "", text, []
    body, remarks = text[match.end() :], []
    try:
        loaded = _load_yaml(match["yaml"])
    except (yaml.YAMLError, RecursionError) as error:
        loaded = _read_pairs(match["yaml"])
        if not loaded:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            where = f" (ligne {line + 2})" if line is not None else ""
            told = f"en-tête YAML illisible{where} : il est lu ligne à ligne et reste dans le texte"
            lines = match["yaml"][:_MAX_FRONT_MATTER]
            return _fill(_read_lines(lines), _read_lines(body)), match.group(), body, [told]
    if not isinstance(loaded, dict):
        return _read_lines(body), match.group(), body, []
    found = {_KEYS.get(_fold_key(key), ""): value for key, value in reversed(loaded.items())}
    head = _make_head(found)
    if _line(found.get("date")) and not head.date:
        told = _line(found["date"])[:40]
        remarks.append(f"date « {told} » non comprise (attendu : 2025-10-28 ou 28 octobre 2025)")
    return _fill(head, _read_lines(body)), "", body, remarks


def find_title(text: str) -> str:
    """Return the title that a text without a declared one has, empty when it has none.

    It is its first heading of the first level, else the heading or the short line that opens it.
    """
    top = _TOP_HEADING.search(text)
    if top:
        return _plain(top[1])
    lines = [line.strip() for line in text[: _MOST_LINES * _LONGEST_LINE].split("\n")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line or _read_field(line) or _read_dateline(line):
            continue
        if line.startswith("#"):
            return _plain(line)
        alone = not following or _read_field(following) or _read_dateline(following)
        opens = alone and is_heading(line) and not line.startswith("|")
        return _plain(line) if opens and re.search(r"[^\W\d_]{3}", line) else ""
    return ""


def _plain(line: str) -> str:
    return strip_markdown(line).strip("#* \t")


def _fill(head: Head, other: Head) -> Head:
    """Take from a second head what the first does not tell."""
    missing = [field.name for field in fields(Head) if not getattr(head, field.name)]
    return replace(head, **{name: getattr(other, name) for name in missing})


def _make_head(found: dict[str, Any]) -> Head:
    sources = tuple(
        source
        for key in ("sources", "publisher", "author")
        for source in _read_sources(found.get(key))
    )
    urls = (_line(found.get("url")), *(source.url for source in sources))
    return Head(
        title=_line(found.get("title")),
        date=parse_date(_line(found.get("date"))),
        url=next((url for url in urls if url), ""),
        summary=_line(found.get("summary")),
        topics=tuple(_line(topic) for topic in _split(found.get("topics")) if _line(topic)),
        sources=sources,
    )


# ---------------------------------------------------------------------------------------- lines


def _read_lines(text: str) -> Head:
    """Read the lines « key : value » that open a text, and the line that only tells a date."""
    found: dict[str, str] = {}
    dateline = ""
    for line in _find_head(text):
        field = _read_field(line)
        if field:
            found.setdefault(*field)
        dateline = dateline or _read_dateline(line)
    if dateline and "date" not in found:
        # A chronology has many such lines, and none is its date.
        days = {_read_dateline(line) for line in text.split("\n")}
        found["date"] = dateline if days <= {dateline, ""} else ""
    return _make_head(found)


def _find_head(text: str) -> Iterator[str]:
    """Return the lines before the first sentence."""
    count = 0
    for line in text[: 2 * _MOST_LINES * _LONGEST_LINE].split("\n"):
        if not line.strip():
            continue
        count += 1
        known = _read_field(line) or _read_dateline(line)
        if count > _MOST_LINES or not (known or is_heading(line) or is_item(line)):
            return
        yield line


def _read_field(line: str) -> tuple[str, str] | None:
    """Read « **Date :** 12 mars 2024 », or « Publié le 12 mars 2024 »."""
    line = line.replace("**", "").replace("__", "").strip(" \t>*_-•")
    if len(line) > _LONGEST_LINE or line.startswith("#"):
        return None
    match = _FIELD.fullmatch(line)
    key = _KEYS.get(_fold_key(match["key"]), "") if match else ""
    if match and key in ("title", "date", "publisher", "author"):
        # « Date : à définir » is one all the same; « Source : la nappe » is of the text.
        return key, match["value"]
    if match and key == "url" and match["value"].startswith(("https://", "http://")):
        return key, match["value"]
    folded = fold(line)
    for day, told in islice(find_days(folded), 1):
        before, after = folded[: told.start()], folded[told.end() :]
        if _BEFORE_DAY.fullmatch(before) and _AFTER_DAY.fullmatch(after):
            return "date", day.isoformat()
    return None


def _read_dateline(line: str) -> str:
    """Return the day of a line that tells nothing else: « Nevers, le 12 mars 2024 »."""
    if not 8 <= len(line) <= _LONGEST_DATELINE:
        return ""
    folded = fold(line.strip(" \t*_"))
    for day, told in islice(find_days(folded), 1):
        around = (folded[: told.start()] + folded[told.end() :]).strip()
        return day.isoformat() if _AROUND_DAY.fullmatch(around and around + " ") else ""
    return ""


def _fold_key(key: object) -> str:
    return " ".join(fold(str(key)).split())


# ----------------------------------------------------------------------------------------- YAML


def _load_yaml(text: str) -> object:
    if len(text) > _MAX_FRONT_MATTER:
        raise yaml.YAMLError("front matter too long")
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506


def _read_pairs(text: str) -> dict[str, str]:
    """Read lines that are all a key and its plain text, whatever signs it holds; else nothing."""
    if len(text) > _MAX_FRONT_MATTER:
        return {}
    pairs = [_PAIR.fullmatch(line) for line in text.split("\n") if line.strip()]
    return {p["key"]: p["value"].strip("\"' ") for p in pairs if p} if all(pairs) else {}


def _read_sources(value: object) -> Iterator[Source]:
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


def _split(value: object) -> list[Any]:
    """Cut « budget, école » where a list is expected."""
    return value.split(",") if isinstance(value, str) else _list(value)


def _line(value: object) -> str:
    """One line of text from a YAML scalar; structures and nulls give nothing."""
    if not isinstance(value, str) or value in ("~", "null"):
        return ""
    return " ".join(clean(value)[0].split())
