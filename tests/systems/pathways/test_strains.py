"""Simulated strains, and what is integrated of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gronwall.theory.pathways.kinetics import BALANCE, CONSTANTS
from systems.pathways import models
from systems.pathways.worlds import POINTS, SAMPLED, Strain, interpolated, measured, world


def test_three_strains_make_more_and_more_and_keep_the_balance():
    w = world(3)
    courses = [w.course(strain, SAMPLED) for strain in w.strains]
    made = [course[-1, -1] for course in courses]
    assert made == sorted(made)
    inflow = w.constants[CONSTANTS.index("Vin")]
    for course in courses:
        assert course @ np.array(BALANCE) - course[0] @ np.array(BALANCE) == pytest.approx(inflow * SAMPLED, abs=1e-5)
        assert course.min() >= -1e-9
    assert courses[0][0] == pytest.approx(w.start)
    assert world(3) == w
    assert world(4) != w


def test_six_series_are_measured_two_species_as_one():
    species = np.arange(10.0)
    assert measured(species).tolist() == [0, 2, 3, 4, 13, 9]


def test_samples_are_joined_by_straight_lines():
    lines = interpolated(np.stack([SAMPLED, 2 * SAMPLED + 1], axis=1))
    assert lines == pytest.approx(np.stack([POINTS, 2 * POINTS + 1], axis=1))


def test_an_enzyme_may_be_held_at_twice_its_level():
    strain = Strain(((1.0, 2.0, 0.5),) * 9)
    assert strain.at(2.0).tolist() == [1.0] * 9
    assert strain.with_twice(4).at(2.0).tolist() == [1.0] * 4 + [2.0] + [1.0] * 4
    assert strain.at(np.array([0.0, 2.0])).shape == (2, 9)


def test_a_task_leaves_the_medium_strain_out():
    w = world(3)
    of = models.task(w)
    low, medium, high = (interpolated(measured(w.course(s, SAMPLED))) for s in w.strains)
    assert of.trained * of.units == pytest.approx(np.stack([low, high]))
    assert of.asked * of.units == pytest.approx(medium)
    assert of.trained_inputs.reshape(-1, 9).mean(axis=0) == pytest.approx(np.zeros(9), abs=1e-12)
    assert models.rmse(of.asked, of).tolist() == [0] * 6
    assert models.rmse(of.asked + 1, of) == pytest.approx(of.units)
    paths = models.trivial(of)
    assert paths["mean of the two"] * of.units == pytest.approx((low + high) / 2)
    assert (paths["held at its first sample"] == of.asked[0]).all()


def test_a_field_that_is_known_is_integrated_from_point_to_point():
    of = models.task(world(3))
    path = models.integrated(lambda u, c: -u, of)
    assert path[-1] == pytest.approx(of.asked[0] * np.exp(-7.2), rel=1e-6)
    assert abs(models.integrated(lambda u, c: 50 * (1 + u), of)).max() == models.LIMIT


def test_networks_in_torch_follow_the_same_scheme_and_the_positive_one_stays_positive():
    tasks = [models.task(world(seed)) for seed in (3, 4)]

    def run(seeds):
        return type("R", (), {"seeds": seeds, "stream": lambda self, seed, name: np.random.default_rng(seed)})()

    for kind in ("free", "positive"):
        parameters = models.started(run([1, 2]), kind)
        told = models.told_by(parameters, tasks)
        alone = models.told_by([p[1:] for p in parameters], tasks[1:])
        assert told[1] == pytest.approx(alone[0], rel=1e-12)

        def field(u, c, parameters=parameters):
            with torch.no_grad():
                found = models.velocity(
                    [p[:1] for p in parameters], torch.tensor(u)[None, None], torch.tensor(c)[None, None],
                    torch.tensor(tasks[0].centre)[None, None],
                )  # fmt: skip
            return found.numpy()[0, 0]

        assert told[0] == pytest.approx(models.integrated(field, tasks[0]), rel=1e-9)
        if kind == "positive":
            assert told.min() >= 0
