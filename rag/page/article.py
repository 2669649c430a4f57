"""A whole article as HTML that the page shows as it is: every text escaped, nothing else kept."""

from __future__ import annotations

import html

from rag.french import NO_BREAK_SPACE, typeset
from rag.page.passages import Block, cut_article
from rag.page.wording import describe_source, safe_link
from rag.readers.scans import tell_scans
from rag.timeframe import format_date
from rag.types import Article, Span

_TAGS = {"heading": "h3", "item": "li", "paragraph": "p"}
_GAP = '<p class="left-out">[…]</p>'


def render_article(article: Article) -> str:
    """Write an article as HTML: its summary, its text with its pages, and where it comes from."""
    breaks = [Span(start, start) for start in article.pages[1:]]
    blocks = "".join(_render_block(block, article) for block in cut_article(article.text, breaks))
    summary = f'<p class="summary">{_escape(article.summary)}</p>' if article.summary else ""
    return f'<article class="whole" lang="fr">{summary}{blocks}{_render_origins(article)}</article>'


def describe_article(article: Article) -> str:
    """Say in one line when an article was published, its topics, its length and its scans."""
    parts = [
        format_date(article.date) if article.date else "sans date",
        ", ".join(article.topics),
        tell_words(len(article.text.split())),
        f"{len(article.pages)} pages" if len(article.pages) > 1 else "",
        tell_scans(article.scans) if article.scans else "",
    ]
    return typeset(" · ".join(part for part in parts if part))


def tell_words(count: int) -> str:
    """Write a number of words: « 1 234 mots »."""
    return f"{count:,}".replace(",", NO_BREAK_SPACE) + f" mot{'s' * (count > 1)}"


def _render_block(block: Block, article: Article) -> str:
    if block["kind"] == "gap":
        return _GAP
    starts = {start: number for number, start in enumerate(article.pages, start=1)}
    runs = "".join(
        (_render_page(starts[run["start"]]) if run["start"] in starts else "")
        + _escape(run["text"])
        for run in block["runs"]
    )
    tag = _TAGS[block["kind"]]
    return f"<{tag}>{runs}</{tag}>"


def _render_page(number: int) -> str:
    return f'<span class="page">page{NO_BREAK_SPACE}{number}</span> '


def _render_origins(article: Article) -> str:
    told = [(typeset(describe_source(source)), safe_link(source.url)) for source in article.sources]
    if article.url and article.url not in {source.url for source in article.sources}:
        told.insert(0, (article.url, safe_link(article.url)))
    rows = "".join(f"<li>{_link(text, url)}</li>" for text, url in told if text)
    return f"<h3>D’après</h3><ul>{rows}</ul>" if rows else ""


def _link(text: str, url: str) -> str:
    if not url:
        return _escape(text)
    address = html.escape(url, quote=True)
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{_escape(text)}</a>'


def _escape(text: str) -> str:
    return html.escape(typeset(text))
