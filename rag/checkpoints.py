"""What a training that was interrupted goes on from: weights, moments of AdamW, and steps taken.

Knows nothing about what is trained.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def gather_state(
    taken: int, weights: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Return all that going on needs, by names that ``safetensors`` keeps."""
    kept = {"taken": torch.tensor(taken)}
    for name, value in weights.items():
        kept[name] = value.detach()
        for moment, tensor in optimizer.state.get(value, {}).items():
            kept[f"{moment} {name}"] = tensor
    return kept


def restore_state(
    kept: dict[str, Tensor], weights: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> int:
    """Take up what ``gather_state`` returned; return the steps taken.

    What was never trained has no moments.
    """
    for name, value in weights.items():
        value.data.copy_(kept[name])
        moments = {m: kept[f"{m} {name}"] for m in _MOMENTS if f"{m} {name}" in kept}
        if moments:
            optimizer.state[value] = moments
    return int(kept["taken"])
