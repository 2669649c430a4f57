"""Starts the page on this machine only and says where it is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from rag.errors import RagError, UsageError
from rag.settings import Settings

ADDRESS = "127.0.0.1"
_SERVER = Path(__file__).resolve().parent / "guard" / "server.py"
_OPTIONS = {
    "server.address": ADDRESS,
    "server.headless": "true",
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


def serve_page(settings: Settings, port: int) -> int:
    """Run the page until it is stopped; return its exit status.

    Raises
    ------
    UsageError
        When the port is taken.
    RagError
        When the page does not start.
    """
    _check_port(port)
    command = [sys.executable, "-m", "streamlit", "run", str(_SERVER), f"--server.port={port}"]
    command += [f"--{name}={value}" for name, value in _OPTIONS.items()]
    environment = {**os.environ, "SOURCIER_INDEX": str(settings.index)}
    # Streamlit greets in English on its standard output; its errors still reach the terminal.
    page = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    # A stop asked by the system is a stop by the keyboard: the page must not outlive this process.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{ADDRESS}:{port}"
    try:
        _wait_until_up(page, f"{address}/_stcore/health")
        sys.stdout.write(f"Sourcier est prêt : {address} (Ctrl-C pour arrêter)\n")
        sys.stdout.flush()
        if sys.stdout.isatty():
            webbrowser.open(address)
        return page.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        page.terminate()
        page.wait()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise UsageError(
                f"Le port {port} est déjà pris : Sourcier est peut-être déjà ouvert sur "
                f"http://{ADDRESS}:{port}.",
                todo=f"Arrêtez l’autre programme, ou lancez la page sur --port {port + 1}.",
            ) from error


def _wait_until_up(page: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and page.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RagError(
        "La page n’a pas démarré.",
        kept="L’index et les modèles sont intacts.",
        todo="Lisez le message ci-dessus, puis relancez `make run`.",
    )
