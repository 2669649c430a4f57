"""The scoreboard: what Sourcier does with questions whose answers are known.

BM25 alone and dense alone are always beside, in the same run. The trials are in ``trials.py``, the
metrics in ``metrics.py``; here trials become the rows of a report (``report.py``).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rag.abstention import DECISION
from rag.claims import evaluate_claims
from rag.dossiers import evaluate_dossiers, evaluate_followups
from rag.errors import UsageError
from rag.exam import evaluate_answers
from rag.index import Index
from rag.injections import evaluate_orders
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
from rag.rewordings import evaluate_rewordings
from rag.settings import Settings
from rag.subjects import evaluate_subjects
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


EVALUATIONS: dict[str, Callable[..., Report]] = {
    "retrieval": evaluate_retrieval,
    "reading": evaluate_reading,
    "abstention": evaluate_abstention,
    "answers": evaluate_answers,
    "dossiers": evaluate_dossiers,
    "subjects": evaluate_subjects,
    "claims": evaluate_claims,
    "followups": evaluate_followups,
    "orders": evaluate_orders,
    "rewordings": evaluate_rewordings,
}
