"""A report says the same to a machine and to a reader."""

from __future__ import annotations

import json
import math

from rag.metrics import Figure
from rag.report import Report

REPORT = Report(
    "Title",
    {"a": {"n": 3, "R@1": Figure(0.5, 0.25, 0.75)}, "b": {"n": 3, "share": 0.125}},
    ["- q1"],
    [Report("Part", {"c": {"x": math.nan}})],
)


def test_table() -> None:
    assert REPORT.as_table() == (
        "Title\n\n"
        "| | n | R@1 | share |\n"
        "|---|---|---|---|\n"
        "| a | 3 | 0.500 [0.250, 0.750] |  |\n"
        "| b | 3 |  | 0.125 |\n"
        "\n"
        "- q1\n\n"
        "Part\n\n"
        "| | x |\n"
        "|---|---|\n"
        "| c | nan |"
    )


def test_numbers_for_a_machine() -> None:
    assert json.loads(json.dumps(REPORT.as_dict(), allow_nan=False)) == {
        "title": "Title",
        "rows": {
            "a": {"n": 3, "R@1": {"value": 0.5, "low": 0.25, "high": 0.75}},
            "b": {"n": 3, "share": 0.125},
        },
        "failures": ["- q1"],
        "parts": [{"title": "Part", "rows": {"c": {"x": None}}, "failures": [], "parts": []}],
    }
