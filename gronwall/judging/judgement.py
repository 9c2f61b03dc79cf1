"""What a judge says: a verdict with its reason, and the words for it.

Confidence is 99 % everywhere.
"""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from gronwall.canonical import dumps

CONFIDENCE = 0.99
FINDINGS = ("reproduced", "not reproduced", "undecided")
VERDICTS = ("holds", "refuted", "inconclusive", "error", *FINDINGS)


@dataclass
class Judgement:
    """A verdict with its reason, and what of it the record shows."""

    verdict: str
    reason: str
    ratio: float | None = None
    instance: Any = None
    counterexample: Any = None
    grade: str = "measured"
    scope: str = "point"
    fit: dict[str, Any] = field(default_factory=dict)


def number(x: float) -> str:
    """Four significant digits, without padding."""
    return f"{x:.4g}"


MOST_DIGITS = 1000
"""Of two numbers that differ later than that, the difference alone is told."""


def above(larger: Any, smaller: Any, digits: int = 6, fewer: int | None = None) -> str:
    """``larger > smaller`` with as many digits as it takes to tell them apart, and then the difference as well.

    Floats, fractions and balls (by their midpoints); ``smaller`` has ``fewer`` digits where that is enough.
    """
    left, right = _exact(larger), _exact(smaller)
    a, b = _short(left, digits), _short(right, fewer or digits)
    if a != b or left == right or not (isinstance(left, Fraction) and isinstance(right, Fraction)):
        return f"{a} > {b}"
    gap = left - right
    while digits <= MOST_DIGITS and _rounded(left, digits) == _rounded(right, digits):
        digits += 1
    if digits <= MOST_DIGITS:
        a, b = _written(left, digits), _written(right, digits)
    return f"{a} > {b}, by {_written(gap, 3)}"


def _exact(number: Any) -> Fraction | float:
    """A number of any arithmetic as a fraction; a float where it is not finite, or too large to be written out."""
    if isinstance(number, float) and not math.isfinite(number):
        return number
    if isinstance(number, int | float | Fraction):
        return Fraction(number)
    mantissa, exponent = (int(part) for part in number.mid().man_exp())
    if abs(exponent) > 100_000:
        return math.inf if exponent > 0 and mantissa > 0 else -math.inf if exponent > 0 else 0.0
    return Fraction(mantissa) * Fraction(2) ** exponent


def _short(number: Fraction | float, digits: int) -> str:
    try:
        as_float = float(number)
    except OverflowError:
        as_float = math.inf
    if isinstance(number, Fraction) and (math.isinf(as_float) or (as_float == 0) != (number == 0)):
        return _written(number, digits)
    return f"{as_float:.{digits}g}"


def _rounded(number: Fraction, digits: int) -> decimal.Decimal:
    """A fraction correctly rounded to so many significant digits, however large or small it is."""
    with decimal.localcontext() as context:
        context.prec, context.Emax, context.Emin = digits, decimal.MAX_EMAX, decimal.MIN_EMIN
        context.traps[decimal.Inexact] = False
        return (decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator)).normalize()


def _written(number: Fraction, digits: int) -> str:
    return f"{_rounded(number, digits):.{digits}g}"


def on(reason: str, instance: Any) -> str:
    """The reason with the instance it happened on, shortened for reading."""
    if instance is None:
        return reason
    text = dumps(instance)
    return f"{reason}, on {text if len(text) <= 120 else text[:117] + '...'}"
