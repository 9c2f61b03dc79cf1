r"""Residual networks trained on scikit-learn's digits, many seeds at once: Euler or Heun, stored states or rebuilt.

Every seed has weights and an order of the data of its own; all seeds run as one tensor program with a leading axis.
What the authors' script does and what is done here, where it matters:

* the residuals begin at zero (V = 0 here; their last BatchNorm has weight 0), so the nets begin as linear ones;
* neighbouring layers begin alike: there, blocks of a net of 8 layers are copied; here the first weights are samples of
  one smooth function of depth, W_n = A cos(πs/2) + B sin(πs/2), s = n/N, with A and B the same for every depth;
* SGD with momentum 0.9 and weight decay 5e-4, steps divided by 10 after one and after two thirds of the epochs;
* the step of the residuals is multiplied by N, the speed at which the limit theorems are stated, since ∇θ_n is O(1/N);
  the authors' option for that is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from systems.discretization.digits.data import TRAINED_ON, columns
from systems.discretization.digits.models import Networks, cross_entropy, untrained
from systems.training.ensemble import SGD, Autograd, Ensemble, data_orders, train
from systems.training.protocol import Run

BATCH = 100
STEP, MOMENTUM, DECAY = 0.05, 0.9, 5e-4


@dataclass(frozen=True)
class AtSpeeds:
    """An ensemble whose gradients are multiplied by speeds, one for each of its parameters."""

    ensemble: Ensemble
    speeds: Sequence[float | Tensor]

    @property
    def parameters(self) -> Sequence[Tensor]:
        return self.ensemble.parameters

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        losses = self.ensemble.gradients(batch, into)
        for slope, speed in zip(into, self.speeds, strict=True):
            slope.mul_(speed)
        return losses


def trained(run: Run, scheme: str, gradient: str, depth: int, ends: float = 1.0) -> dict[str, Any]:
    """Networks trained by SGD: their weights H, c, V, W, b, all with the seeds first, and, one a seed,

    error: test error in %, of the 997 digits left out;  loss: the test cross-entropy;
    rough: N ‖θ_{n+1} − θ_n‖ after each epoch, (epochs + 1) x (N − 1) x seeds.
    ends: a factor of the step of the first and the last layer.
    """
    x, labels = columns()
    networks = untrained([run.stream(seed, "weights") for seed in run.seeds], depth)
    speed = torch.full((depth, 1, 1), float(depth), dtype=torch.float64)
    speed[[0, -1]] *= ends
    rough = [networks.roughness()]

    def losses(tensors: Sequence[Tensor], batch: Tensor) -> Tensor:
        return cross_entropy(Networks(*tensors).logits(x.T[batch].mT, scheme, gradient), labels[batch])

    def after(epoch: int) -> None:
        optimiser.lr = STEP / 10 ** (3 * epoch // run.length)
        rough.append(networks.roughness())

    ensemble = AtSpeeds(Autograd(networks.tensors, losses), (1.0, 1.0, speed, speed, speed))
    optimiser = SGD(lr=STEP, momentum=MOMENTUM, decay=DECAY)
    train(
        ensemble, optimiser, orders=data_orders(run.seeds, TRAINED_ON), epochs=run.length, batch=BATCH, after=after,
        progress=run.progress,
    )  # fmt: skip
    loss, error = tested(networks, scheme)
    weights = {name: p.numpy() for name, p in zip("HcVWb", networks.tensors, strict=True)}
    return {**weights, "error": error, "loss": loss, "rough": torch.stack(rough).numpy()}


def tested(networks: Networks, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    """The cross-entropy and the error in % on the digits left out, one a seed."""
    x, labels = columns()
    with torch.no_grad():
        logits = networks.logits(x[:, TRAINED_ON:].expand(len(networks.H), -1, -1), scheme, "backpropagation")
        loss = cross_entropy(logits, labels[TRAINED_ON:])
        wrong = (logits.argmax(dim=1) != labels[TRAINED_ON:]).double().mean(dim=1)
    return loss.numpy(), 100 * wrong.numpy()
