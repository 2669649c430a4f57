from __future__ import annotations

import sys
from pathlib import Path

import pytest
from engines.tiny_models import write_folder, write_gguf

from rag.engines import load_engine
from rag.errors import EngineError, EngineMissing, UsageError
from rag.settings import Settings


def test_none_is_no_engine(tmp_path: Path) -> None:
    assert load_engine(Settings(engine="none"), tmp_path / "ignored.gguf") is None


@pytest.mark.parametrize("engine", ["auto", "llama_cpp"])
def test_llama_cpp_takes_the_gguf_file(engine: str, tmp_path: Path) -> None:
    settings = Settings(engine="auto" if engine == "auto" else "llama_cpp", threads=1)
    loaded = load_engine(settings, write_gguf(tmp_path / "petit.gguf"))
    assert loaded is not None
    assert loaded.name == "petit, llama.cpp"


def test_auto_without_a_model_quotes() -> None:
    assert load_engine(Settings(engine="auto"), None) is None


def test_auto_without_the_package_quotes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert load_engine(Settings(engine="auto"), tmp_path / "m.gguf") is None


def test_auto_does_not_hide_a_damaged_model(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="faux.gguf"):
        load_engine(Settings(engine="auto"), tmp_path / "faux.gguf")


def test_llama_cpp_without_a_model_says_how_to_get_one() -> None:
    with pytest.raises(EngineMissing, match="models --fetch"):
        load_engine(Settings(engine="llama_cpp"), None)


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(EngineMissing, match=r"pip install 'sourcier\[llama\]'"):
        load_engine(Settings(engine="llama_cpp"), tmp_path / "m.gguf")
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(EngineMissing, match=r"pip install 'sourcier\[gguf\]'"):
        load_engine(Settings(engine="transformers"), tmp_path / "m.gguf")


def test_transformers_takes_a_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "petit")
    loaded = load_engine(Settings(engine="transformers", generator=str(folder)), None)
    assert loaded is not None
    assert loaded.name == "petit, transformers"


def test_openai_takes_the_server() -> None:
    loaded = load_engine(
        Settings(engine="openai", server_url="http://hote:1", server_model="m"), None
    )
    assert loaded is not None
    assert loaded.name == "m, serveur hote"
    with pytest.raises(UsageError, match="SOURCIER_SERVER_URL"):
        load_engine(Settings(engine="openai"), None)
