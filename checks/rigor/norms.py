"""Certified norms: they bound every vector, and their floats are rounded upwards."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.perceptrons import norm_upper

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


def squares(instance: Pair | Gaussian) -> tuple[Fraction, Fraction]:
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

    def vector(self) -> np.ndarray:
        """The first right singular vector, in floats: its quotient is the norm up to 10⁻³⁰."""
        return np.linalg.svd(self.matrix())[2][0]


@bound(
    source=ARB,
    ref="Certified spectral norm",
    over=st.builds(Gaussian, SIZES, SIZES, SEEDS),
    sharp=1 - 1e-12,
    examples=pick(quick=60, full=1000),
)
def the_float_of_a_certified_norm_is_rounded_upwards(instance):
    r"""`norm_upper(A)`, a float, is at least the spectral norm of the binary matrix A: $\|Av\|^2/\|v\|^2$ in fractions.

    By an ulp or two, so the Lipschitz constants that networks are given are certain and hardly larger than true. The
    vector v is singular in floats, so that its quotient is the square of the norm up to the square of their rounding.
    """
    image, length = squares(instance)
    return image / length, Fraction(norm_upper(instance.matrix())) ** 2


@the_float_of_a_certified_norm_is_rounded_upwards.mutant("numpy.linalg.norm(A, 2)")
def _(instance):
    image, length = squares(instance)
    return image / length, Fraction(float(np.linalg.norm(instance.matrix(), 2))) ** 2


@the_float_of_a_certified_norm_is_rounded_upwards.mutant("the root of the largest eigenvalue, in floats")
def _(instance):
    A, (image, length) = instance.matrix(), squares(instance)
    return image / length, Fraction(float(np.sqrt(np.linalg.eigvalsh(A.T @ A)[-1]))) ** 2
