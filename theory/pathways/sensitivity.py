r"""How concentrations answer to enzymes: the variational equation, and what all answers add up to.

With constant enzymes e the rates are homogeneous of degree one in them, v(s, λe) = λ v(s, e), so s' = V_in(1, 0, …) +
N v runs λ times as fast where inflow and enzymes are λ times as large: s(t; λe, λV_in) = s(λt; e, V_in).  Its
derivative at λ = 1 is Euler's relation for the sensitivities S = ∂s/∂e, σ = ∂s/∂V_in:

    Σ_j e_j ∂s/∂e_j + V_in ∂s/∂V_in = t s'(t),

which the variational equations S' = Df S + N ∂v/∂e, σ' = Df σ + (1, 0, …), from 0, must obey at every time.

A scheme of stability function R with steps h holds a state of rest whose eigenvalues are λ < 0 where |R(hλ)| < 1: for
Euler's h < 2/max|λ|, for Kutta's of order four h < 2.78529…/max|λ|.

Source: D. A. Fell, Understanding the Control of Metabolism (1997), for the summation theorem at rest; the relation in
time is derived here.  E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, IV.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory.pathways.kinetics import CONSTANTS, velocity

__all__ = ["at_rest", "sensitivities", "slopes", "summed"]

Array = NDArray[np.float64]


@cache
def slopes() -> Callable[..., tuple[list[float], list[float]]]:
    """(s, e, k) -> s' and, row by row, its derivatives in the ten species, the nine enzymes and V_in."""
    s, e, k = sp.symbols("s1:11"), sp.symbols("e1:10"), sp.symbols(" ".join(CONSTANTS))
    f = sp.Matrix(velocity(s, e, k))
    variables = [*s, *e, k[CONSTANTS.index("Vin")]]
    rows = [f_i.diff(v) for f_i in f for v in variables]
    return sp.lambdify([s, e, k], (list(f), rows), "math", cse=True)  # type: ignore[no-any-return]


def sensitivities(start: Sequence[float], e: Callable[[float], Array], k: Sequence[float], time: float) -> Array:
    """∂s/∂(scale of e_j) and ∂s/∂V_in after a time, 10 x 10: with e_j(t) = a_j ε_j(t), derivatives in ln a_j.

    e: time -> the nine levels; start: ten states.  For constant enzymes column j is e_j ∂s/∂e_j.
    """
    d = len(start)
    rule = slopes()

    def extended(t: float, state: Array) -> Array:
        levels = e(t)
        f, rows = rule(state[:d], levels, k)
        J = np.array(rows).reshape(d, 2 * d)
        forced = J[:, d:] * np.append(levels, 1.0)
        return np.concatenate([f, (J[:, :d] @ state[d:].reshape(d, d) + forced).ravel()])

    first = np.concatenate([start, np.zeros(d * d)])
    solved = solve_ivp(extended, (0, time), first, "LSODA", rtol=1e-10, atol=1e-12)
    return np.asarray(solved.y[d:, -1].reshape(d, d))


def summed(of: Array, inflow: float) -> Array:
    """Σ_j e_j ∂s/∂e_j + V_in ∂s/∂V_in."""
    return np.asarray(of[:, :-1].sum(axis=1) + inflow * of[:, -1])


def at_rest(start: Sequence[float], e: Array, k: Sequence[float]) -> tuple[Array, Array]:
    """Where the nine species before limonene come to rest with constant enzymes, and the Jacobian there: 9, 9 x 9.

    Raises ArithmeticError where they do not: an inflow that is more than the enzymes can take.
    """
    rule = slopes()
    s = np.asarray(solve_ivp(lambda _, s: rule(s, e, k)[0], (0, 1e4), start, "LSODA", rtol=1e-10, atol=1e-12).y[:, -1])
    for _ in range(20):
        f, rows = rule(s, e, k)
        J = np.array(rows).reshape(10, 20)[:9, :9]
        try:
            step = np.linalg.solve(J, np.array(f[:9]))
        except np.linalg.LinAlgError:
            break
        s[:9] -= step
        if abs(step).max() < 1e-12:
            return s[:9], J
    raise ArithmeticError(f"the species do not come to rest: the largest is {s.max():.3g}, and its slope {f[0]:.3g}")
