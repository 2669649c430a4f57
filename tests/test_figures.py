"""Figures of a sentence: what each counts, in digits or in letters, and when two are the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rag.figures import are_same, find_figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il a versé 11,6 milliards de dollars.", [("11,6 milliards de dollars", "money")]),
        ("38, 40 ou 44 millions d’euros", [("38", "money"), ("40", "money")]),
        (
            "Le titre a pris 2,5 % le 28 octobre 2025.",
            [("2,5 %", "%"), ("28 octobre 2025", "date")],
        ),
        ("GPT-5 et Claude Opus 4 ont été publiés.", []),
    ],
)
def test_what_figures_count(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(figure.written, figure.kind) for figure in find_figures(text)]
    assert found[: len(expected)] == expected
    assert expected or not found


def test_small_numbers_in_letters_are_read_when_asked() -> None:
    text = "Cinq ou six niveaux, deux cents pages, trois millions de lecteurs."
    assert find_figures(text) == []
    figures = find_figures(text, spelled=True)
    assert [(figure.written, figure.amount) for figure in figures] == [
        ("Cinq", Decimal(5)),
        ("six niveaux", Decimal(6)),
    ]
    assert figures[0].kind == figures[1].kind != ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("près de 14 milliards", "13,8 milliards", True),
        ("13 milliards", "13,4 milliards", True),
        ("13 milliards", "13,75 milliards", False),
        ("6,5 milliards", "6,4 milliards", False),
        ("28 octobre 2025", "octobre 2025", True),
    ],
)
def test_figures_that_round_each_other(one: str, other: str, same: bool) -> None:
    (first,), (second,) = find_figures(one), find_figures(other)
    assert are_same(first, second) is same
