r"""Runge–Kutta schemes as data: tableaux, order conditions by rooted trees, stability, and one step.

A scheme with s stages takes x ≈ x(t) to x(t + h) by
    k_i = f(t + c_i h, x + h Σ_j a_ij k_j),    x⁺ = x + h Σ_i b_i k_i,    i, j = 1 … s.
The coefficients are exact (Fractions, SymPy numbers where √3 or √6 enters), so order, principal error and
stability are algebra; `step` runs the same tableau on NumPy arrays, tensors, SymPy expressions and balls.

Source: HNW = E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I (II.1–II.3, II.8),
and E. Hairer, G. Wanner, the same II (IV.3, IV.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from functools import cache
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import kind, scalar
from gronwall.theory.rooted_trees import Tree, density, rooted_trees, symmetry, tree_order

Exact = Any  # Fraction, or a SymPy number where the coefficient is irrational
Field = Callable[[Any, Any], Any]  # f(t, x)


@dataclass(frozen=True)
class Tableau:
    """The coefficients of a scheme: A (s rows of s), weights b, nodes c, and the order that is claimed.

    `embedded` holds the weights of a second scheme on the same stages, of order `embedded_order`.
    Raises ValueError for wrong shapes and for c ≠ A·1, TypeError for floats.
    """

    name: str
    A: tuple[tuple[Exact, ...], ...]
    b: tuple[Exact, ...]
    c: tuple[Exact, ...]
    order: int
    embedded: tuple[Exact, ...] | None = None
    embedded_order: int | None = None
    source: str = ""

    def __post_init__(self) -> None:
        s, embedded = len(self.b), self.embedded or ()
        lengths = [len(self.A), len(self.c), *map(len, self.A), *([len(embedded)] if embedded else [])]
        if s == 0 or any(length != s for length in lengths):
            raise ValueError(f"{self.name}: got {s} weights and lengths {lengths}: expected {s} everywhere")
        for value in (*self.b, *self.c, *embedded, *(a for row in self.A for a in row)):
            if not rigor.is_exact(value):
                raise TypeError(f"{self.name}: got the coefficient {value!r}: expected Fraction(1, 3), not 0.333")
        for i, row in enumerate(self.A):
            if _exact(sum(row) - self.c[i]) != 0:
                raise ValueError(f"{self.name}: row {i} of A sums to {_exact(sum(row))}, but c = {self.c[i]}")

    @property
    def stages(self) -> int:
        """s, the number of stages."""
        return len(self.b)

    @property
    def is_explicit(self) -> bool:
        """True when a_ij = 0 for j >= i, so that each stage uses earlier ones only."""
        return all(a == 0 for i, row in enumerate(self.A) for a in row[i:])


def _exact(x: Exact) -> Exact:
    """x in lowest terms: a Fraction where it is rational, an expanded SymPy number elsewhere."""
    if not isinstance(x, sp.Basic):
        return F(x)
    x = sp.expand(x)
    return F(int(x.p), int(x.q)) if x.is_Rational else x


def butcher(name: str, order: int, table: str, *, embedded_order: int | None = None, source: str = "") -> Tableau:
    """A tableau from the table as it is printed: a line `c_i | a_i1 a_i2 …` a stage, then `| b_1 b_2 …`.

    Entries are separated by spaces: quotients or SymPy numbers without spaces, "19372/6561", "sqrt(3)/6".
    Zeros at the end of a line may be left out.  With `embedded_order` one more line `| …` holds its weights.
    Raises ValueError for a wrong number of lines, and whatever `Tableau` refuses.
    """
    lines = [line.split("|") for line in table.strip().splitlines()]
    nodes = [_exact(sp.sympify(left)) for left, _ in lines if left.strip()]
    rows = [[_exact(sp.sympify(entry)) for entry in right.split()] for _, right in lines]
    full = [(*row, *[F(0)] * (len(nodes) - len(row))) for row in rows]
    weights = full[len(nodes) :]
    if len(weights) != 1 + (embedded_order is not None):
        raise ValueError(f"{name}: got {len(weights)} lines of weights: expected b, and one more if embedded")
    embedded = weights[1] if embedded_order is not None else None
    A = tuple(full[: len(nodes)])
    return Tableau(name, A, weights[0], tuple(nodes), order, embedded, embedded_order, source)


# ---------------------------------------------------------------- the schemes

EULER = butcher("explicit Euler", 1, """
    0 |
      | 1
""", source="Euler 1768")  # fmt: skip
MIDPOINT = butcher("explicit midpoint", 2, """
    0   |
    1/2 | 1/2
        | 0   1
""", source="Runge 1895")  # fmt: skip
HEUN = butcher("Heun", 2, """
    0 |
    1 | 1
      | 1/2 1/2
""", source="Heun 1900")  # fmt: skip
RALSTON = butcher("Ralston", 2, """
    0   |
    2/3 | 2/3
        | 1/4 3/4
""", source="Ralston 1962")  # fmt: skip
KUTTA3 = butcher("Kutta's third-order rule", 3, """
    0   |
    1/2 | 1/2
    1   | -1  2
        | 1/6 2/3 1/6
""", source="Kutta 1901")  # fmt: skip
RK4 = butcher("the classical Runge–Kutta scheme", 4, """
    0   |
    1/2 | 1/2
    1/2 | 0   1/2
    1   | 0   0   1
        | 1/6 1/3 1/3 1/6
""", source="Kutta 1901")  # fmt: skip
THREE_EIGHTHS = butcher("the 3/8 rule", 4, """
    0   |
    1/3 | 1/3
    2/3 | -1/3 1
    1   | 1    -1  1
        | 1/8  3/8 3/8 1/8
""", source="Kutta 1901")  # fmt: skip
DORMAND_PRINCE = butcher("Dormand–Prince 5(4)", 5, """
    0    |
    1/5  | 1/5
    3/10 | 3/40       9/40
    4/5  | 44/45      -56/15      32/9
    8/9  | 19372/6561 -25360/2187 64448/6561 -212/729
    1    | 9017/3168  -355/33     46732/5247 49/176  -5103/18656
    1    | 35/384     0           500/1113   125/192 -2187/6784    11/84
         | 35/384     0           500/1113   125/192 -2187/6784    11/84    0
         | 5179/57600 0           7571/16695 393/640 -92097/339200 187/2100 1/40
""", embedded_order=4, source="Dormand, Prince 1980")  # fmt: skip
IMPLICIT_EULER = butcher("implicit Euler", 1, """
    1 | 1
      | 1
""", source="Radau IIA, one stage")  # fmt: skip
IMPLICIT_MIDPOINT = butcher("implicit midpoint", 2, """
    1/2 | 1/2
        | 1
""", source="Gauss, one stage")  # fmt: skip
TRAPEZOID = butcher("trapezoid (Crank–Nicolson)", 2, """
    0 |
    1 | 1/2 1/2
      | 1/2 1/2
""", source="Lobatto IIIA, two stages")  # fmt: skip
GAUSS4 = butcher("Gauss, two stages", 4, """
    1/2-sqrt(3)/6 | 1/4           1/4-sqrt(3)/6
    1/2+sqrt(3)/6 | 1/4+sqrt(3)/6 1/4
                  | 1/2           1/2
""", source="Hammer, Hollingsworth 1955")  # fmt: skip
RADAU3 = butcher("Radau IIA, two stages", 3, """
    1/3 | 5/12 -1/12
    1   | 3/4  1/4
        | 3/4  1/4
""", source="Ehle 1969")  # fmt: skip
RADAU5 = butcher("Radau IIA, three stages", 5, """
    (4-sqrt(6))/10 | (88-7*sqrt(6))/360     (296-169*sqrt(6))/1800 (-2+3*sqrt(6))/225
    (4+sqrt(6))/10 | (296+169*sqrt(6))/1800 (88+7*sqrt(6))/360     (-2-3*sqrt(6))/225
    1              | (16-sqrt(6))/36        (16+sqrt(6))/36        1/9
                   | (16-sqrt(6))/36        (16+sqrt(6))/36        1/9
""", source="Ehle 1969")  # fmt: skip

SCHEMES: dict[str, Tableau] = {
    "euler": EULER, "midpoint": MIDPOINT, "heun": HEUN, "ralston": RALSTON, "kutta3": KUTTA3, "rk4": RK4,
    "three_eighths": THREE_EIGHTHS, "dormand_prince": DORMAND_PRINCE, "implicit_euler": IMPLICIT_EULER,
    "implicit_midpoint": IMPLICIT_MIDPOINT, "trapezoid": TRAPEZOID, "gauss4": GAUSS4, "radau3": RADAU3,
    "radau5": RADAU5,
}  # fmt: skip


# ---------------------------------------------------------------- rooted trees and order


def elementary_weight(tableau: Tableau, tree: Tree, *, embedded: bool = False) -> Exact:
    """φ(τ) = Σ_i b_i u_i(τ),  u_i(τ) = Π over the subtrees τ' of Σ_j a_ij u_j(τ'), exactly."""
    u = _stage_weights(tableau, tree)
    return _exact(sum(b * u_i for b, u_i in zip(_weights(tableau, embedded), u, strict=True)))


@cache
def _stage_weights(tableau: Tableau, tree: Tree) -> tuple[Exact, ...]:
    subtrees = [_stage_weights(tableau, subtree) for subtree in tree]
    return tuple(
        _exact(prod((sum(a * u_j for a, u_j in zip(row, u, strict=True)) for u in subtrees), start=F(1)))
        for row in tableau.A
    )


def _weights(tableau: Tableau, embedded: bool) -> tuple[Exact, ...]:
    if not embedded:
        return tableau.b
    if tableau.embedded is None:
        raise ValueError(f"{tableau.name} has no embedded weights: pass embedded=False")
    return tableau.embedded


def order_conditions(tableau: Tableau, order: int, *, embedded: bool = False) -> dict[Tree, Exact]:
    """The residuals φ(τ) − 1/γ(τ) of all trees with at most `order` nodes, exactly (HNW II.2).

    The scheme has order p if and only if the residuals of all trees with at most p nodes are zero.
    """
    return {
        tree: _exact(elementary_weight(tableau, tree, embedded=embedded) - F(1, density(tree)))
        for nodes in range(1, order + 1)
        for tree in rooted_trees(nodes)
    }


def algebraic_order(tableau: Tableau, up_to: int = 6, *, embedded: bool = False) -> int:
    """The largest p <= up_to with all order conditions up to p; `up_to` itself means at least that order."""
    residuals = order_conditions(tableau, up_to, embedded=embedded)
    broken = [tree_order(tree) for tree, residual in residuals.items() if residual != 0]
    return min(broken) - 1 if broken else up_to


def principal_error(tableau: Tableau, order: int | None = None) -> Any:
    """(Σ e(τ)²)^(1/2), e(τ) = (φ(τ) − 1/γ(τ))/σ(τ), over the trees with p + 1 nodes (HNW II.3).

    order: p, the order of the scheme (default: the claimed one).  The local error is
    h^(p+1) Σ e(τ) F(τ)(x) + O(h^(p+2)), so the norm compares schemes where the differentials F(τ) are alike.
    The result is an exact SymPy number.
    """
    nodes = (tableau.order if order is None else order) + 1
    residuals = order_conditions(tableau, nodes)
    e = [sp.sympify(residuals[tree] / symmetry(tree)) for tree in rooted_trees(nodes)]
    return sp.sqrt(sp.expand(sum(e_i**2 for e_i in e)))


# ---------------------------------------------------------------- structure and stability


def reflected(tableau: Tableau) -> Tableau:
    """The adjoint scheme Φ*_h = (Φ_{−h})⁻¹ (HNW II.8), with i' = s + 1 − i:

        a*_ij = b_j' − a_i'j',  b*_i = b_i',  c*_i = 1 − c_i'.
    Raises ValueError when Σ b_i ≠ 1 (then c* ≠ A*·1).
    """
    A, b, c = tableau.A[::-1], tableau.b[::-1], tableau.c[::-1]
    A_star = tuple(tuple(_exact(b_j - a) for b_j, a in zip(b, row[::-1], strict=True)) for row in A)
    c_star = tuple(_exact(1 - c_i) for c_i in c)
    return Tableau(f"adjoint of {tableau.name}", A_star, b, c_star, tableau.order, source=tableau.source)


def is_symmetric(tableau: Tableau) -> bool:
    """True when the scheme with these stages is its own adjoint (sufficient; HNW II.8)."""
    other = reflected(tableau)
    pairs = zip(sum(tableau.A, tableau.b), sum(other.A, other.b), strict=True)
    return all(_exact(a - b) == 0 for a, b in pairs)


def is_symplectic(tableau: Tableau) -> bool:
    """True when b_i a_ij + b_j a_ji = b_i b_j for all i, j: quadratic invariants are kept (Sanz-Serna
    1988)."""
    A, b, s = tableau.A, tableau.b, range(tableau.stages)
    return all(_exact(b[i] * A[i][j] + b[j] * A[j][i] - b[i] * b[j]) == 0 for i in s for j in s)


Z = sp.Symbol("z")


@cache
def stability_function(tableau: Tableau) -> Any:
    """R(z) = det(I − zA + z 1 bᵀ)/det(I − zA) in lowest terms, in the symbol `Z`: x⁺ = R(hλ)x on x' = λx."""
    A, b = sp.Matrix(tableau.A), sp.Matrix([tableau.b])
    identity, ones = sp.eye(tableau.stages), sp.ones(tableau.stages, 1)
    numerator = (identity - Z * A + Z * ones * b).det(method="berkowitz")
    denominator = (identity - Z * A).det(method="berkowitz")
    return sp.cancel(sp.expand(numerator) / sp.expand(denominator))


def _numerator_and_denominator(tableau: Tableau) -> list[list[Any]]:
    """The coefficients of R, highest power first."""
    return [sp.Poly(part, Z).all_coeffs() for part in sp.fraction(stability_function(tableau))]


def amplification(tableau: Tableau, z: Any) -> Any:
    """R(z) at a number, an array (complex too), a tensor, an expression or a ball z."""
    numerator, denominator = _numerator_and_denominator(tableau)

    def horner(coefficients: Sequence[Any]) -> Any:
        value = scalar(coefficients[0], z) + 0 * z
        for coefficient in coefficients[1:]:
            value = value * z + scalar(coefficient, z)
        return value

    return horner(numerator) / horner(denominator)


# ---------------------------------------------------------------- one step in four arithmetics


def step(tableau: Tableau, f: Field, t: Any, x: Any, h: Any) -> Any:
    """One explicit step in the arithmetic of x.

        k_i = f(t + c_i h, x + h Σ_{j<i} a_ij k_j),    x⁺ = x + h Σ b_i k_i.
    f(t, x): shape of x.  t, h: exact, or in the arithmetic of x.  An implicit scheme raises ValueError.
    """
    if not tableau.is_explicit:
        raise ValueError(f"{tableau.name} is implicit: use implicit_step, or linear_step for x' = Mx")
    return _step(_in_arithmetic_of(x, tableau), f, scalar(t, x), x, scalar(h, x))


def _step(coefficients: Any, f: Field, t: Any, x: Any, h: Any) -> Any:
    A, b, c = coefficients
    k: list[Any] = []
    for a_i, c_i in zip(A, c, strict=True):
        k.append(f(t + c_i * h, _moved(x, h, a_i, k)))
    return _moved(x, h, b, k)


def _moved(x: Any, h: Any, weights: Sequence[tuple[int, Any]], k: Sequence[Any]) -> Any:
    """x + h Σ w_j k_j over the weights (j, w_j) that are not zero."""
    if not weights:
        return x
    first, *rest = (w * k[j] for j, w in weights)
    return x + h * sum(rest, first)


def _in_arithmetic_of(x: Any, tableau: Tableau) -> Any:
    """A and b as rows of (j, a_ij) without the zeros, and c, in the arithmetic of x."""

    def row(values: Sequence[Exact]) -> list[tuple[int, Any]]:
        return [(j, scalar(value, x)) for j, value in enumerate(values) if value != 0]

    return [row(a_i) for a_i in tableau.A], row(tableau.b), [scalar(c_i, x) for c_i in tableau.c]


def integrate(tableau: Tableau, f: Field, t0: Any, t1: Any, x0: Any, n: int, **solver: Any) -> Any:
    """x_n after n equal steps from t0 to t1; `solver` goes to `implicit_step`."""
    return trajectory(tableau, f, t0, t1, x0, n, **solver)[-1]


def trajectory(tableau: Tableau, f: Field, t0: Any, t1: Any, x0: Any, n: int, **solver: Any) -> list[Any]:
    """[x_0, …, x_n] at t_k = t0 + (k/n)(t1 − t0); `solver` goes to `implicit_step`."""
    if n < 1:
        raise ValueError(f"trajectory() got n = {n}: expected at least one step")
    start, length = scalar(t0, x0), scalar(t1, x0) - scalar(t0, x0)
    h = length / n
    coefficients = _in_arithmetic_of(x0, tableau) if tableau.is_explicit else None
    states = [x0]
    for k in range(n):
        t = start + scalar(F(k, n), x0) * length
        if coefficients is not None:
            states.append(_step(coefficients, f, t, states[-1], h))
        else:
            states.append(implicit_step(tableau, f, t, states[-1], h, **solver))
    return states


# ---------------------------------------------------------------- implicit schemes


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

    P, Q = _numerator_and_denominator(tableau)
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
