"""Chooses the engine that writes the answers.

Contract: one function, ``load_engine``; each engine and the package that it needs are imported
only when they are asked for. Knows nothing about prompts, evidence or answers.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import EngineMissing
from rag.settings import Settings
from rag.types import Engine


def load_engine(
    settings: Settings, generator_path: Path | None, adapter: Path | None = None
) -> Engine | None:
    """Load the engine that the settings ask for; slow, seconds to a minute.

    Parameters
    ----------
    settings
        ``engine`` names the engine; ``threads`` and the ``server_*`` values are handed to it.
    generator_path
        The verified GGUF file, or ``None`` when it is not on this machine. The transformers
        engine then takes ``settings.generator``, a model folder or the name of a hub model.
    adapter
        What that file was trained further with; llama.cpp alone takes it.

    Returns
    -------
    Engine or None
        ``None`` means that answers are quoted: ``none`` was asked for, or ``auto`` found no
        llama.cpp or no model.

    Raises
    ------
    EngineMissing
        When the engine that was asked for, or its model, is not installed.
    EngineError
        When it is installed and does not load.
    """
    match settings.engine:
        case "none":
            return None
        case "openai":
            from rag.engines.openai import OpenAIEngine

            return OpenAIEngine(settings.server_url, settings.server_model, settings.server_key)
        case "transformers":
            return _load_transformers(generator_path or settings.generator, settings.threads)
        case "llama_cpp":
            return _load_llama_cpp(generator_path, settings.threads, adapter)
        case "auto":
            try:
                return _load_llama_cpp(generator_path, settings.threads, adapter)
            except EngineMissing:
                return None


def _load_llama_cpp(path: Path | None, threads: int, adapter: Path | None) -> Engine:
    from rag.engines.llama_cpp import LlamaCppEngine

    if path is None:
        raise EngineMissing(
            "Le modèle de langue n’est pas sur cette machine.",
            todo="Téléchargez-le avec `python -m rag models --fetch`, ou donnez à "
            "SOURCIER_GENERATOR le chemin d’un fichier GGUF.",
        )
    try:
        return LlamaCppEngine(path, threads, adapter)
    except ImportError as error:
        raise _name_extra("llama.cpp", "llama", error) from error


def _load_transformers(model: str | Path, threads: int) -> Engine:
    from rag.engines.transformers import TransformersEngine

    try:
        return TransformersEngine(model, threads)
    except ImportError as error:
        raise _name_extra("transformers", "gguf", error) from error


def _name_extra(engine: str, extra: str, error: ImportError) -> EngineMissing:
    """Say which extra brings what is missing; the cause is kept: it may be a system library."""
    return EngineMissing(
        f"Il manque un paquet au moteur {engine} ({error}).",
        todo=f"Installez-le avec `pip install 'sourcier[{extra}]'`.",
    )
