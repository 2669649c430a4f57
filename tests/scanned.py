"""Scans for the tests, and a Tesseract that gives what it is told."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from pdf_pages import Draw, write
from PIL import Image, ImageFilter


def draw_scans(path: Path, *pages: Draw, turn: float = 0.5) -> list[Image.Image]:
    """Draw pages as a scanner sees them: at 200 dpi, blurred, a little turned."""
    written = write(path.with_suffix(".drawn"), *pages)
    with pypdfium2.PdfDocument(written) as document:
        pictures = [page.render(scale=200 / 72).to_pil().convert("L") for page in document]
    written.unlink()
    return [
        picture.rotate(
            turn, expand=turn % 90 == 0, fillcolor=255, resample=Image.Resampling.BICUBIC
        ).filter(ImageFilter.GaussianBlur(0.6))
        for picture in pictures
    ]


def scan(path: Path, *pages: Draw, turn: float = 0.5) -> Path:
    """Write a PDF of pictures of pages."""
    first, *others = draw_scans(path, *pages, turn=turn)
    first.save(path, "PDF", save_all=True, append_images=others, resolution=200)
    return path


def make_table(*lines: str, sure: float = 95, left: float = 200) -> str:
    """Make what Tesseract gives of lines of text, at 300 dpi."""
    rows = ["level\tpage\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext"]
    rows.append("1\t1\t0\t0\t0\t0\t0\t0\t2480\t3508\t-1\t")
    for number, line in enumerate(lines, 1):
        x = left
        for place, word in enumerate(line.split(), 1):
            width = 22 * len(word)
            box = f"{x}\t{200 + 58 * number}\t{width}\t34"
            rows.append(f"5\t1\t1\t1\t{number}\t{place}\t{box}\t{sure}\t{word}")
            x += width + 12
    return "\n".join(rows) + "\n"


def install(folder: Path, table: str, does: str = "") -> None:
    """Write a program called tesseract that knows French and gives that table for any page.

    ``does``: lines of shell that it runs first.
    """
    folder.mkdir(exist_ok=True)
    (folder / "table.tsv").write_text(table, encoding="utf-8")
    program = folder / "tesseract"
    program.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --list-langs ] && { echo "List of languages (1):"; echo fra; exit; }\n'
        f'{does}\ncat "{folder}/table.tsv"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
