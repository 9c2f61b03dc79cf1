"""How a body slows down in still water, by a closed form and by an integration."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from gronwall import identity
from gronwall.theory.floating_bodies.drag import acceleration, slowed

SOURCE, REF = "zhang2025", "Dissipation"
TIMES = np.linspace(0.1, 6, 13)
CASES = {"mostly quadratic": (4.0, 0.1, 0.9), "mostly linear": (0.3, 0.8, 1.2)}
"""α, β and the first speed."""


def simulated(case):
    """The speed in still water, by DOP853 in the plane."""
    alpha, beta, s0 = CASES[case]

    def field(_, state):
        v = state[2:]
        return [*v, *acceleration(v, np.hypot(*v), (alpha, beta), (1.0, 1.0))]

    start = [0.0, 0.0, 0.6 * s0, -0.8 * s0]
    found = solve_ivp(field, (0, TIMES[-1]), start, "DOP853", t_eval=TIMES, rtol=1e-11, atol=1e-13)
    return np.hypot(*found.y[2:])


@identity(source=SOURCE, ref=REF, cases=list(CASES), tol=1e-9, why="an integration to 1e-11")
def a_body_slows_down_like_this(case):
    r"""$s(t)=\frac{\beta s_0e^{-\beta t}}{\beta+\alpha s_0(1-e^{-\beta t})}$, $\alpha=c/m$, $\beta=c_l/m$."""
    alpha, beta, s0 = CASES[case]
    return simulated(case), slowed(TIMES, s0, alpha, beta, np.exp)


@a_body_slows_down_like_this.mutant("as if drag were linear")
def _(case):
    _, beta, s0 = CASES[case]
    return simulated(case), s0 * np.exp(-beta * TIMES)


@a_body_slows_down_like_this.mutant("as if it were quadratic")
def _(case):
    alpha, _, s0 = CASES[case]
    return simulated(case), s0 / (1 + alpha * s0 * TIMES)
