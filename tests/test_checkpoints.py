"""A training goes on from its checkpoint as if it had not stopped."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from rag.checkpoints import gather_state, restore_state


class Training:
    """Two weights, of which one learns."""

    def __init__(self) -> None:
        self.weights = {"a": torch.ones(2, requires_grad=True), "still": torch.zeros(1)}
        self.optimizer = torch.optim.AdamW([self.weights["a"]], lr=0.1)

    def step(self) -> None:
        (self.weights["a"] ** 2).sum().backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.optimizer.zero_grad()


def test_what_goes_on_ends_where_what_never_stopped_does(tmp_path: Path) -> None:
    whole, begun, resumed = Training(), Training(), Training()
    for _ in range(4):
        whole.step()
    begun.step()
    begun.step()
    save_file(gather_state(2, begun.weights, begun.optimizer), tmp_path / "kept")
    kept = load_file(tmp_path / "kept")
    assert restore_state(kept, resumed.weights, resumed.optimizer) == 2
    resumed.step()
    resumed.step()
    assert torch.equal(resumed.weights["a"], whole.weights["a"])
    assert resumed.weights["still"] not in resumed.optimizer.state
