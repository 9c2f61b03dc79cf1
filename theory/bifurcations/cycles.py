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
from scipy.optimize import brentq

from gronwall.theory.bifurcations.fields import BETA, FIELDS, SIGMA, rules
from gronwall.theory.bifurcations.hopf import lorenz_amplitude, lorenz_hopf

__all__ = [
    "Cycle", "along", "amplitude", "lorenz_cycle", "lorenz_rA", "periodic_orbit", "returned", "rossler_cycle",
    "rossler_doubling", "rossler_splitting",
]  # fmt: skip

Array = NDArray[np.float64]
Rule = Callable[[Array], Array]

TOLERANCE = 1e-12
"""Relative tolerance of the integration; the absolute one is a tenth of it."""
SETTLED = 1e-9
"""Newton's last step, relative to the size of the orbit: the next one would be its square, which is nothing."""


SPLIT = 1e-8
"""Squared distance of maxima below which a cycle is one of half as many loops."""


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
    """When an orbit crosses the plane again, from the side from which it left: next to a period."""

    def plane(_: float, state: Array) -> float:
        return float(normal @ (state - guess))

    plane.direction = 1.0  # type: ignore[attr-defined]
    solved = _solved(lambda _, state: f(state), u, 1.5 * period, events=plane)
    times = np.asarray(solved.t_events[0] if solved.success else (), dtype=float)
    late = times[times > period / 2]
    if not len(late):
        raise ArithmeticError(f"the orbit of {u} does not come back between {period / 2:.3g} and {1.5 * period:.3g}")
    return float(late[np.argmin(abs(late - period))])


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


def along(f: Rule, cycle: Cycle, integrand: Callable[[Array], Array]) -> Array:
    """∫ g(u(t)) dt over a period; integrand: (d,) -> (k,)."""
    d = len(cycle.start)

    def extended(_: float, state: Array) -> Array:
        return np.concatenate([f(state[:d]), integrand(state[:d])])

    start = np.concatenate([cycle.start, 0 * integrand(cycle.start)])
    return np.asarray(_solved(extended, start, cycle.period).y[d:, -1])


def returned(f: Rule, cycle: Cycle, u: Array) -> Array:
    """Where the orbit of a point of the plane across the cycle at its start next crosses that plane."""
    time = _return(f, u, cycle.start, f(cycle.start), cycle.period)
    return np.asarray(_solved(lambda _, state: f(state), u, time).y[:, -1])


# ---------------------------------------------------------------- where cycles bifurcate


def rossler_cycle(c: float, loops: int) -> Cycle:
    """The attracting cycle of so many loops, which an orbit has come to after a time of 2000.

    Raises ArithmeticError where Newton's method does not find it from there.
    """
    f, df = rules(FIELDS["rossler"], c)
    settled = _solved(lambda _, u: f(u), np.array([-4.0, -4.0, 0.0]), 2000.0).y[:, -1]
    return periodic_orbit(f, df, settled, _recurrence(f, settled, loops))


def rossler_doubling(loops: int, near: float, width: float = 0.02) -> tuple[float, Cycle]:
    """The c near ``near`` at which the cycle of so many loops has the multiplier −1, and the cycle there.

    The cycle attracts below: it is followed from near − width by Newton's method.  Raises ArithmeticError where it is
    lost, ValueError where the multiplier does not pass −1 in between.
    """
    known = [rossler_cycle(near - width, loops)]

    def beyond(c: float) -> float:
        """The multiplier nearest to −1, plus 1, on the cycle next to the last one."""
        last = known.pop()
        known.append(periodic_orbit(*rules(FIELDS["rossler"], c), last.start, last.period))
        return float(min(known[0].multipliers.real)) + 1

    c = float(brentq(beyond, near - width, near + width, xtol=1e-12))
    beyond(c)
    return c, known[0]


def rossler_splitting(loops: int, near: float, width: float, points: int = 7) -> float:
    """The c next to ``near`` from which on there is a cycle of twice so many loops, without a multiplier.

    Along that cycle maxima x_i of x that lie half of it apart differ by an odd analytic function of √(c − c*):
    S = Σ_i (x_i − x_{i+loops})² is analytic in c and vanishes at c*.  It is measured at so many Chebyshev points up to
    near + width, from a tenth of that on, and c as a polynomial of S is taken at S = 0.
    Raises ArithmeticError where the cycle is lost or does not have twice so many maxima.
    """
    turns = np.cos(np.pi * (np.arange(points) + 0.5) / points)
    values, cycle, splittings = near + width * (0.55 + 0.45 * turns), rossler_cycle(near + width, 2 * loops), []
    for c in values:
        f, df = rules(FIELDS["rossler"], c)
        cycle = periodic_orbit(f, df, cycle.start, cycle.period)
        x = _maxima(f, cycle)
        if len(x) != 2 * loops:
            raise ArithmeticError(f"the cycle at c = {c} has {len(x)} maxima and not {2 * loops}")
        splittings.append(np.sum((x[:loops] - x[loops:]) ** 2))
    if max(splittings) < SPLIT:
        raise ArithmeticError(f"up to c = {values[0]:.6g} there is the cycle of {loops} loops alone, run through twice")
    S = np.array(splittings) / max(splittings)
    return float(np.polyval(np.polyfit(S, values, points - 1), 0.0))


def _maxima(f: Rule, cycle: Cycle) -> Array:
    """The maxima of the first component along a cycle, in their order."""

    def turns(_: float, u: Array) -> float:
        return float(f(u)[0])

    turns.direction = -1.0  # type: ignore[attr-defined]
    solved = _solved(lambda _, u: f(u), cycle.start, cycle.period * (1 - 1e-9), events=turns)
    return np.asarray(solved.y_events[0][:, 0])


def _recurrence(f: Rule, u: Array, loops: int) -> float:
    """When an orbit crosses the plane across its own direction for the so-manieth time."""
    normal = f(u)

    def plane(_: float, state: Array) -> float:
        return float(normal @ (state - u))

    plane.direction = 1.0  # type: ignore[attr-defined]
    times = _solved(lambda _, state: f(state), u, 8.0 * loops + 8, events=plane).t_events[0]
    return float(times[times > 1.0][loops - 1])


def lorenz_rA(returns: int = 6, offset: float = 1e-6) -> float:
    """The r at which W^u(0) of Lorenz's system runs into the cycle around the other image, between 24 and 24.1.

    Below it the branch spirals into the image, above it leaves again.  The gap is what is left of the distance to the
    cycle along the left eigenvector of the multiplier above one, after so many returns; the other part has died out.
    """

    def gap(r: float) -> float:
        f, df = rules(FIELDS["lorenz"], r)
        cycle = lorenz_cycle(r)
        values, left = np.linalg.eig(cycle.monodromy.T)
        growing = int(np.argmax(values.real))
        p = left[:, growing].real * np.sign(left[0, growing].real)
        values, vectors = np.linalg.eig(df(np.zeros(3)))
        leaving = vectors[:, int(np.argmax(values.real))].real
        normal = f(cycle.start)

        def plane(_: float, u: Array) -> float:
            return float(normal @ (u - cycle.start)) if abs(u - cycle.start).max() < 6 else -1.0

        plane.direction = 1.0  # type: ignore[attr-defined]
        solved = _solved(lambda _, u: f(u), offset * leaving / leaving[0], 25.0, events=plane)
        crossed = [u for u in solved.y_events[0] if abs(normal @ (u - cycle.start)) < 1e-6 * np.linalg.norm(normal)]
        return float(p @ (crossed[returns - 1] - cycle.start))

    return float(brentq(gap, 24.0, 24.1, xtol=1e-11))


def lorenz_cycle(r: float) -> Cycle:
    """The cycle around the image with x < 0, from the amplitude that the Hopf point foretells."""
    f, df = rules(FIELDS["lorenz"], r)
    q = np.sqrt(float(BETA) * (r - 1))
    image = np.array([-q, -q, r - 1])
    values, vectors = np.linalg.eig(df(image))
    turning = int(np.argmax(values.imag))
    direction = vectors[:, turning] / vectors[0, turning]
    size = np.sqrt(float(lorenz_amplitude(SIGMA, BETA)) * (float(lorenz_hopf(SIGMA, BETA)) - r))
    return periodic_orbit(f, df, image + size * direction.real, 2 * np.pi / values[turning].imag)
