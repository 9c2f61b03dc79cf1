r"""What an error of the field does to its equilibria and bifurcations: to first order, and with constants.

Let f(x*) = 0 with an invertible A = Df(x*), K = ‖A⁻¹‖, ‖D²f‖ <= M, and f̂ = f + e with |e(x*)| <= ε, ‖De‖ <= ε₁ nearby.
The map x ↦ x − A⁻¹f̂(x) takes the ball of radius r about x* into one of radius K(ε + ε₁r + Mr²/2) and contracts by
K(ε₁ + Mr).  So for the least r with

    K(ε + ε₁r + Mr²/2) = r,     r = 2ε/(s + √(s² − 2Mε)),  s = 1/K − ε₁ > 0,

f̂ has exactly one zero x̂ in the ball.  Equality: f = x/K − Mx²/2, e = −ε − ε₁x.  A Hopf or a fold point is a zero of an
extended system G, the field with its trace (in the plane) or its slope beside it; its error holds De as well, so ε₁
bounds second derivatives there.  To first order it moves by −DG⁻¹G_e, G_e the extended error at the true point.

Source: L. V. Kantorovich, on Newton's method; Y. A. Kuznetsov, Elements of Applied Bifurcation Theory, 3 and 10;
R. Byers, SIAM J. Sci. Stat. Comput. 9 (1988); the coefficients are derived here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gronwall.theory.arithmetic import exp, scalar
from gronwall.theory.bifurcations.boundary import coexistence

__all__ = ["affine_error", "distance_to_instability", "fold_shift", "hopf_shift", "persistence_radius"]


def persistence_radius(K: Any, M: Any, error: Any, error_slope: Any) -> float:
    """The least r with K(ε + ε₁r + Mr²/2) = r: exactly one zero of f̂ lies so near to x*; NaN where there is no such r.

    r = 2ε/(s + √(s² − 2Mε)), s = 1/K − ε₁.
    """
    s = 1 / K - error_slope
    root = s * s - 2 * M * error
    if s <= 0 or root < 0:
        return math.nan
    return float(2 * error) / (float(s) + math.sqrt(root))


def hopf_shift(alpha: Any, e1: Any, e2: Any, divergence: Any) -> Any:
    """First-order shift of the predator–prey system's α_H under an error (e₁, e₂) of that divergence at the point.

    δα = (9y*e₁ + (3y* − 6 + 40αE)e₂ − 3y* div e)/(3y*(3 − 8E)),  E = e^{−5/3}, y* = y*(α_H).
    """
    E, y = exp(scalar(Fraction(-5, 3), alpha)), coexistence(alpha)[1]
    return (9 * y * e1 + (3 * y - 6 + 40 * alpha * E) * e2 - 3 * y * divergence) / (3 * y * (3 - 8 * E))


def fold_shift(x: Any, alpha: Any, error: Any, slope: Any) -> tuple[Any, Any]:
    """First-order shift (δx, δα) of the fold of the boundary under an error of x' that is e with slope e' there.

    f = 3x(1 − x) − α(1 − e^{−5x}) = 0 = f_x:   δα = e/(1 − e^{−5x}),   δx = −(e' + f_xα δα)/f_xx,
    f_xα = −5e^{−5x}, f_xx = 25αe^{−5x} − 6.
    """
    E = exp(-5 * x)
    moved = error / (1 - E)
    return -(slope - 5 * E * moved) / (25 * alpha * E - 6), moved


def distance_to_instability(A: Any) -> float:
    """min_ω σ_min(iω − A): every E that brings an eigenvalue of A + E to the imaginary axis is at least so large.

    Bisection: σ is above it iff ((A, −σ), (σ, −Aᵀ)) has an eigenvalue on the axis (R. Byers 1988).
    A: (d, d) floats without an eigenvalue on the axis.  The value is from below, to twelve digits.
    """
    d, lo, hi = len(A), 0.0, float(np.linalg.svd(A, compute_uv=False)[-1])
    scale = float(np.linalg.norm(A, 2))
    while hi - lo > 1e-12 * hi:
        sigma = (lo + hi) / 2
        hamiltonian = np.block([[A, -sigma * np.eye(d)], [sigma * np.eye(d), -A.T]])
        on_axis = bool(abs(np.linalg.eigvals(hamiltonian).real).min() < 1e-9 * scale)
        lo, hi = (lo, sigma) if on_axis else (sigma, hi)
    return lo


def affine_error(s: Any, errors: Sequence[Any], distances: Sequence[Any], slope: Any) -> Any:
    """|1 − s|(ε₀ + 2Λd₀) + |s|(ε₁ + 2Λd₁): how wrong a learned field may be at α = α₀ + s(α₁ − α₀).

    Both fields are affine in α; at α_i they differ by no more than ε_i on K_i and have the Lipschitz constant Λ, and
    the place lies at a distance d_i from K_i.
    """
    away = [error + 2 * slope * distance for error, distance in zip(errors, distances, strict=True)]
    return abs(1 - s) * away[0] + abs(s) * away[1]
