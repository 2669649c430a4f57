"""Several articles in one page, as the databases of the press export them.

Each has a head, with its title, its date and its source, and a text. They stand each in an element
of one kind, or one after the other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING

from rag.readers.heads import is_linked, is_prose, list_days, name_of, plain, read_day, read_times
from rag.readers.markup import Line, climb, drop_outer, list_lines, mark_blocks, write_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TITLE = re.compile(r"titre|title|headline|manchette", re.IGNORECASE)
_SOURCE = re.compile(
    r"publication|source|journal(?!ist)|newspaper|revue|m[ée]dia|[ée]diteur|publisher",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(rf"sous-?titre|sub-?title|surtitre|{_SOURCE.pattern}", re.IGNORECASE)
_TEXT = re.compile(r"text|body|content|paragraph|corps", re.IGNORECASE)
_HEADING = re.compile(r"h[1-6]")
_HEADS = re.compile(r"(?:^|\s)(?:hd|head(?:er)?|en-?t[eê]te|notice)(?:$|\s)", re.IGNORECASE)
_NEVER = re.compile(r"comment|reply|related|teaser|\bcard", re.IGNORECASE)
# The databases tell how long an article is, then when and where it came out.
_LENGTH = re.compile(r"\d[\d \u00a0\u202f]*(?:mots|words)", re.IGNORECASE)
_DAY_NAME = re.compile(
    r"\b(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|le|du)\W*\Z", re.IGNORECASE
)
_LABELLED = re.compile(r"publi|mis|post|par\b|date|mod", re.IGNORECASE)
_UNREAD = ("footer", "nav", "form", "aside")
_LONGEST_LINE, _MOST_LINES, _MOST_ABOVE = 250, 14, 4
_LEAST_SHARE, _LARGEST_SHARE = 0.6, 0.7
# A teaser leads to its article and says little.
_SHORTEST = 400
_LONGEST_AROUND = 200
_MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Record:
    """One of the articles of a page, empty where it does not tell.

    ``text`` begins with the title, then a line of what else its head holds.
    """

    title: str
    date: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class _Head:
    element: HtmlElement
    title: str
    date: str
    source: str
    lines: tuple[Line, ...]
    size: int
    extent: int
    is_teaser: bool


def split_records(body: HtmlElement) -> tuple[list[Record], bool]:
    """Read the articles of a page that holds several; nothing where it holds one of its own.

    They make most of it, and nearly all have a title, a date and a text; without a source, none
    outweighs the others, as an article does those it is followed by. An export may hold but one:
    the page has no title then.

    Returns
    -------
    tuple[list[Record], bool]
        The articles, and whether there is more of a text around them than a title.
    """
    total = -1
    for group, bare in _list_groups(body):
        if total < 0:
            total = sum(len(line.text) for line in list_lines(body, _is_unread))
        if not bare and _are_parts(group):
            continue
        heads = [_read_head(element) for element in group]
        sourced = all(head.source for head in heads)
        whole = [h for h in heads if h.title and h.date and h.size and not h.is_teaser]
        sizes = [head.size for head in heads]
        if (
            (len(whole) > 1 or (len(whole) == len(heads) and sourced))
            and len(whole) >= _LARGEST_SHARE * len(heads)
            and sum(head.extent for head in heads) >= _LEAST_SHARE * total
            and (sourced or not (bare or max(sizes) > _LARGEST_SHARE * sum(sizes)))
        ):
            records = [_write(head) for head in heads]
            around = total - sum(head.extent for head in heads)
            return records, around > _LONGEST_AROUND
    return [], False


def _are_parts(group: Sequence[HtmlElement]) -> bool:
    """Whether they stand in one article that has its own title, as those of a live report."""
    around = next(group[0].iterancestors("article"), None)
    if around is None or any(around not in one.iterancestors("article") for one in group):
        return False
    inner = set(group)
    return any(inner.isdisjoint(title.iterancestors()) for title in around.iter("h1"))


def _list_groups(body: HtmlElement) -> Iterator[tuple[list[HtmlElement], bool]]:
    """List what may be the articles of a page, and whether they stand there without an element."""
    from lxml import etree

    groups: dict[str, list[HtmlElement]] = defaultdict(list)
    opened: Counter[str] = Counter()
    for event, element in etree.iterwalk(body, events=("start", "end")):
        kind = _name_kind(element)
        if event == "end":
            opened[kind] -= 1
            continue
        if kind and not opened[kind] and not _NEVER.search(name_of(element)):
            groups[kind].append(element)
        opened[kind] += 1
    articles = groups.pop("article", [])
    several = sorted((g for g in groups.values() if len(g) > 1), key=len, reverse=True)
    least = 1 if body.find(".//h1") is None else 2
    yield from ((g, False) for g in (articles, *several[:_MOST_GROUPS]) if len(g) >= least)
    yield from ((group, True) for group in islice(_list_bare(body), _MOST_GROUPS))


def _name_kind(element: HtmlElement) -> str:
    """Name what an element is one of: articles, or those of a class or whose names are numbered."""
    if element.tag == "article":
        return "article"
    if element.tag not in ("div", "section", "li"):
        return ""
    first = (element.get("class") or "").split()[:1]
    prefix = re.match(r"[A-Za-z]+(?=[-_\d])", element.get("id") or "")
    name = first[0] if first else prefix[0] if prefix else ""
    return f"{element.tag}.{name}" if name else ""


def _list_bare(body: HtmlElement) -> Iterator[list[HtmlElement]]:
    """List what follows the heads of one kind that stand one after the other, with each its text.

    The lines just above all of them are theirs.
    """
    from lxml.html import builder

    places: dict[tuple[HtmlElement, str], list[int]] = defaultdict(list)
    for parent in body.iter("body", "main", "div", "section", "article"):
        for place, child in enumerate(parent):
            tag = str(child.tag)
            if _HEADING.fullmatch(tag) or tag == "header" or _HEADS.search(name_of(child)):
                places[parent, tag].append(place)
    for (parent, _), found in places.items():
        if len(found) > 1:
            children = list(parent)
            above = min(_count_short(children[:place]) for place in found)
            starts = [place - above for place in found]
            yield [
                builder.E.article(*map(deepcopy, children[start:end]))
                for start, end in pairwise((*starts, len(children)))
            ]


def _count_short(elements: Sequence[HtmlElement]) -> int:
    """Count the last of some elements that hold one short line each: a date, a source."""
    count = 0
    for element in reversed(elements[-_MOST_ABOVE:]):
        lines = list(islice(list_lines(element), 2))
        if len(lines) != 1 or is_prose(lines[0].text):
            break
        count += 1
    return count


def _read_head(element: HtmlElement) -> _Head:
    lines = list(list_lines(element, _is_unread))
    first = lines[:_MOST_LINES]
    levels = {n: level for n, line in enumerate(first) if (level := _find_level(line, element))}
    place = min(levels, key=lambda number: levels[number], default=-1)
    end = next(
        (n for n, line in enumerate(first) if n > place and _begins_text(line, element)), len(first)
    )
    head = [line for number, line in enumerate(first[:end]) if number != place]
    dated = next((n for n, line in enumerate(head) if read_day(read_times(line))), -1)
    title = lines[place] if place >= 0 else None
    size = sum(len(line.text) for line in lines[end:])
    return _Head(
        element=element,
        title=title.text if title else "",
        date=read_day(read_times(head[dated])) if dated >= 0 else "",
        source=_find_source(head, dated, element),
        lines=tuple(([title] if title else []) + head),
        size=size,
        extent=sum(len(line.text) for line in lines),
        is_teaser=title is not None and is_linked(title) and size < _SHORTEST,
    )


def _is_unread(element: HtmlElement) -> bool:
    return element.tag in _UNREAD


def _climb_within(line: Line, element: HtmlElement, most: int) -> Iterator[HtmlElement]:
    return takewhile(lambda owner: owner is not element, climb(line.owner, most))


def _find_level(line: Line, element: HtmlElement) -> int:
    """Tell how far around a line is what calls it a title, from 1; 0 where nothing does."""
    if len(line.text) > _LONGEST_LINE:
        return 0
    for level, owner in enumerate(_climb_within(line, element, 6), start=1):
        named = name_of(owner)
        if _HEADING.fullmatch(owner.tag) or (_TITLE.search(named) and not _NO_TITLE.search(named)):
            return level
    return 0


def _begins_text(line: Line, element: HtmlElement) -> bool:
    named = any(_TEXT.search(name_of(owner)) for owner in _climb_within(line, element, 2))
    return named or is_prose(line.text)


def _find_source(head: Sequence[Line], dated: int, element: HtmlElement) -> str:
    """Find the source of an article: what is called so, else what stands beside its date."""
    for line in head:
        named = [run for owner, run in line.list_owned() if _is_source(owner, element)]
        if named:
            return _cut_day(" ".join("".join(named).split()))
    if dated < 0:
        return ""
    text = head[dated].text
    if any(list_days(text)) and (beside := _cut_day(text)):
        return beside
    counted = any(_LENGTH.fullmatch(line.text) for line in head)
    after = (line.text for line in head[dated + 1 :] if not re.search(r"\d", line.text))
    return next(after, "") if counted else ""


def _is_source(owner: HtmlElement, element: HtmlElement) -> bool:
    around = takewhile(lambda one: one is not element, climb(owner, 3))
    return any(_SOURCE.search(name_of(one)) for one in around)


def _cut_day(text: str) -> str:
    """Write what a line tells before its date."""
    place = next((place for _, place in list_days(text)), None)
    told = text if place is None else _DAY_NAME.sub("", text[: place.start()])
    told = told.strip(" ,;:–—-|•·()")
    return told if len(plain(told)) > 2 and not _LABELLED.match(told) else ""


def _write(head: _Head) -> Record:
    told = [line.text for line in head.lines if line.text != head.title]
    for line in head.lines:
        line.take()
    drop_outer(head.element, _is_unread)
    mark_blocks(head.element)
    title = [f"# {head.title}"] if head.title else []
    about = [" ; ".join(told).rstrip(".") + "."] if told else []
    text = "\n\n".join((*title, *about, write_text(head.element)))
    return Record(head.title, head.date, head.source, text)
