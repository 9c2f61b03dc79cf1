r"""The problem on which schemes and solvers are measured: nonlinear, non-autonomous, coupled, with a known solution.

In polar coordinates r' = r(1 − r²), θ' = ω(t) + r²/2, ω(t) = 1 − 3t² + 2t⁴: a limit cycle that is approached at a
speed, and turned at a rate, that depend on r and t.  In Cartesian coordinates x = (u, v)

    u' = (1 − r²) u − (ω(t) + r²/2) v,    v' = (1 − r²) v + (ω(t) + r²/2) u,    r² = u² + v²,

and with q(t) = r_0² (e^{2t} − 1)
    r² = r_0² e^{2t}/(1 + q),    θ = θ_0 + t − t³ + 2t⁵/5 + log(1 + q)/4.

The field is a polynomial, so it runs in every arithmetic, and its elementary differentials of order <= 5 are linearly
independent (`the_problem_tells_all_order_conditions_apart`): no order condition can fail unseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.theory.arithmetic import components, stack

END = 1.0
R0, THETA0 = 0.5, 0.3


def field(t: Any, x: Any) -> Any:
    """f(t, x) with the two components of x on the last axis."""
    u, v = components(x)
    r2 = u * u + v * v
    turn = 1 - 3 * t**2 + 2 * t**4 + r2 / 2
    return stack([(1 - r2) * u - turn * v, (1 - r2) * v + turn * u])


def jacobian(t: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """∂f/∂x, 2 x 2."""
    u, v = x
    r2 = u * u + v * v
    turn = 1 - 3 * t**2 + 2 * t**4 + r2 / 2
    return np.array([
        [1 - r2 - 2 * u * u - u * v, -2 * u * v - turn - v * v],
        [-2 * u * v + turn + u * u, 1 - r2 - 2 * v * v + u * v],
    ])  # fmt: skip


def solution(t: float, r0: Any = R0, theta0: Any = THETA0) -> NDArray[np.float64]:
    """x(t), from x(0) = r_0 (cos θ_0, sin θ_0); arrays r_0, θ_0 of one shape give as many solutions."""
    q = r0**2 * np.expm1(2 * t)
    r = r0 * np.exp(t) / np.sqrt(1 + q)
    theta = theta0 + t - t**3 + 2 * t**5 / 5 + np.log1p(q) / 4
    return np.stack([r * np.cos(theta), r * np.sin(theta)], axis=-1)


NODES = 8
"""Errors are compared at t = 1/8, …, 1: one chance zero of the error at the end decides nothing."""


def worst_error(states: Any) -> float:
    """The largest error at the nodes of states at equal steps, the start first; their number is 8k + 1."""
    stride = (len(states) - 1) // NODES
    return max(
        float(np.linalg.norm(np.asarray(states[stride * k]) - solution(END * k / NODES))) for k in range(1, NODES + 1)
    )
