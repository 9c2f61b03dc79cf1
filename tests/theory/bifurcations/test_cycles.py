"""Periodic orbits that others have computed."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.bifurcations.cycles import amplitude, periodic_orbit
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
