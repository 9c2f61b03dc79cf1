"""Simulated bodies against closed forms, and fields whose slopes are written out against autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gronwall.theory.floating_bodies.drag import slowed
from systems.floating_bodies import models
from systems.floating_bodies.data import SPLIT, STEP, WORLDS, World, carried, simulated


def still(m=120.0):
    return World(lambda x: 0 * x, lambda s: np.full((*s.shape, 2), m))


def test_a_body_in_still_water_slows_down_by_the_closed_form():
    start = np.array([[0.0, 0.0, 0.54, -0.72]])
    path = carried(still().slopes, start, 0.01, 800)
    speeds = np.linalg.norm(path[0, :, 2:], axis=-1)
    assert speeds == pytest.approx(slowed(0.01 * np.arange(801), 0.9, 400 / 120, 5 / 120, np.exp), abs=1e-8)


def test_steps_of_the_simulator_are_of_fourth_order():
    start, world = np.array([[1.0, -0.5, 0.6, 0.3]]), WORLDS["cellular"]
    ends = [carried(world.slopes, start, 2.0 / n, n)[:, -1] for n in (20, 40, 80, 640)]
    errors = [np.linalg.norm(end - ends[-1]) for end in ends[:-1]]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.4)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.4)


@pytest.mark.parametrize("name", list(WORLDS))
def test_stored_slopes_are_those_of_the_stored_paths(name):
    paths = simulated(WORLDS[name], np.random.default_rng(0))[:4]
    near, far = paths[:, 3:-1] - paths[:, 1:-3], paths[:, 4:] - paths[:, :-4]
    differences = (8 * near - far) / (12 * STEP)  # to h⁴/30 of the fifth derivative, some hundred at most
    assert WORLDS[name].slopes(paths)[:, 2:-2] == pytest.approx(differences, abs=2e-4)


def test_bodies_are_trained_on_or_not():
    places = [set(range(64)[part]) for part in SPLIT.values()]
    assert sorted(set.union(*places)) == list(range(64))
    assert sum(map(len, places)) == 64


@pytest.fixture
def members():
    return [np.random.default_rng(k) for k in range(2)]


def test_slopes_that_are_written_out_are_those_of_autograd(members):
    p = models.drawn("HNN", members)
    x = torch.randn(2, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    by_autograd = torch.autograd.grad(models.net(p, x).sum(), x)[0]
    assert torch.allclose(models.slope(p, x), by_autograd, atol=1e-13)


def test_curvatures_that_are_written_out_are_those_of_autograd(members):
    p = models.drawn("LNN", members)
    x = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    grad, rows = models.curvature(p, x, slice(2, 4))
    for member in range(2):
        own = [q[member : member + 1] for q in p]
        for k in range(3):
            hessian = torch.autograd.functional.hessian(
                lambda y, own=own: models.net(own, y[None, None]).sum(), x[member, k]
            )
            assert torch.allclose(rows[member, k], hessian[2:], atol=1e-12)
    assert torch.allclose(grad, models.slope(p, x), atol=1e-13)


def test_a_lagrangian_body_without_a_network_is_free(members):
    p = [0 * q for q in models.drawn("LNN", members)]
    state = torch.tensor([[[0.1, 0.2, 0.3, 0.4]]] * 2, dtype=torch.float64)
    assert models.field("LNN", p, state)[..., 2:].abs().max() == 0


def test_a_flow_by_a_streamfunction_has_no_divergence_and_a_free_one_has(members):
    x = torch.randn(2, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def divergence(kind):
        p = models.drawn(kind, members)
        total = torch.zeros(2, 6, dtype=torch.float64)
        for k in range(2):
            along = torch.zeros_like(x)
            along[..., k] = 1
            total += torch.func.jvp(lambda y: models.flow_of(kind, p, y), (x,), (along,))[1][..., k]
        return total.abs().max()

    assert divergence("FHNN") < 1e-14
    assert divergence("drag, free flow") > 1e-3


def test_hamiltonian_fields_keep_volumes_and_dissipative_ones_need_not(members):
    x = torch.randn(2, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(4))

    def divergence(kind):
        p = models.drawn(kind, members)
        total = torch.zeros(2, 6, dtype=torch.float64)
        for k in range(4):
            along = torch.zeros_like(x)
            along[..., k] = 1
            total += torch.func.jvp(lambda y: models.field(kind, p, y), (x,), (along,))[1][..., k]
        return total.abs().max()

    assert divergence("HNN") < 1e-13
    assert divergence("D-HNN") > 1e-3


def test_coefficients_stay_between_nothing_and_their_caps(members):
    p = [100 * q for q in models.drawn("FHNN", members)]
    x = torch.randn(2, 50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    found = models.coefficients(p, x, x.norm(dim=-1))
    assert (found >= 0).all()
    assert (found <= models.CAPS).all()


def test_kinds_have_about_as_many_parameters():
    counts = [sum(q[0].numel() for q in models.drawn(kind, [np.random.default_rng(0)])) for kind in models.KINDS]
    assert max(counts) / min(counts) < 1.03
