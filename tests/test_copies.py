"""Articles that are one text: found whatever was cut or added, and told from forms alike."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import FakeEncoder, FakeReader

import rag.copies
import rag.index
from rag.copies import find_copies, is_version, tell_copies
from rag.index import Index, build_index
from rag.mentions import find_mentions
from rag.policy import Policy
from rag.readers import read_corpus
from rag.reading import read_passages
from rag.retrieval import search_passages
from rag.scope import select_rows
from rag.types import Article, Chunk, Evidence, Scope, Source

ROOT = Path(__file__).parents[1]
LINES = [
    "L’ardoisière de Corlay supprimera 120 emplois avant la fin du mois de juin, a annoncé lundi "
    "sa direction aux délégués du personnel.",
    "Le groupe invoque la concurrence des ardoises importées et la hausse du prix de l’énergie, "
    "qui a doublé en deux ans.",
    "Les syndicats, reçus à la préfecture, demandent un repreneur et une cellule de reclassement "
    "pour les ouvriers de plus de cinquante ans.",
    "La mine de Kermen, ouverte en 1887, est la dernière du département à descendre sous quatre "
    "cents mètres.",
]
DISPATCH = "\n\n".join(LINES)
MAYOR = (
    "Le maire, Paul Kervella, promet de racheter les terrains de la mine pour en faire un musée."
)


def publish(name: str, text: str, date: str = "2024-03-12", title: str = "") -> Article:
    return Article(f"{name}.md", title or f"Titre de {name}", text, date, sources=(Source(name),))


def quote(article: Article, text: str) -> Evidence:
    chunk = Chunk("", article.id, article.title, article.date, 0, len(text), text, ())
    return Evidence(1, chunk, 0, len(text), text, 0.0)


def group(*articles: Article) -> set[tuple[str, ...]]:
    return set(find_copies(articles).groups.values())


WIRE = publish("L’Agence", DISPATCH)
CUT = publish("Le Matin", f"Corlay : 120 emplois menacés\n\n{LINES[0]}\n\n{LINES[1]}")
LONGER = publish("L’Écho", f"CORLAY, 12 mars (Agence) – {DISPATCH}\n\n{MAYOR}", "2024-03-13")
OTHER = publish(
    "La Gazette", "L’ardoisière de Corlay emploie 300 personnes, selon la chambre de commerce."
)


@pytest.mark.parametrize("order", [(WIRE, CUT, LONGER, OTHER), (OTHER, LONGER, CUT, WIRE)])
def test_a_dispatch_is_one_text_under_every_title(order: tuple[Article, ...]) -> None:
    # Longer by a line, another is no more complete; the first to publish is shown.
    assert group(*order) == {(WIRE.id, LONGER.id, CUT.id)}


@pytest.mark.parametrize(
    "text",
    [
        DISPATCH.replace("1887", "1891"),
        DISPATCH.replace("Kermen", "Locuon"),
        "\n\n".join([LINES[0], MAYOR, "Les riverains, eux, réclament depuis dix ans un mur."]),
        LINES[0][:60],
    ],
    ids=["figure", "name", "one line of three", "few words"],
)
def test_what_says_something_else_is_another_text(text: str) -> None:
    assert group(WIRE, publish("Le Matin", text)) == set()


def test_what_is_cut_or_slipped_in_changes_no_value() -> None:
    slipped = "\n\n".join([LINES[0], "## À Corlay", LINES[1], LINES[3]])
    assert group(WIRE, publish("Le Matin", slipped))
    assert group(WIRE, publish("Le Matin", DISPATCH.replace("lundi", "hier")))


def test_of_a_large_collection_the_groups_are_brought_up_to_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rag.index, "FEW", 0)
    index = build_index([WIRE, OTHER], FakeEncoder, "fake-v1")[0]
    assert index.groups == ()
    for articles in ([WIRE, OTHER, CUT], [WIRE, OTHER, CUT, LONGER], [OTHER, CUT, LONGER], [CUT]):
        index, _ = build_index(articles, FakeEncoder, "fake-v1", index)
        assert set(index.groups) == group(*articles)
    with monkeypatch.context() as patch:
        patch.setattr(rag.copies, "FEW", 0)
        patch.setattr(rag.copies, "_ONE_IN", 4)
        assert group(WIRE, OTHER, LONGER) == {("L’Agence.md", "L’Écho.md")}


def test_texts_that_share_a_formula_are_several() -> None:
    formula = " ".join(f"mention légale numéro {n} du site" for n in range(8))
    briefs = [" ".join(f"mot{n}x{k}" for k in range(40)) for n in range(20)]
    assert group(*(publish(str(n), f"{text}. {formula}") for n, text in enumerate(briefs))) == set()


@pytest.mark.slow
def test_a_thousand_articles_are_quick_to_group() -> None:
    words = [f"mot{n}" for n in range(5000)]
    drawn = random.Random(1)
    texts = [" ".join(drawn.choices(words, k=500)) for _ in range(500)]
    made = tuple(publish(f"{n}", texts[n % 500]) for n in range(1000))
    start = time.process_time()
    assert len(find_copies(made).groups) == 1000
    assert time.process_time() - start < 2


def test_who_else_published_a_quotation_is_told() -> None:
    copies = find_copies((WIRE, CUT, LONGER, OTHER))
    told = copies.mark([quote(WIRE, LINES[0]), quote(WIRE, LINES[3])])
    assert [item.copies for item in told] == [
        ("L’Écho", "Le Matin"),
        ("L’Écho",),
    ]
    assert tell_copies(("L’Écho", "Le Matin")) == "reprise par 2 autres titres : L’Écho, Le Matin"
    assert copies.describe(CUT.id) == "Dépêche reprise par 2 autres titres : L’Agence, L’Écho"
    assert (copies.describe(OTHER.id), tell_copies(())) == ("", "")


def test_one_title_twice_is_no_other_title() -> None:
    copies = find_copies((WIRE, replace(WIRE, id="page.html")))
    assert copies.describe(WIRE.id) == "Même texte que « page.html »"
    assert copies.mark([quote(WIRE, LINES[0])])[0].copies == ()


def test_copies_are_one_source_for_what_they_share() -> None:
    lead = LINES[0].replace("120", "130")
    later = publish("La Dépêche", "\n\n".join([lead, *LINES[1:]]), "2024-03-14")
    copies = find_copies((WIRE, CUT, later, OTHER))
    assert copies.is_one_source(quote(WIRE, LINES[0]), quote(CUT, LINES[1]))
    assert not copies.is_one_source(quote(WIRE, LINES[0]), quote(OTHER, OTHER.text))
    # What was corrected in one differs, and may be told.
    assert not copies.is_one_source(quote(WIRE, LINES[0]), quote(later, lead))


def test_a_correction_is_a_version() -> None:
    assert is_version("Le loyer est de 850 euros.", "Le loyer est de 920 euros.")
    assert not is_version("Le loyer est de 850 euros.", "La mairie ferme à midi.")
    assert not is_version("Note 1.", "Note 2.")


# ---------------------------------------------------------------------------- what is searched


def build(articles: list[Article]) -> Index:
    return build_index(articles, FakeEncoder, "fake-v1")[0]


INDEX = build([WIRE, CUT, LONGER, OTHER])


def find(question: str, scope: Scope | None = None) -> list[str]:
    rows = select_rows(INDEX, scope)
    hits = search_passages(INDEX, FakeEncoder(), question, 5, rows).hits
    return [hit.chunk.article_id for hit in hits]


def test_a_copy_takes_the_place_of_no_other_article() -> None:
    assert find("Combien d’emplois l’ardoisière de Corlay supprimera-t-elle ?") == [
        WIRE.id,
        OTHER.id,
    ]


def test_what_a_copy_adds_is_found() -> None:
    assert find("Que promet le maire, Paul Kervella, pour les terrains ?")[0] == LONGER.id


def test_what_a_copy_repeats_is_not_read_in_it() -> None:
    search = search_passages(INDEX, FakeEncoder(), "Que promet le maire, Paul Kervella ?", 5)
    read = read_passages(search, FakeReader(), Policy()).sentences
    told = [(s.chunk.article_id, s.text) for s in read if s.chunk.article_id != OTHER.id]
    assert sorted(told) == sorted([(LONGER.id, MAYOR), *((WIRE.id, line) for line in LINES)])


def test_a_copy_alone_in_the_scope_is_found() -> None:
    assert find("Combien d’emplois ?", Scope(articles=(CUT.id,))) == [CUT.id]
    both = Scope(articles=(CUT.id, LONGER.id))
    assert find("Combien d’emplois l’ardoisière supprimera-t-elle ?", both) == [LONGER.id]


def test_of_the_copies_one_article_speaks() -> None:
    found = find_mentions(INDEX, "Quels articles parlent de l’ardoisière ?")
    told = [(item.chunk.article_id, item.copies) for item in found.evidence]
    assert told == [(OTHER.id, ()), (WIRE.id, ("L’Écho", "Le Matin"))]


@pytest.mark.slow
def test_no_two_articles_of_the_project_are_one_text() -> None:
    subjects = sorted((ROOT / "tests/evaluation/dossiers/subjects").glob("*/*/corpus"))
    assert len(subjects) > 30
    for folder in (ROOT / "corpus", *subjects):
        assert find_copies(read_corpus(folder).articles).groups == {}
