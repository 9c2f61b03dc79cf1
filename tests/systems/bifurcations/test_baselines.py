"""What else is fitted: it finds a field that is in its library, and tells series that it was fitted to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from gronwall.theory.bifurcations.fields import FIELDS
from systems.bifurcations import baselines, compared, diagrams
from systems.bifurcations.data import SYSTEMS, series
from systems.training.streams import stream

RUN = SimpleNamespace(seeds=[11], length=3, stream=stream, progress=None, effort=None)


def test_sindy_finds_lorenz_field_and_not_one_outside_its_library():
    values = SYSTEMS["lorenz"].parameters
    u = series("lorenz", values)[::3, ::7].reshape(-1, 3)
    r = np.repeat(np.repeat(values, 2)[::3], len(u) // 6)
    true = FIELDS["lorenz"].f(u, r)
    assert abs(baselines.sindy_field("lorenz")(u, r) - true).max() < 0.02 * abs(true).max()
    places = np.random.default_rng(0).uniform(0.1, 0.7, (50, 2))
    true = FIELDS["predator_prey"].f(places, np.full(50, 0.66))
    found, oracle = (
        baselines.sindy_field("predator_prey", known)(places, np.full(50, 0.66)) for known in (False, True)
    )
    assert abs(found - true).max() > 0.02
    assert abs(oracle - true).mean() < abs(found - true).mean()


def test_maps_take_as_many_steps_as_the_time_has():
    taken = []

    def step(z, alpha, memory):
        taken.append(1)
        return z + 1, memory

    orbits = baselines.mapped("rossler", step, lambda rows: None)
    path = orbits(np.zeros((2, 3)), np.array([5.0, 5.0]), 0.0625, 4, 3)
    assert path.shape == (3, 2, 3)
    assert len(taken) == 6  # three times 0.25, in steps of 0.125


def test_an_echo_state_network_tells_lorenz_series():
    told = baselines.echo_states(RUN, "lorenz")[0]
    system, true = SYSTEMS["lorenz"], series("lorenz", SYSTEMS["lorenz"].parameters)
    path = told(true[:, 0], np.repeat(system.parameters, 2), system.dt, 1, 20).transpose(1, 0, 2)
    assert abs(path - true[:, 1:21]).mean() < 0.3


def test_discrete_steps_are_trained_on_blocks():
    told = baselines.discrete_steps(RUN, "predator_prey")[0]
    path = told(np.array([[0.3, 0.5]]), np.array([0.65]), SYSTEMS["predator_prey"].dt, 1, 4)
    assert path.shape == (4, 1, 2)
    assert np.isfinite(path).all()


def test_two_true_orbits_are_the_floor():
    exact = diagrams.true_orbits("rossler")
    found = compared.occupied(exact, "rossler", 3.5)
    assert found.shape == (4000, 3)
    assert compared.occupation(found, compared.occupied(exact, "rossler", 3.5, 2)[4000:]) < 0.02
