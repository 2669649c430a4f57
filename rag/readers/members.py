"""Files within a file, read as if each stood in the folder: the members of a ZIP, attachments."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.readers.scans import Waiting
from rag.readers.text import clean, find_suffix
from rag.types import Article

# One within another may be a thousand times larger than it looks.
_NOT_WITHIN = (".zip",)


@contextmanager
def write_out(data: bytes, member: str) -> Iterator[Path]:
    """Write what a file holds to a folder of its own, which is gone afterwards.

    Readers take files, and titles come from their names: it has a safe version of its own.
    """
    from rag.file_names import safe_name  # it imports the package of this module

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, safe_name(member))
        path.write_bytes(data)
        yield path


def read_member(data: bytes, member: str, name: str) -> Iterator[Article | str]:
    """Read one file that another holds.

    Parameters
    ----------
    data
        Its bytes.
    member
        Its path within the other file.
    name
        The path of the other file, relative to the corpus.
    """
    from rag.file_names import safe_name
    from rag.readers import Remark, is_known, read_here, unknown_format  # it imports this module

    parts = re.split(r"[/\\]", " ".join(clean(member)[0].split()))
    shown = "/".join(part for part in parts if part.strip(". "))
    file = Path(safe_name(shown))  # the name that it is written under
    if find_suffix(file) in _NOT_WITHIN:
        yield f"« {shown} » : archive dans une archive, non lue ; décompressez-la"
    elif not is_known(file):
        yield f"« {shown} » : {unknown_format(file)}"
    else:
        remarks: list[Remark] = []
        with write_out(data, shown) as path:
            yield from read_here(path, f"{name}#{shown}", remarks)
        for remark in remarks:
            told = f"« {shown} » : {remark.text}"
            yield Waiting(told, remark.waiting) if remark.waiting else told
