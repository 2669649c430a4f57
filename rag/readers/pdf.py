"""PDF: one article, its text in paragraphs, with the place of each page.

``pdfium`` reads the lines, ``scans`` those of pages that are pictures, ``margins`` leaves out what
is no part of the text, ``forms`` writes what was typed in, ``columns`` and ``tables`` put them in
order, and ``layout`` makes prose of them.
Here their characters become those of a keyboard, a title is found, and what can't be read is told.
No date is given: a PDF tells when its file was made, which is as often the day of a scan or of an
export as that of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import UnreadableFile
from rag.french import is_heading
from rag.readers.columns import arrange
from rag.readers.forms import read_forms
from rag.readers.layout import ends_sentence, lay_out
from rag.readers.margins import drop_line_numbers, drop_running_heads, drop_watermarks
from rag.readers.pdfium import Document, Line, Page, draw_pages, read_pages
from rag.readers.scans import (
    DESK,
    INSTALL,
    MOST_PIXELS,
    RESOLUTION,
    Found,
    Waiting,
    find_scans,
    tell_doubtful,
    tell_scans,
)
from rag.readers.text import MAX_ILLUSTRATED_BYTES, check_size, clean, title_from_name
from rag.types import Article

# ﬀ, ﬁ, ﬂ, ﬃ, ﬄ, ﬅ, ﬆ. The rest of NFKC would turn « m² » into « m2 ».
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
# Old fonts of TeX draw the accent, then the letter, or the cedilla after it.
_ACCENTS = {"´": "\u0301", "ˆ": "\u0302", "¨": "\u0308", "˜": "\u0303"}
_DRAWN_ACCENT = re.compile("([´ˆ¨˜]) ?([A-Za-zı])")
_DRAWN_CEDILLA = re.compile("([cC]) ?¸ ?|¸ ?([cC])")
_DRAWN_GRAVE = re.compile(r"(?:(?<=[^\W\d_])`|(?<!\S)`(?=[aA](?!\w)))([aeuA])")

# When fewer of the characters are letters, figures or signs, the fonts do not tell which they are.
_READABLE = 0.5

# A page that pictures cover so much is one when it has so few characters besides; one that they
# cover whole, when it has no more than a stamp, in letters no larger, in points: those of a slide
# are.
_PICTURED, _NO_TEXT = 0.5, 40
# Below a running head alone, a picture so large is no emblem.
_LOGO = 0.1
_WHOLE, _STAMP, _STAMP_SIZE = 0.8, 250, 16.0
# How much is told of what was left out.
_MOST_TOLD, _LONGEST_TOLD = 5, 60

_LONGEST_TITLE = 200
# What programs put in the place of a title, among them file names.
_MACHINE_TITLE = re.compile(
    r"microsoft \w+ -.*|\(?(?:untitled|anonymous|sans[ -](?:titre|nom)|(?:powerpoint )?presentation"
    r"|présentation(?: powerpoint)?|document|diapositive|slide|layout|mise en page)\W*\d*"
    r"|.*\.(?:docx?|od[tp]|rtf|pdf|tex|dvi|indd|qxd|pptx?|xlsx?|html?|txt)|\S*_\S*|[\W\d]*\w?[\W\d]*",
    re.IGNORECASE,
)


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one PDF as one article.

    Its title is the document's own, unless a program wrote it there, else its first heading, else
    the file's name. A PDF that only forbids changes is read.

    Raises
    ------
    UnreadableFile
        When the file is larger than ``MAX_ILLUSTRATED_BYTES``, damaged, closed by a password or
        made of pictures in which nothing is recognised.
    """
    check_size(path, MAX_ILLUSTRATED_BYTES)
    document = read_pages(path)
    pages, struck = _drop_struck([_clean_page(page) for page in document.pages])
    pages, watermarks = drop_watermarks(pages)
    pictures = _list_pictures(pages)
    found = find_scans(
        path, pictures, lambda numbers: draw_pages(path, numbers, RESOLUTION, MOST_PIXELS)
    )
    pages = [_put_scan(page, number, found) for number, page in enumerate(pages, 1)]
    if not found.waiting or _write_all(pages):
        _refuse(document, pages, found)
    yield from _tell(document, pictures, found)
    pages, numbered = drop_line_numbers([read_forms(page) for page in pages])
    kept, heads = drop_running_heads(pages)
    if not any(page.lines for page in kept):
        kept, heads = pages, []
    yield from _tell_left_out("texte barré laissé de côté", struck)
    yield from _tell_left_out("texte en filigrane ou en biais laissé de côté", watermarks)
    yield from _tell_left_out("en-têtes et pieds de page laissés de côté", heads)
    if numbered:
        yield "numéros de ligne laissés de côté"
    pages = arrange(kept)
    noted = sum(len(page.notes) for page in pages)
    if noted:
        yield f"{noted} {'notes' if noted > 1 else 'note'} en marge, en fin de page dans le texte"
    text, starts = lay_out([_write_notes(page) for page in pages])
    title = _own_title(document.title, watermarks) or _first_heading(pages, text)
    title = title or title_from_name(path)
    if text:
        yield Article(id=name, title=title, text=text, pages=starts, scans=found.sure)


def _drop_struck(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """Leave out the words that are struck through, and return them."""
    struck = [line.text for page in pages for line in page.lines if line.kind == "struck"]
    kept = [
        replace(page, lines=tuple(line for line in page.lines if line.kind != "struck"))
        for page in pages
    ]
    return kept if struck else list(pages), struck


def _put_scan(page: Page, number: int, found: Found) -> Page:
    """Put what was recognised on a page; while it waits, a stamp alone is no text."""
    if number in found.scans:
        return _clean_page(replace(page, lines=found.scans[number].make_lines()))
    return replace(page, lines=()) if number in found.waiting else page


def _write_all(pages: Iterable[Page]) -> str:
    return "".join(
        text
        for page in pages
        for text in (
            *(line.text for line in page.lines),
            *(field.value for field in page.fields),
        )
    )


def _refuse(document: Document, pages: Sequence[Page], found: Found) -> None:
    """Raise ``UnreadableFile`` when there is no text, saying why."""
    text, todo = _write_all(pages), ""
    if document.failure == "encrypted":
        told = "ce PDF est protégé par un mot de passe ; enregistrez-en une copie sans protection"
    elif not text and (document.failure == "broken" or not document.count):
        told = "ce PDF est endommagé, ou n’en est pas un"
    elif not text and document.failure:
        told = "ce PDF demande trop de temps ou de mémoire"
    elif not text and (found.scans or found.failed):
        told = "ce PDF ne contient que des images, où aucun texte n’a été reconnu"
    elif not text and any(page.pictured for page in pages):
        told, todo = "ce PDF ne contient que des images", INSTALL
    elif not text:
        told = "ce PDF ne contient aucun texte"
    elif not _is_readable(text):
        told = "les polices de ce PDF ne disent pas quelles lettres elles dessinent"
        todo = INSTALL
    else:
        return
    raise UnreadableFile(told, todo=todo)


def _is_readable(text: str) -> bool:
    """Whether the fonts of a text tell which letters they draw."""
    known = sum(
        n
        for c, n in Counter(text).items()
        if unicodedata.category(c)[0] in "LNPSZ" and c != "\ufffd"
    )
    return known >= _READABLE * len(text)


def _list_pictures(pages: Sequence[Page]) -> list[int]:
    """List the pages to be recognised: pictures, and those whose fonts tell no letters."""
    pictures = []
    if any(page.pictured for page in pages):
        formed = [read_forms(page) for page in pages]
        kept = drop_running_heads(formed)[0]
        pairs = enumerate(zip(formed, kept, strict=True), 1)
        pictures = [number for number, pair in pairs if _is_picture(*pair)]
    if DESK.get().able:
        pictures += [
            number
            for number, page in enumerate(pages, 1)
            if number not in pictures and not _is_readable(_write_all([page]))
        ]
    return sorted(pictures)


def _is_picture(page: Page, kept: Page) -> bool:
    """Whether a page is one picture, with a stamp at most; ``kept``: without its running heads."""
    if not page.lines:
        return page.pictured > 0
    sizes = sorted(line.size for line in kept.lines)
    length = sum(len(line.text) for line in kept.lines)
    if length < _NO_TEXT:
        return page.pictured >= (_PICTURED if length else _LOGO)
    return page.pictured >= _WHOLE and length < _STAMP and sizes[len(sizes) // 2] < _STAMP_SIZE


def _tell(document: Document, pictures: Sequence[int], found: Found) -> Iterator[str]:
    """Tell which pages were not read, and which were recognised."""
    read = len(document.pages)
    if read < document.count:
        yield f"lecture arrêtée après la page {read} sur {document.count}"
    if found.sure:
        yield tell_scans(found.sure)
    yield from tell_doubtful(found.scans.values())
    if found.waiting:
        told = f"{_name_pages(found.waiting)} : en attente de reconnaissance de caractères"
        yield Waiting(told, len(found.waiting))
    if found.failed:
        yield f"{_name_pages(found.failed)} : la reconnaissance de caractères n’a pas abouti"
    left = [n for n in pictures if n not in {*found.scans, *found.waiting, *found.failed}]
    if left:
        yield f"{_name_pages(left)} : image{'s' * (len(left) > 1)} sans texte ; {INSTALL}"
    broken = [n for n, page in enumerate(document.pages, 1) if page.trouble == "broken"]
    if broken:
        yield f"{_name_pages(broken)} : illisible{'s' if len(broken) > 1 else ''}"


def _name_pages(numbers: Sequence[int]) -> str:
    """Name pages: « page 2 », « pages 1 à 4, 7 »."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = [f"{run[0]} à {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    shown = ", ".join(named[:_MOST_TOLD]) + (", …" if len(named) > _MOST_TOLD else "")
    return f"page{'s' if len(numbers) > 1 else ''} {shown}"


def _tell_left_out(told: str, texts: Sequence[str]) -> Iterator[str]:
    """Tell what was left out, shortened."""
    if texts:
        shown = [
            f"« {text[:_LONGEST_TOLD]}{'…' if len(text) > _LONGEST_TOLD else ''} »"
            for text in texts[:_MOST_TOLD]
        ]
        yield f"{told} : {', '.join(shown)}{', …' if len(texts) > _MOST_TOLD else ''}"


def _write_notes(page: Page) -> Page:
    """Write the comments pinned on a page below its text."""
    notes = []
    for author, said in page.notes:
        text = clean_line(" ".join(said.split()))
        named = f"Note de {clean_line(author)}" if author else "Note"
        ended = text if ends_sentence(text) else text + "."
        notes.append(Line(f"{named} : {ended}", 0.0, 0.0, 0.0, 0.0, "row"))
    return replace(page, lines=(*page.lines, *notes))


def _own_title(title: str, watermarks: Sequence[str]) -> str:
    title = clean_line(title[:_LONGEST_TITLE])
    return "" if title in watermarks or _MACHINE_TITLE.fullmatch(title) else title


def _first_heading(pages: Sequence[Page], text: str) -> str:
    """Find the largest lines of the first page that has any, else the first line if it is short."""
    lines = next((page.lines for page in pages if page.lines), ())
    lettered = [
        line for line in lines if line.kind != "row" and len(re.findall(r"[^\W\d_]", line.text)) > 3
    ]
    largest = max((line.size for line in lettered), default=0.0)
    if largest <= 1.05 * min((line.size for line in lettered), default=0.0):
        first = text.split("\n", 1)[0].lstrip("# ")
        return first if is_heading(first) else ""
    start = next(k for k, line in enumerate(lines) if line in lettered and line.size == largest)
    title = lines[start].text
    for line in lines[start + 1 :]:
        if abs(line.size - largest) > 0.01 * largest:
            break
        title += " " + line.text
    return " ".join(title.split()) if len(title) <= _LONGEST_TITLE else ""


# ---------------------------------------------------------------------------------- characters


def _clean_page(page: Page) -> Page:
    lines = [
        line if (text := clean_line(line.text)) == line.text else replace(line, text=text)
        for line in page.lines
    ]
    fields = (
        replace(field, name=clean_line(field.name), value=clean_line(field.value))
        for field in page.fields
    )
    return replace(
        page,
        lines=tuple(line for line in lines if line.text),
        fields=tuple(field for field in fields if field.value),
    )


def clean_line(text: str) -> str:
    """Write the characters of a line as a keyboard does: no ligature, no accent apart.

    A soft hyphen at its end becomes a hyphen: it tells that a word is cut.
    """
    text = re.sub("\u00ad\\s*$", "-", text.translate(_LIGATURES))
    text = clean(text)[0].strip()
    if any(sign in text for sign in "´ˆ¨˜¸`"):
        text = _DRAWN_ACCENT.sub(lambda m: m[2].replace("ı", "i") + _ACCENTS[m[1]], text)
        text = _DRAWN_CEDILLA.sub(lambda m: (m[1] or m[2]) + "\u0327", text)
        text = _DRAWN_GRAVE.sub("\\1\u0300", text)
    return unicodedata.normalize("NFC", text)
