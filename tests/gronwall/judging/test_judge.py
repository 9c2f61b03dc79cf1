"""Judging: the interval of a median, the priority of verdicts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gronwall.judging.medians import LEAST_SEEDS, median_interval


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
