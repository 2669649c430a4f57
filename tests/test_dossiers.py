"""The scoreboard of questions over a small made folder, with fake models: every figure is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEncoder
from settled import Contrary, settle_policy

from rag.abstention import Judgement
from rag.dossiers import evaluate_dossiers, evaluate_followups, holds_proof
from rag.errors import UsageError
from rag.matter import Part, Proof, part_of
from rag.reading import Reading
from rag.report import Report
from rag.settings import Settings

DOG = "Le chien Médor dort dans la grange du meunier."
CAT = "Le chat dort toujours sur le canapé rouge du salon."
WHERE_DOG, WHERE_CAT = "Où dort le chien Médor ?", "Où dort le chat ?"
AGE, GREEN = "Quel âge a le chien Médor ?", "Pourquoi le chat dort-il sur un canapé vert ?"
WHITE = "Pourquoi le chat dort-il sur un canapé blanc ?"
# What is said of each question; of any other, that nothing answers.
JUDGEMENTS = {
    WHERE_DOG: Judgement(0.9, 0.0),
    WHERE_CAT: Judgement(0.8, 0.0),
    AGE: Judgement(0.2, 0.0),
    GREEN: Judgement(0.1, 0.6),
    WHITE: Judgement(0.1, 0.2),
}


def find_name(part: Part) -> str:
    """Find the name of a dossier that belongs to a part."""
    return next(name for n in range(99) if part_of(name := f"d1-{n}") == part)


def make_dossier(name: str) -> dict[str, Any]:
    proof = [{"k": "B", "quote": CAT}]
    return {
        "id": name,
        "texts": [{"k": "A", "title": "Chien", "text": DOG}, {"k": "B", "text": CAT}],
        "questions": [
            {"q": WHERE_DOG, "kind": "où", "proofs": [{"k": "A", "quote": "dans la grange"}]},
            {"q": WHERE_CAT, "kind": "où", "proofs": proof},
        ],
        "near_misses": [{"q": AGE, "lacks": "âge"}],
        "false_premises": [
            {"q": GREEN, "assumed": "Le canapé est vert.", "proofs": proof},
            {"q": WHITE, "assumed": "Le canapé est blanc.", "proofs": proof},
        ],
    }


def write_lines(path: Path, *items: object) -> None:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")


def say(monkeypatch: pytest.MonkeyPatch, judgements: Mapping[str, Judgement]) -> None:
    """Script what is said of each question."""

    def judge(reading: Reading) -> Judgement:
        return judgements.get(reading.search.question, Judgement(0.0, 0.0))

    monkeypatch.setattr("rag.gathering.judge_question", judge)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a folder with one dossier of each part; those not for measuring say the same."""
    folder = tmp_path / "dossiers"
    folder.mkdir()
    parts: tuple[Part, ...] = ("train", "test", "dev")
    write_lines(folder / "dossiers.jsonl", *(make_dossier(find_name(part)) for part in parts))
    monkeypatch.setattr("rag.dossiers.load_fingerprint", lambda settings: FakeEncoder.fingerprint)
    monkeypatch.setattr("rag.dossiers.load_encoder", lambda settings: FakeEncoder())
    monkeypatch.setattr("rag.dossiers.load_reader", lambda settings: Contrary("canapé"))
    settle_policy(monkeypatch)
    say(monkeypatch, JUDGEMENTS)
    return folder


def run(data: Path, evaluate: Callable[..., Report] = evaluate_dossiers) -> Report:
    return evaluate(data, Settings(), lambda done, total: None)


def figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: cell["value"] if isinstance(cell, dict) else cell for k, cell in row.items()}


def test_questions_of_each_role(data: Path) -> None:
    rows = run(data).as_dict()["rows"]
    assert figures(rows["question"]) == {
        "questions": 2,
        "refused": 0.0,
        "denied": 0.0,
        "refused or denied": 0.0,
        "proof quoted": 1.0,
    }
    assert figures(rows["near_miss"]) == {
        "questions": 1,
        "refused": 1.0,
        "denied": 0.0,
        "refused or denied": 1.0,
    }
    # One is corrected by the sentence that refutes it; of the other too little is known.
    assert figures(rows["false_premise"]) == {
        "questions": 2,
        "refused": 0.5,
        "denied": 0.5,
        "refused or denied": 1.0,
        "proof quoted": 0.5,
    }
    assert rows["synthesis"]["questions"] == 0


def test_a_proof_must_be_quoted_from_its_article(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = make_dossier(find_name("test"))
    dossier["questions"][0]["proofs"] = [{"k": "B", "quote": "dans la grange"}]
    write_lines(data / "dossiers.jsonl", dossier)
    assert figures(run(data).as_dict()["rows"]["question"])["proof quoted"] == 0.5
    say(monkeypatch, {})
    refused = figures(run(data).as_dict()["rows"]["question"])
    assert (refused["refused"], refused["proof quoted"]) == (1.0, 0.0)


def test_a_quotation_may_hold_a_proof_or_stand_in_it() -> None:
    part, whole = Proof("a", "dans la grange"), Proof("a", f"{DOG} {CAT}")
    assert holds_proof("a", DOG, [part]) and holds_proof("a", DOG, [whole])
    assert not holds_proof("b", DOG, [part, whole])
    assert not holds_proof("a", "Le chien mange dans la cour.", [part, whole])


def test_what_tells_near_misses_from_questions(data: Path) -> None:
    curves, kinds = run(data).as_dict()["parts"]
    rows = {name: figures(row) for name, row in curves["rows"].items()}
    assert list(rows) == ["Sourcier", "best BM25", "best cosine", "answer always"]
    assert {row["questions"] for row in rows.values()} == {3}
    assert list(rows["Sourcier"].values()) == [3, 1.0, 1.0, 0.0]
    assert list(rows["answer always"].values()) == [3, 0.5, 0.0, 0.0]
    # One place decides for words: the age of the dog is asked with the dog's name.
    assert rows["best BM25"]["AUC"] < 1
    assert set(kinds["rows"]) == {"question, où", "near_miss, âge"}


def test_the_version_before_is_shown_where_all_it_said_is_known(data: Path) -> None:
    said = [{"question": q, "answerable": p} for q, p in ((WHERE_DOG, 0.4), (AGE, 0.7))]
    claim = {"id": "s0", "support": "supported", "score": 0.6}
    write_lines(data / "previous.jsonl", claim, *said)
    assert "version before" not in run(data).as_dict()["parts"][0]["rows"]
    write_lines(data / "previous.jsonl", claim, *said, {"question": WHERE_CAT, "answerable": 0.9})
    before = figures(run(data).as_dict()["parts"][0]["rows"]["version before"])
    assert before == {
        "questions": 3,
        "AUC": 0.5,
        "near-misses refused": 0.0,
        "questions refused": 0.5,
    }


def test_the_surest_mistakes_come_first(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {WHERE_DOG: Judgement(0.3, 0.0), AGE: Judgement(0.95, 0.0)}
    say(monkeypatch, JUDGEMENTS | wrong)
    first, second = run(data).failures
    assert first.startswith(f"- (near_miss, 0.95) {AGE}\n  → ") and "Médor dort" in first
    assert second.startswith(f"- (question, 0.30) {WHERE_DOG}\n  → ")
    assert second.split("→ ")[1].strip()


def test_without_dossiers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"dossiers\.jsonl"):
        run(tmp_path)


# ----------------------------------------------------------------------------------- follow-ups


def make_followup(part: Part, text: str, standalone: str, kind: str, quote: str) -> dict[str, Any]:
    return {
        "id": f"f-{text}",
        "dossier": find_name(part),
        "history": [
            {"q": "Quel âge a le meunier ?", "a": "Il a trente ans [1]."},
            {"q": "Où dort le chien ?", "a": "Dans la grange [1]."},
        ],
        "follow_up": text,
        "standalone": standalone,
        "kind": kind,
        "proofs": [{"k": "B", "quote": quote}] if quote else [],
    }


def test_followups_with_and_without_what_came_before(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(
        data / "followups.jsonl",
        make_followup("test", "Et le chat ?", WHERE_CAT, "ellipsis", CAT),
        make_followup("test", "Et la lune ?", "Où dort la lune ?", "unanswerable", ""),
        make_followup("test", "Parlez du félin.", WHERE_CAT, "other", CAT),
        make_followup("train", "Et le chat ?", WHERE_CAT, "ellipsis", CAT),
    )
    say(monkeypatch, JUDGEMENTS | {"Et la lune ?": Judgement(0.9, 0.0)})
    report = run(data, evaluate_followups)
    told = report.as_dict()
    assert {name: tuple(figures(row).values()) for name, row in told["rows"].items()} == {
        "Sourcier": (3, 0.5, 0.5, 1.0),
        "as typed": (3, 0.0, 1.0, 0.0),
        "written out": (3, 1.0, 0.0, 1.0),
    }
    (kinds,) = told["parts"]
    assert {name: figures(row) for name, row in kinds["rows"].items()} == {
        "ellipsis": {"follow-ups": 1, "proof quoted": 1.0, "refused": 0.0},
        "other": {"follow-ups": 1, "proof quoted": 0.0, "refused": 1.0},
        "unanswerable": {"follow-ups": 1, "without an answer, refused": 1.0},
    }
    (failure,) = report.failures
    assert failure.startswith("- f-Parlez du félin. (other) Parlez du félin.\n  understood: ")
    assert failure.endswith(f"\n  meant: {WHERE_CAT}")


def test_without_followups(data: Path) -> None:
    with pytest.raises(UsageError, match=r"followups\.jsonl"):
        run(data, evaluate_followups)
