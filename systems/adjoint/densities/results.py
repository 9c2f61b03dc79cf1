r"""What trained flows are asked: KL(q‖p) from fresh samples, held-out likelihoods, densities, tables and curves.

Everything here is solved to a tolerance of 1e-8, so that the solver's share is far below that of the samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from systems.adjoint.densities.laws import entropy, grid, log_law, log_normaliser, potentials, sample
from systems.adjoint.densities.models import (
    FLOWS,
    LAWS,
    TARGETS,
    back_through_layers,
    log_normal,
    through_layers,
)
from systems.adjoint.densities.training import (
    ITERATIONS,
    LAYERS,
    SEEDS,
    SIZES,
    STREAMS,
    TRAINING,
    UNITS,
    start_of,
)
from systems.training.protocol import Experiment, Run, Table
from systems.training.streams import stream

FINE, FRESH, PIECE = 1e-8, 10_000, 2000
FRAMES, WINDOW, TARGET_POINTS, LAW_POINTS = (0.0, 0.25, 0.5, 0.75, 1.0), 4.5, 73, 91
"""Pictures: at which times, on [−4.5, 4.5]², of how many points a side."""


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
    return np.asarray(TRAINING(effort, kind=kind, size=size, task=task, noise=noise)["weights"])


def fresh_noise(seed: int, many: int, name: str = "fresh") -> np.ndarray:
    """Samples of N(0, I) that no training has seen, 2 x many."""
    return stream(seed, name, STREAMS).normal(size=(2, many))


def fresh_data(seed: int, law: str, many: int, name: str = "fresh") -> np.ndarray:
    """Samples of a law that no training has seen, 2 x many."""
    return sample(LAWS.index(law), stream(seed, name, STREAMS), many)


def middle(values: np.ndarray) -> int:
    """The place of the upper median value."""
    return int(np.argsort(values)[len(values) // 2])


def picture(log_q: np.ndarray) -> np.ndarray:
    """A density on a square grid, to four decimals."""
    side = round(np.sqrt(log_q.size))
    return np.round(np.exp(log_q), 4).reshape(side, side)


# ---------------------------------------------------------------- matched to a target


def divergence(kind: str, size: int, task: str, theta: np.ndarray, z: np.ndarray) -> tuple[float, float]:
    """KL(q‖p) = E_q[log q + U] + log Z over samples z of N(0, I), and its standard error."""
    target, y = TARGETS.index(task), carried(kind, size, theta, z)
    each = log_normal(z) + y[2] + potentials(target, y[:2]) + log_normaliser(target)
    return float(each.mean()), float(each.std() / np.sqrt(z.shape[1]))


def over_seeds(run: Run, kind: str, size: int, task: str, thetas: Any) -> tuple[np.ndarray, np.ndarray]:
    """`divergence` of every seed's weights over its fresh samples, and its standard error."""
    samples = (fresh_noise(seed, FRESH) for seed in run.seeds)
    pairs = [divergence(kind, size, task, theta, z) for theta, z in zip(thetas, samples, strict=True)]
    kl, error = np.array(pairs).T
    return kl, error


def divergences(run: Run, kind: str, size: int, task: str) -> dict[str, Any]:
    """KL(q‖p) of trained flows over fresh samples and its standard error, one a seed.

    Of the largest gated flows and layers also the density of the seed in the middle, at t = 1 and, gated, before.
    """
    trained = weights(kind, size, task, run.effort)
    kl, error = over_seeds(run, kind, size, task, trained)
    found = {"kl": kl, "error": error}
    if size == SIZES[-1] and kind in ("gated", "layers"):
        theta, (x, _) = trained[middle(kl)], grid(TARGET_POINTS, WINDOW)
        times = FRAMES if kind == "gated" else FRAMES[-1:]
        frames = [log_density(kind, size, theta, x, t) if t > 0 else log_normal(x) for t in times]
        found |= {"times": np.array(times), "density": np.array([picture(frame) for frame in frames])}
        which = TARGETS.index(task)
        found["target"] = picture(-potentials(which, x) - log_normaliser(which))
    return found


def tell_matching(table: Table, found: Any, run: Run, *, kind: str, size: int, task: str) -> None:
    """KL(q‖p), median and quartiles; the densities of the seed in the middle, and the target.

    Beside layers their KL after as many iterations as flows is told, of every size and target, whoever asks for it.
    """
    table.quartiles("table", found["kl"], key="KL")
    if kind == "layers":
        MATCHING(run.effort, kind="layers, early", size=size, task=task)
    if "density" in found:
        for t, density in zip(found["times"], found["density"], strict=True):
            table.array("density", density, t=float(t))
        table.array("KL of the density", [float(found["kl"][middle(found["kl"])])])
        table.array("target", found["target"])


MATCHING = Experiment(
    "adjoint.densities.matching", train=divergences, tell=tell_matching, length=ITERATIONS, seeds=SEEDS, streams=STREAMS
)


def untrained(run: Run, kind: str, size: int, task: str) -> dict[str, Any]:
    """KL(q‖p) of the same seeds' flows as training found them, over the same samples."""
    kl, error = over_seeds(run, kind, size, task, [start_of(kind, size, seed) for seed in run.seeds])
    return {"kl": kl, "error": error}


UNTRAINED = Experiment("adjoint.densities.untrained", train=untrained, length=0, seeds=SEEDS, streams=STREAMS)


def kl(kind: str, size: int, task: str, effort: Any, what: str = "kl") -> np.ndarray:
    """KL(q‖p), one a seed; or its standard error, "error"."""
    return np.asarray(MATCHING(effort, kind=kind, size=size, task=task)[what])


def kl_untrained(kind: str, size: int, task: str, effort: Any) -> np.ndarray:
    """KL(q‖p) of flows as training found them, one a seed."""
    return np.asarray(UNTRAINED(effort, kind=kind, size=size, task=task)["kl"])


# ---------------------------------------------------------------- likely data


def held_out(run: Run, kind: str, size: int, task: str, noise: bool = False) -> dict[str, Any]:
    """Mean log p over fresh data, and KL(p‖q) = E[log law − log p] on the same, with its standard error, one a seed.

    Of gated flows and layers of full size also the density of the seed in the middle, and the law's.
    """
    law, trained, pairs = LAWS.index(task), weights(kind, size, task, run.effort, noise), []
    for seed, theta in zip(run.seeds, trained, strict=True):
        x = fresh_data(seed, task, FRESH)
        log_p = log_likelihood(kind, size, theta, x)
        gap = log_law(law, x) - log_p
        pairs.append((log_p.mean(), gap.mean(), gap.std() / np.sqrt(FRESH)))
    likelihood, gap, error = np.array(pairs).T
    found = {"likelihood": likelihood, "gap": gap, "error": error, "entropy": np.array(entropy(law))}
    if size == UNITS and kind in ("gated", "layers") and not noise:
        x, _ = grid(LAW_POINTS, WINDOW)
        found["density"] = picture(log_likelihood(kind, size, trained[middle(gap)], x))
        found["law"] = picture(log_law(law, x))
    return found


def tell_likelihood(table: Table, found: Any, run: Run, *, kind: str, size: int, task: str, noise: bool) -> None:
    """Likelihood and gap, median and quartiles; the law's entropy; the density of the seed in the middle, and the law.

    noise: the trace estimated in training, exact here.
    """
    for key in ("likelihood", "gap"):
        table.quartiles("table", found[key], key=key)
    table.add("entropy", measured=float(found["entropy"]))
    if "density" in found:
        table.array("density", found["density"])
        table.array("gap of the density", [float(found["gap"][middle(found["gap"])])])
        table.array("law", found["law"])


LIKELIHOOD = Experiment(
    "adjoint.densities.likelihood", train=held_out, tell=tell_likelihood, length=ITERATIONS, seeds=SEEDS,
    streams=STREAMS,
)  # fmt: skip


def likelihoods(kind: str, size: int, task: str, effort: Any, what: str = "gap", noise: bool = False) -> np.ndarray:
    """The gap KL(p‖q), one a seed; or "likelihood", "error"."""
    return np.asarray(LIKELIHOOD(effort, kind=kind, size=size, task=task, noise=noise)[what])


def gap_at_first(seed: int, law: str) -> float:
    """KL(p‖q) of the base, near which every flow starts, on the same fresh data."""
    x = fresh_data(seed, law, FRESH)
    return float(np.mean(log_law(LAWS.index(law), x) - log_normal(x)))
