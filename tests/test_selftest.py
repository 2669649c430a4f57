"""The proof, in small: every fault is survived, and a Sourcier that would not survive is seen."""

from __future__ import annotations

import json
import math
import os
import random
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

import rag.durable
import rag.selftest
from rag.cli import main
from rag.readers.apart import Process
from rag.report import Report
from rag.selftest import FAULTS, bound_failures, run_selftest
from rag.selftest.disk import damage, tear
from rag.selftest.incoming import judge_reading, make_seeds
from rag.selftest.strikes import damage_files, strike_points, write_together
from rag.selftest.world import Lab, Told

# Python 3.12 warns of children made in a process that has threads; these only use files.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield Lab(tmp_path_factory.mktemp("lab"))


def count(name: str) -> int:
    if name.startswith("document"):
        return 300
    return 3 if "writers" in name else 20


@pytest.mark.parametrize("name", FAULTS)
def test_survived(name: str, lab: Lab) -> None:
    found = list(FAULTS[name][0](lab, count(name)))
    assert len(found) >= (2 if "readers" in name else count(name))
    assert not [told for told in found if told]


@pytest.mark.parametrize("suffix", make_seeds())
def test_a_document_that_is_whole_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(make_seeds()[suffix])
    with Process(60, 60) as process:
        assert judge_reading(path, process) == ""
        path.write_bytes(b"\0\0")
        assert judge_reading(path, process) == ""


# --------------------------------------------------------------------------- what would be seen


def test_nothing_is_told_of_a_world_before_it_is_struck(lab: Lab) -> None:
    """What is told is not compared."""
    seen = [part for c in lab.cases if c.world == "whole" for part in c.old.seen.values()]
    assert len(seen) > 40 and not [part for part in seen if isinstance(part, Told)]


def test_a_point_that_is_not_reached_is_seen(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    case = replace(lab.cases[0], points={True: 1000, False: 1000})
    monkeypatch.setattr(lab, "cases", [case])
    assert any("AssertionError" in told for told in strike_points("killed", lab, 2))


def test_writers_that_no_lock_keeps_apart_are_seen(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.selftest.strikes.lock_index", nullcontext)
    assert any("FileExistsError" in told for told in write_together(lab, 10))


def test_a_reader_that_takes_too_long_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_seeds()[".pdf"])
    with Process(1e-6, 1e-6) as process:
        assert "trop de temps" in judge_reading(path, process)


def test_names_that_are_not_synced_are_seen(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.durable, "sync", lambda path: None)
    assert any("done, and yet" in told for told in strike_points("cut", lab, 150))


def test_files_written_in_their_place_are_seen(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.page.preferences.write_atomically", Path.write_bytes)
    monkeypatch.setattr(lab, "cases", [case for case in lab.cases if case.name == "choose"])
    assert any("choice" in told for told in strike_points("cut", lab, 20))


def test_damage_that_nothing_checks_is_seen(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(data: bytes, chance: random.Random) -> bytes:
        return data.replace(b"b.md", b"b.me")

    monkeypatch.setattr("rag.selftest.strikes.damage", change)
    monkeypatch.setattr(
        "rag.selftest.strikes._list_stored", lambda lab: [lab.settings.data / "masqués.json"]
    )
    assert list(damage_files(lab, 1)) == [""]
    unsealed = "rag.collection.read_sealed"
    monkeypatch.setattr(unsealed, lambda path: json.loads(path.read_bytes())["value"])
    assert "articles wrong, and not told" in next(damage_files(lab, 1))


# --------------------------------------------------------------------------------- the figures


@pytest.mark.parametrize(
    ("tries", "failures", "bound"),
    [(300, 0, 1 - 0.05 ** (1 / 300)), (20, 1, 0.2161), (10, 10, 1.0), (1, 0, 0.95)],
)
def test_the_bound_is_exact(tries: int, failures: int, bound: float) -> None:
    assert bound_failures(tries, failures) == pytest.approx(bound, abs=1e-4)


def test_nothing_is_said_of_what_was_not_tried() -> None:
    assert math.isnan(bound_failures(0, 0))


def test_a_torn_file_is_a_beginning_and_a_damaged_one_another() -> None:
    data = bytes(range(1, 200))
    for number in range(200):
        torn = tear(data, random.Random(number)).rstrip(b"\0")
        assert data.startswith(torn)
        assert damage(data, random.Random(number)) != data
        assert damage(b"\0", random.Random(number)) != b"\0"


def test_the_report_counts_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.selftest, "_MEMORY", tmp_path)
    names = {"address of this machine or its network": 10, "model file changed": 5}
    monkeypatch.setattr(
        rag.selftest, "Lab", lambda folder: type("", (), {"folder": folder, "cases": []})()
    )
    report = run_selftest(False, lambda done, total: None, names)
    assert [(name, row["tries"], row["survived"]) for name, row in report.rows.items()] == [
        (name, n, n) for name, n in names.items()
    ]
    assert report.failures == [] and os.listdir(tmp_path) == []


@pytest.mark.parametrize(("failures", "status"), [([], 0), (["- perdu"], 1)])
def test_the_command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failures: list[str],
    status: int,
) -> None:
    report = Report("Faults survived", {"a": {"tries": 3}}, failures)
    monkeypatch.setattr(rag.selftest, "run_selftest", lambda full, progress: report)
    assert main(["selftest"]) == status
    assert "| a | 3 |" in capsys.readouterr().out
    assert main(["selftest", "--full", "--json"]) == status
    assert json.loads(capsys.readouterr().out)["failures"] == failures


# ---------------------------------------------------------------------------------- the faults


def test_every_fault_is_named_by_a_test() -> None:
    """The table of README.md leads from each fault to tests that exist."""
    rows = re.findall(r"^\| (\d+) \|(.+)\|$", (HERE / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 30))
    for number, row in rows:
        named = re.findall(r"`(\S+\.py) (test_\w+)(?:\[(.+?)\])?`", row)
        assert named, number
        for file, test, case in named:
            assert f"def {test}(" in (HERE / file).read_text("utf-8"), (number, test)
            assert not case or case in FAULTS, (number, case)
