"""What the claims ask about generated pictures: errors at labels seen and unseen, and how smoothly a sweep turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import pick
from gronwall.theory.filter_atoms.images import most_turned_residual
from systems.filter_atoms.data import SEEN, SWEEP, TRAINED, UNSEEN, pictures
from systems.filter_atoms.models import KINDS, filters_at, generated, through
from systems.filter_atoms.training import learned, stacked
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["CHAIRS", "DIGITS", "SEEDS", "found"]

SEEDS = Seeds(20, 12, chosen_on=range(100, 104))
"""Widths, rate and lengths were chosen on the seeds 100 to 103."""
SHOWN = 8
"""Pictures of a sweep that is kept, of the first member."""


def trained(run: Run, kind: str, what: str) -> dict[str, Any]:
    """Mean squares by member and label; steps of sweeps and what they may be; pictures."""
    parameters, losses = learned(run, kind, what)
    members, first = len(run.seeds), TRAINED[what]
    base = stacked(pictures(what, 0.0)[first:], members)

    def errors(labels: tuple[float, ...]) -> np.ndarray:
        with torch.no_grad():
            return np.stack([
                (generated(kind, parameters, base, theta / 90, SEEN) - stacked(pictures(what, theta)[first:], members))
                .square().mean(dim=(1, 2, 3)).numpy()
                for theta in labels
            ], axis=1)  # fmt: skip

    asked = base[:, : 4 * SHOWN]
    with torch.no_grad():
        sweep = np.stack([generated(kind, parameters, asked, theta / 90, SEEN).numpy() for theta in SWEEP], axis=2)
    true = np.stack([pictures(what, theta)[first : first + 4 * SHOWN] for theta in SWEEP], axis=1)
    steps = np.linalg.norm(np.diff(sweep, axis=2), axis=(-2, -1))
    return {
        "seen": errors(SEEN),
        "unseen": errors(UNSEEN),
        "steps": steps,
        "true steps": np.linalg.norm(np.diff(true, axis=1), axis=(-2, -1)),
        "allowed": allowed(kind, parameters, asked),
        "sheet": sweep[0, :SHOWN, ::10],
        "true sheet": true[:SHOWN, ::10],
        "loss": losses[:: max(1, run.length // 100)],
    }


def allowed(kind: str, p: dict[str, Tensor], images: Tensor) -> np.ndarray:
    """How far a picture may move from one label of the sweep to the next: (members, images, steps); 0 without filters.

    ‖D‖ times what three residual layers make of the filters' motion, by what enters them at the first of both labels.
    """
    members, many = images.shape[:2]
    found = np.zeros((members, many, len(SWEEP) - 1))
    if kind == "label as an input":
        return found
    with torch.no_grad():
        gain = torch.linalg.matrix_norm(p["decoder"].double(), 2).numpy()
        filters = [filters_at(kind, p, theta / 90, SEEN) for theta in SWEEP]
        for k in range(len(SWEEP) - 1):
            _, entering = through(kind, p, images, SWEEP[k] / 90, filters[k])
            lengths = [x.unflatten(1, (members, -1)).flatten(2).norm(dim=2).numpy() for x in entering[:-1]]
            for member in range(members):
                after, before = (list(filters[k + j][member].double().numpy()) for j in (1, 0))
                most = most_turned_residual(after, before, [length[:, member] for length in lengths])
                found[member, :, k] = gain[member] * most
    return found


def tell(table: Table, found: Any, run: Run, kind: str, what: str) -> None:
    """Errors and smoothness over the seeds, and one member's pictures."""
    labels = {"kind": kind, "what": what}
    table.quartiles("error", found["seen"].mean(axis=1), key="seen", **labels)
    table.quartiles("error", found["unseen"].mean(axis=1), key="unseen", **labels)
    steps, true = found["steps"], found["true steps"]
    table.quartiles("sweep", (steps.max(axis=2) / steps.mean(axis=2)).mean(axis=1), key="largest over mean", **labels)
    table.quartiles("sweep", (steps.sum(axis=2) / true.sum(axis=1)).mean(axis=1), key="length over true", **labels)
    table.quartiles("sweep", roughness(steps), key="second over first", **labels)
    if found["allowed"].any():
        table.quartiles("sweep", (steps / found["allowed"]).max(axis=(1, 2)), key="share of the bound", **labels)
    for key in ("seen", "unseen"):
        table.array(key, found[key], **labels)
    table.array("largest over mean", steps.max(axis=2) / steps.mean(axis=2), **labels)
    for key in ("sheet", "true sheet"):
        table.array(key, np.round(np.clip(found[key], 0, 1), 2), **labels)
    table.array("loss", found["loss"], **labels)


def roughness(steps: np.ndarray) -> np.ndarray:
    """How much the length of a step changes from one to the next, over its mean: (members,)."""
    return np.asarray((np.abs(np.diff(steps, axis=2)).mean(axis=2) / steps.mean(axis=2)).mean(axis=1))


STREAMS = {"labels": 4}
DIGITS = Experiment(
    "filter_atoms.generated.digits", train=trained, tell=tell, length=pick(full=2500, paper=20_000), seeds=SEEDS,
    streams=STREAMS, sweep=[{"kind": kind, "what": "digits"} for kind in KINDS],
)  # fmt: skip
CHAIRS = Experiment(
    "filter_atoms.generated.chairs", train=trained, tell=tell, length=pick(full=3000, paper=30_000),
    seeds=Seeds(20, 2, chosen_on=range(100, 104)), streams=STREAMS,
    sweep=[{"kind": kind, "what": "chairs"} for kind in KINDS],
)  # fmt: skip


def found(effort: Any, kind: str, key: str) -> np.ndarray:
    """Of the digits, one a member: "seen", "unseen" mean squares, "largest over mean" of a sweep, "roughness"."""
    left = DIGITS(effort, kind=kind, what="digits")
    steps = np.asarray(left["steps"], dtype=float)
    if key == "largest over mean":
        return np.asarray((steps.max(axis=2) / steps.mean(axis=2)).mean(axis=1))
    if key == "roughness":
        return roughness(steps)
    values = np.asarray(left[key], dtype=float)
    return values.mean(axis=1) if key in ("seen", "unseen") else values
