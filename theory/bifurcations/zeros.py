r"""Zeros that are proved: Krawczyk's interval Newton method, and bisection with certain signs, in balls.

With a midpoint m of the box X and any matrix Y, a zero of F in X lies in

    K(X) = m − Y F(m) + (1 − Y F'(X))(X − m);

if K(X) lies inside X there is one, and only one.  Y is the inverse of the midpoint of F'(m), rounded to floats: it
decides how sharp the test is, never whether it is true.

Source: R. Krawczyk, Computing 4 (1969); W. Tucker, Validated Numerics, 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gronwall.theory import rigor

__all__ = ["bisected", "proved_zero"]

Balls = list[Any]


def proved_zero(
    F: Callable[[Balls], Sequence[Any]], dF: Callable[[Balls], Sequence[Sequence[Any]]], guess: Sequence[float],
    radius: Any, rounds: int = 6,
) -> Balls:  # fmt: skip
    """The one zero of F within ``radius`` (exact) of the guess in every coordinate, as balls.

    F maps balls to balls, dF gives the rows of its Jacobian.  Raises ArithmeticError where the test proves nothing: the
    box is too large, or too small to hold the zero, or F' is singular there.
    """
    middle = [rigor.dyadic(value) for value in guess]
    box = [m + rigor.around_zero(radius) for m in middle]
    proved = False
    for _ in range(rounds):
        inner = _krawczyk(F, dF, middle, box)
        if not proved and not all(_inside(k, x) for k, x in zip(inner, box, strict=True)):
            raise ArithmeticError(f"no proof of one zero within {radius} of {list(guess)}")
        proved, box = True, inner
        middle = [rigor.dyadic(rigor.midpoint(x)) for x in box]
    return box


def _krawczyk(F: Any, dF: Any, middle: Balls, box: Balls) -> Balls:
    """m − Y F(m) + (1 − Y F'(X))(X − m)."""
    n = len(middle)
    slopes = np.array([[rigor.midpoint(entry) for entry in row] for row in dF(middle)])
    Y = [[rigor.dyadic(float(entry)) for entry in row] for row in np.linalg.inv(slopes)]
    value, wide = F(middle), dF(box)
    found = []
    for i in range(n):
        newton = middle[i] - sum((Y[i][j] * value[j] for j in range(n)), rigor.ball(0))
        for k in range(n):
            product = sum((Y[i][j] * wide[j][k] for j in range(n)), rigor.ball(0))
            newton = newton + (rigor.ball(int(i == k)) - product) * (box[k] - middle[k])
        found.append(newton)
    return found


def _inside(inner: Any, outer: Any) -> bool:
    """Does a ball lie in the interior of another one?"""
    return rigor.certainly_gt(inner.lower(), outer.lower()) and rigor.certainly_gt(outer.upper(), inner.upper())


def bisected(f: Callable[[Any], Any], lo: Any, hi: Any, rounds: int) -> Any:
    """A zero of a continuous function between exact numbers lo < hi with certain, opposite signs: halved so often.

    Raises ArithmeticError where a sign is not certain at the precision of the moment.
    """
    below = _sign(f(rigor.ball(lo)))
    if _sign(f(rigor.ball(hi))) == below:
        raise ArithmeticError(f"no change of sign between {lo} and {hi}")
    for _ in range(rounds):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if _sign(f(rigor.ball(middle))) == below else (lo, middle)
    return rigor.hull(lo, hi)


def _sign(value: Any) -> int:
    if rigor.certainly_gt(value, 0):
        return 1
    if rigor.certainly_gt(0, value):
        return -1
    raise ArithmeticError(f"the sign of {value} is not certain")
