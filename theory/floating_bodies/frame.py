r"""Three degrees of freedom in the frame of the body: added masses, Coriolis terms, damping; and the ellipse.

    x' = R(θ)(u, v),  θ' = r;     M ν' + C(ν)ν + Dν = τ,   ν = (u, v, r),   M = diag(m₁, m₂, I),
    C(ν)ν = (−m₂ v r, m₁ u r, (m₂ − m₁)u v).

In still water νᵀC(ν)ν = 0, so (½νᵀMν)' = νᵀτ − νᵀDν; and without force and damping the impulses in the frame of the
water are kept, linear R(θ)(m₁u, m₂v) and angular I r + x × R(θ)(m₁u, m₂v), however m₁ and m₂ differ.

An ellipse with semi-axes a along the body and b across it, in a fluid of density ρ, has the added masses

    ρπb² along,  ρπa² across,  ρπ(a² − b²)²/8 about its centre

(a body of two dimensions, per unit of length).

Source: T. I. Fossen, Handbook of Marine Craft Hydrodynamics and Motion Control, 6 and 7; H. Lamb, Hydrodynamics, 71.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["coriolis", "ellipse_added_masses", "motion"]


def coriolis(nu: Sequence[Any], masses: Sequence[Any]) -> list[Any]:
    """C(ν)ν = (−m₂ v r, m₁ u r, (m₂ − m₁)u v)."""
    (u, v, r), (m1, m2, _) = nu, masses
    return [-m2 * v * r, m1 * u * r, (m2 - m1) * u * v]


def motion(nu: Sequence[Any], masses: Sequence[Any], damping: Sequence[Sequence[Any]], tau: Sequence[Any]) -> list[Any]:
    """ν' = M⁻¹(τ − C(ν)ν − Dν)."""
    lost = [sum(d * n for d, n in zip(row, nu, strict=True)) for row in damping]
    turned = coriolis(nu, masses)
    return [(t - c - d) / m for t, c, d, m in zip(tau, turned, lost, masses, strict=True)]


def ellipse_added_masses(a: Any, b: Any, density: Any, pi: Any) -> tuple[Any, Any, Any]:
    """ρπb² along the axis a, ρπa² across it, ρπ(a² − b²)²/8 about the centre."""
    return density * pi * b**2, density * pi * a**2, density * pi * (a**2 - b**2) ** 2 / 8
