"""The order estimator's words: which verdict an interval has, and sizes, levels and numbers of replicates to try."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gronwall.judging import order_words as words
from gronwall.judging.estimates import OrderEstimate, Stated
from gronwall.judging.floor import above_the_floor
from gronwall.judging.sweep import read_sweep

N = 2.0 ** np.arange(3, 9)
LONG = 2.0 ** np.arange(2, 18)
FLOORED = np.maximum(LONG**-4.0, 1e-15 * (1 + 0.5 * np.sin(7 * LONG)))
TWO = Stated(2.0, 0.1, False, 0.99)


def swept(size, error, direction=None, order=2.0, dtype=None, scale=1.0):
    return above_the_floor(read_sweep((size, error), direction, stated=order, dtype=dtype, scale=scale))


# --------------------------------------------------------------------------- the verdict on an interval


@pytest.mark.parametrize(
    ("lo", "hi", "at_least", "verdict"),
    [
        (1.95, 2.05, False, "holds"),
        (1.9, 2.1, False, "holds"),
        (1.95, 3.0, True, "holds"),
        (1.9, 3.0, True, "holds"),
        (1.95, 3.0, False, "inconclusive"),
        (1.0, 1.89, False, "refuted"),
        (1.0, 1.89, True, "refuted"),
        (1.0, 1.9, False, "inconclusive"),
        (2.11, 3.0, False, "refuted"),
        (2.11, 3.0, True, "holds"),
        (2.1, 3.0, False, "inconclusive"),
        (1.0, 3.0, True, "inconclusive"),
        (1.0, 2.0, False, "inconclusive"),
    ],
)
def test_an_interval_holds_inside_and_is_refuted_outside(lo, hi, at_least, verdict):
    assert words.verdict(lo, hi, Stated(2.0, 0.1, at_least, 0.99))[0] == verdict


@pytest.mark.parametrize(
    ("order", "interval", "at_least", "says"),
    [
        (2, (2, 2), False, "the error falls as stated"),
        (-1, (-1, -1), False, "the error grows as stated"),
        (0, (0, 0), False, "the error stays as stated"),
        (2, (3, 3), True, "the error falls at least as stated"),
        (-1, (0, 0), True, "the error grows no more than stated"),
        (0, (1, 1), True, "the error grows no more than stated"),
        (2, (1, 1), False, "the error falls more slowly than stated"),
        (-1, (-2, -2), False, "the error grows more than stated"),
        (0, (-1, -1), False, "the error grows more than stated"),
        (2, (3, 3), False, "superconvergent: the order is larger than stated (at_least=True accepts that)"),
        (2, (1, 3), False, ""),
    ],
)
def test_the_first_words_say_falls_grows_or_stays(order, interval, at_least, says):
    assert words.verdict(*interval, Stated(float(order), 0.1, at_least, 0.99))[1] == says


def estimate(**parts):
    usual = {"verdict": "refuted", "order": 1.0, "interval": (0.9, 1.2), "window": (8.0, 256.0), "floor": None,
             "reason": "because", "slopes": (1.0, 1.1), "noise": 0.01, "seen": 1.1}  # fmt: skip
    return OrderEstimate(**{**usual, **parts})


def test_superconvergent_is_refuted_with_that_word():
    assert words.is_superconvergent(estimate(reason="superconvergent: yes"))
    assert not words.is_superconvergent(estimate(reason="superconvergent: yes", verdict="inconclusive"))
    assert not words.is_superconvergent(estimate())


def test_the_reason_ends_with_the_numbers():
    said = words.told(estimate(), swept(N, N**-2.0), TWO)
    assert said.reason == (
        "because (order in [0.9, 1.2], 1.10 seen at the fine end, stated 2 ± 0.1, n = 8 to 256)"
    )  # fmt: skip
    assert "seen at" not in words.told(estimate(seen=1.0199), swept(N, N**-2.0), TWO).reason
    assert "seen at" in words.told(estimate(seen=1.0201), swept(N, N**-2.0), TWO).reason


def test_exponents_are_told_in_the_sign_of_the_statement():
    steps = swept(1 / N, N**-2.0, order=-2.0)
    said = words.told(estimate(window=(0.125, 1 / 256)), steps, TWO)
    assert said.interval == (-1.2, -0.9)
    assert (said.order, said.seen, said.slopes) == (-1.0, -1.1, (-1.0, -1.1))
    assert "order in [-1.2, -0.9], -1.10 seen at the fine end, stated -2 ± 0.1, n = 0.125 to 0.00390625" in said.reason
    by_h = words.told(estimate(window=(0.125, 1 / 256)), swept(1 / N, N**-2.0, "h"), TWO)
    assert (by_h.interval, by_h.order) == ((0.9, 1.2), 1.0)
    assert "h = 0.125 to 0.0039" in by_h.reason


# --------------------------------------------------------------------------- floors, plateaus, zeros


def test_a_floor_is_told_with_its_place_its_level_and_the_way_out():
    found = swept(LONG, FLOORED)
    assert words.told(estimate(), found, TWO).reason.endswith(f"; floor reached at n = 4096 (level {found.floor:.1e})")
    assert words.floor(found, remedy=True).endswith(": use a harder problem, with larger errors, or coarser n")
    single = swept(N[:4], np.float32(1e-7) * np.array([1, 0.7, 1.2, 0.9], dtype=np.float32), "h")
    assert words.floor(single, remedy=True).endswith(": use float64 or coarser h")


def test_a_plateau_is_told_in_multiples_of_the_precision_and_of_the_scale():
    n = 2.0 ** np.arange(2, 14)
    found = swept(n, n**-2.0 + 1e-3)
    assert words.plateau(found) == (
        f"a plateau at {found.plateau:.1e}, smooth and {found.plateau / 2.0**-52:.2g} times the precision: "
        "another error, not rounding"
    )
    small = swept(n, n**-2.0 + 1e-5)
    assert words.plateau(small).endswith("(unless part of it was computed in float32: dtype='float32' says so)")
    scaled = swept(n, 1e3 * (n**-2.0 + 1e-3), scale=1e3)
    assert f"{found.plateau / 2.0**-52:.2g} times" in words.plateau(scaled)
    assert "float32" not in words.plateau(scaled)
    assert "float32" in words.plateau(swept(n, 1e6 * (n**-2.0 + 1e-5), scale=1e6))
    assert "float32" not in words.plateau(swept(n, n**-2.0 + 1e-3, dtype="float32"))


def test_exact_zeros_are_named_at_most_four_and_one_at_the_end_is_its_own_reference():
    def zeros(*places):
        error = N**-2.0
        error[list(places)] = 0
        return words.exact_zeros(swept(N, error))

    assert zeros(5).startswith("the error at n = 256 is exactly zero: if it is its own reference, leave it out")
    assert zeros(2) == "left out where the error is exactly zero (n = 32)"
    assert zeros(4, 5) == "left out where the error is exactly zero (n = 128, 256)"
    assert zeros(1, 2, 3, 4) == "left out where the error is exactly zero (n = 16, 32, 64, 128)"
    assert zeros(1, 2, 3, 4, 5) == "left out where the error is exactly zero (n = 16, 32, 64, 128, ...)"


def test_zeros_are_told_in_place_of_the_floor_they_make():
    error = N**-2.0
    error[5] = 0
    reason = words.told(estimate(), swept(N, error), TWO).reason
    assert "floor" not in reason
    assert "its own reference" in reason
    mixed = np.array(FLOORED)
    mixed[2] = 0
    reason = words.told(estimate(), swept(LONG, mixed), TWO).reason
    assert "; floor reached at n = 4096 " in reason
    assert reason.endswith("; left out where the error is exactly zero (n = 16)")


def test_points_small_by_luck_and_ends_within_reach_are_named():
    found = swept(N, N**-2.0)
    said = words.left_out(found, np.array([0, 1, 0, 0, 1, 0], dtype=bool))
    assert said == "left out as small by luck, below the line of its neighbours: n = 16, 128"
    assert "a coarser n (why)" in words.end_within_reach(found, "why")
    assert "a coarser h, or use float64 (why)" in words.end_within_reach(
        swept(1 / N, N**-2.0, "h", dtype="float32"), "why"
    )


# --------------------------------------------------------------------------- too little


@pytest.mark.parametrize(
    ("n", "says"),
    [
        ([8.0], "1 value of n, a rate needs 4: try n = 16, 32, 64 too"),
        ([8.0, 24.0], "2 values of n, a rate needs 4: try n = 72, 216 too"),
        ([8.0, 16.0, 20.0], "3 values of n, a rate needs 4: try n = 40 too"),
        ([8.0, 16.0, 24.0], "3 values of n, a rate needs 4: try n = 36 too"),
        ([100.0, 101, 102, 103], "the values of n span a factor of 1.03, a rate needs 2; try n = 206, 412 too"),
    ],
)
def test_what_is_missing_is_asked_for_in_the_ratio_of_the_sweep(n, says):
    n = np.array(n)
    assert words.too_few(swept(n, n**-2.0), 4, 2.0) == says


def test_steps_are_asked_for_towards_the_small_end():
    h = np.array([0.1, 0.05, 0.04])
    assert words.too_few(swept(h, h**2, "h"), 4, 2.0) == "3 values of h, a rate needs 4: try h = 0.02 too"
    h = np.array([0.1, 0.02])
    assert words.too_few(swept(h, h**2, "h"), 4, 2.0) == "2 values of h, a rate needs 4: try h = 0.004, 0.0008 too"


def test_too_few_points_above_a_floor_or_beside_zeros_say_so():
    assert "all zero" in words.too_few(swept(N, 0 * N), 4, 2.0)
    error = N**-2.0
    error[[0, 2, 4]] = 0
    found = swept(N, error, "n")
    assert words.too_few(found, 4, 2.0) == (
        "left out where the error is exactly zero (n = 8, 32, 128); 3 values are left, a rate needs 4 that span a "
        "factor of 2"
    )
    flat = swept(N, np.array([1.0, 1e-15, 1.4e-15, 0.8e-15, 1.1e-15, 0.9e-15]))
    said = words.too_few(flat, 4, 2.0)
    assert said.startswith("floor reached at n = 16 (level ")
    assert said.endswith("; 1 of 6 values of n lie above it, a rate needs 4 that span a factor of 2")
    clear = dataclasses.replace(swept(N, N**-2.0), keep=np.array([1, 1, 0, 0, 0, 0], dtype=bool))
    assert words.too_few(clear, 4, 2.0) == (
        "round-off: 2 of 6 values of n lie above it, a rate needs 4 that span a factor of 2"
    )  # fmt: skip


# --------------------------------------------------------------------------- undecided


@pytest.mark.parametrize(
    ("slopes", "within", "says"),
    [
        ([1.2, 1.6], 0.1, "try n = 512, 1024, 2048, where"),  # off by 0.4: three halvings to below 0.05
        ([1.2, 1.96], 0.1, "try n = 512, where"),
        ([1.2, 1.92], 0.1, "try n = 512, where"),
        ([1.2, 1.88], 0.1, "try n = 512, 1024, where"),
        ([0.0, 1.0], 0.01, "try n = 8192, 16384, 32768, 65536, where"),
        ([0.0, 1.0], 0.0004, "go to much finer sizes, or to a problem whose theory begins earlier"),
    ],
)
def test_where_a_slope_whose_distance_halves_with_every_octave_would_be_inside(slopes, within, says):
    said = words.not_yet(swept(N, N**-2.0), np.array(slopes), Stated(2.0, within, False, 0.99))
    assert said.startswith(f"not yet asymptotic: the slope still drifts, from {slopes[0]:.2f} to {slopes[-1]:.2f}; ")
    assert says in said


def test_steps_go_on_towards_zero_and_exponents_keep_their_sign():
    said = words.not_yet(swept(1 / N, N**-2.0, order=-2.0), np.array([1.2, 1.6]), TWO)
    assert "from -1.20 to -1.60" in said
    assert "try n = 0.00195312, 0.000976562, 0.000488281, where" in said


def test_where_round_off_comes_before_the_sizes_to_try_it_is_said():
    for level, said in ((1e-9, True), (1.0, False)):
        found = words.not_yet(swept(N, level * N**-2.0), np.array([1.2, 1.6]), TWO)
        assert ("round-off comes before" in found) is said
    # three octaves of order two take a factor of 64 off the finest error; what is left meets ten times the round-off
    rounding = 2.0**-52 * np.sqrt(16 * 32)
    for factor, said in ((0.9, True), (1.1, False)):
        error = factor * 64 * 10 * rounding * (N / 256) ** -2.0
        found = words.not_yet(swept(N, error), np.array([1.2, 1.6]), TWO)
        assert ("round-off comes before" in found) is said


def test_steeper_than_stated_is_told_with_the_remainder_that_may_explain_it():
    said = words.steep(swept(N, N**-2.0), estimate(slopes=(2.9, 2.4)), TWO)
    assert said.startswith("not yet asymptotic: steeper than stated, but a remainder in powers with the stated limit")
    assert "try n = 512, 1024, 2048, where" in said
    assert said.endswith("(because)")


def undecided(error, drift=0.0, noise=0.0, **keywords):
    n = keywords.pop("n", N)
    return words.undecided(swept(n, error, **keywords), TWO, drift=drift, noise=noise)


def test_noise_is_named_first_where_it_is_large_or_larger_than_the_drift():
    assert undecided(N**-2.0, drift=9.0, noise=0.31).startswith("noise: the log error scatters by 0.31; ")
    assert undecided(N**-2.0, drift=0.03, noise=0.02).startswith("noise of about 2 % leaves the order open; ")
    assert undecided(N**-2.0, drift=0.05, noise=0.02).startswith("the slope drifts or bends, from 2.00 at the coarse")
    wavy = N**-2.0 * np.array([1, 1.2, 0.9, 1.1, 0.8, 1.1])
    assert undecided(wavy, drift=9.0, noise=0.04).startswith("noise of about ")
    assert undecided(1e3 * wavy**3 * N**4, drift=9.0, noise=0.0).startswith("noise: the log error scatters by ")


def test_the_scatter_about_the_lines_of_neighbours_is_that_of_the_noise():
    n = 2.0 ** np.arange(2, 302, 0.5)
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(n))
    keep = np.ones(len(n), dtype=bool)
    plain = swept(N, N**-2.0)
    made = dataclasses.replace(plain, n=n, t=np.log(n), y=(-2 * np.log(n) + noise)[None], keep=keep)
    assert words.scatter(made) == pytest.approx(0.1, rel=0.1)
    uneven = np.sort(np.random.default_rng(1).uniform(0, 300, len(n)))
    made = dataclasses.replace(made, t=uneven, y=(-2 * uneven + noise)[None])
    assert words.scatter(made) == pytest.approx(0.1, rel=0.1)
    assert words.scatter(plain) == pytest.approx(0, abs=1e-12)
    assert words.scatter(swept(N[:3], N[:3] ** -2.0 * [1, 2, 1])) == 0.0
    assert words.scatter(swept(N[:4], N[:4] ** -2.0 * [1, 2, 1, 1])) > 0.3
    t, y = np.array([0.0, 1.0, 4.0, 5.0]), np.array([0.0, 1.0, 0.0, 0.0])  # 1 and -1/4 from the neighbours' lines
    made = dataclasses.replace(plain, n=np.exp(t), t=t, y=y[None], keep=np.ones(4, dtype=bool))
    assert words.scatter(made) == pytest.approx(np.sqrt((1 + 1 / 16) / 2 / (1 + 1 / 16 + 9 / 16)))


def test_the_order_seen_at_the_fine_end_is_told_where_it_differs_from_that_in_the_limit():
    sweep = swept(N, np.ones(len(N)), "n", order=0.0)
    found = OrderEstimate("holds", 0.0, (-0.1, 0.1), (8.0, 256.0), None, "the error stays as stated", (0.0,), 0.0, 0.02)
    assert "seen" not in words.told(found, sweep, Stated(0.0, 0.1, False, 0.99)).reason
    found = dataclasses.replace(found, seen=0.03)
    assert ", 0.03 seen at the fine end, " in words.told(found, sweep, Stated(0.0, 0.1, False, 0.99)).reason


def test_so_many_replicates_are_asked_for_as_make_the_interval_of_a_right_claim_fit():
    """A slope's standard deviation is noise over the root of the sum of squares of t; twice 2.6 of it must fit."""
    t = np.log(N)
    for noise in (0.05, 0.2, 1.0):
        spread = 2.6 * noise / np.sqrt(np.sum((t - t.mean()) ** 2))
        need = int(np.ceil(max((2 * spread / 0.1) ** 2, 4)))
        how = f"about {need} replicates of every size" if need <= 2000 else "over 2000 replicates, or a wider sweep,"
        assert undecided(N**-2.0, noise=noise).endswith(f"; {how} would decide (there is 1)")
    rows, spread = np.tile(N**-2.0, (3, 1)), 2.6 * 0.2 / np.sqrt(np.sum((t - t.mean()) ** 2))
    need = int(np.ceil(3 * max((2 * spread / 0.1) ** 2, 4 / 3, 2)))
    assert undecided(rows, noise=0.2).endswith(f"about {need} replicates of every size would decide (there are 3)")
    assert undecided(rows, noise=1e-6).endswith("about 6 replicates of every size would decide (there are 3)")
    assert "over 2000 replicates" in undecided(N**-2.0, noise=6.0)


def test_a_drift_is_told_with_its_cause_and_its_way_out():
    towards = N**-2.0 * (1 + 40 / N)
    assert undecided(towards, drift=1.0).startswith("not yet asymptotic: the slope drifts or bends, from ")
    near = N**-2.0 * (1 + 4 / N)  # the last slope is off by less than half of the tolerance
    assert undecided(near, drift=1.0).startswith("the slope drifts or bends, from ")
    assert "try n = 512" in undecided(near, drift=1.0)
    steps = np.arange(6.0)  # slopes that are one and the same, off by a half
    straight = dataclasses.replace(swept(N, N**-2.0), t=steps, y=-1.5 * steps[None])
    said = words.undecided(straight, TWO, drift=1.0, noise=0.0)
    assert said.startswith("the slope drifts or bends, from 1.50 at the coarse end to 1.50: ")
    away = N**-2.0 * (1 + N / 40)
    assert undecided(away, drift=1.0).startswith("the slope drifts or bends")
    coarse, fine = -np.diff(np.log(away))[[0, -1]] / np.log(2)
    assert f"from {coarse:.2f} at the coarse end to {fine:.2f}" in undecided(away, drift=1.0)
    steep = N**-2.0 * (1 - (N / 300) ** 2)
    assert "it grows steeper towards the fine end" in undecided(steep, drift=1.0)
    n = 2.0 ** np.arange(2, 14)
    assert ": a plateau at " in undecided(n**-2.0 + 1e-5, n=n, drift=1.0)
    floored = undecided(FLOORED, n=LONG, drift=1.0)
    assert ": use a problem with a larger error, so that more points lie clear of round-off" in floored


@pytest.mark.parametrize(
    ("slopes", "wavers", "steepens"),
    [
        ([1, 2, 1, 2], True, False),
        ([1, 2, 3, 4], False, False),
        ([1, 2, 4, 8], False, True),
        ([1, 2, 3, 5, 4], False, False),
        ([1, 2, 3, 2, 1], False, False),
        ([1, 2, 1, 2, 3], True, False),
        ([1, 2, 1], True, False),
        ([1, 2], False, False),
        ([1, 2, 4], False, True),
        ([1, 1.5, 1.4, 3, 6], True, True),
        ([6, 5, 4, 3], False, False),
    ],
)
def test_slopes_waver_where_half_of_their_steps_turn_and_steepen_where_they_grow_more_and_more(
    slopes, wavers, steepens
):
    assert words.wavers(np.array(slopes, dtype=float)) is wavers
    assert words.steepens(np.array(slopes, dtype=float)) is steepens


def test_a_positive_order_on_steps_is_told_how_to_be_stated():
    sweep = read_sweep((1 / N, N**-2.0), None, stated=-2.0, dtype=None, scale=1.0)
    said = words.other_sign(sweep, 2.0, "why")
    assert "the errors fall as n falls" in said
    assert "state -2, or give them as h= or tol= (direction= in a rate) with 2; read so: why" in said


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6])
def test_where_float32_would_stop_is_in_units_of_the_scale(scale):
    stopped = scale * np.maximum(N**-4.0, 1e-7 * np.array([1, 0.7, 1.2, 0.9, 1.1, 0.8, 1.0, 1.3])[: len(N)])
    assert words.stops_at_float32(swept(N, stopped, scale=scale))
    assert not words.stops_at_float32(swept(N, stopped, scale=1e5 * scale))
