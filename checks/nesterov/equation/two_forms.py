"""Passing between the direct and the rewritten form: data, trajectories, networks, and the size of the gate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import matmul, times
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.nesterov.limit import curvature, from_rewritten, gate, gate_slope, to_rewritten

REWRITING = "Equations (11)–(13)"
t, r = sp.symbols("t r", positive=True)
x, h = (sp.Function(name)(t) for name in "xh")


CONVERSION = "Conversion of initial data (own statement)"


def as_symbols(*values):
    plain = {h.diff(t): sp.Symbol("v"), x.diff(t): sp.Symbol("m")}
    return sp.Matrix(
        [sp.sympify(value).expand().subs(plain).subs({h: sp.Symbol("h"), x: sp.Symbol("x")}) for value in values]
    )


@identity(source="nguyen2022", ref=CONVERSION)
def data_convert_at_any_time():
    r"""$x=h/k$, $m=\frac1k[h'+(\frac r{2t}-\frac12)h]$ at any $t_0>0$, and back $h'=km+(\frac12-\frac r{2t})kx$."""
    there = to_rewritten(h, h.diff(t), t, r)
    back = from_rewritten(*to_rewritten(sp.Symbol("h"), sp.Symbol("v"), t, r), t, r)
    k = gate(t, r)
    return as_symbols(there[0], there[1], *back), as_symbols(h / k, (h / k).diff(t), sp.Symbol("h"), sp.Symbol("v"))


@data_convert_at_any_time.mutant("m = h'/k")
def _():
    k = gate(t, r)
    return as_symbols(h.diff(t) / k), as_symbols((h / k).diff(t))


@data_convert_at_any_time.mutant("the opposite sign of (r/(2t) − 1/2) h")
def _():
    k = gate(t, r)
    return as_symbols((h.diff(t) + gate_slope(t, r) * h) / k), as_symbols((h / k).diff(t))


@dataclass(frozen=True)
class Start:
    """∇F = λh and data (h, h') at t = 1, to the time `end`."""

    rate: Fraction
    h: Fraction
    velocity: Fraction
    end: Fraction


QUARTERS = st.integers(-8, 8).map(lambda n: Fraction(n, 4))
STARTS = st.builds(
    Start,
    st.integers(0, 16).map(Fraction),
    QUARTERS.filter(bool),
    QUARTERS,
    st.sampled_from([Fraction(5, 4), Fraction(3, 2)]),
)


@cache
def direct(instance: Start) -> Any:
    """h(end) by a validated flow of (h, h', u): u = 1/t, u' = −u²; once for all precisions."""
    linear = rigor.matrix([[0, 1, 0], [-instance.rate, 0, 0], [0, 0, 0]])
    left, right = rigor.matrix([[0, 0, 0], [0, -3, 0], [0, 0, -1]]), rigor.matrix([[0, 0, 0], [0, 0, 1], [0, 0, 1]])
    start = rigor.matrix([[instance.h], [instance.velocity], [1]])
    return flow(linear, left, right, start, instance.end)[0, 0]


@cache
def through_x(instance: Start, keep: int = 1, convert: bool = True) -> Any:
    """h(end) = k x(end) by a validated flow of (x, m, w, u): w = u², m' = −m − (1/4 − 3w/4)x − λx, w' = −2uw."""
    quarter = Fraction(keep, 4)
    linear = rigor.matrix([[0, 1, 0, 0], [-instance.rate - quarter, -1, 0, 0], [0] * 4, [0] * 4])
    left = rigor.matrix([[0] * 4, [Fraction(3 * keep, 4), 0, 0, 0], [0, 0, -2, 0], [0, 0, 0, -1]])
    right = rigor.matrix([[0] * 4, [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]])
    one = rigor.ball(1)
    x0, m0 = to_rewritten(rigor.ball(instance.h), rigor.ball(instance.velocity), one)
    start = rigor.from_entries(4, 1, [x0, m0 if convert else rigor.ball(instance.velocity) / gate(one), one, one])
    return gate(rigor.ball(instance.end)) * flow(linear, left, right, start, instance.end)[0, 0]


def flow(linear: Any, left: Any, right: Any, start: Any, end: Fraction) -> Any:
    def field(z: Any, s: Any) -> Any:
        return matmul(linear, z) + times(matmul(left, z), matmul(right, z))

    return enclose_flow(lambda i: field, start, [Fraction(1), end])[-1]


@identity(source="nguyen2022", ref=REWRITING, over=STARTS, examples=pick(quick=2, full=40), tol=1e-8,
          why="validated flows, truncated at 2^-40 a unit of time")  # fmt: skip
def both_forms_have_one_trajectory(instance):
    r"""From converted data at $t_0=1$, $k(T)x(T)$ of the rewritten form is $h(T)$ of the direct form."""
    return through_x(instance), direct(instance)


@both_forms_have_one_trajectory.mutant("m_0 = h_0'/k(t_0)")
def _(instance):
    return through_x(instance, convert=False), direct(instance)


@both_forms_have_one_trajectory.mutant("without the term c_3 x")
def _(instance):
    return through_x(instance, keep=0), direct(instance)


def in_features(force, extra):
    """x'' + x' + f at x = h/k, times k, beside h'' + (r/t)h' + force − extra; f is a symbol."""
    k, f = gate(t, r), sp.Symbol("f")
    y = h / k
    left = k * (y.diff(t, 2) + y.diff(t) + f)
    right = h.diff(t, 2) + r / t * h.diff(t) + force(k, f) - extra * h
    plain = {h.diff(t, 2): sp.Symbol("a"), h.diff(t): sp.Symbol("v")}
    return tuple(sp.simplify(side.expand().subs(plain).subs(h, sp.Symbol("h"))) for side in (left, right))


@identity(source="nguyen2022", ref="Equation (14)")
def the_same_network_is_another_model():
    r"""(14) is $h''+\frac rth'+k(t)f_\theta-c_r(t)h=0$ for $h$: with the same network not the layer (9).

    f is re-used in (14) as the name of a network.  The two layers have the same trajectories only where the networks
    differ by f ↦ kf − c_r h, so it is the classes of layers that match, and these for networks closed under that map.
    """
    return in_features(lambda k, f: k * f, curvature(t, r))


@the_same_network_is_another_model.mutant("the layer (9) with the same network")
def _():
    return in_features(lambda k, f: f, 0)


@the_same_network_is_another_model.mutant("k f without −c_r h")
def _():
    return in_features(lambda k, f: k * f, 0)


# ---------------------------------------------------------------- the size of the gate


FACTORS_AND_TIMES = st.tuples(st.sampled_from([2, 3, 5, 10]), st.integers(1, 64 * 64).map(lambda n: Fraction(n, 64)))


def least(instance, place):
    """k(place) and k(t)."""
    factor, at = instance
    return gate(rigor.ball(place), factor), gate(rigor.ball(at), factor)


@bound(source="nguyen2022", ref="The gate (own statement)",
       over=FACTORS_AND_TIMES.filter(lambda pair: pair[0] != pair[1]), sharp=0.999,
       examples=pick(quick=150, full=2000))  # fmt: skip
def the_gate_is_least_at_its_factor(instance):
    r"""$k_r(t)\ge k_r(r)=(e/r)^{r/2}$, with equality at $t=r$: 0.8625 for $r=3$, and $k([1,2])\subset[0.96,1.65]$."""
    return least(instance, instance[0])


@the_gate_is_least_at_its_factor.witness
def _():
    return (3, Fraction(193, 64))


@the_gate_is_least_at_its_factor.mutant("least at t = 1, the start of the experiments")
def _(instance):
    return least(instance, 1)


@the_gate_is_least_at_its_factor.mutant("least at t = 2r")
def _(instance):
    return least(instance, 2 * instance[0])
