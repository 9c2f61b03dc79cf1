r"""Adjoints of second-order layers: what the gradient solves, and how fast it can vanish (Nguyen et al. 2022).

Adjoints are rows: aJ means aᵀJ.  For z' = g(z, t) and a loss of z(T), a(t) = ∂L/∂z(t) solves a' = −a ∂g/∂z.

    Nesterov  h' = m, m' = −(r/t) m − f(h, t):                a_h' = a_m f_h,   a_m' = −a_h + (r/t) a_m
    heavy ball  h' = m, m' = −γm + f(h, t):                   a_h' = −a_m f_h,  a_m' = −a_h + γ a_m
    gated  x' = σ(m), m' = −m − σ(f(h, t)) − ξh, h = σ(k)x:   a_x' = σ(k) a_m [∂_h σ(f) + ξI],  a_m' = a_m − a_x σ'(m)

Symbols: N the dimension of h, f_h the N x N Jacobian of f, Φ(t) the 2N x 2N matrix with a(t) = a(T) Φ(t).
Formulas with `@`, `*`, `+` run on NumPy arrays (batches first: a is (..., N), f_h is (..., N, N)) and SymPy rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp

__all__ = [
    "adjoint_equation", "conformal_form", "flow_and_tangent", "gated_adjoint", "gated_jacobian", "log_volume",
    "nesterov_adjoint", "ordered_exponential", "row_times", "swapped_block", "vanishing_bound", "weighted_equation",
]  # fmt: skip

Array = NDArray[np.float64]


def row_times(a: Any, J: Any) -> Any:
    """aJ, batches first in NumPy."""
    return np.einsum("...i,...ij->...j", a, J) if isinstance(a, np.ndarray) else a * J


# ---------------------------------------------------------------- the two propositions


def nesterov_adjoint(a_h: Any, a_m: Any, J: Any, t: Any, r: Any = 3) -> tuple[Any, Any]:
    """(a_h', a_m') = (a_m f_h, −a_h + (r/t) a_m)."""
    return row_times(a_m, J), -a_h + (r / t) * a_m


def adjoint_equation(a: Any, da: Any, dda: Any, J: Any, t: Any, r: Any = 3) -> Any:
    """a'' − (r/t) a' + a f_h + (r/t²) a, which is zero for a = a_m = ∂L/∂h' (Proposition 1, (16))."""
    return dda - r / t * da + row_times(a, J) + r / t**2 * a


def weighted_equation(c: Any, dc: Any, ddc: Any, J: Any, t: Any, r: Any = 3) -> Any:
    """c'' + (r/t) c' + c f_h, which is zero for c = t^{−r} a_m: a Nesterov equation again."""
    return ddc + r / t * dc + row_times(c, J)


def gated_adjoint(a_x: Any, a_m: Any, Jsf: Any, slope_m: Any, multiplier: Any, xi: Any) -> tuple[Any, Any]:
    """(a_x', a_m') = (multiplier · a_m [∂_h σ(f) + ξI],  a_m − a_x σ'(m)).

    The multiplier is σ(k(t)).  Jsf = diag(σ'(f)) f_h; slope_m = σ'(m), entry by entry (NumPy: (..., N)).
    """
    return multiplier * (row_times(a_m, Jsf) + xi * a_m), a_m - a_x * slope_m


def gated_jacobian(Jsf: Array, slope_m: Array, gate: float, xi: float) -> Array:
    r"""∂(x', m')/∂(x, m) = [[0, diag σ'(m)], [−σ(k)(∂_h σ(f) + ξI), −I]] at one time, 2N x 2N; its trace is −N."""
    N = len(slope_m)
    eye = np.eye(N)
    return np.block([[np.zeros((N, N)), np.diag(slope_m)], [-gate * (Jsf + xi * eye), -eye]])


# ---------------------------------------------------------------- how fast gradients vanish


def swapped_block(A: Any, B: Any, s: Any) -> Any:
    """M = [[0, A], [B, sI]]: det(λI − M) = det(λ(λ − s)I − BA), so its eigenvalues pair to the sum s = t − T."""
    if isinstance(A, sp.MatrixBase):
        N = A.rows
        return sp.Matrix([[sp.zeros(N, N), A], [B, s * sp.eye(N)]])
    N = len(A)
    return np.block([[np.zeros((N, N)), A], [B, s * np.eye(N)]])


def log_volume(N: int, t: Any, T: Any, damping_integral: Callable[[Any, Any], Any]) -> Any:
    r"""log|det Φ(t)| = −N ∫_t^T γ(s) ds for every layer z'' + γ(t)z' = force (Liouville).

    damping_integral(t, T) is ∫_t^T γ: T − t in the rewritten form and in (15), r log(T/t) in (10), γ(T − t) for the
    heavy ball.  Whatever the force, the network and σ.
    """
    return -N * damping_integral(t, T)


def vanishing_bound(elapsed: Any) -> Any:
    r"""e^{−(T − t)/2} <= max over |a(T)| = 1 of |a(t)|: the geometric mean of the singular values of Φ(t)."""
    return exp(-elapsed / 2)


def flow_and_tangent(
    field: Callable[[Array, float], Array],
    jacobian: Callable[[Array, float], Array],
    start: Array,
    times: Sequence[float],
    tol: float = 1e-12,
) -> tuple[Array, Array]:
    """z and F = ∂z(t)/∂z(t_0) at `times` (increasing, from t_0): z' = g(z, t), F' = ∂_z g F, F(t_0) = I, by DOP853.

    Arrays (len(times), n) and (len(times), n, n).  Adjoints follow: a(t) = a(T) Φ(t), Φ(t) = F(T) F(t)⁻¹.
    """
    n = len(start)

    def right(t: float, packed: Array) -> Array:
        z, F = packed[:n], packed[n:].reshape(n, n)
        return np.concatenate([field(z, t), (jacobian(z, t) @ F).ravel()])

    packed = np.concatenate([start, np.eye(n).ravel()])
    told = solve_ivp(right, (times[0], times[-1]), packed, "DOP853", t_eval=times, rtol=tol, atol=tol)
    if not told.success:
        raise RuntimeError(f"flow_and_tangent() stopped at t = {told.t[-1]}: {told.message}")
    return told.y[:n].T, told.y[n:].T.reshape(-1, n, n)


def ordered_exponential(generators: Sequence[Any], durations: Sequence[Any]) -> Any:
    """Φ = e^{J_n d_n} … e^{J_1 d_1} for z' = J_i z on the i-th interval, a(t) = a(T)Φ: matrices of balls, in order.

    The later piece stands on the left.  It is e^{Σ J_i d_i} only where the J_i commute.
    """
    total = rigor.identity(generators[0].nrows())
    for J, d in zip(generators, durations, strict=True):
        total = (J * rigor.ball(d)).exp() * total
    return total


def conformal_form(Phi: Any, N: int) -> Any:
    """Φ Ω Φᵀ, Ω = [[0, I], [−I, 0]]: e^{t − T} Ω for x'' + x' + S(t)x = 0 with S symmetric (balls)."""
    zero = [[0] * N for _ in range(N)]
    eye = [[int(i == j) for j in range(N)] for i in range(N)]
    top = [z + e for z, e in zip(zero, eye, strict=True)]
    bottom = [[-v for v in e] + z for e, z in zip(eye, zero, strict=True)]
    Omega = rigor.matrix(top + bottom)
    return Phi * Omega * Phi.transpose()
