"""What the claims ask of the trainings: figures at the end, tables, curves, paths of features, spectra."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from systems.nesterov.trained.tasks import TRAINED_ON, components
from systems.nesterov.trained.training import EPOCHS, FIRST, SEEDS, rebuilt, trained

CLOUDS, FIRST_CLOUD = 24, 36
"""The point cloud has the seeds 36 to 59: those before had been looked at, and a dozen left most figures undecided."""


@cache
def run(task: str, name: str, effort: Any, method: str = "dopri5", step: float = 0.0, r: int = 3) -> dict[str, Any]:
    """The training of an effort."""
    seeds, first = (CLOUDS, FIRST_CLOUD) if task == "point cloud" else (SEEDS, FIRST)
    found: dict[str, Any] = trained(task, name, EPOCHS[task].at(effort), method, step, r, seeds, first)
    return found


def last(task: str, name: str, effort: Any, key: str, **how: Any) -> np.ndarray:
    """A figure at the end, one a seed: the last epoch of forward, backward or loss, or what was tested."""
    values = np.asarray(run(task, name, effort, **how)[key], dtype=float)
    return values[-1] if values.ndim == 2 else values


def log_table(log: Any, task: str, names: Iterable[str], effort: Any, keys: Sequence[str], **how: Any) -> None:
    """Median and quartiles over the seeds at the end, as the series "table"."""
    for name in names:
        for key in keys:
            if key == "stopped":
                count = float(last(task, name, effort, key, **how).sum())
                log("stopped", x=0, measured=count, system=name, task=task, **how)
                continue
            low, middle, high = np.quantile(last(task, name, effort, key, **how), [0.25, 0.5, 0.75])
            spread = {"low": float(low), "high": float(high)}
            log("table", x=0, measured=float(middle), key=key, system=name, task=task, **spread, **how)


def log_curves(log: Any, task: str, name: str, effort: Any) -> None:
    """Medians and quartiles of every epoch, 3 x epochs."""
    found = run(task, name, effort)
    for key in ("forward", "backward", "loss"):
        log.array(key, np.quantile(found[key], [0.25, 0.5, 0.75], axis=1), system=name)


def states(network: Any, x: Tensor, t: float) -> Tensor:
    """The states of a classifier's layer at the time t in (1, 2] for features x, members x batch x n."""
    layer = network.layer
    if network.padded:
        x = torch.cat([x, torch.zeros_like(x[:, :, :1]).expand(-1, -1, network.padded)], dim=2)
    halves = (x, None) if network.velocity is None else torch.cat([x, network.velocity(x)], dim=2).chunk(2, dim=2)
    layer.end = t
    with torch.no_grad():
        found: Tensor = layer.flow(layer.enter(*halves))
    return found


def path(task: str, name: str, effort: Any, member: int, x: Tensor, times: Sequence[float]) -> np.ndarray:
    """The features h(t) of one trained member for points x, times x batch x n."""
    network = rebuilt(task, name, run(task, name, effort)["weights"][member : member + 1])
    found = [x[0].numpy()]
    for t in times[1:]:
        z = states(network, x, t)
        found.append(network.layer.leave(z)[0].numpy()[:, : x.shape[2]])
    return np.stack(found)


@cache
def spectrum(task: str, name: str, effort: Any, member: int, t: float = 1.5, many: int = 12, **how: Any) -> np.ndarray:
    """Eigenvalues of ∂z'/∂z of a trained member at the time t, for the first `many` digits left out."""
    network: Any = rebuilt(task, name, run(task, name, effort, **how)["weights"][member : member + 1])
    x, _ = components()
    z = states(network, x[TRAINED_ON : TRAINED_ON + many][None], t)
    at = torch.tensor(t, dtype=torch.float64)

    def field(one: Tensor) -> Tensor:
        return network.layer.derivative(at, one[None, None])[0, 0]

    J = torch.stack([torch.autograd.functional.jacobian(field, one) for one in z[0]])
    return np.asarray(torch.linalg.eigvals(J.detach())).ravel()
