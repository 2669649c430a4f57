"""The index: aligned rows, and an incremental build that equals a rebuild."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import bm25s
import numpy as np
import pytest
from conftest import FakeEncoder

import rag.index
from rag.chunking import text_to_index
from rag.french import terms
from rag.index import Index, Spelling, build_index
from rag.retrieval import search_passages
from rag.segments import Segment, quantize
from rag.types import Article, Encoder


def build(
    articles: Sequence[Article], encoder: FakeEncoder, previous: Index | None = None
) -> Index:
    return build_index(articles, lambda: encoder, encoder.fingerprint, previous)[0]


def never() -> Encoder:
    raise AssertionError("the model must not be loaded")


def answers(index: Index, question: str) -> list[tuple[str, float, float, float]]:
    search = search_passages(index, FakeEncoder(), question, 10)
    return [(h.chunk.id, h.score, h.dense, h.lexical) for h in search.hits]


QUESTIONS = ("Combien Microsoft a-t-il investi ?", "Qui dirige Mistral AI ?", "panel AGI")


def assert_same(one: Index, other: Index) -> None:
    assert one.chunks == other.chunks
    assert one.articles == other.articles
    count = len(one.chunks)
    assert np.array_equal(one.passage_vectors(range(count)), other.passage_vectors(range(count)))
    for row in range(count):
        assert np.allclose(one.sentence_vectors(row), other.sentence_vectors(row), atol=1e-3)
    assert one.names == other.names
    for question in QUESTIONS:
        assert answers(one, question) == answers(other, question)


def test_rows_are_aligned(articles: list[Article], encoder: FakeEncoder) -> None:
    index = build(articles, encoder)
    assert len(index.chunks) == len(index.passage_vectors(range(3))) == 3
    for row, chunk in enumerate(index.chunks):
        expected = FakeEncoder()._embed(text_to_index(chunk))
        assert np.allclose(index.passage_vectors([row])[0], expected)
        sentences = [
            chunk.text[s.start - chunk.start : s.end - chunk.start] for s in chunk.sentences
        ]
        assert np.allclose(
            index.sentence_vectors(row), [FakeEncoder()._embed(s) for s in sentences], atol=1e-3
        )
    only_in_b = index.lexical_scores(["panel"])
    assert (only_in_b > 0).tolist() == [False, True, False]
    assert index.lexical_scores(["inconnu"]).tolist() == [0, 0, 0]


def test_moments_are_those_of_the_vectors(articles: list[Article], encoder: FakeEncoder) -> None:
    index = build(articles, encoder)
    vectors = index.passage_vectors(range(3))
    query = encoder.encode_query("Microsoft")
    mean, covariance = index.moments
    assert np.isclose(mean @ query, (vectors @ query).mean(), atol=1e-6)
    assert np.isclose(query @ covariance @ query, (vectors @ query).var(), atol=1e-6)


NEW = Article("d.md", "Nvidia", "Nvidia vend des puces. Jensen Huang dirige Nvidia.")


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a,
        lambda a: [*a, NEW],
        lambda a: [NEW, *a],
        lambda a: a[1:],
        lambda a: [replace(a[0], text=a[0].text + " Il en reste deux."), *a[1:]],
        lambda a: [replace(a[0], title="Autre titre"), *a[1:]],
        lambda a: [replace(a[0], date="2020", url="https://autre.fr"), *a[1:]],
        lambda a: [replace(a[0], id="z.md"), *a[1:]],
        lambda a: list(reversed(a)),
    ],
    ids="same add add-first delete edit title metadata rename order".split(),
)
def test_incremental_equals_rebuild(
    articles: list[Article], change: Callable[[list[Article]], list[Article]]
) -> None:
    previous = build(articles, FakeEncoder())
    assert_same(
        build(change(articles), FakeEncoder(), previous), build(change(articles), FakeEncoder())
    )


def test_what_did_not_change_is_not_embedded_again(articles: list[Article]) -> None:
    first = FakeEncoder()
    previous = build(articles, first)
    assert len(first.embedded) == 3
    _, report = build_index(articles, never, "fake-v1", previous)
    assert report.unchanged and report.embedded == 0
    second = FakeEncoder()
    edited = [*articles[:2], replace(articles[2], text="Tout autre chose, cette fois."), NEW]
    _, report = build_index(edited, lambda: second, "fake-v1", previous)
    assert sorted(second.embedded) == [
        "Mistral AI et ASML\nTout autre chose, cette fois.",
        "Nvidia\nNvidia vend des puces. Jensen Huang dirige Nvidia.",
    ]
    assert (report.embedded, report.added, report.changed) == (2, ("d.md",), ("c.md",))


def test_metadata_alone_is_a_change_that_embeds_nothing(articles: list[Article]) -> None:
    previous = build(articles, FakeEncoder())
    dated = [replace(articles[0], date="2020-01-01"), *articles[1:]]
    index, report = build_index(dated, never, "fake-v1", previous)
    assert (report.embedded, report.changed, report.unchanged) == (0, ("a.md",), False)
    assert index.chunks[0].date == "2020-01-01"


def test_another_model_embeds_everything_again(articles: list[Article]) -> None:
    encoder = FakeEncoder()
    previous = replace(build(articles, FakeEncoder()), fingerprint="ancien")
    _, report = build_index(articles, lambda: encoder, "fake-v1", previous)
    assert report.embedded == len(encoder.embedded) == 3


def test_a_deleted_article_leaves_no_trace(articles: list[Article]) -> None:
    previous = build(articles, FakeEncoder())
    gone = previous.passage_vectors([2])
    index, report = build_index(articles[:2], never, "fake-v1", previous)
    assert report.removed == ("c.md",)
    assert not any(np.allclose(row, gone) for row in index.passage_vectors(range(2)))
    assert not index.count_holding("asml") and "mistral" not in index.names
    assert b"ASML" not in b"".join(segment.serialize() for segment in index.segments)
    assert index.lexical_scores(["asml"]).tolist() == [0, 0]
    assert all(not chunk_id.startswith("c.md") for chunk_id, *_ in answers(index, "Mistral ASML"))
    assert "c.md" not in index.articles
    held = json.dumps([chunk.text for chunk in index.chunks])
    assert "ASML" not in held


def test_identical_text_in_two_articles_stays_two_passages(articles: list[Article]) -> None:
    encoder = FakeEncoder()
    twin = replace(articles[0], id="aa.md", url="https://copie.fr")
    index, report = build_index([*articles, twin], lambda: encoder, "fake-v1")
    assert report.passages == 4 and report.embedded == len(encoder.embedded) == 3
    assert [c.article_id for c in index.chunks] == ["a.md", "aa.md", "b.md", "c.md"]
    found = [chunk_id for chunk_id, *_ in answers(index, "Combien Microsoft a-t-il investi ?")]
    # One is shown; the other where only it may be.
    assert found[0] == "a.md#0" and "aa.md#0" not in found
    only = np.array([chunk.article_id == "aa.md" for chunk in index.chunks])
    search = search_passages(index, encoder, "Combien Microsoft a-t-il investi ?", 3, only)
    assert [hit.chunk.id for hit in search.hits] == ["aa.md#0"]
    index, _ = build_index(articles, never, "fake-v1", index)
    assert "aa.md#0" not in [c for c, *_ in answers(index, "Microsoft")]


def test_same_text_cut_otherwise_is_embedded_again() -> None:
    first = build([Article("a", "", "Titre\nUn. Deux.")], FakeEncoder())
    encoder = FakeEncoder()
    build([Article("a", "Titre", "Un. Deux.")], encoder, first)
    assert encoder.embedded == ["Titre\nUn. Deux."]


def test_progress_goes_from_nothing_to_everything() -> None:
    many = [Article(f"{i:03}", "", f"Phrase numéro {i} du corpus.") for i in range(150)]
    seen: list[tuple[int, int]] = []
    build_index(many, FakeEncoder, "fake-v1", progress=lambda d, t: seen.append((d, t)))
    assert seen[0] == (0, 150) and seen[-1] == (150, 150)
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


@pytest.mark.parametrize("text", ["…", "Il est là.", "? ! —"])
def test_an_article_without_a_search_term(text: str) -> None:
    index = build([Article("a", "", text)], FakeEncoder())
    search = search_passages(index, FakeEncoder(), "Microsoft", 5)
    assert [hit.chunk.text for hit in search.hits] == [text]


# ----------------------------------------------------------------------------------- spelling

NAMES = ["altman", "amodei", "anthropic", "bing", "deepmind", "microsoft", "musk", "nadella"]
NAMES += ["nvidia", "openai", "softbank", "stargate", "suleyman"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("antropic", "anthropic"),
        ("antrophic", "anthropic"),
        ("microsft", "microsoft"),
        ("mikrosoft", "microsoft"),
        ("nadela", "nadella"),
        ("altmann", "altman"),
        ("nvidea", "nvidia"),
        ("opneai", "openai"),
        ("suleiman", "suleyman"),
        ("softbanq", "softbank"),
        # Another consonant makes another word, and so does any letter of a short one.
        ("batman", ""),
        ("allman", ""),
        ("bang", ""),
        ("mask", ""),
        ("bechamel", ""),
        ("", ""),
        ("日本", ""),
        ("x" * 5000, ""),
    ],
)
def test_the_nearest_name(typed: str, expected: str) -> None:
    assert Spelling(NAMES).find_nearest(typed) == expected
    assert Spelling(NAMES[::-1]).find_nearest(typed) == expected


def test_a_near_word_that_is_no_typing_error() -> None:
    assert Spelling(["bachelier"]).find_nearest("bechamel") == ""
    assert Spelling([]).find_nearest("bechamel") == ""


def test_of_two_near_names_the_one_with_more_in_common() -> None:
    # Both one letter away: « clarke » keeps five of the trigrams, « clerk » two.
    assert Spelling(["clerk", "clarke"]).find_nearest("clark") == "clarke"


def test_a_large_vocabulary_is_searched_in_milliseconds() -> None:
    generator = random.Random(0)
    names = {
        "".join(generator.choices(string.ascii_lowercase, k=generator.randint(4, 12)))
        for _ in range(50_000)
    }
    spelling = Spelling(sorted(names | {"anthropic"}))
    started = time.process_time()
    assert all(spelling.find_nearest("antropic") == "anthropic" for _ in range(20))
    assert (time.process_time() - started) / 20 < 0.05


TALES = [
    Article("a", "", "Le modèle d’OpenAI répond. Un logiciel open source. Selon OpenAI, il aide."),
    Article("b", "", "On gravit le Mont-Blanc. La société de Satya Nadella vend du calcul."),
    Article("c", "", "Hier, DeepMind et Google. Une intelligence artificielle apprend."),
    Article("d", "", "On grimpe. OpenAI vend, l’open source donne, un bachelier passe."),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("OpenAI", ["openai"]),
        ("openai", ["openai"]),
        ("Open AI", ["openai"]),
        ("open ai", ["openai"]),
        ("OPENAI", ["openai"]),
        ("OpenIA", ["openai"]),
        ("open source", ["open", "sourc"]),
        ("Deep Mind", ["deepmind"]),
        ("le mont Blanc", ["mont", "blanc"]),
        ("le Montblanc", ["mont", "blanc"]),
        ("satya nadela", ["sati", "nadel"]),
        ("satya nadelle", ["sati", "nadel"]),
        ("béchamel", ["bechamel"]),
        # A lost apostrophe.
        ("lintelligence", ["intelligent"]),
        ("bacheliers", ["bacheli"]),
        ("l’IA", ["ia"]),
        ("l’intelligence artificielle", ["intelligent", "artificiel", "ia"]),
        # The acronym of words that nobody writes is no word more that the articles miss.
        ("l’Union européenne", ["union", "europeen"]),
        ("GPT-6", ["gpt", "6", "gpt6"]),
        ("", []),
    ],
)
def test_a_question_is_put_in_the_words_of_the_passages(question: str, expected: list[str]) -> None:
    assert build(TALES, FakeEncoder()).find_terms(question) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("combien microsft a mis dan open ai", "combien Microsoft a mis dan OpenAI"),
        ("Open-AI et anthropik ?", "OpenAI et Anthropic ?"),
        # A word of French is none of these names, however near.
        ("Qui loue un antre à Microsoft ?", "Qui loue un antre à Microsoft ?"),
        ("Que fait la fondation ?", "Que fait la fondation ?"),
        ("", ""),
    ],
)
def test_a_question_takes_the_names_of_the_passages(typed: str, expected: str) -> None:
    article = Article(
        "a", "OpenAI", "La Fondation OpenAI dirige OpenAI ; Microsoft et Anthropic, Antra aussi."
    )
    index, _ = build_index([article], FakeEncoder, "f")
    assert index.respell(typed) == expected


def test_a_name_typed_as_one_is_no_other_word() -> None:
    tales = [
        *TALES,
        Article("e", "", "Un logiciel open source."),
        Article("f", "", "Du code open."),
    ]
    index = build(tales, FakeEncoder())
    assert len(index.rows_holding("open")) > len(index.rows_holding("openai"))
    assert index.find_terms("OpenAI") == ["openai"]


def make_many(count: int) -> list[Article]:
    names = ["Microsoft", "Mistral", "Nvidia", "OpenAI", "Anthropic", "Kervella", "Corlay"]
    return [
        Article(
            f"{n:03}.md",
            f"Titre {n} {names[n % 7]}",
            f"{names[n % 7]} a vendu {n} ponts. {names[n * 3 % 7]} en veut {n * n} de plus.",
        )
        for n in range(count)
    ]


def assert_alike(one: Index, other: Index) -> None:
    """Whether two indexes say the same, up to what adding up in another order rounds."""
    assert (one.chunks, one.articles, one.names) == (other.chunks, other.articles, other.names)
    assert one.groups == other.groups
    for question in QUESTIONS:
        searches = [search_passages(index, FakeEncoder(), question, 100) for index in (one, other)]
        first, second = ({hit.chunk.id: hit.score for hit in found.hits} for found in searches)
        assert first == pytest.approx(second, abs=1e-4)


def test_an_index_of_many_segments_answers_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    many = make_many(60)
    whole = build(many, FakeEncoder())
    monkeypatch.setattr(rag.index, "_LONGEST_SEGMENT", 4000)
    cut = build(many, FakeEncoder())
    assert len(whole.segments) == 1 and len(cut.segments) == 7
    assert cut.lexical_scores(["pont", "nvid"]).tolist() == (
        whole.lexical_scores(["pont", "nvid"]).tolist()
    )
    for one, other in zip(cut.moments, whole.moments, strict=True):
        assert np.allclose(one, other, atol=1e-6)
    assert_alike(cut, whole)
    assert [list(cut.rows_of(a.id)) for a in many] == [list(whole.rows_of(a.id)) for a in many]
    assert not cut.rows_of("absent") and "absent" not in cut.articles


@pytest.mark.parametrize("place", [0, 30, 60])
def test_one_more_article_makes_one_segment_anew(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(rag.index, "_LONGEST_SEGMENT", 4000)
    many = make_many(60)
    previous = build(many, FakeEncoder())
    more = [*many, replace(NEW, id=f"{place:03}-.md")]
    encoder = FakeEncoder()
    index = build(more, encoder, previous)
    assert len(encoder.embedded) == 1
    made = [segment for segment in index.segments if segment not in previous.segments]
    assert 1 <= len(made) <= 2
    assert index.chunks == build(more, FakeEncoder()).chunks
    # And taken away again, it leaves what was there.
    assert_alike(build(many, FakeEncoder(), index), previous)


def test_segments_stay_few_however_often_one_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.index, "_LONGEST_SEGMENT", 4000)
    articles = make_many(9)
    index = build(articles, FakeEncoder())
    for number in range(40):
        articles.append(replace(NEW, id=f"004-{number * 7 % 40:02}.md"))
        index = build(articles, FakeEncoder(), index)
    assert len(index.segments) <= 10
    assert_alike(index, build(articles, FakeEncoder()))


def test_of_a_large_index_the_nearest_are_found_by_their_codes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(0)
    index = build(make_many(300), FakeEncoder())
    centres = chance.standard_normal((60, FakeEncoder.dimension), np.float32)
    noise = chance.standard_normal((300, FakeEncoder.dimension), np.float32)
    vectors = np.repeat(centres, 5, axis=0) + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tensors = dict(index.segments[0].tensors)
    tensors |= {"passages": vectors, "mean": vectors.mean(axis=0)}
    tensors["codes"] = quantize(vectors)
    index = replace(index, segments=(Segment(tensors),))
    within = chance.random(300) < 0.5
    exact = [index.find_near(v, 5, of) for v in vectors[:40] for of in (None, within)]
    monkeypatch.setattr(rag.index, "EXACT", 0)
    monkeypatch.setattr(rag.index, "_SHORTLIST", 9)
    short = [index.find_near(v, 5, of) for v in vectors[:40] for of in (None, within)]
    assert within[np.concatenate(short[1::2])].all()
    assert np.mean([np.isin(a, b).mean() for a, b in zip(exact, short, strict=True)]) > 0.95
    assert index.find_near(vectors[0], 0).tolist() == []
    assert len(index.find_near(vectors[0], 300)) == 300


def test_scores_are_those_of_the_library_to_the_last_digit() -> None:
    index = build(make_many(60), FakeEncoder())
    other = bm25s.BM25(k1=0.6, b=0.75, method="lucene")
    bags = [terms(chunk.title) * 2 + terms(chunk.text) for chunk in index.chunks]
    other.index(bags, show_progress=False)
    asked = [term for bag in bags[:9] for term in bag]
    assert index.lexical_scores(asked).tolist() == other.get_scores(asked).tolist()


def test_the_title_counts_twice() -> None:
    titled = [Article("a", "Le panel", "Un texte."), Article("b", "", "Le panel, un texte.")]
    scores = build(titled, FakeEncoder()).lexical_scores(["panel"])
    assert scores[0] > scores[1] > 0
