"""What trajectories say of masses, of drag and of the flow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from checks.floating_bodies.drag.energy import BODIES, TRIPLES, positive
from gronwall import identity, pick
from gronwall.theory.floating_bodies.drag import acceleration, met

SOURCE, REF = "zhang2025", "Identifiability"


@identity(source=SOURCE, ref=REF, over=st.tuples(BODIES, positive("1/4", "4")), examples=pick(quick=60, full=400))
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


@identity(source=SOURCE, ref=REF, over=STATES, examples=pick(quick=15, full=100))
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


@identity(source=SOURCE, ref=REF, over=PAIRS, examples=pick(quick=60, full=400))
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
