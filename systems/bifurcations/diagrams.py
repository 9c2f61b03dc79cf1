r"""Diagrams as the authors draw them: where orbits end for many parameters, of a true field and of a learned one.

Predator–prey: from (1, 0.01), 2000 time units, least and largest x over the last 500; two diagrams are

    MAE = ½(mean_α |max x − max x̂| + mean_α |min x − min x̂|)

apart, and prey has died out where the largest x is below 0.05.  Lorenz: from (±1, ±1, 1), 250 units, least and
largest x over the last 50; an orbit has come to rest where x deviates by less than 0.01 over the last tenth of all.
Rössler: from (−4, −4, 0), 1000 units, the maxima of x over the last 100.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from gronwall.theory.bifurcations.fields import FIELDS
from systems.bifurcations.attractors import loops, maxima
from systems.bifurcations.learned import Learned

__all__ = [
    "EXTINCT", "Orbits", "apart", "extinction", "lorenz_ends", "onset", "orbits_of", "predator_prey_ends",
    "rossler_tops", "true_orbits",
]  # fmt: skip

EXTINCT = 0.05
STILL = 1e-2

Orbits = Callable[[np.ndarray, np.ndarray, float, int, int], np.ndarray]
"""(starts, parameters, step, every, points) -> points x rows x d."""


def orbits_of(f: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Orbits:
    """Orbits of a field of rows of states and parameters, by the scheme by which learned ones are made."""

    def orbits(starts: np.ndarray, parameters: np.ndarray, step: float, every: int, points: int) -> np.ndarray:
        u, found = np.array(starts, dtype=float), []
        for _ in range(points):
            for _ in range(every):
                k1 = f(u, parameters)
                k2 = f(u + step / 2 * k1, parameters)
                k3 = f(u + step / 2 * k2, parameters)
                k4 = f(u + step * k3, parameters)
                u = u + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            found.append(u)
        return np.array(found)

    return orbits


def true_orbits(name: str) -> Orbits:
    """Those of a true field."""
    return orbits_of(FIELDS[name].f)


def predator_prey_ends(orbits: Orbits, alphas: np.ndarray, start: tuple[float, float] = (1.0, 0.01)) -> np.ndarray:
    """Least and largest x over the last 500 of 2000 time units: (2, alphas); NaN where an orbit leaves all bounds."""
    starts = np.tile(start, (len(alphas), 1))
    with np.errstate(all="ignore"):
        last = orbits(starts, alphas, 0.2, 7500, 1)[0]
        x = np.concatenate([last[None], orbits(last, alphas, 0.2, 1, 2500)])[:, :, 0]
    found = np.array([x.min(axis=0), x.max(axis=0)])
    return np.where(np.isfinite(found).all(axis=0), found, np.nan)


@cache
def true_ends(first: float, last: float, count: int) -> np.ndarray:
    """Those of the true field."""
    return predator_prey_ends(true_orbits("predator_prey"), np.linspace(first, last, count))


def apart(ends: np.ndarray, true: np.ndarray, most: float = 1.0) -> float:
    """MAE of two diagrams; where an orbit has left all bounds, or lies farther than `most` away, it counts as that."""
    off = np.minimum(np.nan_to_num(abs(ends - true), nan=most), most)
    return float(off.mean(axis=1).sum() / 2)


def extinction(ends: np.ndarray, alphas: np.ndarray) -> float:
    """The first α at which prey has died out; infinite where there is none."""
    gone = np.flatnonzero(~(ends[1] >= EXTINCT))
    return float(alphas[gone[0]]) if len(gone) else np.inf


def lorenz_ends(orbits: Orbits, values: np.ndarray, start: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest x over the last 50 of 250 time units, (2, r), and whether the orbit has come to rest, (r,)."""
    starts = np.tile(start, (len(values), 1))
    with np.errstate(all="ignore"):
        last = orbits(starts, values, 0.02, 10000, 1)[0]
        x = orbits(last, values, 0.02, 2, 1250)[:, :, 0]
        rest = x[-625:].std(axis=0) < STILL
    found = np.array([x.min(axis=0), x.max(axis=0)])
    return np.where(np.isfinite(found).all(axis=0), found, np.nan), np.asarray(rest)


def onset(rest: np.ndarray, values: np.ndarray) -> float:
    """The first parameter beyond 5 at which an orbit has not come to rest; infinite where all have."""
    moving = np.flatnonzero(~rest & (values > 5))
    return float(values[moving[0]]) if len(moving) else np.inf


def ends_of(field: Learned, alphas: np.ndarray) -> np.ndarray:
    """The diagram of a learned field."""
    return predator_prey_ends(field.orbits, alphas)


def rossler_tops(orbits: Orbits, values: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """By parameter the maxima of x over the last 100 of 1000 time units, how many loops it has (0: not periodic), and
    the last state, (c, 3).
    """
    starts = np.tile((-4.0, -4.0, 0.0), (len(values), 1))
    with np.errstate(all="ignore"):
        last = orbits(starts, values, 0.0625, 14400, 1)[0]
        path = orbits(last, values, 0.0625, 1, 1600)
    x = np.concatenate([last[None], path])[:, :, 0]
    return [maxima(column) for column in x.T], np.array([loops(column, 6) for column in x.T]), path[-1]
