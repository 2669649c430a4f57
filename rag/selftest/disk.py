"""A disk that strikes where it is told to, and what it leaves of files: faults made on purpose."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rag.history

# Of each event of Python's audit hooks: where its paths are, and the folders they are relative to.
_HEARD: dict[str, tuple[tuple[int, int], ...]] = {
    "open": ((0, 3),),
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((0, 2), (1, 3)),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
}
_SETTING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Steps of SQLite's machine between two points.
_STEPS = 300
_LOGS = ("data/conversations.db", "data/conversations.db-wal")


@dataclass
class _Act:
    """A change of names in folders known by their inodes, or the push of one down to the disk.

    Of a file opened to be written, ``place`` is where it is now and ``data`` what was pushed.
    """

    event: str
    paths: list[str]
    folders: set[int]
    place: str = ""
    data: bytes | None = None
    moved: _Act | None = None


class Disk:
    """Hears what this process asks of the files under a folder, and strikes at each point.

    A point is a file opened to be written, linked, moved or removed, a folder made or removed, an
    ``os.fsync`` (which is only noted), and some steps of SQLite. It can't be taken away again: make
    it in a child.

    Parameters
    ----------
    strike
        Called before each, with its name; may raise what the system would, or end the process.
    reads
        Whether files opened to be read count too.
    linger
        Whether the log of SQLite is kept from being emptied.
    """

    def __init__(
        self, folder: Path, strike: Callable[[str], None], reads: bool = False, linger: bool = False
    ) -> None:
        self.points = 0
        self._folder, self._strike, self._reads, self._linger = str(folder), strike, reads, linger
        self._acts: list[_Act] = []
        self._deaf = False
        self._open: list[sqlite3.Connection] = []
        self._connect = rag.history._connect
        rag.history._connect = self._hear_database
        os.fsync = self._hear_sync  # type: ignore[assignment]
        sys.addaudithook(self._hear)

    def _reach(self, event: str) -> None:
        self.points += 1
        self._strike(event)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._deaf or event not in _HEARD or isinstance(arguments[0], int):
            return
        self._deaf = True
        try:
            paths = [self._locate(arguments[i], (*arguments, -1)[j]) for i, j in _HEARD[event]]
            if paths[0].startswith(self._folder):
                self._note(event, paths, arguments[2] if event == "open" else os.O_RDWR)
        finally:
            self._deaf = False

    def _locate(self, path: str | os.PathLike[str], folder: int) -> str:
        return os.path.join(self._find(folder) if folder >= 0 else os.getcwd(), path)

    def _find(self, descriptor: int) -> str:
        inode = os.fstat(descriptor).st_ino
        places = (str(path) for path in [Path(self._folder), *Path(self._folder).rglob("*")])
        return next((place for place in places if os.lstat(place).st_ino == inode), "")

    def _note(self, event: str, paths: list[str], flags: int) -> None:
        if flags & _SETTING or self._reads:
            self._reach(event)
        kept = event == "open" and not flags & os.O_TRUNC and os.path.exists(paths[0])
        if kept or not flags & _SETTING:
            return
        made = next((act for act in self._acts if act.place == paths[0]), None)
        with suppress(FileNotFoundError):
            folders = {os.stat(os.path.dirname(path)).st_ino for path in paths}
            place = paths[0] if event == "open" else ""
            self._acts.append(_Act(event, paths, folders, place, moved=made))
        for act in self._acts if event == "os.rename" else ():
            if act.place and f"{act.place}/".startswith(f"{paths[0]}/"):
                act.place = paths[1] + act.place[len(paths[0]) :]

    def _hear_sync(self, descriptor: int) -> None:
        self._reach("sync")
        self._acts.append(_Act("sync", [], {os.fstat(descriptor).st_ino}))
        place = self._find(descriptor)
        for act in self._acts:
            if act.place and act.place == place:
                act.data = Path(place).read_bytes()

    def _hear_database(self, path: Path) -> sqlite3.Connection:
        base = self._connect(path)
        if self._linger:
            other = self._connect(path)
            other.execute("SELECT * FROM sqlite_master").fetchall()
            self._open.append(other)
        base.set_progress_handler(lambda: self._reach("sqlite"), _STEPS)
        return base

    def lose_power(self, before: Path, chance: random.Random, tear_log: bool = False) -> None:
        """Bring a copy of what was there before to what a disk may hold after a power cut.

        A file that was not synced is torn. A name that was not synced in its folder is there or
        not, but never without the changes made before in the same folder. A rename is whole, as on
        every file system with a journal.
        """
        self._deaf = True
        synced: set[int] = set()
        durable = set()
        for act in reversed(self._acts):
            if act.event == "sync" or act.folders & synced:
                synced |= act.folders
                durable.add(id(act))
        lost: set[int] = set()
        share = chance.choice((0.0, 0.5, 1.0))
        for act in self._acts:
            if id(act) not in durable and (act.folders & lost or chance.random() >= share):
                lost |= act.folders
            else:
                paths = [f"{before}{path[len(self._folder) :]}" for path in act.paths]
                with suppress(OSError):
                    _do_again(act, paths, chance)
        for name in _LOGS:
            # SQLite syncs what it writes itself, but for the log of a transaction that is ending.
            with suppress(FileNotFoundError):
                data = Path(self._folder, name).read_bytes()
                torn = tear(data, chance) if tear_log and name == _LOGS[-1] else data
                (before / name).write_bytes(torn)


def _do_again(act: _Act, paths: list[str], chance: random.Random) -> None:
    made = act if act.event == "open" else act.moved
    if made is not None and (act is made or not os.path.exists(paths[0])):
        # A file that was moved is there, even if the folder that it was made in is not.
        if made.data is None:
            made.data = tear(Path(made.place).read_bytes(), chance)
        Path(paths[-1]).write_bytes(made.data)
    elif act.event == "os.rename":
        os.replace(*paths)
    elif act.event != "sync":
        getattr(os, act.event.removeprefix("os."))(*paths)


def tear(data: bytes, chance: random.Random) -> bytes:
    """Leave of a file that was being written what a disk may: its beginning, or zeros after it."""
    cut = chance.randrange(len(data) + 1)
    return chance.choice((b"", data, data[:cut], data[:cut] + bytes(len(data) - cut)))


def damage(data: bytes, chance: random.Random) -> bytes:
    """Flip a byte, cut the end off, or fill a block with zeros; give other bytes than ``data``."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice((1, 16, 512)))
    found = chance.choice(
        (
            data[:start] + bytes([data[start] ^ chance.randrange(1, 256)]) + data[start + 1 :],
            data[:start] + data[start + 1 :],
            data[:start],
            data[:start] + bytes(end - start) + data[end:],
        )
    )
    return found if found != data else data[:-1]
