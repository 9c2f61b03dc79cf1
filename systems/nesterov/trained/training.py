r"""Trainings of many seeds at once, with the evaluations of the field counted on the way there and on the way back.

Every seed has its own weights, its own order of the data and its own solver steps (see `systems.solving.lockstep`): it
is trained as it would be alone.  Adam as published; a count is that of one batch, averaged over an epoch.  A seed whose
solver needs more than 400 attempted steps, underflows or leaves the floats is stopped there: its last figures stand,
and `stopped` says so.  The figures at the end are those of the last epoch, none is picked by a test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from systems.nesterov.trained.models import Solver, reset
from systems.nesterov.trained.tasks import TASKS, Task
from systems.training.ensemble import Adam, data_orders, train
from systems.training.protocol import Run, Stopping


class Counted:
    """The ensemble that `systems.training.ensemble.train` trains; keeps the counts of every batch."""

    def __init__(self, task: Task, network: nn.Module, seeds: list[int]) -> None:
        self.task, self.network, self.seeds = task, network, seeds
        self.rule = Stopping(len(seeds))
        self.there: list[np.ndarray] = []
        self.back: list[np.ndarray] = []
        self.last = np.zeros(len(seeds))

    @property
    def parameters(self) -> Sequence[Tensor]:
        return [p.data for p in self.network.parameters()]

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        layer: Any = self.network.layer
        self.network.zero_grad()
        layer.counts.zero_()
        with torch.enable_grad():
            losses = self.task.losses(self.network, batch, self.seeds)
            there = layer.counts.numpy().copy()
            layer.counts.zero_()
            losses.sum().backward()
        back = layer.counts.numpy().copy()
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.network.parameters()]
        square = torch.as_tensor(sum(g.flatten(1).square().sum(dim=1) for g in parts))
        alive = torch.tensor(self.rule.look(losses, [square[:, None]]))
        factor = (self.task.clip / square.sqrt().clamp(min=1e-300)).clamp(max=1.0)
        for slot, slope in zip(into, parts, strict=True):
            shape = (-1, *[1] * (slope.dim() - 1))
            slot.copy_(torch.where(alive.view(shape), factor.view(shape) * slope, torch.zeros_like(slope)))
        self.last = self.rule.keep(losses.detach().numpy(), self.last)
        self.there.append(self.rule.keep(there, self.there[-1] if self.there else there))
        self.back.append(self.rule.keep(back, self.back[-1] if self.back else back))
        return self.last.copy()


@dataclass(frozen=True)
class Training:
    """How the systems of one task are trained: the `train` of its experiment."""

    task: Task

    def train(self, run: Run, system: str, method: str = "dopri5", step: float = 0.0, r: int = 3) -> dict[str, Any]:
        """forward, backward and loss, epochs x seeds; `stopped`; and what the task measures at the end.

        `weights` are all parameters in the order of the module, seeds x P.
        """
        of, seeds = self.task, run.seeds
        network = of.network(system, len(seeds), Solver(method, of.tol, step), r)
        reset(network, seeds)
        ensemble = Counted(of, network, seeds)
        orders = data_orders(seeds, of.examples)
        losses = train(ensemble, Adam(of.lr), orders=orders, epochs=run.length, batch=of.batch, progress=run.progress)
        batches = len(ensemble.there) // run.length
        found = {
            key: np.array(counts, dtype=float).reshape(run.length, batches, len(seeds)).mean(axis=1)
            for key, counts in (("forward", ensemble.there), ("backward", ensemble.back))
        }
        weights = torch.cat([p.detach().flatten(1) for p in network.parameters()], dim=1).numpy()
        return {
            **found, "loss": losses, "stopped": ensemble.rule.stopped, "weights": weights, **of.tested(network, seeds)
        }  # fmt: skip


def rebuilt(task: str, name: str, weights: np.ndarray, solver: Solver | None = None, r: int = 3) -> nn.Module:
    """The network with these weights, seeds x P."""
    of = TASKS[task]
    network: nn.Module = of.network(name, len(weights), solver or Solver(tol=of.tol), r)
    start = 0
    for p in network.parameters():
        size = p[0].numel()
        p.data.copy_(torch.tensor(weights[:, start : start + size]).view(p.shape))
        start += size
    return network
