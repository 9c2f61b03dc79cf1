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
    """The smallest ball (or matrix of balls, entry by entry) that contains both a and b, up to rounding.

    An end that is 0 stays 0: hull(0, 1) holds no negative number.
    """
    if isinstance(a, arb_mat):
        joined = [hull(x, y) for x, y in zip(a.entries(), b.entries(), strict=True)]
        return arb_mat(a.nrows(), a.ncols(), joined)
    a, b = ball(a), ball(b)
    if a.lower() >= 0 and b.lower() >= 0:
        return above_zero(a.union(b))
    if a.upper() <= 0 and b.upper() <= 0:
        return -above_zero(-a.union(b))
    return a.union(b)


def from_zero(b: Ball) -> Ball:
    """The ball [0, u], u the upper end of b up to 30 bits: its midpoint is its radius, so its lower end is 0 exactly.

    NaN where b is not finite or lies below 0.
    """
    top = b.upper()
    if not b.is_finite() or top < 0:
        return arb.nan()
    man, exp = (int(part) for part in top.man_exp())
    shift = man.bit_length() - 30
    half = -(-man >> shift) if shift > 0 else man << -shift
    if half == 0:
        return arb(0)
    exp += shift - 1
    mid = arb((half, exp))
    found = arb(mid, arb((2 * half - 1, exp - 1)))  # arb() rounds a radius up, this one to `mid`
    return found if found.rad() == mid else top.union(arb(0))


def above_zero(b: Ball) -> Ball:
    """b without its negative numbers, for what is known to be >= 0: b itself where it has none."""
    return b if b.lower() >= 0 else from_zero(b)


SLACK = arb((1, -20))
"""A radius has 30 bits and is rounded up in each operation: this much of it is rounding after some hundred of them."""


def is_nonnegative(b: Ball) -> bool:
    """True when b has no negative number, or only those that the rounding of its radius explains: [0, 1] as a ball.

    Below 0 it then reaches by at most 2^-20 of its radius.  False means undecided.
    """
    low = b.lower()
    return bool(low >= 0 or (b.is_finite() and -low <= b.rad() * SLACK))


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
