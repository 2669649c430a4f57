"""Formats by content, for files whose names tell none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus, UnreadableFile
from rag.readers import read_corpus
from rag.readers.signatures import recognise


def pack(name: str, data: str = "") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"%PDF-1.7\n", ".pdf"),
        (b"\n\n%PDF-1.4\n", ".pdf"),
        (b"{\\rtf1 x}", ".rtf"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>x", ".html"),
        (b'<?xml version="1.0"?>\n<!-- x --><HTML lang="fr">', ".html"),
        (b"WEBVTT\n\n", ".vtt"),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nx", ".srt"),
        (b'{"id": "a", "text": "x"}\n', ".jsonl"),
        (b"Received: x\n by y\nFrom: a@b.fr\n\nx", ".eml"),
        (b"Date: 12 mars 2024\nTitre : x\n\nUne phrase.", ".txt"),
        (b"From: <Saved by Blink>\nMIME-Version: 1.0\n\n", ".mhtml"),
        (b"---\ntitle: x\n---\n", ".md"),
        (b"Intro.\n\n## Titre\n", ".md"),
        ("L’été.".encode("cp1252"), ".txt"),
        ("é".encode() * 20_000, ".txt"),
        (b"\x89PNG\r\n\x00\x00\x00", ".txt"),
        (pack("word/document.xml"), ".docx"),
        (pack("xl/workbook.xml"), ".xlsx"),
        (pack("ppt/presentation.xml"), ".pptx"),
        (pack("mimetype", "application/vnd.oasis.opendocument.text"), ".odt"),
        (pack("mimetype", "application/epub+zip"), ".epub"),
        (pack("a.txt"), ".zip"),
        (b"PK\x03\x04", ".zip"),
    ],
)
def test_what_a_file_holds_tells_its_format(tmp_path: Path, data: bytes, suffix: str) -> None:
    (tmp_path / "a").write_bytes(data)
    assert recognise(tmp_path / "a") == suffix


def test_a_document_of_office_97_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with pytest.raises(UnreadableFile, match="avant 2007"):
        recognise(tmp_path / "a")


def test_files_without_extension_are_read_and_binaries_refused(tmp_path: Path) -> None:
    (tmp_path / "COMPTE-RENDU").write_text("<html><body><p>Le Rex rouvre.</p></body></html>")
    (tmp_path / "binaire").write_bytes(bytes(range(256)) * 9)
    reading = read_corpus(tmp_path)
    assert [(a.id, a.text) for a in reading.articles] == [("COMPTE-RENDU", "Le Rex rouvre.")]
    assert [(r.path, r.text) for r in reading.remarks] == [("binaire", "ce n’est pas du texte")]
    (tmp_path / "COMPTE-RENDU").unlink()
    with pytest.raises(EmptyCorpus):
        read_corpus(tmp_path)
