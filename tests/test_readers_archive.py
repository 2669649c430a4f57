"""ZIP: its documents as if they stood in a folder; no bomb, no escape."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, archive, read_corpus


def read_zip(folder: Path, members: dict[str | zipfile.ZipInfo, str | bytes]) -> Reading:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in members.items():
            written.writestr(name, data)
    return read_corpus(folder)


def test_each_document_is_an_article(tmp_path: Path) -> None:
    reading = read_zip(
        tmp_path,
        {
            "dossier/2024-03-12 été.txt": "Le Rex rouvre.",
            "LISEZMOI": "# Lire\n\nLe Rex ferme.",
            "__MACOSX/._a.md": "x",
            ".cache/b.md": "x",
            "photo.png": b"x",
            "vide.txt": "",
            "autre.zip": b"x",
        },
    )
    assert [(a.id, a.title, a.date) for a in reading.articles] == [
        ("a.zip#LISEZMOI", "Lire", ""),
        ("a.zip#dossier/2024-03-12 été.txt", "2024 03 12 été", "2024-03-12"),
    ]
    told = [remark.text.split(" non pris")[0] for remark in reading.remarks]
    assert told == [
        "« autre.zip » : archive dans une archive, non lue ; décompressez-la",
        "« photo.png » : format « .png »",
        "« vide.txt » : « a.zip#vide.txt » ne contient aucun texte",
    ]


@pytest.mark.usefixtures("in_process")
def test_nothing_is_written_out_of_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    link = zipfile.ZipInfo("lien.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    corpus = tmp_path / "a" / "b"
    corpus.mkdir(parents=True)
    reading = read_zip(
        corpus,
        {
            "../../fuite.md": "Le Rex.",
            "/etc/rex.md": "Le Rex.",
            "..\\..\\x.md": "Le Rex.",
            link: "/etc/passwd",
        },
    )
    assert [article.id for article in reading.articles] == [
        "a.zip#etc/rex.md",
        "a.zip#fuite.md",
        "a.zip#x.md",
    ]
    assert [remark.text for remark in reading.remarks] == ["« lien.md » : lien, non suivi"]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.zip"]


def test_names_in_utf8_that_no_flag_tells(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as written:
        written.writestr("été.txt", "Le Rex.")
    # Bit 11 of the flags, in the local and the central header.
    raw = data.getvalue().replace(b"\x00\x08\x00\x00", b"\x00\x00\x00\x00")
    (tmp_path / "a.zip").write_bytes(raw)
    assert [article.id for article in read_corpus(tmp_path).articles] == ["a.zip#été.txt"]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [("_MOST_MEMBERS", 2, "plus de 2 fichiers"), ("_MAX_BYTES", 1_000_000, "plus de 1 Mo")],
)
def test_bombs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, told: str
) -> None:
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(EmptyCorpus, match=told):
        read_zip(tmp_path, {f"{k}.txt": "x" * 500_000 for k in range(3)})


def test_an_archive_that_lies_on_a_size_is_damaged(tmp_path: Path) -> None:
    read_zip(tmp_path, {"a.txt": "x" * 1_000_000, "b.txt": "Le Rex."})
    raw = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(raw.replace((1_000_000).to_bytes(4, "little"), b"\1\0\0\0"))
    reading = read_corpus(tmp_path)
    assert [article.id for article in reading.articles] == ["a.zip#b.txt"]
    assert [remark.text for remark in reading.remarks] == ["« a.txt » : endommagé"]


def test_an_archive_without_documents_is_refused_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match="aucun document lisible dans l’archive ; « p.png »"):
        read_zip(tmp_path, {"p.png": b"x"})
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(EmptyCorpus, match="endommagé"):
        read_corpus(tmp_path)
