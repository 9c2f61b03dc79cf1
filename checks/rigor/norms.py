"""Certified norms: they bound every vector, they round upwards, and they govern the exponential of a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from theory import rigor
from theory.discretization import norm_upper

ARB = "johansson2017"


@dataclass(frozen=True)
class Pair:
    """A matrix of integers up to 10⁴, and a vector.  Smaller ones are now and then orthogonal up to a factor: a tie."""

    rows: int
    columns: int
    seed: int

    def matrix(self) -> np.ndarray:
        return np.random.default_rng(self.seed).integers(-9999, 10000, (self.rows, self.columns))

    def vector(self) -> np.ndarray:
        """The first right singular vector, cut to multiples of 2^-12: near the maximum, but not on it."""
        return np.round(np.linalg.svd(self.matrix())[2][0] * 2**12) / 2**12


SIZES, SEEDS = st.integers(2, 6), st.integers(0, 10**6)
PAIRS = st.builds(Pair, SIZES, SIZES, SEEDS)


def exact(A: np.ndarray) -> list[list[Fraction]]:
    """The binary floats as fractions."""
    return [[Fraction(float(entry)) for entry in row] for row in np.atleast_2d(A)]


def squares(instance: Pair) -> tuple[Fraction, Fraction]:
    """‖Av‖² and ‖v‖², exactly."""
    (v,) = exact(instance.vector())
    image = [sum(a * x for a, x in zip(row, v, strict=True)) for row in exact(instance.matrix())]
    return sum(y * y for y in image), sum(x * x for x in v)


@bound(source=ARB, ref="Certified spectral norm", over=PAIRS, sharp=0.99999, examples=pick(quick=50, full=1000))
def a_certified_norm_bounds_every_vector(instance):
    r"""$\|Av\|^2\le\sigma^2\|v\|^2$ for the ball $\sigma$ of `rigor.spectral_norm`, with $\|Av\|^2$ a fraction.

    The vectors are singular vectors cut to twelve bits, so the ratio is one up to about 10⁻⁷.
    """
    image, length = squares(instance)
    return image, rigor.spectral_norm(exact(instance.matrix())) ** 2 * rigor.ball(length)


@a_certified_norm_bounds_every_vector.mutant("the largest norm of a column")
def _(instance):
    image, length = squares(instance)
    columns = [sum(a * a for a in column) for column in zip(*exact(instance.matrix()), strict=True)]
    return image, max(columns) * length


@a_certified_norm_bounds_every_vector.mutant("three steps of power iteration")
def _(instance):
    image, length = squares(instance)
    A = instance.matrix()
    v = np.ones(A.shape[1])
    for _ in range(3):
        v = A.T @ (A @ v) + 1e-12
        v /= np.linalg.norm(v)
    return image, Fraction(float(np.linalg.norm(A @ v))) ** 2 * length


@dataclass(frozen=True)
class Gaussian:
    """A matrix of random floats."""

    rows: int
    columns: int
    seed: int

    def matrix(self) -> np.ndarray:
        return np.random.default_rng(self.seed).normal(size=(self.rows, self.columns))


@bound(
    source=ARB,
    ref="Certified spectral norm",
    over=st.builds(Gaussian, SIZES, SIZES, SEEDS),
    sharp=1 - 1e-12,
    examples=pick(quick=60, full=1000),
)
def the_float_of_a_certified_norm_is_rounded_upwards(instance):
    r"""`norm_upper(A)`, a float, is at least the spectral norm of the binary matrix A: a ball of 128 bits or more.

    By an ulp or two, so the Lipschitz constants that networks are given are certain and hardly larger than true.
    """
    A = instance.matrix()
    return rigor.spectral_norm(A, dyadic=True), Fraction(norm_upper(A))


@the_float_of_a_certified_norm_is_rounded_upwards.mutant("numpy.linalg.norm(A, 2)")
def _(instance):
    A = instance.matrix()
    return rigor.spectral_norm(A, dyadic=True), Fraction(float(np.linalg.norm(A, 2)))


@the_float_of_a_certified_norm_is_rounded_upwards.mutant("the root of the largest eigenvalue, in floats")
def _(instance):
    A = instance.matrix()
    return rigor.spectral_norm(A, dyadic=True), Fraction(float(np.sqrt(np.linalg.eigvalsh(A.T @ A)[-1])))


@dataclass(frozen=True)
class Flow:
    """x' = Ax for a 2 x 2 matrix of integers over 4 that is not normal, up to the time t."""

    A: tuple[int, int, int, int]
    time: Fraction

    def matrix(self) -> list[list[Fraction]]:
        a, b, c, d = (Fraction(entry, 4) for entry in self.A)
        return [[a, b], [c, d]]


def is_normal(entries: tuple[int, int, int, int]) -> bool:
    """AAᵀ = AᵀA."""
    A = np.array(entries).reshape(2, 2)
    return bool((A @ A.T == A.T @ A).all())


ENTRIES = st.tuples(*[st.integers(-8, 8)] * 4).filter(lambda entries: not is_normal(entries))
FLOWS = st.builds(Flow, ENTRIES, st.integers(1, 40).map(lambda k: Fraction(k, 20)))


def propagator(instance: Flow):
    """‖exp(tA)‖, a ball."""
    time = rigor.ball(instance.time)
    return rigor.spectral_norm((rigor.matrix(instance.matrix()) * time).exp())


@bound(
    source="hairer1993",
    ref="Logarithmic norm",
    over=FLOWS,
    sharp=0.999,
    examples=pick(quick=100, full=1000),
)
def the_logarithmic_norm_bounds_the_flow(instance):
    r"""$\|e^{tA}\|\le e^{t\mu(A)}$ with $\mu$ the largest eigenvalue of $(A+A^\top)/2$, in balls.

    Normal matrices attain it and are left out, since balls cannot decide a tie; the ratio tends to one for t → 0.
    """
    growth = rigor.logarithmic_norm(instance.matrix()) * rigor.ball(instance.time)
    return propagator(instance), growth.exp()


@the_logarithmic_norm_bounds_the_flow.witness
def _():
    return Flow((0, 4, 0, 0), Fraction(1, 20))


@the_logarithmic_norm_bounds_the_flow.mutant("the largest real part of an eigenvalue")
def _(instance):
    a, b, c, d = (rigor.ball(Fraction(entry, 4)) for entry in instance.A)
    mean, disc = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
    abscissa = mean + (disc.max(rigor.ball(0))).sqrt()
    return propagator(instance), (abscissa * rigor.ball(instance.time)).exp()


@the_logarithmic_norm_bounds_the_flow.mutant("the largest entry of the diagonal")
def _(instance):
    largest = Fraction(max(instance.A[0], instance.A[3]), 4)
    return propagator(instance), (rigor.ball(largest) * rigor.ball(instance.time)).exp()
