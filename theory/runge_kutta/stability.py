r"""What a tableau says about the scheme as a whole: its adjoint, symmetry, and the stability function R(z).

Source: E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I (II.8) = HNW; E. Hairer, G. Wanner,
the same II (IV.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sympy as sp

from gronwall.theory.arithmetic import scalar
from gronwall.theory.runge_kutta.tableaux import Tableau, exact

__all__ = [
    "Z", "amplification", "is_symmetric", "is_symplectic", "numerator_and_denominator", "reflected",
    "stability_function",
]  # fmt: skip


def reflected(tableau: Tableau) -> Tableau:
    """The adjoint scheme Φ*_h = (Φ_{−h})⁻¹ (HNW II.8), with i' = s + 1 − i:

        a*_ij = b_j' − a_i'j',  b*_i = b_i',  c*_i = 1 − c_i'.
    Raises ValueError when Σ b_i ≠ 1 (then c* ≠ A*·1).
    """
    A, b, c = tableau.A[::-1], tableau.b[::-1], tableau.c[::-1]
    A_star = tuple(tuple(exact(b_j - a) for b_j, a in zip(b, row[::-1], strict=True)) for row in A)
    c_star = tuple(exact(1 - c_i) for c_i in c)
    rounding = 2 * tableau.largest_rounding
    return Tableau(
        f"adjoint of {tableau.name}", A_star, b, c_star, tableau.order, source=tableau.source, rounding=rounding
    )


def is_symmetric(tableau: Tableau) -> bool:
    """True when the scheme with these stages is its own adjoint (sufficient; HNW II.8)."""
    other = reflected(tableau)
    pairs = zip(sum(tableau.A, tableau.b), sum(other.A, other.b), strict=True)
    return all(exact(a - b) == 0 for a, b in pairs)


def is_symplectic(tableau: Tableau) -> bool:
    """True when b_i a_ij + b_j a_ji = b_i b_j for all i, j: quadratic invariants are kept (Sanz-Serna
    1988)."""
    A, b, s = tableau.A, tableau.b, range(tableau.stages)
    return all(exact(b[i] * A[i][j] + b[j] * A[j][i] - b[i] * b[j]) == 0 for i in s for j in s)


Z = sp.Symbol("z")


@cache
def stability_function(tableau: Tableau) -> Any:
    """R(z) = det(I − zA + z 1 bᵀ)/det(I − zA) in lowest terms, in the symbol `Z`: x⁺ = R(hλ)x on x' = λx."""
    A, b = sp.Matrix(tableau.A), sp.Matrix([tableau.b])
    identity, ones = sp.eye(tableau.stages), sp.ones(tableau.stages, 1)
    numerator = (identity - Z * A + Z * ones * b).det(method="berkowitz")
    denominator = (identity - Z * A).det(method="berkowitz")
    return sp.cancel(sp.expand(numerator) / sp.expand(denominator))


def numerator_and_denominator(tableau: Tableau) -> list[list[Any]]:
    """The coefficients of R, highest power first."""
    return [sp.Poly(part, Z).all_coeffs() for part in sp.fraction(stability_function(tableau))]


def amplification(tableau: Tableau, z: Any) -> Any:
    """R(z) at a number, an array (complex too), a tensor, an expression or a ball z."""
    numerator, denominator = numerator_and_denominator(tableau)

    def horner(coefficients: Sequence[Any]) -> Any:
        value = scalar(coefficients[0], z) + 0 * z
        for coefficient in coefficients[1:]:
            value = value * z + scalar(coefficient, z)
        return value

    return horner(numerator) / horner(denominator)
