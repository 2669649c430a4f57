"""What the writer learns: prompts of the program, ideal answers that cite what they are shown."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from rag.prompt import REFUSAL, Quote
from rag.writing import Example, draw, load_examples, write_example

RAIN, SNOW, WIND = (
    Quote("Il pleut à Brest.", "2025-10-28"),
    Quote("Il neige."),
    Quote("Vent."),
)
EXAMPLE = Example("Quel temps ?", (RAIN, SNOW), "Il pleut [1]. Il neige aussi [2] [1].", (WIND,))


@pytest.mark.parametrize("seed", range(20))
def test_numbers_follow_the_evidence(seed: int) -> None:
    drawn = draw(EXAMPLE, random.Random(seed))
    rain, snow = (drawn.evidence.index(each) + 1 for each in (RAIN, SNOW))
    assert drawn.answer == f"Il pleut [{rain}]. Il neige aussi [{snow}] [{rain}]."
    assert set(drawn.evidence) <= {RAIN, SNOW, WIND}


def test_evidence_is_shuffled_and_disturbed() -> None:
    drawn = [draw(EXAMPLE, random.Random(seed)).evidence for seed in range(40)]
    assert {each[0] for each in drawn} == {RAIN, SNOW, WIND}
    assert {len(each) for each in drawn} == {2, 3}


def test_a_near_miss_is_refused_beside_what_does_not_answer() -> None:
    drawn = draw(Example("Qui ?", (), REFUSAL, (WIND,)), random.Random(1))
    assert (drawn.evidence, drawn.answer) == ((WIND,), REFUSAL)


def test_the_prompt_is_that_of_the_program() -> None:
    prompt, reply = write_example(EXAMPLE)
    assert prompt == (
        "<|im_start|>user\n[1] (28/10/2025) Il pleut à Brest.\n[2] Il neige.\n\n"
        "Question : Quel temps ?\nRéponse en 2 phrases :<|im_end|>\n<|im_start|>assistant\n"
    )
    assert reply == "Il pleut [1]. Il neige aussi [2] [1].<|im_end|>"


def make_dossier(answer: str) -> dict[str, object]:
    text = "Le chat dort depuis midi. Le chien court dans le grand jardin."
    proofs = [{"k": "A", "quote": "Le chat dort depuis midi."}]
    question = {"q": "Que fait le chat ?", "kind": "what", "proofs": proofs, "answer": answer}
    texts = [{"k": "A", "title": "Bêtes", "text": text, "date": "2024-01-02"}]
    misses = [{"q": "Que mange le chat ?", "lacks": "fact"}]
    return {"id": "d1", "texts": texts, "questions": [question], "near_misses": misses}


@pytest.mark.parametrize(
    ("answer", "learnt"),
    [
        ("Il dort [1].", "Il dort [1]."),
        ("Il dort\u00a0: depuis midi[1][1]", "Il dort : depuis midi [1] [1]."),
        ("Il dort.", ""),
        ("Il dort [1]. Voilà.", ""),
        ("Il dort [2].", ""),
    ],
)
def test_an_answer_that_cites_is_learnt(tmp_path: Path, answer: str, learnt: str) -> None:
    line = json.dumps(make_dossier(answer), ensure_ascii=False)
    (tmp_path / "dossiers.jsonl").write_text(line + "\n", encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text("", encoding="utf-8")
    found = [example for part in load_examples(tmp_path).values() for example in part]
    answered = [example for example in found if example.evidence]
    assert [example.answer for example in answered] == ([learnt] if learnt else [])
    (missed,) = [example for example in found if not example.evidence]
    assert missed.answer == REFUSAL and missed.others
    for example in answered:
        assert [other.text for other in example.others] == ["Le chien court dans le grand jardin."]
