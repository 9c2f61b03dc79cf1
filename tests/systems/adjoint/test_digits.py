"""The digit models against a second way of writing them, and what their trainings promise."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from systems.adjoint.digits import training as digit_training  # noqa: E402
from systems.adjoint.digits.models import PAPER, SMALL, Field, ResidualBlock, network, ode_block  # noqa: E402
from systems.adjoint.digits.results import by_adams, by_lsoda, parts  # noqa: E402
from systems.adjoint.digits.training import TRAIN, digits, fresh, one_step, rebuilt, train_one, wrong  # noqa: E402


def images(n=3, size=SMALL):
    return torch.tensor(np.random.default_rng(5).uniform(size=(n, 1, size.side, size.side)))


def test_the_field_is_two_convolutions_that_see_the_time():
    field = Field(SMALL).double()
    z, t = torch.tensor(np.random.default_rng(6).normal(size=(2, 16, 4, 4))), torch.tensor(0.3, dtype=torch.float64)
    out = z
    for i in range(2):
        out = F.relu(F.group_norm(out, 8, field.norms[i].weight, field.norms[i].bias))
        clock, rest = field.convolutions[i].weight[:, :1], field.convolutions[i].weight[:, 1:]
        seen = F.conv2d(torch.full((2, 1, 4, 4), 0.3, dtype=torch.float64), clock, padding=1)
        out = F.conv2d(out, rest, field.convolutions[i].bias, padding=1) + seen
    out = F.group_norm(out, 8, field.norms[2].weight, field.norms[2].bias)
    assert torch.allclose(field(t, z), out, rtol=1e-12, atol=1e-12)


def test_a_residual_block_with_zero_weights_changes_nothing():
    block = ResidualBlock(SMALL)
    nn.init.zeros_(block.convolutions[1].weight)
    z = torch.randn(2, 16, 4, 4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(block(z), z)


@pytest.mark.parametrize(("size", "side"), [(PAPER, 6), (SMALL, 4)])
def test_the_maps_in_the_middle_are_as_small_as_the_sizes_say(size, side):
    assert size.pixels == side**2
    before, _, _ = parts(network("ODE-Net", size))
    assert before(images(1, size).float()).shape == (1, size.channels, side, side)


def test_adjoint_and_backpropagation_agree_on_a_smooth_field():
    x, y, gradients = images(), torch.tensor([1, 2, 3]), []
    for name in ("ODE-Net", "RK-Net"):
        model = fresh(name, 3).double()
        ode_block(model).tol, ode_block(model).field.activation = 1e-7, F.silu
        F.cross_entropy(model(x), y).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
    assert (gradients[0] - gradients[1]).norm() < 1e-4 * gradients[1].norm()


def test_a_seed_gives_the_same_network_and_digits_to_every_model():
    x, y = digits(4)
    assert x.shape == (1797, 1, 8, 8)
    assert (x.min(), x.max(), len(y)) == (0, 1, 1797)
    assert not torch.equal(digits(5)[0], x)
    weights = [torch.cat([p.flatten() for p in fresh(name, 4).parameters()]) for name in ("ODE-Net", "RK-Net")]
    assert torch.equal(*weights)


def test_training_lowers_the_loss_and_gives_the_same_bytes_again():
    runs = []
    for _ in range(2):
        model = fresh("ResNet-1", 9)
        before = wrong(model, 9)
        curves, stopped = train_one(model, 9, 4)
        runs.append(curves.tobytes() + torch.cat([p.detach().flatten() for p in model.parameters()]).numpy().tobytes())
        assert not stopped
        assert curves[-1, 0] < curves[0, 0]
        assert wrong(model, 9) < before
    assert runs[0] == runs[1]


def test_weights_make_the_network_again():
    model = fresh("ODE-Net", 2)
    weights = torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()
    x, _ = digits(2)
    again = rebuilt("ODE-Net", weights)
    assert torch.allclose(model(x[:4]).double(), again(x[:4].double()), rtol=1e-2, atol=1e-3)
    assert len(parts(again)) == 3


def test_evaluations_of_a_step_are_those_of_the_field():
    model = fresh("ODE-Net", 1)
    x, y = digits(1)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    _, there, back = one_step(model, optimiser, x[:5], y[:5])
    assert there + back == ode_block(model).field.calls
    assert [(there - 2) % 6, (back - 2) % 6] == [0, 0]


def test_a_loss_that_leaves_the_floats_stops_the_seed_with_the_weights_it_had(monkeypatch):
    x, y = digits(1)
    x = x.clone()
    x[TRAIN - 1] = float("nan")  # in some batch of the first epoch
    monkeypatch.setattr(digit_training, "digits", lambda seed: (x, y))
    model = fresh("ResNet-1", 1)
    curves, stopped = train_one(model, 1, 2)
    assert stopped
    assert np.isnan(curves).all()
    assert all(p.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("solve", [by_lsoda, by_adams])
def test_scipys_solvers_go_both_ways(solve):
    def right(t, y):
        return -y * np.cos(t)

    there = solve(right, np.array([2.0, 1.0]), 0.0, 1.0, 1e-9)
    assert there == pytest.approx(np.array([2.0, 1.0]) * np.exp(-np.sin(1.0)), rel=1e-6)
    assert solve(right, there, 1.0, 0.0, 1e-9) == pytest.approx([2.0, 1.0], rel=1e-6)
