"""Small files written whole or not at all, and the disk's errors told in French.

A file is written beside its place, pushed down to the disk, then given its name: whatever
interrupts the writer, a reader sees the old content or the new one.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rag.errors import NoSpace, RagError

# What the system says when there is no room: on the disk, in a quota, in one file.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, in place of what is there.

    Raises
    ------
    OSError
        When it can't be written; what was there stays, and nothing else is left.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        write_synced(draft, data)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and push what it holds down to the disk.

    Raises
    ------
    OSError
        When it can't be written; a part of it may stay.
    """
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def dump_json(value: object) -> bytes:
    """Write a small value as JSON that a person can read."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def load_json(path: Path) -> dict[str, object]:
    """Read a small JSON object; what is missing or is not one gives an empty one."""
    try:
        found = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_regular(path: Path) -> bytes:
    """Read a whole file, and nothing that is no file: a pipe would be waited on for ever.

    Raises
    ------
    OSError
        When it can't be read, or is not a regular file.
    """
    _require_regular(path.stat(), path)
    return path.read_bytes()


def open_lock(path: Path) -> TextIO:
    """Open a file to lock, made when there is none; what it holds is never read.

    Raises
    ------
    OSError
        When it can't be opened, or is not a regular file.
    """
    # For writing alone it would wait for somebody to read a pipe.
    handle = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "w")
    try:
        _require_regular(os.fstat(handle.fileno()), path)
    except OSError:
        handle.close()
        raise
    return handle


def _require_regular(found: os.stat_result, path: Path) -> None:
    # Reading a folder says so better.
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EINVAL, "ce n’est pas un fichier ordinaire", str(path))


def sync(path: Path) -> None:
    """Push a file, or the names that a folder holds, down to the disk.

    Raises
    ------
    OSError
        When the disk can't.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explain_disk_errors(what: str, kept: str) -> Iterator[None]:
    """Turn the system's errors on files into French ones.

    Parameters
    ----------
    what
        What could not be done, a French sentence without its full stop.
    kept
        What was kept, a full French sentence.

    Raises
    ------
    NoSpace
        When the disk is full.
    RagError
        When a file can't be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            todo = "Libérez de la place, puis recommencez."
            raise NoSpace(f"{what} : le disque est plein.", kept=kept, todo=todo) from error
        raise RagError(
            f"{what} ({error.strerror or error}).",
            kept=kept,
            todo="Vérifiez les droits du dossier et l’état du disque, puis recommencez.",
        ) from error
