"""How much a request may hold, and how long it may take to come."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import RagError, UsageError


class BodyLimit:
    """Reads the whole body of a request before anything is made of it, or refuses it.

    Parameters
    ----------
    app
        What answers, once the body is there.
    largest
        Bytes of a body, at most.
    longest
        Seconds that it may take to come.
    refuse
        Makes the answer to a body that is refused.
    """

    def __init__(
        self,
        app: ASGIApp,
        largest: int,
        longest: float,
        refuse: Callable[[RagError, int], ASGIApp],
    ) -> None:
        self._app = app
        self._largest = largest
        self._longest = longest
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = b""
        answer = self._app
        try:
            with anyio.fail_after(self._longest):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    body += message.get("body", b"")
                    if len(body) > self._largest or not message.get("more_body", False):
                        break
        except TimeoutError:
            answer = self._refuse(
                UsageError(
                    f"La demande n’est pas arrivée entière en {self._longest:.0f} secondes.",
                    todo="Envoyez-la d’un seul trait.",
                ),
                408,
            )
        if len(body) > self._largest:
            answer = self._refuse(
                UsageError(
                    f"La demande dépasse {self._largest // 1_000_000} Mo.", todo="Raccourcissez-la."
                ),
                413,
            )
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await answer(scope, replay, send)
