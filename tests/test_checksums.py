"""A check is remembered as long as the file has not changed, and never replaces the pinned hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rag.checksums import (
    identify_file,
    match_checksum,
    memory_path,
    recall_checksum,
    remember_checksum,
    sha256_file,
)


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_hash_is_the_one_of_the_content(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"abc" * 1_000_000)
    assert sha256_file(file) == hash_bytes(b"abc" * 1_000_000)


def test_a_match_is_remembered_and_a_mismatch_is_not(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"good")
    assert not match_checksum(file, hash_bytes(b"other"))
    assert not memory_path(file).exists()
    assert match_checksum(file, hash_bytes(b"good"))
    assert recall_checksum(file, hash_bytes(b"good"))
    assert not recall_checksum(file, hash_bytes(b"other"))
    assert identify_file(file) == hash_bytes(b"good")


def test_a_remembered_file_is_not_read_again(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"good")
    remember_checksum(file, hash_bytes(b"what was found then"))
    assert match_checksum(file, hash_bytes(b"what was found then"))


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"good")
    assert match_checksum(file, hash_bytes(b"good"))
    before = file.stat().st_mtime_ns
    file.write_bytes(b"evil")
    os.utime(file, ns=(before + 1, before + 1))
    assert not match_checksum(file, hash_bytes(b"good"))
    assert identify_file(file) == hash_bytes(b"evil")


def test_a_broken_memory_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"good")
    for junk in (b"", b"[]", b"\xff", b'{"sha256": 3}'):
        memory_path(file).write_bytes(junk)
        assert match_checksum(file, hash_bytes(b"good"))
        memory_path(file).write_bytes(junk)
        assert identify_file(file) == hash_bytes(b"good")
