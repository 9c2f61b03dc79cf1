r"""The series that van Tegelen et al. train on, with their settings: which values, starts, times, networks and rates.

    Lorenz          r = 5, 7.5, …, 22.5 from (±1, ±1, 1); 100 points 0.05 apart; blocks of 20, 8 at a time; 2 x 64
    Rössler         c = 4.5, 4.6, …, 5.5 from (−4, −4, 0) after 475; 200 points 0.125 apart; blocks of 40, 11; 3 x 16
    predator–prey   α = .62, .64, …, .70 from (1, .01) and (1, .1); 100 points 100/99 apart; blocks of 20, 5; 3 x 64

Lorenz and Rössler are normalised to mean 0 and deviation 1, states and parameter, by the series up to r = 20 and from
c = 4.6 on; the predator–prey system is not.  Series by DOP853 to 1e-10.

Source: the released code (nb, runs of the revision), read in settings; the equations are in
`gronwall.theory.bifurcations.fields`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from gronwall.theory.bifurcations.fields import FIELDS, rules

__all__ = ["SYSTEMS", "Scaling", "System", "blocks_of", "scaling", "series"]


@dataclass(frozen=True)
class System:
    """What is trained on, and how."""

    name: str
    parameters: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]
    points: int
    dt: float
    before: float
    """How long is left out first."""
    block: int
    batch: int
    width: int
    layers: int
    rate: float
    epochs: int
    """The authors' length."""
    steps: int
    """Steps of Kutta's scheme between two points."""
    normalised_by: tuple[float, float] | None
    """The parameters of the series whose mean and deviation are used."""


def spaced(first: float, last: float, count: int) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in np.linspace(first, last, count))


SYSTEMS = {
    "lorenz": System(
        "lorenz", spaced(5, 22.5, 8), ((1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)), 100, 0.05, 0.0, 20, 8, 64, 2, 1e-3, 20001,
        1, (5, 20),
    ),
    "rossler": System(
        "rossler", spaced(4.5, 5.5, 11), ((-4.0, -4.0, 0.0),), 200, 0.125, 475.0, 40, 11, 16, 3, 1e-3, 15001, 1,
        (4.6, 5.5),
    ),
    "predator_prey": System(
        "predator_prey", spaced(0.62, 0.70, 5), ((1.0, 0.01), (1.0, 0.1)), 100, 100 / 99, 0.0, 20, 5, 64, 3, 1e-4,
        10000, 2, None,
    ),
}  # fmt: skip


@cache
def series(name: str, parameters: tuple[float, ...]) -> np.ndarray:
    """All series of these parameters: (parameters x starts, points, d), the starts of one parameter together."""
    system, found = SYSTEMS[name], []
    times = system.before + system.dt * np.arange(system.points)
    for parameter in parameters:
        f, _ = rules(FIELDS[name], parameter)
        for start in system.starts:
            solved = solve_ivp(
                lambda _, u, f=f: f(u), (0, times[-1]), start, "DOP853", t_eval=times, rtol=1e-10, atol=1e-12
            )
            found.append(solved.y.T)
    return np.array(found)


@dataclass(frozen=True)
class Scaling:
    """z = mean + deviation z̃, and the parameter alike."""

    mean: np.ndarray
    deviation: np.ndarray
    parameter: tuple[float, float]

    def states(self, z: np.ndarray) -> np.ndarray:
        return (z - self.mean) / self.deviation

    def parameters(self, value: np.ndarray | float) -> np.ndarray:
        return np.asarray((np.asarray(value, dtype=float) - self.parameter[0]) / self.parameter[1])


@cache
def scaling(name: str) -> Scaling:
    """As the authors normalise: by points and by series, deviations of a sample."""
    system = SYSTEMS[name]
    d = len(system.starts[0])
    if system.normalised_by is None:
        return Scaling(np.zeros(d), np.ones(d), (0.0, 1.0))
    low, high = system.normalised_by
    used = tuple(p for p in system.parameters if low <= p <= high)
    points = series(name, used).reshape(-1, d)
    values = np.repeat(used, len(system.starts))
    return Scaling(points.mean(axis=0), points.std(axis=0, ddof=1), (float(values.mean()), float(values.std(ddof=1))))


def blocks_of(name: str, parameters: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Normalised series cut into blocks, (block, blocks, d), and the normalised parameter of each."""
    system, told = SYSTEMS[name], scaling(name)
    data = told.states(series(name, parameters))
    cut = data.reshape(-1, system.block, data.shape[-1])
    values = told.parameters(np.repeat(parameters, len(system.starts) * (system.points // system.block)))
    return np.ascontiguousarray(cut.transpose(1, 0, 2)), values
