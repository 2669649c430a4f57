"""The password of a shared page: asked before anything else is answered, WebSockets included.

Who gives it gets a signed cookie for a week. The key of the signature is this process's own, so
that all cookies end with it; a visitor who leaves ends that of the browser at once, its open pages
included. What is typed is compared and forgotten: no log, message or answer repeats it.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.passwords import check_password
from rag.visitors import COOKIE as VISITOR

COOKIE = "sourcier-entree"
LEAVE = "/deconnexion"
FORGET = "oublier"  # the query of ``LEAVE`` that ends the visitor's own conversations too
_LASTS = 7 * 24 * 3600  # seconds
# An address may be wrong five times, then once a minute; so many addresses are remembered.
_TRIES, _REST, _ADDRESSES = 5, 60.0, 10_000
# Comparisons at most that wait for another: each takes a quarter of a second and 32 MB.
_WAITING = 20
_LONGEST = 4096  # bytes of the form
_PAGE = Path(__file__).with_name("entrance.html").read_text(encoding="utf-8")
_WRONG = "Ce n’est pas le mot de passe."
_TOO_MANY = "Trop d’essais : attendez une minute, puis recommencez."
_UNREAD = "Le mot de passe n’a pas pu être lu : recommencez."
# A cookie « Strict » does not come with a link that is followed from another site; it does once the
# page asks for itself.
_AGAIN = '<meta http-equiv="refresh" content="0">'


class Entrance:
    """Lets in those who gave the password, and shows others a page that asks for it.

    Parameters
    ----------
    app
        The server of the pages.
    hashed
        What ``rag.passwords`` made of the password.
    """

    def __init__(self, app: ASGIApp, hashed: str) -> None:
        self._app = app
        self._hashed = hashed
        self._signer = TimestampSigner(secrets.token_bytes(32), digest_method=hashlib.sha256)
        self._left: set[str] = set()
        self._tries = Tries()
        self._comparing = asyncio.Semaphore()
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, of HTTP or for a WebSocket, or hand it over (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        cookie = HTTPConnection(scope).cookies.get(COOKIE, "")
        inside = self._is_in(cookie)

        async def receive_inside() -> Message:
            message = await receive()
            # Who left in one page has left in all.
            return (
                message if self._is_in(cookie) else {"type": "websocket.disconnect", "code": 1008}
            )

        if scope["type"] == "websocket":
            if inside:
                return await self._app(scope, receive_inside, send)
            return await HTMLResponse(status_code=401)(scope, receive, send)
        if inside and scope["path"] != LEAVE:
            return await self._app(scope, receive, send)
        if scope["path"] == LEAVE:
            answer = self._let_out(scope, cookie)
        elif scope["method"] == "POST":
            answer = await self._let_in(scope, receive)
        else:
            answer = _ask(again=Headers(scope=scope).get("sec-fetch-site") == "cross-site")
        await answer(scope, receive, send)

    def _is_in(self, cookie: str) -> bool:
        try:
            return self._signer.unsign(cookie, max_age=_LASTS).decode() not in self._left
        except BadSignature:
            return False

    def _let_out(self, scope: Scope, cookie: str) -> Response:
        answer = RedirectResponse("/", status_code=303)
        if self._is_in(cookie):
            self._left.add(self._signer.unsign(cookie).decode())
            answer.delete_cookie(COOKIE)
            if scope["query_string"] == FORGET.encode():
                answer.delete_cookie(VISITOR)
        return answer

    async def _let_in(self, scope: Scope, receive: Receive) -> Response:
        password = await _read_password(scope, receive)
        if not password:
            return _ask(_UNREAD)
        address = scope["client"][0] if scope["client"] else ""
        if self._waiting >= _WAITING or not self._tries.take(address):
            return _ask(_TOO_MANY, 429)
        self._waiting += 1
        try:
            async with self._comparing:
                right = await asyncio.to_thread(check_password, password, self._hashed)
        finally:
            self._waiting -= 1
        if not right:
            return _ask(_WRONG)
        self._tries.give_back(address)
        # One slash first: two would name another site.
        back = "/" + quote(scope["path"].lstrip("/"))
        answer = RedirectResponse(back, status_code=303)
        answer.set_cookie(
            COOKIE,
            self._signer.sign(secrets.token_urlsafe(16)).decode(),
            max_age=_LASTS,
            httponly=True,
            samesite="strict",
            secure=is_encrypted(scope),
        )
        return answer


class Tries:
    """How often each address may still be wrong.

    Behind a proxy that does not tell the addresses of its visitors (``X-Forwarded-For``), all have
    one.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> bool:
        """Take one try of an address; say whether there was one left."""
        network, now = _find_network(address), self._now()
        spent, since = self._spent.pop(network, (0.0, now))
        spent = max(0.0, spent - (now - since) / _REST)
        allowed = spent <= _TRIES - 1
        self._spent[network] = (spent + allowed, now)
        while len(self._spent) > _ADDRESSES:
            self._spent.popitem(last=False)
        return allowed

    def give_back(self, address: str) -> None:
        """Forget the tries of an address that gave the password."""
        self._spent.pop(_find_network(address), None)


def _find_network(address: str) -> str:
    """Return what one visitor has the whole of: an address, in IPv6 the 64 bits that begin it."""
    try:
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    except ValueError:
        return address


def is_encrypted(scope: Scope) -> bool:
    """Whether the browser asked by https, of this server or of the proxy in front of it."""
    told = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", ""))
    return told.partition(",")[0].strip() in ("https", "wss")


async def _read_password(scope: Scope, receive: Receive) -> str:
    """Return the password of a form; an empty string when it is none, or too long."""
    if (
        not Headers(scope=scope)
        .get("content-type", "")
        .startswith("application/x-www-form-urlencoded")
    ):
        return ""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LONGEST:
            return ""
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=4).get("password", [""])[0]
    except ValueError:
        return ""


def _ask(trouble: str = "", status: int = 401, again: bool = False) -> Response:
    """Show the page that asks for the password, with what was wrong."""
    told = f'<p role="alert">{trouble}</p>' if trouble else ""
    page = _PAGE.replace("<!-- trouble -->", told)
    page = page.replace("<!-- again -->", _AGAIN if again else "")
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
