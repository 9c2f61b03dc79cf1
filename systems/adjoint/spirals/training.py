r"""Trainings of latent ODEs and recurrent networks on spirals, all seeds at once, and what is measured at the end.

Of the public example: Adam at 1e-2 and 2000 steps.  Ours: batches of 50 in the place of all 1000 windows, which cost
twenty times as much, and a rate that falls to zero over the second half, since small batches end in noise otherwise.
Single precision and a tolerance of 1e-4 while training, which changes a gradient by a small part of what another batch
would (`tests/systems/adjoint/test_spirals.py`); double precision and the published 1.5e-8 at the end.  A seed whose
solver fails or that leaves the floats is stopped there: its last weights stand, and `stopped` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import pick
from systems.adjoint.spirals.data import BEYOND, NOISE, SEEDS, SEEN, SHOWN, TRAINED_ON, Spirals, spirals
from systems.adjoint.spirals.models import LATENT as LATENTS
from systems.adjoint.spirals.models import start
from systems.adjoint.spirals.tasks import LATENT, Latent, Recurrent, by_mean_gaps, modelled, shapes
from systems.adjoint.stoppable import Stoppable
from systems.training.ensemble import Adam, data_orders, train
from systems.training.protocol import Experiment, Run, Table

STREAMS = {"draws": 6, "draws at the end": 7}
EPOCHS = pick(full=100, paper=400)
RATE, BATCH, TOL = 1e-2, 50, 1e-4


def losses_of(model: Latent | Recurrent, run: Run) -> Callable[[Sequence[Tensor], np.ndarray], Tensor]:
    """The losses of all seeds on their batches, each with its own draws from q(z_0)."""
    rngs = [run.stream(seed, "draws") for seed in run.seeds]

    def losses(leaves: Sequence[Tensor], batch: np.ndarray) -> Tensor:
        draws = torch.tensor(np.stack([rng.normal(size=(batch.shape[1], LATENTS)) for rng in rngs]))
        return model.losses(leaves, torch.from_numpy(batch), draws.to(leaves[0].dtype))

    return losses


def trained(run: Run, system: str, n: int, noise: float = NOISE, law: str = "released") -> dict[str, Any]:
    """Weights, seeds x P; losses, epochs x seeds; the RMSE beyond at eight times; and what is `measured`."""
    data, tests = zip(*(spirals(seed, n, noise, law) for seed in run.seeds), strict=True)
    weights, optimiser, epochs = start(shapes(system), run.seeds, torch.float32), Adam(RATE), run.length
    members = Stoppable(losses_of(modelled(system, data, noise, torch.float32, TOL), run), weights, optimiser)
    asked = modelled(system, tests, noise, torch.float32, TOL)
    curve, marks = [], [epochs * k // 8 for k in range(1, 9)]

    def after(epoch: int) -> None:
        members.rate = RATE * min(1.0, 2 * (epochs - epoch) / epochs)
        if epoch in marks:
            curve.append(rmse(asked.told(weights).double().numpy()[:, -BEYOND:] - points(tests)[:, SEEN:]))

    torch.set_flush_denormal(True)  # gradients that fade over a hundred steps pass through numbers that are slow
    try:
        orders = data_orders(run.seeds, TRAINED_ON)
        losses = train(
            members, optimiser, orders=orders, epochs=epochs, batch=BATCH, after=after, progress=run.progress
        )
    finally:
        torch.set_flush_denormal(False)
    flat = torch.cat([w.flatten(1) for w in weights], dim=1).numpy()
    found = {"weights": flat, "loss": losses, "curve": np.array(curve), "marks": np.array(marks)}
    return {**found, "stopped": members.rule.stopped, **measured(run, flat, system, tests, noise, law)}


def rebuilt(system: str, weights: np.ndarray) -> list[Tensor]:
    """The parameters in double precision from seeds x P."""
    made, at = [], 0
    for p, q in shapes(system):
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


def measured(
    run: Run, weights: np.ndarray, system: str, tests: Sequence[Spirals], noise: float, law: str
) -> dict[str, Any]:
    """Errors on the 200 windows left out, one a seed; in the 100 points beyond unless the key says otherwise."""
    parameters, model = rebuilt(system, weights), modelled(system, tests, noise)
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
    if system in LATENT:
        assert isinstance(model, Latent)
        rngs = [run.stream(seed, "draws at the end") for seed in run.seeds]
        draws = torch.tensor(np.stack([rng.normal(size=(turns.shape[1], 4)) for rng in rngs]))
        found["within"] = rmse(told[:, :SEEN] - clean[:, :SEEN])
        found["from a draw"] = rmse(model.told(parameters, draws).numpy()[:, SEEN:] - clean[:, SEEN:])
    else:
        index = np.stack([d.index for d in tests]).transpose(0, 2, 1)[:, 1:, :, None]
        found["one step ahead"] = rmse(told[:, : index.shape[1]] - np.take_along_axis(clean, index, axis=1))
        if system == "RNN":
            found["by mean gaps"] = rmse(by_mean_gaps(told, tests) - clean[:, SEEN:])
    if law == "half shown":
        at = np.stack([d.start for d in tests])[:, None] + np.arange(SEEN, SEEN + BEYOND)[:, None]
        square = np.square(error).mean(axis=3)
        for key, part in (("shown", at <= SHOWN), ("not shown", at > SHOWN)):
            found[key] = np.sqrt((square * part).sum(axis=(1, 2)) / part.sum(axis=(1, 2)))
    return found


# ---------------------------------------------------------------- what is shown


def told(table: Table, found: Any, run: Run, *, system: str, n: int, noise: float, law: str) -> None:
    """Median and quartiles over the seeds of all that was measured, the learning curves, and some windows.

    "settling" is by what factor the error still fell in the last eighth of the training.
    """
    table.add("stopped", measured=float(found["stopped"].sum()))
    for key, values in found.items():
        if key not in ("stopped", "marks") and values.shape == (len(run.seeds),):
            table.quartiles("table", values, key=key)
    table.add("settling", measured=float(np.median(found["curve"][-2] / found["curve"][-1])))
    for key, axis in (("loss", 1), ("curve", 1), ("by time", 0)):
        table.array(key, np.quantile(found[key], [0.25, 0.5, 0.75], axis=axis))
    if (noise, law) == (NOISE, "released") and system in ("latent ODE", "RNN", "RNN with gaps"):
        tell_windows(table, found, run, system, n)


def middle(run: Run, n: int) -> int:
    """The place, among the seeds of a run, of the upper median error of the latent ODE."""
    errors = TRAINING(run.effort, system="latent ODE", n=n)["clean"]
    return int(np.argsort(errors)[len(errors) // 2])


def tell_windows(table: Table, found: Any, run: Run, system: str, n: int) -> None:
    """Of the seed with the upper median error of the latent ODE: what a model tells of the first four windows left out.

    Points after each other from an RNN that is told no times: until 100 points beyond are covered at mean gaps.
    """
    member = middle(run, n)
    tests = spirals(run.seeds[member], n, NOISE)[1]
    path = found["some windows"][member]
    for k in range(4):
        if system == "latent ODE":
            table.array("clean", tests.clean[k], window=k)
            table.array("seen", tests.seen[k], window=k)
        many = int((SEEN + BEYOND - 1 - tests.index[k, -1]) * n / SEEN) if system == "RNN" else BEYOND
        table.array("told", path[:, k] if system == "latent ODE" else path[n - 1 : n - 1 + many, k], window=k)


TRAINING = Experiment("adjoint.spirals.training", train=trained, tell=told, length=EPOCHS, seeds=SEEDS, streams=STREAMS)
