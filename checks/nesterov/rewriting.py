"""The rewriting h = kx: why this gate, what it does to the equation, how to pass between the two, and what it is not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from theory import rigor
from theory.arithmetic import matmul, times
from theory.enclosure import enclose_flow
from theory.nesterov import curvature, exact_force, from_rewritten, gate, gate_slope, to_rewritten

REWRITING = "Equations (11)–(13)"
t, r = sp.symbols("t r", positive=True)
x, h = (sp.Function(name)(t) for name in "xh")
F = sp.Function("g")
"""∇F, any function."""


def damping_left(k):
    """(2k' + (r/t)k)/k: what multiplies x' after h = kx."""
    return sp.simplify((2 * k.diff(t) + r / t * k) / k)


@identity(source="nguyen2022", ref=REWRITING)
def the_gate_turns_the_damping_into_one():
    r"""$2k'+\frac rtk=k$ for $k=t^{-r/2}e^{t/2}$: after $h=kx$ the damping is 1 at all times; for any Nesterov factor $r$.

    k'/k = 1/2 − r/(2t), so k is unique up to a factor.
    """
    return sp.Matrix([damping_left(gate(t, r)), sp.diff(gate(t, r), t) / gate(t, r)]), sp.Matrix([1, gate_slope(t, r)])


@the_gate_turns_the_damping_into_one.mutant("t^(−r/2) e^(−t/2)")
def _():
    return damping_left(t ** (-r / 2) * sp.exp(-t / 2)), sp.Integer(1)


@the_gate_turns_the_damping_into_one.mutant("t^−r e^(t/2)")
def _():
    return damping_left(t**-r * sp.exp(t / 2)), sp.Integer(1)


@the_gate_turns_the_damping_into_one.mutant("t^(r/2) e^(t/2)")
def _():
    return damping_left(t ** (r / 2) * sp.exp(t / 2)), sp.Integer(1)


@the_gate_turns_the_damping_into_one.mutant("t^(−r/2) alone")
def _():
    return damping_left(t ** (-r / 2)), sp.Integer(1)


def rewritten(c):
    """[(kx)'' + (r/t)(kx)' + g(kx)]/k beside x'' + x' + c x + g(kx)/k."""
    k = gate(t, r)
    y = k * x
    left = (y.diff(t, 2) + r / t * y.diff(t) + F(y)) / k
    right = x.diff(t, 2) + x.diff(t) + c * x + F(y) / k
    plain = {x.diff(t, 2): sp.Symbol("a"), x.diff(t): sp.Symbol("v"), F(y): sp.Symbol("G")}
    return (side.expand().subs(plain).subs(x, sp.Symbol("x")) for side in (left, right))


@identity(source="nguyen2022", ref=REWRITING)
def the_rewriting_is_exact():
    r"""$h=kx$ turns $h''+\frac rth'+\nabla F(h)=0$ into $x''+x'+c_rx+\nabla F(h)/k=0$, $c_r=\frac14-\frac{r(r-2)}{4t^2}$.

    For r = 3 this is f = (t² − 3)/4 t^(−1/2) e^(−t/2) h + t^(3/2) e^(−t/2) ∇F(h), as printed in (12).
    """
    return tuple(rewritten(curvature(t, r)))


@the_rewriting_is_exact.mutant("without the term in h")
def _():
    return tuple(rewritten(0))


@the_rewriting_is_exact.mutant("1/4 + r(r − 2)/(4t²)")
def _():
    return tuple(rewritten(sp.Rational(1, 2) - curvature(t, r)))


@the_rewriting_is_exact.mutant("r² in the place of r(r − 2)")
def _():
    return tuple(rewritten(sp.Rational(1, 4) - r**2 / (4 * t**2)))


@identity(source="nguyen2022", ref="Equation (12), printed force")
def the_printed_force_is_the_general_one_at_three():
    r"""For $r=3$: $(c_3h+\nabla F)/k=\frac14(t^2-3)t^{-1/2}e^{-t/2}h+t^{3/2}e^{-t/2}\nabla F$, letter by letter."""
    y, G = sp.symbols("y G")
    printed = (t**2 - 3) / 4 * t ** sp.Rational(-1, 2) * sp.exp(-t / 2) * y + t ** sp.Rational(3, 2) * sp.exp(
        -t / 2
    ) * G
    return exact_force(lambda _: G)(y, t), printed


@the_printed_force_is_the_general_one_at_three.mutant("t² + 3")
def _():
    y, G = sp.symbols("y G")
    wrong = (t**2 + 3) / 4 * t ** sp.Rational(-1, 2) * sp.exp(-t / 2) * y + t ** sp.Rational(3, 2) * sp.exp(-t / 2) * G
    return exact_force(lambda _: G)(y, t), wrong


# ---------------------------------------------------------------- passing between the forms


CONVERSION = "Conversion of initial data (own statement)"


def as_symbols(*values):
    plain = {h.diff(t): sp.Symbol("v"), x.diff(t): sp.Symbol("m")}
    return sp.Matrix(
        [sp.sympify(value).expand().subs(plain).subs({h: sp.Symbol("h"), x: sp.Symbol("x")}) for value in values]
    )


@identity(source="nguyen2022", ref=CONVERSION)
def data_convert_at_any_time():
    r"""$x=h/k$, $m=\frac1k\big[h'+(\frac r{2t}-\frac12)h\big]$ at any $t_0>0$, and back $h'=km+(\frac12-\frac r{2t})kx$."""
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
    st.sampled_from([Fraction(3, 2), Fraction(2)]),
)


def direct(instance: Start) -> Any:
    """h(end) by a validated flow of (h, h', 1/t): u = 1/t, u' = −u²."""
    linear = rigor.matrix([[0, 1, 0], [-instance.rate, 0, 0], [0, 0, 0]])
    left, right = rigor.matrix([[0, 0, 0], [0, -3, 0], [0, 0, -1]]), rigor.matrix([[0, 0, 0], [0, 0, 1], [0, 0, 1]])
    start = rigor.matrix([[instance.h], [instance.velocity], [1]])
    return flow(linear, left, right, start, instance.end)[0, 0]


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


@identity(source="nguyen2022", ref=REWRITING, over=STARTS, examples=pick(quick=4, full=40), tol=1e-8,
          why="validated flows, truncated at 2^-40 a unit of time")  # fmt: skip
def both_forms_have_one_trajectory(instance):
    r"""From converted data at $t_0=1$, $k(T)x(T)$ of the rewritten form is $h(T)$ of the direct form: validated flows, $F=\frac\lambda2h^2$."""
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
       over=FACTORS_AND_TIMES.filter(lambda pair: pair[0] != pair[1]), sharp=0.999)  # fmt: skip
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
