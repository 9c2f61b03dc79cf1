r"""Trainings of the digit models, one seed after another: convolutions dominate, so nothing is won by batching seeds.

The data are scikit-learn's 1797 digits of 8×8 pixels in the place of MNIST; every seed has a split of its own, 600 to
train on and 1197 left out, so that an error of five percent, 60 digits, is known within an eighth.  Loss, optimiser and
schedule are those of the public example at a share of its length: cross entropy, SGD with momentum 0.9, a learning rate
of 0.1 divided by ten at 3/8, 5/8, 7/8 of the epochs; batches of 50; no augmentation.  Batch and epochs were chosen on
seeds 100 and 101, which no claim uses, as the fewest with which every model but the one without a block ends at a small
training loss.  The error is that of the last epoch, where the example keeps the best epoch by its test error.  A seed
whose loss leaves the floats or whose solver gives up is stopped there, with the weights and counts it had, and
`stopped` says so.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

from gronwall import cached, pick
from systems.adjoint.digits.models import ODEBlock, network, ode_block
from systems.training.ensemble import Progress, data_orders

FIRST, SEEDS = 8, 8
"""A replicate e has the seed 8 + e: margins of the comparisons were chosen after the seeds 0 to 7.
With eight, the 99 % interval of a median reaches from the smallest to the largest value."""
EPOCHS = pick(full=24, paper=160)
TRAIN, BATCH = 600, 50
UNDECIDED = 0.5
"""Added to the digits that are wrong before ratios are taken, since none may be."""


@cache
def digits(seed: int) -> tuple[Tensor, Tensor]:
    """Images 1797 x 1 x 8 x 8 in [0, 1] and labels, in an order of this seed: the first 600 are trained on."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng([FIRST + seed, 4]).permutation(len(labels))
    return torch.tensor(images[order] / 16, dtype=torch.float32).view(-1, 1, 8, 8), torch.tensor(labels[order])


def fresh(name: str, seed: int) -> nn.Sequential:
    """The network with torch's initialisation from this seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(FIRST + seed)
        return network(name)


def wrong(model: nn.Module, seed: int) -> int:
    """How many of the 1197 digits left out the model gets wrong; all of them where its solver gives up."""
    x, y = digits(seed)
    with torch.no_grad():
        try:
            return int((model(x[TRAIN:]).argmax(dim=1) != y[TRAIN:]).sum())
        except AssertionError:
            return len(y) - TRAIN


def calls(model: nn.Module) -> int:
    """Evaluations of the field so far; none in a model without one."""
    return ode_block(model).field.calls if any(isinstance(part, ODEBlock) for part in model.modules()) else 0


def one_step(model: nn.Module, optimiser: torch.optim.SGD, x: Tensor, y: Tensor) -> tuple[float, int, int]:
    """Loss and evaluations forwards and backwards of a step on a batch.

    Raises FloatingPointError, before anything has changed, where the loss or its gradient leaves the floats, and
    AssertionError where torchdiffeq's step underflows.
    """
    optimiser.zero_grad()
    start = calls(model)
    loss = F.cross_entropy(model(x), y)
    there = calls(model)
    loss.backward()  # type: ignore[no-untyped-call]
    back = calls(model)
    if not all(torch.isfinite(part).all() for part in (loss, *(p.grad for p in model.parameters()))):
        raise FloatingPointError(f"a loss of {loss.item()} or a gradient that is not finite")
    optimiser.step()
    return loss.item(), there - start, back - there


@cached
def trained(name: str, epochs: int, seeds: int = SEEDS) -> dict[str, Any]:
    """One model: loss, forward, backward (means over an epoch's batches, epochs x seeds), wrong, stopped, weights."""
    found: dict[str, list[Any]] = {key: [] for key in ("curves", "wrong", "stopped", "weights")}
    with Progress(seeds, f"digits, {name}") as progress:
        for seed in range(seeds):
            model = fresh(name, seed)
            curves, stopped = train_one(model, seed, epochs)
            weights = torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()
            for key, value in zip(found, (curves, wrong(model, seed), stopped, weights), strict=True):
                found[key].append(value)
            progress.at(seed + 1)
    loss, forward, backward = np.array(found.pop("curves")).transpose(2, 1, 0)
    return {**found, "loss": loss, "forward": forward, "backward": backward}


def train_one(model: nn.Module, seed: int, epochs: int) -> tuple[np.ndarray, bool]:
    """Trains in place; epochs x (loss, forward, backward), and whether it was stopped."""
    x, y = digits(seed)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    steps = [round(epochs * share) for share in (3 / 8, 5 / 8, 7 / 8)]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, steps)
    orders, curves = data_orders([seed], TRAIN), np.full((epochs, 3), np.nan)
    for epoch in range(epochs):
        rows = torch.tensor(next(orders)[0]).split(BATCH)
        try:
            curves[epoch] = np.mean([one_step(model, optimiser, x[some], y[some]) for some in rows], axis=0)
        except (AssertionError, FloatingPointError):
            curves[epoch:] = curves[epoch - 1] if epoch else np.nan
            return curves, True
        schedule.step()
    return curves, False


def rebuilt(name: str, weights: np.ndarray, **solver: Any) -> nn.Sequential:
    """The network with one seed's weights, in float64."""
    model = network(name, **solver)
    torch.nn.utils.vector_to_parameters(torch.tensor(weights), model.parameters())
    return model.double()


@cache
def run(name: str, effort: Any) -> dict[str, Any]:
    """The training of an effort."""
    found: dict[str, Any] = trained(name, EPOCHS.at(effort))
    return found


def error(name: str, replicate: int, effort: Any) -> float:
    """The share of the digits left out that are wrong, with half a digit more."""
    found = run(name, effort)
    return (float(found["wrong"][replicate]) + UNDECIDED) / (1797 - TRAIN)
