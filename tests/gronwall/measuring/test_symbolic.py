"""Deciding symbols: equal by simplification, apart at a rational point, or neither."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from gronwall.measuring import symbolic
from gronwall.measuring.sides import Unusable
from gronwall.measuring.symbolic import _is_zero, is_undecided_symbol, symbolic_difference

x, y = sympy.symbols("x y")
f, g = sympy.Function("f"), sympy.Function("g")


def told(left, right, seed=0):
    return symbolic_difference(left, right, seed)


# --------------------------------------------------------------------------- for whom it is


@pytest.mark.parametrize(
    ("left", "right", "symbolic"),
    [
        (x, 1.0, True),
        ([1, x], 2, True),
        (sympy.Integer(1), 1, True),
        (sympy.sqrt(2), 1.4, False),
        (sympy.Float("0.5"), sympy.Integer(1), False),
        (sympy.sqrt(2), [1, [0.5]], False),
        (1, 2, False),
        (np.array([x, 1], dtype=object), 1, True),
        (np.array([0.5, 1]), sympy.sqrt(2), True),
        (0.5, [x, 1], True),
        (sympy.Matrix([x]), sympy.Matrix([x]), True),
    ],
    ids=str,
)
def test_symbols_are_for_sympy_and_plain_numbers_with_floats_are_not(left, right, symbolic):
    assert is_undecided_symbol(left, right) is symbolic


# --------------------------------------------------------------------------- equal


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((x + y) ** 2, x**2 + 2 * x * y + y**2),
        (sympy.sin(x) ** 2 + sympy.cos(x) ** 2, 1),
        (1 / x + 1 / y, (x + y) / (x * y)),
        ([x, 2 * x], [x, x + x]),
        ([x - x, y - y], 0),
        (sympy.Matrix([[x, 1], [0, x]]) ** 2, sympy.Matrix([[x**2, 2 * x], [0, x**2]])),
        (sympy.sqrt(2) * sympy.sqrt(3), sympy.sqrt(6)),
        (f(x) + f(x), 2 * f(x)),
        (sympy.exp(sympy.I * x), sympy.cos(x) + sympy.I * sympy.sin(x)),
        (np.array([x, y], dtype=object), [x, y]),
    ],
    ids=str,
)
def test_what_is_equal_simplifies_to_zero(left, right):
    found = told(left, right)
    assert found["equal"] is True
    assert found["point"] is None
    assert found["grade"] == "derived"
    assert found["difference"] == "0"
    assert found["symbolic"]


def test_free_says_whether_there_are_variables():
    assert told(x, x)["free"]
    assert told(x - x + sympy.sqrt(2), sympy.sqrt(2))["free"] is False
    assert told(0, [x - x])["free"] is False


# --------------------------------------------------------------------------- apart


@pytest.mark.parametrize("seed", range(5))
def test_what_differs_is_apart_at_a_rational_point_that_is_told(seed):
    left, right = (x + y) ** 2, x**2 + y**2
    found = told(left, right, seed)
    assert found["equal"] is False
    at = {symbol: sympy.Rational(found["point"][str(symbol)]) for symbol in (x, y)}
    assert (left - right).subs(at) != 0
    assert sympy.simplify(sympy.sympify(found["difference"]) - (left - right)) == 0
    assert told(left, right, seed)["point"] == found["point"]
    assert told(left, right, seed + 1)["point"] != found["point"]


def test_the_entry_that_differs_is_the_one_told():
    found = told([x, y, x * y], [x, y, x + y])
    assert found["equal"] is False
    assert sympy.simplify(sympy.sympify(found["difference"]) - (x * y - x - y)) == 0
    assert set(found["point"]) == {"x", "y"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sympy.sqrt(2), sympy.Rational(7, 5)),
        (sympy.Integer(1), 2),
        (0.5 * x, x / 3),
        (sympy.exp(sympy.I * x), sympy.cos(x) - sympy.I * sympy.sin(x)),
        (sympy.exp(x), sympy.exp(x) + sympy.Rational(1, 10**40)),
        (sympy.gamma(x), sympy.gamma(x) + sympy.I / 10**15),
        (f(x) - f(x) + x, 2 * x),
        (sympy.besselj(0, x), sympy.besselj(1, x)),
    ],
    ids=str,
)
def test_numbers_complex_ones_and_other_functions_that_differ_are_apart(left, right):
    assert told(left, right)["equal"] is False


def test_floats_agree_to_half_of_their_digits_and_taint():
    found = told(0.5 * x, x / 2)
    assert found["grade"] == "measured"
    assert found["equal"] is not False
    assert told(sympy.Float(1) * x, x * (1 + sympy.Rational(1, 10**9)))["equal"] is not False
    assert told(sympy.Float(1) * x, x * (1 + sympy.Rational(1, 10**7)))["equal"] is False
    assert told(x, 2 * x)["grade"] == "derived"


def test_a_float_against_a_symbol_is_a_number_like_others():
    assert told(x, 1.0)["equal"] is False
    assert told([x, 0.5], [x, sympy.Float("0.5")])["equal"] is True
    assert told([x, 0.5], [x, sympy.Rational(1, 2)])["grade"] == "measured"


def test_without_balls_twenty_digits_tell_sides_apart_by_the_size_of_their_terms_or_of_one():
    one = sympy.sin(x) ** 2 + sympy.cos(x) ** 2
    for size, apart in ((15, True), (7, False)):
        tiny = sympy.I * sympy.Rational(size, 10**21) * one
        assert (told(tiny, 0)["equal"] is False) is apart


def test_points_lie_where_the_symbols_live():
    n, p, m, k = (
        sympy.Symbol("n", integer=True), sympy.Symbol("p", positive=True), sympy.Symbol("m", negative=True),
        sympy.Symbol("k", integer=True, negative=True),
    )  # fmt: skip
    for seed in range(6):
        point = told(n + p + m + k, 2 * (n + p + m + k) + sympy.pi, seed)["point"]
        assert Fraction(point["n"]).denominator == 1
        assert Fraction(point["n"]) != 0
        assert Fraction(point["p"]) > 0
        assert Fraction(point["m"]) < 0
        assert Fraction(point["k"]).denominator == 1
        assert Fraction(point["k"]) < 0
    assert told(sympy.sqrt(p**2), p)["equal"] is True
    assert told(sympy.sqrt(x**2), x)["equal"] is not True


def test_what_has_no_value_at_the_points_is_left_to_simplification():
    assert told(sympy.log(-(x**2)), sympy.log(-(x**2)))["equal"] is True
    integral = sympy.Integral(sympy.exp(-(x**2) * y), (x, 0, 1))
    assert told(integral, integral + f(y) - f(y))["equal"] is True
    assert told(integral, 2 * integral)["equal"] is not True


# --------------------------------------------------------------------------- neither


def test_what_neither_simplifies_nor_separates_stays_open_and_is_shown():
    found = told([x, f(x)], [x, g(x)])
    assert found["equal"] is None
    assert found["point"] is None
    assert sympy.sympify(found["difference"], locals={"f": f, "g": g}) in (f(x) - g(x), g(x) - f(x))
    many = told(sum(f(k * x) for k in range(1, 90)), g(x))
    assert len(many["difference"]) == 300


# --------------------------------------------------------------------------- what cannot be compared


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ([x, y], [x, y, 1], r"left has \(2,\), right has \(3,\)"),
        (x, [x, y], "wrong shape"),
        (sympy.Matrix([[x, 1], [1, x]]), sympy.Matrix([x, 1, 1, x]), r"left has \(2, 2\), right has \(4, 1\)"),
        (sympy.Matrix([x, y]), sympy.Matrix([1]), "wrong shape"),
        ([], x, "wrong shape"),
        ([], [], "left is empty"),
        (x * sympy.oo, 1, "not finite"),
        (x + sympy.zoo, 1, "not finite"),
        ([x, sympy.nan], [x, 1], "not finite"),
        (x, float("nan"), "one side is NaN"),
    ],
    ids=str,
)
def test_shapes_that_differ_and_what_is_not_finite_are_refused(left, right, says):
    with pytest.raises(Unusable, match=says):
        told(left, right)


def test_a_number_that_is_certainly_not_zero_is_told_from_one_that_may_be():
    assert _is_zero(sympy.sqrt(2) - 1) is False
    assert _is_zero(sympy.Integer(0)) is True
    assert _is_zero(x**2 + 1) is None


def test_the_difference_is_the_left_side_less_the_right():
    assert told(x + 3, x)["difference"] == "3"


def test_whole_numbers_begin_with_one_and_a_gap_at_the_border_is_none():
    k = sympy.Symbol("k", integer=True, positive=True)
    assert symbolic._admissible(k, Fraction(0)) == 1
    assert symbolic._admissible(k, Fraction(-3, 2)) == 4
    assert not symbolic._apart_by_digits(sympy.Float(1e-8), {})
    assert symbolic._apart_by_digits(sympy.Float(1.0000001e-8), {})
