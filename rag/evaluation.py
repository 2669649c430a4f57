"""The scoreboard: pure metrics, and the runs that feed them.

A metric takes ranks and labels and knows nothing about models; a run reads questions with known
answers and prints what Sourcier does with them, BM25 alone and dense alone always beside.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.abstention import DECISION, estimate_answerable
from rag.assistant import NEAREST_PASSAGES
from rag.errors import UsageError
from rag.french import fold, plain_spaces
from rag.indexing import index_corpus
from rag.loading import load_assistant, load_encoder, load_fingerprint
from rag.reading import choose_evidence
from rag.retrieval import Search, search_passages
from rag.settings import Settings
from rag.store import load_index
from rag.types import Answer, Turn

Progress = Callable[[int, int], None]
_DEPTH = 50
# Resamples and percentiles of the bootstrap intervals (Efron & Tibshirani 1993).
_RESAMPLES = 1000
_SEED = 20251028


# -------------------------------------------------------------------------------- pure metrics


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of the questions whose passage has rank ``k`` or better (ranks start at 1)."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def ndcg_at(ranks: Sequence[int | None], k: int) -> float:
    """Mean nDCG@k with one relevant passage a question: ``1 / log2(1 + rank)``."""
    gains = (1 / math.log2(1 + rank) if rank and rank <= k else 0.0 for rank in ranks)
    return sum(gains) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Mean of ``1 / rank``, 0 for what was not found."""
    return sum(1 / rank if rank else 0.0 for rank in ranks) / len(ranks)


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann-Whitney U)."""
    positives = [s for s, label in zip(scores, labels, strict=True) if label]
    negatives = [s for s, label in zip(scores, labels, strict=True) if not label]
    if not positives or not negatives:
        return math.nan
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile interval of the mean of ``values``."""
    generator = np.random.default_rng(_SEED)
    array = np.asarray(values, dtype=np.float64)
    picks = generator.integers(0, len(array), (_RESAMPLES, len(array)))
    low, high = np.percentile(array[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


# ------------------------------------------------------------------------------------- report


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of named figures, and the failures worth reading."""

    title: str
    rows: dict[str, dict[str, float | str]]
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for a machine."""
        return {"title": self.title, "rows": self.rows, "failures": self.failures}

    def as_table(self) -> str:
        """Return the report as a Markdown table, followed by the failures."""
        columns = list(dict.fromkeys(name for row in self.rows.values() for name in row))
        lines = [f"{self.title}\n", "| | " + " | ".join(columns) + " |"]
        lines.append("|---" * (len(columns) + 1) + "|")
        for name, row in self.rows.items():
            cells = (_cell(row.get(column, "")) for column in columns)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return "\n".join([*lines, "", *self.failures]).rstrip()


def _cell(value: float | str) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


# ---------------------------------------------------------------------------------- retrieval


def evaluate_retrieval(data: Path, settings: Settings, progress: Progress) -> Report:
    """Measure retrieval, reading and abstention on a folder of the form of ``eval/piaf``.

    Parameters
    ----------
    data
        Folder with ``corpus.jsonl``, ``queries.jsonl`` (``text``, ``answers``, ``specific``) and
        ``qrels.tsv``. Questions that do not stand alone are left out when others do.

    Raises
    ------
    UsageError
        When a file is missing.
    """
    queries, relevant = _load_questions(data)
    encoder = load_encoder(settings)
    fingerprint = load_fingerprint(settings)
    with tempfile.TemporaryDirectory() as folder:
        index_corpus(data / "corpus.jsonl", Path(folder), fingerprint, lambda: encoder, progress)
        index = load_index(Path(folder), fingerprint)
    ranks: dict[str, list[int | None]] = {"BM25": [], "dense": [], "Sourcier": []}
    first: list[float] = []
    four: list[float] = []
    probabilities: list[float] = []
    answerable: list[bool] = []
    for done, query in enumerate(queries):
        progress(done, len(queries))
        search = search_passages(index, encoder, query["text"], len(index.chunks))
        probabilities.append(estimate_answerable(_shorten(search), query["text"]))
        gold = relevant.get(query["id"])
        answerable.append(gold is not None)
        if gold is None:
            continue
        for name, order in _orders(search).items():
            ranks[name].append(_rank_of(gold, order))
        hits = [
            evidence.chunk.article_id == gold
            and any(fold(answer) in fold(evidence.text) for answer in query["answers"])
            for evidence in choose_evidence(_shorten(search), 4)
        ]
        first.append(float(bool(hits) and hits[0]))
        four.append(float(any(hits)))
    rows: dict[str, dict[str, float | str]] = {
        name: {
            "questions": str(len(found)),
            "R@1": _with_interval([float(rank == 1) for rank in found]),
            "R@5": recall_at(found, 5),
            "nDCG@10": ndcg_at(found, 10),
            "MRR": mean_reciprocal_rank(found),
        }
        for name, found in ranks.items()
    }
    rows["Sourcier"] |= {"sentence@1": _with_interval(first), "sentence@4": _with_interval(four)}
    if not all(answerable):
        rows["Sourcier"] |= _abstention(probabilities, answerable)
    return Report(f"Retrieval on {data.name}", rows)


def _abstention(probabilities: list[float], answerable: list[bool]) -> dict[str, float | str]:
    pairs = list(zip(probabilities, answerable, strict=True))
    refused = [p < DECISION for p, label in pairs if label]
    answered = [p >= DECISION for p, label in pairs if not label]
    return {
        "AUC": area_under_curve(probabilities, answerable),
        "refused though answerable": sum(refused) / len(refused),
        "answered though not": sum(answered) / len(answered),
    }


def _shorten(search: Search) -> Search:
    """Keep of a full ranking what the assistant would have asked for."""
    hits, rows = search.hits[:NEAREST_PASSAGES], search.rows[:NEAREST_PASSAGES]
    return replace(search, hits=hits, rows=rows)


def _orders(search: Search) -> dict[str, list[str]]:
    """Return the articles in the order of each method, from the same run."""
    hits = search.hits
    return {
        "BM25": [h.chunk.article_id for h in sorted(hits, key=lambda h: -h.lexical) if h.lexical],
        "dense": [h.chunk.article_id for h in sorted(hits, key=lambda h: -h.dense)],
        "Sourcier": [h.chunk.article_id for h in hits],
    }


def _rank_of(gold: str, articles: Sequence[str]) -> int | None:
    """Rank of an article among distinct articles, from 1; None past the depth looked at."""
    distinct = list(dict.fromkeys(articles))[:_DEPTH]
    return distinct.index(gold) + 1 if gold in distinct else None


def _with_interval(values: Sequence[float]) -> str:
    low, high = bootstrap_interval(values)
    return f"{statistics.fmean(values):.3f} [{low:.3f}, {high:.3f}]"


def _load_questions(data: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    try:
        lines = (data / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        pairs = (data / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"Il manque « {Path(error.filename).name} » dans « {data} ».",
            todo="Donnez un dossier qui contient corpus.jsonl, queries.jsonl et qrels.tsv.",
        ) from error
    queries = [json.loads(line) for line in lines if line.strip()]
    alone = [query for query in queries if query.get("specific", True)]
    relevant = {pair.split("\t")[0]: pair.split("\t")[1] for pair in pairs if pair.strip()}
    return alone or queries, relevant


# ------------------------------------------------------------------------------------ answers


def evaluate_answers(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the questions of a file of the form of ``eval/domaine`` and score the answers.

    An answer is right when one regular expression of each list of ``must`` matches it; a question
    with ``refuse`` is right when it is refused.

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
    rows: dict[str, dict[str, float | str]] = {
        name: {
            "questions": str(len(group)),
            "right": _share(is_right(item, answer) for item, answer in group),
            "generated": _share(answer.mode == "generated" for _, answer in group),
            "refused": _share(answer.mode == "refused" for _, answer in group),
            "first evidence (ms)": _median(answer.timings.first_evidence for _, answer in group),
            "first word (ms)": _median(answer.timings.first_token for _, answer in group),
            "answer (ms)": _median(answer.timings.total for _, answer in group),
        }
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
    text = plain_spaces(answer.text)
    return answer.mode != "refused" and all(
        any(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in alternatives)
        for alternatives in item.get("must", [])
    )


def _share(values: Iterable[bool]) -> float:
    return statistics.fmean(float(value) for value in values)


def _median(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.0f}" if known else ""
