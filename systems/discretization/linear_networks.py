r"""The linear networks of the subject: a start, a covariance, and a target as near as an assumption allows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from gronwall.theory.discretization.linear import E, flow, loss, product

Array = NDArray[np.float64]

FIGURE_2 = np.array([[-0.8743986, -0.99366325], [0.71846724, 0.30154616]], dtype=np.float32).astype(float)
"""B = I + randn(2, 2) in single precision after torch.manual_seed(6): the target of Figure 2, of determinant 0.45."""

MIRRORED = FIGURE_2 @ np.diag([1.0, -1.0])
"""The same with a negative determinant."""

MOMENTS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Times at which a flow is looked at, in units of 1/σ_min(Σ): by the last ℓ has fallen to e^(−32/e) ℓ(0) or below."""


def rotation(angle: float) -> Array:
    """The rotation of the plane by an angle."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def spectral(A: Array) -> Any:
    """‖A‖ of every matrix of a stack."""
    return np.linalg.norm(A, 2, axis=(-2, -1))


def frobenius(A: Array) -> Any:
    """‖A‖_F of every matrix of a stack."""
    return np.linalg.norm(A, axis=(-2, -1))


@dataclass(frozen=True)
class Problem:
    """A network of 2 x 2 layers of norm at most `size`, and a target at the edge of what `assumption` allows.

    start: shrink (θ_n = −size I), grow (θ_n = size I), twist (θ_n = size diag(1, −1)), smooth or rough in depth.
    Σ has the eigenvalues scale and scale/condition.  The error E = Π − B of shrink has its rows along the eigenvector
    of the lesser one, so that the flow only shrinks that direction; elsewhere it is random, not symmetric.
    `share` is ℓ(0) over the largest loss allowed by max‖θ_n(0)‖ <= 1/4 and e^{3/2} σ_max^{1/2}/σ_min ℓ(0)^{1/2} <= 1/4
    (recalled), or by max‖θ_n(0)‖ + e^{3/2} (ℓ(0)/σ_min)^{1/2} <= 1/2 (weaker).
    """

    start: str
    depth: int
    size: float = 0.25
    share: float = 1.0
    condition: float = 1.0
    scale: float = 1.0
    assumption: str = "recalled"
    seed: int = 0

    @property
    def sigma_min(self) -> float:
        return self.scale / self.condition

    def allowed(self) -> float:
        """The largest ℓ(0) that the assumption allows."""
        if self.assumption == "recalled":
            return (self.sigma_min / (4 * E**1.5 * self.scale**0.5)) ** 2
        return self.sigma_min * ((0.5 - self.size) / E**1.5) ** 2

    def build(self) -> tuple[Array, Array, Array]:
        """θ(0), B and Σ."""
        rng, one = np.random.default_rng(self.seed), np.eye(2)
        Q = rotation(rng.uniform(0, np.pi))
        Sigma = Q @ np.diag([self.scale, self.sigma_min]) @ Q.T
        s = (np.arange(self.depth) / self.depth)[:, None, None]
        theta = {
            "shrink": -one + 0 * s,
            "grow": one + 0 * s,
            "twist": np.diag([1.0, -1.0]) + 0 * s,
            "smooth": rng.normal(size=(2, 2)) + np.sin(np.pi * s) * rng.normal(size=(2, 2)),
            "rough": rng.normal(size=(self.depth, 2, 2)),
        }[self.start]
        theta = theta * self.size / spectral(theta).max()
        error = rng.normal(size=(2, 2)) if self.start != "shrink" else np.outer(Q[:, 1], Q[:, 1])
        error *= np.sqrt(self.share * self.allowed() / np.trace(error @ Sigma @ error.T))
        return theta, product(theta) - error, Sigma


def problems(assumption: str) -> st.SearchStrategy[Problem]:
    """Problems at the edge of the assumption, or inside it; both extreme families among them."""
    size = st.floats(0.0, 0.25) if assumption == "recalled" else st.floats(0.0, 0.49)
    return st.builds(
        Problem, st.sampled_from(["shrink", "grow", "twist", "smooth", "rough"]), st.sampled_from([2, 4, 8, 16, 32]),
        st.one_of(st.just(0.25), size), st.one_of(st.just(1.0), st.floats(0.01, 1.0)),
        st.sampled_from([1.0, 2.0, 8.0]), st.sampled_from([0.125, 1.0, 2.0]), st.just(assumption),
        st.integers(0, 10**6),
    )  # fmt: skip


@dataclass(frozen=True)
class History:
    """A flow at `times`: the weights (times x N x 2 x 2), the losses, and where it started."""

    times: Array
    theta0: Array
    theta: Array
    loss0: float
    losses: Array

    @property
    def decayed(self) -> Array:
        """log(ℓ(0)/ℓ(t))."""
        return -np.log(self.losses / self.loss0)

    @property
    def moves(self) -> Array:
        """‖θ_n(t) − θ_n(0)‖_F: times x N."""
        return frobenius(self.theta - self.theta0)

    @property
    def differences(self) -> Array:
        """N (θ_{n+1}(t) − θ_n(t)): times x (N − 1) x 2 x 2."""
        return len(self.theta0) * np.diff(self.theta, axis=1)


@lru_cache(maxsize=512)
def history(problem: Problem, speed: float = 1.0, farther: float = 1.0) -> History:
    """The flow of a problem at the moments; `speed` slows it down, `farther` moves the target away."""
    theta0, B, Sigma = problem.build()
    B = product(theta0) + farther * (B - product(theta0))
    times = np.array(MOMENTS) / problem.sigma_min
    theta = flow(theta0, B, Sigma, times.tolist(), tol=1e-11, speed=speed)
    return History(times, theta0, theta, loss(theta0, B, Sigma), np.array([loss(one, B, Sigma) for one in theta]))


# ---------------------------------------------------------------- from zero, towards a far target

TIMES = [0.25, 0.5, 1.0, 2.0, 4.0]
TARGETS = {"figure 2": FIGURE_2, "negative determinant": MIRRORED}


@cache
def zero_start(case: str, depth: int, speed: float = 1.0) -> Array:
    """The flow from θ = 0 towards a target at the times; its loss is far from small."""
    zero = np.zeros((depth, 2, 2))
    return flow(zero, TARGETS[case], np.eye(2), TIMES, speed=speed)


# ---------------------------------------------------------------- one moment, in fractions

TRIPLES = [(3, 4, 5), (4, 3, 5), (-5, 12, 13), (8, -15, 17), (1, 0, 1), (0, 1, 1), (-1, 0, 1)]
PATTERNS = {"shrink": [[-1, 0], [0, -1]], "grow": [[1, 0], [0, 1]], "twist": [[1, 0], [0, -1]]}


@dataclass(frozen=True)
class Moment:
    """Weights with ‖θ_n‖ <= size and an error E = Π − B; shrink, grow and twist attain one bound each.

    Rational: a random layer is the mean of two orthogonal matrices from Pythagorean triples, times the size.  Σ has
    the eigenvalues 1 and 1/condition, along the axes.
    """

    family: str
    depth: int
    size: Fraction
    condition: int = 1
    seed: int = 0

    def build(self) -> tuple[Any, Any, Any, Any]:
        """θ, B, Σ and E: object arrays of Fractions."""
        rng, N = np.random.default_rng(self.seed), self.depth
        Sigma = exact([[1, 0], [0, Fraction(1, self.condition)]])
        E = exact(rng.integers(-9, 10, (2, 2)).tolist())
        if self.family == "random":
            theta = np.array([self.size * (orthogonal(rng) + orthogonal(rng)) / 2 for _ in range(N)])
        else:
            theta = np.array([self.size * exact(PATTERNS[self.family])] * N)
        if self.family == "shrink":
            E = exact([[0, 1], [0, 2]])
        if self.family == "twist":
            E = exact([[0, 1], [0, 0]])
        return theta, product(theta) - E, Sigma, E


def exact(rows: list[list[Any]]) -> Any:
    """The matrix as an object array of Fractions."""
    return np.array([[Fraction(entry) for entry in row] for row in rows], dtype=object)


def orthogonal(rng: np.random.Generator) -> Any:
    """A rational rotation or reflection of the plane."""
    a, b, c = TRIPLES[rng.integers(len(TRIPLES))]
    sign = int(rng.choice([-1, 1]))
    return exact([[a, -sign * b], [b, sign * a]]) / Fraction(c)


def squares(A: Any) -> Any:
    """‖A_n‖_F² of every matrix of a stack, exactly."""
    return (A * A).sum(axis=(-2, -1))
