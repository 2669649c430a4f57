"""Pure metrics: from ranks, scores and labels to figures with their intervals.

Knows nothing about models, files or questions. A rank starts at 1, and is None when the thing was
not found. Scores and probabilities are float ``[n]``; labels are bool ``[n]``, true when the
question has an answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
_Word = TypeVar("_Word")

_RESAMPLES = 1000
_SEED = 20251028


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float


# -------------------------------------------------------------------------------------- ranks


def found_at(rank: int | None, k: int) -> float:
    """Return 1 when the rank is ``k`` or better, else 0; its mean is recall@k."""
    return float(rank is not None and rank <= k)


def discounted_gain(rank: int | None, k: int) -> float:
    """Return nDCG@k with one right answer, ``1 / log2(1 + rank)`` (Järvelin & Kekäläinen 2002)."""
    return 1 / math.log2(1 + rank) if rank is not None and rank <= k else 0.0


def reciprocal_rank(rank: int | None) -> float:
    """Return ``1 / rank``, 0 when not found; its mean is MRR (Voorhees 1999)."""
    return 1 / rank if rank is not None else 0.0


def share_words(one: Counter[_Word], other: Counter[_Word]) -> float:
    """Return the F1 of what two multisets share (SQuAD's, Rajpurkar et al. 2016): 0 to 1."""
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if shared else 0.0


# ------------------------------------------------------------------------ answerable, or not


def area_under_curve(scores: Floats, labels: Labels) -> float:
    """Probability that a positive scores above a negative (Hanley & McNeil 1982).

    Ties count half; not a number when a class is missing.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return math.nan
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # Equal scores share the mean of their ranks: the Mann-Whitney U statistic.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    wins = float(ranks[labels].sum()) - positives * (positives + 1) / 2
    return wins / (positives * negatives)


def refused_share(scores: Floats, labels: Labels, threshold: float) -> float:
    """Share of the answerable questions that score below ``threshold``: false refusals."""
    return _mean(scores[labels] < threshold)


def answered_share(scores: Floats, labels: Labels, threshold: float) -> float:
    """Share of the unanswerable questions that score ``threshold`` or more: false answers."""
    return _mean(scores[~labels] >= threshold)


def answered_at_refusal(scores: Floats, labels: Labels, refused: float) -> float:
    """Share of the unanswerable questions answered when ``refused`` of the answerable are refused.

    The threshold is the highest one that refuses no more than this share, so that methods with
    different habits are compared at one price (a point of the ROC curve; Fawcett 2006).
    """
    answerable = np.sort(scores[labels])
    # The floor of a product that may fall just short of a whole number.
    position = math.floor(refused * len(answerable) + 1e-9)
    if position >= len(answerable):
        return 0.0 if len(answerable) else math.nan
    return answered_share(scores, labels, float(answerable[position]))


def decision_cost(scores: Floats, labels: Labels, threshold: float, false_answer: float) -> float:
    """Mean cost of a question, in false refusals (Elkan 2001).

    Parameters
    ----------
    threshold
        Questions that score this or more are answered.
    false_answer
        How many false refusals one false answer is worth.
    """
    answered = scores >= threshold
    return _mean(np.where(labels, ~answered, answered * false_answer))


# ------------------------------------------------------------------------------ one label found


def precision(found: Labels, right: Labels) -> float:
    """Share of what was given a label that deserves it; not a number when nothing was."""
    return _mean(right[found])


def recall(found: Labels, right: Labels) -> float:
    """Share of what deserves a label that was given it."""
    return _mean(found[right])


# -------------------------------------------------------------------------------- calibration


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions in ``[low, high)``: how many, their mean, and how often they came true."""

    low: float
    high: float
    count: int
    predicted: float
    observed: float


def reliability_bins(probabilities: Floats, labels: Labels, bins: int = 10) -> list[Bin]:
    """Sort predictions into bins of equal width; empty ones are left out.

    The points of a reliability diagram (DeGroot & Fienberg 1983); a prediction of 1 is in the
    last bin.
    """
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    return [
        Bin(
            place / bins,
            (place + 1) / bins,
            int(inside.sum()),
            _mean(probabilities[inside]),
            _mean(labels[inside]),
        )
        for place in range(bins)
        if (inside := places == place).any()
    ]


def expected_calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Mean gap between predicted and observed over ten bins (Naeini et al. 2015)."""
    parts = reliability_bins(probabilities, labels)
    gaps = sum(part.count * abs(part.predicted - part.observed) for part in parts)
    return gaps / len(labels) if len(labels) else math.nan


# ---------------------------------------------------------------------------------- intervals


def measure(statistic: Callable[..., float], *columns: ArrayLike) -> Figure:
    """Compute a statistic and its percentile bootstrap interval (Efron & Tibshirani 1993).

    Parameters
    ----------
    statistic
        Takes the columns, flattened, and returns a number.
    columns
        Arrays of one length whose first axis is the question. Whole questions are drawn again,
        so that several trials of one question, ``[n, trials]``, stay together.

    Returns
    -------
    Figure
        The same for the same data on every machine; resamples in which the statistic is not
        defined are left out.
    """
    arrays = [np.asarray(column) for column in columns]
    size = len(arrays[0])
    value = statistic(*(array.ravel() for array in arrays))
    if not size:
        return Figure(value, math.nan, math.nan)
    generator = np.random.default_rng(_SEED)
    drawn = (generator.integers(0, size, size) for _ in range(_RESAMPLES))
    resampled = np.array([statistic(*(array[rows].ravel() for array in arrays)) for rows in drawn])
    resampled = resampled[~np.isnan(resampled)]
    if not len(resampled):
        return Figure(value, math.nan, math.nan)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def measure_mean(values: ArrayLike) -> Figure:
    """Return the mean of one value a question, with its interval."""
    return measure(_mean, values)


def _mean(values: NDArray[np.float64 | np.bool_]) -> float:
    return float(np.mean(values, dtype=np.float64)) if values.size else math.nan
