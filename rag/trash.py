"""The trash: files taken away that can still be put back, for thirty days.

::

    TRASH/TOKEN/NAME             the file; the token begins with the time of its removal, in UTC
    TRASH/TOKEN/.retrait.json    its title
    TRASH/TOKEN/.adresse.json    the note of where it came from, if there was one

Whatever interrupts a removal, the file is where it was or whole in the trash. Call it under the
lock of the folder that the files come from. Knows nothing about articles.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.durable import make_folder, move, read_sealed, write_atomically, write_sealed

KEPT = timedelta(days=30)
_TIME = "%Y%m%dT%H%M%S"
_TOKEN = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_TITLE, _NOTE = ".retrait.json", ".adresse.json"


@dataclass(frozen=True, slots=True)
class Removed:
    """One file in the trash; ``token`` puts it back."""

    token: str
    title: str
    removed_at: datetime


def discard_file(trash: Path, file: Path, note: Path, title: str, leave: bool = False) -> str:
    """Move a file and its note, if there is one, to the trash; return its token.

    Parameters
    ----------
    leave
        Whether they stay where they are as well, because another version is to replace them.

    Raises
    ------
    OSError
        When it can't be moved; it is still where it was.
    """
    token = f"{datetime.now(UTC).strftime(_TIME)}-{secrets.token_hex(4)}"
    folder = trash / token
    try:
        make_folder(folder)
        write_sealed(folder / _TITLE, {"title": title})
        if note.exists():
            write_atomically(folder / _NOTE, note.read_bytes())
        if leave:
            write_atomically(folder / file.name, file.read_bytes())
        else:
            move(file, folder / file.name)
    except OSError:
        # Never with the file in it.
        if leave or not (folder / file.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if not leave:
        # One that stays says nothing of another file.
        with suppress(OSError):
            note.unlink()
    return token


def find_discarded(trash: Path, token: str) -> Path | None:
    """Return the file that a token stands for, or None when it is not in the trash."""
    if not _TOKEN.fullmatch(token) or not (trash / token).is_dir():
        return None
    return next((p for p in (trash / token).iterdir() if not p.name.startswith(".")), None)


def put_back(discarded: Path, file: Path, note: Path) -> None:
    """Move what ``find_discarded`` found to ``file``, and its note to ``note``.

    Raises
    ------
    OSError
        When it can't be moved; it is still in the trash.
    """
    kept = discarded.with_name(_NOTE)
    if kept.exists():
        make_folder(note.parent)
        write_atomically(note, kept.read_bytes())
    try:
        make_folder(file.parent)
        move(discarded, file)
    except OSError:
        note.unlink(missing_ok=True)
        raise
    shutil.rmtree(discarded.parent, ignore_errors=True)


def list_removed(trash: Path) -> tuple[Removed, ...]:
    """List the trash, last removed first."""
    found = []
    for token in sorted(_tokens(trash), reverse=True):
        file = find_discarded(trash, token)
        if file is not None:
            title = _read_title(trash / token / _TITLE) or file.name
            found.append(Removed(token, title, _time_of(token)))
    return tuple(found)


def empty_trash(trash: Path, now: datetime) -> None:
    """Remove for good what was taken away thirty days before ``now``."""
    for token in _tokens(trash):
        if now - _time_of(token) > KEPT:
            shutil.rmtree(trash / token, ignore_errors=True)


def _read_title(path: Path) -> str:
    try:
        found = read_sealed(path)
    except (OSError, ValueError):
        return ""
    return str(found.get("title", "")) if isinstance(found, dict) else ""


def _tokens(trash: Path) -> list[str]:
    names = os.listdir(trash) if trash.is_dir() else []
    return [name for name in names if _TOKEN.fullmatch(name)]


def _time_of(token: str) -> datetime:
    """Read the time in a token; one that is no time is taken as just removed."""
    try:
        return datetime.strptime(token.partition("-")[0], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
