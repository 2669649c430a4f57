"""Documents that are archives of XML: their parts, read within limits."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UnreadableFile
from rag.readers.text import MAX_ILLUSTRATED_BYTES, check_size, clean

if TYPE_CHECKING:
    from lxml.etree import _Element

# A book of a thousand pages has 5 MB of XML, a sheet of a hundred thousand rows ten times as much.
_MAX_XML = 50_000_000
_MOST_PARTS = 10_000
TOO_LONG = "ce document est trop long ; partagez-le en plusieurs"
DAMAGED = "ce fichier est endommagé, ou n’est pas du format que dit son nom"
CLOSED = (
    "document protégé par un mot de passe, ou d’un format d’avant 2007 (.doc, .xls, .ppt) ; "
    "enregistrez-en une copie sans protection au format .docx, .xlsx ou .pptx"
)
# The first bytes of a file of Office 97, or of one closed by a password.
OLE = b"\xd0\xcf\x11\xe0"
# What the programs that make documents write for a title.
_MACHINE_TITLE = re.compile(
    r"(?:(?:word )?document|sans titre|sans nom|untitled|(?:powerpoint )?presentation"
    r"|présentation(?: powerpoint)?|classeur|workbook|unknown|inconnu)?\W*\d*",
    re.IGNORECASE,
)


def read_parts(path: Path, wanted: re.Pattern[str], most: int = _MAX_XML) -> dict[str, bytes]:
    """Inflate the parts of a document whose names match, ``most`` bytes of them in all.

    Sizes are checked before: zipfile inflates no more of a part than what it declares.

    Raises
    ------
    UnreadableFile
        When the file is too large, damaged, closed by a password or in a format of Office 97.
    """
    check_size(path, MAX_ILLUSTRATED_BYTES)
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise UnreadableFile(CLOSED)
    try:
        with zipfile.ZipFile(path) as archive:
            found = [part for part in archive.infolist() if wanted.fullmatch(part.filename)]
            if len(found) > _MOST_PARTS or sum(part.file_size for part in found) > most:
                raise UnreadableFile(TOO_LONG)
            return {part.filename: archive.read(part) for part in found}
    except UnreadableFile:
        raise
    except Exception as error:  # zipfile does not list what a damaged archive raises
        raise UnreadableFile(DAMAGED) from error


def parse_part(data: bytes | None) -> _Element:
    """Make a tree of a part.

    Raises
    ------
    UnreadableFile
        When it is missing or is not XML.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(data or b"", parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(DAMAGED) from error


def local_name(element: _Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def own_title(title: str | None) -> str:
    """Return the title that a document declares, empty when a program made it up."""
    line = " ".join(clean(title or "")[0].split())
    return "" if _MACHINE_TITLE.fullmatch(line) else line
