"""The way from a bare Python: the right interpreter, one installation, French remedies."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rag import bootstrap
from rag.bootstrap import (
    SetupError,
    ask_version,
    choose_python,
    classify_pip_log,
    create_venv,
    ensure_chromium,
    explain_venv_failure,
    install_packages,
    is_installed,
    is_supported,
    make_fingerprint,
    read_stamp,
    run_tests,
)

pytestmark = pytest.mark.slow

SCRIPT = Path(bootstrap.__file__)
ROOT = SCRIPT.parent.parent


def write_python(folder: Path, name: str, version: str) -> Path:
    """Write a program that answers like a Python of this version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


# Which Python


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((3, 10, 14), False),
        ((3, 11), True),
        ((3, 13, 1), True),
        ((3, 14), False),
        ((2, 7), False),
        ((), False),
    ],
)
def test_versions_from_3_11_to_3_13_are_supported(version: tuple[int, ...], expected: bool) -> None:
    assert is_supported(version) is expected


def test_the_current_python_is_taken_when_it_suits() -> None:
    assert ask_version(choose_python("", sys.version_info[:2])) == sys.version_info[:2]


def test_a_newer_python_is_looked_for_when_this_one_is_too_old(empty_path: Path) -> None:
    write_python(empty_path, "python3.13", "oops")
    write_python(empty_path, "python3.12", "3 12")
    write_python(empty_path, "python3.11", "3 11")
    assert choose_python("", (3, 9)) == "python3.12"


def test_no_suitable_python_is_one_french_sentence(empty_path: Path) -> None:
    with pytest.raises(SetupError, match=r"celui-ci est le 3\.9\s; installez-en un"):
        choose_python("", (3, 9))


def test_the_python_variable_chooses(empty_path: Path) -> None:
    mine = write_python(empty_path, "mine", "3 13")
    assert choose_python(str(mine), (3, 11)) == str(mine)
    old = write_python(empty_path, "old", "3 8")
    with pytest.raises(SetupError, match=r"\(3\.8\)"):
        choose_python(str(old), (3, 11))
    with pytest.raises(SetupError, match="introuvable"):
        choose_python("absent", (3, 11))


def test_the_file_can_be_read_by_an_old_python() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_the_file_runs_alone_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(SCRIPT)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout.startswith("Usage")
    assert not done.stderr


def test_windows_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.bootstrap.os.name", "nt")
    assert bootstrap.main(["run"]) == 1
    assert "WSL 2" in capsys.readouterr().out


# The stamp


def test_the_fingerprint_follows_the_version_of_python() -> None:
    assert make_fingerprint((3, 11)) == make_fingerprint((3, 11))
    assert make_fingerprint((3, 11)) != make_fingerprint((3, 12))


def test_an_installation_covers_its_extras_and_fewer() -> None:
    stamp: dict[str, object] = {"fingerprint": "f", "extras": ["llama", "test"]}
    assert is_installed(stamp, "f", ("llama",))
    assert is_installed(stamp, "f", ("llama", "test"))
    assert not is_installed(stamp, "other", ("llama",))
    assert not is_installed({"fingerprint": "f", "extras": ["llama"]}, "f", ("llama", "test"))
    assert not is_installed({}, "f", ())


def test_a_missing_or_broken_stamp_means_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_STAMP", str(tmp_path / "stamp"))
    assert read_stamp() == {}
    for junk in ("", "{", "[]"):
        (tmp_path / "stamp").write_text(junk)
        assert read_stamp() == {}


def test_a_half_made_environment_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = tmp_path / ".venv"
    (venv / "lib").mkdir(parents=True)
    (venv / "lib" / "junk").write_text("half")
    monkeypatch.setattr(bootstrap, "_VENV", str(venv))
    monkeypatch.setattr(bootstrap, "_PYTHON", str(venv / "bin" / "python"))
    assert create_venv(sys.executable) == sys.version_info[:2]
    assert not (venv / "lib" / "junk").exists()
    assert (venv / "bin" / "pip").exists()


def test_a_python_that_cannot_make_an_environment_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "_PYTHON", str(tmp_path / ".venv/bin/python"))
    fake = tmp_path / "python"
    fake.write_text(
        "#!/bin/sh\necho 'The virtual environment: ensurepip is not available'\nexit 1\n"
    )
    fake.chmod(0o755)
    with pytest.raises(SetupError, match="apt install python3-venv"):
        create_venv(str(fake))


# The lock


def read_lock() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in found}


def test_the_lock_has_one_version_of_everything_for_every_system() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    needed = [Requirement(text) for group in groups for text in group]
    lock = read_lock()
    for each in needed:
        if each.name == "sourcier":
            continue
        locked = lock.get(canonicalize_name(each.name))
        assert locked is not None, f"{each.name}: run `make lock`"
        (version,) = locked.specifier
        assert version.operator == "==" and version.version in each.specifier, each
        assert locked.marker is None, "on every system and Python"
    assert str(lock["torch"].specifier) == "==2.13.0"


def test_the_lock_names_no_host() -> None:
    assert all(each.url is None for each in read_lock().values())
    assert "--" not in (ROOT / "requirements.lock").read_text()


@pytest.fixture
def pip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Callable[[str], str]], list[str]]:
    """Have a script answer for pip: what it says of arguments is an error's log."""
    monkeypatch.setattr(bootstrap, "_STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(bootstrap, "_LOG", str(tmp_path / "log"))

    def install(answer: Callable[[str], str]) -> list[str]:
        asked: list[str] = []

        def run(*arguments: str) -> None:
            text = " ".join(arguments)
            if "--editable" not in text:
                return
            asked.append(text.replace(str(ROOT / "requirements.lock"), "lock"))
            if log := answer(text):
                (tmp_path / "log").write_text(log)
                raise SetupError(log)

        monkeypatch.setattr(bootstrap, "run_pip", run)
        install_packages((3, 11), ("llama", "test"))
        return asked

    return install


Pip = Callable[[Callable[[str], str]], list[str]]
CONFLICT = "no matching distributions available for your environment:\n x\nResolutionImpossible"


def test_the_lock_is_what_is_installed(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    assert pip(lambda text: "") == ["--constraint lock --editable .[llama,test]"]
    assert is_installed(read_stamp(), make_fingerprint((3, 11)), ("llama", "test"))
    assert "manque" not in capsys.readouterr().out


def test_an_index_without_a_locked_version_gives_the_nearest(
    pip: Pip, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = pip(lambda text: CONFLICT if "--constraint" in text else "")
    assert asked[-1] == "--editable .[llama,test]"
    assert "la plus proche est prise" in capsys.readouterr().out


def test_without_llama_the_lock_still_counts(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    asked = pip(lambda text: CONFLICT if "llama" in text else "")
    assert asked[-1] == "--constraint lock --editable .[test]"
    told = capsys.readouterr().out
    assert "citeront sans rédiger" in told and "la plus proche" not in told


@pytest.mark.parametrize("log", ["No space left on device", "ReadTimeout", "Traceback"])
def test_what_no_other_choice_mends_is_not_tried_again(pip: Pip, log: str) -> None:
    answers = iter([log, ""])
    with pytest.raises(SetupError):
        pip(lambda text: next(answers))
    assert next(answers) == "", "asked once"


# From a log to a French remedy


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", "space"),
        ("OSError: [Errno 122] Disk quota exceeded", "space"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(…)'\n"
            "ERROR: No matching distribution found for torch",
            "network",
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "network"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "network"),
        ("ERROR: No matching distribution found for xllamacpp>=2026.8", "absent"),
        ("ERROR: Failed building wheel", "other"),
        ("", "other"),
    ],
)
def test_the_log_of_pip_names_the_cause(log: str, cause: str) -> None:
    assert classify_pip_log(log) == cause
    assert bootstrap._REMEDIES[cause]


def test_the_log_of_venv_names_the_remedy() -> None:
    assert "python3-venv" in explain_venv_failure("/usr/bin/python3: No module named venv")
    assert "place" in explain_venv_failure("OSError: [Errno 28] No space left on device")
    assert "aucun détail" in explain_venv_failure("")


# The three speeds


@pytest.mark.parametrize(
    ("command", "chosen", "fetched"),
    [
        ("test", ["-k", "x"], True),
        ("test-models", ["-m", "not browser", "-k", "x"], True),
        ("test-fast", ["-m", "not slow and not models and not browser", "-k", "x"], False),
    ],
)
def test_a_name_selects_the_tests(
    command: str, chosen: list[str], fetched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, ...]] = []

    def run_module(*module: str) -> int:
        ran.append(module)
        return 0

    monkeypatch.setattr(bootstrap, "run_module", run_module)
    monkeypatch.setattr(bootstrap, "ensure_chromium", lambda: True)
    assert run_tests(command, ["-k", "x"]) == 0
    assert ran[-1] == ("pytest", *chosen)
    assert (("rag", "models", "--fetch") in ran) is fetched
    targets = (ROOT / "Makefile").read_text().splitlines()
    assert any(command in line.partition(":")[0].split() for line in targets)


# The browser


def test_without_a_browser_nor_apt_the_browser_tests_are_skipped_aloud(
    empty_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not ensure_chromium()
    assert "les tests du navigateur sont sautés" in capsys.readouterr().out


def test_a_browser_on_the_path_is_enough(empty_path: Path) -> None:
    write_python(empty_path, "chromium", "")
    assert ensure_chromium()


def test_apt_is_asked_when_it_may_install(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "_VENV", str(empty_path))
    apt = empty_path / "apt-get"
    apt.write_text(
        '#!/bin/sh\n[ "$1" = install ] || exit 0\n'
        f"echo '#!/bin/sh' > {empty_path}/chromium; /bin/chmod +x {empty_path}/chromium\n"
    )
    apt.chmod(0o755)
    assert ensure_chromium()
    assert "Chromium" in capsys.readouterr().out


# Killed make


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's own")
def test_what_make_started_ends_when_make_is_killed() -> None:
    child = (
        "import os, sys; from rag.bootstrap import end_with_make; end_with_make(); "
        # As the page does, it goes on as another program.
        "os.execv(sys.executable, [sys.executable, '-c', "
        "'import signal; print(1, flush=True); signal.pause()'])"
    )
    make = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])"]
        + [sys.executable, "-c", child],
        cwd=ROOT,
        env={**os.environ, "MAKELEVEL": "1"},
        stdout=subprocess.PIPE,
    )
    with make:
        assert make.stdout is not None and make.stdout.readline() == b"1\n"
        make.kill()
        assert make.stdout.read() == b"", "read to its end, which the child held open too"
