r"""What is measured of learned Rössler fields: maxima, period doublings, a multiplier, exponents and distances.

Trained on c = 4.5, 4.6, …, 5.5, where the true orbit is chaotic or in a window of period three or five; the doublings
at c = 2.8324, 3.8374, 4.1242 are beyond.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from gronwall import pick
from gronwall.theory.bifurcations.cycles import Cycle, periodic_orbit
from gronwall.theory.bifurcations.fields import FIELDS, rules
from systems.bifurcations import diagrams, stacked
from systems.bifurcations.attractors import exponents, hausdorff, occupation
from systems.bifurcations.data import scaling
from systems.bifurcations.learned import Learned
from systems.bifurcations.training import LEARNING_SEEDS, ROSSLER, members
from systems.training.protocol import Experiment, Run, Table

__all__ = ["CHAOS", "DIAGRAMS", "INSIDE", "MULTIPLIERS", "doubling", "learned_fields", "multiplier", "of", "of_chaos"]

VALUES = pick(full=tuple(np.arange(2.5, 6.001, 0.05)), paper=tuple(np.arange(2.5, 6.001, 0.01)))
TOPS = 12
"""How many maxima a parameter has in the table."""
INSIDE = 5.0
MULTIPLIERS = (3.0, 4.0, 5.0)
"""At these c the cycle of one loop is compared: two of them beyond the data."""

Rules = Callable[[float], tuple[Any, Any]]


def learned_fields(effort: Any) -> list[Learned]:
    """The members."""
    return members(ROSSLER(effort), "rossler")


def rules_of(field: Learned) -> Rules:
    """c -> (f, Df) of a learned field."""

    def at(c: float) -> tuple[Any, Any]:
        return lambda u: field.f(u, c), lambda u: field.df(u, c)

    return at


def true_rules(c: float) -> tuple[Any, Any]:
    """c -> (f, Df) of the true field."""
    return rules(FIELDS["rossler"], c)


def doubling(at: Rules, values: np.ndarray, loops: np.ndarray, last: np.ndarray, many: int) -> float:
    """The c at which a cycle of `many` loops that attracts at one parameter of a grid, and not at the next one, has the
    multiplier −1; NaN where the grid has no such place or the cycle is lost.

    values, loops: as `diagrams.rossler_tops` counts; last: the states at the end, (c, 3).
    """
    for k in range(len(values) - 1):
        if loops[k] == many and loops[k + 1] == 2 * many:
            return _crossing(at, float(values[k]), float(values[k + 1]), last[k], many)
    return np.nan


def _crossing(at: Rules, low: float, high: float, start: np.ndarray, many: int) -> float:
    try:
        known = [periodic_orbit(*at(low), start, 5.9 * many)]

        def beyond(c: float) -> float:
            cycle = periodic_orbit(*at(c), known[0].start, known[0].period)
            known[0] = cycle
            return float(min(cycle.multipliers.real)) + 1

        return float(brentq(beyond, low - 0.05, high + 0.05, xtol=1e-7))
    except (ArithmeticError, ValueError):
        return np.nan


def multiplier(at: Rules, c: float, near: Cycle) -> float:
    """The leading multiplier of the cycle of one loop next to a known one; NaN where there is none."""
    try:
        cycle = periodic_orbit(*at(c), near.start, near.period)
    except ArithmeticError:
        return np.nan
    values = cycle.multipliers
    return float(values[np.argmax(abs(values))].real)


def true_cycle(c: float) -> Cycle:
    """The cycle of one loop of the true field, followed from c = 2.5 where it attracts."""
    settled = diagrams.true_orbits("rossler")(np.array([[-4.0, -4.0, 0.0]]), np.array([2.5]), 0.05, 4000, 1)[0, 0]
    cycle = periodic_orbit(*true_rules(2.5), settled, 5.8)
    for value in np.linspace(2.5, c, 1 + round((c - 2.5) / 0.25)):
        cycle = periodic_orbit(*true_rules(float(value)), cycle.start, cycle.period)
    return cycle


def measured(run: Run) -> dict[str, np.ndarray]:
    """Maxima, seeds x c x 12 (NaN where fewer); loops, seeds x c; first and second doubling, seeds x 2; multipliers of
    the cycle of one loop, seeds x c.  The same of the true field.
    """
    values = np.array(VALUES.at(run.effort), dtype=float)
    fields, near = learned_fields(run.effort), [true_cycle(c) for c in MULTIPLIERS]
    found: dict[str, list[Any]] = {"tops": [], "loops": [], "doublings": [], "multipliers": []}
    everyone = [(diagrams.true_orbits("rossler"), true_rules), *[(field.orbits, rules_of(field)) for field in fields]]
    for place, (orbits, at) in enumerate(everyone):
        tops, loops, last = diagrams.rossler_tops(orbits, values)
        found["tops"].append([np.append(np.round(one[:TOPS], 3), [np.nan] * TOPS)[:TOPS] for one in tops])
        found["loops"].append(loops)
        found["doublings"].append([doubling(at, values, loops, last, many) for many in (1, 2)])
        found["multipliers"].append([multiplier(at, c, cycle) for c, cycle in zip(MULTIPLIERS, near, strict=True)])
        run.progress(place, len(fields))
    split = {key: np.array(rows, dtype=float) for key, rows in found.items()}
    return {
        "values": values, **{key: rows[1:] for key, rows in split.items()},
        **{f"true {key}": rows[0] for key, rows in split.items()},
    }  # fmt: skip


def tell(table: Table, found: Any, run: Run) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, values)


DIAGRAMS = Experiment(
    "bifurcations.learned.rossler_diagrams", train=measured, tell=tell, length=ROSSLER.length, seeds=LEARNING_SEEDS
)


def of(effort: Any, key: str) -> np.ndarray:
    """What was measured of the diagrams."""
    return np.asarray(DIAGRAMS(effort)[key], dtype=float)


# ---------------------------------------------------------------- c = 5

TIME = {"step": 0.025, "before": 300.0, "blocks": 10, "length": 200.0}


def chaos(run: Run) -> dict[str, np.ndarray]:
    """At c = 5: exponents, traces and distances by seed, as of Lorenz's fields at r = 28."""
    fields = learned_fields(run.effort)
    c = np.full(len(fields), INSIDE)
    starts = np.tile((-4.0, -4.0, 0.0), (len(fields), 1))
    plain, exact = stacked.stacked(fields), stacked.exact("rossler")
    told = exponents(plain, starts, c, **TIME)  # type: ignore[arg-type]
    true = exponents(exact, starts[:1], c[:1], **TIME)  # type: ignore[arg-type]
    deviation = scaling("rossler").deviation
    first, second = np.split(_orbit(exact, starts[:1], c[:1], 2)[0] / deviation, 2)
    sets = _orbit(plain, starts, c, 1) / deviation
    return {
        "exponents": told.means, "half": told.halves(), "trace": told.traces.mean(axis=0),
        "true exponents": true.means[0], "true half": true.halves()[0], "true trace": true.traces.mean(axis=0),
        "hausdorff": np.array([hausdorff(one, first) for one in sets]),
        "occupation": np.array([occupation(one, first) for one in sets]),
        "floor": np.array([hausdorff(second, first), occupation(second, first)]),
        "true orbit": first[:1500] * deviation, "orbits": sets[:, :1500] * deviation,
    }  # fmt: skip


def _orbit(slopes: stacked.Slopes, starts: np.ndarray, parameter: np.ndarray, many: int) -> np.ndarray:
    """Rows x points x d: 4000 points so many times, 0.25 apart, after 300 time units."""
    orbits = diagrams.orbits_of(lambda u, parameters: slopes(u, parameters)[0])
    with np.errstate(all="ignore"):
        last = orbits(starts, parameter, 0.025, 12000, 1)[0]
        return orbits(last, parameter, 0.025, 10, 4000 * many).transpose(1, 0, 2)


def tell_chaos(table: Table, found: Any, run: Run) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, np.round(values, 3) if "orbit" in key else values)


CHAOS = Experiment(
    "bifurcations.learned.rossler_chaos", train=chaos, tell=tell_chaos, length=ROSSLER.length, seeds=LEARNING_SEEDS
)


def of_chaos(effort: Any, key: str) -> np.ndarray:
    """What was measured at c = 5."""
    return np.asarray(CHAOS(effort)[key], dtype=float)
