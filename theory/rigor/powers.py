"""Powers and roots of balls: finite wherever every number of the ball has one, 0 included.

A narrow ball goes through Arb's own functions, a wide one by its end points, between which a power is monotone.  What
has no real value (a root of a negative number) and what has a pole in the ball (a negative power of 0) is NaN.
"""

from __future__ import annotations

from fractions import Fraction

from gronwall.theory.rigor.balls import Ball, above_zero, from_zero, hull, is_nonnegative
from gronwall.theory.rigor.door import arb

__all__ = ["absolute", "general_power", "power", "rational_power", "root"]

WIDE = 20
"""Bits of relative accuracy below which a ball is taken by its end points."""


def absolute(b: Ball) -> Ball:
    """|b|, without negative numbers."""
    return from_zero(b.abs_upper()) if b.is_finite() and b.contains(0) else abs(b)


def power(b: Ball, n: int) -> Ball:
    """b^n for an integer n: python-flint's own b**n is NaN for every ball with midpoint 0 and a radius.

    By products; for a wide ball from its end points, as x^n increases (n odd) or increases in |x| (n even).  For n < 0
    NaN where b contains 0.
    """
    if n < 0:
        return _inverse_power(b, -n)
    if n > 0 and _is_wide(b):
        ends = (b.lower(), b.upper()) if n % 2 else (b.abs_lower(), b.abs_upper())
        return hull(power(ends[0], n).lower(), power(ends[1], n).upper())
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result
        if bit == "1":
            result = result * b
    return result


def _inverse_power(b: Ball, n: int) -> Ball:
    """1/b^n, n > 0, a function that is monotone on either side of 0."""
    if not _is_wide(b):
        return power(1 / b, n)
    if b.contains(0):
        return arb.nan()
    return hull(power(1 / b.lower(), n), power(1 / b.upper(), n))


def root(b: Ball, q: int = 2) -> Ball:
    """b^(1/q), q >= 1, the root >= 0 of numbers >= 0 (see `is_nonnegative`); NaN where b may be negative."""
    if q == 1:
        return b
    if b.lower() > 0 and not _is_wide(b):
        return b.sqrt() if q == 2 else b.root(q)
    if not is_nonnegative(b):
        return arb.nan()
    top = _root(b.upper(), q)
    return hull(_root(b.lower(), q).lower(), top.upper()) if b.lower() > 0 else from_zero(top)


def _root(point: Ball, q: int) -> Ball:
    """The root of an exact number >= 0."""
    return point if point.is_zero() else (point.sqrt() if q == 2 else point.root(q))


def rational_power(b: Ball, exponent: Fraction) -> Ball:
    """b^(p/q) in lowest terms: any b for q = 1, numbers >= 0 else (the principal value of others is not real)."""
    return power(root(b, exponent.denominator), exponent.numerator)


def general_power(b: Ball, exponent: Ball) -> Ball:
    """b^e for any ball e: x^e = exp(e log x) for x > 0, and 0^e = 0 for e > 0, so that [0, u]^e lies in [0, sup u^e].

    NaN where x^e has no real value for some number of the balls.
    """
    if b.lower() > 0:
        return above_zero(b**exponent)
    if exponent.is_integer():
        return power(b, int(exponent.unique_fmpz()))
    if not (is_nonnegative(b) and exponent.lower() > 0):
        return arb.nan()
    top = b.upper()
    return arb(0) if top.is_zero() else from_zero((top**exponent).upper())


def _is_wide(b: Ball) -> bool:
    return bool(b.is_finite() and not b.is_exact() and b.rel_accuracy_bits() < WIDE)
