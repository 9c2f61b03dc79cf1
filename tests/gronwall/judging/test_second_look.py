"""What decides a sweep that the first look leaves open: fewer points, luck left out, a series in powers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from gronwall import estimate_order
from gronwall.judging import order_words as words
from gronwall.judging import second_look
from gronwall.judging.estimates import OrderEstimate, Stated
from gronwall.judging.floor import above_the_floor, risen
from gronwall.judging.powers import Limit
from gronwall.judging.sweep import read_sweep

N = 2.0 ** np.arange(3, 11)
EPS = 2.0**-52
TWO = Stated(2.0, 0.1, False, 0.99)
FOUND = OrderEstimate("inconclusive", 2.2, (2.05, 2.5), (8.0, 1024.0), None, "open", (2.3, 2.2), 1e-4, 2.2)


def swept(error, n=N, direction="n"):
    return above_the_floor(read_sweep((n, error), direction, stated=2.0, dtype=None, scale=1.0))


# --------------------------------------------------------------------------- clear of round-off


def test_the_clear_points_reach_to_the_last_that_round_off_does_not_touch():
    rounding = EPS * np.sqrt(16 * N / 8)
    error = np.concatenate([N[:5] ** -2.0, 3.9 * rounding[5:]])
    sweep = dataclasses.replace(swept(N**-2.0), y=np.log(error)[None])
    clear = second_look.clear_points(sweep)
    assert clear.keep.tolist() == [True] * 5 + [False] * 3
    assert clear.floor_at == N[5]
    error[2] = 3.9 * rounding[2]  # inside, it is kept
    assert (
        second_look.clear_points(dataclasses.replace(sweep, y=np.log(error)[None])).keep.tolist() == clear.keep.tolist()
    )
    error[3] = 3.9 * rounding[3]
    assert second_look.clear_points(dataclasses.replace(sweep, y=np.log(error)[None])) is None
    assert second_look.clear_points(swept(N**-2.0)) is None


def test_the_rest_agrees_where_it_follows_the_law_up_to_round_off():
    rounding = EPS * np.sqrt(16 * N / 8)
    law = 1e-10 * (N / N[5]) ** -2.0

    def agrees(off_6, off_7, law_off=1.0):
        error = np.array(law)
        error[6:] = error[6:] * law_off + np.array([off_6, off_7]) * 4 * rounding[6:]
        sweep = dataclasses.replace(swept(N**-2.0), y=np.log(error)[None])
        clear = dataclasses.replace(sweep, keep=np.arange(8) < 6)
        return second_look.rest_agrees(sweep, clear, TWO)

    assert agrees(0, 0)
    assert agrees(0.9, -0.9)
    slack = law[7] * np.expm1(0.2 * np.log(4)) / (4 * rounding[7])  # twice the tolerance in the order
    assert agrees(0, 0.99 * (1 + slack))
    assert agrees(0, -0.99 * (1 + slack))
    assert not agrees(0, 1.01 * (1 + slack))
    assert not agrees(0, -1.01 * (1 + slack))
    assert not agrees(1e6, 0)


def test_a_point_is_extrapolated_from_where_round_off_is_less_than_a_quarter_of_it():
    sweep = swept(N**-2.0)
    error = np.concatenate([1e-3 * N[:4] ** -2.0, sweep.least[4:] / [0.2, 0.24, 0.26, 0.9]])
    use, _ = second_look._series(dataclasses.replace(sweep, y=np.log(error)[None]), TWO)
    assert use.tolist() == [True] * 6 + [False] * 2


def test_a_straight_line_does_not_steepen():
    t = np.arange(6.0)
    assert not second_look._steepens(t, np.zeros(6))
    assert not second_look._steepens(t, -2 * t + 0.1 * t**2)
    assert second_look._steepens(t, -2 * t - 0.1 * t**2)


# --------------------------------------------------------------------------- small by luck


def lucky(error, n=N):
    return np.flatnonzero(second_look.small_by_luck(swept(error, n=n))).tolist()


def test_points_far_below_the_line_of_their_neighbours_are_small_by_luck():
    error = N**-2.0
    assert lucky(error) == []
    error[3] /= 4
    assert lucky(error) == [3]
    error[3] *= 4 / 2.9
    assert lucky(error) == []
    error[3] /= 1e3
    error[6] /= 50
    assert lucky(error) == [3, 6]
    assert lucky(N**-2.0 * [0.01, 1, 1, 1, 1, 1, 1, 1]) == []


def test_a_point_is_not_lucky_where_all_of_them_scatter_so():
    scatter = np.array([1, 1 / 8, 1, 1 / 6, 1, 1 / 9, 1, 1])
    assert lucky(N**-2.0 * scatter) == []


def test_the_line_of_neighbours_knows_how_far_apart_they_are():
    n = np.array([8.0, 16, 20, 256, 300, 1000, 2000, 4000])
    error = n**-3.0
    assert lucky(error, n) == []
    error[2] /= 3.5
    assert lucky(error, n) == [2]


def test_of_few_points_none_is_left_out():
    assert lucky(N[:4] ** -2.0 * [1, 0.01, 1, 1], N[:4]) == []
    for luck in (0.01, 0.2):
        assert lucky(N[:5] ** -2.0 * [1, 1, luck, 1, 1], N[:5]) == [2]


def test_at_most_one_in_four_is_left_out_the_farthest_first():
    n = 2.0 ** np.arange(3, 15)
    luck = np.array([1, 0.05, 1, 1, 1e-8, 1, 1, 1e-3, 1, 1, 1, 1])
    assert lucky(n[:9] ** -2.0 * luck[:9], n[:9]) == [4, 7]
    assert lucky(n**-2.0 * luck, n) == [1, 4, 7]


# --------------------------------------------------------------------------- a series in powers

SERIES = 0.3 * N**-2.0 * (1 + 9 / N - 20 / N**2)


def test_a_smooth_series_holds_in_the_limit_and_says_so():
    found = second_look.by_powers(swept(SERIES), TWO, FOUND)
    assert found.verdict == "holds"
    assert found.order == pytest.approx(2)
    assert found.interval[0] >= 1.9
    assert found.interval[1] <= 2.1
    assert found.window == (8.0, 1024.0)
    assert found.seen == pytest.approx(np.log2(SERIES[-2] / SERIES[-1]))
    assert found.slopes == pytest.approx(np.log2(SERIES[:-1] / SERIES[1:]))
    assert found.noise < 1e-3
    assert found.floor is None
    assert "in the limit, by a remainder in powers (order in [" in found.reason


def test_a_series_of_another_order_is_refuted_only_where_it_was_chosen():
    three = Stated(3.0, 0.1, False, 0.99)
    assert second_look.by_powers(swept(SERIES), three, FOUND) is None
    assert second_look.by_powers(swept(SERIES), three, FOUND, chosen=True).verdict == "refuted"
    nothing = Stated(0.0, 0.1, False, 0.99)
    assert second_look.by_powers(swept(SERIES), nothing, FOUND, chosen=True) is None


def test_noise_leaves_nothing_to_extrapolate():
    noisy = SERIES * np.exp(0.1 * np.random.default_rng(0).standard_normal(8))
    assert second_look.by_powers(swept(noisy), TWO, FOUND, chosen=True) is None


def test_a_plateau_is_extrapolated_only_where_that_was_chosen():
    n = 2.0 ** np.arange(3, 15)
    sweep = swept(n**-2.0 + 1e-6, n=n)
    assert sweep.plateau is not None
    assert second_look.by_powers(sweep, TWO, FOUND) is None


def test_slopes_that_waver_or_noise_that_the_first_look_saw_are_not_smooth_throughout():
    small = 3e-3 * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    wavering = swept(0.3 * N**-2.0 * (1 + small))
    assert second_look.by_powers(wavering, TWO, FOUND) is None
    digits = swept(0.3 * N**-2.0 * (1 + small / 100))
    assert second_look.by_powers(digits, TWO, FOUND) is not None


def test_a_series_explains_all_points_but_the_first_third():
    limit = Limit(np.array([2.0]), np.array([1.0]), 1e-4, 2)
    for points, throughout in ((6, True), (5, False)):
        sweep = dataclasses.replace(swept(SERIES), keep=np.arange(8) < points)
        assert second_look._smooth_throughout(sweep, limit, FOUND) is throughout


def test_noise_of_the_last_digits_is_smooth_and_more_is_smooth_where_the_first_look_saw_no_more():
    sweep = swept(SERIES)
    for own, seen, throughout in ((0.9e-3, 0.5, True), (1e-3, 0.019, True), (1e-3, 0.02, False), (0.01, None, False)):
        limit = Limit(np.array([2.0]), np.array([1.0]), own, 0)
        assert second_look._smooth_throughout(sweep, limit, dataclasses.replace(FOUND, noise=seen)) is throughout


def test_slopes_that_leave_the_stated_order_at_the_fine_end_do_not_hold():
    n = 2.0 ** np.arange(3, 9)
    leaving = n**-2.0 * (1 + (n / 500) ** 2)
    assert second_look.by_powers(swept(leaving, n=n), TWO, FOUND) is None


def test_two_slopes_are_needed_to_see_one_leave():
    n = 2.0 ** np.arange(3, 9)
    leaving = swept(n**-2.0 * (1 + (n / 500) ** 2), n=n)
    assert second_look._leaves(leaving, TWO)
    for points in (1, 2):
        few = dataclasses.replace(leaving, keep=np.arange(6) >= 6 - points)
        assert not second_look._leaves(few, TWO)
    assert not second_look._leaves(swept(n**-2.0 * (1 + 0.3 / n), n=n), TWO)
    assert second_look._leaves(dataclasses.replace(leaving, keep=np.arange(6) >= 3), TWO)


def test_points_near_round_off_are_not_extrapolated_from():
    error = 1e-12 * N**-2.0 * 64
    found = second_look.by_powers(swept(error), TWO, FOUND)
    assert found is None or found.window[1] <= N[np.flatnonzero(0.5 * EPS / error < 0.25)[-1]]


@pytest.mark.parametrize(("points", "used"), [(5, 5), (6, 5)])
def test_points_that_round_off_may_own_are_extrapolated_from_only_where_few_stand_clear_of_it(points, used):
    n = 2.0 ** np.arange(3, 3 + points)
    error = n**-4.0 * (1 + 3 / n)
    error *= 5 * EPS / error[-1]  # ten times the least, which is half of eps
    found = second_look.by_powers(swept(error, n=n), Stated(4.0, 0.3, False, 0.99), FOUND)
    assert found.verdict == "holds"
    assert found.window[1] == n[used - 1]
    assert len(found.slopes) == used - 1


def test_a_promise_of_integer_powers_decides_where_halves_are_possible_otherwise():
    """The errors of diffrax's Tsit5 on x' = −cos(t) x²: its leading coefficient is small."""
    n = 2.0 ** np.arange(3, 8)
    swept_ = swept(np.array([1.91845765e-06, 2.33948555e-08, 3.81080694e-10, 7.78097986e-12, 1.87882287e-13]), n=n)
    five = Stated(5.0, 0.1, False, 0.99)
    assert second_look.by_powers(swept_, five, FOUND) is None
    assert second_look.by_powers(swept_, five, FOUND, chosen=True).verdict == "holds"


def steep(error, order, interval, n=N):
    verdict, reason = words.verdict(*interval, Stated(order, 0.1, False, 0.99))
    found = dataclasses.replace(FOUND, verdict=verdict, reason=reason, interval=interval)
    return second_look.steep_on_its_way(swept(error, n=n), Stated(order, 0.1, False, 0.99), found)


def test_steeper_than_stated_may_be_on_its_way_where_a_series_reaches_the_stated_order():
    n = np.array([4.0, 6, 8, 11, 16])
    error = n**-2.0 * (1 + 20 / n)
    assert steep(error, 2.0, (2.5, 2.9), n)
    assert not steep(error, 1.0, (2.5, 2.9), n)
    assert not steep(error, 2.0, (1.5, 2.9), n)
    assert not steep(error, -2.0, (2.5, 2.9), n)
    assert not steep(N**-3.0, 2.0, (2.9, 3.1))


@pytest.mark.parametrize(
    ("noise", "share", "explains"),
    [(1e-3, 0.04, False), (1e-3, 0.06, True), (0.99e-3, 0.006, True), (0.99e-3, 0.004, False), (1e-3, 0.05, False)],
)
def test_how_much_weight_explains_depends_on_whether_errors_are_smooth_to_their_last_digits(
    monkeypatch, noise, share, explains
):
    limit = Limit(np.array([2.0, 3.0]), np.array([share, 1 - share]), noise, 0)
    monkeypatch.setattr(second_look, "_series", lambda sweep, stated, small: (sweep.keep, limit))
    assert steep(N**-3.0, 2.0, (2.9, 3.1)) is explains


def test_the_leading_term_of_a_norm_may_be_as_small_as_that_of_a_component_where_a_refutation_rests_on_it(monkeypatch):
    asked = []
    monkeypatch.setattr(
        second_look, "limit_of_powers", lambda t, y, r, order, whole, parts, small: asked.append((whole, small))
    )
    steep(N**-3.0, 2.0, (2.9, 3.1))
    second_look.by_powers(swept(SERIES), TWO, FOUND)
    second_look.by_powers(swept(SERIES), TWO, FOUND, chosen=True)
    assert asked == [(False, True), (False, False), (True, False)]


@pytest.mark.parametrize(
    ("slopes", "explains"),
    [
        ([4.0, 4.0, 4.0, 4.0], False),  # between 3.5 and 4.5, and stays there
        ([4.03, 4.02, 4.02, 4.0], False),
        ([4.1, 4.08, 4.05, 4.0], True),
        ([4.0, 4.1, 4.2, 4.3], True),
        ([4.2, 4.2, 4.2, 4.2], False),
        ([4.25, 4.25, 4.25, 4.25], True),
    ],
)
def test_slopes_between_the_stated_order_and_the_next_explain_where_they_come_down(monkeypatch, slopes, explains):
    n = 2.0 ** np.arange(3, 8)
    error = np.exp(-np.cumsum([0.0, *slopes]) * np.log(2))
    limit = Limit(np.array([3.5, 4.0]), np.array([0.4, 0.6]), 1e-4, 0)
    monkeypatch.setattr(second_look, "_series", lambda sweep, stated, small: (sweep.keep, limit))
    assert steep(error, 3.5, (3.9, 4.1), n) is explains


def test_round_off_is_thought_of_as_the_least_four_times_more_or_less_or_what_adds_up(monkeypatch):
    given = []
    monkeypatch.setattr(second_look, "limit_of_powers", lambda t, y, r, order, whole, parts, small: given.extend(r))
    sweep = swept(SERIES)
    second_look.by_powers(sweep, TWO, FOUND)
    for found, level in zip(given, (sweep.least / 4, sweep.least, 4 * sweep.least, sweep.rounding), strict=True):
        assert found == pytest.approx(level / SERIES)


# --------------------------------------------------------------------------- noise about a line

WIDE = 4 * 2.0 ** np.arange(10)
UP_AND_DOWN = np.exp(0.4 * np.array([1, -1, 1, -1, 1, 1, -1, 1, -1, 1]))


def by_a_line(error, stated, order=1.0, n=WIDE, **floored):
    sweep = dataclasses.replace(swept(error, n=n), **floored)
    return second_look.scattered(
        sweep, stated, dataclasses.replace(FOUND, order=order, interval=(order - 1, order + 1))
    )


def test_errors_that_scatter_about_a_line_refute_what_is_far_steeper():
    error = WIDE**-1.0 * UP_AND_DOWN
    found = by_a_line(error, TWO)
    line = stats.linregress(np.log(WIDE), np.log(error))
    half = stats.t.ppf(0.9995, 8) * line.stderr
    assert found.verdict == "refuted"
    assert found.interval == pytest.approx((-line.slope - half, -line.slope + half))
    assert found.order == pytest.approx(-line.slope)
    assert found.noise == pytest.approx(
        np.sqrt(np.sum((np.log(error) - line.slope * np.log(WIDE) - line.intercept) ** 2) / 8)
    )
    assert found.window == (WIDE[0], WIDE[-1])
    assert found.seen == pytest.approx(np.log(error[-2] / error[-1]) / np.log(2))
    assert len(found.slopes) == 9
    assert "straight line through noise" in found.reason


def test_a_line_refutes_nothing_that_it_cannot():
    error = WIDE**-1.0 * UP_AND_DOWN
    upper = by_a_line(error, TWO).interval[1]
    for order, verdict in ((upper + 0.105, "refuted"), (upper + 0.095, None)):
        found = by_a_line(error, dataclasses.replace(TWO, order=order, within=0.1))
        assert (found and found.verdict) == verdict
    assert by_a_line(error, TWO, order=1.95) is None  # the likeliest limit of the general model is not too flat
    assert by_a_line(error, TWO, plateau=1e-3) is None
    assert by_a_line(WIDE**-1.0 * (1 + 3 / WIDE), TWO) is None  # smooth: no noise about a line
    assert by_a_line(WIDE**-3.0 * UP_AND_DOWN, TWO) is None  # steeper than stated
    assert by_a_line(UP_AND_DOWN, TWO) is None  # no trend
    assert by_a_line(error[:5], TWO, n=WIDE[:5]) is None
    little = WIDE**-1.0 * UP_AND_DOWN**0.2
    assert by_a_line(little[:6], TWO, n=WIDE[:6]).verdict == "refuted"
    assert by_a_line(little[:5], TWO, n=WIDE[:5]) is None


@pytest.mark.parametrize(("wild", "line"), [(0.05, False), (0.35, True)])
def test_a_sweep_that_steepens_is_no_straight_line_unless_it_scatters_widely(wild, line):
    zigzag = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
    bent = np.exp(-0.2 * np.arange(10.0) - 0.03 * np.arange(10.0) ** 2 + wild * zigzag)
    assert second_look._steepens(np.log(WIDE), np.log(bent))
    found = second_look.scattered(swept(bent, n=WIDE), TWO, dataclasses.replace(FOUND, order=0.5))
    assert (found is not None) is line


# --------------------------------------------------------------------------- slopes that leave


BIASED = np.array([7.80341086e-02, 4.88357605e-03, 3.05670739e-04, 1.95282368e-05, 1.64102259e-06, 5.38336665e-07,
                   7.23170176e-07, 1.02599133e-05, 8.21967000e-05, 3.26337325e-04, 1.59513373e-02, 7.03451337e-01,
                   4.70345134e00, 2.07034513e01, 2.07034513e01])  # fmt: skip
"""Second differences with a bias of 5e-7: round-off rises like the square of n, and begins below the bias."""


def test_a_bias_that_shows_before_round_off_rises_is_no_remainder_in_powers():
    n = 4.0 ** np.arange(1, 16)
    assert estimate_order(n=n, error=BIASED, order=2).verdict == "inconclusive"
    right = 0.3 * n**-2.0 + 7e-16 * n**2 * np.tile([1, 0.3, 0.7], 5)
    assert estimate_order(n=n, error=right, order=2).verdict == "holds"


@pytest.mark.parametrize(
    ("slopes", "leaves"),
    [
        ([2.0, 1.95, 1.8], True),
        ([2.1, 2.0, 2.0, 1.95, 1.8], True),
        ([2.0, 1.97, 1.92], False),  # within what is stated
        ([2.0, 1.7, 1.8], False),
        ([1.8, 1.95, 1.8], False),
        ([1.95, 1.8], False),
    ],
)
def test_slopes_flatten_by_the_last_three_of_them(slopes, leaves):
    n = 2.0 ** np.arange(3, 4 + len(slopes))
    error = 1e-12 * 2.0 ** -np.concatenate([[0.0], np.cumsum(slopes)])  # where round-off may bend all of them
    assert second_look._leaves(swept(error, n=n), TWO) is leaves


def test_round_off_before_a_floor_is_what_its_rise_tells():
    n = 2.0 ** np.arange(1, 16)

    def of(tail, start=1e-9):
        sweep = above_the_floor(read_sweep((n, np.r_[start * n[:7] ** -1.0 * 1e3, tail]), "n", stated=1.0, dtype=None,
                                           scale=1.0))  # fmt: skip
        kept = int(np.flatnonzero(sweep.keep)[-1])
        return sweep, kept

    square, kept = of(1e-14 * (n[7:] / n[7]) ** 2 * 1e-1)
    assert risen(square)[kept] == pytest.approx(1e-15 * (n[kept] / n[7]) ** 2)
    linear, kept = of(1e-15 * (n[7:] / n[7]))
    assert risen(linear)[kept] == pytest.approx(min(linear.rounding[kept], 1e-15 * n[kept] / n[7]))
    flat, kept = of(np.full(8, 1e-15))
    assert risen(flat) == pytest.approx(flat.rounding)


FLATTENS = np.array([1.01213057e-01, 2.98819610e-02, 9.58741485e-03, 3.03066241e-03, 9.53395751e-04, 3.01382543e-04,
                     9.53427103e-05, 3.01924465e-05, 9.59098100e-06, 3.07636553e-06, 1.01639996e-06, 3.65411489e-07,
                     1.63748675e-07, 9.30576920e-08, 1.28221538e-07, 1.62003799e-07, 1.28221538e-07, 8.30312681e-07,
                     1.06474153e-06, 3.07710182e-06])  # fmt: skip
"""Forward differences with a bias of 7e-8, where a floor that hardly rises begins."""


def test_slopes_that_flatten_step_by_step_leave_the_stated_order_whatever_the_floor_beyond():
    n = np.round(4 * 10.0 ** (0.5 * np.arange(20)))
    assert estimate_order(n=n, error=FLATTENS, order=1).verdict != "holds"
    assert estimate_order(n=n[:9], error=FLATTENS[:9], order=1).verdict == "holds"


# --------------------------------------------------------------------------- a level beneath

LEVELLED = np.array([4.44683868e-01, 1.09556288e-01, 2.72677757e-02, 6.80920077e-03, 1.70196297e-03, 4.25621189e-04,
                     1.06565038e-04, 2.68028187e-05, 6.86232923e-06, 1.87649382e-06, 6.30384220e-07, 3.06283964e-07,
                     2.44143451e-07, 4.22957385e-07])  # fmt: skip
"""Forward differences with a bias of 2.15e-7, which rounding hides at the last two steps."""


def test_the_stated_law_on_top_of_a_level_does_not_hold():
    n = 4.0 ** np.arange(1, 15)
    found = estimate_order(h=1 / n, error=LEVELLED, order=1)
    assert found.verdict == "inconclusive"
    assert "a level of 2.2e-07 lies beneath the errors" in found.reason
    right = 1.7 / n + 2e-16 * n * np.tile([1, 0.2], 7)
    assert estimate_order(h=1 / n, error=right, order=1).verdict == "holds"


def test_a_level_is_told_where_three_pairs_agree_on_it_and_it_shows():
    n = 2.0 ** np.arange(3, 11)

    def level(error, order=2.0):
        return second_look.level_beneath(swept(error, n=n), Stated(order, 0.1, False, 0.99))

    assert level(n**-2.0 + 3e-6) == pytest.approx(3e-6, rel=1e-6)
    assert level(n**-2.0 + 1e-7) is None  # a tenth of the last error
    assert level(n**-2.0 * (1 + 3 / n)) is None
    assert level(n**-2.0 - 5e-7) is None
    assert level(n**2.0, -2.0) is None
    assert level(n**-2.0 + 3e-6 * np.tile([1, 1.4], 4)) is None
    assert level(1e-12 * n**-2.0 + 1e-17) is None  # round-off
    assert level(np.r_[n[:7] ** -2.0 + 3e-5, 1e-3]) == pytest.approx(3e-5, rel=1e-6)  # up to the smallest error
