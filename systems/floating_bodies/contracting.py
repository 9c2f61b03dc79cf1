"""How fast the states of trained bodies contract: shown in balls from the weights, met at states that are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gronwall.running.caching import cached
from gronwall.theory.floating_bodies.contraction import contraction_over
from systems.floating_bodies.models import field, flow_of
from systems.floating_bodies.results import BODIES

__all__ = ["RADIUS", "SPEEDS", "met", "shown"]

RADIUS, SPEEDS = 2.5, (0.02, 1.2)
"""Places |x| up to so many metres, and speeds in the water between two."""
DRAWN = 4000


def weights(effort: Any) -> list[np.ndarray]:
    """The parameters of FHNN in the vortex, every member's in the first axis."""
    left = BODIES(effort, kind="FHNN", world="vortex")
    return [np.asarray(left[f"parameter {k}"], dtype=float) for k in range(12)]


def shown(effort: Any) -> np.ndarray:
    """c of every member with −div f >= c over the box, by branch and bound in balls: (members,)."""
    parameters = weights(effort)
    return shown_of([p.tolist() for p in parameters[6:]])["c"]


@cached
def shown_of(parameters: list[Any]) -> dict[str, np.ndarray]:
    """The same of coefficient networks."""
    members = range(len(parameters[0]))
    found = [contraction_over([np.array(p[m]) for p in parameters], RADIUS, SPEEDS)[0] for m in members]
    return {"c": np.array(found)}


def met(effort: Any, speeds: tuple[float, float] = SPEEDS) -> np.ndarray:
    """The least −div f over drawn states of the box, of the whole field by forward derivatives: (members,)."""
    p = [torch.tensor(values) for values in weights(effort)]
    members, rng = len(p[0]), np.random.default_rng(5)
    r, angle, turn = np.sqrt(rng.random(DRAWN)) * RADIUS, *rng.uniform(0, 2 * np.pi, (2, DRAWN))
    s = speeds[0] + (speeds[1] - speeds[0]) * rng.random(DRAWN) ** 3  # more of the slow ones
    x = torch.tensor(np.stack([r * np.cos(angle), r * np.sin(angle)], axis=-1)).expand(members, -1, -1)
    w = torch.tensor(np.stack([s * np.cos(turn), s * np.sin(turn)], axis=-1))
    state = torch.cat([x, w + flow_of("FHNN", p, x)], dim=-1)
    total = torch.zeros(members, DRAWN, dtype=torch.float64)
    for k in range(4):
        along = torch.zeros_like(state)
        along[..., k] = 1.0
        total += torch.func.jvp(lambda z: field("FHNN", p, z), (state,), (along,))[1][..., k]
    return (-total).min(dim=1).values.numpy()
