r"""Which fixed steps are stable: explicit Euler on the Nesterov equation and on a damped oscillator, and three points.

    h'' + (r/t) h' + κh = 0,    y'' + γy' + κy = 0,    κ > 0 a curvature (L is the largest), δ the step.

A real 2 x 2 step z ↦ Az contracts in the long run iff |det A| < 1 and |tr A| < 1 + det A (Schur, Cohn, Jury).

Source: W. Su, S. Boyd, E. Candès, JMLR 17 (2016), section 2, for the scheme of three points; the rest derived here.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

__all__ = [
    "determinant", "edge", "euler_damped", "euler_nesterov", "is_stable", "largest_stable_step", "three_point",
    "three_point_is_stable", "trace",
]  # fmt: skip

Matrix2 = tuple[tuple[Any, Any], tuple[Any, Any]]


def euler_nesterov(step: Any, t: Any, kappa: Any, r: Any = 3) -> Matrix2:
    """(h, h') ↦ (h + δh', h' − δ(r/t h' + κh)).  det = 1 − rδ/t + δ²κ > 1 once t > r/(δκ)."""
    return (1, step), (-kappa * step, 1 - r * step / t)


def euler_damped(step: Any, gamma: Any, kappa: Any) -> Matrix2:
    """(y, y') ↦ (y + δy', y' − δ(γy' + κy)).  For γ² < 4κ stable iff δ < γ/κ."""
    return (1, step), (-kappa * step, 1 - gamma * step)


def three_point(step: Any, t: Any, kappa: Any, r: Any = 3) -> Matrix2:
    """(X_n, X_{n−1}) ↦ (X_{n+1}, X_n),  X_{n+1} = (2 − rδ/t − δ²κ) X_n − (1 − rδ/t) X_{n−1}."""
    a = r * step / t
    return (2 - a - step * step * kappa, a - 1), (1, 0)


def edge(order: int, phases: Iterable[float]) -> list[complex]:
    """The z = δλ at which 1 + z + … + z^order/order! = e^{iφ}, for phases φ that grow from 0 in small steps.

    The edge of the region where an explicit scheme of so many stages and that order is stable, by Newton's method from
    one phase to the next.  Euler's (order 1) closes after one turn, the classical rule's (order 4) after four.
    """
    found, z = [], 0j
    for phase in phases:
        wanted = cmath.exp(1j * phase)
        for _ in range(8):
            value = sum(z**k / math.factorial(k) for k in range(order + 1))
            slope = sum(z**k / math.factorial(k) for k in range(order))
            z = z - (value - wanted) / slope
        found.append(z)
    return found


def three_point_is_stable(step: Any, t: Any, kappa: Any, r: Any = 3) -> bool:
    """δ²κ < 4 − 2rδ/t: δ < 2/√κ in the limit of small δ/t (it contains rδ/t < 2)."""
    return bool(step * step * kappa < 4 - 2 * r * step / t)


def determinant(A: Matrix2) -> Any:
    """det A."""
    return A[0][0] * A[1][1] - A[0][1] * A[1][0]


def trace(A: Matrix2) -> Any:
    """tr A."""
    return A[0][0] + A[1][1]


def is_stable(A: Matrix2) -> bool:
    """|det A| < 1 and |tr A| < 1 + det A: both eigenvalues lie inside the unit circle; exact for Fractions."""
    d = determinant(A)
    return bool(abs(d) < 1 and abs(trace(A)) < 1 + d)


def largest_stable_step(stepping: Callable[[Fraction], Matrix2], most: Fraction, halvings: int = 60) -> Fraction:
    """The largest δ in (0, most] up to `most`/2^halvings, from below, where stable steps form an interval (0, δ*).

    stepping: δ ↦ A.  They do form one for the schemes here: both conditions of `is_stable` change sign once.
    """
    low, high = Fraction(0), Fraction(most)
    if is_stable(stepping(high)):
        return high
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if is_stable(stepping(middle)) else (low, middle)
    return low
