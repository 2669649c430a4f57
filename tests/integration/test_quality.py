"""What Sourcier is worth, with quotations alone: no figure falls below its interval.

The floors are the lower ends of the 95 % intervals that the scoreboard printed when they were last
set; the commands stand beside them. A change that makes an answer worse on purpose sets them again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rag.claims import evaluate_claims
from rag.dossiers import evaluate_dossiers
from rag.exam import evaluate_answers
from rag.indexing import index_corpus
from rag.loading import load_encoder, load_fingerprint
from rag.metrics import Figure
from rag.report import Cell
from rag.settings import Settings

pytestmark = [pytest.mark.models, pytest.mark.timeout(1200)]

EVALUATION = Path(__file__).resolve().parents[1] / "evaluation"
# python -m rag evaluate answers --data tests/evaluation/questions.jsonl
# .76 and .47 before: what the articles do not answer is refused more often, and some of the rest.
DEMO = {"with an answer": ("right", 0.69), "without": ("right", 0.51)}
# python -m rag evaluate dossiers --data FOLDER, of a folder with dossiers.jsonl alone
DOSSIERS = {
    ("near_miss", "refused"): 0.53,
    ("question", "proof quoted"): 0.52,
    # .90 when three in ten true premises were refused or denied for it; .65 now, and .23.
    ("false_premise", "refused or denied"): 0.48,
}
# python -m rag evaluate claims --data tests/evaluation/dossiers, without the sets of eval,
# as here: 256 claims over real text, .773 [.711, .832]; the README has 628, .812 [.780, .845], and
# the floor was that of these.
CLAIMS = {"dossiers, Sourcier": 0.78, "real text, Sourcier": 0.71}


def value_of(cell: Cell) -> float:
    return cell.value if isinstance(cell, Figure) else float(cell)


def ignore(done: int, total: int) -> None:
    """Show no progress."""


def test_the_questions_of_the_demo(settings: Settings, tmp_path: Path) -> None:
    encoder = load_encoder(settings)
    at = Settings(cache=settings.cache, index=tmp_path / "index", data=tmp_path, engine="none")
    index_corpus(at.corpus, at.index, load_fingerprint(settings), lambda: encoder, ignore)
    rows = evaluate_answers(EVALUATION / "questions.jsonl", at, ignore).rows
    for name, (column, floor) in DEMO.items():
        assert value_of(rows[name][column]) >= floor, name


def test_the_questions_of_dossiers(settings: Settings, tmp_path: Path) -> None:
    shutil.copy(EVALUATION / "dossiers" / "dossiers.jsonl", tmp_path)
    rows = evaluate_dossiers(tmp_path, settings, ignore).rows
    for (name, column), floor in DOSSIERS.items():
        assert value_of(rows[name][column]) >= floor, name


def test_the_check_on_claims(settings: Settings) -> None:
    rows = evaluate_claims(EVALUATION / "dossiers", settings, ignore).rows
    for name, floor in CLAIMS.items():
        assert value_of(rows[name]["AUC"]) >= floor, name
