"""Wrong tableaux: the mutants of the claims about schemes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gronwall.theory.runge_kutta import SCHEMES, Tableau

FINE = {name: scheme for name, scheme in SCHEMES.items() if scheme.order >= 3}
"""The schemes on which an entry of A can be wrong without touching order two."""


def wrong_weights(scheme: Tableau) -> Tableau:
    """1/50 of weight moved from the first stage to the last: Σ b_i = 1 still, but Σ b_i c_i ≠ 1/2, so order one.

    With one stage there is nothing to move: implicit midpoint gets the node 1/2 + 1/50, and the Euler schemes the
    weight 1 + 1/50, which leaves no order at all.
    """
    b = list(scheme.b)
    if scheme.stages > 1:
        return replace(scheme, b=(b[0] - Fraction(1, 50), *b[1:-1], b[-1] + Fraction(1, 50)))
    if scheme.order == 1:
        return replace(scheme, b=(b[0] + Fraction(1, 50),))
    c = scheme.c[0] + Fraction(1, 50)
    return replace(scheme, A=((c,),), c=(c,))


def wrong_entry(scheme: Tableau) -> Tableau:
    """1/4 moved from the first entry to the second in the last row of A that has weight: c is kept, order two too."""
    i = max(i for i, b_i in enumerate(scheme.b) if b_i != 0)
    row = list(scheme.A[i])
    row[0], row[1] = row[0] - Fraction(1, 4), row[1] + Fraction(1, 4)
    return replace(scheme, A=tuple(tuple(row) if k == i else old for k, old in enumerate(scheme.A)))
