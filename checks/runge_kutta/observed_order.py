"""Order by experiment: every scheme on a nonlinear, non-autonomous problem."""

from __future__ import annotations

from gronwall import rate
from gronwall.theory.runge_kutta import SCHEMES, trajectory
from systems.runge_kutta.problem import END, field, jacobian, solution, worst_error
from systems.runge_kutta.schemes import FINE, wrong_entry, wrong_weights

STEPS = {
    1: [32, 64, 128, 256, 512],
    2: [32, 64, 128, 256, 512],
    3: [32, 64, 128, 256],
    4: [16, 32, 64, 128, 256],
    5: [16, 24, 32, 48, 64, 96],
}
"""Fine enough to be asymptotic, coarse enough to stay a hundred times above round-off."""


def steps(case):
    return [n for n in STEPS[case.order] if case.is_explicit or n <= 256]


def error(scheme, n):
    """The worst error at the nodes after n steps."""
    solver = {} if scheme.is_explicit else {"jacobian": jacobian}
    return worst_error(trajectory(scheme, field, 0.0, END, solution(0.0), n, **solver))


@rate(source="hairer1993", ref="Theorem II.3.4", order=lambda case: case.order, at=steps, within=0.15, cases=SCHEMES)
def the_error_falls_at_the_order_of_the_scheme(n, case):
    r"""The global error falls like $h^p$, $p$ the order that the conditions give."""
    return error(case, n)


the_error_falls_at_the_order_of_the_scheme.mutant("one order more", order=lambda case: case.order + 1)


@the_error_falls_at_the_order_of_the_scheme.mutant("1/50 of weight moved")
def _(n, case):
    return error(wrong_weights(case), n)


@rate(source="hairer1993", ref="Theorem II.3.4", order=2, at=steps, within=0.15, cases=FINE)
def a_wrong_entry_of_a_shows_as_order_two(n, case):
    r"""A scheme of order 3 to 5 with an error of 1/4 in one row of $A$, $c$ kept, falls back to $h^2$."""
    return error(wrong_entry(case), n)


@a_wrong_entry_of_a_shows_as_order_two.mutant("the right scheme does too")
def _(n, case):
    return error(case, n)
