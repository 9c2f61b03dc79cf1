r"""What is measured of learned Lorenz fields: diagrams, Hopf values, images of rest, the symmetry, and r = 28.

Trained on r = 5, 7.5, …, 22.5, where every true orbit comes to rest; r = 28, where the true one never does, is beyond.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from gronwall.theory.bifurcations.fields import BETA
from systems.bifurcations import diagrams, stacked
from systems.bifurcations.attractors import exponents, hausdorff, occupation
from systems.bifurcations.data import SYSTEMS, scaling, series
from systems.bifurcations.learned import Learned
from systems.bifurcations.training import LEARNING_SEEDS, LORENZ, members
from systems.training.protocol import Experiment, Run, Table

__all__ = ["BEYOND", "CHAOS", "DIAGRAMS", "SIGNS", "STARTS", "learned_fields", "of", "of_chaos"]

STARTS = ((1.0, 1.0, 1.0), (-1.0, -1.0, 1.0))
SIGNS = np.array([-1.0, -1.0, 1.0])
"""S, under which the true field is equivariant."""
VALUES = pick(full=tuple(np.arange(1, 30.01, 0.5)), paper=tuple(np.arange(1, 30.01, 0.1)))
RESTING = (7.5, 12.5, 17.5)
"""Where images of rest are compared."""
HOPF = 470 / 19
BEYOND = 28.0
KNOWN = (0.9056, 0.0, -14.5723)
"""The exponents there (J. C. Sprott, Chaos and Time-Series Analysis, 2003), to the digits printed."""


def learned_fields(effort: Any) -> list[Learned]:
    """The members."""
    return members(LORENZ(effort), "lorenz")


def image(r: float, sign: float) -> np.ndarray:
    """C± = (±√(β(r − 1)), ±√(β(r − 1)), r − 1)."""
    q = np.sqrt(float(BETA) * (r - 1))
    return np.array([sign * q, sign * q, r - 1])


def asymmetry(field: Learned) -> float:
    """The mean of |f̂(Su) − S f̂(u)| over that of |f̂(u)|, on the training series."""
    system = SYSTEMS["lorenz"]
    found = []
    for r, course in zip(np.repeat(system.parameters, len(system.starts)), series("lorenz", system.parameters)):  # noqa: B905
        for u in course[::5]:
            f = field.f(u, float(r))
            found.append([abs(field.f(SIGNS * u, float(r)) - SIGNS * f).sum(), abs(f).sum()])
    off, size = np.array(found).sum(axis=0)
    return float(off / size)


def measured(run: Run) -> dict[str, np.ndarray]:
    """Diagrams from both starts, seeds x 2 x (least, largest) x r; onsets, seeds x 2; Hopf values of both images, seeds
    x 2; how far images of rest are off, seeds x 2 x r; the asymmetry by seed.
    """
    values = np.array(VALUES.at(run.effort), dtype=float)
    fields = learned_fields(run.effort)
    ends, onsets, hopf, rest, skew = [], [], [], [], []
    true_ends, true_onsets = _diagram(diagrams.true_orbits("lorenz"), values)
    for place, field in enumerate(fields):
        found, began = _diagram(field.orbits, values)
        ends.append(found)
        onsets.append(began)
        points = [field.hopf(image(15.0, sign), 15.0, 30.0) for sign in (1.0, -1.0)]
        hopf.append([point[0] if point else np.nan for point in points])
        rest.append([[_off(field, r, sign) for r in RESTING] for sign in (1.0, -1.0)])
        skew.append(asymmetry(field))
        run.progress(place + 1, len(fields))
    return {
        "values": values, "ends": np.array(ends), "onset": np.array(onsets), "hopf": np.array(hopf),
        "rest": np.array(rest), "asymmetry": np.array(skew), "true ends": true_ends, "true onset": true_onsets,
    }  # fmt: skip


def _diagram(orbits: diagrams.Orbits, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = [diagrams.lorenz_ends(orbits, values, start) for start in STARTS]
    return np.array([ends for ends, _ in found]), np.array([diagrams.onset(rest, values) for _, rest in found])


def _off(field: Learned, r: float, sign: float) -> float:
    found = field.equilibrium(image(r, sign), r)
    return np.nan if found is None else float(np.linalg.norm(found - image(r, sign)))


def tell(table: Table, found: Any, run: Run) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, np.round(values, 4) if key.endswith("ends") else values)


DIAGRAMS = Experiment(
    "bifurcations.learned.lorenz_diagrams", train=measured, tell=tell, length=LORENZ.length, seeds=LEARNING_SEEDS
)


def of(effort: Any, key: str) -> np.ndarray:
    """What was measured of the diagrams."""
    return np.asarray(DIAGRAMS(effort)[key], dtype=float)


# ---------------------------------------------------------------- r = 28

TIME = {"step": 0.01, "before": 50.0, "blocks": 10, "length": 50.0}
KINDS = ("learned", "symmetrised")


def chaos(run: Run) -> dict[str, np.ndarray]:
    """At r = 28: exponents with halves of their intervals and mean traces, by kind and seed; distances from the true
    set, beside those of two halves of it; orbits of the true field and of three members.
    """
    fields = learned_fields(run.effort)
    rows, r = len(fields), np.full(len(fields), BEYOND)
    starts = np.tile(STARTS[0], (rows, 1))
    plain = stacked.stacked(fields)
    by_kind = {"learned": plain, "symmetrised": stacked.symmetrised(plain, SIGNS)}
    told = [exponents(slopes, starts, r, **TIME) for slopes in by_kind.values()]  # type: ignore[arg-type]
    true = exponents(stacked.exact("lorenz"), starts[:1], r[:1], **TIME)  # type: ignore[arg-type]
    deviation = scaling("lorenz").deviation
    halves = _orbit(stacked.exact("lorenz"), starts[:1], r[:1], 2)[0] / deviation
    first, second = np.split(halves, 2)
    sets = [_orbit(slopes, starts, r, 1) / deviation for slopes in by_kind.values()]
    return {
        "exponents": np.array([one.means for one in told]),
        "half": np.array([one.halves() for one in told]),
        "trace": np.array([one.traces.mean(axis=0) for one in told]),
        "true exponents": true.means[0],
        "true half": true.halves()[0],
        "hausdorff": np.array([[hausdorff(one, first) for one in kind] for kind in sets]),
        "occupation": np.array([[occupation(one, first) for one in kind] for kind in sets]),
        "floor": np.array([hausdorff(second, first), occupation(second, first)]),
        "true orbit": first[:1500] * deviation,
        "orbits": np.array([one[:1500] * deviation for one in sets[0]]),
    }


def _orbit(slopes: stacked.Slopes, starts: np.ndarray, parameter: np.ndarray, many: int) -> np.ndarray:
    """Rows x points x d: 4000 points so many times, 0.05 apart, after 50 time units."""
    orbits = diagrams.orbits_of(lambda u, parameters: slopes(u, parameters)[0])
    with np.errstate(all="ignore"):
        last = orbits(starts, parameter, 0.01, 5000, 1)[0]
        return orbits(last, parameter, 0.01, 5, 4000 * many).transpose(1, 0, 2)


def tell_chaos(table: Table, found: Any, run: Run) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, np.round(values, 3) if "orbit" in key else values)


CHAOS = Experiment(
    "bifurcations.learned.lorenz_chaos", train=chaos, tell=tell_chaos, length=LORENZ.length, seeds=LEARNING_SEEDS
)


def of_chaos(effort: Any, key: str) -> np.ndarray:
    """What was measured at r = 28."""
    return np.asarray(CHAOS(effort)[key], dtype=float)
