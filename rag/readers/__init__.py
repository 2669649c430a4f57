"""Article files in, ``Article`` values out; one module a format.

Reads a folder (recursively) or one file. Never writes in it, never follows a link out of the
corpus, never opens anything but a regular file. What can't be read is reported and skipped; the
others go on. What is more than lines of text is read in a process of its own: see ``apart``.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.errors import EmptyCorpus, UnreadableFile, UnreadableFolder
from rag.readers import (
    apart,
    archive,
    delimited,
    docx,
    epub,
    html,
    jsonl,
    mail,
    markdown,
    odf,
    pdf,
    plain,
    pptx,
    rtf,
    scans,
    subtitles,
    xlsx,
)
from rag.readers.dates import date_from_name
from rag.readers.signatures import recognise
from rag.readers.text import MAX_BYTES, find_stem, find_suffix, title_from_name
from rag.types import Article

# Words from which a text is not in two files by chance.
_LEAST_WORDS = 8


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a user should know about one file: it was skipped, or read with a change.

    ``lost`` is set for what is there and could not be read, which says nothing of what it holds:
    ``denied`` when the system refuses a file or a folder, ``damaged`` when a file makes no sense.
    ``waiting`` is the number of pages that are still to be recognised.
    """

    path: str
    skipped: bool
    text: str
    lost: Literal["", "denied", "damaged"] = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The articles of a corpus in order of id, and the remarks made while reading it."""

    articles: tuple[Article, ...]
    remarks: tuple[Remark, ...]


Tell = Callable[[int, int], None]
"""Told how many pages are done, and how many there are."""


def ignore(done: int, total: int) -> None:
    """Tell nobody."""


Reader = Callable[[Path, str], Iterator[Article | str]]
"""Yields articles, and strings for what a user should know about the file.

Raises ``UnreadableFile`` when nothing more can be had from the file.
"""


def _read_unnamed(path: Path, name: str) -> Iterator[Article | str]:
    """Read a file whose name has no extension, by what it holds."""
    yield from READERS[recognise(path)](path, name)


READERS: dict[str, Reader] = {
    "": _read_unnamed,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": plain.read,
    ".text": plain.read,
    ".log": plain.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".mhtml": mail.read_page,
    ".mht": mail.read_page,
    ".pdf": pdf.read,
    ".docx": docx.read,
    ".docm": docx.read,
    ".odt": odf.read,
    ".rtf": rtf.read,
    ".xlsx": xlsx.read,
    ".xlsm": xlsx.read,
    ".ods": odf.read,
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".pptx": pptx.read,
    ".pptm": pptx.read,
    ".odp": odf.read,
    ".epub": epub.read,
    ".eml": mail.read_message,
    ".srt": subtitles.read,
    ".vtt": subtitles.read,
    ".jsonl": jsonl.read,
    ".zip": archive.read,
}
"""The readers by extension."""
EXTENSIONS = tuple(sorted(filter(None, READERS)))
# Lines of text, where nothing is nested, packed or told to be repeated.
_TEXTS = frozenset(".txt .text .log .csv .tsv .srt .vtt".split())
FORMATS = (
    "Markdown, texte, HTML, PDF, Word, Excel, PowerPoint, OpenDocument, RTF, CSV, EPUB, courriel, "
    "sous-titres, JSONL ou ZIP"
)
"""What people call the formats that are read."""


def read_corpus(path: Path, kept: Path | None = None, tell: Tell = ignore) -> Reading:
    """Read every article under ``path``, scans included.

    Parameters
    ----------
    path
        A folder of articles, or one file in a known format.
    kept
        The folder where recognised pages are kept; one that is gone afterwards when None.
    tell
        Called with the number of pages of a file that were recognised, and that are to be.

    Raises
    ------
    EmptyCorpus
        When the path does not exist or holds no readable article; the message lists why.
    UnreadableFolder
        When the system refuses the whole of it.
    """
    if not exists(path):
        raise EmptyCorpus(
            f"Le dossier d’articles « {path} » n’existe pas.",
            kept="Rien n’a été modifié.",
            todo="Vérifiez le chemin donné à --corpus.",
        )
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="sourcier-scans-") as folder:
            return read_corpus(path, Path(folder), tell)
    remarks: list[Remark] = []
    articles: dict[str, Article] = {}
    for file, name in list_files(path, remarks):
        found, told = read_scanned(file, name, kept, tell)
        remarks += told
        for article in found:
            if article.id in articles:
                taken = f"l’identifiant « {article.id} » est déjà pris ; cet article est ignoré"
                remarks.append(Remark(name, True, taken))
            else:
                articles[article.id] = article
    if not articles:
        raise _empty(path, remarks)
    return make_reading(articles.values(), remarks)


def make_reading(articles: Iterable[Article], remarks: Iterable[Remark]) -> Reading:
    """Put articles in order of id; one that is there twice is kept once, and this is said."""
    shown = list(articles)
    same = find_same(shown)
    told = [Remark(name, True, tell_same(first)) for name, first in same.items()]
    kept = sorted((a for a in shown if a.id not in same), key=lambda article: article.id)
    return Reading(tuple(kept), (*remarks, *told))


def find_same(articles: Iterable[Article]) -> dict[str, str]:
    """Name the articles that are another, and the first that each is the same as.

    Only their ids may differ, and titles taken from the names of their files.
    """
    first: dict[Article, str] = {}
    same = {}
    for article in articles:
        named = article.title == title_from_name(Path(article.id.rpartition("#")[2]))
        bare = replace(article, id="", title="" if named else article.title)
        known = first.setdefault(bare, article.id)
        if known != article.id and len(article.text.split()) >= _LEAST_WORDS:
            same[article.id] = known
    return same


def tell_same(first: str) -> str:
    """Say that an article is there twice."""
    return f"même contenu que « {first} », indexé une seule fois"


def read_scanned(
    file: Path, name: str, kept: Path, tell: Tell = ignore
) -> tuple[tuple[Article, ...], tuple[Remark, ...]]:
    """Read a file as ``read_file`` does, once its scans are recognised, a few pages at a time.

    Ten minutes at most: what is recognised by then is kept, and the rest is said to be waiting.
    """
    quick = best = read_quickly(file, name, kept)
    total, done = count_waiting(quick[1]), 0
    until = scans.find_deadline()
    if total:
        kept.mkdir(parents=True, exist_ok=True)

    def count() -> None:
        nonlocal done
        done += 1
        tell(min(done, total), total)

    while before := count_waiting(best[1]):
        with tempfile.TemporaryDirectory(prefix="sourcier-drawings-") as folder:
            best = read_quickly(file, name, kept, Path(folder))
            if any(remark.lost for remark in best[1]) and quick[0]:
                return quick  # a drawing asked for more than it may
            read = scans.recognise(Path(folder), kept, count, until)
            if not read and count_waiting(best[1]) == before:
                break
    return best


def count_waiting(remarks: Iterable[Remark]) -> int:
    """Count the pages that are still to be recognised."""
    return sum(remark.waiting for remark in remarks)


def read_quickly(
    file: Path, name: str, kept: Path, drawings: Path | None = None
) -> tuple[tuple[Article, ...], tuple[Remark, ...]]:
    """Read a file as ``read_file`` does, and of its scans those that were recognised before."""
    remarks: list[Remark] = []
    desk = scans.DESK.set(scans.Desk(kept, drawings, scans.can_recognise()))
    try:
        return tuple(read_file(file, name, remarks)), tuple(remarks)
    finally:
        scans.DESK.reset(desk)


def read_file(file: Path, name: str, remarks: list[Remark]) -> Iterator[Article]:
    """Read the articles of one file in a known format, and add to ``remarks`` what went wrong.

    ``name`` is the file's path relative to its corpus. An article without a date takes the one that
    its file is named after, when the file holds no other. What a file that breaks its reader or its
    limits gave before is kept: see ``apart``. Of scans only what ``scans.DESK`` has is read.
    """
    try:
        # The libraries of some formats take a file that is refused for a damaged one.
        file.open("rb").close()
        if _is_text(file):
            yield from read_here(file, name, remarks)
            return
        desk = scans.DESK.get()
        for item in apart.READING.run(read_items, file.absolute(), name, desk):
            if isinstance(item, Remark):
                remarks.append(item)
            else:
                yield item
    except UnreadableFile as error:
        remarks.append(_refused_file(name, error))
    except OSError as error:
        remarks.append(_denied(name, error))


def _is_text(file: Path) -> bool:
    """Whether a file is lines of text: Markdown without a table in HTML, or any plainer format."""
    suffix = find_suffix(file)
    if READERS.get(suffix) is not markdown.read:
        return suffix in _TEXTS
    with file.open("rb") as opened:  # in UTF-16, every other byte is zero
        return b"<table" not in opened.read(MAX_BYTES).replace(b"\0", b"").lower()


def read_here(file: Path, name: str, remarks: list[Remark]) -> Iterator[Article]:
    """Read one file as ``read_file`` does, in this process, whatever it takes."""
    try:
        for item in READERS[find_suffix(file)](file, name):
            if isinstance(item, str):
                waiting = item.pages if isinstance(item, scans.Waiting) else 0
                remarks.append(Remark(name, False, str(item), waiting=waiting))
            elif not item.text.strip():
                remarks.append(Remark(name, True, f"« {item.id} » ne contient aucun texte"))
            elif item.date or item.id != name:
                yield item
            else:
                yield replace(item, date=date_from_name(find_stem(file)))
    except MemoryError:
        remarks.append(_refused_file(name, apart.too_much("mémoire")))
    except UnreadableFile as error:
        starved = isinstance(error.__cause__, MemoryError)
        remarks.append(_refused_file(name, apart.too_much("mémoire") if starved else error))
    except OSError as error:
        remarks.append(_denied(name, error))
    except Exception as error:
        # One malformed file must not keep the others from being read, whatever a library does.
        _log.debug("%s could not be read", name, exc_info=True)
        told = f"fichier mal formé, que Sourcier ne sait pas lire ({type(error).__name__})"
        remarks.append(Remark(name, True, told, "damaged"))


def read_items(file: Path, name: str, desk: scans.Desk) -> Iterator[Article | Remark]:
    """Read one file as ``read_here`` does, the remarks last."""
    scans.DESK.set(desk)
    remarks: list[Remark] = []
    yield from read_here(file, name, remarks)
    yield from remarks


def list_files(path: Path, remarks: list[Remark]) -> Iterable[tuple[Path, str]]:
    """Name every file to read, in a stable order, with its path relative to the corpus.

    Raises
    ------
    UnreadableFolder
        When the system refuses the whole of ``path``.
    """
    if not path.is_file():
        yield from _walk(path, remarks)
    elif is_known(path):
        yield path, path.name
    else:
        remarks.append(Remark(path.name, True, unknown_format(path)))


def find_file(path: Path, name: str) -> Path | None:
    """Return the file that ``list_files`` gives a name, None when it is not there."""
    try:
        if path.is_file():
            return path if path.name == name else None
        root = path.resolve()
        return None if _refuse(root / name, root) else root / name
    except (OSError, ValueError):  # refused; a path can't hold a zero byte
        return None


def _walk(path: Path, remarks: list[Remark]) -> Iterator[tuple[Path, str]]:
    root = path.resolve()

    def report(error: OSError) -> None:
        folder = Path(error.filename or root)
        if folder == root:
            raise _refused(path, error) from error
        remarks.append(Remark(_name(folder, root), True, "dossier illisible", "denied"))

    for folder, subfolders, files in os.walk(root, onerror=report):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for link in (Path(folder, name) for name in subfolders):
            if link.is_symlink():
                remarks.append(Remark(_name(link, root), True, "lien vers un dossier, non suivi"))
        for file_name in sorted(files):
            file = Path(folder, file_name)
            if file_name.startswith("."):
                continue
            name = _name(file, root)
            try:
                refusal = _refuse(file, root)
            except PermissionError as error:
                remarks.append(_denied(name, error))
                continue
            if refusal:
                remarks.append(Remark(name, True, refusal))
            else:
                yield file, name


def exists(path: Path) -> bool:
    """Whether there is something at ``path``.

    Raises
    ------
    UnreadableFolder
        When the system refuses to say.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a path can't hold a zero byte
        return False
    except OSError as error:
        raise _refused(path, error) from error
    return True


def _refused_file(name: str, error: UnreadableFile) -> Remark:
    lost: Literal["denied", "damaged"] = "damaged"
    if isinstance(error.__cause__, OSError):
        lost = "denied"
    told = " ; ".join(filter(None, (error.what, error.kept, error.todo)))
    return Remark(name, not error.kept, told, lost)


def _denied(name: str, error: OSError) -> Remark:
    return Remark(name, True, f"lecture impossible ({error.strerror or error})", "denied")


def _refused(path: Path, error: OSError) -> UnreadableFolder:
    return UnreadableFolder(
        f"Le dossier d’articles « {path} » ne peut pas être lu ({error.strerror or error}).",
        kept="Rien n’a été modifié : l’index précédent, s’il existe, garde ses articles.",
        todo="Vérifiez les droits du dossier et l’état du disque, puis recommencez.",
    )


def _name(path: Path, root: Path) -> str:
    """Name a file by its path under ``root``; bytes that are not UTF-8 become « ? »."""
    name = path.relative_to(root).as_posix()
    return name.encode("utf-8", "replace").decode("utf-8")


def _refuse(file: Path, root: Path) -> str:
    """Say why a directory entry is not read, or return an empty string.

    Raises
    ------
    PermissionError
        When the system refuses to say what it is.
    """
    if not is_known(file):
        return unknown_format(file)
    try:
        target = file.resolve(strict=True)
    except PermissionError:
        raise
    except (OSError, RuntimeError):
        return "le lien ne mène à aucun fichier"
    if not target.is_file():
        return "ce n’est pas un fichier ordinaire"
    if not target.is_relative_to(root):
        return "le lien sort du dossier d’articles"
    return ""


def is_known(file: Path) -> bool:
    """Whether a file is in a format that can be read, as far as its name tells."""
    return find_suffix(file) in READERS


def unknown_format(file: Path) -> str:
    """Say that a file is in none of the formats that can be read."""
    found, known = find_suffix(file) or "sans extension", ", ".join(EXTENSIONS)
    return f"format « {found} » non pris en charge (acceptés : {known})"


def _empty(path: Path, remarks: list[Remark]) -> EmptyCorpus:
    shown = " ; ".join(f"{remark.path} : {remark.text}" for remark in remarks[:5])
    more = f" ; et {len(remarks) - 5} autres" if len(remarks) > 5 else ""
    return EmptyCorpus(
        f"Aucun article lisible dans « {path} »." + (f" Ignorés : {shown}{more}." if shown else ""),
        kept="L’index précédent, s’il existe, reste en service.",
        todo=f"Déposez-y des fichiers {FORMATS}, puis relancez l’indexation.",
    )
