"""What form of answer a question asks for: a fact, yes or no, steps, a comparison and so on.

Read in the words that ask by a multinomial logistic regression over words and pairs of words, which
``python -m rag fit`` fits on labelled questions. What it is not sure of is a fact. Knows nothing
about articles or models of language.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from rag.french import fold
from rag.policy import read_constants
from rag.sides import find_comparison
from rag.types import Form

PATH = Path(__file__).resolve().parent / "weights" / "forms.json"
# Below this probability a question is answered by its best sentences, as a fact is. On subjects
# that the weights were not fitted on, a list is made of .05 of the questions that ask for something
# else at 0.4, of .04 at 0.5, and of .59 or .49 of those that ask for one.
_SURE = 0.4
_WORD = re.compile(r"[^\W_]+|[?:,]")
_FIGURE = re.compile(r"\d+")
# Stands before the first word and behind the last.
_EDGE, _SIDES = "^", "="
# Letters that a word shares with its kin: « compare », « comparez », « comparaison ».
_OPENING = 5


@dataclass(frozen=True, slots=True)
class FormWeights:
    """Log-odds of each form: ``bias`` and, for each n-gram, one weight a form."""

    forms: tuple[Form, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]


def list_ngrams(question: str) -> set[str]:
    """List the folded words, pairs of words and openings of words of a question.

    Every number is ``0``. Commas, colons and question marks are words, since they part a context
    from what is asked; two sides that could be compared are one word more.
    """
    words = [_EDGE, *_WORD.findall(_FIGURE.sub("0", fold(question))), _EDGE]
    sides = [_SIDES] if find_comparison(question) else []
    openings = (f"{word[:_OPENING]}*" for word in words if len(word) > _OPENING)
    return {*words, *map(" ".join, pairwise(words)), *openings, *sides}


def find_form(question: str, weights: FormWeights | None = None) -> Form:
    """Say what form of answer a question asks for."""
    weights = weights or load_weights()
    logits = list(weights.bias)
    for ngram in sorted(list_ngrams(question) & weights.weights.keys()):
        logits = [a + b for a, b in zip(logits, weights.weights[ngram], strict=True)]
    top = max(logits)
    sure = 1 / sum(math.exp(logit - top) for logit in logits)
    return weights.forms[logits.index(top)] if sure >= _SURE else "fact"


@cache
def load_weights(path: Path = PATH) -> FormWeights:
    """Read the weights that are shipped.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When they are not there, or are none.
    """
    return read_constants(path, _read_weights)


def _read_weights(item: Mapping[str, Any]) -> FormWeights:
    return FormWeights(tuple(item["forms"]), tuple(item["bias"]), item["weights"])
