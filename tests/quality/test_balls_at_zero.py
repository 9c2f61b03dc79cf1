"""Roots and norms that touch 0 have finite balls; what has no real value, or a pole, has none."""

from __future__ import annotations

from fractions import Fraction as F

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_mat

from gronwall.theory import arithmetic as ar
from gronwall.theory import rigor

x, y = sp.symbols("x y", real=True)
R = sp.Rational

TOUCHING = {
    "seventh root": x ** R(1, 7),
    "x^(4/3)": x ** R(4, 3),
    "real cube root of any sign": sp.sign(x - y) * sp.Abs(x - y) ** R(1, 3),
    "|x|^(5/2)": sp.Abs(x - R(1, 2)) ** R(5, 2),
    "|x|^(2/5)": sp.Abs(x - R(1, 2)) ** R(2, 5),
    "|x|^sqrt(2)": sp.Abs(x - y) ** sp.sqrt(2),
    "exponent of its own": sp.Abs(x - y) ** (1 + y),
    "length of a vector": sp.sqrt((x - y) ** 2 + 3 * (2 * y - 1) ** 2),
    "cube of a length": ((x - y) ** 2 + (x + y - 1) ** 4) ** R(3, 2),
    "fourth root of fourth powers": ((x - y) ** 4 + y**4) ** R(1, 4),
    "of a product": sp.sqrt(x * y**3),
    "of a product of negatives": sp.sqrt((x - 1) * (y - 1)),
    "of what is 0 at both ends": sp.sqrt(x * (1 - x)),
    "a square, multiplied out": sp.sqrt(x**2 - 2 * x * y + y**2),
    "a product, multiplied out": sp.sqrt(x * y - x * y**2),
    "nested": sp.sqrt(sp.sqrt(x) * y + sp.Abs(x - y) ** R(1, 3)),
    "of 1 - x^2": (1 - x**2) ** R(3, 2),
    "of odd functions": sp.sqrt(sp.tanh(x) + sp.atan(y)),
    "of a positive part": sp.Max(x - y, 0) ** R(3, 2),
    "of an exponential": sp.sqrt(sp.exp(3 * x - 3 * y) - sp.Min(0, x - y)),
}
BOXES = [
    ((0, 1), (0, 1)),
    ((0, 0), (0, F(1, 3))),
    ((F(1, 3), F(1, 3)), (F(1, 3), 1)),
    ((0, F(1, 10**20)), (F(1, 7), 1)),
]


def points(box, count=7):
    low, high = (mp.mpf(end.numerator) / end.denominator for end in map(F, box))
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def ends(b):
    """The exact end points of a ball, for mpmath."""
    (m, e), (r, f) = ([int(part) for part in side.man_exp()] for side in (b.mid(), b.rad()))
    return mp.ldexp(m, e) - mp.ldexp(r, f), mp.ldexp(m, e) + mp.ldexp(r, f)


@pytest.mark.parametrize("name", TOUCHING)
@pytest.mark.parametrize("box", BOXES, ids=str)
def test_a_root_that_touches_0_has_a_finite_ball_around_all_of_its_values(name, box):
    expression = TOUCHING[name]
    b = rigor.from_sympy(expression, {x: rigor.hull(*box[0]), y: rigor.hull(*box[1])})
    assert rigor.is_finite(b)
    value = sp.lambdify((x, y), expression, "mpmath")
    with mp.workdps(60):
        low, high = ends(b)
        values = [mp.re(value(s, t)) for s in points(box[0]) for t in points(box[1])]
        slack = mp.mpf(10) ** -50  # of mpmath
        assert low <= min(values) + slack
        assert max(values) <= high + slack
        assert high <= 8 * max(map(abs, values)) + 1


@pytest.mark.parametrize(
    "expression",
    [x**2 + y**2, sp.Abs(x) + y**4, sp.Abs(x) * y**2, sp.sqrt(x**2 + y**2), sp.Max(x, y**2), sp.exp(5 * x) + sp.Abs(y)],
    ids=str,
)
def test_what_cannot_be_negative_has_a_ball_without_negative_numbers(expression):
    wide = {x: rigor.around_zero(F(2, 3)), y: rigor.hull(F(-1, 7), F(5, 3))}
    assert rigor.from_sympy(expression, wide).lower() >= 0


@pytest.mark.parametrize(
    "expression",
    [sp.sqrt(x), x ** R(1, 3), x ** R(2, 3), x ** R(-2, 1), x ** R(-1, 3), sp.Abs(x) ** R(-1, 2), sp.log(sp.Abs(x)),
     1 / sp.sqrt(x**2 + y**2), sp.sqrt(x * y), sp.sqrt(x - y), sp.sqrt(x**3), (x**2) ** R(-3, 2), x**y,
     sp.Abs(x) ** y, sp.sqrt(x**2 - y**2)],
    ids=str,
)  # fmt: skip
def test_what_has_no_real_value_somewhere_or_a_pole_stays_undecided(expression):
    b = rigor.from_sympy(expression, {x: rigor.around_zero(1), y: rigor.around_zero(2)})
    assert not rigor.is_finite(b)
    assert not rigor.certainly_le(b, 10**9)
    assert not rigor.certainly_gt(b, -(10**9))


def test_a_sum_of_balls_that_reach_below_0_a_little_keeps_what_is_there():
    """Only a root may forget them: below 0 it has no value."""
    b = arb(1, 1.0000001)
    assert rigor.from_sympy(x + y, {x: b, y: b}).contains(b.lower() + b.lower())
    assert rigor.from_sympy(x * sp.exp(y), {x: b, y: arb(0)}).contains(b.lower())


@pytest.mark.parametrize("top", [1, F(1, 3), F(10**40, 7), F(1, 10**40), 2**31 - 1])
def test_a_ball_from_0_begins_there_and_its_roots_and_powers_too(top):
    b = rigor.hull(0, top)
    assert b.lower() == 0
    assert b.contains(rigor.ball(top))
    assert rigor.upper(b) <= float(top) * (1 + 2.0**-28)
    assert rigor.hull(-rigor.ball(top), 0).upper() == 0
    for found, upper in (
        (rigor.power(b, 6), rigor.ball(F(top) ** 6)),
        (rigor.root(b, 3), rigor.ball(top).root(3)),
        (ar.sqrt(b), rigor.ball(top).sqrt()),
    ):
        assert found.lower() == 0
        assert found.contains(upper)


def test_powers_of_wide_balls_are_as_wide_as_their_values():
    b = rigor.hull(F(-7, 2), F(-3, 2))
    for n in (-5, -4, -1, 3, 4, 8):
        lowest, highest = sorted([F(-7, 2) ** n, F(-3, 2) ** n])
        found = rigor.power(b, n)
        assert found.contains(rigor.ball(lowest))
        assert found.contains(rigor.ball(highest))
        assert rigor.radius(found) <= float(highest - lowest) / 2 * (1 + 2.0**-24)


def test_the_square_root_and_the_absolute_value_of_the_primitives_touch_0():
    touching = arb(0.5, 0.5)  # whose radius flint rounds up: it reaches below 0 by 2^-31
    for b in (ar.sqrt(touching), ar.sqrt(arb_mat([[touching]]))[0, 0], ar.sqrt(np.array([touching]))[0]):
        assert rigor.is_finite(b)
        assert b.contains(0)
        assert b.contains(1)
    assert not rigor.is_finite(ar.sqrt(arb(0.5, 0.6)))
    assert ar.absolute(arb(1, 3)).lower() == 0
    assert ar.absolute(arb(1, 3)).contains(4)
    assert ar.absolute(arb(-5, 3)).contains(arb(5, 2.9))


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 4), (2, 3)], ids=str)
def test_norms_of_balls_around_0_are_finite_and_begin_at_0(shape):
    rows, columns = shape
    M = rigor.from_entries(rows, columns, [rigor.around_zero(F(1, 3))] * (rows * columns))
    for norm in (ar.norm(M), rigor.spectral_norm(M)):
        assert norm.lower() >= 0
        assert rigor.upper(norm) >= float(F(1, 3)) * np.sqrt(rows * columns) * (1 - 1e-15)
        assert rigor.is_finite(ar.sqrt(norm))
    flat = np.array(M.entries(), dtype=object).reshape(shape)
    assert rigor.is_finite(ar.sqrt(ar.norm(flat)).flat[0])
