"""An explanation is a stretch of one article, and what answers as well elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import FakeEncoder

from rag.explanations import choose_explanation
from rag.index import Index, build_index
from rag.reading import Reading, Scored
from rag.retrieval import search_passages
from rag.types import Article

TOLD = (
    "Le pont est fermé depuis lundi. Une pile s’est fendue pendant la crue. Le béton datait "
    "de 1961. Personne ne l’avait contrôlé. La mairie ouvre un bac."
)
OTHER = "Le pont de Valmire ferme souvent. Les crues usent ses piles. Le maire le regrette."


@pytest.fixture
def index() -> Index:
    return build_index(
        [Article("a", "Pont", TOLD), Article("b", "Crues", OTHER)], FakeEncoder, "f"
    )[0]


def read(index: Index, **scores: float) -> Reading:
    """Make a reading whose sentences score what is given, by their second word, else -9."""
    search = search_passages(index, FakeEncoder(), "Pourquoi le pont ?", 5, None)
    sentences = []
    for hit in search.hits:
        for span in hit.chunk.sentences:
            text = hit.chunk.text[span.start - hit.chunk.start : span.end - hit.chunk.start]
            score = scores.get(text.split()[1], -9.0)
            sentences.append(Scored(hit.chunk, span, text, score, 0.0))
    return Reading(search, tuple(sorted(sentences, key=lambda s: -s.score)))


def words(chosen: tuple[Scored, ...]) -> list[str]:
    return [s.text.split()[1] for s in chosen]


def test_what_stands_between_two_reasons_is_told_too(index: Index) -> None:
    reading = read(index, pile=2.0, béton=-1.5, ne=1.5)
    assert words(choose_explanation(reading, "medium")) == ["pile", "béton", "ne"]


def test_a_weak_neighbour_is_left_out(index: Index) -> None:
    assert words(choose_explanation(read(index, pile=2.0), "medium")) == ["pile"]


def test_what_answers_as_well_elsewhere_comes_after(index: Index) -> None:
    reading = read(index, pile=2.0, béton=1.8, crues=1.5, maire=0.5)
    assert words(choose_explanation(reading, "medium")) == ["pile", "béton", "crues"]


def test_a_brief_one_has_two_sentences(index: Index) -> None:
    reading = read(index, pile=2.0, béton=1.9, ne=1.9, crues=1.9)
    assert len(choose_explanation(reading, "brief")) == 2
    assert len(choose_explanation(reading, "full")) == 4


def test_a_stretch_does_not_cross_what_was_not_read(index: Index) -> None:
    reading = read(index, pile=2.0, béton=1.9, ne=1.9)
    unread = tuple(s for s in reading.sentences if s.text.split()[1] != "béton")
    chosen = choose_explanation(replace(reading, sentences=unread), "brief")
    assert words(chosen) == ["pile", "ne"]
    far = tuple(replace(s, score=s.score - 3 * (s.text.split()[1] == "ne")) for s in unread)
    assert words(choose_explanation(replace(reading, sentences=far), "medium")) == ["pile"]
