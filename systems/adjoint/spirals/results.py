"""What the claims ask of the trainings on spirals: figures at the end, tables, curves, and two yardsticks."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from systems.adjoint.spirals.data import BEYOND, LAWS, SEEN, curve, spirals
from systems.adjoint.spirals.training import EPOCHS, SEEDS, points, rmse, trained

NOISE, LEVELS, COUNTS = 0.3, (0.05, 0.1, 0.3), (30, 50, 100)
"""0.3 is the noise of the public example; the levels are swept at n = 30."""


@cache
def run(name: str, n: int, effort: Any, noise: float = NOISE, law: str = "released") -> dict[str, Any]:
    """The training of an effort.  With all 100 points every gap is one: both RNNs are then the same."""
    if n == SEEN and name == "RNN":
        name = "RNN with gaps"
    found: dict[str, Any] = trained(name, n, noise, law, EPOCHS.at(effort), SEEDS)
    return found


def last(name: str, n: int, effort: Any, key: str = "clean", **how: Any) -> np.ndarray:
    """A figure at the end, one a seed."""
    values = np.asarray(run(name, n, effort, **how)[key], dtype=float)
    return values[-1] if key == "loss" else values


def log_table(log: Any, name: str, n: int, effort: Any, noise: float = NOISE, law: str = "released") -> None:
    """Median and quartiles over the seeds of all that was measured, as the series "table"; the learning curves."""
    found = run(name, n, effort, noise, law)
    how = {"system": name, "n": n, "noise": noise, "law": law}
    for key, values in found.items():
        if key == "stopped":
            log("stopped", x=0, measured=float(values.sum()), **how)
        elif np.asarray(values).shape == (SEEDS,):
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            log("table", x=0, measured=float(middle), key=key, low=float(low), high=float(high), **how)
    last_eighth = found["curve"][-2] / found["curve"][-1]
    log("settling", x=0, measured=float(np.median(last_eighth)), **how)
    log.array("loss", np.quantile(found["loss"], [0.25, 0.5, 0.75], axis=1), **how)
    log.array("curve", np.quantile(found["curve"], [0.25, 0.5, 0.75], axis=1), **how)
    log.array("by time", np.quantile(found["by time"], [0.25, 0.5, 0.75], axis=0), **how)


def log_windows(log: Any, name: str, n: int, effort: Any) -> None:
    """Of the seed with the upper median error of the latent ODE: what a model tells of the first four windows left out.

    Points after each other from an RNN that is told no times: until 100 points beyond are covered at mean gaps.
    """
    errors = last("latent ODE", n, effort)
    member = int(np.argsort(errors)[len(errors) // 2])
    tests = spirals(member, n, NOISE)[1]
    told = run(name, n, effort)["some windows"][member]
    for k in range(4):
        if name == "latent ODE":
            log.array("clean", tests.clean[k], window=k)
            log.array("seen", tests.seen[k], window=k)
        many = int((SEEN + BEYOND - 1 - tests.index[k, -1]) * n / SEEN) if name == "RNN" else BEYOND
        log.array("told", told[:, k] if name == "latent ODE" else told[n - 1 : n - 1 + many, k], window=k, system=name)


@cache
def held(n: int, noise: float = NOISE) -> np.ndarray:
    """The RMSE beyond of who holds the last observation, one a seed."""
    tests = [spirals(seed, n, noise)[1] for seed in range(SEEDS)]
    still = np.stack([d.seen[:, -1] for d in tests])[:, None]
    return rmse(still - points(tests)[:, SEEN:])


@cache
def fitted(n: int, noise: float = NOISE) -> np.ndarray:
    """The RMSE beyond of who knows both curves and chooses the likeliest window, one a seed: what noise leaves."""
    tests = [spirals(seed, n, noise)[1] for seed in range(SEEDS)]
    first, final = LAWS["released"].test
    at = np.arange(first, final + 1)[:, None] + np.arange(SEEN + BEYOND)
    candidates = np.concatenate([curve(True)[at], curve(False)[at]])
    errors = []
    for d in tests:
        square = [np.square(candidates[:, i] - x).sum(axis=(1, 2)) for i, x in zip(d.index, d.seen, strict=True)]
        best = candidates[np.argmin(square, axis=1)]
        errors.append((best - d.clean).transpose(1, 0, 2)[SEEN:])
    return rmse(np.stack(errors))
