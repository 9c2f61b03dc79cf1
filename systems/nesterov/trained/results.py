"""The three experiments, what their tables tell, and what the claims ask of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import pick
from systems.nesterov.trained.published import NAMES
from systems.nesterov.trained.tasks import ABLATED, POINTS, TASKS, TRAINED_ON, components
from systems.nesterov.trained.training import Training, rebuilt
from systems.training.protocol import Experiment, Run, Seeds, Table

STEPS = (0.1, 0.2, 0.5)
DRAWN = ("NODE", "HBNODE", "NesterovNODE", "GNesterovNODE")
"""Fixed steps, and the systems whose paths and spectra are drawn."""


def last_of(values: Any) -> np.ndarray:
    """A figure at the end, one a seed: the last epoch of forward, backward or loss, or what was tested."""
    values = np.asarray(values, dtype=float)
    return np.asarray(values[-1] if values.ndim == 2 else values)


def tell_training(table: Table, found: Mapping[str, Any]) -> None:
    """Median and quartiles over the seeds: at the end as the series "table", of every epoch as arrays; who stopped."""
    for key in ("forward", "backward", "loss", "accuracy", "test loss"):
        if key in found:
            table.quartiles("table", last_of(found[key]), key=key)
    table.add("stopped", measured=float(found["stopped"].sum()))
    for key in ("forward", "backward", "loss"):
        table.array(key, np.quantile(found[key], [0.25, 0.5, 0.75], axis=1))


def tell_clouds(table: Table, found: Mapping[str, Any], run: Run, system: str, **how: Any) -> None:
    """The training, and where the points of the seed with the upper median loss go, times x points x 2."""
    tell_training(table, found)
    if system in DRAWN and how["method"] == "dopri5":
        loss = last_of(found["loss"])
        member = int(np.argsort(loss)[len(loss) // 2])
        x, y = TASKS["point cloud"].points([run.seeds[member]])
        weights = found["weights"][member : member + 1]
        table.array("path", path("point cloud", system, weights, x, np.linspace(1, 2, 13)))
        table.array("labels", y[0].numpy())
        table.array("loss of the path", [loss[member]])


def tell_digits(table: Table, found: Mapping[str, Any], run: Run, system: str, **how: Any) -> None:
    """The training, and δλ for δ = 1/2 of the first member, λ the eigenvalues at t = 3/2."""
    tell_training(table, found)
    if system in DRAWN and how["method"] == "dopri5" and how["r"] == 3:
        w = 0.5 * spectrum_of(system, found["weights"][:1])
        table.array("spectrum", [w.real, w.imag])


def tell_pendulum(table: Table, found: Mapping[str, Any], run: Run, system: str, **how: Any) -> None:
    """The training."""
    tell_training(table, found)


CLOUDS = Experiment(
    "nesterov.trained.point_cloud",
    train=Training(TASKS["point cloud"]).train,
    tell=tell_clouds,
    sweep=[{"system": name} for name in (*NAMES, "HBNODE, γ = 1", "NesterovNODE, released", "GNesterovNODE, released")],
    length=pick(full=60, paper=200),
    seeds=Seeds(36, 24, chosen_on=range(36)),
    streams=POINTS,
)
"""200 epochs are the paper's.  Those before seed 36 had been looked at, and a dozen left most figures undecided."""

DIGITS = Experiment(
    "nesterov.trained.digits",
    train=Training(TASKS["digits"]).train,
    tell=tell_digits,
    sweep=[
        *({"system": name} for name in (*NAMES, *ABLATED)),
        *({"system": "GNesterovNODE" + how, "r": r} for how in ("", ", released") for r in (5, 10)),
        *({"system": name, "method": "euler", "step": step} for name in (*NAMES, "HBNODE, γ = 1") for step in STEPS),
        *(
            {"system": name, "method": how, "step": step}
            for how in ("explicit_adams", "rk4")
            for name in ("NODE", "GHBNODE", "GNesterovNODE")
            for step in STEPS
        ),
    ],
    length=pick(full=10, paper=40),
    seeds=Seeds(12, 12, chosen_on=range(12)),
)
"""40 epochs are the paper's.  Several margins of the comparisons were chosen after runs with the seeds 0 to 11, so what
is claimed is measured on others.  With twelve, the 99 % interval of a median leaves out the smallest and the largest.
"""

PENDULUM = Experiment(
    "nesterov.trained.pendulum",
    train=Training(TASKS["pendulum"]).train,
    tell=tell_pendulum,
    sweep=[{"system": name} for name in NAMES],
    length=pick(full=8, paper=100),
    seeds=Seeds(12, 12, chosen_on=range(12)),
)
"""The paper has 500 epochs on Walker2D."""

EXPERIMENTS = {"point cloud": CLOUDS, "digits": DIGITS, "pendulum": PENDULUM}


def run(task: str, name: str, effort: Any, **how: Any) -> dict[str, Any]:
    """The training of an effort."""
    return EXPERIMENTS[task](effort, system=name, **how)


def last(task: str, name: str, effort: Any, key: str, **how: Any) -> np.ndarray:
    """A figure at the end, one a seed."""
    return last_of(run(task, name, effort, **how)[key])


# ---------------------------------------------------------------- inside a trained layer


def states(network: Any, x: Tensor, t: float) -> Tensor:
    """The states of a classifier's layer at the time t in (1, 2] for features x, members x batch x n."""
    layer = network.layer
    if network.padded:
        x = torch.cat([x, torch.zeros_like(x[:, :, :1]).expand(-1, -1, network.padded)], dim=2)
    halves = (x, None) if network.velocity is None else torch.cat([x, network.velocity(x)], dim=2).chunk(2, dim=2)
    with torch.no_grad():
        found: Tensor = layer.flow(layer.enter(*halves), t=t)
    return found


def path(task: str, name: str, weights: np.ndarray, x: Tensor, times: Sequence[float]) -> np.ndarray:
    """The features h(t) of one trained member (1 x P) for points x, times x batch x n."""
    network: Any = rebuilt(task, name, weights)
    found = [x[0].numpy()]
    for t in times[1:]:
        z = states(network, x, t)
        found.append(network.layer.leave(z, t)[0].numpy()[:, : x.shape[2]])
    return np.stack(found)


def spectrum_of(name: str, weights: np.ndarray, t: float = 1.5, many: int = 12) -> np.ndarray:
    """Eigenvalues of ∂z'/∂z of a member trained on digits (1 x P) at the time t, for the first `many` left out."""
    network: Any = rebuilt("digits", name, weights)
    x, _ = components()
    z = states(network, x[TRAINED_ON : TRAINED_ON + many][None], t)
    at = torch.tensor(t, dtype=torch.float64)

    def field(one: Tensor) -> Tensor:
        found: Tensor = network.layer.derivative(at, one[None, None])[0, 0]
        return found

    J = torch.stack([torch.autograd.functional.jacobian(field, one) for one in z[0]])
    return np.asarray(torch.linalg.eigvals(J.detach())).ravel()


@cache
def spectrum(name: str, effort: Any, member: int) -> np.ndarray:
    """`spectrum_of` a member of the experiment on digits."""
    return spectrum_of(name, run("digits", name, effort)["weights"][member : member + 1])
