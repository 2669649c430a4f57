"""Indexes on disk: immutable generations of shared segments, published by one atomic swap.

::

    DIR/CURRENT                          names the generation and the SHA-256 of its manifest
    DIR/lock                             held while writing; dies with its owner
    DIR/generations/NAME/manifest.json   format, model, rules, counts, SHA-256 of every segment
    DIR/segments/NAME.safetensors        articles, passages, vectors, terms; named by its SHA-256

A generation has the segments of the one before that did not change, and no other is written again.
Whatever interrupts a writer, a reader sees the old index or the new one. Nothing is parsed before
its hash is checked, and nothing is ever unpickled. A small index is read into memory; of a large
one, the segments are mapped, and what has not changed since its last check is not read again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.checksums import match_checksum, sha256_file
from rag.chunking import CHUNKING
from rag.durable import (
    DISK_FULL,
    make_folder,
    open_lock,
    read_regular,
    require_regular,
    sync,
    write_atomically,
    write_synced,
)
from rag.errors import IndexCorrupt, IndexIncompatible, IndexLocked, IndexMissing, NoSpace
from rag.french import TERMS
from rag.index import Index
from rag.segments import Segment, map_file, read_segment

FORMAT = 2
# Bytes of the largest index that is read whole: hashed in a tenth of a second.
_READ_WHOLE = 64_000_000
# Seconds after which a file that is written again has another time, on any disk.
_SETTLED = 3
# A reader that has just read CURRENT still finds its generation while the next one is published.
_KEPT_GENERATIONS = 2
_GENERATION = re.compile(r"\d{6,}-[0-9a-f]{8}")
_REBUILD = "Relancez `python -m rag index` : les articles, eux, sont intacts."


@dataclass(frozen=True)
class Layout:
    """The names of everything under an index folder."""

    root: Path
    manifest: str = "manifest.json"

    @property
    def current(self) -> Path:
        """The pointer to the generation in force."""
        return self.root / "CURRENT"

    @property
    def lock(self) -> Path:
        """The file that a writer holds locked."""
        return self.root / "lock"

    @property
    def generations(self) -> Path:
        """The folder of all generations."""
        return self.root / "generations"

    @property
    def segments(self) -> Path:
        """The folder of the segments of all generations."""
        return self.root / "segments"

    def name_segment(self, sha256: str) -> Path:
        """Return where the segment of a hash is."""
        return self.segments / f"{sha256[:32]}.safetensors"


@contextlib.contextmanager
def lock_index(root: Path) -> Iterator[None]:
    """Hold the right to write the index at ``root``.

    Raises
    ------
    IndexLocked
        When another process holds it.
    NoSpace, IndexCorrupt
        When the folder can't be written, for lack of space or another reason.
    """
    layout = Layout(root)
    with _translate_disk_errors(root):
        make_folder(layout.generations)
        make_folder(layout.segments)
        handle = open_lock(layout.lock)
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise IndexLocked(
                f"Une autre indexation est en cours dans « {root} ».",
                kept="L’index en service n’a pas changé.",
                todo="Attendez qu’elle se termine, puis recommencez.",
            ) from error
        with _translate_disk_errors(root):
            _sweep(layout)
        try:
            yield
        except BaseException:
            _sweep(layout)
            raise


def save_index(index: Index, root: Path, corpus: str = "") -> str:
    """Write ``index`` as a new generation and make it the current one.

    Call it under ``lock_index``. Returns the name of the generation. ``corpus`` is for
    ``recall_corpus``.

    Raises
    ------
    NoSpace, IndexCorrupt
        When the disk is full or refuses; the previous index stays in force and nothing else is
        left.
    """
    layout = Layout(root)
    with _translate_disk_errors(root):
        name = f"{_last_number(layout) + 1:06d}-{secrets.token_hex(4)}"
    draft = layout.generations / f".{name}.tmp"
    try:
        with _translate_disk_errors(root):
            manifest_hash = _write_generation(index, draft, layout, corpus)
            os.rename(draft, layout.generations / name)
            sync(layout.generations)
            pointer = {"generation": name, "manifest": manifest_hash}
            write_atomically(layout.current, json.dumps(pointer).encode())
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        if current_generation(root) != name:
            shutil.rmtree(layout.generations / name, ignore_errors=True)
        raise
    _sweep(layout)
    return name


def keep_segment(segment: Segment, root: Path) -> Segment:
    """Write a segment that is not on the disk yet, and return it as it is there.

    Call it under ``lock_index``; what no generation comes to name is removed by the next writer.

    Raises
    ------
    NoSpace, IndexCorrupt
        When the disk is full or refuses.
    """
    layout = Layout(root)
    if segment.sha256 and layout.name_segment(segment.sha256).exists():
        return segment
    data = segment.serialize()
    sha256 = hashlib.sha256(data).hexdigest()
    path = layout.name_segment(sha256)
    with _translate_disk_errors(root):
        write_atomically(path, data)
        small = len(data) < _READ_WHOLE // 8
        return read_segment(data if small else map_file(path), sha256)


def load_index(root: Path, fingerprint: str, *, to_rebuild: bool = False) -> Index:
    """Load and verify the current index.

    Parameters
    ----------
    root
        The index folder.
    fingerprint
        Of the encoder that will embed the questions.
    to_rebuild
        Accept an index cut or searched by older rules: its vectors can be taken over, its BM25
        must not be asked.

    Raises
    ------
    IndexMissing
        When there is none.
    IndexCorrupt
        When a file is not the one that was written.
    IndexIncompatible
        When it was made in another format, with another model or by other rules.
    """
    layout = Layout(root)
    while True:
        name, manifest_hash = _read_current(layout)
        try:
            folder = layout.generations / name
            return _load_generation(folder, manifest_hash, fingerprint, layout, to_rebuild)
        except FileNotFoundError as error:
            # A writer may have published twice since CURRENT was read, however often.
            if _read_current(layout)[0] == name:
                raise _corrupt(root, Path(error.filename or name).name, "manque") from error
        except OSError as error:
            raise _corrupt(root, Path(error.filename or name).name, "est illisible") from error
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise _corrupt(root, layout.manifest, "ne décrit pas un index lisible") from error


def recall_corpus(root: Path) -> str | None:
    """Return what ``save_index`` was told of the corpus of the current index.

    An empty string when there is no index; None when it can't be read, or was written before that
    was told.
    """
    layout = Layout(root)
    try:
        name, manifest_hash = _read_current(layout)
        found = _read_manifest(layout.generations / name, manifest_hash, layout).get("corpus")
    except IndexMissing:
        return ""
    except (IndexCorrupt, OSError, ValueError):
        return None
    return None if found is None else str(found)


def current_generation(root: Path) -> str:
    """Return the name of the generation in force, or an empty string when there is none."""
    try:
        return _read_current(Layout(root))[0]
    except (IndexMissing, IndexCorrupt):
        return ""


# ------------------------------------------------------------------------------------ writing


def _write_generation(index: Index, draft: Path, layout: Layout, corpus: str) -> str:
    segments = [keep_segment(segment, layout.root) for segment in index.segments]
    draft.mkdir()
    manifest = {
        "format": FORMAT,
        "corpus": corpus,
        "model": index.fingerprint,
        "chunking": CHUNKING,
        "terms": TERMS,
        "articles": len(index.articles),
        "passages": len(index.chunks),
        "segments": [segment.sha256 for segment in segments],
        "copies": index.groups,
    }
    # A path may hold bytes that are no UTF-8.
    data = json.dumps(manifest, indent=1).encode()
    write_synced(draft / layout.manifest, data)
    sync(draft)
    return hashlib.sha256(data).hexdigest()


def _last_number(layout: Layout) -> int:
    names = [path.name.split("-")[0] for path in layout.generations.iterdir()]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def _sweep(layout: Layout) -> None:
    """Remove leftovers of killed writers, generations and segments that nobody needs."""
    current = current_generation(layout.root)
    finished = sorted(p.name for p in layout.generations.iterdir() if not p.name.startswith("."))
    kept = {current, *finished[-_KEPT_GENERATIONS:]}
    for path in layout.generations.iterdir():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    needed: set[str] = set()
    for name in kept:
        try:
            manifest = json.loads(read_regular(layout.generations / name / layout.manifest))
            needed |= {layout.name_segment(sha256).name for sha256 in manifest["segments"]}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            continue
        except OSError:
            return  # what can't be read may still need any of them
    for path in (*layout.root.glob(".*.tmp"), *_list_segments(layout)):
        # Beside a segment lies what is remembered of its check.
        if path.name.removesuffix(".verified") not in needed:
            with contextlib.suppress(OSError):
                path.unlink()


def _list_segments(layout: Layout) -> list[Path]:
    return list(layout.segments.iterdir()) if layout.segments.is_dir() else []


@contextlib.contextmanager
def _translate_disk_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kept = "L’index précédent, s’il existe, reste en service."
        if error.errno in DISK_FULL:
            raise NoSpace(
                f"Le disque est plein : l’index n’a pas pu être écrit dans « {root} ».",
                kept=kept,
                todo="Libérez de la place, puis relancez l’indexation.",
            ) from error
        raise IndexCorrupt(
            f"L’index n’a pas pu être écrit dans « {root} » ({error.strerror or error}).",
            kept=kept,
            todo="Vérifiez les droits et l’état du disque, puis relancez l’indexation.",
        ) from error


# ------------------------------------------------------------------------------------ reading


def _read_current(layout: Layout) -> tuple[str, str]:
    try:
        pointer = json.loads(read_regular(layout.current))
        name, manifest_hash = pointer["generation"], pointer["manifest"]
        if not _GENERATION.fullmatch(name):
            raise ValueError(name)
    except FileNotFoundError as error:
        raise IndexMissing(
            f"Il n’y a pas d’index dans « {layout.root} ».",
            todo="Créez-le avec `python -m rag index --corpus DOSSIER --index "
            f"{layout.root}`, ou lancez `make run`.",
        ) from error
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise _corrupt(layout.root, "CURRENT", "est illisible") from error
    return name, manifest_hash


def _load_generation(
    folder: Path, manifest_hash: str, fingerprint: str, layout: Layout, to_rebuild: bool
) -> Index:
    manifest = _read_manifest(folder, manifest_hash, layout)
    _check_compatible(manifest, fingerprint, layout.root, to_rebuild)
    paths = {sha256: layout.name_segment(sha256) for sha256 in manifest["segments"]}
    mapped = sum(path.stat().st_size for path in paths.values()) > _READ_WHOLE
    segments = []
    for sha256, path in paths.items():
        found = _open_segment(path, sha256, mapped)
        if found is None:
            raise _corrupt(layout.root, path.name, "a été modifié")
        segments.append(found)
    rules = f"{manifest['chunking']} {manifest['terms']}"
    groups = tuple(tuple(group) for group in manifest["copies"])
    index = Index(tuple(segments), manifest["model"], rules, groups)
    if (len(index.articles), len(index.chunks)) != (manifest["articles"], manifest["passages"]):
        raise _corrupt(layout.root, layout.manifest, "ne compte pas les mêmes passages")
    return index


def _open_segment(path: Path, sha256: str, mapped: bool) -> Segment | None:
    """Read a segment, or map its file; None when it is not the one that was written."""
    if not mapped:
        data = read_regular(path)
        return read_segment(data, sha256) if hashlib.sha256(data).hexdigest() == sha256 else None
    require_regular(path.stat(), path)
    # Two changes within one tick of the clock have one time: a young file is always read.
    young = time.time() - path.stat().st_mtime < _SETTLED
    same = sha256_file(path) == sha256 if young else match_checksum(path, sha256)
    return read_segment(map_file(path), sha256) if same else None


def _read_manifest(folder: Path, manifest_hash: str, layout: Layout) -> dict[str, Any]:
    data = read_regular(folder / layout.manifest)
    if hashlib.sha256(data).hexdigest() != manifest_hash:
        raise _corrupt(layout.root, layout.manifest, "a été modifié")
    manifest: dict[str, Any] = json.loads(data)
    return manifest


def _check_compatible(
    manifest: dict[str, Any], fingerprint: str, root: Path, to_rebuild: bool
) -> None:
    vectors = (("format", FORMAT, "le format"), ("model", fingerprint, "le modèle de plongement"))
    rules = (("chunking", CHUNKING, "le découpage"), ("terms", TERMS, "l’analyse des mots"))
    for field, here, label in vectors if to_rebuild else vectors + rules:
        if manifest[field] != here:
            raise IndexIncompatible(
                f"L’index de « {root} » n’est pas fait pour cette version : {label} y est "
                f"« {manifest[field]} », ici « {here} ».",
                kept="L’index n’a pas été modifié.",
                todo=_REBUILD,
            )


def _corrupt(root: Path, name: str, verb: str) -> IndexCorrupt:
    return IndexCorrupt(
        f"L’index de « {root} » est endommagé : le fichier « {name} » {verb}.",
        kept="Il n’est pas utilisé, pour ne pas citer de travers.",
        todo=_REBUILD,
    )
