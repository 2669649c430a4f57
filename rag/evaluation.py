"""The scoreboard: what Sourcier does with questions whose answers are known.

BM25 alone and dense alone are always beside, in the same run. The trials are in ``trials.py``, the
metrics in ``metrics.py``; here trials become the rows of a report (``report.py``).
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rag.abstention import DECISION
from rag.errors import UsageError
from rag.french import plain_spaces
from rag.index import Index
from rag.loading import load_assistant
from rag.metrics import (
    Floats,
    Labels,
    answered_at_refusal,
    answered_share,
    area_under_curve,
    decision_cost,
    discounted_gain,
    expected_calibration_error,
    found_at,
    measure,
    measure_mean,
    reciprocal_rank,
    refused_share,
    reliability_bins,
)
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.trials import (
    EVIDENCE,
    Progress,
    Question,
    choose_sentences,
    hide_gold,
    load_bench,
    load_questions,
    rank_articles,
    rank_of,
    rank_of_answer,
    score_answerable,
    try_questions,
)
from rag.types import Answer, Turn

# Questions shown as failures.
_WORST = 10
# GPT-4 refuses this share of the answerable questions of NoMIRACL-fr (Thakur et al. 2024).
_GPT4_REFUSED = 0.112
# False refusals that one false answer is worth.
_FALSE_ANSWER = 3.0


def _show_worst(failures: Iterable[tuple[float, float, str]]) -> list[str]:
    """Keep the failures with the greatest numbers, the first number first."""
    ordered = sorted(failures, key=lambda failure: (-failure[0], -failure[1]))
    return [told for _, _, told in ordered[:_WORST]]


def _name_article(index: Index, article: str) -> str:
    """Name an article by its title and its id; ids of a set may name no article."""
    title = index.articles[article].title if article in index.articles else ""
    return f"« {title} » ({article})" if title else article


# ---------------------------------------------------------------------------------- retrieval


def evaluate_retrieval(
    data: Path, settings: Settings, progress: Progress, held_out: bool = False
) -> Report:
    """Measure which articles come first, on the questions whose article is known.

    Parameters
    ----------
    data
        Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv``.
    held_out
        Keep only the questions that the reader was never trained on.

    Raises
    ------
    UsageError
        When the questions can't be read, or none has a known article.
    """
    questions = _keep(data, held_out, lambda question: bool(question.gold), "l’article est connu")
    bench = load_bench(data / "corpus.jsonl", settings, progress)
    ranks: dict[str, list[int | None]] = {}
    milliseconds: list[float] = []
    failures = []
    for trial in try_questions(bench, questions, progress):
        gold = trial.question.gold
        orders = rank_articles(trial)
        for name, order in orders.items():
            ranks.setdefault(name, []).append(rank_of(gold, order))
        milliseconds.append(trial.milliseconds)
        rank = ranks["Sourcier"][-1]
        if rank != 1:
            told = (
                f"- {trial.question.id} {trial.question.text}\n"
                f"  expected {_name_article(bench.index, gold[0])}, rank {rank or 'none'}; "
                f"first {_name_article(bench.index, orders['Sourcier'][0])}"
            )
            failures.append((float(rank or math.inf), 0.0, told))
    rows: Rows = {name: _rank_row(found) for name, found in ranks.items()}
    rows["Sourcier"]["median ms"] = round(statistics.median(milliseconds))
    return Report(f"Retrieval on {data.name}", rows, _show_worst(failures))


def _rank_row(ranks: Sequence[int | None]) -> dict[str, Cell]:
    return {
        "questions": len(ranks),
        "R@1": measure_mean([found_at(rank, 1) for rank in ranks]),
        "R@5": measure_mean([found_at(rank, 5) for rank in ranks]),
        "nDCG@10": measure_mean([discounted_gain(rank, 10) for rank in ranks]),
        "MRR": measure_mean([reciprocal_rank(rank) for rank in ranks]),
    }


def _keep(
    data: Path, held_out: bool, condition: Callable[[Question], bool], told: str
) -> list[Question]:
    questions = [question for question in load_questions(data, held_out) if condition(question)]
    if not questions:
        raise UsageError(
            f"« {data} » ne contient aucune question dont {told}.",
            todo="Il faut queries.jsonl (id, text, answers) et qrels.tsv (question, article, 1).",
        )
    return questions


# ------------------------------------------------------------------------------------ reading


def evaluate_reading(
    data: Path, settings: Settings, progress: Progress, held_out: bool = False
) -> Report:
    """Measure whether the sentences chosen hold an accepted answer, in an article that answers.

    Raises
    ------
    UsageError
        When the questions can't be read, or none has a known answer.
    """
    questions = _keep(data, held_out, lambda q: bool(q.gold and q.answers), "la réponse est connue")
    bench = load_bench(data / "corpus.jsonl", settings, progress)
    ranks: dict[str, list[int | None]] = {}
    failures = []
    for trial in try_questions(bench, questions, progress):
        question = trial.question
        chosen = choose_sentences(trial)
        for name, evidence in chosen.items():
            ranks.setdefault(name, []).append(rank_of_answer(question, evidence))
        rank, best = ranks["Sourcier"][-1], chosen["Sourcier"][:1]
        if rank != 1:
            expected = _name_article(bench.index, question.gold[0])
            first = [f"{e.text} {_name_article(bench.index, e.chunk.article_id)}" for e in best]
            told = (
                f"- {question.id} {question.text}\n"
                f"  expected « {question.answers[0]} » in {expected}, rank {rank or 'none'}; "
                f"first {' '.join(''.join(first).split()) or 'nothing'}"
            )
            # Among answers not found, the surest mistakes are the worst.
            failures.append((float(rank or math.inf), sum(e.score for e in best), told))
    rows: Rows = {
        name: {
            "questions": len(found),
            "sentence@1": measure_mean([found_at(rank, 1) for rank in found]),
            f"sentence@{EVIDENCE}": measure_mean([found_at(rank, EVIDENCE) for rank in found]),
        }
        for name, found in ranks.items()
    }
    return Report(f"Reading on {data.name}", rows, _show_worst(failures))


# --------------------------------------------------------------------------------- abstention


def evaluate_abstention(
    data: Path, settings: Settings, progress: Progress, held_out: bool = False
) -> Report:
    """Measure how well questions with and without an answer are told apart.

    When all questions have an answer, each is asked once more with its article hidden.

    Raises
    ------
    UsageError
        When the questions can't be read, or one class is missing and can't be made.
    """
    questions = load_questions(data, held_out)
    hidden = all(question.answerable for question in questions)
    if hidden:
        questions = [question for question in questions if question.gold]
    if not any(question.answerable for question in questions):
        raise UsageError(
            f"« {data} » ne contient aucune question dont on sache qu’elle a une réponse.",
            todo="Donnez qrels.tsv, ou « answerable » dans queries.jsonl.",
        )
    bench = load_bench(data / "corpus.jsonl", settings, progress)
    scores: dict[str, list[list[float]]] = {}
    labels = []
    for trial in try_questions(bench, questions, progress):
        asked = [trial, hide_gold(trial, bench.reader)] if hidden else [trial]
        labels.append([each.question.answerable for each in asked])
        said = [score_answerable(each) for each in asked]
        for name in said[0]:
            scores.setdefault(name, []).append([each[name] for each in said])
    suffix = " (gold article hidden)" if hidden else ""
    columns = {name: np.array(found) for name, found in scores.items()}
    known = np.array(labels)
    rows: Rows = {f"{name}{suffix}": _ranking_row(found, known) for name, found in columns.items()}
    rows[f"Sourcier{suffix}"] |= _decision_row(columns["Sourcier"], known)
    reliability = _reliability(columns["Sourcier"], known, f"Reliability of Sourcier{suffix}")
    return Report(f"Abstention on {data.name}", rows, parts=[reliability])


def _ranking_row(scores: Floats, labels: Labels) -> dict[str, Cell]:
    return {
        "questions": labels.size,
        "answerable": int(labels.sum()),
        "AUC": measure(area_under_curve, scores, labels),
    }


def _decision_row(probabilities: Floats, labels: Labels) -> dict[str, Cell]:
    refused = partial(refused_share, threshold=DECISION)
    answered = partial(answered_share, threshold=DECISION)
    at_price = partial(answered_at_refusal, refused=_GPT4_REFUSED)
    cost = partial(decision_cost, threshold=DECISION, false_answer=_FALSE_ANSWER)
    return {
        "answerable refused": measure(refused, probabilities, labels),
        "unanswerable answered": measure(answered, probabilities, labels),
        f"answered at {_GPT4_REFUSED:.1%} refused": measure(at_price, probabilities, labels),
        "cost": measure(cost, probabilities, labels),
        "ECE": measure(expected_calibration_error, probabilities, labels),
    }


def _reliability(probabilities: Floats, labels: Labels, title: str) -> Report:
    rows: Rows = {
        f"{part.low:.1f}–{part.high:.1f}": {
            "questions": part.count,
            "mean predicted": part.predicted,
            "observed": part.observed,
        }
        for part in reliability_bins(probabilities.ravel(), labels.ravel())
    }
    return Report(title, rows)


# ------------------------------------------------------------------------------------ answers


def evaluate_answers(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the questions of a file of the form of ``eval/domaine`` and score the answers.

    An answer is right when one regular expression of each list of ``must`` matches it; a question
    with ``refuse`` is right when it is refused, one with ``refuse_ok`` may be. The columns
    « passages » and « evidence » tell whether what was found would have been enough: the text of
    the first five passages, and of the first four sentences, matches the same expressions.

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
    assistant = load_assistant(settings)
    turns: dict[str, Turn] = {}
    results: list[tuple[dict[str, Any], Answer]] = []
    for done, item in enumerate(items):
        progress(done, len(items))
        answer = assistant.answer(item["question"], turns.get(item.get("after", "")))
        turns[item["id"]] = Turn(answer.query.text, answer.text)
        results.append((item, answer))
    progress(len(items), len(items))
    return _score_answers(data, results)


def _score_answers(data: Path, results: list[tuple[dict[str, Any], Answer]]) -> Report:
    groups: dict[str, list[tuple[dict[str, Any], Answer]]] = {"all": results}
    for item, answer in results:
        groups.setdefault(item.get("type", "other"), []).append((item, answer))
    rows: Rows = {
        name: {
            "questions": len(group),
            "right": _share(is_right(item, answer) for item, answer in group),
        }
        | _found([(item, answer) for item, answer in group if item.get("must")])
        | {
            "generated": _share(answer.mode == "generated" for _, answer in group),
            "refused": _share(answer.mode == "refused" for _, answer in group),
        }
        | _median("first evidence (ms)", (answer.timings.first_evidence for _, answer in group))
        | _median("first word (ms)", (answer.timings.first_token for _, answer in group))
        | _median("answer (ms)", (answer.timings.total for _, answer in group))
        for name, group in groups.items()
    }
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


def _found(group: list[tuple[dict[str, Any], Answer]]) -> dict[str, Cell]:
    """Share of the answerable questions whose answer was found, before anything was written."""
    if not group:
        return {}
    return {
        "passages": _share(_says(q, [h.chunk.text for h in a.hits[:5]]) for q, a in group),
        "evidence": _share(_says(q, [e.text for e in a.evidence[:EVIDENCE]]) for q, a in group),
    }


def _share(values: Iterable[bool]) -> float:
    return statistics.fmean(float(value) for value in values)


def _median(column: str, values: Iterable[float | None]) -> dict[str, Cell]:
    known = [value for value in values if value is not None]
    return {column: round(statistics.median(known))} if known else {}


EVALUATIONS: dict[str, Callable[..., Report]] = {
    "retrieval": evaluate_retrieval,
    "reading": evaluate_reading,
    "abstention": evaluate_abstention,
    "answers": evaluate_answers,
}
