r"""What is learned from two strains and asked for a third: neural ODEs, regressed slopes, and trivial predictors.

States are the six measured series over their deviation in the strains that were trained on, u; inputs are u and the
logarithms of the nine enzymes, both centred and scaled by those strains.  Time in units of ten hours.

    free       u' = o(u, c)
    positive   u' = p(u, c) − u d(u, c),   p, d = ln(1 + e^o)

The pipeline regresses slopes of windows of seven points, by trees or a Gaussian process, and integrates what it found
by Kutta's scheme from point to point; so are the neural ODEs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import torch
from scipy.signal import savgol_filter
from torch import Tensor

from systems.pathways.worlds import POINTS, SAMPLED, Strain, World, interpolated, measured, world
from systems.training.ensemble import Adam, Autograd, train
from systems.training.protocol import Run

__all__ = ["TRIVIAL", "Task", "by_slopes", "neural", "regressors", "rmse", "task", "trivial"]

UNIT = 10.0
"""Hours."""
STEP = (POINTS[1] - POINTS[0]) / UNIT
WINDOW, WIDTH = 40, 64
LIMIT = 1e3
"""Where a state has run away to: u is held there."""

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Task:
    """Of one world: u of known strains (k, 200, 6) and of another (200, 6), inputs c (…, 200, 9), the units of u."""

    trained: np.ndarray
    trained_inputs: np.ndarray
    asked: np.ndarray
    asked_inputs: np.ndarray
    units: np.ndarray
    centre: np.ndarray


def task(of: World, strain: Strain | None = None, many: bool = False) -> Task:
    """The low and the high strain to train on, with all that were drawn where `many`; the medium one to ask for, or
    another one in its place.
    """
    known = [of.strains[0], of.strains[2], *(of.others if many else ())]
    courses = np.stack([interpolated(measured(of.course(s, SAMPLED))) for s in known])
    units = np.maximum(courses.reshape(-1, 6).std(axis=0), 1e-9)
    levels = np.stack([np.log(s.at(POINTS)) for s in known])
    mean, deviation = levels.reshape(-1, 9).mean(axis=0), np.maximum(levels.reshape(-1, 9).std(axis=0), 1e-9)
    third = strain or of.strains[1]
    return Task(
        courses / units,
        (levels - mean) / deviation,
        interpolated(measured(of.course(third, SAMPLED))) / units,
        (np.log(third.at(POINTS)) - mean) / deviation,
        units,
        courses.reshape(-1, 6).mean(axis=0) / units,
    )


def rmse(path: np.ndarray, of: Task) -> np.ndarray:
    """The root mean square error over the 200 points, by series, in units of the data: (6,)."""
    off = np.minimum(np.nan_to_num(abs(path - of.asked), nan=LIMIT), LIMIT)
    return np.sqrt(np.square(off).mean(axis=0)) * of.units


# ---------------------------------------------------------------- trivial predictors

TRIVIAL = ("held at its first sample", "copy of the low strain", "copy of the high strain", "mean of the two")


def trivial(of: Task) -> dict[str, np.ndarray]:
    """Paths (200, 6) of those who learn nothing."""
    low, high = of.trained[:2]
    return dict(zip(TRIVIAL, (np.repeat(of.asked[:1], len(POINTS), axis=0), low, high, (low + high) / 2), strict=True))


# ---------------------------------------------------------------- regressed slopes


def regressors(seed: int) -> dict[str, Callable[[], Any]]:
    """Regressors of one series' slope."""
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0) * RBF(3.0, (0.3, 300.0)) + WhiteKernel(1e-3, (1e-8, 1.0))
    return {
        "gradient boosting": lambda: GradientBoostingRegressor(random_state=seed),
        "random forest": lambda: RandomForestRegressor(n_estimators=50, random_state=seed, n_jobs=1),
        "Gaussian process": lambda: GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed),
    }


def by_slopes(of: Task, regressor: Callable[[], Any]) -> np.ndarray:
    """The path of a regression of the slopes of windows, integrated."""
    return integrated(slope_field(of, regressor), of)


def slope_field(of: Task, regressor: Callable[[], Any]) -> Field:
    """(u, c) -> u', a regression of the slopes of windows for each of the six series."""
    slopes = np.stack([savgol_filter(u, 7, 2, deriv=1, delta=STEP, axis=0) for u in of.trained]).reshape(-1, 6)
    given = np.concatenate([of.trained, of.trained_inputs], axis=2).reshape(len(slopes), -1)
    fitted = [regressor().fit(given, slopes[:, i]) for i in range(6)]

    def field(u: np.ndarray, c: np.ndarray) -> np.ndarray:
        row = np.concatenate([u, c])[None]
        return np.array([one.predict(row)[0] for one in fitted])

    return field


def integrated(field: Field, of: Task) -> np.ndarray:
    """By Kutta's scheme from point to point, inputs half way being means; held where it runs away."""
    u, path = of.asked[0], [of.asked[0]]
    for now, then in zip(of.asked_inputs[:-1], of.asked_inputs[1:], strict=True):
        middle = (now + then) / 2
        k1 = field(u, now)
        k2 = field(u + STEP / 2 * k1, middle)
        k3 = field(u + STEP / 2 * k2, middle)
        k4 = field(u + STEP * k3, then)
        u = np.clip(u + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4), -LIMIT, LIMIT)
        path.append(u)
    return np.array(path)


# ---------------------------------------------------------------- neural ODEs


def outputs(parameters: Sequence[Tensor], x: Tensor) -> Tensor:
    """Three layers of every member on its own rows: (members, rows, inputs) -> (members, rows, outputs)."""
    W1, b1, W2, b2, W3, b3 = parameters
    x = torch.tanh(torch.baddbmm(b1, x, W1))
    return torch.baddbmm(b3, torch.tanh(torch.baddbmm(b2, x, W2)), W3)


def velocity(parameters: Sequence[Tensor], u: Tensor, c: Tensor, centre: Tensor) -> Tensor:
    """u' of every member; a network of twice six outputs is the positive one."""
    o = outputs(parameters, torch.cat([u - centre, c], dim=-1))
    if o.shape[-1] == 6:
        return o
    made = torch.nn.functional.softplus(o)
    return made[..., :6] - u * made[..., 6:]


def rolled(parameters: Sequence[Tensor], u: Tensor, c: Tensor, centre: Tensor) -> Tensor:
    """The path from u (members, rows, 6) along inputs c (members, rows, points, 9): (members, rows, points, 6)."""
    path = [u]
    for n in range(c.shape[2] - 1):
        now, then = c[:, :, n], c[:, :, n + 1]
        middle = (now + then) / 2
        k1 = velocity(parameters, u, now, centre)
        k2 = velocity(parameters, u + STEP / 2 * k1, middle, centre)
        k3 = velocity(parameters, u + STEP / 2 * k2, middle, centre)
        k4 = velocity(parameters, u + STEP * k3, then, centre)
        u = (u + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)).clamp(-LIMIT, LIMIT)
        path.append(u)
    return torch.stack(path, dim=2)


def started(run: Run, kind: str) -> list[Tensor]:
    """Weights N(0, 1/inputs) of each seed, biases 0, the last layer a tenth of that."""
    sizes = [15, WIDTH, WIDTH, 12 if kind == "positive" else 6]
    found: list[list[np.ndarray]] = [[] for _ in range(6)]
    for seed in run.seeds:
        rng = run.stream(seed, "weights")
        for layer, (n, m) in enumerate(pairwise(sizes)):
            size = (0.1 if layer == 2 else 1.0) / np.sqrt(n)
            found[2 * layer].append(rng.normal(0, size, (n, m)))
            found[2 * layer + 1].append(np.zeros((1, m)))
    return [torch.tensor(np.stack(part)) for part in found]


def neural(
    run: Run, tasks: Sequence[Task], kind: str, rate: float = 3e-3
) -> tuple[np.ndarray, list[Tensor], np.ndarray]:
    """Paths asked for (members, 200, 6), the parameters, and the losses; every member on a world of its own.

    Windows of 40 points, each started at its own first one, all at once; mean square; the rate falls to 0.
    """
    u = torch.tensor(np.stack([t.trained for t in tasks]))
    c = torch.tensor(np.stack([t.trained_inputs for t in tasks]))
    windows = u.reshape(len(tasks), -1, WINDOW, 6), c.reshape(len(tasks), -1, WINDOW, 9)
    centre = torch.tensor(np.stack([t.centre for t in tasks]))[:, None]
    parameters, epochs = started(run, kind), run.length

    def losses(leaves: Sequence[Tensor], batch: Tensor) -> Tensor:
        del batch  # all windows, every time
        told = rolled(leaves, windows[0][:, :, 0], windows[1], centre)
        return (told - windows[0]).square().mean(dim=(1, 2, 3))

    optimiser = Adam(rate)

    def after(epoch: int) -> None:
        optimiser.lr = rate * min(1.0, 2 * (epochs - epoch) / epochs)

    everything = np.tile(np.arange(windows[0].shape[1]), (len(tasks), 1))
    found = train(
        Autograd(parameters, losses), optimiser, orders=repeat(everything), epochs=epochs,
        batch=everything.shape[1], after=after, progress=run.progress,
    )  # fmt: skip
    return told_by(parameters, tasks), parameters, found


def told_by(parameters: Sequence[Tensor], tasks: Sequence[Task]) -> np.ndarray:
    """Paths of what is asked for: (members, 200, 6)."""
    asked = torch.tensor(np.stack([t.asked for t in tasks]))
    inputs = torch.tensor(np.stack([t.asked_inputs for t in tasks]))
    centre = torch.tensor(np.stack([t.centre for t in tasks]))[:, None]
    with torch.no_grad():
        return rolled(parameters, asked[:, None, 0], inputs[:, None], centre)[:, 0].numpy()


def worlds(run: Run, many: bool = False) -> list[Task]:
    """The tasks of a run, one a seed."""
    return [task(world(seed), many=many) for seed in run.seeds]
