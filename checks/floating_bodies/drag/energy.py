"""Energy and speed of a body in still water, and the volumes of its states in a flow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall import identity, pick
from gronwall.theory.floating_bodies.drag import acceleration, contraction, energy_rate, slowed, speed_dependent_rate

SOURCE, REF = "zhang2025", "Dissipation"
TRIPLES = [(3, 4, 5), (-5, 12, 13), (8, -15, 17), (-20, -21, 29), (7, 24, 25)]


@dataclass(frozen=True)
class Body:
    """Relative velocity of a rational length, masses along the axes, drag, and the flow that is there."""

    triple: int
    scale: Fraction
    masses: tuple[Fraction, Fraction]
    drag: tuple[Fraction, Fraction]
    flow: tuple[Fraction, Fraction]

    @property
    def w(self):
        return [self.scale * side for side in TRIPLES[self.triple][:2]]

    @property
    def s(self):
        return self.scale * TRIPLES[self.triple][2]

    def power(self, still=True, masses=None):
        """Σ m_i v_i v_i', v = w in still water and w + u in a flow."""
        a = acceleration(self.w, self.s, self.drag, self.masses)
        v = self.w if still else [w + u for w, u in zip(self.w, self.flow, strict=True)]
        return sum(m * v_i * a_i for m, v_i, a_i in zip(masses or self.masses, v, a, strict=True))


def positive(low, high):
    return st.fractions(low, high, max_denominator=8)


BODIES = st.builds(
    Body, st.integers(0, 4), positive("1/8", "2"), st.tuples(positive("1/2", "4"), positive("1/2", "4")),
    st.tuples(positive("1/8", "3"), positive("1/8", "3")), st.tuples(positive("-2", "2"), positive("-2", "2")),
)  # fmt: skip


@identity(source=SOURCE, ref=REF, over=BODIES, examples=pick(quick=60, full=400))
def drag_takes_this_power_in_still_water(instance):
    r"""$\frac{d}{dt}\frac12\sum m_iv_i^2=-(cs+c_l)s^2$ for constant masses, which may differ along the axes."""
    return instance.power(), energy_rate(instance.s, instance.drag)


@drag_takes_this_power_in_still_water.mutant("in a flow as well")
def _(instance):
    return instance.power(still=False), energy_rate(instance.s, instance.drag)


@drag_takes_this_power_in_still_water.mutant("whatever mass the energy is made with")
def _(instance):
    return instance.power(masses=(1, 1)), energy_rate(instance.s, instance.drag)


@drag_takes_this_power_in_still_water.mutant("as if drag were linear")
def _(instance):
    c, c_l = instance.drag
    return instance.power(), energy_rate(1, (c, c_l)) * instance.s**2


# ---------------------------------------------------------------- a mass that depends on the speed

S = sp.Symbol("s", positive=True)
MASSES = {
    "the paper's, which rises": 130 + 10 * sp.tanh(S / 5),
    "one that falls": 100 + 60 / (1 + sp.exp(40 * (S - sp.Rational(1, 2)))),
}
DRAG = (400, 5)
SPEEDS = np.linspace(0.05, 1.2, 24)


@cache
def along(case):
    """dE/dt of E = ½ m(|v|)|v|² along v' = −(c s + c_l)v/m(s), differentiated in v, as a function of v."""
    vx, vy = sp.symbols("v_x v_y", real=True)
    speed = sp.sqrt(vx**2 + vy**2)
    m = MASSES[case].subs(S, speed)
    E = m * speed**2 / 2
    slowing = [-(DRAG[0] * speed + DRAG[1]) * v / m for v in (vx, vy)]
    return sp.lambdify((vx, vy), E.diff(vx) * slowing[0] + E.diff(vy) * slowing[1])


def rates(case):
    return along(case)(0.6 * SPEEDS, -0.8 * SPEEDS)


def predicted(m):
    return sp.lambdify(S, speed_dependent_rate(S, DRAG, m))(SPEEDS)


@identity(source=SOURCE, ref=REF, cases=list(MASSES))
def energy_of_a_mass_that_depends_on_the_speed_changes_so(case):
    r"""$\frac{d}{dt}\frac12m(s)s^2=s\dot s\,(m+\frac12sm')$: falling where $m$ rises, and rising where $m$ falls fast.

    With m = 100 + 60/(1 + e^{40(s − ½)}) and c = 400, c_l = 5 it is +7.9 at s = ½; drag alone does not make energy fall.
    """  # noqa: E501
    return rates(case), predicted(MASSES[case])


@energy_of_a_mass_that_depends_on_the_speed_changes_so.mutant("as if the mass were constant")
def _(case):
    return rates(case), np.array([energy_rate(s, DRAG) for s in SPEEDS])


@energy_of_a_mass_that_depends_on_the_speed_changes_so.mutant("the whole of s m'")
def _(case):
    m, (c, c_l) = MASSES[case], DRAG
    whole = -S * (c * S + c_l) * S / m * (m + S * sp.diff(m, S))
    return rates(case), sp.lambdify(S, whole)(SPEEDS)


# ---------------------------------------------------------------- how it slows down

TIMES = np.linspace(0.1, 6, 13)
CASES = {"mostly quadratic": (4.0, 0.1, 0.9), "mostly linear": (0.3, 0.8, 1.2)}
"""α, β and the first speed."""


def simulated(case):
    """The speed in still water, by DOP853 in the plane."""
    alpha, beta, s0 = CASES[case]

    def field(_, state):
        v = state[2:]
        return [*v, *acceleration(v, np.hypot(*v), (alpha, beta), (1.0, 1.0))]

    start = [0.0, 0.0, 0.6 * s0, -0.8 * s0]
    found = solve_ivp(field, (0, TIMES[-1]), start, "DOP853", t_eval=TIMES, rtol=1e-11, atol=1e-13)
    return np.hypot(*found.y[2:])


@identity(source=SOURCE, ref=REF, cases=list(CASES), tol=1e-9, why="an integration to 1e-11")
def a_body_slows_down_like_this(case):
    r"""$s(t)=\frac{\beta s_0e^{-\beta t}}{\beta+\alpha s_0(1-e^{-\beta t})}$, $\alpha=c/m$, $\beta=c_l/m$."""
    alpha, beta, s0 = CASES[case]
    return simulated(case), slowed(TIMES, s0, alpha, beta, np.exp)


@a_body_slows_down_like_this.mutant("as if drag were linear")
def _(case):
    _, beta, s0 = CASES[case]
    return simulated(case), s0 * np.exp(-beta * TIMES)


@a_body_slows_down_like_this.mutant("as if it were quadratic")
def _(case):
    alpha, _, s0 = CASES[case]
    return simulated(case), s0 / (1 + alpha * s0 * TIMES)


# ---------------------------------------------------------------- volumes of states


@cache
def minus_divergence():
    """−div f of (x', v') in a Taylor–Green flow, as an expression in states and parameters."""
    x, y, vx, vy = sp.symbols("x y v_x v_y", real=True)
    mx, my, c, c_l = sp.symbols("m_x m_y c c_l", positive=True)
    flow = (-sp.sin(x) * sp.cos(y), sp.cos(x) * sp.sin(y))
    w = [vx - flow[0], vy - flow[1]]
    f = [vx, vy, *acceleration(w, sp.sqrt(w[0] ** 2 + w[1] ** 2), (c, c_l), (mx, my))]
    total = -sum(component.diff(z) for component, z in zip(f, (x, y, vx, vy), strict=True))
    return sp.lambdify((x, y, vx, vy, mx, my, c, c_l), total, "math")


def shrinking(instance):
    """At a place where the flow is (0, 0.8…): volumes, and what the formula says."""
    x, y = 0.3, 0.9
    flow = (-np.sin(x) * np.cos(y), np.cos(x) * np.sin(y))
    w = [float(value) for value in instance.w]
    v = [w_i + u for w_i, u in zip(w, flow, strict=True)]
    return minus_divergence()(x, y, *v, *map(float, instance.masses), *map(float, instance.drag))


def formula(instance, drag=None, masses=None):
    return float(contraction(instance.w, instance.s, drag or instance.drag, masses or instance.masses))


@identity(source=SOURCE, ref=REF, over=BODIES, tol=1e-12, why="floats of a derivative by symbols",
          examples=pick(quick=60, full=400))  # fmt: skip
def volumes_of_states_shrink_at_this_rate(instance):
    r"""$-\mathrm{div}f=(cs+c_l)(\frac1{m_x}+\frac1{m_y})+\frac cs(\frac{w_x^2}{m_x}+\frac{w_y^2}{m_y})$.

    Whatever the flow; in Taylor and Green's, differentiated in states.  No Hamiltonian field shrinks volumes at all.
    """
    return shrinking(instance), formula(instance)


@volumes_of_states_shrink_at_this_rate.mutant("without the slope of the drag")
def _(instance):
    c, c_l = instance.drag
    return shrinking(instance), float((c * instance.s + c_l) * sum(1 / m for m in instance.masses))


@volumes_of_states_shrink_at_this_rate.mutant("with one mass for both axes")
def _(instance):
    return shrinking(instance), formula(instance, masses=(instance.masses[0],) * 2)
