"""The constants: written and read again without loss, and those shipped mean something."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import FakeEncoder, FakeReader

from rag.abstention import measure_signals
from rag.errors import ModelCorrupt, ModelMissing
from rag.index import build_index
from rag.policy import PATH, Policy, load_policy, read_policy
from rag.reading import read_passages
from rag.retrieval import search_passages
from rag.types import Article

POLICY = Policy(0.5, 1.5, -2.0, 1.8, 0.9, 0.2, {"": -1.0, "answers": 0.3}, {"": -4.0}, 0.6, 0.4)


def test_a_policy_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(asdict(POLICY)), encoding="utf-8")
    assert load_policy(path) == POLICY
    assert read_policy(asdict(POLICY)) == POLICY


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"« policy\.json » manquent"):
        load_policy(tmp_path / "policy.json")


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"prior": 1, "unknown": 2}', "\xff"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelCorrupt, match=r"« policy\.json » sont abîmées"):
        load_policy(path)


def test_what_is_shipped_weighs_what_is_measured(articles: list[Article]) -> None:
    policy = read_policy(json.loads(PATH.read_text(encoding="utf-8")))
    index, _ = build_index(articles, FakeEncoder, "fake-v1")
    search = search_passages(index, FakeEncoder(), "Qui dirige Mistral AI ?", 8)
    measured = measure_signals(read_passages(search, FakeReader(), policy))
    for weights in (policy.answers, policy.refutes):
        # A name that nothing measures would weigh nothing, and nobody would know.
        assert set(weights) <= {"", *measured}
        assert "" in weights and all(map(math.isfinite, weights.values()))


def test_what_is_shipped_believes_both_and_draws_lines_that_can_be_reached() -> None:
    policy = load_policy()
    assert policy.reader > 0 and policy.passage > 0
    assert min(policy.prior, policy.fused, policy.sentence) >= 0 and math.isfinite(policy.shift)
    assert 0 < policy.supported < 1 and 0 < policy.contradicted < 1
