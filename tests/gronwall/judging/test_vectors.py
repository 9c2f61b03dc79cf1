"""Vector errors: the statement is about their norm, what is extrapolated are their components."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall import estimate_order, rate
from gronwall.judging.sweep import read_sweep
from gronwall.measuring import vectors
from tests.gronwall.judged import judged

N = np.array([8, 16, 32, 64, 128, 256, 512])
TURNING = np.array([
    [1.108822706948, 3.381676252725], [0.1460642613658, 0.4971809935066], [0.01124239381213, 0.03729106869776],
    [0.0008449853625827, 0.002455052505368], [8.212383981798e-05, 0.000163779258195],
    [1.236236870406e-05, 1.2509200088e-05], [2.578516071217e-06, 1.345260866925e-06],
])  # fmt: skip
"""A method of order two (reversible Heun) on van der Pol's oscillator: the slopes fall from 3.9 to 2.6."""
PROMISED = {"order": 2, "remainder": "powers"}


def test_a_vector_decides_what_its_norm_leaves_open():
    alone = estimate_order(n=N, error=np.linalg.norm(TURNING, axis=1), **PROMISED)
    assert alone.verdict == "inconclusive"
    found = estimate_order(n=N, error=TURNING, norm=2, **PROMISED)
    assert found.verdict == "holds", found.reason
    assert found.interval == pytest.approx((1.975, 2.025))
    assert found.seen == pytest.approx(2.6, abs=0.01)
    for wrong in (1, 3):
        assert estimate_order(n=N, error=TURNING, norm=2, **{**PROMISED, "order": wrong}).verdict == "refuted"


def test_a_rate_of_vectors_is_judged_by_its_components():
    by_size = dict(zip(N.tolist(), TURNING, strict=True))

    @rate(at=N.tolist(), direction="n", norm=2, **PROMISED)
    def turning(n):
        return by_size[n]

    found = judged(turning)
    assert found["verdict"] == "holds", found["reason"]

    @rate(at=N.tolist(), direction="n", **PROMISED)
    def alone(n):
        return float(np.linalg.norm(by_size[n]))

    assert judged(alone)["verdict"] == "inconclusive"


@pytest.mark.parametrize("spoil", ["a component of order one", "a plateau", "half an order less"])
def test_no_vector_that_falls_more_slowly_is_confirmed(spoil):
    u = 8.0 / N[:, None]
    vectors = u**2 * np.array([1.0, -0.4]) + u**3 * np.array([-0.7, 0.5])
    if spoil == "a component of order one":
        vectors[:, 1] += 0.3 * u[:, 0]
    elif spoil == "a plateau":
        vectors[:, 0] += 1e-3
    else:
        vectors = vectors / np.sqrt(u)
    for remainder in (None, "powers"):
        assert estimate_order(n=N, error=1e-2 * vectors, norm=2, order=2, remainder=remainder).verdict != "holds"


def test_the_order_of_the_sizes_and_the_end_that_is_fine_do_not_matter():
    shuffled = np.array([3, 0, 6, 2, 5, 1, 4])
    first = estimate_order(n=N, error=TURNING, norm=2, **PROMISED)
    assert estimate_order(n=N[shuffled], error=TURNING[shuffled], norm=2, **PROMISED) == first
    steps = estimate_order(h=1.0 / N, error=TURNING, norm=2, **PROMISED)
    assert (steps.verdict, steps.order, steps.interval) == (first.verdict, first.order, first.interval)
    sweep = read_sweep((1.0 / N[shuffled], np.ones(7)), "h", stated=2.0, dtype=None, scale=1.0, parts=TURNING[shuffled])
    assert sweep.parts.tolist() == TURNING.tolist()  # from coarse to fine, as the sizes


def test_points_that_are_masked_in_any_component_are_left_out():
    masked = np.ma.MaskedArray(TURNING, np.zeros(TURNING.shape, dtype=bool))
    masked[2, 1] = np.ma.masked
    found = estimate_order(n=N, error=masked, norm=2, **PROMISED)
    rest = np.arange(7) != 2
    assert found == estimate_order(n=N[rest], error=TURNING[rest], norm=2, **PROMISED)


def test_a_long_sweep_of_vectors_is_judged_by_its_norms():
    n = np.arange(10, 110)
    found = estimate_order(n=n, error=np.array([1.0, -2.0]) / n[:, None] ** 2, norm=2, order=2)
    assert found.verdict == "holds"


def test_the_arithmetic_of_the_components_is_that_of_the_norms():
    single = (TURNING / 3.5).astype(np.float32)
    found = estimate_order(n=N, error=single, norm=2, order=2)
    assert found == estimate_order(n=N, error=single, norm=2, order=2, dtype="float32")


@pytest.mark.parametrize(
    ("error", "norm", "said"),
    [
        (TURNING.T, 2, r"error has shape \(2, 7\); with norm= 7 values of n need vectors \(7, d\)"),
        (TURNING[:, 0], 2, r"error has shape \(7,\)"),
        (TURNING[:, :0], 2, r"error has shape \(7, 0\)"),
        (TURNING * 1j, 2, "the error is complex; give its real and imaginary parts"),
        (np.full((7, 2), "x"), 2, "expected 2, inf or a function of a vector"),
        (TURNING, "two", "norm='two' of the errors, expected 2, inf or a function of a vector"),
        (np.where(N[:, None] == 32, np.nan, TURNING), 2, "the error at n = 32, replicate 0, is NaN"),
        (np.where(N[:, None] == 32, np.inf, TURNING), 2, "the error at n = 32, replicate 0, is infinite"),
    ],
)
def test_malformed_vectors_are_refused(error, norm, said):
    with pytest.raises(ValueError, match=said):
        estimate_order(n=N, error=error, norm=norm, order=2)


def test_evidence_beyond_what_floats_hold_is_weighed_all_the_same():
    """Three components, twelve sizes, all to their last digits: densities of e^600."""
    n = np.round(8 * 1.5 ** np.arange(12))
    vectors = np.array([1.0, -0.3, 2.0]) / n[:, None] ** 2 * (1 + np.array([0.5, 2.0, -1.0]) / n[:, None])
    assert estimate_order(n=n, error=vectors, norm=2, **PROMISED).verdict == "holds"
    assert estimate_order(n=n, error=vectors, norm=2, **{**PROMISED, "order": 3}).verdict == "refuted"


def test_up_to_three_components_are_kept_as_they_are_and_of_more_the_three_directions_that_matter():
    rows = np.random.default_rng(2).standard_normal((6, 5))
    for d in (1, 2, 3):
        each = np.linalg.norm(rows[:, :d], axis=1)
        np.testing.assert_array_equal(vectors.directions(rows[:, :d], each), rows[:, :d] / each[:, None])
    low = rows[:, :3] @ np.random.default_rng(3).standard_normal((3, 5))
    each = np.linalg.norm(low, axis=1)
    kept = vectors.directions(low, each)
    assert kept.shape == (6, 3)
    np.testing.assert_allclose(kept @ kept.T, (low / each[:, None]) @ (low / each[:, None]).T, atol=1e-14)
    assert vectors.directions(np.zeros((2, 2)), np.zeros(2)).tolist() == [[0, 0], [0, 0]]
