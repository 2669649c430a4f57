"""Scopes: which articles they keep, how they are typed, and how they are told."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder

from rag.errors import UsageError
from rag.french import plain_spaces
from rag.index import Index, build_index
from rag.scope import (
    date_bounds,
    describe_scope,
    explain_empty,
    list_topics,
    parse_scope,
    select_articles,
    select_rows,
    tell_outside,
)
from rag.types import Article, Scope

DATES = {
    "jour": "2025-10-28",
    "mois": "2025-10",
    "an": "2025",
    "veille": "2025-09-30",
    "ancien": "2019-07-23",
    "sans": "",
    "faux": "hier",
}
TOPICS = {
    "jour": ("AGI", "OpenAI"),
    "mois": ("AGI",),
    "an": ("agi", "Sûreté"),
    "veille": ("OpenAI", "AGI"),
}


@pytest.fixture(scope="module")
def index() -> Index:
    articles = [
        Article(key, f"Titre {key}", f"Le texte de {key}.", date, topics=TOPICS.get(key, ()))
        for key, date in DATES.items()
    ]
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def keep(index: Index, scope: Scope) -> set[str]:
    return set(select_articles(index, scope).articles)


# ---------------------------------------------------------------------------------- selection


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        ("2025-10", "", "jour mois"),
        ("2025-10-28", "", "jour"),
        ("2025-10-29", "", ""),
        ("2025", "", "jour mois an veille"),
        ("2025-01", "2025-12", "jour mois an veille"),
        ("2025-03", "", "jour mois veille"),
        ("", "2025-09", "veille ancien"),
        ("", "2025-09-30", "veille ancien"),
        ("", "2025-09-29", "ancien"),
        ("", "2025-10-28", "jour veille ancien"),
        ("", "2025", "jour mois an veille ancien"),
        ("2019", "2019", "ancien"),
        ("2025-12", "2025-01", ""),
    ],
)
def test_both_ends_are_included_whatever_their_precision(
    index: Index, since: str, until: str, kept: str
) -> None:
    assert keep(index, Scope(since, until)) == set(kept.split())


@pytest.mark.parametrize(
    ("scope", "undated"),
    [
        # « 2025 » may be before or after; « sans » and « faux » have no date at all.
        (Scope(since="2025-03"), 3),
        (Scope(since="2025"), 2),
        (Scope(until="2018"), 2),
        (Scope(since="2025-03", topics=("AGI",)), 1),
        (Scope(since="2025-03", articles=("sans", "jour")), 1),
        (Scope(topics=("AGI",)), 0),
    ],
)
def test_articles_left_out_for_want_of_a_date_are_counted(
    index: Index, scope: Scope, undated: int
) -> None:
    assert select_articles(index, scope).undated == undated


def test_any_of_the_topics_whatever_their_case_and_accents(index: Index) -> None:
    assert keep(index, Scope(topics=("agi",))) == {"jour", "mois", "an", "veille"}
    assert keep(index, Scope(topics=("SURETE", "openai"))) == {"an", "jour", "veille"}
    assert keep(index, Scope(topics=("AG",))) == set()


def test_every_restriction_must_fit(index: Index) -> None:
    scope = Scope("2025-10", "", ("openai",), ("jour", "mois", "veille"))
    assert keep(index, scope) == {"jour"}
    assert keep(index, Scope(articles=("an", "inconnu"))) == {"an"}


def test_the_rows_are_those_of_the_articles(index: Index) -> None:
    rows = select_rows(index, Scope(articles=("jour", "an")))
    assert rows is not None and rows.dtype == bool
    kept = {chunk.article_id for chunk, inside in zip(index.chunks, rows, strict=True) if inside}
    assert kept == {"jour", "an"}
    nothing = select_rows(index, Scope(since="2030"))
    assert nothing is not None and not nothing.any() and len(nothing) == len(index.chunks)


def test_a_scope_that_holds_everything_is_none(index: Index) -> None:
    assert select_rows(index, None) is None
    assert select_rows(index, Scope()) is None
    assert select_rows(index, Scope(articles=tuple(index.articles))) is None


def test_a_date_that_is_none_is_an_error_not_everything(index: Index) -> None:
    with pytest.raises(UsageError, match="« hier » n’est pas une date"):
        select_rows(index, Scope(since="hier"))


# ------------------------------------------------------------------------------------ choices


def test_topics_by_number_of_articles(index: Index) -> None:
    assert list_topics(index) == [("AGI", 4), ("OpenAI", 2), ("Sûreté", 1)]


def test_a_topic_written_twice_in_one_article_counts_once() -> None:
    article = Article("a", "", "Un texte.", topics=("IA", "ia", "IA"))
    assert list_topics(build_index([article], FakeEncoder, "fake-v1")[0]) == [("IA", 1)]


def test_date_bounds(index: Index) -> None:
    assert date_bounds(index) == ("2019-07-23", "2025-12-31")
    undated = build_index([Article("a", "", "Un texte.")], FakeEncoder, "fake-v1")[0]
    assert date_bounds(undated) == ("", "")
    assert list_topics(undated) == []


def test_what_is_typed_becomes_a_scope(index: Index) -> None:
    scope = parse_scope(index, "2025-01", "2025", ["agi", "AGI", "surete"], ["an", "an"])
    assert scope == Scope("2025-01", "2025", ("AGI", "Sûreté"), ("an",))
    assert parse_scope(index) is None


@pytest.mark.parametrize(
    "date",
    ["hier", "2025-13", "2025-02-30", "25", "2025-1", "2025-10-28T10:00", "２０２５", "0000", " "],
)
def test_a_bad_date_is_told(index: Index, date: str) -> None:
    for dates in ({"since": date}, {"until": date}):
        with pytest.raises(UsageError, match="n’est pas une date.*2025-10-28"):
            parse_scope(index, **dates)


def test_the_end_before_the_beginning_is_told(index: Index) -> None:
    with pytest.raises(UsageError, match="vient après la fin"):
        parse_scope(index, "2025-10", "2025-09-30")
    assert parse_scope(index, "2025-10", "2025") == Scope("2025-10", "2025")


def test_the_nearest_names_are_proposed(index: Index) -> None:
    with pytest.raises(UsageError) as error:
        parse_scope(index, topics=["OpenAi Inc"])
    assert plain_spaces(error.value.todo) == "Essayez « OpenAI »."
    with pytest.raises(UsageError) as error:
        parse_scope(index, articles=["moi"])
    assert plain_spaces(error.value.what) == "Aucun article n’a pour identifiant « moi »."
    assert plain_spaces(error.value.todo) == "Essayez « mois »."


@pytest.mark.parametrize("typed", ["zzzzzz", "", "\ud800", "x" * 5000, "« »"])
def test_without_a_near_name_the_first_are_told(index: Index, typed: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_scope(index, topics=[typed])
    expected = "Thèmes de l’index : « AGI », « OpenAI » et « Sûreté »."
    assert plain_spaces(error.value.todo) == expected
    with pytest.raises(UsageError):
        parse_scope(index, articles=[typed])


def test_an_index_without_topics(articles: list[Article]) -> None:
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    with pytest.raises(UsageError, match="Retirez ce critère"):
        parse_scope(index, topics=["AGI"])


# ------------------------------------------------------------------------------------ wording


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("", "2025-09", "avant octobre 2025"),
        ("", "2025-12", "avant janvier 2026"),
        ("", "2024", "avant 2025"),
        ("", "9999", "avant 10000"),
        ("", "2025-10-01", "jusqu’au 1er octobre 2025"),
        ("2025", "", "depuis 2025"),
        ("2025-03", "", "depuis mars 2025"),
        ("2025-03-01", "", "depuis le 1er mars 2025"),
        ("2025-01", "2025-09", "de janvier à septembre 2025"),
        ("2024-11", "2025-02", "de novembre 2024 à février 2025"),
        ("2025-08", "2025-10", "d’août à octobre 2025"),
        ("2025-10-03", "2025-10-28", "du 3 au 28 octobre 2025"),
        ("2025-10-03", "2025-11-05", "du 3 octobre au 5 novembre 2025"),
        ("2024-10-03", "2025-10-03", "du 3 octobre 2024 au 3 octobre 2025"),
        ("2023", "2025", "de 2023 à 2025"),
        ("2025-10", "2025-10", "d’octobre 2025"),
        ("2025-10-28", "2025-10-28", "du 28 octobre 2025"),
        ("2025", "2025", "de 2025"),
        ("2025-10-28", "2026", "du 28 octobre 2025 à fin 2026"),
        ("2025", "2025-10-03", "de début 2025 au 3 octobre 2025"),
        ("2025-08", "2025-10-03", "de début août 2025 au 3 octobre 2025"),
    ],
)
def test_dates_are_told_as_one_says_them(index: Index, since: str, until: str, told: str) -> None:
    described = plain_spaces(describe_scope(Scope(since, until), index))
    assert described.split(" (")[0] == told


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope(until="2025-09"), "avant octobre 2025 (2 articles sur 7, 3 écartés faute de"),
        (Scope(topics=("AGI",)), "sur le thème « AGI » (4 articles sur 7)"),
        (Scope(since="2030", articles=("jour",)), "l’article « Titre jour », depuis 2030 (aucun"),
        (Scope(articles=("jour", "an")), "2 articles choisis"),
        (Scope(articles=("jour",)), "l’article « Titre jour »"),
        (Scope(articles=("jour", "perdu")), "2 articles choisis (1 article sur 7)"),
        (Scope(), "tous les articles (7)"),
        (
            Scope("2025-01", "2025-12", ("AGI", "OpenAI"), ("jour", "mois")),
            "2 articles choisis, de janvier à décembre 2025, sur les thèmes « AGI » ou « OpenAI » ",
        ),
    ],
)
def test_a_scope_is_told_with_its_number_of_articles(index: Index, scope: Scope, told: str) -> None:
    assert plain_spaces(describe_scope(scope, index)).startswith(told)


def test_the_typography(index: Index) -> None:
    told = describe_scope(Scope(topics=("AGI",), since="2025-10-28"), index)
    assert "le 28\u00a0octobre" in told and "«\u00a0AGI\u00a0»" in told


@pytest.mark.parametrize(
    ("scope", "passages", "told"),
    [
        (
            Scope(until="2025-09"),
            3,
            "Dans les articles choisis (avant octobre 2025), rien ne répond ; hors de ce "
            "périmètre, 3 passages semblent répondre.",
        ),
        (
            Scope(articles=("jour",)),
            1,
            "Dans l’article « Titre jour », rien ne répond ; hors de ce périmètre, un passage "
            "semble répondre.",
        ),
        (
            Scope(topics=("AGI",), articles=("jour", "mois")),
            2,
            "Dans les 2 articles choisis (sur le thème « AGI »), rien ne répond ; hors de ce "
            "périmètre, 2 passages semblent répondre.",
        ),
    ],
)
def test_what_is_outside_is_told(index: Index, scope: Scope, passages: int, told: str) -> None:
    assert plain_spaces(tell_outside(scope, index, passages)) == told


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (
            Scope(until="2010"),
            "Aucun article n’est daté avant 2011 : les articles vont du 23 juillet 2019 au "
            "31 décembre 2025. Élargissez les dates.",
        ),
        (Scope("2026", "2025"), "Le début du périmètre vient après sa fin"),
        (Scope(articles=("perdu",)), "Aucun des articles choisis n’est dans l’index"),
        (Scope(topics=("cuisine",)), "Aucun article n’est sur le thème « cuisine » : choisissez"),
        (
            Scope(until="2019", topics=("AGI",)),
            "Aucun article ne remplit à la fois toutes les conditions (avant 2020, sur le thème "
            "« AGI ») : retirez-en une.",
        ),
        (
            Scope(until="2025-06", articles=("an",)),
            "Aucun article ne remplit à la fois toutes les conditions (l’article « Titre an », "
            "avant juillet 2025, 1 écarté faute de date précise) : retirez-en une.",
        ),
    ],
)
def test_an_empty_scope_says_what_to_widen(index: Index, scope: Scope, told: str) -> None:
    assert not keep(index, scope)
    assert plain_spaces(explain_empty(scope, index)).startswith(told)


def test_dates_over_articles_without_any() -> None:
    undated = build_index([Article("a", "", "Un texte.")], FakeEncoder, "fake-v1")[0]
    assert explain_empty(Scope(since="2025"), undated).startswith("Aucun article n’a de date")
