r"""The latent ODE of the paper and its recurrent baselines, for many members at once; parameters S x … each.

latent ODE  an encoder of 25 tanh units over the observations from the last to the first, whose state gives mean and
            log variance of q(z_0); z' = f(z), f with two hidden layers of 20 ELUs; a decoder of 20 ReLUs: sizes,
            activations and start as in examples/latent_ode.py, 604 + 142 parameters.  The encoder's 908 become 933
            with a third input, the time from the observation back to the one before it (to 0 from the first): without
            it the encoder of irregular observations knows no times.
RNN         25 tanh units that read an observation and give the next one, 752 parameters; with the time to the next as a
            third input 777.  Beyond the observations it reads its own predictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from systems.solving.dense import Trajectory

LATENT, HIDDEN, UNITS = 4, 20, 25
FIELD = ((LATENT, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, LATENT))
DECODER = ((LATENT, HIDDEN), (HIDDEN, 2))


def layers(kind: str, gaps: bool = True) -> tuple[tuple[int, int], ...]:
    """Inputs and outputs of the affine layers of "latent" (encoder, field, decoder) or "rnn", in their order."""
    enter = (2 + gaps + UNITS, UNITS)
    if kind == "latent":
        return (enter, (UNITS, 2 * LATENT), *FIELD, *DECODER)
    return (enter, (UNITS, 2))


def size(shapes: Sequence[tuple[int, int]]) -> int:
    """Parameters of affine layers."""
    return sum(p * q + q for p, q in shapes)


def start(shapes: Sequence[tuple[int, int]], seeds: Sequence[int], dtype: torch.dtype) -> list[Tensor]:
    """Weights S x p x q and biases S x 1 x q, uniform on ±1/√p as torch's Linear draws them."""
    made = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        made.append([
            (2 * torch.rand(*form, generator=generator, dtype=torch.float64) - 1) / p**0.5
            for p, q in shapes
            for form in ((p, q), (1, q))
        ])  # fmt: skip
    return [torch.stack(parts).to(dtype) for parts in zip(*made, strict=True)]


class Elus:
    """z' = W₃ elu(W₂ elu(W₁z + b₁) + b₂) + b₃, and its products with Jᵀ."""

    def __init__(self, weights: Sequence[Tensor]) -> None:
        self.weights = weights
        self.slopes = [torch.zeros_like(w) for w in weights]

    def value(self, z: Tensor) -> tuple[Tensor, Any]:
        W1, b1, W2, b2, W3, b3 = self.weights
        u = F.elu(torch.baddbmm(b1, z, W1), inplace=True)
        v = F.elu(torch.baddbmm(b2, u, W2), inplace=True)
        return torch.baddbmm(b3, v, W3), (z, u, v)

    def pull(self, kept: Any, g: Tensor) -> Tensor:
        z, u, v = kept
        for layer, before in ((2, v), (1, u), (0, z)):
            W = self.weights[2 * layer]
            self.slopes[2 * layer].baddbmm_(before.mT, g)
            self.slopes[2 * layer + 1] += g.sum(dim=1, keepdim=True)
            g = torch.bmm(g, W.mT)
            if layer:
                g *= before.clamp(max=0).add_(1)  # elu' = 1 + elu where elu < 0
        return g


class Recurrence(torch.autograd.Function):
    """h_i = tanh(p_i + h_{i−1}W) for p, n x S x B x H, from h = 0: all of h, and the gradient by hand."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, W: Tensor) -> Tensor:
        h = torch.empty_like(p)
        torch.tanh(p[0], out=h[0])
        for i in range(1, len(p)):
            torch.baddbmm(p[i], h[i - 1], W, out=h[i]).tanh_()
        ctx.save_for_backward(h, W)
        return h

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        h, W = ctx.saved_tensors
        given, g, at_W = slopes[0], 1 - h.square(), torch.zeros_like(W)
        g[-1].mul_(given[-1])
        for i in reversed(range(len(h) - 1)):
            g[i].mul_(torch.baddbmm(given[i], g[i + 1], W.mT))
            at_W.baddbmm_(h[i].mT, g[i + 1])
        return g, at_W


def affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """xW + b over the last axis, x S x … x p."""
    return torch.baddbmm(b, x.reshape(len(x), -1, x.shape[-1]), W).view(*x.shape[:-1], -1)


def recurrent(weights: Sequence[Tensor], inputs: Tensor) -> Tensor:
    """The hidden states of the units over inputs n x S x B x p, the first layer of `weights`."""
    W, b = weights[:2]
    enter = inputs.shape[-1]
    states: Tensor = Recurrence.apply(inputs @ W[:, :enter] + b, W[:, enter:].contiguous())
    return states


def encoded(weights: Sequence[Tensor], inputs: Tensor, order: str = "backwards") -> tuple[Tensor, Tensor]:
    """Mean and log variance of q(z_0), S x B x 4 each, from observations n x S x B x 3 with the time back to the one
    before in the last column; or x 2, for an encoder without times.
    """
    h = recurrent(weights, inputs.flip(0) if order == "backwards" else inputs)
    mean, logvar = affine(h[-1], *weights[2:4]).chunk(2, dim=2)
    return mean, logvar


def flowed(weights: Sequence[Tensor], z0: Tensor, times: np.ndarray, tol: float, counts: Any = None) -> Tensor:
    """The latent states at the times, S x T x B x 4."""
    states: Tensor = Trajectory.apply(Elus, times, tol, counts, z0, *weights[4:10])
    return states


def decoded(weights: Sequence[Tensor], z: Tensor) -> Tensor:
    """What is seen of latent states S x … x 4."""
    return affine(affine(z, *weights[10:12]).relu(), *weights[12:14])


def predicted(weights: Sequence[Tensor], inputs: Tensor, gaps: Tensor) -> Tensor:
    """A baseline's next observations, (n + m) x S x B x 2: after each of `inputs`, and then after its own.

    inputs: n x S x B x (2 + g), g columns of times to the next; gaps: m x S x B x g, those of its own predictions.
    """
    h = recurrent(weights, inputs)
    told = [affine(h.transpose(0, 1), *weights[2:4]).transpose(0, 1)]
    W, b = weights[:2]
    state, last = h[-1], told[0][-1]
    for gap in gaps:
        state = torch.baddbmm(b, torch.cat([last, gap, state], dim=2), W).tanh()
        last = affine(state, *weights[2:4])
        told.append(last[None])
    return torch.cat(told)
