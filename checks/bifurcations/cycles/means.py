"""Time means along cycles, and how fast volumes shrink there: what every orbit of the three systems must obey."""

from __future__ import annotations

from functools import cache

import numpy as np

from gronwall import identity
from gronwall.theory.bifurcations.boundary import coexistence
from gronwall.theory.bifurcations.cycles import along, lorenz_cycle, periodic_orbit, rossler_cycle
from gronwall.theory.bifurcations.fields import BETA, FIELDS, SIGMA, A, B, rules

SOURCE, REF = "vantegelen2025", "Means along orbits"
a, b, beta, sigma = (float(value) for value in (A, B, BETA, SIGMA))

CASES = {"lorenz": 24.0, "rossler": 2.5, "predator_prey": 0.69}
"""At these parameters a cycle is known: of Lorenz a repelling one, below r_H."""


@cache
def cycle_of(case):
    """f and the cycle."""
    f, df = rules(FIELDS[case], CASES[case])
    if case == "lorenz":
        return f, lorenz_cycle(CASES[case])
    if case == "rossler":
        return f, rossler_cycle(CASES[case], 1)
    return f, periodic_orbit(f, df, np.array([0.5383, coexistence(CASES[case])[1]]), 13.44)


def mean(f, cycle, g):
    """⟨g⟩ along a cycle."""
    return along(f, cycle, lambda u: np.array(g(*u))) / cycle.period


def means(case):
    """Means along the cycle that must agree, on the left and on the right."""
    f, cycle = cycle_of(case)
    if case == "lorenz":
        x, y, z, xy = mean(f, cycle, lambda x, y, z: [x, y, z, x * y])
        return np.array([x, xy]), np.array([y, beta * z])
    if case == "rossler":
        x, y, z = mean(f, cycle, lambda x, y, z: [x, y, z])
        return np.array([x, x]), np.array([-a * y, a * z])
    x, y, prey = mean(f, cycle, lambda x, y: [x, y, 3 * (1 - x) - CASES[case] * (1 - np.exp(-5 * x)) / x])
    return np.array([x, y]), np.array([1 / 3, prey])


@identity(source=SOURCE, ref=REF, cases=list(CASES), tol=1e-9, why="what an integration to 1e-12 leaves")
def means_obey_the_averaged_equations(case):
    r"""Lorenz: $\langle x\rangle=\langle y\rangle,\ \langle xy\rangle=\beta\langle z\rangle$; Rössler: $\langle x\rangle=-a\langle y\rangle=a\langle z\rangle$.

    Predator–prey, where both are positive: ⟨x⟩ = 1/3 and ⟨y⟩ = ⟨3(1 − x) − α(1 − e^{−5x})/x⟩: the mean prey of every
    oscillation is that of coexistence.  For they average total derivatives, of x, z, y and of ln y and ln x.
    """  # noqa: E501
    return means(case)


@means_obey_the_averaged_equations.mutant("at one point of the cycle")
def _(case):
    f, cycle = cycle_of(case)
    there = {
        "lorenz": lambda x, y, z: ([x, x * y], [y, beta * z]),
        "rossler": lambda x, y, z: ([x, x], [-a * y, a * z]),
        "predator_prey": lambda x, y: ([x, y], [1 / 3, 3 * (1 - x) - CASES[case] * (1 - np.exp(-5 * x)) / x]),
    }[case]
    left, right = there(*(cycle.start + 0.01 * f(cycle.start)))
    return np.array(left), np.array(right)


@means_obey_the_averaged_equations.mutant("half of the cycle")
def _(case):
    f, cycle = cycle_of(case)
    half = type(cycle)(cycle.start, cycle.period / 2, cycle.monodromy, cycle.defect)
    if case == "rossler":
        return mean(f, half, lambda x, y, z: [x, x]), mean(f, half, lambda x, y, z: [-a * y, a * z])
    if case == "lorenz":
        return mean(f, half, lambda x, y, z: [x, x * y]), mean(f, half, lambda x, y, z: [y, beta * z])
    return mean(f, half, lambda x, y: [x])[:1], np.array([1 / 3])


def shrinking(case):
    """ln|det Φ(T)|/T of the monodromy."""
    _, cycle = cycle_of(case)
    return float(np.linalg.slogdet(cycle.monodromy)[1]) / cycle.period


def mean_divergence(case):
    f, cycle = cycle_of(case)
    if case == "lorenz":
        return -(sigma + beta + 1)
    if case == "rossler":
        return a - CASES[case] + float(mean(f, cycle, lambda x, y, z: [x])[0])
    y, E = mean(f, cycle, lambda x, y: [y, np.exp(-5 * x)])
    return float(1 - y - 5 * CASES[case] * E)


@identity(
    source=SOURCE, ref=REF, cases=list(CASES), tol=1e-6, why="the determinant is what products 10⁶ times larger leave"
)
def exponents_add_up_to_the_mean_divergence(case):
    r"""Lyapunov exponents add up to $-(\sigma+\beta+1)$, to $a-c+\langle x\rangle$, to $1-\langle y\rangle-5\alpha\langle e^{-5x}\rangle$.

    For Lorenz, Rössler and the predator–prey system, ⟨x⟩ = 1/3 used in the last.  By the determinant of the monodromy of
    a cycle, against the means along it.
    """  # noqa: E501
    return shrinking(case), mean_divergence(case)


@exponents_add_up_to_the_mean_divergence.mutant("the divergence where the orbit is at rest")
def _(case):
    at_rest = {
        "lorenz": -(sigma + beta),
        "rossler": a - CASES[case],
        "predator_prey": 1 - coexistence(CASES[case])[1] - 5 * CASES[case] * np.exp(-5 / 3),
    }
    return shrinking(case), float(at_rest[case])


@exponents_add_up_to_the_mean_divergence.mutant("volumes are kept")
def _(case):
    return shrinking(case), 0.0
