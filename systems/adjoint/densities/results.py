r"""What trained flows are asked: KL(q‖p) from fresh samples, held-out likelihoods, densities, tables and curves.

Everything here is solved to a tolerance of 1e-8, so that the solver's share is far below that of the samples.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from gronwall import cached
from systems.adjoint.densities.laws import entropy, log_law, log_normaliser, potentials, sample
from systems.adjoint.densities.layers import LOG2PI
from systems.adjoint.densities.models import (
    FLOWS,
    LAWS,
    TARGETS,
    back_through_layers,
    first_layers,
    log_normal,
    through_layers,
)
from systems.adjoint.densities.training import ITERATIONS, LAYERS, SEEDS, rate_of, run, trained

FINE, FRESH, PIECE = 1e-8, 10_000, 2000


def in_pieces(function: Any, x: np.ndarray, e: np.ndarray | None = None) -> np.ndarray:
    """The function on so many columns at a time, each piece with solver steps of its own."""
    cuts = range(PIECE, x.shape[1] - PIECE // 2, PIECE)
    parts = np.split(x, cuts, axis=1)
    signs = [None] * len(parts) if e is None else np.split(e, cuts)
    return np.concatenate([function(*pair) for pair in zip(parts, signs, strict=True)], axis=-1)


def carried(kind: str, size: int, theta: np.ndarray, z: np.ndarray, end: float = 1.0) -> np.ndarray:
    """(z, log p(z) − log p at the start) at t = `end` of samples z (2 x N) of N(0, I)."""
    if kind in LAYERS:
        y = through_layers(theta, z)
        return np.vstack([y[:2], -y[2]])
    return in_pieces(lambda part, _: FLOWS[kind](size).carried(theta, part, 0.0, end, FINE), z)


def log_density(kind: str, size: int, theta: np.ndarray, x: np.ndarray, at: float = 1.0, e: Any = None) -> np.ndarray:
    """log q(x, t) at t = `at` for x (2 x N), q what a flow makes of N(0, I); e: signs of Hutchinson's estimate."""
    if kind in LAYERS:
        z = back_through_layers(theta, x)
        return log_normal(z) - through_layers(theta, z)[2]
    return in_pieces(lambda part, signs: FLOWS[kind](size).log_density(theta, part, at, tol=FINE, e=signs), x, e)


def log_likelihood(kind: str, size: int, theta: np.ndarray, x: np.ndarray, e: Any = None) -> np.ndarray:
    """log p(x) of a flow trained by maximum likelihood; its layers are a map from data to noise."""
    if kind in LAYERS:
        y = through_layers(theta, x)
        return log_normal(y[:2]) + y[2]
    return log_density(kind, size, theta, x, e=e)


def weights(kind: str, size: int, task: str, effort: Any, noise: bool = False) -> np.ndarray:
    """What the training of an effort left, one row a seed."""
    return np.asarray(run(kind, size, task, effort, noise)["weights"])


@cached
def divergences(kind: str, size: int, task: str, iterations: int, untrained: bool = False) -> dict[str, Any]:
    """KL(q‖p) = E_q[log q + U] + log Z over fresh samples, and its standard error, one a seed."""
    target, found = TARGETS.index(task), []
    for seed in range(SEEDS):
        if untrained:
            theta = first_layers(seed, size) if kind in LAYERS else FLOWS[kind](size).first(seed)
        else:
            theta = trained(kind, size, task, iterations, rate_of(kind, task))["weights"][seed]
        z = np.random.default_rng([seed, 8]).normal(size=(2, FRESH))
        y = carried(kind, size, theta, z)
        each = log_normal(z) + y[2] + potentials(target, y[:2]) + log_normaliser(target)
        found.append((each.mean(), each.std() / np.sqrt(FRESH)))
    kl, error = np.array(found).T
    return {"kl": kl, "error": error}


def kl(kind: str, size: int, task: str, effort: Any, what: str = "kl", untrained: bool = False) -> np.ndarray:
    """KL(q‖p), one a seed; or its standard error."""
    return np.asarray(divergences(kind, size, task, ITERATIONS.at(effort), untrained)[what])


@cached
def held_out(kind: str, size: int, task: str, iterations: int, noise: bool = False) -> dict[str, Any]:
    """Mean log p over fresh data, and KL(p‖q) = E[log law − log p] on the same, with its standard error, one a seed."""
    law, found = LAWS.index(task), []
    for seed, theta in enumerate(trained(kind, size, task, iterations, rate_of(kind, task), noise)["weights"]):
        x = sample(law, np.random.default_rng([seed, 8]), FRESH)
        log_p = log_likelihood(kind, size, theta, x)
        gap = log_law(law, x) - log_p
        found.append((log_p.mean(), gap.mean(), gap.std() / np.sqrt(FRESH)))
    likelihood, gap, error = np.array(found).T
    return {"likelihood": likelihood, "gap": gap, "error": error, "entropy": np.array(entropy(law))}


def likelihoods(kind: str, size: int, task: str, effort: Any, what: str = "gap", noise: bool = False) -> np.ndarray:
    """The gap KL(p‖q), one a seed; or "likelihood", "error"."""
    return np.asarray(held_out(kind, size, task, ITERATIONS.at(effort), noise)[what])


@cache
def curve(kind: str, size: int, task: str, effort: Any) -> np.ndarray:
    """KL(q‖p) during training, seeds x 50, each the mean over the batches of a fiftieth."""
    loss = np.asarray(run(kind, size, task, effort)["loss"])
    return loss + log_normaliser(TARGETS.index(task)) - LOG2PI - 1


# ---------------------------------------------------------------- for tables and figures


def middle(values: np.ndarray) -> int:
    """The seed with the upper median value."""
    return int(np.argsort(values)[len(values) // 2])


def quartiles(values: np.ndarray) -> dict[str, float]:
    low, at, high = np.quantile(values, [0.25, 0.5, 0.75])
    return {"measured": float(at), "low": float(low), "high": float(high)}


def log_table(log: Any, kind: str, size: int, task: str, effort: Any, noise: bool = False, **figures: Any) -> None:
    """Median and quartiles of the figures and of the evaluations at the end; seeds stopped; parameters."""
    found, name = run(kind, size, task, effort, noise), f"{kind}, estimated trace" if noise else kind
    for key, values in figures.items():
        log("table", x=size, key=key, kind=name, task=task, **quartiles(values))
    if kind not in LAYERS:
        for column, key in enumerate(("forward", "backward")):
            log("table", x=size, key=key, kind=name, task=task, **quartiles(found["counts"][:, -1, column]))
    log("stopped", x=size, measured=float(found["stopped"].sum()), kind=name, task=task)
    learned = 5 * size if kind in LAYERS else FLOWS[kind](size).learned
    log("parameters", x=size, measured=float(learned), kind=name, task=task)
    log.array("loss", np.quantile(found["loss"], [0.25, 0.5, 0.75], axis=0), size=size, kind=name, task=task)
