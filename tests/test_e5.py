"""The raw weights are decoded exactly, and anything but the expected layout is refused."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from rag.e5 import (
    WEIGHTS_FILE,
    MalformedWeights,
    Shape,
    _expect_tensors,
    _is_matrix,
    convert_weights,
    decode_q4_0,
)

_HEAD = 740  # bytes, more or less: the header and the table of tensors
TINY = Shape(hidden=32, layers=1, heads=2, inner=64, vocabulary=10, positions=8, types=2)


def make_raw(shape: Shape = TINY, seed: int = 1, skip: str = "") -> bytes:
    """Write a raw weight file of this shape with random weights, one tensor left out."""
    rng = random.Random(seed)
    sizes = (shape.hidden, shape.layers, shape.heads, shape.inner, shape.vocabulary)
    head = struct.pack("<4sI7ifi", b"E5S1", 1, *sizes, shape.positions, shape.types, 1e-12, 32)
    head += struct.pack("<5iQ", 2, 0, 2, 1, 3, 3) + bytes(4 * 3 + 4 * 2) + b"abc"
    head += struct.pack("<iI", 1, 5) + b"12345"
    tensors = []
    for name, (_, dimensions) in _expect_tensors(shape).items():
        count = int(np.prod(dimensions))
        if len(dimensions) == 2 and _is_matrix(name):
            blocks = [
                struct.pack("<e", rng.random()) + rng.randbytes(16) for _ in range(count // 32)
            ]
            tensors.append((name, 1, count, b"".join(blocks)))
        else:
            values = [rng.random() for _ in range(count)]
            tensors.append((name, 0, count, struct.pack(f"<{count}f", *values)))
    tensors = [tensor for tensor in tensors if tensor[0] != skip]
    offset = len(head) + 4 + sum(2 + len(name) + 21 for name, *_ in tensors)
    table, body = struct.pack("<i", len(tensors)), b""
    for name, kind, count, data in tensors:
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", kind, count, offset + len(body), len(data))
        body += data
    return head + table + body


def convert(raw: bytes, tmp_path: Path) -> Path:
    (tmp_path / "raw.bin").write_bytes(raw)
    folder = tmp_path / "made"
    folder.mkdir(exist_ok=True)
    convert_weights(tmp_path / "raw.bin", folder, TINY)
    return folder


def test_a_block_is_decoded_by_hand() -> None:
    # Scale 0.5; the first byte 0x21 holds weight 0 (low, 1) and weight 16 (high, 2); the others 8.
    raw = struct.pack("<e", 0.5) + bytes([0x21]) + bytes([0x88]) * 15
    weights = decode_q4_0(memoryview(raw), 1, 32)
    expected = np.zeros(32, np.float32)
    expected[0], expected[16] = (1 - 8) * 0.5, (2 - 8) * 0.5
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights[0], expected)


def test_blocks_of_the_wrong_length_are_refused() -> None:
    for length, rows in ((17, 1), (19, 1), (18, 2), (0, 1)):
        with pytest.raises(MalformedWeights):
            decode_q4_0(memoryview(bytes(length)), rows, 32)


def test_every_tensor_arrives_under_its_new_name(tmp_path: Path) -> None:
    tensors = load_file(convert(make_raw(), tmp_path) / WEIGHTS_FILE)
    assert tensors["embeddings.word_embeddings.weight"].shape == (10, 32)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert not tensors["pooler.dense.weight"].any()
    assert len(tensors) == len(_expect_tensors(TINY)) + 2


def test_the_folder_describes_a_mean_pooled_normalised_model(tmp_path: Path) -> None:
    folder = convert(make_raw(), tmp_path)
    modules = json.loads((folder / "modules.json").read_text())
    assert [module["path"] for module in modules] == ["", "1_Pooling", "2_Normalize"]
    assert json.loads((folder / "1_Pooling/config.json").read_text())["pooling_mode_mean_tokens"]
    prompts = json.loads((folder / "config_sentence_transformers.json").read_text())["prompts"]
    assert prompts == {"query": "query: ", "passage": "passage: "}


def test_conversion_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        folder = convert(make_raw(), tmp_path)
        contents.append({p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert contents[0] == contents[1]


def test_another_model_is_refused(tmp_path: Path) -> None:
    other = Shape(hidden=32, layers=2, heads=2, inner=64, vocabulary=10, positions=8, types=2)
    with pytest.raises(MalformedWeights, match="en-tête"):
        convert(make_raw(other), tmp_path)


def test_a_missing_tensor_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(MalformedWeights, match="l0.fo.w"):
        convert(make_raw(skip="l0.fo.w"), tmp_path)
    assert not list((tmp_path / "made").iterdir())


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    raw = make_raw()
    for length in (0, 3, 40, 60, 90, 120, 300, len(raw) // 2, len(raw) - 1):
        with pytest.raises(MalformedWeights):
            convert(raw[:length], tmp_path)


def test_a_mangled_file_is_converted_or_refused_but_nothing_else(tmp_path: Path) -> None:
    raw = make_raw()
    rng = random.Random(3)
    refused = 0
    for _ in range(300):
        mangled = bytearray(raw)
        for _ in range(rng.randint(1, 4)):
            mangled[rng.randrange(_HEAD)] = rng.randrange(256)
        try:
            convert(bytes(mangled), tmp_path)
        except MalformedWeights:
            refused += 1
    assert refused > 200
