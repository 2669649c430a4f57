"""From articles to a published index: reads, compares, embeds what is new, saves.

An index remembers the folder of articles that it was made from, so that what the user adds later
joins those articles and not others.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rag.collection import Collection
from rag.durable import explain_disk_errors, write_atomically
from rag.errors import IndexCorrupt, IndexIncompatible, IndexMissing
from rag.index import BuildReport, Index, build_index
from rag.readers import Reading, Remark, read_corpus
from rag.settings import Settings
from rag.store import load_index, lock_index, save_index
from rag.types import Encoder

Progress = Callable[[int, int], None]

# Beside the generations: the absolute path of the corpus.
_CORPUS = "CORPUS"


@dataclass(frozen=True, slots=True)
class IndexingReport:
    """What indexing a corpus did, and what a user should know about its files.

    ``warning`` is a French sentence when the previous index could not be reused, else empty.
    """

    build: BuildReport
    remarks: tuple[Remark, ...]
    warning: str = ""


def index_corpus(
    corpus: Path,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress = lambda done, total: None,
) -> IndexingReport:
    """Bring the index at ``root`` in line with the articles of ``corpus``, and these alone.

    Nothing is written when nothing changed. A damaged or outdated index is replaced.

    Raises
    ------
    EmptyCorpus
        When no article can be read; the previous index stays.
    IndexLocked, NoSpace
        See ``store``; the previous index stays.
    """
    return _index(lambda: read_corpus(corpus), corpus, root, fingerprint, load_encoder, progress)


def index_collection(
    collection: Collection,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress = lambda done, total: None,
) -> IndexingReport:
    """Bring the index at ``root`` in line with a corpus and the articles of the user.

    See ``index_corpus``.
    """
    read, corpus = collection.read, collection.corpus
    return _index(read, corpus, root, fingerprint, load_encoder, progress)


def follow_corpus(settings: Settings) -> Settings:
    """Return the settings with the corpus that their index was made from.

    A corpus that the settings name themselves is kept.
    """
    if settings.corpus != Settings().corpus:
        return settings
    try:
        return replace(settings, corpus=Path(os.fsdecode((settings.index / _CORPUS).read_bytes())))
    except OSError:
        return settings


def _index(
    read: Callable[[], Reading],
    corpus: Path,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> IndexingReport:
    with lock_index(root):
        reading = read()
        previous, warning = _load_previous(root, fingerprint)
        index, report = build_index(reading.articles, load_encoder, fingerprint, previous, progress)
        if warning or previous is None or not report.unchanged:
            save_index(index, root)
        _remember_corpus(corpus.resolve(), root / _CORPUS)
    return IndexingReport(report, reading.remarks, warning)


def _remember_corpus(corpus: Path, path: Path) -> None:
    """Note the folder of articles; the default one follows a checkout that is moved."""
    with explain_disk_errors("L’index n’a pas pu noter d’où il vient", "L’index est à jour."):
        if corpus == Settings().corpus:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.read_bytes() != os.fsencode(corpus):
            write_atomically(path, os.fsencode(corpus))


def _load_previous(root: Path, fingerprint: str) -> tuple[Index | None, str]:
    try:
        return load_index(root, fingerprint), ""
    except IndexMissing:
        return None, ""
    except IndexCorrupt as error:
        return None, f"{error.what} Il est reconstruit à partir des articles."
    except IndexIncompatible as error:
        warning = f"{error.what} Il est reconstruit à partir des articles."
        with contextlib.suppress(IndexIncompatible):
            return load_index(root, fingerprint, to_rebuild=True), warning
        return None, warning
