r"""One step in four arithmetics: the same eight lines on floats, arrays, tensors, SymPy expressions and balls.

k_i = f(t + c_i h, Y_i),    Y_i = x + h Σ_j a_ij k_j,    x⁺ = x + h Σ_i b_i k_i,    i, j = 1 … s.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from typing import Any

from gronwall.theory.arithmetic import scalar
from gronwall.theory.runge_kutta.implicit import implicit_step
from gronwall.theory.runge_kutta.tableaux import Field, Tableau, nonzero

__all__ = ["Rows", "combined", "integrate", "rows", "stages", "step", "trajectory"]

Rows = tuple[list[list[tuple[int, Any]]], list[tuple[int, Any]], list[Any]]
"""A and b as rows of (j, a_ij) without the zeros, and c, in one arithmetic."""


def rows(tableau: Tableau, like: Any, instead: str = "implicit_step, or linear_step for x' = Mx") -> Rows:
    """The coefficients of an explicit scheme in the arithmetic of `like`; of an implicit one, `instead` is advised."""
    if not tableau.is_explicit:
        raise ValueError(f"{tableau.name} is implicit: use {instead}")
    A, b = ([[(j, scalar(a, like)) for j, a in nonzero(row)] for row in part] for part in (tableau.A, [tableau.b]))
    return A, b[0], [scalar(c_i, like) for c_i in tableau.c]


def combined(weights: Sequence[tuple[int, Any]], k: Sequence[Any]) -> Any:
    """Σ w_j k_j over the weights (j, w_j), which are not empty."""
    first, *rest = (w * k[j] for j, w in weights)
    return sum(rest, first)


def stages(coefficients: Rows, f: Field, t: Any, x: Any, h: Any) -> tuple[list[Any], list[Any]]:
    """Y_i = x + h Σ_{j<i} a_ij k_j and k_i = f(t + c_i h, Y_i)."""
    A, _, c = coefficients
    Y: list[Any] = []
    k: list[Any] = []
    for a_i, c_i in zip(A, c, strict=True):
        Y.append(x + h * combined(a_i, k) if a_i else x)
        k.append(f(t + c_i * h, Y[-1]))
    return Y, k


def _step(coefficients: Rows, f: Field, t: Any, x: Any, h: Any) -> Any:
    weights, k = coefficients[1], stages(coefficients, f, t, x, h)[1]
    return x + h * combined(weights, k) if weights else x


def step(tableau: Tableau, f: Field, t: Any, x: Any, h: Any) -> Any:
    """One explicit step in the arithmetic of x.

        k_i = f(t + c_i h, x + h Σ_{j<i} a_ij k_j),    x⁺ = x + h Σ b_i k_i.
    f(t, x): shape of x.  t, h: exact, or in the arithmetic of x.  An implicit scheme raises ValueError.
    """
    return _step(rows(tableau, x), f, scalar(t, x), x, scalar(h, x))


def integrate(tableau: Tableau, f: Field, t0: Any, t1: Any, x0: Any, n: int, **solver: Any) -> Any:
    """x_n after n equal steps from t0 to t1; `solver` goes to `implicit_step`."""
    return trajectory(tableau, f, t0, t1, x0, n, **solver)[-1]


def trajectory(tableau: Tableau, f: Field, t0: Any, t1: Any, x0: Any, n: int, **solver: Any) -> list[Any]:
    """[x_0, …, x_n] at t_k = t0 + (k/n)(t1 − t0); `solver` goes to `implicit_step`."""
    if n < 1:
        raise ValueError(f"trajectory() got n = {n}: expected at least one step")
    start, length = scalar(t0, x0), scalar(t1, x0) - scalar(t0, x0)
    h = length / n
    coefficients = rows(tableau, x0) if tableau.is_explicit else None
    states = [x0]
    for k in range(n):
        t = start + scalar(F(k, n), x0) * length
        if coefficients is not None:
            states.append(_step(coefficients, f, t, states[-1], h))
        else:
            states.append(implicit_step(tableau, f, t, states[-1], h, **solver))
    return states
