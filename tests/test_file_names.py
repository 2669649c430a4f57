"""Names that are safe to write, whatever was given."""

from __future__ import annotations

import pytest

from rag.file_names import free_name, safe_name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../x.md", "x.md"),
        ("a/b.md", "b.md"),
        ("C:\\dossier\\b.md", "b.md"),
        ("/etc/passwd.md", "passwd.md"),
        ("CON.md", "CON_.md"),
        ("con.été.md", "con.été_.md"),
        ("README.MD", "README.md"),
        (".cache.md", "cache.md"),
        ("...md", "article.md"),
        ("???.md", "article.md"),
        ("..", "article"),
        ("", "article"),
        ("note.md...", "note.md"),
        ("note. .md", "note.md"),
        ("e\u0301te\u0301.MD", "été.md"),
        ("deux\nlignes\x00.md", "deux lignes.md"),
        ("a:b|c?.md", "a b c.md"),
        ("\u202egpj.md", "gpj.md"),
        ("\ud800.md", "md"),
        ("🤖 robots.md", "🤖 robots.md"),
        ("é" * 300 + ".md", "é" * 58 + ".md"),
        ("🤖" * 99 + ".md", "🤖" * 29 + ".md"),
        ("a." + "b" * 300, "a"),
    ],
)
def test_a_name_is_made_safe(name: str, kept: str) -> None:
    assert safe_name(name) == kept


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("note.md", [], "note.md"),
        ("note.md", ["autre.md"], "note.md"),
        ("note.md", ["NOTE.md", "note-2.md"], "note-3.md"),
        ("été.md", ["ÉTÉ.MD"], "été-2.md"),
    ],
)
def test_a_name_that_is_taken_is_numbered(name: str, taken: list[str], free: str) -> None:
    assert free_name(name, taken) == free
