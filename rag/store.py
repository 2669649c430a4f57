"""Indexes on disk: immutable generations, published by one atomic swap, verified on load.

::

    DIR/CURRENT                      names the generation and the SHA-256 of its manifest
    DIR/lock                         held while writing; dies with its owner
    DIR/generations/NAME/manifest.json   format, model, rules, counts, SHA-256 of every file
    DIR/generations/NAME/...             articles, passages, vectors, BM25

Whatever interrupts a writer, a reader sees the old index or the new one. Nothing is parsed
before its hash is checked, and nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bm25s
import faiss
import numpy as np

from rag.chunking import CHUNKING
from rag.durable import (
    DISK_FULL,
    make_folder,
    open_lock,
    read_regular,
    sync,
    write_atomically,
    write_synced,
)
from rag.errors import IndexCorrupt, IndexIncompatible, IndexLocked, IndexMissing, NoSpace
from rag.french import TERMS
from rag.index import Index
from rag.types import Article, Chunk, Source, Span

FORMAT = 1
# A reader that has just read CURRENT still finds its generation while the next one is published.
_KEPT_GENERATIONS = 2
_GENERATION = re.compile(r"\d{6,}-[0-9a-f]{8}")
_REBUILD = "Relancez `python -m rag index` : les articles, eux, sont intacts."


@dataclass(frozen=True)
class Layout:
    """The names of everything under an index folder."""

    root: Path
    manifest: str = "manifest.json"
    articles: str = "articles.jsonl"
    chunks: str = "chunks.jsonl"
    passages: str = "passages.faiss"
    sentences: str = "sentences.npy"
    lexical: str = "bm25"
    names: str = "names.json"

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
        yield


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
        _sweep(layout)
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
    draft.mkdir()
    files = {
        layout.articles: _lines(asdict(article) for article in index.articles.values()),
        layout.chunks: _lines(asdict(chunk) for chunk in index.chunks),
        layout.passages: faiss.serialize_index(index.passages).tobytes(),
        layout.sentences: _npy(index.sentences),
        layout.names: json.dumps(index.names, ensure_ascii=False).encode(),
    }
    for name, data in files.items():
        write_synced(draft / name, data)
    index.lexical.save(str(draft / layout.lexical), show_progress=False)
    for path in (draft / layout.lexical).iterdir():
        sync(path)
    sync(draft / layout.lexical)
    manifest = {
        "format": FORMAT,
        "corpus": corpus,
        "model": index.fingerprint,
        "dimension": index.passages.d,
        "chunking": CHUNKING,
        "terms": TERMS,
        "articles": len(index.articles),
        "passages": len(index.chunks),
        "sentences": len(index.sentences),
        "files": {
            path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(draft.rglob("*"))
            if path.is_file()
        },
    }
    # A path may hold bytes that are no UTF-8.
    data = json.dumps(manifest, indent=1).encode()
    write_synced(draft / layout.manifest, data)
    sync(draft)
    return hashlib.sha256(data).hexdigest()


def _lines(items: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(item, ensure_ascii=False).encode() + b"\n" for item in items)


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _last_number(layout: Layout) -> int:
    names = [path.name.split("-")[0] for path in layout.generations.iterdir()]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def _sweep(layout: Layout) -> None:
    """Remove the leftovers of killed writers and the generations that nobody needs."""
    current = current_generation(layout.root)
    finished = sorted(p.name for p in layout.generations.iterdir() if not p.name.startswith("."))
    kept = {current, *finished[-_KEPT_GENERATIONS:]}
    for path in layout.generations.iterdir():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    for path in layout.root.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            path.unlink()


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
    contents = {name: read_regular(folder / name) for name in manifest["files"]}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"][name]:
            raise _corrupt(layout.root, name, "a été modifié")
    articles = [_article(item) for item in _parse_lines(contents[layout.articles])]
    index = Index(
        articles={article.id: article for article in articles},
        chunks=tuple(_chunk(item) for item in _parse_lines(contents[layout.chunks])),
        passages=faiss.deserialize_index(np.frombuffer(contents[layout.passages], np.uint8)),
        sentences=np.load(io.BytesIO(contents[layout.sentences]), allow_pickle=False),
        lexical=bm25s.BM25.load(str(folder / layout.lexical), show_progress=False),
        fingerprint=manifest["model"],
        # Indexes of older rules, whose vectors alone are taken over, have no names.
        names=tuple(json.loads(contents.get(layout.names, b"[]"))),
    )
    rows = (index.passages.ntotal, index.lexical.scores["num_docs"], manifest["passages"])
    if any(count != len(index.chunks) for count in rows):
        raise _corrupt(layout.root, layout.manifest, "ne compte pas les mêmes passages")
    return index


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


def _parse_lines(data: bytes) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in data.splitlines())


def _article(item: dict[str, Any]) -> Article:
    sources = tuple(Source(**source) for source in item["sources"])
    # Indexes written before articles had pages or scans lack them.
    pages = tuple(item.get("pages", ()))
    scans = tuple((number, sure) for number, sure in item.get("scans", ()))
    kept = {"topics": tuple(item["topics"]), "sources": sources, "pages": pages, "scans": scans}
    return Article(**{**item, **kept})


def _chunk(item: dict[str, Any]) -> Chunk:
    spans = tuple(Span(**span) for span in item["sentences"])
    # Indexes of older rules, whose vectors alone are taken over, tell no orders.
    return Chunk(**{**item, "sentences": spans, "orders": tuple(item.get("orders", ()))})
