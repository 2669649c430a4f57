"""Faults made on purpose, and counted: ``python -m rag selftest``.

Each try does one thing in a small world, in a child that is struck, then opens that world again. It
survives when every part is as it was or as it was asked to be, whole, no file of the user is lost,
and doing it again does it; what was told as done must be done, and what was refused must leave what
was there and nothing more. Files damaged at rest must give what they held, or an error, a remark or
a trouble that says so; what the user may change by hand, files of articles, is right whatever it
holds. A broken document must give text or a reason.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from scipy.special import betaincinv

from rag.report import Report, Rows
from rag.selftest.incoming import ask_private, break_documents, make_seeds
from rag.selftest.strikes import (
    change_weights,
    damage_files,
    read_while_swapping,
    strike_anywhere,
    strike_points,
    swap_files,
    write_together,
)
from rag.selftest.world import Lab, Tries

_SHOWN = 20  # failures
# The disk is not what is tried: what is not synced is lost by this program, not by the system.
_MEMORY = Path("/dev/shm")


def run_selftest(
    full: bool, progress: Callable[[int, int], None], tries: Mapping[str, int] | None = None
) -> Report:
    """Try every fault, the short way or in full, or those of ``tries`` as often as it says."""
    wanted = tries or {name: (short, long)[full] for name, (_, short, long) in FAULTS.items()}
    rows: Rows = {}
    failures: list[str] = []
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        lab = Lab(Path(folder))
        for done, (name, count) in enumerate(wanted.items()):
            progress(done, len(wanted))
            found = list(FAULTS[name][0](lab, count))
            wrong = [f"- {name}: {told}" for told in found if told]
            bound = bound_failures(len(found), len(wrong))
            survived = len(found) - len(wrong)
            rows[name] = {
                "tries": len(found),
                "survived": survived,
                "fails at most, %": 100 * bound,
            }
            failures += wrong
        progress(len(wanted), len(wanted))
    return Report("Faults survived", rows, failures[:_SHOWN])


def bound_failures(tries: int, failures: int) -> float:
    """Return the exact upper 95 % bound of a rate (Clopper & Pearson 1934).

    With no failure it is ``1 - 0.05 ** (1 / tries)``, about ``3 / tries``.
    """
    if failures >= tries:
        return 1.0 if tries else math.nan
    return float(betaincinv(failures + 1, tries - failures, 0.95))


Fault = Callable[[Lab, int], Tries]
FAULTS: dict[str, tuple[Fault, int, int]] = {
    "killed at each call to the disk": (partial(strike_points, "killed"), 300, 1000),
    "killed at any moment": (partial(strike_anywhere, "moment"), 300, 1000),
    "killed within a write": (partial(strike_anywhere, "write"), 300, 1000),
    "power cut, what is not synced lost": (partial(strike_points, "cut"), 600, 3000),
    "disk full at each call": (partial(strike_points, "full"), 300, 1000),
    "disk full within a write": (partial(strike_anywhere, "room"), 300, 1000),
    "disk failing at each call, reads too": (partial(strike_points, "failing"), 600, 2000),
    "file damaged": (damage_files, 600, 10_000),
    "files swapped": (swap_files, 200, 2000),
    "model file changed": (change_weights, 300, 10_000),
    "three writers at once, one killed before": (write_together, 100, 1000),
    "readers while indexes are swapped": (read_while_swapping, 100, 1000),
    "address of this machine or its network": (ask_private, 300, 10_000),
    **{
        f"document broken, {suffix}": (partial(break_documents, suffix), 100, 10_000)
        for suffix in sorted(make_seeds())
    },
}
"""What goes wrong, and how many times it is tried in short and in full."""
