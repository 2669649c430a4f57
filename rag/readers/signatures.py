"""The format of a file by what it holds, for those whose names do not tell."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.packages import CLOSED, OLE
from rag.readers.text import decode

_READ = 20_000
# Readers of PDF take a file whose first kilobyte has this.
_PDF, _PDF_WITHIN = b"%PDF-", 1024
_ZIP = b"PK\x03\x04"
# A part of each kind of archive that no other has; OpenDocument and EPUB tell theirs in a part.
_MAIN_PARTS = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
}
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
    b"application/epub+zip": ".epub",
}
# How texts begin, in the order in which they are tried.
_FIELDS = r"(?:[\w-]+:.*\n(?:[ \t]+.*\n)*)*?"
_BEGINNINGS = {
    suffix: re.compile(pattern, re.IGNORECASE)
    for suffix, pattern in {
        ".rtf": r"\{\\rtf",
        ".vtt": r"WEBVTT\b",
        ".srt": r"\s*\d+\n\d\d:\d\d:\d\d,\d{3} -->",
        ".jsonl": r'\{.*"text"\s*:',
        ".html": r"\s*(?:<[?!][^>]*>\s*)*<html\b|\s*<!doctype html\b",
        ".mhtml": rf"{_FIELDS}(?:Snapshot-Content-Location:|From: <Saved by)",
        ".eml": rf"{_FIELDS}(?:Message-ID|MIME-Version|Received):",
        ".md": r"---[ \t]*\n|(?:.*\n)*?#{1,6} \S",
    }.items()
}


def recognise(path: Path) -> str:
    """Return the extension that a file should have, ``.txt`` when it is any text.

    Raises
    ------
    UnreadableFile
        When it is a document of Office 97, or is in no format that is known.
    """
    with path.open("rb") as file:
        start = file.read(_READ)
    if start.startswith(OLE):
        raise UnreadableFile(CLOSED)
    if _PDF in start[:_PDF_WITHIN]:
        return ".pdf"
    if start.startswith(_ZIP):
        return _recognise_archive(path)
    try:
        text = decode(start)[0].replace("\r\n", "\n")
    except UnreadableFile:  # the reader says why, when it has the whole
        return ".txt"
    found = (suffix for suffix, begins in _BEGINNINGS.items() if begins.match(text))
    return next(found, ".txt")


def _recognise_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = b""
            if "mimetype" in names:
                with archive.open("mimetype") as part:
                    kind = part.read(100).strip()
    except Exception:  # zipfile does not list what a damaged archive raises
        return ".zip"
    main = next((suffix for part, suffix in _MAIN_PARTS.items() if part in names), ".zip")
    return _MIMETYPES.get(kind, main)
