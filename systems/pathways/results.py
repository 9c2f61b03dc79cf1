r"""What the claims ask about simulated strains: errors by method, world and series, and what twice an enzyme does."""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from systems.pathways import models
from systems.pathways.kinetic import fitted_path
from systems.pathways.models import TRIVIAL, Task, rmse, task, trivial, worlds
from systems.pathways.worlds import SAMPLED, interpolated, measured, world
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["EIGHT", "FORM", "INTERVENTIONS", "KINDS", "METHODS", "SEEDS", "STRAINS", "error"]

SEEDS = Seeds(50, 12, chosen_on=range(30, 42))
"""What the claims say was chosen after the worlds 30 to 41."""
KINDS = ("free", "positive")
REGRESSED = ("gradient boosting", "random forest", "Gaussian process")
EIGHT = "neural ODE, eight strains"
FORM = "the kinetics fitted"
METHODS = ("neural ODE", "positive neural ODE", EIGHT, *REGRESSED, FORM, *TRIVIAL)
NAMES = {"free": "neural ODE", "positive": "positive neural ODE"}
LENGTH = pick(full=800, paper=8000)


def compared(run: Run) -> dict[str, Any]:
    """RMSE by method, world and series (methods, worlds, 6); least states; all paths."""
    tasks = worlds(run)
    paths: dict[str, np.ndarray] = {}
    losses = []
    for kind in KINDS:
        paths[NAMES[kind]], _, found = models.neural(run, tasks, kind)
        losses.append(found)
    everyone = worlds(run, many=True)
    units = [of.units / t.units for of, t in zip(everyone, tasks, strict=True)]
    paths[EIGHT] = np.stack([
        path * ratio for path, ratio in zip(models.neural(run, everyone, "free")[0], units, strict=True)
    ])  # fmt: skip
    for name in REGRESSED:
        paths[name] = np.stack([
            models.by_slopes(t, models.regressors(seed)[name]) for seed, t in zip(run.seeds, tasks, strict=True)
        ])  # fmt: skip
    paths[FORM] = np.stack([
        fitted_path(world(seed), 1, run.stream(seed, "starts")) / t.units
        for seed, t in zip(run.seeds, tasks, strict=True)
    ])  # fmt: skip
    for name in TRIVIAL:
        paths[name] = np.stack([trivial(t)[name] for t in tasks])
    return {
        "rmse": np.array([[rmse(path, t) for path, t in zip(paths[name], tasks, strict=True)] for name in METHODS]),
        "least": np.array([paths[name].min(axis=(1, 2)) for name in METHODS]),
        "paths": np.array([[path * t.units for path, t in zip(paths[name], tasks, strict=True)] for name in METHODS]),
        "true": np.array([t.asked * t.units for t in tasks]),
        "loss": np.array(losses)[:, :: max(1, run.length // 200)],
    }


def tell(table: Table, found: Any, run: Run) -> None:
    """Every error; one world's paths."""
    for key in ("rmse", "least", "loss"):
        table.array(key, found[key])
    for key in ("paths", "true"):  # of four worlds, at every fourth point
        table.array(key, np.round(found[key][..., :4, ::4, :], 5))
    base = found["rmse"][METHODS.index("mean of the two")]
    for place, name in enumerate(METHODS):
        errors = found["rmse"][place]
        table.quartiles("table", errors[:, -1] / base[:, -1], method=name, key="limonene")
        table.quartiles("table", np.exp(np.log(errors / base).mean(axis=1)), method=name, key="six series")
        improved = 100 * (1 - found["rmse"][METHODS.index("neural ODE"), :, -1] / errors[:, -1])
        table.quartiles("table", improved, method=name, key="improvement")


STRAINS = Experiment(
    "pathways.learned.strains", train=compared, tell=tell, length=LENGTH, seeds=SEEDS, streams={"starts": 3}
)


def error(effort: Any, method: str) -> np.ndarray:
    """RMSE over the 200 points, in units of the data: (worlds, 6)."""
    return np.asarray(STRAINS(effort)["rmse"][METHODS.index(method)], dtype=float)


# ---------------------------------------------------------------- interventions


def twice(run: Run) -> dict[str, np.ndarray]:
    """Limonene after 72 hours of the medium strain with each enzyme twice: true, by the positive neural ODE, and none.

    (worlds, 9) each.  Trained on all three strains of a world.
    """
    whole = [_all_three(seed) for seed in run.seeds]
    _, parameters, _ = models.neural(run, whole, "positive")
    true, told, none = [], [], []
    for enzyme in range(9):
        asked = [_asked(seed, of, enzyme) for seed, of in zip(run.seeds, whole, strict=True)]
        paths = models.told_by(parameters, asked)
        told.append([path[-1, -1] * of.units[-1] for path, of in zip(paths, asked, strict=True)])
        true.append([of.asked[-1, -1] * of.units[-1] for of in asked])
        none.append([of.trained[1, -1, -1] * of.units[-1] for of in whole])
    return {"true": np.array(true).T, "told": np.array(told).T, "none": np.array(none).T}


def _all_three(seed: int) -> Task:
    """Units of the low and the high strain, windows of all three; asked for is the medium one."""
    w = world(seed)
    of = task(w)
    series = np.stack([of.trained[0], of.asked, of.trained[1]])
    inputs = np.stack([of.trained_inputs[0], of.asked_inputs, of.trained_inputs[1]])
    return Task(series, inputs, of.asked, of.asked_inputs, of.units, of.centre)


def _asked(seed: int, of: Task, enzyme: int) -> Task:
    """The medium strain with an enzyme at twice its level."""
    w = world(seed)
    changed = w.strains[1].with_twice(enzyme)
    course = interpolated(measured(w.course(changed, SAMPLED))) / of.units
    inputs = task(w, strain=changed).asked_inputs
    return Task(of.trained, of.trained_inputs, course, inputs, of.units, of.centre)


def tell_twice(table: Table, found: Any, run: Run) -> None:
    """All of it."""
    for key, values in found.items():
        table.array(key, values)


INTERVENTIONS = Experiment("pathways.learned.interventions", train=twice, tell=tell_twice, length=LENGTH, seeds=SEEDS)
