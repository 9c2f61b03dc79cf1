"""Connections that others have computed, by two routes each."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.bifurcations import connections
from gronwall.theory.bifurcations.boundary import boundary_parameter
from gronwall.theory.bifurcations.cycles import lorenz_rA, rossler_doubling
from gronwall.theory.bifurcations.fields import FIELDS, rules


def test_the_saddles_of_the_boundary_and_their_eigenvalues():
    left, right = connections.boundary_saddles(0.7080728)
    assert (left, right) == (pytest.approx(0.127625, abs=1e-5), pytest.approx(0.651806, abs=1e-5))
    for x, along, across in ((left, 0.36394, -0.617124), (right, -1.046878, 0.955418)):
        assert boundary_parameter(x) == pytest.approx(0.7080728)
        assert connections.boundary_eigenvalues(x, 0.7080728) == pytest.approx((along, across), abs=2e-4)
        A = rules(FIELDS["predator_prey"], 0.7080728)[1](np.array([x, 0.0]))
        assert sorted(connections.boundary_eigenvalues(x, 0.7080728)) == pytest.approx(sorted(np.linalg.eigvals(A)))


def test_the_heteroclinic_value_does_not_depend_on_how_it_is_shot_at():
    at = connections.heteroclinic_parameter()
    assert at == pytest.approx(0.70807281, abs=1e-8)
    assert connections.heteroclinic_parameter(offset=1e-5, section=0.4) == pytest.approx(at, abs=1e-10)
    assert connections.collocated("predator_prey", at, 30.0) == pytest.approx(at, abs=1e-10)
    assert connections.period_law_slope(at) == pytest.approx(4.5225025, abs=1e-6)
    assert connections.leaving_height(at) == pytest.approx(0.582360624, abs=1e-6)


def test_starts_leave_the_basin_where_they_do():
    assert connections.basin_exit(0.01) == pytest.approx(0.70517405, abs=1e-7)
    assert connections.basin_exit(0.1) == pytest.approx(0.68583218, abs=1e-7)
    assert connections.comes_to_a_cycle(0.1, 0.685)
    assert not connections.comes_to_a_cycle(0.1, 0.687)
    with pytest.raises(ArithmeticError, match="has not decided"):
        connections.comes_to_a_cycle(0.1, 0.685, time=1.0)


def test_the_homoclinic_orbit_of_lorenz():
    assert connections.lorenz_homoclinic(width=1e-7) == pytest.approx(13.926557407, abs=2e-7)


def test_the_branch_runs_into_the_cycle_at_r_a():
    found = lorenz_rA(returns=3)
    assert found == pytest.approx(24.0579004, abs=1e-7)
    with pytest.raises(ArithmeticError, match="has not decided"):
        connections.unstable_branch(24.0, np.array([-8.0, -8.0, 23.0]), 1e-9, 5.0)


def test_the_first_doubling_of_rossler():
    c, cycle = rossler_doubling(1, 2.83, width=0.005)
    assert c == pytest.approx(2.832445027, abs=1e-7)
    assert min(cycle.multipliers.real) == pytest.approx(-1, abs=1e-7)
