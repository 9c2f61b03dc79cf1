r"""What else is fitted to the same series: SINDy, echo-state networks that know the parameter, discrete steps.

SINDy.  z' = Θ(z, α) Ξ, Θ the monomials in z up to degree two, each once and once times α; Ξ by least squares of
z(t_{i+1}) − z(t_i) on ∫Θ dt, the integrals by cubic splines through the samples, coefficients that are small thrown out
and the others fitted again (Brunton, Proctor, Kutz 2016; in the integral form of Schaeffer and McCalla 2017).  Lorenz's
and Rössler's fields are in the library, the predator–prey system's is not: e^{−5x} is no polynomial.  An oracle has it.

Echo-state network.  r_{n+1} = tanh(W r_n + W_in z_n + w_α α), z_{n+1} = z_n + W_out (r_{n+1}, r_{n+1}²), W_out by ridge
regression; from r_0 = 0 at the first sample, so that a series is told from its first point, as the others are.

Discrete step.  z_{n+1} = z_n + N(z_n, α), N a network of the size of the neural ODE's, on the same blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

from systems.bifurcations import diagrams
from systems.bifurcations.data import SYSTEMS, blocks_of, scaling, series
from systems.bifurcations.diagrams import Orbits
from systems.training.ensemble import Adam, Autograd, data_orders, train
from systems.training.protocol import Run

__all__ = ["Echo", "discrete_steps", "echo_states", "sindy", "sindy_field"]

Array = np.ndarray
THRESHOLD = 0.05
"""Of a coefficient, relative to the largest one of its component."""
CHOSEN = {"lorenz": (1e-7, 0.9, 0.5), "rossler": (1e-5, 0.9, 0.5), "predator_prey": (1e-5, 0.9, 0.1)}
"""Ridge, spectral radius and size of the input weights: of twelve choices the one that tells training series best, on
the seeds 11 and 12."""


def training_series(name: str) -> tuple[Array, Array]:
    """Normalised series (rows, points, d) and their normalised parameters (rows,)."""
    system, told = SYSTEMS[name], scaling(name)
    values = np.repeat(system.parameters, len(system.starts))
    return told.states(series(name, system.parameters)), told.parameters(values)


def mapped(name: str, step: Callable[[Array, Array, Any], tuple[Array, Any]], start: Callable[[int], Any]) -> Orbits:
    """Orbits of a map of normalised states with a memory, a step of which takes the distance of two samples.

    step(z, α, memory) -> (z, memory), start(rows) -> memory.  `Orbits` asks for times: they are taken to the next
    sample.
    """
    told, dt = scaling(name), SYSTEMS[name].dt

    def orbits(starts: Array, parameters: Array, length: float, every: int, points: int) -> Array:
        z, alpha = told.states(np.asarray(starts, dtype=float)), told.parameters(parameters)
        memory, found, done = start(len(z)), [], 0
        for n in range(1, points + 1):
            for _ in range(round(n * every * length / dt) - done):
                z, memory = step(z, alpha, memory)
            done = round(n * every * length / dt)
            found.append(told.mean + told.deviation * z)
        return np.array(found)

    return orbits


# ---------------------------------------------------------------- SINDy


def library(z: Array, alpha: Array, oracle: bool = False) -> Array:
    """1, z_i, z_i z_j (and e^{−5 z_1} for the oracle), each once and once times α: (…, terms)."""
    columns = [np.ones_like(z[..., 0])]
    for degree in (1, 2):
        columns += [
            np.prod(z[..., list(which)], axis=-1) for which in combinations_with_replacement(range(z.shape[-1]), degree)
        ]
    if oracle:
        columns.append(np.exp(-5 * z[..., 0]))
    return np.stack([*columns, *[alpha * column for column in columns]], axis=-1)


@cache
def sindy(name: str, oracle: bool = False) -> Array:
    """Ξ, terms x d, in normalised units."""
    z, alpha = training_series(name)
    times = SYSTEMS[name].dt * np.arange(z.shape[1])
    above, below = [], []
    for course, value in zip(z, alpha, strict=True):
        terms = CubicSpline(times, library(course, np.full(len(course), value), oracle)).antiderivative()(times)
        below.append(np.diff(terms, axis=0))
        above.append(np.diff(course, axis=0))
    A, b = np.concatenate(below), np.concatenate(above)
    size = np.maximum(np.linalg.norm(A, axis=0), 1e-12)
    found = np.zeros((A.shape[1], b.shape[1]))
    for i, column in enumerate(b.T):
        kept = np.ones(A.shape[1], dtype=bool)
        for _ in range(10):
            fitted = np.linalg.lstsq(A[:, kept] / size[kept], column, rcond=None)[0]
            found[:, i] = 0.0
            found[kept, i] = fitted / size[kept]
            small = abs(found[:, i]) < THRESHOLD * abs(found[:, i]).max()
            if not (small & kept).any():
                break
            kept &= ~small
    return found


def sindy_field(name: str, oracle: bool = False) -> Callable[[Array, Array], Array]:
    """The field that was found, in the units of the data: rows of states and parameters."""
    Xi, told = sindy(name, oracle), scaling(name)

    def f(u: Array, parameters: Array) -> Array:
        return told.deviation * (library(told.states(u), told.parameters(parameters), oracle) @ Xi)

    return f


# ---------------------------------------------------------------- an echo-state network


class Echo:
    """One network: a reservoir of random weights, drawn once, and outputs by ridge regression."""

    UNITS = 300

    def __init__(self, name: str, rng: np.random.Generator) -> None:
        z, alpha = training_series(name)
        d = z.shape[-1]
        ridge, radius, size = CHOSEN[name]
        W = rng.normal(size=(self.UNITS, self.UNITS)) * (rng.uniform(size=(self.UNITS, self.UNITS)) < 0.05)
        self.W = W * radius / abs(np.linalg.eigvals(W)).max()
        self.given = rng.uniform(-size, size, (d + 1, self.UNITS))
        self.bias = rng.uniform(-size, size, self.UNITS)
        self.out = np.zeros((2 * self.UNITS, d))
        r, states = np.zeros((len(z), self.UNITS)), []
        for n in range(z.shape[1] - 1):
            r = self.remembered(z[:, n], alpha, r)
            states.append(self.seen(r))
        A, b = np.concatenate(states), np.concatenate(list(np.diff(z, axis=1).transpose(1, 0, 2)))
        self.out = np.linalg.solve(A.T @ A + ridge * len(A) * np.eye(A.shape[1]), A.T @ b)

    def remembered(self, z: Array, alpha: Array, r: Array) -> Array:
        """tanh(W r + W_in (z, α) + b)."""
        return np.tanh(r @ self.W.T + np.concatenate([z, alpha[:, None]], axis=1) @ self.given + self.bias)

    def seen(self, r: Array) -> Array:
        """(r, r²)."""
        return np.concatenate([r, r * r], axis=1)

    def step(self, z: Array, alpha: Array, r: Array) -> tuple[Array, Array]:
        """The next state, and what is remembered."""
        r = self.remembered(z, alpha, r)
        return z + self.seen(r) @ self.out, r


def echo_states(run: Run, name: str) -> list[Orbits]:
    """One a seed."""
    found = []
    for seed in run.seeds:
        one = Echo(name, run.stream(seed, "weights"))
        found.append(mapped(name, one.step, lambda rows: np.zeros((rows, Echo.UNITS))))
    return found


# ---------------------------------------------------------------- a step in discrete time


def outputs(parameters: list[Tensor], x: Tensor) -> Tensor:
    """The network of every member: (members, rows, d + 1) -> (members, rows, d)."""
    for k in range(0, len(parameters) - 2, 2):
        x = torch.tanh(torch.baddbmm(parameters[k + 1], x, parameters[k]))
    return torch.baddbmm(parameters[-1], x, parameters[-2])


def discrete_steps(run: Run, name: str) -> list[Orbits]:
    """One a seed: the mean absolute error of blocks, each started at its first point; Adam, the rate falling to 0."""
    system = SYSTEMS[name]
    data, values = blocks_of(name, system.parameters)
    blocks, alpha = torch.tensor(data), torch.tensor(values)
    sizes = [data.shape[-1] + 1, *[system.width] * system.layers, data.shape[-1]]
    parameters: list[list[Array]] = [[] for _ in range(2 * len(sizes) - 2)]
    for seed in run.seeds:
        rng = run.stream(seed, "weights")
        for k, (n, m) in enumerate(pairwise(sizes)):
            parameters[2 * k].append(rng.normal(0, 0.2, (n, m)))
            parameters[2 * k + 1].append(np.zeros((1, m)))
    weights = [torch.tensor(np.stack(part)) for part in parameters]

    def losses(leaves: Any, batch: Tensor) -> Tensor:
        told = blocks[:, batch].permute(1, 0, 2, 3)
        given, z, off = alpha[batch][..., None], told[:, 0], torch.zeros(())
        for n in range(1, told.shape[1]):
            z = z + outputs(leaves, torch.cat([z, given], dim=-1))
            off = off + (z - told[:, n]).abs().mean(dim=(1, 2))
        return off / told.shape[1]

    optimiser, epochs = Adam(1e-3), run.length

    def after(epoch: int) -> None:
        optimiser.lr = 1e-3 * min(1.0, 2 * (epochs - epoch) / epochs)

    train(
        Autograd(weights, losses), optimiser, orders=data_orders(run.seeds, data.shape[1]), epochs=epochs,
        batch=system.batch, after=after, progress=run.progress,
    )  # fmt: skip

    def member(place: int) -> Orbits:
        own = [part[place].numpy() for part in weights]

        def step(z: Array, a: Array, memory: None) -> tuple[Array, None]:
            x = np.concatenate([z, a[:, None]], axis=1)
            for k in range(0, len(own) - 2, 2):
                x = np.tanh(x @ own[k] + own[k + 1])
            return z + x @ own[-2] + own[-1], memory

        return mapped(name, step, lambda rows: None)

    return [member(place) for place in range(len(run.seeds))]


def of_sindy(name: str, oracle: bool = False) -> Orbits:
    """Orbits of the field that was found."""
    return diagrams.orbits_of(sindy_field(name, oracle))
