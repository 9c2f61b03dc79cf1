"""Gradient errors by route: against the exact flow every route has the order of its scheme; what the routes add."""

from __future__ import annotations

import numpy as np

from gronwall import identity, pick, rate
from gronwall.theory.adjoint import discrete as da
from gronwall.theory.runge_kutta import SCHEMES
from systems.adjoint.schemes import LENGTH, SMOOTH, START, by_route, exact, flat, loss

OWN = "Gradients by route (own statement)"
AT = pick(quick=[32, 64, 128, 256], full=[32, 64, 128, 256, 512])
SHOWN = ("stored", "rebuilt", "reversible", "continuous")
EVERY = {f"{route}, {name}": (route, name) for route in SHOWN for name in ("heun", "rk4")}
EVERY |= {"stored, kutta3": ("stored", "kutta3")}


def gradient(case, n):
    """The gradient by a route through a scheme."""
    return flat(by_route(case[0], SCHEMES[case[1]], n))


@rate(source="gronwall", ref=OWN, order=lambda case: SCHEMES[case[1]].order, at=AT, within=0.2, cases=EVERY)
def every_route_has_the_order_of_its_scheme(n, case, log):
    r"""The gradient in $(z_0,\theta)$ errs like $h^p$: stored or rebuilt states, reversible, adjoint ODE.

    The choice of the route is one of memory and stability, not of order.  The reversible scheme with λ = 0.99 forgets
    the difference of y and z in 1/(1 − λ) = 100 steps: with a scheme of odd order fewer steps show no clean order.
    """
    error = float(np.linalg.norm(gradient(case, n) - exact()))
    log("gradient error", x=n, measured=error, route=case[0], scheme=case[1])
    return error


every_route_has_the_order_of_its_scheme.mutant("one order more", order=lambda case: SCHEMES[case[1]].order + 1)
every_route_has_the_order_of_its_scheme.mutant("one order less", order=lambda case: SCHEMES[case[1]].order - 1)


@every_route_has_the_order_of_its_scheme.mutant("the parameters' gradient by the rectangle rule on the states")
def _(n, case):
    """θ receives h ∂_θ f(z_k)ᵀ a_k: Euler's quadrature along an accurate adjoint."""
    h, z, g = LENGTH / n, START, []
    states = [z]
    for k in range(n):
        states.append(states[-1] + da.increment(SCHEMES[case[1]], SMOOTH, k * h, states[-1], h))
    a, theta = loss(LENGTH, states[-1]), 0.0
    for k in reversed(range(n)):
        a = da.pull(SCHEMES[case[1]], SMOOTH, SMOOTH.vjp, k * h, states[k], h, g=a)[0]
        theta = theta + h * SMOOTH.vjp(k * h, states[k], a)[1]
    g = np.concatenate([a, theta])
    return float(np.linalg.norm(g - exact()))


def difference(route, name, n):
    """The distance between a route and stored states."""
    stored = flat(by_route("stored", SCHEMES[name], n))
    return float(np.linalg.norm(flat(by_route(route, SCHEMES[name], n)) - stored))


REBUILT = {"euler": 1, "midpoint": 3, "heun": 3, "ralston": 3, "kutta3": 3, "rk4": 5, "three_eighths": 5}
DIFFERENCE = [32, 64, 128, 256]


@rate(
    source="gronwall",
    ref="Plain reversal (own statement)",
    order=lambda case: case[1],
    at=DIFFERENCE,
    within=0.25,
    cases={name: (name, order) for name, order in REBUILT.items()},
)
def rebuilt_states_cost_one_order_less_where_the_order_is_even(n, case, log):
    r"""Gradients through rebuilt and stored states differ by $O(h^p)$ for odd $p$, by $O(h^{p+1})$ for even $p$.

    The local errors h^{p+1} d of the step and (−h)^{p+1} d of the step back cancel for even p.  So with an even order
    the loss through reversal is invisible beside the error of the scheme; with Euler it is as large.
    """
    error = difference("rebuilt", case[0], n)
    log("difference from stored states", x=n, measured=error, route="rebuilt", scheme=case[0])
    return error


rebuilt_states_cost_one_order_less_where_the_order_is_even.mutant(
    "order p + 1 for odd p, p for even p", order=lambda case: case[1] + (1 if SCHEMES[case[0]].order % 2 else -1)
)
rebuilt_states_cost_one_order_less_where_the_order_is_even.mutant("two orders more", order=lambda case: case[1] + 2)

CONTINUOUS = {"euler": 1, "midpoint": 2, "ralston": 2, "heun": 3, "kutta3": 3, "rk4": 4, "three_eighths": 4}


@rate(
    source="chen2018",
    ref="Algorithm 1, discretised (own statement)",
    order=lambda case: case[1],
    at=DIFFERENCE,
    within=0.2,
    cases={name: (name, order) for name, order in CONTINUOUS.items()},
)
def the_adjoint_equation_and_the_adjoint_of_the_scheme_differ_like_the_error(n, case, log):
    r"""Optimise–discretise and discretise–optimise differ by $O(h^p)$, seven schemes; for Heun alone by $O(h^3)$.

    The backward solve of (z, a, a_θ) by the same scheme is the gradient of no function: a line search on the discrete
    loss sees the difference.
    """
    error = difference("continuous", case[0], n)
    log("difference from stored states", x=n, measured=error, route="continuous", scheme=case[0])
    return error


the_adjoint_equation_and_the_adjoint_of_the_scheme_differ_like_the_error.mutant(
    "one order more", order=lambda case: case[1] + 1
)
the_adjoint_equation_and_the_adjoint_of_the_scheme_differ_like_the_error.mutant(
    "one order less", order=lambda case: case[1] - 1
)


def differing(route, tableau):
    """How many numbers of a gradient by a route through 37 steps are not those of stored states, bit for bit."""
    words = [flat(by_route(which, tableau, 37)).view(np.int64) for which in (route, "stored")]
    return float((words[0] != words[1]).sum())


@identity(source="gronwall", ref="Checkpointing (own statement)", cases=["heun", "rk4", "dormand_prince"])
def checkpointed_gradients_are_the_stored_ones_bit_for_bit(case):
    r"""Recomputed states are the same floats: 37 steps with 4 slots give the stored gradient to the last bit."""
    return differing("checkpointed", SCHEMES[case]), 0.0


@checkpointed_gradients_are_the_stored_ones_bit_for_bit.mutant("rebuilt states are the same floats too")
def _(case):
    return differing("rebuilt", SCHEMES[case]), 0.0
