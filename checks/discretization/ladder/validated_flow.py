"""Validated flows: the boxes contain solutions in closed form, and turning does not make them grow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import matmul
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.perceptrons import Layer, perceptron
from gronwall.theory.taylor import flow_series

FLOW = "Validated flow (own statement)"


@dataclass(frozen=True)
class Mixed:
    """d decoupled perceptrons y_i' = a_i tanh(w_i y_i), seen in coordinates x = Ry turned by rational rotations.

    In each, sinh(w_i y_i(s)) = e^{a_i w_i s} sinh(w_i y_i(0)): a nonlinear, coupled field with a closed form.
    """

    a: tuple[Fraction, ...]
    w: tuple[Fraction, ...]
    start: tuple[Fraction, ...]
    steps: int

    def rotation(self) -> Any:
        """Rotations by the angle of (3, 4, 5) in the planes of neighbouring coordinates, multiplied."""
        d = len(self.a)
        R = rigor.identity(d)
        for i in range(d - 1):
            turn = rigor.identity(d)
            turn[i, i], turn[i, i + 1] = rigor.ball("3/5"), -rigor.ball("4/5")
            turn[i + 1, i], turn[i + 1, i + 1] = rigor.ball("4/5"), rigor.ball("3/5")
            R = R * turn
        return R

    def layer(self) -> Layer:
        """V = R diag(a), W = diag(w) Rᵀ, b = 0."""
        R, d = self.rotation(), len(self.a)
        A, W = (_diagonal(values) for values in (self.a, self.w))
        return Layer(R * A, W * R.transpose(), rigor.from_entries(d, 1, [rigor.ball(0)] * d))

    def x0(self) -> Any:
        return self.rotation() * rigor.matrix([[y] for y in self.start])

    def exact(self, s: Fraction) -> Any:
        """x(s) = R y(s), in 200 bits more."""
        with rigor.precision(rigor.current_precision() + 200):
            rows = []
            for a, w, y in zip(self.a, self.w, self.start, strict=True):
                grown = (rigor.ball(a * w * s)).exp() * rigor.ball(w * y).sinh()
                rows.append([grown.asinh() / rigor.ball(w)])
            return self.rotation() * rigor.matrix(rows)

    def knots(self) -> list[Fraction]:
        return [Fraction(n, self.steps) for n in range(self.steps + 1)]


def _diagonal(values: tuple[Fraction, ...]) -> Any:
    n = range(len(values))
    return rigor.matrix([[values[i] if i == j else Fraction(0) for j in n] for i in n])


def quarters(low: int, high: int, d: int) -> st.SearchStrategy[tuple[Fraction, ...]]:
    """d multiples of 1/4 between low and high, not zero."""
    return st.tuples(*[st.integers(4 * low, 4 * high).filter(bool).map(lambda k: Fraction(k, 4))] * d)


MIXED = st.integers(1, 3).flatmap(
    lambda d: st.builds(Mixed, quarters(-2, 2, d), quarters(-2, 2, d), quarters(-1, 1, d), st.integers(1, 4))
)


def last_box(instance: Mixed, order: int = 7) -> Any:
    """The box at s = 1."""
    layer = instance.layer()
    return enclose_flow(lambda i: lambda x, s: perceptron(x, layer), instance.x0(), instance.knots(), order, 1e-4)[-1]


def missed(instance: Mixed, box: Any) -> list[Any]:
    """|midpoint of the box − x(1)|, entry by entry."""
    exact = instance.exact(Fraction(1))
    with rigor.precision(rigor.current_precision() + 200):
        return [abs(e.mid() - x) for e, x in zip(box.entries(), exact.entries(), strict=True)]


def radii(box: Any) -> list[Any]:
    """The radii of the box."""
    return [e.rad() for e in box.entries()]


@bound(source="lohner1987", ref=FLOW, over=MIXED, sharp=0.45, examples=pick(quick=30, full=600))
def a_validated_flow_contains_the_solution(instance):
    r"""The box of a validated step contains the solution: |midpoint − x(1)| ≤ radius in every coordinate.

    On coupled perceptrons with a closed form, to a coarse tolerance, so that it is truncation that is enclosed.  The
    box is 2 to 20 times wider than needed: the remainder is taken at its worst point of the step, and with either
    sign.
    """
    box = last_box(instance)
    return missed(instance, box), radii(box)


@a_validated_flow_contains_the_solution.witness
def _():
    return Mixed((Fraction(2),), (Fraction(2),), (Fraction(1, 4),), 1)


def polynomial(instance: Mixed, order: int) -> Any:
    """The Taylor polynomial of the flow in balls, without its remainder: only rounding is enclosed."""
    layer, x = instance.layer(), instance.x0()
    for s0, s1 in pairwise(instance.knots()):
        h = rigor.ball(s1 - s0)
        series = flow_series(lambda y, s: perceptron(y, layer), x, s0, order)
        x = sum((c * rigor.power(h, k) for k, c in enumerate(series.coefficients)), 0 * x)
    return x


@a_validated_flow_contains_the_solution.mutant("the Taylor polynomial without its remainder")
def _(instance):
    box = polynomial(instance, 7)
    return missed(instance, box), radii(box)


@a_validated_flow_contains_the_solution.mutant("Euler's method in balls: rounding is inside, truncation is not")
def _(instance):
    box = polynomial(instance, 1)
    return missed(instance, box), radii(box)


@dataclass(frozen=True)
class Turning:
    """x' = ωJx, J a quarter turn: a square of initial values with half-width 1/2^`fine`, for eighths of a turn."""

    eighths: int
    fine: int
    steps: int


def turned(instance: Turning, restart: bool = False) -> Any:
    """The largest radius of the boxes in units of the initial one; `restart` starts anew from each box."""
    omega = rigor.ball(Fraction(instance.eighths, 4)) * rigor.pi()
    J = rigor.matrix([[0, -1], [1, 0]]) * omega
    square = rigor.matrix([[1], [0]]) + rigor.matrix([[rigor.around_zero(Fraction(1, 2**instance.fine))]] * 2)
    knots = [Fraction(n, instance.steps) for n in range(instance.steps + 1)]

    def flow(start: Any, times: list[Fraction]) -> Any:
        return enclose_flow(lambda i: lambda x, s: matmul(J, x), start, times)[-1]

    if restart:
        for pair in pairwise(knots):
            square = flow(square, list(pair))
    else:
        square = flow(square, knots)
    return [e.rad() * 2**instance.fine for e in square.entries()]


TURNING = st.builds(Turning, st.integers(1, 24), st.integers(6, 16), st.integers(2, 12))


@bound(source="lohner1987", ref=FLOW, over=TURNING, sharp=0.999, examples=pick(quick=8, full=200))
def a_turning_box_does_not_wrap(instance):
    r"""A square of initial values that turns needs a box at most $1.001\sqrt2$ times as wide, however far it turns.

    The frame of the set turns with it.  Restarting from each box would multiply the width by up to √2 again and again.
    """
    return turned(instance), rigor.ball(Fraction(1001, 1000)) * rigor.ball(2).sqrt()


@a_turning_box_does_not_wrap.witness
def _():
    return Turning(9, 8, 9)


@a_turning_box_does_not_wrap.mutant("restarting from each box")
def _(instance):
    return turned(instance, restart=True), rigor.ball(Fraction(1001, 1000)) * rigor.ball(2).sqrt()


@a_turning_box_does_not_wrap.mutant("no wider than at first")
def _(instance):
    return turned(instance), rigor.ball(Fraction(1001, 1000))
