"""Algorithm 2 in balls: the adjoint and the forward sensitivities of one neural ODE enclose the same gradient."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from gronwall import identity
from gronwall.theory import rigor
from gronwall.theory.adjoint.continuous import Clocked, algorithm_2, forward_sensitivity, in_balls
from gronwall.theory.enclosure import enclose_flow

FIELD, SLOPE = (in_balls(Clocked.random(2, 2, seed, 0.7)) for seed in (3, 4))
"""The weights, and the direction in which they move, in sixty-fourths."""
Z0, G = (rigor.matrix([[Fraction(1, 2)], [Fraction(-1, 4)]]), rigor.matrix([[1], [Fraction(-1, 2)]]))
END = Fraction(1, 4)
SPAN = [Fraction(0), END]
WIDTH = {"tol": 1e-6, "why": "the width of the boxes of validated flows with a tolerance of 2^-22"}


def dot(a, b):
    """Σ a_i b_i of two columns of balls."""
    return sum((x * y for x, y in zip(a.entries(), b.entries(), strict=True)), rigor.ball(0))


def column(*parts):
    """Columns and balls, one below the other."""
    entries = [e for part in parts for e in (part.entries() if hasattr(part, "entries") else [rigor.ball(part)])]
    return rigor.from_entries(len(entries), 1, entries)


def flow(field, start):
    """The last box of a validated flow over the span."""
    return enclose_flow(lambda i: field, start, SPAN, 6, 2.0**-22)[-1]


@cache
def tangent(direction: str):
    """(z(T), v(T)) for v(0) = e_1, e_2 or −f(t_0, z_0), and for v(0) = 0 with the weights moving."""
    zero = rigor.matrix([[0], [0]])
    starts = {"z1": rigor.matrix([[1], [0]]), "z2": rigor.matrix([[0], [1]]), "theta": zero}
    v = starts[direction] if direction in starts else -FIELD(rigor.ball(0), Z0)
    box = flow(forward_sensitivity(FIELD, SLOPE if direction == "theta" else None), column(Z0, v)).entries()
    return rigor.from_entries(2, 1, box[:2]), rigor.from_entries(2, 1, box[2:])


def last_time():
    """dL/dT = g f(T, z(T))."""
    return dot(G, FIELD(rigor.ball(END), tangent("z1")[0]))


class OppositeSign(Clocked):
    """The field with a' = +a ∂_z f."""

    def pulled(self, t, z, a):
        return -super().pulled(t, z, a)


class Transposed(Clocked):
    """The field with J a in the place of a J."""

    def pulled(self, t, z, a):
        return self.tangent(t, z, a)


@cache
def backwards(kind=Clocked):
    """(a(0), a_θ θ̇, a_t) from a(T) = g, a_θ = 0, a_t = −dL/dT: dL/dz_0, dL/dθ in a direction, dL/dt_0."""
    field = algorithm_2(kind(FIELD.V, FIELD.W, FIELD.b, FIELD.c), SLOPE, rigor.ball(END))
    return flow(field, column(tangent("z1")[0], G, 0, -last_time())).entries()[2:]


DIRECTIONS = {"state": ("z1", "z2"), "weights": ("theta",), "start of time": ("t0",)}
PLACES = {"state": slice(0, 2), "weights": slice(2, 3), "start of time": slice(3, 4)}


@identity(source="chen2018", ref="Equation (52), Algorithm 2", cases=list(DIRECTIONS), **WIDTH)
def algorithm_2_and_the_forward_tangent_enclose_one_gradient(case):
    r"""Algorithm 2 backwards and $g\,v(T)$, $v'=\partial_zf\,v+\partial_\theta f\,\dot\theta$ forwards: one box.

    Two validated flows, of dimension six and four: rounding and truncation are inside, so the boxes prove both to 1e-7.
    The derivative in t_0 is the tangent with v(0) = −f(t_0, z_0).
    """
    return backwards()[PLACES[case]], [dot(G, tangent(d)[1]) for d in DIRECTIONS[case]]


@algorithm_2_and_the_forward_tangent_enclose_one_gradient.mutant("a' = +a ∂_z f")
def _(case):
    return backwards(OppositeSign)[PLACES[case]], [dot(G, tangent(d)[1]) for d in DIRECTIONS[case]]


@algorithm_2_and_the_forward_tangent_enclose_one_gradient.mutant("J a in the place of a J")
def _(case):
    return backwards(Transposed)[PLACES[case]], [dot(G, tangent(d)[1]) for d in DIRECTIONS[case]]


@identity(source="chen2018", ref="Equation (52), Algorithm 2", **WIDTH)
def the_slot_of_time_is_minus_the_adjoint_times_the_field():
    r"""$a_t(t_0)=-a(t_0)f(t_0,z_0)$, enclosed: the slot of time of Algorithm 2 need not be integrated at all."""
    return backwards()[3:], [-dot(rigor.from_entries(2, 1, backwards()[:2]), FIELD(rigor.ball(0), Z0))]


@the_slot_of_time_is_minus_the_adjoint_times_the_field.mutant("a_t(t_0) = +a f")
def _():
    return backwards()[3:], [dot(rigor.from_entries(2, 1, backwards()[:2]), FIELD(rigor.ball(0), Z0))]


@the_slot_of_time_is_minus_the_adjoint_times_the_field.mutant("a_t starts at +dL/dt_N")
def _():
    return [e + 2 * last_time() for e in backwards()[3:]], [
        -dot(rigor.from_entries(2, 1, backwards()[:2]), FIELD(rigor.ball(0), Z0))
    ]


@the_slot_of_time_is_minus_the_adjoint_times_the_field.mutant("a_t starts at 0")
def _():
    return [e + last_time() for e in backwards()[3:]], [
        -dot(rigor.from_entries(2, 1, backwards()[:2]), FIELD(rigor.ball(0), Z0))
    ]
