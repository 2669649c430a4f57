"""The head of an article of a page: what its title, its date and its standfirst are.

Works on the lines of a page, of which those of menus, comments and other articles are passed over.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.readers.dates import find_days
from rag.readers.markup import Line, climb, list_lines
from rag.timeframe import fold_in_place

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_APART = frozenset({"nav", "aside", "form", "figure", "menu"})
_FRAMES = frozenset({"article", "main"})
_OTHERS = re.compile(
    r"related|comment|suggest|recommend|sidebar|teaser|newsletter|breadcrumb|a-lire|lire-aussi"
    r"|read-?(?:also|more|next)|most-?(?:read|popular)|plus-lus|widget|share|partage|reply|\bcard",
    re.IGNORECASE,
)
_STANDFIRST = re.compile(
    r"chap[oô]|chapeau|standfirst|(?:^|[\s_-])(?:lead|intro|lede|dek|sapo)(?:$|[\s_-])|introduction"
    r"|summary|accroche|excerpt|sous-?titre|sub-?title|subhead|(?:^|[\s_-])desc(?:ription)?(?:$|[\s_-])|doc-subtitle|abstract",
    re.IGNORECASE,
)
# What stands between a title and a text without being of it.
_ABOUT = re.compile(
    r"abonn|cookies?\b|newsletter|connecte[zr]|javascript|publicit|temps de lecture|partage[rz]"
    r"|écoute[rz]|inscri(?:vez|re)|^(?:par|by|crédit|photo|©)\s",
    re.IGNORECASE,
)
_SITE = re.compile(r"\s+[|–—•·»›~-]\s+")
_PROSE = re.compile(r"[.!?…][»”\")\] \u00a0\u202f]*\Z")
_SHORT_PROSE, _LONG_PROSE = 40, 120
# How far from a title its date and its standfirst may be, in lines.
_NEAR = 12
_MOST_SITE_WORDS = 4
_SHORTEST_STANDFIRST = 25
_SHORTEST_NAME = 5

_CHANGED = r"mise?s? [àa] jour|maj\b|màj\b|modifi|actualis|updated|r[ée]vis|v[ée]rifi|corrig"
_PUBLISHED = r"publi|mise?s? en ligne|paru|post[ée]|diffus|r[ée]dig|[ée]crit|cr[ée][ée]|issued"
_LABEL = re.compile(rf"(?P<changed>{_CHANGED})|(?P<published>{_PUBLISHED})", re.IGNORECASE)
_TOLD = re.compile(rf"\W*(?:(?:par|by|article|date)\b.{{0,80}}?)?(?:{_PUBLISHED})", re.IGNORECASE)
_LONGEST_TOLD, _LONGEST_DATED = 160, 90
# What is dated otherwise: « Du 3 mai au 5 mai 2024 », « Avant le 3 mai 2024 ».
_RANGE = re.compile(r"\b(?:du|entre)\b.*\d.*\b(?:au|et)\b.*\d", re.IGNORECASE)
_OTHERWISE = re.compile(r"\b(?:au|avant|jusqu|depuis|dès|partir|née?)\b", re.IGNORECASE)
# The attributes that date a text; ``title`` of ``abbr`` is that of microformats.
_DATING = {"ins": (), "abbr": ("title",)}
_DATES = ("datetime", "content")


# ----------------------------------------------------------------------------------- lines


def plain(text: str) -> str:
    """Write a text with its letters and its figures alone, to tell whether it is another."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in letters if character.isalnum())


def is_prose(text: str) -> bool:
    """Whether a line is some sentence of a text, by its length and its end."""
    return len(text) >= _LONG_PROSE or (
        len(text) >= _SHORT_PROSE and _PROSE.search(text) is not None
    )


def name_of(element: HtmlElement) -> str:
    """Return what the author of a page calls an element."""
    return " ".join(element.get(key) or "" for key in ("class", "id", "itemprop", "role"))


def is_other(element: HtmlElement) -> bool:
    """Whether an element is called what comes beside an article: comments, other articles."""
    return _OTHERS.search(name_of(element)) is not None


def list_own_lines(body: HtmlElement, heading: HtmlElement | None) -> list[Line]:
    """List the lines of the article that a heading begins, with those that no one else owns."""
    around = set() if heading is None else {heading, *heading.iterancestors()}
    framed = any(element.tag == "article" for element in around)

    def is_apart(element: HtmlElement) -> bool:
        tag = element.tag
        if element in around or element is body:
            return False
        if tag in _APART or (tag == "article" and framed):
            return True
        if tag in ("header", "footer"):
            return not any(owner.tag in _FRAMES for owner in climb(element))
        return tag in ("div", "section", "ul") and is_other(element)

    return list(list_lines(body, is_apart))


# ----------------------------------------------------------------------------------- titles


def find_heading(body: HtmlElement, names: Iterable[str]) -> HtmlElement | None:
    """Find the heading that is the title of a page.

    The name of a site may be a heading too: the one that frames the text comes first, then the one
    that the head of the page names, best at the beginning, then the larger.
    """
    known = [told for name in names if len(told := plain(name)) > _SHORTEST_NAME]

    def rank(heading: HtmlElement) -> tuple[bool, ...]:
        told = plain(heading.text_content())
        named = len(told) > _SHORTEST_NAME and any(told in name or name in told for name in known)
        framed = any(owner.tag in _FRAMES for owner in climb(heading))
        large = heading.tag == "h1"
        begins = any(name.startswith(told) for name in known)
        return not (framed and (named or large)), not named, not begins, not large

    headings = [h for h in body.iter("h1", "h2") if plain(h.text_content())]
    best = min(headings, key=rank, default=None)
    return None if best is None or (best.tag == "h2" and rank(best)[1]) else best


def cut_site(title: str, site: str, heading: str) -> tuple[str, str]:
    """Part the title of an article from the name of its site.

    That is the piece that is the name, where it is known; else what the heading of the page lacks,
    or, where the page has none, what follows a bar or is a few words at the end.

    Returns
    -------
    tuple[str, str]
        The title, and the name when it was in it for sure.
    """
    cuts = list(_SITE.finditer(title))
    if not cuts:
        return title, ""
    first, rest = title[: cuts[0].start()], title[cuts[0].end() :]
    before, last = title[: cuts[-1].start()], title[cuts[-1].end() :]
    told = plain(heading)
    if _is_name(last, site) or (told and told == plain(before)):
        return before, last
    if _is_name(first, site) or (told and told == plain(rest)):
        return rest, first
    short = len(last) < len(before) and len(last.split()) <= _MOST_SITE_WORDS
    if "|" in cuts[-1][0]:
        return before, last
    return (before if not told and short else title), ""


def _is_name(piece: str, site: str) -> bool:
    """Whether a piece of a title names a site: « Le Quotidien », or « lequotidien.fr »."""
    one, other = plain(piece), plain(site)
    return len(one) > 3 and (one == other or (len(one) > 5 and other.startswith(one)))


# ------------------------------------------------------------------------------------ dates


def read_day(text: str, told: bool = False) -> str:
    """Return the date of publication that a line tells, in ISO 8601, empty when it tells none.

    A date of change is none. With ``told``, nor is one that the line does not call a publication.
    """
    start, other = 0, ""
    if _RANGE.search(text):
        return ""
    for day, match in list_days(text):
        label, start = text[start : match.start()], match.end()
        kinds = [found.lastgroup for found in _LABEL.finditer(label)]
        kind = kinds[-1] if kinds else ""
        if kind == "changed" or (not kind and _OTHERWISE.search(label)):
            continue
        if kind == "published":
            return day.isoformat()
        other = other or day.isoformat()
    return "" if told else other


def list_days(text: str) -> Iterator[tuple[datetime.date, re.Match[str]]]:
    """List the days that a line tells, each with its place, but for those to come."""
    latest = datetime.date.today() + datetime.timedelta(days=1)
    for day, place in find_days(fold_in_place(text)):
        if day <= latest and not place[0].isdecimal():
            yield day, place


def find_day(near: Sequence[Line], lines: Sequence[Line]) -> str:
    """Find the date of publication that an article shows.

    It is in the lines near its title, else in the only one that says « Publié le ».
    """
    texts = [read_times(line) for line in near]
    short = [
        text
        for line, text in zip(near, texts, strict=True)
        if len(text) <= _LONGEST_DATED and not _PROSE.search(text) and not _is_heading(line)
    ]
    told = [text for text in texts if _TOLD.match(text) and len(text) <= _LONGEST_TOLD]
    days = (*(read_day(text, told=True) for text in told), *map(read_day, short))
    if day := next(filter(None, days), ""):
        return day
    others = (read_times(line) for line in lines if len(line.text) <= _LONGEST_TOLD)
    found = {read_day(text, told=True) for text in others if _TOLD.match(text)} - {""}
    return found.pop() if len(found) == 1 else ""


def read_times(line: Line) -> str:
    """Write a line with the dates that its tags tell and it does not: « il y a deux jours »."""
    text = line.text
    for element, place, run in line.runs:
        told = next(filter(None, map(element.get, _DATING.get(str(element.tag), _DATES))), "")
        if place == "text" and any(list_days(told[:10])):
            shown = " ".join(run.split())
            named = name_of(element) + ("published" if element.get("pubdate") is not None else "")
            kind = _LABEL.search(named)
            label = f"{'modifié' if kind['changed'] else 'publié'} le " if kind else ""
            text = text.replace(shown, label + (shown if any(list_days(shown)) else told[:10]), 1)
    return text


# ------------------------------------------------------------------------------- standfirst


def split_near(
    lines: Sequence[Line], heading: HtmlElement | None, text: str
) -> tuple[list[Line], list[Line]]:
    """Give the lines around a heading that are no part of a text yet: those above, those below.

    Above are those that the same element holds; below, those before the first paragraph of the
    text, or the next heading.
    """
    parts = set() if heading is None else set(heading.iter())
    places = [number for number, line in enumerate(lines) if line.owner in parts]
    begin = places[0] if places else 0
    start = places[-1] + 1 if places else 0
    holder = None if heading is None else heading.getparent()
    above = [
        line
        for line in lines[max(0, begin - _NEAR) : begin]
        if holder is not None and holder.tag != "body" and holder in climb(line.owner)
    ]
    written = plain(text)
    below = list(lines[start : start + _NEAR])
    for number, line in enumerate(below):
        begun = is_prose(line.text) and plain(line.text) in written and not _is_named(line)
        if begun or (_is_heading(line) and not _is_named(line)):
            return above, below[:number]
    return above, below


def lower_standfirst(lines: Iterable[Line], description: str) -> None:
    """Make paragraphs of the lines of a standfirst that a page writes as headings."""
    for line in lines:
        if line.owner.tag in ("h2", "h3", "h4", "h5") and is_prose(line.text):
            if _is_named(line) or _is_described(line.text, description):
                line.owner.tag = "p"


def find_standfirst(
    above: Sequence[Line], below: Sequence[Line], heading: HtmlElement | None, description: str
) -> list[str]:
    """Find the lines of a standfirst near a title.

    They are those that the page calls so, those that it gives as its description, and the sentences
    below its title that no menu or notice is made of.
    """
    return [
        line.text
        for lines, sentences in ((above, False), (below, heading is not None))
        for line in lines
        if (len(line.text) >= _SHORTEST_STANDFIRST and not _TOLD.match(line.text))
        and (
            _is_named(line)
            or _is_described(line.text, description)
            or (sentences and _is_sentence(line))
        )
    ]


def _is_sentence(line: Line) -> bool:
    return is_prose(line.text) and not is_linked(line) and not _ABOUT.search(line.text)


def _is_heading(line: Line) -> bool:
    return not _HEADINGS.isdisjoint(owner.tag for owner in climb(line.owner, 3))


def _is_named(line: Line) -> bool:
    return any(_STANDFIRST.search(name_of(element)) for element in climb(line.owner, 2))


def _is_described(text: str, description: str) -> bool:
    one, other = plain(text), plain(description)
    least = min(len(one), len(other))
    return least >= _SHORTEST_STANDFIRST and one[:least] == other[:least]


def is_linked(line: Line) -> bool:
    """Whether a line is but links."""
    return all(any(one.tag == "a" for one in climb(owner, 4)) for owner, _ in line.list_owned())
