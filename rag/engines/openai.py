"""Any server that speaks OpenAI's chat protocol: llama.cpp, vLLM, Ollama, a hosted model.

Contract: one streamed request a reply; closing the iterator closes the connection, which such
servers take as « stop ». Neither the key nor anything that the server wrote besides the reply
ever enters an error. Knows nothing about evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from rag.errors import EngineError, UsageError
from rag.types import Message

# Seconds to connect, and between two pieces of the reply: a loaded server reads the whole prompt
# before its first word.
_TIMEOUT = (5.0, 60.0)

# Seconds to be told the context.
_ASKED = (2.0, 5.0)
# What servers call the tokens that they take: vLLM, Groq, OpenRouter, Mistral.
_CONTEXTS = ("max_model_len", "context_window", "context_length", "max_context_length")

_CAUSES = {
    401: ("Le serveur de langue refuse la clé.", "Vérifiez SOURCIER_SERVER_KEY."),
    403: ("Le serveur de langue refuse la clé.", "Vérifiez SOURCIER_SERVER_KEY."),
    404: (
        "Le serveur de langue ne connaît pas cette adresse ou ce modèle.",
        "Vérifiez SOURCIER_SERVER_URL et SOURCIER_SERVER_MODEL.",
    ),
    429: ("Le serveur de langue reçoit trop de demandes.", "Réessayez dans un moment."),
}


class OpenAIEngine:
    """A chat model behind HTTP.

    Parameters
    ----------
    url
        The server (``http://hote:8000``), its ``/v1`` or the full ``/v1/chat/completions``.
    model
        The model to ask for; empty leaves the choice to the server.
    key
        Sent as a bearer token; empty for none.

    Raises
    ------
    UsageError
        When the address is not an HTTP one or the key can't be sent in a header.
    """

    def __init__(self, url: str, model: str, key: str) -> None:
        self._url = _complete_url(url)
        self._model = model
        self._key = _check_key(key)
        self._takes_grammar = True
        self._context = 0
        self.trained = False

    @property
    def name(self) -> str:
        """The model and the server's host (« qwen2.5-7b, serveur localhost »)."""
        host = urlsplit(self._url).hostname or ""
        return f"{self._model}, serveur {host}" if self._model else f"Serveur {host}"

    @property
    def context(self) -> int:
        """What the server declares, asked for until it does; 0 when it declares nothing.

        llama.cpp tells what it serves in ``/props``, vLLM and hosted models in ``/v1/models``. What
        a model was trained with says nothing of what Ollama serves, which cuts a longer prompt
        without a word: there only what it has loaded (``/api/ps``) counts.
        """
        if not self._context:
            try:
                self._context = self._find_context()
            except requests.RequestException:
                return 0
        return self._context

    def _find_context(self) -> int:
        base = self._url.removesuffix("/chat/completions")
        root = base.removesuffix("/v1")
        settings = self._look_up(f"{root}/props").get("default_generation_settings")
        if served := _read_count(settings, ("n_ctx",)):
            return served
        running = self._pick(self._look_up(f"{root}/api/ps").get("models"))
        if served := _read_count(running, ("context_length",)):
            return served
        return _read_count(self._pick(self._look_up(f"{base}/models").get("data")), _CONTEXTS)

    def _look_up(self, url: str) -> dict[str, Any]:
        """Ask the server about itself; what it does not know is empty."""
        response = requests.get(url, auth=self._sign, timeout=_ASKED, allow_redirects=False)
        if response.status_code != requests.codes.ok:
            return {}
        try:
            told = response.json()
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def _pick(self, models: object) -> object:
        """Return what is told of the model that is asked for, or of the only one."""
        told = [m for m in models if isinstance(m, dict)] if isinstance(models, list) else []
        named = [m for m in told if self._model and self._model in (m.get("id"), m.get("name"))]
        chosen = named or told
        return chosen[0] if named or len(told) == 1 else None

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        """Yield the reply as the server sends it.

        Parameters
        ----------
        messages
            The chat; the server applies its own template.
        grammar
            GBNF. llama.cpp reads it in ``grammar``, vLLM in ``structured_outputs``, most servers
            ignore both. One that answers 400 or 422 is asked again without them, and is spared
            them from then on when that works.
        max_tokens
            Where the reply is cut.

        Raises
        ------
        EngineError
            When the server can't be reached, refuses, is too slow, breaks off, or sends
            something else than the protocol.
        """
        body: dict[str, object] = {
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
        }
        if self._model:
            body["model"] = self._model
        try:
            with self._post(body, grammar) as response:
                yield from _read_events(response)
        except requests.RequestException as error:
            # « from None »: the cause holds the request, and with it the key.
            raise _explain_failure(error) from None

    def _post(self, body: dict[str, object], grammar: str) -> requests.Response:
        """Send the request, with the grammar if this server bears it, and check the status."""
        if grammar and self._takes_grammar:
            extra = {"grammar": grammar, "structured_outputs": {"grammar": grammar}}
            response = self._send({**body, **extra})
            if response.status_code not in (400, 422):
                return _check_status(response)
            response.close()
            response = _check_status(self._send(body))
            self._takes_grammar = False
            return response
        return _check_status(self._send(body))

    def _send(self, body: dict[str, object]) -> requests.Response:
        # ``auth`` even without a key: requests would otherwise look for one in ~/.netrc. A
        # redirection is refused, since it could take the key elsewhere.
        return requests.post(
            self._url,
            json=body,
            auth=self._sign,
            stream=True,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _complete_url(url: str) -> str:
    """Lengthen a server's address, or that of its ``/v1``, to the one that takes chats."""
    try:
        parts = urlsplit(url.strip().rstrip("/"))
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # an open bracket
        valid = False
    if not valid:
        raise UsageError(
            "L’adresse du serveur de langue manque ou n’est pas une adresse HTTP.",
            todo="Donnez à SOURCIER_SERVER_URL une adresse comme http://localhost:8000/v1.",
        )
    if parts.path.endswith("/chat/completions"):
        return parts.geturl()
    version = "" if parts.path.endswith("/v1") else "/v1"
    return parts._replace(path=f"{parts.path}{version}/chat/completions").geturl()


def _read_count(told: object, names: Sequence[str]) -> int:
    """Return the first whole number under one of some names, 0 without one."""
    values = (told.get(name) for name in names) if isinstance(told, dict) else ()
    return next((v for v in values if type(v) is int and v > 0), 0)


def _check_key(key: str) -> str:
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(
            "La clé du serveur de langue contient un caractère interdit.",
            todo="Recopiez SOURCIER_SERVER_KEY, sans accent ni retour à la ligne.",
        )
    return key


def _check_status(response: requests.Response) -> requests.Response:
    """Return an answer whose status is 200, else close it and raise."""
    status = response.status_code
    if status == requests.codes.ok:
        return response
    response.close()
    if status in _CAUSES:
        what, todo = _CAUSES[status]
        raise EngineError(what, todo=todo)
    if status >= 500:
        raise EngineError(
            f"Le serveur de langue est en panne (erreur {status}).",
            todo="Réessayez dans un moment.",
        )
    raise EngineError(
        f"Le serveur de langue refuse la demande (réponse {status}).",
        todo="Vérifiez SOURCIER_SERVER_URL et SOURCIER_SERVER_MODEL.",
    )


def _read_events(response: requests.Response) -> Iterator[str]:
    """Yield the text of each server-sent event until the reply is over."""
    over = False
    # One byte at a time: a larger read would wait for its bytes and hold words back.
    for line in response.iter_lines(chunk_size=1):
        field, _, data = line.partition(b":")
        if field != b"data":  # an empty line, a comment or another field
            continue
        if data.strip() == b"[DONE]":
            return
        text, ended = _read_event(data)
        over = over or ended
        if text:
            yield text
    if not over:
        raise EngineError(
            "Le serveur de langue a coupé la réponse avant la fin.", todo="Reposez la question."
        )


def _read_event(data: bytes) -> tuple[str, bool]:
    """Return the text of an event and whether it is the last of the reply."""
    try:
        event: dict[str, Any] = json.loads(data)
        if "error" in event:
            raise EngineError(
                "Le serveur de langue s’est arrêté sur une erreur.", todo="Reposez la question."
            )
        choices = event.get("choices")
        if not choices:  # a count of tokens
            return "", False
        text = choices[0]["delta"].get("content") or ""
        if not isinstance(text, str):
            raise TypeError
        return text, choices[0].get("finish_reason") is not None
    except (ValueError, TypeError, LookupError, AttributeError):
        raise EngineError(
            "Le serveur de langue a envoyé une réponse illisible.",
            todo="Vérifiez que SOURCIER_SERVER_URL mène à un serveur compatible avec OpenAI.",
        ) from None


def _explain_failure(error: requests.RequestException) -> EngineError:
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return EngineError(
            "Le serveur de langue ne répond pas à temps.", todo="Réessayez dans un moment."
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return EngineError(
            "Le serveur de langue a coupé la réponse avant la fin.", todo="Reposez la question."
        )
    if isinstance(error, requests.exceptions.SSLError):
        return EngineError(
            "Le certificat du serveur de langue n’est pas valable.",
            todo="Vérifiez SOURCIER_SERVER_URL.",
        )
    return EngineError(
        "Le serveur de langue est injoignable.",
        todo="Vérifiez qu’il tourne et que SOURCIER_SERVER_URL est juste.",
    )
