"""The trash alone; what becomes of articles there is told by test_collection."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.trash import discard_file, empty_trash, find_discarded, list_removed, put_back


def test_a_file_goes_and_comes_back_with_its_note(tmp_path: Path) -> None:
    file, note, trash = tmp_path / "a.md", tmp_path / "a.md.json", tmp_path / "trash"
    file.write_bytes(b"texte")
    note.write_bytes(b"{}")
    token = discard_file(trash, file, note, "Titre")
    assert not file.exists() and not note.exists()
    discarded = find_discarded(trash, token)
    assert discarded is not None and discarded.read_bytes() == b"texte"
    put_back(discarded, tmp_path / "b.md", tmp_path / "b.md.json")
    assert (tmp_path / "b.md").read_bytes() == b"texte"
    assert (tmp_path / "b.md.json").read_bytes() == b"{}"
    assert list(trash.iterdir()) == [] and list_removed(trash) == ()


def test_a_file_that_cannot_go_stays(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        discard_file(tmp_path / "trash", tmp_path / "absent.md", tmp_path / "absent", "Titre")
    assert list((tmp_path / "trash").iterdir()) == []


def test_a_token_without_time_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "99999999T999999-00000000"
    folder.mkdir()
    (folder / "x.md").write_bytes(b"texte")
    empty_trash(tmp_path, datetime.now(UTC))
    assert [removed.title for removed in list_removed(tmp_path)] == ["x.md"]
