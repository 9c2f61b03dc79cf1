r"""Residual networks of one depth, one a seed, that run as one: Euler or Heun, stored states or rebuilt ones.

x_0 is a digit as a column; N residuals f(x, θ_n) = V_n tanh(W_n x + b_n) of 24 units follow, then the logits H x + c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from gronwall.theory.discretization.reversal import EULER, HEUN, Scheme
from systems.discretization.digits.data import STATES
from systems.discretization.memory_free import Perceptrons, Residuals, memory_free, plain, rebuilt

SCHEMES = {"euler": EULER, "heun": HEUN}
UNITS = 24


# ---------------------------------------------------------------- passes


def nothing_rebuilt(scheme: Scheme, f: Residuals, last: Tensor) -> Iterator[tuple[int, Tensor]]:
    """A wrong adjoint: the last state in the place of every state."""
    return ((n, last) for n, _ in rebuilt(scheme, f, last))


def rebuilt_forwards(scheme: Scheme, f: Residuals, last: Tensor) -> Iterator[tuple[int, Tensor]]:
    """A wrong adjoint: rebuilt with the sign of h that the forward pass has."""
    flipped = replace(scheme, back=lambda f, n, x, h: scheme.back(f, n, x, -h))
    return rebuilt(flipped, f, last)


def nothing_taken_back(scheme: Scheme, f: Residuals, last: Tensor) -> Iterator[tuple[int, Tensor]]:
    """A wrong adjoint: no step at all, so that the layers are never trained and the network stays linear."""
    return iter(())


PASSES: dict[str, Callable[[Scheme, Residuals, Tensor], Tensor]] = {
    "backpropagation": plain,
    "memory-free": memory_free,
    "nothing rebuilt": partial(memory_free, states=nothing_rebuilt),
    "rebuilt forwards": partial(memory_free, states=rebuilt_forwards),
    "nothing taken back": partial(memory_free, states=nothing_taken_back),
}


# ---------------------------------------------------------------- networks


@dataclass(frozen=True)
class Networks:
    """Networks of one depth: the weights H, c, V, W, b, each with a first axis of seeds, V, W, b a second of layers."""

    H: Tensor
    c: Tensor
    V: Tensor
    W: Tensor
    b: Tensor

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return (self.H, self.c, self.V, self.W, self.b)

    @property
    def layers(self) -> tuple[Tensor, Tensor, Tensor]:
        """V, W, b with the layers first, then the seeds."""
        return self.V.transpose(0, 1), self.W.transpose(0, 1), self.b.transpose(0, 1)

    def logits(self, x: Tensor, scheme: str, gradient: str) -> Tensor:
        """S x 10 x batch for digits x, S x d x batch."""
        last = PASSES[gradient](SCHEMES[scheme], Perceptrons(*self.layers), x)
        return torch.baddbmm(self.c, self.H, last)

    def roughness(self) -> Tensor:
        """N ‖θ_{n+1} − θ_n‖, (N − 1) x S: the Euclidean norm of all entries of V, W and b together."""
        V, W, b = ((part[:, 1:] - part[:, :-1]).square().sum(dim=(-2, -1)) for part in (self.V, self.W, self.b))
        return self.V.shape[1] * (V + W + b).sqrt().T


def untrained(draws: Sequence[np.random.Generator], depth: int) -> Networks:
    """Networks as they begin, one a generator; what a generator draws does not depend on the depth."""
    s = np.arange(depth)[:, None, None] / depth
    made = []
    for rng in draws:
        H, A, B = rng.normal(size=(10, STATES)), *rng.normal(size=(2, UNITS, STATES))
        W = (A * np.cos(np.pi / 2 * s) + B * np.sin(np.pi / 2 * s)) / np.sqrt(STATES)
        c, V, b = np.zeros((10, 1)), np.zeros((depth, STATES, UNITS)), np.zeros((depth, UNITS, 1))
        made.append((H / np.sqrt(STATES), c, V, W, b))
    return Networks(*(torch.tensor(np.stack(parts), dtype=torch.float64) for parts in zip(*made, strict=True)))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """One a seed, the mean over the batch; logits S x 10 x batch, labels batch or S x batch."""
    labels = labels.expand(len(logits), logits.shape[-1])
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none").mean(dim=1)
