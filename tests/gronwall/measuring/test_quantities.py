"""Comparing numbers: floats, exact numbers, balls, and what cannot be compared."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from flint import arb, fmpq

from gronwall.measuring.quantities import (
    SLACK_ULPS,
    at_rising_precision,
    compare,
    difference,
    restore,
    store,
)
from gronwall.measuring.sides import Unusable, lowest


def test_one_ulp_above_is_within_the_slack_and_ten_are_not():
    eps = np.finfo(np.float64).eps
    assert compare(1.0 + eps, 1.0).state == "below"
    assert compare(1.0 + 10 * eps, 1.0).state == "above"


def test_the_slack_is_that_of_the_coarser_dtype():
    assert compare(np.float32(1.0) + np.float32(2e-7), 1.0).state == "below"
    assert compare(1.0 + 2e-7, 1.0).state == "above"
    assert compare(torch.tensor(1.0 + 2e-7), 1.0).eps == pytest.approx(np.finfo(np.float32).eps)


def test_the_worst_entry_of_an_array_decides():
    pair = compare([0.1, 0.9, 0.5], 1.0)
    assert (pair.entry, pair.ratio, pair.state) == (1, 0.9, "below")
    assert compare(np.array([0.1, 1.1, 0.5]), np.array([1.0, 1.2, 0.4])).entry == 2


@pytest.mark.parametrize(
    ("measured", "predicted", "state", "ratio"),
    [
        (0.0, 0.0, "below", None),
        (1e-300, 0.0, "above", None),
        (-1.0, 0.0, "below", None),
        (-3.0, -2.0, "below", None),
        (-1.0, -2.0, "above", None),
        (math.inf, 1.0, "above", None),
        (math.inf, math.inf, "below", None),
        (1.0, math.inf, "below", 0.0),
        (0.0, 2.0, "below", 0.0),
    ],
)
def test_zero_negative_and_infinite_numbers_compare_as_stated(measured, predicted, state, ratio):
    pair = compare(measured, predicted)
    assert (pair.state, pair.ratio) == (state, ratio)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (math.nan, "NaN"),
        ([1.0, math.nan], r"entry \(1,\)"),
        ([], "empty"),
        (1j, "complex"),
        ("one", "not a number"),
        (None, "not a number"),
        ([[1.0], [1.0, 2.0]], "rectangular"),
        (arb("nan"), "not finite"),
        (arb("inf"), "not finite"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(value, says):
    with pytest.raises(Unusable, match=says):
        compare(value, 1.0)


@pytest.mark.parametrize(
    ("measured", "predicted"), [((3,), (2,)), ((3, 1), (3,)), ((), (3,)), ((3,), (1,)), ((2, 3), (3,))]
)
def test_only_one_number_or_the_same_shape_is_compared_with(measured, predicted):
    with pytest.raises(Unusable, match="wrong shape"):
        compare(np.ones(measured), np.ones(predicted))


def test_exact_numbers_are_compared_exactly():
    third = Fraction(1, 3)
    assert compare(third, third).state == "below"
    assert compare(third + Fraction(1, 10**40), third).state == "above"
    assert compare(third, third).grade == "derived"
    assert compare(fmpq(1, 3), 1).grade == "derived"


def test_a_float_taints():
    assert compare(Fraction(1, 3), 0.5).grade == "measured"
    assert compare(arb(fmpq(1, 3)), 0.5).grade == "measured"
    assert compare(arb(fmpq(1, 3)), Fraction(1, 2)).grade == "enclosed"
    assert lowest("derived", "enclosed", "measured") == "measured"


def test_balls_decide_only_when_they_separate():
    assert compare(arb(1, 0.1), arb(2, 0.1)).state == "below"
    assert compare(arb(2, 0.1), arb(1, 0.1)).state == "above"
    assert compare(arb(1, 0.6), arb(2, 0.6)).state == "undecided"


def test_the_precision_rises_until_the_balls_separate():
    tiny = Fraction(1, 2**300)
    pair = at_rising_precision(
        lambda: compare(arb(2).sqrt(), arb(2).sqrt() + arb(fmpq(tiny.numerator, tiny.denominator))),
        lambda pair: pair.state == "undecided",
    )
    assert pair.state == "below"


@pytest.mark.parametrize("number", [0.1, -0.0, math.inf, Fraction(-7, 3)])
def test_numbers_are_stored_without_loss(number):
    assert restore(store(number)) == number


def test_balls_are_stored_without_loss():
    ball = arb(fmpq(1, 3))
    back = restore(store(ball))
    assert back.mid() == ball.mid()
    assert back.rad() == ball.rad()


def test_a_difference_is_normwise():
    gap = difference(np.array([1e8, 1.0]), np.array([1e8, 1.0 + 1e-9]))
    assert gap.gap == pytest.approx(1e-9, rel=1e-6)
    assert gap.scale == pytest.approx(1e8)


def test_infinity_minus_infinity_is_no_difference():
    with pytest.raises(Unusable, match="infinite"):
        difference(math.inf, math.inf)


def test_slack_is_a_few_ulps():
    assert 1 <= SLACK_ULPS <= 8


def test_fractions_and_irrational_symbols_in_one_list_are_enclosed():
    assert compare([Fraction(1, 3), sympy.sqrt(2)], 2).grade == "enclosed"
    assert compare([Fraction(1, 3), 0.5], 2).grade == "measured"
