r"""Orbits that connect equilibria: Lorenz's homoclinic orbit, the heteroclinic cycle of the predator–prey system.

A branch of a stable or an unstable manifold is followed from a point δ away from the equilibrium along an eigenvector:
it starts O(δ²) beside the manifold, and an orbit that leaves along the eigenvector comes nearer to it still.  Two
branches meet where the gap between them on a section vanishes; the parameter is found by bisection where only a sign is
known, else by Brent's method.  The other route is collocation: the whole orbit and the parameter together solve a
boundary value problem, with its end on the stable eigenspace: p·(u(1) − u*) = 0 for the left eigenvector p of the one
growing direction.

Source: Y. A. Kuznetsov, Elements of Applied Bifurcation Theory, 6 and 10.3; C. Sparrow, The Lorenz Equations, 2 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_bvp, solve_ivp
from scipy.optimize import brentq

from gronwall.theory.bifurcations.boundary import boundary_parameter, fold_condition
from gronwall.theory.bifurcations.fields import FIELDS, rules

__all__ = [
    "basin_exit", "boundary_eigenvalues", "boundary_saddles", "collocated", "comes_to_a_cycle",
    "height_at", "heteroclinic_parameter", "leaving_height", "lorenz_homoclinic", "period_law_slope", "unstable_branch",
]  # fmt: skip

Array = NDArray[np.float64]


def lorenz_homoclinic(offset: float = 1e-6, tolerance: float = 1e-12, width: float = 1e-10) -> float:
    """The r at which the unstable manifold of Lorenz's origin comes back to it, between 13 and 15.

    Below it the branch that leaves towards x > 0 stays there, above it crosses to x < 0: bisected down to ``width``.
    """
    lo, hi = 13.0, 15.0
    while hi - lo > width:
        middle = (lo + hi) / 2
        lo, hi = (lo, middle) if _crosses(middle, offset, tolerance) else (middle, hi)
    return (lo + hi) / 2


def _crosses(r: float, offset: float, tolerance: float) -> bool:
    """Does the branch of W^u(0) that leaves towards x > 0 cross to x < 0 on its first way round?"""
    f, _ = rules(FIELDS["lorenz"], r)
    start, _, _ = _ends("lorenz", r)

    def far(_: float, u: Array) -> float:
        return float(u[0] + 1.0)

    def back(_: float, u: Array) -> float:
        """Positive once it has come round the image and turned to larger x again."""
        return float(f(u)[0]) if u[2] < r - 1 else -1.0

    far.terminal = back.terminal = True  # type: ignore[attr-defined]
    far.direction, back.direction = -1.0, 1.0  # type: ignore[attr-defined]
    solved = _solved(f, start(offset), 200.0, tolerance, [far, back])
    return len(solved.t_events[0]) > 0


def unstable_branch(r: float, stop_near: Array, closer: float, time: float, offset: float = 1e-6) -> bool:
    """Does the branch of W^u(0) that leaves towards x > 0, once over at x < 0, come ``closer`` to a point than back?

    False where it crosses x = 0 again.  Raises ArithmeticError where neither happens in that time.
    """
    f, _ = rules(FIELDS["lorenz"], r)
    start, _, _ = _ends("lorenz", r)

    def near(_: float, u: Array) -> float:
        return float(np.linalg.norm(u - stop_near) - closer)

    def back(_: float, u: Array) -> float:
        return float(u[0])

    def over(_: float, u: Array) -> float:
        return float(u[0] + 1.0)

    near.terminal = back.terminal = over.terminal = True  # type: ignore[attr-defined]
    back.direction, over.direction = 1.0, -1.0  # type: ignore[attr-defined]
    crossed = _solved(f, start(offset), 20.0, 1e-12, [over]).y_events[0]
    if not len(crossed):
        raise ArithmeticError(f"the branch at r = {r} does not cross to x < 0")
    solved = _solved(f, crossed[0], time, 1e-12, [near, back])
    if not len(solved.t_events[0]) + len(solved.t_events[1]):
        raise ArithmeticError(f"the branch at r = {r} has not decided after {time}")
    return len(solved.t_events[0]) > 0


def boundary_saddles(alpha: float) -> tuple[float, float]:
    """(x₋, x₊): the equilibria on the axis on the two sides of the fold, for 3/5 < α < 0.8329…"""
    fold = brentq(fold_condition, 0.1, 0.9, xtol=1e-15)
    found = [brentq(lambda x: boundary_parameter(x) - alpha, *ends, xtol=1e-16) for ends in ((1e-9, fold), (fold, 1.0))]
    return found[0], found[1]


def boundary_eigenvalues(x: float, alpha: float) -> tuple[float, float]:
    """Along the axis 3 − 6x − 5αe^{−5x}, across it 3x − 1."""
    return 3 - 6 * x - 5 * alpha * math.exp(-5 * x), 3 * x - 1


def heteroclinic_parameter(offset: float = 1e-6, tolerance: float = 1e-12, section: float = 1 / 3) -> float:
    """The α at which W^u(x₊) runs into W^s(x₋): the gap between them at x = section vanishes."""

    def gap(alpha: float) -> float:
        leaving = _height(alpha, 1, 1.0, offset, tolerance, section)
        return leaving - _height(alpha, 0, -1.0, offset, tolerance, section)

    return float(brentq(gap, 0.70, 0.72, xtol=1e-14))


def basin_exit(y: float, offset: float = 1e-6, tolerance: float = 1e-12, section: float = 1 / 3) -> float:
    """The α at which the orbit from (1, y) lies on W^s(x₋): beyond it falls to the origin, below it comes to a cycle.

    Raises ArithmeticError where an orbit does not come to the section, ValueError for none between .66 and .72.
    """

    def gap(alpha: float) -> float:
        f, _ = rules(FIELDS["predator_prey"], alpha)
        own = height_at(f, np.array([1.0, y]), section, tolerance=tolerance)
        return own - _height(alpha, 0, -1.0, offset, tolerance, section)

    return float(brentq(gap, 0.66, 0.72, xtol=1e-14))


def comes_to_a_cycle(y: float, alpha: float, time: float = 400.0) -> bool:
    """Does the orbit from (1, y) turn back before the prey falls below half of x₋, which it never leaves again?

    Raises ArithmeticError where neither happens in that time.
    """
    f, _ = rules(FIELDS["predator_prey"], alpha)
    edge = boundary_saddles(alpha)[0]

    def lost(_: float, u: Array) -> float:
        return float(u[0] - edge / 2)

    def turns(_: float, u: Array) -> float:
        """x' where sharks are few: positive once the prey recovers."""
        return float(f(u)[0]) if u[0] < 1 / 3 else -1.0

    lost.terminal = turns.terminal = True  # type: ignore[attr-defined]
    turns.direction = 1.0  # type: ignore[attr-defined]
    solved = _solved(f, np.array([1.0, y]), time, 1e-12, [lost, turns])
    if not len(solved.t_events[0]) + len(solved.t_events[1]):
        raise ArithmeticError(f"the orbit from (1, {y}) at alpha = {alpha} has not decided after {time}")
    return len(solved.t_events[1]) > 0


def period_law_slope(alpha: float) -> float:
    """1/λ_u(x₋) + |λ_s(x₋)|/(λ_u(x₋) λ_u(x₊)): the period grows by it as −ln(α_het − α) grows by one.

    Near the cycle of two saddles an orbit passes x₋ at a distance d ~ α_het − α, which takes ln(1/d)/λ_u(x₋), and then
    x₊ at a distance d^{|λ_s|/λ_u}, which takes its share of ln(1/d)/λ_u(x₊).
    """
    left, right = boundary_saddles(alpha)
    along, across = boundary_eigenvalues(left, alpha)
    leaving = boundary_eigenvalues(right, alpha)[1]
    return 1 / along + abs(across) / (along * leaving)


def leaving_height(alpha: float, section: float = 1 / 3) -> float:
    """y where W^u(x₊) first meets x = section."""
    return _height(alpha, 1, 1.0, 1e-6, 1e-12, section)


def _height(alpha: float, which: int, sense: float, offset: float, tolerance: float, section: float) -> float:
    """Where W^u(x₊) (which = 1, in time) or W^s(x₋) (which = 0, against it) first meets x = section: y there."""
    f, df = rules(FIELDS["predator_prey"], alpha)
    saddle = np.array([boundary_saddles(alpha)[which], 0.0])
    vectors = np.linalg.eig(df(saddle))[1]
    across = vectors[:, int(np.argmax(abs(vectors[1])))].real
    start = saddle + offset * across / across[1]
    return height_at(lambda u: sense * f(u), start, section, tolerance=tolerance)


def height_at(
    f: Callable[[Array], Array], start: Array, section: float, time: float = 200.0, tolerance: float = 1e-12
) -> float:
    """y where an orbit first crosses x = section.  Raises ArithmeticError where it does not in that time."""

    def crossing(_: float, u: Array) -> float:
        return float(u[0] - section)

    crossing.terminal = True  # type: ignore[attr-defined]
    solved = _solved(f, start, time, tolerance, [crossing])
    if not len(solved.t_events[0]):
        raise ArithmeticError(f"the orbit from {start} does not come to x = {section}")
    return float(solved.y_events[0][0][1])


def _solved(f: Callable[[Array], Array], start: Array, time: float, tolerance: float, events: list[Any]) -> Any:
    return solve_ivp(
        lambda _, u: f(u), (0, time), start, method="DOP853", rtol=tolerance, atol=tolerance / 1000, events=events
    )


# ---------------------------------------------------------------- by collocation


def collocated(name: str, near: float, time: float, offset: float = 1e-4, tolerance: float = 1e-9) -> float:
    """The parameter of the connection "lorenz" or "predator_prey" next to a value, by collocation over that time.

    Raises ArithmeticError where the boundary value problem is not solved to the tolerance.
    """
    f, _ = rules(FIELDS[name], near)
    begin, _, _ = _ends(name, near)
    grid = np.linspace(0, time, 400)
    guess = solve_ivp(lambda _, u: f(u), (0, time), begin(offset), method="DOP853", t_eval=grid, rtol=1e-10, atol=1e-12)

    def field(_: Array, u: Array, parameter: Array) -> Array:
        return np.asarray(FIELDS[name].f(u.T, float(parameter[0])).T)

    def conditions(first: Array, last: Array, parameter: Array) -> Array:
        start, goal, growing = _ends(name, float(parameter[0]))
        return np.append(first - start(offset), growing @ (last - goal))

    found = solve_bvp(field, conditions, grid, guess.y, p=[near], tol=tolerance, max_nodes=100_000)
    if not found.success or found.p is None:
        raise ArithmeticError(f"collocation of {name} near {near}: {found.message}")
    return float(found.p[0])


def _ends(name: str, parameter: float) -> tuple[Callable[[float], Array], Array, Array]:
    """Where the orbit starts for an offset, the equilibrium it comes to, and the left eigenvector that grows there."""
    _, df = rules(FIELDS[name], parameter)
    left, right = (np.zeros(3),) * 2 if name == "lorenz" else (np.array([x, 0.0]) for x in boundary_saddles(parameter))
    values, vectors = np.linalg.eig(df(right))
    leaving = vectors[:, int(np.argmax(values.real))].real
    leaving = leaving / (leaving[0] if name == "lorenz" else leaving[1])
    values, lefts = np.linalg.eig(df(left).T)
    return lambda offset: right + offset * leaving, left, lefts[:, int(np.argmax(values.real))].real
