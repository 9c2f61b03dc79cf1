"""Does the order estimator err as seldom as it says? A small version of ``bench/estimator.py``, with other seeds.

The estimators below it are the test of the test: each is broken in one way, and the same rates must catch it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gronwall import estimate_order
from tests.quality.kinds import KINDS, more_problems
from tests.quality.problems import Problem, judged, least_squares, mean_slope, problems, rates

SEED, LAWS, BATCH = 77, 110, 4


@pytest.fixture(scope="module")
def given() -> list[Problem]:
    return [p for p in problems(SEED, LAWS, BATCH) if p.kind in ("right", "wrong")]


def ours(p: Problem, unit: float = 1.0) -> str:
    asked = p.sweep(unit)
    return estimate_order(asked.pop("sizes"), **asked).verdict


def shortcomings(given: list[Problem], verdict: Callable[[Problem], str]) -> list[str]:
    """The rates that miss their targets: of a few hundred problems not one may be judged wrongly."""
    rate = rates(judged(given, verdict))
    missed = [name for name in ("false_refuted", "false_confirmed") if rate[name] > 0]
    missed += ["inconclusive_clean"] * (rate["inconclusive_clean"] > 0.08)
    return missed + ["power"] * (rate["refuted_wrong"] < 0.85)


def test_the_problems_are_many_and_of_both_classes(given: list[Problem]) -> None:
    assert sum(p.kind == "right" for p in given) >= 100
    assert sum(p.kind == "wrong" for p in given) >= 100
    assert {p.single for p in given} == {True, False}
    assert {p.noise for p in given} == {0.0, 1e-3, 0.1}
    assert {p.label.split("/")[0] for p in given} == {"ode", "quadrature", "difference", "synthetic"}


def test_right_methods_have_the_slope_of_the_theory_and_wrong_claims_do_not(given: list[Problem]) -> None:
    for p in given:
        off = abs(p.truth - p.claim)
        assert off <= 0.05 if p.kind == "right" else off >= 0.5


def test_the_estimator_is_never_wrong_here_and_seldom_undecided_on_clean_problems(given: list[Problem]) -> None:
    assert shortcomings(given, ours) == []


@pytest.fixture(scope="module")
def edges() -> list[Problem]:
    """A dozen of each kind, both classes."""
    found: dict[tuple[str | None, str], list[Problem]] = {}
    for p in more_problems(SEED, 6 * len(KINDS), BATCH):
        if p.kind in ("right", "wrong"):
            found.setdefault((p.twist, p.kind), []).append(p)
    return [p for several in found.values() for p in several[:12]]


def test_at_the_edges_nothing_is_judged_wrongly(edges: list[Problem]) -> None:
    rate = rates(judged(edges, ours))
    assert rate["right"] >= 40
    assert rate["wrong"] >= 40
    assert rate["false_refuted"] == rate["false_confirmed"] == 0
    assert rate["confirmed_right"] > 0.4
    assert rate["refuted_wrong"] > 0.5


def test_seconds_and_hours_of_the_same_sweep_give_the_same_verdict(edges: list[Problem], given: list[Problem]) -> None:
    for p in [*edges[::2], *given[::12]]:
        assert ours(p) == ours(p, unit=3600.0) == ours(p, unit=1e-9), (p.label, p.claim, p.asked)


CRIPPLED: dict[str, tuple[Callable[[Problem], str], str]] = {
    "always inconclusive": (lambda p: "inconclusive", "inconclusive_clean"),
    "believes everything": (lambda p: "holds", "false_confirmed"),
    "blind to the floor": (lambda p: estimate_order(p.n, p.error, p.claim, scale=1e-9).verdict, "inconclusive_clean"),
    "takes any plateau for a floor": (
        lambda p: estimate_order(p.n, p.error, p.claim, scale=1e9).verdict,
        "inconclusive_clean",
    ),
    "far too lenient": (lambda p: estimate_order(p.n, p.error, p.claim, within=0.8).verdict, "false_confirmed"),
    "the usual least squares": (
        lambda p: "holds" if abs(least_squares(p) - p.claim) <= 0.9 else "refuted",
        "false_confirmed",
    ),
    "the usual mean of log ratios": (
        lambda p: "holds" if abs(mean_slope(p) - p.claim) <= 0.2 else "refuted",
        "false_refuted",
    ),
}


@pytest.mark.parametrize("name", CRIPPLED)
def test_a_crippled_estimator_misses_the_targets(name: str, given: list[Problem]) -> None:
    verdict, where = CRIPPLED[name]
    assert where in shortcomings(given[::2], verdict)
