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
    "roots": sp.sqrt(1 + x**2) - sp.cbrt(2 + y**2) / 1000,
    "logarithm": sp.log(1 + x**2) ** 3 - sp.atan(y) / sp.pi,
}


@dataclass(frozen=True)
class Point:
    """An expression, rational x and y, the bits of the ball that is tested, and an interval of either number.

    Of each it is the number ± its 2^-narrow-th part, and the expression is evaluated at ``place`` of the way out.
    """

    expression: str
    x: Fraction
    y: Fraction
    bits: int
    narrow: int
    place: Fraction

    def ball(self, number: Fraction):
        """The interval about a number."""
        return rigor.ball(number) + rigor.around_zero(abs(number) / 2**self.narrow)

    def inside(self, number: Fraction) -> Fraction:
        """The number of the interval at which the expression is evaluated."""
        return number + self.place * abs(number) / 2**self.narrow  # equivalent: another place is another instance


def rationals() -> st.SearchStrategy[Fraction]:
    """Fractions in ±3, not zero."""
    return st.integers(-291, 291).filter(bool).map(lambda k: Fraction(k, 97))


NARROW = st.one_of(st.integers(1, 8), st.integers(9, 120))
PLACES = st.sampled_from([Fraction(k, 2) for k in (0, 1, -1, 2, -2)])
NAMES = st.sampled_from(sorted(EXPRESSIONS))
POINTS = st.builds(Point, NAMES, rationals(), rationals(), st.integers(16, 90), NARROW, PLACES)


def at(point: Point, bits: int):
    """The ball of the expression at the point, at a precision."""
    with rigor.precision(bits):
        return rigor.from_sympy(EXPRESSIONS[point.expression], {x: point.ball(point.x), y: point.ball(point.y)})


DIGITS = 80
"""Decimal digits of the values that mpmath gives; the narrowest ball that is tested has a radius of some 10⁻²⁷."""


def value(point: Point) -> Fraction:
    """The expression at the point by mpmath, to so many digits: SymPy raises the precision until they are right."""
    places = {x: point.inside(point.x), y: point.inside(point.y)}
    numbers = {symbol: sp.Rational(number.numerator, number.denominator) for symbol, number in places.items()}
    return Fraction(str(sp.N(EXPRESSIONS[point.expression].subs(numbers), DIGITS)))


def miss(point: Point):
    """(midpoint − value)², as a ball of 300 more bits."""
    coarse = at(point, point.bits)
    with rigor.precision(point.bits + 300):
        return (coarse.mid() - rigor.ball(value(point))) ** 2


@bound(source="johansson2017", ref="Inclusion", over=POINTS, sharp=0.99, examples=pick(quick=300, full=3000))
def a_ball_of_symbols_contains_the_value(instance):
    r"""The ball of a SymPy expression over intervals contains its values there: (midpoint − value)² ≤ radius².

    At 16 to 90 bits, against 80 digits of mpmath, of intervals from half of a number to less than its last bit.
    Nearly attained at the ends of intervals on which an expression grows, where the radius is that of its values.
    """
    return miss(instance), at(instance, instance.bits).rad() ** 2


@a_ball_of_symbols_contains_the_value.mutant("one unit in the last place, however long the expression")
def _(instance):
    return miss(instance), rigor.ball(value(instance) / 2**instance.bits) ** 2


@a_ball_of_symbols_contains_the_value.mutant("half the radius")
def _(instance):
    return miss(instance), (at(instance, instance.bits).rad() * rigor.ball(Fraction(1, 2))) ** 2


@dataclass(frozen=True)
class Power:
    """The argument m/2^k of an exponential, and the bits it is computed with."""

    m: int
    k: int
    bits: int

    def argument(self) -> Fraction:
        return Fraction(self.m, 2**self.k)


POWERS = st.builds(Power, st.integers(-40, 40), st.integers(0, 60), st.integers(16, 90))


def off_the_middle(power: Power, ends):
    """How far e^x lies from the middle of the interval [low, high], and half of its width, squared, as balls."""
    low, high = ends(power)
    with rigor.precision(600):
        value = rigor.ball(power.argument()).exp()
        return (value - (low + high) / 2) ** 2, ((high - low) / 2) ** 2


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


@bound(source="johansson2017", ref="Inclusion", over=POWERS, sharp=0.99, examples=pick(quick=300, full=3000))
def the_exponential_of_a_ball_is_enclosed(instance):
    r"""$e^x$ lies in the ball computed for it, at 16 to 90 bits and $x=m/2^k$: within its radius of its middle.

    mpmath's interval arithmetic fails the same test: for x = 2^-21 at 24 bits both ends of its interval are the float
    next to 1, below e^x.
    """
    return off_the_middle(instance, arb_interval)


@the_exponential_of_a_ball_is_enclosed.witness
def _():
    return Power(1, 21, 24)


@the_exponential_of_a_ball_is_enclosed.mutant("mpmath.iv encloses it too")
def _(instance):
    return off_the_middle(instance, mpmath_interval)


@the_exponential_of_a_ball_is_enclosed.mutant("the midpoint alone will do")
def _(instance):
    return off_the_middle(instance, lambda power: [sum(arb_interval(power), rigor.ball(0)) / 2] * 2)
