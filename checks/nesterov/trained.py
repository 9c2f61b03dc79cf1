"""What the claims ask of the trainings of `checks.nesterov.training`: figures at the end, tables, curves, features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np

from checks.nesterov.training import EPOCHS, trained


@cache
def run(task: str, name: str, effort: Any, method: str = "dopri5", step: float = 0.0, r: int = 3) -> dict[str, Any]:
    """The training of an effort."""
    found: dict[str, Any] = trained(task, name, EPOCHS[task].at(effort), method, step, r)
    return found


def last(task: str, name: str, effort: Any, key: str, **how: Any) -> np.ndarray:
    """A figure at the end, one a seed: the last epoch of forward, backward or loss, or what was tested."""
    values: np.ndarray = run(task, name, effort, **how)[key]
    return values[-1] if values.ndim == 2 else values


def log_table(log: Any, task: str, names: Iterable[str], effort: Any, keys: Sequence[str], **how: Any) -> None:
    """Median and quartiles over the seeds at the end, as the series "table"."""
    for name in names:
        for key in keys:
            low, middle, high = np.quantile(last(task, name, effort, key, **how), [0.25, 0.5, 0.75])
            log("table", x=0, measured=float(middle), low=float(low), high=float(high), key=key, system=name, **how)


def log_curves(log: Any, task: str, name: str, effort: Any) -> None:
    """Medians and quartiles of every epoch, 3 x epochs."""
    found = run(task, name, effort)
    for key in ("forward", "backward", "loss"):
        log.array(key, np.quantile(found[key], [0.25, 0.5, 0.75], axis=1), system=name)
