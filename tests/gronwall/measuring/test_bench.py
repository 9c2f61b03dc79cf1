"""Where a claim is measured: what its functions receive, what they log, and how what they raise is told."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

from gronwall import bound, identity, rate
from gronwall.efforts import Effort
from gronwall.measuring import bench as benches
from gronwall.measuring import seeding
from gronwall.measuring.bench import Bench, Failed, Log, at, describe, own_copy, own_frames, pair_of
from gronwall.measuring.sides import Unusable
from tests.gronwall.judged import measured


@pytest.fixture
def bench():
    @bound(over=st.floats(0, 1), cases={"a": 3})
    def claim(instance):
        return instance, 1.0

    return Bench(claim, "test.claim", 3, 7, Effort("full"), Log(enabled=True))


def test_a_function_receives_what_it_names(bench):
    def everything(case, effort, log, instance, rng, shared_rng, other="default"):
        return case, effort, log, instance, rng.random(), shared_rng.random(), other

    case, effort, log, instance, own, shared, other = bench.call(
        everything, "instance", 5, shared=(2,), instance=5, unasked=1
    )
    assert (case, effort, instance, other) == (3, "full", 5, "default")
    assert log is bench.log
    assert own == seeding.generator(7, "test.claim", "instance", 5).random()
    assert shared == seeding.generator(7, "test.claim", "shared", 2).random()


def test_keyword_only_parameters_are_given_and_starred_ones_are_not(bench):
    def starred(*case, instance, **effort):
        return case, instance, effort

    assert bench.call(starred, "x", instance=4) == ((), 4, {})


def test_global_randomness_is_keyed_by_what_is_asked(bench):
    def draw():
        return np.random.random()  # noqa: NPY002

    assert bench.call(draw, "n", 1) == bench.call(draw, "n", 1) != bench.call(draw, "n", 2)


@pytest.mark.parametrize("raised", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_is_raised_becomes_a_failure_that_names_it(bench, raised):
    def raises():
        raise raised

    with pytest.raises(Failed, match=type(raised).__name__):
        bench.guarded(raises, "x")


def test_an_assumption_of_hypothesis_is_no_failure(bench):
    def assumes():
        raise UnsatisfiedAssumption

    with pytest.raises(UnsatisfiedAssumption):
        bench.guarded(assumes, "x")


def test_a_failure_names_the_innermost_line_of_the_claims_own_file():
    def inner():
        raise ValueError("message of <T object at 0x7fff00112233>")

    def outer():
        np.vectorize(lambda _: inner())(1.0)

    with pytest.raises(ValueError, match="message") as raised:
        outer()
    here = Path(__file__)
    line = inner.__code__.co_firstlineno + 1
    told = f"ValueError: message of <T object> (line {line} of test_bench.py)"
    assert describe(raised.value, here) == told
    assert describe(raised.value) == told
    assert describe(raised.value, Path("/no/such/file.py")) == told
    assert describe(ValueError()) == "ValueError"
    assert describe(KeyError("a")) == "KeyError: 'a'"


def test_a_failure_below_the_claims_file_is_told_by_the_line_that_called():
    with pytest.raises(np.linalg.LinAlgError) as raised:
        np.linalg.inv(np.zeros((2, 2)))
    assert "of test_bench.py)" in describe(raised.value, Path(__file__))
    assert "of test_bench.py)" not in describe(raised.value)


def test_the_way_to_an_error_leads_through_the_files_of_the_project_alone():
    def inner():
        return np.linalg.inv(np.zeros((2, 2)))

    with pytest.raises(np.linalg.LinAlgError) as raised:
        inner()
    line = inner.__code__.co_firstlineno + 1
    told = own_frames(raised.value, Path(__file__)).split("\n")
    assert (
        told[-1] == f"tests/gronwall/measuring/test_bench.py:{line}, in inner: return np.linalg.inv(np.zeros((2, 2)))"
    )
    assert len(told) == 2
    assert own_frames(raised.value, Path("/no/such/folder/file.py")) == ""
    with pytest.raises(ValueError, match="no") as raised:
        within(lambda: [].index(3))
    assert "bench.py" not in own_frames(raised.value, Path(__file__)).replace("test_bench.py", "")


def within(function):
    """Called by the tool and raising through it."""
    try:
        return benches.own_copy(function)()
    except ValueError as problem:
        raise ValueError("no") from problem


def test_the_way_to_the_error_of_a_claim_is_printed_once_and_that_of_its_mutants_is_not(capsys):
    @bound(over=st.floats(0, 1))
    def claim(instance):
        raise ValueError("no")

    @claim.mutant("raises elsewhere")
    def _(instance):
        raise KeyError("nor")

    measured(claim)
    told = capsys.readouterr().err
    assert told.count("raise ValueError") == 1
    assert "KeyError" not in told


# --------------------------------------------------------------------------- instances


@dataclasses.dataclass
class Holder:
    values: list


class NoCopy:
    def __deepcopy__(self, memo):
        raise RuntimeError("no")


def test_a_function_gets_a_copy_of_its_instance_where_there_is_one(bench):
    holder = Holder([1, 2])
    assert at(bench, lambda instance: instance.values.pop(), holder) == 2
    assert holder.values == [1, 2]
    stubborn = NoCopy()
    assert own_copy(stubborn) is stubborn
    assert own_copy(holder) == holder
    assert own_copy(holder) is not holder


def test_an_instance_that_only_an_address_tells_apart_is_refused(bench):
    with pytest.raises(Failed, match="the instance holds <object object>, which nothing tells from another"):
        at(bench, lambda instance: 1, [object()])


def test_randomness_at_an_instance_is_that_instances(bench):
    draw = lambda instance, rng: rng.random()  # noqa: E731
    assert at(bench, draw, 1.0) == at(bench, draw, 1.0) != at(bench, draw, 2.0)


@pytest.mark.parametrize("value", [(1, 2), [1, 2]])
def test_two_values_are_a_pair(value):
    assert pair_of(value, "a, b") == (1, 2)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "expected a pair (a, b), got nothing"),
        ((1, 2, 3), "got tuple (1, 2, 3)"),
        ((1,), "got tuple (1,)"),
        (np.ones(2), "got ndarray array([1., 1.])"),
        ("ab", "got str 'ab'"),
        ("a" * 200, f"got str '{'a' * 75}"),
    ],
)
def test_what_is_no_pair_is_said(value, says):
    with pytest.raises(Unusable) as raised:
        pair_of(value, "a, b")
    assert str(raised.value).endswith(says)


# --------------------------------------------------------------------------- the log


def test_a_log_keeps_numbers_of_any_arithmetic_as_numbers():
    log = Log(enabled=True)
    log("a", x=Fraction(1, 4), measured=arb(0.5), predicted=np.float32(0.25), kind="b")
    log("a", x=3, measured=torch.tensor(2.0), predicted=None)
    log("a", x="word", measured=True, predicted=np.array([1.0, 2.0]))
    log(Fraction(1, 2), x=10**20, measured=float("inf"))
    assert log.series == [
        {"name": "a", "x": 0.25, "measured": 0.5, "predicted": 0.25, "kind": "b"},
        {"name": "a", "x": 3, "measured": 2.0, "predicted": None},
        {"name": "a", "x": "word", "measured": 1.0, "predicted": [1.0, 2.0]},
        {"name": "1/2", "x": 10**20, "measured": "inf", "predicted": None},
    ]
    assert isinstance(log.series[1]["x"], int)


def test_a_log_keeps_arrays_with_their_labels_and_a_label_never_hides_a_number():
    log = Log(enabled=True)
    log.array("w", np.eye(2), layer=Fraction(1, 2))
    assert log.arrays == [{"name": "w", "values": [[1.0, 0.0], [0.0, 1.0]], "layer": "1/2"}]


def test_a_closed_log_keeps_nothing():
    log = Log()
    log("a", x=1, measured=2)
    log.array("w", [1])
    assert (log.series, log.arrays) == ([], [])


def test_what_is_stated_knows_effort_case_and_variant(bench):
    @rate(order=lambda case: case, at=[1, 2], within=0.2, cases={"a": 3})
    def claim(n):
        return 1 / n

    claim.mutant("wider", within=0.4)
    bench = dataclasses.replace(bench, claim=claim)
    assert bench.stated("order", None) == 3
    assert bench.stated("within", None) == 0.2
    assert bench.stated("within", claim.mutants[0]) == 0.4


def test_an_identity_without_a_domain_logs_its_own_evaluation():
    from gronwall.judging.judge import judge
    from gronwall.measuring.measure import measure

    @identity
    def claim(log):
        log("seen", x=1, measured=2)
        return 1, 1

    found = judge(measure(claim, "test.claim", None, 0, Effort("quick")))
    assert [point["x"] for point in found["series"]] == [1]
