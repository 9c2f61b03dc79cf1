"""Does the tool find what it should? Wrong bounds and identities are planted; the share found is asserted.

The wrong statements are drawn at random (fixed seeds) from families that real mistakes fall into; the
right ones beside them must never be refuted. The shares are printed with ``pytest -s``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from gronwall import bound, identity
from gronwall.efforts import Effort
from gronwall.judging.judge import judge
from gronwall.measuring.engine import NOTHING, only
from gronwall.measuring.measure import measure
from tests.quality.planted import FAULTS, plain_hypothesis_finds, the_search_finds

TRIALS = 8


def verdict(claim, seed: int) -> str:
    return str(judge(measure(claim, f"quality.{claim.name}", None, seed, Effort("quick")))["verdict"])


def a_peak(rng, excess):
    """A smooth maximum of ``1 + excess`` somewhere in a box of one to four dimensions."""
    d = int(rng.integers(1, 5))
    centre, width = rng.uniform(-0.9, 0.9, d), rng.uniform(0.5, 2.0, d)

    @bound(over=st.tuples(*[st.floats(-1, 1)] * d))
    def peak(instance):
        return (1 + excess) - float(np.sum(((np.array(instance) - centre) / width) ** 2)) / d, 1.0

    return peak


def a_patch(rng, excess):
    """A violation on two percent of an interval, with no slope that leads to it."""
    start = rng.uniform(0, 0.98)

    @bound(over=st.floats(0, 1))
    def patch(instance):
        return (1 + excess) if start < instance < start + 0.02 else 0.5, 1.0

    return patch


def a_forgotten_factor(rng, excess):
    """A bound right for small depth whose constant is too small for the deepest networks."""
    deepest = int(rng.integers(20, 200))

    @bound(over=st.tuples(st.integers(1, deepest), st.floats(0.1, 2.0)))
    def factor(instance):
        depth, lipschitz = instance
        return (1 + lipschitz / depth) ** depth, (1 + lipschitz / deepest) ** deepest / (1 + excess)

    return factor


def an_edge(rng, excess):
    """A violation only where one of three parameters sits at the edge of its range."""
    edge = float(rng.integers(1, 9))

    @bound(over=st.tuples(st.floats(0, edge), st.floats(0, 1), st.booleans()))
    def at_the_edge(instance):
        x, y, flag = instance
        return (1 + excess) * (x / edge) ** 8 if flag and y < 0.9 else 0.0, 1.0

    return at_the_edge


FAMILIES = {"peak": a_peak, "patch": a_patch, "forgotten factor": a_forgotten_factor, "edge": an_edge}


@pytest.mark.parametrize("family", FAMILIES)
def test_bounds_wrong_by_two_percent_are_refuted(family):
    found = [verdict(FAMILIES[family](np.random.default_rng(seed), 0.02), seed) == "refuted" for seed in range(TRIALS)]
    print(f"\nwrong bounds, {family}: {sum(found)} of {TRIALS} refuted")
    assert sum(found) >= TRIALS - 1


@pytest.mark.parametrize("family", FAMILIES)
def test_right_bounds_are_never_refuted(family):
    found = [verdict(FAMILIES[family](np.random.default_rng(seed), 0.0), seed) for seed in range(TRIALS)]
    assert set(found) == {"holds"}


def test_identities_wrong_by_1e_9_are_refuted_and_right_ones_hold():
    wrong, right = [], []
    for seed in range(3 * TRIALS):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 60))
        x = rng.standard_normal(n) * 10.0 ** rng.integers(-8, 8)
        kick = np.zeros(n)
        kick[rng.integers(n)] = np.linalg.norm(x) * 1e-9

        @identity()
        def doubled():
            return np.cumsum(x) * 2 + kick, np.cumsum(2 * x)  # noqa: B023

        @identity()
        def undisturbed():
            return np.exp(np.log(np.abs(x))), np.abs(x)  # noqa: B023

        wrong.append(verdict(doubled, seed) == "refuted")
        right.append(verdict(undisturbed, seed) == "holds")
    print(
        f"\nidentities: {sum(wrong)} of {len(wrong)} wrong ones refuted, {sum(right)} of {len(right)} right ones hold"
    )
    assert all(wrong)
    assert all(right)


def test_a_search_that_only_draws_the_simplest_instance_would_fail_here():
    crippled = bound(over=st.just(0.0))(lambda instance: (0.5, 1.0))
    assert verdict(crippled, 0) == "holds"
    assert math.isclose(0.5, judge(measure(crippled, "q.c", None, 0, Effort("quick")))["worst"]["ratio"])


def found_alike(fault, examples: int, seed: int) -> bool:
    """Does plain Hypothesis find it, drawing no literals of ours?"""
    with only(NOTHING):
        return plain_hypothesis_finds(fault, examples, seed)[0]


@pytest.mark.parametrize("kind", sorted({fault.kind for fault in FAULTS}))
def test_what_plain_hypothesis_finds_the_search_finds(kind):
    faults = [fault for fault in FAULTS if fault.kind == kind]
    trials = [(fault, seed) for fault in faults for seed in range(2)]
    plain = {(fault.name, seed) for fault, seed in trials if found_alike(fault, 120, seed)}
    ours = {(fault.name, seed) for fault, seed in trials if the_search_finds(fault, 120, seed)[0]}
    print(f"\n{kind}: {len(ours)} of {len(trials)} found, {len(plain)} by plain Hypothesis")
    assert len(faults) >= 6
    assert plain <= ours


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.kind in ("ties", "tiny floats")], ids=lambda fault: fault.name
)
def test_a_fault_on_coincidences_or_tiny_numbers_never_holds(fault):
    claim = bound(over=fault.over)(lambda instance: (fault.ratio(instance), 1.0))
    assert verdict(claim, 3) in ("refuted", "error")


FILTERS = {
    "filter": (st.integers(0, 10**7).filter(lambda k: k % 8999 == 2), lambda k: None),
    "assume": (st.integers(0, 10**7), lambda k: assume(k % 8999 == 2)),
    "pairs": (st.tuples(st.integers(0, 10**5), st.integers(0, 10**5)), lambda p: assume(sum(p) % 4001 == 1)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_search_that_filters_starved_never_holds(name):
    over, reject = FILTERS[name]

    @bound(over=over)
    def starved(instance):
        reject(instance)
        return 0.5, 1.0

    for seed in range(3):
        assert verdict(starved, seed) == "inconclusive"


def test_a_small_domain_that_was_searched_whole_holds():
    for over in (st.integers(0, 3), st.booleans(), st.sampled_from("abc"), st.just(1), st.none(), range(7)):
        assert verdict(bound(over=over)(lambda instance: (0.5, 1.0)), 0) == "holds"


@pytest.mark.parametrize("late", [2, 17, 163, 499])
def test_a_measurement_that_fails_once_is_an_error_and_not_refuted(late):
    calls = []

    @bound(over=st.floats(0, 1))
    def once(instance):
        calls.append(instance)
        return (2.0 if len(calls) == late else instance), 1.5

    assert verdict(once, 1) == "error"
