"""The logarithmic norm governs the exponential of a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor


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
