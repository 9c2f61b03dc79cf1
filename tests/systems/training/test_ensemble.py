"""The ensemble engine: its gradients against autograd, its members against lone runs, its sweeps against each other."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn

from systems.generalization.kernels import PENALTIES, penalty
from systems.generalization.residual_networks import Data, ResidualNetworks
from systems.training.ensemble import SGD, Adam, Autograd, data_orders, of_modules, train

MEMBERS, INPUTS, WIDTH, CLASSES, EXAMPLES = 3, 7, 5, 4, 23


def weights(members=MEMBERS, layers=6, dtype=torch.float64):
    """A, W, C; those of a member do not depend on how many there are."""
    made = []
    for e in range(members):
        rng = np.random.default_rng([e, 17])
        made.append([rng.normal(size=size) for size in ((WIDTH, INPUTS), (layers, WIDTH, WIDTH), (CLASSES, WIDTH))])
    return [torch.tensor(np.stack(parts), dtype=dtype) for parts in zip(*made, strict=True)]


def data(dtype=torch.float64):
    rng = np.random.default_rng(5)
    x = torch.tensor(rng.random((EXAMPLES, INPUTS)), dtype=dtype)
    return Data(x, torch.tensor(rng.integers(0, CLASSES, EXAMPLES)))


def plainly(A, W, C, rows, shown, depth, kind="none", weight=0.0):
    """One member's loss and penalty as torch writes them, for autograd."""
    h = A @ shown.x[rows].T
    for k in range(depth):
        h = h + W[k if len(W) > 1 else 0] @ torch.relu(h) / depth
    loss = nn.functional.cross_entropy((C @ h).T, shown.labels[rows])
    return loss, weight * penalised(W, kind)


def penalised(W, kind):
    differences = (W[1:] - W[:-1]).flatten(1)
    if kind.endswith("-abs"):
        differences, kind = differences.abs(), kind.removesuffix("-abs")
    return {
        "none": lambda: torch.zeros((), dtype=W.dtype),
        "frobenius": lambda: differences.square().sum().sqrt(),
        "two-max": lambda: torch.linalg.norm(differences.amax(dim=1)),
        "max-max": lambda: differences.max(),
    }[kind]()


def batch(rows=9, members=MEMBERS):
    return np.stack([np.random.default_rng([e, 3]).permutation(EXAMPLES)[:rows] for e in range(members)])


# ---------------------------------------------------------------- losses and gradients


@pytest.mark.parametrize("kind", PENALTIES)
@pytest.mark.parametrize("segment", [1, 4, 6])
def test_gradients_are_those_of_autograd(kind, segment):
    A, W, C = weights()
    factors = [0.3, -0.2, 1.5]
    networks = ResidualNetworks(
        A, W, C, data(), projections=True, penalties=[kind] * MEMBERS, weights=factors, segment=segment
    )
    into = [torch.full_like(p, torch.nan) for p in networks.parameters]
    losses = networks.gradients(batch(), into)
    for e in range(MEMBERS):
        leaves = [p[e].clone().requires_grad_() for p in (W, A, C)]
        loss, extra = plainly(leaves[1], leaves[0], leaves[2], batch()[e], data(), 6, kind, factors[e])
        slopes = torch.autograd.grad(loss + extra, leaves)
        assert abs(loss.item() - losses[e]) < 1e-13
        for ours, theirs in zip(into, slopes, strict=True):
            torch.testing.assert_close(ours[e], theirs, rtol=1e-12, atol=1e-14)


def test_gradients_of_tied_weights_are_those_of_autograd():
    A, W, C = weights(layers=1)
    networks = ResidualNetworks(A, W, C, data(), depth=7, segment=3)
    into = [torch.full_like(W, torch.nan)]
    networks.gradients(batch(), into)
    for e in range(MEMBERS):
        leaf = W[e].clone().requires_grad_()
        loss, _ = plainly(A[e], leaf, C[e], batch()[e], data(), 7)
        torch.testing.assert_close(into[0][e], torch.autograd.grad(loss, leaf)[0], rtol=1e-12, atol=1e-14)


def test_activations_kept_or_made_anew_give_the_same_bits():
    found = []
    for segment in (1, 2, 5, 6):
        networks = ResidualNetworks(*weights(dtype=torch.float32), data(torch.float32), segment=segment)
        into = [torch.empty_like(networks.W)]
        networks.gradients(batch(), into)
        found.append(into[0].numpy().tobytes())
    assert len(set(found)) == 1


def test_losses_do_not_depend_on_the_size_of_the_blocks():
    networks = ResidualNetworks(*weights(), data())
    one, right = networks.losses(data(), block=EXAMPLES)
    for block in (1, 7, 64):
        other, same = networks.losses(data(), block=block)
        assert np.allclose(one, other, rtol=1e-13)
        assert np.array_equal(right, same)
    for e in range(MEMBERS):
        loss, _ = plainly(networks.A[e], networks.W[e], networks.C[e], np.arange(EXAMPLES), data(), 6)
        assert abs(loss.item() - one[e]) < 1e-13


@pytest.mark.parametrize("kind", ["two-max", "max-max"])
def test_a_one_sided_penalty_sees_no_decrease_but_the_smallest(kind):
    falling = -np.arange(4.0)[:, None] * np.array([1.0, 3.0])  # the entries fall by 1 and by 3 a layer
    slopes = np.zeros_like(falling)
    one_sided = penalty(falling, PENALTIES[kind], slopes, 1.0)
    two_sided = penalty(falling, PENALTIES[f"{kind}-abs"], np.zeros_like(falling), 1.0)
    root = np.sqrt(3) if kind == "two-max" else 1
    assert one_sided == pytest.approx(root if kind == "two-max" else -1)
    assert two_sided == pytest.approx(3 * root)
    assert not slopes[:, 1].any()


def test_equal_layers_have_no_penalty_and_no_gradient():
    equal = np.ones((4, 6))
    for kind in PENALTIES.values():
        slopes = np.zeros_like(equal)
        assert penalty(equal, kind, slopes, 1.0) == 0
        assert not np.isnan(slopes).any()


# ---------------------------------------------------------------- optimisers


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adam(lr=[0.1, 0.02, 0.003], beta1=[0.9, 0.8, 0.5], beta2=0.99, eps=1e-6, decay=[0, 0.1, 1]), torch.optim.Adam),
        (SGD(lr=[0.1, 0.02, 0.003], momentum=[0, 0.9, 0.5], decay=[0, 0.1, 1]), torch.optim.SGD),
    ],
)
def test_optimisers_are_those_of_torch_with_other_numbers_for_each_member(ours, theirs):
    start = torch.tensor(np.random.default_rng(1).normal(size=(3, 4, 2)))
    mine, leaves = start.clone(), [member.clone().requires_grad_() for member in start]

    def given(e):
        at = {name: np.broadcast_to(getattr(ours, name), 3)[e].item() for name in ("lr", "decay")}
        if isinstance(ours, SGD):
            return {"lr": at["lr"], "weight_decay": at["decay"], "momentum": [0, 0.9, 0.5][e]}
        return {"lr": at["lr"], "weight_decay": at["decay"], "betas": ([0.9, 0.8, 0.5][e], 0.99), "eps": 1e-6}

    optimisers = [theirs([leaf], **given(e)) for e, leaf in enumerate(leaves)]
    for step in range(20):
        slope = torch.cos(torch.arange(24).reshape(3, 4, 2) + step) * start
        ours.step([mine], [slope])
        for leaf, optimiser, one in zip(leaves, optimisers, slope, strict=True):
            leaf.grad = one.clone()
            optimiser.step()
    torch.testing.assert_close(mine, torch.stack([leaf.detach() for leaf in leaves]), rtol=1e-12, atol=1e-13)


def test_a_hyper_parameter_of_the_wrong_length_is_named():
    with pytest.raises(ValueError, match=r"lr has shape \(2,\) for 3 members"):
        Adam(lr=[0.1, 0.2]).step([torch.zeros(3, 4)], [torch.zeros(3, 4)])


def test_a_parameter_that_is_not_contiguous_is_refused():
    with pytest.raises(ValueError, match=r"\(4, 3\) is not contiguous"):
        SGD().step([torch.zeros(3, 4).T], [torch.zeros(4, 3)])


# ---------------------------------------------------------------- members and lone runs


def trained(members, epochs=3, dtype=torch.float32):
    """The weights of some members after training together; each has its own rate, penalty, start and data order."""
    A, W, C = (p[members].clone() for p in weights(4, dtype=dtype))
    kinds, factors = ["none", "frobenius", "two-max", "max-max-abs"], [0, 0.1, 0.5, -0.2]
    rates = [0.02, 0.01, 0.1, 0.05]
    networks = ResidualNetworks(
        A, W, C, data(dtype), projections=True, segment=4,
        penalties=[kinds[e] for e in members], weights=[factors[e] for e in members],
    )  # fmt: skip
    losses = train(
        networks, Adam(lr=[rates[e] for e in members]), orders=data_orders(members, EXAMPLES), epochs=epochs, batch=8
    )
    return [p.numpy() for p in networks.parameters], losses


@pytest.mark.parametrize("group", [[0, 1, 2, 3], [3, 1], [2, 0, 1]])
def test_a_member_gets_the_bits_of_a_lone_run_whoever_stands_beside_it(group):
    together, losses = trained(group)
    for place, e in enumerate(group):
        alone, loss = trained([e])
        assert loss[:, 0].tobytes() == losses[:, place].tobytes()
        for ours, theirs in zip(together, alone, strict=True):
            assert ours[place].tobytes() == theirs[0].tobytes()


def test_training_is_that_of_a_plain_loop_to_rounding():
    (W, A, C), losses = trained([1], dtype=torch.float64)
    leaves = [p[1].clone().requires_grad_() for p in weights(4)]
    optimiser = torch.optim.Adam(leaves, lr=0.01)
    for epoch, order in enumerate(islice(data_orders([1], EXAMPLES), 3)):
        total = 0.0
        for rows in np.split(order[0], [8, 16]):
            loss, extra = plainly(*leaves, rows, data(), 6, "frobenius", 0.1)
            optimiser.zero_grad()
            (loss + extra).backward()
            optimiser.step()
            total += loss.item() * len(rows)
        assert losses[epoch, 0] == pytest.approx(total / EXAMPLES, rel=1e-10)
    for ours, theirs in zip((A, W, C), leaves, strict=True):
        np.testing.assert_allclose(ours[0], theirs.detach().numpy(), rtol=1e-8, atol=1e-10)


def test_a_member_that_diverges_disturbs_no_other():
    A, W, C = weights(2, dtype=torch.float32)
    W[1] = torch.nan
    networks = ResidualNetworks(A, W, C, data(torch.float32))
    losses = train(networks, Adam(), orders=data_orders([0, 1], EXAMPLES), epochs=2, batch=8)
    alone = ResidualNetworks(*(p[:1] for p in weights(2, dtype=torch.float32)), data(torch.float32))
    lone = train(alone, Adam(), orders=data_orders([0], EXAMPLES), epochs=2, batch=8)
    assert np.isnan(losses[:, 1]).all()
    assert losses[:, 0].tobytes() == lone[:, 0].tobytes()


# ---------------------------------------------------------------- autograd as the fallback


def linear_losses(parameters, rows):
    w, b = parameters
    x = torch.linspace(-1, 1, EXAMPLES, dtype=w.dtype)[rows]
    return ((w * x + b - torch.sin(3 * x)) ** 2).mean(dim=1)


def linear(members, epochs=4):
    start = torch.tensor([[[0.1 * e]] for e in range(4)], dtype=torch.float64)[members]
    ensemble = Autograd([start[:, 0].clone(), -start[:, 0]], linear_losses)
    rates = [[0.1, 0.2, 0.05, 0.3][e] for e in members]
    losses = train(ensemble, SGD(lr=rates, momentum=0.9), orders=data_orders(members, EXAMPLES), epochs=epochs, batch=6)
    return torch.cat([*ensemble.parameters], dim=1).numpy(), losses


def test_autograd_ensembles_train_each_member_as_alone():
    together, losses = linear([0, 1, 2, 3])
    for e in range(4):
        alone, loss = linear([e])
        np.testing.assert_allclose(alone[0], together[e], rtol=1e-13)
        np.testing.assert_allclose(loss[:, 0], losses[:, e], rtol=1e-13)
    assert (losses[-1] < losses[0]).all()


def test_modules_become_an_ensemble_and_train_like_modules():
    torch.manual_seed(0)
    modules = [nn.Sequential(nn.Linear(INPUTS, 6), nn.Tanh(), nn.Linear(6, CLASSES)).double() for _ in range(3)]
    shown = data()

    def loss(module, rows):
        return nn.functional.cross_entropy(module(shown.x[rows]), shown.labels[rows])

    ensemble = of_modules(modules, loss)
    train(ensemble, SGD(lr=[0.1, 0.2, 0.3]), orders=data_orders([0, 1, 2], EXAMPLES), epochs=2, batch=10)
    for e, module in enumerate(modules):
        optimiser = torch.optim.SGD(module.parameters(), lr=0.1 * (e + 1))
        for order in islice(data_orders([e], EXAMPLES), 2):
            for rows in np.split(order[0], [10, 20]):
                optimiser.zero_grad()
                loss(module, rows).backward()
                optimiser.step()
        for ours, (_, theirs) in zip(ensemble.parameters, module.named_parameters(), strict=True):
            torch.testing.assert_close(ours[e], theirs.detach(), rtol=1e-10, atol=1e-12)


def test_a_loss_that_is_not_one_a_member_is_refused():
    ensemble = Autograd([torch.zeros(3, 1)], lambda parameters, rows: parameters[0].sum())
    with pytest.raises(ValueError, match=r"losses of shape \(\) for 3 members"):
        ensemble.gradients(batch(), [torch.zeros(3, 1)])


# ---------------------------------------------------------------- what is refused


def test_shapes_that_do_not_fit_are_named():
    A, W, C = weights()
    with pytest.raises(ValueError, match="at depth 9 do not fit"):
        ResidualNetworks(A, W, C, data(), depth=9)
    with pytest.raises(ValueError, match="one dtype"):
        ResidualNetworks(A, W.float(), C, data())
    with pytest.raises(ValueError, match=r"unknown: \['frobenious'\]"):
        ResidualNetworks(A, W, C, data(), penalties=["none", "none", "frobenious"])
    with pytest.raises(ValueError, match="1 factors of penalties for 3 members"):
        ResidualNetworks(A, W, C, data(), weights=[1.0])
    with pytest.raises(ValueError, match="labels reach 3, C has 2 classes"):
        ResidualNetworks(A, W, C[:, :2], data())
    with pytest.raises(ValueError, match=r"orders for 2 members, parameters for \[3\]"):
        train(ResidualNetworks(A, W, C, data()), Adam(), orders=data_orders([0, 1], EXAMPLES), epochs=1, batch=8)
    with pytest.raises(ValueError, match="epochs=0 and batch=8"):
        train(ResidualNetworks(A, W, C, data()), Adam(), orders=data_orders([0, 1, 2], EXAMPLES), epochs=0, batch=8)
