r"""The equilibria of the predator–prey system: coexistence at x = 1/3, and those on the axis y = 0, which is invariant.

    coexistence   (1/3, y*),  y* = 2 − 3α(1 − e^{−5/3});   det = y*,  tr = −1 + α(3 − 8e^{−5/3})
    on the axis   α(x) = 3x(1 − x)/(1 − e^{−5x}), from α(0) = 3/5 up to a fold and down to α(1) = 0

Source: derived here; the values are in van Tegelen et al. 2025 and in the demonstration pp2 of AUTO (Doedel 1984).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from gronwall.theory.arithmetic import exp, scalar
from gronwall.theory.bifurcations.hopf import HopfPoint, hopf_point
from gronwall.theory.bifurcations.zeros import proved_zero

__all__ = [
    "boundary_fold", "boundary_parameter", "coexistence", "coexistence_trace", "fold_condition", "predator_prey_hopf",
    "predator_prey_point",
]  # fmt: skip


def coexistence(alpha: Any) -> tuple[Any, Any]:
    """(1/3, y*), y* = 2 − 3α(1 − e^{−5/3})."""
    return scalar(Fraction(1, 3), alpha), 2 - 3 * alpha * (1 - exp(scalar(Fraction(-5, 3), alpha)))


def coexistence_trace(alpha: Any) -> Any:
    """tr = −1 + α(3 − 8e^{−5/3})."""
    return alpha * (3 - 8 * exp(scalar(Fraction(-5, 3), alpha))) - 1


def predator_prey_hopf() -> tuple[Any, Any]:
    """α_H = 1/(3 − 8e^{−5/3}) and ω² = y*(α_H), as symbols."""
    at = 1 / (3 - 8 * sp.exp(sp.Rational(-5, 3)))
    return at, coexistence(at)[1]


def predator_prey_point(alpha: Any, omega2: Any) -> tuple[HopfPoint, list[list[Any]]]:
    """The normal form at α_H, and the derivative in α of the Jacobian along coexistence.

    α and ω² in floats or balls.  With E = e^{−5/3}: f_xx = 25αE − 6, f_xy = −1, f_xxx = −125αE, g_xy = 3, and along
    (1/3, y*) the Jacobian is ((1 − y* − 5αE, −1/3), (3y*, 0)).
    """
    E, y = exp(scalar(Fraction(-5, 3), alpha)), coexistence(alpha)[1]
    third = scalar(Fraction(1, 3), alpha)
    A = [[1 - y - 5 * alpha * E, -third], [3 * y, 0 * alpha]]
    change = [[3 - 8 * E, 0 * alpha], [9 * E - 9, 0 * alpha]]

    def second(m: Sequence[Any], n: Sequence[Any]) -> list[Any]:
        mixed = m[0] * n[1] + m[1] * n[0]
        return [(m[0] * n[0]) * (25 * alpha * E - 6) - mixed, 3 * mixed]

    def cubic(m: Sequence[Any], n: Sequence[Any], o: Sequence[Any]) -> list[Any]:
        return [(m[0] * n[0] * o[0]) * (-125 * alpha * E), 0 * m[0]]

    return hopf_point(A, second, cubic, omega2), change


def boundary_parameter(x: Any) -> Any:
    """α(x) = 3x(1 − x)/(1 − e^{−5x}): the parameter at which (x, 0) is at rest."""
    return 3 * x * (1 - x) / (1 - exp(-5 * x))


def fold_condition(x: Any) -> Any:
    """(1 − 2x)(1 − e^{−5x}) − 5x(1 − x)e^{−5x}: it has the sign of α'(x)."""
    return (1 - 2 * x) * (1 - exp(-5 * x)) - 5 * x * (1 - x) * exp(-5 * x)


def boundary_fold() -> list[Any]:
    """The balls (x, α) at which f = 3x(1 − x) − α(1 − e^{−5x}) and ∂_x f = 3(1 − 2x) − 5αe^{−5x} vanish together.

    Proved to be the only such pair within 1/100 of (0.4112, 0.8329), by Krawczyk's test.
    """

    def F(at: list[Any]) -> list[Any]:
        x, alpha = at
        return [3 * x * (1 - x) - alpha * (1 - exp(-5 * x)), 3 * (1 - 2 * x) - 5 * alpha * exp(-5 * x)]

    def dF(at: list[Any]) -> list[list[Any]]:
        x, alpha = at
        slope = 3 * (1 - 2 * x) - 5 * alpha * exp(-5 * x)
        return [[slope, exp(-5 * x) - 1], [25 * alpha * exp(-5 * x) - 6, -5 * exp(-5 * x)]]

    return proved_zero(F, dF, [0.4112, 0.8329], Fraction(1, 100))
