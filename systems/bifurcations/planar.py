r"""What first-order theory says of learned predator–prey fields, seed by seed: Hopf points, broken cycles, multipliers.

With e = f̂ − f at the true Hopf point the learned one is foretold by the shift −DG⁻¹G_e
(`gronwall.theory.bifurcations.perturbation`).  A learned field leaks through the axis y = 0: y' = ε̂(x) + y ĝ(x) + …
there, with ε̂ = f̂_y(x, 0) and ĝ = ∂_y f̂_y(x, 0); to first order in ε̂, along the learned flow x' = f̂_x(x, 0) of the axis,
W^u(x₋) passes above W^s(x₊) by

    ∫ ε̂(x(t)) e^{−∫₀ᵗ ĝ ds} dt,     x(0) = 1/3,

so its sign says how the heteroclinic cycle breaks: above, x₋ gets a homoclinic orbit; below, orbits leave to y < 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from gronwall.theory import rigor
from gronwall.theory.bifurcations.boundary import coexistence, predator_prey_hopf
from gronwall.theory.bifurcations.connections import boundary_saddles, height_at
from gronwall.theory.bifurcations.cycles import along, periodic_orbit
from gronwall.theory.bifurcations.perturbation import hopf_shift
from systems.bifurcations.enclosed import jets
from systems.bifurcations.learned import Learned
from systems.bifurcations.results import SEEDS, learned_fields
from systems.bifurcations.stacked import exact
from systems.bifurcations.training import PREDATOR_PREY
from systems.training.protocol import Experiment, Run, Table

__all__ = ["CYCLE", "FIRST_ORDER", "LEAKING", "of"]

HOPF = float(predator_prey_hopf()[0])
CONNECTED = 0.70
"""At this α the connection on the axis is compared: the last one that was trained on."""
CYCLE = 0.69
SECTION = 1 / 3
LEAKING = ("boundary loss", "no boundary loss")


# ---------------------------------------------------------------- the Hopf point


def error_at_hopf(field: Learned) -> np.ndarray:
    """(e₁, e₂, div e) at the true Hopf point."""
    u = np.array(coexistence(HOPF))
    f, J = exact("predator_prey")(u[None], np.array([HOPF]))
    g, K, _ = field.with_slopes(u, HOPF)
    return np.array([*(g - f[0]), np.trace(K - J[0])])


def extended_slopes() -> np.ndarray:
    """DG of G = (f, tr Df) in (x, y, α) at the true Hopf point: 3 x 3.

    f = 3x(1 − x) − xy − α(1 − E(x)), g = 3xy − y, tr = 2 − 3x − y − 5αE + 0, E = e^{−5x}, written out.
    """
    (x, y), alpha = coexistence(HOPF), HOPF
    E = np.exp(-5 * x)
    return np.array([
        [3 - 6 * x - y - 5 * alpha * E, -x, E - 1],
        [3 * y, 3 * x - 1, 0.0],
        [25 * alpha * E - 6 + 3, -1.0, -5 * E],
    ])  # fmt: skip


def error_slopes_at_hopf(field: Learned) -> float:
    """‖DG_e‖ there: how much the first and second derivatives of the learned field are off, exactly differentiated."""
    (x, y), alpha = coexistence(HOPF), HOPF
    f, g = jets(field, [rigor.dyadic(float(value)) for value in (x, y, alpha)], 2)
    rows = [[rigor.midpoint(component[(i,)]) for i in range(3)] for component in (f, g)]
    trace = [rigor.midpoint(f[tuple(sorted((0, i)))] + g[tuple(sorted((1, i)))]) for i in range(3)]
    return float(np.linalg.norm(np.array([*rows, trace]) - extended_slopes(), 2))


# ---------------------------------------------------------------- the axis


def axis_saddles(field: Learned, alpha: float) -> list[np.ndarray] | None:
    """The saddles x₋ and x₊ of a learned field, next to the axis; None where one is lost or is no saddle."""
    found = []
    for x in boundary_saddles(alpha):
        u = field.equilibrium(np.array([x, 0.0]), alpha)
        if u is None or np.linalg.norm(u - [x, 0.0]) > 0.15 or np.linalg.det(field.df(u, alpha)) >= 0:
            return None
        found.append(u)
    return found if np.linalg.norm(found[1] - found[0]) > 0.1 else None


def gap_by_shooting(field: Learned, alpha: float) -> float:
    """How far W^u(x₋) passes above W^s(x₊) at x = 1/3; NaN where there are no saddles, or a branch does not come."""
    saddles = axis_saddles(field, alpha)
    if saddles is None:
        return np.nan
    heights = []
    for saddle, sense in zip(saddles, (1.0, -1.0), strict=True):
        values, vectors = np.linalg.eig(field.df(saddle, alpha))
        leaving = vectors[:, int(np.argmax(sense * values.real))].real
        start = saddle + 1e-5 * sense * leaving / leaving[0]
        try:
            heights.append(height_at(lambda u, s=sense: s * field.f(u, alpha), start, SECTION, 100.0, 1e-9))  # type: ignore[misc]
        except ArithmeticError:
            return np.nan
    return heights[0] - heights[1]


def gap_to_first_order(field: Learned, alpha: float, time: float = 40.0) -> float:
    """∫ ε̂(x(t)) e^{−∫₀ᵗ ĝ ds} dt along x' = f̂_x(x, 0), x(0) = 1/3; NaN where the axis is not a connection.

    That is where x runs out of (0, 1), forwards or backwards, or ĝ does not damp at the ends.
    """

    def extended(_: float, state: np.ndarray) -> list[float]:
        """x, ∫ ĝ and the integral."""
        x, grown, _ = state
        f, J, _ = field.with_slopes(np.array([x, 0.0]), alpha)
        return [f[0], J[1, 1], f[1] * np.exp(-grown)]

    total = 0.0
    for end in (time, -time):
        found = solve_ivp(extended, (0, end), [SECTION, 0.0, 0.0], method="DOP853", rtol=1e-9, atol=1e-11)
        if not found.success or not 0 < found.y[0, -1] < 1 or found.y[1, -1] < 3:
            return np.nan
        total += np.sign(end) * found.y[2, -1]
    return float(total)


# ---------------------------------------------------------------- the cycle


def cycle_multiplier(field: Learned) -> tuple[float, float]:
    """At α = .69 the multiplier of the learned cycle and e^{∮div}; NaN where orbits come to rest."""
    last = field.orbits(np.array([[1.0, 0.01]]), np.array([CYCLE]), 0.1, 20000, 1)[0]
    x = field.orbits(last, np.array([CYCLE]), 0.1, 1, 600)[:, 0, 0]
    if not np.isfinite(x).all() or np.ptp(x) < 0.02:
        return np.nan, np.nan
    tops = np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]))
    period = 0.1 * float(np.diff(tops).mean())

    def f(u: np.ndarray) -> np.ndarray:
        return field.f(u, CYCLE)

    def divergence(u: np.ndarray) -> np.ndarray:
        return np.array([np.trace(field.df(u, CYCLE))])

    try:
        cycle = periodic_orbit(f, lambda u: field.df(u, CYCLE), last[0], period)
    except ArithmeticError:
        return np.nan, np.nan
    return float(cycle.multipliers[0].real), float(np.exp(along(f, cycle, divergence)[0]))


# ---------------------------------------------------------------- all of it


def measured(run: Run, variant: str) -> dict[str, np.ndarray]:
    """By seed: the error at the Hopf point (seeds x 3), the foretold shift, ‖DG_e‖, the two gaps, the two multipliers;
    1/‖DG⁻¹‖, which ‖DG_e‖ must not reach for the bound that is known beforehand.
    """
    fields = learned_fields(run.effort, variant)
    errors = np.array([error_at_hopf(field) for field in fields])
    return {
        "error": errors,
        "shift": np.array([float(hopf_shift(HOPF, *error)) for error in errors]),
        "slopes": np.array([error_slopes_at_hopf(field) for field in fields]),
        "most": np.array(1 / np.linalg.norm(np.linalg.inv(extended_slopes()), 2)),
        "gap": np.array([[gap(field, CONNECTED) for gap in (gap_by_shooting, gap_to_first_order)] for field in fields]),
        "multiplier": np.array([cycle_multiplier(field) for field in fields]),
    }


def tell(table: Table, found: Any, run: Run, variant: str) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, values)


FIRST_ORDER = Experiment(
    "bifurcations.learned.first_order", train=measured, tell=tell, length=PREDATOR_PREY.length, seeds=SEEDS,
    sweep=[{"variant": name} for name in LEAKING],
)  # fmt: skip


def of(effort: Any, variant: str, key: str) -> np.ndarray:
    """What was measured of a variant."""
    return np.asarray(FIRST_ORDER(effort, variant=variant)[key], dtype=float)
