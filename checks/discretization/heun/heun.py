"""HeunNet: N residuals, N − 1 steps, and its gradient against that of autograd."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gronwall import identity
from gronwall.theory.discretization.reversal import HEUN, Scheme, forward_states
from gronwall.theory.discretization.reversal_gradients import backprop, residual_of, vjp_of
from systems.discretization import backwards

CODE = "Heun network (code)"


def by_autograd(net: backwards.Deep) -> list[np.ndarray]:
    """∇_{x_0} and the gradients of all weights, by torch: the loop of the paper's code, written out a second time."""
    import torch

    def tensor(array: np.ndarray) -> Any:
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    weights = [tuple(map(tensor, (a.V, a.W, a.b))) for a in net.layers]
    start, N = tensor(net.x0), net.depth

    def residual(n: int, z: Any) -> Any:
        V, W, b = weights[n]
        return V @ torch.tanh(W @ z + b)

    x = start
    for n in range(N - 1):
        euler = x + residual(n, x) / N
        x = x + (residual(n, x) + residual(n + 1, euler)) / (2 * N)
    (x * torch.tensor(net.g)).sum().backward()
    return [start.grad.numpy(), *(part.grad.numpy() for layer in weights for part in layer)]


def by_hand(net: backwards.Deep, scheme: Scheme = HEUN) -> list[np.ndarray]:
    """The same from `backprop` at stored states."""
    f = residual_of(net.layers)
    states = forward_states(scheme, f, net.x0, net.depth)
    found = backprop(scheme, f, vjp_of(net.layers), states, net.g, net.depth)
    return [found.states[0], *(part for a in found.weights for part in (a.V, a.W, a.b))]


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([a.ravel() for a in arrays])


def networks(rng: np.random.Generator) -> backwards.Deep:
    return backwards.deep("rough", 9, rng, rng, many=4)


@identity(source="sander2022", ref=CODE)
def the_gradient_of_a_heun_network_is_that_of_autograd(rng):
    r"""HeunNet with $N$ residuals takes $N-1$ steps; its hand-written gradient is autograd's, shared layers added up.

    Residual n + 1 ends step n and begins step n + 1, and receives from both.  Stored states, float64, every entry
    of the gradient in x_0 and in all weights; torch runs the code's loop, written out a second time.
    """
    net = networks(rng)
    return flat(by_hand(net)), flat(by_autograd(net))


@the_gradient_of_a_heun_network_is_that_of_autograd.mutant("a shared layer keeps only what it receives last")
def _(rng):
    def first_half(f: Any, vjp: Any, n: int, x: Any, h: Any, g: Any) -> Any:
        g, parts = HEUN.pull(f, vjp, n, x, h, g)
        return g, {n: parts[n], n + 1: parts[n + 1] if n == 7 else 0.0 * parts[n + 1]}

    net = networks(rng)
    return flat(by_hand(net, replace(HEUN, pull=first_half))), flat(by_autograd(net))


@the_gradient_of_a_heun_network_is_that_of_autograd.mutant("the two layers of a step swapped")
def _(rng):
    def swapped(f: Any, vjp: Any, n: int, x: Any, h: Any, g: Any) -> Any:
        g, parts = HEUN.pull(lambda k, z: f(2 * n + 1 - k, z), lambda k, z, c: vjp(2 * n + 1 - k, z, c), n, x, h, g)
        return g, {n: parts[n + 1], n + 1: parts[n]}

    net = networks(rng)
    return flat(by_hand(net, replace(HEUN, pull=swapped))), flat(by_autograd(net))


@the_gradient_of_a_heun_network_is_that_of_autograd.mutant("the middle state y taken for x")
def _(rng):
    def early(f: Any, vjp: Any, n: int, x: Any, h: Any, g: Any) -> Any:
        return HEUN.pull(lambda k, z: 0 * z, vjp, n, x, h, g)

    net = networks(rng)
    return flat(by_hand(net, replace(HEUN, pull=early))), flat(by_autograd(net))
