"""A violation is printed with the digits that show it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from flint import arb, fmpq

from gronwall import bound, identity
from gronwall.judging.judgement import _exact, above
from tests.gronwall.judged import judged


def reason(claim):
    record = judged(claim)
    assert record["verdict"] in ("refuted", "inconclusive")
    return record["reason"]


@pytest.mark.parametrize(
    ("larger", "smaller", "says"),
    [
        (2.0, 1.0, "2 > 1"),
        (math.inf, 1.0, "inf > 1"),
        (5e-324, 0.0, "4.94066e-324 > 0"),
        (31.7693, 31.7693 * (1 - 1e-15), "31.7693 > 31.76929999999997, by 3.2e-14"),
        (-1.0, -1.0000000001, "-1 > -1.0000000001, by 1e-10"),
        (Fraction(2, 3), Fraction(2, 3) - Fraction(1, 10**9), "0.666666667 > 0.666666666, by 1e-9"),
        (Fraction(10) ** 400, Fraction(10) ** 399, "1e+400 > 1e+399"),
        (Fraction(1, 10**400), Fraction(0), "1e-400 > 0"),
        (1 + Fraction(1, 10**2000), Fraction(1), "1 > 1, by 1e-2000"),
    ],
)
def test_two_numbers_are_told_apart(larger, smaller, says):
    assert above(larger, smaller) == says


def test_what_has_no_difference_in_digits_is_told_by_what_it_is():
    assert above(math.inf, Fraction(1, 3)) == "inf > 0.333333"
    assert above(Fraction(1, 3), -math.inf) == "0.333333 > -inf"
    assert above(math.inf, math.inf) == "inf > inf"
    assert above(arb(2) ** 200_000, arb(1)) == "inf > 1"
    assert above(arb(1), arb(2) ** -200_000) == "1 > 0"
    assert above(arb(1), -(arb(2) ** 200_000)) == "1 > -inf"
    assert above(arb(2) ** 50_000, arb(1)) == "3.1607e+15051 > 1"
    assert above(Fraction(1), Fraction(1)) == "1 > 1"
    late = Fraction(4, 10**1000)  # beyond the last digit that is written: the difference alone
    assert above(1 + late, Fraction(1)) == "1 > 1, by 4e-1000"


def test_two_balls_are_told_apart_by_their_midpoints():
    third = arb(fmpq(1, 3))
    a, b = above(third, third - arb(2) ** -50).partition(", by")[0].split(" > ")
    assert Fraction(a) - Fraction(b) == pytest.approx(2**-50, rel=0.2)


def test_a_narrow_violation_of_a_bound_shows_itself():
    @bound()
    def floats():
        return 2 / 3 + 1e-12, 2 / 3

    @bound()
    def balls():
        return arb(2).sqrt(), arb(2).sqrt() - arb(10) ** -20

    assert "by 1e-12" in reason(floats)
    assert "by 1e-20" in reason(balls)
    for claim in (floats, balls):
        measured, predicted = (
            reason(claim).removeprefix("counterexample: measured ").split(",")[0].split(" > predicted ")
        )
        assert Fraction(measured) > Fraction(predicted)


def test_a_ratio_just_short_of_what_was_declared_shows_itself():
    @bound(sharp=0.99999)
    def claim():
        return 0.999985, 1.0

    assert "declared 0.99999, largest measured/predicted found is 0.999985" in reason(claim)


def test_a_difference_just_above_the_tolerance_shows_itself():
    @identity(tol=1e-9, why="a test")
    def claim():
        return 1.0000001e-9, 0.0

    assert "difference 1.0000001e-9 > 1e-9, by 1e-16" in reason(claim)


def test_exact_numbers_that_differ_by_less_than_any_float_differ():
    @identity()
    def claim():
        return Fraction(1, 10**400), 0

    assert "differ by less than 5e-324" in reason(claim)


def test_of_numbers_that_differ_after_a_thousand_digits_the_difference_alone_is_told():
    assert above(1 + Fraction(4, 10**1000), Fraction(1)) == "1 > 1, by 4e-1000"
    assert above(1 + Fraction(4, 10**999), Fraction(1)) == f"1.{'0' * 998}4 > 1, by 4e-999"
    assert above(2.0, 2.0) == "2 > 2"


def test_a_ball_beyond_all_printing_is_infinite_or_zero():
    assert _exact(arb(2) ** 100_000) == Fraction(2) ** 100_000
    assert _exact(arb(2) ** 100_001) == math.inf
    assert _exact(-(arb(2) ** 100_001)) == -math.inf
    assert _exact(arb(2) ** -100_001) == _exact(-(arb(2) ** -100_001)) == 0
