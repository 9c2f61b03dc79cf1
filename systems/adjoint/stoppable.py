"""Members that are trained together and stop alone: what the trainings on spirals and on events hand to the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from systems.training.ensemble import Adam
from systems.training.protocol import Stopping


class Stoppable:
    """An ensemble for `systems.training.ensemble.train`, of losses(parameters, batch), one a member.

    A member that stops (`Stopping`) goes back to the weights of the batch before, keeps the loss it had there, and has
    a rate of zero from then on.  `rate` is that of the others, for a schedule to change.
    """

    def __init__(
        self,
        losses: Callable[[Sequence[Tensor], np.ndarray], Tensor],
        weights: Sequence[Tensor],
        optimiser: Adam,
    ) -> None:
        self.losses, self.weights, self.optimiser, self.rate = losses, weights, optimiser, optimiser.lr
        self.rule, self.last = Stopping(len(weights[0])), np.zeros(len(weights[0]))
        self.before = [w.clone() for w in weights]

    @property
    def parameters(self) -> Sequence[Tensor]:
        return self.weights

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        leaves = [w.detach().requires_grad_() for w in self.weights]
        with torch.enable_grad():
            losses = self.losses(leaves, batch)
            slopes = torch.autograd.grad(losses.sum(), leaves)
        keep = torch.tensor(self.rule.look(losses, slopes)).view(-1, 1, 1)
        for slot, w, old, slope in zip(into, self.weights, self.before, slopes, strict=True):
            slot.copy_(torch.where(keep, slope, torch.zeros_like(slope)))
            w.copy_(torch.where(keep, w, old))
            old.copy_(w)
        self.optimiser.lr = self.rate * self.rule.alive
        self.last = self.rule.keep(losses.detach().double().numpy(), self.last)
        return self.last.copy()
