"""Prints what it costs to read files apart: ``python tests/benchmarks/reading.py``.

The articles of the demo corpus as 60 pages and 20 Word documents, read in this process and in the
one of ``rag.readers.apart``, one after the other: the best of eight rounds.
"""

from __future__ import annotations

import html
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docx

from rag.readers import Remark, read_corpus, read_file, read_here
from rag.readers.apart import READING
from rag.types import Article

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
ROUNDS = 8


def main() -> None:
    """Measure and print, one line a figure."""
    articles = read_corpus(CORPUS).articles
    started = time.perf_counter()
    list(READING.run(iter, ()))
    _print(f"start of the process: {time.perf_counter() - started:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        pages, documents = Path(folder, "pages"), Path(folder, "documents")
        pages.mkdir()
        documents.mkdir()
        for number, article in enumerate(articles[:60]):
            _write_page(article, pages / f"{number}.html")
        for number, article in enumerate(articles[:20]):
            _write_document(article, documents / f"{number}.docx")
        for files in (pages, documents):
            rounds = [(_time(read_here, files), _time(read_file, files)) for _ in range(ROUNDS)]
            here, apart = (min(times) for times in zip(*rounds, strict=True))
            told = f"{here:.2f} s here, {apart:.2f} s apart, {apart / here:.2f} times"
            _print(f"{len(list(files.iterdir()))} {files.name}: {told}")


def _time(read: Callable[[Path, str, list[Remark]], Iterator[Article]], folder: Path) -> float:
    started = time.perf_counter()
    for file in folder.iterdir():
        assert list(read(file, file.name, []))
    return time.perf_counter() - started


def _write_page(article: Article, path: Path) -> None:
    text = "".join(f"<p>{html.escape(part)}</p>" for part in article.text.split("\n\n"))
    menu = "<nav><a href='/'>Accueil</a> <a href='/contact'>Contact</a></nav>"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>{html.escape(article.title)}</title>"
        f"<body>{menu}<article><h1>{html.escape(article.title)}</h1>{text}</article></body>",
        encoding="utf-8",
    )


def _write_document(article: Article, path: Path) -> None:
    document = docx.Document()
    document.add_heading(article.title, 0)
    for part in article.text.split("\n\n"):
        document.add_paragraph(part)
    document.save(str(path))


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
