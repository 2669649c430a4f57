"""What pages declare of themselves, in tags and in JSON-LD."""

from __future__ import annotations

import json

import pytest
from lxml import html

from rag.readers.declared import Declared, read_declared


def declare(head: str, body: str = "<h1>La place rouvre</h1>") -> Declared:
    page = f"<html><head><title>La place rouvre</title>{head}</head><body>{body}</body></html>"
    return read_declared(html.document_fromstring(page))


def data(*nodes: dict[str, object]) -> str:
    return f'<script type="application/ld+json">{json.dumps(nodes)}</script>'


OTHER = {"@type": "NewsArticle", "headline": "Autre chose", "datePublished": "2018-02-02"}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([{"@type": "NewsArticle", "dateModified": "2024-05-01"}], ""),
        ([{"@type": "NewsArticle", "datePublished": "12/03/2024"}], "2024-03-12"),
        ([{"@graph": [{"@type": "BlogPosting", "datePublished": "2024-03-12"}]}], "2024-03-12"),
        (
            [
                OTHER,
                {"@type": "Article", "headline": "La place rouvre", "datePublished": "2024-03-12"},
            ],
            "2024-03-12",
        ),
        ([OTHER, OTHER], ""),
        ([{"@type": "WebPage", "datePublished": "2024-03-12", "mainEntity": {}}], "2024-03-12"),
    ],
    ids="changed figures graph named others page".split(),
)
def test_the_date_in_json_is_that_of_the_article(
    nodes: list[dict[str, object]], expected: str
) -> None:
    assert declare(data(*nodes)).date == expected


def test_a_change_is_told_apart() -> None:
    told = declare("<meta property='article:modified_time' content='2024-05-01T10:00:00Z'>")
    assert (told.date, told.changed) == ("", "2024-05-01")


def test_the_tags_of_another_article_tell_nothing() -> None:
    tag = "<meta itemprop='datePublished' content='2024-03-12'>"
    own = f"<article><h1>La place rouvre</h1>{tag}</article>"
    other = "<article><h2>Autre</h2><meta itemprop='datePublished' content='2018-01-01'></article>"
    assert declare("", other + own).date == "2024-03-12"
    assert declare("", other + "<article><h1>La place rouvre</h1></article>").date == ""


@pytest.mark.parametrize("told", [False, "False", "https://schema.org/False"])
def test_what_one_pays_for(told: object) -> None:
    node: dict[str, object] = {"@type": "NewsArticle", "isAccessibleForFree": told}
    part: dict[str, object] = {"@type": "NewsArticle", "hasPart": {"isAccessibleForFree": told}}
    assert declare(data(node)).paid and declare(data(part)).paid
    assert not declare(data({"@type": "NewsArticle", "isAccessibleForFree": True})).paid


@pytest.mark.parametrize("text", ["[" * 50_000, "{", '"texte"', "[1, null, [2]]", '{"@type": 3}'])
def test_data_that_is_none(text: str) -> None:
    told = declare(f'<script type="application/ld+json">{text}</script>')
    assert (told.tab, told.date, told.paid) == ("La place rouvre", "", False)
