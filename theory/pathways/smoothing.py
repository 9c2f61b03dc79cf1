r"""Derivatives from a series of samples: least squares on a window of polynomials, and what it misses.

Savitzky and Golay's weights for the derivative in the middle of 2m + 1 samples at distances h, by a quadratic:

    s'(0) ≈ Σ_j j s(jh)/(h Σ_j j²),   j = −m … m;   for m = 3: (−3, …, 3)/28h.

It is exact for quadratics.  On s it misses by no more than h² M₃ Σ j⁴/(6 Σ j²), M₃ = sup |s'''|, with equality for
cubics (7h²M₃/6 for m = 3); noise of variance 1 in the samples leaves 1/(h √Σ j²).

Whoever regresses such derivatives, then integrates f̂ with |f̂ − s'| <= ε along the series, ends within

    ε(e^{μT} − 1)/μ,   μ the logarithmic norm of the regressed field,

of it: with equality for f̂(s, t) = s'(t) + ε + μ(s − s(t)).

Source: A. Savitzky, M. J. E. Golay, Anal. Chem. 36 (1964); derived here.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

import sympy as sp

__all__ = ["derivative_bias", "derivative_gain", "derivative_weights", "integrated_error", "window_fit"]


def derivative_weights(m: int) -> list[Fraction]:
    """j/Σ j² for j = −m … m, in units of 1/h."""
    total = sum(j * j for j in range(-m, m + 1))
    return [Fraction(j, total) for j in range(-m, m + 1)]


def derivative_bias(m: int, h: Any, third: Any) -> Any:
    """h² s''' Σ j⁴/(6 Σ j²): what a third derivative of this size adds."""
    squares, fourths = (sum(j**power for j in range(-m, m + 1)) for power in (2, 4))
    return h * h * third * fourths / (factorial(3) * squares)


def derivative_gain(m: int) -> Any:
    """1/√Σ j²: the standard deviation that noise of unit variance leaves, in units of 1/h."""
    return 1 / sp.sqrt(sum(j * j for j in range(-m, m + 1)))


def window_fit(m: int, degree: int, derivative: int) -> list[Fraction]:
    """Weights of the derivative in the middle of the polynomial of least squares: row of (VᵀV)⁻¹Vᵀ, V_jk = j^k."""
    V = sp.Matrix(
        [[sp.Integer(j) ** k if j or k else sp.Integer(1) for k in range(degree + 1)] for j in range(-m, m + 1)]
    )
    row = (factorial(derivative) * (V.T * V).inv() * V.T).row(derivative)
    return [Fraction(int(weight.p), int(weight.q)) for weight in row]


def integrated_error(h: Any, m: int, third: Any, growth: Any) -> Any:
    """ε (e^{μT} − 1)/μ for the ε that the window leaves; growth = (e^{μT} − 1)/μ."""
    return derivative_bias(m, h, third) * growth
