"""The continuous adjoint with several observation times: gradients in the state, the weights and the times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.adjoint.continuous import Clocked, adjoint_gradients, derivations
from systems.adjoint.observed import ROUTES, TIMES, by, by_adjoint, problem, solved

TOL = {"tol": 2e-9, "why": "two solvers at 1e-11 over time 1.3; central differences, h = 2^-15, err by h² = 1e-9"}
CASES = {name: name for name in ROUTES}


@dataclass(frozen=True)
class WrongField(Clocked):
    """The field with a wrong pull in the state."""

    wrong: str = ""

    def vjp(self, t, z, a):
        to_z, to_theta = super().vjp(t, z, a)
        return -to_z if self.wrong == "sign" else self.tangent(t, z, a), to_theta


def with_wrong(wrong: str):
    """Algorithm 2 on a field that pulls wrongly."""
    f = problem().field
    return by_adjoint(WrongField(f.V, f.W, f.b, f.c, wrong))


@identity(source="chen2018", ref="Equation (4)", cases=CASES, **TOL)
def the_adjoint_with_jumps_is_the_gradient_in_the_state(case):
    r"""$a'=-a\,\partial_zf$ backwards, $\partial L/\partial z(t_i)$ added at each $t_i$, gives $a(t_0)=dL/dz_0$."""
    return by_adjoint().state, by(case).state


@the_adjoint_with_jumps_is_the_gradient_in_the_state.mutant("a' = +a ∂_z f")
def _(case):
    return with_wrong("sign").state, by(case).state


@the_adjoint_with_jumps_is_the_gradient_in_the_state.mutant("J a in place of a J")
def _(case):
    return with_wrong("transposed").state, by(case).state


@the_adjoint_with_jumps_is_the_gradient_in_the_state.mutant("no jumps before the last time")
def _(case):
    only_last = by_adjoint(covectors=lambda g: [*(0 * g_i for g_i in g[:-1]), g[-1]])
    return only_last.state, by(case).state


@the_adjoint_with_jumps_is_the_gradient_in_the_state.mutant("the jump at t_1 replaces the adjoint")
def _(case):
    return by_adjoint(intervals=1).state, by(case).state


@identity(source="chen2018", ref="Equation (5)", cases=CASES, **TOL)
def the_gradient_in_the_weights_is_an_integral_along_the_adjoint(case):
    r"""$dL/d\theta=\int_{t_0}^{t_N}a\,\partial_\theta f\,dt$: $a_\theta'=-a\,\partial_\theta f$ backwards from zero."""
    return by_adjoint().theta, by(case).theta


@the_gradient_in_the_weights_is_an_integral_along_the_adjoint.mutant("the integral from t_N to t_0 without its minus")
def _(case):
    return -by_adjoint().theta, by(case).theta


@the_gradient_in_the_weights_is_an_integral_along_the_adjoint.mutant("a_θ starts from zero again at each time")
def _(case):
    g = by_adjoint()
    first = by_adjoint(intervals=1, covectors=lambda c: [c[0], first_adjoint()])
    assert np.allclose(first.state, g.state)
    return first.theta, by(case).theta


def first_adjoint():
    """a(t_1) with the jump there: what is carried over the first interval."""
    p = problem()
    states = list(solved(p.field, p.z0, TIMES))
    g = p.covectors(states)
    return adjoint_gradients(p.field, TIMES[1:], states[1:], [g[1], *g[2:]]).state


@the_gradient_in_the_weights_is_an_integral_along_the_adjoint.mutant("a' = +a ∂_z f")
def _(case):
    return with_wrong("sign").theta, by(case).theta


@identity(source="chen2018", ref="Equation (52), Algorithm 2", cases=CASES, **TOL)
def the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last(case):
    r"""$dL/dt_i=\partial L/\partial z(t_i)f$, $i\ge1$; $a_t$, $-dL/dt_N$, less each $dL/dt_i$, gives $dL/dt_0$.

    The loss reads the first state too: z(t_0) = z_0 does not move with t_0, so that nothing is subtracted there.
    """
    return by_adjoint().times, by(case).times


def first_time(change):
    """The gradients in the times with another one in t_0."""
    times = by_adjoint().times.copy()
    times[0] = change(times)
    return times


@the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last.mutant("a_t starts at +dL/dt_N")
def _(case):
    return first_time(lambda g: g[0] + 2 * g[-1]), by(case).times


@the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last.mutant("a_t starts at 0")
def _(case):
    return first_time(lambda g: g[0] + g[-1]), by(case).times


@the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last.mutant("nothing subtracted at the jumps")
def _(case):
    return first_time(lambda g: g[0] + g[1:-1].sum()), by(case).times


@the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last.mutant("∂L/∂z(t_0) f subtracted at t_0 too")
def _(case):
    p = problem()
    at_start = p.weights[0] + p.z0
    return first_time(lambda g: g[0] - at_start @ p.field(TIMES[0], p.z0)), by(case).times


@the_gradients_in_the_times_come_from_a_slot_that_starts_at_minus_the_last.mutant("dL/dt_0 = +a f")
def _(case):
    return first_time(lambda g: -g[0]), by(case).times


# ---------------------------------------------------------------- the algebra behind it


@identity(source="chen2018", ref="Equations (34)–(51)", cases=["pairing", "time"])
def the_adjoint_pairs_with_the_tangent(case):
    r"""Along any flow $(av)'=a\,\partial_\theta f$ and $(af)'=a\,\partial_tf$, so $a_t=-af$ is the slot of time.

    For every f(t, z, θ) in the plane, θ a number, its derivatives symbols.
    """
    return derivations()[case]


@the_adjoint_pairs_with_the_tangent.mutant("a' = +a ∂_z f")
def _(case):
    return derivations(sign=1)[case]


@the_adjoint_pairs_with_the_tangent.mutant("J a in place of a J")
def _(case):
    return derivations(transposed=True)[case]


def linear(power):
    """a' + aA and a(T) − g for a = g e^{power·A(T − t)}, A = [[α, β], [0, γ]], as one list."""
    t, T = sp.symbols("t T")
    alpha, beta, gamma = sp.symbols("alpha beta gamma", positive=True)
    A, g = sp.Matrix([[alpha, beta], [0, gamma]]), sp.Matrix([sp.symbols("g1 g2")])
    s = power * (T - t)
    top = beta * (sp.exp(alpha * s) - sp.exp(gamma * s)) / (alpha - gamma)
    a = g * sp.Matrix([[sp.exp(alpha * s), top], [0, sp.exp(gamma * s)]])
    return [sp.cancel(sp.expand(e)) for e in (*(a.diff(t) + a * A), *(a.subs(t, T) - g))]


@identity(source="chen2018", ref="Equation (4)")
def the_adjoint_of_a_linear_flow_is_a_matrix_exponential():
    r"""$f=Az$: $a(t)=a(T)e^{A(T-t)}$ solves $a'=-aA$ with $a(T)=\partial L/\partial z(T)$, for a non-normal $A$."""
    return sp.Matrix(linear(1)), sp.zeros(4, 1)


@the_adjoint_of_a_linear_flow_is_a_matrix_exponential.mutant("e^{A(t − T)}")
def _():
    return sp.Matrix(linear(-1)), sp.zeros(4, 1)
