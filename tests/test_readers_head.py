"""What an article tells of itself: front matter, lines at its head, its opening line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.readers import Reading, read_corpus
from rag.readers.head import Head, find_title, read_head
from rag.types import Source


def told(reading: Reading) -> dict[str, str]:
    return {remark.path: remark.text for remark in reading.remarks}


def read_one(folder: Path, name: str, data: str) -> Reading:
    (folder / name).write_text(data, encoding="utf-8")
    return read_corpus(folder)


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
        ("title: a: b\nsources:\n  - AFP", " (ligne 2)"),
        ("title: x\n\tdate: 2025", " (ligne 3)"),
        ("a: &a [x]\nb: *a", " (ligne 3)"),
    ],
)
def test_malformed_front_matter_is_reported_and_kept(
    tmp_path: Path, header: str, where: str
) -> None:
    reading = read_one(tmp_path, "a.md", f"---\n{header}\n---\nLe corps.")
    assert told(reading) == {
        "a.md": f"en-tête YAML illisible{where} : il est lu ligne à ligne et reste dans le texte"
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
    started = time.process_time()
    reading = read_one(tmp_path, "a.md", f"---\n{header}\n---\nLe corps.")
    assert time.process_time() - started < 20
    assert reading.articles[0].text.endswith("Le corps.")
    assert all(len(remark.text) < 200 for remark in reading.remarks)


def test_a_date_that_is_not_understood_is_reported(tmp_path: Path) -> None:
    reading = read_one(tmp_path, "a.md", "---\ndate: 28 octobre\n---\nLe corps.")
    assert reading.articles[0].date == ""
    assert told(reading)["a.md"].startswith("date « 28 octobre » non comprise")


def test_french_keys(tmp_path: Path) -> None:
    header = (
        "titre : Le Rex rouvre\nDate : le 12 mars 2024\nauteur : Claire Martin\n"
        "journal: Le Quotidien du Centre\nmots-clés : cinéma, budget\nlien: https://exemple.fr/rex"
    )
    head, kept, body, remarks = read_head(f"---\n{header}\n---\nLe corps.")
    assert (kept, body, remarks) == ("", "Le corps.", [])
    assert head == Head(
        title="Le Rex rouvre",
        date="2024-03-12",
        url="https://exemple.fr/rex",
        topics=("cinéma", "budget"),
        sources=(Source("Le Quotidien du Centre"), Source("Claire Martin")),
    )


def test_a_colon_within_a_title_is_no_trouble() -> None:
    head, kept, body, remarks = read_head(
        '---\ntitle: Congés : ce qui change\ndate: "2024-01-10"\n---\nLe corps.'
    )
    assert (head.title, head.date) == ("Congés : ce qui change", "2024-01-10")
    assert (kept, body, remarks) == ("", "Le corps.", [])


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Compte rendu\n\nDate : le 12 mars 2024\n\nLe maire a parlé.", "2024-03-12"),
        ("# Compte rendu\n\n**Date :** 12/03/2024\n\nLe maire a parlé.", "2024-03-12"),
        ("Le Rex rouvre\nPar Claire Martin, publié le 12 mars 2024 à 8 h", "2024-03-12"),
        ("*Mis à jour le mardi 12 mars 2024*\n\nLe maire a parlé.", "2024-03-12"),
        ("Nevers, le 12 mars 2024\n\nMadame,\n\nLe maire a parlé.", "2024-03-12"),
        ("Le Rex | Publié le 12 mars 2024 à 8h30, mis à jour le 13 mars 2024", "2024-03-12"),
        ("Publié le 12 mars 2024.\n\nLe maire a parlé.", "2024-03-12"),
        # What is told in sentences is not the date of the article, nor is an impossible one.
        ("Le décret a été publié le 12 mars 2024.\n\nLe maire a parlé.", ""),
        ("La loi, publiée le 12 mars 2024, dit que\nle maire a tort.", ""),
        ("Le maire a parlé.\n\nDate : 12 mars 2024", ""),
        ("Date : 31/02/2024\n\nLe maire a parlé.", ""),
        ("Date limite : 12 mars 2024\n\nLe maire a parlé.", ""),
        ("# Frise\n\n12 mars 2024\nLe Rex ferme.\n\n13 mars 2024\nIl rouvre.", ""),
    ],
)
def test_lines_at_the_head_tell_the_date(text: str, date: str) -> None:
    head, _, body, _ = read_head(text)
    assert head.date == date
    assert body == text


def test_lines_at_the_head_tell_the_title_and_the_sources() -> None:
    head, *_ = read_head("Titre : Le Rex\nAuteur : C. Martin\nJournal : Le Quotidien\n\nIl rouvre.")
    assert (head.title, head.sources) == ("Le Rex", (Source("Le Quotidien"), Source("C. Martin")))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro.\n\n# Vrai titre\n", "Vrai titre"),
        ("## Bilan **2023**\n\nLe maire a parlé.", "Bilan 2023"),
        ("Compte rendu du conseil\n\nLe maire a parlé.", "Compte rendu du conseil"),
        ("Date : 12/03/2024\nCompte rendu\n\nLe maire a parlé.", "Compte rendu"),
        ("Compte rendu\nDate : 12/03/2024\n\nLe maire a parlé.", "Compte rendu"),
        ("Le maire a parlé.\n\nCompte rendu\n\nSuite.", ""),
        ("Une ligne coupée au milieu\nde la phrase que voici.", ""),
        ("| a | b |\n\nSuite.", ""),
        ("- un point\n\nSuite.", ""),
        ("12\n\nSuite.", ""),
    ],
)
def test_the_title_of_a_text(text: str, title: str) -> None:
    assert find_title(text) == title
