"""Who may ask the server for a page, and what a page may do in the browser.

A browser runs the scripts of every site that it opens. A site whose name suddenly leads to this
machine (DNS rebinding) has the page's own origin for the browser, and could read the user's
conversations; only the ``Host`` that it sends tells it from the user's own page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = ("127.0.0.1", "localhost", "[::1]")
UNKNOWN = (
    "Sourcier ne répond pas à cette adresse. Ouvrez http://127.0.0.1 suivi du port, ou ajoutez ce "
    "nom à SOURCIER_HOSTS et relancez Sourcier."
)
_REFUSED = PlainTextResponse(UNKNOWN, status_code=403)
_PORT = re.compile(r":\d+\Z", re.ASCII)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Guard:
    """Answers to the names of this machine and to those that the user gave, to others by a refusal.

    A request that says which page sent it (``Origin``) must come from the page's own.

    Parameters
    ----------
    app
        The server of the pages, or of programs.
    hosts
        Names besides ``LOCAL``, in lower case, without port.
    policy
        Its ``Content-Security-Policy``.
    refusal
        What answers the others.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        policy: str,
        refusal: ASGIApp = _REFUSED,
    ) -> None:
        self._app = app
        self._refusal = refusal
        self._hosts = {*LOCAL, *hosts}
        self._added = {
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": policy,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, of HTTP or for a WebSocket, or hand it over (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        admitted = self._admits(Headers(scope=scope))
        answer = self._app if admitted else self._refusal

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(self._added)
            await send(message)

        await answer(scope, receive, send_with_headers)

    def _admits(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return False
        host = hosts[0].lower()
        same = all(
            origin.lower().partition("://")[2] == host for origin in headers.getlist("origin")
        )
        return same and _PORT.sub("", host).removesuffix(".") in self._hosts


def make_policy(document: str) -> str:
    """Write the ``Content-Security-Policy`` (W3C, level 3) of Streamlit's page.

    Scripts come from the server, or are the components' own, which Streamlit loads from ``blob:``
    addresses; styles are inline; nothing is asked of another machine.

    Parameters
    ----------
    document
        The HTML of the page; the scripts written in it are known by their hashes.
    """
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in _INLINE.findall(document)
    ]
    scripts = " ".join(["'self'", "blob:", *(f"'sha256-{one}'" for one in hashes)])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
