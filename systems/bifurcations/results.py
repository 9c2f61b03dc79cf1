r"""What the claims ask of the learned fields: diagrams, Hopf points, where prey dies out, where Lorenz moves."""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from gronwall.theory.bifurcations.boundary import coexistence, predator_prey_hopf
from systems.bifurcations import diagrams, training
from systems.bifurcations.learned import Learned
from systems.bifurcations.training import LORENZ, PREDATOR_PREY, TUNED, VARIANTS, members
from systems.training.protocol import Experiment, Run, Table

__all__ = ["DIAGRAMS", "ONSETS", "SEEDS", "figure", "learned_fields", "validated"]

SEEDS = training.LEARNING_SEEDS
FIRST, LAST, COUNT = 0.60, 0.75, pick(full=76, paper=500)
HOPF = float(predator_prey_hopf()[0])


def learned_fields(effort: Any, variant: str) -> list[Learned]:
    """The members of a variant of the predator–prey system."""
    setting = VARIANTS[variant]
    return members(PREDATOR_PREY(effort, **setting), "predator_prey", str(setting.get("head", "plain")))


def validated(effort: Any, rank: int) -> np.ndarray:
    """The mean absolute error of the whole series at α = 0.62, one a seed."""
    return np.asarray(TUNED(effort, rank=rank)["validated"], dtype=float)


def measured(run: Run, variant: str) -> dict[str, np.ndarray]:
    """Diagrams, seeds x 2 x α; by seed the MAE, the α of extinction, the Hopf point (α, x, y; NaN for none)."""
    count = int(COUNT.at(run.effort))
    alphas, true = np.linspace(FIRST, LAST, count), diagrams.true_ends(FIRST, LAST, count)
    fields = learned_fields(run.effort, variant)
    ends = np.array([diagrams.ends_of(field, alphas) for field in fields])
    points = []
    for field in fields:
        found = field.hopf(np.array(coexistence(0.62)), 0.62, LAST)
        points.append([found[0], *found[1]] if found else [np.nan] * 3)
    return {
        "alphas": alphas,
        "true": true,
        "ends": ends,
        "MAE": np.array([diagrams.apart(e, true) for e in ends]),
        "extinct": np.array([diagrams.extinction(e, alphas) for e in ends]),
        "hopf": np.array(points),
    }


def tell_diagrams(table: Table, found: Any, run: Run, variant: str) -> None:
    """All of it, every seed."""
    for key in ("alphas", "true", "ends", "MAE", "extinct", "hopf"):
        table.array(key, found[key])
    table.quartiles("table", found["MAE"], key="MAE")
    table.quartiles("table", np.minimum(found["extinct"], LAST), key="extinct")


DIAGRAMS = Experiment(
    "bifurcations.learned.diagrams", train=measured, tell=tell_diagrams, length=PREDATOR_PREY.length, seeds=SEEDS,
    sweep=[{"variant": name} for name in VARIANTS],
)  # fmt: skip


def figure(effort: Any, variant: str, key: str) -> np.ndarray:
    """What was measured of the diagrams of a variant."""
    return np.asarray(DIAGRAMS(effort, variant=variant)[key], dtype=float)


# ---------------------------------------------------------------- Lorenz

STARTS = {"+": (1.0, 1.0, 1.0), "−": (-1.0, -1.0, 1.0)}
VALUES = pick(full=tuple(np.arange(10, 30.01, 0.5)), paper=tuple(np.arange(1, 30.01, 0.1)))
BRANCHES = {"+": 1.0, "−": -1.0}
TRUE_HOPF = 470 / 19


def lorenz_measured(run: Run) -> dict[str, np.ndarray]:
    """By seed and start the r from which on orbits move for ever, and by seed and image its Hopf value (or NaN)."""
    fields, values = members(LORENZ(run.effort), "lorenz"), np.array(VALUES.at(run.effort), dtype=float)
    onsets, hopf = [], []
    for field in fields:
        onsets.append([
            diagrams.onset(diagrams.resting(field.orbits, values, start), values) for start in STARTS.values()
        ])  # fmt: skip
        q = np.sqrt(8 / 3 * 14)
        found = [field.hopf(np.array([sign * q, sign * q, 14.0]), 15.0, 30.0) for sign in BRANCHES.values()]
        hopf.append([point[0] if point else np.nan for point in found])
    true = diagrams.true_orbits("lorenz")
    exact = [diagrams.onset(diagrams.resting(true, values, start), values) for start in STARTS.values()]
    return {"onset": np.array(onsets), "hopf": np.array(hopf), "true onset": np.array(exact)}


def tell_lorenz(table: Table, found: Any, run: Run) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, values)


ONSETS = Experiment(
    "bifurcations.learned.onsets", train=lorenz_measured, tell=tell_lorenz, length=LORENZ.length, seeds=SEEDS
)
