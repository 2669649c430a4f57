"""Small files written whole or not at all, and the disk's errors told in French.

A file is written beside its place, pushed down to the disk, then given its name: whatever
interrupts the writer, a reader sees the old content or the new one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    former = draft.with_suffix(".old.tmp")
    existed = os.path.lexists(path)
    try:
        write_synced(draft, data)
        if existed:
            _link(path, former)
        os.replace(draft, path)
        try:
            sync(path.parent)
        except OSError:
            # What the disk refuses to keep is not published.
            if former.exists():
                os.replace(former, path)
            elif not existed:
                path.unlink()
            raise
    finally:
        for left in (draft, former):
            with suppress(OSError):
                left.unlink()


def _link(path: Path, other: Path) -> None:
    """Give a file another name, which puts it back without room, on disks that have such names."""
    try:
        os.link(path, other)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise


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


def move(source: Path, target: Path) -> None:
    """Give a file another name and push that down to the disk; nothing may have it already.

    Raises
    ------
    OSError
        When it can't be moved; it is where it was.
    """
    os.rename(source, target)
    try:
        sync(target.parent)
    except OSError:
        os.rename(target, source)
        raise


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and those above it that are missing, and push their names down to the disk.

    Raises
    ------
    OSError
        When it can't be made, or is not a folder.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode, exist_ok=True)
        sync(path.parent)


def write_sealed(path: Path, value: object) -> None:
    """Put a small JSON value at ``path``, with the SHA-256 that tells whether it is still that one.

    Raises
    ------
    OSError
        See ``write_atomically``.
    """
    sealed = {"value": value, "sha256": _hash_json(value)}
    write_atomically(path, json.dumps(sealed, ensure_ascii=False, indent=1).encode())


def read_sealed(path: Path) -> object:
    """Read what ``write_sealed`` wrote; a value that was written before it existed is taken as is.

    Raises
    ------
    OSError
        When it can't be read.
    ValueError
        When it is not what was written.
    """
    try:
        found = json.loads(read_regular(path))
    except RecursionError as error:
        raise ValueError(path) from error
    if not isinstance(found, dict) or "value" not in found:
        return found
    if found.get("sha256") != _hash_json(found["value"]):
        raise ValueError(path)
    return found["value"]


def _hash_json(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def read_regular(path: Path) -> bytes:
    """Read a whole file, and nothing that is no file: a pipe would be waited on for ever.

    Raises
    ------
    OSError
        When it can't be read, or is not a regular file.
    """
    require_regular(path.stat(), path)
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
        require_regular(os.fstat(handle.fileno()), path)
    except OSError:
        handle.close()
        raise
    return handle


def require_regular(found: os.stat_result, path: Path) -> None:
    """Refuse what is no file, by what the system says of it.

    Raises
    ------
    OSError
        When it is not a regular file, nor a folder.
    """
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


def measure_folder(folder: Path) -> int:
    """Return the bytes of the files of a folder, and of the folders in it."""
    size = 0
    for parent, _, names in os.walk(folder):  # unlike rglob, does not mind what vanishes meanwhile
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


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
