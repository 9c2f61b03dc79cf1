r"""Small flows dH = Σ θ_i(t) f_i(H) dt that are solved exactly, or enclosed: what the claims about flows share.

The parameters are affine in time, θ_i(t) = (1 − t) a_i + t b_i with rational ends, so ‖θ‖_{1,∞} is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall.theory import rigor
from gronwall.theory.arithmetic import norm
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.perceptrons import Layer, mixed, perceptron

Path = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def path_size(theta: Path) -> Fraction:
    """‖θ‖_{1,∞} of an affine path: convex in time, so at one of its ends."""
    return max(sum(map(abs, end), Fraction(0)) for end in theta)


@dataclass(frozen=True)
class Flow:
    """Two flows of one family, from the same start.

    family: "identity": f_i(h) = h, θ constant and all equal, d = 1;  "signs": f_i(h) = ±h, d = 1, θ moving;
    "tanh": f_i(h) = v_i tanh(w_i h + b_i) in the plane, θ moving.  size: ‖θ‖ before it is perturbed; apart: the
    size of the perturbation, relative to it.
    """

    family: str
    m: int
    size: Fraction
    apart: Fraction
    seed: int = 0

    def paths(self) -> tuple[Path, Path]:
        """θ and θ̃, both of norm at most `size`."""
        rng, m = np.random.default_rng(self.seed), self.m
        if self.family == "identity":
            a = b = (Fraction(1, m),) * m
            c = e = tuple((1 - self.apart) * x for x in a)
        else:
            a, b, p, q = (tuple(Fraction(int(k), 8 * m) for k in rng.integers(-8, 9, m)) for _ in range(4))
            c, e = (
                tuple((1 - self.apart) * x + self.apart * y for x, y in zip(u, v, strict=True))
                for u, v in ((a, p), (b, q))
            )
        scale = self.size
        return tuple((tuple(scale * x for x in u), tuple(scale * x for x in v)) for u, v in ((a, b), (c, e)))  # type: ignore[return-value]

    @property
    def radius(self) -> Fraction:
        """R >= ‖θ‖, ‖θ̃‖."""
        return max(map(path_size, self.paths()))

    @property
    def gap(self) -> Fraction:
        """‖θ − θ̃‖_{1,∞}."""
        (a, b), (c, e) = self.paths()
        return path_size(tuple(tuple(x - y for x, y in zip(u, v, strict=True)) for u, v in ((a, c), (b, e))))  # type: ignore[arg-type]

    def signs(self) -> tuple[int, ...]:
        if self.family == "identity":
            return (1,) * self.m
        return tuple(int(s) for s in np.random.default_rng([self.seed, 1]).choice([-1, 1], self.m))

    def fields(self) -> tuple[Layer, Any]:
        """The fields of the family "tanh" as one layer V tanh(Wx + b), in multiples of 1/16, and the start."""
        rng = np.random.default_rng([self.seed, 2])
        V, W = rng.integers(-16, 17, (2, self.m)) / 16, rng.integers(-16, 17, (self.m, 2)) / 16
        b, x0 = rng.integers(-16, 17, (self.m, 1)) / 16, rng.integers(-16, 17, (2, 1)) / 16
        V, W, b, x0 = (rigor.matrix(part, dyadic=True) for part in (V, W, b, x0))
        return Layer(V, W, b), x0

    def constants(self) -> tuple[Any, Any]:
        """(K_f, M): the largest Lipschitz constant of an f_i, and max_i ‖f_i(x)‖ at the start x, as balls."""
        if self.family != "tanh":
            return rigor.ball(1), rigor.ball(1)  # x = 1
        layer, x0 = self.fields()
        slopes, sizes = [], []
        values = (layer.W * x0 + layer.b).entries()
        for i in range(self.m):
            v, w = ([part[j, i] for j in (0, 1)] for part in (layer.V, layer.W.transpose()))
            length = norm(rigor.matrix([[e] for e in v]))
            slopes.append(length * norm(rigor.matrix([[e] for e in w])))
            sizes.append(length * abs(values[i].tanh()))
        return largest(slopes), largest(sizes)

    def ends(self) -> tuple[Any, Any, Any]:
        """x, F_θ(x) and F_θ̃(x), as columns of balls."""
        if self.family != "tanh":
            rates = (
                sum((s * (x + y) / 2 for s, x, y in zip(self.signs(), a, b, strict=True)), Fraction(0))
                for a, b in self.paths()
            )
            moved = [rigor.matrix([[rigor.ball(rate).exp()]]) for rate in rates]
            return rigor.matrix([[1]]), moved[0], moved[1]
        layer, x0 = self.fields()
        return x0, *(flow(layer, path, x0) for path in self.paths())


def largest(balls: list[Any]) -> Any:
    """The maximum of balls, as a ball."""
    best = balls[0]
    for ball in balls[1:]:
        best = best.max(ball)
    return best


def moving(layer: Layer, path: Path, *, backwards: bool = False) -> Any:
    """The field Σ θ_i(t) f_i of x and t; backwards: −Σ θ_i(1 − t) f_i."""
    ends = [Layer(layer.V * rigor.matrix(np.diag(np.array(end, dtype=object))), layer.W, layer.b) for end in path]
    if backwards:
        first, last = (Layer(-1 * end.V, end.W, end.b) for end in reversed(ends))
    else:
        first, last = ends
    return lambda x, t: perceptron(x, mixed(first, last, t))


def flow(layer: Layer, path: Path, x0: Any, *, backwards: bool = False) -> Any:
    """The solution at time one, enclosed."""
    field = moving(layer, path, backwards=backwards)
    return enclose_flow(lambda i: field, x0, [Fraction(0), Fraction(1)])[-1]


def eighths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    return st.integers(low, high).map(lambda k: Fraction(k, 8))


@cache
def instances(*families: str) -> st.SearchStrategy[Flow]:
    """Flows of these families, ‖θ‖ up to 2, perturbations from small to as large as θ itself."""
    apart = st.sampled_from([Fraction(1, 2**20), Fraction(1, 64), Fraction(1, 4), Fraction(1)])
    return st.builds(Flow, st.sampled_from(families), st.integers(1, 4), eighths(1, 16), apart, st.integers(0, 10**6))
