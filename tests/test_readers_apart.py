"""The process that reads: hostile files end it and nothing else; there is one, and it ends."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from rag.errors import UnreadableFile
from rag.readers import Remark, apart, read_file, read_here
from rag.readers.apart import READING

pytestmark = pytest.mark.slow

TOO_LONG = (
    "ce fichier demande trop de temps ; partagez-le en plusieurs ou enregistrez-le dans un autre "
    "format"
)
DIED = TOO_LONG.replace("de temps", "de mémoire, ou est endommagé")


def make_endless() -> bytes:
    """Make a workbook of 5 kB whose second row is said to be the two thousand millionth."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Nevers"])
    book.active.append(["Vichy"])
    whole, endless = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(endless, "w") as copy:
        for name in parts.namelist():
            copy.writestr(name, parts.read(name).replace(b'<row r="2"', b'<row r="2000000000"'))
    return endless.getvalue()


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    (tmp_path / "a.xlsx").write_bytes(make_endless())
    return tmp_path / "a.xlsx"


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A file whose reader loads no library."""
    (tmp_path / "b.jsonl").write_text('{"id": "b", "text": "Il pleut."}', encoding="utf-8")
    return tmp_path / "b.jsonl"


@pytest.fixture
def fresh() -> Iterator[None]:
    """No process before, and none after of what a test changes."""
    READING.end()
    yield
    READING.end()


def find_process() -> int:
    assert READING._running is not None
    return READING._running.process.pid


def is_gone(pid: int) -> bool:
    """Whether a process has ended; who should have waited for it may have ended before."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def read(file: Path) -> tuple[list[str], list[Remark]]:
    """Read one file; return the ids of its articles, and what is told of it."""
    remarks: list[Remark] = []
    return [article.id for article in read_file(file, file.name, remarks)], remarks


READ: tuple[list[str], list[Remark]] = (["b"], [])
REFUSED = Remark("a.xlsx", True, TOO_LONG, "damaged")


# ------------------------------------------------------------------------------------- limits


def test_a_file_that_never_ends_is_refused_and_the_next_is_read(
    endless: Path, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(READING, "patience", 1.0)
        assert read(endless) == ([], [REFUSED])
    assert read(short) == READ


def test_what_gives_much_is_ended_too_and_what_it_gave_is_kept() -> None:
    given = []
    with (
        apart.Process(patience=60.0, longest=2.0) as process,
        pytest.raises(UnreadableFile, match="trop de temps") as caught,
    ):
        for number in process.run(itertools.count):
            given.append(number)
    assert given and given == list(range(len(given)))
    assert caught.value.kept == "ce qui en a été lu avant est gardé"


@pytest.mark.usefixtures("fresh")
def test_a_file_that_asks_for_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_MAX_MEMORY", 400_000_000)
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "b", "c": [' + "{}," * 5_000_000 + "0]}")
    told = TOO_LONG.replace("de temps", "de mémoire")
    assert read(tmp_path / "a.jsonl") == ([], [Remark("a.jsonl", True, told, "damaged")])


@pytest.mark.usefixtures("fresh")
def test_what_an_archive_gave_before_is_kept(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "Il pleut.")
        archive.writestr("b.xlsx", make_endless())

    def kill() -> None:
        while not (READING._running and [*Path(READING._running.folder).glob("*/b.xlsx")]):
            time.sleep(0.01)
        os.kill(find_process(), signal.SIGKILL)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(kill)
        articles, (remark,) = read(tmp_path / "a.zip")
    assert articles == ["a.zip#a.txt"]
    kept = DIED.replace(" ; ", " ; ce qui en a été lu avant est gardé ; ", 1)
    assert remark == Remark("a.zip", False, kept, "damaged")


@pytest.mark.usefixtures("fresh")
def test_what_an_archive_holds_is_read_where_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.html", "<p>La halle rouvre samedi.")
    assert len(list(read_here(tmp_path / "a.zip", "a.zip", []))) == 1
    assert READING._running is None


@pytest.mark.usefixtures("fresh")
def test_a_table_in_markdown_is_read_apart(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<TABLE><tr><td>Nevers</table>", encoding="utf-16")
    assert read(tmp_path / "a.md")[0] == ["a.md"]
    assert READING._running is not None


@pytest.mark.usefixtures("fresh")
def test_text_starts_no_process(tmp_path: Path) -> None:
    for name in ("a.md", "b.txt", "c.csv", "d.vtt"):
        text = "WEBVTT\n\n00:01.000 --> 00:02.000\nIl pleut ; il vente.\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert read(tmp_path / name)[0] == [name]
    assert READING._running is None


# ------------------------------------------------------------------------- one, and its deaths


@pytest.mark.usefixtures("fresh")
def test_killed_while_it_reads(endless: Path, short: Path) -> None:
    def kill() -> None:
        while READING._running is None:
            time.sleep(0.01)
        os.kill(find_process(), signal.SIGKILL)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(kill)
        assert read(endless) == ([], [replace(REFUSED, text=DIED)])
    assert read(short) == READ


def test_killed_between_two_files(short: Path) -> None:
    assert read(short) == READ
    before = find_process()
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert read(short) == READ
    assert find_process() != before


@pytest.mark.usefixtures("fresh")
def test_interrupted_while_it_reads(endless: Path, short: Path) -> None:
    def interrupt() -> None:
        while READING._running is None:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    # What is started in the background of a shell may ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
            pool.submit(interrupt)
            read(endless)
    finally:
        signal.signal(signal.SIGINT, before)
    # Nothing that comes next is of the file before.
    assert read(short) == READ


@pytest.mark.usefixtures("fresh")
def test_many_threads_share_one(tmp_path: Path) -> None:
    for number in range(16):
        (tmp_path / f"{number:02}.jsonl").write_text(f'{{"id": "{number}", "text": "Il pleut."}}')
    files = sorted(tmp_path.iterdir())
    seen = set()

    def read_one(file: Path) -> tuple[list[str], list[Remark]]:
        found = read(file)
        seen.add(find_process())
        return found

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read_one, files)) == [([str(k)], []) for k in range(16)]
    assert len(seen) == 1


@pytest.mark.usefixtures("fresh")
def test_one_that_holds_much_is_replaced(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_MOST_HELD", 0)
    for _ in range(2):
        assert read(short) == READ
        assert READING._running is None


@pytest.mark.usefixtures("fresh")
def test_one_that_does_not_start(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_PROGRAM", "raise SystemExit(1)")
    told = "lecture impossible (le programme qui lit les fichiers ne démarre pas)"
    assert read(short) == ([], [Remark("b.jsonl", True, told, "denied")])


def test_a_path_is_that_of_who_asks(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(short) == READ
    monkeypatch.chdir(short.parent)
    assert read(Path(short.name)) == READ


# ----------------------------------------------------------------- its owner, and what it loads

STARTS = """
import os, signal, sys, threading, time
from pathlib import Path
from rag.readers import read_file
from rag.readers.apart import READING
short, endless = map(Path, sys.argv[1:])
def read(file):
    return len(list(read_file(file, file.name, [])))
assert read(short) == 1
print(READING._running.process.pid, READING._running.folder, flush=True)
"""
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
READS = f"""
def kill():
    time.sleep(0.5)
    {KILLED}
threading.Thread(target=kill).start()
read(endless)
"""
FORKS = """
owned = READING._running.process.pid
child = os.fork()
assert read(short) == 1
assert (READING._running.process.pid == owned) == bool(child)
if child:
    assert os.waitpid(child, 0)[1] == 0
    assert read(short) == 1
    assert READING._running.process.pid == owned
"""


def start(short: Path, endless: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", STARTS + code, str(short), str(endless)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )


@pytest.mark.parametrize("end", ["", KILLED, READS], ids=["ended", "killed", "reads"])
def test_it_ends_with_its_owner(short: Path, endless: Path, end: str) -> None:
    pid, folder = start(short, endless, end).stdout.split()
    until = time.monotonic() + 60
    while not is_gone(int(pid)) or Path(folder).exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_fork_of_its_owner_has_its_own(short: Path, endless: Path) -> None:
    done = start(short, endless, FORKS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("fresh")
def test_it_loads_no_model_and_no_page(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>La halle rouvre samedi.", encoding="utf-8")
    assert read(tmp_path / "a.html")[0] == ["a.html"]
    loaded = Path(f"/proc/{find_process()}/maps")
    if not loaded.exists():
        pytest.skip("the system does not tell what a process has loaded")
    libraries = loaded.read_text()
    assert "/lxml/" in libraries
    assert not [name for name in ("/torch/", "/pandas/", "/sklearn/") if name in libraries]
