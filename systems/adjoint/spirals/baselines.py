"""The recurrent networks of Table 2, by what they are told of times and how they are read."""

from __future__ import annotations

from typing import Any

from systems.adjoint.spirals.results import COUNTS, last

CLOCKS = {"no clock": ("RNN", "clean"), "mean gaps": ("RNN", "by mean gaps"), "told gaps": ("RNN with gaps", "clean")}
BASELINES = {f"{n} points, {clock}": (n, clock) for n in COUNTS for clock in CLOCKS if n < 100 or clock == "told gaps"}


def baseline(n: int, clock: str, replicate: int, effort: Any) -> float:
    """The error of a recurrent network beyond; with all 100 points the three are one."""
    name, key = CLOCKS[clock if n < 100 else "told gaps"]
    return float(last(name, n, effort, key)[replicate])
