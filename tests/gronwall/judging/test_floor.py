"""Where round-off begins: floors by their level and shape, plateaus that are none, hypotheses about the rest."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gronwall import estimate_order
from gronwall.judging import floor as floors
from gronwall.judging.floor import above_the_floor, clear_of_rounding, cut, local_slopes, without_the_end
from gronwall.judging.sweep import read_sweep

EPS = 2.0**-52
LONG = 2.0 ** np.arange(2, 18)
WORK = 16 * LONG / LONG[0]
WIGGLE = 1 + 0.5 * np.sin(7 * np.arange(16.0))


def swept(error, n=LONG, scale=1.0, dtype=None, direction="n"):
    return above_the_floor(read_sweep((n, error), direction, stated=2.0, dtype=dtype, scale=scale))


def kept(error, **keywords):
    """How many points are usable; they are the first ones."""
    found = swept(error, **keywords)
    count = int(found.keep.sum())
    assert found.keep.tolist() == [True] * count + [False] * (len(found.n) - count)
    return count


# --------------------------------------------------------------------------- what stays in


def test_without_a_floor_everything_is_usable_and_nothing_is_said_of_one():
    found = swept(LONG**-2.0)
    assert found.keep.all()
    assert (found.floor, found.floor_at, found.plateau, found.zeros) == (None, None, None, ())
    assert found.y[0] == pytest.approx(-2 * np.log(LONG))
    assert found.least == pytest.approx(np.full(16, 0.5 * EPS))
    assert found.rounding == pytest.approx(EPS * np.sqrt(WORK))
    assert found.bound == pytest.approx(EPS * WORK)
    assert found.reach == pytest.approx(1024 * EPS * WORK**2)


def test_round_off_is_in_units_of_the_scale_and_of_the_arithmetic():
    plain, large = swept(LONG**-2.0), swept(1e6 * LONG**-2.0, scale=1e6)
    for name in ("least", "rounding", "bound", "reach"):
        assert getattr(large, name) == pytest.approx(1e6 * getattr(plain, name))
    single = swept(LONG[:6] ** -2.0, n=LONG[:6], dtype="float32")
    assert single.least == pytest.approx(2.0**29 * plain.least[:6])


def test_points_within_four_times_the_least_round_off_are_not_usable():
    n = 2.0 ** np.arange(3, 9)
    level = np.array([1e-3, 2.1 * EPS, 1e-6, 1.9 * EPS, 1e-9, 1e-12])
    assert swept(level, n=n).keep.tolist() == [True, True, True, False, True, True]


def test_a_zero_leaves_its_size_out_and_is_named():
    error = np.tile(LONG**-2.0, (2, 1))
    error[1, 3] = 0
    error[0, 7] = 0
    found = swept(error)
    assert np.flatnonzero(~found.keep).tolist() == [3, 7]
    assert found.zeros == (32.0, 512.0)


# --------------------------------------------------------------------------- floors by their shape


@pytest.mark.parametrize("level", [0.5, 2.0, 8.0])
def test_a_tail_that_scatters_at_a_few_eps_is_a_floor(level):
    error = np.maximum(LONG**-4.0, level * EPS * WIGGLE)
    found = swept(error)
    first = int(found.keep.sum())
    assert found.floor_at == LONG[first]
    assert found.floor == pytest.approx(max(np.median(error[first:]), 0.5 * EPS), rel=1e-9)
    assert LONG[first - 1] ** -4.0 > 3 * level * EPS
    assert LONG[first] ** -4.0 < 16 * level * EPS


def test_a_scattering_tail_is_a_floor_up_to_sixteen_roundings_that_all_add_up():
    n = 2.0 ** np.arange(3, 12)
    work = 16 * n / n[0]
    for factor, is_floor in ((0.5, True), (0.9, True), (1.1, False), (6.5, False)):
        error = np.concatenate([n[:6] ** -1.0, factor * 16 * EPS * work[6] * np.array([1.0, 1.2, 0.9])])
        assert bool(swept(error, n=n).floor_at == n[6]) is is_floor


def test_a_tail_that_turns_and_rises_like_the_work_squared_is_a_floor_from_its_least_error_on():
    error = LONG**-2.0 + 4 * EPS * LONG**2
    found = swept(error)
    assert found.floor_at == LONG[int(np.argmin(error))]
    error = LONG**-2.0 + 4 * 1024 * EPS * WORK**2
    assert swept(error).floor is None  # far more than round-off can be


def test_a_tail_that_turns_and_rises_slowly_is_a_floor_too():
    n = 2.0 ** np.arange(2, 11, 0.5)
    error = n**-3.0 * np.where(n < 200, 1, 0) + 2000 * EPS * n / n[0] * np.where(n < 200, 0, 1)
    first = int(np.argmin(error))
    assert error[first] > 16 * EPS * n[first]  # by half more every time, above where a level tail would be a floor
    assert swept(error, n=n).floor_at == n[first]


def test_a_rise_from_an_error_that_no_rounding_explains_is_no_floor():
    error = 1e-2 * (LONG**-2.0 + 1e-9 * LONG**2)
    found = swept(error)
    assert found.floor is None
    assert found.keep.all()


def test_a_rising_floor_is_lower_before_its_beginning():
    error = LONG**-2.0 + 4 * EPS * LONG**2
    found = swept(error)
    first = int(np.argmin(error))
    level = error[first]
    assert found.least[: first + 1] == pytest.approx(np.maximum(level * WORK / WORK[first], 0.5 * EPS)[: first + 1])
    assert found.least[first:] == pytest.approx(np.full(len(error) - first, level))
    flat = np.maximum(LONG**-4.0, 4 * EPS * WIGGLE)
    found = swept(flat)
    assert np.ptp(found.least) == 0


@pytest.mark.parametrize(("last", "rises"), [(3.5, False), (4.5, True)])
def test_a_floor_rises_whose_last_error_is_four_times_its_first(last, rises):
    n = 2.0 ** np.arange(3, 11)
    error = np.concatenate([n[:5] ** -2.0, 40 * EPS * np.array([1.0, 2.0, last])])
    assert bool(np.ptp(swept(error, n=n).least[:6]) > 0) is rises


def test_one_error_small_by_luck_is_not_the_bottom_of_a_floor():
    error = LONG**-1.0
    error[8] *= 1e-10
    assert swept(error).floor is None
    assert swept(error).keep.sum() >= 15


def test_a_floor_that_more_than_a_fifth_of_the_replicates_reach_is_the_sweeps():
    fine = LONG**-4.0 * 1e3
    floored = np.maximum(LONG**-4.0, 2 * EPS * WIGGLE)
    alone = kept(np.maximum(fine, 1e-30))
    for many, reached in ((1, False), (2, False), (3, True), (5, True)):
        rows = np.stack([floored] * many + [fine] * (10 - many))
        assert (int(swept(rows).keep.sum()) < alone) is reached


# --------------------------------------------------------------------------- plateaus


@pytest.mark.parametrize("level", [1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("order", [1.0, 2.0, 4.0])
def test_a_smooth_plateau_is_told_by_its_level_and_keeps_every_point(level, order):
    found = swept(LONG**-order + level if order > 1 or level > 1e-5 else LONG**-order)
    if order > 1 or level > 1e-5:
        assert found.plateau == pytest.approx(level, rel=0.02)
        assert found.keep.all()
    else:
        assert found.plateau is None


def test_a_plateau_whose_first_point_happens_to_be_its_lowest_is_one():
    n = 2.0 ** np.arange(3, 12)
    error = (n**-4.0 + 1e-6) * np.array([1, 1, 1, 1, 1, 0.96, 1.01, 1, 1.01])
    assert int(np.argmin(error)) == 5
    assert swept(error, n=n).plateau == pytest.approx(1e-6, rel=0.05)


def test_a_plateau_that_is_no_higher_than_roundings_that_partly_cancel_is_round_off():
    partly = 8 * EPS * np.sqrt(WORK[-1])
    assert swept(LONG**-4.0 + 0.8 * partly).plateau is None
    assert swept(LONG**-4.0 + 1.2 * partly).plateau == pytest.approx(1.2 * partly, rel=0.05)
    assert swept(1e3 * (LONG**-4.0 + 1.2 * partly), scale=2e3).plateau is None


def test_what_scatters_or_still_falls_is_no_plateau():
    assert swept(LONG**-2.0).plateau is None
    assert swept(LONG**-2.0 * (1 + 1 / LONG)).plateau is None
    assert swept((LONG**-2.0 + 1e-6) * WIGGLE).plateau is None
    assert swept(LONG**-2.0 + LONG**-0.3 * 1e-2).plateau is None
    assert swept((LONG**-2.0 + 1e-6)[:4], n=LONG[:4]).plateau is None


def test_round_off_that_rises_beyond_a_plateau_does_not_hide_it():
    error = LONG**-4.0 + 1e-9 + 1e-17 * LONG**1.5
    assert swept(error).plateau == pytest.approx(1e-9, rel=0.3)
    error = LONG**-4.0 + 1e-9
    error[-2:] *= 2
    assert swept(error).plateau == pytest.approx(1e-9, rel=0.01)


def test_round_off_below_a_plateau_is_no_more_than_a_part_of_it():
    level = 1.2 * 8 * EPS * np.sqrt(WORK[-1])
    found = swept(LONG**-4.0 + level)
    assert found.plateau is not None
    assert found.bound.max() == pytest.approx(found.plateau / 32)
    assert (found.rounding <= found.plateau / 32 * (1 + 1e-12)).all()


# --------------------------------------------------------------------------- parts of a sweep


def test_a_sweep_is_cut_with_the_floor_that_lies_beyond():
    whole = swept(LONG**-2.0)
    assert cut(whole, LONG[-1]) is whole
    part = cut(whole, LONG[9])
    assert part.keep.tolist() == [True] * 10 + [False] * 6
    assert part.floor_at == LONG[10]
    assert part.floor == pytest.approx(np.exp(np.median(np.log(LONG[10:] ** -2.0))))
    nothing = cut(whole, 0.0)
    assert not nothing.keep.any()
    assert nothing.floor_at == LONG[0]
    tiny = cut(swept(1e-18 * LONG**-2.0), 0.0)
    assert tiny.floor == pytest.approx(0.5 * EPS)


def test_points_clear_of_round_off_exceed_four_times_what_partly_cancels():
    n = 2.0 ** np.arange(3, 9)
    rounding = EPS * np.sqrt(16 * n / 8)
    error = np.array([1e-3, 1e-6, 1e-9, 4.1 * rounding[3], 3.9 * rounding[4], 4.1 * rounding[5]])
    sweep = dataclasses.replace(swept(n**-1.0, n=n), y=np.log(error)[None])
    assert clear_of_rounding(sweep).tolist() == [True, True, True, True, False, True]
    at_the_edge = dataclasses.replace(sweep, y=np.log(4 * sweep.rounding)[None])
    assert not clear_of_rounding(at_the_edge).any()


def test_local_slopes_are_those_between_usable_neighbours_of_the_mean():
    rows = np.stack([LONG**-1.0, LONG**-3.0])
    sweep = dataclasses.replace(swept(rows), keep=np.arange(16) % 3 == 0)
    assert local_slopes(sweep) == pytest.approx([2.0] * 5)


def test_the_end_is_left_out_as_far_as_round_off_can_reach_it():
    n = 2.0 ** np.arange(3, 10)
    reach = 1024 * EPS * (16 * n / 8) ** 2
    error = np.geomspace(1, 1e-3, 7)

    def ends(last, but_one):
        sweep = swept(n**-1.0, n=n)
        levels = np.concatenate([error[:-2], [but_one * reach[-2], last * reach[-1]]])
        return [int(s.keep.sum()) for s in without_the_end(dataclasses.replace(sweep, y=np.log(levels)[None]))]

    assert ends(0.9, 15.0) == [6, 5]
    assert ends(0.9, 17.0) == [6]
    assert ends(1.1, 1.0) == []
    few = dataclasses.replace(swept(n**-1.0, n=n), y=np.log(0 * n + 1e-16)[None], keep=np.arange(7) < 4)
    assert list(without_the_end(few)) == []
    five = dataclasses.replace(few, keep=np.arange(7) < 5)
    assert [int(s.keep.sum()) for s in without_the_end(five)] == [4]
    assert five.keep.sum() == 5


# --------------------------------------------------------------------------- hypotheses


def test_round_off_of_several_sizes_is_weighed_where_it_matters():
    far = floors.round_off_hypotheses(swept(LONG[:6] ** -2.0, n=LONG[:6]))
    assert len(far) == 1
    assert far[0].log_prior == pytest.approx(np.log(0.25))
    assert far[0].n.tolist() == LONG[:6].tolist()
    assert far[0].r == pytest.approx(0.5 * EPS * LONG[None, :6] ** 2)
    n = 2.0 ** np.arange(2, 10)
    error = 1e-9 * n**-2.0
    near = floors.round_off_hypotheses(swept(error, n=n))
    work = 16 * n / 4
    assert [h.r[0, 0] * error[0] for h in near] == pytest.approx([0.5 * EPS, EPS * 4, EPS * 16, 4 * EPS * 16])
    for hypothesis, rounding, prior in zip(
        near, (0.5 * EPS + 0 * n, EPS * work**0.5, EPS * work, 4 * EPS * work), (0.25, 0.45, 0.2, 0.1), strict=True
    ):
        inside = error > 4 * rounding
        assert hypothesis.n.tolist() == n[inside].tolist()
        left = np.log(error / rounding)[~inside]
        density = np.sum(-0.5 * (left / 1.5) ** 2 - np.log(1.5 * np.sqrt(2 * np.pi)))
        assert hypothesis.log_prior == pytest.approx(np.log(prior) + density)
        assert hypothesis.r[0] == pytest.approx((rounding / error)[inside])


def test_a_hypothesis_that_leaves_fewer_than_four_points_is_none():
    n = 2.0 ** np.arange(2, 8)
    found = floors.round_off_hypotheses(swept(2e-12 * n**-2.0, n=n))
    assert 1 <= len(found) < 4
    assert all(len(h.n) >= 4 for h in found)


def test_the_level_of_a_floor_is_the_median_of_its_first_three_points():
    floor = EPS * np.array([3.0, 9.0, 4.0, 1.0, 5.0, 2.0])
    sweep = read_sweep((LONG, np.concatenate([LONG[:10] ** -4.0, floor])), "n", stated=4.0, dtype=None, scale=1.0)
    tail, seen = floors._seen_floor(sweep)
    assert tail == 10
    assert seen == pytest.approx(np.full(16, 4 * EPS))


@pytest.mark.parametrize(("above", "starts"), [(1.0, 5), (1 + 1e-9, 12)])
def test_a_turn_is_that_of_round_off_up_to_four_times_the_best_of_a_difference_quotient(above, starts):
    lowest = 4 * EPS ** (1 / 3) * above
    error = lowest * np.array([60.0, 30, 15, 7, 3, 1, 3, 7, 15, 30, 60, 120])
    n = 2e4 * 2.0 ** np.arange(12)
    sweep = dataclasses.replace(
        read_sweep((n, error), "n", stated=1.0, dtype=None, scale=1.0), work=1e8 * 2.0 ** np.arange(12)
    )
    assert floors._floor_starts(error, sweep) == starts


def test_a_tail_that_falls_on_after_a_step_without_has_not_stopped():
    t = np.log(2.0) * np.arange(8)
    falling = -2.0 * t
    falling[4:] += 2.0 * np.log(2.0)  # one step is flat, the others fall
    assert not floors._stopped(falling, t, 3)
    flat = np.concatenate([-2.0 * t[:4], np.full(4, -2.0 * t[3])])
    assert floors._stopped(flat, t, 3)


def test_round_off_in_multiples_of_a_unit_repeats_itself_and_is_no_smooth_plateau():
    """Central differences with steps that are powers of two: the last errors are equal to the last digit."""
    n = 2.0 ** np.arange(2, 21)
    error = np.array([1.72169099e-02, 4.30996167e-03, 1.07784906e-03, 2.69484685e-04, 6.73725726e-05, 1.68432307e-05,
                      4.21081315e-06, 1.05270363e-06, 2.63175855e-07, 6.57940752e-08, 1.64485307e-08, 4.11259929e-09,
                      1.02850275e-09, 2.57251245e-10, 6.08003899e-11, *[1.35066654e-11] * 4])  # fmt: skip
    assert swept(error, n=n).plateau is None
    assert estimate_order(n=n, error=error, order=2).verdict == "holds"
    another = 0.3 * n**-2.0 + 1.35e-11
    assert swept(another, n=n).plateau == pytest.approx(1.35e-11, rel=0.05)
    fourth = 0.3 * n**-4.0 + 1.35e-11  # repeats itself where the law is below the last digit
    fourth[11:] = fourth[11]
    assert swept(fourth, n=n).plateau == pytest.approx(1.35e-11, rel=0.05)


def test_the_bottom_of_a_steep_sweep_is_no_luck():
    """Five-point differences: sixteen times smaller with every octave, until the last error is round-off."""
    n = 11 * 2.0 ** np.arange(8)
    error = np.array([8.89453506e-06, 4.92137871e-07, 3.12339499e-08, 1.92885691e-09, 1.13900566e-10, 8.19747265e-12,
                      5.30606118e-13, 1.36716832e-11])  # fmt: skip
    assert swept(error, n=n).floor_at in (704, 1408)
    assert estimate_order(n=n, error=error, order=4).verdict != "refuted"
    error[6] /= 12  # far below the fall before it as well
    assert swept(error, n=n).floor_at is None


def test_a_plateau_that_was_seen_before_errors_repeat_themselves_is_one():
    n = 2.0 ** np.arange(2, 26)
    error = 0.1 / n + 1.6e-7
    error[-3:] = error[-3]
    assert swept(error, n=n).plateau == pytest.approx(1.6e-7, rel=0.05)
