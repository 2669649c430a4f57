"""What each visitor of a shared page keeps apart from the others.

::

    DATA/visiteurs/NAME/    conversations and preferences of one browser

A visitor is a browser, known by the token of a cookie (``rag.guard.visitors``). The name of its
folder is a hash of the token, so that whoever reads the names can't take the place of a visitor.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rag.settings import Settings

COOKIE = "sourcier-visiteur"
# Days that a browser keeps its cookie after its last visit; nobody can open what is older.
KEPT_DAYS = 365
FOLDER = "visiteurs"


def find_own(settings: Settings, token: str) -> Settings:
    """Return the settings of one visitor: those of all, with a folder of its own as ``data``."""
    name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    folder = settings.data / FOLDER / name
    # Tells when it was last visited, once it is there.
    with suppress(OSError):
        os.utime(folder)
    return replace(settings, data=folder)


def forget_visitors(settings: Settings) -> None:
    """Erase what belongs to browsers that have lost their cookie."""
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    folder: Path = settings.data / FOLDER
    with suppress(OSError):
        for own in folder.iterdir():
            if own.stat().st_mtime < oldest:
                shutil.rmtree(own, ignore_errors=True)
