"""What an identity is told: in which arithmetic its sides agree or differ, and by how much."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import strategies as st

from gronwall import identity
from gronwall.judging.identities import judge_identity
from gronwall.measuring.identities import _share
from tests.gronwall.judged import judged

x, y = sympy.symbols("x y")


def of(left, right, **keywords):
    @identity(**keywords)
    def claim():
        return left, right

    return judged(claim)


def test_exact_numbers_are_equal_exactly_or_differ():
    assert (of(Fraction(2, 6), Fraction(1, 3))["reason"], of(1, 1)["grade"]) == ("equal exactly", "derived")
    found = of([1, Fraction(1, 2)], [1, Fraction(3, 4)])
    assert (found["verdict"], found["reason"]) == ("refuted", "exact numbers differ by 0.25")
    assert found["scope"] == "point"


def test_floats_agree_to_64_eps_of_the_larger_norm():
    for off, verdict in ((60, "holds"), (70, "refuted")):
        found = of(np.array([3.0, 4.0]), np.array([3.0, 4.0 + 5 * off * 2.0**-52]))
        assert found["verdict"] == verdict, found["reason"]
        assert found["worst"]["ratio"] == pytest.approx(off / 64, rel=0.05)
        assert "(64 x eps, normwise)" in found["reason"]
    assert of(1.0, 1.0 + 9 * 2.0**-52, ops=8)["verdict"] == "refuted"
    assert of(1.0, 1.0 + 7 * 2.0**-52, ops=8)["verdict"] == "holds"


def test_a_side_that_is_zero_is_compared_with_one():
    assert of(0.0, 60 * 2.0**-52)["verdict"] == "holds"
    assert of(0.0, 70 * 2.0**-52)["verdict"] == "refuted"
    assert of(1e-20, 2e-20)["verdict"] == "refuted"
    assert of(0.0, 0.0)["verdict"] == "holds"


def test_a_stated_tolerance_is_absolute_below_one_and_relative_above():
    assert of(1e-3, 2e-3, tol=2e-3, why="quadrature")["verdict"] == "holds"
    found = of(1000.0, 1003.0, tol=2e-3, why="quadrature")
    assert (found["verdict"], found["worst"]["ratio"]) == ("refuted", pytest.approx(3 / 2.006))
    assert "difference 3 > 2.01 (tol 0.002: quadrature)" in found["reason"]
    assert "no reason given" in of(1.0, 1.0, tol=1e-3)["reason"]
    assert of(1.0, 1.0, tol=0)["worst"]["ratio"] is None
    assert of(1.0, 1.0, tol=0)["verdict"] == "holds"


def test_balls_agree_by_overlap_with_a_radius_below_the_tolerance():
    third = arb(fmpq(1, 3))
    assert of(third, third + 0)["grade"] == "enclosed"
    assert of(third, third + 0)["verdict"] == "holds"
    found = of(third, third + arb(fmpq(1, 10**9)))
    assert (found["verdict"], found["reason"]) == ("refuted", "the balls of the two sides are disjoint")
    wide = of(arb(1, 1e-3), arb(1), tol=1e-4)
    assert wide["verdict"] == "inconclusive"
    assert wide["reason"] == "the balls overlap but are 0.001 wide, above the tolerance 0.0001"
    assert of(arb(1, 1e-3), arb(1), tol=1e-2)["verdict"] == "holds"


def test_symbols_tell_the_point_at_which_they_differ_and_that_is_the_counterexample():
    found = of((x + y) ** 2, x**2 + x * y + y**2)
    assert found["verdict"] == "refuted"
    point = found["counterexample"]
    assert set(point) == {"x", "y"}
    left, right = ({"x": Fraction(point["x"]), "y": Fraction(point["y"])}[name] for name in "xy")
    assert left * right != 0
    assert f"not zero at x = {point['x']}, y = {point['y']}: " in found["reason"]
    assert found["scope"] == "all"
    assert found["grade"] == "derived"


def test_symbols_without_variables_are_one_point():
    found = of(sympy.sqrt(2) * sympy.sqrt(3), sympy.sqrt(6))
    assert (found["verdict"], found["scope"]) == ("holds", "point")
    assert found["reason"] == "the difference simplifies to zero"
    found = of(sympy.sqrt(2), sympy.Rational(7, 5))
    assert found["verdict"] == "refuted"
    assert "the difference is not zero" in found["reason"]


def symbolic(**parts):
    told = {"symbolic": True, "grade": "derived", "equal": None, "gap": 0.0, "scale": 1.0, "eps": 0.0, "point": None,
            "zero_side": False, "free": True, "difference": "x", "instance": None, **parts}  # fmt: skip
    return judge_identity({"worst": told, "problem": None, "examples": 1, "stated": {"tol": None, "ops": 64}})


def test_what_could_not_be_simplified_stays_open_with_the_difference():
    found = symbolic(difference="f(x) - g(x)")
    assert found.verdict == "inconclusive"
    assert found.reason == "the difference could not be simplified to zero: f(x) - g(x)"


def test_long_points_and_differences_are_shortened_for_reading():
    names = {f"x{k}": str(k) for k in range(8)}
    found = symbolic(equal=False, point=names, difference="x" * 90)
    told = "x0 = 0, x1 = 1, x2 = 2, x3 = 3, x4 = 4, x5 = 5 and 2 more"
    assert found.reason == f"the difference is not zero at {told}: " + "x" * 90
    assert found.counterexample == names
    found = symbolic(equal=False, difference="x" * 91)
    assert found.reason == "the difference is not zero: " + "x" * 90 + " …"
    few = {f"x{k}": str(k) for k in range(6)}
    assert " more" not in symbolic(equal=False, point=few).reason


def test_norms_beyond_the_largest_float_are_an_error_and_a_gap_beyond_it_is_refuted():
    stated = {"tol": None, "ops": 64.0, "why": None}
    usual = {"symbolic": False, "grade": "measured", "equal": None, "gap": 0.0, "scale": 1.0, "eps": 2.0**-52,
             "zero_side": False, "instance": 7}  # fmt: skip

    def found(**parts):
        return judge_identity({"worst": {**usual, **parts}, "problem": None, "examples": 2, "stated": stated})

    assert found(scale="inf").verdict == "error"
    assert found(scale="inf").reason.endswith("compare scaled quantities, on 7")
    assert found(gap=math.nan).verdict == "refuted"
    assert found(gap=math.nan).ratio is None
    assert found(scale=math.nan).verdict == "error"
    assert found(gap=1e300, scale=1e-30).verdict == "refuted"
    assert found(gap=1e300, scale=1e-30).ratio is None
    assert found().scope == "searched"


def test_over_a_domain_the_widest_difference_is_told():
    @identity(over=st.sampled_from([1.0, 2.0, 3.0]))
    def claim(instance):
        return instance, instance + (8 if instance == 2.0 else 0) * 2.0**-52

    found = judged(claim)
    assert found["verdict"] == "holds"
    assert (found["scope"], found["examples"], found["worst"]["instance"]) == ("searched", 3, 2.0)

    @identity(over=st.sampled_from([1.0, 2.0, 3.0]))
    def wrong(instance):
        return instance, instance + (instance == 2.0)

    found = judged(wrong)
    assert (found["verdict"], found["counterexample"], found["worst"]["instance"]) == ("refuted", 2.0, 2.0)
    assert found["reason"].endswith(", on 2.0")


def test_without_an_instance_there_is_nothing_to_judge():
    assert judge_identity({"worst": None, "problem": None, "stated": {}}).reason == "no instance was evaluated"
    found = judge_identity({"worst": None, "problem": "the strategy yields no example", "stated": {}})
    assert (found.verdict, found.reason) == ("inconclusive", "the strategy yields no example")

    @identity(over=st.floats(0, 1).filter(lambda v: False))
    def claim(instance):
        return 1, 1

    assert judged(claim)["verdict"] == "inconclusive"


@pytest.mark.parametrize(("gap", "share"), [(2.0, 4.0), (0.25, 0.5), (0.0, 0.0)])
def test_a_gap_counts_as_a_share_of_what_is_allowed(gap, share):
    told = {"gap": gap, "scale": 1.0, "eps": 0.0, "zero_side": False}
    assert _share(told, {"tol": 0.5, "ops": 64}) == share
