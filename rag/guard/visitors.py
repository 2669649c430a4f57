"""Gives each browser a token, which tells the visitors of a shared page apart."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.guard.entrance import is_encrypted
from rag.visitors import COOKIE, KEPT_DAYS

_BYTES = 32
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


class Visitors:
    """Sets the cookie of a visitor with each page, and keeps its token from one to the next.

    Whoever has the token is the visitor: scripts can't read it. Unlike that of the entrance it is
    sent when a link of another site is followed, where a new one would take its place.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        token = HTTPConnection(scope).cookies.get(COOKIE, "")
        if not _TOKEN.fullmatch(token):
            token = secrets.token_urlsafe(_BYTES)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", write_cookie(scope, token))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def write_cookie(scope: Scope, token: str) -> str:
    """Write the header that has a browser keep its token for ``KEPT_DAYS`` more days."""
    answer = Response()
    answer.set_cookie(
        COOKIE,
        token,
        max_age=KEPT_DAYS * 24 * 3600,
        httponly=True,
        samesite="lax",
        secure=is_encrypted(scope),
    )
    return answer.headers["set-cookie"]
