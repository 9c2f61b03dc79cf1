r"""Networks that see all ten species: free ones, and ones that keep the balance by construction.

    free         u' = o(u, c)                                       ten outputs
    conserving   s' = V_in (1, 0, …) + N v,   v = ln(1 + e^o) >= 0   nine rates; N the stoichiometry, which is known

V_in is the slope of w·s in the two strains that are trained on.  Whatever the rates are, w·s' = V_in: the conserving
ones keep the balance, and what a free one misses of it, divided by ‖w‖, it is at least wrong by.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall.theory.pathways.kinetics import BALANCE, STOICHIOMETRY
from systems.pathways.models import LIMIT, STEP, UNIT, WIDTH, WINDOW, outputs
from systems.pathways.results import LENGTH, SEEDS
from systems.pathways.worlds import POINTS, World, world
from systems.training.ensemble import Adam, Autograd, train
from systems.training.protocol import Experiment, Run, Table

__all__ = ["BALANCED", "KINDS", "of"]

KINDS = ("free", "conserving")
W = np.array(BALANCE, dtype=float)
N = torch.tensor(np.array(STOICHIOMETRY, dtype=float))


def courses(of: World) -> tuple[np.ndarray, np.ndarray]:
    """All ten species of the three strains at the 200 points (3, 200, 10), and their enzymes (3, 200, 9)."""
    return np.stack([of.course(s, POINTS) for s in of.strains]), np.log(np.stack([s.at(POINTS) for s in of.strains]))


class Tasks:
    """Twelve worlds at once: low and high strain to train on, the medium one to ask for."""

    def __init__(self, seeds: Sequence[int]) -> None:
        s, levels = (np.stack(part) for part in zip(*[courses(world(seed)) for seed in seeds], strict=True))
        known = s[:, [0, 2]]
        flat = known.reshape(len(seeds), -1, 10)
        self.units = np.maximum(flat.std(axis=1), 1e-9)
        self.centre = flat.mean(axis=1) / self.units
        trained = levels[:, [0, 2]].reshape(len(seeds), -1, 9)
        mean, deviation = trained.mean(axis=1), np.maximum(trained.std(axis=1), 1e-9)
        self.u = s / self.units[:, None, None]
        self.c = (levels - mean[:, None, None]) / deviation[:, None, None]
        stock = known @ W
        self.inflow = (stock[:, :, -1] - stock[:, :, 0]).mean(axis=1) / (POINTS[-1] - POINTS[0])


def velocity(parameters: Sequence[Tensor], u: Tensor, c: Tensor, of: tuple[Tensor, ...]) -> Tensor:
    """u' of every member: (members, rows, 10)."""
    centre, units, inflow = of
    o = outputs(parameters, torch.cat([u - centre, c], dim=-1))
    if o.shape[-1] == 10:
        return o
    made = torch.nn.functional.softplus(o) @ N.T
    made = torch.cat([made[..., :1] + inflow * UNIT, made[..., 1:]], dim=-1)
    return made / units


def rolled(parameters: Sequence[Tensor], u: Tensor, c: Tensor, of: tuple[Tensor, ...]) -> Tensor:
    """The path from u (members, rows, 10) along inputs (members, rows, points, 9)."""
    path = [u]
    for n in range(c.shape[2] - 1):
        now, then = c[:, :, n], c[:, :, n + 1]
        middle = (now + then) / 2
        k1 = velocity(parameters, u, now, of)
        k2 = velocity(parameters, u + STEP / 2 * k1, middle, of)
        k3 = velocity(parameters, u + STEP / 2 * k2, middle, of)
        k4 = velocity(parameters, u + STEP * k3, then, of)
        u = u + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(u)
    return torch.stack(path, dim=2)


def started(run: Run, kind: str) -> list[Tensor]:
    """Weights N(0, 1/inputs), biases 0, the last layer a tenth of that; rates start small."""
    sizes = [19, WIDTH, WIDTH, 9 if kind == "conserving" else 10]
    found: list[list[np.ndarray]] = [[] for _ in range(6)]
    for seed in run.seeds:
        rng = run.stream(seed, "weights")
        for layer, (n, m) in enumerate(pairwise(sizes)):
            found[2 * layer].append(rng.normal(0, (0.1 if layer == 2 else 1.0) / np.sqrt(n), (n, m)))
            found[2 * layer + 1].append(np.full((1, m), -2.0 if layer == 2 and kind == "conserving" else 0.0))
    return [torch.tensor(np.stack(part)) for part in found]


def measured(run: Run, kind: str) -> dict[str, np.ndarray]:
    """Of the medium strain: the path (worlds, 200, 10), how much its balance is off and how far it is from the truth by
    time (worlds, 200) in units of the data; RMSE of limonene by world; losses.
    """
    tasks = Tasks(run.seeds)
    known = tasks.centre[:, None], tasks.units[:, None], tasks.inflow[:, None, None]
    of = tuple(torch.tensor(part) for part in known)
    u, c = (torch.tensor(part[:, [0, 2]]) for part in (tasks.u, tasks.c))
    windows = u.reshape(len(u), -1, WINDOW, 10), c.reshape(len(c), -1, WINDOW, 9)
    parameters, epochs = started(run, kind), run.length

    def losses(leaves: Any, batch: Tensor) -> Tensor:
        del batch  # all windows, every time
        path = rolled(leaves, windows[0][:, :, 0], windows[1], of)
        return (path - windows[0]).square().mean(dim=(1, 2, 3))

    optimiser = Adam(3e-3)

    def after(epoch: int) -> None:
        optimiser.lr = 3e-3 * min(1.0, 2 * (epochs - epoch) / epochs)

    everything = np.tile(np.arange(windows[0].shape[1]), (len(u), 1))
    found = train(
        Autograd(parameters, losses), optimiser, orders=repeat(everything), epochs=epochs,
        batch=everything.shape[1], after=after, progress=run.progress,
    )  # fmt: skip
    asked = tasks.u[:, 1]
    with torch.no_grad():
        path = rolled(parameters, torch.tensor(asked[:, None, 0]), torch.tensor(tasks.c[:, 1:2]), of)[:, 0].numpy()
    told, true = (np.clip(part, -LIMIT, LIMIT) * tasks.units[:, None] for part in (path, asked))
    stock = told @ W - (true[:, :1] @ W) - tasks.inflow[:, None] * POINTS
    return {
        "imbalance": stock / np.linalg.norm(W),
        "distance": np.linalg.norm(told - true, axis=2),
        "rmse": np.sqrt(np.square(told - true).mean(axis=1)),
        "loss": found[:: max(1, epochs // 200)],
    }


def tell(table: Table, found: Any, run: Run, kind: str) -> None:
    """By world, the courses of imbalance and distance at every tenth point."""
    table.array("rmse", found["rmse"], kind=kind)
    table.array("loss", found["loss"], kind=kind)
    for key in ("imbalance", "distance"):
        table.array(key, found[key][:, ::10], kind=kind)


BALANCED = Experiment(
    "pathways.learned.balanced", train=measured, tell=tell, length=LENGTH, seeds=SEEDS,
    sweep=[{"kind": kind} for kind in KINDS],
)  # fmt: skip


def of(effort: Any, kind: str, key: str) -> np.ndarray:
    """What was measured of a kind."""
    return np.asarray(BALANCED(effort, kind=kind)[key], dtype=float)
