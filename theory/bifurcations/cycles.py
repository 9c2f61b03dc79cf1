r"""Periodic orbits in floats: Newton's method on the map of return to a plane, and the monodromy that comes with it.

The plane f(g)·(u − g) = 0 through a guess g is crossed again, from the same side, after a time T(u); a fixed point of
the map of return u ↦ φ_T(u)(u) is a point of a cycle.  Newton's step (δu, δT) solves

    (Φ(T) − 1) δu + f(φ_T(u)) δT = u − φ_T(u),      f(g)·δu = 0,

where Φ' = Df(φ_t(u)) Φ, Φ(0) = 1.  The eigenvalues of Φ(T) on the cycle are its multipliers, one of them 1.

Source: Y. A. Kuznetsov, Elements of Applied Bifurcation Theory, 10.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

__all__ = ["Cycle", "amplitude", "periodic_orbit"]

Array = NDArray[np.float64]
Rule = Callable[[Array], Array]

TOLERANCE = 1e-12
"""Relative tolerance of the integration; the absolute one is a tenth of it."""
SETTLED = 1e-9
"""Newton's last step, relative to the size of the orbit: the next one would be its square, which is nothing."""


@dataclass(frozen=True)
class Cycle:
    """A point of a periodic orbit, its period and the monodromy matrix there."""

    start: Array
    period: float
    monodromy: Array
    defect: float
    """|φ_T(u₀) − u₀| after the last step."""

    @property
    def multipliers(self) -> Array:
        """The eigenvalues of the monodromy but for the one nearest to 1."""
        values = np.linalg.eigvals(self.monodromy)
        return np.asarray(np.delete(values, np.argmin(abs(values - 1))))


def periodic_orbit(f: Rule, df: Rule, guess: Array, period: float, steps: int = 12) -> Cycle:
    """The periodic orbit near a guess.  f: (d,) -> (d,), df: (d,) -> (d, d); period: about how long a turn takes.

    The return is looked for until the orbit closes to a millionth, then u and T are improved together, which needs no
    crossing.  Raises ArithmeticError where the plane is not crossed again between a half and 3/2 of the period, or
    where so many ``steps`` do not close the orbit.
    """
    guess = np.array(guess, dtype=float)
    u, normal, T, size = guess, f(guess), period, 1 + abs(guess).max()
    close = False
    for _ in range(steps):
        if not close:
            T = _return(f, u, guess, normal, period)
        end, monodromy = _carried(f, df, u, T)
        defect = float(np.linalg.norm(end - u))
        step = _newton_step(u, end, f(end), monodromy, normal)
        close = close or defect < 1e-6 * size
        if close and abs(step[:-1]).max() < SETTLED * size:
            return Cycle(u, T, monodromy, defect)
        u, T = u + step[:-1], T + step[-1]
    raise ArithmeticError(f"no periodic orbit near {guess} with a period near {period}: it misses by {defect:.1e}")


def _newton_step(u: Array, end: Array, speed: Array, monodromy: Array, normal: Array) -> Array:
    """(δu, δT) with (Φ − 1) δu + f δT = u − φ_T(u) and f(g)·δu = 0."""
    d = len(u)
    matrix = np.block([[monodromy - np.eye(d), speed[:, None]], [normal[None], np.zeros((1, 1))]])
    return np.asarray(np.linalg.solve(matrix, np.append(u - end, 0.0)))


def _return(f: Rule, u: Array, guess: Array, normal: Array, period: float) -> float:
    """When an orbit crosses the plane again, from the side from which it left."""

    def plane(_: float, state: Array) -> float:
        return float(normal @ (state - guess))

    plane.direction = 1.0  # type: ignore[attr-defined]
    solved = _solved(lambda _, state: f(state), u, 1.5 * period, events=plane)
    late = solved.t_events[0][solved.t_events[0] > period / 2] if solved.success else []
    if not len(late):
        raise ArithmeticError(f"the orbit of {u} does not come back between {period / 2:.3g} and {1.5 * period:.3g}")
    return float(late[0])


def _carried(f: Rule, df: Rule, u: Array, time: float) -> tuple[Array, Array]:
    """φ_t(u) and its Jacobian."""
    d = len(u)

    def extended(_: float, state: Array) -> Array:
        return np.concatenate([f(state[:d]), (df(state[:d]) @ state[d:].reshape(d, d)).ravel()])

    end = _solved(extended, np.concatenate([u, np.eye(d).ravel()]), time).y[:, -1]
    return end[:d], end[d:].reshape(d, d)


def _solved(field: Any, start: Array, time: float, **wanted: Any) -> Any:
    return solve_ivp(field, (0, time), start, method="DOP853", rtol=TOLERANCE, atol=TOLERANCE / 10, **wanted)


def amplitude(f: Rule, cycle: Cycle, component: int = 0) -> float:
    """Half of the largest less the least value of a component along a cycle, taken where its derivative vanishes."""

    def turns(_: float, state: Array) -> float:
        return float(f(state)[component])

    solved = _solved(lambda _, state: f(state), cycle.start, 1.01 * cycle.period, events=turns)
    values = solved.y_events[0][:, component]
    return float(np.max(values) - np.min(values)) / 2
