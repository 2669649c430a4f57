"""Pages by address: a local server stands for the network, and only it may be connected to."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from rag import addresses
from rag.addresses import fetch_page, is_public, name_page, parse_address
from rag.errors import AddressError
from rag.settings import load_settings

HTML = b"<html><title>Titre</title><p>Un paragraphe.</p></html>"


class Site(BaseHTTPRequestHandler):
    """Answers by path; remembers the headers it was sent."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        # A proxy is asked for whole addresses.
        path = urlsplit(self.path).path
        if path.startswith("/status/"):
            return self.answer(b"", "text/html", int(path.rpartition("/")[2]))
        if path.startswith("/hop/"):
            left = int(path.rpartition("/")[2])
            return self.redirect(f"/hop/{left - 1}" if left > 1 else "/page.html")
        if path == "/to":
            return self.redirect(unquote(self.path.partition("?")[2]))
        if path == "/slow":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
            return None
        if path == "/cut":
            self.answer(HTML, "text/html", length=len(HTML) + 10)
            self.close_connection = True
            return None
        if path == "/unannounced":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"x" * 5000)
            return None
        if path == "/compressed":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(gzip.compress(bytes(100_000)))
            return None
        if path == "/announced":
            return self.answer(b"", "text/html", length=10**12)
        kind = {"/page.html": "text/html; charset=utf-8", "/image": "image/png", "/raw.md": ""}
        return self.answer(HTML, kind.get(path, self.path.partition("?")[2]))

    def answer(self, body: bytes, kind: str, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def serve(server: ThreadingHTTPServer, scheme: str) -> Iterator[str]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"{scheme}://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hangs up."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    yield from serve(Server(("127.0.0.1", 0), Site), "http")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Site.seen.clear()


def local(address: str) -> bool:
    return address == "127.0.0.1"


def resolve_as_local(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Give names the address of this machine; return the list of what is resolved."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(name: str, *arguments: object, **options: object) -> object:
        asked.append(name)
        return real("127.0.0.1" if name in names else name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def refusal(url: str, **options: float) -> str:
    with pytest.raises(AddressError) as caught:
        fetch_page(url, local, **options)
    assert caught.value.kept == "Rien n’a été ajouté."
    return caught.value.what


# ---------------------------------------------------------------------------------- what comes


def test_a_page_comes_as_it_was_sent(site: str) -> None:
    page = fetch_page(f"{site}/page.html?a=1#bas", local)
    assert page.content == HTML
    assert page.url == f"{site}/page.html?a=1"
    assert page.name == "127.0.0.1-page.html"
    (headers,) = Site.seen
    assert headers["User-Agent"] == "Sourcier" and "Authorization" not in headers


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        ("a?text/html", ".html"),
        ("a?application/xhtml+xml", ".html"),
        ("a?text/plain;charset=utf-8", ".txt"),
        ("a.md?text/plain", ".md"),
        ("a?text/markdown", ".md"),
        ("a?application/pdf", ".pdf"),
        ("a.pdf?application/octet-stream", ".pdf"),
        ("a.html?application/pdf", ".pdf"),
        ("raw.md", ".md"),
        (
            "a?application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ".docx",
        ),
    ],
)
def test_the_type_sent_gives_the_format(site: str, path: str, suffix: str) -> None:
    assert fetch_page(f"{site}/{path}", local).name.endswith(suffix)


@pytest.mark.parametrize("path", ["image", "a?application/octet-stream", "a.exe?", "a?video/mp4"])
def test_other_types_are_refused(site: str, path: str) -> None:
    assert "est d’un type que Sourcier ne lit pas" in refusal(f"{site}/{path}")


def test_a_password_of_netrc_is_not_sent(site: str, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login moi password secret\n")
    fetch_page(f"{site}/page.html", local)
    assert "Authorization" not in Site.seen[0]


# ------------------------------------------------------------------------------- redirections


def test_five_redirections_are_followed_and_no_more(site: str) -> None:
    assert fetch_page(f"{site}/hop/5", local).url == f"{site}/page.html"
    assert "renvoie ailleurs plus de 5 fois" in refusal(f"{site}/hop/6")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://127.0.0.2:1/", "est sur cette machine ou sur son réseau"),
        ("http://[::1]:1/", "est sur cette machine ou sur son réseau"),
        ("file:///etc/passwd", "ne commence pas par http:// ni https://"),
        ("http://moi:secret@127.0.0.1/", "contient un identifiant"),
    ],
)
def test_each_redirection_is_checked(site: str, target: str, told: str) -> None:
    assert told in refusal(f"{site}/to?{target}")


# ---------------------------------------------------------------------------- who may be read


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "ff0e::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "::127.0.0.1",
        "::10.0.0.1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b:1::a00:1",
        "64:ff9b:1:fffe::1",
        "fec0::1",
        "100::1",
        "4000::1",
        "2001:0:7f00:1::1",
        "2a00:1450::5efe:a00:1",
        "2a00:1450::200:5efe:10.0.0.1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "8.8.8.8",
        "2606:2800:220:1::",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::",
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_the_networks_of_the_user_are_read_too() -> None:
    networks = load_settings({"SOURCIER_NETWORKS": "10.20.0.0/16, fd00:7::/32"}).networks
    for address in ("10.20.3.4", "::ffff:10.20.3.4", "64:ff9b::10.20.3.4", "fd00:7::1", "8.8.8.8"):
        assert is_public(address, networks), address
    for address in ("10.21.0.1", "::ffff:10.21.0.1", "::10.20.3.4", "127.0.0.1", "fd00:8::1"):
        assert not is_public(address, networks), address


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "0"]
)
def test_this_machine_is_not_read(site: str, host: str) -> None:
    port = site.rpartition(":")[2]
    with pytest.raises(AddressError, match=r"est sur cette machine ou sur son réseau|introuvable"):
        fetch_page(f"http://{host}:{port}/page.html")
    assert not Site.seen


def test_one_private_address_among_public_ones_is_enough(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(name: str, port: int, **options: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "réseau" in refusal(site.replace("127.0.0.1", "exemple.fr"))


def test_the_connection_goes_to_the_address_that_was_checked(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its address between the check and the connection gains nothing."""
    asked = resolve_as_local(monkeypatch, "exemple.fr")
    port = site.rpartition(":")[2]
    page = fetch_page(f"http://exemple.fr:{port}/page.html", local)
    assert page.url == f"http://exemple.fr:{port}/page.html"
    assert asked == ["exemple.fr", "127.0.0.1"]
    assert Site.seen[0]["Host"] == f"exemple.fr:{port}"


# ---------------------------------------------------------------------------------- the address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "http://",
        "https://exemple.fr:999999/",
        "https://exemple.fr:x/",
        "https://[::1/",
        "javascript:alert(1)",
        "https://exemple.fr/un deux",
        "https://exemple.fr/" + "a" * 3000,
        "https://exemple.fr:0/",
    ],
)
def test_what_is_not_an_address(url: str) -> None:
    assert "n’est pas une adresse de page web" in refusal(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://exemple.fr/a", "data://x"])
def test_other_schemes_are_refused(url: str) -> None:
    assert "ne commence pas par http:// ni https://" in refusal(url)


def test_passwords_are_refused() -> None:
    assert "contient un identifiant" in refusal("https://moi:secret@exemple.fr/")
    assert "contient un identifiant" in refusal("mailto:moi@exemple.fr")


def test_an_address_without_scheme_is_taken_as_https() -> None:
    assert parse_address(" www.exemple.fr/a#b ").geturl() == "https://www.exemple.fr/a"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.exemple.fr/eco/accord.php?x=1", "exemple.fr-accord.html"),
        ("https://exemple.fr/", "exemple.fr.html"),
        ("https://exemple.fr/l%27%C3%A9t%C3%A9", "exemple.fr-l'été.html"),
    ],
)
def test_a_page_is_named_after_its_address(url: str, name: str) -> None:
    assert name_page(url, ".html") == name


# --------------------------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "n’existe pas (réponse 404)"),
        (403, "n’est pas donnée à Sourcier par le site (réponse 403)"),
        (429, "n’est pas disponible en ce moment (réponse 429)"),
        (503, "n’est pas disponible en ce moment (réponse 503)"),
        (204, "n’est pas donnée par le site (réponse 204)"),
        (418, "n’est pas donnée par le site (réponse 418)"),
    ],
)
def test_what_a_site_refuses(site: str, status: int, told: str) -> None:
    assert told in refusal(f"{site}/status/{status}")


def test_what_is_too_large(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dépasse 10 Mo" in refusal(f"{site}/announced")
    monkeypatch.setattr(addresses, "MAX_BYTES", 4000)
    assert "dépasse" in refusal(f"{site}/unannounced")
    # Little as it is sent.
    assert "dépasse" in refusal(f"{site}/compressed")


def test_what_does_not_come_in_whole(site: str) -> None:
    assert "n’est pas arrivée en entier" in refusal(f"{site}/cut")


def test_what_comes_too_slowly_is_given_up(site: str) -> None:
    started = time.monotonic()
    assert "n’est pas arrivée en 0 secondes" in refusal(f"{site}/slow", patience=0.3)
    assert time.monotonic() - started < 20


def test_nobody_answers() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "est injoignable" in refusal(f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    told = refusal("https://exemple.invalid/")
    assert "« exemple.invalid » est introuvable" in told and "accès au réseau" in told


@pytest.fixture
def secure_site(tmp_path: Path) -> Iterator[str]:
    """A site with a certificate for « exemple.fr » that nobody else has signed."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    command += ["-addext", "subjectAltName=DNS:exemple.fr"]
    command += ["-addext", "keyUsage=digitalSignature,keyCertSign"]
    command += ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem")]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    server = Server(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from serve(server, "https")


def test_a_certificate_that_proves_nothing(secure_site: str) -> None:
    assert "n’a pas de connexion sûre" in refusal(secure_site)


def test_the_certificate_is_that_of_the_name(
    secure_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    resolve_as_local(monkeypatch, "exemple.fr", "autre.fr")
    port = secure_site.rpartition(":")[2]
    assert fetch_page(f"https://exemple.fr:{port}/page.html", local).content == HTML
    assert "n’a pas de connexion sûre" in refusal(f"https://autre.fr:{port}/page.html")


# -------------------------------------------------------------------------------- with a proxy


def test_a_proxy_resolves_the_names(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", site)
    page = fetch_page("http://exemple.invalid/page.html")
    assert page.url == "http://exemple.invalid/page.html"
    assert Site.seen[0]["Host"] == "exemple.invalid"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "a.localhost", "intranet", "127.1", "10.0.0.1."]
)
def test_a_proxy_is_not_asked_for_this_machine(
    site: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site)
    with pytest.raises(AddressError, match="est sur cette machine ou sur son réseau"):
        fetch_page(f"http://{host}/page.html")
    assert not Site.seen


def test_a_proxy_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(AddressError, match=r"le mandataire \(proxy\) ne répond pas"):
        fetch_page("http://exemple.invalid/")
