"""PDFs drawn by reportlab, and the lines of pages, for the tests of their readers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

from rag.readers import read_corpus
from rag.readers.pdfium import Line
from rag.types import Article

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfgen.canvas import Canvas

FIRST = (
    "L’œuvre d’Élodie coûte 27 % de plus que prévu, soit 12,5 millions d’euros : où ira-t-on ? "
    "Le conseil de Saint-Étienne a voté « contre », à l’unanimité, dès la première séance."
)
SECOND = (
    "Les écoles recevront 6 millions, la voirie 4 millions. Le reste, dit la maire, attendra "
    "l’année prochaine, faute d’un accord entre les communes de l’agglomération."
)
Draw = Callable[["Writer"], object]


class Writer:
    """Draws lines of text on pages, with a font that a reader knows by its size."""

    def __init__(self, path: Path, encrypt: StandardEncryption | None = None) -> None:
        self.canvas = Canvas(str(path), pagesize=A4, encrypt=encrypt)

    def line(self, text: str, y: float, x: float = 72, size: float = 11) -> None:
        self.canvas.setFont("Helvetica", size)
        self.canvas.drawString(x, y, text)

    def paragraph(self, text: str, y: float, x: float = 72, width: float = 450) -> float:
        """Draw wrapped lines from ``y`` down, and return where the next one would be."""
        for part in simpleSplit(text, "Helvetica", 11, width):
            self.line(part, y, x)
            y -= 14
        return y


def write(path: Path, *pages: Draw, encrypt: StandardEncryption | None = None) -> Path:
    writer = Writer(path, encrypt)
    for page in pages:
        page(writer)
        writer.canvas.showPage()
    writer.canvas.save()
    return path


def prose(*texts: str, y: float = 760) -> Draw:
    def draw(writer: Writer) -> None:
        height = y
        for text in texts:
            height = writer.paragraph(text, height) - 10

    return draw


def read(path: Path) -> tuple[Article, list[str]]:
    reading = read_corpus(path)
    return reading.articles[0], [remark.text for remark in reading.remarks]


def line(text: str, y: float, x: float = 72, size: float = 10, right: float = 0) -> Line:
    return Line(text, x, right or x + 0.5 * size * len(text), y, size)


def column(*texts: str, y: float = 700, size: float = 10, right: float = 500) -> list[Line]:
    """Lines of one paragraph, all but the last up to the margin."""
    lines = [line(text, y - 12 * k, size=size, right=right) for k, text in enumerate(texts)]
    return [*lines[:-1], line(texts[-1], lines[-1].baseline, size=size, right=right / 2)]


def split(text: str, width: float) -> list[str]:
    """Wrap a text as ``Writer.line`` draws it."""
    lines: list[str] = simpleSplit(text, "Helvetica", 11, width)
    return lines
