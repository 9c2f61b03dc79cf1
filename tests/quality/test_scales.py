"""Certified bounds survive entries of any size, and scale with the matrices exactly as the constants do."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.lipschitz import (
    corner_logarithmic_norm,
    corner_norm,
    logarithmic_norm_bound,
    product_norm,
    scaled_norm,
)

BOUNDS = pytest.mark.parametrize("bound", [scaled_norm, logarithmic_norm_bound])
CONSTANT = {scaled_norm: corner_norm, logarithmic_norm_bound: corner_logarithmic_norm}


def pair(seed, d, w):
    rng = np.random.default_rng(seed)
    return rng.integers(-9, 10, (d, w)).tolist(), rng.integers(-9, 10, (w, d)).tolist(), rng


def above(bound, V, W):
    """Is the upper end of the bound, which is what is certain, at least the constant, up to the radius of that one?"""
    return rigor.certainly_le(CONSTANT[bound](V, W).lower(), bound(V, W).upper())


@BOUNDS
@pytest.mark.parametrize("units", [0, 40, 155, 300])
@pytest.mark.parametrize("size", [-300, -77, 0, 154, 300])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1), (2, 3)], ids=str)
def test_scales_of_units_drop_out_and_a_scale_of_all_comes_out(bound, units, size, shape):
    """(V D⁻¹, D W) is the same network: the bound knows it, whatever lies in D; and V times c has c times the bound."""
    V, W, rng = pair(units + abs(size) + 7 * shape[0], *shape)
    D = [F(10) ** int(k) for k in rng.integers(-units, units + 1, shape[1])]
    c = F(10) ** size
    scaled_V = rigor.matrix([[v * c / D[k] for k, v in enumerate(row)] for row in V])
    scaled_W = rigor.matrix([[w * D[k] for w in row] for k, row in enumerate(W)])
    ordinary = bound(rigor.matrix(V), rigor.matrix(W))
    found = bound(scaled_V, scaled_W)
    assert above(bound, scaled_V, scaled_W)
    unseen = product_norm(rigor.matrix(V), rigor.matrix(W)) * rigor.dyadic(2.0**-40)  # where the bound is near 0
    assert rigor.certainly_le(found.upper(), (ordinary * rigor.ball(F(101, 100)) + unseen) * rigor.ball(c))


@BOUNDS
@pytest.mark.parametrize("size", [-300, -160, 0, 160, 300])
def test_sizes_mixed_within_units_are_bounded(bound, size):
    c = F(10) ** size
    V = rigor.matrix([[c, 1 / c, 0], [1, c, F(1, 3)]])
    W = rigor.matrix([[1 / c, 1], [c, 1 / c], [0, 7 * c]])
    assert above(bound, V, W)
    assert rigor.certainly_le(bound(V, W), product_norm(V, W) * 2)


@BOUNDS
@pytest.mark.parametrize("size", [-300, 0, 300])
def test_rows_of_zeros_cost_nothing_and_matrices_of_zeros_have_the_bound_0(bound, size):
    c = F(10) ** size
    V, W = [[2 * c, 0, 5], [c, 0, -3]], [[1, 2], [3 / c, 4], [0, 0]]
    one = bound(rigor.matrix([row[:1] for row in V]), rigor.matrix(W[:1]))
    found = bound(rigor.matrix(V), rigor.matrix(W))
    assert above(bound, rigor.matrix(V), rigor.matrix(W))
    assert rigor.certainly_le(found, one * rigor.ball(F(101, 100)))
    nothing = bound(rigor.matrix([[0] * 3] * 2), rigor.matrix(W))
    assert nothing == 0
    assert bound(rigor.matrix([[0]]), rigor.matrix([[0]])) == 0


@BOUNDS
@pytest.mark.parametrize("size", [-300, 0, 300])
def test_balls_around_0_of_any_size_cover_their_points(bound, size):
    r = F(10) ** size
    V = rigor.from_entries(2, 3, [rigor.around_zero(r)] * 6)
    W = rigor.from_entries(3, 2, [rigor.around_zero(1 / r)] * 6)
    found = bound(V, W)
    assert rigor.certainly_le(rigor.ball(6) - rigor.dyadic(2.0**-20), found.upper())  # V and W full of ends: 3 · 2
    assert rigor.upper(found) < 13


def test_a_network_that_folds_back_on_itself_has_a_bound():
    """V = −Wᵀ: at S = 1 the sum V S⁻¹ + WᵀS is zero, and the descent towards it knows no bounds."""
    W = np.random.default_rng(5).normal(size=(3, 4)) * np.exp(12 * np.random.default_rng(6).normal(size=(3, 1)))
    found = logarithmic_norm_bound(rigor.matrix(-W.T, dyadic=True), rigor.matrix(W, dyadic=True))
    assert rigor.upper(found) < 1e-10 * np.abs(W).max() ** 2


@BOUNDS
def test_what_is_not_finite_is_refused(bound):
    with pytest.raises(ValueError, match="NaN or infinite"):
        bound(rigor.matrix([[rigor.ball(1) / 0]]), rigor.matrix([[1]]))
