"""Structured networks: memory of a continuous Evoformer beside a stack, and trainings of FHNN at once beside one at a time.

``python bench/structured.py [--members 12] [--batch 32] [--steps 40] [--repeat 5]``: one core.

``memory_ratio``: bytes that autograd saves for the backward pass of 48 steps of Euler's method through the reduced field,
by ``torchdiffeq.odeint`` as by a stack of blocks, over those of ``odeint_adjoint``; ``memory_of_depth`` the bytes of both
at 6, 12, 24 and 48 steps.

``ratio``: gradient steps of FHNN a second,

(a) plain: in the authors' style, one network after the other, ``torch.nn`` modules, the flow by ``torch.autograd.grad``
    of the streamfunction, backpropagation through it, ``torch.optim.Adam``;
(b) engine: ``systems.training.ensemble``, all members in one program, the slopes of the streamfunction written out.

Both in double precision on the same states; their losses agree at the start, or the bench fails.  They take turns: every
figure is a median over the repetitions, ``ratio`` the median of the ratios within one.
"""  # noqa: E501

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torchdiffeq import odeint, odeint_adjoint  # noqa: E402

from systems.adjoint.memory import saved  # noqa: E402
from systems.evoformer.block.reduced import Continuous, reduced_shapes  # noqa: E402
from systems.evoformer.block.updates import Sizes, drawn  # noqa: E402
from systems.evoformer.block.whole import start  # noqa: E402
from systems.floating_bodies import models  # noqa: E402
from systems.floating_bodies.data import WORLDS, simulated  # noqa: E402
from systems.training.ensemble import Adam, Autograd  # noqa: E402

torch.set_num_threads(1)
AGREE = 1e-9


def memory() -> dict[int, tuple[float, float]]:
    """Bytes saved by depth: through the steps, and by the adjoint."""
    w = {k: v.requires_grad_() for k, v in drawn(np.random.default_rng(0), reduced_shapes(Sizes()), 0.5).items()}
    of, x = Continuous(w, Sizes(), 4, 12), start(0, Sizes(), 4, 12)
    unit = torch.tensor([0.0, 1.0], dtype=torch.float64)
    found = {}
    for n in (6, 12, 24, 48):
        how = {"method": "euler", "options": {"step_size": 1 / n}}
        found[n] = (
            saved(lambda: odeint(of.field, x, unit, **how)),  # noqa: B023
            saved(lambda: odeint_adjoint(of.field, x, unit, adjoint_params=tuple(w.values()), **how)),  # noqa: B023
        )
    return found


class Plain(nn.Module):
    """One FHNN, as one would write it."""

    def __init__(self, own: list[torch.Tensor]) -> None:
        super().__init__()
        self.psi, self.coefficients = (self.net(own[first : first + 6]) for first in (0, 6))

    @staticmethod
    def net(own: list[torch.Tensor]) -> nn.Sequential:
        layers: list[nn.Module] = []
        for k in range(3):
            linear = nn.Linear(*own[2 * k].shape, dtype=torch.float64)
            linear.weight.data, linear.bias.data = own[2 * k].T.clone(), own[2 * k + 1][0].clone()
            layers += [linear, nn.Softplus()] if k < 2 else [linear]
        return nn.Sequential(*layers)

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        x = state[:, :2].detach().requires_grad_()
        grad = torch.autograd.grad(self.psi(x).sum(), x, create_graph=True)[0]
        v = state[:, 2:]
        w = v - torch.stack([-grad[:, 1], grad[:, 0]], dim=1)
        s = (w.square().sum(dim=1) + 1e-16).sqrt()
        r = (x.square().sum(dim=1) + 1e-16).sqrt()
        caps = nn.functional.softplus(self.coefficients(torch.stack([r, s], dim=1)))
        found = torch.minimum(caps, models.CAPS)
        drag = models.HALF_DENSITY * found[:, 2] * s + found[:, 3]
        return torch.cat([v, -drag[:, None] * w / (models.BODY + found[:, :2])], dim=1)


def turns(asked: argparse.Namespace) -> tuple[float, float, float]:
    """Steps a second of one member: plain, engine, and the median of their ratios."""
    world = WORLDS["vortex"]
    states = simulated(world, np.random.default_rng(1)).reshape(-1, 4)
    data, wanted = torch.tensor(states), torch.tensor(world.slopes(states))
    rng = np.random.default_rng(2)
    parameters = models.drawn("FHNN", [np.random.default_rng(k) for k in range(asked.members)])
    plain = [Plain([p[m] for p in parameters]) for m in range(asked.members)]
    optimisers = [torch.optim.Adam(one.parameters(), lr=1e-3) for one in plain]
    ensemble = Autograd(
        parameters,
        lambda leaves, batch: (models.field("FHNN", leaves, data[batch]) - wanted[batch]).square().mean(dim=(1, 2)),
    )
    engine, slopes = Adam(1e-3), [torch.zeros_like(p) for p in parameters]
    rows = rng.integers(0, len(data), (asked.members, asked.batch))
    mine = ensemble.gradients(rows, slopes)
    theirs = [float((one(data[rows[m]]) - wanted[rows[m]]).square().mean().detach()) for m, one in enumerate(plain)]
    if not np.allclose(mine, theirs, rtol=AGREE):
        raise SystemExit(f"losses differ: {mine} and {theirs}")
    times: dict[str, list[float]] = {"plain": [], "engine": []}
    for _ in range(asked.repeat + 1):
        batches = rng.integers(0, len(data), (asked.steps, asked.members, asked.batch))
        begun = time.perf_counter()
        for m, (one, optimiser) in enumerate(zip(plain, optimisers, strict=True)):
            for batch in batches[:, m]:
                optimiser.zero_grad()
                (one(data[batch]) - wanted[batch]).square().mean().backward()
                optimiser.step()
        middle = time.perf_counter()
        with torch.no_grad():
            for batch in batches:
                ensemble.gradients(batch, slopes)
                engine.step(parameters, slopes)
        times["plain"].append(middle - begun)
        times["engine"].append(time.perf_counter() - middle)
    done = asked.steps * asked.members
    ratios = [a / b for a, b in zip(times["plain"][1:], times["engine"][1:], strict=True)]
    return done / np.median(times["plain"][1:]), done / np.median(times["engine"][1:]), float(np.median(ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=12)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    held = memory()
    print(f"{'steps':>8}{'odeint, bytes':>16}{'adjoint, bytes':>16}")
    for n, (through, adjoint) in held.items():
        print(f"{n:8}{through:16.0f}{adjoint:16.0f}")
    plain, engine, ratio = turns(asked)
    print(f"\nFHNN, gradient steps of a member a second, {asked.members} members, batches of {asked.batch} states")
    print(f"  one after the other {plain:10.0f}\n  all at once         {engine:10.0f}    {ratio:.1f} times")
    print(json.dumps({
        "memory_ratio": round(held[48][0] / held[48][1], 1), "memory_of_depth": held, "ratio": round(ratio, 2),
        "plain_steps_per_second": round(plain), "engine_steps_per_second": round(engine), "members": asked.members,
        "batch": asked.batch,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
