"""SRT and WebVTT: what is said, by whom when it is told, without the times.

Lines end where a sentence ends or another voice begins.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from rag.errors import UnreadableFile
from rag.readers.text import load_text, title_from_name
from rag.types import Article

_TIME = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}.*")
_VOICE = re.compile(r"<v(?:\.[^ >]*)? ([^>]+)>")
_MARKS = re.compile(r"<[^>]{0,200}>|\{\\[^}]{0,200}\}")
_ENDS = re.compile(r"[.!?…][»”\"’)\]\s\u00a0\u202f]*$")
_TURN = re.compile(r"[-–—]\s*\w")
# « CLAIRE : Bonjour. », « Claire Martin : Bonjour. »
_LABEL = re.compile(r"[A-ZÀ-Þ][^\s:]*(?: [A-ZÀ-Þ][^\s:]*){0,3}\s?:\s")


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read the subtitles of one recording as one article.

    Raises
    ------
    UnreadableFile
        When the file is too large, is not text or has no subtitle.
    """
    text = yield from load_text(path)
    said = _join(_read_cues(text))
    if not said:
        raise UnreadableFile("ce fichier ne contient aucun sous-titre")
    yield Article(id=name, title=title_from_name(path), text=said)


def _read_cues(text: str) -> Iterator[str]:
    """Return the lines of the cues; the rest is numbers, notes and styles."""
    within = False
    for line in text.split("\n"):
        if _CUE.fullmatch(line):
            within = True
        elif not line.strip():
            within = False
        elif within:
            voiced = _VOICE.sub(lambda voice: f"{voice[1].strip()} : ", line)
            yield " ".join(html.unescape(_MARKS.sub("", voiced)).split())


def _join(lines: Iterator[str]) -> str:
    """Join the lines of one sentence; a line that comes back at once is said once."""
    said: list[str] = []
    former = voice = ""
    for line in lines:
        if not line or line == former:
            continue
        former = line
        label = _LABEL.match(line)
        open_one = bool(said) and not _ENDS.search(said[-1])
        if open_one and label and label[0] == voice:
            said[-1] += " " + line.removeprefix(voice)
        elif open_one and not label and not _TURN.match(line):
            said[-1] += " " + line
        else:
            said.append(line)
        voice = label[0] if label else voice
    return "\n".join(said)
