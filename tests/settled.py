"""A policy that no fitting changes, and readers whose opinion a test decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from conftest import FakeReader

from rag.policy import Policy
from rag.types import Entailment, Excerpt, Scores

# Two articles disagree, surely, where their sentences have values of one unit.
_SIGNALS = (
    "first second behind rank first_attributed second_attributed near several one_unit counts"
).split()
DISAGREES = {"": -50.0, **dict.fromkeys(_SIGNALS, 0.0), "one_unit": 100.0}
POLICY = Policy(answers={"answers": 1.0}, refutes={"refutes": 1.0}, disagrees=DISAGREES)


def settle_policy(patch: pytest.MonkeyPatch) -> None:
    """Judge by ``POLICY`` wherever the shipped policy would be read."""
    for module in ("reading", "abstention", "support", "verdicts", "conflicts"):
        patch.setattr(f"rag.{module}.load_policy", lambda: POLICY)


class Contrary(FakeReader):
    """Finds that sentences with a word refute whatever is asked."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        return [
            Scores(
                scores.sentences,
                np.array([9 if self._word in s else -9 for s in excerpt.sentences], np.float32),
                scores.passage,
            )
            for excerpt, scores in zip(excerpts, super().score(question, excerpts), strict=True)
        ]


class Strict(FakeReader):
    """Believes only the claims whose every word its source has."""

    def _judge(self, held: set[str], wanted: set[str]) -> Entailment:
        return Entailment(1.0, 0.0, 0.0) if wanted <= held else Entailment(0.0, 1.0, 0.0)
