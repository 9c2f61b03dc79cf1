"""Sweeps on which users met wrong or unexplained verdicts: the right verdict, and a reason that names the cause."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall import estimate_order
from gronwall.judging.sweep import LONGEST

HALVES = 2.0 ** -np.arange(2.0, 9)


# --------------------------------------------------------------------------- which end is fine


def test_a_positive_order_that_meets_steps_is_explained_and_never_holds():
    third = 0.3 * HALVES**3 * (1 + HALVES)
    found = estimate_order(HALVES, third, order=3)
    assert found.verdict == "inconclusive"
    assert "state -3" in found.reason
    assert estimate_order(HALVES, third, order=-3).verdict == "holds"
    assert estimate_order(h=HALVES, error=third, order=3).verdict == "holds"
    for keywords in ({}, {"at_least": True}):
        assert estimate_order(HALVES, HALVES**2, order=3, **keywords).verdict == "refuted"


def test_orders_and_intervals_carry_the_sign_of_the_keyword():
    error = 5 * HALVES**2
    by_h, by_n, unsaid = (
        estimate_order(h=HALVES, error=error, order=2),
        estimate_order(n=1 / HALVES, error=error, order=2),
        estimate_order(HALVES, error, order=-2),
    )
    assert by_h.order == pytest.approx(2)
    assert by_n.order == pytest.approx(2)
    assert unsaid.order == pytest.approx(-2)
    assert unsaid.interval == pytest.approx((-by_h.interval[1], -by_h.interval[0]))
    assert "h = 0.25 to" in by_h.reason


@pytest.mark.parametrize("unit", [1.0, 3600.0, 1e-9, 7e11])
def test_the_verdict_does_not_depend_on_the_unit(unit):
    h = np.array([8.0, 4, 2, 1, 0.5, 0.25, 0.125])
    error = 0.02 * h**3 * (1 + 0.5 * h)
    assert estimate_order(unit * h, error, order=-3).verdict == "holds"
    assert estimate_order(unit / h, error, order=3).verdict == "holds"
    assert estimate_order(h=unit * h, error=error, order=3).verdict == "holds"
    assert estimate_order(h=unit * h, error=error, order=2).verdict == "refuted"


def test_growth_says_that_n_is_large_at_the_fine_end():
    n = np.array([4.0, 8, 16, 32, 64])
    found = estimate_order(n=n, error=2 * n * (1 + 3 / n), order=-1)
    assert found.verdict == "holds"
    assert found.window[1] == 64


def test_sizes_and_errors_are_given_once():
    with pytest.raises(ValueError, match="h= and tol= are both given"):
        estimate_order(h=HALVES, tol=HALVES, error=HALVES)
    with pytest.raises(ValueError, match="once"):
        estimate_order(HALVES, HALVES, error=HALVES)
    with pytest.raises(ValueError, match="once"):
        estimate_order(HALVES)


# --------------------------------------------------------------------------- round-off, floors, plateaus


@pytest.mark.parametrize("last", [9, 11, 13, 14])
@pytest.mark.parametrize("x", [0.3, 2.0])
def test_difference_quotients_hold_on_the_branch_that_falls(last, x):
    h = 10.0 ** -np.arange(1.0, last + 1)
    one = abs((np.exp(x + h) - np.exp(x)) / h - np.exp(x))
    two = abs((np.exp(x + h) - np.exp(x - h)) / (2 * h) - np.exp(x))
    for error, order in ((one, 1), (two, 2)):
        scale = float(np.exp(x))
        by_h = estimate_order(h=h, error=error, order=order, scale=scale)
        assert by_h.verdict == "holds", by_h.reason
        assert "floor reached at h" in by_h.reason
        assert estimate_order(1 / h, error, order=order, scale=scale).verdict == "holds"
        assert estimate_order(h, error, order=-order, scale=scale).verdict == "holds"
        assert estimate_order(h=h, error=error, order=order + 1, scale=scale).verdict == "refuted"


def test_a_floor_in_few_bits_is_not_reached_where_the_error_still_falls():
    n = 8 * 2 ** np.arange(9)
    rounded = []
    for steps in n:
        y, h = np.float16(1), np.float16(1 / steps)
        for _ in range(steps):
            y = np.float16(y + h * y)
        rounded.append(abs(float(y) - np.e))
    found = estimate_order(n, rounded, order=1, scale=np.e, dtype=np.float16)
    assert found.verdict in ("inconclusive", "holds")
    assert found.floor is not None
    at = float(found.reason.split("floor reached at n = ")[1].split(" ")[0])
    assert at >= n[np.argmin(rounded) - 1]


def test_a_smooth_plateau_in_float32_is_another_error_and_the_reason_names_it():
    n = 10 * 2.0 ** np.arange(11)
    found = estimate_order(n, (4 / n + 9e-4).astype(np.float32), order=1, within=0.2)
    assert found.verdict == "refuted"
    assert "a plateau at 9.0e-04" in found.reason


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_clean_sweep_in_float32_holds_before_its_floor(order):
    n = 5 * 2.0 ** np.arange(10)
    wiggle = 1.2e-7 * (1 + np.random.default_rng(order).random(10))
    found = estimate_order(n, (0.8 * n**-order * (1 + 0.5 / n) + wiggle).astype(np.float32), order=order, within=0.2)
    assert found.verdict == "holds", found.reason


def test_a_plateau_at_the_precision_of_float32_names_it_as_a_likely_cause():
    n = 8 * 2.0 ** np.arange(9)
    found = estimate_order(n, n**-2 / 4 + 3e-6, order=2)
    assert found.verdict == "refuted"
    assert "float32" in found.reason


def test_a_forgotten_float32_is_named_where_its_rounding_scatters():
    n = 8 * 2.0 ** np.arange(12)
    rounded = abs(np.float32(1.7) * (1 + (1 / n**2).astype(np.float32)) - np.float32(1.7)).astype(float)
    rounding = 1e-7 * abs(np.random.default_rng(1).standard_normal(12))
    found = estimate_order(n, rounded + rounding, order=2)
    assert found.verdict != "holds"
    assert "dtype='float32'" in found.reason
    assert estimate_order(n, rounded + rounding, order=2, dtype="float32").verdict == "holds"
    assert "float32" not in estimate_order(n, n**-1.0, order=2).reason


# --------------------------------------------------------------------------- too little, or noise


@pytest.mark.parametrize("n", [[10, 20, 40], [0.1, 0.05, 0.025]])
def test_three_levels_ask_for_a_fourth_and_say_nothing_of_round_off(n):
    found = estimate_order(n, [3e-3, 7.6e-4, 1.9e-4], order=2 if n[0] > 1 else -2)
    assert found.verdict == "inconclusive"
    assert "need" in found.reason
    assert "80" in found.reason or "0.0125" in found.reason
    assert "round-off" not in found.reason


def test_an_exact_zero_at_the_fine_end_is_told_as_its_own_reference():
    n = np.array([4.0, 8, 16, 32, 64])
    found = estimate_order(n, abs(n**-3 - 64.0**-3), order=3)
    assert found.verdict == "inconclusive"
    assert "its own reference" in found.reason
    assert "floor" not in found.reason
    assert estimate_order(n, abs(n**-3 - 8192.0**-3), order=3).verdict == "holds"


@pytest.mark.parametrize("seed", range(6))
def test_single_runs_of_monte_carlo_are_noise_and_a_far_order_is_refuted(seed):
    n = 10.0 ** np.arange(1, 10)
    error = abs(np.random.default_rng(seed).standard_normal(9)) * n**-0.5
    found = estimate_order(n, error, order=0.5)
    assert found.verdict == "inconclusive"
    assert "noise" in found.reason
    assert "replicates" in found.reason
    for twice_as_fast in (estimate_order(n, error, order=1), estimate_order(h=1 / n, error=error, order=1)):
        if seed == 4:  # its last two errors stop where 10⁹ roundings may
            assert twice_as_fast.verdict == "inconclusive"
            assert "floor reached at" in twice_as_fast.reason
        else:
            assert twice_as_fast.verdict == "refuted", twice_as_fast.reason
    assert estimate_order(n, np.sqrt(np.mean(np.random.default_rng(seed).standard_normal((4000, 9)) ** 2 / n, axis=0)),
                          order=0.5).verdict == "holds"  # fmt: skip


def test_one_error_that_is_small_by_luck_does_not_rule_and_is_named():
    n = 10 * 2.0 ** np.arange(8)
    error = n**-2.0 * (1 + 1 / n)
    error[4] /= 300
    found = estimate_order(n, error, order=2)
    assert found.verdict == "holds", found.reason
    error[2] *= 0.0
    assert estimate_order(n, error, order=2).verdict == "holds"
    slow = n**-1.0 * np.array([1, 0.9, 1.15, 0.95, 0.01, 1.1, 0.92, 1.05])
    found = estimate_order(n, slow, order=3, within=0.3)
    assert found.verdict == "refuted"
    assert "small by luck" in found.reason


def test_luck_beside_round_off_refutes_nothing():
    n = 7 * 2.0 ** np.arange(9)
    error = 5.3e-3 / n**2
    error[7] /= 4
    error[8] = 2.1e-8  # a second difference in float64, an order of magnitude above
    assert estimate_order(n, error, order=2).verdict != "refuted"


# --------------------------------------------------------------------------- orders between early and rounded


def test_a_drift_towards_the_stated_order_is_not_yet_asymptotic():
    n = np.array([32.0, 40, 50, 64, 80, 100, 128])
    error = n**-5 * (1 + (60 / n) ** 2.5)
    found = estimate_order(n, [float(f"{e:.3g}") for e in error], order=5)
    assert found.verdict == "inconclusive", found.reason
    assert "not yet asymptotic" in found.reason
    assert "superconvergent" not in found.reason


DOUBLING = 8 * 2 ** np.arange(7)
STEEP = {
    "Dopri5, riccati": (5, 0.51, [1.755e-08, 2.254e-10, 3.222e-12, 5.048e-14, 9.453e-16, 3.511e-16, 5.118e-16]),
    "Dopri5, riccati again": (5, 0.71, [3.838e-07, 4.399e-09, 5.792e-11, 8.326e-13, 1.304e-14, 1.001e-15, 9.55e-16]),
    "Tsit5, pendulum": (5, 1.47, [2.786e-08, 4.747e-10, 7.998e-12, 1.433e-13, 2.749e-15, 9.421e-16, 1.601e-15]),
    "Tsit5, logistic": (5, 0.82, [1.561e-05, 1.89e-07, 2.435e-09, 3.148e-11, 3.675e-13, 2.554e-15, 0.0]),
}
"""Measured errors of right methods whose leading coefficient is small: order, size of the solution, n = 8 to 512."""


@pytest.mark.parametrize("name", STEEP)
@pytest.mark.parametrize("more", [{}, {"remainder": "powers"}], ids=["", "powers"])
def test_a_leading_coefficient_that_is_small_by_design_does_not_refute(name, more):
    order, size, error = STEEP[name]
    found = estimate_order(DOUBLING, error, order=order, scale=size, **more)
    assert found.verdict != "refuted", found.reason
    for wrong in (order + 1, order - 1):
        assert estimate_order(DOUBLING, error, order=wrong, scale=size, **more).verdict != "holds"


def test_a_next_order_seen_throughout_does_not_refute_where_round_off_hides_the_stated_one():
    steady = [6.804e-06, 1.008e-07, 1.491e-09, 2.217e-11, 3.282e-13, 4.094e-15, 9.587e-16]  # Tsit5, a pendulum
    assert estimate_order(DOUBLING, steady, order=5, scale=1.08).verdict == "inconclusive"
    n = [10, 14, 20, 28, 40, 56, 80, 113, 160]  # DOP853, a logistic equation
    error = [2.079e-09, 9.405e-11, 3.87e-12, 1.884e-13, 7.772e-15, 5.551e-16, 1.11e-16, 0.0, 3.331e-16]
    assert estimate_order(n, error, order=8, scale=0.82).verdict == "inconclusive"


def test_a_steady_slope_one_above_the_stated_order_refutes():
    error = DOUBLING**-4.0 * (1 + 2 / DOUBLING)
    for more in ({}, {"remainder": "powers"}):
        found = estimate_order(DOUBLING, error, order=3, **more)
        assert (found.verdict, "superconvergent" in found.reason) == ("refuted", True)


def test_round_off_in_the_last_point_does_not_make_smooth_errors_rough():
    """KenCarp5 on x' = −cos(t) x², measured with diffrax."""
    error = [5.774574e-07, 2.02561943e-08, 6.71008617e-10, 2.15846772e-11, 6.8801207e-13, 2.40783418e-14, 7.71e-16]
    for more in ({}, {"remainder": "powers"}):
        found = estimate_order(DOUBLING, error, order=5, scale=0.63, **more)
        assert found.verdict == "holds", found.reason


@pytest.mark.parametrize("order", [5, 6, 8])
def test_a_remainder_in_powers_decides_high_orders_above_the_floor(order):
    n = 4 * 2.0 ** np.arange(5)
    error = 0.5 * (6 / n) ** order * (1 - 3 / n + 8 / n**2)
    found = estimate_order(n, error, order=order)
    assert found.verdict == "holds", found.reason
    assert estimate_order(n, error, order=order, remainder="powers").verdict == "holds"
    assert estimate_order(n, error, order=order - 1, remainder="powers").verdict == "refuted"
    assert estimate_order(n, error * (1 + 0.4 / np.sqrt(n)), order=order - 0.5).verdict != "holds"


def test_tolerances_are_a_kind_of_their_own():
    tol = 10.0 ** -np.arange(2, 11)
    luck = np.exp(0.25 * np.random.default_rng(8).standard_normal(9))
    error = 3 * tol * luck
    for found in (
        estimate_order(tol=tol, error=error, order=1, within=0.3),
        estimate_order(tol=tol, error=error, order=1, within=0.3, q=5),
        estimate_order(1 / tol, error, order=1, within=0.3),
        estimate_order(tol, error, order=-1, within=0.3),
    ):
        assert found.verdict == "holds", found.reason
        assert found.floor is None
    assert estimate_order(tol=tol, error=error**0.6, order=1, within=0.3).verdict == "refuted"


# --------------------------------------------------------------------------- what comes in


def test_what_is_no_sweep_is_a_clear_error_at_once():
    n, error = [8, 16, 32, 64, 128], [1e-2, 2.5e-3, 6e-4, 1.6e-4, 4e-5]
    with pytest.raises(ValueError, match="order must be a finite number, got 'two'"):
        estimate_order(n, error, order="two")
    with pytest.raises(ValueError, match="range of floats"):
        estimate_order([10**400, 10**401, 10**402, 10**403], error[:4])
    with pytest.raises(ValueError, match="masked"):
        estimate_order(n, np.ma.masked_all(5))
    with pytest.raises(ValueError, match="remainder"):
        estimate_order(n, error, remainder="power")
    masked = np.ma.array(error, mask=[0, 0, 1, 0, 0])
    assert estimate_order(n, masked, order=2).verdict == "holds"
    assert len(estimate_order(n, masked, order=2).slopes) == 3


@pytest.mark.parametrize("points", [1000, 1_000_000])
def test_a_long_sweep_is_judged_in_as_few_groups_as_a_short_one(points):
    n = np.arange(10.0, 10.0 + points)
    found = estimate_order(n, n**-2.0 * (1 + 1 / n), order=2)
    assert found.verdict == "holds"
    assert len(found.slopes) < LONGEST
    assert estimate_order(n, n**-1.0, order=2).verdict == "refuted"
