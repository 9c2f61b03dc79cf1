"""A learned field that is made equivariant afterwards errs no more, where the true one is equivariant."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.bifurcations.fields import lorenz
from gronwall.theory.bifurcations.symmetry import image, symmetrised

SOURCE, REF = "vantegelen2025", "Beyond the data"
S = (-1, -1, 1)


@dataclass(frozen=True)
class Wrong:
    """A place, r, and an error a + B u of the field."""

    u: tuple[Fraction, ...]
    r: Fraction
    a: tuple[Fraction, ...]
    B: tuple[tuple[Fraction, ...], ...]

    def error(self, u):
        """e(u) = a + B u."""
        return [a + sum(b * x for b, x in zip(row, u, strict=True)) for a, row in zip(self.a, self.B, strict=True)]

    def true(self, u):
        """Lorenz's field, as rationals."""
        return [
            Fraction(int(value.p), int(value.q))
            for value in lorenz(sp.Matrix([rational(x) for x in u]), rational(self.r))
        ]

    def learned(self, u):
        return [a + b for a, b in zip(self.true(u), self.error(u), strict=True)]

    def distance(self, signs=S):
        """|f̂_s(u) − f(u)|, the sum of the components' sizes."""
        off = zip(symmetrised(self.learned, signs, self.u), self.true(self.u), strict=True)
        return sum(abs(a - b) for a, b in off)


def rational(x):
    return sp.Rational(x.numerator, x.denominator)


def size(vector):
    return sum(abs(value) for value in vector)


NUMBER = st.fractions(-2, 2, max_denominator=6)
WRONG = st.builds(
    Wrong, st.tuples(*[NUMBER] * 3), st.fractions(1, 28, max_denominator=4), st.tuples(*[NUMBER] * 3),
    st.tuples(*[st.tuples(*[NUMBER] * 3)] * 3),
)  # fmt: skip


@bound(source=SOURCE, ref=REF, over=WRONG, sharp=1, examples=pick(quick=100, full=500))
def a_symmetrised_field_errs_no_more_than_the_mean_of_two(instance):
    r"""$|\hat f_s-f|(u)\le\frac12(|e(u)|+|e(Su)|)$ for $\hat f_s(u)=\frac12(\hat f(u)+S\hat f(Su))$, $S=\mathrm{diag}(-1,-1,1)$.

    e = f̂ − f, f Lorenz's field, |·| the sum of the components' sizes: over a set that S maps to itself neither the mean
    error nor the largest one grows, and what is left is equivariant.
    """  # noqa: E501
    return instance.distance(), (size(instance.error(instance.u)) + size(instance.error(image(S, instance.u)))) / 2


@a_symmetrised_field_errs_no_more_than_the_mean_of_two.witness
def _():
    a = (Fraction(0), Fraction(0), Fraction(1))
    return Wrong((Fraction(1), Fraction(2), Fraction(1)), Fraction(20), a, ((Fraction(0),) * 3,) * 3)


@a_symmetrised_field_errs_no_more_than_the_mean_of_two.witness
def _():
    B = ((Fraction(1), Fraction(0), Fraction(0)), (Fraction(0), Fraction(1), Fraction(0)), (Fraction(0),) * 3)
    return Wrong((Fraction(1), Fraction(1, 2), Fraction(2)), Fraction(28), (Fraction(0),) * 3, B)


@a_symmetrised_field_errs_no_more_than_the_mean_of_two.mutant("by another symmetry, which the field has not")
def _(instance):
    signs = (-1, 1, 1)
    errors = size(instance.error(instance.u)) + size(instance.error(image(signs, instance.u)))
    return instance.distance(signs), errors / 2


@a_symmetrised_field_errs_no_more_than_the_mean_of_two.mutant("than the lesser of the two")
def _(instance):
    return instance.distance(), min(size(instance.error(instance.u)), size(instance.error(image(S, instance.u))))


@a_symmetrised_field_errs_no_more_than_the_mean_of_two.mutant("than the error here")
def _(instance):
    return instance.distance(), size(instance.error(instance.u))
