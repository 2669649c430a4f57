"""Trials: which questions are asked, and what each method finds for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import FakeEncoder

from rag.errors import UsageError
from rag.index import build_index
from rag.policy import Policy
from rag.reading import DEPTH
from rag.trials import (
    Bench,
    Question,
    choose_sentences,
    hide_gold,
    is_for_fitting,
    is_held_out,
    load_questions,
    rank_articles,
    rank_of,
    rank_of_answer,
    score_answerable,
    try_questions,
)
from rag.types import Article, Entailment, Excerpt, Scores


class WordReader:
    """Is sure that the sentences which hold one word answer, and that the others do not."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[int] = []

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        self.read.append(len(excerpts))
        return [
            Scores(
                np.array([self._judge(s) for s in e.sentences], dtype=np.float32),
                np.full(len(e.sentences), -20, dtype=np.float32),
                max((self._judge(s) for s in e.sentences), default=-20.0),
            )
            for e in excerpts
        ]

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        raise AssertionError("nothing is checked here")

    def _judge(self, sentence: str) -> float:
        return 20.0 if self.word in sentence else -20.0


ARTICLES = [
    Article("lima", "Lima", "Tout change vite ici. La capitale du Pérou est Lima, sur l’océan."),
    Article("cusco", "Cusco", "Pachacutec fit de Cusco le centre de son empire andin."),
    *(Article(f"n{i}", f"Note {i}", f"La note numéro {i} parle de tout autre.") for i in range(12)),
]
QUESTION = Question(
    "q", "Quelle est la capitale du Pérou ?", ("cusco",), ("CENTRE de son Empire",), True
)


POLICY = Policy(
    answers={"": -1.0, "answers": 0.1, "coverage": 3.0}, refutes={"": -4.0, "refutes": 0.1}
)


@pytest.fixture(autouse=True)
def policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide by constants of these tests: those that are shipped are fitted again."""
    for module in ("rag.abstention", "rag.reading"):
        monkeypatch.setattr(f"{module}.load_policy", lambda: POLICY)


def bench(reader: WordReader) -> Bench:
    index, _ = build_index(ARTICLES, FakeEncoder, "fake-v1")
    return Bench(index, FakeEncoder(), reader)


def silent(done: int, total: int) -> None:
    pass


def write_questions(folder: Path, items: Sequence[object], qrels: str | None = None) -> Path:
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    (folder / "queries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if qrels is not None:
        (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


# ---------------------------------------------------------------------------------- questions


def test_questions(tmp_path: Path) -> None:
    items = [
        {"id": "q1", "text": "Un ?", "answers": ["1"], "specific": True},
        {"id": "q2", "text": "Deux ?", "answers": []},
        {"id": "q3", "text": "Trois ?", "answerable": True},
        {"id": "q4", "text": "Quatre ?", "answerable": False},
        {"id": "q5", "text": "Cinq ?"},
    ]
    data = write_questions(tmp_path, items, "q1\ta\t1\nq1\tb\t1\nq2\tc\t0\n\nq5\td\n")
    assert load_questions(data) == [
        Question("q1", "Un ?", ("a", "b"), ("1",), True),
        Question("q2", "Deux ?", (), (), False),
        Question("q3", "Trois ?", (), (), True),
        Question("q4", "Quatre ?", (), (), False),
        Question("q5", "Cinq ?", ("d",), (), True),
    ]


@pytest.mark.parametrize(("alone", "kept"), [(1, 3), (2, 2), (3, 3)])
def test_questions_that_do_not_stand_alone(tmp_path: Path, alone: int, kept: int) -> None:
    items = [{"id": str(i), "text": "Qui ?", "specific": i < alone} for i in range(3)]
    assert len(load_questions(write_questions(tmp_path, items))) == kept


@pytest.mark.parametrize(
    ("items", "qrels", "told"),
    [
        ([], "", "ne contient aucune question"),
        (['{"id": "q"}'], "", "La ligne 1 de queries.jsonl n’est pas une question."),
        ([{"id": "q", "text": "Qui ?"}, "x"], "", "La ligne 2 de queries.jsonl"),
        ([{"id": "q", "text": "Qui ?"}], "q\ta\t1\nq", "La ligne 2 de qrels.tsv est illisible."),
    ],
)
def test_data_that_cannot_be_read(
    tmp_path: Path, items: list[object], qrels: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        load_questions(write_questions(tmp_path, items, qrels))


def test_no_questions(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="illisibles"):
        load_questions(tmp_path)


# ------------------------------------------------------------------------------- what is held out


def write_set(folder: Path) -> Path:
    """Write 300 questions about 60 articles, five each."""
    folder.mkdir()
    articles = [{"id": f"a{n}", "title": f"Fiche {n}", "text": "Rien."} for n in range(60)]
    lines = "".join(json.dumps(article) + "\n" for article in articles)
    (folder / "corpus.jsonl").write_text(lines, encoding="utf-8")
    qrels = "".join(f"q{n}\ta{n % 60}\t1\n" for n in range(300))
    return write_questions(folder, [{"id": f"q{n}", "text": "Qui ?"} for n in range(300)], qrels)


@pytest.mark.parametrize("source", ["piaf", "service_public", "nomiracl_fr"])
def test_neither_reader_nor_constants_saw_what_is_measured(tmp_path: Path, source: str) -> None:
    folder = write_set(tmp_path / source)
    everything = load_questions(folder)
    measured = load_questions(folder, held_out=True)
    titles = {q.id: f"Fiche {q.gold[0].removeprefix('a')}" for q in everything}
    unseen = [q for q in everything if is_held_out(source, q.id, titles[q.id])]
    fitted = [q for q in unseen if is_for_fitting(source, q.id, titles[q.id])]
    # About a half of what was not trained on serves to fit, the other half to measure.
    assert [q for q in unseen if q not in fitted] == measured
    assert 0.25 < len(measured) / len(unseen) < 0.75
    assert 20 < len(unseen) < 150


def test_questions_about_one_article_of_piaf_are_measured_or_seen_together(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "piaf")
    measured = load_questions(folder, held_out=True)
    about = {q.gold[0] for q in measured}
    assert measured == [q for q in load_questions(folder) if q.gold[0] in about]


# ------------------------------------------------------------------------------------- trials


def test_each_method_ranks_the_same_passages() -> None:
    (trial,) = try_questions(bench(WordReader("Pachacutec")), [QUESTION], silent)
    orders = rank_articles(trial)
    assert [order[0] for order in orders.values()] == ["lima", "lima", "lima", "cusco"]
    # BM25 knows nothing of passages that share no word with the question.
    assert "cusco" not in orders["BM25"]
    assert all(sorted(orders[name]) == sorted(orders["fusion"]) for name in ("dense", "Sourcier"))
    assert len(orders["fusion"]) == len(ARTICLES)
    assert trial.milliseconds > 0


def test_passages_of_one_article_count_once() -> None:
    long = Article("long", "Pérou", "\n\n".join(f"Le Pérou {i}. " + "mot " * 200 for i in range(3)))
    index, _ = build_index([long, ARTICLES[0]], FakeEncoder, "fake-v1")
    (trial,) = try_questions(Bench(index, FakeEncoder(), WordReader("")), [QUESTION], silent)
    assert len(trial.ranking.hits) > 2
    assert all(sorted(order) == ["lima", "long"] for order in rank_articles(trial).values())


def test_rank_of() -> None:
    assert rank_of(("b", "c"), ["a", "c", "b"]) == 2
    assert rank_of(("d",), ["a", "c", "b"]) is None


def test_the_sentence_must_hold_the_answer_in_an_article_that_answers() -> None:
    (trial,) = try_questions(bench(WordReader("Pachacutec")), [QUESTION], silent)
    evidence = choose_sentences(trial)["Sourcier"]
    assert evidence[0].chunk.article_id == "cusco"
    assert rank_of_answer(QUESTION, evidence) == 1
    elsewhere = Question("q", QUESTION.text, ("lima",), QUESTION.answers, True)
    assert rank_of_answer(elsewhere, evidence) is None
    other = Question("q", QUESTION.text, ("cusco",), ("centre du monde",), True)
    assert rank_of_answer(other, evidence) is None


def test_retrieval_alone_does_not_listen_to_the_reader() -> None:
    (trial,) = try_questions(bench(WordReader("Pachacutec")), [QUESTION], silent)
    chosen = choose_sentences(trial)
    assert chosen["retrieval alone"][0].text == "La capitale du Pérou est Lima, sur l’océan."
    assert [len(evidence) for evidence in chosen.values()] == [4, 4]


def test_a_hidden_article_is_neither_found_nor_read() -> None:
    reader = WordReader("Pachacutec")
    question = Question("q", QUESTION.text, ("lima",), ("Lima",), True)
    (trial,) = try_questions(bench(reader), [question], silent)
    hidden = hide_gold(trial, reader)
    assert not hidden.question.answerable and trial.question.answerable
    assert reader.read == [DEPTH, DEPTH]
    assert len(hidden.ranking.hits) == len(hidden.ranking.rows) == len(ARTICLES) - 1
    found = [hit.chunk.article_id for hit in hidden.reading.search.hits]
    assert len(found) == DEPTH and "lima" not in found
    for hit, row in zip(hidden.reading.search.hits, hidden.reading.search.rows, strict=True):
        assert hidden.ranking.index.chunks[row] == hit.chunk
    before, after = score_answerable(trial), score_answerable(hidden)
    assert all(after[name] < before[name] for name in before)
