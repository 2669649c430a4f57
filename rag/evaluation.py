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
from rag.chunking import chunk_article
from rag.errors import UsageError
from rag.exam import evaluate_answers
from rag.index import Index
from rag.loading import load_reader
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
    precision,
    recall,
    reciprocal_rank,
    refused_share,
    reliability_bins,
)
from rag.perturbations import KINDS, make_perturbed
from rag.readers import read_corpus
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.support import CONTRADICTED, SUPPORTED, Trial, check_claims, decide, try_rules
from rag.training import Pair, read_pairs
from rag.trials import (
    EVIDENCE,
    Progress,
    Question,
    choose_sentences,
    hide_gold,
    is_held_out,
    load_bench,
    load_questions,
    rank_articles,
    rank_of,
    rank_of_answer,
    score_answerable,
    try_questions,
)
from rag.types import Entailment, Support

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


# ---------------------------------------------------------------------------------- the check

# Claims of each kind, at most one a passage.
_CLAIMS = 300
_CHECK_SEED = 20251028
_THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


def evaluate_check(
    data: Path, settings: Settings, progress: Progress, held_out: bool = False
) -> Report:
    """Measure the support check on claims made from articles and on labelled pairs.

    The claims come from the articles of ``piaf`` and ``service_public`` and, where it exists, from
    the project's own corpus. Of the labelled pairs, only those that the reader was not trained on.

    Parameters
    ----------
    data
        The folder with ``piaf``, ``service_public`` and ``nli``.
    held_out
        Make claims only from articles of PIAF that the reader was not trained on.

    Raises
    ------
    UsageError
        When a set is missing.
    ModelMissing, ModelCorrupt
        When the reader can't be loaded.
    """
    pairs = read_pairs(data, held_out=True)
    passages = _read_passages(data, settings, held_out)
    reader = load_reader(settings)
    rows: Rows = {}
    failures = []
    for done, kind in enumerate(KINDS):
        progress(done, len(KINDS) + 1)
        claims = make_perturbed(passages, kind, _CLAIMS, _CHECK_SEED)
        verdicts = check_claims([(c.claim, c.source, "") for c in claims], reader)
        wrong = np.array([v.support != "supported" for v in verdicts])
        column = "flagged" if kind == "unchanged" else "caught"
        rows[kind] = {"cases": len(claims), column: measure_mean(wrong)}
        if kind != "unchanged":
            against = [v.support == "contradicted" for v in verdicts]
            rows[kind]["contradicted"] = measure_mean(against)
        failures += [
            f"- {kind}, {c.extent}: {c.claim}\n  from: {c.sentence}\n  {v.support} {v.why}".rstrip()
            for c, v in zip(claims, verdicts, strict=True)
            if (v.support != "supported") == (kind == "unchanged")
        ][:_WORST]
    trials = [try_rules(pair.claim, pair.source) for pair in pairs]
    meanings = reader.entail([(trial.pair.passage, trial.pair.sentence) for trial in trials])
    read = list(zip(pairs, trials, meanings, strict=True))
    rows |= {
        "RTE3-FR, supported": _label_row(read, "supported", SUPPORTED, CONTRADICTED),
        "DACCORD, contradicted": _label_row(read, "contradicted", SUPPORTED, CONTRADICTED),
    }
    progress(len(KINDS) + 1, len(KINDS) + 1)
    sweep = Report(
        "Thresholds on the held-out pairs (SUPPORTED on RTE3-FR, CONTRADICTED on DACCORD)",
        {f"SUPPORTED = {t}": _label_row(read, "supported", t, CONTRADICTED) for t in _THRESHOLDS}
        | {
            f"CONTRADICTED = {t}": _label_row(read, "contradicted", SUPPORTED, t)
            for t in _THRESHOLDS
        },
    )
    return Report(f"Support check on {data.name}", rows, failures, parts=[sweep])


def _read_passages(data: Path, settings: Settings, held_out: bool) -> list[str]:
    paths = [(name, data / name / "corpus.jsonl") for name in ("piaf", "service_public")]
    if settings.corpus.is_dir():
        paths.append(("", settings.corpus))
    return [
        chunk.text
        for name, path in paths
        for article in read_corpus(path).articles
        if not held_out or name != "piaf" or is_held_out(name, article.id, article.title)
        for chunk in chunk_article(article)
    ]


_Read = Sequence[tuple[Pair, Trial, Entailment]]


def _label_row(
    read: _Read, label: Support, supported: float, contradicted: float
) -> dict[str, Cell]:
    """Score one label: on RTE3-FR « supported », on DACCORD « contradicted »."""
    wanted, name = (0, "rte3_fr") if label == "supported" else (2, "daccord")
    found, right = [], []
    for pair, trial, meaning in read:
        if pair.name == name:
            asked = meaning if trial.is_open else None
            found.append(decide(trial, asked, supported, contradicted).support == label)
            right.append(pair.labels == (wanted,))
    return {
        "cases": len(found),
        "precision": measure(precision, np.array(found), np.array(right)),
        "recall": measure(recall, np.array(found), np.array(right)),
    }


EVALUATIONS: dict[str, Callable[..., Report]] = {
    "retrieval": evaluate_retrieval,
    "reading": evaluate_reading,
    "abstention": evaluate_abstention,
    "answers": evaluate_answers,
    "check": evaluate_check,
}
