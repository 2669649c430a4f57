"""One web page, brought because somebody gave its address: the only request that leaves Sourcier.

Sourcier may run on a machine that others use: a page may not read what only that machine can
reach. A name is resolved once, every address it has must be public, and the connection goes to
the address that was checked; each redirection starts again from there. Through a proxy of the
environment (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``, read as ``requests`` does) the proxy
resolves the names and decides what may be reached: only addresses written as figures and names
without a dot are refused here. Knows nothing about articles nor where they are kept.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from rag.errors import AddressError, RagError
from rag.readers import EXTENSIONS, FORMATS
from rag.settings import Network

MAX_BYTES = 10_000_000
# An article is a few hundred kilobytes; who waits longer than this has gone.
_PATIENCE = 60.0
_TIMEOUTS = (10.0, 20.0)  # seconds to connect, and between two arrivals of bytes
_REDIRECTIONS = 5
_LONGEST = 2000
_STEP = 1 << 16  # bytes
# A name that ends in a number is an IPv4 address, however it is written (WHATWG URL, 3.5).
_NUMBER = re.compile(r"\d+|0x[\da-f]*", re.IGNORECASE)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
# The only IPv6 addresses handed out to the public network (IANA, IPv6 Address Space). Older Pythons
# take for public some of the others: ::127.0.0.1, ::ffff:0:127.0.0.1, 64:ff9b:1::/48, fec0::/10.
_GLOBAL = ipaddress.ip_network("2000::/3")
_ISATAP = (0x5EFE, 0x0200_5EFE)  # RFC 5214, 6.1: before an IPv4 address in the last 32 bits

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "application/zip": ".zip",
    "text/rtf": ".rtf",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/vtt": ".vtt",
}
# Types under which servers send files that they do not know; the address then tells the format.
_VAGUE = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
_KEPT = "Rien n’a été ajouté."
_SAVE = "Enregistrez la page depuis votre navigateur, puis ajoutez le fichier."
_CHECK = "Vérifiez l’adresse et la connexion, puis recommencez."


@dataclass(frozen=True, slots=True)
class Page:
    """What an address gave.

    Attributes
    ----------
    url
        Where it was found, after the redirections, without fragment.
    name
        A name for its file, made of the address; its suffix tells the format.
    content
        Its bytes, as they were sent.
    """

    url: str
    name: str
    content: bytes


def fetch_page(
    url: str, is_allowed: Callable[[str], bool] | None = None, patience: float = _PATIENCE
) -> Page:
    """Bring the page at an address.

    Parameters
    ----------
    url
        ``http`` or ``https``; without either, ``https`` is understood.
    is_allowed
        Says whether an IP address may be connected to; ``is_public`` when it is None.
    patience
        Seconds after which the page is given up, however it is sent.

    Raises
    ------
    AddressError
        When it can't be had; the message says why.
    """
    outcome: list[Page | RagError] = []
    abandoned = threading.Event()

    def work() -> None:
        try:
            outcome.append(_fetch(url, is_allowed or is_public, abandoned))
        except RagError as error:
            outcome.append(error)
        except Exception as error:  # in a thread, what is not caught is lost
            outcome.append(_fail(url, f"a échoué ({type(error).__name__})"))

    # In a thread, because looking a name up has no time limit, nor have headers sent bit by bit.
    thread = threading.Thread(target=work, name="address", daemon=True)
    thread.start()
    thread.join(patience)
    abandoned.set()
    if not outcome:
        raise _fail(url, f"n’est pas arrivée en {patience:.0f} secondes")
    if isinstance(outcome[0], RagError):
        raise outcome[0]
    return outcome[0]


def is_public(address: str, networks: Iterable[Network] = ()) -> bool:
    """Say whether an IP address belongs to the public network.

    Loopback, private, link-local, multicast and reserved addresses do not, nor does an IPv6
    address that stands for such an IPv4 one.

    Parameters
    ----------
    address
        Written as figures.
    networks
        Taken for public too.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(
        _is_global(one) or any(one in network for network in networks) for one in _unwrap(ip)
    )


def _is_global(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in _GLOBAL)


def _unwrap(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the addresses that a packet to this one may reach."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    last = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.ipv4_mapped or ip in _NAT64:
        return [last]
    if ip.sixtofour:
        return [ip, ip.sixtofour]
    return [ip, last] if int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP else [ip]


# ------------------------------------------------------------------------------- the address


def parse_address(url: str) -> SplitResult:
    """Read an address that somebody typed or that a site redirects to.

    Raises
    ------
    AddressError
        When it is not the address of a web page, or holds a name and a password.
    """
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise _fail(url, "n’est pas une adresse de page web") from None
    if parts.scheme not in ("http", "https"):
        raise _fail(url, "ne commence pas par http:// ni https://")
    if not valid or len(text) > _LONGEST or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _fail(url, "n’est pas une adresse de page web")
    if parts.username is not None or parts.password is not None:
        raise _fail(url, "contient un identifiant ou un mot de passe")
    return parts._replace(fragment="")


def name_page(url: str, suffix: str) -> str:
    """Name the file of a page: « https://www.exemple.fr/a/b.php?x=1 » gives « exemple.fr-b »."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    stem = PurePosixPath(unquote(parts.path)).stem
    return (f"{host}-{stem}" if stem else host) + suffix


# ------------------------------------------------------------------------------- the request


def _fetch(url: str, is_allowed: Callable[[str], bool], abandoned: threading.Event) -> Page:
    address = parse_address(url).geturl()
    with requests.Session() as session:
        adapter = _CheckedAdapter(is_allowed)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        # Without one of its own, requests would send the password that a .netrc has for the site.
        session.auth = _add_nothing
        for _ in range(_REDIRECTIONS + 1):
            with closing(_request(session, address)) as response:
                target = session.get_redirect_target(response)
                if not target:
                    return _read(response, address, abandoned)
            address = parse_address(urljoin(address, target)).geturl()
    raise _fail(url, f"renvoie ailleurs plus de {_REDIRECTIONS} fois de suite")


def _add_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _request(session: requests.Session, address: str) -> requests.Response:
    headers = {"User-Agent": "Sourcier", "Accept": ", ".join(_SUFFIXES), "Accept-Language": "fr"}
    try:
        return session.get(
            address, headers=headers, timeout=_TIMEOUTS, stream=True, allow_redirects=False
        )
    except requests.RequestException as error:
        raise _explain(address, error) from error


def _read(response: requests.Response, address: str, abandoned: threading.Event) -> Page:
    _check_status(response.status_code, address)
    suffix = _choose_suffix(response.headers.get("content-type", ""), address)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BYTES:
        raise _too_large(address)
    content = bytearray()
    try:
        # As the bytes come: who sends them one by one must not hold this thread for hours.
        while block := response.raw.read1(_STEP, decode_content=True):
            content += block
            if len(content) > MAX_BYTES:
                raise _too_large(address)
            if abandoned.is_set():
                break
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _fail(address, "n’est pas arrivée en entier") from error
    return Page(address, name_page(address, suffix), bytes(content))


def _check_status(status: int, address: str) -> None:
    """Raise ``AddressError`` unless the page was sent."""
    if status == 200:
        return
    if status in (404, 410):
        raise _fail(address, f"n’existe pas (réponse {status})", _CHECK)
    if status in (401, 402, 403, 407, 451):
        raise _fail(address, f"n’est pas donnée à Sourcier par le site (réponse {status})", _SAVE)
    if status == 429 or status >= 500:
        later = "Recommencez dans quelques minutes."
        raise _fail(address, f"n’est pas disponible en ce moment (réponse {status})", later)
    raise _fail(address, f"n’est pas donnée par le site (réponse {status})", _SAVE)


def _choose_suffix(content_type: str, address: str) -> str:
    """Return the suffix of a format that Sourcier reads."""
    kind = content_type.partition(";")[0].strip().lower()
    named = PurePosixPath(urlsplit(address).path).suffix.lower()
    told = kind in _VAGUE and named in EXTENSIONS
    suffix = named if told else _SUFFIXES.get(kind, "")
    if not suffix:
        raise _fail(
            address,
            f"est d’un type que Sourcier ne lit pas ({kind or 'non précisé'})",
            f"Donnez l’adresse d’un fichier {FORMATS}.",
        )
    return suffix


# ----------------------------------------------------------------------------- the connection


class _CheckedAdapter(HTTPAdapter):
    """Connects to allowed addresses only."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*arguments, **options)
        checked = {"is_allowed": staticmethod(self._is_allowed)}
        self.poolmanager.pool_classes_by_scheme = {
            pool.scheme: type(
                pool.__name__, (pool,), {"ConnectionCls": type(kind.__name__, (kind,), checked)}
            )
            for pool, kind in (
                (HTTPConnectionPool, _CheckedHTTP),
                (HTTPSConnectionPool, _CheckedHTTPS),
            )
        }

    def send(
        self,
        request: requests.PreparedRequest,
        *arguments: Any,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> requests.Response:
        url = request.url or ""
        if select_proxy(url, options.get("proxies")):
            _check_name(urlsplit(url).hostname or "", self._is_allowed)
        return super().send(request, *arguments, **options)


class _CheckedHTTP(HTTPConnection):
    """Resolves its name itself and connects to the address that it checked."""

    is_allowed: Callable[[str], bool]

    def _new_conn(self) -> socket.socket:
        name = self.host
        addresses = _resolve(name, self.port, self.is_allowed)
        try:
            for address in addresses[:-1]:
                self.host = address
                with suppress(NewConnectionError, ConnectTimeoutError):
                    return super()._new_conn()
            self.host = addresses[-1]
            return super()._new_conn()
        finally:
            # The certificate is that of the name.
            self.host = name


class _CheckedHTTPS(_CheckedHTTP, HTTPSConnection):
    """The same, then proves who answers by the name's certificate."""


def _resolve(name: str, port: int, is_allowed: Callable[[str], bool]) -> list[str]:
    """Return the addresses of a name, all checked."""
    try:
        found = socket.getaddrinfo(name.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(
            f"Le site « {name} » est introuvable : son nom est mal écrit, ou cette machine n’a pas "
            "accès au réseau.",
            kept=_KEPT,
            todo=_CHECK,
        ) from error
    addresses = [str(item[4][0]) for item in found]
    if not all(map(is_allowed, addresses)):
        raise _not_public(name)
    return addresses


def _check_name(name: str, is_allowed: Callable[[str], bool]) -> None:
    """Refuse, before a proxy is asked, what needs no resolving to be known as not public."""
    try:
        allowed = is_allowed(name)
    except ValueError:
        last = name.rstrip(".").rpartition(".")
        allowed = bool(last[0]) and last[2] != "localhost" and not _NUMBER.fullmatch(last[2])
    if not allowed:
        raise _not_public(name)


# -------------------------------------------------------------------------------- the refusals


def _fail(url: str, reason: str, todo: str = "") -> AddressError:
    shown = url if len(url) <= 100 else f"{url[:99]}…"
    return AddressError(f"La page « {shown} » {reason}.", kept=_KEPT, todo=todo)


def _not_public(name: str) -> AddressError:
    return AddressError(
        f"« {name} » est sur cette machine ou sur son réseau : Sourcier ne lit que des sites "
        "publics.",
        kept=_KEPT,
        todo=_SAVE,
    )


def _too_large(address: str) -> AddressError:
    return _fail(address, f"dépasse {MAX_BYTES / 1e6:.0f} Mo", _SAVE)


def _explain(address: str, error: requests.RequestException) -> AddressError:
    if isinstance(error, requests.exceptions.SSLError):
        return _fail(address, "n’a pas de connexion sûre (certificat refusé)", _SAVE)
    if isinstance(error, requests.exceptions.ProxyError):
        return _fail(address, "n’a pas pu être demandée : le mandataire (proxy) ne répond pas")
    if isinstance(error, requests.Timeout):
        return _fail(address, "se fait attendre : le site ne répond pas", _CHECK)
    if isinstance(error, requests.exceptions.InvalidURL):
        return _fail(address, "n’a pas une adresse valable", _CHECK)
    return _fail(address, "est injoignable", _CHECK)
