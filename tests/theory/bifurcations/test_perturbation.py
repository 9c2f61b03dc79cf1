"""Displacements: closed forms, hand-made cases, and where the theorem says nothing."""

from __future__ import annotations

import math

import pytest

from gronwall.theory.bifurcations.boundary import predator_prey_hopf
from gronwall.theory.bifurcations.perturbation import fold_shift, hopf_shift, persistence_radius


def test_the_radius_solves_its_equation_and_linear_errors_attain_it():
    K, M, error, slope = 1.5, 0.8, 0.1, 0.2
    r = persistence_radius(K, M, error, slope)
    assert K * (error + slope * r + M * r * r / 2) == pytest.approx(r)
    assert K * (slope + M * r) < 1
    assert persistence_radius(2, 0, 0.1, 0.25) == pytest.approx(0.1 / (0.5 - 0.25))
    assert persistence_radius(1, 0, 0.3, 0) == 0.3


@pytest.mark.parametrize("given", [(2, 1, 0.1, 0.5), (2, 1, 0.1, 0.6), (1, 2, 0.3, 0)])
def test_where_the_slopes_or_the_bend_are_too_large_nothing_is_said(given):
    assert math.isnan(persistence_radius(*given))
    assert not math.isnan(persistence_radius(1, 2, 0.25, 0))  # the edge


def test_the_shift_of_the_hopf_point_has_the_coefficients_of_its_system():
    at = float(predator_prey_hopf()[0])
    assert hopf_shift(at, 1, 0, 0) == pytest.approx(2.0147815424)
    assert hopf_shift(at, 0, 1, 0) == pytest.approx(0.1047783848)
    assert hopf_shift(at, 0, 0, 1) == pytest.approx(-at)
    assert hopf_shift(at, 0.1 / 3, 0, 0.1) == pytest.approx(0, abs=1e-15)  # e = (x, 0): nothing moves
    assert hopf_shift(at, 0.01 / 9, 0, 0.02 / 3) == pytest.approx(-0.00223865, abs=1e-8)  # e = (x²/100, 0)


def test_the_shift_of_the_fold_is_that_of_a_small_square():
    moved_x, moved_alpha = fold_shift(0.411161561, 0.832929322, 1e-4 * 0.411161561**2, 2e-4 * 0.411161561)
    assert moved_x == pytest.approx(2.09383e-5, rel=1e-4)
    assert moved_alpha == pytest.approx(1.93867e-5, rel=1e-4)
