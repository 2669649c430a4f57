"""ZIP: each document that it holds, read as if it stood in a folder.

Nothing is unpacked under the names that the archive gives. Source for the names of files: APPNOTE
6.3.10, appendix D: UTF-8 where a flag says so, else the code page 437; many programs write UTF-8
without saying so.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.members import read_member
from rag.readers.packages import DAMAGED
from rag.readers.scans import Waiting
from rag.readers.text import MAX_ILLUSTRATED_BYTES, check_size
from rag.types import Article

_MOST_MEMBERS = 2000
# Inflated, all together: an archive is read in the time of a large folder.
_MAX_BYTES = 500_000_000
_IN_UTF8, _ENCRYPTED = 0x800, 0x1


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read the documents of one archive.

    Raises
    ------
    UnreadableFile
        When the archive is too large, damaged or without a readable document.
    """
    check_size(path, MAX_ILLUSTRATED_BYTES)
    try:
        archive = zipfile.ZipFile(path)
    except Exception as error:  # zipfile does not list what a damaged archive raises
        raise UnreadableFile(DAMAGED) from error
    with archive:
        found = {_read_name(part): part for part in archive.infolist()}
        members = {member: found[member] for member in sorted(found) if not _is_left_out(member)}
        if len(members) > _MOST_MEMBERS:
            raise UnreadableFile(f"plus de {_MOST_MEMBERS} fichiers ; partagez l’archive")
        if sum(part.file_size for part in members.values()) > _MAX_BYTES:
            most = _MAX_BYTES // 1_000_000
            raise UnreadableFile(f"plus de {most} Mo une fois décompressée ; partagez l’archive")
        remarks: list[str] = []
        empty = True
        for member, part in members.items():
            for item in _read_part(archive, part, member, name):
                if isinstance(item, Article):
                    empty = False
                    yield item
                else:
                    remarks.append(item)
    if empty and not any(isinstance(remark, Waiting) for remark in remarks):
        raise UnreadableFile(" ; ".join(["aucun document lisible dans l’archive", *remarks[:5]]))
    yield from remarks


def _read_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, member: str, name: str
) -> Iterator[Article | str]:
    if part.flag_bits & _ENCRYPTED:
        yield f"« {member} » : protégé par un mot de passe"
        return
    if stat.S_ISLNK(part.external_attr >> 16):
        yield f"« {member} » : lien, non suivi"
        return
    try:
        data = archive.read(part)
    except Exception:  # as above
        yield f"« {member} » : endommagé"
        return
    yield from read_member(data, member, name)


def _read_name(part: zipfile.ZipInfo) -> str:
    name = part.filename
    if not part.flag_bits & _IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")  # some programs of Windows do not


def _is_left_out(member: str) -> bool:
    """Whether a member is a folder, is hidden or has no name."""
    if not member or member.endswith("/"):
        return True
    return any(part.startswith((".", "__MACOSX")) for part in member.split("/") if part != "..")
