"""The scoreboard of whole answers over made subjects, with fake models: every figure is known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEncoder, FakeReader
from settled import settle_policy

from rag.abstention import Judgement
from rag.errors import UsageError
from rag.reading import Reading
from rag.report import Report
from rag.settings import Settings
from rag.subjects import Asked, Point, _read_point, evaluate_subjects
from rag.types import Answer, Query

PORT = """---
title: Le port de Brest
date: 2024-05-02
---
Le port de Brest compte 1\u202f200 anneaux.

Pour s’inscrire au port, il faut fournir :

- une carte d’identité ;
- un acte de francisation ;
- un chèque de caution.

Le loyer du port sera fixé l’an prochain.
"""
TOWN = "# La mairie\n\nAnne Le Goff est maire de Brest depuis 2020.\n"
RINGS = {
    "id": "port-01",
    "type": "fact",
    "q": "Combien le port de Brest compte-t-il d’anneaux ?",
    "points": [{"must": ["1 ?200", "ANNEAUX"]}],
}
PIECES = {
    "id": "port-02",
    "type": "list",
    "q": "Quelles pièces faut-il fournir pour s’inscrire au port ?",
    "points": [{"must": ["carte d'identité"]}, {"must": ["chèque"]}, {"must": ["photo"]}],
}
MAYOR = {
    "id": "port-03",
    "type": "fact",
    "q": "Qui est maire de Brest ?",
    "points": [{"must": ["Le Goff", "2020"]}, {"must": ["Cuillandre"]}],
}
RENT = {"id": "port-04", "type": "near_miss", "q": "Quel est le loyer du port ?", "points": []}
SECRET = {"id": "port-05", "type": "near_miss", "q": "Qui a dessiné le port ?", "points": []}


def write_subject(data: Path, name: str, *questions: object) -> Path:
    corpus = data / name / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "port.md").write_text(PORT, encoding="utf-8")
    (corpus / "mairie.md").write_text(TOWN, encoding="utf-8")
    lines = "".join(json.dumps(item, ensure_ascii=False) + "\n\n" for item in questions)
    (data / name / "questions.jsonl").write_text(lines, encoding="utf-8")
    return data


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer every question but the secret one, without the real models."""

    def judge(reading: Reading) -> Judgement:
        return Judgement(0.05 if "dessiné" in reading.search.question else 0.9, 0.0)

    settle_policy(monkeypatch)
    monkeypatch.setattr("rag.gathering.judge_question", judge)
    monkeypatch.setattr("rag.subjects.load_fingerprint", lambda settings: FakeEncoder.fingerprint)
    monkeypatch.setattr("rag.subjects.load_encoder", lambda settings: FakeEncoder())
    monkeypatch.setattr("rag.subjects.load_reader", lambda settings: FakeReader())


def run(data: Path) -> Report:
    return evaluate_subjects(data, Settings(), lambda done, total: None)


def figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: cell["value"] if isinstance(cell, dict) else cell for k, cell in row.items()}


# -------------------------------------------------------------------------------- what is counted


@pytest.mark.parametrize(
    ("must", "text", "said"),
    [
        (("25 ?(€|euros)",), "La carte coûte 25 euros.", True),
        (("25 ?(€|euros)",), "La carte coûte 25€.", True),
        (("25 ?(€|euros)",), "La carte coûte 26 €.", False),
        (("grandsaigne",), "Mathilde GRANDSAIGNE dirige.", True),
        (("19 ?h", "veille"), "La veille, à 19 heures.", True),
        (("19 ?h", "veille"), "À 19 heures.", False),
        (("19 ?h", "veille"), "", False),
    ],
)
def test_a_point_is_said_when_all_its_patterns_are_there(
    must: tuple[str, ...], text: str, said: bool
) -> None:
    assert Point(must).is_in(text) is said


@pytest.mark.parametrize(
    "text",
    [
        "Il y a 1 200 anneaux à l'entrée.",
        "Il y a 1\u202f200 anneaux à l’entrée.",
        "Il y a 1\u00a0200 anneaux à l’entrée.",
        "Il y a\u00a01\u00a0200 an\u00adneaux à l\u02bcentrée.",
    ],
)
def test_points_are_counted_whatever_the_typography(text: str) -> None:
    points = (Point(("1 200 anneaux",)), Point(("l'entrée",)), Point(("la sortie",)))
    assert make_asked("", *points).count(text) == 2


def make_asked(said: str, *points: Point) -> Asked:
    query = Query("Combien ?", "Combien ?")
    answer = Answer(query, "extractive", said, (), (), (), 0.9)
    return Asked("a-1", "fact", "Combien ?", points, answer, "")


# ------------------------------------------------------------------------------- the scoreboard


def test_whole_answers_are_scored_kind_by_kind(tmp_path: Path) -> None:
    report = run(write_subject(tmp_path, "port", RINGS, PIECES, MAYOR, RENT, SECRET))
    rows = {name: figures(row) for name, row in report.as_dict()["rows"].items()}
    assert list(rows) == ["fact", "list", "near_miss", "answerable, all"]
    fact, listed, everything = rows["fact"], rows["list"], rows["answerable, all"]
    assert (fact["questions"], fact["refused"], fact["complete"]) == (2, 0.0, 0.5)
    # One of one, and one of two.
    assert fact["points said"] == 0.75
    # The list is quoted whole, and holds two points of three.
    assert (listed["complete"], listed["points said"]) == (0.0, pytest.approx(2 / 3))
    assert listed["quotations"] == 4
    assert rows["near_miss"] == {"questions": 2, "refused": 0.5}
    assert (everything["questions"], everything["refused"]) == (3, 0.0)
    assert everything["complete"] == pytest.approx(1 / 3)
    assert everything["points said"] == pytest.approx((1 + 1 / 2 + 2 / 3) / 3)


def test_an_answer_is_set_beside_the_four_best_sentences(tmp_path: Path) -> None:
    items = [f"- la pièce {n} de l’inscription" for n in ("rouge", "bleue", "verte", "grise")]
    data = write_subject(
        tmp_path,
        "port",
        PIECES
        | {"points": [{"must": [colour]} for colour in ("rouge", "bleue", "verte", "grise", "or$")]}
        | {"q": "Quelles pièces pour l’inscription ?"},
    )
    text = "Pour l’inscription, les pièces :\n" + "\n".join(items) + "\n- la pièce en or"
    (data / "port" / "corpus" / "port.md").write_text(text, encoding="utf-8")
    row = figures(run(data).as_dict()["rows"]["list"])
    # Quoted whole with what announces it; the four best sentences can't hold five points.
    assert row["quotations"] == 6
    assert row["points said"] >= 0.8 > row["four best: points"] > 0


def test_the_four_best_sentences_are_the_best_whatever_the_plan_quotes_first(
    tmp_path: Path,
) -> None:
    gold = {"q": "Quelles pièces dorées pour l’inscription ?", "points": [{"must": ["dorée"]}]}
    data = write_subject(tmp_path, "port", PIECES | gold)
    items = [f"- la pièce {colour} de l’inscription" for colour in ("rouge", "bleue", "verte")]
    text = "\n".join(["Pour l’inscription, les pièces :", *items, "- la pièce dorée"])
    (data / "port" / "corpus" / "port.md").write_text(text, encoding="utf-8")
    row = figures(run(data).as_dict()["rows"]["list"])
    assert (row["points said"], row["four best: points"]) == (1.0, 1.0)


def test_a_refusal_says_no_point_whatever_its_nearest_sentences(tmp_path: Path) -> None:
    refused = RINGS | {"q": "Qui a dessiné les anneaux du port de Brest ?"}
    row = figures(run(write_subject(tmp_path, "port", refused)).as_dict()["rows"]["fact"])
    assert row == {
        "questions": 1,
        "refused": 1.0,
        "complete": 0.0,
        "points said": 0.0,
        "four best: points": 0.0,
        "quotations": 0.0,
    }


def test_only_near_misses_have_no_answer_to_score(tmp_path: Path) -> None:
    rows = run(write_subject(tmp_path, "port", RENT, SECRET)).as_dict()["rows"]
    assert figures(rows["near_miss"]) == {"questions": 2, "refused": 0.5}
    assert set(rows["answerable, all"]) == {"questions", "refused"}
    assert rows["answerable, all"]["questions"] == 0


def test_subjects_are_scored_together_each_over_its_own_articles(tmp_path: Path) -> None:
    write_subject(tmp_path, "port", RINGS)
    write_subject(tmp_path, "autre", RINGS)
    (tmp_path / "autre" / "corpus" / "port.md").write_text("La plage est grande.", encoding="utf-8")
    steps: list[tuple[int, int]] = []
    report = evaluate_subjects(
        tmp_path, Settings(), lambda done, total: steps.append((done, total))
    )
    row = figures(report.as_dict()["rows"]["fact"])
    assert (row["questions"], row["complete"]) == (2, 0.5)
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert report.title == f"Subjects of {tmp_path.name}"
    assert not any(math.isnan(value) for value in row.values())


def test_what_is_not_complete_is_told_with_its_answer(tmp_path: Path) -> None:
    failures = run(write_subject(tmp_path, "port", RINGS, PIECES, RENT, SECRET)).failures
    pieces, rent = failures
    assert pieces.startswith("- port-02 (list, list, 2 of 3, 0.90) Quelles pièces")
    assert "\n  → Pour s’inscrire au port, il faut fournir" in pieces
    # A near-miss that is answered; the one that is refused is no failure.
    assert rent.startswith("- port-04 (near_miss, fact, 0 of 0, 0.90) Quel est le loyer")


def test_a_question_refused_is_a_failure(tmp_path: Path) -> None:
    refused = RINGS | {"q": "Qui a dessiné les anneaux ?"}
    (failure,) = run(write_subject(tmp_path, "port", refused)).failures
    assert failure.startswith("- port-01 (fact, fact, 0 of 1, 0.05) Qui a dessiné les anneaux ?")


def test_some_failures_are_enough(tmp_path: Path) -> None:
    many = [MAYOR | {"id": f"port-{n}"} for n in range(50)]
    report = run(write_subject(tmp_path, "port", *many))
    assert len(report.failures) == 40
    assert report.as_dict()["rows"]["fact"]["questions"] == 50


# ------------------------------------------------------------------------------- what is not one


def test_a_folder_without_a_subject(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="pas de sujet"):
        run(tmp_path)
    with pytest.raises(UsageError, match="pas de sujet"):
        run(tmp_path / "absent")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "null",
        "[1, 2]",
        '{"id": "x"}',
        json.dumps({k: v for k, v in RINGS.items() if k != "q"}),
        json.dumps(RINGS | {"points": [{"quote": "sans motif"}]}),
        json.dumps(RINGS | {"points": 3}),
    ],
)
def test_a_line_that_is_no_question_is_told(tmp_path: Path, line: str) -> None:
    data = write_subject(tmp_path, "port", RINGS)
    with (data / "port" / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(UsageError, match="ligne 3 de « port »"):
        run(data)


def test_a_point_without_patterns_is_said_by_the_words_of_its_article() -> None:
    texts = {"a.md": "Le pont ouvre à 8 h.\n\nHoraire : 9 h ; Prix : 3 €."}
    point = _read_point({"article": "a.md", "quote": "Le pont ouvre à 8 h."}, texts)
    assert point.is_in("Le pont ouvre à 8 h. [1]") and not point.is_in("Le pont ouvre à 9 h.")
    row = _read_point({"article": "a.md", "quote": "| 9 h | 3 € |"}, texts)
    assert row.is_in("Horaire : 9 h ; Prix : 3 €") and not row.is_in("9 h, 3 €")
