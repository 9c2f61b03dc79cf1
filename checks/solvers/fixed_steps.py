"""torchdiffeq's fixed-step methods: the order of every one, in float64, on a nonlinear non-autonomous problem."""

from __future__ import annotations

from gronwall import rate
from systems.runge_kutta import problem
from systems.solvers.torch_solvers import Method, fixed_step_error

LOW, HIGH = (32, 64, 128, 256, 512), (16, 32, 64, 128, 256)
MANY = (320, 384, 448, 512, 576, 640)
METHODS = {
    "euler": Method("euler", 1, LOW),
    "midpoint": Method("midpoint", 2, LOW),
    "heun2": Method("heun2", 2, LOW),
    "heun3": Method("heun3", 3, LOW),
    "rk4": Method("rk4", 4, HIGH),
    "explicit_adams": Method("explicit_adams", 4, MANY),
    "implicit_adams": Method("implicit_adams", 5, (64, 80, 96, 128, 160, 192)),
    "fixed_adams": Method("fixed_adams", 5, (64, 80, 96, 128, 160, 192)),
    "explicit_adams of order 4": Method("explicit_adams", 3, (64, 96, 128, 192, 256, 384), {"max_order": 4}),
    "implicit_adams of order 4": Method("implicit_adams", 4, (64, 96, 128, 192, 256), {"max_order": 4}),
}
"""Two Runge–Kutta steps and one of the third-order formula start the explicit Adams methods, so they have order four
whatever `max_order` says; the implicit ones start with two steps of local order five, so they have order five.
`explicit_adams` with `max_order=4` uses the formula of order three throughout."""


@rate(
    source="torchdiffeq",
    ref="Fixed-step methods, torchdiffeq 0.2.5",
    order=lambda case: case.order,
    at=lambda case: case.at,
    within=0.15,
    cases=METHODS,
)
def a_fixed_step_method_has_its_order(n, case):
    r"""The error of torchdiffeq's fixed-step methods falls like $h^p$ with the order of the method.

    For the Adams methods p is that of their start: 4 explicit and 5 implicit, not their `max_order` of 12.
    """
    return fixed_step_error(case, n)


a_fixed_step_method_has_its_order.mutant("one order more", order=lambda case: case.order + 1)
a_fixed_step_method_has_its_order.mutant("one order less", order=lambda case: case.order - 1)


@a_fixed_step_method_has_its_order.mutant("weights that sum to 51/50")
def _(n, case):
    return fixed_step_error(case, n, lambda t, x: problem.field(t, x) * 1.02)
