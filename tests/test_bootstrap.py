"""The way from a bare Python: the right interpreter, one installation, French remedies."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag import bootstrap
from rag.bootstrap import (
    SetupError,
    ask_version,
    choose_python,
    classify_pip_log,
    create_venv,
    ensure_chromium,
    explain_venv_failure,
    is_installed,
    is_supported,
    make_fingerprint,
    read_stamp,
)

SCRIPT = Path(bootstrap.__file__)


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
        cwd=SCRIPT.parent.parent,
        env={**os.environ, "MAKELEVEL": "1"},
        stdout=subprocess.PIPE,
    )
    with make:
        assert make.stdout is not None and make.stdout.readline() == b"1\n"
        make.kill()
        assert make.stdout.read() == b"", "read to its end, which the child held open too"
