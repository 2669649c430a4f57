"""EML and MHTML: a message with its attachments, and a page saved by a browser.

The text of a message is read where it has one, else its page. Who wrote it, to whom, when and about
what open the text, as one sentence. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from mimetypes import guess_extension
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers import html
from rag.readers.dates import parse_date
from rag.readers.markup import describe_row
from rag.readers.members import read_member, write_out
from rag.readers.packages import DAMAGED
from rag.readers.plain import rewrite
from rag.readers.text import MAX_BYTES, check_size, clean, decode, find_stem, title_from_name
from rag.timeframe import format_date
from rag.types import Article, Source

_FIELDS = {"From": "De", "To": "À", "Cc": "Copie à", "Date": "Date", "Subject": "Objet"}
_ADDRESS = re.compile(r"<([^>]*)>")
# A text this much shorter than the page sent with it only says to look at the page.
_STUB = 0.3


def read_message(path: Path, name: str) -> Iterator[Article | str]:
    """Read one message as one article, and the documents attached to it.

    Raises
    ------
    UnreadableFile
        When the file is too large or is no message.
    """
    message = _parse(path)
    fields = {label: _tell(message, field) for field, label in _FIELDS.items()}
    if not any(fields.values()):
        raise UnreadableFile("ce fichier n’est pas un courriel")
    date = _read_date(fields["Date"])
    fields["Date"] = format_date(date)
    told = {label: value for label, value in fields.items() if value}
    text = yield from _read_body(message, path, name)
    yield Article(
        id=name,
        title=fields["Objet"] or title_from_name(path),
        text=f"{describe_row(list(told.values()), list(told), len(told))}\n\n{text}".strip(),
        date=date,
        sources=(Source(fields["De"].partition(" (")[0]),) if fields["De"] else (),
    )
    for part in message.iter_attachments():
        kind = part.get_content_type()
        file = part.get_filename() or f"pièce jointe{guess_extension(kind) or ''}"
        if kind == "message/rfc822":
            file, data = "message joint.eml", bytes(part.get_payload(0))  # type: ignore[arg-type]
        else:
            data = _read_bytes(part)
        yield from read_member(data, file, name)


def read_page(path: Path, name: str) -> Iterator[Article | str]:
    """Read one saved page as the page itself, with the address that it came from.

    Raises
    ------
    UnreadableFile
        When the file is too large or holds no page.
    """
    message = _parse(path)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    if page is None:
        raise UnreadableFile("ce fichier ne contient aucune page")
    urls = (_tell(message, "Snapshot-Content-Location"), _tell(page, "Content-Location"))
    url = next((url for url in urls if url.startswith(("https://", "http://"))), "")
    sheets = (part for part in message.walk() if part.get_content_type() == "text/css")
    styles = "".join(f"<style>{_read_text(sheet)}</style>" for sheet in sheets)
    for item in _read_html(page, path, name, styles):
        yield replace(item, url=item.url or url) if isinstance(item, Article) else item


def _parse(path: Path) -> EmailMessage:
    check_size(path, MAX_BYTES)
    try:
        return message_from_bytes(path.read_bytes(), policy=policy.default)
    except Exception as error:  # email does not list what a hostile message raises
        raise UnreadableFile(DAMAGED) from error


def _tell(message: EmailMessage, field: str) -> str:
    """Return a field on one line, empty when it can't be read."""
    try:
        value = str(message.get(field, ""))
    except Exception:  # as above
        return ""
    return _ADDRESS.sub(r"(\1)", " ".join(clean(value)[0].split()))


def _read_date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError):
        return parse_date(value)


def _read_body(message: EmailMessage, path: Path, name: str) -> Generator[str, None, str]:
    """Return the text of a message, and tell how it was read."""
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    text = "" if plain is None else rewrite(clean(_read_text(plain))[0]).strip()
    if page is None:
        return text
    shown = []
    try:
        for item in _read_html(page, path, name):
            if isinstance(item, Article):
                shown.append(item.text)
            else:
                yield item
    except UnreadableFile:
        return text
    whole = "\n\n".join(shown)
    return whole if len(text) < _STUB * len(whole) else text


def _read_html(page: MIMEPart, path: Path, name: str, styles: str = "") -> Iterator[Article | str]:
    data = (_read_text(page) + styles).encode("utf-8", "replace")
    with write_out(data, find_stem(path) + ".html") as file:
        yield from html.read(file, name)


def _read_text(part: MIMEPart) -> str:
    data = _read_bytes(part)
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (LookupError, ValueError):  # the name of a charset can't hold a zero byte
        return decode(data)[0]


def _read_bytes(part: MIMEPart) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
