"""The trained residual perceptron: its training, against Adam of torch written out, and its table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gronwall.efforts import Effort
from gronwall.running import caching, tables
from gronwall.theory.perceptrons import Layer, perceptron, residual_network
from systems.discretization import trained_perceptron
from systems.discretization.trained_perceptron import PERCEPTRON, columns
from systems.training import protocol

QUICK = Effort("quick")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A run's folder of its own, and nothing remembered of other tests."""
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setattr(caching, "_remembered", {})
    monkeypatch.setattr(protocol, "_laid", set())
    return tmp_path


def by_hand(depth, w, steps, d=8, batch=1200):
    inputs, targets = columns()
    rng = np.random.default_rng(0)
    start = [0.15 * rng.normal(size=(d, w)), 0.25 * rng.normal(size=(w, d)), 0.1 * rng.normal(size=(w, 1))]
    V, W, b = (torch.tensor(np.repeat(part[None], depth, axis=0), requires_grad=True) for part in start)
    head = torch.tensor(3 * rng.normal(size=(10, d)), requires_grad=True)
    optimizer = torch.optim.Adam([V, W, b, head], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        decay = 2e-2 / depth * sum((part**2).sum() for part in (V, W))
        smoothness = 1e-2 * depth * sum(((part[1:] - part[:-1]) ** 2).sum() for part in (V, W, b))
        last = residual_network(lambda n, y: perceptron(y, Layer(V[n], W[n], b[n])), inputs[:, :batch], depth)[-1]
        loss = torch.nn.functional.cross_entropy((head @ last).T, targets[:batch])
        (loss + decay + smoothness).backward()
        optimizer.step()
    return {"V": V.detach().numpy(), "W": W.detach().numpy(), "b": b.detach().numpy()}


def test_the_training_is_adam_in_full_batches_with_both_penalties():
    found = replace(PERCEPTRON, length=5)(QUICK, depth=3, width=4)
    for name, weights in by_hand(3, 4, 5).items():
        assert found[name].tobytes() == weights.tobytes(), name


def test_ten_digits_that_it_was_not_trained_on_are_kept_as_columns():
    found = replace(PERCEPTRON, length=1)(QUICK, depth=2, width=4)
    assert found["x0"].shape == (8, 10)
    assert found["x0"].tobytes() == np.ascontiguousarray(columns()[0][:, 1200:1210].numpy()).tobytes()


def test_the_table_has_the_accuracy(folder, monkeypatch):
    monkeypatch.setattr(trained_perceptron, "PERCEPTRON", replace(PERCEPTRON, length=20))
    accuracy = float(trained_perceptron.trained_weights(4, 6)["accuracy"])
    rows = tables.rows_of(tables.read(tables.place(folder, "discretization.distance.perceptron")))
    assert rows == [{"name": "accuracy", "measured": accuracy, "depth": 4, "width": 6}]
    assert 0.5 < accuracy <= 1
