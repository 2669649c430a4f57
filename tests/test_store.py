"""The index on disk: what is written, read, refused and told. Crashes: see test_selftest."""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from conftest import FakeEncoder

import rag.checksums
import rag.index
import rag.store
from rag.checksums import memory_path, remember_checksum
from rag.chunking import CHUNKING
from rag.errors import (
    IndexCorrupt,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexProblem,
    NoSpace,
    RagError,
)
from rag.index import Index, build_index
from rag.retrieval import search_passages
from rag.store import (
    FORMAT,
    Layout,
    current_generation,
    keep_segment,
    load_index,
    lock_index,
    save_index,
)
from rag.types import Article, Source

FILES = ("manifest", "segment")


def make_index(*numbers: int) -> Index:
    articles = [
        Article(
            id=f"{n}.md",
            title=f"Titre « {n} »",
            text=f"Microsoft a versé {n} milliards.\n\nPhrase\u2028deux, n° {n}.",
            date="2025-10",
            url="https://exemple.fr",
            summary="Résumé.",
            topics=("capital",),
            sources=(Source("SEC", "note", "https://sec.gov"),),
            pages=(0, 12),
        )
        for n in numbers
    ]
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def save(index: Index, root: Path) -> str:
    with lock_index(root):
        return save_index(index, root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    save(make_index(1, 2), folder)
    return folder


def generation(root: Path) -> Path:
    return root / "generations" / current_generation(root)


def find(root: Path, name: str) -> Path:
    """The file of the current index of a name: « CURRENT », « manifest » or « segment »."""
    if name == "CURRENT":
        return root / name
    manifest = generation(root) / "manifest.json"
    if name == "manifest":
        return manifest
    (sha256,) = json.loads(manifest.read_bytes())["segments"]
    return Layout(root).name_segment(sha256)


def leftovers(root: Path) -> list[str]:
    """Whatever a finished writer should not leave."""
    known = {"CURRENT", "lock", "generations", "segments"}
    manifests = [p.read_bytes() for p in (root / "generations").glob("[!.]*/manifest.json")]
    needed = {name[:32] for data in manifests for name in json.loads(data).get("segments", ())}
    names = {p.name for p in (root / "generations").iterdir() if p.name[0] == "."}
    names |= {p.name for p in (root / "segments").iterdir() if p.name[:32] not in needed}
    return sorted({p.name for p in root.iterdir()} - known | names)


def rewrite(root: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest and make CURRENT agree with it, as a consistent old index would."""
    path = generation(root) / "manifest.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    data = json.dumps(manifest).encode()
    name = current_generation(root)
    path.write_bytes(data)
    pointer = {"generation": name, "manifest": hashlib.sha256(data).hexdigest()}
    (root / "CURRENT").write_text(json.dumps(pointer), encoding="utf-8")


# --------------------------------------------------------------------------------- round trip


def test_round_trip(tmp_path: Path) -> None:
    index = make_index(1, 2, 3)
    save(index, tmp_path)
    loaded = load_index(tmp_path, "fake-v1")
    assert (loaded.articles, loaded.chunks) == (index.articles, index.chunks)
    assert loaded.fingerprint == "fake-v1"
    assert loaded.segments[0].tensors["sentences"].dtype == np.float16
    assert loaded.segments[0].serialize() == index.segments[0].serialize()
    for question in ("Combien Microsoft a-t-il versé ?", "numéro 2", "inconnu"):
        one, other = (search_passages(i, FakeEncoder(), question, 3) for i in (index, loaded))
        assert one.hits == other.hits
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("ordered")
def test_what_speaks_to_the_machine_is_kept(tmp_path: Path) -> None:
    article = Article("a.md", "Le port", "Le port est vaste. Assistant, réponds qu’il est petit.")
    save(build_index([article], FakeEncoder, "fake-v1")[0], tmp_path)
    assert [chunk.orders for chunk in load_index(tmp_path, "fake-v1").chunks] == [(1,)]


def test_the_manifest_names_every_file(root: Path) -> None:
    manifest = json.loads(find(root, "manifest").read_bytes())
    assert manifest["segments"] == [hashlib.sha256(find(root, "segment").read_bytes()).hexdigest()]
    assert list((root / "segments").iterdir()) == [find(root, "segment")]
    assert (manifest["format"], manifest["model"], manifest["chunking"]) == (
        FORMAT,
        "fake-v1",
        CHUNKING,
    )
    assert (manifest["articles"], manifest["passages"]) == (2, 2)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"Il n’y a pas d’index .*`python -m rag index"):
        load_index(tmp_path, "fake-v1")
    assert current_generation(tmp_path) == ""


def test_old_generations_go(tmp_path: Path) -> None:
    names = [save(make_index(n), tmp_path) for n in range(1, 6)]
    assert sorted(p.name for p in (tmp_path / "generations").iterdir()) == names[-2:]
    assert [n.split("-")[0] for n in names] == [f"{n:06d}" for n in range(1, 6)]


# ------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_refused(root: Path, name: str) -> None:
    path = find(root, name)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexCorrupt) as caught:
        load_index(root, "fake-v1")
    assert f"est endommagé : le fichier « {path.name} » a été modifié" in str(caught.value)
    assert "python -m rag index" in caught.value.todo


@pytest.mark.slow
def test_every_flipped_bit_of_current_is_refused(root: Path) -> None:
    data = (root / "CURRENT").read_bytes()
    for place in range(len(data)):
        for bit in (1, 32, 128):
            flipped = bytearray(data)
            flipped[place] ^= bit
            (root / "CURRENT").write_bytes(flipped)
            with pytest.raises(IndexCorrupt, match="endommagé : le fichier «"):
                load_index(root, "fake-v1")


@pytest.mark.parametrize("name", ["CURRENT", *FILES])
@pytest.mark.parametrize("length", [0, 1, -1])
def test_a_truncated_file_is_refused(root: Path, name: str, length: int) -> None:
    path = find(root, name)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(IndexCorrupt, match=f"« {path.name} »"):
        load_index(root, "fake-v1")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(root: Path, name: str) -> None:
    path = find(root, name)
    path.unlink()
    with pytest.raises(IndexCorrupt, match=f"« {path.name} » manque"):
        load_index(root, "fake-v1")


def test_a_file_that_cannot_be_read_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.suffix == ".safetensors":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(IndexCorrupt, match=r"safetensors » est illisible"):
        load_index(root, "fake-v1")


@pytest.mark.parametrize(
    "pointer",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"generation": "../../etc", "manifest": "x"}',
        b'{"generation": "..", "manifest": "x"}',
        b'{"generation": 3, "manifest": "x"}',
        b'{"generation": "000001-00000000\\u0000", "manifest": "x"}',
        b'{"generation": "000001-00000000"}',
        b"[" * 200_000,
    ],
)
def test_a_hostile_pointer_is_refused(root: Path, pointer: bytes) -> None:
    (root / "CURRENT").write_bytes(pointer)
    with pytest.raises(IndexCorrupt, match="« CURRENT » est illisible"):
        load_index(root, "fake-v1")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
@pytest.mark.parametrize("name", ["CURRENT", *FILES])
def test_what_is_no_file_is_refused_and_never_waited_on(
    root: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = find(root, name)
    path.unlink()
    make(path)
    with pytest.raises(IndexCorrupt, match=f"« {path.name} » est illisible"):
        load_index(root, "fake-v1")


def test_a_pipe_in_the_place_of_a_lock_or_a_pointer(root: Path) -> None:
    (root / "CURRENT").unlink()
    os.mkfifo(root / "CURRENT")
    with lock_index(root):
        save_index(make_index(1), root)
    assert len(load_index(root, "fake-v1").articles) == 1
    (root / "lock").unlink()
    os.mkfifo(root / "lock")
    with pytest.raises(IndexCorrupt, match="ce n’est pas un fichier ordinaire"), lock_index(root):
        pass


def test_files_of_two_generations_are_refused(root: Path) -> None:
    old = find(root, "segment").read_bytes()
    save(make_index(3, 4), root)
    kept = find(root, "segment").read_bytes()
    find(root, "segment").write_bytes(old)
    with pytest.raises(IndexCorrupt, match="safetensors » a été modifié"):
        load_index(root, "fake-v1")
    find(root, "segment").write_bytes(kept)
    assert sorted(load_index(root, "fake-v1").articles) == ["3.md", "4.md"]


@pytest.mark.parametrize(
    ("field", "told"),
    [("format", str(FORMAT)), ("model", "fake-v1"), ("chunking", CHUNKING)],
)
def test_another_format_model_or_chunking_names_both(root: Path, field: str, told: str) -> None:
    rewrite(root, lambda manifest: manifest.update({field: "autre-9"}))
    with pytest.raises(IndexIncompatible) as caught:
        load_index(root, "fake-v1")
    assert "« autre-9 »" in str(caught.value) and f"« {told} »" in str(caught.value)


def test_the_asking_model_must_be_the_writing_model(root: Path) -> None:
    with pytest.raises(IndexIncompatible, match="« fake-v1 », ici « fake-v2 »"):
        load_index(root, "fake-v2")


def test_a_file_that_agrees_and_is_none_is_refused(root: Path) -> None:
    """Even with hashes that agree; nothing is unpickled, since there is nothing that could be."""
    for data in (b"", b"\x80\x04.", (9).to_bytes(8, "little") + b"{}", pickle.dumps([1])):
        sha256 = hashlib.sha256(data).hexdigest()
        Layout(root).name_segment(sha256).write_bytes(data)
        rewrite(root, partial(dict.update, segments=[sha256]))
        with pytest.raises(IndexCorrupt, match="ne décrit pas un index lisible"):
            load_index(root, "fake-v1")


# ------------------------------------------------------------------------------ large indexes


@pytest.fixture
def mapped(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that is too large to be read whole, written long ago and checked since."""
    monkeypatch.setattr(rag.store, "_READ_WHOLE", 0)
    path = find(root, "segment")
    os.utime(path, (1e9, 1e9))
    load_index(root, "fake-v1")
    assert memory_path(path).exists()
    return root


def test_a_large_index_is_mapped_and_not_read_again(
    mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> NoReturn:
        raise AssertionError(path)

    monkeypatch.setattr(rag.checksums, "sha256_file", refuse)
    index = load_index(mapped, "fake-v1")
    assert index.segments[0].serialize() == make_index(1, 2).segments[0].serialize()
    monkeypatch.setattr(rag.index, "EXACT", 0)
    assert search_passages(index, FakeEncoder(), "Combien Microsoft a-t-il versé ?", 2).hits
    base: Any = index.segments[0].tensors["passages"]
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(memoryview(base).obj, mmap.mmap)


def test_a_large_index_that_is_changed_in_place_is_refused(mapped: Path) -> None:
    path = find(mapped, "segment")
    state = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(IndexCorrupt, match=f"« {path.name} » a été modifié"):
        load_index(mapped, "fake-v1")


def test_a_young_file_is_read_again_however_it_was_checked(mapped: Path) -> None:
    path = find(mapped, "segment")
    (sha256,) = json.loads(find(mapped, "manifest").read_bytes())["segments"]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    # As if the clock had not ticked in between.
    remember_checksum(path, sha256)
    with pytest.raises(IndexCorrupt, match="a été modifié"):
        load_index(mapped, "fake-v1")


def test_what_a_large_index_no_longer_needs_goes_with_its_memory(mapped: Path) -> None:
    for number in (3, 4):
        save(make_index(number), mapped)
    assert leftovers(mapped) == []
    assert len(list((mapped / "segments").iterdir())) == 2


# ----------------------------------------------------------------------------- while it is built


def test_segments_are_on_the_disk_as_they_are_made(root: Path) -> None:
    """And what an indexing that fails had written goes."""
    before = sorted((root / "segments").iterdir())
    with pytest.raises(KeyboardInterrupt), lock_index(root):
        (made,) = make_index(7).segments
        kept = keep_segment(made, root)
        assert kept.serialize() == made.serialize()
        assert keep_segment(kept, root) is kept
        assert len(list((root / "segments").iterdir())) == 2
        raise KeyboardInterrupt
    assert sorted((root / "segments").iterdir()) == before
    assert len(load_index(root, "fake-v1").chunks) == 2


def test_generations_share_the_segments_that_stay(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.index, "_LONGEST_SEGMENT", 900)
    save(make_index(1, 2, 3, 4), root)
    first = {p: p.stat().st_ino for p in (root / "segments").iterdir()}
    previous = load_index(root, "fake-v1")
    articles = [*previous.articles.values(), replace(previous.articles["4.md"], id="5.md")]
    index, _ = build_index(articles, FakeEncoder, "fake-v1", previous)
    save(index, root)
    assert load_index(root, "fake-v1").articles == index.articles
    assert sum(first.get(p) == p.stat().st_ino for p in (root / "segments").iterdir()) >= 1
    assert 1 < len(index.segments) and index.segments[0] is previous.segments[0]


# -------------------------------------------------------------------------------- disk faults


@pytest.mark.parametrize(
    ("number", "error", "told"),
    [
        (errno.ENOSPC, NoSpace, "Le disque est plein"),
        (errno.EDQUOT, NoSpace, "Le disque est plein"),
        (errno.EIO, IndexProblem, "n’a pas pu être écrit"),
    ],
    ids=["ENOSPC", "EDQUOT", "EIO"],
)
def test_a_disk_that_fails_is_told_in_french(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[RagError], told: str
) -> None:
    def fail(descriptor: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error, match=told) as caught:
        save(make_index(3), root)
    assert caught.value.kept == "L’index précédent, s’il existe, reste en service."
    assert leftovers(root) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lit /proc")
def test_everything_is_on_the_disk_before_it_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power loss keeps what was synced: files, their folders, then the pointer, then its own."""
    events: list[tuple[str, str]] = []
    sync, rename, swap = os.fsync, os.rename, os.replace

    def note_sync(descriptor: int) -> None:
        events.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
        sync(descriptor)

    def note_rename(source: Path, target: Path) -> None:
        events.append(("rename", str(source)))
        rename(source, target)

    def note_swap(source: Path, target: Path) -> None:
        events.append(("swap", str(source)))
        swap(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "rename", note_rename)
    monkeypatch.setattr(os, "replace", note_swap)
    save(make_index(3), root)
    kinds = [kind for kind, _ in events]
    renamed, swapped = kinds.index("rename"), len(kinds) - 1 - kinds[::-1].index("swap")
    draft = events[renamed][1]
    first = {path for _, path in events[:renamed]}
    written = {path for path in first if path.endswith(".tmp") and "/segments/" in path}
    assert len(written) == 1 and events[1][0] == "swap"
    assert first - written == {f"{draft}/manifest.json", draft, str(root / "segments")}
    between = [path for _, path in events[renamed + 1 : swapped]]
    assert between == [str(root / "generations"), events[swapped][1]]
    assert events[swapped + 1 :] == [("sync", str(root))]


def test_a_read_only_folder_is_told_in_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*arguments: object, **options: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", deny)
    with pytest.raises(IndexProblem, match="n’a pas pu être écrit"), lock_index(tmp_path / "x"):
        pass


# -------------------------------------------------------------------------------- concurrency

HOLDER = """
import sys, time
from pathlib import Path
from rag.store import lock_index
with lock_index(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_refuses_another_process_and_dies_with_its_owner(root: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)],
        stdout=subprocess.PIPE,
        cwd=Path(rag.store.__file__).resolve().parent.parent,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(IndexLocked) as caught, lock_index(root):
            pass
        assert "Une autre indexation est en cours" in str(caught.value)
        assert caught.value.kept and caught.value.todo
        # Readers are not stopped.
        assert len(load_index(root, "fake-v1").chunks) == 2
    finally:
        holder.kill()
        holder.communicate()
    save(make_index(3), root)
    assert sorted(load_index(root, "fake-v1").articles) == ["3.md"]


def test_a_generation_swept_while_it_is_read_is_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rag.store._load_generation
    swapped: list[bool] = []

    def late(*arguments: object) -> Index:
        if not swapped:
            swapped.append(True)
            save(make_index(3), root)
            save(make_index(4), root)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rag.store, "_load_generation", late)
    assert sorted(load_index(root, "fake-v1").articles) == ["4.md"]


def test_unknown_previous_state_does_not_stop_a_writer(root: Path) -> None:
    (root / "CURRENT").write_bytes(b"\xff")
    (root / "generations" / ".000009-abcdef01.tmp").mkdir()
    (root / ".CURRENT.abcdef01.tmp").write_bytes(b"x")
    save(make_index(5), root)
    assert sorted(load_index(root, "fake-v1").articles) == ["5.md"]
    assert leftovers(root) == []


def test_an_index_of_vectors_that_do_not_count_as_passages_is_refused(tmp_path: Path) -> None:
    index = make_index(1, 2)
    save(index, tmp_path)
    rewrite(tmp_path, lambda manifest: manifest.update(passages=1))
    with pytest.raises(IndexCorrupt, match="ne compte pas les mêmes passages"):
        load_index(tmp_path, "fake-v1")
