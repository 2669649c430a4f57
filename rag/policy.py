"""The constants of deciding: how scores are weighed, and where the lines are drawn.

All of them are fitted by ``python -m rag fit`` (``rag/fitting.py``) on matter that the reader was
not trained on, and none by hand; ``rag/weights/policy.json`` holds what it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import ModelCorrupt, ModelMissing

PATH = Path(__file__).resolve().parent / "weights" / "policy.json"
_T = TypeVar("_T")
_REINSTALL = "Reprenez une copie entière de Sourcier : ce fichier en fait partie."


@dataclass(frozen=True, slots=True)
class Policy:
    """What is fitted, and what the figures mean.

    Attributes
    ----------
    prior, reader, shift
        Log-odds that a sentence answers: of what retrieval says, of what the reader says, and a
        constant.
    fused, passage, sentence
        Order of the passages: of the fused score, the reader's log-odds of the passage, and those
        of its best sentence.
    answers, refutes
        Weights of the signals of ``abstention.measure_signals`` in the log-odds that a sentence
        answers, and that one refutes the question, against neither; ``""`` names the constant.
    supported, contradicted
        Least probability of entailment at which a claim is supported, and least probability of
        contradiction at which one that is not is contradicted.
    yes, no
        Least probability of entailment, and of contradiction, at which a question is answered by
        yes, or by no.
    disagrees
        Weights of the signals of ``conflicts.measure_pair`` in the log-odds that two sentences give
        different values of one thing.
    summary
        Weights of the signals of ``summaries.measure_sentence`` in what a sentence is worth in a
        summary.
    """

    prior: float = 1.0
    reader: float = 1.0
    shift: float = 0.0
    fused: float = 1.0
    passage: float = 1.0
    sentence: float = 0.0
    answers: Mapping[str, float] = field(default_factory=dict)
    refutes: Mapping[str, float] = field(default_factory=dict)
    supported: float = 0.5
    contradicted: float = 0.5
    yes: float = 0.9
    no: float = 0.9
    disagrees: Mapping[str, float] = field(default_factory=dict)
    summary: Mapping[str, float] = field(default_factory=dict)


def read_policy(item: Mapping[str, Any]) -> Policy:
    """Make a policy of what ``asdict`` gives of one."""
    return Policy(**item)


@cache
def load_policy(path: Path = PATH) -> Policy:
    """Read the policy that is shipped.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When it is not there, or is none.
    """
    return read_constants(path, read_policy)


def read_constants(path: Path, make: Callable[[Any], _T]) -> _T:
    """Make something of the JSON of a file that is shipped.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When it is not there, or nothing can be made of it.
    """
    try:
        return make(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ModelMissing(f"Les constantes « {path.name} » manquent.", todo=_REINSTALL) from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelCorrupt(
            f"Les constantes « {path.name} » sont abîmées.", todo=_REINSTALL
        ) from error
