"""Certified constants of V tanh(Wx + b): against brute force over slopes, and against pairs of points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.lipschitz import (
    corner_euler_factor,
    corner_logarithmic_norm,
    corner_norm,
    corners,
    logarithmic_norm_bound,
    product_norm,
    scaled_norm,
)


def pair(seed, d=3, w=4):
    rng = np.random.default_rng(seed)
    V, W = rng.normal(size=(d, w)), rng.normal(size=(w, d)) * np.exp(rng.normal(size=(w, 1)))
    return V, W, rigor.matrix(V, dyadic=True), rigor.matrix(W, dyadic=True)


def symmetric_top(A):
    return np.linalg.eigvalsh((A + A.T) / 2)[-1]


@pytest.mark.parametrize("seed", range(5))
def test_no_slopes_in_the_cube_beat_its_corners(seed):
    V, W, v, w = pair(seed)
    rng = np.random.default_rng(seed)
    L, mu, q = (
        rigor.upper(x)
        for x in (corner_norm(v, w), corner_logarithmic_norm(v, w), corner_euler_factor(v, w, Fraction(1, 4)))
    )
    for D in rng.uniform(0, 1, (300, 4)):
        J = (V * D) @ W
        assert np.linalg.norm(J, 2) <= L + 1e-12
        assert symmetric_top(J) <= mu + 1e-12
        assert np.linalg.norm(np.eye(3) + J / 4, 2) <= q + 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_the_bounds_without_corners_are_above_those_with_them(seed):
    *_, v, w = pair(seed)
    assert rigor.certainly_le(corner_norm(v, w), scaled_norm(v, w) * (1 + rigor.dyadic(2.0**-40)))
    assert rigor.certainly_le(
        corner_logarithmic_norm(v, w), logarithmic_norm_bound(v, w) * (1 + rigor.dyadic(2.0**-40))
    )
    assert rigor.upper(scaled_norm(v, w)) < rigor.upper(product_norm(v, w))


def test_one_unit_attains_both_bounds():
    v, w = rigor.matrix([[3], [0]]), rigor.matrix([[0, 2]])
    for bound in (product_norm(v, w), scaled_norm(v, w), corner_norm(v, w)):
        assert rigor.midpoint(bound) == pytest.approx(6, rel=1e-12)
    for bound in (logarithmic_norm_bound(v, w), corner_logarithmic_norm(v, w)):
        assert rigor.midpoint(bound) == pytest.approx(3, rel=1e-12)  # (v·w + |v||w|)/2


def test_a_saturated_perceptron_contracts_nothing():
    v, w = rigor.matrix([[-1]]), rigor.matrix([[1]])
    assert rigor.midpoint(corner_logarithmic_norm(v, w)) == 0
    assert rigor.upper(logarithmic_norm_bound(v, w)) < 1e-12


def test_too_many_units_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match="scaled_norm"):
        corners(40)
