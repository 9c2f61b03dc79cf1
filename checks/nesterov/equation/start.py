"""Starting at t = 0, where the gate is infinite: what is kept of the input, and what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick, rate
from gronwall.theory import rigor
from gronwall.theory.arithmetic import cos, exp, sin
from gronwall.theory.nesterov.limit import (
    exact_force,
    from_rewritten,
    gate,
    gated_field,
    rewritten_field,
    solve,
    starting_effect,
    to_rewritten,
    washed_out_bound,
)
from systems.nesterov.runs import TANH, Force

INITIAL = "Section 3.2, initial data at t = 0"
t, h0, c = sp.symbols("t h0 c", positive=True)


def limits(sigma_inverse, velocity):
    """x_0 = h_0 lim 1/σ(k) and m_0 = h_0 lim d/dt 1/σ(k), t → 0+."""
    return sp.limit(h0 * sigma_inverse, t, 0, "+"), sp.limit(h0 * velocity, t, 0, "+")


def for_the_identity():
    return limits(1 / gate(t), (1 / gate(t)).diff(t))


@identity(source="nguyen2022", ref=INITIAL)
def the_identity_gate_starts_every_input_at_zero():
    r"""With $\sigma=\mathrm{id}$ the data $x_0=h_0\lim k^{-1}$, $m_0=h_0\lim(k^{-1})'$ at $0$ are $0$ for every $h_0$.

    With a gate that is bounded, |σ| -> c, they are x_0 = h_0/c and m_0 = 0, and the input is kept: for c tanh, where
    |(1/σ(k))'| = |k'|/(c sinh² k) and |k'| <= 3/2 k^{5/3} for t <= 3, k >= t^{−3/2}.
    """
    u = sp.Symbol("u", positive=True)  # k, which tends to infinity
    bounded = sp.limit(h0 / (c * sp.tanh(u)), u, sp.oo)
    velocity = sp.limit(sp.Rational(3, 2) * u ** sp.Rational(5, 3) / (c * sp.sinh(u) ** 2), u, sp.oo)
    return sp.Matrix([*for_the_identity(), bounded, velocity]), sp.Matrix([0, 0, h0 / c, 0])


@the_identity_gate_starts_every_input_at_zero.mutant("x_0 = h_0")
def _():
    return sp.Matrix(for_the_identity()), sp.Matrix([h0, 0])


@the_identity_gate_starts_every_input_at_zero.mutant("a gate (1 + t)^-1 e^(t/2), finite at 0")
def _():
    k = sp.exp(t / 2) / (1 + t)
    return sp.Matrix(limits(1 / k, (1 / k).diff(t))), sp.Matrix([0, 0])


# ---------------------------------------------------------------- a bounded force


@dataclass(frozen=True)
class Forced:
    """(14) from x(0) = m(0) = 0 with the force F cos ωt, at the time t; `input` is the h_0 that was meant."""

    F: Fraction
    omega: Fraction
    t: Fraction
    input: Fraction

    def feature(self) -> Any:
        """h(t) = k(t)x(t), x = −F/(1 + ω²) (sin ωt/ω − cos ωt + e^{−t}), −F (t − 1 + e^{−t}) for ω = 0, in balls."""
        F, w, s = map(rigor.ball, (self.F, self.omega, self.t))
        if self.omega == 0:
            return -washed_out_bound(F, s)
        return -F / (1 + w * w) * (sin(w * s) / w - cos(w * s) + exp(-s)) * gate(s)


FORCED = st.builds(
    Forced, st.integers(1, 8).map(Fraction), st.integers(1, 32).map(lambda n: Fraction(n, 8)),
    st.integers(1, 128).map(lambda n: Fraction(1, 2**16) * n**2), st.integers(-4, 4).filter(bool).map(Fraction),
)  # fmt: skip


def limit_of(instance):
    return washed_out_bound(rigor.ball(instance.F), rigor.ball(instance.t))


@bound(source="nguyen2022", ref=INITIAL, over=FORCED, sharp=0.999, examples=pick(quick=200, full=2000))
def a_bounded_network_forgets_an_input_given_at_zero(instance):
    r"""From $x(0)=m(0)=0$, $|f|\le F$: $|h(t)|\le Fk(t)(t-1+e^{-t})$, so $h(0^+)=0$ whatever $h_0$ was meant.

    σ = id.  A constant force attains it; forces F cos ωt are evaluated in closed form, in balls.
    """
    return abs(instance.feature()), limit_of(instance)


@a_bounded_network_forgets_an_input_given_at_zero.witness
def _():
    return Forced(Fraction(1), Fraction(1, 8), Fraction(1, 16), Fraction(1))


@a_bounded_network_forgets_an_input_given_at_zero.printed(
    'h(0) = h_0, with x_0 and m_0 by their limits, as printed ("from h(0) = h_0, h\'(0) = 0")'
)
def _(instance):
    return abs(instance.feature() - rigor.ball(instance.input)), limit_of(instance)


@a_bounded_network_forgets_an_input_given_at_zero.mutant("of the order of t")
def _(instance):
    return abs(instance.feature()), rigor.ball(instance.F * instance.t)


@a_bounded_network_forgets_an_input_given_at_zero.mutant("F k t²/4")
def _(instance):
    s = rigor.ball(instance.t)
    return abs(instance.feature()), rigor.ball(instance.F) * gate(s) * s * s / 4


LAYER = Force(3, N=1)


@cache
def ends(t0, sigma=None):
    """h(1) for h_0 = 1 and −1 given at t_0 with h' = 0."""
    found = []

    def f(h, s):
        return LAYER.force(h, s, LAYER.weights())

    for start in (1.0, -1.0):
        if sigma is None:
            x0, m0 = to_rewritten(start, 0.0, t0)
            x, _ = solve(rewritten_field(f), x0, m0, [t0, 1.0], tol=1e-11, floor=1e-24)
            found.append(gate(1.0) * x[-1, 0])
        else:
            k = sigma.value(gate(t0))
            x, _ = solve(gated_field(f, sigma.value, 0.0), start / k, 0.0, [t0, 1.0], tol=1e-11, floor=1e-24)
            found.append(sigma.value(gate(1.0)) * x[-1, 0])
    return np.array(found)


EARLY = [4**i for i in range(9, 14)]
"""1/t_0."""


def gap(n, **how):
    first, second = ends(1.0 / n, **how)
    return float(abs(first - second))


@rate(source="nguyen2022", ref="Start near t = 0 (own statement)", order=0.5, at=EARLY, within=0.05)
def an_early_start_forgets_like_a_square_root(n, log):
    r"""Two inputs given to a tanh network at $t_0$ differ at $t=1$ by a multiple of $\sqrt{t_0}$, $\sigma=\mathrm{id}$.

    All that is left of h_0 is x_0 + (1 − e^{−(1 − t_0)}) m_0 = O(√t_0) as the force sees it.  With a tanh gate the
    difference stays.  No experiment of the paper starts before t_0 = 1.
    """
    for name, sigma in (("id", None), ("tanh", TANH)):
        first, second = ends(1.0 / n, sigma=sigma)
        log("output at t = 1", x=1.0 / n, measured=first, sigma=name, input=1)
        log("output at t = 1", x=1.0 / n, measured=second, sigma=name, input=-1)
    return gap(n)


@an_early_start_forgets_like_a_square_root.mutant("with the gate tanh(k)")
def _(n):
    return gap(n, sigma=TANH)


an_early_start_forgets_like_a_square_root.mutant("not at all: order 0", order=0.0)


@identity(source="nguyen2022", ref="Start near t = 0 (own statement)")
def the_effect_of_an_input_is_known_when_the_force_ignores_it():
    r"""$\partial x(t)/\partial h_0=\frac1{k(t_0)}[1+(\frac3{2t_0}-\frac12)(1-e^{t_0-t})]=O(\sqrt{t_0})$."""
    t0, T = sp.symbols("t0 T", positive=True)
    effect = starting_effect(t0, T)
    x = (1 + (sp.Rational(3, 2) / t0 - sp.Rational(1, 2)) * (1 - sp.exp(t0 - T))) / gate(t0)
    leading = sp.limit(effect / sp.sqrt(t0), t0, 0, "+")
    return sp.Matrix([effect, leading]), sp.Matrix([x, sp.Rational(3, 2) * (1 - sp.exp(-T))])


@the_effect_of_an_input_is_known_when_the_force_ignores_it.mutant("it fades like t_0^(3/2), as x_0 alone does")
def _():
    t0, T = sp.symbols("t0 T", positive=True)
    return starting_effect(t0, T), 1 / gate(t0)


def exact(n, factor=1.0):
    """|h(1) − 2J_1(√λ)/√λ|, λ = 2, with the force of (12) from h = 1, h' = 0 at t_0 = 1/n, through (x, m)."""
    u = rigor.ball(2).sqrt()
    bessel = rigor.midpoint(2 * u.bessel_j(1) / u)
    force = exact_force(lambda h: 2.0 * h)
    x, m = solve(rewritten_field(lambda h, s: factor * force(h, s)), *to_rewritten(1.0, 0.0, 1.0 / n), [1.0 / n, 1.0])
    return float(abs(from_rewritten(x[-1, 0], m[-1, 0], 1.0)[0] - bessel))


@rate(
    source="nguyen2022",
    ref="Start near t = 0 (own statement)",
    order=2,
    at=[4, 8, 16, 32, 64],
    direction="n",
    within=0.1,
)
def the_exact_force_keeps_the_input(n):
    r"""With the exact force of (12) a start at $t_0=1/n$ gives $h(1)$ up to $O(t_0^2)$: the input is kept.

    λ = 2, h_0 = 1: 0.769987, Bessel's value.  No bounded network contains that term, t^(−1/2) h near 0.
    """
    return exact(n)


the_exact_force_keeps_the_input.mutant("order one", order=1)


@the_exact_force_keeps_the_input.mutant("half of the force")
def _(n):
    return exact(n, factor=0.5)
