"""Balls from symbols: what they contain, and what another library's intervals miss."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import mpmath
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor

x, y = sp.symbols("x y", real=True)
EXPRESSIONS = {
    "perceptron": 3 * sp.tanh(2 * x - y / 3) - sp.Rational(1, 10) * x,
    "cancellation": (sp.exp(x) - 1 - x) / x**2,
    "growth": sp.exp(x**2) * sp.cos(7 * y) + sp.sqrt(1 + y**2),
    "logarithm": sp.log(1 + x**2) ** 3 - sp.atan(y) / sp.pi,
}


@dataclass(frozen=True)
class Point:
    """An expression, rational x and y, and the bits of the ball that is tested."""

    expression: str
    x: Fraction
    y: Fraction
    bits: int


def rationals() -> st.SearchStrategy[Fraction]:
    """Fractions in ±3, not zero."""
    return st.integers(-291, 291).filter(bool).map(lambda k: Fraction(k, 97))


POINTS = st.builds(Point, st.sampled_from(sorted(EXPRESSIONS)), rationals(), rationals(), st.integers(16, 90))


def at(point: Point, bits: int):
    """The ball of the expression at the point, at a precision."""
    with rigor.precision(bits):
        return rigor.from_sympy(EXPRESSIONS[point.expression], {x: point.x, y: point.y})


def miss(point: Point):
    """|midpoint − value|, the value from a ball of 300 more bits."""
    coarse, fine = at(point, point.bits), at(point, point.bits + 300)
    with rigor.precision(point.bits + 400):
        return abs(coarse.mid() - fine)


@bound(source="johansson2017", ref="Inclusion", over=POINTS, sharp=0.5, examples=pick(quick=300, full=3000))
def a_ball_of_symbols_contains_the_value(instance):
    r"""The ball of a SymPy expression at rational points contains its value: |midpoint − value| ≤ radius.

    At 16 to 90 bits, against 300 bits more.  The radius adds up the roundings, which seldom all point one way: the
    search comes within a factor of two of it.
    """
    return miss(instance), at(instance, instance.bits).rad()


@a_ball_of_symbols_contains_the_value.mutant("one unit in the last place, however long the expression")
def _(instance):
    value = abs(at(instance, instance.bits + 300))
    return miss(instance), value * rigor.ball(Fraction(1, 2**instance.bits))


@a_ball_of_symbols_contains_the_value.mutant("half the radius")
def _(instance):
    return miss(instance), at(instance, instance.bits).rad() * rigor.ball(Fraction(1, 2))


@dataclass(frozen=True)
class Power:
    """The argument m/2^k of an exponential, and the bits it is computed with."""

    m: int
    k: int
    bits: int

    def argument(self) -> Fraction:
        return Fraction(self.m, 2**self.k)


POWERS = st.builds(Power, st.integers(-40, 40), st.integers(0, 60), st.integers(16, 90))


def outside(power: Power, ends):
    """How far e^x lies outside the interval [low, high], as a ball: zero where it lies inside."""
    low, high = ends(power)
    with rigor.precision(600):
        value = rigor.ball(power.argument()).exp()
        return (low - value).max(value - high).max(rigor.ball(0))


def arb_interval(power: Power):
    """The ends of the ball of e^x."""
    with rigor.precision(power.bits):
        ball = rigor.ball(power.argument()).exp()
    with rigor.precision(600):
        return ball.lower(), ball.upper()


def mpmath_interval(power: Power):
    """The ends of mpmath's interval of e^x, exactly."""
    before, mpmath.iv.prec = mpmath.iv.prec, power.bits
    found = mpmath.iv.exp(mpmath.iv.mpf(power.m) / 2**power.k)
    mpmath.iv.prec = before
    return [_exactly(end) for end in found._mpi_]


def _exactly(end):
    """A raw number of mpmath, (−1)^sign · man · 2^exp, as a ball without a radius."""
    sign, man, exp, _ = end
    size = Fraction(int(man) << exp) if exp >= 0 else Fraction(int(man), 1 << -exp)
    with rigor.precision(600):
        return rigor.ball(-size if sign else size)


@bound(source="johansson2017", ref="Inclusion", over=POWERS, examples=pick(quick=300, full=3000))
def the_exponential_of_a_ball_is_enclosed(instance):
    r"""$e^x$ lies in the ball computed for it, at 16 to 90 bits and $x=m/2^k$: its distance outside is zero.

    Nothing to be sharp about: measured and predicted are zero.  mpmath's interval arithmetic fails the same test: for
    x = 2^-21 at 24 bits both ends of its interval are the float next to 1, below e^x.
    """
    return outside(instance, arb_interval), Fraction(0)


@the_exponential_of_a_ball_is_enclosed.witness
def _():
    return Power(1, 21, 24)


@the_exponential_of_a_ball_is_enclosed.mutant("mpmath.iv encloses it too")
def _(instance):
    return outside(instance, mpmath_interval), Fraction(0)


@the_exponential_of_a_ball_is_enclosed.mutant("the midpoint alone will do")
def _(instance):
    return outside(instance, lambda power: [sum(arb_interval(power), rigor.ball(0)) / 2] * 2), Fraction(0)
