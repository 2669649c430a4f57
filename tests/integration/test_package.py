"""The wheel, installed in a folder and run from another: all that the page needs is in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parent.parent.parent
# One process, for what both load.
ASK_AND_DRAW = """
from rag.cli import main
main(["ask", "Combien a coûté le tram de Brest ?"])
from streamlit.testing.v1 import AppTest
from rag.settings import APP
drawn = AppTest.from_file(APP, default_timeout=120).run()
print(APP, [error.value for error in (*drawn.exception, *drawn.error)], len(drawn.chat_input))
# What the page goes on with behind would be cut off within the libraries.
import os, sys
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it, its dependencies being those of these tests."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip"]
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, *build, str(ROOT)], check=True)
    (wheel,) = folder.glob("sourcier-*.whl")
    install = ["install", "--quiet", "--no-deps", "--no-compile", "--target", str(folder / "site")]
    subprocess.run([*pip, *install, str(wheel)], check=True)
    return folder / "site"


@pytest.fixture
def elsewhere(installed: Path, tmp_path: Path) -> dict[str, str]:
    """Make an environment that knows the installed program, and a folder of the user's data."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").write_text(
        "# Le tram de Brest\n\nLe tram de Brest a coûté 383 millions d’euros. Il a été mis en "
        "service en juin 2012.\n",
        encoding="utf-8",
    )
    # A folder of work that holds names of this program's own.
    (tmp_path / "work" / "rag").mkdir(parents=True)
    (tmp_path / "work" / "rag" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "work" / ".streamlit").mkdir()
    (tmp_path / "work" / ".streamlit" / "config.toml").write_text('[server]\nbaseUrlPath = "x"\n')
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SOURCIER_")}
    return kept | {
        "PYTHONPATH": str(installed),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "SOURCIER_CORPUS": "../articles",
        "SOURCIER_CACHE": os.environ.get("SOURCIER_CACHE", ""),
        "SOURCIER_ENGINE": "none",
    }


def run(program: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a program to its end and return what it wrote."""
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_is_in_the_wheel(installed: Path) -> None:
    for own in (ROOT / "corpus", ROOT / "rag"):
        there = installed / "rag" if own.name == "rag" else installed / "rag" / own.name
        held = [path for path in own.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        missing = [path for path in held if not (there / path.relative_to(own)).is_file()]
        assert held and not missing
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {
        "bin",
        "rag",
    }, "no module of a common name beside those of other programs"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep data elsewhere")
def test_one_command_opens_the_page_from_any_folder(
    installed: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sourcier, work = str(installed / "bin" / "sourcier"), tmp_path / "work"
    assert "COMMANDE" in run([sourcier, "--help"], work, elsewhere)
    command = [sourcier, "run", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=work, env=elsewhere, stdout=subprocess.PIPE, text=True
    ) as page:
        try:
            assert page.stdout is not None
            assert any("Sourcier est prêt" in line for line in page.stdout)
            with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request("GET", "/")
                assert connection.getresponse().status == 200
        finally:
            page.terminate()
    assert (tmp_path / "data" / "sourcier" / "index" / "CURRENT").is_file()
    shown = run([sys.executable, "-P", "-c", ASK_AND_DRAW], work, elsewhere)
    assert "383 millions" in shown
    assert shown.endswith(f"{installed / 'rag' / 'guard' / 'app.py'} [] 1\n")
    assert {path.name for path in work.iterdir()} == {"rag", ".streamlit"}, (
        "nothing is left where one works"
    )
