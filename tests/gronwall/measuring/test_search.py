"""The search: it finds, climbs, shrinks, repeats itself, and stays in the domain."""

from __future__ import annotations

import sys
import types

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from gronwall.measuring.search import SHRINKS, Outcome, ascend, climb, search


def evaluated(ratio):
    """An evaluation that fails where the ratio exceeds one."""

    def evaluate(instance):
        value = ratio(instance)
        return Outcome(value, value > 1, value)

    return evaluate


def test_a_violation_by_one_percent_in_four_dimensions_is_found():
    box = st.tuples(*[st.floats(-1, 1)] * 4)
    wrong = evaluated(lambda x: 1.01 - sum((a - 0.37) ** 2 for a in x) / 4)
    found = sum(search(wrong, box, examples=500, seed=seed).failure is not None for seed in range(10))
    assert found == 10


def test_a_violation_on_two_percent_of_the_domain_is_found():
    wrong = evaluated(lambda x: 2.0 if 0.613 < x < 0.633 else 0.5)
    found = sum(search(wrong, st.floats(0, 1), examples=500, seed=seed).failure is not None for seed in range(10))
    assert found == 10


def test_the_ascent_reaches_the_maximum_that_random_draws_miss():
    box = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
    found = search(evaluated(lambda x: 1 - ((x[0] - 0.3) ** 2 + (x[1] + 0.7) ** 2) ** 0.5), box, examples=500, seed=0)
    assert found.worst()[1].fitness > 0.99


def test_no_instance_leaves_the_domain():
    strategy = st.tuples(st.floats(2.0, 3.0), st.integers(-5, 5), st.sampled_from("abc")).filter(lambda x: x[1] != 0)
    found = search(evaluated(lambda x: x[0] / 3 - abs(x[1]) / 10), strategy, examples=300, seed=1)
    assert len(found.evaluated) > 250
    for (x, k, letter), _ in found.evaluated:
        assert 2.0 <= x <= 3.0
        assert -5 <= k <= 5
        assert k != 0
        assert letter in "abc"


def test_a_failure_is_shrunk_and_shrinking_is_capped():
    calls = []

    def evaluate(x):
        calls.append(x)
        return Outcome(None, sum(x) > 1000, None)

    found = search(evaluate, st.lists(st.integers(0, 10_000), max_size=20), examples=500, seed=3)
    assert found.failure is not None
    assert found.failure[0] == [1001]
    assert len(calls) < 500 + SHRINKS


def test_the_draws_do_not_depend_on_what_else_is_imported():
    def draws():
        return [i for i, _ in search(evaluated(lambda x: 0.5), st.integers(), examples=100, seed=5).evaluated]

    before = draws()
    module = types.ModuleType("a_local_module")
    module.__file__ = __file__
    sys.modules["a_local_module"] = module
    try:
        assert draws() == before
    finally:
        del sys.modules["a_local_module"]


def test_assumptions_are_honoured():
    def evaluate(x):
        assume(x > 0.5)
        return Outcome(x, False, x)

    found = search(evaluate, st.floats(0, 1), examples=100, seed=0)
    assert found.evaluated
    assert all(x > 0.5 for x, _ in found.evaluated)


@pytest.mark.parametrize("strategy", [st.nothing(), st.floats(0, 1).filter(lambda x: False)])
def test_a_strategy_without_examples_is_a_problem(strategy):
    found = search(evaluated(lambda x: 0.5), strategy, examples=50, seed=0)
    assert found.problem == "the strategy yields no example"


def test_a_small_domain_is_searched_once():
    found = search(evaluated(lambda x: 0.5), st.sampled_from([1, 2, 3]), examples=500, seed=0)
    assert sorted(i for i, _ in found.evaluated) == [1, 2, 3]


def test_the_authors_own_ascent_adds_what_it_visits():
    evaluate = evaluated(lambda x: x / 10)
    found = search(evaluate, st.integers(0, 3), examples=50, seed=0)

    def upwards(instance, ratio):
        while ratio(instance + 1) > ratio(instance) and instance < 8:
            instance += 1
        yield instance

    climb(evaluate, found, upwards)
    assert found.worst()[0] == 9


def test_a_named_ascent_sharpens_the_best_draws_inside_the_domain():
    box = st.tuples(*[st.floats(-1, 1)] * 3)
    peak = evaluated(lambda x: 1 - sum((a - 0.37) ** 2 for a in x))
    found = search(peak, box, examples=60, seed=0)
    before = found.worst()[1].fitness
    ascend(peak, box, found, "nelder-mead", seed=0)
    assert found.worst()[1].fitness > 1 - (1 - before) / 100
    assert all(-1 <= a <= 1 for x, _ in found.evaluated for a in x)


def test_an_unknown_ascent_is_refused_by_name():
    peak = evaluated(lambda x: 0.5 - abs(x - 0.37) / 10)
    found = search(peak, st.floats(0, 1), examples=40, seed=0)
    with pytest.raises(ValueError, match="hill"):
        ascend(peak, st.floats(0, 1), found, "hill", seed=0)
