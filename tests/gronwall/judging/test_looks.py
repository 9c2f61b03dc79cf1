"""The verdict of the order estimator, look by look: noise, round-off at the end, luck, the end that is fine."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gronwall import estimate_order
from gronwall.judging.floor import above_the_floor
from gronwall.judging.order import _inside, _without_trend
from gronwall.judging.sweep import read_sweep

EPS = 2.0**-52
N = 2.0 ** np.arange(3, 15)
RESTLESS = np.tile([1, 3, 1.1, 2.9], 3)


# --------------------------------------------------------------------------- noise without a trend


@pytest.mark.parametrize("order", [3, -3])
def test_errors_that_scatter_without_a_trend_refute_no_rate(order):
    found = estimate_order(N, RESTLESS, order=order)
    assert found.verdict == "inconclusive"
    assert found.reason.startswith("noise: the error scatters and shows no trend; use more replicates or a wider sweep")


def test_neighbours_as_alike_as_strangers_are_no_lack_of_a_trend():
    at_the_border = np.array([0.0, 0.0, 2.0, 2.0])  # von Neumann's ratio is one
    sweep = SimpleNamespace(y=at_the_border[None], keep=np.ones(4, dtype=bool))
    assert not _without_trend(sweep)
    sweep.y = np.array([[0.0, 2.0, 2.0, 0.0]])
    assert _without_trend(sweep)


def test_errors_that_scatter_little_refute_a_rate_of_which_there_is_no_trace():
    assert estimate_order(N, RESTLESS**0.2, order=3).verdict == "refuted"
    assert estimate_order(N, N**-1.0 * RESTLESS**0.2, order=3).verdict == "refuted"


def test_errors_that_scatter_about_a_trend_refute_another():
    assert estimate_order(N, N**-1.0 * RESTLESS, order=3).verdict == "refuted"


def test_of_an_error_that_stays_scatter_is_no_lack_of_a_trend():
    assert "shows no trend" not in estimate_order(N, RESTLESS, order=0).reason


# --------------------------------------------------------------------------- the end, and what round-off can reach


def test_an_open_sweep_is_told_up_to_the_last_point_clear_of_round_off():
    n = 2.0 ** np.arange(3, 12)
    error = 3e-9 * n**-2.08 * (1 + 3 / n)
    clear = n[error > 4 * EPS * np.sqrt(2 * n)]
    found = estimate_order(n, error, order=2)
    assert found.verdict == "inconclusive"
    assert found.window == (8, clear[-1])
    assert len(found.slopes) == len(clear) - 1
    assert found.seen == pytest.approx(np.log2(error[len(clear) - 2] / error[len(clear) - 1]))
    assert "clear of round-off" in found.reason
    error[0] *= 20  # and from the first point that follows the law
    assert estimate_order(n, error, order=2).window == (16, clear[-1])


def test_an_open_sweep_of_which_no_point_is_clear_of_round_off_is_told_whole():
    found = estimate_order([8, 16, 32, 64], EPS * np.array([14, 7, 3.6, 2.2]), order=1)
    assert found.verdict == "inconclusive"
    assert found.window == (8, 64)
    assert len(found.slopes) == 3
    assert "round-off comes before" in found.reason


def test_a_refutation_by_the_last_two_points_within_reach_of_round_off_is_withheld():
    n = 2.0 ** np.arange(2, 14)
    for level, verdict in ((2e-16, "inconclusive"), (2e-9, "refuted")):
        found = estimate_order(n, n**-2.0 + level * n**2, order=2)
        assert found.verdict == verdict, found.reason
    assert "the finest points alone speak against it" in estimate_order(n, n**-2.0 + 2e-16 * n**2, order=2).reason


def test_few_points_clear_of_round_off_refute_nothing():
    n = 8 * 2.0 ** np.arange(6)
    found = estimate_order(n, 2e-11 * n**-1.0, order=3)
    told = estimate_order(n, 2e-14 * n**-1.0, order=3)
    assert found.verdict == "refuted"
    assert told.verdict == "inconclusive"
    assert "a rate needs 4 that span a factor of 2" in told.reason


def test_what_is_open_is_told_of_the_window_where_it_has_four_points():
    sweep = above_the_floor(read_sweep((N, N**-2.0), "n", stated=2.0, dtype=None, scale=1.0))
    for first, last, points in ((2, 5, 4), (2, 4, 12), (5, 11, 7)):
        assert _inside(sweep, (N[first], N[last])).keep.sum() == points
        assert _inside(sweep, (N[last], N[first])).keep.sum() == points
    assert np.flatnonzero(_inside(sweep, (N[2], N[5])).keep).tolist() == [2, 3, 4, 5]


# --------------------------------------------------------------------------- points and spans


def test_four_points_that_span_a_factor_of_two_are_enough():
    n = np.array([8.0, 10, 13, 16])
    assert estimate_order(n, n**-2.0, order=2).verdict == "holds"
    assert "span a factor of" in estimate_order([*n[:3].tolist(), 15.9], n**-2.0, order=2).reason
    assert estimate_order(n[:3], n[:3] ** -2.0, order=2).verdict == "inconclusive"


# --------------------------------------------------------------------------- which end is fine


def test_a_positive_order_on_sizes_whose_errors_hardly_change_is_read_as_of_n():
    """An error that falls towards small sizes at less than a quarter of the order does not make them steps."""
    n = 2.0 ** np.arange(3, 11)
    for slope, says in ((0.2, "falls more slowly"), (0.3, "state -1, or give them as h=")):
        found = estimate_order(n, n**slope, order=1)
        assert says in found.reason
        assert found.verdict == "refuted"
    assert estimate_order(n, n**0.45, order=2).order == pytest.approx(-0.45)
    assert "state -2" in estimate_order(n, n**0.55, order=2).reason


def test_steps_stated_with_a_positive_order_never_hold():
    h = 2.0 ** -np.arange(3.0, 11)
    assert estimate_order(h, h**2, order=2).verdict == "inconclusive"
    assert estimate_order(h, h**2, order=3).verdict == "refuted"
    assert estimate_order(h, h**2, order=-2).verdict == "holds"
    assert estimate_order(h, h**2, order=0).verdict == "refuted"
    assert estimate_order(h, h**2, order=2).order == pytest.approx(-2)


# --------------------------------------------------------------------------- a stated remainder


def test_a_remainder_in_powers_that_is_stated_and_not_found_leaves_it_open():
    n = 2.0 ** np.arange(3, 9)
    noisy = n**-2.0 * np.exp(0.1 * np.random.default_rng(0).standard_normal(6))
    found = estimate_order(n, noisy, order=2, remainder="powers")
    assert found.verdict == "inconclusive"
    assert found.reason.startswith("no series in powers fits these errors closely enough to be extrapolated (")
    series = n**-2.0 * (1 + 9 / n - 20 / n**2)
    for order, verdict in ((2, "holds"), (3, "refuted"), (1, "refuted")):
        assert estimate_order(n, series, order=order, remainder="powers").verdict == verdict


# --------------------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"order": "2"}, "order must be a finite number, got '2'"),
        ({"order": None}, "order must be a finite number"),
        ({"order": 10**400}, "order must be a finite number"),
        ({"within": -0.1}, "within must be positive and finite, got -0.1"),
        ({"scale": 0}, "scale must be positive and finite, got 0"),
        ({"q": 0}, "q must be positive and finite, got 0"),
        ({"q": np.inf}, "q must be a finite number"),
        ({"confidence": 0}, "confidence must lie strictly between 0 and 1, got 0"),
        ({"confidence": 1}, "confidence must lie strictly between 0 and 1, got 1"),
        ({"remainder": "power"}, 'remainder must be None or "powers"'),
    ],
)
def test_a_malformed_statement_is_said_with_its_value(wrong, says):
    with pytest.raises(ValueError, match=says):
        estimate_order(N, N**-1.0, **wrong)


def test_the_usual_statement_is_order_one_to_a_tenth():
    assert estimate_order(N, N**-1.08).verdict == "holds"
    assert estimate_order(N, N**-1.12).verdict == "refuted"
    assert "stated 1 ± 0.1" in estimate_order(N, N**-1.12).reason
    assert estimate_order(N, N**-1.12, at_least=True).verdict == "holds"


def test_the_noise_that_is_told_is_that_of_the_errors():
    n = 2.0 ** np.arange(3, 11, 0.25)
    for size in (1e-3, 0.05):
        error = n**-2.0 * np.exp(size * np.random.default_rng(3).standard_normal(len(n)))
        assert size / 2 < estimate_order(n, error, order=2).noise < 2 * size


def test_the_interval_covers_the_slope_that_is_seen_and_its_limit():
    n = np.array([8.0, 12, 18, 27, 40])
    found = estimate_order(n, n**-2.0 * (1 + 3 / n**0.7) * [1, 1.01, 1, 0.99, 1], order=2)
    assert found.interval[0] < found.order < found.interval[1]
    assert found.interval[0] < found.seen < found.interval[1]


# --------------------------------------------------------------------------- the margin of a refutation


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((1.74, 1.79, 1.84), "refuted"),  # 0.06 outside, half-width 0.05
        ((1.76, 1.81, 1.86), "inconclusive"),
        ((0.9, 1.2, 1.5), "refuted"),
        ((1.0, 1.35, 1.7), "inconclusive"),
    ],
)
def test_a_refutation_stands_by_a_half_width_outside_the_region(monkeypatch, interval, verdict):
    monkeypatch.setattr("gronwall.judging.order._interval", lambda mixture, confidence: interval)
    n = 2.0 ** np.arange(3, 8)
    error = n ** -interval[1] * (1 + 0.01 * np.array([1, -1, 1, -1, -1]))
    assert estimate_order(n=n, error=error, order=2).verdict == verdict


def test_a_plateau_is_seen_where_round_off_scatters_beyond_it():
    """A forward difference with a constant error of 2e-5, taken far into its round-off."""
    n = 2.0 ** np.arange(2, 36)
    rounding = np.zeros(34)
    rounding[25:] = 2e-7 * 2.0 ** np.arange(9) * np.array([1, -1, 2, 1, 1, -0.5, 1, 2, 3])
    error = np.abs(1 / n + 2e-5 + rounding)
    assert estimate_order(n=n, error=error, order=1).verdict != "holds"
    assert above_the_floor(read_sweep((n, error), "n", stated=1.0, dtype=None, scale=1.0)).plateau == pytest.approx(
        2e-5, rel=0.02
    )
