"""From settings to ready parts: the encoder, the index, the engine, the assistant.

The only place where the heavy libraries are imported late, so that a command that needs none of
them starts at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelMissing
from rag.models import (
    fingerprint_folder,
    resolve_adapter,
    resolve_embedder,
    resolve_generator,
    resolve_reader_base,
)
from rag.settings import Settings
from rag.types import Encoder, Engine, Reader

if TYPE_CHECKING:
    from rag.assistant import Assistant


def load_fingerprint(settings: Settings) -> str:
    """Name the embedding model of these settings, without loading it.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When the model is not on this machine or is damaged.
    """
    return fingerprint_folder(resolve_embedder(settings))


def load_encoder(settings: Settings) -> Encoder:
    """Load the embedding model.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When the model is not on this machine or is damaged.
    """
    from rag.embedding import SentenceEncoder

    path = resolve_embedder(settings)
    return SentenceEncoder(path, fingerprint_folder(path), settings.threads)


def keep_to_one_core() -> None:
    """Have what the calling thread computes use one core; other threads go on as before."""
    import torch
    from threadpoolctl import threadpool_limits

    # Gives this thread its own number of threads, which the next line changes.
    torch.get_num_threads()
    threadpool_limits(1, user_api="openmp")


def load_reader(settings: Settings) -> Reader:
    """Load the trained reader.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When the model it is built on is not on this machine, or a file is damaged.
    """
    from rag.reader import FrenchReader

    return FrenchReader(resolve_reader_base(settings))


def load_writer(settings: Settings) -> Engine | None:
    """Load the engine that writes, or return None when answers are to be quoted.

    With ``auto``, a model that is not on this machine means None; an engine asked for by name
    must be there.

    Raises
    ------
    EngineMissing, ModelMissing, ModelCorrupt
        When the engine asked for can't be had.
    """
    from rag.engines import load_engine

    path: Path | None = None
    if settings.engine in ("auto", "llama_cpp", "transformers"):
        try:
            path = resolve_generator(settings)
        except ModelMissing:
            # A hub name is for transformers alone to resolve.
            if settings.engine == "llama_cpp" or (
                settings.engine == "transformers" and "/" not in settings.generator
            ):
                raise
    return load_engine(settings, path, resolve_adapter(settings))


def load_assistant(settings: Settings) -> Assistant:
    """Load everything that answers questions over the index of these settings.

    Raises
    ------
    RagError
        When the index or a model can't be used.
    """
    from rag.assistant import Assistant
    from rag.store import load_index

    index = load_index(settings.index, load_fingerprint(settings))
    encoder, reader = load_encoder(settings), load_reader(settings)
    return Assistant(index, encoder, reader, load_writer(settings))
