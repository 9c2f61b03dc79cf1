r"""The small networks of the subject: smooth in depth, rough in depth, and one that is trained.

All are residual perceptrons f(x, θ) = V tanh(Wx + b), so their constants come from
`gronwall.theory.discretization.distance`. States are columns; a batch is a d x batch array, and the distance of two
batches is that of the worst column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall import cached
from gronwall.theory.discretization.distance import (
    Layer,
    acceleration_bound,
    constants,
    mixed,
    norm_upper,
    ode_path,
    perceptron,
    residual_network,
)

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


# ---------------------------------------------------------------- trained

TRAINED_DEPTH = 16
"""The trained network has 16 layers; deeper ones interpolate its weights."""


@cached
def trained_weights(
    N: int = TRAINED_DEPTH, w: int = 12, steps: int = 120, d: int = 8, batch: int = 1200
) -> dict[str, Array]:
    """A residual perceptron of N layers trained on scikit-learn's digits, reduced to 8 principal components.

    Full-batch Adam from the same weights in every layer, with penalties on ‖θ_n‖² (which keeps L small) and
    on N ‖θ_{n+1} − θ_n‖² (which keeps the weights smooth in depth).  Returns V, W, b stacked by layer, ten
    digits that it was not trained on (as columns), and its accuracy on all the digits left out.
    """
    import torch
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    centred = images - images.mean(axis=0)
    components = np.linalg.svd(centred, full_matrices=False)[2][:d]
    components *= np.sign(components[np.arange(d), np.abs(components).argmax(axis=1)])[:, None]
    inputs = torch.tensor((centred @ components.T / np.abs(centred @ components.T).max()).T)
    targets = torch.tensor(labels)

    rng = np.random.default_rng(0)
    start = [0.15 * rng.normal(size=(d, w)), 0.25 * rng.normal(size=(w, d)), 0.1 * rng.normal(size=(w, 1))]
    V, W, b = (torch.tensor(np.repeat(part[None], N, axis=0), requires_grad=True) for part in start)
    head = torch.tensor(3 * rng.normal(size=(10, d)), requires_grad=True)
    optimizer = torch.optim.Adam([V, W, b, head], lr=0.05)

    def logits(x: Any) -> Any:
        last = residual_network(lambda n, y: perceptron(y, Layer(V[n], W[n], b[n])), x, N)[-1]
        return (head @ last).T

    for _ in range(steps):
        optimizer.zero_grad()
        decay = 2e-2 / N * sum((part**2).sum() for part in (V, W))
        smoothness = 1e-2 * N * sum(((part[1:] - part[:-1]) ** 2).sum() for part in (V, W, b))
        loss = torch.nn.functional.cross_entropy(logits(inputs[:, :batch]), targets[:batch])
        (loss + decay + smoothness).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (logits(inputs[:, batch:]).argmax(dim=1) == targets[batch:]).double().mean()
    weights = {"V": V.detach().numpy(), "W": W.detach().numpy(), "b": b.detach().numpy()}
    return {**weights, "x0": inputs[:, batch : batch + 10].numpy(), "accuracy": np.array(float(accuracy))}


@dataclass(frozen=True)
class TrainedNetwork:
    """The trained network as an ODE: weights θ_0 … θ_15 at s = k/16, affine between, constant after the last.

    Depth 16 is the trained network itself, depth 16k the same one made deeper by interpolation.
    """

    layers: tuple[Layer, ...]
    x0: Array

    def layer(self, s: float) -> Layer:
        n = min(int(s * TRAINED_DEPTH), TRAINED_DEPTH - 1)
        return mixed(self.layers[n], self.layers[n + 1], s * TRAINED_DEPTH - n)

    def slopes(self) -> list[Layer]:
        return [TRAINED_DEPTH * (b - a) for a, b in zip(self.layers[:-1], self.layers[1:], strict=True)]

    def constants(self) -> tuple[float, float]:
        """(L, C) from the certified norms of the weights and of their differences."""
        C = acceleration_bound(self.layers, self.slopes(), worst_column(self.x0))
        return constants(self.layers)[0], C

    def states(self, depth: int) -> list[Array]:
        return residual_network(lambda n, x: perceptron(x, self.layer(n / depth)), self.x0, depth)

    def reference(self) -> tuple[list[Array], float]:
        """The ODE's states at s = 0, 1/16, …, 1 and their error."""
        N = TRAINED_DEPTH

        def field_on(n: int) -> Callable[[Array, float], Array]:
            a, b = self.layers[n], self.layers[n + 1]
            return lambda x, s: perceptron(x, mixed(a, b, N * s - n))

        return ode_path(field_on, self.x0, [n / N for n in range(N + 1)], self.constants()[0])


@cache
def trained_network() -> TrainedNetwork:
    """The trained network with ten digits as its batch."""
    made = trained_weights()
    layers = [Layer(made["V"][n], made["W"][n], made["b"][n]) for n in range(TRAINED_DEPTH)]
    return TrainedNetwork((*layers, layers[-1]), made["x0"])


@cache
def trained_reference() -> tuple[list[Array], float]:
    """The trained network's ODE at the layers, computed once a process."""
    return trained_network().reference()
