"""The scoreboard of reading and refusing: the questions of dossiers, answered with quotations.

Over the articles of the dossiers that nothing was trained or fitted on: near-misses, which nothing
answers; true and false premises; questions in people's own words; follow-ups. Beside, in the same
run: « answer always », the share of the question's words that a passage holds, the best BM25 and
cosine, and what the version before said (kept in ``previous.jsonl``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.assistant import Assistant
from rag.index import build_index
from rag.loading import load_encoder, load_fingerprint, load_reader
from rag.matter import Dossier, FollowUp, Posed, Proof, load_dossiers, load_followups, part_of
from rag.metrics import area_under_curve, measure, measure_mean
from rag.query import follow_history
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.types import Answer, Turn

Progress = Callable[[int, int], None]
_WORST = 12
_ROLES = ("question", "synthesis", "true_premise", "false_premise", "near_miss")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, what is known of it, and the answer given."""

    posed: Posed
    answer: Answer

    @property
    def quoted(self) -> bool:
        """Whether one of the quotations shown holds a proof."""
        cited = [item for item in self.answer.cited if self.answer.mode != "refused"]
        return any(
            holds_proof(item.chunk.article_id, item.text, self.posed.proofs) for item in cited
        )

    @property
    def refused(self) -> bool:
        return self.answer.mode == "refused"

    @property
    def denied(self) -> bool:
        return self.answer.premise is not None


def holds_proof(article: str, text: str, proofs: Iterable[Proof]) -> bool:
    """Whether a quotation holds one of the proofs, or stands in one."""
    return any(p.article == article and (p.quote in text or text in p.quote) for p in proofs)


def evaluate_dossiers(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the questions of the dossiers that are kept apart, with quotations alone.

    Parameters
    ----------
    data
        The folder ``tests/evaluation/dossiers``.

    Raises
    ------
    UsageError
        When the dossiers can't be read.
    ModelMissing, ModelCorrupt
        When a model can't be loaded.
    """
    chosen = [d for d in load_dossiers(data) if part_of(d.id) == "test"]
    assistant = load_quoting(chosen, settings)
    posed = [posed for dossier in chosen for posed in dossier.questions]
    asked = []
    for done, item in enumerate(posed):
        progress(done, len(posed))
        asked.append(_Asked(item, assistant.answer(item.text)))
    progress(len(posed), len(posed))
    rows: Rows = {role: _score_role([a for a in asked if a.posed.role == role]) for role in _ROLES}
    curves = _score_rivals(asked, _load_previous(data / "previous.jsonl"))
    kinds: Rows = {
        f"{role}, {kind}": _score_role(
            [a for a in asked if (a.posed.role, a.posed.kind) == (role, kind)]
        )
        for role, kind in sorted(Counter((a.posed.role, a.posed.kind) for a in asked))
        if kind
    }
    return Report(
        f"Questions of {data.name}",
        rows,
        _list_worst(asked),
        parts=[
            Report("Near-misses against questions, by what says that they are answerable", curves),
            Report("By kind", kinds),
        ],
    )


def load_quoting(dossiers: Iterable[Dossier], settings: Settings) -> Assistant:
    """Make an assistant over the articles of some dossiers, without a language model.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When a model can't be loaded.
    """
    encoder = load_encoder(settings)
    articles = [article for dossier in dossiers for article in dossier.articles]
    index, _ = build_index(articles, lambda: encoder, load_fingerprint(settings))
    return Assistant(index, encoder, load_reader(settings), None)


def _score_role(asked: Sequence[_Asked]) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "questions": len(asked),
        "refused": measure_mean([a.refused for a in asked]),
        "denied": measure_mean([a.denied for a in asked]),
        "refused or denied": measure_mean([a.refused or a.denied for a in asked]),
    }
    proved = [a for a in asked if a.posed.proofs]
    if proved:
        row["proof quoted"] = measure_mean([a.quoted for a in proved])
    return row


def _score_rivals(asked: Sequence[_Asked], previous: Mapping[str, float]) -> Rows:
    """Measure what tells near-misses from questions, of every method."""
    kept = [a for a in asked if a.posed.role in ("question", "near_miss")]
    labels = np.array([a.posed.role == "question" for a in kept])
    scores = {
        "Sourcier": [a.answer.answerable for a in kept],
        "best BM25": [max((h.lexical for h in a.answer.hits), default=0.0) for a in kept],
        "best cosine": [max((h.dense for h in a.answer.hits), default=0.0) for a in kept],
        "answer always": [1.0 for _ in kept],
    }
    if all(a.posed.text in previous for a in kept):
        scores["version before"] = [previous[a.posed.text] for a in kept]
    return {
        name: {
            "questions": len(kept),
            "AUC": measure(area_under_curve, np.array(found), labels),
            "near-misses refused": measure_mean(
                [s < 0.5 for s, label in zip(found, labels, strict=True) if not label]
            ),
            "questions refused": measure_mean(
                [s < 0.5 for s, label in zip(found, labels, strict=True) if label]
            ),
        }
        if name in ("Sourcier", "answer always", "version before")
        else {"questions": len(kept), "AUC": measure(area_under_curve, np.array(found), labels)}
        for name, found in scores.items()
    }


def _load_previous(path: Path) -> dict[str, float]:
    """Read what the version before said of each question: how answerable it was."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    items: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    return {item["question"]: item["answerable"] for item in items if "question" in item}


def _list_worst(asked: Sequence[_Asked]) -> list[str]:
    """Tell the surest mistakes: near-misses answered, questions refused."""
    wrong = [
        (abs(a.answer.answerable - float(a.posed.role != "near_miss")), a)
        for a in asked
        if (a.posed.role == "near_miss") != a.refused and a.posed.role != "false_premise"
    ]
    wrong.sort(key=lambda item: -item[0])
    return [
        f"- ({a.posed.role}, {a.answer.answerable:.2f}) {a.posed.text}\n"
        f"  → {a.answer.text[:200] or a.answer.reason}"
        for _, a in wrong[:_WORST]
    ]


# ----------------------------------------------------------------------------------- follow-ups


def evaluate_followups(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the follow-ups of the dossiers, as they stand, as typed alone, and written out by hand.

    « As typed » shows what understanding brings, « written out » what it could bring.

    Raises
    ------
    UsageError
        When the dossiers or the follow-ups can't be read.
    """
    followups = [f for f in load_followups(data) if part_of(f.dossier) == "test"]
    names = {f.dossier for f in followups}
    assistant = load_quoting([d for d in load_dossiers(data) if d.id in names], settings)
    methods: dict[str, Callable[[FollowUp], tuple[str, Turn | None]]] = {
        "Sourcier": lambda f: (f.text, follow_history(f.history)),
        "as typed": lambda f: (f.text, None),
        "written out": lambda f: (f.standalone or f.text, None),
    }
    rows: Rows = {}
    kinds: Rows = {}
    failures: list[str] = []
    for done, (name, method) in enumerate(methods.items()):
        progress(done, len(methods))
        found = [(f, assistant.answer(*method(f))) for f in followups]
        rows[name] = _score_followups(found)
        if name == "Sourcier":
            for kind in sorted({f.kind for f in followups}):
                kinds[kind] = _score_followups([(f, a) for f, a in found if f.kind == kind])
            failures = [
                f"- {f.id} ({f.kind}) {f.text}\n  understood: {a.query.text}\n"
                f"  meant: {f.standalone}"
                for f, a in found
                if f.proofs and not _quotes(f, a)
            ][:_WORST]
    progress(len(methods), len(methods))
    return Report(f"Follow-ups of {data.name}", rows, failures, parts=[Report("By kind", kinds)])


def _score_followups(found: Sequence[tuple[FollowUp, Answer]]) -> dict[str, Cell]:
    with_proof = [(f, a) for f, a in found if f.proofs]
    without = [(f, a) for f, a in found if not f.proofs]
    row: dict[str, Cell] = {"follow-ups": len(found)}
    if with_proof:
        row["proof quoted"] = measure_mean([_quotes(f, a) for f, a in with_proof])
        row["refused"] = measure_mean([a.mode == "refused" for _, a in with_proof])
    if without:
        row["without an answer, refused"] = measure_mean([a.mode == "refused" for _, a in without])
    return row


def _quotes(followup: FollowUp, answer: Answer) -> bool:
    return _Asked(Posed(followup.text, "question", "", followup.proofs), answer).quoted
