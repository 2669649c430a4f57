"""Retrieval: the fused score against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import FakeEncoder

from rag.chunking import text_to_index
from rag.french import terms
from rag.index import Index, build_index
from rag.retrieval import LEXICAL_WEIGHT, inverse_document_frequency, search_passages
from rag.types import Article


@pytest.fixture
def index(articles: list[Article]) -> Index:
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def test_the_right_passage_comes_first(index: Index) -> None:
    for question, expected in [
        ("Combien Microsoft a-t-il investi dans OpenAI ?", "a.md"),
        ("Qui vérifiera une déclaration d’AGI ?", "b.md"),
        ("Qui dirige Mistral AI ?", "c.md"),
    ]:
        search = search_passages(index, FakeEncoder(), question, 3)
        assert search.hits[0].chunk.article_id == expected
        assert [h.rank for h in search.hits] == [1, 2, 3]
        assert [h.score for h in search.hits] == sorted(h.score for h in search.hits)[::-1]
        assert [index.chunks[row].id for row in search.rows] == [h.chunk.id for h in search.hits]


def test_inverse_document_frequency_by_hand(index: Index) -> None:
    # Three passages; « asml » is in one of them, « inconnu » in none.
    assert inverse_document_frequency(index, "asml") == pytest.approx(math.log(1 + 2.5 / 1.5))
    assert inverse_document_frequency(index, "inconnu") == pytest.approx(math.log(1 + 3.5 / 0.5))
    both = "milliard"
    assert [both in terms(text_to_index(c)) for c in index.chunks] == [True, False, True]
    assert inverse_document_frequency(index, both) == pytest.approx(math.log(1 + 1.5 / 2.5))


def test_bm25_by_hand(index: Index) -> None:
    # The title counts twice: « Mistral AI et ASML », and « asml » once in the text.
    counted = [terms(c.title) * 2 + terms(c.text) for c in index.chunks]
    lengths = [len(found) for found in counted]
    frequency = counted[2].count("asml")
    assert frequency == 3
    norm = 0.6 * (1 - 0.75 + 0.75 * lengths[2] / (sum(lengths) / 3))
    expected = math.log(1 + 2.5 / 1.5) * frequency / (frequency + norm)
    scores = index.lexical_scores(["asml"])
    assert scores.tolist() == pytest.approx([0, 0, expected], rel=1e-5)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Combien Microsft a-t-il investi ?", "Combien Microsoft a-t-il investi ?"),
        ("Qui a fondé Mistrall AI ?", "Qui a fondé Mistral AI ?"),
        ("combien dans open ai ?", "combien dans OpenAI ?"),
        ("1,3 Md€ pour asml", "1,3 milliard pour ASML"),
    ],
)
def test_what_is_mistyped_is_searched_as_it_is_written(
    index: Index, typed: str, written: str
) -> None:
    one, other = (search_passages(index, FakeEncoder(), q, 3) for q in (typed, written))
    assert one.question == typed
    assert one.terms == other.terms
    lexical = [{hit.chunk.id: hit.lexical for hit in search.hits} for search in (one, other)]
    assert lexical[0] == lexical[1]
    assert max(lexical[0].values()) > 0


def test_an_unknown_word_stays_among_the_terms(index: Index) -> None:
    search = search_passages(index, FakeEncoder(), "La béchamel de Microsoft", 3)
    assert search.terms == ("bechamel", "microsoft")
    assert not len(index.rows_holding("bechamel"))
    assert search.coverage(["microsoft"]) < 0.5


def test_fusion_is_a_weighted_sum_of_z_scores(index: Index) -> None:
    question = "Combien de milliards Microsoft a-t-il investi ?"
    search = search_passages(index, FakeEncoder(), question, 3)
    vectors = index.passage_vectors(range(3))
    dense = vectors @ FakeEncoder().encode_query(question)
    lexical = index.lexical_scores(terms(question))
    expected = LEXICAL_WEIGHT * (lexical - lexical.mean()) / lexical.std()
    expected += (1 - LEXICAL_WEIGHT) * (dense - dense.mean()) / dense.std()
    by_row = {row: hit for row, hit in zip(search.rows, search.hits, strict=True)}
    for row in range(3):
        assert by_row[row].score == pytest.approx(expected[row], abs=1e-3)
        assert by_row[row].dense == pytest.approx(dense[row], abs=1e-5)
        assert by_row[row].lexical == pytest.approx(lexical[row], abs=1e-5)
    # Z-scores over everything add up to nothing.
    assert sum(hit.score for hit in search.hits) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("k", [1, 2, 3, 500])
def test_k(index: Index, k: int) -> None:
    assert len(search_passages(index, FakeEncoder(), "Microsoft", k).hits) == min(k, 3)


@pytest.mark.parametrize("question", ["", "de la", "zzz", "?", "😀", "x" * 5000])
def test_a_question_that_says_nothing_still_ranks(index: Index, question: str) -> None:
    hits = search_passages(index, FakeEncoder(), question, 3).hits
    assert len(hits) == 3
    assert all(np.isfinite(hit.score) for hit in hits)


def test_equal_scores_keep_the_order_of_the_corpus() -> None:
    twins = [Article(f"{i}.md", "", "Le même texte partout.") for i in range(5)]
    index, _ = build_index(twins, FakeEncoder, "fake-v1")
    search = search_passages(index, FakeEncoder(), "même texte", 5)
    assert search.rows == (0, 1, 2, 3, 4)
    assert len({hit.score for hit in search.hits}) == 1


def test_coverage_weighs_rare_terms_more(index: Index) -> None:
    search = search_passages(index, FakeEncoder(), "milliards ASML", 1)
    weights = search.term_weights
    assert set(weights) == {"milliard", "asml"}
    assert weights["asml"] - weights["milliard"] == pytest.approx(
        math.log(1 + 2.5 / 1.5) - math.log(1 + 1.5 / 2.5)
    )
    assert search.coverage([]) == 0
    assert search.coverage(["asml", "milliard", "autre"]) == pytest.approx(1)
    assert search.coverage(["asml"]) == pytest.approx(weights["asml"] / sum(weights.values()))
    assert search.coverage(["asml"]) > search.coverage(["milliard"])


def test_coverage_of_a_question_without_terms(index: Index) -> None:
    assert search_passages(index, FakeEncoder(), "de la", 1).coverage(["asml"]) == 0


def test_the_type_of_answer_is_found(index: Index) -> None:
    found = [
        search_passages(index, FakeEncoder(), question, 1).answer_type
        for question in ("Combien ?", "Quand ?", "Qui est-ce ?", "Pourquoi ?")
    ]
    assert found == ["quantity", "date", "name", None]


# ---------------------------------------------------------------------------------- restricted

QUESTION = "Combien de milliards Microsoft a-t-il investi ?"


def test_all_rows_give_what_no_restriction_gives(index: Index) -> None:
    free = search_passages(index, FakeEncoder(), QUESTION, 3)
    restricted = search_passages(index, FakeEncoder(), QUESTION, 3, np.ones(3, dtype=bool))
    assert restricted.hits == free.hits and restricted.rows == free.rows
    assert restricted.missed == 0


@pytest.mark.parametrize("rows", [[0], [2], [0, 2], [1, 2]])
def test_only_the_rows_within_are_found_with_their_scores(index: Index, rows: list[int]) -> None:
    within = np.isin(np.arange(3), rows)
    found = search_passages(index, FakeEncoder(), QUESTION, 3, within)
    assert sorted(found.rows) == rows
    assert [hit.rank for hit in found.hits] == list(range(1, len(rows) + 1))
    free = search_passages(index, FakeEncoder(), QUESTION, 3)
    scores = {row: hit.score for row, hit in zip(free.rows, free.hits, strict=True)}
    assert [hit.score for hit in found.hits] == pytest.approx([scores[row] for row in found.rows])
    assert free.missed == 0
    assert found.missed == pytest.approx(free.hits[0].score - found.hits[0].score, abs=1e-5)


def test_no_row_within_finds_nothing(index: Index) -> None:
    found = search_passages(index, FakeEncoder(), QUESTION, 3, np.zeros(3, dtype=bool))
    assert found.hits == () and found.rows == ()
    assert found.missed == 0 and not found.is_held("microsoft")


def test_what_is_last_of_many_is_found_when_it_is_alone_within() -> None:
    """Restricting comes before choosing the candidates, not after."""
    said = "Microsoft a investi 13 milliards de dollars dans OpenAI."
    articles = [Article(f"{i:03}.md", "", f"{said} Note {i}.") for i in range(300)]
    articles += [Article(f"x{i}.md", "", f"Une phrase numéro {i} sur la pluie.") for i in range(3)]
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    assert max(search_passages(index, FakeEncoder(), QUESTION, 250).rows) < 300
    within = np.arange(len(index.chunks)) >= 300
    assert sorted(search_passages(index, FakeEncoder(), QUESTION, 2, within).rows)[0] >= 300
    assert set(search_passages(index, FakeEncoder(), QUESTION, 9, within).rows) == {300, 301, 302}


def test_a_term_is_held_by_what_could_be_found(index: Index) -> None:
    free = search_passages(index, FakeEncoder(), QUESTION, 3)
    first = search_passages(index, FakeEncoder(), QUESTION, 3, np.array([True, False, False]))
    assert free.is_held("asml") and not first.is_held("asml")
    assert free.is_held("microsoft") and first.is_held("microsoft")
    assert not free.is_held("bechamel")
