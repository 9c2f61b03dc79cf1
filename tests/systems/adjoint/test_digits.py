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
from systems.adjoint.digits.training import (  # noqa: E402
    TRAIN,
    TRAINING,
    fresh,
    one_batch,
    rebuilt,
    share,
    split,
    train_one,
    wrong,
)


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
    x, y = split(12)
    assert x.shape == (1797, 1, 8, 8)
    assert (x.min(), x.max(), len(y)) == (0, 1, 1797)
    assert not torch.equal(split(13)[0], x)
    weights = [torch.cat([p.flatten() for p in fresh(name, 12).parameters()]) for name in ("ODE-Net", "RK-Net")]
    assert torch.equal(*weights)


def test_training_lowers_the_loss_and_gives_the_same_bytes_again():
    runs = []
    for _ in range(2):
        model = fresh("ResNet-1", 17)
        before = wrong(model, 17)
        curves, stopped = train_one(model, 17, 4)
        runs.append(curves.tobytes() + torch.cat([p.detach().flatten() for p in model.parameters()]).numpy().tobytes())
        assert not stopped
        assert curves[-1, 0] < curves[0, 0]
        assert wrong(model, 17) < before
    assert runs[0] == runs[1]


def test_weights_make_the_network_again():
    model = fresh("ODE-Net", 10)
    weights = torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()
    x, _ = split(10)
    again = rebuilt("ODE-Net", weights)
    assert torch.allclose(model(x[:4]).double(), again(x[:4].double()), rtol=1e-2, atol=1e-3)
    assert len(parts(again)) == 3


def test_evaluations_of_a_step_are_those_of_the_field():
    model = fresh("ODE-Net", 9)
    x, y = split(9)
    _, there, back = one_batch(model, x[:5], y[:5])
    assert there + back == ode_block(model).field.calls
    assert [(there - 2) % 6, (back - 2) % 6] == [0, 0]


def test_a_loss_that_leaves_the_floats_stops_the_seed_with_the_weights_it_had(monkeypatch):
    x, y = split(9)
    x = x.clone()
    x[TRAIN - 1] = float("nan")  # in some batch of the first epoch
    monkeypatch.setattr(digit_training, "split", lambda seed: (x, y))
    model = fresh("ResNet-1", 9)
    curves, stopped = train_one(model, 9, 2)
    assert stopped
    assert np.isnan(curves).all()
    assert all(p.isfinite().all() for p in model.parameters())


def test_a_solver_that_gives_up_stops_the_seed_and_leaves_the_means_of_the_epoch_before(monkeypatch):
    made = digit_training.one_batch
    batches = []

    def giving_up(net, x, y):
        batches.append(len(x))
        if len(batches) > 14:  # in the second epoch
            raise AssertionError("underflow in dt")
        return made(net, x, y)

    monkeypatch.setattr(digit_training, "one_batch", giving_up)
    curves, stopped = train_one(fresh("ODE-Net", 9), 9, 3)
    assert stopped
    assert len(batches) == 15
    assert np.isfinite(curves).all()
    assert (curves == curves[0]).all()


def test_a_stopped_seed_keeps_the_weights_it_had(monkeypatch):
    made, kept = digit_training.one_batch, []

    def leaving(net, x, y):
        kept.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
        found = made(net, x, y)
        return (float("inf"), *found[1:]) if len(kept) == 4 else found

    monkeypatch.setattr(digit_training, "one_batch", leaving)
    net = fresh("MLP", 9)
    assert train_one(net, 9, 2)[1]
    assert torch.equal(torch.cat([p.detach().flatten() for p in net.parameters()]), kept[3])


def test_the_table_has_what_the_figure_and_the_text_show(short):
    found, _ = short(TRAINING, length=2, seeds=2, model="MLP")
    _, rows = short(TRAINING, length=2, seeds=2, model="ResNet-1")
    rows = {model: [row for row in rows if row["model"] == model] for model in ("MLP", "ResNet-1")}
    for own in rows.values():
        assert [row["key"] for row in own if row["name"] == "table"] == ["error", "loss", "first loss"]
        assert {row["name"] for row in own} == {"table", "stopped", "forward", "backward", "loss"}
    arrays = {row["name"]: row["values"] for row in rows["MLP"] if "values" in row}
    assert np.allclose(arrays["loss"], found["loss"])
    assert np.array(arrays["forward"]).shape == (2, 2)
    error = next(row["measured"] for row in rows["MLP"] if row.get("key") == "error")
    assert error == pytest.approx(100 * np.mean(share(found["wrong"])))


@pytest.mark.parametrize("solve", [by_lsoda, by_adams])
def test_scipys_solvers_go_both_ways(solve):
    def right(t, y):
        return -y * np.cos(t)

    there = solve(right, np.array([2.0, 1.0]), 0.0, 1.0, 1e-9)
    assert there == pytest.approx(np.array([2.0, 1.0]) * np.exp(-np.sin(1.0)), rel=1e-6)
    assert solve(right, there, 1.0, 0.0, 1e-9) == pytest.approx([2.0, 1.0], rel=1e-6)
