"""Starts the page on this machine only, says where it is, and why it stopped.

The page is a child that ends with this program, however that ends: see ``rag.guard.__main__``.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from http import HTTPStatus
from pathlib import Path

from rag.errors import RagError, UsageError
from rag.quotas import limit_files
from rag.settings import APP, Settings

ADDRESS = "127.0.0.1"
_SERVER = Path(__file__).resolve().parent / "guard" / "server.py"
_OPTIONS = {
    "server.headless": "true",
    "server.baseUrlPath": "",
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.level": "error",
    # The default red reads as an error around the field that has the focus.
    "theme.light.primaryColor": "#1f5fbf",
    "theme.dark.primaryColor": "#7fb2ff",
}
_START_SECONDS = 60
_LOOK_SECONDS = 0.2
_STOP_SECONDS = 10
_LAST_PORT = 65535
# The proxies of the environment know nothing of this machine.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_KEPT = "L’index, les articles et les conversations sont intacts."


def serve_page(settings: Settings, port: int) -> int:
    """Run the page until it is stopped, by Ctrl-C or SIGTERM; return its exit status.

    Raises
    ------
    UsageError
        When the port can't be had.
    RagError
        When the page does not start, or is ended by something else.
    """
    again = '`make run ARGS="{0}"` ou `python -m rag serve {0}`'
    claim_port(port, again).close()
    # What lies in the current folder is the user's, whatever its name.
    command = [
        sys.executable,
        "-P",
        "-m",
        "rag.guard",
        "run",
        str(_SERVER),
        f"--server.port={port}",
    ]
    options = {
        **_OPTIONS,
        "server.address": settings.address,
        "server.maxUploadSize": _limit_files(settings),
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = os.environ | _name_places(settings)
    address = f"http://{ADDRESS}:{port}"
    # A stop asked by the system is a stop by the keyboard.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Streamlit greets in English on its standard output; its errors still reach the terminal.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        # Not the user's folder, where settings of another Streamlit program may lie.
        cwd=APP.parent,
    ) as page:
        try:
            _wait_until_up(page, f"{address}/_stcore/health")
            sys.stdout.write(f"Sourcier est prêt : {address} (Ctrl-C pour arrêter)\n")
            sys.stdout.flush()
            if sys.stdout.isatty():
                webbrowser.open(address)
            raise _explain_end(page.wait())
        except KeyboardInterrupt:
            return 0
        finally:
            page.terminate()
            try:
                page.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                page.kill()


def _limit_files(settings: Settings) -> int:
    """Return the megabytes of a file that the server takes: none where nothing can be added."""
    return 0 if settings.read_only else limit_files(settings) // 1_000_000


def _name_places(settings: Settings) -> dict[str, str]:
    """Return the variables that name the places of these settings from any other folder."""
    places = {
        "CORPUS": settings.corpus,
        "INDEX": settings.index,
        "DATA": settings.data,
        "CACHE": settings.cache,
    }
    models = {"GENERATOR": Path(settings.generator), "EMBEDDER": Path(settings.embedder)}
    places |= {name: path for name, path in models.items() if path.exists()}
    return {f"SOURCIER_{name}": str(path.absolute()) for name, path in places.items()}


def _explain_end(status: int) -> RagError:
    """Say why the page ended, though nobody asked this program to stop it."""
    killed = status == -signal.SIGKILL
    how = f"signal {-status}" if status < 0 else f"code {status}"
    return RagError(
        f"La page a été arrêtée de l’extérieur ({how}{', souvent faute de mémoire' * killed}).",
        kept=_KEPT,
        todo="Relancez la même commande.",
    )


def claim_port(port: int, again: str) -> socket.socket:
    """Bind a port of this machine, before anything heavy is loaded.

    Parameters
    ----------
    port
        From 1.
    again
        How to start on another port, ``{0}`` in the place of its option.

    Raises
    ------
    UsageError
        When the port can't be had.
    """
    if port > _LAST_PORT:
        raise UsageError(
            f"Le port {port} n’existe pas.", todo=f"Donnez un port de 1 à {_LAST_PORT}."
        )
    claimed = socket.socket()
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claimed.bind((ADDRESS, port))
    except OSError as error:
        claimed.close()
        if error.errno != errno.EADDRINUSE:
            raise UsageError(
                f"Le système refuse le port {port} ({error.strerror}).",
                todo="Prenez-en un à partir de 1024, par exemple --port 8501.",
            ) from error
        other = f"--port {port + 1 if port < _LAST_PORT else port - 1}"
        raise UsageError(
            f"Le port {port} est déjà pris : Sourcier est peut-être déjà ouvert sur "
            f"http://{ADDRESS}:{port}.",
            todo=f"Arrêtez l’autre programme, ou prenez un autre port : {again.format(other)}.",
        ) from error
    return claimed


def _wait_until_up(page: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and page.poll() is None:
        try:
            with _DIRECT.open(address, timeout=1):
                return
        except urllib.error.HTTPError as error:
            with error:
                if error.code == HTTPStatus.UNAUTHORIZED:
                    return  # it asks for its password
            time.sleep(_LOOK_SECONDS)
        except OSError:
            time.sleep(_LOOK_SECONDS)
    raise RagError(
        "La page n’a pas démarré.",
        kept=_KEPT,
        todo="Lisez le message ci-dessus, puis relancez la même commande.",
    )
