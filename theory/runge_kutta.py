r"""Runge–Kutta schemes as data: tableaux, order conditions by rooted trees, stability functions, and one step.

A scheme with s stages takes x ≈ x(t) to x(t + h) by
    k_i = f(t + c_i h, x + h Σ_j a_ij k_j),    x⁺ = x + h Σ_i b_i k_i,    i, j = 1 … s.
The coefficients are exact (Fractions, SymPy numbers where √3 or √6 enters), so order, principal error and stability
are algebra; `step` runs the same tableau on NumPy arrays, tensors, SymPy expressions and balls.

Source: E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I (II.1–II.3, II.8), II (IV.3, IV.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from functools import cache
from itertools import combinations_with_replacement
from math import factorial, prod
from typing import Any

import numpy as np
import sympy as sp

from theory import rigor
from theory.arithmetic import kind, scalar

Exact = Any  # Fraction, or a SymPy number where the coefficient is irrational
Field = Callable[[Any, Any], Any]  # f(t, x)
Tree = tuple[Any, ...]  # a rooted tree is the sorted tuple of its subtrees; () is the single node


@dataclass(frozen=True)
class Tableau:
    """The coefficients of a scheme: A (s rows of s), weights b, nodes c, and the order they are claimed to have.

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
        s = len(self.b)
        lengths = [len(self.A), len(self.c), *map(len, self.A), *([len(self.embedded)] if self.embedded else [])]
        if s == 0 or any(length != s for length in lengths):
            raise ValueError(f"{self.name}: got {s} weights and lengths {lengths}: expected {s} everywhere, A square")
        for value in (*self.b, *self.c, *(self.embedded or ()), *(a for row in self.A for a in row)):
            if not rigor.is_exact(value):
                raise TypeError(f"{self.name}: got the coefficient {value!r}: expected an exact one, Fraction(1, 3)")
        for i, row in enumerate(self.A):
            if _exact(sum(row) - self.c[i]) != 0:
                raise ValueError(f"{self.name}: row {i} of A sums to {_exact(sum(row))}, but c[{i}] = {self.c[i]}")

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


# ---------------------------------------------------------------- the schemes

_3, _6 = sp.sqrt(3), sp.sqrt(6)

EULER = Tableau("explicit Euler", ((F(0),),), (F(1),), (F(0),), 1, source="Euler 1768")
MIDPOINT = Tableau(
    "explicit midpoint", ((F(0), F(0)), (F(1, 2), F(0))), (F(0), F(1)), (F(0), F(1, 2)), 2, source="Runge 1895"
)
HEUN = Tableau("Heun", ((F(0), F(0)), (F(1), F(0))), (F(1, 2), F(1, 2)), (F(0), F(1)), 2, source="Heun 1900")
RALSTON = Tableau(
    "Ralston", ((F(0), F(0)), (F(2, 3), F(0))), (F(1, 4), F(3, 4)), (F(0), F(2, 3)), 2, source="Ralston 1962"
)
KUTTA3 = Tableau(
    "Kutta's third-order rule",
    ((F(0), F(0), F(0)), (F(1, 2), F(0), F(0)), (F(-1), F(2), F(0))),
    (F(1, 6), F(2, 3), F(1, 6)),
    (F(0), F(1, 2), F(1)),
    3,
    source="Kutta 1901",
)
RK4 = Tableau(
    "the classical Runge–Kutta scheme",
    (
        (F(0), F(0), F(0), F(0)),
        (F(1, 2), F(0), F(0), F(0)),
        (F(0), F(1, 2), F(0), F(0)),
        (F(0), F(0), F(1), F(0)),
    ),
    (F(1, 6), F(1, 3), F(1, 3), F(1, 6)),
    (F(0), F(1, 2), F(1, 2), F(1)),
    4,
    source="Kutta 1901",
)
THREE_EIGHTHS = Tableau(
    "the 3/8 rule",
    (
        (F(0), F(0), F(0), F(0)),
        (F(1, 3), F(0), F(0), F(0)),
        (F(-1, 3), F(1), F(0), F(0)),
        (F(1), F(-1), F(1), F(0)),
    ),
    (F(1, 8), F(3, 8), F(3, 8), F(1, 8)),
    (F(0), F(1, 3), F(2, 3), F(1)),
    4,
    source="Kutta 1901",
)
DORMAND_PRINCE = Tableau(
    "Dormand–Prince 5(4)",
    (
        (F(0), F(0), F(0), F(0), F(0), F(0), F(0)),
        (F(1, 5), F(0), F(0), F(0), F(0), F(0), F(0)),
        (F(3, 40), F(9, 40), F(0), F(0), F(0), F(0), F(0)),
        (F(44, 45), F(-56, 15), F(32, 9), F(0), F(0), F(0), F(0)),
        (F(19372, 6561), F(-25360, 2187), F(64448, 6561), F(-212, 729), F(0), F(0), F(0)),
        (F(9017, 3168), F(-355, 33), F(46732, 5247), F(49, 176), F(-5103, 18656), F(0), F(0)),
        (F(35, 384), F(0), F(500, 1113), F(125, 192), F(-2187, 6784), F(11, 84), F(0)),
    ),
    (F(35, 384), F(0), F(500, 1113), F(125, 192), F(-2187, 6784), F(11, 84), F(0)),
    (F(0), F(1, 5), F(3, 10), F(4, 5), F(8, 9), F(1), F(1)),
    5,
    (F(5179, 57600), F(0), F(7571, 16695), F(393, 640), F(-92097, 339200), F(187, 2100), F(1, 40)),
    4,
    source="Dormand, Prince 1980",
)
IMPLICIT_EULER = Tableau("implicit Euler", ((F(1),),), (F(1),), (F(1),), 1, source="Radau IIA, one stage")
IMPLICIT_MIDPOINT = Tableau(
    "implicit midpoint", ((F(1, 2),),), (F(1),), (F(1, 2),), 2, source="Gauss, one stage; Butcher 1964"
)
TRAPEZOID = Tableau(
    "trapezoid", ((F(0), F(0)), (F(1, 2), F(1, 2))), (F(1, 2), F(1, 2)), (F(0), F(1)), 2, source="Lobatto IIIA"
)
GAUSS4 = Tableau(
    "Gauss, two stages",
    ((F(1, 4), F(1, 4) - _3 / 6), (F(1, 4) + _3 / 6, F(1, 4))),
    (F(1, 2), F(1, 2)),
    (F(1, 2) - _3 / 6, F(1, 2) + _3 / 6),
    4,
    source="Hammer, Hollingsworth 1955",
)
RADAU3 = Tableau(
    "Radau IIA, two stages",
    ((F(5, 12), F(-1, 12)), (F(3, 4), F(1, 4))),
    (F(3, 4), F(1, 4)),
    (F(1, 3), F(1)),
    3,
    source="Ehle 1969",
)
RADAU5 = Tableau(
    "Radau IIA, three stages",
    (
        ((88 - 7 * _6) / 360, (296 - 169 * _6) / 1800, (-2 + 3 * _6) / 225),
        ((296 + 169 * _6) / 1800, (88 + 7 * _6) / 360, (-2 - 3 * _6) / 225),
        ((16 - _6) / 36, (16 + _6) / 36, F(1, 9)),
    ),
    ((16 - _6) / 36, (16 + _6) / 36, F(1, 9)),
    ((4 - _6) / 10, (4 + _6) / 10, F(1)),
    5,
    source="Ehle 1969",
)

SCHEMES: dict[str, Tableau] = {
    "euler": EULER,
    "midpoint": MIDPOINT,
    "heun": HEUN,
    "ralston": RALSTON,
    "kutta3": KUTTA3,
    "rk4": RK4,
    "three_eighths": THREE_EIGHTHS,
    "dormand_prince": DORMAND_PRINCE,
    "implicit_euler": IMPLICIT_EULER,
    "implicit_midpoint": IMPLICIT_MIDPOINT,
    "trapezoid": TRAPEZOID,
    "gauss4": GAUSS4,
    "radau3": RADAU3,
    "radau5": RADAU5,
}


# ---------------------------------------------------------------- rooted trees and order


@cache
def rooted_trees(order: int) -> tuple[Tree, ...]:
    """All rooted trees with `order` nodes: 1, 1, 2, 4, 9, 20 of them for order 1 … 6."""
    return tuple(sorted(_forests(order - 1, order - 1)))


@cache
def _forests(nodes: int, largest: int) -> tuple[Tree, ...]:
    """All multisets of trees with `nodes` nodes together and at most `largest` nodes each, as sorted tuples."""
    if nodes == 0:
        return ((),)
    found: list[Tree] = []
    for size in range(1, min(largest, nodes) + 1):  # the size of the largest tree, which occurs `count` times
        for count in range(1, nodes // size + 1):
            for chosen in combinations_with_replacement(rooted_trees(size), count):
                found += [tuple(sorted(chosen + rest)) for rest in _forests(nodes - size * count, size - 1)]
    return tuple(found)


def tree_order(tree: Tree) -> int:
    """|τ|, the number of nodes."""
    return 1 + sum(map(tree_order, tree))


def density(tree: Tree) -> int:
    """γ(τ) = |τ| Π γ(subtree)."""
    return tree_order(tree) * prod(map(density, tree))


def symmetry(tree: Tree) -> int:
    """σ(τ) = Π m! σ(subtree)^m over the different subtrees, m their multiplicity."""
    return prod(factorial(tree.count(t)) * symmetry(t) ** tree.count(t) for t in set(tree))


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
    """The residuals φ(τ) − 1/γ(τ) of all trees with at most `order` nodes, exactly (HNW II.2, theorem 2.13).

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
    """(Σ ((φ(τ) − 1/γ(τ))/σ(τ))²)^(1/2) over the trees with order + 1 nodes, as a SymPy number (HNW II.3).

    order: the order of the scheme (default: the claimed one).  The local error is h^(p+1) Σ e(τ) F(τ)(x) + O(h^(p+2))
    with these coefficients e(τ), so the norm compares schemes of one order on a problem of unit differentials.
    """
    nodes = (tableau.order if order is None else order) + 1
    residuals = order_conditions(tableau, nodes)
    return sp.sqrt(sp.expand(sum(sp.sympify(residuals[t] / symmetry(t)) ** 2 for t in rooted_trees(nodes))))


# ---------------------------------------------------------------- structure and stability


def reflected(tableau: Tableau) -> Tableau:
    """The adjoint scheme Φ*_h = (Φ_{−h})⁻¹:  a*_ij = b_j' − a_i'j',  b*_i = b_i',  c*_i = 1 − c_i',  i' = s + 1 − i.

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
    """True when b_i a_ij + b_j a_ji = b_i b_j for all i, j: quadratic first integrals are kept (Sanz-Serna 1988)."""
    A, b, s = tableau.A, tableau.b, range(tableau.stages)
    return all(_exact(b[i] * A[i][j] + b[j] * A[j][i] - b[i] * b[j]) == 0 for i in s for j in s)


Z = sp.Symbol("z")


@cache
def stability_function(tableau: Tableau) -> Any:
    """R(z) = det(I − zA + z 1 bᵀ)/det(I − zA) in lowest terms, a SymPy expression in `Z`: x⁺ = R(hλ) x on x' = λx."""
    A, b = sp.Matrix(tableau.A), sp.Matrix([tableau.b])
    identity, ones = sp.eye(tableau.stages), sp.ones(tableau.stages, 1)
    numerator = (identity - Z * A + Z * ones * b).det(method="berkowitz")
    denominator = (identity - Z * A).det(method="berkowitz")
    return sp.cancel(sp.expand(numerator) / sp.expand(denominator))


def amplification(tableau: Tableau, z: Any) -> Any:
    """R(z) at a number, an array (complex too), a tensor, an expression or a ball z."""
    numerator, denominator = (sp.Poly(part, Z).all_coeffs() for part in sp.fraction(stability_function(tableau)))

    def horner(coefficients: Sequence[Any]) -> Any:
        value = scalar(coefficients[0], z) + 0 * z
        for coefficient in coefficients[1:]:
            value = value * z + scalar(coefficient, z)
        return value

    return horner(numerator) / horner(denominator)


# ---------------------------------------------------------------- one step in four arithmetics


def step(tableau: Tableau, f: Field, t: Any, x: Any, h: Any) -> Any:
    """x⁺ = x + h Σ b_i k_i,  k_i = f(t + c_i h, x + h Σ_{j<i} a_ij k_j): one explicit step in the arithmetic of x.

    f(t, x): shape of x.  t, h: exact numbers, or numbers in the arithmetic of x.  Implicit schemes raise ValueError.
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
    """x⁺ = x + h Σ b_i k_i with (I − h A ⊗ M) k = 1 ⊗ Mx: one step of any scheme on x' = Mx, with no iteration.

    M: d x d; x: d (NumPy), or one column in SymPy and Arb; exact there.
    """
    s, h = tableau.stages, scalar(h, x)
    if kind(x) == "numpy":
        A, b = np.array(tableau.A, dtype=float), np.array(tableau.b, dtype=float)
        k = np.linalg.solve(np.eye(s * len(x)) - h * np.kron(A, M), np.tile(M @ x, s)).reshape(s, -1)
        return x + h * (b @ k)
    d = M.shape[0] if kind(x) == "sympy" else M.nrows()
    Mx, rows, right = M * x, [], []
    for p in range(s * d):
        i, l = divmod(p, d)
        rows.append([int(p == q) - h * scalar(tableau.A[i][q // d], x) * M[l, q % d] for q in range(s * d)])
        right.append([Mx[l, 0]])
    k = sp.Matrix(rows).LUsolve(sp.Matrix(right)) if kind(x) == "sympy" else (
        rigor.matrix(rows).solve(rigor.matrix(right))
    )
    moved = [[x[l, 0] + h * sum((scalar(tableau.b[i], x) * k[i * d + l, 0] for i in range(1, s)),
                                scalar(tableau.b[0], x) * k[l, 0])] for l in range(d)]  # fmt: skip
    return sp.Matrix(moved).applyfunc(sp.together) if kind(x) == "sympy" else rigor.matrix(moved)


def implicit_step(
    tableau: Tableau, f: Field, t: Any, x: Any, h: Any, *,
    jacobian: Field | None = None, tol: float | None = None, max_iterations: int = 50,
) -> Any:  # fmt: skip
    r"""One step of any scheme in NumPy, by Newton's method on G_i(k) = k_i − f(t + c_i h, x + h Σ_j a_ij k_j) = 0.

    x: (d,) or a float.  jacobian(t, x): d x d, else central differences.  Each iteration solves
    (δ_ij I − h a_ij J_i) Δ = −G with J_i = ∂f/∂x at stage i, from k_i = f(t, x), until max|Δ| <= tol·max(1, max|k|)
    (default tol: 16 eps of the dtype) or, at that level of rounding, until Δ no longer shrinks.  On a linear problem
    with a jacobian the first iteration is exact up to rounding.
    A heuristic where f is not linear: the root that Newton finds need not be the one that tends to f(t, x) for h → 0.
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
        if size <= level * scale or (size >= before and size <= 1e3 * eps * scale):
            result = y + h * (b @ k)
            return result if np.ndim(x) else result[0]
        before = size
    raise RuntimeError(
        f"{tableau.name}: Newton moved by {before:.3g} after {max_iterations} iterations at t = {t}, h = {h}: "
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
