"""Article files in, ``Article`` values out; one module a format.

Reads a folder (recursively) or one file. Never writes, never follows a link out of the corpus,
never opens anything but a regular file. What can't be read is reported and skipped; the others go
on. The libraries of a format are imported when a file in it is read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EmptyCorpus, UnreadableFile
from rag.readers import docx, html, jsonl, markdown, pdf, text
from rag.types import Article

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a user should know about one file: it was skipped, or read with a change."""

    path: str
    skipped: bool
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The articles of a corpus in order of id, and the remarks made while reading it."""

    articles: tuple[Article, ...]
    remarks: tuple[Remark, ...]


Reader = Callable[[Path, str], Iterator[Article | str]]
"""Yields articles, and strings for what a user should know about the file.

Raises ``UnreadableFile`` when nothing more can be had from the file.
"""

READERS: dict[str, Reader] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": text.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".pdf": pdf.read,
    ".docx": docx.read,
    ".docm": docx.read,
    ".jsonl": jsonl.read,
}
# Notes to people who look into the folder, not articles.
_NOT_ARTICLES = {"readme.md", "readme.txt", "license", "license.md", "license.txt"}


def read_corpus(path: Path) -> Reading:
    """Read every article under ``path``.

    Parameters
    ----------
    path
        A folder of articles, or one file in a known format.

    Raises
    ------
    EmptyCorpus
        When the path does not exist or holds no readable article; the message lists why.
    """
    if not os.path.exists(path):
        raise EmptyCorpus(
            f"Le dossier d’articles « {path} » n’existe pas.",
            kept="Rien n’a été modifié.",
            todo="Vérifiez le chemin donné à --corpus.",
        )
    remarks: list[Remark] = []
    articles: dict[str, Article] = {}
    for file, name in list_files(path, remarks):
        for article in read_file(file, name, remarks):
            if article.id in articles:
                told = f"l’identifiant « {article.id} » est déjà pris ; cet article est ignoré"
                remarks.append(Remark(name, True, told))
            else:
                articles[article.id] = article
    if not articles:
        raise _empty(path, remarks)
    return Reading(tuple(articles[key] for key in sorted(articles)), tuple(remarks))


def read_file(file: Path, name: str, remarks: list[Remark]) -> Iterator[Article]:
    """Read the articles of one file in a known format, and add to ``remarks`` what went wrong.

    ``name`` is the file's path relative to its corpus.
    """
    try:
        for item in READERS[file.suffix.lower()](file, name):
            if isinstance(item, str):
                remarks.append(Remark(name, False, item))
            elif not item.text.strip():
                remarks.append(Remark(name, True, f"« {item.id} » ne contient aucun texte"))
            else:
                yield item
    except UnreadableFile as error:
        remarks.append(Remark(name, True, error.what))
    except OSError as error:
        remarks.append(Remark(name, True, f"lecture impossible ({error.strerror or error})"))
    except Exception as error:
        # One malformed file must not keep the others from being read, whatever a library does.
        _log.debug("%s could not be read", name, exc_info=True)
        told = f"fichier mal formé, que Sourcier ne sait pas lire ({type(error).__name__})"
        remarks.append(Remark(name, True, told))


def list_files(path: Path, remarks: list[Remark]) -> Iterable[tuple[Path, str]]:
    """Name every file to read, in a stable order, with its path relative to the corpus."""
    if path.is_file():
        if path.suffix.lower() not in READERS:
            remarks.append(Remark(path.name, True, unknown_format(path)))
            return
        yield path, path.name
        return
    root = path.resolve()

    def report(error: OSError) -> None:
        remarks.append(Remark(_name(Path(error.filename), root), True, "dossier illisible"))

    for folder, subfolders, files in os.walk(root, onerror=report):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for link in (Path(folder, name) for name in subfolders):
            if link.is_symlink():
                remarks.append(Remark(_name(link, root), True, "lien vers un dossier, non suivi"))
        for file_name in sorted(files):
            file = Path(folder, file_name)
            if file_name.startswith(".") or file_name.lower() in _NOT_ARTICLES:
                continue
            name = _name(file, root)
            refusal = _refuse(file, root)
            if refusal:
                remarks.append(Remark(name, True, refusal))
            else:
                yield file, name


def _name(path: Path, root: Path) -> str:
    """Name a file by its path under ``root``; bytes that are not UTF-8 become « ? »."""
    name = path.relative_to(root).as_posix()
    return name.encode("utf-8", "replace").decode("utf-8")


def _refuse(file: Path, root: Path) -> str:
    """Say why a directory entry is not read, or return an empty string."""
    if file.suffix.lower() not in READERS:
        return unknown_format(file)
    try:
        target = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return "le lien ne mène à aucun fichier"
    if not target.is_file():
        return "ce n’est pas un fichier ordinaire"
    if not target.is_relative_to(root):
        return "le lien sort du dossier d’articles"
    return ""


def unknown_format(file: Path) -> str:
    """Say that a file is in none of the formats that can be read."""
    known = ", ".join(sorted(READERS))
    return f"format « {file.suffix or 'sans extension'} » non pris en charge (acceptés : {known})"


def _empty(path: Path, remarks: list[Remark]) -> EmptyCorpus:
    shown = " ; ".join(f"{remark.path} : {remark.text}" for remark in remarks[:5])
    more = f" ; et {len(remarks) - 5} autres" if len(remarks) > 5 else ""
    return EmptyCorpus(
        f"Aucun article lisible dans « {path} »." + (f" Ignorés : {shown}{more}." if shown else ""),
        kept="L’index précédent, s’il existe, reste en service.",
        todo="Déposez-y des fichiers Markdown, texte, HTML, PDF, DOCX ou JSONL, puis relancez "
        "l’indexation.",
    )
