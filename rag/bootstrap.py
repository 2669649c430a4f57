"""Goes from a bare Python to a running page (``run``) or to passing tests (``test``…).

Run as a plain file by the Python of the system, before anything is installed: it uses the
standard library only and is written so that a Python too old to run the rest can still say so.
Each step is done once: a stamp in ``.venv`` remembers what was installed, and an interrupted
step starts again. Knows nothing about the models, the index or the page: those are commands of
``python -m rag``.
"""

import os
import sys

# Started as a file, Python searches rag/ first, where types.py hides the standard one: put it last.
sys.path.sort(key=lambda path: os.path.basename(os.path.abspath(path)) == "rag")

import hashlib
import json
import re
import shutil
import signal
import subprocess
import time

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_VENV = os.path.join(_ROOT, ".venv")
_PYTHON = os.path.join(_VENV, "bin", "python")
_STAMP = os.path.join(_VENV, "sourcier.json")
_LOG = os.path.join(_VENV, "install.log")
# The versions that were tried together, on every system and Python; `make lock` writes it.
_LOCK = os.path.join(_ROOT, "requirements.lock")
_OLDEST, _NEWEST = (3, 11), (3, 13)
_EXTRAS = {
    "run": ("llama",),
    "test": ("llama", "test"),
    "test-models": ("llama", "test"),
    "test-fast": ("llama", "test"),
}
# Locks, limits of memory and of time, files that are replaced while they are read: Windows does
# these in another way, or not.
WINDOWS = (
    "Sourcier a besoin de Linux ou de macOS ; sous Windows, ouvrez un terminal de WSL 2 "
    "(`wsl --install` l’installe) et donnez-y la même commande"
)
_FAST = ("-m", "not slow and not models and not browser")
_WITHOUT_BROWSER = ("-m", "not browser")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")

_FAILURES = (
    ("space", r"No space left on device|Errno 28\b|Disk quota exceeded|WinError 112"),
    (
        "network",
        r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout"
        r"|Max retries exceeded|Network is unreachable|Connection (refused|reset|aborted)"
        r"|RemoteDisconnected|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED|IncompleteRead",
    ),
    ("absent", r"No matching distribution found|Could not find a version|ResolutionImpossible"),
)
# What fewer or other packages may mend.
_LACKING = _FAILURES[-1][1] + r"|Failed (to build|building).*xllamacpp"
_REMEDIES = {
    "space": "la place manque sur le disque ; libérez au moins 10 Go et relancez la même commande",
    "network": "l’index de paquets Python ne répond pas ; vérifiez la connexion et relancez",
    "absent": "une bibliothèque n’existe pas pour ce système ou ce Python ; essayez-en un autre "
    "avec PYTHON=python3.12",
    "other": "lisez la fin de .venv/install.log, corrigez et relancez la même commande",
}


class SetupError(Exception):
    """A step can't be done; the message is one French sentence that names the remedy."""


def main(arguments: "list[str]") -> int:
    """Run one command; what follows a test goes to pytest. Return the exit status."""
    if not arguments or arguments[0] not in _EXTRAS:
        say("Usage : python3 rag/bootstrap.py run | test | test-models | test-fast [options]")
        return 2
    if hasattr(sys.stdout, "reconfigure"):  # an old terminal shows « ? » rather than a traceback
        sys.stdout.reconfigure(errors="replace")
    if os.name == "nt":
        say(f"Échec : {WINDOWS}.")
        return 1
    os.chdir(_ROOT)
    command, rest = arguments[0], arguments[1:]
    end_with_make()
    try:
        prepare_environment(_EXTRAS[command])
        return run_page(rest) if command == "run" else run_tests(command, rest)
    except SetupError as error:
        say(f"Échec : {error}.")
        return 1
    except KeyboardInterrupt:
        say("Interrompu ; la même commande reprendra où elle en était.")
        return 130


def say(text: str) -> None:
    """Write one line at once, even when the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def end_with_make() -> None:
    """Have the system end this process, and the page that it becomes, when make is killed.

    Linux alone does so: ``PR_SET_PDEATHSIG`` in prctl(2), which stays through ``execv``. Started by
    anything but make, this process may well outlive it, as with nohup.
    """
    if sys.platform != "linux" or "MAKELEVEL" not in os.environ:
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (ImportError, OSError, AttributeError):
        pass  # the page then stays until it is stopped itself


# Which Python


def is_supported(version: "tuple[int, ...]") -> bool:
    """Say whether this program runs on a Python of this version."""
    return _OLDEST <= tuple(version[:2]) <= _NEWEST


def choose_python(wanted: str, current: "tuple[int, ...]") -> str:
    """Choose the interpreter that makes the environment.

    Parameters
    ----------
    wanted
        The ``PYTHON`` variable: a name or a path, or empty.
    current
        Version of the Python that runs this file.

    Raises
    ------
    SetupError
        When no supported Python is found.
    """
    if wanted:
        version = ask_version(wanted)
        if is_supported(version):
            return wanted
        found = "{}.{}".format(*version[:2]) if version else "introuvable"
        raise SetupError(
            f"PYTHON={wanted} ({found}) ne convient pas ; donnez un Python de 3.11 à 3.13"
        )
    if is_supported(current):
        return getattr(sys, "_base_executable", "") or sys.executable
    for minor in range(_NEWEST[1], _OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if is_supported(ask_version(name)):
            return name
    how = "brew install python@3.13" if sys.platform == "darwin" else "apt install python3-venv"
    raise SetupError(
        "il faut Python 3.11, 3.12 ou 3.13 et celui-ci est le {}.{} ; installez-en un (par exemple "
        "`{}`) ou nommez-le avec PYTHON=".format(*current[:2], how)
    )


def ask_version(python: str) -> "tuple[int, ...]":
    """Ask an interpreter for its version; empty when it does not run."""
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        output = subprocess.check_output([python, "-c", code], stderr=subprocess.DEVNULL)
        return tuple(int(number) for number in output.split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ()


# The environment


def prepare_environment(extras: "tuple[str, ...]") -> None:
    """Make ``.venv`` hold everything that these extras need, unless it already does.

    Raises
    ------
    SetupError
        When it can't be made.
    """
    wanted = os.environ.get("PYTHON", "")
    version = ask_version(_PYTHON)
    fits = is_supported(version) and (not wanted or ask_version(wanted) == version)
    if fits and is_installed(read_stamp(), make_fingerprint(version), extras):
        say("→ Environnement Python {}.{} : déjà prêt.".format(*version))
        return
    if not fits or not _has_pip():
        version = create_venv(choose_python(wanted, tuple(sys.version_info[:2])))
    install_packages(version, extras)


def make_fingerprint(version: "tuple[int, ...]") -> str:
    """Hash what an installation depends on: ``pyproject.toml``, the lock and the Python."""
    fingerprint = hashlib.sha256(repr(tuple(version)).encode())
    for path in (os.path.join(_ROOT, "pyproject.toml"), _LOCK):
        with open(path, "rb") as file:
            fingerprint.update(file.read())
    return fingerprint.hexdigest()


def is_installed(stamp: "dict[str, object]", fingerprint: str, extras: "tuple[str, ...]") -> bool:
    """Say whether the stamp of the last installation covers these extras."""
    done = stamp.get("extras")
    return (
        stamp.get("fingerprint") == fingerprint
        and isinstance(done, list)
        and all(extra in done for extra in extras)
    )


def read_stamp() -> "dict[str, object]":
    """Read what the last installation noted; empty when there was none."""
    try:
        with open(_STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _has_pip() -> bool:
    code = "import pip._internal.cli.main"
    return subprocess.call([_PYTHON, "-c", code], stderr=subprocess.DEVNULL) == 0


def create_venv(python: str) -> "tuple[int, ...]":
    """Make an empty ``.venv``, in place of a broken one, and return its version of Python.

    Raises
    ------
    SetupError
        When the module ``venv`` can't do it.
    """
    say("→ Environnement Python : création de .venv…")
    if os.path.isdir(_VENV):
        shutil.rmtree(_VENV, ignore_errors=True)
    done = subprocess.run(
        [python, "-m", "venv", _VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    version = ask_version(_PYTHON)
    if done.returncode == 0 and version:
        return version
    raise SetupError(explain_venv_failure(done.stdout.decode(errors="replace")))


def explain_venv_failure(log: str) -> str:
    """Say in French why ``python -m venv`` failed and what to do."""
    if re.search(r"ensurepip|No module named '?venv", log):
        return "Python n’a pas de quoi créer un environnement ; lancez `apt install python3-venv`"
    if classify_pip_log(log) == "space":
        return _REMEDIES["space"]
    return "l’environnement .venv n’a pas pu être créé ; supprimez-le et relancez ({})".format(
        log.strip().splitlines()[-1] if log.strip() else "aucun détail"
    )


def install_packages(version: "tuple[int, ...]", extras: "tuple[str, ...]") -> None:
    """Install this project and its extras, in the versions of the lock.

    Where an index has not all of these, the nearest are taken; where there is no llama.cpp, it is
    left out.

    Raises
    ------
    SetupError
        When pip fails.
    """
    say("→ Bibliothèques : installation (quelques minutes la première fois)…")
    open(_LOG, "wb").close()
    run_pip("--upgrade", "pip")
    quoting = tuple(extra for extra in extras if extra != "llama")
    locked = ("--constraint", _LOCK)
    attempts = [(extras, locked), (extras, ()), (quoting, locked), (quoting, ())]
    for wanted, options in attempts:
        try:
            run_pip(*options, "--editable", ".[{}]".format(",".join(wanted)))
            break
        except SetupError:
            log = read_log()
            if (wanted, options) == attempts[-1] or not re.search(_LACKING, log):
                raise
            if classify_pip_log(log) in ("space", "network"):
                raise
    if not options:
        say("  Une version éprouvée manque ici : la plus proche est prise.")
    if wanted != extras:
        say("  llama.cpp n’existe pas pour ce système : les réponses citeront sans rédiger.")
    stamp = {"fingerprint": make_fingerprint(version), "extras": list(extras)}
    with open(_STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file)
    os.replace(_STAMP + ".new", _STAMP)


def run_pip(*arguments: str) -> None:
    """Run ``pip install`` quietly, its output added to ``.venv/install.log``.

    Raises
    ------
    SetupError
        When it fails; the message says why in French.
    """
    command = [_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with open(_LOG, "ab") as log:
        child = subprocess.Popen(
            command + list(arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        _wait_showing_time(child)
    if child.returncode:
        raise SetupError(_REMEDIES[classify_pip_log(read_log())])


def _wait_showing_time(child: "subprocess.Popen[bytes]") -> None:
    """Wait for a child; on a terminal, count the seconds so that nobody thinks it is stuck."""
    start = time.monotonic()
    while True:
        try:
            child.wait(1)
            break
        except subprocess.TimeoutExpired:
            if sys.stdout.isatty():
                sys.stdout.write(f"\r  {time.monotonic() - start:.0f} s\x1b[K")
                sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")


def read_log() -> str:
    """Read the log of the installation under way."""
    with open(_LOG, encoding="utf-8", errors="replace") as file:
        return file.read()


def classify_pip_log(log: str) -> str:
    """Name the cause of pip's failure: ``space``, ``network``, ``absent`` or ``other``."""
    for cause, pattern in _FAILURES:
        if re.search(pattern, log):
            return cause
    return "other"


# The steps that run inside of the environment


def run_page(arguments: "list[str]") -> int:
    """Become the program that prepares all that the page needs and opens it; never returns."""
    # Signals then reach the page itself.
    os.execv(_PYTHON, [_PYTHON, "-m", "rag", "run", *arguments])


def run_tests(command: str, arguments: "list[str]") -> int:
    """Pass the tests of this speed; return the exit status.

    ``test`` fetches the models and passes every check, the quick ones first; ``test-models`` does
    without the browser, ``test-fast`` without the models, the checks of style and slow tests too.

    Raises
    ------
    SetupError
        When one of them fails.
    """
    if command == "test-fast":
        return run_module("pytest", *_FAST, *arguments)
    say("→ Modèles : recherche et vérification…")
    status = run_module("rag", "models", "--fetch")
    if status:
        return status
    if command == "test-models" or not ensure_chromium():
        arguments = [*_WITHOUT_BROWSER, *arguments]
    checks = (
        ("ruff check", ("ruff", "check", ".")),
        ("ruff format", ("ruff", "format", "--check", ".")),
        ("mypy", ("mypy",)),
        ("pytest", ("pytest", *arguments)),
    )
    for name, check in checks:
        say(f"→ {name}…")
        if run_module(*check):
            raise SetupError(f"{name} signale ce qui est écrit ci-dessus ; corrigez et relancez")
    say("Tout passe.")
    return 0


def run_module(name: str, *arguments: str) -> int:
    """Run a module with the environment's Python and return its exit status."""
    return subprocess.call([_PYTHON, "-m", name, *arguments])


def ensure_chromium() -> bool:
    """Say whether a browser is there for the tests, after installing Debian's if it may be."""
    if find_browser():
        return True
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        say("→ Chromium : installation du paquet de Debian…")
        install_chromium()
        if find_browser():
            return True
    say("  Chromium manque (`apt install chromium`) : les tests du navigateur sont sautés.")
    return False


def find_browser() -> str:
    """Find a Chromium on the path; empty when there is none."""
    return next((path for path in map(shutil.which, _BROWSERS) if path), "")


def install_chromium() -> None:
    """Ask apt for Chromium; its output goes to ``.venv/chromium.log``."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with open(os.path.join(_VENV, "chromium.log"), "wb") as log:
        for arguments in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
            subprocess.call(("apt-get",) + arguments, env=environment, stdout=log, stderr=log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
