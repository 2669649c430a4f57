"""Rewrites the carried multilingual-e5-small weights as a sentence-transformers folder.

The carrier holds one raw file: a header, a tokenizer that is skipped, then named tensors, the
matrices in Q4_0 (blocks of 32 weights: one float16 scale, 32 four-bit integers). The result is
safetensors and JSON only, and the same bytes every time. Knows nothing about where the raw file
came from, nor about the cache.
"""

from __future__ import annotations

import errno
import json
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file

WEIGHTS_FILE = "model.safetensors"

_HEADER = struct.Struct("<4sI7ifi")
_TOKENIZER = struct.Struct("<5iQ")
_COUNTED = struct.Struct("<iI")
_COUNT = struct.Struct("<i")
_LENGTH = struct.Struct("<H")
_ENTRY = struct.Struct("<BIQQ")
_MAGIC = b"E5S1"
_EPSILON = 1e-12
_FLOAT32, _Q4_0 = 0, 1
_BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORM_NAMES = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}

_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "mask_token": "<mask>",
    "pad_token": "<pad>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT, in the order of the raw file's header."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


E5_SMALL = Shape(
    hidden=384, layers=12, heads=12, inner=1536, vocabulary=250_037, positions=512, types=2
)


class MalformedWeights(ValueError):
    """The raw weight file does not have the expected layout; the message says where, in French."""


def convert_weights(raw: Path, folder: Path, shape: Shape = E5_SMALL) -> None:
    """Write everything of the sentence-transformers folder but ``tokenizer.json``.

    Parameters
    ----------
    raw
        The carried weight file, whose SHA-256 the caller has checked.
    folder
        An existing folder; files of the same name are replaced.
    shape
        The sizes that the file must have.

    Raises
    ------
    MalformedWeights
        When the layout is not the expected one; nothing is then written.
    OSError
        When ``raw`` can't be read or ``folder`` written.
    """
    tensors = dict(_decode_tensors(memoryview(raw.read_bytes()), shape))
    # Never used (the pooling is the mean), but without it transformers draws one at random
    # and warns.
    tensors["pooler.dense.weight"] = np.zeros((shape.hidden, shape.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(shape.hidden, np.float32)
    _save_tensors(tensors, folder / WEIGHTS_FILE)
    for name, content in _describe_model(shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def decode_q4_0(raw: memoryview, rows: int, columns: int) -> NDArray[np.float32]:
    """Decode Q4_0 blocks into a float32 ``[rows, columns]`` matrix.

    Raises
    ------
    MalformedWeights
        When ``raw`` does not hold exactly that many weights, or a scale is not a number.
    """
    if rows * columns % _BLOCK or len(raw) != rows * columns // _BLOCK * _BLOCK_TYPE.itemsize:
        raise MalformedWeights(f"{len(raw)} octets ne font pas une matrice {rows} × {columns}")
    blocks = np.frombuffer(raw, dtype=_BLOCK_TYPE)
    if not np.isfinite(blocks["scale"]).all():
        raise MalformedWeights("un bloc a une échelle qui n’est pas un nombre")
    weights = np.empty((len(blocks), _BLOCK), np.float32)
    weights[:, : _BLOCK // 2] = blocks["nibbles"] & 0x0F
    weights[:, _BLOCK // 2 :] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(rows, columns)


def _save_tensors(tensors: dict[str, NDArray[np.float32]], path: Path) -> None:
    """Write safetensors; the library's own error on a full disk becomes the system's."""
    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        raise OSError(int(found[1]) if found else errno.EIO, str(error)) from error


class _Cursor:
    """Reads forward in a buffer and refuses to leave it."""

    def __init__(self, buffer: memoryview) -> None:
        self.buffer = buffer
        self.position = 0

    def take(self, count: int) -> memoryview:
        piece = _cut_bytes(self.buffer, self.position, count)
        self.position += count
        return piece

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        return layout.unpack(self.take(layout.size))


def _cut_bytes(buffer: memoryview, start: int, count: int) -> memoryview:
    """Take ``count`` bytes at ``start``.

    Raises
    ------
    MalformedWeights
        When any of them lies outside of ``buffer``.
    """
    if start < 0 or count < 0 or start + count > len(buffer):
        raise MalformedWeights(
            f"{count} octets demandés à la position {start} dépassent du fichier"
        )
    return buffer[start : start + count]


def _decode_tensors(buffer: memoryview, shape: Shape) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield every tensor under the name that ``BertModel`` gives it."""
    cursor = _Cursor(buffer)
    _check_header(cursor, shape)
    _skip_tokenizer(cursor)
    entries = _read_entries(cursor)
    for name, (target, sizes) in _expect_tensors(shape).items():
        if name not in entries:
            raise MalformedWeights(f"le tenseur « {name} » manque")
        kind, count, start, length = entries[name]
        if kind != (_Q4_0 if len(sizes) == 2 and _is_matrix(name) else _FLOAT32):
            raise MalformedWeights(f"le tenseur « {name} » n’a pas le codage attendu")
        if count != math.prod(sizes) or (kind == _FLOAT32 and length != 4 * count):
            raise MalformedWeights(f"le tenseur « {name} » n’a pas la taille attendue")
        raw = _cut_bytes(buffer, start, length)
        if kind == _Q4_0:
            yield target, decode_q4_0(raw, *sizes)
        else:
            yield target, np.frombuffer(raw, "<f4").astype(np.float32).reshape(sizes)


def _check_header(cursor: _Cursor, shape: Shape) -> None:
    magic, version, *sizes, epsilon, block = cursor.unpack(_HEADER)
    if magic != _MAGIC or version != 1 or tuple(sizes) != astuple(shape) or block != _BLOCK:
        raise MalformedWeights("l’en-tête n’est pas celui de multilingual-e5-small")
    if not 0.5 < epsilon / _EPSILON < 2:
        raise MalformedWeights("l’epsilon de normalisation n’est pas celui du modèle")


def _skip_tokenizer(cursor: _Cursor) -> None:
    pieces, *_, length = cursor.unpack(_TOKENIZER)
    cursor.take(4 * (pieces + 1))
    cursor.take(4 * pieces)
    cursor.take(length)
    _, length = cursor.unpack(_COUNTED)
    cursor.take(length)


def _read_entries(cursor: _Cursor) -> dict[str, tuple[int, ...]]:
    """Read the table of tensors: name to (kind, number of weights, offset, bytes)."""
    (count,) = cursor.unpack(_COUNT)
    entries: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        (length,) = cursor.unpack(_LENGTH)
        name = bytes(cursor.take(length)).decode("ascii", "replace")
        if name in entries:
            raise MalformedWeights(f"le tenseur « {name} » est là deux fois")
        entries[name] = cursor.unpack(_ENTRY)
    return entries


def _is_matrix(name: str) -> bool:
    """Say whether a tensor is one of the matrices that the raw file holds in Q4_0."""
    return name == "emb.word" or name.split(".")[1] in _LAYER_NAMES


def _expect_tensors(shape: Shape) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name every tensor of the raw file with its ``BertModel`` name and its sizes."""
    hidden, inner = shape.hidden, shape.inner
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {
        "emb.word": ("embeddings.word_embeddings.weight", (shape.vocabulary, hidden)),
        "emb.pos": ("embeddings.position_embeddings.weight", (shape.positions, hidden)),
        "emb.type": ("embeddings.token_type_embeddings.weight", (shape.types, hidden)),
        "emb.ln.w": ("embeddings.LayerNorm.weight", (hidden,)),
        "emb.ln.b": ("embeddings.LayerNorm.bias", (hidden,)),
    }
    for i in range(shape.layers):
        layer = f"encoder.layer.{i}"
        for short, long in _LAYER_NAMES.items():
            rows, columns = {"fi": (inner, hidden), "fo": (hidden, inner)}.get(
                short, (hidden, hidden)
            )
            tensors[f"l{i}.{short}.w"] = (f"{layer}.{long}.weight", (rows, columns))
            tensors[f"l{i}.{short}.b"] = (f"{layer}.{long}.bias", (rows,))
        for short, long in _NORM_NAMES.items():
            tensors[f"l{i}.{short}.w"] = (f"{layer}.{long}.weight", (hidden,))
            tensors[f"l{i}.{short}.b"] = (f"{layer}.{long}.bias", (hidden,))
    return tensors


def _describe_model(shape: Shape) -> dict[str, object]:
    """Write the JSON files that sentence-transformers and transformers expect, by name."""
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "attention_probs_dropout_prob": 0.1,
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "hidden_size": shape.hidden,
            "initializer_range": 0.02,
            "intermediate_size": shape.inner,
            "layer_norm_eps": _EPSILON,
            "max_position_embeddings": shape.positions,
            "model_type": "bert",
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": 1,
            "type_vocab_size": shape.types,
            "vocab_size": shape.vocabulary,
        },
        "modules.json": [
            {
                "idx": i,
                "name": str(i),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for i, (path, kind) in enumerate(kinds)
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "tokenizer_config.json": {
            **_SPECIAL_TOKENS,
            "model_max_length": shape.positions,
            # The generic class keeps tokenizer.json as it is, its normaliser included.
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
        "special_tokens_map.json": _SPECIAL_TOKENS,
    }
