"""Asks questions whose answers are known, and scores what is shown.

The questions are those of ``tests/evaluation`` and of files of the same form. What is right is
told by regular expressions; what a citation is worth, by the proofs that come with our own
questions.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import UsageError
from rag.french import plain_spaces
from rag.loading import load_assistant
from rag.query import follow_answer
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.trials import EVIDENCE, Progress
from rag.types import Answer, Turn

_Exam = Sequence[tuple[dict[str, Any], Answer]]


def evaluate_answers(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the questions of a file of the form of ``eval/domaine`` and score the answers.

    An answer is right when one regular expression of each list of ``must`` matches it; a question
    with ``refuse`` is right when it is refused, one with ``refuse_ok`` may be. The columns
    « passages » and « evidence » tell whether what was found would have been enough: the text of
    the first five passages, and of the first four sentences, matches the same expressions. Of the
    sentences shown, « cited » is the share with a number; « proof » is the share of right answers
    that cite the article of a proof, « conflicts » that of the questions with a disagreement shown,
    « denied » that of those whose premise is corrected.

    Raises
    ------
    UsageError
        When the file can't be read.
    """
    try:
        lines = data.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"Le fichier de questions « {data} » est illisible.",
            todo="Donnez un fichier JSON Lines avec question, must et refuse.",
        ) from error
    items = [json.loads(line) for line in lines if line.strip()]
    assistant = load_assistant(replace(settings, engine="none"))
    turns: dict[str, Turn] = {}
    results: list[tuple[dict[str, Any], Answer]] = []
    for done, item in enumerate(items):
        progress(done, len(items))
        previous = turns.get(item.get("after", ""))
        answer = assistant.answer(item["question"], previous)
        turn = follow_answer(answer, previous)
        if turn is not None:
            turns[item["id"]] = turn
        results.append((item, answer))
    progress(len(items), len(items))
    return _score(data, results)


def _score(data: Path, results: _Exam) -> Report:
    groups: dict[str, list[int]] = {"all": list(range(len(results)))}
    answerable = [place for place, (item, _) in enumerate(results) if not item.get("refuse")]
    if len(answerable) < len(results):
        groups["with an answer"] = answerable
        groups["without"] = [p for p in groups["all"] if p not in set(answerable)]
    for place, (item, _) in enumerate(results):
        groups.setdefault(item.get("type", "other"), []).append(place)
    rows: Rows = {}
    for name, places in groups.items():
        group = [results[place] for place in places]
        rows[name] = {
            "questions": len(group),
            "right": _share(is_right(item, answer) for item, answer in group),
            "refused": _share(answer.mode == "refused" for _, answer in group),
            "denied": _share(answer.premise is not None for _, answer in group),
            **_found([(item, answer) for item, answer in group if item.get("must")]),
            **_cited(group),
            "conflicts": _share(bool(answer.conflicts) for _, answer in group),
        }
        rows[name] |= _median(
            "first evidence (ms)", (answer.timings.first_evidence for _, answer in group)
        ) | _median("answer (ms)", (answer.timings.total for _, answer in group))
    failures = [
        f"- {item['id']} ({item.get('type', '')}) {item['question']}\n  → [{answer.mode}] "
        f"{plain_spaces(answer.text)}"
        for item, answer in results
        if not is_right(item, answer)
    ]
    return Report(f"Answers on {data.name}", rows, failures)


def is_right(item: dict[str, Any], answer: Answer) -> bool:
    """Whether an answer is what the gold of a question asks for."""
    if item.get("refuse"):
        return answer.mode == "refused"
    if answer.mode == "refused":
        return bool(item.get("refuse_ok"))
    return _says(item, [answer.text])


def _says(item: dict[str, Any], texts: Iterable[str]) -> bool:
    """Whether texts, taken together, hold what the gold asks for."""
    text = plain_spaces(" ".join(texts))
    return all(
        any(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in alternatives)
        for alternatives in item.get("must", [])
    )


def _found(group: _Exam) -> dict[str, Cell]:
    """Share of the answerable questions whose answer was found, before anything was written."""
    if not group:
        return {}
    return {
        "passages": _share(_says(q, [h.chunk.text for h in a.hits[:5]]) for q, a in group),
        "evidence": _share(_says(q, [e.text for e in a.evidence[:EVIDENCE]]) for q, a in group),
    }


def _cited(group: _Exam) -> dict[str, Cell]:
    """Score the citations of answers; nothing when nothing is cited."""
    sentences = [sentence for _, answer in group for sentence in answer.sentences]
    if not sentences:
        return {}
    row: dict[str, Cell] = {"cited": _share(bool(s.citations) for s in sentences)}
    known = [(i, a) for i, a in group if i.get("proofs") and a.sentences and is_right(i, a)]
    if known:
        row["proof"] = _share(_cites_proof(item, answer) for item, answer in known)
    return row


def _cites_proof(item: dict[str, Any], answer: Answer) -> bool:
    proofs = {proof["article"] for proof in item["proofs"]}
    return any(cited.chunk.article_id in proofs for cited in answer.cited)


def _share(values: Iterable[bool]) -> float:
    return statistics.fmean(float(value) for value in values)


def _median(column: str, values: Iterable[float | None]) -> dict[str, Cell]:
    known = [value for value in values if value is not None]
    return {column: round(statistics.median(known))} if known else {}
