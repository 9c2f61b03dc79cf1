"""From a ball to floats, rounded outward."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from gronwall.theory.rigor.balls import Ball, ball, current_precision, precision


def radius(b: Ball) -> float:
    """The radius of a ball, rounded up: inf for an unbounded ball and for NaN."""
    r = ball(b).rad()
    return _outward(r, up=True) if r.is_finite() else math.inf


def midpoint(b: Ball) -> float:
    """The midpoint of a ball as the nearest float: NaN for NaN."""
    m = ball(b).mid()
    if not m.is_finite():
        return math.nan if m.is_nan() else (math.inf if m > 0 else -math.inf)
    man, exp = (int(part) for part in m.man_exp())
    size = man.bit_length() + exp
    if size > 1024:
        return math.copysign(math.inf, man)
    if man == 0 or size < -1080:
        return math.copysign(0.0, man)
    try:
        return float(_dyadic_fraction(man, exp))
    except OverflowError:
        return math.copysign(math.inf, man)


def lower(b: Ball) -> float:
    """A float that is certainly <= every point of b, the largest but for a rounding: NaN for NaN."""
    with precision(max(current_precision(), 128)):
        return _outward(ball(b).lower(), up=False)


def upper(b: Ball) -> float:
    """A float that is certainly >= every point of b, the smallest but for a rounding: NaN for NaN."""
    with precision(max(current_precision(), 128)):
        return _outward(ball(b).upper(), up=True)


def _dyadic_fraction(man: int, exp: int) -> Fraction:
    """man * 2**exp as a fraction."""
    return Fraction(man << exp) if exp >= 0 else Fraction(man, 1 << -exp)


def _outward(point: Ball, *, up: bool) -> float:
    """The float next to the exact ball `point`, above it (up) or below it, never on the wrong side."""
    if not up:
        return -_outward(-point, up=True)
    if not point.is_finite():
        return math.nan if point.is_nan() else (math.inf if point > 0 else -math.inf)
    man, exp = (int(part) for part in point.man_exp())
    size = man.bit_length() + exp  # 2**(size - 1) <= |point| < 2**size
    if man == 0 or (man < 0 and size < -1080):
        return 0.0
    if size > 1024:
        return math.inf if man > 0 else -np.finfo(float).max.item()
    if size < -1080:
        return math.ulp(0.0)
    exact = _dyadic_fraction(man, exp)
    try:
        near = float(exact)
    except OverflowError:
        return math.inf if man > 0 else -np.finfo(float).max.item()
    return near if near >= exact else math.nextafter(near, math.inf)
