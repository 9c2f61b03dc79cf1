"""Identities are searched like bounds: what differs ends the drawing and is made simpler."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import strategies as st

from gronwall import identity
from tests.gronwall.judged import judged


def test_exact_sides_that_differ_by_little_are_made_simpler():
    @identity(over=st.integers(0, 10**6))
    def claim(instance):
        return Fraction(instance), Fraction(instance) + (Fraction(1, 10**30) if instance >= 1234 else 0)

    found = judged(claim)
    assert (found["verdict"], found["grade"], found["counterexample"]) == ("refuted", "derived", 1234)


def test_symbols_that_differ_are_made_simpler():
    x = sympy.Symbol("x")

    @identity(over=st.integers(0, 10**3))
    def claim(instance):
        return (x + instance) ** 2, x**2 + 2 * instance * x + (instance**2 if instance < 7 else 5)

    found = judged(claim)
    assert (found["verdict"], found["counterexample"]) == ("refuted", 7)
    assert found["reason"].endswith(": -x**2 - 14*x + (x + 7)**2 - 5, on 7")


def test_symbols_without_instances_differ_at_a_point_and_with_them_hold_for_those_that_were_searched():
    x = sympy.Symbol("x")

    @identity()
    def alone():
        return (x + 1) ** 2, x**2 + 1

    @identity()
    def everywhere():
        return (x + 1) ** 2, x**2 + 2 * x + 1

    @identity(over=st.integers(0, 20))
    def searched(instance):
        return (x + instance) ** 2, x**2 + 2 * instance * x + instance**2

    assert set(judged(alone)["counterexample"]) == {"x"}
    assert judged(everywhere)["scope"] == "all"
    assert (judged(searched)["verdict"], judged(searched)["scope"]) == ("holds", "searched")


def test_floats_that_differ_by_more_than_the_tolerance_are_made_simpler():
    @identity(over=st.integers(0, 10**6), tol=1e-6, why="a test")
    def claim(instance):
        return 1.0, 1.0 + (1e-5 if instance >= 1234 else 0.9e-6)

    found = judged(claim)
    assert (found["verdict"], found["grade"], found["counterexample"]) == ("refuted", "measured", 1234)


def test_a_gap_is_a_share_of_what_is_allowed_and_of_nothing_it_is_nothing_or_all():
    from gronwall.measuring.identities import _share

    told = {"scale": 0.0, "eps": 0.0, "zero_side": False}
    assert _share({**told, "gap": 0.0}, {"tol": 0.0, "ops": 64}) == 0.0
    assert _share({**told, "gap": 1e-30}, {"tol": 0.0, "ops": 64}) == float("inf")
    assert _share({**told, "gap": 0.5, "scale": 1.0}, {"tol": 2.0, "ops": 64}) == 0.25


def test_where_something_was_raised_elsewhere_the_innermost_line_is_told():
    import json

    from gronwall.measuring.bench import describe

    with pytest.raises(ValueError, match="property name") as raised:
        json.loads("{")
    assert "of decoder.py)" in describe(raised.value)
