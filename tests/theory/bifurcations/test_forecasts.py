"""Forecasts with a wrong field, and what an axis that leaks does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory.bifurcations.fields import lorenz, predator_prey
from gronwall.theory.bifurcations.forecasts import largest_logarithmic_norm, leak_by_shooting, leak_to_first_order
from gronwall.theory.bifurcations.perturbation import affine_error, distance_to_instability


def test_the_largest_logarithmic_norm_is_above_every_one_inside():
    def f(u):
        return predator_prey(u, Fraction(69, 100))

    low, high = [Fraction(0), Fraction(0)], [Fraction(7, 10), Fraction(3, 4)]
    coarse, fine = (largest_logarithmic_norm(f, low, high, parts) for parts in (4, 16))
    rng = np.random.default_rng(0)
    inside = []
    for x, y in rng.uniform([0, 0], [0.7, 0.75], (400, 2)):
        J = np.array([[3 - 6 * x - y - 0.69 * 5 * np.exp(-5 * x), -x], [3 * y, 3 * x - 1]])
        inside.append(np.linalg.eigvalsh((J + J.T) / 2)[-1])
    assert max(inside) <= fine <= coarse
    assert fine - max(inside) < 0.3
    assert fine == pytest.approx(1.28, abs=0.2)


def test_where_the_jacobian_is_affine_the_corners_decide():
    corners = [[-1, -2, 0], [1, 2, 3]]
    found = largest_logarithmic_norm(lambda u: lorenz(u, Fraction(28)), *[[Fraction(v) for v in c] for c in corners], 1)
    largest = max(
        np.linalg.eigvalsh((J + J.T) / 2)[-1]
        for x in (-1, 1)
        for y in (-2, 2)
        for z in (0, 3)
        for J in [np.array([[-10, 10, 0], [28 - z, -1, -x], [y, x, -8 / 3]])]
    )
    assert largest <= found <= largest + 3


def test_a_leak_of_one_splits_the_connection_by_this_much():
    assert leak_to_first_order(0.70, lambda x: 1.0) == pytest.approx(5.238, abs=1e-3)
    assert leak_to_first_order(0.7080728, lambda x: 1.0) == pytest.approx(5.419, abs=1e-3)
    for size in (1e-4, -1e-4):
        assert leak_by_shooting(0.70, lambda x: 1.0, size) == pytest.approx(5.238 * size, rel=1e-3)


def test_distances_to_instability_that_are_known():
    assert distance_to_instability(np.diag([-1.0, -2.0])) == pytest.approx(1.0, rel=1e-9)
    assert distance_to_instability(np.array([[-0.1, -1.0], [1.0, -0.1]])) == pytest.approx(0.1, rel=1e-9)
    assert distance_to_instability(np.array([[-1.0, 50.0], [0.0, -1.0]])) == pytest.approx(0.01999, abs=1e-5)


def test_beyond_two_parameters_shares_are_taken_by_size():
    assert affine_error(Fraction(2), (1, 10), (0, 0), 3) == 1 + 20
    assert affine_error(Fraction(-1), (1, 10), (Fraction(1, 2), 1), 3) == 2 * (1 + 3) + (10 + 6)
    assert affine_error(Fraction(1, 2), (1, 3), (0, 0), 3) == 2
