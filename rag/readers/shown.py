"""What a page shows: takes out of its tree what a browser hides, and what is no part of its text.

Only what the tags and their own ``style`` say is known: of the style sheets of a page, those that
it holds, only what they strike through is read, as word processors write it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from rag.readers.markup import LINE_THROUGH, climb, drop_outer, drop_struck, list_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_Styles = dict[str, str]

_ZERO = re.compile(r"0*\.?0*(?:px|pt|em|rem|ex|ch|%)?|[01](?:\.\d*)?p[xt]")
# Lengths past which what is moved to the left or to the top is out of any window.
_LENGTH = re.compile(r"-(\d+(?:\.\d+)?)(px|pt|em|rem|%|vw|vh)")
_FAR = {"px": 500, "pt": 400, "em": 40, "rem": 40, "%": 300, "vw": 100, "vh": 100}
_PLACES = ("left", "top", "text-indent", "margin-left", "margin-top", "right", "bottom")
_CLIPPED = re.compile(r"rect\((?:[01](?:px)?[\s,]*){4}\)|inset\((?:50|100)%")
_COLOUR = re.compile(r"#[\da-f]{3,8}|(?:rgb|hsl)a?\([^)]*\)|[a-z]{3,20}(?![\w(-])")
_COLOURS = frozenset({"color", "background-color", "background", "bgcolor"})
# What the eye does not tell apart, of 255.
_SAME_COLOUR = 8
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}%]*%\}")
# « .c3 », « span.old »: what depends on what is around it, or on the mouse, is left.
_SELECTOR = re.compile(r"([a-z]\w*)?((?:[.#][\w-]+)+)", re.IGNORECASE)
_MOST_SELECTORS, _LONGEST_RULE = 1000, 2000
_SHOWN_AS_IS = frozenset({"code", "pre", "kbd", "samp"})
_BANNER = re.compile(
    r"cookie|consent|gdpr|rgpd|didomi|onetrust|tarteaucitron|axeptio|\bcmp\b|dialog|modal|banner"
    r"|bandeau|overlay|pop-?(?:in|up)|notice",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"accept|refus|consent|param[eé]tr|personnalis|pr[eé]f[eé]rence|continu|navigation",
    re.IGNORECASE,
)
_COOKIES = re.compile(r"\b(?:cookies?|traceurs)\b", re.IGNORECASE)
_LONGEST_BANNER = 3000
_LARGEST_BANNER = 500
# What draws its signs with words: « menu », « arrow_forward ».
_ICON = re.compile(r"icon|glyph|symbol|\bfa\b", re.IGNORECASE)


def keep_shown(body: HtmlElement) -> list[str]:
    """Take out of a page what its reader does not see, what is struck, and what is no text of it.

    The last are banners about cookies, and what holds templates that no program filled.

    Returns
    -------
    list[str]
        In French, what was left out, but for banners.
    """
    strike(body, "".join(map(str, body.xpath("/*//style/text()"))))
    for element in list(body.iter("noscript", "template")):
        # Renamed, so that what it holds is read, and counted.
        element.tag = "div"
        element.set("hidden", "")
    hidden = drop_outer(body, _is_hidden)
    struck = drop_struck(body)
    drop_outer(body, _is_banner)
    unfilled = _drop_templates(body)
    for element in body.iter("*"):
        # Not to be read aloud is not to be hidden, whatever trafilatura makes of it.
        if element.get("aria-hidden") and not _ICON.search(element.get("class") or ""):
            del element.attrib["aria-hidden"]
    return [
        told.format(count=count, s="s" if count > 1 else "")
        for count, told in (
            (hidden, "{count} passage{s} qu’un navigateur n’affiche pas : laissé{s} de côté"),
            (struck, "{count} passage{s} barré{s} : laissé{s} de côté"),
            (
                unfilled,
                "{count} passage{s} à compléter par le site ({{{{ … }}}}) : laissé{s} de côté",
            ),
        )
        if count
    ]


def strike(body: HtmlElement, sheet: str) -> None:
    """Say in their own ``style`` which elements a style sheet strikes through."""
    first, *others = sheet.split("/*")
    bare = "".join((first, *(part.partition("*/")[2] for part in others)))
    rules = (rule.rsplit("{", 2)[-2:] for rule in bare.split("}") if len(rule) <= _LONGEST_RULE)
    struck = [
        (found[1], set(re.findall(r"[.#][\w-]+", found[2])))
        for selectors, *declared in rules
        if any(map(LINE_THROUGH.search, declared))
        for one in selectors.split(",")
        if (found := _SELECTOR.fullmatch(one.strip()))
    ][:_MOST_SELECTORS]
    for element in body.iter("*") if struck else ():
        names = {f".{name}" for name in (element.get("class") or "").split()}
        names.add(f"#{element.get('id')}")
        if any(tag in (None, element.tag) and marks <= names for tag, marks in struck):
            element.set("style", f"{element.get('style') or ''};text-decoration:line-through")


# ------------------------------------------------------------------------------------- hidden


def _is_hidden(element: HtmlElement) -> bool:
    """Whether a browser shows nothing of an element, by its tag, its attributes and its style."""
    if element.get("hidden", "until-found") != "until-found":
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    if not element.attrib:
        return False
    styles = _read_styles(element)
    coloured = not _COLOURS.isdisjoint(styles) or not _COLOURS.isdisjoint(element.attrib)
    return (bool(styles) and _is_masked(styles)) or (coloured and _is_blended(element))


def _read_styles(element: HtmlElement) -> _Styles:
    told = (element.get("style") or "").lower().replace("!important", "")
    pairs = (line.partition(":") for line in told.split(";") if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _is_masked(styles: _Styles) -> bool:
    def is_zero(*names: str) -> bool:
        return any(name in styles and _ZERO.fullmatch(styles[name]) for name in names)

    return (
        styles.get("display") == "none"
        or styles.get("visibility") in ("hidden", "collapse")
        or is_zero("opacity", "font-size")
        or (styles.get("overflow") == "hidden" and is_zero("height", "max-height", "width"))
        or any(_CLIPPED.match(styles.get(name, "")) for name in ("clip", "clip-path"))
        or any(_is_far(styles.get(name, "")) for name in _PLACES)
        or _is_far(styles.get("transform", "").partition("(")[2])
    )


def _is_far(length: str) -> bool:
    found = _LENGTH.match(length.strip())
    return found is not None and float(found[1]) >= _FAR[found[2]]


def _is_blended(element: HtmlElement) -> bool:
    """Whether a text has the colour of what is behind it, as the page says itself of both."""
    ink = _find_colour(element, ("color",))
    if ink is not None and ink[3:] == (0,):
        # A picture may be seen through the letters.
        return "background-clip" not in (element.get("style") or "")
    ground = _find_colour(element, ("background-color", "background", "bgcolor"))
    if ink is None or ground is None:
        return False
    return all(abs(a - b) <= _SAME_COLOUR for a, b in zip(ink[:3], ground[:3], strict=True))


def _find_colour(element: HtmlElement, names: tuple[str, ...]) -> tuple[int, ...] | None:
    """Find the nearest of the colours that an element and those around it declare.

    None where there is none, or a picture.
    """
    for owner in climb(element):
        styles = {**owner.attrib, **_read_styles(owner)}
        told = " ".join(styles[name] for name in names if name in styles)
        if "url(" in told or "gradient(" in told or "background-image" in styles:
            return None
        colour = _read_colour(told)
        if colour is not None and (colour[3:] != (0,) or names == ("color",)):
            return colour
    return None


def _read_colour(told: str) -> tuple[int, ...] | None:
    """Read the first colour of a declaration, in three numbers, or four when it lets light in."""
    from PIL import ImageColor

    for name in _COLOUR.findall(told.lower()):
        if name == "transparent":
            return 0, 0, 0, 0
        try:
            return tuple(ImageColor.getrgb(name))
        except ValueError:
            continue
    return None


# ------------------------------------------------------------------------- banners, templates


def _is_banner(element: HtmlElement) -> bool:
    """Whether an element asks what to do about cookies: it is named so, says so and is short."""
    named = " ".join(element.get(name) or "" for name in ("id", "class", "role", "aria-label"))
    if not _BANNER.search(named) or element.tag in ("body", "main", "article"):
        return False
    parts = list(islice(element.iter("*"), _LARGEST_BANNER + 1))
    text = " ".join(
        f"{part.text or ''} {part.tail or ''}"
        for part in parts
        if part.tag not in ("script", "style")
    )
    small = len(parts) <= _LARGEST_BANNER and len(text) <= _LONGEST_BANNER
    return small and _COOKIES.search(text) is not None and _CONSENT.search(text) is not None


def _drop_templates(body: HtmlElement) -> int:
    """Remove the lines that hold « {{ name }} », but for those that show a program; count them."""
    count = 0
    filled = _TEMPLATE.search(body.text_content()) is None
    for line in () if filled else list(list_lines(body)):
        if _TEMPLATE.search(line.text):
            within = (owner.tag for owner in climb(line.owner))
            if _SHOWN_AS_IS.isdisjoint(within):
                line.take()
                count += 1
    return count
