"""First-order theory of learned fields, on fields whose answers are known: the true one with an error put in."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.bifurcations.connections import boundary_saddles
from gronwall.theory.bifurcations.forecasts import leak_by_shooting, leak_to_first_order
from gronwall.theory.bifurcations.perturbation import hopf_shift
from systems.bifurcations import planar, rossler
from systems.bifurcations.diagrams import true_orbits
from systems.bifurcations.kernels import net
from systems.bifurcations.learned import Learned
from systems.bifurcations.portraits import falls, manifold
from systems.bifurcations.stacked import exact
from tests.systems.bifurcations.test_learned import PLAIN_UNITS

SLOPES = exact("predator_prey")


class Wrong(Learned):
    """The true field with a leak of a size through the axis, the same everywhere."""

    def with_slopes(self, u, parameter):
        f, J = SLOPES(np.asarray(u, dtype=float)[None], np.array([parameter]))
        return f[0] + [0.0, self.P[0]], J[0], np.array([np.exp(-5 * u[0]) - 1, 0.0])

    def orbits(self, starts, parameters, step, every, points):
        return true_orbits("predator_prey")(starts, parameters, step, every, points)


def wrong(size):
    return Wrong(np.array([size]), net(2, 5, 2), PLAIN_UNITS)


@pytest.mark.parametrize("size", [1e-3, -1e-3])
def test_a_leak_splits_the_connection_as_is_known(size):
    assert planar.gap_by_shooting(wrong(size), 0.70) == pytest.approx(
        leak_by_shooting(0.70, lambda x: 1.0, size), rel=1e-3
    )
    assert planar.gap_to_first_order(wrong(size), 0.70) == pytest.approx(
        size * leak_to_first_order(0.70, lambda x: 1.0), rel=1e-5
    )


def test_no_gap_is_told_where_saddles_are_lost():
    found = planar.axis_saddles(wrong(0.0), 0.70)
    assert np.array(found) == pytest.approx(np.array([[x, 0.0] for x in boundary_saddles(0.70)]))
    assert np.isnan(planar.gap_by_shooting(wrong(0.5), 0.70))
    assert np.isnan(planar.gap_to_first_order(wrong(0.0), 0.84))


def test_the_error_at_the_hopf_point_foretells_its_shift_by_the_extended_system():
    assert planar.error_at_hopf(wrong(0.01)) == pytest.approx([0.0, 0.01, 0.0])
    error = np.array([0.01, -0.02, 0.03])
    moved = -np.linalg.solve(planar.extended_slopes(), error)
    assert float(hopf_shift(planar.HOPF, *error)) == pytest.approx(moved[2])


def test_slopes_of_the_error_are_those_of_a_network():
    made = net(2, 5, 2)
    field = Learned(np.random.default_rng(0).normal(0, 0.5, made.parameters), made, PLAIN_UNITS)
    (x, y), h = planar.coexistence(planar.HOPF), 1e-5

    def G(x, y, alpha):
        f, J, _ = field.with_slopes(np.array([x, y]), alpha)
        return np.array([*f, np.trace(J)])

    at = np.array([x, y, planar.HOPF])
    slopes = np.array([(G(*(at + h * e)) - G(*(at - h * e))) / (2 * h) for e in np.eye(3)]).T
    assert planar.error_slopes_at_hopf(field) == pytest.approx(
        np.linalg.norm(slopes - planar.extended_slopes(), 2), rel=1e-6
    )


def test_the_multiplier_of_the_true_cycle_is_that_of_its_divergence():
    found = planar.cycle_multiplier(wrong(0.0))
    assert found == pytest.approx((0.667816, 0.667816), abs=1e-5)


def test_the_true_doubling_is_found_in_the_pipeline_of_learned_ones():
    values = np.array([2.8, 2.85])
    last = true_orbits("rossler")(np.array([[-4.0, -4.0, 0.0]]), np.array([2.8]), 0.05, 12000, 1)[0]
    found = rossler.doubling(rossler.true_rules, values, np.array([1, 2]), last, 1)
    assert found == pytest.approx(2.83244503, abs=1e-6)
    assert np.isnan(rossler.doubling(rossler.true_rules, values, np.array([1, 1]), last, 1))
    cycle = rossler.true_cycle(3.0)
    assert rossler.multiplier(rossler.true_rules, 3.0, cycle) == pytest.approx(-1.10905, abs=1e-4)


def test_who_starts_beside_the_separatrix_falls_or_does_not():
    path = manifold(0.70, 0)
    middle = path[len(path) // 2]
    assert path[0] == pytest.approx([boundary_saddles(0.70)[0], 0.0], abs=1e-4)
    assert falls(np.array([[1.0, 0.01], [1.0, 0.1]]), 0.70).tolist() == [False, True]
    assert len(set(falls(middle + np.array([[0, 0.02], [0, -0.02]]), 0.70).tolist())) == 2
