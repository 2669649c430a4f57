"""Readers: real files of every kind; nothing is lost in silence, nothing is followed outside."""

from __future__ import annotations

import codecs
import json
import os
import unicodedata
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import EXTENSIONS, READERS, Reading, read_corpus
from rag.readers import jsonl as jsonl_reader
from rag.readers import text as text_reader

FRENCH = "L’été, à Noël, où l’œuvre « naïve » coûte 5 € : ça, c’est sûr.\nGarçon, forêt, maïs.\n"


def told(reading: Reading) -> dict[str, str]:
    return {remark.path: remark.text for remark in reading.remarks}


def read_one(folder: Path, name: str, data: bytes | str) -> Reading:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return read_corpus(folder)


# --------------------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (FRENCH.encode(), ""),
        (codecs.BOM_UTF8 + FRENCH.encode(), ""),
        (FRENCH.encode("utf-16"), "lu en utf-16"),
        (codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"), "lu en utf-16"),
        (FRENCH.encode("utf-16-le"), "lu en utf-16-le"),
        (FRENCH.encode("utf-16-be"), "lu en utf-16-be"),
        (FRENCH.encode("cp1252"), "lu en cp1252"),
        (FRENCH.encode("mac_roman"), "lu en mac_roman"),
    ],
    ids=["utf8", "utf8-bom", "utf16-bom", "utf16-be-bom", "utf16-le", "utf16-be", "cp1252", "mac"],
)
def test_accents_are_exact_in_every_encoding(tmp_path: Path, data: bytes, remark: str) -> None:
    reading = read_one(tmp_path, "a.txt", data)
    assert reading.articles[0].text == FRENCH
    assert [r.text for r in reading.remarks if "illisible" in r.text or "lu en" in r.text] == (
        [remark] if remark else []
    )


def test_dos_text(tmp_path: Path) -> None:
    text = "Voilà l'été à la forêt, où ça gèle : déjà le maïs est coupé."
    reading = read_one(tmp_path, "a.txt", text.encode("cp850"))
    assert reading.articles[0].text == text
    assert told(reading) == {"a.txt": "lu en cp850"}


def test_lines_of_two_encodings(tmp_path: Path) -> None:
    lines = ["Une ligne à l’été.".encode()] * 3 + ["Une ligne à l’hôtel.".encode("cp1252")]
    reading = read_one(tmp_path, "a.txt", b"\n".join(lines))
    assert reading.articles[0].text.split("\n")[-1] == "Une ligne à l’hôtel."
    assert reading.articles[0].text.split("\n")[0] == "Une ligne à l’été."
    assert told(reading) == {"a.txt": "lu en utf-8 et cp1252 mêlés"}


def test_decomposed_accents_are_composed(tmp_path: Path) -> None:
    reading = read_one(tmp_path, "a.txt", unicodedata.normalize("NFD", "L’été."))
    assert reading.articles[0].text == "L’été."
    assert unicodedata.is_normalized("NFC", reading.articles[0].text)


def test_invisible_characters_are_removed_and_counted(tmp_path: Path) -> None:
    hidden = "Mi\u200bcro\u202esoft\U000e0041 \x07vend.\ufeff"
    reading = read_one(tmp_path, "a.txt", hidden)
    assert reading.articles[0].text == "Microsoft vend."
    assert told(reading) == {"a.txt": "5 caractères invisibles retirés"}


def test_a_page_end_parts_two_words(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.txt", "Fin.\x0cDébut.").articles[0].text == "Fin.\nDébut."


def test_line_ends_are_unified(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.txt", b"Un.\r\nDeux.\rTrois.").articles[0].text == (
        "Un.\nDeux.\nTrois."
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + os.urandom(0) + b"\x00\x01" * 40,
        codecs.BOM_UTF16_LE + b"\x00\xd8\x41",
    ],
)
def test_binary_is_refused_and_the_others_go_on(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.txt").write_text("Une phrase.", encoding="utf-8")
    reading = read_one(tmp_path, "a.txt", data)
    assert [a.id for a in reading.articles] == ["b.txt"]
    assert [(r.path, r.skipped) for r in reading.remarks] == [("a.txt", True)]


@pytest.mark.usefixtures("in_process")
def test_a_reader_that_raises_is_reported_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bon.txt").write_text("Le pont rouvre lundi.", encoding="utf-8")
    (tmp_path / "mauvais.md").write_text("# Titre", encoding="utf-8")

    def fail(path: Path, name: str) -> None:
        raise RecursionError("too deep")

    monkeypatch.setitem(READERS, ".md", fail)
    reading = read_corpus(tmp_path)
    assert [article.id for article in reading.articles] == ["bon.txt"]
    (remark,) = reading.remarks
    assert (remark.path, remark.skipped) == ("mauvais.md", True)
    assert remark.text.startswith("fichier mal formé")


@pytest.mark.parametrize(
    "page",
    [
        '<p>La halle rouvre samedi. <ahref="/halle">Lire la suite</a></p>',
        '<p\u00a0class="corps">La halle rouvre samedi.</p>',
        "<pre>La halle rouvre samedi.\f Fin.</pre>",
    ],
)
def test_malformed_tags_keep_no_page_from_being_read(tmp_path: Path, page: str) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{page}</body></html>", encoding="utf-8")
    (article,) = read_corpus(tmp_path).articles
    assert "La halle rouvre samedi." in article.text


def test_a_file_too_large_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_reader, "MAX_BYTES", 20)
    (tmp_path / "b.txt").write_text("Une phrase.", encoding="utf-8")
    reading = read_one(tmp_path, "a.txt", "x" * 21)
    assert [a.id for a in reading.articles] == ["b.txt"]
    assert told(reading)["a.txt"].startswith("fichier trop gros")


# ------------------------------------------------------------------- what is not a plain file


def test_what_is_not_a_plain_file_of_the_corpus_is_skipped_and_reported(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    outside = tmp_path / "corpus-secret"
    (corpus / "sous").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.md").write_text("SECRET", encoding="utf-8")
    (corpus / "bon.md").write_text("Une phrase.", encoding="utf-8")
    os.mkfifo(corpus / "tube.md")
    (corpus / "boucle.md").symlink_to("boucle.md")
    (corpus / "mort.md").symlink_to("absent.md")
    (corpus / "dehors.md").symlink_to(outside / "secret.md")
    (corpus / "dossier-dehors").symlink_to(outside)
    (corpus / "sous" / "cycle").symlink_to("..")
    (corpus / "null.txt").symlink_to("/dev/null")
    (corpus / "image.png").write_bytes(b"x")
    (corpus / "vide.txt").write_text("  \n", encoding="utf-8")
    reading = read_corpus(corpus)
    assert [a.id for a in reading.articles] == ["bon.md"]
    assert told(reading) == {
        "boucle.md": "le lien ne mène à aucun fichier",
        "mort.md": "le lien ne mène à aucun fichier",
        "dehors.md": "le lien sort du dossier d’articles",
        "tube.md": "ce n’est pas un fichier ordinaire",
        "null.txt": "ce n’est pas un fichier ordinaire",
        "dossier-dehors": "lien vers un dossier, non suivi",
        "sous/cycle": "lien vers un dossier, non suivi",
        "image.png": (f"format « .png » non pris en charge (acceptés : {', '.join(EXTENSIONS)})"),
        "vide.txt": "« vide.txt » ne contient aucun texte",
    }
    assert all(remark.skipped for remark in reading.remarks)


def test_a_link_inside_the_corpus_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Une phrase.", encoding="utf-8")
    (tmp_path / "b.md").symlink_to("a.md")
    assert [a.id for a in read_corpus(tmp_path).articles] == ["a.md", "b.md"]


def test_unreadable_folder_and_file_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prive").mkdir()
    (tmp_path / "a.md").write_text("Une phrase.", encoding="utf-8")
    (tmp_path / "b.md").write_text("Autre phrase.", encoding="utf-8")
    # The tests may run as root, whom no permission stops.
    scan, open_file = os.scandir, Path.open

    def deny_folder(path: str) -> object:
        if str(path).endswith("prive"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    def deny_file(path: Path, *arguments: object, **options: object) -> object:
        if path.name == "b.md":
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", deny_folder)
    monkeypatch.setattr(Path, "open", deny_file)
    reading = read_corpus(tmp_path)
    assert [a.id for a in reading.articles] == ["a.md"]
    assert told(reading) == {
        "prive": "dossier illisible",
        "b.md": "lecture impossible (Permission denied)",
    }


def test_hidden_files_are_not_articles(tmp_path: Path) -> None:
    for name in ("README.md", "LICENSE", ".cache.md", ".git/x.md", "sous/license.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Une phrase.", encoding="utf-8")
    reading = read_corpus(tmp_path)
    assert [a.id for a in reading.articles] == ["LICENSE", "README.md", "sous/license.txt"]
    assert reading.remarks == ()


@pytest.mark.parametrize(
    ("name", "text", "date"),
    [
        ("2024-03-12_conseil.txt", "Une phrase.", "2024-03-12"),
        ("CR du 12.03.2024", "Une phrase.", "2024-03-12"),
        ("2024-03-12.md", "---\ndate: 2023-01-01\n---\nUne phrase.", "2023-01-01"),
        ("2024-03-12.jsonl", '{"id": "a", "text": "Une phrase."}', ""),
    ],
)
def test_a_file_name_dates_an_article_that_has_no_date(
    tmp_path: Path, name: str, text: str, date: str
) -> None:
    assert read_one(tmp_path, name, text).articles[0].date == date


def test_a_file_name_that_is_not_utf8_can_be_printed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.md"
    with open(path, "wb") as file:
        file.write(b"Une phrase.")
    article = read_corpus(tmp_path).articles[0]
    assert article.id == "caf?.md"
    article.title.encode()


def test_reading_never_writes(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\nUne phrase.", encoding="utf-8")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tmp_path.rglob("*.md")}
    read_corpus(tmp_path)
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tmp_path.rglob("*")} == before


# -------------------------------------------------------------------------------- empty corpus


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match="n’existe pas"):
        read_corpus(tmp_path / "absent")


def test_an_empty_folder_says_why_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"x")
    with pytest.raises(EmptyCorpus) as caught:
        read_corpus(tmp_path)
    assert "Aucun article lisible" in str(caught.value)
    assert "photo.png : format « .png » non pris en charge" in str(caught.value)
    assert "Déposez-y des fichiers" in caught.value.todo


def test_one_file_in_an_unknown_format(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"PK")
    with pytest.raises(EmptyCorpus, match=r"« \.doc » non pris en charge"):
        read_corpus(tmp_path / "a.doc")


def test_one_file_is_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "mon_bel-article.txt").write_text("Une phrase.", encoding="utf-8")
    article = read_corpus(tmp_path / "mon_bel-article.txt").articles[0]
    assert (article.id, article.title) == ("mon_bel-article.txt", "mon bel article")


# ---------------------------------------------------------------------------------------- JSONL


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        {"id": "b", "title": "Titre B", "text": "Texte B.", "date": "2025-10", "url": "https://b"},
        {"id": 7, "text": "Texte sept."},
    ]
    reading = read_one(tmp_path, "c.jsonl", "\n".join(json.dumps(line) for line in lines))
    assert [(a.id, a.title, a.text, a.date, a.url) for a in reading.articles] == [
        ("7", "", "Texte sept.", "", ""),
        ("b", "Titre B", "Texte B.", "2025-10", "https://b"),
    ]


def test_bad_lines_are_reported_with_their_numbers(tmp_path: Path) -> None:
    lines = [
        b'{"id": "a", "text": "Un."}',
        b"pas du json",
        b"",
        b'["liste"]',
        b'{"id": "x"}',
        b'{"text": "sans id"}',
        b'{"id": true, "text": "x"}',
        b"\x00\x01\x02binaire\x00",
        b"[" * 100_000,
        b'{"id": "b", "text": "Deux."}',
    ]
    reading = read_one(tmp_path, "c.jsonl", b"\n".join(lines))
    assert [a.id for a in reading.articles] == ["a", "b"]
    assert [r.text for r in reading.remarks] == [
        "ligne 2 ignorée : ce n’est pas du JSON",
        "ligne 4 ignorée : il y manque « text »",
        "ligne 5 ignorée : il y manque « text »",
        "ligne 6 ignorée : il y manque « id »",
        "ligne 7 ignorée : il y manque « id »",
        "ligne 8 ignorée : ce n’est pas du texte",
        "ligne 9 ignorée : ce n’est pas du JSON",
    ]


def test_a_line_in_another_encoding_is_read_and_reported(tmp_path: Path) -> None:
    line = '{"id": "a", "text": "L’été à Noël."}'.encode("cp1252")
    reading = read_one(tmp_path, "c.jsonl", line)
    assert reading.articles[0].text == "L’été à Noël."
    assert told(reading) == {"c.jsonl": "ligne 1 lue en cp1252"}


def test_a_date_that_is_not_understood_is_reported(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "text": "Un.", "date": "hier"},
        {"id": "b", "text": "Un.", "date": "12 mars 2024"},
    ]
    reading = read_one(tmp_path, "c.jsonl", "\n".join(json.dumps(line) for line in lines))
    assert [article.date for article in reading.articles] == ["", "2024-03-12"]
    assert told(reading) == {"c.jsonl": "ligne 1 : date « hier » non comprise"}


def test_lone_surrogates_and_invisible_characters_go(tmp_path: Path) -> None:
    line = r'{"id": "a\ud800", "title": "T\ud83d", "text": "Un\ud800e phr\u200base."}'
    article = read_one(tmp_path, "c.jsonl", line).articles[0]
    assert (article.id, article.title, article.text) == ("a", "T", "Une phrase.")


@pytest.mark.usefixtures("in_process")
def test_a_line_too_long_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_reader, "MAX_BYTES", 100)
    data = '{"id": "a", "text": "Un."}\n' + "x" * 500
    reading = read_one(tmp_path, "c.jsonl", data)
    assert [a.id for a in reading.articles] == ["a"]
    assert told(reading)["c.jsonl"].startswith("ligne 2 trop longue")


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    text = "Le pont de Kerloc rouvre en mai, après neuf mois de travaux."
    for name, content in (
        ("a.txt", text),
        ("b.txt", text),
        ("c.md", f"---\ntitle: X\n---\n{text}"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    reading = read_corpus(tmp_path)
    # Under another title it is not the same.
    assert [article.id for article in reading.articles] == ["a.txt", "c.md"]
    assert told(reading) == {"b.txt": "même contenu que « a.txt », indexé une seule fois"}


def test_duplicate_ids_are_reported(tmp_path: Path) -> None:
    data = '{"id": "a", "text": "Premier."}\n{"id": "a", "text": "Second."}'
    reading = read_one(tmp_path, "c.jsonl", data)
    assert [a.text for a in reading.articles] == ["Premier."]
    assert [(r.skipped, r.text) for r in reading.remarks] == [
        (True, "l’identifiant « a » est déjà pris ; cet article est ignoré")
    ]
