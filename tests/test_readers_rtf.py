"""RTF: text, tables, title; what is left out is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, read_corpus


def read_one(folder: Path, source: str) -> Reading:
    (folder / "a.rtf").write_bytes(source.encode("ascii"))
    return read_corpus(folder)


def test_a_document(tmp_path: Path) -> None:
    source = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title L'\'e9t\'e9 du Rex}}"
        r"Le cin\'e9ma \b rouvre\b0  le 4\~mai \u8212? enfin.\par"
        r"\trowd\intbl Ville\cell Agents\cell\row"
        r"\trowd\pard\intbl Nevers\par centre\cell 87\cell\row\pard"
        r"{\pict\pngblip 89504e47}{\footnote Sauf gr\'e8ve.}Fin.}"
    )
    reading = read_one(tmp_path, source)
    (article,) = reading.articles
    assert article.title == "L'été du Rex"
    assert article.text == (
        "Le cinéma rouvre le 4\u00a0mai — enfin.\nVille : Nevers centre ; Agents : 87.\nFin."
    )
    assert [remark.text for remark in reading.remarks] == ["notes de bas de page : non lus"]


def test_struck_and_hidden_text_is_left_out(tmp_path: Path) -> None:
    source = (
        r"{\rtf1 Loyer : \strike 850 \u8364?\strike0 920 euros.\par "
        r"Caution {\b\strike d\'e9but}{\v cach\'e9}: \strike\plain 95 euros.}"
    )
    reading = read_one(tmp_path, source)
    assert reading.articles[0].text == "Loyer : 920 euros.\nCaution : 95 euros."
    told = "passages barrés ou masqués, laissés de côté : 3"
    assert [remark.text for remark in reading.remarks] == [told]


@pytest.mark.usefixtures("in_process")
def test_pictures_cost_no_time(tmp_path: Path) -> None:
    started = time.process_time()
    reading = read_one(tmp_path, r"{\rtf1{\pict " + "89504e47\n" * 1_000_000 + "}Le Rex.}")
    assert reading.articles[0].text == "Le Rex."
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "source", ["Le Rex", r"{\rtf1 }", r"{\rtf1 \u-99999999999 x}", r"{\rtf1" + "{" * 10_000]
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(EmptyCorpus, match="endommagé|aucun texte"):
        read_one(tmp_path, source)
