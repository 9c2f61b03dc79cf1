"""Periodic orbits that others have computed."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.bifurcations.cycles import (
    along,
    amplitude,
    periodic_orbit,
    returned,
    rossler_cycle,
    rossler_splitting,
)
from gronwall.theory.bifurcations.fields import FIELDS, rules


def test_the_first_cycle_of_rossler_has_its_period_and_its_multipliers():
    f, df = rules(FIELDS["rossler"], 5.7)
    cycle = periodic_orbit(f, df, np.array([6.0, -8.0, 0.05]), 5.9)
    assert cycle.period == pytest.approx(5.881088456, abs=2e-9)
    assert sorted(cycle.multipliers.real)[0] == pytest.approx(-2.403953, abs=1e-6)
    assert np.prod(cycle.multipliers.real) == pytest.approx(np.linalg.det(cycle.monodromy), rel=1e-3)


@pytest.mark.parametrize(
    ("alpha", "period", "low", "high", "multiplier"),
    [(0.68, 11.49837, 0.22955, 0.46424, 0.86214), (0.69, 13.43871, 0.18757, 0.53833, 0.66782)],
)
def test_cycles_of_the_predator_prey_system(alpha, period, low, high, multiplier):
    f, df = rules(FIELDS["predator_prey"], alpha)
    cycle = periodic_orbit(f, df, np.array([high, 1.0 * (2 - 3 * alpha * (1 - np.exp(-5 / 3)))]), period)
    assert cycle.period == pytest.approx(period, abs=1e-5)
    assert cycle.multipliers == pytest.approx([multiplier], abs=1e-5)
    assert amplitude(f, cycle) == pytest.approx((high - low) / 2, abs=1e-5)


def test_where_nothing_comes_back_it_is_said():
    f, df = rules(FIELDS["predator_prey"], 0.72)  # everything falls to the origin
    with pytest.raises(ArithmeticError, match=r"does not come back|no periodic orbit"):
        periodic_orbit(f, df, np.array([0.5, 0.3]), 12.0)


def test_a_point_of_a_cycle_returns_to_itself_and_a_constant_adds_up_to_the_period():
    f, df = rules(FIELDS["predator_prey"], 0.68)
    cycle = periodic_orbit(f, df, np.array([0.46424, 0.2863]), 11.498)
    assert returned(f, cycle, cycle.start) == pytest.approx(cycle.start, abs=1e-10)
    assert along(f, cycle, lambda u: np.array([1.0, *f(u)])) == pytest.approx([cycle.period, 0.0, 0.0], abs=1e-10)


def test_the_cycle_of_rossler_that_an_orbit_comes_to_has_so_many_loops():
    assert rossler_cycle(2.5, 1).period == pytest.approx(5.748991183, abs=1e-8)
    assert rossler_cycle(3.5, 2).period == pytest.approx(11.545218288, abs=1e-8)


def test_the_splitting_of_the_doubled_cycle_ends_where_it_begins():
    assert rossler_splitting(1, 2.832445, 0.12, points=5) == pytest.approx(2.8324450, abs=1e-5)
    with pytest.raises(ArithmeticError, match="run through twice"):
        rossler_splitting(1, 2.3, 0.12, points=3)
