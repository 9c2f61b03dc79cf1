r"""Trainings of bodies: the mean square of slopes, batches of states, the model of the best validation kept.

Every member has bodies, weights and an order of its own.  The rate falls as the authors': 1, 0.3 from 45 % and 0.1 from
83 % of the length on.  No penalty on the curvature of ψ: at the true flow the authors' is above the error that is reached.
"""  # noqa: E501

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from systems.floating_bodies.data import SPLIT, STEP, WORLDS, carried, simulated
from systems.floating_bodies.models import drawn, field
from systems.training.ensemble import Adam, Autograd, data_orders, train
from systems.training.protocol import Run

__all__ = ["BATCH", "learned", "rolled", "trajectories"]

RATE, BATCH, SECOND = 2e-3, 128, 50
"""SECOND: stored steps a second."""


def trajectories(run: Run, world: str) -> np.ndarray:
    """Of every member: (members, 64, 401, 4)."""
    return np.stack([simulated(WORLDS[world], run.stream(seed, "bodies")) for seed in run.seeds])


def learned(run: Run, kind: str, world: str) -> tuple[list[Tensor], np.ndarray]:
    """Parameters of the best validation of every member, and validation errors, evaluations x members."""
    paths, stiffness = trajectories(run, world), WORLDS[world].stiffness
    states = {part: torch.tensor(paths[:, rows].reshape(len(paths), -1, 4)) for part, rows in SPLIT.items()}
    slopes = {part: torch.tensor(WORLDS[world].slopes(of.numpy())) for part, of in states.items()}
    thinned = (states["validation"][:, ::8], slopes["validation"][:, ::8])
    members = torch.arange(len(paths))[:, None]
    parameters = drawn(kind, [run.stream(seed, "weights") for seed in run.seeds])

    def losses(leaves: Any, batch: Tensor) -> Tensor:
        told = field(kind, leaves, states["train"][members, batch], stiffness)
        return (told - slopes["train"][members, batch]).square().mean(dim=(1, 2))

    optimiser, best = Adam(RATE), [p.clone() for p in parameters]
    least, seen = np.full(len(paths), np.inf), []

    def after(epoch: int) -> None:
        done = epoch / run.length
        optimiser.lr = RATE * (0.1 if done > 0.83 else 0.3 if done > 0.45 else 1.0)
        with torch.no_grad():
            error = (field(kind, parameters, thinned[0], stiffness) - thinned[1]).square().mean(dim=(1, 2)).numpy()
        seen.append(error)
        better = error < least
        least[better] = error[better]
        for kept, now in zip(best, parameters, strict=True):
            kept[better] = now[better]

    train(
        Autograd(parameters, losses), optimiser, orders=data_orders(run.seeds, states["train"].shape[1]),
        epochs=run.length, batch=BATCH, after=after, progress=run.progress,
    )  # fmt: skip
    return best, np.array(seen)


def rolled(kind: str, parameters: list[Tensor], start: np.ndarray, steps: int, stiffness: float) -> np.ndarray:
    """Paths of learned fields from (members, bodies, 4): (members, bodies, steps + 1, 4), held where they run away."""

    def slopes(state: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            found = field(kind, parameters, torch.tensor(np.clip(state, -50, 50)), stiffness).numpy()
        return np.nan_to_num(np.clip(found, -1e3, 1e3))

    return np.clip(carried(slopes, start, STEP, steps), -50, 50)
