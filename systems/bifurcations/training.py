r"""Fields learned on series of several parameters, all seeds at once.

Of the authors: weights N(0, 0.2²), no biases at first, tanh; the mean absolute error of blocks, each started at its own
first point; Adam; one pass over the shuffled blocks is an epoch.  Ours: double precision, Kutta's scheme with steps
that divide the distance of the points (theirs: Dormand–Prince for the predator–prey system, and steps of 0.1 read at
0.125 for Rössler's), seeded weights.

The boundary loss of the predator–prey system is λ(mean |f_x(0, y, α)| + mean |f_y(x, 0, α)|) on x = 0, .05, …, 1,
y = 0, .1, …, 2 and the fifteen α = .58, .60, …, .86, as their grid turns out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from gronwall import pick
from systems.bifurcations import kernels
from systems.bifurcations.data import SYSTEMS, blocks_of, scaling, series
from systems.bifurcations.kernels import AFFINE, AXES, PLAIN, Net, net
from systems.bifurcations.learned import Learned
from systems.training.ensemble import Adam, data_orders, train
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = [
    "LORENZ", "PREDATOR_PREY", "ROSSLER", "TUNED", "VARIANTS", "Fields", "boundary", "members", "rollout_error",
]  # fmt: skip

DEVIATION = 0.2
HEADS = {"plain": PLAIN, "affine": AFFINE, "axes": AXES}
LAMBDA = 0.01


def boundary() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of both axes (630 x 2), their α, and the component that must vanish there."""
    alphas = np.arange(0.58, 0.86, 0.02)
    x, y = np.linspace(0, 1, 21), np.linspace(0, 2, 21)
    on_y = np.array([[0.0, value] for value in y for _ in alphas])
    on_x = np.array([[value, 0.0] for value in x for _ in alphas])
    return np.concatenate([on_y, on_x]), np.tile(alphas, 42), np.repeat([0, 1], 21 * len(alphas))


@dataclass
class Fields:
    """An ensemble of fields: parameters (members x P), and gradients on blocks by the compiled kernels."""

    net: Net
    weights: torch.Tensor
    data: np.ndarray
    """Blocks: points x blocks x d."""
    values: np.ndarray
    """The parameter of each block."""
    step: tuple[float, int]
    penalty: float = 0.0
    """λ of the boundary loss."""

    def __post_init__(self) -> None:
        self._rooms: dict[int, Any] = {}
        self._axes = boundary() if self.penalty else None

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [self.weights]

    def gradients(self, batch: np.ndarray, into: Any) -> np.ndarray:
        """Each member's loss on its blocks, the boundary's share included."""
        P, slopes = self.weights.numpy(), into[0].numpy()
        losses = np.empty(len(P))
        room = self._room(4 * (len(self.data) - 1) * self.step[1] * batch.shape[1])
        for e, chosen in enumerate(batch):
            data = np.ascontiguousarray(self.data[:, chosen])
            losses[e] = kernels.blocks((P[e], self.net), data, self.values[chosen], self.step, room, slopes[e])
            if self._axes is not None:
                room_there = self._room(len(self._axes[0]))
                losses[e] += kernels.leak((P[e], self.net), self._axes, self.penalty, room_there, slopes[e])
        return losses

    def _room(self, rows: int) -> Any:
        """Kept from one call to the next."""
        if rows not in self._rooms:
            self._rooms[rows] = kernels.work(self.net, rows), kernels.work(self.net, rows)
        return self._rooms[rows]


def started(made: Net, run: Run) -> torch.Tensor:
    """Weights N(0, 0.2²) from each seed's stream, biases 0: members x P."""
    sizes = [made.inputs, *[made.width] * made.layers, made.outputs]
    rows = []
    for seed in run.seeds:
        rng, parts = run.stream(seed, "weights"), []
        for n, m in pairwise(sizes):
            parts += [rng.normal(0, DEVIATION, n * m), np.zeros(m)]
        rows.append(np.concatenate(parts))
    return torch.tensor(np.array(rows))


def rollout_error(learned: Learned, name: str, parameters: tuple[float, ...]) -> float:
    """The mean absolute error of whole series from their starts, in normalised units, the start included."""
    system, told = SYSTEMS[name], learned.scaling
    true = series(name, parameters)
    values = np.repeat(parameters, len(system.starts))
    step = system.dt / (2 * system.steps)
    path = learned.orbits(true[:, 0], values, step, 2 * system.steps, system.points - 1).transpose(1, 0, 2)
    off = told.states(np.concatenate([true[:, :1], path], axis=1)) - told.states(true)
    return float(abs(off).mean())


def fitted(
    run: Run, name: str, parameters: tuple[float, ...], *, head: str, penalty: float, rate: float, falling: bool,
    width: int, layers: int,
) -> dict[str, Any]:  # fmt: skip
    """Weights (seeds x P), losses (epochs x seeds), and the mean absolute error of whole training series by seed."""
    system = SYSTEMS[name]
    data, values = blocks_of(name, parameters)
    made = net(data.shape[-1], width, layers, HEADS[head])
    ensemble = Fields(made, started(made, run), data, values, (system.dt / system.steps, system.steps), penalty)
    optimiser, epochs = Adam(rate), run.length

    def after(epoch: int) -> None:
        if falling:
            optimiser.lr = rate * min(1.0, 2 * (epochs - epoch) / epochs)

    losses = train(
        ensemble, optimiser, orders=data_orders(run.seeds, data.shape[1]), epochs=epochs, batch=system.batch,
        after=after, progress=run.progress,
    )  # fmt: skip
    weights = ensemble.weights.numpy()
    told = [rollout_error(Learned(P, made, scaling(name)), name, parameters) for P in weights]
    return {"weights": weights, "loss": thinned(losses), "whole": np.array(told)}


def thinned(losses: np.ndarray, most: int = 400) -> np.ndarray:
    """Means over equal parts of the training, at most so many."""
    return np.stack([part.mean(axis=0) for part in np.array_split(losses, min(most, len(losses)))])


def members(
    found: Mapping[str, Any], name: str, head: str = "plain", size: tuple[int, int] | None = None
) -> list[Learned]:
    """The learned fields of an experiment."""
    system = SYSTEMS[name]
    width, layers = size or (system.width, system.layers)
    made = net(len(system.starts[0]), width, layers, HEADS[head])
    return [Learned(np.ascontiguousarray(P), made, scaling(name)) for P in found["weights"]]


def tell_losses(table: Table, found: Any, run: Run, **setting: Any) -> None:
    """Learning curves and the error of whole series, every seed."""
    table.array("loss", found["loss"])
    table.quartiles("table", found["whole"], key="whole series")
    table.array("whole series", found["whole"])


# ---------------------------------------------------------------- what is learned

LEARNING_SEEDS = Seeds(20, 12, chosen_on=(11, 12))


def learned(run: Run, system: str, head: str = "plain", penalty: float = 0.0) -> dict[str, Any]:
    """With the authors' network; for the predator–prey system at ten times their rate.  At full the rate falls to 0."""
    s, whole = SYSTEMS[system], run.effort == "paper"
    rate = s.rate if whole or system != "predator_prey" else 10 * s.rate
    return fitted(
        run, system, s.parameters, head=head, penalty=penalty, rate=rate, falling=not whole, width=s.width,
        layers=s.layers,
    )  # fmt: skip


def predator_prey(run: Run, head: str = "plain", penalty: float = 0.0) -> dict[str, Any]:
    """The predator–prey system, with the boundary loss or without, or with a head that knows something."""
    return learned(run, "predator_prey", head, penalty)


def lorenz(run: Run) -> dict[str, Any]:
    """Lorenz's system."""
    return learned(run, "lorenz")


def rossler(run: Run) -> dict[str, Any]:
    """Rössler's system."""
    return learned(run, "rossler")


VARIANTS = {
    "boundary loss": {"penalty": LAMBDA},
    "no boundary loss": {},
    "axes built in": {"head": "axes"},
    "affine in the parameter": {"head": "affine", "penalty": LAMBDA},
}
PREDATOR_PREY = Experiment(
    "bifurcations.learned.predator_prey", train=predator_prey, tell=tell_losses,
    length=pick(full=1500, paper=SYSTEMS["predator_prey"].epochs), seeds=LEARNING_SEEDS, sweep=list(VARIANTS.values()),
)  # fmt: skip
LORENZ = Experiment(
    "bifurcations.learned.lorenz", train=lorenz, tell=tell_losses,
    length=pick(full=6000, paper=SYSTEMS["lorenz"].epochs), seeds=LEARNING_SEEDS,
)  # fmt: skip
ROSSLER = Experiment(
    "bifurcations.learned.rossler", train=rossler, tell=tell_losses,
    length=pick(full=6000, paper=SYSTEMS["rossler"].epochs), seeds=LEARNING_SEEDS,
)  # fmt: skip


# ---------------------------------------------------------------- the tuning table

TUNING = (0.64, 0.66, 0.68, 0.70)
VALIDATED = (0.62,)
RANKS = {1: (1e-4, 0.01, 3), 2: (1e-3, 0.001, 3), 4: (1e-3, 0.01, 2), 36: (1e-3, 0.1, 3)}
"""Rate, λ and layers of 64 of four of the 36 choices."""


def tuned(run: Run, rank: int) -> dict[str, Any]:
    """A choice of the table as the authors train it, validated on α = 0.62."""
    rate, penalty, layers = RANKS[rank]
    found = fitted(
        run, "predator_prey", TUNING, head="plain", penalty=penalty, rate=rate, falling=False, width=64, layers=layers
    )
    fields = members(found, "predator_prey", size=(64, layers))
    found["validated"] = np.array([rollout_error(field, "predator_prey", VALIDATED) for field in fields])
    return found


def tell_tuned(table: Table, found: Any, run: Run, rank: int) -> None:
    """Both errors, every seed."""
    table.array("validated", found["validated"], rank=rank)
    table.array("whole series", found["whole"], rank=rank)


TUNED = Experiment(
    "bifurcations.learned.tuning", train=tuned, tell=tell_tuned, length=5000,
    seeds=Seeds(20, 8, chosen_on=(11, 12)), sweep=[{"rank": rank} for rank in RANKS],
)  # fmt: skip
