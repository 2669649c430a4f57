"""Exports of the press: several articles in one page."""

from __future__ import annotations

import pytest
from lxml import html

from rag.readers.records import Record, split_records

LONG = "Le pont a été fermé à la circulation après la découverte de fissures dans une pile."


def split(page: str) -> tuple[list[Record], bool]:
    return split_records(html.document_fromstring(f"<body>{page}</body>").body)


@pytest.mark.parametrize(
    "record",
    [
        "<div class='frArticle'><div id='hd'><span class='frHeadline'>Titre {n}</span></div>"
        "<div>520 mots</div><div>{n} mars 2019</div><div>La Gazette</div><p>{text}</p></div>",
        "<h2>Titre {n}</h2><p>La Gazette, mardi {n} mars 2019</p><p>{text}</p><hr>",
        "<p class='journal'>La Gazette</p><p>{n} mars 2019</p><h3>Titre {n}</h3><p>{text}</p>",
        "<header><h2>Titre {n}</h2><p>La Gazette, 0{n}/03/2019</p></header><p>{text}</p>",
        "<div class='doc'><div class='titre'>Titre {n}</div><div>La Gazette, {n} mars 2019</div>"
        "<div class='texte'>{text}</div></div>",
    ],
    ids="database bare above headers divs".split(),
)
def test_each_article_has_its_head_and_its_text(record: str) -> None:
    page = "".join(record.format(n=n, text=f"{n}. {LONG}") for n in (1, 2, 3))
    records, around = split(page)
    assert not around
    assert [(found.title, found.date, found.source) for found in records] == [
        (f"Titre {n}", f"2019-03-0{n}", "La Gazette") for n in (1, 2, 3)
    ]
    assert [found.text.split("\n\n")[-1] for found in records] == [
        f"{n}. {LONG}" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    "page",
    [
        f"<article><h1>Titre</h1><p>3 mai 2019</p><p>{LONG}</p></article>",
        "<article><h1>Le direct</h1><p>La Nièvre est en alerte.</p>"
        + "".join(
            f"<div class='post'><h3>Point {n}</h3><p>{n} mars 2019</p><p>{LONG}</p></div>"
            for n in (1, 2)
        )
        + "</article>",
        "<h1>La chronologie</h1>"
        + "".join(f"<h2>Épisode {n}</h2><p>{n} mars 2019</p><p>{LONG}</p>" for n in (1, 2)),
        f"<article><h1>Titre</h1><p>3 mai 2019</p><p>{LONG * 9}</p></article>"
        f"<article><h3>Autre</h3><p>4 mai 2019</p><p>{LONG}</p></article>",
        f"<article><h1>Titre</h1><p>3 mai 2019</p><p>{LONG}</p></article>"
        f"<article class='comment'><h4>Zoé</h4><p>4 mai 2019</p><p>{LONG}</p></article>",
        "".join(
            f"<article><h2><a href='/{n}'>Titre {n}</a></h2><p>{n} mars 2019</p><p>{LONG}</p>"
            "</article>"
            for n in (1, 2)
        ),
    ],
    ids="one live chronology related comment teasers".split(),
)
def test_a_page_of_one_article_is_not_split(page: str) -> None:
    assert split(page) == ([], False)


def test_an_export_of_one_article_has_its_head() -> None:
    head = "<span class='PublicationName'>La Gazette</span><p>3 mai 2019</p>"
    article = f"<article>{head}<p class='titre'>Titre</p><p>{LONG}</p></article>"
    assert split(article)[0] == [
        Record(
            "Titre", "2019-05-03", "La Gazette", f"# Titre\n\nLa Gazette ; 3 mai 2019.\n\n{LONG}"
        )
    ]
    assert split(f"<h1>Le site</h1>{article}") == ([], False)


def test_a_text_around_the_articles_is_told() -> None:
    article = "<article><h2>Titre</h2><p>La Gazette, 3 mai 2019</p><p>{}</p></article>"
    records, around = split(f"<p>{LONG * 3}</p>" + article.format(LONG * 4) * 2)
    assert len(records) == 2 and around
