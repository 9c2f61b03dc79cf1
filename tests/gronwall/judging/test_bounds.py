"""What a bound is told: its verdict, the instance and the ratio that it rests on, and the reason for people."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import strategies as st

from gronwall import bound
from gronwall.judging.bounds import is_above, judge_bound
from gronwall.measuring.quantities import compare, store
from tests.gronwall.judged import judged


def of(values, **keywords):
    """The record of a bound over a few instances, each with its (measured, predicted)."""

    @bound(over=sorted(values), **keywords)
    def claim(instance):
        return values[instance]

    return judged(claim)


def test_a_bound_that_holds_tells_the_largest_ratio_and_how_many_instances():
    found = of({1: (1.0, 4.0), 2: (3.0, 4.0), 3: (2.0, 4.0)})
    assert found["verdict"] == "holds"
    assert found["reason"] == "largest measured/predicted 0.75 on 3 instances (slack 4 ulp)"
    assert found["worst"] == {"ratio": 0.75, "instance": 2}
    assert (found["scope"], found["grade"], found["examples"]) == ("searched", "measured", 3)
    assert found["counterexample"] is None
    assert of({1: (1.0, 4.0)})["reason"] == "largest measured/predicted 0.25 on 1 instance (slack 4 ulp)"


def test_exact_numbers_are_compared_without_slack_and_the_reason_names_none():
    found = of({1: (Fraction(1, 4), 1), 2: (Fraction(1, 2), 1)})
    assert found["reason"] == "largest measured/predicted 0.5 on 2 instances"
    assert found["grade"] == "derived"


def test_zero_below_zero_holds_and_says_nothing():
    found = of({1: (0.0, 0.0), 2: (-1.0, 0.0)})
    assert found["verdict"] == "holds"
    assert found["reason"] == "measured/predicted says nothing on 2 instances"
    assert found["worst"]["ratio"] is None


def test_a_refuted_bound_tells_its_counterexample_and_the_largest_ratio_beside_it():
    found = of({1: (3.0, 2.0), 2: (1.0, 2.0)})
    assert found["verdict"] == "refuted"
    assert found["counterexample"] == 1
    assert found["worst"] == {"ratio": 1.5, "instance": 1}
    assert found["reason"] == "counterexample: measured 3 > predicted 2, on 1"


def test_a_simpler_counterexample_leaves_the_largest_ratio_to_the_worst():
    @bound(over=st.floats(0, 8))
    def claim(instance):
        return instance, 1.0

    found = judged(claim)
    assert found["counterexample"] == 2.0
    assert found["worst"]["ratio"] > 2
    assert found["worst"]["instance"] == found["worst"]["ratio"]
    assert f"; largest measured/predicted found: {found['worst']['ratio']:.4g}" in found["reason"]


def test_a_sharpness_that_is_reached_up_to_rounding_is_reached():
    assert of({1: (0.5 * (1 - 1e-12), 1.0)}, sharp=0.5)["verdict"] == "holds"
    assert of({1: (0.5 * (1 - 1.5e-12), 1.0)}, sharp=0.5)["verdict"] == "inconclusive"


def test_a_bound_that_is_not_sharp_tells_how_far_it_is():
    assert (
        "declared 0.5, largest measured/predicted found is 0.25 (about 4 times"
        in of({1: (0.5, 2.0)}, sharp=0.5)["reason"]
    )
    assert "found is 0;" in of({1: (0.0, 2.0)}, sharp=0.5)["reason"]
    assert "found is none;" in of({1: (0.0, 0.0)}, sharp=0.5)["reason"]
    assert (
        "declared 0.9877, largest measured/predicted found is 0.1235 ("
        in (of({1: (0.12345678, 1.0)}, sharp=0.98765432)["reason"])
    )


def told(measured, predicted, instance=0):
    return {"instance": instance, **compare(measured, predicted).stored()}


def form(**parts):
    usual = {"examples": 9, "witnesses": 0, "worst": None, "violation": None, "undecided": None, "vacuous": False,
             "grade": "measured", "problem": None, "error": None, "stated": {"sharp": None}}  # fmt: skip
    return {**usual, **parts}


def test_a_violation_without_a_ratio_is_the_worst():
    found = judge_bound(form(worst=told(0.5, 1.0, "a"), violation=told(1.0, 0.0, "b")))
    assert (found.verdict, found.ratio, found.instance, found.counterexample) == ("refuted", None, "b", "b")
    assert found.reason == 'counterexample: measured 1 > predicted 0, on "b"'
    found = of({1: (1.0, -1.0), 2: (0.5, 1.0)})
    assert found["worst"] == {"ratio": None, "instance": 1}


def test_the_larger_ratio_of_worst_and_violation_is_told_with_its_instance():
    found = judge_bound(form(worst=told(9.0, 1.0, "a"), violation=told(3.0, 1.0, "b")))
    assert (found.ratio, found.instance, found.counterexample) == (9.0, "a", "b")
    assert found.reason.endswith("; largest measured/predicted found: 9")
    found = judge_bound(form(worst=told(2.0, 1.0, "a"), violation=told(3.0, 1.0, "b")))
    assert (found.ratio, found.instance) == (3.0, "b")
    found = judge_bound(form(worst=told(3.0, 1.0, "a"), violation=told(3.0, 1.0, "b")))
    assert (found.ratio, found.instance) == (3.0, "b")
    assert found.reason == 'counterexample: measured 3 > predicted 1, on "b"'
    found = judge_bound(form(violation=told(3.0, 1.0, "b")))
    assert (found.ratio, found.instance) == (3.0, "b")


def test_a_counterexample_in_exact_numbers_keeps_its_grade_beside_floats():
    found = judge_bound(form(worst=told(0.5, 1.0), violation=told(Fraction(3, 2), 1), grade="measured"))
    assert found.grade == "derived"


def test_what_was_stored_as_a_violation_and_is_none_refutes_nothing():
    found = judge_bound(form(worst=told(0.5, 1.0), violation=told(1.0, 1.0)))
    assert found.verdict == "holds"


@pytest.mark.parametrize(
    ("measured", "predicted", "above"),
    [
        (1.0, 1.0, False),
        (1.0 + 4 * 2.0**-52, 1.0, False),
        (1.0 + 6 * 2.0**-52, 1.0, True),
        (Fraction(1, 3), Fraction(1, 3), False),
        (Fraction(1, 3) + Fraction(1, 10**30), Fraction(1, 3), True),
        (arb(2, 0.5), arb(1, 0.4), True),
        (arb(2, 0.5), arb(1, 0.6), False),
        (arb(1), arb(1), False),
        (Fraction(2), 1.0, True),
        (math.inf, 1.0, True),
        (math.inf, math.inf, False),
    ],
)
def test_above_is_beyond_the_slack_exactly_or_by_separation(measured, predicted, above):
    assert is_above(told(measured, predicted)) is above


def test_a_float_that_was_stored_for_a_ball_is_compared_as_a_float():
    stored = {"measured": store(2.0), "predicted": store(arb(1)), "grade": "measured", "eps": 2.0**-52}
    assert is_above(stored)
    assert not is_above({**stored, "measured": store(1.0)})


def test_sharp_is_reached_or_the_reason_says_by_how_much_it_is_not():
    values = {1: (1.0, 4.0), 2: (2.0, 4.0)}
    assert of(values, sharp=0.5)["verdict"] == "holds"
    assert of({1: (0.3, 1.0)}, sharp=0.3 * (1 + 1e-13))["verdict"] == "holds"
    assert of({1: (0.3, 1.0)}, sharp=0.3 * (1 + 1e-11))["verdict"] == "inconclusive"
    found = of(values, sharp=0.8)
    assert found["verdict"] == "inconclusive"
    assert found["reason"].startswith(
        "not sharp: declared 0.8, largest measured/predicted found is 0.5 (about 2 times too large on everything tried)"
    )
    nothing = of({1: (0.0, 0.0)}, sharp=0.8)["reason"]
    assert nothing.startswith("not sharp: declared 0.8, largest measured/predicted found is none; tighten")
    zero = of({1: (0.0, 1.0)}, sharp=0.8)["reason"]
    assert zero.startswith("not sharp: declared 0.8, largest measured/predicted found is 0; tighten")


def test_a_bound_that_is_infinite_everywhere_says_nothing_and_somewhere_it_may_be():
    assert "infinite on every instance" in of({1: (1.0, math.inf), 2: (2.0, math.inf)})["reason"]
    assert of({1: (1.0, math.inf), 2: (2.0, 3.0)})["verdict"] == "holds"


def test_balls_that_overlap_leave_it_open_on_that_instance():
    third = arb(fmpq(1, 3))
    found = of({1: (third, arb(1)), 2: (third, arb(fmpq(2, 3)) / 2)})
    assert found["verdict"] == "inconclusive"
    assert found["reason"].startswith("the balls of measured and predicted overlap up to 2048 bits")
    assert found["reason"].endswith(", on 2")
    assert found["grade"] == "enclosed"


def test_a_problem_of_the_search_is_the_reason():
    assert judge_bound(form(problem="the strategy yields no example")).reason == "the strategy yields no example"
    assert judge_bound(form(examples=0)).reason == "no instance was evaluated"
    assert judge_bound(form(examples=0)).verdict == "inconclusive"


def test_witnesses_alone_are_points_and_a_bound_without_instances_is_one():
    @bound()
    def at_two_points(instance):
        return instance, 3.0

    @at_two_points.witness
    def _():
        return 1.0

    @at_two_points.witness
    def _():
        return 2.0

    @bound()
    def at_no_instance():
        return 1.0, 2.0

    @bound(over=[1.0, 2.0])
    def beside_a_domain(instance):
        return instance, 3.0

    beside_a_domain.witness(lambda: 2.5)
    assert (judged(at_two_points)["scope"], judged(at_two_points)["examples"]) == ("point", 2)
    assert judged(at_two_points)["worst"]["instance"] == 2.0
    assert (judged(at_no_instance)["scope"], judged(at_no_instance)["examples"]) == ("point", 1)
    assert judged(beside_a_domain)["scope"] == "searched"
    assert judged(beside_a_domain)["worst"]["instance"] == 2.5


def test_arrays_are_judged_by_their_worst_entry():
    found = of({1: (np.array([1.0, 5.0]), np.array([2.0, 4.0]))})
    assert found["verdict"] == "refuted"
    assert found["worst"]["ratio"] == 1.25
