"""The index: aligned rows, and an incremental build that equals a rebuild."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from conftest import FakeEncoder

from rag.chunking import text_to_index
from rag.index import Index, Spelling, build_index
from rag.retrieval import search_passages
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
    assert np.array_equal(
        one.passages.reconstruct_n(0, count), other.passages.reconstruct_n(0, count)
    )
    assert np.allclose(one.sentences, other.sentences, atol=1e-3)
    assert one.lexical.vocab_dict.keys() == other.lexical.vocab_dict.keys()
    assert one.names == other.names
    for question in QUESTIONS:
        assert answers(one, question) == answers(other, question)


def test_rows_are_aligned(articles: list[Article], encoder: FakeEncoder) -> None:
    index = build(articles, encoder)
    assert index.passages.ntotal == len(index.chunks) == index.lexical.scores["num_docs"] == 3
    for row, chunk in enumerate(index.chunks):
        expected = FakeEncoder()._embed(text_to_index(chunk))
        assert np.allclose(index.passages.reconstruct(row), expected)
        sentences = [
            chunk.text[s.start - chunk.start : s.end - chunk.start] for s in chunk.sentences
        ]
        assert np.allclose(
            index.sentence_vectors(row), [FakeEncoder()._embed(s) for s in sentences], atol=1e-3
        )
    assert index.first_sentence.tolist() == [0, 3, 5, 7]
    only_in_b = index.lexical_scores(["panel"])
    assert (only_in_b > 0).tolist() == [False, True, False]
    assert index.lexical_scores(["inconnu"]).tolist() == [0, 0, 0]


def test_moments_are_those_of_the_vectors(articles: list[Article], encoder: FakeEncoder) -> None:
    index = build(articles, encoder)
    vectors = index.passages.reconstruct_n(0, 3)
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
    gone = previous.passages.reconstruct(2)
    index, report = build_index(articles[:2], never, "fake-v1", previous)
    assert report.removed == ("c.md",)
    assert not any(np.allclose(index.passages.reconstruct(i), gone) for i in range(2))
    assert not {"asml", "mistral"} & index.lexical.vocab_dict.keys()
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


def test_a_name_typed_as_one_is_no_other_word() -> None:
    tales = [
        *TALES,
        Article("e", "", "Un logiciel open source."),
        Article("f", "", "Du code open."),
    ]
    index = build(tales, FakeEncoder())
    assert len(index.rows_holding("open")) > len(index.rows_holding("openai"))
    assert index.find_terms("OpenAI") == ["openai"]


def test_the_title_counts_twice() -> None:
    titled = [Article("a", "Le panel", "Un texte."), Article("b", "", "Le panel, un texte.")]
    scores = build(titled, FakeEncoder()).lexical_scores(["panel"])
    assert scores[0] > scores[1] > 0
