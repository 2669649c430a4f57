"""File names that are safe to write, made of the names that people and sites give."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from rag.readers.text import clean

# Half of what file systems take (255 bytes): room for a number, and for names put before or after.
_BYTES = 120
# Refused by Windows, which may read a folder that is shared; and separators of any system.
_FORBIDDEN = re.compile(r'[<>:"|?*/\\\s]+')
# Devices of Windows.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE | re.DOTALL)


def safe_name(name: str) -> str:
    """Make a name for one file, whatever was given: no folder, not hidden, NFC, of bounded length.

    The last part of a path is taken and its suffix kept, in small letters. « ../../Été 2025.MD »
    gives « Été 2025.md ».
    """
    last = re.split(r"[/\\]", clean(name)[0])[-1]
    path = PurePosixPath(_FORBIDDEN.sub(" ", last).rstrip(" ."))
    stem, suffix = path.stem.strip(" ."), path.suffix.lower()
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"{stem}_" if stem else "article"
    room = max(1, _BYTES - len(suffix.encode()))
    stem = stem.encode()[:room].decode(errors="ignore").strip(" .")
    return f"{stem}{suffix}" if len(suffix.encode()) < _BYTES else stem


def free_name(name: str, taken: Collection[str]) -> str:
    """Return ``name``, or the first of « nom-2.md », « nom-3.md »… that is not taken.

    Names that differ only by case are one name on some systems.
    """
    used = {other.casefold() for other in taken}
    path = PurePosixPath(name)
    number, found = 1, name
    while found.casefold() in used:
        number += 1
        found = f"{path.stem}-{number}{path.suffix}"
    return found
