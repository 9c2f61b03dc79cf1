r"""What a layer integrates on [1, 2], an object a kind: its field, how features enter its state and leave it.

With Nesterov's factor r, the force f, an activation σ, and k(t) the gate of the change of variables h = kx:

    first order    h' = f(h, t)                                               NODE; ANODE, from (h, 0)
    second order   h' = v,  v' = f(h, v, t)                                   SONODE
    heavy ball     h' = σ(m),  m' = f(h, t) − γm − ξh                         HBNODE (σ = id, ξ = 0), GHBNODE
    nesterov       h = σ(k)x,  x' = σ(m),  m' = −m − σ(f(h, t)) − ξh          NesterovNODE (σ = id, ξ = 0), or G…
    direct         h' = σ(m),  m' = −(r/t)m − σ(f(h, t)) − ξh                 (10) from t = 1 on
    released       what the authors' code integrates in the place of `nesterov`, see
                   `gronwall.theory.nesterov.limit.released_field`

γ is sigmoid(γ̂), γ̂ = −3 at the start; ξ is a number or softplus of a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gronwall.theory.nesterov.limit import gate, gate_slope, gated_field

BOUNDS: dict[str, Any] = {
    "id": lambda x: x, "tanh": torch.tanh, "hardtanh 5": lambda x: x.clamp(-5, 5),
    "hardtanh 1/2": lambda x: x.clamp(-0.5, 0.5), "hardtanh 1/4": lambda x: x.clamp(-0.25, 0.25),
}  # fmt: skip
"""The activations σ of the generalised layers, by name."""


@dataclass(frozen=True)
class Parts:
    """What a field is made of at a moment: the force, σ, the numbers γ and ξ, the factor r."""

    force: Callable[[Tensor, Any], Tensor]
    sigma: Callable[[Tensor], Tensor]
    gamma: Any
    xi: Any
    r: int


def _first_order(z: Tensor, t: Any, p: Parts) -> Tensor:
    return p.force(z, t)


def _second_order(z: Tensor, t: Any, p: Parts) -> Tensor:
    _, v = z.chunk(2, dim=2)
    return torch.cat([v, p.force(z, t)], dim=2)


def _heavy_ball(z: Tensor, t: Any, p: Parts) -> Tensor:
    h, m = z.chunk(2, dim=2)
    return torch.cat([p.sigma(m), p.force(h, t) - p.gamma * m - p.xi * h], dim=2)


def _nesterov(z: Tensor, t: Any, p: Parts) -> Tensor:
    x, m = z.chunk(2, dim=2)
    return torch.cat(gated_field(p.force, p.sigma, p.xi, p.r)(x, m, t), dim=2)


def _direct(z: Tensor, t: Any, p: Parts) -> Tensor:
    h, m = z.chunk(2, dim=2)
    return torch.cat([p.sigma(m), -(p.r / t) * m - p.sigma(p.force(h, t)) - p.xi * h], dim=2)


def _released(z: Tensor, t: Any, p: Parts) -> Tensor:
    """h, m are read as (h, h'), and m = [(r/(2t) − 1/2) h + h']/k."""
    h, m = z.chunk(2, dim=2)
    m = (m - gate_slope(t, p.r) * h) / gate(t, p.r)
    return torch.cat([p.sigma(m), -m - p.sigma(p.force(h, t)) - p.xi * h], dim=2)


def _enter_as_they_are(system: System, h: Tensor, velocity: Tensor | None, t: float) -> Tensor:
    return h if velocity is None else torch.cat([h, velocity], dim=2)


def _enter_gated(system: System, h: Tensor, velocity: Tensor | None, t: float) -> Tensor:
    """x = h/σ(k), m = (h' − (k'/k)h)/σ(k), for σ = id the exact conversion."""
    assert velocity is not None
    return torch.cat([h, velocity - gate_slope(t, system.r) * h], dim=2) / system.gates(t)


def _leave_whole(system: System, z: Tensor, t: float) -> Tensor:
    return z


def _leave_first(system: System, z: Tensor, t: float) -> Tensor:
    return z.chunk(2, dim=2)[0]


def _leave_gated(system: System, z: Tensor, t: float) -> Tensor:
    """h = σ(k)x."""
    return z.chunk(2, dim=2)[0] * system.gates(t)


def _resume_whole(system: System, z: Tensor, t: float) -> Tensor:
    return z


def _resume_gated(system: System, z: Tensor, t: float) -> Tensor:
    """h' = σ(k)m + (k'/k)h."""
    h = _leave_gated(system, z, t)
    return torch.cat([h, system.gates(t) * z.chunk(2, dim=2)[1] + gate_slope(t, system.r) * h], 2)


@dataclass(frozen=True)
class Kind:
    """A kind of layer.

    field(z, t, parts): z', members x batch x channels (of both halves).  enter(system, h, velocity, t): the state from
    features and velocity;  leave(system, z, t): the features;  resume(system, z, t): (h, h'), from which `enter` may
    start again.  second: the state has two halves;  sees_velocity: the force is given both.
    """

    field: Callable[[Tensor, Any, Parts], Tensor]
    enter: Callable[[System, Tensor, Tensor | None, float], Tensor] = _enter_as_they_are
    leave: Callable[[System, Tensor, float], Tensor] = _leave_first
    resume: Callable[[System, Tensor, float], Tensor] = _resume_whole
    second: bool = True
    sees_velocity: bool = False


KINDS = {
    "first order": Kind(_first_order, leave=_leave_whole, second=False),
    "second order": Kind(_second_order, sees_velocity=True),
    "heavy ball": Kind(_heavy_ball),
    "nesterov": Kind(_nesterov, enter=_enter_gated, leave=_leave_gated, resume=_resume_gated),
    "direct": Kind(_direct),
    "released": Kind(_released, leave=_leave_gated, resume=_resume_gated),
}


@dataclass(frozen=True)
class System:
    """What a layer integrates. gamma: a number or "learned"; xi: a number or "learned"; idle: unused parameters."""

    name: str
    sigma: str = "id"
    xi: float | str = 0.0
    gamma: float | str = "learned"
    r: int = 3
    idle: int = 0

    @property
    def kind(self) -> Kind:
        """Raises ValueError where there is none of this name."""
        if self.name not in KINDS:
            raise ValueError(f"no system of the kind {self.name!r}; there are {', '.join(KINDS)}")
        return KINDS[self.name]

    @property
    def scalars(self) -> dict[str, float]:
        """Names and first values of the learned numbers."""
        found = {"gamma": -3.0} if self.name == "heavy ball" and self.gamma == "learned" else {}
        return found | ({"xi": 0.0} if self.xi == "learned" else {})

    def gates(self, t: float) -> Tensor:
        """σ(k(t))."""
        gates: Tensor = BOUNDS[self.sigma](gate(torch.tensor(t, dtype=torch.float64), self.r))
        return gates
