"""What was embedded is found again, whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import FakeEncoder

from rag.embedded import KeptVectors
from rag.types import Span

TEXTS = ["La mer monte.", "Le phare. Il est haut."]
SPANS = [[Span(0, 13)], [Span(0, 9), Span(10, 22)]]


def keep(path: Path) -> None:
    vectors = FakeEncoder().encode_passages(TEXTS, SPANS)
    kept = KeptVectors(path, "fake-v1", FakeEncoder.dimension)
    # One by one: the second begins where the first ends.
    for number in range(2):
        kept.keep(TEXTS[number:][:1], SPANS[number:][:1], vectors[number:][:1])


def find(path: Path, fingerprint: str = "fake-v1") -> list[bool]:
    """Which of the two are found, as they were."""
    kept = KeptVectors(path, fingerprint, FakeEncoder.dimension)
    right = FakeEncoder().encode_passages(TEXTS, SPANS)
    found = [kept.find(*pair) for pair in zip(TEXTS, SPANS, strict=True)]
    for one, other in zip(found, right, strict=True):
        assert one is None or np.allclose(one, other, atol=1e-3)
    return [vectors is not None for vectors in found]


def test_what_is_kept_is_found_by_the_next_program(tmp_path: Path) -> None:
    path = tmp_path / "EMBEDDED"
    assert find(path) == [False, False]
    keep(path)
    assert find(path) == [True, True]
    # Cut in another way, or by another encoder, it is another thing.
    assert KeptVectors(path, "fake-v1", 256).find(TEXTS[1], SPANS[0]) is None
    assert find(path, "fake-v2") == [False, False]


def test_a_record_cut_short_is_made_again_and_the_ones_before_stay(tmp_path: Path) -> None:
    path = tmp_path / "EMBEDDED"
    keep(path)
    whole = path.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 1300, 1):
        path.write_bytes(whole[:cut])
        assert find(path) == [cut > 1, False]
        keep(path)
        assert find(path) == [True, True]


@pytest.mark.parametrize("place", [0, 40, 66, 300, -1])
def test_a_damaged_record_is_never_given(tmp_path: Path, place: int) -> None:
    path = tmp_path / "EMBEDDED"
    keep(path)
    data = bytearray(path.read_bytes())
    data[place] ^= 0x11
    path.write_bytes(data)
    assert not all(find(path))


def test_a_disk_that_refuses_costs_time_alone(tmp_path: Path) -> None:
    path = tmp_path / "no folder" / "EMBEDDED"
    keep(path)
    assert find(path) == [False, False]
