"""The keywords a judge reads, arithmetics by name, and randomness by what it is for."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from gronwall import bound, comparison, identity, pick, rate, reproduction
from gronwall.efforts import Effort
from gronwall.measuring import seeding
from gronwall.measuring.bench import Bench, Failed, Log
from gronwall.measuring.keywords import count, stated
from gronwall.measuring.precision import machine_epsilon


def bench_of(kind, **keywords):
    functions = {bound: lambda instance: (0, 1), rate: lambda n: 1, identity: lambda: (1, 1),
                 comparison: lambda: (1, 2), reproduction: lambda: 1}  # fmt: skip
    return Bench(kind(**keywords)(functions[kind]), "test.claim", None, 0, Effort("quick"), Log())


def test_every_kind_states_what_its_judge_reads():
    assert stated(bench_of(bound, over=st.floats(0, 1)), None) == {"sharp": None}
    assert stated(bench_of(rate, order=Fraction(1, 2), at=[1]), None) == {
        "order": 0.5, "within": 0.1, "scale": 1.0, "at_least": False, "direction": None, "q": None, "dtype": None,
        "remainder": None,
    }  # fmt: skip
    assert stated(bench_of(identity), None) == {"tol": None, "why": None, "ops": 64.0}
    assert stated(bench_of(identity, tol=1e-3, why=7), None) == {"tol": 1e-3, "why": "7", "ops": 64.0}
    assert stated(bench_of(comparison), None) == {"factor": 1.0, "equivalent_within": None}
    assert stated(bench_of(reproduction, published=np.float64(2)), None) == {"published": 2.0, "within": 0.1}
    assert stated(bench_of(rate, order=1, at=[1], at_least=1), None)["at_least"] is True


@pytest.mark.parametrize(
    ("kind", "keywords"),
    [
        (identity, {"tol": 0.0}),
        (bound, {"sharp": 1.5}),
        (rate, {"order": -3, "at": [1]}),
        (rate, {"order": 0, "at": [1], "q": 4.5}),
        (reproduction, {"published": -1.0}),
        (reproduction, {"published": 0}),
        (comparison, {"equivalent_within": 0.999}),
        (comparison, {"factor": 1e-9}),
        (rate, {"order": 1, "at": [1], "direction": "tol", "remainder": "powers", "dtype": "bfloat16"}),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_may_be_stated(kind, keywords):
    told = stated(bench_of(kind, **keywords), None)
    assert all(told[key] == value for key, value in keywords.items() if key != "at")


@pytest.mark.parametrize(
    ("kind", "keywords", "says"),
    [
        (identity, {"tol": -1e-9}, "tol=-1e-09 must be positive"),
        (identity, {"ops": 0}, "ops=0 must be positive"),
        (bound, {"sharp": 0}, "sharp=0 must be positive"),
        (bound, {"sharp": "0.9"}, "sharp='0.9' is no finite number"),
        (rate, {"order": float("inf"), "at": [1]}, "order=inf is no finite number"),
        (rate, {"order": [1], "at": [1]}, "is no finite number"),
        (rate, {"order": 10**400, "at": [1]}, "is no finite number"),
        (rate, {"order": 1, "at": [1], "within": 0}, "within=0 must be positive"),
        (rate, {"order": 1, "at": [1], "within": None}, "within=None is no finite number"),
        (rate, {"order": 1, "at": [1], "scale": -1}, "scale=-1 must be positive"),
        (rate, {"order": 1, "at": [1], "q": 0}, "q=0 must be positive"),
        (comparison, {"factor": -1}, "factor=-1 must be positive"),
        (comparison, {"equivalent_within": 0}, "equivalent_within=0 must be positive"),
        (comparison, {"equivalent_within": 1}, "equivalent_within=1: 0.1 states that two methods are within 10 %"),
        (rate, {"order": 1, "at": [1], "direction": "up"}, "direction='up' is not one of 'n', 'h', 'tol'"),
        (rate, {"order": 1, "at": [1], "remainder": 2}, "remainder=2 is not one of 'powers'"),
        (rate, {"order": 1, "at": [1], "dtype": "float31"}, "dtype 'float31' is not a type of numbers"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_may_not_be_stated_is_said_with_its_value(kind, keywords, says):
    with pytest.raises(Failed) as raised:
        stated(bench_of(kind, **keywords), None)
    assert says in str(raised.value)


def test_a_type_of_numbers_may_be_given_as_such():
    for given, told in ((np.float32, "float32"), (torch.float32, "float32"), ("torch.bfloat16", "bfloat16")):
        assert stated(bench_of(rate, order=1, at=[1], dtype=given), None)["dtype"] == told


@pytest.mark.parametrize("seeds", [0, -1, 2.0, True, "3", None])
def test_what_counts_is_a_whole_number_from_one_on(seeds):
    with pytest.raises(Failed, match="expected a whole number from 1 on"):
        count(bench_of(comparison, seeds=seeds), "seeds", None)


def test_what_counts_may_depend_on_the_effort():
    assert count(bench_of(comparison, seeds=pick(quick=np.int64(1), full=20)), "seeds", None) == 1
    assert count(bench_of(comparison, seeds=9), "seeds", None) == 9


# --------------------------------------------------------------------------- arithmetics


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [
        (np.float64, 52), ("float32", 23), (np.dtype("float16"), 10), (torch.float32, 23), (torch.bfloat16, 7),
        ("torch.float64", 52), ("bfloat16", 7), ("half", 10), ("float", 52), (torch.float16, 10), (np.int64, 52),
        (object, 52), ("torch.half", 10), (bool, 52), ("torch.float", 52),
    ],
    ids=str,
)  # fmt: skip
def test_machine_epsilon_by_name_or_type(dtype, bits):
    assert machine_epsilon(dtype) == 2.0**-bits


def test_what_is_no_type_is_a_value_error():
    with pytest.raises(ValueError, match="dtype 'float31' is not a type of numbers, such as 'float32'"):
        machine_epsilon("float31")


# --------------------------------------------------------------------------- randomness


def test_a_key_depends_on_seed_claim_and_purpose_and_has_128_bits():
    keys = [seeding.key(0, "a", "n", 1), seeding.key(1, "a", "n", 1), seeding.key(0, "b", "n", 1),
            seeding.key(0, "a", "n", 2), seeding.key(0, "a", "m", 1), seeding.key(0, "a", "n")]  # fmt: skip
    assert len(set(keys)) == len(keys)
    assert all(0 <= k < 2**128 for k in keys)
    assert max(keys) > 2**120
    assert seeding.key(0, "a", "n", 1) == keys[0]


def test_a_generator_is_that_of_its_key_and_repeats_itself():
    one, again, other = (seeding.generator(s, "a", "n", 8).random(4).tolist() for s in (0, 0, 1))
    assert one == again != other
    assert one == np.random.default_rng(seeding.key(0, "a", "n", 8)).random(4).tolist()


def test_the_global_generators_are_set_by_a_number_of_any_size():
    def drawn(number):
        seeding.seed_globals(number)
        return random.random(), np.random.random(), torch.rand(1).item()  # noqa: NPY002

    large = 2**127 + 2**63 + 2**32 + 5
    assert drawn(large) == drawn(large)
    assert all(a != b for a, b in zip(drawn(large), drawn(large + 1), strict=True))
    random.seed(large)
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(2**32 + 5)
    expected = random.random(), np.random.random(), torch.rand(1).item()  # noqa: NPY002
    assert drawn(large) == expected
