"""From a folder of articles to a published index: reads, compares, embeds what is new, saves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexCorrupt, IndexIncompatible, IndexMissing
from rag.index import BuildReport, Index, build_index
from rag.readers import Remark, read_corpus
from rag.store import load_index, lock_index, save_index
from rag.types import Encoder


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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> IndexingReport:
    """Bring the index at ``root`` in line with the articles of ``corpus``.

    Nothing is written when nothing changed. A damaged or outdated index is replaced.

    Raises
    ------
    EmptyCorpus
        When no article can be read; the previous index stays.
    IndexLocked, NoSpace
        See ``store``; the previous index stays.
    """
    with lock_index(root):
        reading = read_corpus(corpus)
        previous, warning = _load_previous(root, fingerprint)
        index, report = build_index(reading.articles, load_encoder, fingerprint, previous, progress)
        if warning or previous is None or not report.unchanged:
            save_index(index, root)
    return IndexingReport(report, reading.remarks, warning)


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
