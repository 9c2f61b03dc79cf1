"""Networks trained on digits: their training, against SGD written out, and what their table tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gronwall.efforts import Effort
from gronwall.running import caching, tables
from systems.discretization.digits import results, training
from systems.discretization.digits.data import STATES, TRAINED_ON, columns
from systems.discretization.digits.models import Networks, cross_entropy, untrained
from systems.training import protocol
from systems.training.protocol import Seeds

QUICK = Effort("quick")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A run's folder of its own, and nothing remembered of other tests."""
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setattr(caching, "_remembered", {})
    monkeypatch.setattr(protocol, "_laid", set())
    return tmp_path


def small(length=2, seeds=2):
    return replace(results.TRAINING, length=length, seeds=Seeds(0, seeds))


def by_hand(scheme, gradient, depth, seeds, epochs, ends):
    """The same training with its optimiser written out in torch."""
    x, labels = columns()
    networks = untrained([np.random.default_rng([seed, 1]) for seed in range(seeds)], depth)
    tensors = [p.requires_grad_() for p in networks.tensors]
    speed = torch.full((depth, 1, 1), float(depth), dtype=torch.float64)
    speed[[0, -1]] *= ends
    speeds = [torch.ones(()), torch.ones(()), speed, speed, speed]
    velocity = [torch.zeros_like(p) for p in tensors]
    orders = [np.random.default_rng([seed, 2]) for seed in range(seeds)]
    for epoch in range(epochs):
        step = training.STEP / 10 ** (3 * epoch // epochs)
        order = torch.tensor(np.stack([rng.permutation(TRAINED_ON) for rng in orders]))
        for batch in order.split(training.BATCH, dim=1):
            logits = networks.logits(x.T[batch].mT, scheme, gradient)
            slopes = torch.autograd.grad(cross_entropy(logits, labels[batch]).sum(), tensors)
            with torch.no_grad():
                for p, v, g, factor in zip(tensors, velocity, slopes, speeds, strict=True):
                    v.mul_(training.MOMENTUM).add_(factor * g + training.DECAY * p)
                    p.sub_(step * v)
    return dict(zip("HcVWb", (p.detach().numpy() for p in tensors), strict=True))


@pytest.mark.parametrize(
    ("scheme", "gradient", "ends"), [("euler", "backpropagation", 1.0), ("heun", "memory-free", 2.0)]
)
def test_the_training_is_sgd_with_momentum_decay_and_steps_that_fall(scheme, gradient, ends):
    found = small(length=3)(QUICK, scheme=scheme, gradient=gradient, depth=4, ends=ends)
    for name, weights in by_hand(scheme, gradient, 4, 2, 3, ends).items():
        assert found[name].tobytes() == np.ascontiguousarray(weights).tobytes(), name


def test_two_trainings_give_the_same_bytes():
    first = small()(QUICK, scheme="heun", gradient="memory-free", depth=3)
    anew = replace(small(), name="discretization.digits.anew")
    second = anew(QUICK, scheme="heun", gradient="memory-free", depth=3)
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


@pytest.mark.parametrize("gradient", ["backpropagation", "memory-free"])
def test_a_seed_is_trained_the_same_among_others_as_alone(gradient):
    alone, among = (small(2, seeds)(QUICK, scheme="euler", gradient=gradient, depth=4) for seeds in (1, 3))
    for name in "HcVWb":
        assert np.abs(among[name][:1] - alone[name]).max() < 1e-13
    assert alone["error"][0] == among["error"][0]


def test_digits_are_split_once_and_scaled_by_what_is_trained_on():
    x, labels = columns()
    assert x.shape == (STATES, 1797)
    assert labels.shape == (1797,)
    assert x[:, :TRAINED_ON].std(correction=0).item() == pytest.approx(1.0)


def test_the_first_weights_do_not_depend_on_the_depth_where_depths_share_a_layer():
    shallow, deep = (untrained([np.random.default_rng([seed, 1]) for seed in range(2)], depth) for depth in (4, 8))
    for a, b in zip(shallow.layers, deep.layers, strict=True):
        assert torch.allclose(a, b[::2], rtol=1e-14)
    assert torch.equal(shallow.H, deep.H)


def test_roughness_is_told_of_every_epoch_and_begins_with_samples_of_a_smooth_function():
    found = small()(QUICK, scheme="euler", gradient="backpropagation", depth=5)
    assert found["rough"].shape == (3, 4, 2)
    begun = untrained([np.random.default_rng([0, 1])], 5)
    W = begun.W[0].numpy()
    assert found["rough"][0, :, 0] == pytest.approx(5 * np.linalg.norm(np.diff(W, axis=0), axis=(1, 2)))
    assert begun.V.abs().max() == begun.b.abs().max() == 0


def test_layers_are_the_weights_with_the_layers_first():
    nets = untrained([np.random.default_rng(seed) for seed in range(3)], 4)
    assert [tuple(part.shape) for part in nets.layers] == [(4, 3, 8, 24), (4, 3, 24, 8), (4, 3, 24, 1)]
    assert isinstance(nets, Networks)
    assert torch.equal(nets.layers[1][2, 1], nets.W[1, 2])


def test_the_table_has_what_figures_need(folder):
    training = small()
    for gradient in ("backpropagation", "memory-free"):
        found = training(QUICK, scheme="heun", gradient=gradient, depth=4)
    rows = tables.rows_of(tables.read(tables.place(folder, "discretization.digits.training")))
    assert {row["gradient"] for row in rows} == {"backpropagation", "memory-free"}
    mine = [row for row in rows if row["gradient"] == "memory-free"]
    assert all((row["scheme"], row["depth"], row["ends"]) == ("heun", 4, 1.0) for row in mine)
    for name, key in (("test error", "error"), ("test loss", "loss")):
        told = {row["seed"]: row["measured"] for row in mine if row["name"] == name}
        assert told == dict(enumerate(found[key].tolist()))
    curves = {row["epoch"]: row["values"] for row in mine if row["name"] == "weights against depth during training"}
    assert sorted(curves) == [0, 1, 2]
    assert curves[2] == np.median(found["rough"][2], axis=1).tolist()
