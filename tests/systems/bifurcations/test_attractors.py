"""Exponents, distances of sets and loops, on flows and sets whose own are known; fields a row each."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.bifurcations.fields import FIELDS, rules
from systems.bifurcations import diagrams, stacked
from systems.bifurcations.attractors import directions, exponents, hausdorff, loops, maxima, occupation
from systems.bifurcations.data import scaling
from systems.bifurcations.kernels import AXES, PLAIN, net
from systems.bifurcations.learned import Learned

TIME = {"step": 0.05, "before": 5.0, "blocks": 4, "length": 10.0}


def linear(u, parameter):
    """x' = parameter·x on the line of a rotation about (0, 0), with a third direction that shrinks twice as fast."""
    A = np.array([[-0.1, -1.0, 0.0], [1.0, -0.1, 0.0], [0.0, 0.0, -0.5]])
    return u @ A.T, np.tile(A, (len(u), 1, 1))


def test_exponents_of_a_linear_flow_are_its_rates():
    found = exponents(linear, np.ones((2, 3)), np.zeros(2), **TIME)
    assert found.blocks.shape == (4, 2, 3)
    assert found.means == pytest.approx(np.tile([-0.1, -0.1, -0.5], (2, 1)), abs=5e-3)
    assert found.traces == pytest.approx(np.full((4, 2), -0.7))
    assert found.halves() == pytest.approx(np.zeros((2, 3)), abs=1e-2)


def test_exponents_add_up_to_the_mean_trace_and_nan_is_told_of_who_leaves():
    found = exponents(stacked.exact("lorenz"), np.ones((1, 3)), np.array([28.0]), **(TIME | {"step": 0.01}))
    assert found.means.sum() == pytest.approx(-41 / 3, abs=1e-3)
    assert found.traces == pytest.approx(np.full((4, 1), -41 / 3))
    assert found.means[0, 0] > 0.5

    def runs_away(u, parameter):
        return u**3, 3 * u[:, :, None] ** 2 * np.eye(2)

    assert np.isnan(exponents(runs_away, np.array([[5.0, 5.0]]), np.zeros(1), **TIME).means).all()


@pytest.mark.parametrize("name", list(FIELDS))
def test_true_fields_by_rows_are_the_fields(name):
    slopes, d = stacked.exact(name), len(FIELDS[name].components)
    u = np.random.default_rng(0).normal(0.5, 0.2, (4, d))
    parameter = np.array([0.6, 5.0, 20.0, 0.7])
    f, J = slopes(u, parameter)
    for row in range(4):
        value, derivative = rules(FIELDS[name], parameter[row])
        assert f[row] == pytest.approx(value(u[row]))
        assert J[row] == pytest.approx(derivative(u[row]))


def drawn(seed, head=PLAIN):
    made = net(3, 6, 2, head)
    return Learned(np.random.default_rng(seed).normal(0, 0.5, made.parameters), made, scaling("lorenz"))


def test_learned_fields_by_rows_are_the_members():
    fields = [drawn(0), drawn(1)]
    u, r = np.array([[1.0, 2.0, 15.0], [-3.0, 0.5, 20.0]]), np.array([10.0, 28.0])
    f, J = stacked.stacked(fields)(u, r)
    for row, field in enumerate(fields):
        value, derivative, _ = field.with_slopes(u[row], r[row])
        assert f[row] == pytest.approx(value)
        assert J[row] == pytest.approx(derivative)
    with pytest.raises(ValueError, match="plain head"):
        stacked.stacked([drawn(0, AXES)])
    with pytest.raises(ValueError, match="one network"):
        stacked.stacked([drawn(0), Learned(np.zeros(net(3, 5, 2).parameters), net(3, 5, 2), scaling("lorenz"))])


def test_a_symmetrised_field_is_equivariant_and_its_slopes_are_its_own():
    S = np.array([-1.0, -1.0, 1.0])
    both = stacked.symmetrised(stacked.stacked([drawn(0)]), S)
    u, r = np.array([[1.0, 2.0, 15.0]]), np.array([10.0])
    f, J = both(u, r)
    g, K = both(S * u, r)
    assert g == pytest.approx(S * f)
    assert pytest.approx(S[:, None] * J * S) == K
    h = 1e-5
    for j in range(3):
        moved = h * np.eye(3)[j]
        assert J[0, :, j] == pytest.approx((both(u + moved, r)[0] - both(u - moved, r)[0])[0] / (2 * h), abs=1e-6)


def test_sets_lie_as_far_apart_as_they_do():
    square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert hausdorff(square, square) == 0
    assert hausdorff(square, square[:3]) == 1
    assert hausdorff(square[:3], square) == 1
    assert hausdorff(square + np.array([0.0, 3.0]), square) == 3
    assert np.isinf(hausdorff(square, np.full((4, 2), np.nan)))


def test_occupations_are_as_far_apart_as_sets_are_moved():
    points = np.random.default_rng(0).normal(size=(500, 3))
    shift = np.array([0.3, 0.0, 0.4])
    assert occupation(points, points[::-1]) == 0
    assert occupation(points + shift, points) == pytest.approx(abs(shift @ directions(3)).mean())
    assert occupation(points + shift, points) == pytest.approx(0.5 * np.linalg.norm(shift), rel=0.02)
    assert np.isinf(occupation(points, points * np.inf))
    assert np.linalg.norm(directions(2), axis=0) == pytest.approx(np.ones(64))
    assert np.linalg.norm(directions(3), axis=0) == pytest.approx(np.ones(64))


def test_loops_of_a_cycle_are_counted():
    t = np.arange(0, 100, 0.05)
    assert maxima(np.cos(t)) == pytest.approx(np.ones(len(maxima(np.cos(t)))), abs=1e-5)
    assert loops(np.cos(t), 4) == 1
    assert loops(np.cos(t) + 0.2 * np.cos(t / 2), 4) == 2
    assert loops(np.cos(t) + 0.2 * np.cos(t / 3), 4) == 3
    assert loops(np.cos(t) + 0.2 * np.cos(np.sqrt(2) * t / 3), 4) == 0
    assert loops(np.zeros(2000), 4) == 0
    assert loops(np.full(2000, np.nan), 4) == 0


def test_the_diagram_of_rossler_doubles():
    tops, found, last = diagrams.rossler_tops(diagrams.true_orbits("rossler"), np.array([2.6, 3.3]))
    assert found.tolist() == [1, 2]
    assert np.ptp(tops[0]) < 1e-2 < np.ptp(tops[1])
    assert last.shape == (2, 3)


def test_lorenz_comes_to_rest_or_does_not():
    ends, rest = diagrams.lorenz_ends(diagrams.true_orbits("lorenz"), np.array([10.0, 28.0]), (1.0, 1.0, 1.0))
    assert rest.tolist() == [True, False]
    assert ends[:, 0] == pytest.approx([np.sqrt(24)] * 2, abs=1e-3)
    assert ends[0, 1] < -10 < 10 < ends[1, 1]
    assert diagrams.onset(rest, np.array([10.0, 28.0])) == 28
    assert diagrams.onset(np.array([True, True]), np.array([10.0, 28.0])) == np.inf
