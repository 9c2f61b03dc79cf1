"""What the claims ask about learned bodies: errors by model and seed, the flow, drag and masses that were found."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import pick
from systems.floating_bodies.data import SPLIT, WORLDS
from systems.floating_bodies.models import KINDS, field, flow_of, rates_of
from systems.floating_bodies.training import SECOND, learned, rolled, trajectories
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["BODIES", "GRID", "SEEDS", "SPEEDS", "found"]

SEEDS = Seeds(20, 8, chosen_on=range(100, 103))
"""Rate, widths and lengths were chosen on the seeds 100 to 102."""
WITH_FLOW = ("drag, free flow", "FHNN")
SWEEP = [
    *({"kind": kind, "world": "vortex"} for kind in KINDS),
    {"kind": "FHNN", "world": "cellular"},
    {"kind": "FHNN", "world": "moored"},
    *({"kind": kind, "world": "sink"} for kind in WITH_FLOW),
]
GRID = np.linspace(-2.5, 2.5, 21)
SPEEDS = np.linspace(0.02, 1.2, 60)
RADIUS = 1.5
"""Where the curves of rates are taken: at (1.5, 0)."""


def trained(run: Run, kind: str, world: str) -> dict[str, Any]:
    """Errors of slopes and of paths, by member; what was found of flow, rates and masses; the parameters."""
    parameters, seen = learned(run, kind, world)
    of = WORLDS[world]
    paths = trajectories(run, world)[:, SPLIT["test"]]
    states = paths.reshape(len(paths), -1, 4)
    with torch.no_grad():
        told = field(kind, parameters, torch.tensor(states), of.stiffness).numpy()
    out = rolled(kind, parameters, paths[:, :, 0], paths.shape[2] - 1, of.stiffness)
    left: dict[str, Any] = {
        "slopes": np.square(told - of.slopes(states)).mean(axis=(1, 2)),
        "seconds": np.square(out - paths)[:, :, ::SECOND].mean(axis=(1, 3)),
        "validation": seen,
        "paths": out[0, :4, ::8],
        "true": paths[0, :4, ::8],
    }
    if kind in WITH_FLOW:
        left |= of_the_flow(kind, parameters, states, world)
    return left | {f"parameter {k}": value.numpy() for k, value in enumerate(parameters)}


def of_the_flow(kind: str, parameters: list[Tensor], states: np.ndarray, world: str) -> dict[str, Any]:
    """Relative errors of the flow, of the rates κ_i and of the masses over the test states; a map and curves."""
    of = WORLDS[world]
    x, v = states[..., :2], states[..., 2:]
    u = of.flow(x)
    s = np.linalg.norm(v - u, axis=-1)
    grid = np.stack(np.meshgrid(GRID, GRID, indexing="xy"), axis=-1).reshape(1, -1, 2)
    everyone = len(states)
    with torch.no_grad():
        told = flow_of(kind, parameters, torch.tensor(x)).numpy()
        rates, masses = (part.numpy() for part in rates_of(parameters, torch.tensor(x), torch.tensor(s)))
        drawn = flow_of(kind, parameters, torch.tensor(np.tile(grid, (everyone, 1, 1)))).numpy()
        place = torch.tensor(np.tile([RADIUS, 0.0], (everyone, len(SPEEDS), 1)))
        curves = rates_of(parameters, place, torch.tensor(np.tile(SPEEDS, (everyone, 1))))[0].numpy()
    true_rates, true_masses = of.rates(s), of.masses(s)

    def relative(found: np.ndarray, true: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(found - true, axis=(1, 2)) / np.linalg.norm(true, axis=(1, 2)))

    return {
        "flow": relative(told, u),
        "rates": relative(rates, true_rates),
        "masses": relative(masses, true_masses),
        "mean masses": masses.mean(axis=1),
        "map": drawn[0].reshape(len(GRID), len(GRID), 2),
        "curves": curves,
    }


def tell(table: Table, found: Any, run: Run, kind: str, world: str) -> None:
    """Errors by seed, quartiles; one member's paths, map and curves."""
    labels = {"kind": kind, "world": world}
    table.array("seconds", found["seconds"], **labels)
    table.quartiles("long", found["seconds"][:, 1:].mean(axis=1), **labels)
    for key in ("slopes", "flow", "rates", "masses"):
        if key in found:
            table.quartiles(key, found[key], **labels)
            table.array(f"{key} by seed", found[key], **labels)
    for key in ("paths", "true", "map", "mean masses"):
        if key in found:
            table.array(key, np.round(found[key], 5), **labels)
    if "curves" in found:
        table.array("curves", np.round(found["curves"][:, ::3], 6), **labels)


BODIES = Experiment(
    "floating_bodies.learned.bodies", train=trained, tell=tell, length=pick(full=120, paper=140), seeds=SEEDS,
    streams={"bodies": 3}, sweep=SWEEP,
)  # fmt: skip


def found(effort: Any, kind: str, key: str, world: str = "vortex") -> np.ndarray:
    """What a training left; "long" is the mean square over all seconds from the first on."""
    left = BODIES(effort, kind=kind, world=world)
    if key == "long":
        return np.asarray(left["seconds"], dtype=float)[:, 1:].mean(axis=1)
    return np.asarray(left[key], dtype=float)
