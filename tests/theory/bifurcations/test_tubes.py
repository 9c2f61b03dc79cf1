"""Tubes around Taylor polynomials, and what they prove."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.arithmetic import components, stack, times
from gronwall.theory.bifurcations.fields import FIELDS, lorenz, predator_prey, rules
from gronwall.theory.bifurcations.tubes import proved_cycle, slopes_over, tube


def column(*values):
    return rigor.matrix([[rigor.ball(value)] for value in values])


def spiral(u):
    """x' = −x/10 − y, y' = x − y/10: turned by t, shorter by e^{−t/10}."""
    x, y = components(u)
    tenth = rigor.ball(Fraction(1, 10))
    return stack([-x * tenth - y, x - y * tenth])


def test_a_spiral_turns_and_shrinks_and_so_do_its_disturbances():
    found = tube(spiral, column(1, 0), Fraction(2), 20, 10)
    shrunk = np.exp(-0.2)
    expected = shrunk * np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]])
    for i in range(2):
        assert rigor.midpoint(found.end[i, 0]) == pytest.approx(expected[i, 0], abs=1e-12)
        for j in range(2):
            assert rigor.midpoint(found.jacobian[i, j]) == pytest.approx(expected[i, j], abs=1e-12)
    assert rigor.upper(found.radius) < 1e-12


def test_a_box_of_starts_grows_with_the_logarithmic_norm_and_not_with_the_box():
    start = column(1, 0) + rigor.matrix([[rigor.around_zero(Fraction(1, 1000))], [rigor.ball(0)]])
    found = tube(spiral, start, Fraction(10), 100, 10)
    assert rigor.upper(found.radius) == pytest.approx(
        np.exp(-1) / 1000, rel=1e-3
    )  # turning ten times round costs nothing


def test_an_orbit_that_leaves_in_finite_time_has_no_tube():
    def square(u):
        x = components(u)[0]
        return stack([times(x, x)])

    with pytest.raises(ArithmeticError, match="take smaller steps"):
        tube(square, column(1), Fraction(2), 2, 4)


def test_slopes_over_a_box_are_the_jacobian():
    slopes = slopes_over(lambda u: lorenz(u, Fraction(28)), column(1, 2, 3))
    _, df = rules(FIELDS["lorenz"], 28.0)
    for i, row in enumerate(df(np.array([1.0, 2.0, 3.0]))):
        for j, entry in enumerate(row):
            assert rigor.midpoint(slopes[i, j]) == pytest.approx(entry, rel=1e-12)


def test_no_cycle_is_proved_where_there_is_none():
    with rigor.precision(96), pytest.raises(ArithmeticError):
        proved_cycle(lambda u: predator_prey(u, Fraction(69, 100)), [0.5, 0.3], 13.4, 60, 10)
