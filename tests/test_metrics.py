"""Metrics against values computed by hand."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from rag.metrics import (
    Bin,
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
    share_words,
)


@pytest.mark.parametrize(
    ("rank", "found", "gain", "reciprocal"),
    [
        (1, 1.0, 1.0, 1.0),
        (3, 1.0, 0.5, 1 / 3),
        (4, 0.0, 0.0, 0.25),
        (None, 0.0, 0.0, 0.0),
    ],
)
def test_ranks(rank: int | None, found: float, gain: float, reciprocal: float) -> None:
    assert found_at(rank, 3) == found
    assert discounted_gain(rank, 3) == gain
    assert reciprocal_rank(rank) == reciprocal


def test_area_under_curve() -> None:
    scores = np.array([0.9, 0.8, 0.5, 0.5, 0.1])
    labels = np.array([True, False, True, False, False])
    # 0.9 beats three; 0.5 beats one, ties with one and loses to one: 4.5 of 6 pairs.
    assert area_under_curve(scores, labels) == 0.75
    assert area_under_curve(-scores, labels) == 0.25
    assert math.isnan(area_under_curve(scores, np.full(5, True)))


def test_shares_at_a_threshold() -> None:
    scores = np.array([0.2, 0.5, 0.9, 0.5, 0.4])
    labels = np.array([True, True, True, False, False])
    assert refused_share(scores, labels, 0.5) == pytest.approx(1 / 3)
    assert answered_share(scores, labels, 0.5) == 0.5
    assert math.isnan(answered_share(scores, np.full(5, True), 0.5))


@pytest.mark.parametrize(
    ("refused", "answered"), [(0.0, 0.75), (0.112, 0.75), (0.2, 0.5), (0.5, 0.25), (1.0, 0.0)]
)
def test_answered_at_a_share_of_refusals(refused: float, answered: float) -> None:
    answerable = np.arange(1, 11) / 10
    others = np.array([0.05, 0.25, 0.3, 0.9])
    scores = np.concatenate([answerable, others])
    labels = np.arange(14) < 10
    assert answered_at_refusal(scores, labels, refused) == answered


def test_a_share_of_refusals_that_floats_cannot_hold() -> None:
    # 0.29 * 100 is 28.999999999999996: twenty-nine may be refused, so 0.28 is.
    scores = np.append(np.arange(100) / 100, 0.285)
    labels = np.arange(101) < 100
    assert answered_at_refusal(scores, labels, 0.29) == 0.0
    assert answered_at_refusal(scores, labels, 0.28) == 1.0


def test_decision_cost() -> None:
    scores = np.array([0.9, 0.4, 0.5, 0.2])
    labels = np.array([True, True, False, False])
    # One false refusal, and one false answer that is worth three: 4 over 4 questions.
    assert decision_cost(scores, labels, 0.5, 3.0) == 1.0
    assert decision_cost(scores, labels, 0.0, 3.0) == 1.5
    assert decision_cost(scores, labels, 1.0, 3.0) == 0.5


def test_calibration() -> None:
    probabilities = np.array([0.05, 0.15, 0.15, 1.0])
    labels = np.array([False, False, True, True])
    assert reliability_bins(probabilities, labels) == [
        Bin(0.0, 0.1, 1, 0.05, 0.0),
        Bin(0.1, 0.2, 2, 0.15, 0.5),
        Bin(0.9, 1.0, 1, 1.0, 1.0),
    ]
    assert expected_calibration_error(probabilities, labels) == pytest.approx(
        (0.05 + 2 * 0.35 + 0.0) / 4
    )
    assert [part.low for part in reliability_bins(np.array([0.5]), np.array([True]))] == [0.5]


def test_the_interval_of_a_mean() -> None:
    figure = measure_mean([0.0, 1.0] * 50)
    # A proportion of one half over 100 questions has the interval 0.5 ± 0.098.
    assert figure.value == 0.5
    assert figure.low == pytest.approx(0.402, abs=0.02)
    assert figure.high == pytest.approx(0.598, abs=0.02)
    assert measure_mean([0.0, 1.0] * 50) == figure
    assert measure_mean([0.3] * 9) == measure(lambda values: float(values[0]), [0.3] * 9)


def test_trials_of_one_question_are_drawn_together() -> None:
    together = measure_mean([[0.0, 1.0]] * 20)
    assert (together.value, together.low, together.high) == (0.5, 0.5, 0.5)


def test_undefined_resamples_are_left_out() -> None:
    figure = measure(area_under_curve, [0.9, 0.1], [True, False])
    assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)
    figure = measure(area_under_curve, [0.9], [True])
    assert all(math.isnan(value) for value in (figure.value, figure.low, figure.high))
    assert math.isnan(measure_mean([]).value)


def test_precision_and_recall() -> None:
    found, right = np.array([True, True, False, False]), np.array([True, False, True, True])
    assert precision(found, right) == 1 / 2
    assert recall(found, right) == 1 / 3
    assert math.isnan(precision(~(found | ~found), right))


def test_the_words_that_two_texts_share() -> None:
    one, other = Counter("aab"), Counter("abc")
    assert share_words(one, other) == pytest.approx(4 / 6)
    assert share_words(one, one) == 1
    assert share_words(one, Counter("xyz")) == share_words(Counter(), Counter()) == 0
