"""Reading: the sentence that answers comes first, verbatim, with exact offsets."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder

from rag.index import Index, build_index
from rag.reading import choose_evidence, score_sentences
from rag.retrieval import Search, search_passages
from rag.types import Article


def look(articles: list[Article], question: str) -> tuple[Index, Search]:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    return index, search_passages(index, FakeEncoder(), question, 8)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Combien Microsoft a-t-il investi dans OpenAI ?",
            "Microsoft a investi 13 milliards de dollars dans OpenAI.",
        ),
        ("De quand date le premier milliard ?", "Le premier milliard date de juillet 2019."),
        ("Qui dirige Mistral AI ?", "Arthur Mensch dirige Mistral AI."),
    ],
)
def test_the_sentence_that_answers_comes_first(
    articles: list[Article], question: str, expected: str
) -> None:
    _, search = look(articles, question)
    assert choose_evidence(search, 4)[0].text == expected


def test_evidence_is_verbatim_and_numbered(articles: list[Article]) -> None:
    index, search = look(articles, "Combien Microsoft a-t-il investi ?")
    evidence = choose_evidence(search, 5)
    assert [item.n for item in evidence] == [1, 2, 3, 4, 5]
    assert [item.score for item in evidence] == sorted((i.score for i in evidence), reverse=True)
    for item in evidence:
        article = index.articles[item.chunk.article_id]
        assert article.text[item.start : item.end] == item.text
        assert item.chunk.start <= item.start < item.end <= item.chunk.end


def test_headings_questions_and_scraps_are_no_evidence() -> None:
    text = (
        "## Combien Microsoft a investi dans OpenAI\n\n"
        "Combien Microsoft a-t-il investi dans OpenAI ?\n\n"
        "« Combien Microsoft a-t-il investi dans OpenAI ? »\n\n"
        "Microsoft, OpenAI.\n\n"
        "Microsoft a investi treize milliards dans OpenAI."
    )
    _, search = look([Article("a", "", text)], "Combien Microsoft a-t-il investi dans OpenAI ?")
    assert [s.text for s in score_sentences(search)] == [
        "Microsoft a investi treize milliards dans OpenAI."
    ]


def test_a_list_item_without_a_full_stop_is_evidence() -> None:
    text = "Le capital :\n\n- Microsoft détient 27 % du capital\n- La Fondation détient 26 %\n"
    _, search = look([Article("a", "", text)], "Que détient la Fondation ?")
    assert choose_evidence(search, 1)[0].text == "- La Fondation détient 26 %"


def test_the_same_sentence_is_chosen_once(articles: list[Article]) -> None:
    twin = Article("z.md", "La mise de Microsoft", articles[0].text)
    _, search = look([*articles, twin], "Combien Microsoft a-t-il investi ?")
    texts = [item.text for item in choose_evidence(search, 10)]
    assert len(texts) == len(set(texts)) == 7


def test_the_limit(articles: list[Article]) -> None:
    _, search = look(articles, "Microsoft")
    assert [len(choose_evidence(search, n)) for n in (0, 1, 3, 99)] == [0, 1, 3, 7]


def test_a_figure_counts_when_a_quantity_is_asked() -> None:
    text = "Le capital de Nvidia est considérable. Le capital de Nvidia vaut 4 000 milliards."
    _, search = look([Article("a", "", text)], "Combien vaut le capital de Nvidia ?")
    assert choose_evidence(search, 1)[0].text.startswith("Le capital de Nvidia vaut")
