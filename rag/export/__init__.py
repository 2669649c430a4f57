"""A conversation → Markdown, PDF or JSON that carry what it takes to check them again, and back.

Also what is taken away to write from: a Word document, the references of the articles,
the quotations as a table. One file a
format; ``document.py`` is what they are all made from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, get_args

from rag import __version__
from rag.errors import RecordUnreadable
from rag.export.document import (
    ExportedConversation,
    Unsealed,
    describe_kept,
    name_file,
    seal,
    unseal,
)
from rag.export.markdown import read_markdown, write_markdown
from rag.export.references import write_bibtex, write_ris
from rag.export.table import write_table
from rag.records import KeptExchange, write_time

Format = Literal["md", "pdf", "json", "docx", "ris", "bib", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
CHECKABLE: tuple[Format, ...] = ("md", "pdf", "json")
"""Those that can be read back."""
REFERENCES: tuple[Format, ...] = ("ris", "bib", "csv")
"""Those of what is cited alone: nothing to write where nothing is."""
MIME_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ris": "application/x-research-info-systems",
    "bib": "application/x-bibtex",
    "csv": "text/csv",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "json": "application/json",
}

_EDITED = "Les données de l’export ont été modifiées à la main : elles ne sont plus celles écrites."


def make_export(
    identifier: str, exchanges: Sequence[KeptExchange], exported: str = ""
) -> ExportedConversation:
    """Gather a conversation for its export.

    Parameters
    ----------
    identifier
        Of the conversation.
    exchanges
        In their order.
    exported
        When, ISO 8601 in UTC; now when empty.
    """
    described = tuple(map(describe_kept, exchanges))
    return ExportedConversation(identifier, exported or write_time(), __version__, described)


def name_export(conversation: ExportedConversation, format: Format) -> str:
    """Name the file of an export: ``sourcier-2026-11-23-combien-microsoft-investi.md``."""
    return f"{name_file(conversation)}.{format}"


def write_export(conversation: ExportedConversation, format: Format) -> bytes:
    """Write a conversation in one of the formats."""
    if format == "pdf":
        from rag.export.pdf import write_pdf

        return write_pdf(conversation)
    if format == "docx":
        from rag.export.docx import write_docx

        return write_docx(conversation)
    if format == "ris":
        return write_ris(conversation).encode()
    if format == "bib":
        return write_bibtex(conversation).encode()
    if format == "csv":
        return write_table(conversation).encode()
    if format == "md":
        return write_markdown(conversation).encode("utf-8", "replace")
    text = json.dumps(seal(conversation), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def read_export(data: bytes) -> tuple[ExportedConversation, list[str]]:
    """Read an export in one of the formats that can be checked again.

    Returns
    -------
    tuple[ExportedConversation, list[str]]
        The conversation, and in French what was edited by hand since.

    Raises
    ------
    RecordUnreadable
        When it is no export, or another version wrote it.
    """
    unsealed, remarks = _read(data)
    if not unsealed.intact:
        remarks = [_EDITED, *remarks]
    return unsealed.conversation, remarks


def _read(data: bytes) -> tuple[Unsealed, list[str]]:
    if data.startswith(b"%PDF"):
        from rag.export.pdf import read_pdf

        return read_pdf(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordUnreadable(
            "Ce fichier n’est pas un export de Sourcier : ce n’est ni un PDF ni du texte en UTF-8.",
            kept="Il n’a pas été modifié.",
            todo="Donnez un export en Markdown, PDF ou JSON : eux seuls se vérifient.",
        ) from error
    if not text.lstrip().startswith("{"):
        return read_markdown(text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return unseal(document), []
