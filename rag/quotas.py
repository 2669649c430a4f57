"""How much may be added, and by whom: what the owner of a shared page allows."""

from __future__ import annotations

from rag.durable import measure_folder
from rag.errors import NoSpace, UsageError
from rag.french import typeset
from rag.progress import format_size
from rag.readers.text import MAX_BYTES, MAX_ILLUSTRATED_BYTES
from rag.settings import Settings


def limit_dropped(settings: Settings) -> int:
    """Return the bytes of a file that the page offers to take."""
    return min(settings.max_file or MAX_BYTES, MAX_ILLUSTRATED_BYTES)


def limit_files(settings: Settings) -> int:
    """Return the bytes that a file may have, however it comes."""
    return min(settings.max_file or MAX_ILLUSTRATED_BYTES, MAX_ILLUSTRATED_BYTES)


def refuse_size(settings: Settings, size: int) -> str:
    """Say in French that a file is too large; an empty string when it is not."""
    most = limit_files(settings)
    return f"fichier trop gros (maximum {most / 1e6:.0f} Mo)" if size > most else ""


def check_changes(settings: Settings) -> None:
    """See that articles may be added, removed and put back.

    Raises
    ------
    UsageError
        When they may only be read.
    """
    if settings.read_only:
        raise UsageError(
            "Ce Sourcier est en lecture seule : ses articles ne changent pas.",
            kept="Rien n’a été modifié.",
            todo="Demandez à qui le tient de retirer SOURCIER_READ_ONLY.",
        )


def check_room(settings: Settings, more: int = 0) -> None:
    """See that the user's folder has room for ``more`` bytes.

    Raises
    ------
    NoSpace
        When it would hold more than ``settings.max_data``.
    """
    if not settings.max_data:
        return
    held = measure_folder(settings.data)
    if held + more > settings.max_data:
        raise NoSpace(
            typeset(
                "La place réservée aux articles ajoutés et aux conversations ne suffit plus : "
                f"{format_size(held)} sur {format_size(settings.max_data)} sont prises."
            ),
            kept="Ce qui était enregistré est intact.",
            todo="Demandez à qui tient ce Sourcier d’en libérer ; ce qui est retiré compte encore "
            "trente jours.",
        )
