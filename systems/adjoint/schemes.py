"""What the claims on discrete adjoints share: a polynomial field in fractions, a smooth one in floats, the routes."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from gronwall.theory.adjoint import discrete as da
from gronwall.theory.adjoint.continuous import Clocked
from gronwall.theory.arithmetic import components, stack
from gronwall.theory.runge_kutta import SCHEMES, Tableau

EXPLICIT = {name: tableau for name, tableau in SCHEMES.items() if tableau.is_explicit}
INVERTIBLE = {name: tableau for name, tableau in SCHEMES.items() if all(b != 0 for b in tableau.b)}
"""The schemes without a zero weight, whose covectors follow a scheme."""


# ---------------------------------------------------------------- a polynomial field: everything is rational


def field(theta):
    """f(t, (x, y)) = (θ x y − t y, x² + θ t): coupled, nonlinear, not autonomous."""

    def f(t, z):
        x, y = components(z)
        return stack([theta * x * y - t * y, x * x + theta * t])

    return f


def pulled(theta):
    """vjp(t, z, κ) of `field`."""

    def vjp(t, z, kappa):
        (x, y), (p, q) = components(z), components(kappa)
        return stack([theta * y * p + 2 * x * q, (theta * x - t) * p]), x * y * p + t * q

    return vjp


def with_tangents(theta):
    """(z, v, w) with v' = ∂_z f v and w' = ∂_z f w + ∂_θ f: a scheme on it differentiates the scheme on `field`."""
    f = field(theta)

    def augmented(t, s):
        x, y, v1, v2, w1, w2 = components(s)
        moved = [[theta * y * a + (theta * x - t) * b, 2 * x * a] for a, b in ((v1, v2), (w1, w2))]
        moved[1] = [moved[1][0] + x * y, moved[1][1] + t]
        return stack([*components(f(t, s[:2])), *moved[0], *moved[1]])

    return augmented


# ---------------------------------------------------------------- a smooth field, the exact gradient

SMOOTH = Clocked.random(2, 4, 11, 0.8)
START, LENGTH = np.array([0.4, -0.7]), 2.0


def loss(t, z):
    """The covector of L = z_1 − z_2/2 + |z|²/2."""
    return np.array([1.0, -0.5]) + z


@cache
def exact() -> np.ndarray:
    """(dL/dz_0, dL/dθ) of the flow, by DOP853 at 1e-13 forwards and backwards."""
    d, p = 2, SMOOTH.flat().size
    z = solve_ivp(SMOOTH, (0, LENGTH), START, method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1]

    def backwards(t, s):
        to_z, to_theta = SMOOTH.vjp(t, s[:d], s[d : 2 * d])
        return np.concatenate([SMOOTH(t, s[:d]), -to_z, -to_theta])

    start = np.concatenate([z, loss(LENGTH, z), np.zeros(p)])
    return solve_ivp(backwards, (LENGTH, 0), start, method="DOP853", rtol=1e-13, atol=1e-13).y[d:, -1]


def flat(gradient: da.Gradient) -> np.ndarray:
    """(dL/dz_0, dL/dθ) as one vector."""
    return np.concatenate([gradient.state, gradient.theta])


COUPLING = 0.99
ROUTES = {
    "stored": da.stored,
    "checkpointed": lambda *given: da.checkpointed(*given, slots=4),
    "rebuilt": da.rebuilt,
    "reversible": lambda *given: da.reversible(*given, coupling=COUPLING),
    "continuous": da.continuous,
}


def by_route(route: str, tableau: Tableau, n: int, smooth: Clocked = SMOOTH) -> da.Gradient:
    """The gradient by a route after n steps of the smooth problem."""
    return ROUTES[route](tableau, da.Problem(smooth, smooth.vjp, 0.0, LENGTH, START, loss), n)
