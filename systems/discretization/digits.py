r"""Residual networks trained on scikit-learn's digits, many seeds at once: Euler or Heun, stored states or rebuilt.

A digit is x_0, its 8 principal components as a column; N residuals f(x, θ_n) = V_n tanh(W_n x + b_n) of 24 units
follow, then the logits H x + c.  800 digits are trained on and 997 tested, always the same ones.

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

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import cached, pick
from gronwall.theory.discretization.reversal import EULER, HEUN, Scheme
from systems.discretization.memory_free import Perceptrons, Residuals, memory_free, plain, rebuilt

SCHEMES = {"euler": EULER, "heun": HEUN}
TRAINED_ON = 800
STATES, UNITS = 8, 24
BATCH = 100
STEP, MOMENTUM, DECAY = 0.05, 0.9, 5e-4
SEEDS, EPOCHS = pick(quick=8, full=16), pick(quick=10, full=40)


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


@cache
def digits() -> tuple[Tensor, Tensor]:
    """The digits as columns, STATES x 1797, the first 800 to train on, and their labels; in a fixed random order.

    The leading principal components of the training images, each divided by the standard deviation of all of them.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(2022).permutation(len(labels))
    pixels = (images[order] - images[order][:TRAINED_ON].mean(axis=0)).T
    axes = np.linalg.svd(pixels[:, :TRAINED_ON], full_matrices=False)[0][:, :STATES]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(STATES)])
    columns = axes.T @ pixels
    return torch.tensor(columns / columns[:, :TRAINED_ON].std(), dtype=torch.float64), torch.tensor(labels[order])


@dataclass(frozen=True)
class Networks:
    """Networks of one depth, one a seed: `head` is H, c and `layers` are V, W, b, all with an axis of seeds."""

    head: tuple[Tensor, Tensor]
    layers: tuple[Tensor, Tensor, Tensor]

    def logits(self, x: Tensor, scheme: str, gradient: str) -> Tensor:
        """S x 10 x batch for digits x, S x d x batch."""
        H, c = self.head
        last = PASSES[gradient](SCHEMES[scheme], Perceptrons(*self.layers), x)
        return torch.baddbmm(c, H, last)

    def tensors(self) -> tuple[Tensor, ...]:
        return (*self.head, *self.layers)


def untrained(depth: int, seeds: int) -> Networks:
    """Networks as they begin; the draws of a seed do not depend on the depth."""
    s = np.arange(depth)[:, None, None] / depth
    made = []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 1])
        H, A, B = rng.normal(size=(10, STATES)), *rng.normal(size=(2, UNITS, STATES))
        W = (A * np.cos(np.pi / 2 * s) + B * np.sin(np.pi / 2 * s)) / np.sqrt(STATES)
        c, V, b = np.zeros((10, 1)), np.zeros((depth, STATES, UNITS)), np.zeros((depth, UNITS, 1))
        made.append((H / np.sqrt(STATES), c, V, W, b))
    H, c, V, W, b = (np.stack(parts, axis=parts[0].ndim - 2) for parts in zip(*made, strict=True))
    tensors = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (H, c, V, W, b)]
    return Networks((tensors[0], tensors[1]), (tensors[2], tensors[3], tensors[4]))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """One a seed, the mean over the batch; logits S x 10 x batch, labels batch or S x batch."""
    labels = labels.expand(len(logits), logits.shape[-1])
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none").mean(dim=1)


def roughness(layers: tuple[Tensor, ...]) -> Tensor:
    """N ‖θ_{n+1} − θ_n‖, one a layer and seed: the Euclidean norm of all entries of V, W and b together."""
    squares = sum(((part[1:] - part[:-1]) ** 2).sum(dim=(-2, -1)) for part in layers)
    return len(layers[0]) * squares.sqrt()


@cached
def trained(scheme: str, gradient: str, depth: int, seeds: int, epochs: int, ends: float = 1.0) -> dict[str, Any]:
    """Networks trained by SGD: their weights H, c, V, W, b and, one a seed,

    error: test error in %, of the 997 digits left out;  loss: the test cross-entropy;
    rough: N ‖θ_{n+1} − θ_n‖ after each epoch, (epochs + 1) x (N − 1) x seeds.
    ends: a factor of the step of the first and the last layer.
    """
    x, labels = digits()
    networks = untrained(depth, seeds)
    tensors = networks.tensors()
    speed = torch.full((depth, 1, 1, 1), float(depth), dtype=torch.float64)
    speed[[0, -1]] *= ends
    speeds = [torch.ones(()), torch.ones(()), speed, speed, speed]
    velocity = [torch.zeros_like(p) for p in tensors]
    orders = [np.random.default_rng([seed, 2]) for seed in range(seeds)]
    rough = [roughness(networks.layers).detach()]
    for epoch in range(epochs):
        step = STEP / 10 ** (3 * epoch // epochs)
        order = torch.tensor(np.stack([rng.permutation(TRAINED_ON) for rng in orders]))
        for batch in order.split(BATCH, dim=1):
            logits = networks.logits(x.T[batch].mT, scheme, gradient)
            slopes = torch.autograd.grad(cross_entropy(logits, labels[batch]).sum(), tensors)
            with torch.no_grad():
                for p, v, g, factor in zip(tensors, velocity, slopes, speeds, strict=True):
                    v.mul_(MOMENTUM).add_(factor * g + DECAY * p)
                    p.sub_(step * v)
        rough.append(roughness(networks.layers).detach())
    loss, error = tested(networks, scheme)
    names = ("H", "c", "V", "W", "b")
    weights = {name: p.detach().numpy() for name, p in zip(names, tensors, strict=True)}
    results = {"error": error, "loss": loss, "rough": torch.stack(rough).numpy()}
    return {**weights, **results}


def tested(networks: Networks, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    """The cross-entropy and the error in % on the digits left out, one a seed."""
    x, labels = digits()
    seeds = len(networks.head[0])
    with torch.no_grad():
        logits = networks.logits(x[:, TRAINED_ON:].expand(seeds, -1, -1), scheme, "backpropagation")
        loss = cross_entropy(logits, labels[TRAINED_ON:])
        wrong = (logits.argmax(dim=1) != labels[TRAINED_ON:]).double().mean(dim=1)
    return loss.numpy(), 100 * wrong.numpy()


# ---------------------------------------------------------------- what the claims ask for


@cache
def networks(scheme: str, gradient: str, depth: int, effort: Any, ends: float = 1.0) -> dict[str, Any]:
    """The trained networks of an effort: 8 seeds and 10 epochs for quick, 16 seeds and 40 epochs for full."""
    return trained(scheme, gradient, depth, SEEDS.at(effort), EPOCHS.at(effort), ends)


def outputs(made: dict[str, Any], scheme: str) -> np.ndarray:
    """The logits on the digits left out, S x 10 x 997."""
    x, _ = digits()
    nets = _rebuilt(made)
    with torch.no_grad():
        return nets.logits(x[:, TRAINED_ON:].expand(len(made["H"]), -1, -1), scheme, "backpropagation").numpy()


@cache
def apart(scheme: str, gradient: str, depth: int, effort: Any) -> np.ndarray:
    """The root mean square by which training with this gradient changes the logits of backpropagation's nets, S."""
    ours, theirs = (outputs(networks(scheme, g, depth, effort), scheme) for g in (gradient, "backpropagation"))
    return np.sqrt(((ours - theirs) ** 2).mean(axis=(1, 2)))


@cache
def gradient_errors(
    scheme: str, depth: int, effort: Any, gradient: str = "memory-free", ends: float = 1.0
) -> np.ndarray:
    """mean((g − g̃)²)/mean(g²) on 256 digits: V, W, b x N x S, for networks that backpropagation trained.

    g is the gradient of one parameter tensor by backpropagation, g̃ that by another pass.
    """
    made, (x, labels) = networks(scheme, "backpropagation", depth, effort, ends), digits()
    found = []
    for name in ("backpropagation", gradient):
        nets = _rebuilt(made)
        logits = nets.logits(x[:, :256].expand(len(made["H"]), -1, -1), scheme, name)
        found.append(torch.autograd.grad(cross_entropy(logits, labels[:256]).sum(), nets.layers))
    return np.array(
        [(((a - b) ** 2).mean((-2, -1)) / (a**2).mean((-2, -1))).numpy() for a, b in zip(*found, strict=True)]
    )


def errors_of_seeds(
    scheme: str, depth: int, effort: Any, gradient: str = "memory-free", ends: float = 1.0
) -> np.ndarray:
    """mean((g − g̃)²)/mean(g²), the median over V, W, b of all layers, one a seed."""
    return np.median(gradient_errors(scheme, depth, effort, gradient, ends), axis=(0, 1))


def _rebuilt(made: dict[str, Any]) -> Networks:
    H, c, V, W, b = (torch.tensor(made[name], requires_grad=True) for name in ("H", "c", "V", "W", "b"))
    return Networks((H, c), (V, W, b))
