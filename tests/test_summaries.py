"""Summaries: one article is told, of the time asked about, by what its sentences are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from conftest import FakeEncoder, FakeReader
from settled import POLICY, settle_policy

from rag.index import build_index
from rag.reading import Reading, Scored, read_passages
from rag.retrieval import search_passages
from rag.summaries import (
    choose_sentences,
    find_article,
    list_candidates,
    measure_sentence,
    says_again,
)
from rag.types import Article

SIGNALS = {"cosine", "place", "words", "figure", "item", "speech", "row"}
ASKED = "Résume ce qui est dit du port"
PORT = Article(
    "port.md",
    "Le port",
    "Le port de Brest loue des anneaux. La grue pèse neuf tonnes. Le bureau ferme à midi.",
    "2024-06-03",
)
BRIDGE = Article(
    "pont.md", "Le pont", "Le pont mesure cent mètres. Des dauphins suivent le phare.", "2023-02-01"
)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def read(question: str, *articles: Article, hits: int = 10, within: str = "") -> Reading:
    index = build_index(articles, FakeEncoder, "fake-v1")[0]
    rows = np.array([c.article_id == within for c in index.chunks]) if within else None
    search = search_passages(index, FakeEncoder(), question, hits, rows)
    return read_passages(search, FakeReader())


def choose(reading: Reading, number: int, **weights: float) -> list[str]:
    policy = replace(POLICY, summary=weights)
    return [s.text for s in choose_sentences(reading, FakeEncoder(), number, policy)]


def measure(reading: Reading, words: str) -> dict[str, float]:
    """Measure the sentence that holds some words."""
    candidates = list_candidates(reading, FakeEncoder())
    (sentence,) = (s for s in candidates if words in s.text)
    return measure_sentence(sentence, reading)


def texts(sentences: Sequence[Scored]) -> set[str]:
    return {s.text for s in sentences}


# ---------------------------------------------------------------------------------- the article


def test_the_article_that_is_read_best_is_told() -> None:
    assert find_article(read(ASKED, BRIDGE, PORT)).chunk.article_id == "port.md"


@pytest.mark.parametrize(
    ("when", "found"),
    # Where no article is of the time asked about, the best one is told.
    [("en février 2023", "pont.md"), ("en juin 2024", "port.md"), ("en mai 2019", "port.md")],
)
def test_an_article_of_the_time_asked_about_is_told_before_a_better_one(
    when: str, found: str
) -> None:
    reading = read(f"Que s’est-il passé au port {when} ?", PORT, BRIDGE)
    assert reading.search.hits[0].chunk.article_id == "port.md"
    assert find_article(reading).chunk.article_id == found


def test_of_the_articles_of_the_time_the_best_is_told() -> None:
    twin = replace(BRIDGE, id="b.md", title="Le port", text="Au port, la grue est en panne.")
    reading = read("Que s’est-il passé au port en février 2023 ?", PORT, BRIDGE, twin)
    assert find_article(reading).chunk.article_id == "b.md"


# ------------------------------------------------------------------------------- the candidates

LONG = Article(
    "long.md",
    "Le port",
    "\n\n".join(f"Le port a {n} quais. {'Il pleut sur les quais gris. ' * 25}" for n in range(9)),
)


def test_the_whole_article_may_be_told_even_what_was_not_found() -> None:
    reading = read(ASKED, LONG, hits=1)
    assert len({s.chunk.id for s in reading.sentences}) == 1
    found = [s.text for s in list_candidates(reading, FakeEncoder())]
    assert {f"Le port a {n} quais." for n in range(9)} <= set(found)
    assert len(found) == 9 * 26


def test_no_other_article_is_told() -> None:
    found = list_candidates(read(ASKED, PORT, BRIDGE), FakeEncoder())
    assert {s.chunk.article_id for s in found} == {"port.md"}


def test_what_was_read_keeps_what_the_reader_said() -> None:
    reading = read(ASKED, PORT)
    assert set(list_candidates(reading, FakeEncoder())) == set(reading.sentences)


def test_what_is_out_of_reach_may_not_be_told() -> None:
    found = list_candidates(read(ASKED, PORT, BRIDGE, within="pont.md"), FakeEncoder())
    assert {s.chunk.article_id for s in found} == {"pont.md"}


def test_nothing_found_gives_nothing_to_tell() -> None:
    reading = read(ASKED, PORT, within="ailleurs.md")
    assert list_candidates(reading, FakeEncoder()) == []
    assert choose(reading, 3, words=1.0) == []


# ---------------------------------------------------------------------------------- the signals


def test_every_signal_is_measured_of_every_sentence() -> None:
    reading = read(ASKED, PORT, BRIDGE)
    for sentence in list_candidates(reading, FakeEncoder()):
        assert measure_sentence(sentence, reading).keys() == SIGNALS


def test_cosine_is_that_of_the_question() -> None:
    reading = read(ASKED, PORT)
    near, far = measure(reading, "anneaux"), measure(reading, "grue")
    assert near["cosine"] > far["cosine"]
    (sentence,) = (s for s in reading.sentences if "anneaux" in s.text)
    assert near["cosine"] == pytest.approx(10 * sentence.cosine)


def test_place_is_the_share_of_the_way_through_the_article() -> None:
    reading = read(ASKED, PORT)
    assert measure(reading, "anneaux")["place"] == 0.0
    assert measure(reading, "bureau")["place"] == PORT.text.index("Le bureau") / len(PORT.text)


def test_words_count_by_their_logarithm() -> None:
    reading = read(ASKED, PORT)
    assert measure(reading, "grue")["words"] == pytest.approx(np.log(5))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("La grue du port est neuve.", set()),
        ("La grue du port pèse 9 tonnes.", {"figure"}),
        ("- la grue du port, neuve", {"item"}),
        ("« La grue du port est neuve », dit-on.", {"speech"}),
        ("On dit « neuve » la grue du port.", set()),
        ("Grue : neuve ; Port : Brest.", {"row"}),
        ("Une chose est sûre : la grue du port est neuve.", set()),
        ("Grue : 9 tonnes ; Port : Brest.", {"row", "figure"}),
    ],
)
def test_what_a_sentence_holds_or_is(text: str, held: set[str]) -> None:
    kinds = {"figure", "item", "speech", "row"}
    told = measure(read(ASKED, Article("a", "Le port", text)), text)
    assert {name for name in kinds if told[name] == 1.0} == held
    assert all(told[name] == 0.0 for name in kinds - held)


# ----------------------------------------------------------------------------------- the choice


def test_what_is_worth_most_is_told_in_the_order_of_the_article() -> None:
    reading = read(ASKED, PORT)
    anneaux, grue, bureau = (s + "." for s in PORT.text.rstrip(".").split(". "))
    assert choose(reading, 2, place=1.0) == [grue, bureau]
    assert choose(reading, 2, place=-1.0) == [anneaux, grue]
    assert choose(reading, 1, words=1.0) == [anneaux]
    assert choose(reading, 9, words=1.0) == [anneaux, grue, bureau]


def test_a_signal_without_a_weight_counts_for_nothing() -> None:
    reading = read(ASKED, PORT)
    assert choose(reading, 2, elsewhere=9.0) == choose(reading, 2)


def test_nothing_is_said_again() -> None:
    text = "La grue pèse neuf tonnes. La grue rouge pèse neuf tonnes. Le bureau ferme à midi."
    assert choose(read(ASKED, Article("a", "Le port", text)), 3, words=1.0) == [
        # The longer is worth more.
        "La grue rouge pèse neuf tonnes.",
        "Le bureau ferme à midi.",
    ]


def test_without_a_policy_the_one_that_is_shipped_weighs(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = replace(POLICY, summary={"place": 1.0})
    monkeypatch.setattr("rag.summaries.load_policy", lambda: policy)
    chosen = choose_sentences(read(ASKED, PORT), FakeEncoder(), 1)
    assert texts(chosen) == {"Le bureau ferme à midi."}


@pytest.mark.parametrize(
    ("other", "again"),
    [
        ("La grue du port pèse neuf tonnes.", True),
        ("Neuf tonnes, la grue.", True),
        ("La grue du port coûte cher et rouille vite.", False),
        ("Le bureau ferme à midi.", False),
    ],
)
def test_two_sentences_with_nearly_the_same_words_say_the_same(other: str, again: bool) -> None:
    text = f"La grue du port pèse neuf tonnes au moins. {other}"
    one, two = sorted(
        read(ASKED, Article("a", "", text)).sentences, key=lambda sentence: sentence.span.start
    )
    assert says_again(one, two) == says_again(two, one) == again
