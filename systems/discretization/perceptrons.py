r"""The small networks of the subject: smooth in depth and rough in depth.

All are residual perceptrons f(x, θ) = V tanh(Wx + b), so their constants come from
`gronwall.theory.perceptrons`. States are columns; a batch is a d x batch array, and the distance of two
batches is that of the worst column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gronwall.theory.discretization.distance import acceleration_bound, constants, ode_path
from gronwall.theory.perceptrons import Layer, mixed, norm_upper, perceptron, residual_network

Array = NDArray[np.float64]
NODES = 8
"""Smooth networks are compared with their ODE at s = 1/8, …, 1, so that one reference serves every depth."""


def worst_column(x: Array) -> float:
    """The largest Euclidean norm of a column."""
    return float(np.max(np.linalg.norm(x, axis=-2)))


def random_layer(rng: np.random.Generator, d: int, w: int, *many: int) -> Layer:
    """Weights with uniform entries in ±1, so bounded; `many` of them at once, as stacked matrices."""
    shapes = [(*many, d, w), (*many, w, d), (*many, w, 1)]
    return Layer(*(rng.uniform(-1, 1, shape) for shape in shapes))


# ---------------------------------------------------------------- smooth in depth


@dataclass(frozen=True)
class SmoothNetwork:
    """Weights θ(s) = A + B sin(πs): the layers are samples of it, smooth in depth, and any depth will do."""

    A: Layer
    B: Layer
    x0: Array

    def layer(self, s: float) -> Layer:
        return self.A + np.sin(np.pi * s) * self.B

    def slope(self, s: float) -> Layer:
        return np.pi * np.cos(np.pi * s) * self.B

    def field(self, x: Array, s: float) -> Array:
        return perceptron(x, self.layer(s))

    def constants(self) -> tuple[float, float]:
        """(L, C): every θ(s) lies between A + B and A − B, every θ'(s) between ±πB."""
        hull, slopes = [self.A + self.B, self.A - self.B], [np.pi * self.B]
        return constants(hull)[0], acceleration_bound(hull, slopes, worst_column(self.x0))

    def states(self, depth: int) -> list[Array]:
        return residual_network(lambda n, x: perceptron(x, self.layer(n / depth)), self.x0, depth)

    def reference(self) -> tuple[list[Array], float]:
        """The ODE's states at s = 0, 1/8, …, 1 and their error."""
        knots = [k / NODES for k in range(NODES + 1)]
        return ode_path(lambda i: self.field, self.x0, knots, self.constants()[0])


def smooth_network(rng: np.random.Generator, lipschitz: float, d: int = 4, w: int = 8) -> SmoothNetwork:
    """A random smooth network whose certified constant L is `lipschitz` up to rounding."""
    A, B = random_layer(rng, d, w), random_layer(rng, d, w)
    L = max(norm_upper(A.V + B.V), norm_upper(A.V - B.V)) * max(norm_upper(A.W + B.W), norm_upper(A.W - B.W))
    r = float(np.sqrt(lipschitz / L))
    A, B = Layer(r * A.V, r * A.W, A.b), Layer(r * B.V, r * B.W, B.b)
    return SmoothNetwork(A, B, rng.normal(size=(d, 1)))


# ---------------------------------------------------------------- rough in depth


@dataclass(frozen=True)
class RoughNetwork:
    """Independent weights in every layer: N + 1 of them, the last one only to interpolate towards.

    Several networks of one depth run as one: weights many x d x w, states many x d x 1.
    """

    layers: tuple[Layer, ...]
    x0: Array

    @property
    def depth(self) -> int:
        return len(self.layers) - 1

    def states(self) -> list[Array]:
        return residual_network(lambda n, x: perceptron(x, self.layers[n]), self.x0, self.depth)

    def reference(self, interpolation: str, L: float, tol: float = 1e-13) -> tuple[list[Array], float]:
        """The ODE's states at every s_n and their error; `interpolation` is residuals, weights or frozen."""
        N = self.depth

        def residuals(n: int) -> Callable[[Array, float], Array]:
            a, b = self.layers[n], self.layers[n + 1]
            return lambda x, s: (1 - (N * s - n)) * perceptron(x, a) + (N * s - n) * perceptron(x, b)

        def weights(n: int) -> Callable[[Array, float], Array]:
            a, b = self.layers[n], self.layers[n + 1]
            return lambda x, s: perceptron(x, mixed(a, b, N * s - n))

        def frozen(n: int) -> Callable[[Array, float], Array]:
            return lambda x, s: perceptron(x, self.layers[n])

        field_on = {"residuals": residuals, "weights": weights, "frozen": frozen}[interpolation]
        return ode_path(field_on, self.x0, [n / N for n in range(N + 1)], L, tol)

    def distance(self, interpolation: str) -> tuple[float, float]:
        """max_n ‖x_n − x(s_n)‖ and the error of the reference."""
        path, error = self.reference(interpolation, constants(self.layers)[0])
        return max(worst_column(x - y) for x, y in zip(self.states(), path, strict=True)), error

    def distances(self, interpolation: str) -> Array:
        """‖x_n − x(s_n)‖, n = 0 … N, one row a network, against a reference of tolerance 1e-9."""
        path, _ = self.reference(interpolation, 0.0, tol=1e-9)
        return np.linalg.norm(np.array(self.states()) - np.array(path), axis=(-2, -1)).T


def rough_network(
    rng: np.random.Generator, depth: int, size: float, *many: int, d: int = 3, w: int = 4
) -> RoughNetwork:
    """Independent bounded weights: entries of V and W uniform in ±size, of b in ±1; `many` networks at once.

    Drawn from the outside in (start, first, last layer, then the others), so that one generator gives networks of
    different depths the same ends.
    """
    x0 = rng.normal(size=(*many, d, 1))
    first, last, *others = (random_layer(rng, d, w, *many) for _ in range(depth + 1))
    return RoughNetwork(tuple(Layer(size * a.V, size * a.W, a.b) for a in (first, *others, last)), x0)
