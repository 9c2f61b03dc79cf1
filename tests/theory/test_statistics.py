"""Rank correlations and critical values, against SciPy's and against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from gronwall.theory import statistics


def test_pairs_and_rank_correlations_are_those_of_scipy():
    rng = np.random.default_rng(2)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30)
    against, alike = statistics.pairs(x, y)
    assert against + alike == 1 + 30 * 29 / 2
    assert (alike - against) / (30 * 29 / 2) == pytest.approx(kendalltau(x, y).statistic)
    assert statistics.spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_the_critical_rank_correlation_is_exceeded_as_often_as_stated():
    rng = np.random.default_rng(3)
    n, times = 16, 20000
    ranks = np.argsort(rng.random((times, n)), axis=1) - (n - 1) / 2
    rho = ranks @ (np.arange(n) - (n - 1) / 2) / np.sum((np.arange(n) - (n - 1) / 2) ** 2)
    share = np.mean(np.abs(rho) > statistics.critical(n, 1))
    assert abs(share - 0.01) < 5 * np.sqrt(0.01 / times) + 0.001  # the t approximation is good to about 0.001


def test_as_many_errors_are_allowed_as_one_run_in_a_hundred_exceeds():
    rng = np.random.default_rng(4)
    largest = np.abs(rng.normal(size=(20000, 12))).max(axis=1)
    share = np.mean(largest > statistics.errors_allowed(12))
    assert abs(share - 0.01) < 5 * np.sqrt(0.01 / 20000)
