r"""Nesterov's accelerated gradient as an equation, its rewriting, and the layers built on it (Nguyen et al. 2022).

    x_k = y_{k−1} − s∇F(y_{k−1}),  y_k = x_k + (k−1)/(k+r−1) (x_k − x_{k−1})          the scheme, r = 3 in the paper (7)
    h'' + (r/t) h' + ∇F(h) = 0,  h(0) = h_0,  h'(0) = 0                               its limit, t = k√s (8)
    h = k(t)x,  k = t^{−r/2} e^{t/2},  x' = m,  m' = −m − f                           the rewriting (11)–(13)
    h = σ(k)x,  x' = σ(m),  m' = −m − σ(f(h, t)) − ξh                                 GNesterovNODE (15)

Symbols: t > 0 time, h the feature and h' its velocity, (x, m) the rewritten state, k the gate, r the Nesterov factor,
σ an activation, ξ >= 0.  Functions of t run in NumPy, torch, SymPy and balls; r is an int, a Fraction or a symbol.

Sources: N. Nguyen, T. Nguyen, H. Vo, S. Osher, T. Vo, NeurIPS 2022; W. Su, S. Boyd, E. Candès, JMLR 17 (2016).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory.arithmetic import exp, scalar, sqrt

__all__ = [
    "curvature", "energy", "exact_force", "from_rewritten", "gate", "gate_slope", "gated_bound", "gated_field",
    "huber_gap", "integral_bound", "iterates", "momentum", "momentum_remainder", "nesterov_field", "rate_bound",
    "released_field", "rewritten_field", "runaway_slope", "series_ratio",
    "solve", "starting_effect", "to_rewritten", "washed_out_bound",
]  # fmt: skip

Array = NDArray[np.float64]


# ---------------------------------------------------------------- the scheme and its limit


def momentum(k: Any, r: Any = 3) -> Any:
    """(k − 1)/(k + r − 1): a Fraction for whole numbers."""
    top, bottom = k - 1, k + r - 1
    return (
        Fraction(top, bottom)
        if isinstance(top, (int, Fraction)) and isinstance(bottom, (int, Fraction))
        else top / bottom
    )


def momentum_remainder(k: Any, r: Any = 3) -> Any:
    """(k − 1)/(k + r − 1) − (1 − r/k) = r(r − 1)/(k(k + r − 1))."""
    return r * (r - 1) / (k * (k + r - 1))


def iterates(gradient: Callable[[Any], Any], x0: Any, s: Any, n: int, r: Any = 3) -> list[Any]:
    """x_0 … x_n of the scheme (7) from y_0 = x_0, in the arithmetic of x_0; gradient is ∇F, s the step."""
    x, y, found = x0, x0, [x0]
    for k in range(1, n + 1):
        new = y - s * gradient(y)
        y = new + scalar(momentum(k, r), new) * (new - x)
        x = new
        found.append(x)
    return found


def series_ratio(j: Any, rate: Any, r: Any = 3) -> Any:
    r"""c_{j+1}/c_j = −(λ/4)/((j + 1)(j + (r + 1)/2)) for the limit with F = λh²/2, h = h_0 Σ c_j t^{2j}.

    Its sum is h = h_0 Γ(α + 1)(2/u)^α J_α(u), u = √λ t, α = (r − 1)/2; for r = 3 it is 2J_1(u)/u.
    """
    return -(rate / 4) / ((j + 1) * (j + (r + scalar(1, rate)) / 2))


def nesterov_field(force: Callable[[Any, Any], Any], r: Any = 3) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """(h, m, t) -> (m, −(r/t) m − f(h, t)): the limit as a system of the first order (10)."""
    return lambda h, m, t: (m, -(r / t) * m - force(h, t))


# ---------------------------------------------------------------- how fast a convex function falls


def energy(gap: Any, offset: Any, velocity: Any, t: Any, r: Any = 3) -> Any:
    r"""E = 2t²/(r − 1) (F(X) − F*) + (r − 1) |X + t/(r − 1) X' − x*|², offset = X − x* and velocity = X' lists.

    Along the limit E' = 4t/(r − 1) (F − F*) − 2t⟨∇F, X − x*⟩, by convexity at most −2(r − 3)/(r − 1) t (F − F*).
    """
    moved = [o + t / (r - 1) * v for o, v in zip(offset, velocity, strict=True)]
    return 2 * t**2 / (r - 1) * gap + (r - 1) * sum(z**2 for z in moved)


def rate_bound(square: Any, t: Any, r: Any = 3) -> Any:
    r"""F(X(t)) − F* <= (r − 1)²|x_0 − x*|²/(2t²), r >= 3: 2|x_0 − x*|²/t² for r = 3.  square is |x_0 − x*|²."""
    return (r - 1) ** 2 * square / (2 * t**2)


def integral_bound(square: Any, r: Any) -> Any:
    r"""∫_0^∞ t (F(X(t)) − F*) dt <= (r − 1)²|x_0 − x*|²/(2(r − 3)), r > 3."""
    return (r - 1) ** 2 * square / (2 * (r - 3))


def huber_gap(x: Any, delta: Any) -> Any:
    """F(x) = |x| − δ/2 where |x| >= δ, else x²/(2δ): convex, C¹, its gradient 1/δ-Lipschitz, F* = 0."""
    return abs(x) - delta / 2 if abs(x) >= delta else x * x / (2 * delta)


# ---------------------------------------------------------------- the rewriting


def _power(t: Any, exponent: Any) -> Any:
    """t^exponent, the exponent exact or in the arithmetic of t."""
    return t ** scalar(exponent, t)


def _half(r: Any) -> Any:
    return Fraction(r, 2) if isinstance(r, (int, Fraction)) else r / 2


def gate(t: Any, r: Any = 3) -> Any:
    """k(t) = t^{−r/2} e^{t/2}: the one gate, up to a factor, for which 2k' + (r/t) k = k.  Its minimum is at t = r."""
    return _power(t, -_half(r)) * exp(t / 2)


def gate_slope(t: Any, r: Any = 3) -> Any:
    """k'/k = 1/2 − r/(2t)."""
    return scalar(Fraction(1, 2), t) - scalar(_half(r), t) / t


def curvature(t: Any, r: Any = 3) -> Any:
    """c_r(t) = k''/k + (r/t) k'/k = 1/4 − r(r − 2)/(4t²); for r = 3 it is (t² − 3)/(4t²)."""
    return (
        scalar(Fraction(1, 4), t)
        - scalar(r * (r - 2) / sp.Integer(4) if isinstance(r, sp.Basic) else Fraction(r * (r - 2), 4), t) / t**2
    )


def exact_force(gradient: Callable[[Any], Any], r: Any = 3) -> Callable[[Any, Any], Any]:
    """f(h, t) = (c_r(t) h + ∇F(h))/k(t), for which the rewriting is the limit of the scheme (12)."""
    return lambda h, t: (curvature(t, r) * h + gradient(h)) / gate(t, r)


def to_rewritten(h: Any, velocity: Any, t: Any, r: Any = 3) -> tuple[Any, Any]:
    """x = h/k,  m = (h' − (k'/k) h)/k = (h' + (r/(2t) − 1/2) h)/k."""
    k = gate(t, r)
    return h / k, (velocity - gate_slope(t, r) * h) / k


def from_rewritten(x: Any, m: Any, t: Any, r: Any = 3) -> tuple[Any, Any]:
    """h = kx,  h' = km + (k'/k) kx."""
    k = gate(t, r)
    return k * x, k * m + gate_slope(t, r) * k * x


def rewritten_field(force: Callable[[Any, Any], Any], r: Any = 3) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """(x, m, t) -> (m, −m − f(k(t)x, t)): NesterovNODE as it is solved (14)."""
    return lambda x, m, t: (m, -m - force(gate(t, r) * x, t))


def gated_field(
    force: Callable[[Any, Any], Any], sigma: Callable[[Any], Any], xi: Any, r: Any = 3
) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """(x, m, t) -> (σ(m), −m − σ(f(h, t)) − ξh), h = σ(k(t))x: GNesterovNODE (15)."""

    def field(x: Any, m: Any, t: Any) -> tuple[Any, Any]:
        h = sigma(gate(t, r)) * x
        return sigma(m), -m - sigma(force(h, t)) - xi * h

    return field


def released_field(force: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """(z_1, z_2, t) -> (m, −m − f(z_1, t)),  m = [(3/(2t) − 1/2) z_1 + z_2]/k(t): `NesterovNODE.forward` as released.

    It reads its state as (h, h') and returns (x', m').  The output is then k(T) z_1(T), as if z_1 were x; no line
    turns h_0 into x_0.  From `base.py` of minhtannguyen/NesterovNODE, σ = id, ξ = 0, the sign −1.
    """

    def field(z1: Any, z2: Any, t: Any) -> tuple[Any, Any]:
        _, m = to_rewritten(z1, z2, t)
        return m, -m - force(z1, t)

    return field


# ---------------------------------------------------------------- starting, and growing


def washed_out_bound(F: Any, t: Any) -> Any:
    r"""|h(t)| <= F k(t) (t − 1 + e^{−t}) <= F √t e^{t/2}/2 for (14) from x(0) = m(0) = 0 with |f| <= F, whatever h_0.

    |m| <= F (1 − e^{−t}) and |x| <= F (t − 1 + e^{−t}); a constant force attains both.
    """
    return F * gate(t) * (t - 1 + exp(-t))


def starting_effect(t0: Any, t: Any) -> Any:
    r"""∂x(t)/∂h_0 from x_0 = h_0/k(t_0), m_0 = h_0 (1/k)'(t_0), with a force that ignores h.

    = [1 + (3/(2t_0) − 1/2)(1 − e^{t_0 − t})]/k(t_0) for r = 3: it fades like (3/2)(1 − e^{−t}) √t_0 as t_0 -> 0.
    """
    x, m = to_rewritten(scalar(1, t0), scalar(0, t0), t0)
    return x + m * (1 - exp(t0 - t))


def gated_bound(start: Any, c: Any, elapsed: Any) -> tuple[Any, Any]:
    r"""(B_x, B_h) with |x_i(t)| <= B_x = |x_0| + c(t − t_0), |h_i(t)| <= B_h = c B_x for |σ| <= c, any f and ξ."""
    x = start + c * elapsed
    return x, c * x


def runaway_slope(w: Any, t: Any) -> Any:
    r"""x'/x >= √(w k(t)) − 1 for (14) with the force f = −wh, 0 < w <= 0.6, from x_0 > 0, m_0 >= 0 at t_0 = 1.

    y = x'/x solves y' = wk − y − y², and z = √(wk) − 1 has z' = √(wk) (1/4 − 3/(4t)) <= √(wk) = wk − z − z²,
    with z(1) <= 0 <= y(1): z stays below.  As t -> ∞ y = √(wk) − 5/8 + o(1).
    """
    return sqrt(w * gate(t)) - 1


# ---------------------------------------------------------------- solving


def solve(
    field: Callable[[Any, Any, Any], tuple[Any, Any]],
    first: Any,
    second: Any,
    times: Any,
    tol: float = 1e-13,
    floor: float | None = None,
) -> tuple[Array, Array]:
    """Both halves of the state at `times` (increasing, the first is the start) by DOP853: arrays (len(times), N).

    first, second: (N,) float64 each, or numbers.  tol: relative; floor: absolute (default tol).
    Raises RuntimeError where DOP853 gives up.
    """
    start = np.concatenate([np.atleast_1d(first), np.atleast_1d(second)]).astype(float)
    N = start.size // 2

    def right(t: float, z: Array) -> Array:
        return np.concatenate(field(z[:N], z[N:], t))

    told = solve_ivp(
        right, (times[0], times[-1]), start, "DOP853", t_eval=times, rtol=tol, atol=tol if floor is None else floor
    )
    if not told.success:
        raise RuntimeError(f"solve() got no further than t = {told.t[-1]}: {told.message}; is the field smooth there?")
    return told.y[:N].T, told.y[N:].T
