"""Rational numbers for domains."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import find, given

from gronwall.domains import rationals


@given(rationals("1/8", "3", 8))
def test_rationals_lie_between_their_ends(x):
    assert Fraction(1, 8) <= x <= 3
    assert (x * 8).denominator == 1


def test_both_ends_are_drawn_and_what_fails_shrinks_towards_nothing():
    assert find(rationals(-2, 2, 3), lambda x: x >= 2) == 2
    assert find(rationals(-2, 2, 3), lambda x: x < 0) == Fraction(-1, 3)


def test_ends_with_nothing_between_are_told():
    with pytest.raises(ValueError, match="no fraction"):
        rationals("1/5", "1/4", 2)
