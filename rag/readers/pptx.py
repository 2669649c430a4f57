"""PPTX: the slides in their order, each under its title, with their tables and notes.

Elements are given their names in HTML, which ``markup`` writes. Hidden slides, charts and diagrams
are left out, and told.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.readers.head import find_title
from rag.readers.markup import prepare_tree, write_text
from rag.readers.packages import local_name, own_title, parse_part, read_parts
from rag.readers.text import clean, title_from_name
from rag.types import Article

if TYPE_CHECKING:
    from lxml.etree import _Element

_PARTS = re.compile(
    r"ppt/(?:_rels/)?presentation\.xml(?:\.rels)?|ppt/(?:slides|notesSlides)/.*\.(?:xml|rels)"
    r"|docProps/core\.xml|ppt/comments/.*\.xml"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RENAMED = {"r": "span", "t": "span", "fld": "span", "br": "br"}
_RENAMED |= {"tbl": "table", "tr": "tr", "tc": "td", "graphic": "div"}
# The other drawing of a shape, for older programs; and how characters and paragraphs look.
_LEFT_OUT = ("{*}Fallback", "{*}rPr", "{*}pPr", "{*}endParaRPr")
_FIELDS = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_TITLES = ("title", "ctrTitle")
# Places of these types, or of none, hold the points of a slide.
_POINTS = ("body", "obj", "")


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one presentation as one article.

    Its title is the one in its properties, else that of its first slide, else the file's name.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or without text.
    """
    parts = read_parts(path, _PARTS)
    texts: list[str] = []
    hidden = drawn = struck = 0
    for slide in _list_slides(parts):
        tree = parse_part(parts.get(slide))
        if tree.get("show") == "0":
            hidden += 1
            continue
        frames = tree.iter("{*}graphicFrame")
        drawn += sum(1 for frame in frames if frame.find(".//{*}tbl") is None)
        struck += _drop_struck(tree)
        texts.append(_write_slide(tree, _POINTS))
        for kind, notes in _read_relations(parts, slide).values():
            if kind == "notesSlide" and notes in parts:
                told = _write_slide(parse_part(parts[notes]), ())
                texts.append(f"### Notes\n\n{told}" if told else "")
    text = "\n\n".join(filter(None, texts))
    if not text:
        raise UnreadableFile("cette présentation ne contient aucun texte")
    comments = sum(part.startswith("ppt/comments/") for part in parts)
    left = {
        "passages barrés, laissés de côté": struck,
        "diapositives masquées, non lues": hidden,
        "graphiques et schémas, non lus": drawn,
        "diapositives commentées, dont les commentaires ne sont pas lus": comments,
    }
    yield from (f"{what} : {count}" for what, count in left.items() if count)
    title = _read_title(parts.get("docProps/core.xml"))
    yield Article(id=name, title=title or find_title(text) or title_from_name(path), text=text)


def _list_slides(parts: dict[str, bytes]) -> list[str]:
    """Return the names of the parts of the slides, in their order."""
    main = "ppt/presentation.xml"
    relations = _read_relations(parts, main)
    order = parse_part(parts.get(main)).iter("{*}sldId")
    found = (relations.get(slide.get(_RELATION, ""), ("", ""))[1] for slide in order)
    return [slide for slide in found if slide in parts]


def _read_relations(parts: dict[str, bytes], part: str) -> dict[str, tuple[str, str]]:
    """Return the kind and the part that each relation of a part leads to."""
    folder, file = posixpath.split(part)
    data = parts.get(f"{folder}/_rels/{file}.rels")
    relations = parse_part(data) if data else ()
    return {
        relation.get("Id", ""): (
            relation.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join(folder, relation.get("Target", ""))).lstrip("/"),
        )
        for relation in relations
    }


def _drop_struck(tree: _Element) -> int:
    """Remove the runs of a slide that are struck through, and count them."""
    runs = [run for run in tree.iter("{*}r") if run.find("{*}rPr[@strike]") is not None]
    struck = [run for run in runs if run.find("{*}rPr").get("strike") != "noStrike"]
    for run in struck:
        run.getparent().remove(run)
    return len(struck)


def _write_slide(tree: _Element, points: Collection[str]) -> str:
    """Write the text of the shapes of a slide, or of its notes, in the order of the file.

    Each paragraph of the places of the types ``points`` is an item.
    """
    from lxml import etree

    etree.strip_elements(tree, *_LEFT_OUT, with_tail=False)
    for shape in list(tree.iter("{*}sp")):
        place = shape.find(".//{*}nvPr/{*}ph")
        kind = place.get("type", "") if place is not None else None
        if kind in _FIELDS:
            shape.getparent().remove(shape)
            continue
        for line in shape.iter("{*}p"):
            line.tag = "h2" if kind in _TITLES else "item" if kind in points else "p"
    for element in tree.iter(etree.Element):
        element.tag = _RENAMED.get(local_name(element), element.tag)
    for table in tree.iter("table"):
        headed = table.find("{*}tblPr[@firstRow='1']") is not None
        for cell in table.iterfind("tr[1]/td") if headed else ():
            cell.tag = "th"
    prepare_tree(tree)
    return clean(write_text(tree))[0]


def _read_title(data: bytes | None) -> str:
    try:
        return own_title(parse_part(data).findtext("{*}title"))
    except UnreadableFile:
        return ""
