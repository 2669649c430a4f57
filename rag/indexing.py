"""From articles to a published index: reads, compares, embeds what is new, saves.

An index remembers the folder of articles that it was made from, so that what the user adds later
joins those articles and not others. What is there and can't be read is no deletion: the articles
that it gave stay in the index as they were.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rag.collection import PREFIX, Collection
from rag.durable import read_regular, write_atomically
from rag.errors import EmptyCorpus, IndexCorrupt, IndexIncompatible, IndexMissing
from rag.index import BuildReport, Index, build_index
from rag.readers import READERS, Reading, Remark, Tell, ignore, read_corpus
from rag.readers.scans import FOLDER
from rag.readers.text import find_suffix
from rag.settings import Settings
from rag.store import keep_segment, load_index, lock_index, recall_corpus, save_index
from rag.types import Article, Encoder

Progress = Tell
"""Told how much is done, and how much there is."""
Plan = Callable[[Sequence[Article], Mapping[str, Article]], Iterable[str]]
"""Given the articles to index and those that are, names those of the first that wait."""

# Characters indexed before they are published: about seventy passages, some seconds.
_STAGE = 60_000

# Beside the generations: the absolute path of the corpus, for the day when no manifest can be read.
_CORPUS = "CORPUS"


@dataclass(frozen=True, slots=True)
class IndexingReport:
    """What indexing a corpus did, and what a user should know about its files.

    ``warning`` is a French sentence when the previous index could not be reused, else empty;
    ``kept`` names the articles that stay as they were, because they could not be read again;
    ``waiting`` those that stay as they were, or out of the index, because the plan said so.
    """

    build: BuildReport
    remarks: tuple[Remark, ...]
    warning: str = ""
    kept: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was refused by the system, nor kept unread."""
        return not self.kept and all(remark.lost != "denied" for remark in self.remarks)


def index_corpus(
    corpus: Path,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress = ignore,
    scanning: Progress = ignore,
) -> IndexingReport:
    """Bring the index at ``root`` in line with the articles of ``corpus``, and these alone.

    Nothing is written when nothing changed. A damaged or outdated index is replaced. ``scanning``
    is called as pages are recognised, ``progress`` as passages are embedded.

    Raises
    ------
    EmptyCorpus
        When no article can be read; the previous index stays.
    UnreadableFolder
        When the system refuses the whole folder; the previous index stays.
    IndexLocked, NoSpace
        See ``store``; the previous index stays.
    """
    read = partial(read_corpus, corpus, root / FOLDER, scanning)
    return _index(read, corpus, root, fingerprint, load_encoder, progress)


def index_collection(
    collection: Collection,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress = ignore,
    scanning: Progress | None = ignore,
    plan: Plan | None = None,
) -> IndexingReport:
    """Bring the index at ``root`` in line with a corpus and the articles of the user.

    See ``index_corpus``. Without ``scanning``, pages to recognise go on waiting. What ``plan`` says
    waits stays as it was indexed, or out of the index; an index made anew has all at once.
    """
    read, corpus = partial(collection.read, scanning), collection.corpus
    return _index(read, corpus, root, fingerprint, load_encoder, progress, plan)


def choose_stage(
    articles: Iterable[Article], indexed: Mapping[str, Article]
) -> tuple[list[Article], list[Article]]:
    """Part the articles that an index lacks, or holds otherwise: to embed now, and later.

    The shortest come first. Half of what is indexed is published at once: whatever is to be
    indexed, writing whole indexes over and over stays a small share of embedding it.
    """
    behind = [article for article in articles if indexed.get(article.id) != article]
    behind.sort(key=lambda article: (len(article.text), article.id))
    most = max(_STAGE, sum(len(article.text) for article in indexed.values()) // 2)
    count = size = 0
    for article in behind:
        size += len(article.text)
        if count and size > most:
            break
        count += 1
    return behind[:count], behind[count:]


def follow_corpus(settings: Settings) -> Settings:
    """Return the settings with the corpus that their index was made from.

    A corpus that the settings name themselves is kept.

    Raises
    ------
    IndexCorrupt
        When nothing tells any more which one it was.
    """
    if settings.corpus != Settings().corpus:
        return settings
    return replace(settings, corpus=_recall_corpus(settings.index))


def _index(
    read: Callable[[], Reading],
    corpus: Path,
    root: Path,
    fingerprint: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
    plan: Plan | None = None,
) -> IndexingReport:
    with lock_index(root):
        reading = read()
        previous, warning = _load_previous(root, fingerprint)
        place = corpus.resolve()
        same = False
        with contextlib.suppress(IndexCorrupt):
            same = place == _recall_corpus(root)
        kept, remarks = _keep_lost(reading, previous.articles if previous else {}, same)
        articles = (*reading.articles, *kept)
        waiting: tuple[str, ...] = ()
        if plan is not None and previous is not None:
            indexed = previous.articles
            waiting = tuple(plan(articles, indexed))
            later = frozenset(waiting)
            articles = tuple(
                indexed.get(a.id, a) if a.id in later else a
                for a in articles
                if a.id not in later or a.id in indexed
            )
            if not articles:
                raise EmptyCorpus(
                    "Il n’y a aucun article à indexer.",
                    kept="L’index précédent reste en service.",
                    todo="Reprenez l’indexation d’un article arrêté, ou rétablissez-en un.",
                )
        keep = partial(keep_segment, root=root)
        index, report = build_index(articles, load_encoder, fingerprint, previous, progress, keep)
        if report.embedded:
            # The last moment at which who watches may interrupt by an exception.
            progress(report.embedded, report.embedded)
        if warning or previous is None or not report.unchanged or not same:
            # The default one follows a checkout that is moved.
            save_index(index, root, "" if place == Settings().corpus else str(place))
        with contextlib.suppress(OSError):
            _remember_corpus(place, root / _CORPUS)
    return IndexingReport(report, remarks, warning, tuple(a.id for a in kept), waiting)


def _keep_lost(
    reading: Reading, indexed: Mapping[str, Article], same_corpus: bool
) -> tuple[tuple[Article, ...], tuple[Remark, ...]]:
    """Return what was indexed of the places that could not be read, and the remarks that say so.

    An index made from another corpus says nothing of the places of this one.
    """
    gone = indexed.keys() - {article.id for article in reading.articles}
    kept: set[str] = set()
    remarks = []
    for remark in reading.remarks:
        if remark.lost:
            mine = same_corpus or remark.path.startswith(PREFIX)
            of_it = {key for key in gone if mine and _may_come_from(remark, key)}
            remark = replace(remark, text=_tell_lost(remark, len(of_it)))
            kept |= of_it
        remarks.append(remark)
    return tuple(indexed[key] for key in sorted(kept)), tuple(remarks)


def _may_come_from(lost: Remark, identifier: str) -> bool:
    """Whether an article may be of the file or the folder that could not be read.

    An id that names no file is its author's, and may come from wherever articles have such ids:
    JSON Lines, or what may hold some. Articles of the user are always named after their file.
    """
    place = lost.path
    if re.match(rf"{re.escape(place)}(?:[/#]|\Z)", identifier):
        return True
    named = find_suffix(Path(identifier.partition("#")[0])) in READERS.keys() - {""}
    own = place.startswith(PREFIX) or identifier.startswith(PREFIX)
    # Only what is refused: a damaged file of JSON Lines is read line by line.
    may_hold = lost.lost == "denied" and find_suffix(Path(place)) in ("", ".jsonl", ".zip")
    return may_hold and not named and not own


def _tell_lost(remark: Remark, count: int) -> str:
    stays = "1 article reste dans l’index tel qu’il était" if count == 1 else ""
    stay = f"{count} articles restent dans l’index tels qu’ils étaient" if count else ""
    todo = "vérifiez les droits et l’état du disque" if remark.lost == "denied" else "remplacez-le"
    if not count and remark.lost == "damaged":
        return remark.text
    return " ; ".join(filter(None, (remark.text, stays or stay, f"{todo}, puis réindexez")))


def _recall_corpus(root: Path) -> Path:
    """Return the corpus that an index was made from: the default one unless it says another."""
    told = recall_corpus(root)
    if told is None and os.path.lexists(root / _CORPUS):
        with contextlib.suppress(OSError):
            told = os.fsdecode(read_regular(root / _CORPUS))
        if not told or not os.path.isabs(told):
            raise IndexCorrupt(
                f"L’index de « {root} » ne dit plus de quel dossier d’articles il vient.",
                kept="Les articles, eux, sont intacts.",
                todo="Indexez-les de nouveau avec `python -m rag index --corpus DOSSIER`.",
            )
    return Path(told) if told else Settings().corpus


def _remember_corpus(corpus: Path, path: Path) -> None:
    """Note the folder of articles, unless it is the default one."""
    if corpus == Settings().corpus:
        path.unlink(missing_ok=True)
    elif not path.is_file() or read_regular(path) != os.fsencode(corpus):
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
