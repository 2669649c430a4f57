"""Sentences of articles that disagree or not, as evidence, and questions about them."""

from __future__ import annotations

from rag.chunking import chunk_article
from rag.conflicts import find_conflicts
from rag.types import Article, Evidence

INHABITANTS = "Combien d’habitants compte la ville de Vannes ?"
BUILDING = "Combien la mairie de Vannes a-t-elle payé pour la tour du Connétable ?"
BATTLE = "Quand la bataille de Marignan a-t-elle eu lieu ?"
VICTIMS = "Combien de victimes le séisme d’Agadir a-t-il faites ?"


def gather(*told: tuple[str, str], title: str = "Article") -> tuple[Evidence, ...]:
    """Make evidence of (sentence, date of its article), an article each, best first."""
    found = []
    for n, (text, date) in enumerate(told, start=1):
        chunk = chunk_article(Article(id=f"{n}.md", title=title, text=text, date=date))[0]
        span = chunk.sentences[-1]
        found.append(Evidence(n, chunk, span.start, span.end, text[span.start : span.end], 1.0))
    return tuple(found)


def read_all(text: str) -> tuple[Evidence, ...]:
    """Make evidence of the sentences of one article, in their order."""
    chunk = chunk_article(Article(id="a.md", title="Vannes", text=text, date="2024-01-05"))[0]
    return tuple(
        Evidence(n, chunk, span.start, span.end, text[span.start : span.end], 1.0)
        for n, span in enumerate(chunk.sentences, start=1)
    )


def values(question: str, *told: tuple[str, str]) -> list[list[str]]:
    """Return the versions of each disagreement found in (sentence, date of its article)."""
    return [[v.value for v in c.versions] for c in find_conflicts(question, gather(*told))]
