"""Plain text: underlined headings, rules, words that ends of lines cut."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.readers import read_corpus
from rag.readers.plain import mark_headings, rewrite


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Rapport\n=======\n\nBilan\n---\nTexte.", "# Rapport\n\n## Bilan\nTexte."),
        ("=======\nRapport\n=======\nTexte.", "\n# Rapport\nTexte."),
        ("Fini.\nBilan\n-----\nTexte.", "Fini.\n## Bilan\nTexte."),
        ("1. Introduction\n---------------\nTexte.", "## 1. Introduction\nTexte."),
        ("Ordre du jour :\n---------------\nTexte.", "## Ordre du jour :\nTexte."),
        ("RAPPORT\n*******\nTexte.", "## RAPPORT\nTexte."),
        # Rules, which say nothing.
        ("Il a parlé.\n---\nTexte.", "Il a parlé.\n\nTexte."),
        ("Un.\n\n* * *\n\nDeux.\n_____\n", "Un.\n\n\n\nDeux.\n\n"),
        ("Fin\n***\nTexte.", "Fin\n\nTexte."),
        ("- un point\n-----\nTexte.", "- un point\n\nTexte."),
        ("Une phrase qui va à\nla ligne\n-----\n", "Une phrase qui va à\nla ligne\n\n"),
        # No rules.
        ("a -- b\n--\n...\n| --- |\n-->", "a -- b\n--\n...\n| --- |\n-->"),
    ],
)
def test_headings_and_rules(text: str, marked: str) -> None:
    assert mark_headings(text) == marked


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Le conseil commu-\nnal a voté.", "Le conseil communal\na voté."),
        ("M. Jean-\nBaptiste Lormier", "M. Jean-Baptiste\nLormier"),
        ("l’article L. 151-\n19 du code", "l’article L. 151-19\ndu code"),
        ("il a peut-\nêtre tort", "il a peut-être\ntort"),
        ("LE CONSEIL COMMU-\nNAL", "LE CONSEIL COMMUNAL\n"),
        ("un porte-monnaie noir, le porte-\nmonnaie", "un porte-monnaie noir, le porte-monnaie\n"),
        ("un com-\nmun\n\nDeux", "un commun\n\nDeux"),
        ("le vote du com\u2010\nmun", "le vote du commun\n"),
        # No cut word.
        ("Il y a -\nou non", "Il y a -\nou non"),
        ("fin-\n\nSuite", "fin-\n\nSuite"),
    ],
)
def test_words_that_ends_of_lines_cut(text: str, joined: str) -> None:
    assert rewrite(text) == joined


def test_a_soft_hyphen_cuts_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Le conseil commu\u00ad\nnal a voté.", encoding="utf-8")
    assert read_corpus(tmp_path).articles[0].text == "Le conseil communal a voté."


def test_the_title_is_that_of_the_text_else_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "v2 final.txt").write_text("Les haies\n=========\n\nIl y en a.", encoding="utf-8")
    (tmp_path / "v3_final.text").write_text("Il y a des haies.", encoding="utf-8")
    assert [a.title for a in read_corpus(tmp_path).articles] == ["Les haies", "v3 final"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000 + "-\nb",
        "a-\n" * 100_000,
        "-" * 300_000 + "x",
        "- " * 100_000 + "\n",
        "-\n" * 9999,
    ],
)
def test_hostile_texts_do_not_hang(text: str) -> None:
    started = time.process_time()
    rewrite(text)
    assert time.process_time() - started < 20
