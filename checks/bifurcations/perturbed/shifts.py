"""Where the bifurcations of the predator–prey system go when its field is wrong by a little, to first order."""

from __future__ import annotations

import numpy as np

from gronwall import rate
from gronwall.theory.bifurcations.boundary import boundary_fold, coexistence, predator_prey_hopf
from gronwall.theory.bifurcations.fields import predator_prey
from gronwall.theory.bifurcations.perturbation import fold_shift, hopf_shift
from gronwall.theory.rigor import midpoint

SOURCE, REF = "vantegelen2025", "Perturbed bifurcations"
SIZES = [2.0**-k for k in range(4, 12)]
HALF = 1e-4
"""Half of the distance over which slopes are taken by differences of order four."""


def error(x, y):
    """A smooth error without any symmetry, of size one."""
    return np.array([0.3 + np.sin(2 * x + y) - x * y, 0.5 * np.cos(x - y) - 0.2 + x * x])


def slopes(f, *at):
    """∂f/∂(each of its arguments) by central differences of order four."""
    found = []
    for i in range(len(at)):

        def moved(k, i=i):
            return f(*[value + k * HALF * (i == j) for j, value in enumerate(at)])

        found.append((moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * HALF))
    return found


def solved(G, guess, steps=30):
    """A zero of G by Newton's method with the slopes above."""
    at = np.array(guess, dtype=float)
    for _ in range(steps):
        step = np.linalg.solve(np.array(slopes(lambda *z: np.array(G(*z)), *at)).T, np.array(G(*at)))
        at = at - step
        if abs(step).max() < 1e-14:
            break
    return at


def hopf(size):
    """(x, y, α) where the wrong field is at rest without divergence."""
    at = float(predator_prey_hopf()[0])

    def G(x, y, alpha):
        rest = predator_prey(np.array([x, y]), alpha) + size * error(x, y)
        E = np.exp(-5 * x)
        wrong = slopes(error, x, y)
        return [*rest, 3 - 6 * x - y - 5 * alpha * E + 3 * x - 1 + size * (wrong[0][0] + wrong[1][1])]

    return solved(G, [*coexistence(at), at])


def fold(size):
    """(x, α) where the wrong field rests on the axis y = 0 and its slope vanishes."""

    def on_axis(x):
        return error(x, 0.0)[0]

    def G(x, alpha):
        E = np.exp(-5 * x)
        return [3 * x * (1 - x) - alpha * (1 - E) + size * on_axis(x),
                3 * (1 - 2 * x) - 5 * alpha * E + size * slopes(on_axis, x)[0]]  # fmt: skip

    return solved(G, FOLD)


FOLD = [midpoint(value) for value in boundary_fold()]


def missed(case, size, with_slope=True, with_divergence=True):
    """What the first-order shift leaves of the true one: in the parameter, and for the fold in x too."""
    if case == "hopf":
        at = float(predator_prey_hopf()[0])
        x, y = coexistence(at)
        e1, e2 = error(x, y)
        wrong = slopes(error, x, y)
        divergence = (wrong[0][0] + wrong[1][1]) * with_divergence
        return abs(hopf(size)[2] - at - size * hopf_shift(at, e1, e2, divergence))
    x, alpha = FOLD
    slope = slopes(lambda x: error(x, 0.0)[0], x)[0] * with_slope
    shift = np.array(fold_shift(x, alpha, error(x, 0.0)[0], slope))
    return float(abs(fold(size) - FOLD - size * shift).max())


@rate(source=SOURCE, ref=REF, order=2, at=SIZES, direction="h", cases=["hopf", "fold"])
def bifurcations_move_as_the_error_at_the_point_says(n, case):
    r"""An error $ne$ moves $\alpha_H$ and the fold by $-DG^{-1}G_e\,n+O(n^2)$: $e$ and its slopes there decide."""
    return missed(case, n)


@bifurcations_move_as_the_error_at_the_point_says.mutant("the error's slopes do not count")
def _(n, case):
    return missed(case, n, with_slope=False, with_divergence=False)


@bifurcations_move_as_the_error_at_the_point_says.mutant("half as far")
def _(n, case):
    exact, start = (hopf, float(predator_prey_hopf()[0])) if case == "hopf" else (fold, FOLD[1])
    return abs((exact(n)[-1] - start) / 2)
