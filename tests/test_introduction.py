"""What introduces a collection: its name, its extent, three sentences of its articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import FakeEncoder

from rag.french import plain_spaces
from rag.index import Index, build_index
from rag.introduction import choose_brief, describe_extent, name_collection
from rag.types import Article

FOLDER = Path("articles")


def make_index(*articles: Article) -> Index:
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def make_article(number: int, text: str, date: str = "", *topics: str) -> Article:
    return Article(f"{number}.md", f"Titre {number}", text, date, topics=topics)


LINES = [
    "La ligne de tramway de Brest relie la gare au port depuis le printemps.",
    "La ville de Brest achète douze rames de tramway pour une ligne nouvelle.",
    "Le conseil de Brest vote un budget de cent millions pour le tramway.",
    "Un concert de jazz a réuni mille personnes sous la halle du marché couvert.",
]


def test_a_collection_is_named_by_its_topics_names_first() -> None:
    topics = [("transports", "Brest"), ("transports", "Brest"), ("transports",)]
    dates = ["2019-03-02", "2020", "2024-06"]
    index = make_index(
        *(make_article(n, LINES[n], dates[n], *topics[n]) for n in range(3)),
    )
    assert name_collection(index, FOLDER) == "Brest, 2019-2024"
    assert plain_spaces(describe_extent(index)) == "3 articles, du 2 mars 2019 à fin juin 2024"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("documents", "Brest"),
        ("conseil_municipal", "Conseil municipal"),
        ("textes-2", "Textes-2"),
    ],
)
def test_without_a_topic_the_folder_names_it_if_it_says_something(folder: str, name: str) -> None:
    index = make_index(*(make_article(n, LINES[n]) for n in range(2)))
    assert name_collection(index, Path(folder)) == name
    assert plain_spaces(describe_extent(index)) == "2 articles"


def test_people_and_what_few_articles_name_do_not_name_it() -> None:
    texts = ["Hier, Marie Dupont a voté.", "Hier, Marie Dupont a parlé.", "Hier, Vannes dormait."]
    index = make_index(*(make_article(n, texts[n]) for n in range(3)))
    assert name_collection(index, FOLDER) == "Articles"


def test_two_common_topics_are_joined() -> None:
    index = make_index(*(make_article(n, LINES[n], "2024", "eau", "voirie") for n in range(2)))
    assert name_collection(index, FOLDER) == "Eau–voirie, 2024"


def test_the_brief_is_central_and_of_several_times() -> None:
    dates = ["2019-01-05", "2021-01-05", "2023-01-05", "2023-01-06"]
    articles = [make_article(n, LINES[n], dates[n]) for n in range(4)]
    brief = choose_brief(make_index(*articles))
    assert [item.chunk.article_id for item in brief] == ["0.md", "1.md", "2.md"]
    assert [item.n for item in brief] == [1, 2, 3]
    for item in brief:
        text = articles[int(item.chunk.article_id[0])].text
        assert text[item.start : item.end] == item.text


def test_the_brief_leaves_out_what_does_not_stand_alone() -> None:
    text = "# Le tramway\n\nTrop court.\n\nIl relie la gare au port depuis le printemps dernier.\n"
    assert choose_brief(make_index(make_article(0, text))) == ()
    assert [
        item.text for item in choose_brief(make_index(make_article(0, text + "\n" + LINES[1])))
    ] == [LINES[1]]


def test_a_sentence_told_twice_is_quoted_once() -> None:
    index = make_index(
        make_article(0, LINES[0], "2019"), make_article(1, LINES[0] + " Oui.", "2024")
    )
    assert len(choose_brief(index)) == 1


def test_what_is_addressed_to_a_machine_introduces_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = make_index(make_article(0, f"{LINES[0]} {LINES[1]}"))
    chunks = [replace(chunk, orders=(0,)) for chunk in index.chunks]
    monkeypatch.setitem(vars(index), "chunks", chunks)
    assert [item.text for item in choose_brief(index)] == [LINES[1]]
