"""A wrong RK4 passes torchdiffeq's own test of its fixed-step methods, and does not pass ours."""

from __future__ import annotations

import torch
from hypothesis import strategies as st

from gronwall import bound, pick, rate
from systems.runge_kutta import problem
from systems.solvers.torch_solvers import START, Method, fixed_step_error, wrong_rk4

RIGHT = (1 / 8, 3 / 8, 3 / 8, 1 / 8)
SHIFT = st.integers(-16, 16).map(lambda k: k / 64)
WEIGHTS = st.builds(lambda a, b, c: (a, b, c, 1 - a - b - c), SHIFT, SHIFT, SHIFT)
THEIR_EPS = 3e-4
"""What torchdiffeq's tests/odeint_tests.py allows a fixed-step method on its problem 'constant'."""


def straight_line(t, y):
    """The right-hand side of torchdiffeq's problem 'constant', whose solution is the straight line 0.2 t + 3."""
    return 0.2 + (y - (0.2 * t + 3.0)) ** 5


def error_on_the_line(weights):
    """The largest relative error on torchdiffeq's grid, ten points on [1, 8]."""
    times = torch.linspace(1, 8, 10, dtype=torch.float64)
    line = (0.2 * times + 3.0)[:, None]
    return float(((wrong_rk4(straight_line, line[0], times, weights) - line) / line).abs().max())


def error_on_ours(weights):
    """The worst error of 64 steps on our problem."""
    times = torch.linspace(0, 1, 65, dtype=torch.float64)
    return problem.worst_error(wrong_rk4(problem.field, START, times, weights).numpy())


@bound(source="torchdiffeq", ref="tests/odeint_tests.py, torchdiffeq", over=WEIGHTS, examples=pick(quick=40, full=1000))
def the_test_on_a_straight_line_passes_any_weights(instance, log):
    r"""On a straight line RK4 with any weights that sum to one is exact up to round-off, 9 steps of 4 ulp.

    So torchdiffeq's test of its fixed-step methods (tolerance 3e-4) cannot see a wrong weight: all stages have the
    same slope there.  Loose by 4 and more, since roundings cancel; no sharpness is claimed.
    """
    measured = error_on_the_line(instance)
    log("straight line", x=64, measured=measured, predicted=THEIR_EPS, label="wrong RK4")
    log("our problem", x=64, measured=error_on_ours(instance), predicted=error_on_ours(RIGHT), label="wrong RK4")
    return measured, 36 * 2.0**-52


@the_test_on_a_straight_line_passes_any_weights.witness
def _():
    return (RIGHT[0] + 1 / 20, RIGHT[1] - 1 / 20, *RIGHT[2:])


@the_test_on_a_straight_line_passes_any_weights.mutant("our problem passes any weights, at torchdiffeq's tolerance")
def _(instance):
    return error_on_ours(instance), THEIR_EPS


@the_test_on_a_straight_line_passes_any_weights.mutant("the line passes weights that do not sum to one")
def _(instance):
    return error_on_the_line((instance[0] + 1 / 50, *instance[1:])), 36 * 2.0**-52


STEPS = [16, 32, 64, 128, 256]


@rate(source="torchdiffeq", ref="tests/odeint_tests.py, torchdiffeq", order=1, at=STEPS, within=0.1)
def a_wrong_rk4_has_order_one_on_our_problem(n):
    r"""RK4 with $b=(\frac18+\frac1{20},\frac38-\frac1{20},\frac38,\frac18)$ falls to order one on our problem.

    The same solver is exact to round-off on the straight line (`the_test_on_a_straight_line_passes_any_weights`).
    """
    times = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    return problem.worst_error(wrong_rk4(problem.field, START, times).numpy())


a_wrong_rk4_has_order_one_on_our_problem.mutant("order four, as the class says", order=4)


@a_wrong_rk4_has_order_one_on_our_problem.mutant("torchdiffeq's rk4 has order one too")
def _(n):
    return fixed_step_error(Method("rk4", 4, (n,)), n)
