"""Small files: whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rag.durable import (
    explain_disk_errors,
    make_folder,
    move,
    read_sealed,
    write_atomically,
    write_sealed,
)
from rag.errors import NoSpace, RagError


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, {"é": 1})
    write_sealed(path, {"é": 2})
    assert read_sealed(path) == {"é": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("failing", range(1, 3))
@pytest.mark.parametrize("before", [b"avant", None])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, before: bytes | None
) -> None:
    """The file itself can't be pushed down to the disk, or its name can't."""
    path, calls = tmp_path / "a.json", []
    if before:
        path.write_bytes(before)

    def fail(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError):
        write_atomically(path, b"apres")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [before] * bool(before)


def test_what_could_not_be_moved_is_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    make_folder(tmp_path / "x" / "y")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError):
        move(tmp_path / "a", tmp_path / "x" / "y" / "a")
    assert (tmp_path / "a").read_bytes() == b"a"


@pytest.mark.parametrize(
    "change", [("é", "e"), ('"sha256": "', '"sha256": "0'), ("{", "["), ("value", "valve")]
)
def test_what_was_changed_is_not_taken_for_what_was_sealed(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, ["été"])
    path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    try:
        assert read_sealed(path) != ["été"]
    except ValueError:
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):
        read_sealed(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (errno.ENOSPC, NoSpace, "Raté : le disque est plein. Rien n’a changé. Libérez"),
        (errno.EDQUOT, NoSpace, "Raté : le disque est plein."),
        (errno.EACCES, RagError, "Raté (Permission denied). Rien n’a changé. Vérifiez"),
    ],
)
def test_the_disk_is_explained(code: int, kind: type[RagError], told: str) -> None:
    with pytest.raises(RagError) as caught, explain_disk_errors("Raté", "Rien n’a changé."):
        raise OSError(code, os.strerror(code))
    assert type(caught.value) is kind and str(caught.value).startswith(told)
