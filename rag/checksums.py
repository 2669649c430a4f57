"""SHA-256 of files, and the memory of a check already made.

Beside a checked file lies ``<file>.verified``, a small JSON with the hash and the size, the times
of change and the number the file had then. It is a memory, not an authority: the expected hash
always comes from the caller. Knows nothing about models.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path


def sha256_file(path: Path) -> str:
    """Hash a file without loading it: 64 lower-case hexadecimal digits.

    Raises
    ------
    OSError
        When the file can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def match_checksum(path: Path, sha256: str) -> bool:
    """Say whether a file has this hash, reading it only when it changed since the last check.

    Raises
    ------
    OSError
        When the file can't be read.
    """
    if recall_checksum(path, sha256):
        return True
    if sha256_file(path) != sha256:
        return False
    remember_checksum(path, sha256)
    return True


def identify_file(path: Path) -> str:
    """Return the SHA-256 of a file, from memory when the file has not changed since.

    Raises
    ------
    OSError
        When the file can't be read.
    """
    try:
        known = json.loads(memory_path(path).read_text(encoding="utf-8"))
        if known == _describe(path, known["sha256"]):
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = sha256_file(path)
    remember_checksum(path, found)
    return found


def recall_checksum(path: Path, sha256: str) -> bool:
    """Say whether this hash was found before and the file has not changed since."""
    try:
        known = json.loads(memory_path(path).read_text(encoding="utf-8"))
        return bool(known == _describe(path, sha256))
    except (OSError, ValueError):
        return False


def remember_checksum(path: Path, sha256: str) -> None:
    """Note that the file, as it is now, has this hash; in a read-only folder, do nothing."""
    memory = memory_path(path)
    fresh = memory.with_name(f"{memory.name}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps(_describe(path, sha256)) + "\n", encoding="utf-8")
        fresh.replace(memory)
    except OSError:
        fresh.unlink(missing_ok=True)


def memory_path(path: Path) -> Path:
    """Name the file that remembers the check of ``path``."""
    return path.with_name(path.name + ".verified")


def _describe(path: Path, sha256: str) -> dict[str, str | int]:
    state = path.stat()
    # The time of the last change of anything, which no program can set back, and the file's number.
    changed = {"ctime_ns": state.st_ctime_ns, "inode": state.st_ino}
    return {"sha256": sha256, "size": state.st_size, "mtime_ns": state.st_mtime_ns, **changed}
