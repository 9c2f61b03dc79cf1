"""The networks trained on images, as claims and figures ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gronwall import pick
from gronwall.efforts import Effort
from gronwall.theory.statistics import spearman
from systems.generalization.experiments.bounds import BOUNDS, TERMS, bounded, decimal
from systems.generalization.experiments.data import images
from systems.generalization.experiments.training import penalised, projected
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["BOUNDED", "DEPTH", "PENALTY", "SCATTER", "SEEDS", "gaps"]

DEPTH = pick(quick=20, full=1000)
"""A small depth, and the authors'."""

Kind = tuple[str, float]
"""A penalty and its factor λ."""


def gaps(found: Mapping[str, Any]) -> np.ndarray:
    """The test loss minus the training loss: looks x seeds."""
    return np.asarray(found["test_loss"] - found["train_loss"])


# ---------------------------------------------------------------- the box plot over penalties


def told_of_a_penalty(table: Table, found: Mapping[str, Any], run: Run, **setting: Any) -> None:
    """Every seed at the end: its gap, losses and differences."""
    at_end = {"gap": gaps(found)[-1]}
    for name in ("train_loss", "test_loss", "test_accuracy", "largest", "largest_signed"):
        at_end[name.replace("_", " ")] = found[name][-1]
    for name, values in at_end.items():
        for seed, value in zip(run.seeds, values, strict=True):
            table.add(name, measured=value, seed=seed, epoch=run.length)


PENALTY = Experiment(
    "generalization.experiments.penalty",
    train=penalised,
    tell=told_of_a_penalty,
    length=50,
    seeds=Seeds(0, pick(quick=16, full=20)),
)
"""Setting: depth, penalty, weight, width, data; epochs."""

SEEDS = PENALTY.seeds.count
"""As many replicates as there are seeds."""

BOXES: dict[float | str, Kind] = {
    0.0: ("none", 0.0), 0.01: ("frobenius", 0.01), 0.1: ("frobenius", 0.1), "tied": ("tied", 0.0)
}  # fmt: skip
"""λ in the figure, and what it is."""


def with_penalty(kind: Kind, effort: Effort) -> dict[str, Any]:
    """What was trained with a penalty, looks x seeds."""
    penalty, weight = kind
    return PENALTY(effort, depth=DEPTH.at(effort), penalty=penalty, weight=weight, data=images().name)


def box_plot(effort: Effort) -> dict[Kind, dict[str, Any]]:
    """All that the figure shows, trained one after the other."""
    return {kind: with_penalty(kind, effort) for kind in BOXES.values()}


# ---------------------------------------------------------------- gaps against differences


def told_of_projections(table: Table, found: Mapping[str, Any], run: Run, **setting: Any) -> None:
    """The dots of the figure, one a seed and epoch from 1, and the rank correlation of all of them."""
    differences, gap = found["largest"][1:], gaps(found)[1:]
    for e, seed in enumerate(run.seeds):
        for epoch, x, measured in zip(found["epoch"][1:], differences[:, e], gap[:, e], strict=True):
            table.add("gap", x=x, measured=measured, seed=seed, epoch=epoch)
    table.add("rank correlation", x="all dots", measured=spearman(differences.ravel(), gap.ravel()))


SCATTER = Experiment(
    "generalization.experiments.scatter",
    train=projected,
    tell=told_of_projections,
    length=30,
    seeds=Seeds(0, pick(quick=16, full=20)),
)
"""Setting: depth, projections, width, data; epochs."""


def scatter(effort: Effort, projections: str) -> dict[str, Any]:
    """The runs of the figure of gaps against differences: no penalty, a look after each epoch."""
    return SCATTER(effort, depth=DEPTH.at(effort), projections=projections, data=images().name)


# ---------------------------------------------------------------- bounds


def told_of_bounds(table: Table, found: Mapping[str, Any], run: Run, **setting: Any) -> None:
    """Each bound and its terms, and the measured gap, in powers of ten."""
    for bound, values in zip(BOUNDS, found["log10"], strict=True):
        table.add("log10 bound", measured=values[TERMS.index("total")], bound=bound)
        for term, value in zip(TERMS, values, strict=True):
            if term != "total" and not np.isnan(value):
                table.add("log10 term", measured=value, bound=bound, term=term)
    table.add("log10 bound", measured=decimal(float(gaps(found))), bound="measured gap")


BOUNDED = Experiment(
    "generalization.experiments.trained_bounds", train=bounded, tell=told_of_bounds, length=50, seeds=Seeds(0, 1)
)
"""Setting: depth, data; epochs."""


def decades(depth: int, effort: Effort) -> dict[str, float]:
    """log₁₀ of each bound on the network of a depth."""
    found = BOUNDED(effort, depth=depth, data=images().name)
    return dict(zip(BOUNDS, found["log10"][:, TERMS.index("total")].tolist(), strict=True))
