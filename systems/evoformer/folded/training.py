r"""Trainings of four trunks on fragments: smooth absolute error of all distances, members of their own.

Float32; Adam, the rate falls to 0 over the last half; the slopes of a member are cut to the length 1.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap
from torch.nn import functional

from systems.evoformer.folded.data import LENGTH, Fragments
from systems.evoformer.folded.models import Given, given, started, told
from systems.training.protocol import Run

__all__ = ["BATCH", "learned", "predicted"]

RATE, BATCH, LONGEST = 4e-3, 4, 1.0
OFF = ~torch.eye(LENGTH, dtype=torch.bool)


def learned(run: Run, kind: str, train: Fragments) -> tuple[dict[str, Tensor], np.ndarray]:
    """Weights of all members, and losses by step (steps, members)."""
    whole = given(train)
    wanted = torch.tensor(train.distances, dtype=torch.float32)
    leaves = {
        name: v.requires_grad_() for name, v in started(kind, [run.stream(s, "weights") for s in run.seeds]).items()
    }
    orders = [run.stream(seed, "order") for seed in run.seeds]
    optimiser = torch.optim.Adam(list(leaves.values()), lr=RATE)

    def loss(w: dict[str, Tensor], letters: Tensor, pairs: Tensor, d: Tensor) -> Tensor:
        off = (told(kind, w, Given(letters, pairs)) - d)[:, OFF]
        return functional.smooth_l1_loss(off, torch.zeros_like(off))

    seen = []
    for step in range(run.length):
        rows = torch.tensor(np.stack([rng.integers(0, len(wanted), BATCH) for rng in orders]))
        losses = vmap(loss)(leaves, whole.letters[rows], whole.pairs[rows], wanted[rows])
        optimiser.zero_grad()
        losses.sum().backward()
        cut(list(leaves.values()))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2 * (run.length - step) / run.length)
        optimiser.step()
        seen.append(losses.detach().numpy())
        if step % 10 == 0:
            run.progress(step, run.length)
    return {name: v.detach() for name, v in leaves.items()}, np.array(seen, dtype=float)


def cut(leaves: list[Tensor]) -> None:
    """Slopes of a member no longer than LONGEST together."""
    lengths = torch.stack([leaf.grad.flatten(1).square().sum(dim=1) for leaf in leaves]).sum(dim=0).sqrt()  # type: ignore[union-attr]
    factor = (LONGEST / lengths).clamp(max=1.0)
    for leaf in leaves:
        leaf.grad.mul_(factor.reshape(-1, *[1] * (leaf.dim() - 1)))  # type: ignore[union-attr]


def predicted(kind: str, weights: dict[str, Tensor], of: Fragments, steps: int = 2) -> np.ndarray:
    """Distances (members, many, n, n) in Å, 0 on the diagonal."""
    whole = given(of)
    with torch.no_grad():
        found = vmap(lambda w: told(kind, w, whole, steps))(weights).double().numpy()
    return np.where(np.eye(LENGTH, dtype=bool), 0.0, found)
