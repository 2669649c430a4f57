"""A whole article as the library page shows it."""

from __future__ import annotations

from rag.page.article import describe_article, render_article
from rag.types import Article, Source

PAGED = Article(
    id="rapport.pdf",
    title="Rapport",
    text="Première page.\n\nSeconde page <b>grasse</b>.",
    date="2025-10-28",
    topics=("AGI", "argent"),
    pages=(0, 16),
    sources=(
        Source("Éditeur", "note", "https://exemple.fr/note"),
        Source("Piège", "note", "javascript:alert(1)"),
    ),
)


def test_every_text_is_escaped() -> None:
    shown = render_article(PAGED)
    assert "&lt;b&gt;grasse&lt;/b&gt;" in shown
    assert "<b>" not in shown


def test_a_page_is_told_where_it_begins() -> None:
    before, after = render_article(PAGED).split("page\u00a02")
    assert "Première page." in before and "Seconde page" in after
    assert "page\u00a02" not in render_article(Article("a", "t", PAGED.text))


def test_only_web_addresses_are_followed() -> None:
    shown = render_article(PAGED)
    assert 'href="https://exemple.fr/note"' in shown
    assert shown.count("href=") == 1
    assert "Piège" in shown


def test_an_article_is_described_in_one_line() -> None:
    told = describe_article(PAGED)
    assert told == "28\u00a0octobre 2025 · AGI, argent · 5 mots · 2 pages"
    assert describe_article(Article("a", "t", "mot")) == "sans date · 1 mot"
