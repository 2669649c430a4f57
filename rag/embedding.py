"""multilingual-e5 through sentence-transformers: passages and their sentences at once.

One pass over a passage gives its vector and one vector for each of its sentences, the mean of
the sentence's token embeddings: a sentence is thus read in its context, and costs nothing more.
Source: Günther et al. 2024, « Late chunking », arXiv:2409.04701. Knows nothing about articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from rag.types import Span, Vectors

# multilingual-e5 was trained with these prefixes (Wang et al. 2024, arXiv:2402.05672).
_PASSAGE = "passage: "
_QUERY = "query: "
_BATCH = 16
_BF16_FLAGS = ("avx512_bf16", "amx_bf16")


class SentenceEncoder:
    """An ``Encoder`` over a sentence-transformers folder.

    Parameters
    ----------
    path
        Folder of the model; its last pooling must be the mean of the tokens.
    fingerprint
        Name of the weights, written into every index made with them.
    threads
        CPU threads for torch; 0 leaves torch's own choice.

    Attributes
    ----------
    model
        The sentence-transformers model.
    precision
        Name of the type of its weights: ``bfloat16`` or ``float32``.
    """

    def __init__(self, path: Path, fingerprint: str, threads: int = 0) -> None:
        if threads:
            torch.set_num_threads(threads)
        self.fingerprint = fingerprint
        cuda = torch.cuda.is_available()
        # Its progress bar is in English and on the terminal of whoever runs the page.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.model = SentenceTransformer(
            str(path),
            device=None if cuda else "cpu",
            local_files_only=True,
            model_kwargs={"dtype": torch.bfloat16 if cuda else choose_dtype()},
        )
        self.model.eval()
        self.precision = str(self.model.dtype).removeprefix("torch.")
        self.dimension = int(self.model.get_embedding_dimension() or 0)

    def encode_query(self, text: str) -> Vectors:
        """Embed one question: float32 ``[dimension]``, unit length."""
        vector: Vectors = self._encode([_QUERY + text], [[]])[0][0]
        return vector

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        """Embed passages and the given spans of each.

        Passages longer than the model's window (512 tokens) are cut at its end; a span past the
        cut gets the passage's vector.

        Returns
        -------
        list[Vectors]
            For each text, float32 ``[1 + len(spans[i]), dimension]`` with unit rows: the passage,
            then its spans.
        """
        prefixed = [_PASSAGE + text for text in texts]
        shift = len(_PASSAGE)
        shifted = [[Span(s.start + shift, s.end + shift) for s in of_text] for of_text in spans]
        return self._encode(prefixed, shifted)

    def _encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Vectors]:
        by_length = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors: dict[int, Vectors] = {}
        for first in range(0, len(by_length), _BATCH):
            batch = by_length[first : first + _BATCH]
            tokens, offsets = self._embed_tokens([texts[i] for i in batch])
            for row, i in enumerate(batch):
                vectors[i] = _pool(tokens[row], offsets[row], spans[i])
        return [vectors[i] for i in range(len(texts))]

    def _embed_tokens(
        self, texts: list[str]
    ) -> tuple[list[NDArray[np.float32]], list[NDArray[np.int64]]]:
        """Return, a text: token embeddings float32 ``[t, d]`` and character offsets ``[t, 2]``."""
        batch: Any = self.model.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self.model.max_seq_length,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = batch.pop("offset_mapping").numpy()
        lengths = batch["attention_mask"].sum(1).tolist()
        features = {key: value.to(self.model.device) for key, value in batch.items()}
        with torch.inference_mode():
            hidden = self.model[0](features)["token_embeddings"].float().cpu().numpy()
        return (
            [hidden[i, :length] for i, length in enumerate(lengths)],
            [offsets[i, :length] for i, length in enumerate(lengths)],
        )


def _pool(
    tokens: NDArray[np.float32], offsets: NDArray[np.int64], spans: Sequence[Span]
) -> Vectors:
    """Average the token embeddings of the passage, then of each span; rows of unit length."""
    whole = tokens.mean(axis=0)
    rows = [whole]
    real = offsets[:, 1] > offsets[:, 0]
    for span in spans:
        inside = real & (offsets[:, 0] >= span.start) & (offsets[:, 1] <= span.end)
        rows.append(tokens[inside].mean(axis=0) if inside.any() else whole)
    matrix = np.stack(rows).astype(np.float32)
    unit: Vectors = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def choose_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively (twice as fast here), else float32."""
    capabilities = torch.cpu.get_capabilities()
    fast = any(capabilities.get(flag) for flag in _BF16_FLAGS)
    return torch.bfloat16 if fast else torch.float32
