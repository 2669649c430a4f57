"""Serves programs by HTTP on this machine alone, behind the guard of the pages."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from rag.errors import Busy, IndexProblem, ModelError, RagError, UsageError
from rag.guard.bodies import BodyLimit
from rag.guard.hosts import UNKNOWN, Guard
from rag.serving import ADDRESS
from rag.settings import Settings

# A body is a question and the turns before it, or a claim and its source.
LARGEST = 1_000_000
_LONGEST = 10.0
_STOP_SECONDS = 5
# What answers loads nothing and is shown in no page.
_POLICY = "default-src 'none'; frame-ancestors 'none'"


def refuse(error: RagError, status: int | None = None) -> JSONResponse:
    """Tell an error in JSON: its French text and its name in ``rag.errors``.

    Parameters
    ----------
    status
        The HTTP status; the one that such an error has by itself when None.
    """
    if status is None:
        unready = isinstance(error, Busy | IndexProblem | ModelError)
        status = 400 if isinstance(error, UsageError) else 503 if unready else 500
    told = {"error": str(error), "kind": type(error).__name__}
    return JSONResponse(told, status_code=status)


def tell_absent(todo: str) -> Callable[[Request, Exception], Response]:
    """Make what tells that there is nothing at an address, or not by that method; see ``RagError``.

    Parameters
    ----------
    todo
        What to ask for instead.
    """

    def tell(request: Request, error: Exception) -> Response:
        what = f"Il n’y a rien à « {request.method} {request.url.path} »."
        status = error.status_code if isinstance(error, HTTPException) else 500
        return refuse(UsageError(what, todo=todo), status)

    return tell


def guard(app: ASGIApp, settings: Settings, longest: float = _LONGEST) -> ASGIApp:
    """Put an application behind what guards it: known hosts, same origin, small bodies."""
    limited = BodyLimit(app, LARGEST, longest, refuse)
    return Guard(limited, settings.hosts, _POLICY, refuse(UsageError(UNKNOWN), 403))


def serve(app: ASGIApp, claimed: socket.socket, path: str) -> int:
    """Serve until stopped by Ctrl-C or SIGTERM, and return the exit status.

    Parameters
    ----------
    claimed
        A port of this machine.
    path
        What the address that is told ends with.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    port = claimed.getsockname()[1]
    # Who asks as soon as it is said to be ready waits, and is not refused.
    claimed.listen()
    sys.stderr.write(f"Sourcier est prêt : http://{ADDRESS}:{port}{path} (Ctrl-C pour arrêter)\n")
    sys.stderr.flush()
    # A stop asked by the system is a stop by the keyboard.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(config).run(sockets=[claimed])
    except KeyboardInterrupt:
        pass
    return 0
