r"""Regions that a flow never leaves.  Lorenz: V = rx² + σy² + σ(z − 2r)² falls outside of an ellipsoid.

    V' = −2σ (r x² + y² + β(z − r)² − βr²),

so V falls wherever r x² + y² + β(z − r)² > βr², and every orbit ends in {V <= c}, c the largest V on the ellipsoid E
where it is an equality.  For σ >= 1 and β >= 2 that is, at x = 0, z − r = −r/(β − 1),

    c = σ r² β²/(β − 1).

Predator–prey: both axes are invariant, and V = 3x + y has V' + V <= 4 between them.

Source: E. N. Lorenz, J. Atmos. Sci. 20 (1963); G. A. Leonov et al., Prikl. Mat. Mekh. 51 (1987); derived here.
"""

from __future__ import annotations

from typing import Any

from gronwall.theory.arithmetic import exp

__all__ = [
    "lorenz_energy", "lorenz_energy_change", "lorenz_largest_energy", "predator_prey_balance", "predator_prey_energy",
]  # fmt: skip


def lorenz_energy(u: Any, r: Any, sigma: Any) -> Any:
    """V = rx² + σy² + σ(z − 2r)²."""
    x, y, z = u
    return r * x * x + sigma * y * y + sigma * (z - 2 * r) * (z - 2 * r)


def lorenz_energy_change(u: Any, r: Any, sigma: Any, beta: Any) -> Any:
    """V' = −2σ (r x² + y² + β(z − r)² − βr²) along Lorenz's flow."""
    x, y, z = u
    return -2 * sigma * (r * x * x + y * y + beta * (z - r) * (z - r) - beta * r * r)


def lorenz_largest_energy(r: Any, sigma: Any, beta: Any) -> Any:
    """c = σ r² β²/(β − 1), the largest V where V' = 0, for σ >= 1 and β >= 2.

    On E, V = βr² + (σ − 1)y² − βw² + σ(w − r)² with w = z − r and y² <= β(r² − w²): at x = 0 it is
    σ(βr² − βw² + (w − r)²), largest at w = −r/(β − 1).
    """
    return sigma * r * r * beta * beta / (beta - 1)


def predator_prey_energy(u: Any) -> Any:
    """V = 3x + y."""
    x, y = u
    return 3 * x + y


def predator_prey_balance(u: Any, alpha: Any) -> Any:
    """V' + V = 12x − 9x² − 3α(1 − e^{−5x}) <= 4 where x, α >= 0, so every orbit of the quadrant ends in V <= 4."""
    x, _ = u
    return 12 * x - 9 * x * x - 3 * alpha * (1 - exp(-5 * x))
