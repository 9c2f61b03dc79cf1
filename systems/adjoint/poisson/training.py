r"""The intensity of a Poisson process as a latent equation, after Figure 7, and its training.

    z' = f(z),  z(0) = z_0 learned,  λ(t) = softplus(g(z(t))),  Λ' = λ

on [0, 6], the integral Λ one more state of the same adaptive solve.  f and g are networks of one hidden layer; f knows
no time, as in (11)–(13).  A member, one a seed, has eight realisations of its own (`systems.adjoint.poisson.data`),
some 170 events, and maximises  Σ_i log λ(z(t_i)) − 8 Λ(6).  All realisations share z_0: there is no encoder here.

Every event is a copy of the trajectory that arrives at its own time: with z' = t_i f(z) on [0, 1] all of them are one
state of one solve (`systems.solving.lockstep`), and so is the gradient by the adjoint equation.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from systems.adjoint.poisson.data import (
    END,
    GRID,
    REALISATIONS,
    SEEDS,
    STREAMS,
    constant,
    distance,
    events,
    kernel,
    shortfall,
    truth,
)
from systems.adjoint.stoppable import Stoppable
from systems.solving.lockstep import solve
from systems.training.ensemble import Adam, train
from systems.training.protocol import Experiment, Run, Table
from systems.training.streams import stream

STEPS, SHORT = 150, 40
"""Chosen with width and rate on seeds 100 to 103: more steps bring nothing there.  A wrong likelihood has no maximum to
wait for, and is trained for fewer."""
LATENT, HIDDEN, TOL, RATE = 2, 32, 1e-4, 3e-2
LAYERS = ((LATENT, HIDDEN), (HIDDEN, LATENT), (LATENT, HIDDEN), (HIDDEN, 1))
"""Inputs and outputs of the affine layers of f and of g."""
SHAPES = tuple(shape for p, q in LAYERS for shape in ((p, q), (1, q)))


def fresh(seeds: list[int]) -> list[Tensor]:
    """z_0, then weights and biases of f and of g, members x …; uniform in ±1/√fan-in, z_0 standard normal."""
    fans = [p for p, _ in LAYERS for _ in range(2)]
    members = []
    for seed in seeds:
        rng = stream(seed, "weights", STREAMS)
        drawn = [rng.normal(size=(1, LATENT))]
        drawn += [rng.uniform(-1, 1, shape) / np.sqrt(fan) for shape, fan in zip(SHAPES, fans, strict=True)]
        members.append(drawn)
    return [torch.tensor(np.stack(parts)) for parts in zip(*members, strict=True)]


def intensity(z: Tensor, g: Any) -> Tensor:
    """λ for latent states, members x rows x latent."""
    hidden = torch.tanh(torch.baddbmm(g[1], z, g[0]))
    return F.softplus(torch.baddbmm(g[3], hidden, g[2]))


def field(t: Tensor, s: Tensor, weights: Any, arrival: Tensor) -> Tensor:
    """(z, Λ)' for every row, its time running `arrival` times as fast (members x rows x 1)."""
    z = s[:, :, :LATENT]
    f = torch.baddbmm(weights[3], torch.tanh(torch.baddbmm(weights[1], z, weights[0])), weights[2])
    return arrival * torch.cat([f, intensity(z, weights[4:])], dim=2)


def followed(parameters: Any, times: Tensor, tol: float = TOL, **how: Any) -> tuple[Tensor, Tensor]:
    """λ and Λ at the times, members x rows each."""
    z0, weights = parameters[0], parameters[1:]
    start = torch.cat([z0, torch.zeros_like(z0[:, :, :1])], dim=2).expand(-1, times.shape[1], -1)
    s = solve(field, start.contiguous(), weights, 0.0, 1.0, tol=tol, given=(times[:, :, None],), most=400, **how)
    return intensity(s[:, :, :LATENT], weights[4:])[:, :, 0], s[:, :, LATENT]


def padded(seeds: list[int]) -> tuple[Tensor, Tensor]:
    """Every member's events and after them the end of the window, as often as rows are left; and which are events."""
    rows = max(len(events(seed)) for seed in seeds) + 1
    times, real = torch.full((len(seeds), rows), END, dtype=torch.float64), torch.zeros(len(seeds), rows)
    for e, seed in enumerate(seeds):
        n = len(events(seed))
        times[e, :n], real[e, :n] = torch.tensor(events(seed)), 1.0
    return times, real.double()


def losses(parameters: Any, times: Tensor, real: Tensor, integral: float = 1.0) -> Tensor:
    """Minus the log-likelihood of a realisation, one a member: `integral` times Λ, less the mean of Σ log λ."""
    rates, mass = followed(parameters, times)
    return integral * mass[:, -1] - (real * rates.log()).sum(dim=1) / REALISATIONS


def trained(run: Run) -> dict[str, Any]:
    """Adam on all events of a member at once: intensity and Λ on `GRID`, losses, and whose solver gave up (stopped)."""
    return fitted(run, 1.0)


def fitted(run: Run, integral: float) -> dict[str, Any]:
    """The same of a likelihood with `integral` times Λ: a member has one example, all its events."""
    parameters, (times, real) = fresh(run.seeds), padded(run.seeds)
    optimiser = Adam(lr=RATE)
    members = Stoppable(lambda leaves, _: losses(leaves, times, real, integral), parameters, optimiser)
    orders = repeat(np.zeros((len(run.seeds), 1), dtype=int))
    curve = train(members, optimiser, orders=orders, epochs=run.length, batch=1, progress=run.progress)
    with torch.no_grad():
        rates, mass = followed(parameters, torch.tensor(GRID).expand(len(run.seeds), -1))
    weights = torch.cat([p.flatten(1) for p in parameters], dim=1)
    tensors = {"intensity": rates, "mass": mass, "weights": weights}
    return {**{name: made.numpy() for name, made in tensors.items()}, "loss": curve, "stopped": members.rule.stopped}


def told(table: Table, found: Any, run: Run) -> None:
    """Intensities of every seed, one seed's events, and the figures of all estimates."""
    every, one = slice(None, None, 10), run.seeds[0]
    table.array("t", GRID[every])
    table.array("truth", truth(GRID)[every])
    table.array("intensity", found["intensity"][:, every])
    table.array("kernel", kernel(one)[every])
    table.array("events", events(one))
    table.array("loss", found["loss"].mean(axis=1))
    for place, at in {"first bump": 1.5, "valley": 3.0, "second bump": 4.0}.items():
        height = float(np.median(found["intensity"][:, int(np.searchsorted(GRID, at - 1e-9))]))
        table.add("height", x=at, measured=height, predicted=float(truth(at)), place=place)
    table.add("stopped", measured=float(found["stopped"].sum()))
    estimates = {
        "latent equation": list(found["intensity"]),
        "kernel": [kernel(seed) for seed in run.seeds],
        "constant": [constant(seed) for seed in run.seeds],
    }
    for name, rates in estimates.items():
        for key, measure in (("distance", distance), ("shortfall", shortfall)):
            table.quartiles("table", [measure(each) for each in rates], key=key, estimate=name)


INTENSITY = Experiment(
    "adjoint.poisson.intensity", train=trained, tell=told, length=STEPS, seeds=SEEDS, streams=STREAMS
)
WRONG = Experiment("adjoint.poisson.wrong_likelihood", train=fitted, length=SHORT, seeds=SEEDS, streams=STREAMS)
"""With another number of integrals in the likelihood than one."""


def rebuilt(weights: np.ndarray) -> list[Tensor]:
    """The parameters from `weights`, members x P."""
    shapes = [torch.Size(shape) for shape in ((1, LATENT), *SHAPES)]
    pieces = torch.tensor(weights).split([shape.numel() for shape in shapes], dim=1)
    return [piece.reshape(-1, *shape) for piece, shape in zip(pieces, shapes, strict=True)]
