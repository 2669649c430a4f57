"""Questions suggested after a refusal."""

from __future__ import annotations

from conftest import FakeEncoder

from rag.french import plain_spaces
from rag.index import build_index
from rag.retrieval import search_passages
from rag.suggestions import suggest_questions
from rag.types import Article


def suggest(articles: list[Article], question: str) -> list[str]:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    search = search_passages(index, FakeEncoder(), question, 8)
    return [plain_spaces(suggested) for suggested in suggest_questions(search)]


def test_the_names_that_the_articles_know(articles: list[Article]) -> None:
    assert suggest(articles, "Combien pèse Arthur Mensch ?") == [
        "Que disent les articles d’Arthur Mensch ?",
        "Que dit l’article « Mistral AI et ASML » ?",
    ]


def test_two_names(articles: list[Article]) -> None:
    first = suggest(articles, "Que pense Microsoft de Mistral AI ?")[0]
    assert first == "Quel lien les articles font-ils entre Microsoft et Mistral AI ?"


def test_an_unknown_name_is_not_suggested(articles: list[Article]) -> None:
    (only,) = suggest(articles, "Qui a gagné le Tour de France ?")
    assert only.startswith("Que dit l’article «")


def test_nothing_to_suggest() -> None:
    assert suggest([Article("a", "", "Un texte sans titre.")], "Qui ?") == []
