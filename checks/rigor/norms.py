"""Certified norms: the enclosure holds the true norm, where floating point falls short of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from theory import rigor


@dataclass(frozen=True)
class Stretch:
    """A matrix A = Q diag(s) P with rational rotations Q, P, so that its norm max(s) is known exactly."""

    turns: tuple[int, ...]
    stretches: tuple[int, ...]

    def matrix(self) -> list[list[Fraction]]:
        """Q diag(s) P from rotations with sine 2t/(1 + t²) and cosine (1 − t²)/(1 + t²)."""
        n = len(self.stretches)
        A = [[Fraction(self.stretches[i] * (i == j)) for j in range(n)] for i in range(n)]
        for place, turn in enumerate(self.turns):
            i, j = place % n, (place + 1 + place // n) % n
            if i == j:
                continue
            t = Fraction(turn, 7)
            c, s = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
            if place % 2:
                A[i], A[j] = (
                    [c * a - s * b for a, b in zip(A[i], A[j], strict=True)],
                    [s * a + c * b for a, b in zip(A[i], A[j], strict=True)],
                )
            else:
                for row in A:
                    row[i], row[j] = c * row[i] - s * row[j], s * row[i] + c * row[j]
        return A

    def norm(self) -> int:
        return max(map(abs, self.stretches))


STRETCHES = st.integers(2, 4).flatmap(
    lambda n: st.builds(
        Stretch,
        st.lists(st.integers(-9, 9), min_size=n, max_size=2 * n).map(tuple),
        st.lists(st.integers(-9, 9), min_size=n, max_size=n).map(tuple).filter(any),
    )
)
EXAMPLES = pick(quick=150, full=1500)


@bound(source="gronwall", ref="Certified norm, upper end", over=STRETCHES, sharp=0.999999, examples=EXAMPLES)
def no_vector_is_stretched_beyond_the_certified_norm(instance):
    r"""The upper end of the enclosure is at least $\|A\|_2$, on matrices whose norm is a known integer."""
    norm = rigor.spectral_norm(instance.matrix())
    return Fraction(instance.norm()), Fraction(rigor.upper(norm))


@no_vector_is_stretched_beyond_the_certified_norm.mutant("numpy.linalg.norm(A, 2)")
def _(instance):
    A = np.array([[float(a) for a in row] for row in instance.matrix()])
    return Fraction(instance.norm()), Fraction(float(np.linalg.norm(A, 2)))


@no_vector_is_stretched_beyond_the_certified_norm.mutant("twenty steps of power iteration")
def _(instance):
    A = np.array([[float(a) for a in row] for row in instance.matrix()])
    v = np.ones(len(A))
    for _ in range(20):
        w = A.T @ (A @ v)
        v = w / (np.linalg.norm(w) or 1.0)
    return Fraction(instance.norm()), Fraction(float(np.linalg.norm(A @ v)))


@bound(source="gronwall", ref="Certified norm, lower end", over=STRETCHES, sharp=0.999999, examples=EXAMPLES)
def the_certified_norm_claims_no_stretch_that_is_not_there(instance):
    r"""The lower end of the enclosure is at most $\|A\|_2$."""
    norm = rigor.spectral_norm(instance.matrix())
    return Fraction(rigor.lower(norm)), Fraction(instance.norm())


@the_certified_norm_claims_no_stretch_that_is_not_there.mutant("the Frobenius norm")
def _(instance):
    square = sum(a * a for row in instance.matrix() for a in row)
    return Fraction(rigor.lower(rigor.ball(square).sqrt())), Fraction(instance.norm())


@identity(
    source="gronwall",
    ref="Certified norm, width",
    over=STRETCHES,
    examples=EXAMPLES,
    tol=1e-12,
    why="53 bits, and matrices of up to 4 rows with entries below 10",
)
def the_enclosure_is_narrow(instance):
    r"""The ball around $\|A\|_2$ holds the exact norm and is no wider than $10^{-12}$ of it."""
    with rigor.precision(53):
        return rigor.spectral_norm(instance.matrix()), rigor.ball(instance.norm())


@the_enclosure_is_narrow.mutant("the largest entry in place of the norm")
def _(instance):
    largest = max(abs(a) for row in instance.matrix() for a in row)
    return rigor.ball(largest), rigor.ball(instance.norm())
