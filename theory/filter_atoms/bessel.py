r"""Atoms of Fourier and Bessel on the unit disk, F = Σ a_k ψ_k, ‖a‖_FB = (Σ μ_k a_k²)^(1/2) = ‖∇F‖.

    mass              ∫|F| <= (π/8)^(1/2) ‖a‖_FB:      ∫|F| = ∫∇|F|·∇u <= ‖∇F‖ ‖∇u‖,  −Δu = 1, ‖∇u‖² = ∫u = π/8
    moment            ∫|v||∇F| <= (π/2)^(1/2) ‖a‖_FB:  Cauchy and Schwarz, ∫|v|² = π/2
    K radial atoms    max ∫F/‖a‖_FB = (4π Σ_{k<=K} j_{0k}⁻⁴)^(1/2), and Σ_k j_{0k}⁻⁴ = 1/32 (Rayleigh)

F = 1 − r² attains both.  An atom is ψ_{mq} = c J_m(j_{mq} r) cos(mφ) with μ = j_{mq}², of norm 1.

Source: Q. Qiu et al., DCFNet (2018), bounds both by π‖a‖_FB; the sharp constants are derived here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import jn_zeros, jv

from gronwall.theory import rigor
from gronwall.theory.arithmetic import sqrt

__all__ = ["MASS", "MOMENT", "atom", "most_radial", "quadrature", "rayleigh", "zero"]

Array = NDArray[np.float64]
MASS = np.sqrt(np.pi / 8)
MOMENT = np.sqrt(np.pi / 2)


def atom(m: int, q: int, r: Array, phi: Array) -> tuple[Array, Array, Array, float]:
    """ψ, ∂ψ/∂r, (1/r)∂ψ/∂φ at polar points, and μ, of the atom of m waves around and q zeros along a radius."""
    j = float(jn_zeros(m, q)[-1])
    c = np.sqrt((2.0 if m else 1.0) / np.pi) / abs(jv(m + 1, j))
    slope = (jv(m - 1, j * r) - jv(m + 1, j * r)) / 2 * j
    around = -m * jv(m, j * r) / np.maximum(r, 1e-300) * np.sin(m * phi)
    return c * jv(m, j * r) * np.cos(m * phi), c * slope * np.cos(m * phi), c * around, j * j


def quadrature(nodes: int = 40, around: int = 64) -> tuple[Array, Array, Array]:
    """r, φ and weights r dr dφ of a rule on the disk, flat: Gauss and Legendre along, equal angles around."""
    t, weight = np.polynomial.legendre.leggauss(nodes)
    r = (t + 1) / 2
    phi = 2 * np.pi * (np.arange(around) + 0.5) / around
    R, PHI = np.meshgrid(r, phi, indexing="ij")
    return R.ravel(), PHI.ravel(), np.outer(weight / 2 * r, np.full(around, 2 * np.pi / around)).ravel()


# ---------------------------------------------------------------- in balls


def zero(k: int) -> Any:
    """A ball that contains j_{0k}, the only zero of J₀ in ((k − 1/4)π, (k − 1/8)π): a bracket where J₀ changes sign."""
    near = Fraction(float(jn_zeros(0, k)[-1]))
    for width in (Fraction(1, 2**44), Fraction(1, 2**36), Fraction(1, 2**20)):
        low, high = rigor.ball(near - width), rigor.ball(near + width)
        inside = low > rigor.pi() * rigor.ball(Fraction(4 * k - 1, 4)) and high < rigor.pi() * rigor.ball(
            Fraction(8 * k - 1, 8)
        )
        if inside and (low.bessel_j(0) * high.bessel_j(0)) < 0:
            return rigor.hull(low, high)
    raise RuntimeError(f"no bracket of the zero {k} of J₀ near {float(near)}")


def most_radial(K: int) -> Any:
    """(4π Σ_{k<=K} j_{0k}⁻⁴)^(1/2), a ball."""
    return sqrt(4 * rigor.pi() * sum((1 / zero(k) ** 4 for k in range(1, K + 1)), rigor.ball(0)))


def rayleigh(K: int) -> Any:
    """Σ_k j_{0k}⁻⁴, a ball: K terms, and between ∫ from K + 1/2 … and what (k − 1/4)π < j_{0k} < (k − 1/8)π leave.

    Σ_{k>K} (k − c)⁻⁴ lies between ∫_{K+1}^∞ (x − c)⁻⁴ dx and ∫_{K+1/2}^∞ (x − c)⁻⁴ dx (x⁻⁴ is convex), (K + ½ − c)⁻³/3.
    """
    pi4 = rigor.pi() ** 4
    least = 1 / (3 * rigor.ball(K + 1 - Fraction(1, 8)) ** 3 * pi4)
    most = 1 / (3 * rigor.ball(K + Fraction(1, 2) - Fraction(1, 4)) ** 3 * pi4)
    return sum((1 / zero(k) ** 4 for k in range(1, K + 1)), rigor.ball(0)) + rigor.hull(least, most)
