"""The edge of the basin of the predator–prey system's cycle, and the cycle of two saddles."""

from __future__ import annotations

import numpy as np

from gronwall import bound, identity
from systems.bifurcations.portraits import BASINS, PORTRAIT, falls, manifold

SOURCE, REF = "vantegelen2025", "Predator–prey as a whole"
ASIDE = 0.01


def beside(path):
    """Points 0.01 to the left and to the right of a path, where it is well inside the plane: 2 x points x 2."""
    along = np.gradient(path, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1)[:, None]
    inside = np.flatnonzero((path[:, 1] > 0.05) & (path[:, 0] < 1.0))[::10]
    return np.stack([path[inside] + sign * ASIDE * normal[inside] for sign in (1, -1)])


def sides(path, alpha=BASINS):
    """Who falls, on the two sides."""
    return np.array([falls(side, alpha) for side in beside(path)]).astype(float)


def told_apart(path, alpha=BASINS):
    found = sides(path, alpha)
    return found, np.repeat([[1.0], [0.0]] if found[0].mean() > found[1].mean() else [[0.0], [1.0]], found.shape[1], 1)


@identity(source=SOURCE, ref=REF)
def the_separatrix_divides_the_basins(effort):
    r"""At $\alpha=0.70$ orbits from one side of $W^s(x_-)$ all fall to the origin, from the other none.

    Starts 0.01 away from it, on both sides, all along; a level curve of nothing else does so.
    """
    return told_apart(np.asarray(PORTRAIT(effort)["basins separatrix"]))


@the_separatrix_divides_the_basins.mutant("that of the heteroclinic value")
def _(effort):
    return told_apart(np.asarray(PORTRAIT(effort)["heteroclinic separatrix"]))


@the_separatrix_divides_the_basins.mutant("beyond the exit of the cycle")
def _(effort):
    return told_apart(manifold(0.715, 0), 0.715)


@the_separatrix_divides_the_basins.mutant("what leaves the other saddle")
def _(effort):
    return told_apart(np.asarray(PORTRAIT(effort)["basins leaving"]))


def nearest(effort, which="heteroclinic"):
    """How near W^u(x₊) comes to x₋, relative to the distance of the saddles."""
    path, saddles = (np.asarray(PORTRAIT(effort)[f"{which} {name}"]) for name in ("leaving", "saddles"))
    return float(np.linalg.norm(path - [saddles[0], 0.0], axis=1).min() / (saddles[1] - saddles[0]))


@bound(source=SOURCE, ref=REF)
def the_cycle_of_two_saddles_closes(effort):
    r"""At $\alpha=0.7080728075$ what leaves $x_+$ comes back to $x_-$ within $10^{-4}$ of their distance.

    Followed from 10⁻⁶ beside x₊; how near it comes is a matter of the digits of α, of which ten are given.
    """
    return nearest(effort), 1e-4


@the_cycle_of_two_saddles_closes.mutant("at 0.70")
def _(effort):
    return nearest(effort, "basins"), 1e-4
