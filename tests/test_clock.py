"""Durations."""

from __future__ import annotations

import time

import pytest

from rag.clock import Clock


def test_a_clock_that_is_moved_changes_no_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    total = clock.finish().total
    assert total is not None and 0 <= total < 60_000
