r"""Trainings of latent ODEs and recurrent networks on spirals, all seeds at once, and what is measured at the end.

Of the public example: Adam at 1e-2 and 2000 steps.  Ours: batches of 50 in the place of all 1000 windows, which cost
twenty times as much, and a rate that falls to zero over the second half, since small batches end in noise otherwise.
Single precision and a tolerance of 1e-4 while training, which changes a gradient by a small part of what another batch
would (`tests/systems/adjoint/test_spirals.py`); double precision and the published 1.5e-8 at the end.  A seed whose
solver fails or that leaves the floats is stopped there: its last weights stand, and `stopped` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import cached, pick
from systems.adjoint.spirals.data import BEYOND, FIRST, SEEN, SHOWN, TRAINED_ON, Spirals, spirals
from systems.adjoint.spirals.models import LATENT as LATENTS
from systems.adjoint.spirals.models import start
from systems.adjoint.spirals.tasks import LATENT, Latent, Recurrent, by_mean_gaps, modelled, shapes
from systems.training.ensemble import Adam, data_orders, train

torch.set_num_threads(1)
SEEDS = 12
EPOCHS = pick(full=100, paper=400)
RATE, BATCH, TOL = 1e-2, 50, 1e-4


class Sequences:
    """The ensemble that `systems.training.ensemble.train` trains; a seed that fails goes back one step and
    stays there.
    """

    def __init__(
        self, model: Latent | Recurrent, weights: Sequence[Tensor], seeds: Sequence[int], optimiser: Adam
    ) -> None:
        self.model, self.weights, self.optimiser, self.rate = model, weights, optimiser, RATE
        self.alive = np.ones(len(seeds), dtype=bool)
        self.rngs = [np.random.default_rng([FIRST + seed, 6]) for seed in seeds]
        self.last, self.before = np.zeros(len(seeds)), [w.clone() for w in weights]

    @property
    def parameters(self) -> Sequence[Tensor]:
        return self.weights

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        leaves = [w.detach().requires_grad_() for w in self.weights]
        draws = torch.tensor(np.stack([rng.normal(size=(batch.shape[1], LATENTS)) for rng in self.rngs]))
        with torch.enable_grad():
            losses = self.model.losses(leaves, torch.from_numpy(batch), draws.to(leaves[0].dtype))
            slopes = torch.autograd.grad(losses.sum(), leaves)
        fit = torch.isfinite(losses.detach())
        for slope in slopes:
            fit &= torch.isfinite(slope).flatten(1).all(dim=1)
        self.alive &= fit.numpy()
        keep = torch.tensor(self.alive).view(-1, 1, 1)
        for slot, w, old, slope in zip(into, self.weights, self.before, slopes, strict=True):
            slot.copy_(torch.where(keep, slope, torch.zeros_like(slope)))
            w.copy_(torch.where(keep, w, old))
            old.copy_(w)
        self.optimiser.lr = self.rate * self.alive
        self.last = np.where(self.alive, losses.detach().double().numpy(), self.last)
        return self.last.copy()


@cached
def trained(name: str, n: int, noise: float, law: str, epochs: int, seeds: int) -> dict[str, Any]:
    """Weights, seeds x P; losses, epochs x seeds; the RMSE beyond at eight times; and what is `measured`."""
    members = list(range(seeds))
    data, tests = zip(*(spirals(seed, n, noise, law) for seed in members), strict=True)
    weights = start(shapes(name), [FIRST + e for e in members], torch.float32)
    ensemble = Sequences(modelled(name, data, noise, torch.float32, TOL), weights, members, optimiser := Adam(RATE))
    asked = modelled(name, tests, noise, torch.float32, TOL)
    curve, marks = [], [epochs * k // 8 for k in range(1, 9)]

    def after(epoch: int) -> None:
        ensemble.rate = RATE * min(1.0, 2 * (epochs - epoch) / epochs)
        if epoch in marks:
            curve.append(rmse(asked.told(weights).double().numpy()[:, -BEYOND:] - points(tests)[:, SEEN:]))

    torch.set_flush_denormal(True)  # gradients that fade over a hundred steps pass through numbers that are slow
    try:
        orders = data_orders([FIRST + e for e in members], TRAINED_ON)
        losses = train(ensemble, optimiser, orders=orders, epochs=epochs, batch=BATCH, after=after,
                       label=f"{name}, {n} points, noise {noise:g}")  # fmt: skip
    finally:
        torch.set_flush_denormal(False)
    flat = torch.cat([w.flatten(1) for w in weights], dim=1).numpy()
    found = {"weights": flat, "loss": losses, "curve": np.array(curve), "marks": np.array(marks)}
    return {**found, "stopped": ~ensemble.alive, **measured(name, flat, tests, noise, law)}


def rebuilt(name: str, weights: np.ndarray) -> list[Tensor]:
    """The parameters in double precision from seeds x P."""
    made, at = [], 0
    for p, q in shapes(name):
        for rows in (p, 1):
            made.append(torch.tensor(weights[:, at : at + rows * q], dtype=torch.float64).view(-1, rows, q))
            at += rows * q
    return made


# ---------------------------------------------------------------- at the end


def points(data: Sequence[Spirals], which: str = "clean") -> np.ndarray:
    """All points of all windows, seeds x 200 x N x 2."""
    return np.stack([getattr(d, which) for d in data]).transpose(0, 2, 1, 3)


def rmse(error: np.ndarray) -> np.ndarray:
    """(mean of squares over points, windows and coordinates)^{1/2}, one a seed, of errors seeds x T x N x 2."""
    return np.sqrt(np.square(error).mean(axis=(1, 2, 3)))


def measured(name: str, weights: np.ndarray, tests: Sequence[Spirals], noise: float, law: str) -> dict[str, Any]:
    """Errors on the 200 windows left out, one a seed; in the 100 points beyond unless the name says otherwise."""
    parameters, model = rebuilt(name, weights), modelled(name, tests, noise)
    told, clean = model.told(parameters).numpy(), points(tests)
    error = told[:, -BEYOND:] - clean[:, SEEN:]
    apart = np.sqrt(np.square(error).mean(axis=(1, 3)))  # one a window
    turns = np.stack([d.clockwise for d in tests])
    found = {
        "clean": rmse(error),
        "noisy": rmse(told[:, -BEYOND:] - points(tests, "noisy")[:, SEEN:]),
        "mean of windows": apart.mean(axis=1),
        "median window": np.median(apart, axis=1),
        "clockwise": np.sqrt((apart**2 * turns).mean(axis=1) * 2),
        "counter-clockwise": np.sqrt((apart**2 * ~turns).mean(axis=1) * 2),
        "by time": np.sqrt(np.square(error).mean(axis=(2, 3))),
        "some windows": told[:, :, :8],
    }
    if name in LATENT:
        assert isinstance(model, Latent)
        rngs = [np.random.default_rng([FIRST + seed, 7]) for seed in range(len(tests))]
        draws = torch.tensor(np.stack([rng.normal(size=(turns.shape[1], 4)) for rng in rngs]))
        found["within"] = rmse(told[:, :SEEN] - clean[:, :SEEN])
        found["from a draw"] = rmse(model.told(parameters, draws).numpy()[:, SEEN:] - clean[:, SEEN:])
    else:
        index = np.stack([d.index for d in tests]).transpose(0, 2, 1)[:, 1:, :, None]
        found["one step ahead"] = rmse(told[:, : index.shape[1]] - np.take_along_axis(clean, index, axis=1))
        if name == "RNN":
            found["by mean gaps"] = rmse(by_mean_gaps(told, tests) - clean[:, SEEN:])
    if law == "half shown":
        at = np.stack([d.start for d in tests])[:, None] + np.arange(SEEN, SEEN + BEYOND)[:, None]
        square = np.square(error).mean(axis=3)
        for key, part in (("shown", at <= SHOWN), ("not shown", at > SHOWN)):
            found[key] = np.sqrt((square * part).sum(axis=(1, 2)) / part.sum(axis=(1, 2)))
    return found
