"""What the claims ask of the trainings on spirals: figures at the end, two yardsticks, other data, latent states."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from systems.adjoint.spirals.data import (
    BEYOND,
    COUNTS,
    LAWS,
    LEVELS,
    NOISE,
    SEEDS,
    SEEN,
    TIMES,
    Spirals,
    curve,
    spirals,
)
from systems.adjoint.spirals.models import decoded, encoded, flowed
from systems.adjoint.spirals.tasks import TESTING, Latent, modelled
from systems.adjoint.spirals.training import STREAMS, TRAINING, measured, middle, points, rebuilt, rmse
from systems.training.protocol import Experiment, Run, Table

__all__ = ["COUNTS", "LEVELS", "NOISE", "SEEDS", "fitted", "held", "last", "misread", "read_forwards", "stretch"]

FORWARDS, HALF = "latent ODE, encoder forwards", "half shown"


def last(system: str, n: int, effort: Any, key: str = "clean", **how: Any) -> np.ndarray:
    """A figure at the end, one a seed.  With all 100 points every gap is one: both RNNs are then the same."""
    if n == SEEN and system == "RNN":
        system = "RNN with gaps"
    return np.asarray(TRAINING(effort, system=system, n=n, **how)[key], dtype=float)


def left_out(run: Run, n: int, noise: float = NOISE, law: str = "released") -> list[Spirals]:
    """The windows to test on, one entry a seed."""
    return [spirals(seed, n, noise, law)[1] for seed in run.seeds]


# ---------------------------------------------------------------- yardsticks


def yardsticks(run: Run, n: int, noise: float = NOISE) -> dict[str, np.ndarray]:
    """The RMSE beyond of who holds the last observation, and of who knows both curves, one a seed.

    The latter chooses the likeliest window: what noise leaves.
    """
    tests = left_out(run, n, noise)
    still = np.stack([d.seen[:, -1] for d in tests])[:, None]
    first, final = LAWS["released"].test
    at = np.arange(first, final + 1)[:, None] + np.arange(SEEN + BEYOND)
    candidates = np.concatenate([curve(True)[at], curve(False)[at]])
    errors = []
    for d in tests:
        square = [np.square(candidates[:, i] - x).sum(axis=(1, 2)) for i, x in zip(d.index, d.seen, strict=True)]
        best = candidates[np.argmin(square, axis=1)]
        errors.append((best - d.clean).transpose(1, 0, 2)[SEEN:])
    return {"held": rmse(still - points(tests)[:, SEEN:]), "fitted": rmse(np.stack(errors))}


def tell_yardsticks(table: Table, found: Any, run: Run, n: int, noise: float) -> None:
    """Their medians."""
    for kind, values in found.items():
        table.add("yardstick", measured=float(np.median(values)), kind=kind)


YARDSTICKS = Experiment(
    "adjoint.spirals.yardsticks", train=yardsticks, tell=tell_yardsticks, length=0, seeds=SEEDS, streams=STREAMS
)


def held(n: int, effort: Any, noise: float = NOISE) -> np.ndarray:
    """The RMSE beyond of who holds the last observation, one a seed."""
    return np.asarray(YARDSTICKS(effort, n=n, noise=noise)["held"])


def fitted(n: int, effort: Any, noise: float = NOISE) -> np.ndarray:
    """The RMSE beyond of who knows both curves and chooses the likeliest window, one a seed."""
    return np.asarray(YARDSTICKS(effort, n=n, noise=noise)["fitted"])


# ---------------------------------------------------------------- what training had been shown


PARTS = {f"{system}, {law}, {key}": (system, law, key) for system in ("latent ODE", "RNN with gaps")
         for law in (HALF, "released") for key in ("shown", "not shown")}  # fmt: skip


def on_half(run: Run) -> dict[str, np.ndarray]:
    """Errors of models trained on a law, on the windows left out of "half shown", one a seed, by `PARTS`."""
    figures = {}
    for system in ("latent ODE", "RNN with gaps"):
        figures[system, HALF] = TRAINING(run.effort, system=system, n=30, law=HALF)
        weights = TRAINING(run.effort, system=system, n=30)["weights"]
        figures[system, "released"] = measured(run, weights, system, left_out(run, 30, law=HALF), NOISE, HALF)
    return {name: np.asarray(figures[system, law][key]) for name, (system, law, key) in PARTS.items()}


def tell_stretches(table: Table, found: Any, run: Run) -> None:
    """Median and quartiles of each."""
    for name, (system, law, key) in PARTS.items():
        table.quartiles("stretch", found[name], system=system, law=law, key=key)


STRETCHES = Experiment(
    "adjoint.spirals.stretches", train=on_half, tell=tell_stretches, length=TRAINING.length, seeds=SEEDS,
    streams=STREAMS,
)  # fmt: skip


def stretch(effort: Any, law: str, key: str) -> np.ndarray:
    """The latent ODE's error on the stretch that "half shown" has "shown", or "not shown", one a seed."""
    return np.asarray(STRETCHES(effort)[f"latent ODE, {law}, {key}"])


# ---------------------------------------------------------------- encoders and latent states


def swapped(run: Run) -> dict[str, np.ndarray]:
    """The errors within of latent ODEs trained to read backwards, whose encoders are made to read forwards."""
    weights = TRAINING(run.effort, system="latent ODE", n=30)["weights"]
    found = measured(run, weights, FORWARDS, left_out(run, 30), NOISE, "released")
    return {"within": found["within"]}


SWAPPED = Experiment("adjoint.spirals.swapped", train=swapped, length=TRAINING.length, seeds=SEEDS, streams=STREAMS)


def read_forwards(effort: Any) -> np.ndarray:
    """The error within, one a seed, of latent ODEs that have learnt to read backwards and read forwards."""
    return np.asarray(SWAPPED(effort)["within"])


def starts(run: Run, which: int) -> tuple[Tensor, list[Tensor], np.ndarray]:
    """Means of q(z_0) of the windows trained on (0) or left out (1), seeds x N x 4; weights; directions, seeds x N."""
    weights = rebuilt("latent ODE", TRAINING(run.effort, system="latent ODE", n=30)["weights"])
    data = [spirals(seed, 30, NOISE)[which] for seed in run.seeds]
    model = modelled("latent ODE", data, NOISE)
    assert isinstance(model, Latent)
    with torch.no_grad():
        mean, _ = encoded(weights, model.inputs.permute(2, 0, 1, 3))
    return mean, weights, np.stack([d.clockwise for d in data])


def planes(train: Any, known: np.ndarray, asked: Any, clockwise: np.ndarray, shuffled: bool) -> np.ndarray:
    """The share of windows left out whose direction a least-squares plane through those trained on gets wrong."""
    shares = []
    for z, d, z1, d1 in zip(train.numpy(), known, asked.numpy(), clockwise, strict=True):
        d = np.random.default_rng(0).permutation(d) if shuffled else d
        with_one, asked_one = (np.column_stack([part, np.ones(len(part))]) for part in (z, z1))
        plane = np.linalg.lstsq(with_one, np.where(d, 1.0, -1.0), rcond=None)[0]
        shares.append(np.mean((asked_one @ plane > 0) != d1))
    return np.array(shares)


def latent_states(run: Run) -> dict[str, Any]:
    """Directions misread, one a seed; of the seed with the upper median error: 24 latent paths in their plane of
    largest spread, which of them turn clockwise, and what lies between the mean starts of the two directions.
    """
    (train, _, known), (mean, weights, clockwise) = (starts(run, which) for which in (0, 1))
    found: dict[str, Any] = {
        name: planes(train, known, mean, clockwise, shuffled)
        for name, shuffled in (("misread", False), ("misread, shuffled", True))
    }
    member = middle(run, 30)
    own, mean = [w[member : member + 1] for w in weights], mean[member : member + 1]
    with torch.no_grad():
        paths = flowed(own, mean[:, :24], TIMES, TESTING)[0].numpy()
        centred = paths - paths.mean(axis=(0, 1))
        axes = np.linalg.svd(centred.reshape(-1, centred.shape[2]), full_matrices=False)[2][:2]
        found["latent paths"] = centred @ (axes * np.sign(axes.sum(axis=1))[:, None]).T
        found["clockwise"] = clockwise[member, :24].astype(float)
        ends = [mean[:, clockwise[member] == turn].mean(dim=1) for turn in (True, False)]
        share = torch.linspace(0, 1, 9, dtype=torch.float64)[None, :, None]
        between = ends[0][:, None] * (1 - share) + ends[1][:, None] * share
        found["between"] = decoded(own, flowed(own, between, TIMES, TESTING))[0].numpy()
    return found


def tell_latent(table: Table, found: Any, run: Run) -> None:
    """The three pictures."""
    for name in ("latent paths", "clockwise", "between"):
        table.array(name, found[name])


LATENT_STATES = Experiment(
    "adjoint.spirals.latent", train=latent_states, tell=tell_latent, length=TRAINING.length, seeds=SEEDS,
    streams=STREAMS,
)  # fmt: skip


def misread(effort: Any, shuffled: bool = False) -> np.ndarray:
    """The share of directions that are read wrong off the latent starts, one a seed."""
    return np.asarray(LATENT_STATES(effort)["misread, shuffled" if shuffled else "misread"])
