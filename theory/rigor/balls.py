"""Balls: what enters exactly, what is exact, and comparisons that are certain or undecided."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory.rigor.door import acb, acb_mat, arb, arb_mat, context, fmpq, fmpz

Ball = Any  # flint.arb; python-flint carries no types


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` bits of midpoint inside the block; what was set before comes back, errors or not."""
    if not isinstance(bits, int) or isinstance(bits, bool) or bits < 2:
        raise ValueError(f"precision(bits) got {bits!r}: expected an int of at least 2, for instance 128")
    before = context.prec
    context.prec = bits
    try:
        yield
    finally:
        context.prec = before


def current_precision() -> int:
    """The bits of midpoint that balls are rounded to at this moment."""
    return int(context.prec)


def ball(x: Any) -> Ball:
    """The ball of an exact number: its radius is zero or one rounding at the current precision.

    x: int, Fraction, NumPy integer, fmpz, fmpq, an exact real SymPy constant, a string ("2/3"; "0.1" is
    exactly 1/10), or a ball, returned as it is.  Raises TypeError for a float: its meaning is not clear.
    """
    if isinstance(x, arb):
        return x
    if isinstance(x, (float, np.floating)):
        raise TypeError(
            f"ball() got the float {x!r}, a binary number: arb(0.1) is not 1/10. Give an exact number, "
            f'ball("0.1") or ball(Fraction(1, 10)), or dyadic({x!r}) if the binary float is meant.'
        )
    if isinstance(x, (int, np.integer, np.bool_)):
        return arb(int(x))
    if isinstance(x, Fraction):
        return arb(fmpq(x.numerator, x.denominator))
    if isinstance(x, (fmpz, fmpq)):
        return arb(x)
    if isinstance(x, str):
        try:
            return ball(Fraction(x))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f'ball() got {x!r}: expected a number like "0.1", "1e-5", "2/3"') from None
    if isinstance(x, sp.Basic):
        from gronwall.theory.rigor.symbols import from_sympy

        return from_sympy(x, {})
    raise TypeError(
        f"ball() got {type(x).__name__} {x!r}: expected int, Fraction, decimal string, SymPy constant or arb"
    )


def dyadic(x: float) -> Ball:
    """The binary number that the float x is, exactly: dyadic(0.5) is 1/2, dyadic(0.1) is not 1/10."""
    value = float(x)
    if not math.isfinite(value):
        raise ValueError(f"dyadic() got {x!r}: expected a finite float")
    return arb(value)


def pi() -> Ball:
    """π at the current precision."""
    return arb.pi()


def around_zero(r: Any) -> Ball:
    """The ball that contains [−r, r], for a ball or an exact number r >= 0; the point r counts by its upper end."""
    return arb(0, ball(r).abs_upper())


def hull(a: Any, b: Any) -> Any:
    """The smallest ball (or matrix of balls, entry by entry) that contains both a and b, up to rounding."""
    if isinstance(a, arb_mat):
        joined = [x.union(y) for x, y in zip(a.entries(), b.entries(), strict=True)]
        return arb_mat(a.nrows(), a.ncols(), joined)
    return ball(a).union(ball(b))


def contains(outer: Any, inner: Any) -> bool:
    """True when every entry of `outer` certainly contains that entry of `inner`.  False means undecided."""
    pairs = zip(ball_entries(outer), ball_entries(inner), strict=True)
    return all(bool(a.contains(b)) for a, b in pairs)


def is_ball(x: Any) -> bool:
    """True for an arb, an acb, and for matrices of them."""
    return isinstance(x, (arb, acb, arb_mat, acb_mat))


def contains_ball(x: Any) -> bool:
    """True for a ball and for a list, tuple or object array that holds one at any depth."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(contains_ball(entry) for entry in x.flat)
    if isinstance(x, (list, tuple)):
        return any(contains_ball(entry) for entry in x)
    return is_ball(x)


def is_exact(x: Any) -> bool:
    """True for int, bool, Fraction, NumPy integers, fmpz, fmpq, and SymPy without Float, infinity or nan.

    One scalar or one SymPy matrix at a time; a NumPy array is no scalar and gives False.
    """
    if isinstance(x, (int, Fraction, np.integer, np.bool_, fmpz, fmpq)):
        return True
    if isinstance(x, (sp.Basic, sp.MatrixBase)):
        return not x.has(sp.Float, sp.nan, sp.zoo, sp.oo, -sp.oo)
    return False


def ball_entries(x: Any) -> list[Ball]:
    """The entries of x in reading order as balls: arb, arb_mat, lists, tuples and object or integer arrays.

    Exact numbers are converted.  A float raises TypeError (see `ball`); so does a complex ball, unless its
    imaginary part is exactly zero.
    """
    if isinstance(x, (arb_mat, acb_mat)):
        return [entry for each in x.entries() for entry in ball_entries(each)]
    if isinstance(x, np.ndarray):
        return [entry for each in x.flat for entry in ball_entries(each)]
    if isinstance(x, (list, tuple)):
        return [entry for each in x for entry in ball_entries(each)]
    if isinstance(x, sp.MatrixBase):
        return [ball(each) for each in x]
    if isinstance(x, acb):
        if x.imag.is_zero():
            return [x.real]
        raise TypeError(f"got the complex ball {x}: expected an imaginary part that is exactly zero")
    return [ball(x)]


def power(b: Ball, n: int) -> Ball:
    """b^n for an integer n: python-flint's own b**n is NaN for every ball with midpoint 0 and a radius.

    By products; for a wide ball from its end points, as x^n increases (n odd) or increases in |x| (n even).
    """
    if n < 0:
        return power(1 / b, -n)
    if n > 0 and b.is_finite() and not b.is_exact() and b.rel_accuracy_bits() < 20:
        ends = (b.lower(), b.upper()) if n % 2 else (b.abs_lower(), b.abs_upper())
        return power(ends[0], n).lower().union(power(ends[1], n).upper())
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result
        if bit == "1":
            result = result * b
    return result


def is_finite(b: Any) -> bool:
    """True when every entry of b is a finite ball: no NaN, no infinite midpoint, no infinite radius."""
    if isinstance(b, acb):
        return bool(b.real.is_finite() and b.imag.is_finite())
    if isinstance(b, acb_mat):
        return all(is_finite(entry) for entry in b.entries())
    return all(bool(entry.is_finite()) for entry in ball_entries(b))


def certainly_le(a: Any, b: Any) -> bool:
    """True when every point of a is <= every point of b.  False means undecided (or false, or NaN).

    Two rational numbers are compared exactly.
    """
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a <= b
    return bool(ball(a) <= ball(b))


def certainly_gt(a: Any, b: Any) -> bool:
    """True when every point of a is > every point of b.  False means undecided (or false, or NaN).

    Two rational numbers are compared exactly.
    """
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a > b
    return bool(ball(a) > ball(b))
