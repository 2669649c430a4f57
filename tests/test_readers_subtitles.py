"""SRT and WebVTT: what is said, without the times."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, read_corpus


def read_one(folder: Path, name: str, data: str) -> Reading:
    (folder / name).write_text(data, encoding="utf-8")
    return read_corpus(folder)


def cue(text: str, end: str = "00:00:02,000") -> str:
    return f"1\n00:00:01,000 --> {end}\n{text}\n\n"


@pytest.mark.parametrize(
    ("cues", "text"),
    [
        (["Le Rex", "rouvre <i>lundi</i>.", "Enfin !"], "Le Rex rouvre lundi.\nEnfin !"),
        (["- Il rouvre ?\n- Oui,", "lundi."], "- Il rouvre ?\n- Oui, lundi."),
        (["CLAIRE : Bonjour", "PAUL : Salut"], "CLAIRE : Bonjour\nPAUL : Salut"),
        # A line that stays on the screen is said once; the year 2024 is no number of a cue.
        (["Le Rex", "Le Rex", "rouvre en", "2024"], "Le Rex rouvre en 2024"),
        (["{\\an8}L&amp;M", "<font color=red>ferme</font>."], "L&M ferme."),
    ],
)
def test_srt(tmp_path: Path, cues: list[str], text: str) -> None:
    assert read_one(tmp_path, "a.srt", "".join(map(cue, cues))).articles[0].text == text


def test_vtt(tmp_path: Path) -> None:
    data = (
        "WEBVTT - Séance\n\nNOTE relire\n\nSTYLE\n::cue {}\n\n"
        "00:01.000 --> 00:02.000 align:start\n<v Claire Martin>Le Rex\n\n"
        "id\n00:02.000 --> 00:03.000\n<v Claire Martin>rouvre lundi.\n\n"
        "00:03.000 --> 00:04.000\n<v.bas Claire Martin>Et le maire ?\n\n"
        "00:04.000 --> 00:05.000\n<v Paul>Il vient.</v>\n"
    )
    assert read_one(tmp_path, "a.vtt", data).articles[0].text == (
        "Claire Martin : Le Rex rouvre lundi.\nClaire Martin : Et le maire ?\nPaul : Il vient."
    )


def test_a_file_without_subtitles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match="aucun sous-titre"):
        read_one(tmp_path, "a.srt", "Bonjour")
