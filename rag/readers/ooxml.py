"""The package of a DOCX: its parts, what relates them, and what its styles say.

Knows nothing of text. Strict documents (ISO/IEC 29500) are read as the others: only the names of
their namespaces differ.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_OOXML = "{http://schemas.openxmlformats.org/"
W = f"{_OOXML}wordprocessingml/2006/main}}"
R = f"{_OOXML}officeDocument/2006/relationships}}"
M = f"{_OOXML}officeDocument/2006/math}}"
A = f"{_OOXML}drawingml/2006/main}}"
MC = f"{_OOXML}markup-compatibility/2006}}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
V = "{urn:schemas-microsoft-com:vml}"
O = "{urn:schemas-microsoft-com:office:office}"  # noqa: E741

_STRICT = {
    b"http://purl.oclc.org/ooxml/" + strict: b"http://schemas.openxmlformats.org/" + usual
    for strict, usual in (
        (b"wordprocessingml/main", b"wordprocessingml/2006/main"),
        (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
        (b"officeDocument/math", b"officeDocument/2006/math"),
        (b"drawingml/main", b"drawingml/2006/main"),
    )
}
_MOST_BASES = 20
_MAIN = "word/document.xml"


def parse(data: bytes) -> _Element:
    """Parse a part; no entity is expanded and nothing is fetched.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        When it is not well-formed.
    """
    from lxml import etree

    if b"//purl.oclc.org/ooxml/" in data:
        for strict, usual in _STRICT.items():
            data = data.replace(strict, usual)
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def value(element: _Element | None, path: str = "") -> str:
    """Return the value of an element, or of what ``path`` (« numPr/numId ») leads to under it."""
    if element is not None and path:
        element = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    return "" if element is None else element.get(f"{W}val") or ""


def is_on(element: _Element | None) -> bool:
    """Whether a switch is there and not turned off (ISO/IEC 29500-1, 17.17.4)."""
    if element is None:
        return False
    said = element.get(f"{W}val") or element.get(f"{W14}val")
    return said not in ("0", "false", "off", "none")


class Package:
    """The parts of a document by what they are to it.

    Attributes
    ----------
    damaged
        How many of those that were asked for are damaged.
    """

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts
        self.damaged = 0
        roots = [target for kind, target in self.relate("").values() if kind == "officeDocument"]
        self.main = next((target for target in roots if target in parts), _MAIN)
        self._related = self.relate(self.main)

    def relate(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what a part relates to: by identifier, the kind and the name of the other."""
        folder, _, base = name.rpartition("/")
        data = self._parts.get(posixpath.join(folder, "_rels", f"{base}.rels"))
        if data is None:
            return {}
        return {
            relation.get("Id", ""): (
                relation.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:],
            )
            for relation in parse(data)
            if isinstance(relation.tag, str) and relation.get("TargetMode") != "External"
        }

    def document(self) -> _Element:
        """Return the tree of the document itself.

        Raises
        ------
        KeyError
            When the package has none.
        """
        return parse(self._parts[self.main])

    def find(self, kind: str) -> _Element | None:
        """Return the tree of the part that is the « styles », the « comments »… of the document."""
        named = (target for found, target in self._related.values() if found == kind)
        usual = f"{self.main.rpartition('/')[0]}/{kind}.xml"
        return next((self.read(name) for name in (*named, usual) if name in self._parts), None)

    def target(self, identifier: str) -> str:
        """Return the name of the part that the document relates to by an identifier, or nothing."""
        return self._related.get(identifier, ("", ""))[1]

    def data(self, name: str) -> bytes:
        """Return the bytes of a part, none when it is missing."""
        return self._parts.get(name, b"")

    def read(self, name: str) -> _Element | None:
        """Return the tree of a part; None when it is missing or damaged, which is counted."""
        from lxml import etree

        try:
            return parse(self._parts[name]) if name in self._parts else None
        except etree.XMLSyntaxError:
            self.damaged += 1
            return None


class Styles:
    """The styles of a document, each with those that it is based on."""

    def __init__(self, root: _Element | None) -> None:
        styles = [] if root is None else root.findall(f"{W}style")
        self._styles: dict[str, _Element] = {}
        for style in styles:
            self._styles.setdefault(style.get(f"{W}styleId") or "", style)
        self._default = next(
            (
                style.get(f"{W}styleId") or ""
                for style in styles
                if style.get(f"{W}type") == "paragraph" and is_on_attribute(style, "default")
            ),
            "",
        )
        self._found: dict[tuple[str, str], _Element | None] = {}

    def of_paragraph(self, paragraph: _Element) -> str:
        """Return the identifier of the style of a paragraph."""
        return value(paragraph, "pPr/pStyle") or self._default

    def name(self, style: str) -> str:
        """Return the name of a style, which is in English whatever the language, in lower case."""
        return value(self._styles.get(style), "name").lower()

    def summary(self) -> _Element:
        """Return the styles with no more than their names, which is all that mammoth asks for."""
        from lxml import etree

        root = etree.Element(f"{W}styles")
        for identifier, style in self._styles.items():
            told = {"type": style.get(f"{W}type") or "paragraph", "styleId": identifier}
            short = etree.SubElement(root, f"{W}style", {f"{W}{k}": v for k, v in told.items()})
            short.extend(
                style.makeelement(f"{W}name", name.attrib) for name in style.findall(f"{W}name")
            )
        return root

    def chain(self, style: str) -> Iterator[_Element]:
        """Yield a style, then what it is based on, and so on."""
        for _ in range(_MOST_BASES):  # a style may be based on itself
            if style not in self._styles:
                break
            yield self._styles[style]
            style = value(self._styles[style], "basedOn")

    def find(self, style: str, path: str) -> _Element | None:
        """Return what ``path`` leads to in a style or in the nearest that it is based on."""
        if (style, path) not in self._found:
            full = "/".join(f"{W}{step}" for step in path.split("/"))
            elements = (known.find(full) for known in self.chain(style))
            self._found[style, path] = next((one for one in elements if one is not None), None)
        return self._found[style, path]


def is_on_attribute(element: _Element | None, name: str) -> bool:
    """Whether an attribute of an element is there and on."""
    return element is not None and element.get(f"{W}{name}") in ("1", "true", "on")
