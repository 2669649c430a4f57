"""A transfer is shown once at its start, now and then, and once at its end."""

from __future__ import annotations

import io
import sys

import pytest

from rag.progress import _ProgressPrinter, format_size


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 Mo"), (71_622_400, "72 Mo"), (999_999_999, "1000 Mo"), (1_117_320_768, "1,1 Go")],
)
def test_sizes_are_written_in_french(size: int, text: str) -> None:
    assert format_size(size).replace("\u00a0", " ") == text


def test_a_log_gets_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show = _ProgressPrinter()
    for done in (*range(0, 100_000_001, 1_000_000), 100_000_000):
        show("Jouet", done, 100_000_000)
    lines = capsys.readouterr().err.replace("\u00a0", " ").splitlines()
    assert lines == ["Jouet : 0 Mo sur 100 Mo", "Jouet : 100 Mo sur 100 Mo"]


def test_a_terminal_gets_one_moving_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    show = _ProgressPrinter()
    for done in (0, 50, 100, 100):
        show("Jouet", done, 100)
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r") == 3
    assert "█" * 14 + "░" * 14 in terminal.getvalue()
