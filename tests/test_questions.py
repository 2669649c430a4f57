"""Our own questions over the demo corpus: well formed, and every gold proved by the corpus.

Those of ``blind.jsonl`` were written by someone who had not seen how they are answered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rag.french import plain_spaces
from rag.readers import read_corpus

HERE = Path(__file__).resolve().parent


def load(name: str) -> list[dict[str, Any]]:
    lines = (HERE / "evaluation" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


GROWN = load("questions.jsonl")
QUESTIONS = GROWN + load("blind.jsonl")
TYPES = {
    "factual", "temporal", "why", "comparison", "multi-hop", "follow-up", "near-miss", "outside",
    "false-premise", "conflict", "typed", "several",
}  # fmt: skip


def test_there_are_enough_of_every_type() -> None:
    counts = Counter(question["type"] for question in GROWN)
    assert counts.keys() == TYPES
    assert sum(counts.values()) >= 220 and min(counts.values()) >= 5


def test_no_question_is_asked_twice() -> None:
    asked = Counter(q["question"].lower() for q in QUESTIONS if q["type"] != "follow-up")
    assert max(asked.values()) == 1


def test_identifiers_are_unique_and_follow_ups_come_after_their_question() -> None:
    seen: set[str] = set()
    for question in QUESTIONS:
        assert question["id"] not in seen
        assert question.get("after", "") in seen | {""}
        assert ("after" in question) == (question["type"] == "follow-up")
        seen.add(question["id"])


def says(question: dict[str, Any], text: str) -> bool:
    return all(
        any(re.search(p, plain_spaces(text), re.IGNORECASE | re.DOTALL) for p in alternatives)
        for alternatives in question["must"]
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_gold_matches_and_refusals_have_none(question: dict[str, Any]) -> None:
    assert question["refuse"] == (question["type"] in ("near-miss", "outside"))
    assert question.get("refuse_ok", False) == (question["type"] == "false-premise")
    assert bool(question["must"]) != question["refuse"]
    assert says(question, question["gold_answer"])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_proofs_hold_the_answer_and_the_question_does_not(question: dict[str, Any]) -> None:
    if not question["refuse"]:
        assert says(question, " ".join(proof["quote"] for proof in question["proofs"]))
        assert not says(question, question["question"])


def test_every_proof_is_in_its_article_word_for_word() -> None:
    texts = {a.id: a.text for a in read_corpus(HERE.parent / "corpus").articles}
    for question in QUESTIONS:
        assert bool(question["proofs"]) != question["refuse"]
        for proof in question["proofs"]:
            assert proof["quote"] in texts[proof["article"]], question["id"]
