"""Networks to run backwards: weights that are tied, smooth, noisy or independent in depth, and their errors.

Several networks run as one: weights many x d x w, states many x d x 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall import pick
from gronwall.theory.discretization.reversal import HEUN, Scheme, forward_states, reconstructed_states
from gronwall.theory.discretization.reversal_gradients import (
    TANH,
    Activation,
    Gradients,
    backprop,
    memory_free,
    residual_of,
    square_norm,
    vjp_of,
)
from gronwall.theory.perceptrons import Layer
from systems.discretization.perceptrons import random_layer

Array = NDArray[np.float64]
DEPTHS = pick(quick=[16, 32, 64, 128, 256], full=[16, 32, 64, 128, 256, 512])
SEEDS = pick(quick=1, full=3)


def unswapped(f: Any, n: int, x: Any, h: Any) -> Any:
    """Heun's reverse step with θ_n before θ_{n+1}, as in the forward step."""
    slope = f(n, x)
    return x - h / 2 * (slope + f(n + 1, x - h * slope))


UNSWAPPED = replace(HEUN, back=unswapped)
"""Heun with a wrong way back."""


@dataclass(frozen=True)
class Deep:
    """The layers of several networks of one depth, their starts, and the gradient of the loss at the last state."""

    layers: tuple[Layer, ...]
    x0: Array
    g: Array
    sigma: Activation = TANH

    @property
    def depth(self) -> int:
        return len(self.layers)


def scaled(layer: Layer, size: float) -> Layer:
    """V and W times `size`, the bias as it is."""
    return Layer(size * layer.V, size * layer.W, layer.b)


def deep(
    family: str, depth: int, shared_rng: Any, rng: Any, *, gamma: float = 0.0,
    many: int = 16, size: float = 0.7, d: int = 3, w: int = 6, sigma: Activation = TANH,
) -> Deep:  # fmt: skip
    """`many` networks: start, loss and smooth part from `shared_rng`, one for every depth; noise from `rng`.

    tied: θ_n = A;  smooth: A + B sin(πs);  lipschitz: A + B |s − 1/3|;  walk: smooth, and steps ±1/N of every weight;
    noise: smooth + N^{−γ} ξ_n with ξ_n independent and uniform;  rough: independent ξ_n alone.
    """
    x0, g = shared_rng.normal(size=(many, d, 1)), shared_rng.normal(size=(many, d, 1))
    g = g / np.linalg.norm(g, axis=-2, keepdims=True)
    A, B = (random_layer(shared_rng, d, w, many) for _ in range(2))
    s = [n / depth for n in range(depth)]
    if family == "tied":
        layers = [A for _ in s]
    elif family == "lipschitz":
        layers = [A + abs(t - 1 / 3) * B for t in s]
    elif family == "rough":
        layers = [random_layer(rng, d, w, many) for _ in s]
    else:
        layers = [A + np.sin(np.pi * t) * B for t in s]
    if family == "noise":
        layers = [layer + depth**-gamma * random_layer(rng, d, w, many) for layer in layers]
    if family == "walk":
        signs = [Layer(*(np.sign(part) for part in _parts(random_layer(rng, d, w, many)))) for _ in s]
        steps = np.cumsum(np.array([[*map(np.ravel, _parts(a))] for a in signs], dtype=object), axis=0) / depth
        layers = [
            layer + Layer(*(moved.reshape(part.shape) for moved, part in zip(row, _parts(layer), strict=True)))
            for layer, row in zip(layers, steps, strict=True)
        ]
    return Deep(tuple(scaled(layer, size) for layer in layers), x0, g, sigma)


def _parts(layer: Layer) -> tuple[Any, Any, Any]:
    return layer.V, layer.W, layer.b


def states_of(net: Deep, scheme: Scheme) -> tuple[list[Array], list[Array]]:
    """The states, and the states rebuilt from the last one."""
    f = residual_of(net.layers, net.sigma)
    states = forward_states(scheme, f, net.x0, net.depth)
    return states, reconstructed_states(scheme, f, states[-1], net.depth)


def gradients_of(net: Deep, scheme: Scheme) -> tuple[Gradients, Gradients]:
    """Backpropagation through stored states, and the gradient that keeps none."""
    f, vjp = residual_of(net.layers, net.sigma), vjp_of(net.layers, net.sigma)
    states = forward_states(scheme, f, net.x0, net.depth)
    stored = backprop(scheme, f, vjp, states, net.g, net.depth)
    return stored, memory_free(scheme, f, vjp, states[-1], net.g, net.depth)


def gradients_at(net: Deep, scheme: Scheme, points: list[Array]) -> Gradients:
    """The gradients at given states x_0, x_1, …, right or wrong."""
    return backprop(scheme, residual_of(net.layers, net.sigma), vjp_of(net.layers, net.sigma), points, net.g, net.depth)


def worst(left: list[Any], right: list[Any]) -> Array:
    """max_n ‖left_n − right_n‖ of each network; states, or the weights of a layer together."""
    return np.sqrt(np.max([square_norm(a - b) for a, b in zip(left, right, strict=True)], axis=0))


def typical(errors: Array) -> float:
    """The geometric mean over the networks, so that none of them dominates."""
    return float(np.exp(np.mean(np.log(errors))))


def relative(stored: Gradients, rebuilt: Gradients) -> Array:
    """‖γ̃ − γ‖/‖γ‖ of each network, over all the weights of all its layers."""
    apart = sum(square_norm(a - b) for a, b in zip(stored.weights, rebuilt.weights, strict=True))
    return np.asarray(np.sqrt(apart / sum(square_norm(a) for a in stored.weights)))


def error_of(net: Deep, scheme: Scheme, of: str) -> float:
    """The typical worst error of the rebuilt `states`, or of the gradients in the states `x` or the weights `theta`."""
    if of == "states":
        return typical(worst(*states_of(net, scheme)))
    stored, rebuilt = gradients_of(net, scheme)
    if of == "x":
        return typical(worst(stored.states, rebuilt.states))
    return typical(worst(stored.weights, rebuilt.weights))
