"""The decoding of every format: UTF-8, UTF-16 or a legacy French encoding → clean text.

Knows nothing about front matter, JSON or paragraphs.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Generator
from pathlib import Path

from rag.errors import UnreadableFile

# A novel is 1 MB; past this a file is a dump, and reading it whole would take the machine's memory.
MAX_BYTES = 50_000_000
# Pictures weigh more than words; of these formats only the words are read.
MAX_ILLUSTRATED_BYTES = 200_000_000

# The 8-bit encodings French text was written in before UTF-8, most likely first: Windows, Mac OS
# before X, DOS. ISO 8859-1 differs from cp1252 by characters that text does not hold, ISO 8859-15
# by « œ » and « € ».
_LEGACY = ("cp1252", "iso8859_15", "mac_roman", "cp850")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FRENCH = frozenset("àâçéèêëîïôùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛÜŸŒÆ«»’‘“”–—…€°\u00a0")
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
# Controls but tab and line ends; zero-width and direction marks; Unicode tags: invisible to the
# reader of an article, not to a model or a search. Lone surrogates can't be written to a file.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# The hyphen of a word that the end of a line cuts, where a program put it.
_SOFT_CUT = re.compile("\u00ad\n[ \t]*")
# Ends of pages and of lines that are no line ends elsewhere.
_BREAK = re.compile("[\x0b\x0c\u2028\u2029]")
_SUFFIX = re.compile(r"\.(?=\d*[a-z])\w{1,10}", re.IGNORECASE | re.ASCII)


def find_suffix(path: Path) -> str:
    """Return the extension of a file in small letters, empty when it has none.

    It has a letter and no space: « CR du 12.03.2024 » and « M. Dupont » have none.
    """
    return path.suffix.lower() if _SUFFIX.fullmatch(path.suffix) else ""


def title_from_name(path: Path) -> str:
    """Make a title of a file name: « 2025-accord_openai.txt » gives « 2025 accord openai »."""
    return re.sub(r"[-_\s]+", " ", clean(find_stem(path))[0]).strip()


def find_stem(path: Path) -> str:
    """Return the name of a file without its extension."""
    return path.stem if find_suffix(path) else path.name


def load_text(path: Path) -> Generator[str, None, str]:
    r"""Decode a file and clean it.

    Yields
    ------
    str
        A French remark when the text is not the file's bytes read as UTF-8.

    Returns
    -------
    str
        The text, NFC, with ``\n`` line ends.

    Raises
    ------
    UnreadableFile
        When the file is larger than ``MAX_BYTES`` or is not text.
    """
    check_size(path, MAX_BYTES)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES)
    decoded, encoding = decode(data)
    text, removed = clean(_BREAK.sub("\n", decoded))
    remarks = []
    if encoding != "utf-8":
        remarks.append(f"lu en {encoding}")
    if removed:
        remarks.append(f"{removed} caractères invisibles retirés")
    if remarks:
        yield ", ".join(remarks)
    return text


def check_size(path: Path, limit: int) -> None:
    """Refuse a file of more than ``limit`` bytes.

    Raises
    ------
    UnreadableFile
        When it is larger.
    """
    size = path.stat().st_size
    if size > limit:
        raise UnreadableFile(
            f"fichier trop gros ({size / 1e6:.0f} Mo, maximum {limit / 1e6:.0f} Mo)"
        )


def clean(text: str) -> tuple[str, int]:
    r"""Return the text in NFC, ``\n`` line ends and nothing invisible; and what was removed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, removed = _INVISIBLE.subn("", _SOFT_CUT.sub("", text))
    return unicodedata.normalize("NFC", text), removed


def decode(data: bytes) -> tuple[str, str]:
    """Decode bytes as UTF-8, UTF-16, or the legacy encoding that reads most like French.

    Returns
    -------
    tuple[str, str]
        The text and the name of the encoding; ``"utf-8 et cp1252 mêlés"`` when lines differ.

    Raises
    ------
    UnreadableFile
        When the bytes are not text in any of them.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise UnreadableFile(f"annoncé en {encoding}, mais illisible") from error
    if data[:4000].count(0) > len(data[:4000]) // 4:
        return _decode_utf16(data)
    if data[:4000].count(0):
        raise UnreadableFile("ce n’est pas du texte")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_legacy(data)


def _decode_utf16(data: bytes) -> tuple[str, str]:
    encoding = "utf-16-le" if data[1:4000:2].count(0) > data[0:4000:2].count(0) else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile("ce n’est pas du texte") from error
    if sum(c.isprintable() or c.isspace() for c in text[:2000]) < 0.95 * len(text[:2000]):
        raise UnreadableFile("ce n’est pas du texte")
    return text, encoding


def _decode_legacy(data: bytes) -> tuple[str, str]:
    lines = data.split(b"\n")
    broken = sum(not _is_utf8(line) for line in lines)
    multibyte = sum(_is_utf8(line) and bool(_MULTIBYTE.search(line)) for line in lines)
    if multibyte > broken:
        mixed = (line.decode("utf-8" if _is_utf8(line) else "cp1252", "replace") for line in lines)
        return "\n".join(mixed), "utf-8 et cp1252 mêlés"
    best = max(_LEGACY, key=lambda encoding: _french_score(data, encoding))
    text = data.decode(best, errors="replace")
    controls = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in text[:4000])
    if controls > len(text[:4000]) // 50:
        raise UnreadableFile("ce n’est pas du texte")
    return text, best


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _french_score(data: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that French uses; ties keep the first encoding."""
    beyond = [c for c in data[:200_000].decode(encoding, errors="replace") if ord(c) > 127]
    return sum(c in _FRENCH for c in beyond) / max(1, len(beyond))
