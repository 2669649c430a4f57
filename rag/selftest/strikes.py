"""What is struck: things while they are done, files at rest, writers and readers at once.

Each function tries a fault so many times and gives, for each try, what went wrong, or an empty
string. A try has a number, which is all its chance: the same number fails again.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rag.checksums import match_checksum, memory_path, sha256_file
from rag.collection import Collection
from rag.durable import DISK_FULL
from rag.errors import IndexLocked
from rag.index import Index, build_index
from rag.selftest.disk import Disk, damage
from rag.selftest.world import (
    BROKEN,
    DONE,
    REFUSED,
    STRUCK,
    TOLD,
    Case,
    Hashes,
    Lab,
    Told,
    Tries,
    observe,
)
from rag.store import current_generation, load_index, lock_index, save_index
from rag.types import Article

# ------------------------------------------------------------------- while something is being done


def strike_points(mode: str, lab: Lab, tries: int) -> Tries:
    """Strike at each point of each thing that is done, in no order, and over again.

    ``killed`` and ``cut``, the power, before what the point would do; ``full`` from there on;
    ``failing`` at that point alone, of reading too.
    """
    # The power may also be cut when all is done.
    after = int(mode == "cut")
    points = [
        (case, point)
        for case in lab.cases
        for point in range(1, case.points[mode == "failing"] + 1 + after)
    ]
    random.Random(mode).shuffle(points)
    for number in range(tries):
        case, point = points[number % len(points)]
        work = partial(_reach, mode, lab, case, point, number)
        yield _strike(mode, lab, case, f"point {point}, try {number}", work)[1]


def strike_anywhere(mode: str, lab: Lab, tries: int) -> Tries:
    """Kill at any ``moment``; within a ``write``; or refuse a write for want of ``room``.

    What was done before it was struck is no try.
    """
    left = tries
    for number in range(100 * tries):
        case = lab.cases[number % len(lab.cases)]
        work = partial(_limit, mode, lab, case, number)
        struck, wrong = _strike(mode, lab, case, f"try {number}", work)
        if struck or wrong:
            yield wrong
            left -= 1
        if not left:
            return


def _strike(
    mode: str, lab: Lab, case: Case, told: str, work: Callable[[], object]
) -> tuple[bool, str]:
    """Have a child do something that is struck; return whether it was, and what is wrong after."""
    lab.reset(case.world, spare=mode == "cut")
    status, trace = lab.finish(lab.start(work))
    if mode == "cut":
        shutil.rmtree(lab.work)
        lab.spare.rename(lab.work)
    try:
        hangs = status == -signal.SIGALRM and mode != "moment"
        wrong = "hangs" if hangs else _judge(lab, case, status, trace)
    except Exception as error:
        wrong = f"can't be opened: {error!r}"
    return status != DONE, wrong and f"{case.name}, {told}: {wrong}"


def _reach(mode: str, lab: Lab, case: Case, point: int, number: int) -> object:
    chance = random.Random(number)

    def strike(event: str) -> None:
        if disk.points < point:
            return
        # Removing needs no room, and moving once at most.
        frees = event in ("os.remove", "os.rmdir") or event == "os.rename" and disk.points > point
        if mode == "full" and not frees:
            raise OSError(DISK_FULL[number % 3], os.strerror(DISK_FULL[number % 3]))
        if mode == "failing" and disk.points == point:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if mode == "cut":
            disk.lose_power(lab.spare, chance)
        if mode in ("cut", "killed"):
            os._exit(STRUCK)

    disk = Disk(lab.work, strike, reads=mode == "failing", linger=mode == "cut")
    told = case.act(lab.settings)
    if mode != "cut" and disk.points < point:
        raise AssertionError(f"there were {disk.points} points")
    if mode == "cut":
        # Half the time, while SQLite ends a transaction.
        ending = case.name.startswith(("converse", "forget")) and chance.random() < 0.5
        disk.lose_power(lab.spare, chance, ending)
        if ending:
            os._exit(STRUCK)
    return told


def _limit(mode: str, lab: Lab, case: Case, number: int) -> object:
    """Have the system end this process at some moment, or end or refuse a write past some size."""
    chance = random.Random(number)
    if mode == "moment":
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-4, case.seconds))
    else:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = int(case.size ** chance.random())
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if mode == "write" else signal.SIG_IGN)
    return case.act(lab.settings)


def _judge(lab: Lab, case: Case, status: int, trace: str) -> str:
    """Return what is wrong with what is left, or an empty string."""
    if status == BROKEN:
        return trace
    now = observe(lab.settings)
    if case.old.own - now.own:
        return "a file of the user is lost"
    if status == REFUSED and (now.seen != case.old.seen or now.files - case.old.files):
        left = ", ".join(now.files - case.old.files)
        return f"refused ({trace}), and yet {now.differ(case.old)} {left}"
    if now.seen == case.new.seen:
        return ""
    if status == DONE:
        return f"done, and yet {now.differ(case.new)}"
    if status != TOLD and now.seen != case.old.seen:
        return f"neither old nor new: {now.differ(case.old)}"
    again, trace = lab.finish(lab.start(lambda: case.act(lab.settings)))
    now = observe(lab.settings)
    return "" if now.seen == case.new.seen else f"not done again ({again}, {trace})"


# ---------------------------------------------------------------------------------- files at rest


def damage_files(lab: Lab, tries: int) -> Tries:
    """Damage a file of the index, of the conversations, or a small one."""
    for number in range(tries):
        chance = random.Random(number)
        lab.reset()
        path = chance.choice(_list_stored(lab))
        path.write_bytes(damage(path.read_bytes(), chance))
        yield _read_again(lab, f"{number}, {path.name} damaged")


def swap_files(lab: Lab, tries: int) -> Tries:
    """Swap two files of the index, of one generation or of two, or two of those of the user."""
    for number in range(tries):
        chance = random.Random(number)
        lab.reset()
        one = chance.choice(_list_stored(lab))
        folder = lab.settings.index if lab.settings.index in one.parents else lab.settings.data
        first = one.read_bytes()
        others = [path for path in _list_stored(lab, former=True) if folder in path.parents]
        other = chance.choice([path for path in others if path.read_bytes() != first])
        one.write_bytes(other.read_bytes())
        other.write_bytes(first)
        yield _read_again(lab, f"{number}, {one.name} and {other.name} swapped")


def _list_stored(lab: Lab, former: bool = False) -> list[Path]:
    """List what is written and read again: no articles, and the former index only if asked.

    What lies in the trash is looked at when it is put back.
    """
    current = current_generation(lab.settings.index)
    return [
        path
        for path in sorted([*lab.settings.index.rglob("*"), *lab.settings.data.rglob("*")])
        if path.is_file()
        and "lock" not in path.name
        and "corbeille" not in path.parts
        and (path.suffix in (".json", ".db") or lab.settings.index in path.parents)
        and (former or "generations" not in path.parts or current in path.parts)
    ]


def _read_again(lab: Lab, told: str) -> str:
    right = lab.cases[0].old.seen
    try:
        now = observe(lab.settings)
    except Exception as error:
        return f"{told}: {error!r}"
    wrong = [part for part, seen in now.seen.items() if seen != right[part]]
    silent = [part for part in wrong if not isinstance(now.seen[part], Told)]
    return f"{told}: {', '.join(silent)} wrong, and not told" if silent else ""


def change_weights(lab: Lab, tries: int) -> Tries:
    """Change a file whose hash is known and was checked, or the memory of that check."""
    path = lab.folder / "weights"
    for number in range(tries):
        chance = random.Random(number)
        path.write_bytes(chance.randbytes(5000))
        expected = sha256_file(path)
        match_checksum(path, expected)
        changed = chance.choice((path, memory_path(path)))
        changed.write_bytes(damage(changed.read_bytes(), chance))
        right = match_checksum(path, expected) == (changed != path)
        yield "" if right else f"{number}, {changed.name}"


# ------------------------------------------------------------------------------------- at once


def _make_indexes(count: int) -> list[Index]:
    """Make indexes of two articles each, that no other has."""
    return [
        build_index(
            [Article(f"{n}-{k}.md", "Un", f"Le prix {n} est {k}.", "", "") for k in range(2)],
            Hashes,
            Hashes.fingerprint,
        )[0]
        for n in range(count)
    ]


def write_together(lab: Lab, tries: int) -> Tries:
    """Have writers begin together, after one that was killed while it held the lock."""
    indexes, go, alone = _make_indexes(3), lab.folder / "go", lab.work / "alone"

    def hold() -> None:
        with lock_index(lab.settings.index):
            os.kill(os.getpid(), signal.SIGKILL)

    def write(number: int) -> bool:
        while not go.exists():
            pass
        Collection(lab.settings).add_file("note.md", f"Note {number}.".encode())
        try:
            with lock_index(lab.settings.index):
                alone.mkdir()
                save_index(indexes[number], lab.settings.index)
                alone.rmdir()
        except IndexLocked:
            return True
        return False

    for number in range(tries):
        lab.reset("bare")
        lab.finish(lab.start(hold))
        children = [lab.start(partial(write, k)) for k in range(len(indexes))]
        go.touch()
        ends = [lab.finish(child) for child in children]
        go.unlink()
        wrong = [trace for status, trace in ends if status not in (DONE, TOLD)]
        written = [index for index, end in zip(indexes, ends, strict=True) if end[0] == DONE]
        held = load_index(lab.settings.index, Hashes.fingerprint).articles if written else {}
        added = {a.text for a in Collection(lab.settings).read().articles if "Note " in a.text}
        if len(added) != len(indexes) or held not in [index.articles for index in written]:
            wrong.append("something is missing")
        yield f"{number}: {wrong[0]}" if wrong else ""


def read_while_swapping(lab: Lab, tries: int) -> Tries:
    """Swap indexes under two readers; each index that they read is a try."""
    indexes, stop, root = _make_indexes(2), lab.folder / "stop", lab.settings.index

    def read(counted: Path) -> bool:
        signal.alarm(0)
        count = 0
        while not count or not stop.exists():
            found = load_index(root, Hashes.fingerprint)
            same = [i for i in indexes if (i.articles, i.chunks) == (found.articles, found.chunks)]
            told = [index.sentence_vectors(0).tobytes() for index in (*same, found)]
            if len(set(told)) > 1 or len(told) != 2:
                return True
            count += 1
        counted.write_text(str(count))
        return False

    lab.reset("bare")
    with lock_index(root):
        save_index(indexes[0], root)
        counts = [lab.folder / f"count-{k}" for k in range(2)]
        children = [lab.start(partial(read, path)) for path in counts]
        for number in range(tries):
            save_index(indexes[number % 2], root)
    stop.touch()
    for child, path in zip(children, counts, strict=True):
        status, trace = lab.finish(child)
        if status != DONE:
            yield trace or "two generations mixed"
        else:
            yield from [""] * int(path.read_text())
    stop.unlink()
