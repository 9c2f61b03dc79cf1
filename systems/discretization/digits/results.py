"""The networks trained on digits, as claims and figures ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch

from gronwall import pick
from gronwall.efforts import Effort
from systems.discretization.digits.data import TRAINED_ON, columns
from systems.discretization.digits.models import Networks, cross_entropy
from systems.discretization.digits.training import trained
from systems.training.protocol import Experiment, Run, Seeds, Table

QUARTERS = 4


def told(table: Table, found: Mapping[str, Any], run: Run, **setting: Any) -> None:
    """Test error and test loss of every seed; the median weights against depth, five times during training."""
    for seed, error, loss in zip(run.seeds, found["error"], found["loss"], strict=True):
        table.add("test error", measured=error, seed=seed)
        table.add("test loss", measured=loss, seed=seed)
    for quarter in range(QUARTERS + 1):
        epoch = round(quarter * run.length / QUARTERS)
        table.array("weights against depth during training", np.median(found["rough"][epoch], axis=1), epoch=epoch)


TRAINING = Experiment(
    "discretization.digits.training",
    train=trained,
    tell=told,
    length=pick(quick=10, full=40),
    seeds=Seeds(0, pick(quick=8, full=16)),
)
"""Setting: scheme, gradient, depth, ends; epochs of 800 digits."""

SEEDS = TRAINING.seeds.count
"""As many replicates as there are seeds."""

SCHEMES = ("euler", "heun")
DEPTHS = pick(quick=[2, 4, 8, 16], full=[2, 4, 8, 16, 32, 64])


def networks(scheme: str, gradient: str, depth: int, effort: Effort, ends: float = 1.0) -> dict[str, Any]:
    """The trained networks of an effort."""
    return TRAINING(effort, scheme=scheme, gradient=gradient, depth=depth, ends=float(ends))


def errors_by_depth(effort: Effort, gradient: str) -> dict[tuple[str, int], np.ndarray]:
    """Test errors in %, one a seed, by scheme and depth: those of the figure."""
    return {
        (scheme, depth): networks(scheme, gradient, depth, effort)["error"]
        for scheme in SCHEMES
        for depth in DEPTHS.at(effort)
    }


def outputs(made: Mapping[str, Any], scheme: str) -> np.ndarray:
    """The logits on the digits left out, S x 10 x 997."""
    x, _ = columns()
    with torch.no_grad():
        shown = x[:, TRAINED_ON:].expand(len(made["H"]), -1, -1)
        return _rebuilt(made).logits(shown, scheme, "backpropagation").numpy()


@cache
def apart(scheme: str, gradient: str, depth: int, effort: Effort) -> np.ndarray:
    """The root mean square by which training with this gradient changes the logits of backpropagation's nets, S."""
    ours, theirs = (outputs(networks(scheme, g, depth, effort), scheme) for g in (gradient, "backpropagation"))
    return np.sqrt(((ours - theirs) ** 2).mean(axis=(1, 2)))


@cache
def gradient_errors(
    scheme: str, depth: int, effort: Effort, gradient: str = "memory-free", ends: float = 1.0
) -> np.ndarray:
    """mean((g − g̃)²)/mean(g²) on 256 digits: V, W, b x N x S, for networks that backpropagation trained.

    g is the gradient of one parameter tensor by backpropagation, g̃ that by another pass.
    """
    made, (x, labels) = networks(scheme, "backpropagation", depth, effort, ends), columns()
    found = []
    for name in ("backpropagation", gradient):
        nets = _rebuilt(made)
        logits = nets.logits(x[:, :256].expand(len(nets.H), -1, -1), scheme, name)
        found.append(torch.autograd.grad(cross_entropy(logits, labels[:256]).sum(), (nets.V, nets.W, nets.b)))
    return np.array(
        [(((a - b) ** 2).mean((-2, -1)) / (a**2).mean((-2, -1))).T.numpy() for a, b in zip(*found, strict=True)]
    )


def per_seed(scheme: str, depth: int, effort: Effort, gradient: str = "memory-free", ends: float = 1.0) -> np.ndarray:
    """mean((g − g̃)²)/mean(g²), the median over V, W, b of all layers, one a seed."""
    return np.median(gradient_errors(scheme, depth, effort, gradient, ends), axis=(0, 1))


def _rebuilt(made: Mapping[str, Any]) -> Networks:
    return Networks(*(torch.tensor(made[name], requires_grad=True) for name in "HcVWb"))
