"""Readers: real files of every kind; nothing is lost in silence, nothing is followed outside."""

from __future__ import annotations

import codecs
import json
import os
import time
import unicodedata
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import READERS, Reading, read_corpus
from rag.readers import jsonl as jsonl_reader
from rag.readers import text as text_reader
from rag.readers.markdown import parse_date
from rag.types import Source

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
        "image.png": (
            "format « .png » non pris en charge "
            "(acceptés : .docm, .docx, .htm, .html, .jsonl, .markdown, .md, .pdf, .txt, .xhtml)"
        ),
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


def test_notes_and_hidden_files_are_not_articles(tmp_path: Path) -> None:
    for name in ("README.md", "LICENSE", ".cache.md", ".git/x.md", "sous/a.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Une phrase.", encoding="utf-8")
    reading = read_corpus(tmp_path)
    assert [a.id for a in reading.articles] == ["sous/a.md"]
    assert reading.remarks == ()


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
    (tmp_path / "a.odt").write_bytes(b"PK")
    with pytest.raises(EmptyCorpus, match=r"« \.odt » non pris en charge"):
        read_corpus(tmp_path / "a.odt")


def test_one_file_is_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "mon_bel-article.txt").write_text("Une phrase.", encoding="utf-8")
    article = read_corpus(tmp_path / "mon_bel-article.txt").articles[0]
    assert (article.id, article.title) == ("mon_bel-article.txt", "mon bel article")


# -------------------------------------------------------------------------------- front matter

GOOD = """---
id: autre
title: "L’accord : définitif"
date: 2025-10-28
topics: [capital, OpenAI]
summary: Un résumé.
sources:
  - publisher: SEC
    title: "note 17"
    url: https://sec.gov/x
  - https://exemple.fr/y
  - AFP
---

# Un titre

Le corps.
"""


def test_front_matter(tmp_path: Path) -> None:
    reading = read_one(tmp_path, "a.md", GOOD)
    article = reading.articles[0]
    assert reading.remarks == ()
    assert article.id == "a.md"
    assert article.title == "L’accord : définitif"
    assert article.date == "2025-10-28"
    assert article.topics == ("capital", "OpenAI")
    assert article.summary == "Un résumé."
    assert article.sources == (
        Source("SEC", "note 17", "https://sec.gov/x"),
        Source(url="https://exemple.fr/y"),
        Source(publisher="AFP"),
    )
    assert article.url == "https://sec.gov/x"
    assert article.text == "\n# Un titre\n\nLe corps.\n"
    assert GOOD.endswith(article.text)


def test_without_front_matter_the_heading_is_the_title(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", "Intro.\n\n# Vrai titre\n\n---\n\nFin.").articles[0]
    assert article.title == "Vrai titre"
    assert article.text.startswith("Intro.") and article.text.endswith("Fin.")


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ("title: [pas fermé", " (ligne 3)"),
        ("title: a: b: c", " (ligne 2)"),
        ("title: x\n\tdate: 2025", " (ligne 3)"),
        ("a: &a [x]\nb: *a", " (ligne 3)"),
    ],
)
def test_malformed_front_matter_is_reported_and_kept(
    tmp_path: Path, header: str, where: str
) -> None:
    reading = read_one(tmp_path, "a.md", f"---\n{header}\n---\nLe corps.")
    assert told(reading) == {
        "a.md": f"en-tête YAML illisible{where} : l’article est indexé sans titre ni date"
    }
    assert not reading.remarks[0].skipped
    assert "Le corps." in reading.articles[0].text


def test_a_python_object_in_front_matter_is_not_built(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    header = f"title: Bon\ndate: !!python/object/apply:os.mkdir ['{trace}']"
    article = read_one(tmp_path, "a.md", f"---\n{header}\n---\nLe corps.").articles[0]
    assert not trace.exists()
    assert (article.title, article.date) == ("Bon", "")


BOMB = "\n".join(
    ["a0: &a0 [" + ", ".join(["lol"] * 9) + "]"]
    + [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 12)]
)
MERGE_BOMB = "\n".join(
    ["m0: &m0 {x: 1}"]
    + [f"m{i}: &m{i}\n  <<: [" + ", ".join([f"*m{i - 1}"] * 9) + "]" for i in range(1, 12)]
)


@pytest.mark.parametrize(
    "header",
    [
        BOMB + "\ndate: *a11",
        BOMB + "\ntitle: *a11",
        MERGE_BOMB,
        "a: " + "[" * 5000,
        "title: 0x" + "f" * 9000,
        "date: 2025-13-45",
        "x: y\n" * 1_000_000,
    ],
    ids=["date", "title", "merge", "deep", "huge-number", "impossible-date", "long"],
)
def test_hostile_front_matter_neither_hangs_nor_loses_the_article(
    tmp_path: Path, header: str
) -> None:
    started = time.monotonic()
    reading = read_one(tmp_path, "a.md", f"---\n{header}\n---\nLe corps.")
    assert time.monotonic() - started < 5
    assert reading.articles[0].text.endswith("Le corps.")
    assert all(len(remark.text) < 200 for remark in reading.remarks)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-10-28", "2025-10-28"),
        ("2025-10-28T09:30:00Z", "2025-10-28"),
        ("2025-10", "2025-10"),
        ("2025", "2025"),
        (2025, "2025"),
        ("2025-02-30", ""),
        ("2025-13", ""),
        ("28/10/2025", ""),
        ("hier", ""),
        ("", ""),
        (None, ""),
        (True, ""),
        (["2025"], ""),
    ],
)
def test_dates(value: object, expected: str) -> None:
    assert parse_date(value) == expected


def test_a_date_that_is_not_understood_is_reported(tmp_path: Path) -> None:
    reading = read_one(tmp_path, "a.md", "---\ndate: 28 octobre\n---\nLe corps.")
    assert reading.articles[0].date == ""
    assert told(reading)["a.md"].startswith("date « 28 octobre » non comprise")


# --------------------------------------------------------------------------------------- tables

HEADS = "| Ville | Prix | Durée |\n|:---|---:|:-:|\n"


def write_table(folder: Path, text: str) -> str:
    return read_one(folder, "a.md", text).articles[0].text


def test_each_row_of_a_table_is_a_sentence_that_names_its_columns(tmp_path: Path) -> None:
    table = f"{HEADS}| Brest | 3 € | 2 h |\n| Lyon | 4\u00a0€ | 1 h |\n"
    assert write_table(tmp_path, f"Les tarifs :\n\n{table}\nIls changent en mai.\n") == (
        "Les tarifs :\n\nVille : Brest ; Prix : 3 € ; Durée : 2 h.\n"
        "Ville : Lyon ; Prix : 4\u00a0€ ; Durée : 1 h.\n\nIls changent en mai.\n"
    )


@pytest.mark.parametrize(
    "table",
    [
        "| Ville | Prix |\n|---|---|\n| Brest | 3 € |\n",
        "|Ville|Prix|\n|-|-|\n|Brest|3 €|\n",
        "| Ville | Prix\n|--|--\n| Brest | 3 €\n",
        "  | Ville | Prix |\n  | :--- | ---: |\n  | Brest | 3 € |\n",
        "| Ville | Prix |  \n| --- | --- |\t\n|  Brest  |  3 €  |  \n",
        "| Ville | Prix |\r\n|---|---|\r\n| Brest | 3 € |\r\n",
        "| Ville : | Prix\u00a0: |\n|---|---|\n| Brest | 3 € |\n",
        # At the end of the file.
        "| Ville | Prix |\n|---|---|\n| Brest | 3 € |",
    ],
)
def test_a_table_may_be_drawn_in_several_ways(tmp_path: Path, table: str) -> None:
    assert write_table(tmp_path, f"Voici :\n{table}") == "Voici :\nVille : Brest ; Prix : 3 €.\n"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("| Brest \\| Sud | 3 € | 2 h |", "Ville : Brest | Sud ; Prix : 3 € ; Durée : 2 h."),
        ("| Brest | 3 € | 2 h \\|", "Ville : Brest ; Prix : 3 € ; Durée : 2 h |."),
        ("| \\| | 3 € | 2 h |", "Ville : | ; Prix : 3 € ; Durée : 2 h."),
        # What is empty is not told.
        ("| Brest | | 2 h |", "Ville : Brest ; Durée : 2 h."),
        ("| Brest | 3 € |  |", "Ville : Brest ; Prix : 3 €."),
        # Which column a value of a ragged row stands in is not known.
        ("| Brest | 3 € |", "Brest ; 3 €."),
        ("| Brest | 3 € | 2 h | gare |", "Brest ; 3 € ; 2 h ; gare."),
        ("| Brest |", "Brest."),
        # It ends once.
        ("| Brest | 3 € | Oui ! |", "Ville : Brest ; Prix : 3 € ; Durée : Oui !"),
        ("| Brest | 3 € | En été. |", "Ville : Brest ; Prix : 3 € ; Durée : En été."),
    ],
)
def test_a_row_is_told_whole(tmp_path: Path, row: str, sentence: str) -> None:
    text = write_table(tmp_path, f"{HEADS}{row}\n| Lyon | 4 € | 1 h |\nFin.")
    assert text == f"{sentence}\nVille : Lyon ; Prix : 4 € ; Durée : 1 h.\nFin."


def test_an_empty_row_is_left_out(tmp_path: Path) -> None:
    table = f"{HEADS}|  |  |  |\n|\n| Lyon | 4 € | 1 h |\n"
    assert write_table(tmp_path, table) == "Ville : Lyon ; Prix : 4 € ; Durée : 1 h.\n"


def test_escaped_pipes_and_empty_cells_of_the_heads(tmp_path: Path) -> None:
    table = "| | Prix \\| nuit |\n|---|---|\n| Brest | 3 € |\n"
    assert write_table(tmp_path, table) == "Brest ; Prix | nuit : 3 €.\n"


def test_every_table_of_an_article_is_written_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    table = "| Ville | Prix |\n|---|---|\n| Brest | 3 € |\n"
    row = "Ville : Brest ; Prix : 3 €.\n"
    front = "---\ntitle: Tarifs\n---\n"
    body = "# Un\n\n{0}\nOu bien : a | b.\n\n- - -\n\n## Deux\n{0}**Fin**  \n"
    article = read_one(tmp_path, "a.md", front + body.format(table)).articles[0]
    assert (article.title, article.text) == ("Tarifs", body.format(row))


@pytest.mark.parametrize(
    "text",
    [
        # No line of dashes, or no row.
        "| Ville | Prix |\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|---|---|\n",
        "| Ville | Prix |\n|---|---|\n\n| Brest | 3 € |\n",
        "| Ville | Prix |\n\n|---|---|\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|---|-x-|\n| Brest | 3 € |\n",
        "| Ville | Prix |\n|   |   |\n| Brest | 3 € |\n",
        # One column, or a line that a bar opens.
        "| Ville |\n|---|\n| Brest |\n",
        "| soit x |\n---\n| soit y |\n",
        "Le prix | la nuit\n--- | ---\nBrest | 3 €\n",
        "|x| + |y|\n",
        "\\| Ville \\|\n",
        "Une barre | seule\n\n---\n\nFin.\n",
        "|\n|\n|\n",
    ],
)
def test_what_only_looks_like_a_table_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    assert write_table(tmp_path, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "| a\n" + " " * 100_000 + "x",
        "| a | b\n|-|-" + " " * 100_000 + "x",
        "| a | b\n" + "|-" * 50_000 + "x\n| c |",
        "| a | b\n" + "-" * 100_000 + "x",
        "| a\n" * 50_000,
        "|" * 100_000 + "\n" + "|-" * 100_000 + "\n" + "|" * 100_000,
        "| a | b |\n|-|-|\n" * 20_000,
        " \t" * 50_000 + "| a",
    ],
    ids=["spaces", "after", "dashes", "dash", "heads", "pipes", "tables", "indent"],
)
def test_hostile_tables_do_not_hang(tmp_path: Path, text: str) -> None:
    started = time.monotonic()
    reading = read_one(tmp_path, "a.md", f"{text}\nFin.")
    assert time.monotonic() - started < 5
    assert reading.articles[0].text.endswith("Fin.")


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


def test_lone_surrogates_and_invisible_characters_go(tmp_path: Path) -> None:
    line = r'{"id": "a\ud800", "title": "T\ud83d", "text": "Un\ud800e phr\u200base."}'
    article = read_one(tmp_path, "c.jsonl", line).articles[0]
    assert (article.id, article.title, article.text) == ("a", "T", "Une phrase.")


def test_a_line_too_long_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_reader, "MAX_BYTES", 100)
    data = '{"id": "a", "text": "Un."}\n' + "x" * 500
    reading = read_one(tmp_path, "c.jsonl", data)
    assert [a.id for a in reading.articles] == ["a"]
    assert told(reading)["c.jsonl"].startswith("ligne 2 trop longue")


def test_duplicate_ids_are_reported(tmp_path: Path) -> None:
    data = '{"id": "a", "text": "Premier."}\n{"id": "a", "text": "Second."}'
    reading = read_one(tmp_path, "c.jsonl", data)
    assert [a.text for a in reading.articles] == ["Premier."]
    assert [(r.skipped, r.text) for r in reading.remarks] == [
        (True, "l’identifiant « a » est déjà pris ; cet article est ignoré")
    ]
