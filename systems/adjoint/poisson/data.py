"""Events of an inhomogeneous Poisson process by thinning, and estimates of its intensity that know no equation."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from systems.training.protocol import Seeds
from systems.training.streams import stream

SEEDS = Seeds(12, 12, chosen_on=(*range(12), 100, 101, 102, 103))
"""The seeds 0 to 11 had been looked at before; width, rate and steps were chosen on 100 to 103."""
STREAMS = {"weights": 8, "events": 7}
END, REALISATIONS = 6.0, 8
GRID = np.linspace(0, END, 601)
"""Where intensities are compared; integrals by the trapezoidal rule, good to 1e-5 here."""


def truth(t: Any) -> Any:
    """λ*(t) = 1 + 6 exp(−(t − 3/2)²) + 4 exp(−2(t − 4)²): two bumps, 21.6 events on average."""
    return 1 + 6 * np.exp(-((t - 1.5) ** 2)) + 4 * np.exp(-2 * (t - 4) ** 2)


def thinned(rng: np.random.Generator, most: float = 7.1) -> np.ndarray:
    """Events of one realisation: those of rate `most` ≥ λ*, each kept with probability λ*/most."""
    t = np.sort(rng.uniform(0, END, rng.poisson(most * END)))
    return t[rng.uniform(size=len(t)) * most < truth(t)]


@cache
def events(seed: int) -> np.ndarray:
    """The events of all realisations of this seed, in one row."""
    rng = stream(seed, "events", STREAMS)
    return np.concatenate([thinned(rng) for _ in range(REALISATIONS)])


def constant(seed: int) -> np.ndarray:
    """The mean number of events over the window, on `GRID`."""
    return np.full_like(GRID, len(events(seed)) / REALISATIONS / END)


def kernel(seed: int) -> np.ndarray:
    """A Gaussian kernel reflected at both ends, its width the likeliest when each event is left out in turn."""
    t = events(seed)
    widths = np.geomspace(0.05, 2, 40)

    def smoothed(at: np.ndarray, width: float) -> np.ndarray:
        copies = np.stack([t, -t, 2 * END - t])
        bells = np.exp(-(((at[:, None, None] - copies) / width) ** 2) / 2).sum(axis=1)
        return np.asarray(bells / (width * np.sqrt(2 * np.pi) * REALISATIONS))

    def left_out(width: float) -> float:
        others = smoothed(t, width)
        np.fill_diagonal(others, 0.0)
        return float(np.log(others.sum(axis=1)).sum())

    return smoothed(GRID, max(widths, key=left_out)).sum(axis=1)


def distance(rates: np.ndarray) -> float:
    """∫|λ − λ*| / ∫λ*."""
    return float(np.trapezoid(np.abs(rates - truth(GRID)), GRID) / np.trapezoid(truth(GRID), GRID))


def shortfall(rates: np.ndarray) -> float:
    """How far a new realisation's expected log-likelihood is below the truth's: ∫ λ* log(λ*/λ) − λ* + λ."""
    return float(np.trapezoid(truth(GRID) * np.log(truth(GRID) / rates) - truth(GRID) + rates, GRID))
