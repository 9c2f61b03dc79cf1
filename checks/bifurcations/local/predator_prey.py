"""The predator–prey system: coexistence, its Hopf point, the transcritical and the fold of the boundary."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.bifurcations.boundary import (
    boundary_fold,
    boundary_parameter,
    coexistence,
    coexistence_trace,
    fold_condition,
    predator_prey_hopf,
)
from gronwall.theory.bifurcations.fields import jacobian, predator_prey
from gronwall.theory.bifurcations.trapping import predator_prey_balance, predator_prey_energy
from gronwall.theory.bifurcations.zeros import bisected

SOURCE, REF = "vantegelen2025", "Predator–prey"
x, y = sp.symbols("x y", positive=True)
alpha = sp.Symbol("alpha", positive=True)
u = sp.Matrix([x, y])


def at_coexistence(parameter=alpha):
    """The field and its Jacobian at (1/3, y*)."""
    field = predator_prey(u, parameter)
    there = {x: sp.Rational(1, 3), y: coexistence(parameter)[1]}
    return sp.Matrix(field).subs(there), jacobian(field, u).subs(there)


@identity(source=SOURCE, ref=REF)
def fish_and_sharks_coexist_at_one_third():
    r"""$(1/3,\ y^*)$, $y^*=2-3\alpha(1-e^{-5/3})$, is at rest; $\det=y^*$, $\mathrm{tr}=-1+\alpha(3-8e^{-5/3})$."""
    field, A = at_coexistence()
    left = sp.Matrix([*field, A.det(), A.trace()]).applyfunc(sp.expand)
    return left, sp.Matrix([0, 0, sp.expand(coexistence(alpha)[1]), sp.expand(coexistence_trace(alpha))])


@fish_and_sharks_coexist_at_one_third.mutant("the trace without the sharks' part of y*")
def _():
    return sp.expand(at_coexistence()[1].trace()), sp.expand(-1 + alpha * (3 - 5 * sp.exp(-sp.Rational(5, 3))))


@fish_and_sharks_coexist_at_one_third.mutant("the determinant 3y*")
def _():
    return sp.expand(at_coexistence()[1].det()), sp.expand(3 * coexistence(alpha)[1])


@identity(source=SOURCE, ref=REF)
def coexistence_turns_at_the_hopf_value():
    r"""At $\alpha_H=1/(3-8e^{-5/3})$ the eigenvalues are $\pm i\omega$ with $\omega^2=y^*(\alpha_H)$."""
    at, omega2 = predator_prey_hopf()
    A = at_coexistence(at)[1]
    w = sp.Symbol("w")
    return sp.simplify((w * sp.eye(2) - A).det()), sp.simplify(w**2 + omega2)


@coexistence_turns_at_the_hopf_value.mutant("α = 1/(3 − 5e^{−5/3})")
def _():
    A = at_coexistence(1 / (3 - 5 * sp.exp(-sp.Rational(5, 3))))[1]
    return sp.simplify(A.trace()), sp.Integer(0)


@coexistence_turns_at_the_hopf_value.mutant("ω = y*")
def _():
    at, omega2 = predator_prey_hopf()
    return sp.simplify(at_coexistence(at)[1].det()), sp.simplify(omega2**2)


@identity(source=SOURCE, ref=REF)
def the_boundary_branch_leaves_the_origin_at_three_fifths():
    r"""Without sharks $\alpha=\frac{3x(1-x)}{1-e^{-5x}}=\frac35+\frac9{10}x+O(x^2)$: a transcritical point at $3/5$.

    There $\partial_xf=0$, and neither $\partial_x^2f$ nor $\partial_{x\alpha}f$ vanishes.
    """
    branch = sp.series(boundary_parameter(x), x, 0, 3).removeO()
    alone = predator_prey(sp.Matrix([x, 0]), alpha)[0]
    first = [branch.subs(x, 0), branch.diff(x).subs(x, 0)]
    slopes = [
        alone.diff(x).subs(x, 0),
        alone.diff(x, x).subs({x: 0, alpha: sp.Rational(3, 5)}),
        alone.diff(x, alpha).subs(x, 0),
    ]
    return sp.Matrix([*first, *slopes]), sp.Matrix([sp.Rational(3, 5), sp.Rational(9, 10), 3 - 5 * alpha, 9, -5])


@the_boundary_branch_leaves_the_origin_at_three_fifths.mutant("the branch without the second term of the exponential")
def _():
    return boundary_parameter(x).series(x, 0, 2).removeO().diff(x).subs(x, 0), -sp.Rational(3, 5)


@identity(source=SOURCE, ref=REF, tol=1e-15, why="the width of both enclosures")
def the_boundary_folds_at_one_point():
    r"""The boundary equilibria meet at $x=0.4111\dots$, $\alpha=0.8329\dots$, the only fold within $1/100$ of there.

    Krawczyk's test on (f, ∂_x f) in both variables, against bisection of the slope of α(x) alone.
    """
    with rigor.precision(128):
        proved = boundary_fold()
        at = bisected(fold_condition, Fraction(1, 10), Fraction(9, 10), 100)
        return rigor.matrix([[proved[0]], [proved[1]]]), rigor.matrix([[at], [boundary_parameter(at)]])


@the_boundary_folds_at_one_point.mutant("where x(1 − x) is largest")
def _():
    half = rigor.ball("1/2")
    with rigor.precision(128):
        proved = boundary_fold()
        return rigor.matrix([[proved[0]], [proved[1]]]), rigor.matrix([[half], [boundary_parameter(half)]])


@the_boundary_folds_at_one_point.mutant("where coexistence leaves through the boundary, x = 1/3")
def _():
    third = rigor.ball("1/3")
    with rigor.precision(128):
        proved = boundary_fold()
        return rigor.matrix([[proved[0]], [proved[1]]]), rigor.matrix([[third], [boundary_parameter(third)]])


# ---------------------------------------------------------------- what the flow never leaves


def balance(V):
    """V' + V along the flow."""
    field = predator_prey(u, alpha)
    return sp.expand(sum(V.diff(one) * rate for one, rate in zip(u, field, strict=True)) + V)


@identity(source=SOURCE, ref=REF)
def the_weight_of_both_obeys_a_balance():
    r"""$V=3x+y$ has $V'+V=12x-9x^2-3\alpha(1-e^{-5x})$: what is eaten goes from one to the other."""
    return balance(predator_prey_energy(u)), sp.expand(predator_prey_balance(u, alpha))


@the_weight_of_both_obeys_a_balance.mutant("x + y")
def _():
    return balance(x + y), sp.expand(predator_prey_balance(u, alpha))


@the_weight_of_both_obeys_a_balance.mutant("the harvest counted once")
def _():
    return balance(predator_prey_energy(u)), sp.expand(12 * x - 9 * x**2 - alpha * (1 - sp.exp(-5 * x)))


@dataclass(frozen=True)
class Stock:
    """Prey, and the harvest α."""

    prey: Fraction
    harvest: Fraction

    def balance(self):
        return predator_prey_balance([rigor.ball(self.prey), None], rigor.ball(self.harvest))


STOCKS = st.builds(
    Stock,
    st.fractions("0", "2", max_denominator=60).filter(lambda prey: prey != Fraction(2, 3)),
    st.fractions("0", "1", max_denominator=40),
)


@bound(source=SOURCE, ref=REF, over=STOCKS, sharp=0.999, examples=pick(quick=200, full=1000))
def every_orbit_of_the_quadrant_ends_below_four(instance):
    r"""$V'+V\le4$ for $x\ge0$, $\alpha\ge0$, with equality at $x=2/3$ without harvest: $\{x,y\ge0,\ 3x+y\le4\}$ holds all."""  # noqa: E501
    return instance.balance(), rigor.ball(4)


@every_orbit_of_the_quadrant_ends_below_four.witness
def _():
    return Stock(Fraction(40, 59), Fraction(0))


@every_orbit_of_the_quadrant_ends_below_four.mutant("below three, as the prey alone")
def _(instance):
    return instance.balance(), rigor.ball(3)


@every_orbit_of_the_quadrant_ends_below_four.mutant("less what is harvested")
def _(instance):
    return instance.balance(), 4 - 3 * rigor.ball(instance.harvest)
