"""How much learned predator–prey fields leak through the axis without sharks, which no true orbit crosses."""

from __future__ import annotations

from typing import Any

import numpy as np

from systems.bifurcations.data import SYSTEMS
from systems.bifurcations.results import learned_fields

__all__ = ["leakage"]

PREY = np.linspace(0.1, 0.7, 13)
"""Between the saddles of the axis for the parameters that were trained on, about."""


def leakage(effort: Any, variant: str) -> np.ndarray:
    """The mean of |f_y(x, 0, α)| over x = .1, .15, …, .7 and the α that were trained on, one a seed."""
    places = [(float(x), alpha) for x in PREY for alpha in SYSTEMS["predator_prey"].parameters]
    return np.array([
        np.mean([abs(field.f(np.array([x, 0.0]), alpha)[1]) for x, alpha in places])
        for field in learned_fields(effort, variant)
    ])  # fmt: skip
