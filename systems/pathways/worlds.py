r"""Worlds: constants of the kinetics, strains that differ in their enzymes, and the series that are measured of them.

A world has 34 constants of its own, 10^U(−1, 1) but for V_in, in hours and units of its own, slow enough that 72 hours
are a course and not an end.  A strain has nine enzymes e_i(t) = k_f t/(k_m + t) + k_l.  Of nine strains those with the
least, the middle and the most limonene after 72 hours are low, medium and high.  What is measured: acetyl-CoA, HMG-CoA,
Mev, MevP, IPP + DMAPP and limonene at fourteen times, without noise; series are joined by straight lines at 200 points,
as in the released pipelines.

The constants that were released with simulated strains take the pathway apart (`checks/pathways/kinetics/balance.py`)
and are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from gronwall.theory.pathways.identifiability import MEASURED
from gronwall.theory.pathways.kinetics import CONSTANTS, velocity

__all__ = ["POINTS", "SAMPLED", "Strain", "World", "interpolated", "measured", "world"]

SAMPLED = np.array([0, 2, 4, 6, 8, 10, 12, 16, 18, 20, 24, 36, 48, 72], dtype=float)
"""Hours."""
POINTS = np.linspace(0, 72, 200)
STRAINS = 9
SLOW = 0.05
"""By how much inflow and enzymes are smaller than constants of order one would have them."""
STREAM = 11


@dataclass(frozen=True)
class Strain:
    """k_f, k_m and k_l of nine enzymes."""

    enzymes: tuple[tuple[float, float, float], ...]

    def at(self, t: np.ndarray | float) -> np.ndarray:
        """The nine levels: (9,) or (times, 9)."""
        kf, km, kl = np.array(self.enzymes).T
        t = np.asarray(t, dtype=float)[..., None]
        return np.asarray(kf * t / (km + t) + kl)

    def with_twice(self, enzyme: int) -> Strain:
        """One enzyme held at twice its level."""
        return Strain(
            tuple((2 * kf, km, 2 * kl) if i == enzyme else (kf, km, kl) for i, (kf, km, kl) in enumerate(self.enzymes))
        )


@dataclass(frozen=True)
class World:
    """Constants, starts, and three strains by what they make: low, medium, high; six others that were drawn."""

    constants: tuple[float, ...]
    start: tuple[float, ...]
    strains: tuple[Strain, ...]
    others: tuple[Strain, ...] = ()

    def course(self, strain: Strain, times: Sequence[float] | np.ndarray) -> np.ndarray:
        """All ten species at these hours: (times, 10)."""
        solved = solve_ivp(
            lambda t, s: velocity(s, strain.at(t), self.constants), (0, 72), self.start, "LSODA", t_eval=times,
            rtol=1e-8, atol=1e-10,
        )  # fmt: skip
        if not solved.success:
            raise ArithmeticError(f"a strain could not be simulated: {solved.message}")
        return np.asarray(solved.y.T)


def measured(species: np.ndarray) -> np.ndarray:
    """The six series out of ten: (…, 6)."""
    return np.stack([species[..., list(together)].sum(axis=-1) for together in MEASURED], axis=-1)


def interpolated(samples: np.ndarray) -> np.ndarray:
    """Samples (14, k) joined by straight lines at the 200 points."""
    return np.stack([np.interp(POINTS, SAMPLED, column) for column in samples.T], axis=-1)


@cache
def world(seed: int) -> World:
    """The world of a seed."""
    rng = np.random.default_rng([seed, STREAM])
    constants = dict(zip(CONSTANTS, 10 ** rng.uniform(-1, 1, len(CONSTANTS)), strict=True))
    constants["Vin"] = SLOW * rng.uniform(0.5, 1.5)
    start = (*rng.uniform(0.1, 0.3, 9), 0.0)
    strains = [
        Strain(tuple((SLOW * a, b, SLOW * c) for a, b, c in zip(*levels, strict=True)))
        for levels in zip(
            10 ** rng.uniform(-1, 0.6, (STRAINS, 9)),
            rng.uniform(0.5, 12, (STRAINS, 9)),
            rng.uniform(0.02, 0.3, (STRAINS, 9)),
            strict=True,
        )
    ]  # fmt: skip
    known = World(tuple(constants.values()), start, ())
    made = [float(known.course(strain, [72.0])[0, -1]) for strain in strains]
    order = np.argsort(made, kind="stable")
    shown = [int(order[place]) for place in (0, STRAINS // 2, -1)]
    others = tuple(strain for place, strain in enumerate(strains) if place not in shown)
    return World(known.constants, start, tuple(strains[place] for place in shown), others)
