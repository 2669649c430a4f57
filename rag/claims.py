"""The scoreboard of the support check: claims whose label is known, beside trivial rivals.

The claims are those of ``tests/evaluation/dossiers`` that nothing was trained or fitted on, those
of a strong language model, and, where ``eval/nli`` is at hand, labelled pairs. Beside the check, on
the same claims: the share of words that claim and source have in common, what the version before
said (kept in ``previous.jsonl``), and « always yes ».
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.french import terms
from rag.loading import load_reader
from rag.matter import LabelledClaim, load_claims, load_dossiers, load_strong, part_of
from rag.metrics import Floats, Labels, area_under_curve, measure, measure_mean, precision, recall
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.support import Verdict, check_claims
from rag.training import list_held_out, read_pairs
from rag.types import Reader

Progress = Callable[[int, int], None]
# Claims shown as failures, of each set.
_WORST = 8
# Share of common words at which the rival says yes: the one that decides best on dossiers.
_SHARED = 0.5
_EVAL = Path("../shared/eval")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a method says of some claims: whether it accepts each, and how surely."""

    accepted: Labels
    scores: Floats


def evaluate_claims(data: Path, settings: Settings, progress: Progress) -> Report:
    """Measure the check on labelled claims.

    Of each set: the share of the true claims that are kept, that of the false ones that are
    passed, and the area under the curve of the score; then the same by kind.

    Parameters
    ----------
    data
        The folder ``tests/evaluation/dossiers``.

    Raises
    ------
    UsageError
        When the claims can't be read.
    ModelMissing, ModelCorrupt
        When the reader can't be loaded.
    """
    reader = load_reader(settings)
    held_out = list_held_out(_EVAL) if _EVAL.is_dir() else set()
    sets = {
        "dossiers": [c for d in load_dossiers(data) if part_of(d.id) == "test" for c in d.claims],
        "real text": [
            c for c in load_claims(data) if part_of(c.origin) == "test" or c.origin in held_out
        ],
        "strong model": load_strong(data),
    }
    previous = _load_previous(data / "previous.jsonl")
    rows: Rows = {}
    kinds: Rows = {}
    failures: list[str] = []
    for done, (name, claims) in enumerate(sets.items()):
        progress(done, len(sets) + 1)
        verdicts = check_claims([(c.claim, c.source, "") for c in claims], reader)
        true = np.array([c.label == "supported" for c in claims], dtype=bool)
        for method, said in _say(claims, verdicts, previous).items():
            rows[f"{name}, {method}"] = _score(said, true)
        for kind in sorted({c.kind for c in claims}):
            places = [i for i, c in enumerate(claims) if c.kind == kind]
            accepted = np.array([verdicts[i].support == "supported" for i in places])
            of_kind = true[places]
            kinds[f"{name}, {kind}"] = {
                "true": int(of_kind.sum()),
                "kept": measure_mean(accepted[of_kind]),
                "false": int((~of_kind).sum()),
                "passed": measure_mean(accepted[~of_kind]),
            }
        failures += _list_worst(claims, verdicts, true)
    if _EVAL.is_dir():
        rows |= _score_pairs(reader)
    progress(len(sets) + 1, len(sets) + 1)
    return Report(
        f"Claims of {data.name}", rows, failures, parts=[Report("By kind, Sourcier", kinds)]
    )


def share_words(claim: str, source: str) -> float:
    """Return the share of the search terms of a claim that its source has, 0 to 1."""
    said = set(terms(claim))
    return len(said & set(terms(source))) / len(said) if said else 0.0


def _say(
    claims: Sequence[LabelledClaim],
    verdicts: Sequence[Verdict],
    previous: Mapping[str, tuple[bool, float]],
) -> dict[str, _Said]:
    shared = np.array([share_words(c.claim, c.source) for c in claims])
    said = {
        "Sourcier": _Said(
            np.array([v.support == "supported" for v in verdicts]),
            np.array([v.score for v in verdicts]),
        ),
        "shared words": _Said(shared >= _SHARED, shared),
        "always yes": _Said(np.ones(len(claims), dtype=bool), np.ones(len(claims))),
    }
    if all(c.id in previous for c in claims):
        before = [previous[c.id] for c in claims]
        said["version before"] = _Said(
            np.array([accepted for accepted, _ in before]), np.array([s for _, s in before])
        )
    return said


def _score(said: _Said, true: Labels) -> dict[str, Cell]:
    return {
        "claims": len(true),
        "true kept": measure_mean(said.accepted[true]),
        "false passed": measure_mean(said.accepted[~true]),
        "AUC": measure(area_under_curve, said.scores, true),
    }


def _load_previous(path: Path) -> dict[str, tuple[bool, float]]:
    """Read the verdicts of the version before: whether supported, and its score, by claim."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    # The same file tells of questions.
    items = [json.loads(line) for line in lines if line.strip()]
    return {
        item["id"]: (item["support"] == "supported", item["score"])
        for item in items
        if "id" in item
    }


def _list_worst(
    claims: Sequence[LabelledClaim], verdicts: Sequence[Verdict], true: Labels
) -> list[str]:
    """Tell the surest mistakes, of either sort."""
    wrong = [
        (abs(verdict.score - float(label)), claim, verdict)
        for claim, verdict, label in zip(claims, verdicts, true.tolist(), strict=True)
        if (verdict.support == "supported") != label
    ]
    wrong.sort(key=lambda item: -item[0])
    return [
        f"- {c.id} ({c.label}, {c.kind}; {v.support} {v.score:.2f}) {c.claim}\n  source: {c.source}"
        for _, c, v in wrong[:_WORST]
    ]


def _score_pairs(reader: Reader) -> Rows:
    """Score the labelled pairs that the reader was not trained on."""
    pairs = read_pairs(_EVAL, held_out=True)
    verdicts = check_claims([(p.claim, p.source, "") for p in pairs], reader)
    rows: Rows = {}
    for name, label, wanted in (
        ("rte3_fr", "supported", (0,)),
        ("daccord", "contradicted", (2,)),
    ):
        places = [i for i, pair in enumerate(pairs) if pair.name == name]
        found = np.array([verdicts[i].support == label for i in places])
        right = np.array([pairs[i].labels == wanted for i in places])
        rows[f"{name}, {label}"] = {
            "claims": len(places),
            "precision": measure(precision, found, right),
            "recall": measure(recall, found, right),
        }
    return rows
