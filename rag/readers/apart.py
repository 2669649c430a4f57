"""The one process in which every format that is more than lines of text is read.

Who wrote a document may mean harm, and what reads it is a hundred thousand lines of others: what
makes them crash, loop or eat memory ends that process and the reading of that file, nothing else.
The process starts at the first such file, reads the next ones one after the other, and another is
started when it has died. There is never more than one, whatever the threads that ask. It ends with
the process that started it: at once, unless a library then holds the lock of Python, else when the
file has had its time.

That is no prison: who takes that process over by a flaw of a library has the rights of its user.

A file has two minutes for each article, ten in all, and 2 GB of memory: address space, libraries
included, where the system counts it (Linux). What was read before a limit is kept.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self, TypeVar

from rag.errors import UnreadableFile

Item = TypeVar("Item")

# mammoth takes the most, 1.5 GB for the longest document that is read.
_MAX_MEMORY = 2_000_000_000  # bytes
# A process that still holds more than this is replaced: each file is to have about as much.
_MOST_HELD = 500_000_000
_PROGRAM = "import sys; from rag.readers.apart import serve; serve(*map(int, sys.argv[1:]))"


def too_much(what: str, kept: str = "") -> UnreadableFile:
    """Make the error of a file that asks for more than it may have."""
    todo = "partagez-le en plusieurs ou enregistrez-le dans un autre format"
    return UnreadableFile(f"ce fichier demande trop de {what}", kept=kept, todo=todo)


@dataclass(frozen=True, slots=True)
class _Running:
    """A process, this end of the pipe to it, and the folder where it writes what files hold."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    folder: str


class Process:
    """A process, started when it is first asked, and again when it has died.

    Parameters
    ----------
    patience, longest
        The most seconds for one item of what is asked, and for all of them.
    """

    def __init__(self, patience: float, longest: float) -> None:
        self.patience, self.longest = patience, longest
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.end()

    def run(self, function: Callable[..., Iterable[Item]], *arguments: object) -> Iterator[Item]:
        """Give what a function of a module yields, there, of its arguments.

        Raises
        ------
        UnreadableFile
            After all that came, when the process ended on it.
        OSError
            When no process can be started.
        """
        items: list[Item] = []
        with self._lock:
            status = self._ask((function, arguments, self.patience, self.longest), items)
        yield from items
        if status is not None:
            what = "temps" if status == -signal.SIGALRM else "mémoire, ou est endommagé"
            raise too_much(what, "ce qui en a été lu avant est gardé" if items else "")

    def _ask(self, asked: tuple[object, ...], items: list[Item]) -> int | None:
        """Add to ``items`` what comes; return the exit status when the process ends on it."""
        if self._running is None or self._running.process.poll() is not None:
            self.end()
            self._running = _start()
        pipe = self._running.pipe
        try:
            pipe.send(asked)
            while isinstance(got := pipe.recv(), tuple):
                items += got
        except (EOFError, OSError):
            return self.end()
        except BaseException:  # what comes next in the pipe is of this file
            self.end()
            raise
        if got > _MOST_HELD:
            self.end()
        return None

    def end(self) -> int | None:
        """End the process, remove what it was writing, and return its exit status."""
        running, self._running = self._running, None
        if running is None:
            return None
        running.process.kill()
        status = running.process.wait()
        running.pipe.close()
        shutil.rmtree(running.folder, ignore_errors=True)
        return status

    def forget(self) -> None:
        """Start afresh, and leave the process to another: a pipe serves one."""
        self._lock, self._running = threading.Lock(), None


def _start() -> _Running:
    pipe, theirs = Pipe()
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))
    # The threads that numpy would start take address space.
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "OPENBLAS_NUM_THREADS": "1"}
    with theirs:
        end = theirs.fileno()
        process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-c", _PROGRAM, str(end), str(_MAX_MEMORY)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | own,
            pass_fds=[end],
            process_group=0,  # Ctrl-C is for the process that asks
        )
    try:
        return _Running(process, pipe, pipe.recv())
    except EOFError as error:
        process.wait()
        raise ChildProcessError("le programme qui lit les fichiers ne démarre pas") from error


# The slowest file that a reader takes for one article needs a minute; an archive holds a folder.
READING = Process(patience=120.0, longest=600.0)
"""The one that reads files."""
atexit.register(READING.end)
os.register_at_fork(after_in_child=READING.forget)


# ---------------------------------------------------------------------------- in the process


def serve(end: int, memory: int) -> None:
    """Run what is asked for at this end of a pipe, until the other is closed."""
    _limit_memory(memory)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with (
        Connection(end) as pipe,
        tempfile.TemporaryDirectory(prefix="sourcier-read-") as folder,
        contextlib.suppress(EOFError, OSError),
    ):
        tempfile.tempdir = folder
        os.chdir(folder)  # what a crash leaves there goes with it
        threading.Thread(target=_follow, args=(end, folder), daemon=True).start()
        pipe.send(folder)
        while True:
            function, arguments, patience, longest = pipe.recv()
            until = time.monotonic() + longest
            _set_clock(patience, until)
            for item in function(*arguments):
                pipe.send((item,))
                _set_clock(patience, until)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send(_measure_memory())


def _follow(end: int, folder: str) -> None:
    """End this process when the other end of its pipe is closed, whatever it is reading."""
    closing = select.poll()
    closing.register(end, 0)
    closing.poll()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _set_clock(patience: float, until: float) -> None:
    """Have the system end this process later, whatever it does then and whoever is left to see."""
    signal.setitimer(signal.ITIMER_REAL, max(min(patience, until - time.monotonic()), 0.001))


def _limit_memory(most: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _measure_memory() -> int:
    """Return the address space of this process, in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
