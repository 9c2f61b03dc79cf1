r"""How near fields of a structure can come to one with drag: lower bounds by duality, and residuals.

On a box Π(−L_i, L_i) with the mean ⟨·⟩ over it, let g be free of divergence (every Hamiltonian field J∇H is) and φ
vanish on the boundary.  Then ⟨φ div f⟩ = −⟨∇φ·(f − g)⟩, so

    ‖f − g‖ >= |⟨φ div f⟩|/‖∇φ‖,

and for a constant divergence −k the best φ is k w with −Δw = 1, w = 0 on the boundary:

    ‖f − g‖² >= k² ⟨w⟩ = k² Σ_{n odd} Π_i 8/(π² n_i²) / Σ_i (n_iπ/2L_i)².

In the plane that is attained, for there what is free of divergence is Hamiltonian.

In the plane ⟨w⟩ is known by one series too, as the torsion of a rectangle:

    ⟨w⟩ = L₁²/3 (1 − (192/π⁵)(L₁/L₂) Σ_{n odd} tanh(nπL₂/2L₁)/n⁵).

A field g = J∇H + ∇D in (x, v), two of each, has curl_x g_v + curl_v g_x = 0, while f = (v, −k(v − u)) has k ω(x), ω the
vorticity of the flow.  So with −Δw = kω and w = 0 on the boundary of a box in all four

    ‖f − g‖² >= ⟨w kω⟩,    for a rotation (2kΩ)² Σ_{n odd} Π_i 8/(π² n_i²) / Σ_i (n_iπ/2L_i)²,

and f − g = (∇_v^⊥ w, ∇_x^⊥ w) attains it.

A field J∇H + ∇D has Jacobians J S₁ + S₂ with symmetric S_i: in 2n dimensions a space of n(3n + 1) of (2n)².  The
linear field x' = v, v' = −k(v − ΩJ₂x) of a body in a solid rotation is kΩ away from it in the Frobenius norm: its curl
in x cannot be had where x' = v is.

Source: S. Greydanus et al. (2019) and A. Sosanya, S. Greydanus (2022) for the structures; the bounds are derived here.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.theory import rigor
from gronwall.theory.arithmetic import tanh

__all__ = [
    "dissipative_distance", "hamiltonian_distance", "rotating_drag", "structured", "torsion_doubly", "torsion_singly",
    "unreachable",
]  # fmt: skip

Array = NDArray[np.float64]


def unreachable(k: float, sides: tuple[float, ...], modes: int = 40) -> float:
    """√(k² Σ Π 8/(π²n_i²)/Σ(n_iπ/2L_i)²) over odd n_i below 2·modes: no divergence-free field is nearer."""
    odd = np.arange(1, 2 * modes, 2)
    n = np.array(np.meshgrid(*[odd] * len(sides), indexing="ij")).reshape(len(sides), -1)
    weight = np.prod(8 / (np.pi * n) ** 2, axis=0)
    return float(k * np.sqrt((weight / ((n * np.pi / (2 * np.array(sides)[:, None])) ** 2).sum(axis=0)).sum()))


def torsion_doubly(sides: tuple[Any, Any], odd: int) -> Any:
    """⟨w⟩ in the plane by the double series over odd n, m < odd, a ball: what is left is at most 256/π⁶ (L₁² + L₂²)
    (π²/8)/(6 (odd − 2)³).

    Of 64/π⁴ (4/π²)/(n²m²(n²/L₁² + m²/L₂²)): for n >= odd the terms are below L₁²/(n⁴m²), Σ 1/m² = π²/8 over odd m, and
    Σ_{n >= odd} 1/n⁴ <= 1/(6 (odd − 2)³); the other way round alike.
    """
    pi, (first, second) = rigor.pi(), map(rigor.ball, sides)
    total = rigor.ball(0)
    for n in range(1, odd, 2):
        for m in range(1, odd, 2):
            total += 1 / (n * n * m * m * (n * n / first**2 + m * m / second**2))
    left = pi**2 / 8 * (first**2 + second**2) / (6 * (odd - 2) ** 3)
    return 256 / pi**6 * (total + rigor.hull(0, left))


def torsion_singly(sides: tuple[Any, Any], odd: int) -> Any:
    """⟨w⟩ in the plane by the single series over odd n < odd, a ball; what is left of Σ tanh/n⁵ is at most 1/(8 (odd − 2)⁴)."""  # noqa: E501
    pi, (first, second) = rigor.pi(), map(rigor.ball, sides)
    total = sum((tanh(n * pi * second / (2 * first)) / n**5 for n in range(1, odd, 2)), rigor.ball(0))
    total = total + rigor.hull(0, rigor.ball(1) / (8 * (odd - 2) ** 4))
    return first**2 / 3 * (1 - 192 / pi**5 * first / second * total)


def hamiltonian_distance(k: float, sides: tuple[float, float], degree: int) -> float:
    """The root mean square distance of (v, −kv) on the box from (H_v, −H_x), H the best polynomial of a degree.

    By Gauss and Legendre's quadrature, exact for these polynomials, and least squares.
    """
    nodes, weights = np.polynomial.legendre.leggauss(degree + 2)
    x, v = (grid.ravel() for grid in np.meshgrid(nodes, nodes, indexing="ij"))
    root = np.sqrt(np.outer(weights, weights).ravel() / 4)
    columns = []
    for i, j in product(range(degree + 1), repeat=2):
        if 0 < i + j <= degree:
            one = np.zeros((degree + 1, degree + 1))
            one[i, j] = 1.0
            by_x, by_v = (np.polynomial.legendre.legder(one, axis=axis) for axis in (0, 1))
            slopes = [np.polynomial.legendre.legval2d(x, v, by) / L for by, L in ((by_v, sides[1]), (by_x, sides[0]))]
            columns.append(np.concatenate([root * slopes[0], -root * slopes[1]]))
    field = np.concatenate([root * sides[1] * v, -root * k * sides[1] * v])
    A = np.stack(columns, axis=1)
    best = np.linalg.lstsq(A, field, rcond=None)[0]
    return float(np.linalg.norm(A @ best - field))


def dissipative_distance(k: float, omega: float, sides: tuple[float, float, float, float], degree: int) -> float:
    """The root mean square distance of (v, −k(v − Ω(−y, x))) on a box from J∇H + ∇D, polynomials of a degree.

    Even ones, as the field is odd; by Gauss and Legendre's quadrature and least squares.
    """
    nodes, weights = np.polynomial.legendre.leggauss(degree)
    z = [grid.ravel() for grid in np.meshgrid(*[nodes] * 4, indexing="ij")]
    root = np.sqrt(np.prod(np.meshgrid(*[weights / 2] * 4, indexing="ij"), axis=0).ravel())
    basis = np.eye(degree + 1)
    value = [[np.polynomial.legendre.legval(at, one) for one in basis] for at in z]
    slope = [[np.polynomial.legendre.legval(at, np.polynomial.legendre.legder(one)) / L for one in basis]
             for at, L in zip(z, sides, strict=True)]  # fmt: skip
    columns = []
    for powers in product(range(degree + 1), repeat=4):
        if 0 < sum(powers) <= degree and sum(powers) % 2 == 0:
            grad = [
                root * np.prod([(slope if a == b else value)[b][power] for b, power in enumerate(powers)], axis=0)
                for a in range(4)
            ]
            columns += [np.concatenate(grad), np.concatenate([grad[2], grad[3], -grad[0], -grad[1]])]
    x, y, vx, vy = (root * L * at for L, at in zip(sides, z, strict=True))
    field = np.concatenate([vx, vy, -k * (vx + omega * y), -k * (vy - omega * x)])
    A = np.stack(columns, axis=1)
    best = np.linalg.lstsq(A, field, rcond=None)[0]
    return float(np.linalg.norm(A @ best - field))


def structured(n: int) -> Array:
    """A basis, not independent, of J S₁ + S₂ in 2n dimensions: rows of (2n)² entries."""
    d = 2 * n
    J = np.block([[np.zeros((n, n)), np.eye(n)], [-np.eye(n), np.zeros((n, n))]])
    rows = []
    for i in range(d):
        for j in range(i, d):
            S = np.zeros((d, d))
            S[i, j] = S[j, i] = 1.0
            rows += [(J @ S).ravel(), S.ravel()]
    return np.array(rows)


def rotating_drag(k: Any, omega: Any) -> Array:
    """The Jacobian of x' = v, v' = −k(v − Ω(−y, x)): 4 x 4."""
    k, omega = float(k), float(omega)
    rotation = np.array([[0.0, -omega], [omega, 0.0]])
    return np.block([[np.zeros((2, 2)), np.eye(2)], [k * rotation, -k * np.eye(2)]])
