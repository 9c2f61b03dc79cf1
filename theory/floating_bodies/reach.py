r"""How near fields of a structure can come to one with drag: lower bounds by duality, and residuals.

On a box Π(−L_i, L_i) with the mean ⟨·⟩ over it, let g be free of divergence (every Hamiltonian field J∇H is) and φ
vanish on the boundary.  Then ⟨φ div f⟩ = −⟨∇φ·(f − g)⟩, so

    ‖f − g‖ >= |⟨φ div f⟩|/‖∇φ‖,

and for a constant divergence −k the best φ is k w with −Δw = 1, w = 0 on the boundary:

    ‖f − g‖² >= k² ⟨w⟩ = k² Σ_{n odd} Π_i 8/(π² n_i²) / Σ_i (n_iπ/2L_i)².

In the plane that is attained, for there what is free of divergence is Hamiltonian.

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

__all__ = ["hamiltonian_distance", "rotating_drag", "structured", "unreachable"]

Array = NDArray[np.float64]


def unreachable(k: float, sides: tuple[float, ...], modes: int = 40) -> float:
    """√(k² Σ Π 8/(π²n_i²)/Σ(n_iπ/2L_i)²) over odd n_i below 2·modes: no divergence-free field is nearer."""
    odd = np.arange(1, 2 * modes, 2)
    total = 0.0
    for n in product(odd, repeat=len(sides)):
        weight = float(np.prod([8 / (np.pi * n_i) ** 2 for n_i in n]))
        total += weight / sum((n_i * np.pi / (2 * L)) ** 2 for n_i, L in zip(n, sides, strict=True))
    return float(k * np.sqrt(total))


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
