"""Judging: the interval of a median, the priority of verdicts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gronwall.judging.medians import LEAST_SEEDS, judge_comparison, judge_reproduction, median_interval


def coverage(n: int, k: int) -> float:
    """P(x_(k) <= median <= x_(n+1-k)) for a continuous law, by counting signs."""
    return 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2**n


@pytest.mark.parametrize("n", [8, 11, 20, 35])
def test_the_interval_of_the_median_has_99_percent_and_no_narrower_one_has(n):
    low, high = median_interval(range(1, n + 1))
    k = int(low)
    assert high == n + 1 - k
    assert coverage(n, k) >= 0.99
    assert coverage(n, k + 1) < 0.99


def test_below_eight_seeds_there_is_no_interval():
    assert median_interval(range(LEAST_SEEDS - 1)) is None
    assert median_interval(range(LEAST_SEEDS)) is not None


def test_the_interval_covers_the_median_of_a_skewed_law():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        low, high = median_interval(rng.exponential(size=12))
        hits += low <= math.log(2) <= high
    assert hits / 2000 >= 0.99 - 3 * math.sqrt(0.99 * 0.01 / 2000)


# --------------------------------------------------------------------------- comparison and reproduction


def comparison(values, factor=1.0, equivalent_within=None):
    stated = {"factor": factor, "equivalent_within": equivalent_within}
    return judge_comparison({"stated": stated, "values": values})


def test_a_comparison_tells_the_interval_of_the_median_ratio():
    ours, theirs = [2.0] * 8, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    found = comparison(list(zip(ours, theirs, strict=True)), factor=1.5)
    assert found.verdict == "holds"
    assert found.reason == "median of theirs/(ours x 1.5) in [1, 3.333] over 8 seeds"
    assert found.fit["interval"] == pytest.approx([1, 10 / 3])
    assert found.fit["median"] == pytest.approx(math.exp((math.log(2) + math.log(7 / 3)) / 2))
    assert found.fit["factor"] == 1.5


@pytest.mark.parametrize(
    ("theirs", "keywords", "verdict", "says"),
    [
        ([0.9] * 8, {}, "refuted", ", not at least 1"),
        ([0.9] * 4 + [1.1] * 4, {}, "inconclusive", " straddles: more seeds may decide"),
        ([1.0] * 8, {}, "holds", "over 8 seeds"),
        ([1.09] * 8, {"equivalent_within": 0.1}, "holds", "over 8 seeds"),
        ([1.125] * 8, {"equivalent_within": 0.125}, "holds", "over 8 seeds"),
        ([1.11] * 8, {"equivalent_within": 0.1}, "refuted", ", not within 0.1 of 1"),
        ([1 / 1.11] * 8, {"equivalent_within": 0.1}, "refuted", ", not within 0.1 of 1"),
        ([1 / 1.09] * 8, {"equivalent_within": 0.1}, "holds", "over 8 seeds"),
        ([1.05] * 4 + [1.2] * 4, {"equivalent_within": 0.1}, "inconclusive", "more seeds may decide"),
        ([1.05] * 4 + [0.8] * 4, {"equivalent_within": 0.1}, "inconclusive", "more seeds may decide"),
        ([0.75] * 4 + [1.0] * 4, {"equivalent_within": 1 / 3}, "holds", "over 8 seeds"),
        ([1.0] * 4 + [1.5] * 4, {"equivalent_within": 0.5}, "holds", "over 8 seeds"),
        ([0.7] * 4 + [0.75] * 4, {"equivalent_within": 1 / 3}, "inconclusive", "more seeds may decide"),
        ([1.5] * 4 + [2.0] * 4, {"equivalent_within": 0.5}, "inconclusive", "more seeds may decide"),
        ([1.05] * 7, {}, "inconclusive", "7 seeds; the 99 % interval of a median needs at least 8"),
    ],
)
def test_a_comparison_holds_is_refuted_or_straddles(theirs, keywords, verdict, says):
    found = comparison([(1.0, x) for x in theirs], **keywords)
    assert (found.verdict, found.reason.endswith(says)) == (verdict, True), found.reason


def test_quotients_beyond_the_floats_are_compared_by_their_logarithms():
    assert comparison([(1e-200, 1e200)] * 8, factor=1e3).verdict == "holds"
    assert comparison([(1e200, 1e-200)] * 8).verdict == "refuted"
    found = comparison([(1e-200, 1e200)] * 8).fit
    assert found["median"] == found["interval"][0] == pytest.approx(math.exp(709))
    assert comparison([(1e-300, 1e10)] * 8, factor=1e300).fit["median"] == pytest.approx(1e10)
    assert comparison([(1e300, 1e-10)] * 8, factor=1e-300).fit["median"] == pytest.approx(1e-10)


def reproduction(values, published, within=0.1):
    return judge_reproduction({"stated": {"published": published, "within": within}, "values": [[v] for v in values]})


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(1.81, 2.19, "reproduced"), (1.8, 2.2, "reproduced"), (2.21, 2.5, "not reproduced"), (1.5, 1.79, "not reproduced"),
     (1.7, 1.9, "undecided"), (2.1, 2.3, "undecided"), (1.7, 2.3, "undecided"), (1.7, 1.8, "undecided"),
     (2.2, 2.3, "undecided")],
)  # fmt: skip
def test_a_reproduction_is_told_by_where_the_interval_of_its_median_lies(low, high, verdict, sign):
    found = reproduction([sign * low] * 4 + [sign * high] * 4, published=sign * 2.0)
    assert found.verdict == verdict
    assert found.fit["interval"] == sorted([sign * low, sign * high])
    assert found.fit["median"] == pytest.approx(sign * (low + high) / 2)
    assert found.fit["published"] == sign * 2.0
    assert f"over 8 seeds, published {sign * 2} (within 10 %)" in found.reason
    assert found.reason.startswith(f"median {sign * (low + high) / 2:.4g} in [{found.fit['interval'][0]:.4g}, ")


def test_a_reproduction_over_few_seeds_is_undecided():
    found = reproduction([2.0] * 7, 2.0)
    assert (found.verdict, found.reason[:8]) == ("undecided", "7 seeds;")


def test_a_median_whose_sum_exceeds_the_largest_float_is_finite():
    assert reproduction([1.6e308, 1.7e308] * 4, 1.65e308).fit["median"] == pytest.approx(1.65e308)


def test_a_median_between_worse_and_equal_is_not_refuted():
    """Half of the seeds say that the two are equal: an interval that ends at a ratio of one excludes nothing."""
    values = [[1.0, 0.5]] * 8 + [[1.0, 1.0]] * 8
    found = judge_comparison({"stated": {"factor": 1.0, "equivalent_within": None}, "values": values})
    assert found.fit["interval"] == [0.5, 1.0]
    assert found.verdict == "inconclusive"
