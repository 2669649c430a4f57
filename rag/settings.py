"""One frozen ``Settings``; the environment is read here and nowhere else."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from platformdirs import PlatformDirs

from rag.errors import UsageError
from rag.passwords import is_hash

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EngineName = Literal["auto", "llama_cpp", "transformers", "openai", "none"]

_PACKAGE = Path(__file__).resolve().parent
# A wheel holds the demo corpus within the package; a checkout, beside it.
INSTALLED = (_PACKAGE / "corpus").is_dir()
_ROOT = _PACKAGE if INSTALLED else _PACKAGE.parent
APP = _ROOT / "guard" / "app.py" if INSTALLED else _ROOT / "app.py"
"""What Streamlit runs."""
_DIRS = PlatformDirs("sourcier", appauthor=False)
_ADDRESSES = ("127.0.0.1", "0.0.0.0")
_HOST = re.compile(r"[a-z\d_.-]+|\[[a-f\d:.]+\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and which engine writes.

    Attributes
    ----------
    corpus, index
        Folder of articles and folder of the index that ``make run`` uses.
    data
        Folder of what belongs to the user: added articles, trash.
        Both are in the checkout; of an installed program, where the system keeps the user's data.
    cache
        Folder of the model files, shared by every checkout of this user: the system's for caches.
    engine
        ``auto`` takes llama.cpp when it is installed and its model present, else quotes.
    generator
        ``qwen-0.5b``, ``qwen-1.5b``, the path of a GGUF file, or (transformers) of a model folder.
    embedder
        ``e5-small`` or the path of a sentence-transformers folder.
    threads
        CPU threads for the models; 0 lets each library choose.
    server_url, server_model, server_key
        An OpenAI-compatible server, which may hold a password, the model to ask it for, and its
        key: neither password nor key is ever shown.
    address
        Where the page listens: this machine alone, or (in a container) wherever it can be reached.
    hosts
        Names, besides those of this machine, under which the page may be asked for.
    networks
        Networks that are not public and whose pages may be read all the same.
    password
        What ``rag.passwords`` makes of the password of the page; empty when it asks for none. It
        is never shown.
    shared
        Whether several people share the page: each browser then has conversations of its own.
    read_only
        Whether articles can be neither added, nor removed, nor put back.
    max_file, max_data
        Bytes of a file that is added, and of all that ``data`` may hold; 0 for no other limit than
        those of the readers, and of the disk.
    """

    corpus: Path = _ROOT / "corpus"
    index: Path = _DIRS.user_data_path / "index" if INSTALLED else _ROOT / ".index"
    data: Path = _DIRS.user_data_path / "data" if INSTALLED else _ROOT / ".sourcier"
    cache: Path = field(default_factory=lambda: _DIRS.user_cache_path)
    engine: EngineName = "auto"
    generator: str = "qwen-0.5b"
    embedder: str = "e5-small"
    threads: int = 0
    server_url: str = field(default="", repr=False)
    server_model: str = ""
    server_key: str = field(default="", repr=False)
    address: str = _ADDRESSES[0]
    hosts: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    password: str = field(default="", repr=False)
    shared: bool = False
    read_only: bool = False
    max_file: int = 0
    max_data: int = 0


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the ``SOURCIER_*`` variables.

    Parameters
    ----------
    environ
        The environment.

    Raises
    ------
    UsageError
        When a variable has a value that does not exist.
    """
    default = Settings()
    engine = environ.get("SOURCIER_ENGINE") or default.engine
    if engine not in get_args(EngineName):
        raise UsageError(
            f"Le moteur « {engine} » n’existe pas.",
            todo=f"Donnez à SOURCIER_ENGINE l’un de : {', '.join(get_args(EngineName))}.",
        )
    threads = environ.get("SOURCIER_THREADS") or "0"
    if not threads.isdecimal():
        raise UsageError(
            f"SOURCIER_THREADS vaut « {threads} », qui n’est pas un nombre entier.",
            todo="Donnez-lui un nombre de fils d’exécution, par exemple 2.",
        )
    return Settings(
        corpus=Path(environ.get("SOURCIER_CORPUS") or default.corpus),
        index=Path(environ.get("SOURCIER_INDEX") or default.index),
        data=Path(environ.get("SOURCIER_DATA") or default.data),
        cache=Path(environ.get("SOURCIER_CACHE") or default.cache),
        engine=cast(EngineName, engine),
        generator=environ.get("SOURCIER_GENERATOR") or default.generator,
        embedder=environ.get("SOURCIER_EMBEDDER") or default.embedder,
        threads=int(threads),
        server_url=environ.get("SOURCIER_SERVER_URL", ""),
        server_model=environ.get("SOURCIER_SERVER_MODEL", ""),
        server_key=environ.get("SOURCIER_SERVER_KEY", ""),
        address=_read_address(environ.get("SOURCIER_ADDRESS") or default.address),
        hosts=tuple(_read_host(name) for name in _split(environ, "SOURCIER_HOSTS")),
        networks=tuple(_read_network(text) for text in _split(environ, "SOURCIER_NETWORKS")),
        password=_read_password(environ.get("SOURCIER_PASSWORD", "").strip()),
        shared=_read_switch(environ, "SOURCIER_SHARED"),
        read_only=_read_switch(environ, "SOURCIER_READ_ONLY"),
        max_file=_read_megabytes(environ, "SOURCIER_MAX_FILE"),
        max_data=_read_megabytes(environ, "SOURCIER_MAX_DATA"),
    )


def _split(environ: Mapping[str, str], name: str) -> list[str]:
    return [text for part in environ.get(name, "").split(",") if (text := part.strip())]


def _read_address(text: str) -> str:
    if text not in _ADDRESSES:
        raise UsageError(
            f"SOURCIER_ADDRESS vaut « {text} », qui n’est pas une adresse où ouvrir la page.",
            todo="Donnez-lui 127.0.0.1 (cette machine seule) ou 0.0.0.0 (dans un conteneur).",
        )
    return text


def _read_host(text: str) -> str:
    host = text.lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        raise UsageError(
            f"SOURCIER_HOSTS contient « {text} », qui n’est pas un nom de machine.",
            todo="Donnez-lui des noms sans http:// ni port, séparés par des virgules, par exemple "
            "sourcier.exemple.fr.",
        )
    return host


def _read_network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise UsageError(
            f"SOURCIER_NETWORKS contient « {text} », qui n’est pas un réseau.",
            todo="Donnez-lui des adresses ou des réseaux, séparés par des virgules, par exemple "
            "192.168.1.20, 10.20.0.0/16.",
        ) from None


def _read_password(text: str) -> str:
    if text and not is_hash(text):
        # Its value is not told: it may be the password itself.
        raise UsageError(
            "SOURCIER_PASSWORD ne contient pas ce que Sourcier garde d’un mot de passe.",
            todo="Donnez-lui ce qu’écrit `python -m rag password`, et non le mot de passe.",
        )
    return text


def _read_switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "")
    if text not in ("", "0", "1"):
        raise UsageError(
            f"{name} vaut « {text} », qui n’est ni 0 ni 1.",
            todo="Donnez-lui 1 pour oui, 0 pour non.",
        )
    return text == "1"


def _read_megabytes(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if not text.isdecimal():
        raise UsageError(
            f"{name} vaut « {text} », qui n’est pas un nombre entier.",
            todo="Donnez-lui un nombre de mégaoctets, par exemple 500.",
        )
    return int(text) * 1_000_000
