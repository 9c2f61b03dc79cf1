r"""Trainings of the generator: the mean square of pixels, one label a step, members of their own weights and order.

Float32; Adam, the rate falls to 0 over the last two fifths.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from systems.filter_atoms.data import SEEN, TRAINED, pictures
from systems.filter_atoms.models import drawn, generated
from systems.training.protocol import Run

__all__ = ["BATCH", "learned", "stacked"]

RATE, BATCH = 2e-3, 32


def stacked(images: np.ndarray, members: int) -> Tensor:
    """The same images for every member: (members, many, n, n)."""
    return torch.tensor(images, dtype=torch.float32)[None].expand(members, -1, -1, -1)


def learned(run: Run, kind: str, what: str) -> tuple[dict[str, Tensor], np.ndarray]:
    """Parameters of all members, and their losses by step (steps, members)."""
    train = TRAINED[what]
    wanted = {theta: torch.tensor(pictures(what, theta)[:train], dtype=torch.float32) for theta in SEEN}
    given = wanted[0.0]
    parameters = drawn(kind, given.shape[-1], len(SEEN), [run.stream(seed, "weights") for seed in run.seeds])
    leaves = {name: value.requires_grad_() for name, value in parameters.items()}
    optimiser = torch.optim.Adam(list(leaves.values()), lr=RATE)
    orders = [run.stream(seed, "order") for seed in run.seeds]
    labels = run.stream(run.seeds[0], "labels")
    seen = []
    for step in range(run.length):
        theta = float(labels.choice(SEEN))
        rows = torch.tensor(np.stack([rng.integers(0, train, BATCH) for rng in orders]))
        told = generated(kind, leaves, given[rows], theta / 90, SEEN)
        losses = (told - wanted[theta][rows]).square().mean(dim=(1, 2, 3))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2.5 * (run.length - step) / run.length)
        optimiser.zero_grad()
        losses.sum().backward()
        optimiser.step()
        seen.append(losses.detach().numpy())
        if step % 20 == 0:
            run.progress(step, run.length)
    return {name: value.detach() for name, value in leaves.items()}, np.array(seen, dtype=float)
