"""The compiled fields against torch and its autograd."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from systems.bifurcations import kernels
from systems.bifurcations.kernels import AFFINE, AXES, PLAIN, net


def layers(P, net):
    """W (n x m) and b of every layer."""
    sizes = [net.inputs, *[net.width] * net.layers, net.outputs]
    found, at = [], 0
    for n, m in pairwise(sizes):
        found.append((P[at : at + n * m].view(int(n), int(m)), P[at + n * m : at + n * m + m]))
        at += n * m + m
    return found


def field(P, net, z, alpha):
    """The same in torch."""
    x = z if net.head == AFFINE else torch.cat([z, alpha[:, None]], dim=1)
    parts = layers(P, net)
    for W, b in parts[:-1]:
        x = torch.tanh(x @ W + b)
    o = x @ parts[-1][0] + parts[-1][1]
    if net.head == AFFINE:
        return o[:, : net.d] + alpha[:, None] * o[:, net.d :]
    return z * o if net.head == AXES else o


def loss(P, net, data, alpha, h, many):
    """The mean absolute error of Kutta's scheme over the blocks."""
    u, off = data[0], [torch.zeros_like(data[0])]
    for t in range(1, len(data)):
        for _ in range(many):
            k1 = field(P, net, u, alpha)
            k2 = field(P, net, u + h / 2 * k1, alpha)
            k3 = field(P, net, u + h / 2 * k2, alpha)
            k4 = field(P, net, u + h * k3, alpha)
            u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        off.append(u - data[t])
    return torch.stack(off).abs().mean()


def drawn(head, d=2, width=7, hidden=2, rows=3, T=4):
    rng = np.random.default_rng(5)
    made = net(d, width, hidden, head)
    return made, rng.normal(0, 0.4, made.parameters), rng.normal(size=(T, rows, d)), rng.uniform(0.5, 1.5, rows)


def rooms(made, data, many):
    rows = 4 * (len(data) - 1) * many * data.shape[1]
    return kernels.work(made, rows), kernels.work(made, rows)


def test_tanh_is_that_of_numpy_to_a_few_units():
    x = np.concatenate([np.linspace(-25, 25, 4001), [1e-300, -1e-9, 0.0, 1e-5, np.inf, -np.inf]])
    found = x.copy()
    kernels.tanh(found)
    assert np.all(abs(found - np.tanh(x)) <= 1e-14 * abs(np.tanh(x)))
    nothing = np.array([np.nan])
    kernels.tanh(nothing)
    assert not abs(nothing[0]) < 1  # what is no number does not become one that passes


@pytest.mark.parametrize("head", [PLAIN, AFFINE, AXES])
def test_a_field_is_that_of_torch(head):
    made, P, data, alpha = drawn(head)
    out, met = np.empty_like(data[0]), kernels.work(made, len(alpha))
    kernels.field((P, made), (data[0], alpha), met, 0, out)
    expected = field(torch.tensor(P), made, torch.tensor(data[0]), torch.tensor(alpha))
    assert out == pytest.approx(expected.numpy(), abs=1e-13)


@pytest.mark.parametrize("head", [PLAIN, AFFINE, AXES])
@pytest.mark.parametrize("many", [1, 3])
def test_the_gradient_through_blocks_is_that_of_autograd(head, many):
    made, P, data, alpha = drawn(head)
    grad = np.full_like(P, np.nan)
    found = kernels.blocks((P, made), data, alpha, (0.2, many), rooms(made, data, many), grad)
    leaf = torch.tensor(P, requires_grad=True)
    expected = loss(leaf, made, torch.tensor(data), torch.tensor(alpha), 0.2, many)
    expected.backward()
    assert found == pytest.approx(expected.item(), abs=1e-13)
    assert grad == pytest.approx(leaf.grad.numpy(), abs=1e-12)


def test_a_leak_is_what_passes_through_each_axis():
    made, P, _, _ = drawn(PLAIN)
    z = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 0.5], [1.0, 0.0], [3.0, 0.0], [0.2, 0.0]])
    across, alpha = np.array([0, 0, 0, 1, 1, 1]), np.linspace(0.6, 0.8, 6)
    grad = np.ones_like(P)
    found = kernels.leak((P, made), (z, alpha, across), 0.01, (kernels.work(made, 6), kernels.work(made, 6)), grad)
    leaf = torch.tensor(P, requires_grad=True)
    f = field(leaf, made, torch.tensor(z), torch.tensor(alpha))
    expected = 0.01 * (f[:3, 0].abs().mean() + f[3:, 1].abs().mean())
    expected.backward()
    assert found == pytest.approx(expected.item(), abs=1e-15)
    assert grad - 1 == pytest.approx(leaf.grad.numpy(), abs=1e-13)


def test_an_axis_that_is_built_in_does_not_leak():
    made, P, _, alpha = drawn(AXES)
    z = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 0.3]])
    out, met = np.empty_like(z), kernels.work(made, 3)
    kernels.field((P, made), (z, alpha), met, 0, out)
    assert out[0, 0] == out[1, 1] == out[2, 0] == 0


def test_orbits_are_what_the_blocks_compare():
    made, P, data, alpha = drawn(PLAIN)
    path = kernels.orbits((P, made), data[0], alpha, 0.2, 3, 3)
    told = np.concatenate([data[:1], path])
    assert abs(told - data).mean() == pytest.approx(
        kernels.blocks((P, made), data, alpha, (0.2, 3), rooms(made, data, 3), np.zeros_like(P)), abs=1e-14
    )
