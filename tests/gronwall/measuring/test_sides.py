"""One side of a comparison: in which arithmetic it is read, with which entries, and what is refused."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from flint import arb, arb_mat, fmpq, fmpz

from gronwall.measuring.sides import Side, Unusable, as_ball, floats, is_symbolic, lowest, read, repeated, to_float

EPS = 2.0**-52
x = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("value", "entries", "shape", "grade", "eps"),
    [
        (3, [3], (), "derived", 0.0),
        (Fraction(1, 3), [Fraction(1, 3)], (), "derived", 0.0),
        (fmpq(2, 6), [Fraction(1, 3)], (), "derived", 0.0),
        (fmpz(7), [Fraction(7)], (), "derived", 0.0),
        (10**40, [10**40], (), "derived", 0.0),
        ([1, 2], [1, 2], (2,), "derived", 0.0),
        ([[1, 2], [3, 4]], [1, 2, 3, 4], (2, 2), "derived", 0.0),
        (np.array([1, 2], dtype=np.uint8), [1, 2], (2,), "derived", 0.0),
        (np.int32(5), [5], (), "derived", 0.0),
        ([Fraction(1, 2), 3], [Fraction(1, 2), 3], (2,), "derived", 0.0),
        ([fmpq(1, 2), np.int64(3)], [Fraction(1, 2), 3], (2,), "derived", 0.0),
        (sympy.Rational(2, 6), [Fraction(1, 3)], (), "derived", 0.0),
        (sympy.Matrix([[1, 2], [3, sympy.Rational(1, 2)]]), [1, 2, 3, Fraction(1, 2)], (2, 2), "derived", 0.0),
        ([sympy.Integer(2), 1], [2, 1], (2,), "derived", 0.0),
        (0.5, [0.5], (), "measured", EPS),
        (True, [1.0], (), "measured", EPS),
        ([True, False], [1.0, 0.0], (2,), "measured", EPS),
        ([1, 0.5], [1.0, 0.5], (2,), "measured", EPS),
        ([Fraction(1, 4), 0.5], [0.25, 0.5], (2,), "measured", EPS),
        (np.float32(0.5), [0.5], (), "measured", 2.0**-23),
        (np.float16([1, 2]), [1.0, 2.0], (2,), "measured", 2.0**-10),
        (np.longdouble(1), [1.0], (), "measured", EPS),
        (torch.tensor([1.0, 2.0]), [1.0, 2.0], (2,), "measured", 2.0**-23),
        (torch.tensor([1.0, 2.0], requires_grad=True), [1.0, 2.0], (2,), "measured", 2.0**-23),
        (torch.tensor([1, 2]), [1, 2], (2,), "derived", 0.0),
        ([torch.tensor(1.0, dtype=torch.float64), 2.0], [1.0, 2.0], (2,), "measured", EPS),
        (torch.tensor([1.0, 2.5], dtype=torch.bfloat16), [1.0, 2.5], (2,), "measured", 2.0**-23),
        (sympy.Float("0.5"), [0.5], (), "measured", EPS),
        (sympy.oo, [math.inf], (), "measured", EPS),
        (math.inf, [math.inf], (), "measured", EPS),
    ],
    ids=lambda value: re.sub(r" at 0x[0-9a-f]+", "", str(value)),
)
def test_a_value_is_read_in_the_arithmetic_it_came_in(value, entries, shape, grade, eps):
    side = read(value, "left")
    assert list(side.entries) == entries
    assert (side.shape, side.grade, side.eps) == (shape, grade, eps)


@pytest.mark.parametrize(
    ("value", "shape", "grade"),
    [
        (arb(1, 0.5), (), "enclosed"),
        ([arb(1), Fraction(1, 3)], (2,), "enclosed"),
        (np.array([[arb(1)], [arb(2)]], dtype=object), (2, 1), "enclosed"),
        (arb_mat([[1, 2, 3]]), (1, 3), "enclosed"),
        ([arb(1), 0.5], (2,), "measured"),
        (sympy.sqrt(2), (), "enclosed"),
        (sympy.Matrix([sympy.sqrt(2), 1]), (2, 1), "enclosed"),
        ([sympy.sqrt(2), 0.5], (2,), "measured"),
    ],
    ids=lambda value: re.sub(r" at 0x[0-9a-f]+", "", str(value)),
)
def test_balls_and_irrational_numbers_are_enclosed_and_a_float_among_them_taints(value, shape, grade):
    side = read(value, "left")
    assert (side.shape, side.grade) == (shape, grade)
    assert side.eps == (EPS if grade == "measured" else 0.0)
    assert all(isinstance(entry, arb) for entry in side.entries)
    if "sqrt" in str(value):
        assert side.entries[0].contains(arb(2).sqrt())


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": 1}, "left is {'a': 1}, not a number, an array or a ball"),
        (b"1", "not a number"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), r"left is NaN at entry \(1, 1\)"),
        ([math.nan, math.nan], r"left is NaN at entry \(0,\)"),
        (np.float64("nan"), "left is NaN$"),
        (np.zeros((0, 3)), r"left is empty \(shape \(0, 3\)\)"),
        (np.array([1j]), r"left is complex \(complex128\); compare real quantities"),
        (np.array(["a"]), "dtype <U1, not numbers"),
        ([object()], "left holds object objects, not numbers"),
        (x, r"left has free symbols \['x'\]"),
        ([x, 1.0], "free symbols"),
        ([arb(1), math.inf], "left has an entry inf among balls"),
        ([arb(1), "a"], "left: ball.* got 'a'"),
        (sympy.nan, "left is nan: "),
        (sympy.zoo, "left is zoo: "),
        (sympy.I + sympy.sqrt(2), "left is sqrt"),
        ([1.0, sympy.nan], "left is nan: "),
        (np.array([[1.0, 2.0], [3.0]], dtype=object), "left holds list objects, not numbers"),
    ],
    ids=lambda value: re.sub(r" at 0x[0-9a-f]+", "", str(value)),
)
def test_what_cannot_be_compared_is_refused_with_its_name(value, says):
    with pytest.raises(Unusable, match=says):
        read(value, "left")


def test_the_lowest_grade_of_several():
    assert lowest("derived", "enclosed") == "enclosed"
    assert lowest("enclosed", "measured", "derived") == "measured"
    assert lowest("derived") == "derived"


class OwnSymbol(sympy.Symbol):
    """A symbol of somebody's own class."""


def test_what_is_symbolic():
    assert is_symbolic(OwnSymbol("x"))
    assert is_symbolic(x)
    assert is_symbolic(sympy.Matrix([1]))
    assert not is_symbolic(1.0)
    assert not is_symbolic(Fraction(1, 2))


def test_one_entry_is_repeated_for_many_and_many_are_not():
    assert repeated(Side([3], (), "derived", 0.0), 3) == [3, 3, 3]
    assert repeated(Side([3, 4], (2,), "derived", 0.0), 2) == [3, 4]


def test_numbers_of_any_arithmetic_become_floats():
    assert floats(Side([Fraction(1, 4), Fraction(3)], (2,), "derived", 0.0)).tolist() == [0.25, 3.0]
    assert to_float(Fraction(10) ** 400) == math.inf
    assert to_float(-(10**400)) == -math.inf
    assert to_float(0.1) == 0.1
    assert to_float(arb(0.75, 0.25)) == 0.75
    assert to_float(10**400 // 10**399) == 10.0


def test_a_number_becomes_a_ball_around_itself_unless_it_is_infinite():
    assert as_ball(0.1) == arb(0.1)
    assert as_ball(np.float32(0.5)) == arb(0.5)
    assert as_ball(Fraction(1, 3)).contains(fmpq(1, 3))
    assert as_ball(Fraction(1, 3)).rad() < 1e-15
    for endless in (math.inf, -math.inf):
        with pytest.raises(Unusable, match=f"one side is {endless}, an infinite float, against a ball"):
            as_ball(endless)
