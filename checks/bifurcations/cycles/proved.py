"""Two cycles that are proved, by a tube from Grönwall's inequality; and that the tube is no wider than it must be."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import components, stack, times
from gronwall.theory.bifurcations.boundary import coexistence
from gronwall.theory.bifurcations.cycles import periodic_orbit, rossler_cycle
from gronwall.theory.bifurcations.fields import FIELDS, predator_prey, rossler, rules
from gronwall.theory.bifurcations.tubes import proved_cycle, tube

SOURCE, REF = "vantegelen2025", "Proved cycles"


@dataclass(frozen=True)
class Riccati:
    """x' = x² from x within ``spread`` of it, for a time, in so many steps of this order: φ_t(x) = x/(1 − xt)."""

    x: Fraction
    time: Fraction
    spread: Fraction
    steps: int
    order: int

    def tube(self):
        start = rigor.matrix([[rigor.ball(self.x) + rigor.around_zero(self.spread)]])
        return tube(lambda u: stack([times(*[components(u)[0]] * 2)]), start, self.time, self.steps, self.order)

    def factors(self):
        """x and 1/(1 − xt) for the extreme starts."""
        starts = [self.x + sign * self.spread for sign in (-1, 1)]
        return [(rigor.ball(x), rigor.ball(1 / (1 - x * self.time))) for x in starts]


def positive(low, high):
    return st.fractions(low, high, max_denominator=24)


RICCATI = st.builds(
    Riccati,
    positive("1/4", "1"),
    positive("1/4", "1/2"),
    st.sampled_from([Fraction(0), Fraction(1, 10**6), Fraction(1, 100)]),
    st.sampled_from([2, 4, 8]),
    st.sampled_from([1, 2, 4]),
)


def farthest(instance):
    """How far from the middle of the tube its extreme solutions end, and how wide it says it is."""
    found = instance.tube()
    middle = found.end[0, 0].mid()
    true = [x * factor - middle for x, factor in instance.factors()]
    return abs(true[0]).max(abs(true[1])), found.radius


@bound(source=SOURCE, ref=REF, over=RICCATI, sharp=0.99, examples=pick(quick=20, full=200))
def a_tube_holds_the_solutions(instance):
    r"""Solutions of $x'=x^2$ from within $e$ end within the tube's $e^+=e^{\mu h}e+\frac{C h^{p+1}}{p+1}\max(1,e^{\mu h})$."""  # noqa: E501
    return farthest(instance)


@a_tube_holds_the_solutions.witness
def _():
    return Riccati(Fraction(1), Fraction(1, 128), Fraction(1, 10**7), 2, 2)


@a_tube_holds_the_solutions.mutant("no growth")
def _(instance):
    measured, _ = farthest(instance)
    return measured, rigor.ball(instance.spread)


@a_tube_holds_the_solutions.mutant("no defect")
def _(instance):
    measured, _ = farthest(instance)
    growth = 1 / (1 - (instance.x + instance.spread) * instance.time)
    return measured, rigor.ball(instance.spread * growth**2)


def steepest(instance):
    """How far the extreme slopes are from the middle, and how far they are said to be."""
    found = instance.tube()
    middle = found.jacobian[0, 0].mid()
    true = [factor * factor - middle for _, factor in instance.factors()]
    return abs(true[0]).max(abs(true[1])), found.jacobian_radius


@bound(source=SOURCE, ref=REF, over=RICCATI, sharp=0.99, examples=pick(quick=20, full=200))
def a_tube_holds_the_slopes(instance):
    r"""Their derivatives in the start lie within $E^+=e^{\mu h}E+\|J-J^-\|\,\|\Psi\|$ of the tube's."""
    return steepest(instance)


@a_tube_holds_the_slopes.witness
def _():
    return Riccati(Fraction(1), Fraction(1, 1024), Fraction(1, 10**8), 2, 2)


@a_tube_holds_the_slopes.mutant("as wide as the solutions")
def _(instance):
    return steepest(instance)[0], instance.tube().radius


@a_tube_holds_the_slopes.mutant("those of the middle")
def _(instance):
    return steepest(instance)[0], Riccati(
        instance.x, instance.time, Fraction(0), instance.steps, 6
    ).tube().jacobian_radius


SYSTEMS = {
    "predator_prey": (lambda u: predator_prey(u, Fraction(69, 100)), 100, 12),
    "rossler": (lambda u: rossler(u, Fraction(5, 2)), 60, 16),
}


@cache
def in_floats(case):
    """The cycle by Newton's method."""
    if case == "rossler":
        return rossler_cycle(2.5, 1)
    f, df = rules(FIELDS[case], 0.69)
    return periodic_orbit(f, df, np.array([0.5383, coexistence(0.69)[1]]), 13.44)


def in_balls(case, cycle):
    """(T, trace Φ) of the only cycle within 10⁻¹¹ of the one in floats."""
    f, steps, order = SYSTEMS[case]
    with rigor.precision(128):
        found = proved_cycle(f, list(cycle.start), cycle.period, steps, order)
        phi = found.monodromy
        return rigor.matrix([[found.period], [sum((phi[i, i] for i in range(phi.nrows())), rigor.ball(0))]])


@cache
def compared(case):
    cycle = in_floats(case)
    error = rigor.around_zero(Fraction(1, 10**8))
    numbers = [rigor.dyadic(float(value)) + error for value in (cycle.period, np.trace(cycle.monodromy))]
    return in_balls(case, cycle), rigor.matrix([[number] for number in numbers])


@identity(
    source=SOURCE, ref=REF, cases=list(SYSTEMS), effort="full", tol=1e-4, why="the width of the enclosed monodromy"
)
def a_cycle_is_proved(case):
    r"""The predator–prey system at $\alpha=0.69$, Rössler's at $c=2.5$, has one cycle within $10^{-11}$ of Newton's.

    Krawczyk's test on the map of return with tubes by Grönwall's inequality, in balls; its period and the trace of its
    monodromy, 1 + the multipliers, against those in floats, which are taken to be within 10⁻⁸.
    """
    return compared(case)


@a_cycle_is_proved.mutant("the period of the linear motion about coexistence, or of the plane x, y")
def _(case):
    enclosed, numbers = compared(case)
    linear = {"predator_prey": 2 * np.pi / np.sqrt(coexistence(0.69)[1]), "rossler": 2 * np.pi / np.sqrt(1 - 0.01)}
    return enclosed, rigor.matrix([[rigor.dyadic(float(linear[case]))], [numbers[1, 0]]])


@a_cycle_is_proved.mutant("no multiplier 1")
def _(case):
    enclosed, numbers = compared(case)
    return enclosed, rigor.matrix([[numbers[0, 0]], [numbers[1, 0] - 1]])
