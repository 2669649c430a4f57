"""The scoreboard of the writer counts what it cites, keeps and likens to the ideal answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEngine, FakeReader

from rag import rewordings
from rag.errors import EngineMissing
from rag.matter import part_of
from rag.metrics import Figure
from rag.prompt import REFUSAL
from rag.settings import Settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    name = next(f"d{n}" for n in range(100) if part_of(f"d{n}") == "test")
    proofs = [{"k": "A", "quote": "Le chat gris dort depuis midi."}]
    answer = "Le chat gris dort depuis midi [1]."
    item = {
        "id": name,
        "texts": [{"k": "A", "text": "Le chat gris dort depuis midi. Le chien court au jardin."}],
        "questions": [{"q": "Que fait le chat ?", "proofs": proofs, "answer": answer}],
        "near_misses": [{"q": "Que mange le chien ?", "lacks": "fact"}],
    }
    (tmp_path / "dossiers.jsonl").write_text(json.dumps(item) + "\n", encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text("", encoding="utf-8")
    return tmp_path


def evaluate(monkeypatch: pytest.MonkeyPatch, data: Path, engine: Any) -> dict[str, Any]:
    monkeypatch.setattr(rewordings, "load_writer", lambda settings: engine)
    monkeypatch.setattr(rewordings, "load_reader", lambda settings: FakeReader())
    report = rewordings.evaluate_rewordings(data, Settings(), lambda done, total: None)
    return {
        column: cell.value if isinstance(cell, Figure) else cell
        for column, cell in report.rows["moteur de test"].items()
    }


def test_an_answer_like_the_ideal_one(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    engine = FakeEngine("Le chat gris dort depuis midi [1].", REFUSAL)
    row = evaluate(monkeypatch, data, engine)
    assert row["examples"] == 1 and row["refused"] == 0 and row["near-misses refused"] == 1
    assert row["as the ideal answer"] == row["sentences kept by the check"] == 1
    assert row["whole, s"] >= row["first word, s"] > 0


def test_a_refusal_and_an_answer_to_a_near_miss(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    row = evaluate(monkeypatch, data, FakeEngine(REFUSAL, "Le chien court au jardin [1]."))
    assert row["refused"] == 1 and row["near-misses refused"] == 0
    assert row["as the ideal answer"] == 0


def test_without_a_model_there_is_nothing_to_measure(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    with pytest.raises(EngineMissing):
        evaluate(monkeypatch, data, None)
