r"""How far a forecast with a wrong field may go, and what a leak through an invariant axis does.

|f − f̂| <= ε along the forecast x̂, both from one start: with μ the largest logarithmic norm of Df on a convex set that
holds both,

    |x − x̂|(t) <= ε (e^{μt} − 1)/μ,

with equality for x' = μx, x̂' = μx̂ + ε.  A Lipschitz constant L in the place of μ is true as well, and wider.

A learned field need not keep the axis y = 0.  Let y' = y g(x) + δ ε(x) to first order next to a connection x(t) on it:
the manifolds of its two ends, which coincided, are split at x(0) by

    δ ∫ ε(x(t)) e^{−∫₀ᵗ g(x) ds} dt + O(δ²),     g(x) = 3x − 1 for the predator–prey system.

Source: G. Dahlquist 1958; V. K. Melnikov, Trudy Moskov. Mat. Obšč. 12 (1963); derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory import rigor
from gronwall.theory.bifurcations.connections import boundary_saddles, height_at
from gronwall.theory.bifurcations.fields import FIELDS, rules
from gronwall.theory.bifurcations.tubes import slopes_over

__all__ = ["largest_logarithmic_norm", "leak_by_shooting", "leak_to_first_order"]

Array = NDArray[np.float64]
Leak = Callable[[float], float]


def largest_logarithmic_norm(f: Callable[[Any], Any], low: Sequence[Any], high: Sequence[Any], parts: int) -> float:
    """An upper bound of the logarithmic norm of Df on a box with exact corners, cut so often along each side.

    It exceeds the supremum by what Df varies over a part.
    """
    found = -np.inf
    for place in product(range(parts), repeat=len(low)):
        ends = [[a + (b - a) * (k + i) / parts for i in (0, 1)] for a, b, k in zip(low, high, place, strict=True)]
        box = rigor.from_entries(len(low), 1, [rigor.hull(*pair) for pair in ends])
        found = max(found, rigor.upper(rigor.logarithmic_norm(slopes_over(f, box))))
    return found


def leak_to_first_order(alpha: float, leak: Leak, section: float = 1 / 3, time: float = 60.0) -> float:
    """∫ ε(x(t)) e^{−∫₀ᵗ (3x − 1) ds} dt along the connection on the axis, x(0) = section."""
    f, _ = rules(FIELDS["predator_prey"], alpha)

    def extended(_: float, state: Array) -> list[float]:
        """x, ∫ (3x − 1) and the integral."""
        x, grown, _ = state
        return [f(np.array([x, 0.0]))[0], 3 * x - 1, leak(x) * np.exp(-grown)]

    halves = [
        solve_ivp(extended, (0, end), [section, 0.0, 0.0], method="DOP853", rtol=1e-12, atol=1e-14).y[2, -1]
        for end in (time, -time)
    ]
    return float(halves[0] - halves[1])


def leak_by_shooting(alpha: float, leak: Leak, size: float, section: float = 1 / 3) -> float:
    """How far W^u(x₋) passes above W^s(x₊) at x = section, for y' with size · ε(x) added.

    Raises ArithmeticError where a manifold does not come to the section.
    """
    true, slopes = rules(FIELDS["predator_prey"], alpha)

    def f(u: Array) -> Array:
        return np.asarray(true(u) + np.array([0.0, size * leak(float(u[0]))]))

    def df(u: Array) -> Array:
        h = 1e-5
        return np.asarray(slopes(u) + np.array([[0.0, 0.0], [size * (leak(u[0] + h) - leak(u[0] - h)) / (2 * h), 0.0]]))

    def backwards(u: Array) -> Array:
        return -f(u)

    heights = []
    for x, sense in zip(boundary_saddles(alpha), (1.0, -1.0), strict=True):
        saddle = np.array([x, 0.0])
        for _ in range(30):
            saddle = saddle - np.linalg.solve(df(saddle), f(saddle))
        values, vectors = np.linalg.eig(df(saddle))
        along = vectors[:, int(np.argmax(sense * values.real))].real
        start = saddle + 1e-6 * along / along[0] * sense
        heights.append(height_at(f if sense > 0 else backwards, start, section))
    return heights[0] - heights[1]
