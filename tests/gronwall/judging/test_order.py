"""What the order estimator says, sentence by sentence. How often it is right is in tests/quality."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gronwall import estimate_order
from gronwall.judging.estimates import Stated
from gronwall.judging.floor import above_the_floor
from gronwall.judging.order import OrderEstimate, _unless_rounded
from gronwall.judging.sweep import read_sweep

N = 2.0 ** np.arange(3, 9)  # 8 to 256, the typical sweep
LONG = 2.0 ** np.arange(2, 14)


def noise(size: float, shape: tuple[int, ...], seed: int = 1) -> np.ndarray:
    return np.exp(size * np.random.default_rng(seed).standard_normal(shape))


def verdict(*args: object, **keywords: object) -> str:
    return estimate_order(*args, **keywords).verdict


# --------------------------------------------------------------------------- what holds


@pytest.mark.parametrize("order", [0.5, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(("c", "d"), [(0, 0), (3, -4), (-3, 5), (5, 5), (-6, 2)])
def test_a_clean_method_of_the_stated_order_holds_on_the_typical_sweep(order: float, c: float, d: float) -> None:
    found = estimate_order(N, N**-order * abs(1 + c / N + d / N**2), order=order)
    assert found.verdict == "holds"
    assert found.order == pytest.approx(order, abs=0.05)
    assert found.interval is not None
    assert order - 0.1 <= found.interval[0] <= found.order <= found.interval[1]
    assert found.window is not None
    assert found.window[1] == 256
    assert found.floor is None


def test_an_exact_power_law_has_a_narrow_interval() -> None:
    found = estimate_order(N, 3 * N**-2.0, order=2)
    assert found.verdict == "holds"
    assert found.interval == pytest.approx((2, 2), abs=1e-3)
    assert found.slopes == pytest.approx([2] * 5)


def test_noise_of_a_tenth_of_a_percent_does_no_harm() -> None:
    assert verdict(N, N**-2.0 * (1 + 2 / N) * noise(1e-3, (6,)), order=2) == "holds"


def test_replicates_tame_noise_that_leaves_one_run_open() -> None:
    error = N**-1.0 * noise(0.1, (20, 6))
    assert verdict(N, error[0], order=1) == "inconclusive"
    assert verdict(N, error, order=1) == "holds"


def test_replicates_with_constants_and_remainders_of_their_own_hold() -> None:
    rng = np.random.default_rng(3)
    error = rng.uniform(0.01, 10, (3, 1)) * N**-3.0 * (1 + rng.uniform(-3, 3, (3, 1)) / N)
    assert verdict(N, error, order=3) == "holds"


def test_identical_replicates_are_no_evidence_against_the_rate() -> None:
    assert verdict(N, np.tile(N**-2.0 * (1 + 1 / N), (3, 1)), order=2) == "holds"


def test_growth_is_a_negative_order() -> None:
    assert verdict(N, 0.3 * N, order=-1) == "holds"
    assert verdict(n=N, error=0.3 * N, order=-1) == "holds"
    found = estimate_order(n=N, error=0.3 * N**1.5, order=-1)
    assert found.verdict == "refuted"
    assert "grows more than stated" in found.reason


def test_order_zero_says_that_the_error_stays() -> None:
    assert verdict(N, 0.3 + 0 * N, order=0) == "holds"
    assert verdict(N, N**-0.5, order=0) == "refuted"


def test_a_remainder_of_one_power_is_extrapolated_where_the_errors_are_smooth() -> None:
    error = (1 / N + 40 / N**2 + 30 / N**3) / 100
    found = estimate_order(N, error, order=1)
    assert found.verdict == "holds", found.reason
    assert found.seen == pytest.approx(1.18, abs=0.01)
    assert found.order == pytest.approx(1)
    assert "1.18 seen at the fine end" in found.reason
    assert verdict(N, error * noise(0.05, (6,)), order=1) == "inconclusive"


def test_tolerances_are_n_below_one_with_the_fine_end_at_the_smallest() -> None:
    tolerances = np.logspace(-3, -9, 7)
    found = estimate_order(tolerances, 5 * tolerances * noise(0.02, (7,)), order=-1)
    assert found.verdict == "holds"
    assert found.window == pytest.approx((1e-3, 1e-9))


def test_a_departure_at_the_smallest_tolerances_is_at_the_fine_end() -> None:
    tolerances = np.logspace(-2, -8, 13)
    assert verdict(tolerances, tolerances + 1e-6, order=-1) == "refuted"


def test_the_order_of_n_does_not_matter() -> None:
    error = N**-2.0 * (1 + 1 / N)
    shuffled = np.random.default_rng(0).permutation(6)
    assert estimate_order(N[::-1], error[::-1], order=2) == estimate_order(N, error, order=2)
    assert estimate_order(N[shuffled], error[shuffled], order=2) == estimate_order(N, error, order=2)


def test_lists_and_integers_will_do() -> None:
    assert verdict([8, 16, 32, 64], [1 / 8, 1 / 16, 1 / 32, 1 / 64]) == "holds"


def test_a_constant_factor_changes_nothing() -> None:
    error = N**-2.0 * (1 + 3 / N)
    one, other = estimate_order(N, error, order=2), estimate_order(N, 1e-3 * error, order=2)
    assert one.interval == pytest.approx(other.interval, abs=1e-4)


def test_a_long_sweep_is_judged_in_groups() -> None:
    n = np.arange(10, 400)
    assert verdict(n, n**-2.0 * (1 + 2 / n), order=2) == "holds"
    assert verdict(n, n**-2.0 + 3e-5, order=2) == "refuted"


# --------------------------------------------------------------------------- what is refuted


def test_a_first_order_method_that_poses_as_order_two_is_refuted() -> None:
    found = estimate_order(N, N**-1.0 * (1 + 3 / N), order=2)
    assert found.verdict == "refuted"
    assert "more slowly" in found.reason
    assert found.order == pytest.approx(1, abs=0.05)


def test_steeper_than_stated_is_refuted_as_superconvergent_unless_at_least() -> None:
    found = estimate_order(N, N**-3.0, order=2)
    assert found.verdict == "refuted"
    assert "superconvergent" in found.reason
    assert verdict(N, N**-3.0, order=2, at_least=True) == "holds"
    assert verdict(N, N**-1.0, order=2, at_least=True) == "refuted"


def test_for_growth_steeper_means_a_larger_order() -> None:
    assert verdict(n=N, error=N**0.5, order=-1) == "refuted"
    assert verdict(n=N, error=N**0.5, order=-1, at_least=True) == "holds"
    assert verdict(n=N, error=N**1.5, order=-1, at_least=True) == "refuted"


@pytest.mark.parametrize("level", [1e-8, 1e-6, 1e-4])
def test_a_plateau_above_round_off_is_evidence_not_a_floor(level: float) -> None:
    found = estimate_order(LONG, LONG**-4.0 + level, order=4)
    assert found.verdict == "refuted"
    assert found.floor is None
    assert found.window is not None
    assert found.window[1] == LONG[-1]


def test_a_fault_that_shows_only_at_the_fine_end_never_holds() -> None:
    assert verdict(N, N**-4.0 + 1e-5 / N, order=4) != "holds"
    assert verdict(LONG, LONG**-4.0 + 1e-7 / LONG, order=4) == "refuted"


def test_a_sweep_that_leaves_order_two_does_not_hold_by_passing_slope_one() -> None:
    n = 2.0 ** np.arange(2, 11)
    error = n**-2.0 + 4.6e-13 * n**2
    assert estimate_order(n, error, order=1).slopes[-1] == pytest.approx(1.3, abs=0.3)
    assert verdict(n, error, order=round(estimate_order(n, error, order=1).slopes[-1], 2)) != "holds"


def test_within_is_the_half_width_of_the_equivalence_region() -> None:
    error = N**-1.8
    assert verdict(N, error, order=2, within=0.1) == "refuted"
    assert verdict(N, error, order=2, within=0.3) == "holds"


def test_a_factor_log_n_is_not_the_rate_and_its_slopes_are_on_their_way() -> None:
    found = estimate_order(N, np.log(N) / N, order=1)
    assert found.verdict == "inconclusive"
    assert "not yet asymptotic" in found.reason
    assert verdict(N, np.log(N) / N, order=2) == "refuted"


# --------------------------------------------------------------------------- what stays open


@pytest.mark.parametrize("points", [1, 2, 3])
def test_fewer_than_four_points_are_too_few(points: int) -> None:
    found = estimate_order(N[:points], N[:points] ** -2.0, order=2)
    assert found.verdict == "inconclusive"
    assert f"{points} value{'s' * (points > 1)} of n, a rate needs 4" in found.reason
    assert "round-off" not in found.reason
    assert found.interval is None


def test_a_narrow_sweep_is_too_few_points() -> None:
    n = np.array([100.0, 101, 102, 103, 104])
    found = estimate_order(n, n**-2.0, order=2)
    assert found.verdict == "inconclusive"
    assert "span a factor of 1.04, a rate needs 2" in found.reason


@pytest.mark.parametrize("order", [0.5, 1, 2])
def test_pure_noise_never_holds_and_is_hardly_ever_refuted(order: float) -> None:
    found = [estimate_order(N, noise(1.0, (6,), seed), order=order) for seed in range(40)]
    assert not any(f.verdict == "holds" for f in found)
    assert sum(f.verdict == "refuted" for f in found) <= 4
    assert any("noise" in f.reason for f in found)


def test_a_slope_that_drifts_is_inconclusive_and_the_reason_says_so() -> None:
    n = np.array([8.0, 16, 32, 64])
    found = estimate_order(n, n**-1.0 * (1 + 8 / n**0.7), order=1)
    assert found.verdict == "inconclusive"
    assert "drifts" in found.reason
    assert "try n = 128, 256" in found.reason


def test_noise_is_named_with_its_size_and_remedy() -> None:
    found = estimate_order(N, N**-2.0 * noise(0.2, (6,)), order=2)
    assert found.verdict == "inconclusive"
    assert "noise" in found.reason
    assert "replicates" in found.reason


def test_all_zero_is_inconclusive() -> None:
    found = estimate_order(N, 0 * N, order=2)
    assert found.verdict == "inconclusive"
    assert "all zero" in found.reason


# --------------------------------------------------------------------------- the floor


def test_a_sweep_that_hits_the_floor_and_is_right_before_it_holds() -> None:
    wiggle = 2e-15 * abs(np.random.default_rng(4).standard_normal(12))
    found = estimate_order(LONG, LONG**-4.0 + wiggle, order=4)
    assert found.verdict == "holds"
    assert found.floor is not None
    assert found.floor < 1e-13
    assert found.window is not None
    assert 512 <= found.window[1] < LONG[-1]
    assert "floor reached at n = " in found.reason


def test_round_off_that_rises_with_n_is_a_floor_too() -> None:
    n = 2.0 ** np.arange(3, 20)
    found = estimate_order(n, n**-2.0 + 2e-16 * n**2, order=2)
    assert found.verdict == "holds"
    assert found.floor is not None
    accumulated = estimate_order(n, n**-2.0 + 1e-16 * n, order=2)
    assert accumulated.verdict == "holds"


def test_round_off_that_has_only_begun_to_bend_the_sweep_does_not_refute_it() -> None:
    n = 2.0 ** np.arange(2, 14)
    found = estimate_order(n, n**-2.0 + 2e-16 * n**2, order=2)
    assert found.verdict == "inconclusive"
    assert "round-off" in found.reason


def test_the_floor_of_float32_leaves_too_few_points_and_names_the_remedy() -> None:
    n = 2.0 ** np.arange(6, 12)
    error = (n**-2.0 + 1e-6 * abs(np.random.default_rng(0).standard_normal(6))).astype(np.float32)
    found = estimate_order(n, error, order=2)
    assert found.verdict == "inconclusive"
    assert "floor reached at n = " in found.reason
    assert "use float64" in found.reason


def test_a_plateau_is_a_floor_in_float32_and_evidence_in_float64() -> None:
    error = LONG**-2.0 + 1e-6
    assert verdict(LONG, error.astype(np.float32), order=2) == "holds"
    assert verdict(LONG, error, order=2, dtype=np.float32) == "holds"
    assert verdict(LONG, error, order=2, dtype="torch.float32") == "holds"
    assert verdict(LONG, error, order=2) == "refuted"


def test_the_coarser_of_dtype_and_array_counts() -> None:
    error = (LONG**-2.0 + 1e-6).astype(np.float32)
    assert verdict(LONG, error, order=2, dtype=np.float64) == "holds"


def test_scale_is_the_size_of_the_quantity() -> None:
    error = 1e6 * (LONG**-4.0 + 1e-15)
    assert verdict(LONG, error, order=4, scale=1e6) == "holds"
    assert verdict(LONG, error, order=4, scale=1e-6) == "refuted"


def test_exact_zeros_lie_below_the_floor() -> None:
    error = np.where(LONG > 1000, 0.0, LONG**-4.0)
    found = estimate_order(LONG, error, order=4)
    assert found.verdict == "holds"
    assert found.window is not None
    assert found.window[1] == 512


def test_one_zero_by_luck_in_the_middle_is_passed_over() -> None:
    error = N**-2.0
    error[3] = 0
    found = estimate_order(N, error, order=2)
    assert found.verdict == "holds"
    assert found.window == (8, 256)


def test_an_error_that_changes_sign_at_some_n_still_holds_beyond_it() -> None:
    n = 2.0 ** np.arange(3, 12)
    assert verdict(n, n**-2.0 * abs(1 - 17 / n), order=2) == "holds"


def test_a_zero_in_one_replicate_drops_that_n() -> None:
    error = np.tile(N**-2.0, (3, 1))
    error[1, 2] = 0
    assert verdict(N, error, order=2) == "holds"


# --------------------------------------------------------------------------- what is malformed


@pytest.mark.parametrize(
    ("n", "error", "complaint"),
    [
        (N, [1, 1, np.nan, 1, 1, 1], "n = 32, replicate 0, is NaN"),
        (N, [1, 1, 1, 1, 1, np.inf], "n = 256, replicate 0, is infinite"),
        (N, [[1] * 6, [1, -1, 1, 1, 1, 1]], "n = 16, replicate 1, is negative"),
        (N, np.ones(6) * 1j, "complex"),
        (N, np.ones(5), r"shape \(5,\)"),
        (N, np.ones((6, 2)), r"shape \(6, 2\)"),
        (N, np.ones((0, 6)), "shape"),
        (N, 1.0, "shape"),
        ([], [], "one-dimensional"),
        (N[None], np.ones((1, 6)), "one-dimensional"),
        ([8, 8, 16, 32], np.ones(4), "repeats"),
        ([0, 1, 2, 3], np.ones(4), "positive"),
        ([1, 2, 3, np.nan], np.ones(4), "positive"),
        (N, ["a"] * 6, "real numbers"),
    ],
)
def test_a_malformed_sweep_is_a_value_error_that_says_what_and_where(n: object, error: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        estimate_order(n, error, order=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": np.nan},
        {"within": 0},
        {"within": -1},
        {"scale": 0},
        {"scale": np.inf},
        {"confidence": 1},
        {"dtype": "no"},
    ],
)
def test_a_malformed_statement_is_a_value_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        estimate_order(N, N**-1.0, **wrong)


def test_the_estimate_is_frozen_and_more_confidence_is_a_wider_interval() -> None:
    error = N**-2.0 * noise(0.02, (3, 6))
    sure, surer = (estimate_order(N, error, order=2, confidence=c) for c in (0.9, 0.999))
    assert isinstance(sure, OrderEstimate)
    assert sure.interval is not None
    assert surer.interval is not None
    assert surer.interval[0] < sure.interval[0] < sure.interval[1] < surer.interval[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        sure.verdict = "holds"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("error", "order", "verdict"),
    [
        (lambda n: n ** (-0.6 - 0.06 * np.log2(n)), 1, "inconclusive"),  # steadily through the stated slope
        (lambda n: np.log(n) / n, 1, "inconclusive"),  # on its way to it
        (lambda n: 1 / n + 100 / n**1.7, 1, "inconclusive"),  # on its way to it from above, by no integer power
        (lambda n: 1 / n**2 + 0.01 / n, 2, "refuted"),  # away from it, and settling elsewhere
        (lambda n: 1 / n + 1e-2, 1, "refuted"),  # a plateau that is no floor
    ],
)
def test_a_slope_on_its_way_leaves_the_verdict_open_and_one_that_left_does_not(error, order, verdict):
    n = 2.0 ** np.arange(2, 10)
    found = estimate_order(n, error(n), order=order)
    assert found.verdict == verdict, found.reason
    assert verdict == "refuted" or "drifts" in found.reason


def test_a_refutation_with_too_few_points_clear_of_round_off_says_how_many_it_needs() -> None:
    size = 2.0 ** np.arange(3, 11)
    error = np.concatenate([1e-3 * size[:3] ** -1.0, 2.0**-52 * np.sqrt(2 * size[3:])])
    sweep = above_the_floor(read_sweep((size, size**-1.0), "n", stated=2.0, dtype=None, scale=1.0))
    sweep = dataclasses.replace(sweep, y=np.log(error)[None])
    found = OrderEstimate("refuted", 1.0, (0.9, 1.1), (8.0, 1024.0), None, "more slowly than stated", (1.0,), 0.0, 1.0)
    told = _unless_rounded(sweep, Stated(2.0, 0.1, False, 0.99), found)
    assert told.verdict == "inconclusive"
    assert "3 of 8 values of n lie above it, a rate needs 4 that span a factor of 2" in told.reason
