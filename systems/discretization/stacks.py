"""Stacks of perceptrons with independent weights, their exact gradients, and the networks next door.

Two stacks whose gradient by rebuilt states is known: the one shifted by constants that runs through those states, and
one whose states come back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gronwall.theory.discretization.reversal import Scheme, forward_states, reconstructed_states
from systems.discretization.memory_free import Perceptrons, Residuals


@dataclass(frozen=True)
class Stack:
    """Independent weights in every layer, uniform in ±size; a batch of starts; the loss Σ c ⊙ x_N."""

    depth: int
    d: int
    w: int
    batch: int
    size: float
    seed: int

    def drawn(self, *shape: int, size: float = 1.0) -> Tensor:
        return size * (2 * torch.rand(*shape, generator=self.generator, dtype=torch.float64) - 1)

    def build(self) -> tuple[Perceptrons, Tensor, Tensor]:
        """f, x_0 and c."""
        object.__setattr__(self, "generator", torch.Generator().manual_seed(self.seed))
        N, d, w, size = self.depth, self.d, self.w, self.size
        V, W, b = self.drawn(N, d, w, size=size), self.drawn(N, w, d, size=size), self.drawn(N, w, 1)
        f = Perceptrons(*(p.requires_grad_() for p in (V, W, b)))
        return f, self.drawn(d, self.batch).requires_grad_(), self.drawn(d, self.batch)


def flat(x: Tensor, f: Sequence[Tensor]) -> Any:
    """The gradient at x_0 and those of the weights as one array."""
    return torch.cat([x.reshape(-1), *(g.reshape(-1) for g in f)]).detach().numpy()


def by_autograd(run: Callable[..., Tensor], scheme: Scheme, f: Residuals, x: Tensor, c: Tensor) -> Any:
    """The gradients of Σ c ⊙ x_N, as torch has them."""
    at_x, *at_tensors = torch.autograd.grad((c * run(scheme, f, x)).sum(), (x, *f.tensors))
    return flat(at_x, at_tensors)


def shifted(scheme: Scheme, f: Residuals, x: Tensor) -> Tensor:
    """z_{n+1} = Φ_n(z_n) + r_n, z_0 = x̃_0: the network that runs through the rebuilt states, r_n held constant."""
    h = 1 / f.depth
    with torch.no_grad():
        states = reconstructed_states(scheme, f, forward_states(scheme, f, x, f.depth)[-1], f.depth)
        shifts = [states[n + 1] - scheme.step(f, n, states[n], h) for n in range(len(states) - 1)]
    z = x + (states[0] - x).detach()
    for n, shift in enumerate(shifts):
        z = scheme.step(f, n, z, h) + shift
    return z


def reversible(instance: Stack) -> tuple[Perceptrons, Tensor, Tensor]:
    """V writes to the first state only, W reads the others only: WV = 0, between any two layers."""
    f, x, c = instance.build()
    written = torch.zeros(instance.d, 1, dtype=torch.float64)
    written[0] = 1.0
    V, W = (f.V * written).detach(), (f.W * (1 - written.T)).detach()
    return Perceptrons(V.requires_grad_(), W.requires_grad_(), f.b), x, c
