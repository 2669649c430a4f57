"""Settings: what the environment says, and what it may not say."""

from __future__ import annotations

import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.passwords import hash_password
from rag.settings import Settings, load_settings

HASH = hash_password("chèvre pylône tiroir")


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({})
    assert settings == Settings()
    root = Path(__file__).resolve().parent.parent
    assert (settings.corpus, settings.index) == (root / "corpus", root / ".index")
    assert settings.data == root / ".sourcier"
    assert settings.engine == "auto"


def test_every_variable() -> None:
    settings = load_settings(
        {
            "SOURCIER_CORPUS": "/a",
            "SOURCIER_INDEX": "/b",
            "SOURCIER_DATA": "/d",
            "SOURCIER_CACHE": "/c",
            "SOURCIER_ENGINE": "openai",
            "SOURCIER_GENERATOR": "/g.gguf",
            "SOURCIER_EMBEDDER": "/e",
            "SOURCIER_THREADS": "3",
            "SOURCIER_SERVER_URL": "http://localhost:8080",
            "SOURCIER_SERVER_MODEL": "m",
            "SOURCIER_SERVER_KEY": "secret",
            "SOURCIER_ADDRESS": "0.0.0.0",
            "SOURCIER_HOSTS": "Sourcier.exemple.fr, [fd00::5],",
            "SOURCIER_NETWORKS": "10.20.0.0/16,192.168.1.20",
            "SOURCIER_PASSWORD": f" {HASH}",
            "SOURCIER_SHARED": "1",
            "SOURCIER_READ_ONLY": "1",
            "SOURCIER_MAX_FILE": "20",
            "SOURCIER_MAX_DATA": "500",
        }
    )
    assert settings == Settings(
        corpus=Path("/a"),
        index=Path("/b"),
        data=Path("/d"),
        cache=Path("/c"),
        engine="openai",
        generator="/g.gguf",
        embedder="/e",
        threads=3,
        server_url="http://localhost:8080",
        server_model="m",
        server_key="secret",
        address="0.0.0.0",
        hosts=("sourcier.exemple.fr", "[fd00::5]"),
        networks=(ip_network("10.20.0.0/16"), ip_network("192.168.1.20/32")),
        password=HASH,
        shared=True,
        read_only=True,
        max_file=20_000_000,
        max_data=500_000_000,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have folders of their own")
def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert load_settings({}).cache == Path("/x/sourcier")
    assert load_settings({"SOURCIER_CACHE": "/y"}).cache == Path("/y")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert load_settings({}).cache == Path.home() / ".cache" / "sourcier"


def test_empty_paths_mean_the_defaults() -> None:
    empty = {f"SOURCIER_{name}": "" for name in ("CORPUS", "INDEX", "GENERATOR", "EMBEDDER")}
    assert load_settings(empty) == Settings()


def test_the_key_is_never_shown() -> None:
    assert "secret" not in repr(load_settings({"SOURCIER_SERVER_KEY": "secret"}))


def test_the_password_is_never_shown() -> None:
    assert HASH not in repr(load_settings({"SOURCIER_PASSWORD": HASH}))
    with pytest.raises(UsageError, match="python -m rag password") as caught:
        load_settings({"SOURCIER_PASSWORD": "chèvre pylône tiroir"})
    assert "chèvre" not in str(caught.value)


@pytest.mark.parametrize("name", ["SHARED", "READ_ONLY"])
@pytest.mark.parametrize("value", ["oui", "2", "false"])
def test_a_switch_is_on_or_off(name: str, value: str) -> None:
    assert load_settings({f"SOURCIER_{name}": "0"}) == Settings()
    with pytest.raises(UsageError, match=f"SOURCIER_{name} vaut « {value} »"):
        load_settings({f"SOURCIER_{name}": value})


@pytest.mark.parametrize("name", ["MAX_FILE", "MAX_DATA"])
def test_sizes_are_megabytes(name: str) -> None:
    with pytest.raises(UsageError, match=f"SOURCIER_{name} vaut « 2 Go »"):
        load_settings({f"SOURCIER_{name}": "2 Go"})


def test_an_unknown_engine_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        load_settings({"SOURCIER_ENGINE": "gpt"})
    assert "« gpt » n’existe pas" in str(caught.value)
    assert "auto, llama_cpp, transformers, openai, none" in str(caught.value)


@pytest.mark.parametrize("value", ["deux", "-1", "1.5"])
def test_threads_must_be_a_number(value: str) -> None:
    with pytest.raises(UsageError, match="SOURCIER_THREADS"):
        load_settings({"SOURCIER_THREADS": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDRESS", "192.168.1.20"),
        ("HOSTS", "http://sourcier.exemple.fr"),
        ("HOSTS", "sourcier.exemple.fr:8501"),
        ("HOSTS", "*"),
        ("NETWORKS", "intranet"),
        ("NETWORKS", "10.20.1.1/16"),
    ],
)
def test_names_and_networks_are_checked(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"SOURCIER_{name} (contient|vaut)"):
        load_settings({f"SOURCIER_{name}": value})
