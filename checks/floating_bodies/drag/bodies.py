"""A body with drag: its energy, its speed, the volumes of its states, and what its accelerations say of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.domains import rationals
from gronwall.theory.floating_bodies.drag import (
    acceleration,
    contraction,
    energy_rate,
    met,
    speed_dependent_rate,
)

SOURCE, REF, SAID = "zhang2025", "Dissipation", "Identifiability"
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
    return rationals(low, high, 8)


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
    """At a place where the flow is (−0.18, 0.75): volumes, and what the formula says."""
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


# ---------------------------------------------------------------- turned axes


@dataclass(frozen=True)
class Turned:
    """A body at a place in a rotation, and a rational turn of the plane."""

    body: Body
    place: tuple[Fraction, Fraction]
    omega: Fraction
    turn: int

    def turned(self, vector):
        a, b, c = TRIPLES[self.turn]
        return [
            Fraction(a, c) * vector[0] - Fraction(b, c) * vector[1],
            Fraction(b, c) * vector[0] + Fraction(a, c) * vector[1],
        ]

    def acceleration(self, place, v, masses, flow, quadratic):
        """v' at a place and a velocity, in a flow, the drag larger by 1 + |x|²; without its quadratic part, any speed."""  # noqa: E501
        w = [v_i - u for v_i, u in zip(v, flow(place), strict=True)]
        grown = 1 + sum(x * x for x in place)
        c, c_l = self.body.drag
        return acceleration(w, self.body.s, (quadratic * grown * c, grown * c_l), masses)

    def both(self, masses, current=(0, 0)):
        """f(Rx, Rv) and R f(x, v) in a rotation and a current, as columns."""

        def flow(place):
            return [-self.omega * place[1] + current[0], self.omega * place[0] + current[1]]

        quadratic = not any(current)  # else |v − u| is no longer the rational length of the body's w
        v = [w + u for w, u in zip(self.body.w, flow(self.place), strict=True)]
        first = self.acceleration(self.turned(self.place), self.turned(v), masses, flow, quadratic)
        second = self.turned(self.acceleration(self.place, v, masses, flow, quadratic))
        return sp.Matrix(list(map(rational, first))), sp.Matrix(list(map(rational, second)))


TURNED = st.builds(
    Turned, BODIES, st.tuples(positive("-2", "2"), positive("-2", "2")), positive("1/8", "1"), st.integers(0, 4)
)  # fmt: skip


@identity(source=SOURCE, ref=REF, over=TURNED, examples=pick(quick=60, full=400))
def turned_bodies_move_as_bodies_turned(instance):
    r"""$f(Rx,Rv)=Rf(x,v)$ for one mass in a rotation: with drag by $|x|$ and $|v-u|$.

    The released model has masses along the axes of the world; where they differ it is not turned with the body.
    """
    return instance.both((instance.body.masses[0],) * 2)


@turned_bodies_move_as_bodies_turned.mutant("with masses that differ along the axes")
def _(instance):
    return instance.both(instance.body.masses)


@turned_bodies_move_as_bodies_turned.mutant("in a current as well")
def _(instance):
    return instance.both((instance.body.masses[0],) * 2, current=(Fraction(1, 2), 0))


# ---------------------------------------------------------------- what accelerations say


@identity(source=SOURCE, ref=SAID, over=st.tuples(BODIES, positive("1/4", "4")), examples=pick(quick=60, full=400))
def masses_and_drag_move_alike(instance):
    r"""$(m,c,c_l)\mapsto\lambda(m,c,c_l)$ changes no acceleration where no force is known."""
    body, factor = instance
    scaled = acceleration(body.w, body.s, [factor * c for c in body.drag], [factor * m for m in body.masses])
    return sp.Matrix(list(map(rational, scaled))), sp.Matrix(plain(body))


@masses_and_drag_move_alike.mutant("with a force that is known")
def _(instance):
    body, factor = instance
    force = (Fraction(1), Fraction(-1))
    scaled = acceleration(body.w, body.s, [factor * c for c in body.drag], [factor * m for m in body.masses], force)
    return sp.Matrix(list(map(rational, scaled))), sp.Matrix(plain(body, force))


@masses_and_drag_move_alike.mutant("the masses alone")
def _(instance):
    body, factor = instance
    scaled = acceleration(body.w, body.s, body.drag, [factor * m for m in body.masses])
    return sp.Matrix(list(map(rational, scaled))), sp.Matrix(plain(body))


def rational(value):
    return sp.Rational(value.numerator, value.denominator)


def plain(body, force=(0, 0)):
    return list(map(rational, acceleration(body.w, body.s, body.drag, body.masses, force)))


# ---------------------------------------------------------------- how many constants


@dataclass(frozen=True)
class States:
    """Relative velocities of several states, and the constants m, c, c_l of an isotropic body."""

    states: tuple[tuple[int, Fraction], ...]
    constants: tuple[Fraction, Fraction, Fraction]

    def rank(self, force=(0, 0), only=None):
        """The rank of the derivatives of all accelerations in the constants."""
        m, c, c_l = sp.symbols("m c c_l", positive=True)
        rows = []
        for place, scale in self.states[:only]:
            *w, s = (rational(scale) * side for side in TRIPLES[place])
            for a in acceleration(w, s, (c, c_l), (m, m), force):
                rows.append([a.diff(one) for one in (m, c, c_l)])
        given = dict(zip((m, c, c_l), map(rational, self.constants), strict=True))
        return sp.Matrix(rows).subs(given).rank()


def different(states):
    return len({scale * TRIPLES[place][2] for place, scale in states}) >= 3


STATES = st.builds(
    States,
    st.lists(st.tuples(st.integers(0, 4), positive("1/8", "2")), min_size=4, max_size=4).map(tuple).filter(different),
    st.tuples(positive("1/2", "4"), positive("1/8", "3"), positive("1/8", "3")),
)
FORCE = (50, 0)


@identity(source=SOURCE, ref=SAID, over=STATES, examples=pick(quick=15, full=100))
def two_of_three_constants_and_three_with_a_force(instance):
    r"""Accelerations at states of three speeds have rank 2 in $(m,c,c_l)$, and rank 3 where a constant force is known."""  # noqa: E501
    return sp.Matrix([instance.rank(), instance.rank(FORCE)]), sp.Matrix([2, 3])


@two_of_three_constants_and_three_with_a_force.mutant("all three without a force")
def _(instance):
    return sp.Matrix([instance.rank(), instance.rank(FORCE)]), sp.Matrix([3, 3])


@two_of_three_constants_and_three_with_a_force.mutant("at a single state")
def _(instance):
    return sp.Matrix([instance.rank(only=1), instance.rank(FORCE, only=1)]), sp.Matrix([2, 3])


# ---------------------------------------------------------------- the flow


@dataclass(frozen=True)
class Pair:
    """Two bodies at one place, with relative velocities that are not parallel, in a flow that is there."""

    first: tuple[int, Fraction]
    second: tuple[int, Fraction]
    flow: tuple[Fraction, Fraction]
    masses: tuple[Fraction, Fraction]
    drag: tuple[Fraction, Fraction]

    def met(self, masses):
        lines = []
        for place, scale in (self.first, self.second):
            *w, s = (scale * side for side in TRIPLES[place])
            lines += [[w_i + u for w_i, u in zip(w, self.flow, strict=True)], acceleration(w, s, self.drag, masses)]
        return [rational(Fraction(value)) for value in met(*lines)]


PAIRS = st.builds(
    Pair, st.tuples(st.sampled_from([0, 1]), positive("1/8", "2")),
    st.tuples(st.sampled_from([2, 3, 4]), positive("1/8", "2")), st.tuples(positive("-2", "2"), positive("-2", "2")),
    st.tuples(positive("1/2", "1"), positive("2", "4")),
    st.tuples(positive("1/8", "3"), positive("1/8", "3")),
)  # fmt: skip


def there(instance):
    return sp.Matrix([rational(u) for u in instance.flow])


@identity(source=SOURCE, ref=SAID, over=PAIRS, examples=pick(quick=60, full=400))
def two_accelerations_meet_in_the_flow(instance):
    r"""For one mass the lines $v_i+\tau\dot v_i$ of two bodies at one place meet in $u(x)$: the flow is seen without ψ."""  # noqa: E501
    return sp.Matrix(instance.met((instance.masses[0],) * 2)), there(instance)


@two_accelerations_meet_in_the_flow.mutant("for masses that differ along the axes")
def _(instance):
    return sp.Matrix(instance.met(instance.masses)), there(instance)


@two_accelerations_meet_in_the_flow.mutant("in the mean of the two velocities")
def _(instance):
    means = [
        sum(rational(scale * TRIPLES[place][i]) for place, scale in (instance.first, instance.second)) / 2
        for i in range(2)
    ]
    return sp.Matrix(instance.met((instance.masses[0],) * 2)), there(instance) + sp.Matrix(means)
