r"""Who knows the form: the kinetics fitted to what is measured of two strains, and asked for the third.

Unknown are 34 constants and the start of the nine species that are there at first, all positive; the sum of squares of
six series at fourteen times, in units of their deviations, is made small by Levenberg and Marquardt's method in the
logarithms, with a weak pull to the middle of the range from which worlds are drawn, so that what data do not determine
stays where it is.  The fit that is best of several starts is kept.  Asked for the third strain it is given what is
measured of it at first, and takes the species that are not seen from the fit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import least_squares

from gronwall.theory.pathways.kinetics import CONSTANTS
from systems.pathways.kernels import course
from systems.pathways.worlds import POINTS, SAMPLED, SLOW, Strain, World, measured

__all__ = ["fitted_path"]

PULL = 1e-3
"""Of a factor of e away from the middle, in units of a deviation of one sample."""
STARTS = 4
MIDDLE = np.append(np.array([np.log(SLOW) if name == "Vin" else 0.0 for name in CONSTANTS]), np.full(9, np.log(0.2)))
MOVED = 1e-5
SEEN_FIRST = ((0,), (2,), (3,), (4,), (6, 7))
"""What is measured at first of species that are there."""


def enzymes_of(strains: Sequence[Strain]) -> np.ndarray:
    """k_f, k_m, k_l: (strains, 9, 3)."""
    return np.array([strain.enzymes for strain in strains])


def told(x: np.ndarray, strains: Sequence[Strain], times: np.ndarray) -> np.ndarray:
    """What is measured by rows of unknowns (rows, 43): rows x strains x times x 6."""
    rows, many = len(x), len(strains)
    k, starts = np.exp(x[:, :34]), np.concatenate([np.exp(x[:, 34:]), np.zeros((rows, 1))], axis=1)
    found = course(
        np.repeat(k, many, axis=0), np.repeat(starts, many, axis=0), np.tile(enzymes_of(strains), (rows, 1, 1)), times
    )
    return measured(found).reshape(rows, many, len(times), 6)


def fit(strains: Sequence[Strain], samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The unknowns that tell samples (strains, 14, 6) best."""
    units = np.maximum(samples.reshape(-1, 6).std(axis=0), 1e-9)

    def off(x: np.ndarray) -> np.ndarray:
        wrong = np.clip((told(x, strains, SAMPLED) - samples) / units, -1e3, 1e3)
        pull = PULL * (x - MIDDLE)
        return np.concatenate([np.nan_to_num(wrong, nan=1e3).reshape(len(x), -1), pull], axis=1)

    def residual(x: np.ndarray) -> np.ndarray:
        return off(x[None])[0]

    def slopes(x: np.ndarray) -> np.ndarray:
        moved = x[None] + MOVED * np.eye(len(x))
        back = x[None] - MOVED * np.eye(len(x))
        return (off(moved) - off(back)).T / (2 * MOVED)

    best = None
    for attempt in range(STARTS):
        start = MIDDLE + (0.0 if attempt == 0 else rng.normal(0, 0.5, len(MIDDLE)))
        found = least_squares(residual, start, slopes, method="lm", max_nfev=150)
        if best is None or found.cost < best.cost:
            best = found
    if best is None:
        raise ValueError("expected at least one start")
    return np.asarray(best.x)


def fitted_path(of: World, asked: int, rng: np.random.Generator) -> np.ndarray:
    """The six series of a strain at the 200 points, by a fit to the others: (200, 6)."""
    known = [strain for place, strain in enumerate(of.strains) if place != asked]
    samples = np.stack([measured(of.course(strain, SAMPLED)) for strain in known])
    x = fit(known, samples, rng)
    first = measured(of.course(of.strains[asked], SAMPLED))[0]
    starts = np.exp(x[34:])
    for seen, value in zip(SEEN_FIRST, first[:-1], strict=True):
        place = list(seen)
        starts[place] = value * starts[place] / starts[place].sum()
    return told(np.append(x[:34], np.log(np.maximum(starts, 1e-12)))[None], [of.strains[asked]], POINTS)[0, 0]
