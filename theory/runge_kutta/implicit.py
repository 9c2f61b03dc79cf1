r"""Steps of any scheme, implicit ones too: on x' = Mx without iteration, on x' = f(t, x) by Newton's method.

Source: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II (IV.3, IV.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import kind, scalar
from gronwall.theory.runge_kutta.stability import numerator_and_denominator
from gronwall.theory.runge_kutta.tableaux import Field, Tableau

__all__ = ["implicit_step", "linear_step"]


def linear_step(tableau: Tableau, M: Any, x: Any, h: Any) -> Any:
    """One step of any scheme on x' = Mx, without iteration.  M: d x d; x: (d,) in NumPy, else one column.

    In NumPy  (I − h A ⊗ M) k = 1 ⊗ Mx,  x⁺ = x + h Σ b_i k_i.  In SymPy (exact) and Arb (enclosed)
    Q(hM) x⁺ = P(hM) x,  P/Q = R the stability function, where no irrational coefficient is left.
    """
    where, h = kind(x), scalar(h, x)
    if where == "numpy":
        s, A, b = tableau.stages, np.array(tableau.A, dtype=float), np.array(tableau.b, dtype=float)
        k = np.linalg.solve(np.eye(s * len(x)) - h * np.kron(A, M), np.tile(M @ x, s)).reshape(s, -1)
        return x + h * (b @ k)
    if where not in ("sympy", "ball"):
        raise TypeError(f"linear_step() got {type(x).__name__}: expected NumPy, or a column of SymPy or Arb")

    def polynomial(coefficients: Sequence[Any], v: Any) -> Any:
        value = scalar(coefficients[0], x) * v
        for coefficient in coefficients[1:]:
            value = h * (M * value) + scalar(coefficient, x) * v
        return value

    P, Q = numerator_and_denominator(tableau)
    if where == "ball":
        identity = rigor.matrix(np.eye(M.nrows(), dtype=int))
        return polynomial(Q, identity).solve(polynomial(P, x))
    return polynomial(Q, sp.eye(M.rows)).LUsolve(polynomial(P, x)).applyfunc(sp.cancel)


def implicit_step(
    tableau: Tableau, f: Field, t: Any, x: Any, h: Any, *,
    jacobian: Field | None = None, tol: float | None = None, max_iterations: int = 50,
) -> Any:  # fmt: skip
    """One step of any scheme in NumPy, by Newton's method.

        G_i(k) = k_i − f(t + c_i h, x + h Σ_j a_ij k_j) = 0,    x⁺ = x + h Σ b_i k_i.
    x: (d,) or a float.  jacobian(t, x): d x d, else central differences.  Each iteration solves
    (δ_ij I − h a_ij J_i) Δ = −G with J_i = ∂f/∂x at stage i, from k_i = f(t, x), until
    max|Δ| <= tol·max(1, max|k|) (default tol: 16 eps of the dtype) or, near that level, until Δ no longer
    shrinks.  On a linear problem with a jacobian the first iteration is exact up to rounding.
    A heuristic where f is not linear: the root found need not be the one that tends to f(t, x) for h → 0.
    Raises RuntimeError when the iteration does not converge, naming the last size of Δ.
    """
    y = np.atleast_1d(np.asarray(x))
    y = y.astype(np.result_type(y, np.float32))
    s, d, eps = tableau.stages, y.size, float(np.finfo(y.dtype).eps)
    A, b, c = (np.array(part, dtype=float).astype(y.dtype) for part in (tableau.A, tableau.b, tableau.c))
    t, h, level = float(t), y.dtype.type(float(h)), 16 * eps if tol is None else tol

    def field(time: Any, state: Any) -> Any:
        return np.atleast_1d(np.asarray(f(time, state if np.ndim(x) else state[0])))

    def slope(time: Any, state: Any) -> Any:
        if jacobian is not None:
            return np.reshape(jacobian(time, state if np.ndim(x) else state[0]), (d, d))
        return _central_differences(lambda z: field(time, z), state)

    k, before = np.tile(field(t, y), (s, 1)).astype(y.dtype), np.inf
    for _ in range(max_iterations):
        times, points = t + c * h, y + h * (A @ k)
        G = k - np.stack([field(times[i], points[i]) for i in range(s)])
        J = [slope(times[i], points[i]) for i in range(s)]
        system = np.block([[np.eye(d) * (i == j) - h * A[i, j] * J[i] for j in range(s)] for i in range(s)])
        delta = np.linalg.solve(system, -G.ravel()).reshape(s, d).astype(y.dtype)
        k, size, scale = k + delta, float(np.max(np.abs(delta))), max(1.0, float(np.max(np.abs(k))))
        if size <= level * scale or before <= size <= 1e3 * eps * scale:
            result = y + h * (b @ k)
            return result if np.ndim(x) else result[0]
        before = size
    raise RuntimeError(
        f"{tableau.name}: Newton moved by {before:.3g} in iteration {max_iterations} at t = {t}, h = {h}: "
        f"expected at most {level:.3g}; take a smaller h, or give the jacobian"
    )


def _central_differences(f: Callable[[Any], Any], x: Any) -> Any:
    """∂f_i/∂x_j ≈ (f(x + δe_j) − f(x − δe_j))/2δ, δ = eps^(1/3) max(1, |x_j|), d x d."""
    columns = []
    for j in range(x.size):
        delta = np.zeros_like(x)
        delta[j] = np.cbrt(np.finfo(x.dtype).eps) * max(1.0, abs(x[j]))
        columns.append((f(x + delta) - f(x - delta)) / (2 * delta[j]))
    return np.stack(columns, axis=1)
