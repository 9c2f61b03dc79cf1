"""The rewriting h = kx: why this gate, what it does to the equation, and the force in print."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from gronwall.theory.nesterov.limit import curvature, exact_force, gate, gate_slope

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
    r"""$2k'+\frac rtk=k$ for $k=t^{-r/2}e^{t/2}$: after $h=kx$ the damping is 1 at all times, for any $r$.

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
    r"""$h=kx$: $h''+\frac rth'+\nabla F=0$ becomes $x''+x'+c_rx+\nabla F/k=0$, $c_r=\frac14-\frac{r(r-2)}{4t^2}$.

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
