"""The scoreboard over a corpus of a few lines, with fake models: every figure is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FakeEncoder

from rag.abstention import Judgement
from rag.cli import main
from rag.errors import UsageError
from rag.evaluation import EVALUATIONS
from rag.policy import Policy
from rag.reading import Reading
from rag.report import Report
from rag.settings import Settings
from rag.types import Entailment, Excerpt, Scores

CORPUS = [
    {"id": "lima", "title": "Lima", "text": "La capitale du Pérou est Lima, sur le Pacifique."},
    {"id": "cusco", "title": "Cusco", "text": "Pachacutec fit de Cusco le centre de son empire."},
    {"id": "chien", "title": "", "text": "Le chien Médor garde la maison blanche du meunier."},
    {"id": "chat", "title": "Chat", "text": "Le chat dort toujours sur le canapé rouge du salon."},
]
# Words alone find the article of q1 and q2; only a reader finds that of q3.
QUERIES: list[dict[str, Any]] = [
    {"id": "q1", "text": "Qui garde la maison blanche ?", "answers": ["Médor"]},
    {"id": "q2", "text": "Où le chat dort-il ?", "answers": ["CANAPÉ rouge"]},
    {"id": "q3", "text": "Quelle fut la capitale du Pérou ?", "answers": ["Cusco"]},
    {"id": "q4", "text": "Combien de satellites tournent autour de Saturne ?", "answers": []},
    {"id": "q5", "text": "Et lui ?", "answers": ["Lima"], "specific": False},
]
# Weighs as much of everything; the more of a question the passages cover, the likelier an answer.
POLICY = Policy(answers={"": -2.0, "coverage": 3.0, "cosine": 3.0}, refutes={"": -30.0})
QRELS = "q1\tchien\t1\nq2\tchat\t1\nq3\tcusco\t1\nq5\tlima\t1\n"


class WordReader:
    """Is sure of the sentences that hold the word scripted for a question, else says nothing."""

    def __init__(self, **words: str) -> None:
        self.words = {q["text"]: words[q["id"]] for q in QUERIES if q["id"] in words}

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        word = self.words.get(question)
        judged = [
            np.array([99.0 if word and word in s else 0.0 for s in e.sentences], dtype=np.float32)
            for e in excerpts
        ]
        return [Scores(s, np.zeros_like(s), float(s.max(initial=0.0))) for s in judged]

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        raise AssertionError("nothing is checked here")


def silent(done: int, total: int) -> None:
    pass


def write_data(folder: Path, queries: Sequence[object], qrels: str) -> Path:
    folder.mkdir()
    for name, items in (("corpus.jsonl", CORPUS), ("queries.jsonl", queries)):
        text = "".join(json.dumps(item) + "\n" for item in items)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "essai", QUERIES, QRELS)


def use(monkeypatch: pytest.MonkeyPatch, reader: WordReader) -> None:
    for module in ("rag.reading", "rag.abstention"):
        monkeypatch.setattr(f"{module}.load_policy", lambda: POLICY)
    monkeypatch.setattr("rag.trials.load_fingerprint", lambda settings: FakeEncoder.fingerprint)
    monkeypatch.setattr("rag.trials.load_encoder", lambda settings: FakeEncoder())
    monkeypatch.setattr("rag.trials.load_reader", lambda settings: reader)


def run(what: str, data: Path) -> Report:
    return EVALUATIONS[what](data, Settings(), silent)


def values(report: Report, column: str) -> dict[str, Any]:
    rows = report.as_dict()["rows"]
    return {name: row[column]["value"] for name, row in rows.items() if column in row}


# ---------------------------------------------------------------------------------- retrieval


def test_retrieval(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader(q3="Pachacutec"))
    report = run("retrieval", data)
    assert values(report, "R@1") == pytest.approx(
        {"BM25": 2 / 3, "dense": 2 / 3, "fusion": 2 / 3, "Sourcier": 1.0}
    )
    rows = report.as_dict()["rows"]
    assert {row["questions"] for row in rows.values()} == {3}
    assert rows["Sourcier"]["MRR"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert rows["BM25"]["R@1"]["low"] == 0.0 and rows["BM25"]["R@1"]["high"] == 1.0
    assert [name for name, row in rows.items() if "median ms" in row] == ["Sourcier"]
    assert report.failures == []


def test_retrieval_failures_name_both_articles(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader(q1="Lima", q3="Pachacutec"))
    report = run("retrieval", data)
    assert values(report, "R@1")["Sourcier"] == pytest.approx(2 / 3)
    assert report.failures == [
        "- q1 Qui garde la maison blanche ?\n  expected chien, rank 2; first « Lima » (lima)"
    ]


def test_the_worst_failures_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader())
    queries = [{"id": f"q{i}", "text": "Qui garde la maison blanche ?"} for i in range(13)]
    gold = ["lima", "cusco", "chat", "absent"]
    qrels = "".join(f"q{i}\t{gold[i % 4]}\t1\n" for i in range(13))
    report = run("retrieval", write_data(tmp_path / "essai", queries, qrels))
    ranks = [told.split("rank ")[1].split(";")[0] for told in report.failures]
    assert ranks == ["none"] * 3 + ["4"] * ranks.count("4") + ["3"] * ranks.count("3") + (
        ["2"] * ranks.count("2")
    )
    assert len(ranks) == 10 and ranks.count("4") >= 3


# ------------------------------------------------------------------------------------ reading


def test_reading(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader(q3="Pachacutec"))
    report = run("reading", data)
    assert values(report, "sentence@1") == pytest.approx(
        {"retrieval alone": 2 / 3, "Sourcier": 1.0}
    )
    assert values(report, "sentence@4") == {"retrieval alone": 1.0, "Sourcier": 1.0}
    assert report.failures == []


def test_reading_failures(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader())
    report = run("reading", data)
    assert values(report, "sentence@1")["Sourcier"] == pytest.approx(2 / 3)
    (told,) = report.failures
    asked, expected = told.split("\n")
    assert asked == "- q3 Quelle fut la capitale du Pérou ?"
    assert expected.startswith("  expected « Cusco » in « Cusco » (cusco), rank ")
    assert expected.endswith(
        "; first La capitale du Pérou est Lima, sur le Pacifique. « Lima » (lima)"
    )


def test_questions_without_wording_are_searched_but_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, WordReader())
    queries = [dict(query, answers=[]) if query["id"] == "q1" else query for query in QUERIES]
    data = write_data(tmp_path / "essai", queries, QRELS)
    counted = {
        what: {row["questions"] for row in run(what, data).as_dict()["rows"].values()}
        for what in ("retrieval", "reading")
    }
    assert counted == {"retrieval": {3}, "reading": {2}}


# --------------------------------------------------------------------------------- abstention


def say(reading: Reading) -> Judgement:
    """Script what is said of each question: q4 is all but refuted, which is something to say."""
    said = dict(q1=(0.98, 0.0), q2=(0.98, 0.0), q3=(0.45, 0.0), q4=(0.05, 0.7))
    return next(Judgement(*said[q["id"]]) for q in QUERIES if q["text"] == reading.search.question)


def test_abstention(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, WordReader())
    monkeypatch.setattr("rag.trials.judge_question", say)
    report = run("abstention", data).as_dict()
    rows = report["rows"]
    assert list(rows) == ["BM25 top score", "dense top cosine", "Sourcier"]
    assert {(row["questions"], row["answerable"]) for row in rows.values()} == {(4, 3)}
    # q4 shares no word with the corpus; Sourcier, scripted, places it above one of three.
    assert rows["BM25 top score"]["AUC"]["value"] == 1.0
    sourcier = {name: cell["value"] for name, cell in list(rows["Sourcier"].items())[2:]}
    assert sourcier == pytest.approx(
        {
            "AUC": 2 / 3,
            "answerable refused": 1 / 3,
            "unanswerable answered": 1.0,
            "answered at 11.2% refused": 1.0,
            "cost": (1 + 3) / 4,
            "ECE": (0.02 + 0.02 + 0.55 + 0.75) / 4,
        }
    )
    assert "cost" not in rows["BM25 top score"]
    (reliability,) = report["parts"]
    assert reliability["rows"] == {
        "0.4–0.5": {"questions": 1, "mean predicted": 0.45, "observed": 1.0},
        "0.7–0.8": {"questions": 1, "mean predicted": 0.75, "observed": 0.0},
        "0.9–1.0": {"questions": 2, "mean predicted": 0.98, "observed": 1.0},
    }


def test_abstention_hides_the_article_when_every_question_has_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, WordReader())
    data = write_data(tmp_path / "essai", QUERIES[:2], QRELS)
    rows = run("abstention", data).as_dict()["rows"]
    suffix = " (gold article hidden)"
    assert list(rows) == [
        f"{n}{suffix}" for n in ("BM25 top score", "dense top cosine", "Sourcier")
    ]
    for row in rows.values():
        assert (row["questions"], row["answerable"]) == (4, 2)
        # Every question scores less without its article, and less than the other with its own.
        assert row["AUC"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_abstention_by_flags_without_relevant_passages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, WordReader())
    queries = [
        {"id": query["id"], "text": query["text"], "answerable": query["id"] != "q4"}
        for query in QUERIES[:4]
    ]
    data = write_data(tmp_path / "essai", queries, "")
    (data / "qrels.tsv").unlink()
    rows = run("abstention", data).as_dict()["rows"]
    assert (rows["Sourcier"]["questions"], rows["Sourcier"]["answerable"]) == (4, 3)
    assert rows["BM25 top score"]["AUC"]["value"] == 1.0


# ------------------------------------------------------------------------------- command line


def test_the_command(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, WordReader(q3="Pachacutec"))
    assert main(["evaluate", "reading", "--data", str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["title"] == "Reading on essai"
    assert told["rows"]["Sourcier"]["sentence@1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert main(["evaluate", "retrieval", "--data", str(data)]) == 0
    assert "| Sourcier | 3 | 1.000 [1.000, 1.000] |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("what", "queries", "qrels", "told"),
    [
        ("retrieval", QUERIES[:2], "", "aucune question dont l’article est connu"),
        ("reading", [dict(QUERIES[0], answers=[])], QRELS, "dont la réponse est connue"),
        ("abstention", QUERIES[3:4], "", "aucune question dont on sache"),
        ("abstention", [dict(QUERIES[0], answerable=True)], "", "aucune question dont on sache"),
    ],
)
def test_data_without_what_is_measured(
    tmp_path: Path, what: str, queries: list[object], qrels: str, told: str
) -> None:
    data = write_data(tmp_path / "essai", queries, qrels)
    with pytest.raises(UsageError, match=told):
        run(what, data)
