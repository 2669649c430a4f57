"""Questions with known answers, asked of a small assistant: every figure is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEncoder, FakeReader
from settled import settle_policy

from rag.abstention import Judgement
from rag.assistant import Assistant
from rag.errors import UsageError
from rag.exam import evaluate_answers
from rag.index import build_index
from rag.reading import Reading
from rag.report import Report
from rag.settings import Settings
from rag.types import Article

ARTICLES = [
    Article("chien", "", "Le chien Médor garde la maison blanche du meunier."),
    Article("chat", "Chat", "Le chat dort toujours sur le canapé rouge du salon."),
    Article("pont", "Le pont", "Le vieux pont du village mesure 12 mètres."),
    Article("revue", "La revue", "Le vieux pont du village mesure 15 mètres."),
]
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "1",
        "type": "qui",
        "question": "Qui garde la maison blanche ?",
        "must": [["médor", "rex"]],
        "proofs": [{"article": "chien", "quote": "Médor garde"}],
    },
    {
        "id": "2",
        "type": "qui",
        "question": "Où le chat dort-il ?",
        "must": [["canapé"], ["vert"]],
        "proofs": [{"article": "chat", "quote": "canapé"}],
    },
    {"id": "3", "type": "hors", "question": "Qui a peint La Joconde ?", "refuse": True},
]


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    index, _ = build_index(ARTICLES, FakeEncoder, FakeEncoder.fingerprint)
    assistant = Assistant(index, FakeEncoder(), FakeReader(), None)
    monkeypatch.setattr("rag.exam.load_assistant", lambda settings: assistant)

    def judge(reading: Reading) -> Judgement:
        if "vert" in reading.search.question:
            return Judgement(0.1, 0.8)
        return Judgement(0.1 if "Joconde" in reading.search.question else 0.9, 0.0)

    monkeypatch.setattr("rag.gathering.judge_question", judge)
    settle_policy(monkeypatch)

    def run(questions: list[dict[str, Any]]) -> Report:
        path = tmp_path / "questions.jsonl"
        path.write_text("\n".join(json.dumps(q) for q in questions), encoding="utf-8")
        return evaluate_answers(path, Settings(), lambda done, total: None)

    return run


def test_right_and_refused(examine: Any) -> None:  # noqa: ANN401
    report = examine(QUESTIONS)
    rows = report.as_dict()["rows"]
    told = {name: (row["questions"], row["right"], row["refused"]) for name, row in rows.items()}
    assert told == {
        "all": (3, pytest.approx(2 / 3), pytest.approx(1 / 3)),
        "with an answer": (2, 0.5, 0.0),
        "without": (1, 1.0, 1.0),
        "qui": (2, 0.5, 0.0),
        "hors": (1, 1.0, 1.0),
    }
    assert rows["all"]["answer (ms)"] >= rows["all"]["first evidence (ms)"] >= 0
    (failure,) = report.failures
    assert failure.startswith("- 2 (qui) Où le chat dort-il ?\n  → [extractive] ")


def test_citations(examine: Any) -> None:  # noqa: ANN401
    rows = examine(QUESTIONS).as_dict()["rows"]
    assert (rows["all"]["cited"], rows["all"]["proof"]) == (1.0, 1.0)
    assert rows["all"]["conflicts"] == 0.0
    assert not rows["hors"].keys() & {"cited", "proof", "evidence"}
    other = [dict(QUESTIONS[0], proofs=[{"article": "lune", "quote": "x"}])]
    assert examine(other).as_dict()["rows"]["all"]["proof"] == 0.0


def test_disagreements_are_counted(examine: Any) -> None:  # noqa: ANN401
    question = "Combien mesure le vieux pont du village ?"
    asked = {"id": "4", "type": "désaccord", "question": question, "must": [["12"], ["15"]]}
    rows = examine([*QUESTIONS, asked]).as_dict()["rows"]
    told = {name: (row["conflicts"], row["right"]) for name, row in rows.items()}
    assert told["désaccord"] == (1.0, 1.0)
    assert told["qui"][0] == told["hors"][0] == 0.0
    assert told["all"][0] == pytest.approx(1 / 4)


def test_a_refusal_may_be_right(examine: Any) -> None:  # noqa: ANN401
    allowed = dict(QUESTIONS[2], refuse=False, refuse_ok=True, must=[["Vinci"]])
    wrong = dict(QUESTIONS[2], refuse=False, must=[["Vinci"]])
    assert examine([allowed]).as_dict()["rows"]["all"]["right"] == 1.0
    assert examine([wrong]).as_dict()["rows"]["all"]["right"] == 0.0


def test_a_corrected_premise_is_counted_and_is_no_refusal(examine: Any) -> None:  # noqa: ANN401
    question = "Pourquoi le chat dort-il sur un canapé vert ?"
    asked = {"id": "4", "type": "faux", "question": question, "must": [["canapé rouge"]]}
    rows = examine([*QUESTIONS, asked]).as_dict()["rows"]
    told = {name: (row["denied"], row["right"], row["refused"]) for name, row in rows.items()}
    assert told["faux"] == (1.0, 1.0, 0.0)
    assert told["qui"][0] == told["hors"][0] == 0.0


def test_without_questions(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="illisible"):
        evaluate_answers(tmp_path / "absent.jsonl", Settings(), lambda done, total: None)
