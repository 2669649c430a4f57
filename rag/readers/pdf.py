"""PDF: one article, its text in paragraphs, with the place of each page.

``pdfium`` reads the lines, ``layout`` makes prose of them; here their characters become those of a
keyboard, a title is found, and what can't be read is told. No date is given: a PDF tells when its
file was made, which is as often the day of a scan or of an export as that of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import UnreadableFile
from rag.french import is_heading
from rag.readers.layout import drop_running_heads, join_pieces, lay_out
from rag.readers.pdfium import Document, Page, read_pages
from rag.readers.text import MAX_ILLUSTRATED_BYTES, check_size, clean, title_from_name
from rag.types import Article

# ﬀ, ﬁ, ﬂ, ﬃ, ﬄ, ﬅ, ﬆ. The rest of NFKC would turn « m² » into « m2 ».
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
# Old fonts of TeX draw the accent, then the letter, or the cedilla after it.
_ACCENTS = {"´": "\u0301", "ˆ": "\u0302", "¨": "\u0308", "˜": "\u0303"}
_DRAWN_ACCENT = re.compile("([´ˆ¨˜]) ?([A-Za-zı])")
_DRAWN_CEDILLA = re.compile("([cC]) ?¸ ?|¸ ?([cC])")
_DRAWN_GRAVE = re.compile(r"(?:(?<=[^\W\d_])`|(?<!\S)`(?=[aA](?!\w)))([aeuA])")

# A number or a bullet before its title or its item, set with a tab.
_NUMBERING = re.compile(
    r"^(\d{1,2}(?:\.\d{1,3}){0,5}[.)]?|[IVX]{1,5}[.)]|[A-Za-z][.)]|\W)\t(?=[^\W\d])"
)

# When fewer of the characters are letters, figures or signs, the fonts do not tell which they are.
_READABLE = 0.5

_TROUBLES = {"scanned": "image sans texte, qui n’est pas lue", "broken": "illisible"}

_LONGEST_TITLE = 200
# What programs put in the place of a title, among them file names.
_MACHINE_TITLE = re.compile(
    r"microsoft \w+ -.*|(?:untitled|sans[ -](?:titre|nom)|(?:powerpoint )?presentation"
    r"|présentation(?: powerpoint)?|document|diapositive|slide|layout|mise en page)\W*\d*"
    r"|.*\.(?:docx?|od[tp]|rtf|pdf|tex|dvi|indd|qxd|pptx?|xlsx?|html?|txt)|\S*_\S*|[\W\d]*",
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
        made of pictures.
    """
    check_size(path, MAX_ILLUSTRATED_BYTES)
    document = read_pages(path)
    pages = [join_pieces(_clean_page(page)) for page in document.pages]
    _refuse(document, pages)
    yield from _tell(document)
    text, starts = lay_out(drop_running_heads(pages))
    title = _own_title(document.title) or _first_heading(pages, text) or title_from_name(path)
    yield Article(id=name, title=title, text=text, pages=starts)


def _refuse(document: Document, pages: Sequence[Page]) -> None:
    """Raise ``UnreadableFile`` when there is no text, saying why."""
    text = "".join(line.text for page in pages for line in page.lines).replace("\t", " ")
    if document.failure == "encrypted":
        told = "ce PDF est protégé par un mot de passe ; enregistrez-en une copie sans protection"
    elif not text and (document.failure == "broken" or not document.count):
        told = "ce PDF est endommagé, ou n’en est pas un"
    elif not text and document.failure:
        told = "ce PDF demande trop de temps ou de mémoire"
    elif not text and any(page.trouble == "scanned" for page in pages):
        told = "ce PDF ne contient que des images ; passez-le par une reconnaissance de caractères"
    elif not text:
        told = "ce PDF ne contient aucun texte"
    elif sum(map(_is_readable, text)) < _READABLE * len(text):
        told = (
            "les polices de ce PDF ne disent pas quelles lettres elles dessinent ; "
            "passez-le par une reconnaissance de caractères"
        )
    else:
        return
    raise UnreadableFile(told)


def _is_readable(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPSZ" and character != "\ufffd"


def _tell(document: Document) -> Iterator[str]:
    """Tell which pages were not read."""
    read = len(document.pages)
    if read < document.count:
        yield f"lecture arrêtée après la page {read} sur {document.count}"
    for trouble, told in _TROUBLES.items():
        numbers = [str(n) for n, page in enumerate(document.pages, 1) if page.trouble == trouble]
        if numbers:
            shown = ", ".join(numbers[:5]) + (", …" if len(numbers) > 5 else "")
            yield f"page{'s' if len(numbers) > 1 else ''} {shown} : {told}"


def _own_title(title: str) -> str:
    title = clean_line(title[:_LONGEST_TITLE])
    return "" if _MACHINE_TITLE.fullmatch(title) else title


def _first_heading(pages: Sequence[Page], text: str) -> str:
    """Find the largest lines of the first page that has any, else the first line if it is short."""
    lines = next((page.lines for page in pages if page.lines), ())
    lettered = [line for line in lines if len(re.findall(r"[^\W\d_]", line.text)) > 3]
    largest = max((line.size for line in lettered), default=0.0)
    if largest <= 1.05 * min((line.size for line in lettered), default=0.0):
        first = text.split("\n", 1)[0]
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
    lines = (replace(line, text=clean_line(line.text)) for line in page.lines)
    return replace(page, lines=tuple(line for line in lines if line.text))


def clean_line(text: str) -> str:
    """Write the characters of a line as a keyboard does: no ligature, no accent apart.

    A soft hyphen at its end becomes a hyphen: it tells that a word is cut.
    """
    text = re.sub("\u00ad\\s*$", "-", text.translate(_LIGATURES))
    text = _NUMBERING.sub("\\1 ", clean(text)[0].strip())
    if any(sign in text for sign in "´ˆ¨˜¸`"):
        text = _DRAWN_ACCENT.sub(lambda m: m[2].replace("ı", "i") + _ACCENTS[m[1]], text)
        text = _DRAWN_CEDILLA.sub(lambda m: (m[1] or m[2]) + "\u0327", text)
        text = _DRAWN_GRAVE.sub("\\1\u0300", text)
    return unicodedata.normalize("NFC", text)
