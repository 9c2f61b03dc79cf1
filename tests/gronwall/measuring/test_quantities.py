"""Comparing numbers: floats, exact numbers, balls, and what cannot be compared."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy
import torch
from flint import arb, fmpq

from gronwall.measuring import quantities
from gronwall.measuring.quantities import (
    SLACK_ULPS,
    at_rising_precision,
    compare,
    difference,
    restore,
    slack,
    store,
    tolerance,
    working_precision,
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


# --------------------------------------------------------------------------- the worst entry


def test_the_slack_is_four_units_in_the_last_place_of_predicted():
    eps = 2.0**-52
    for predicted in (1.0, -1.0, 1e10, 1e-300):
        step = 4 * eps * abs(predicted)
        assert slack(predicted, eps) == step
        assert compare(predicted + step, predicted).state == "below"
        assert compare(predicted + 1.5 * step, predicted).state == "above"
    assert slack(math.inf, eps) == 0.0
    assert slack(-math.inf, eps) == 0.0


@pytest.mark.parametrize(
    ("measured", "predicted", "entry"),
    [
        ([0.1, 0.9, 0.5], [1.0, 1.0, 1.0], 1),
        ([0.5, 2.0, 3.0], [1.0, 1.0, 1.0], 2),
        ([5.0, 1e-9, 9.0], [1.0, 0.0, 1.0], 1),  # above without a ratio is the worst
        ([0.9, 1.0, 0.5], [1.0, 0.0, 1.0], 1),
        ([0.0, 0.5, 0.0], [0.0, 1.0, 0.0], 1),
        ([0.0, -1.0, 0.0], [0.0, 1.0, 0.0], 1),
        ([1.0, 5.0, 1.0], [math.inf, math.inf, 2.0], 2),
        ([-1.0, 0.2, -2.0], [-2.0, 1.0, -1.0], 0),
    ],
)
def test_the_entry_that_is_told_is_the_worst_in_every_arithmetic(measured, predicted, entry):
    pair = compare(measured, predicted)
    assert pair.entry == entry
    assert (pair.measured, pair.predicted) == (measured[entry], predicted[entry])
    if math.inf in predicted:
        return
    exact = compare([Fraction(m) for m in measured], [Fraction(p) for p in predicted])
    balls = compare([arb(m) for m in measured], [arb(p) for p in predicted])
    for other, grade in ((exact, "derived"), (balls, "enclosed")):
        assert (other.entry, other.state, other.grade, other.eps) == (entry, pair.state, grade, 0.0)
        assert other.ratio == (None if pair.ratio is None else pytest.approx(pair.ratio))


def test_one_number_is_predicted_for_all_entries():
    for values in ([0.5, 3.0], [Fraction(1, 2), Fraction(3)], [arb(0.5), arb(3)]):
        assert compare(values, 2).entry == 1
        assert compare(values, 2).state == "above"
        assert compare(values, 2).ratio == pytest.approx(1.5)


def test_a_bound_is_vacuous_where_every_prediction_is_infinite():
    assert compare([1.0, 2.0], math.inf).vacuous
    assert compare(1.0, math.inf).vacuous
    assert not compare([1.0, 2.0], [math.inf, 3.0]).vacuous
    assert not compare(1.0, -math.inf).vacuous
    assert not compare(1.0, 2.0).vacuous


def test_severity_orders_below_undecided_above_and_then_ratios():
    third = arb(fmpq(1, 3))
    ordered = [
        compare(0.0, 0.0), compare(0.1, 1.0), compare(0.9, 1.0), compare(third, arb(fmpq(2, 3)) / 2),
        compare(2.0, 1.0), compare(3.0, 1.0), compare(1.0, 0.0),
    ]  # fmt: skip
    assert ordered[3].state == "undecided"
    assert [pair.severity() for pair in ordered] == sorted(pair.severity() for pair in ordered)
    assert len({pair.severity() for pair in ordered}) == len(ordered)


def test_floats_against_balls_are_given_the_slack_of_floats():
    eps = 2.0**-52
    assert compare(1.0 + 3 * eps, arb(1)).state == "below"
    assert compare(1.0 + 6 * eps, arb(1)).state == "above"
    assert compare(np.float32(1) + np.float32(3e-7), arb(1)).state == "below"
    assert compare(arb(1) + arb(2.0**-50), arb(1)).state == "above"
    assert compare(arb(1), arb(1)).state == "below"
    assert compare(arb(-1), arb(0)).ratio is None
    assert compare(arb(1), arb(-1)).ratio is None
    assert compare(arb(1), arb(4)).ratio == 0.25
    assert compare(arb(3, 0.5), arb(4)).ratio == pytest.approx(2.5 / 4)
    assert compare(Fraction(10) ** 400, Fraction(1)).ratio is None
    assert compare(Fraction(10) ** 400, Fraction(1)).state == "above"


def test_what_is_stored_of_a_pair_is_all_that_a_judge_needs():
    assert compare([0.25, 0.5], 1.0).stored() == {
        "measured": 0.5, "predicted": 1.0, "ratio": 0.5, "grade": "measured", "eps": 2.0**-52, "entry": 1
    }  # fmt: skip


# --------------------------------------------------------------------------- differences


@pytest.mark.parametrize(
    ("left", "right", "gap", "scale", "equal", "grade"),
    [
        ([3.0, 4.0], [3.0, 4.0], 0.0, 5.0, None, "measured"),
        ([3.0, 4.0], [0.0, 0.0], 5.0, 5.0, None, "measured"),
        ([0.0, 3.0], [4.0, 3.0], 4.0, 5.0, None, "measured"),
        ([1.0, 1.0], 0.0, math.sqrt(2), math.sqrt(2), None, "measured"),
        ([1e200, 1e200], [0.0, 0.0], math.sqrt(2) * 1e200, math.sqrt(2) * 1e200, None, "measured"),
        ([1, 2], [1, 2], 0.0, 2.0, True, "derived"),
        ([1, 2], [1, -3], 5.0, 3.0, False, "derived"),
        ([Fraction(1, 2), 2], 1, 1.0, 2.0, False, "derived"),
        ([arb(1), arb(5)], [arb(1), arb(2)], 3.0, 5.0, False, "enclosed"),
        (arb(1, 0.25), arb(1), 0.25, 1.0, None, "enclosed"),
        ([arb(1), arb(-5)], arb(1), 6.0, 5.0, False, "enclosed"),
        (arb(1), 3.0, 2.0, 3.0, None, "measured"),
        (Fraction(1, 2), 0.25, 0.25, 0.5, None, "measured"),
    ],
)
def test_a_difference_is_a_norm_an_exact_distance_or_the_width_of_balls(left, right, gap, scale, equal, grade):
    found = difference(left, right)
    assert found.gap == pytest.approx(gap)
    assert found.scale == pytest.approx(scale)
    assert (found.equal, found.grade) == (equal, grade)


def test_one_side_of_zeros_is_told():
    assert difference([0.0, 0.0], [1e-20, 0.0]).zero_side
    assert difference([1e-20, 0.0], 0.0).zero_side
    assert not difference([1e-20, 0.0], [0.0, 1e-20]).zero_side
    assert not difference(1, 0).zero_side


@pytest.mark.parametrize(("left", "right"), [([1.0], [1.0, 2.0]), (1.0, [1.0, 2.0]), ([[1.0]], [1.0])])
def test_sides_of_different_shapes_have_no_difference(left, right):
    with pytest.raises(Unusable, match="wrong shape: left has"):
        difference(left, right)


@pytest.mark.parametrize(("left", "right"), [([math.inf, 1.0], 1.0), (1.0, -math.inf)])
def test_an_infinite_entry_on_either_side_has_no_difference(left, right):
    with pytest.raises(Unusable, match="infinite entry"):
        difference(left, right)


def test_the_coarser_arithmetic_of_a_difference_counts():
    assert difference(np.float32(1), 1.0).eps == 2.0**-23
    assert difference(1.0, np.float32(1)).eps == 2.0**-23
    assert difference(1, 2).eps == 0.0


@pytest.mark.parametrize(
    ("stated", "scale", "eps", "zero_side", "allowed"),
    [
        ({"tol": 1e-3, "ops": 64}, 0.5, 2.0**-52, False, 1e-3),
        ({"tol": 1e-3, "ops": 64}, 5.0, 2.0**-52, False, 5e-3),
        ({"tol": 0.0, "ops": 64}, 5.0, 2.0**-52, False, 0.0),
        ({"tol": None, "ops": 64}, 5.0, 2.0**-52, False, 5 * 2.0**-46),
        ({"tol": None, "ops": 8}, 5.0, 2.0**-23, False, 5 * 2.0**-20),
        ({"tol": None, "ops": 64}, 5.0, 0.0, False, 5 * 2.0**-46),
        ({"tol": None, "ops": 64}, 5.0, 2.0**-52, True, 2.0**-46),
        ({"tol": None, "ops": 64}, 0.0, 2.0**-52, False, 2.0**-46),
        ({"tol": None, "ops": 64}, 1e-9, 2.0**-52, False, 1e-9 * 2.0**-46),
    ],
)
def test_a_tolerance_is_stated_or_so_many_roundings_of_the_scale(stated, scale, eps, zero_side, allowed):
    assert tolerance(stated, scale, eps, zero_side) == pytest.approx(allowed, rel=1e-12, abs=0)


# --------------------------------------------------------------------------- storing, and precision


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        (Fraction(-255, 16), {"exact": "-ff/10"}),
        (0.5, 0.5),
        (2, 2.0),
        (math.inf, {"float": "inf"}),
        (-math.inf, {"float": "-inf"}),
    ],
)
def test_numbers_are_stored_as_json(number, stored):
    assert store(number) == stored
    assert restore(store(number)) == number
    assert type(restore(stored)) is (Fraction if isinstance(number, Fraction) else float)


def test_the_bits_are_doubled_until_it_is_decided_or_the_cap_is_reached():
    from gronwall.theory import rigor

    def bits_tried(enough, cap):
        tried = []

        def evaluate():
            third = rigor.ball(1) / 3
            tried.append(round(-math.log2(rigor.radius(third) * 3)))
            return tried[-1]

        outcome = at_rising_precision(evaluate, lambda bits: bits < enough, cap)
        assert outcome == tried[-1]
        return tried

    near = pytest.approx
    assert bits_tried(100, 2048) == near([128], abs=4)
    assert bits_tried(200, 2048) == near([128, 256], abs=4)
    assert bits_tried(10**9, 1024) == near([128, 256, 512, 1024], abs=4)
    assert bits_tried(10**9, 128) == near([128], abs=4)
    with working_precision():
        assert -math.log2(rigor.radius(rigor.ball(1) / 3)) == near(129, abs=4)


def test_balls_are_tried_with_128_bits_first():
    before = flint.ctx.prec
    with quantities.working_precision():
        assert flint.ctx.prec == 128
    assert flint.ctx.prec == before
