"""Prints how many articles of the demo corpus cover each theme, as a Markdown table."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from rag.readers import read_corpus
from rag.types import Article

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


def describe_themes(articles: tuple[Article, ...]) -> str:
    """Return a Markdown table of the themes, most covered first."""
    counts = Counter(topic for article in articles for topic in article.topics)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [f"| {topic} | {count} |" for topic, count in ordered]
    return "\n".join(["| theme | articles |", "|---|---|", *rows, f"| all | {len(articles)} |"])


if __name__ == "__main__":
    sys.stdout.write(describe_themes(read_corpus(CORPUS).articles) + "\n")
