r"""What the claims ask of learned predator–prey fields: diagrams, Hopf points, where prey dies out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from gronwall.theory.bifurcations.boundary import coexistence, predator_prey_hopf
from systems.bifurcations import diagrams, training
from systems.bifurcations.learned import Learned
from systems.bifurcations.training import PREDATOR_PREY, TUNED, VARIANTS, members
from systems.training.protocol import Experiment, Run, Table

__all__ = ["DIAGRAMS", "SEEDS", "figure", "learned_fields", "validated"]

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
