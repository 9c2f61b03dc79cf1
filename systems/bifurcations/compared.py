r"""Neural ODEs beside what else is fitted to the same series: one number a system and place, with its floor.

    predator–prey   MAE of diagrams, α = .6 … .75
    Lorenz          distance of occupations at r = 28, beyond the data
    Rössler         distance of occupations at c = 5, inside, and at c = 3.5, beyond

4000 samples a set, as far apart as those that were trained on, in units of the deviations of the training series.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from systems.bifurcations import baselines, diagrams, lorenz, results, rossler
from systems.bifurcations.attractors import occupation
from systems.bifurcations.data import SYSTEMS, scaling, series
from systems.bifurcations.diagrams import Orbits
from systems.bifurcations.training import LEARNING_SEEDS
from systems.training.protocol import Experiment, Run, Table

__all__ = ["BASELINES", "METHODS", "PLACES", "distance"]

METHODS = ("neural ODE", "discrete step", "echo state", "SINDy", "SINDy, oracle")
PLACES = {
    "Lorenz, r = 28": ("lorenz", 28.0),
    "Rössler, c = 5": ("rossler", 5.0),
    "Rössler, c = 3.5": ("rossler", 3.5),
}
DIAGRAM = "predator–prey"
SETTLED = {"lorenz": 1000, "rossler": 2400}
"""Samples that are left out first."""
POINTS = 4000
LENGTH = pick(full=1500, paper=10000)
LIMIT = 10.0
"""What a set counts as that has left all bounds: as far as this."""


def orbits_by(run: Run, method: str, name: str) -> list[Orbits]:
    """One a seed, or one alone where nothing is drawn."""
    if method == "neural ODE":
        fields = {"lorenz": lorenz, "rossler": rossler}
        found = (
            fields[name].learned_fields(run.effort)
            if name in fields
            else results.learned_fields(run.effort, "no boundary loss")
        )
        return [field.orbits for field in found]
    if method == "discrete step":
        return baselines.discrete_steps(run, name)
    if method == "echo state":
        return baselines.echo_states(run, name)
    return [baselines.of_sindy(name, oracle=method == "SINDy, oracle" and name == "predator_prey")]


def occupied(orbits: Orbits, name: str, parameter: float, many: int = 1) -> np.ndarray:
    """So many times 4000 samples of the orbit from the start of the nearest training series, in units of those."""
    system = SYSTEMS[name]
    nearest = min(system.parameters, key=lambda value: abs(value - parameter))
    part = 2 * system.steps if name == "lorenz" else 5 * system.steps
    step = system.dt / part
    start, value = series(name, (nearest,))[:1, 0], np.array([parameter])
    with np.errstate(all="ignore"):
        path = orbits(start, value, step, part, SETTLED[name] + many * POINTS)[SETTLED[name] :, 0]
        return path / scaling(name).deviation


def measured(run: Run, method: str) -> dict[str, np.ndarray]:
    """The numbers of a method, one a seed each; those of two halves of the true orbit."""
    found: dict[str, Any] = {}
    alphas = np.linspace(results.FIRST, results.LAST, 76)
    true = diagrams.true_ends(results.FIRST, results.LAST, 76)
    with np.errstate(all="ignore"):
        ends = [diagrams.predator_prey_ends(one, alphas) for one in orbits_by(run, method, "predator_prey")]
    found[DIAGRAM] = np.array([diagrams.apart(one, true) for one in ends])
    by_system = {name: orbits_by(run, method, name) for name in ("lorenz", "rossler")}
    for place, (name, parameter) in PLACES.items():
        exact, again = np.split(occupied(diagrams.true_orbits(name), name, parameter, 2), 2)
        found[place] = np.array([
            min(occupation(occupied(one, name, parameter), exact), LIMIT) for one in by_system[name]
        ])  # fmt: skip
        found["floor of " + place] = np.array(occupation(again, exact))
    return found


def tell(table: Table, found: Any, run: Run, method: str) -> None:
    """Every seed."""
    for key, values in found.items():
        table.array(key, values, method=method)
        if values.ndim:
            table.quartiles("table", np.minimum(values, LIMIT), method=method, key=key)


BASELINES = Experiment(
    "bifurcations.learned.baselines", train=measured, tell=tell, length=LENGTH, seeds=LEARNING_SEEDS,
    sweep=[{"method": name} for name in METHODS],
)  # fmt: skip


def distance(effort: Any, method: str, place: str) -> np.ndarray:
    """The numbers of a method at a place, one a seed; a method without seeds gives the same to every one."""
    found = np.asarray(BASELINES(effort, method=method)[place], dtype=float)
    return np.broadcast_to(found, (LEARNING_SEEDS.many(effort),))
