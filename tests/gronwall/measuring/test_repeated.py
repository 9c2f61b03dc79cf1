"""What is reported has been measured twice."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy
from flint import acb, arb
from hypothesis import strategies as st

from gronwall import bound, identity
from gronwall.measuring import repeated
from gronwall.measuring.bench import Failed
from gronwall.theory import rigor
from tests.gronwall.judged import judged

KEPT = np.random.default_rng(3)


def test_nan_is_another_value_than_a_number_and_the_same_as_nan():
    nan = np.array([1.0, np.nan])
    assert repeated.difference(nan, nan.copy()) is None
    assert repeated.difference(nan, np.array([1.0, 2.0])) is not None
    assert repeated.difference(np.array([1.0, 2.0]), nan) is not None


def test_tensors_are_compared_in_their_own_precision():
    import torch

    one = torch.tensor([1.0], dtype=torch.float64)
    assert repeated.difference(one, one + 1e-12) is not None
    assert repeated.difference(one, one.clone()) is None
    coarse = torch.tensor([1.0], dtype=torch.bfloat16)
    assert repeated.difference(coarse, coarse.clone()) is None
    assert repeated.difference(coarse, coarse + 0.5) is not None


def test_generators_of_the_standard_library_are_put_back_too():
    space = {"kept": random.Random(5), "legacy": np.random.RandomState(5), "new": np.random.default_rng(5)}
    exec("def drawn():\n    return kept.random(), legacy.rand(), new.random()\n", space)
    start = repeated.Start(space["drawn"])
    first = space["drawn"]()
    assert space["drawn"]() != first
    start.put_back()
    assert space["drawn"]() == first


def test_what_else_is_raised_the_second_time_is_passed_on():
    def again():
        raise KeyError("of the claim's own")

    with pytest.raises(KeyError, match="own"):
        repeated.check({"measured": 1}, again)


class Counter:
    """Counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.calls


def test_a_violation_that_does_not_come_back_is_an_error_with_both_values():
    count = Counter()

    @bound(over=st.floats(0, 1))
    def claim(instance):
        return (3.5 if count() == 41 else instance), 1.0

    record = judged(claim)
    assert record["verdict"] == "error"
    assert record["reason"].startswith("not repeatable: measured 3.5 at first and 0.")


def test_a_worst_instance_that_changes_is_an_error_though_nothing_is_above():
    count = Counter()

    @bound(over=st.integers(0, 9))
    def claim(instance):
        return instance + 1e-9 * count(), 10

    assert judged(claim)["verdict"] == "error"
    assert "not repeatable" in judged(claim)["reason"]


def test_a_prediction_that_changes_is_an_error():
    count = Counter()

    @bound()
    def claim():
        return 1, 2 + count()

    assert "not repeatable: predicted 3 at first and 4" in judged(claim)["reason"]


def test_the_counterexample_of_a_mutant_is_measured_twice():
    count = Counter()

    @bound(over=st.integers(0, 9))
    def claim(instance):
        return instance, 10

    @claim.mutant("forgets")
    def _(instance):
        return (20 if count() == 7 else instance), 10

    record = judged(claim)
    assert record["verdict"] == "error"
    assert "'forgets'" in record["reason"]
    assert "not repeatable" in record["reason"]


def test_identities_are_measured_twice_with_a_domain_and_without():
    count = Counter()

    @identity()
    def alone():
        return sympy.Integer(count()), sympy.Integer(count.calls)

    @identity(over=st.floats(0, 1), tol=1e-3, why="a test")
    def over_a_domain(instance):
        return instance, instance + 1e-6 * count()

    assert "not repeatable: the left side 1 at first and 2" in judged(alone)["reason"]
    assert "not repeatable: the difference" in judged(over_a_domain)["reason"]


def test_what_draws_from_seeded_generators_is_repeatable():
    @bound(over=st.floats(0, 1))
    def claim(instance, rng):
        return instance * random.random() * rng.random() * np.random.rand(), 1.0  # noqa: NPY002

    assert judged(claim)["verdict"] == "holds"


def test_a_generator_of_the_module_starts_where_it_stood():
    @identity()
    def alone():
        return KEPT.random(), KEPT.random() - 1

    @bound()
    def point():
        return KEPT.random(), 2.0

    @bound()
    def wrong():
        return KEPT.random(), -1.0

    @bound(over=st.floats(0, 1))
    def over_a_domain(instance):
        return KEPT.random(), 2.0

    assert judged(alone)["verdict"] == "refuted"
    assert judged(point)["verdict"] == "holds"
    assert judged(wrong)["verdict"] == "refuted"
    assert "not repeatable" in judged(over_a_domain)["reason"]


def test_an_instance_that_passes_assume_once_is_not_repeatable():
    from hypothesis import assume

    count = Counter()

    @bound(over=st.just(0))
    def claim(instance):
        assume(count() == 1)
        return 1, 2

    assert "passed assume() at first and did not" in judged(claim)["reason"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (1.0, 1.0, None),
        (float("nan"), float("nan"), None),
        (0.1, np.float64(0.1), None),
        (0.1, 0.1 + 2e-17, ("0.1", "0.10000000000000002")),
        (Fraction(1, 3), Fraction(1, 3), None),
        (Fraction(10**5000), Fraction(10**5000), None),
        (Fraction(1, 3), Fraction(2, 3), ("1/3", "2/3")),
        ([1, [2, 3]], (1, (2, 4)), ("3", "4")),
        ([1], [1, 2], ("1 entries", "2")),
        ([1, 2], 3, ("[1, 2]", "3")),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), None),
        (np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), ("2.0 at entry (0, 1)", "3.0")),
        (np.zeros(2), np.zeros(3), ("of shape (2,)", "of shape (3,)")),
        (np.array([Fraction(1), Fraction(2)]), np.array([Fraction(1), Fraction(3)]), ("2", "3")),
        (arb(2), arb(2), None),
        (acb(1, 2), acb(1, 2), None),
        (sympy.Dummy("x") ** 2, sympy.Dummy("x") ** 2, None),
        (sympy.Symbol("x"), sympy.Symbol("y"), ("x", "y")),
    ],
)
def test_values_are_compared_to_the_last_digit(first, second, told):
    assert repeated.difference(first, second) == told


def test_balls_of_one_midpoint_and_two_radii_differ():
    one, other = repeated.difference(arb(1, 2**-60), arb(1, 2**-61))
    assert one != other


def test_long_values_are_told_by_their_beginning():
    one, other = repeated.difference("a" * 100, "b" * 100)
    assert (one[1], other[1]) == ("a", "b")
    assert len(one) == len(other) == 62
    one, other = repeated.difference("a" * 100 + "b" * 100, "a" * 100 + "c" * 100)
    assert one == "… " + "a" * 30 + "b" * 30 + " …"
    assert other == "… " + "a" * 30 + "c" * 30 + " …"
    one, other = repeated.difference(16**100, 16**100 + 7)
    assert (one, other) == ("… " + "0" * 30 + "0", "… " + "0" * 30 + "7")


def test_the_largest_ratio_is_measured_twice_beside_the_counterexample():
    seen = set()

    @bound(over=st.floats(0, 8))
    def claim(instance):
        again = instance in seen
        seen.add(instance)
        return instance + (1e-3 if again and instance > 2 else 0), 1.0

    record = judged(claim)
    assert record["verdict"] == "error"
    assert "not repeatable" in record["reason"]


def test_what_cannot_be_measured_again_is_told():
    def again():
        raise Failed("no such network")

    with pytest.raises(Failed, match="no such network"):
        repeated.check({"measured": 1.0}, again)


def test_five_evaluations_stand_together_however_long_they_take():
    start = repeated.Start(lambda: None)
    start.started = -1e9
    assert [start.cheap(n) for n in (1, 4, 5, 6)] == [False, False, True, True]


LEGACY = np.random.RandomState(5)


def test_a_legacy_generator_is_put_back_too():
    start = repeated.Start(lambda: None)
    first = LEGACY.random()
    start.put_back()
    assert LEGACY.random() == first


def test_a_text_that_is_the_beginning_of_another_is_shown():
    assert repeated.difference("a" * 10, "a" * 200) == ("a" * 10, "a" * 60 + " …")


def test_balls_that_differ_beyond_the_digits_printed_are_told_apart():
    with rigor.precision(256):
        near, other = arb(1) / 3, arb(1) / 3 + arb(2) ** -150
    assert str(near) == str(other)
    assert repeated.difference(near, other) is not None
    assert repeated.difference(near, near) is None


def test_numbers_of_any_kind_in_arrays_are_compared_one_by_one():
    floats, mixed = np.array([1.0, 2.0]), np.array([1.0, Fraction(5, 2)], dtype=object)
    assert repeated.difference(floats, np.array([1.0, 2.0], dtype=object)) is None
    assert repeated.difference(floats, mixed) == repeated.difference(2.0, Fraction(5, 2))
    assert repeated.difference(mixed, floats) == repeated.difference(Fraction(5, 2), 2.0)


def test_balls_that_differ_are_told_as_they_are_printed():
    assert repeated.difference(arb(1), arb(2)) == (str(arb(1)), str(arb(2)))
    assert repeated.difference(arb(1), arb(1)) is None
