"""What a page declares of itself, for machines: the tags of its head, and data of schema.org.

trafilatura and htmldate read them, once the dates of changes and of pictures are set aside and what
is said of other articles is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.readers.dates import parse_date
from rag.readers.heads import find_heading, plain
from rag.readers.markup import climb
from rag.readers.text import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHANGE = re.compile(
    r"modif|updated|last-?mod|lastdate|revis|utime|moddate|dateupdate", re.IGNORECASE
)
# The dates of changes, and those of other things.
_NOT_OWN = re.compile(rf"{_CHANGE.pattern}|image|expir|valid|unavailable", re.IGNORECASE)
_PAGE = re.compile(r"page\Z", re.IGNORECASE)
_PAID = re.compile(r"isaccessibleforfree", re.IGNORECASE)
_FALSE = re.compile(r"(?:https?://schema\.org/)?false", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:article|posting|report)\Z", re.IGNORECASE)
_PUBLISHER = re.compile(r"(?:organization|website)\Z", re.IGNORECASE)
_WRAPPING = re.compile(r"\A\s*(?://)?\s*<!(?:\[CDATA\[|--)|(?://)?\s*(?:\]\]|--)>\s*\Z")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page declares, empty where it does not.

    ``changed`` is the date of its last change; ``paid`` is true when it says that one pays to read
    all of it; ``tab`` is the title that a browser shows, most often with the name of the site.
    """

    tab: str = ""
    title: str = ""
    description: str = ""
    date: str = ""
    changed: str = ""
    url: str = ""
    site: str = ""
    author: str = ""
    paid: bool = False


def read_declared(tree: HtmlElement) -> Declared:
    """Read what a page declares; nothing but the title it shows where that can't be read."""
    tab = line(tree.findtext(".//head/title"))
    try:
        return _read(tree, "" if "{{" in tab else tab)
    except Exception:  # trafilatura does not list the ways in which a hostile page makes it fail
        return Declared(tab)


def line(value: str | None) -> str:
    """Write a value on one line, without what is invisible."""
    return " ".join(clean(value or "")[0].split())


def _read(tree: HtmlElement, tab: str) -> Declared:
    from htmldate import find_date
    from lxml.html import builder
    from trafilatura.metadata import extract_metadata

    heading = None if tree.body is None else find_heading(tree.body, [tab])
    shown = "" if heading is None else line(heading.text_content())
    metas = [deepcopy(meta) for meta in tree.iter("meta") if _is_own(meta, heading)]
    changes = [meta for meta in metas if _CHANGE.search(_name(meta))]
    kept = [meta for meta in metas if not _NOT_OWN.search(_name(meta))]
    links = [deepcopy(link) for link in tree.iterfind(".//head/link[@href]")]
    nodes = list(_list_nodes(tree))
    article = _choose(nodes, [tab, shown])
    sites = [{"name": node.get("name")} for node in nodes if _is_a(node, _PUBLISHER)]
    data = [
        builder.META(name="datepublished", content=line(str(article.get("datePublished") or ""))),
        _write(
            "NewsArticle", {key: article.get(key) for key in ("headline", "author", "publisher")}
        ),
        *(_write("Organization", site) for site in sites),
    ]
    found = extract_metadata(
        builder.HTML(builder.HEAD(*kept, *data, *links), builder.BODY()),
        date_config={"original_date": True, "extensive_search": False},
    )
    changed = find_date(
        builder.HTML(builder.HEAD(*changes), builder.BODY()), extensive_search=False
    )
    free = [article.get("isAccessibleForFree")]
    free += [part.get("isAccessibleForFree") for part in _list(article.get("hasPart"))]
    free += [meta.get("content") for meta in metas if _PAID.search(_name(meta))]
    return Declared(
        tab=tab,
        title=line(found.title),
        description=line(found.description),
        date=parse_date(found.date),
        changed=parse_date(changed),
        url=url if (url := line(found.url)).startswith(("https://", "http://")) else "",
        site=line(found.sitename),
        author=line(found.author),
        paid=any(_FALSE.fullmatch(str(value)) for value in free),
    )


def _is_own(meta: HtmlElement, heading: HtmlElement | None) -> bool:
    """Whether a tag is said of the page: it is in no article but that of its title."""
    around = next((e for e in climb(meta) if e.tag == "article"), None)
    return around is None or heading is None or around in climb(heading)


def _name(meta: HtmlElement) -> str:
    return " ".join(meta.get(key) or "" for key in ("name", "property", "itemprop", "http-equiv"))


def _write(kind: str, fields: dict[str, Any]) -> HtmlElement:
    from lxml.html import builder

    known = {key: value for key, value in fields.items() if value}
    node = {"@context": "https://schema.org", "@type": kind, **known}
    return builder.SCRIPT(json.dumps(node), type="application/ld+json")


def _list_nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """List the things that a page describes in JSON-LD (https://schema.org), those at the top."""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                told = json.loads(_WRAPPING.sub("", script.text or ""), strict=False)
            except (ValueError, RecursionError):
                continue
            for top in _list(told):
                for node in (top, *_list(top.get("@graph"))):
                    yield from (node, *_list(node.get("mainEntity")))


def _list(value: object) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _is_a(node: dict[str, Any], kind: re.Pattern[str]) -> bool:
    told = node.get("@type")
    return any(kind.search(str(name)) for name in (told if isinstance(told, list) else [told]))


def _choose(nodes: Sequence[dict[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    """Choose what tells of the page: the article that has its title, else the only one.

    A page with other articles tells of each; where it tells of none, of itself.
    """
    known = [plain(name) for name in names if name]
    articles = [node for node in nodes if _is_a(node, _ARTICLE)]
    for node in articles:
        told = plain(str(node.get("headline") or node.get("name") or ""))
        if len(told) > 5 and any(told in name or name in told for name in known):
            return node
    if not articles:
        articles = [node for node in nodes if _is_a(node, _PAGE)]
    return articles[0] if len(articles) == 1 else {}
