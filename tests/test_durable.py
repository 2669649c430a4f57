"""Small files: whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rag.durable import dump_json, explain_disk_errors, load_json, write_atomically
from rag.errors import NoSpace, RagError


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, dump_json({"é": 1}))
    write_atomically(path, dump_json({"é": 2}))
    assert load_json(path) == {"é": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"avant")

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, where, fail)
    with pytest.raises(OSError):
        write_atomically(path, b"apres")
    assert path.read_bytes() == b"avant"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_object_gives_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert load_json(tmp_path / "a.json") == load_json(tmp_path / "absent") == {}


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
