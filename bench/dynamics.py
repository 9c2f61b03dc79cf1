"""Training steps per second of fields learned across bifurcations, beside a plain loop over torchdiffeq.

``python bench/dynamics.py [--members 4] [--steps 12] [--repeat 7]``: one core.

A step is one batch of blocks of one network: loss, gradients, one step of Adam, with the settings of the three systems
in ``systems/bifurcations/data.py``.

(a) plain: in the authors' style, single precision, ``torchdiffeq.odeint`` on a ``torch.nn`` network of state and
    parameter, one solve a block of points, backpropagation through the solver, ``torch.optim.Adam``; Dormand–Prince at
    1e-5 and the boundary loss for the predator–prey system, the fixed-step ``rk4`` for the others;
(b) engine: ``systems.training.ensemble`` with the compiled fields, double precision, all members.

The two take turns, so that a neighbour slows both alike: every figure is a median over the repetitions, ``ratio`` the
least of the medians of the ratios within one.  Before timing, both are run from the same weights on the same blocks:
their losses agree, or the bench fails.

``inference_ratio``: the course of a strain of the limonene pathway over 72 hours, 200 points, by a pipeline of
regressed slopes (random forests of 50 trees, one a series, asked at every stage of Kutta's scheme) against a neural ODE
by the same scheme, both in one process; and beside it the pipelines of boosted trees and of a Gaussian process.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torchdiffeq import odeint  # noqa: E402

from systems.bifurcations.data import SYSTEMS, blocks_of  # noqa: E402
from systems.bifurcations.kernels import net  # noqa: E402
from systems.bifurcations.training import LAMBDA, Fields, boundary  # noqa: E402
from systems.pathways import models  # noqa: E402
from systems.pathways.worlds import world  # noqa: E402
from systems.training.ensemble import Adam  # noqa: E402

torch.set_num_threads(1)
FRAME = "{:16}{:>14}{:>14}{:>10}"
AGREE = 2e-3
"""Relative: single precision, another scheme of order four or Dormand–Prince at 1e-5 on steps of a half."""


class Plain:
    """One network, as the authors train it."""

    def __init__(self, name: str, weights: np.ndarray) -> None:
        self.system = system = SYSTEMS[name]
        self.d = d = len(system.starts[0])
        sizes = [d + 1, *[system.width] * system.layers, d]
        parts: list[nn.Module] = []
        at = 0
        for n, m in pairwise(sizes):
            linear = nn.Linear(n, m)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weights[at : at + n * m].reshape(n, m).T))
                linear.bias.copy_(torch.tensor(weights[at + n * m : at + n * m + m]))
            parts += [linear, nn.Tanh()]
            at += n * m + m
        self.network = nn.Sequential(*parts[:-1])
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=system.rate)
        self.times = system.dt * torch.arange(system.block, dtype=torch.float32)
        self.adaptive = name == "predator_prey"
        self.axes = [torch.tensor(part, dtype=torch.float32) for part in boundary()[:2]] if self.adaptive else None

    def loss(self, data: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        def field(_: Any, u: torch.Tensor) -> torch.Tensor:
            return self.network(torch.cat([u, values[:, None]], dim=1))

        how: dict[str, Any] = {"method": "dopri5", "rtol": 1e-5} if self.adaptive else {"method": "rk4"}
        told = odeint(field, data[0], self.times, **how)
        loss = (told - data).abs().mean()
        if self.axes is not None:
            through = self.network(torch.cat([self.axes[0], self.axes[1][:, None]], dim=1))
            half = len(through) // 2
            loss = loss + LAMBDA * (through[:half, 0].abs().mean() + through[half:, 1].abs().mean())
        return loss

    def step(self, data: torch.Tensor, values: torch.Tensor) -> float:
        self.optimiser.zero_grad()
        loss = self.loss(data, values)
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())


class Engine:
    """All members."""

    def __init__(self, name: str, weights: np.ndarray) -> None:
        system = SYSTEMS[name]
        data, values = blocks_of(name, system.parameters)
        made = net(data.shape[-1], system.width, system.layers)
        penalty = LAMBDA if name == "predator_prey" else 0.0
        step = (system.dt / system.steps, system.steps)
        self.fields = Fields(made, torch.tensor(weights), data, values, step, penalty)
        self.optimiser, self.slopes = Adam(system.rate), [torch.zeros_like(self.fields.weights)]

    def step(self, batch: np.ndarray) -> np.ndarray:
        losses = self.fields.gradients(batch, self.slopes)
        self.optimiser.step(self.fields.parameters, self.slopes)
        return losses


def started(name: str, members: int) -> np.ndarray:
    """Weights N(0, 0.2²): members x P, small ones first so that nothing blows up in a few steps."""
    system, rng = SYSTEMS[name], np.random.default_rng(0)
    made = net(len(system.starts[0]), system.width, system.layers)
    return rng.normal(0, 0.1, (members, made.parameters))


def compared(name: str, members: int, steps: int, repeat: int) -> dict[str, float]:
    """Steps per second of both, and the median of their ratios."""
    system = SYSTEMS[name]
    data, values = blocks_of(name, system.parameters)
    weights, rng = started(name, members), np.random.default_rng(1)
    plain, engine = Plain(name, weights[0]), Engine(name, weights.copy())
    batches = [np.sort(rng.choice(data.shape[1], (1, system.batch), replace=False)) for _ in range(steps)]
    told = [
        (torch.tensor(data[:, batch[0]], dtype=torch.float32), torch.tensor(values[batch[0]], dtype=torch.float32))
        for batch in batches
    ]
    first = engine.step(np.repeat(batches[0], members, axis=0))[0], plain.step(*told[0])
    if not abs(first[0] - first[1]) <= AGREE * first[1]:
        raise SystemExit(f"{name}: the losses {first[0]:.6g} and {first[1]:.6g} of the same weights do not agree")
    rates = []
    for _ in range(repeat):
        begun = time.perf_counter()
        for one in told:
            plain.step(*one)
        middle = time.perf_counter()
        for batch in batches:
            engine.step(np.repeat(batch, members, axis=0))
        ended = time.perf_counter()
        rates.append((steps / (middle - begun), steps * members / (ended - middle)))
    slow, fast = (float(np.median(column)) for column in zip(*rates, strict=True))
    return {"plain": slow, "engine": fast, "ratio": float(np.median([b / a for a, b in rates]))}


class Fitted:
    """A pipeline of regressed slopes, fitted before anything is timed."""

    def __init__(self, of: models.Task, name: str) -> None:
        self.of, self.field = of, models.slope_field(of, models.regressors(0)[name])

    def __call__(self) -> np.ndarray:
        return models.integrated(self.field, self.of)


def inference(repeat: int) -> dict[str, float]:
    """Seconds a course of each pipeline over those of a neural ODE, medians of ratios within a repetition."""
    of = models.task(world(30))
    rng = np.random.default_rng(0)
    sizes = [15, models.WIDTH, models.WIDTH, 6]
    network = [
        torch.tensor(part)
        for n, m in pairwise(sizes)
        for part in (rng.normal(0, 0.1 / np.sqrt(n), (1, n, m)), np.zeros((1, 1, m)))
    ]
    pipelines = {name: Fitted(of, name) for name in models.regressors(0)}
    rows: list[dict[str, float]] = []
    for _ in range(max(3, repeat // 2)):
        begun = time.perf_counter()
        for _ in range(5):
            models.told_by(network, [of])
        alone = (time.perf_counter() - begun) / 5
        row = {"neural ODE": alone}
        for name, pipeline in pipelines.items():
            begun = time.perf_counter()
            pipeline()
            row[name] = (time.perf_counter() - begun) / alone
        rows.append(row)
    return {name: float(np.median([row[name] for row in rows])) for name in rows[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--steps", type=int, default=12, help="of the plain loop, a repetition")
    parser.add_argument("--repeat", type=int, default=7)
    asked = parser.parse_args()
    print(FRAME.format("steps a second", "plain", "engine", "ratio"))
    found = {}
    for name in SYSTEMS:
        found[name] = one = compared(name, asked.members, asked.steps, asked.repeat)
        print(FRAME.format(name, f"{one['plain']:.1f}", f"{one['engine']:.0f}", f"{one['ratio']:.1f}"), flush=True)
    times = inference(asked.repeat)
    print(
        f"a course by a neural ODE {1e3 * times['neural ODE']:.0f} ms; so many times as long by slopes regressed with"
    )
    for name, ratio in times.items():
        if name != "neural ODE":
            print(f"  {name:20}{ratio:8.1f}")
    told = {"ratio": min(one["ratio"] for one in found.values()), "systems": found, "inference": times,
            "inference_ratio": times["random forest"]}  # fmt: skip
    print(json.dumps(told, sort_keys=True))


if __name__ == "__main__":
    main()
