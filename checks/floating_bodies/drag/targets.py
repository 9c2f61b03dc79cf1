"""What a loss on steps asks for: targets by Euler's step are not met by the true field."""

from __future__ import annotations

from functools import cache

import numpy as np

from gronwall import identity, rate
from systems.floating_bodies.data import WORLDS, carried, simulated

SOURCE, REF = "zhang2025", "Targets of steps"


@cache
def states(seed=3):
    """The states of 64 simulated bodies, every eighth: many x 4."""
    return simulated(WORLDS["vortex"], np.random.default_rng(seed))[:, ::8].reshape(-1, 4)


def missed(h, target):
    """One step of Kutta's scheme with the true field, less a target, at all states."""
    slopes = WORLDS["vortex"].slopes
    return carried(slopes, states(), h, 1)[:, 1] - target(slopes, states(), h)


def euler(slopes, x, h):
    return x + h * slopes(x)


def solved(slopes, x, h):
    return carried(slopes, x, h / 8, 8)[:, -1]


def size(h, target):
    return float(np.sqrt(np.square(missed(h, target)).mean()))


@rate(source=SOURCE, ref=REF, order=2, direction="h", at=[0.00125, 0.0025, 0.005, 0.01, 0.02], within=0.1)
def targets_by_euler_are_missed_by_the_truth(n):
    r"""$\mathrm{RK4}_h[f](s)-(s+hf(s))\sim h^2$ for the true field: the released loss on steps does not vanish at the truth."""  # noqa: E501
    return size(n, euler)


@targets_by_euler_are_missed_by_the_truth.mutant(
    "of third order: as if they were met to the order of a scheme", order=3
)
def _(n):
    return size(n, euler)


@targets_by_euler_are_missed_by_the_truth.mutant("so are the states that follow in the data")
def _(n):
    return size(n, solved)


def acceleration():
    """f'(s)f(s) at all states, by a central difference along the field."""
    slopes, x, step = WORLDS["vortex"].slopes, states(), 1e-6
    f = slopes(x)
    return (slopes(x + step * f) - slopes(x - step * f)) / (2 * step)


SMALL = 0.001
"""A twentieth of the stored step."""


def told(factor=0.5):
    """The root mean square of a multiple of f'f."""
    return factor * float(np.sqrt(np.square(acceleration()).mean()))


@identity(source=SOURCE, ref=REF, tol=0.02, why="the next order in h")
def the_truth_misses_by_half_its_acceleration():
    r"""$\|\mathrm{RK4}_h[f](s)-(s+hf(s))\|/h^2\to\frac12\|f'f\|$ in the mean square over the states of simulated bodies.

    At the stored step of 0.02 s that is a loss of 4·10⁻⁸, of the size of what networks are trained to.
    """  # noqa: E501
    return size(SMALL, euler) / SMALL**2, told()


@the_truth_misses_by_half_its_acceleration.mutant("nothing")
def _():
    return size(SMALL, euler) / SMALL**2, 0.0


@the_truth_misses_by_half_its_acceleration.mutant("by all of it, without the half")
def _():
    return size(SMALL, euler) / SMALL**2, told(1.0)


@the_truth_misses_by_half_its_acceleration.mutant("by f' alone")
def _():
    f = WORLDS["vortex"].slopes(states())
    return size(SMALL, euler) / SMALL**2, told() / float(np.sqrt(np.square(f).mean()))
