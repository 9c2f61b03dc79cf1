"""Slopes that have settled, are on their way, or grow: by the sweeps that make them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gronwall.judging.estimates import Stated
from gronwall.judging.floor import above_the_floor
from gronwall.judging.settling import _roughness, _turns_back, unsettled
from gronwall.judging.sweep import read_sweep

TWO = Stated(2.0, 0.1, False, 0.99)


def with_slopes(slopes, octaves=1.0, level=1.0, rows=1):
    """A sweep whose local slopes are these, ``octaves`` apart."""
    n = 8 * 2.0 ** (octaves * np.arange(len(slopes) + 1))
    error = level * 2.0 ** -np.concatenate([[0.0], octaves * np.cumsum(slopes)])
    return above_the_floor(read_sweep((n, np.tile(error, (rows, 1))), "n", stated=2.0, dtype=None, scale=1.0))


def open_(slopes, noise=1e-6, stated=TWO, **keywords):
    sweep = with_slopes(slopes, **keywords)
    return unsettled(sweep, sweep, noise, stated)


CASES = {
    "constant below": ([1.0, 1.0, 1.0, 1.0], False),
    "constant above": ([3.0, 3.0, 3.0, 3.0], False),
    "to the stated order, geometrically": (2 - 0.8 * 0.5 ** np.arange(5), True),
    "to half the distance, geometrically": (1.5 - 0.8 * 0.5 ** np.arange(5), False),
    "to it from above": (2 + 0.8 * 0.5 ** np.arange(5), True),
    "steadily through it": ([1.0, 1.3, 1.6, 1.85], True),
    "steadily, and too far to arrive within six octaves": ([1.0, 1.01, 1.02, 1.03], False),
    "steadily, and within six octaves": ([1.0, 1.2, 1.4, 1.6], True),
    "away from it below": ([1.6, 1.4, 1.2, 1.0], False),
    "away from it above, ever steeper": ([2.2, 2.4, 2.6, 2.9], True),
    "away from it above, and settling": (3.0 - 0.4 * 0.3 ** np.arange(4), False),
    "uneven above": ([2.4, 3.4, 2.6, 3.0], True),
    "two slopes alone, towards it": ([1.2, 1.6], True),
    "one slope": ([1.2], False),
    "down to it at once": ([3.2, 3.2, 3.3, 3.5, 3.9, 4.9, 1.99], True),
    "up from below at once": ([1.0, 1.0, 1.0, 1.6], True),
    "faster and faster towards it": ([1.0, 1.1, 1.3, 1.7], True),
}


@pytest.mark.parametrize("name", CASES)
def test_slopes_are_unsettled_where_they_arrive_or_grow_and_settled_where_they_stay(name):
    slopes, still = CASES[name]
    found = open_(slopes)
    assert (found is not None) is still
    if still:
        assert found == pytest.approx(slopes)


@pytest.mark.parametrize("octaves", [0.5, 1.0, 2.0])
def test_how_fast_slopes_settle_is_reckoned_in_octaves(octaves):
    """A remainder of one power halves the distance in an octave, however the sizes lie."""
    n = 8 * 2.0 ** (octaves * np.arange(6))
    for limit, still in ((2.0, True), (1.2, False)):
        error = n**-limit * (1 + 3 / n)
        sweep = above_the_floor(read_sweep((n, error), "n", stated=2.0, dtype=None, scale=1.0))
        assert (unsettled(sweep, sweep, 1e-9, TWO) is not None) is still


def test_what_noise_can_do_is_no_change():
    assert open_([1.2, 1.3, 1.6], noise=1e-3) is not None
    assert open_([1.2, 1.3, 1.6], noise=0.1) is None
    assert open_([2.6, 2.4, 2.6], noise=1e-3) is not None
    assert open_([2.6, 2.4, 2.6], noise=0.1) is None


def test_errors_that_are_smooth_show_that_there_is_no_noise_whatever_the_fit_leaves():
    smooth, rough = [1.2, 1.3, 1.4, 1.5, 1.6, 1.7], [1.2, 1.3, 1.4, 1.45, 1.5, 1.7]
    assert open_(smooth, noise=1.0) is not None
    assert open_(rough, noise=1.0) is None
    assert open_(rough, noise=1e-3) is not None


@pytest.mark.parametrize("points", [4, 5, 6, 9])
def test_the_roughness_is_twice_the_noise_that_scatters_so(points):
    rng = np.random.default_rng(points)
    found = [_roughness(3 - 2 * np.arange(points) + 0.1 * rng.standard_normal(points)) for _ in range(4000)]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(0.2, rel=0.05)
    bend = np.arange(points) ** (3 if points > 5 else 2)
    assert _roughness(1.0 * bend) == pytest.approx(0, abs=1e-12)
    assert _roughness(np.arange(3.0)) == np.inf


@pytest.mark.parametrize("octaves", [(1, 1), (1, 2), (2, 1)])
def test_the_blur_of_a_step_between_two_slopes_is_that_of_three_noisy_errors(octaves):
    """The step is a sum of three errors over the spans; four of its standard deviations make a change."""
    spans = np.log(2) * np.array(octaves)
    step = 0.2
    edge = step / 4 / np.sqrt(1 / spans[0] ** 2 + (1 / spans[0] + 1 / spans[1]) ** 2 + 1 / spans[1] ** 2)
    n = 8 * 2.0 ** np.cumsum([0, *octaves])
    error = np.exp(-np.cumsum([0, *(spans * np.array([1.6, 1.6 + step]))]))
    sweep = above_the_floor(read_sweep((n, error), "n", stated=2.0, dtype=None, scale=1.0))
    assert unsettled(sweep, sweep, 0.99 * edge, TWO) is not None
    assert unsettled(sweep, sweep, 1.01 * edge, TWO) is None


def test_slopes_above_are_uneven_by_more_than_six_blurs_of_a_step():
    edge = 0.4 / 6 * np.log(2) / np.sqrt(6)
    assert open_([2.2, 2.6, 2.59], noise=0.99 * edge) is not None
    assert open_([2.2, 2.6, 2.59], noise=1.01 * edge) is None


def test_slopes_above_are_uneven_by_more_than_half_of_their_excess():
    settling = 3.1 - np.array([0.52, 0.14, 0.0])
    assert open_(settling) is not None
    assert open_(3.1 - np.array([0.48, 0.13, 0.0])) is None


@pytest.mark.parametrize(("octaves", "excess"), [(0.5, 8), (1.0, 5)])
def test_slopes_above_that_grow_by_steps_which_shrink_by_a_fifth_in_an_octave_settle(octaves, excess):
    for ratio, still in ((0.78, False), (0.82, True)):
        steps = 0.01 * ratio ** -(octaves * np.arange(5)[::-1])
        slopes = np.cumsum(steps)
        assert (open_(2.1 + excess * 0.01 + slopes - slopes[-1], octaves=octaves) is not None) is still


@pytest.mark.parametrize("octaves", [0.5, 1.0, 2.0])
def test_slopes_that_need_more_than_six_octaves_at_their_last_pace_stay(octaves):
    pace = 0.02
    for distance, still in ((5.9, True), (6.1, False)):
        ahead = pace * (distance + octaves * np.array([2, 1, 0]))
        assert (open_(1.9 - ahead, octaves=octaves) is not None) is still
        if octaves <= 1:  # else they are uneven
            assert (open_(2.1 + ahead, octaves=octaves) is not None) is still


def test_settling_slopes_are_extrapolated_with_a_doubt_about_their_ratio():
    """Steps that halve go on by as much again; with 1.15 of a half, by 0.575 / 0.425 = 1.353 of the last."""
    for ahead, still in ((1.33, True), (1.37, False)):
        last = 1.9 - ahead * 0.05
        assert (open_([last - 0.15, last - 0.05, last]) is not None) is still


def test_points_clear_of_round_off_are_looked_at_too():
    sweep = with_slopes([1.0, 1.3, 1.6, 1.85])
    last_two = dataclasses.replace(sweep, keep=np.array([0, 0, 0, 1, 1], dtype=bool))
    assert unsettled(sweep, last_two, 1e-6, TWO) == pytest.approx([1.0, 1.3, 1.6, 1.85])
    drowned = dataclasses.replace(sweep, rounding=sweep.rounding * 1e16)
    assert unsettled(drowned, last_two, 1e-6, TWO) is None


def test_the_region_is_the_stated_order_with_its_tolerance():
    to_it = 1.75 - 0.8 * 0.5 ** np.arange(5)
    assert open_(to_it) is None
    assert open_(to_it, stated=Stated(2.0, 0.3, False, 0.99)) is not None
    assert open_(to_it, stated=Stated(1.7, 0.1, False, 0.99)) is not None


def test_a_last_slope_turns_back_whatever_the_noise():
    assert open_([3.0, 3.0, 3.1, 2.9, 2.4], noise=0.3) is not None
    assert open_([3.0, 3.0, 3.1, 2.9, 2.54], noise=0.3) is not None
    assert open_([3.0, 3.0, 3.1, 2.9, 2.56], noise=0.3) is None
    assert open_([3.0, 2.0], noise=0.3) is None


def test_the_last_slope_turns_back_from_the_middle_of_all_the_others():
    stated = Stated(2.0, 0.1, False, 0.99)
    assert _turns_back(np.array([2.05, 6.0, 2.1]), stated)
    assert not _turns_back(np.array([2.05, 6.0, 3.5]), stated)
    assert not _turns_back(np.array([6.0, 2.1]), stated)
