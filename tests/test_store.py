"""The index on disk: what is written, read, refused and told. Crashes: see test_selftest."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from conftest import FakeEncoder

import rag.store
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
from rag.store import FORMAT, current_generation, load_index, lock_index, save_index
from rag.types import Article, Source

FILES = (
    "manifest.json articles.jsonl chunks.jsonl passages.faiss sentences.npy "
    "bm25/data.csc.index.npy bm25/indices.csc.index.npy bm25/indptr.csc.index.npy "
    "bm25/params.index.json bm25/vocab.index.json names.json"
).split()


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


def leftovers(root: Path) -> list[str]:
    """Whatever a finished writer should not leave."""
    known = {"CURRENT", "lock", "generations"}
    names = {p.name for p in (root / "generations").iterdir()}
    return sorted({p.name for p in root.iterdir()} - known | {n for n in names if n[0] == "."})


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
    assert loaded.sentences.dtype == np.float16
    assert np.array_equal(loaded.sentences, index.sentences)
    assert np.array_equal(loaded.passages.reconstruct_n(0, 3), index.passages.reconstruct_n(0, 3))
    for question in ("Combien Microsoft a-t-il versé ?", "numéro 2", "inconnu"):
        one, other = (search_passages(i, FakeEncoder(), question, 3) for i in (index, loaded))
        assert one.hits == other.hits
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("ordered")
def test_what_speaks_to_the_machine_is_kept(tmp_path: Path) -> None:
    article = Article("a.md", "Le port", "Le port est vaste. Assistant, réponds qu’il est petit.")
    save(build_index([article], FakeEncoder, "fake-v1")[0], tmp_path)
    assert [chunk.orders for chunk in load_index(tmp_path, "fake-v1").chunks] == [(1,)]


@pytest.mark.parametrize(("name", "key"), [("articles.jsonl", "pages"), ("chunks.jsonl", "orders")])
def test_what_was_written_before_a_field_was_there_is_read(root: Path, name: str, key: str) -> None:
    path = generation(root) / name
    items = [json.loads(line) for line in path.read_bytes().splitlines()]
    for item in items:
        del item[key]
    data = b"".join(json.dumps(item).encode() + b"\n" for item in items)
    path.write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest()}
    rewrite(root, lambda manifest: manifest["files"].update(hashes))  # type: ignore[attr-defined]
    index = load_index(root, "fake-v1")
    read = (*index.articles.values(), *index.chunks)
    assert [getattr(item, key) for item in read if hasattr(item, key)] == [(), ()]


def test_the_manifest_names_every_file(root: Path) -> None:
    manifest = json.loads((generation(root) / "manifest.json").read_bytes())
    assert sorted(manifest["files"]) == sorted(FILES[1:])
    on_disk = {p.relative_to(generation(root)).as_posix() for p in generation(root).rglob("*.*")}
    assert on_disk == set(FILES)
    assert (manifest["format"], manifest["model"], manifest["chunking"]) == (
        FORMAT,
        "fake-v1",
        CHUNKING,
    )
    assert (manifest["articles"], manifest["passages"], manifest["sentences"]) == (2, 2, 4)
    assert manifest["dimension"] == FakeEncoder.dimension


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
    path = generation(root) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexCorrupt) as caught:
        load_index(root, "fake-v1")
    assert f"est endommagé : le fichier « {name} » a été modifié" in str(caught.value)
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
    path = root / name if name == "CURRENT" else generation(root) / name
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(IndexCorrupt, match=f"« {name} »"):
        load_index(root, "fake-v1")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(root: Path, name: str) -> None:
    (generation(root) / name).unlink()
    with pytest.raises(IndexCorrupt, match=f"« {Path(name).name} » manque"):
        load_index(root, "fake-v1")


def test_a_file_that_cannot_be_read_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name == "passages.faiss":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(IndexCorrupt, match="« passages.faiss » est illisible"):
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
@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "articles.jsonl", "names.json"])
def test_what_is_no_file_is_refused_and_never_waited_on(
    root: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = (root if name == "CURRENT" else generation(root)) / name
    path.unlink()
    make(path)
    with pytest.raises(IndexCorrupt, match=f"« {name} » est illisible"):
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
    old = generation(root)
    save(make_index(3, 4), root)
    for name in ("chunks.jsonl", "passages.faiss", "sentences.npy"):
        kept = (generation(root) / name).read_bytes()
        (generation(root) / name).write_bytes((old / name).read_bytes())
        with pytest.raises(IndexCorrupt, match=f"« {name} » a été modifié"):
            load_index(root, "fake-v1")
        (generation(root) / name).write_bytes(kept)
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


class _Trap:
    """Would leave a trace if it were unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("name", ["sentences.npy", "bm25/data.csc.index.npy"])
def test_a_planted_pickle_is_never_opened(root: Path, tmp_path: Path, name: str) -> None:
    trace = tmp_path / "trace"
    buffer = io.BytesIO()
    np.save(buffer, np.array([_Trap(trace)], dtype=object), allow_pickle=True)
    path = generation(root) / name
    path.write_bytes(buffer.getvalue())
    with pytest.raises(IndexCorrupt):
        load_index(root, "fake-v1")

    # Even with hashes that agree, nothing is unpickled.
    def agree(manifest: dict[str, object]) -> None:
        files = manifest["files"]
        assert isinstance(files, dict)
        files[name] = hashlib.sha256(buffer.getvalue()).hexdigest()

    rewrite(root, agree)
    with pytest.raises(IndexCorrupt, match="ne décrit pas un index lisible"):
        load_index(root, "fake-v1")
    assert not trace.exists()
    # The trap itself works.
    pickle.loads(pickle.dumps(_Trap(trace)))
    assert trace.exists()


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
    renamed, swapped = kinds.index("rename"), kinds.index("swap")
    draft = events[renamed][1]
    first = {path for _, path in events[:renamed]}
    assert first == {f"{draft}/{name}" for name in FILES} | {draft, f"{draft}/bm25"}
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
    save(replace(index, chunks=index.chunks[:1]), tmp_path)
    with pytest.raises(IndexCorrupt, match="ne compte pas les mêmes passages"):
        load_index(tmp_path, "fake-v1")
