"""GNesterovNODEs whose σ has kinks, solved piece by piece between the events |m_i| = c and |f_i| = c; true adjoints.

The branch of every entry of σ(m) and σ(f) is fixed on a piece: at an event rounding alone would pick its slope, an
error of O(h).  Event times are held fixed when the loss is differentiated.  That is right: z(T) depends on an event
time by Φ times the jump of the field there, and the field is continuous.  The gate has no kink on [1, 3]: k >= 0.86
there, above the bound c = 1/2, so σ(k) = c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.integrate import solve_ivp

from gronwall.theory.runge_kutta import RK4, trajectory
from systems.nesterov.runs import IDENTITY, SIGMAS, XI, Activation, Force, flat, gate_of, loss, simpson

T0, T1 = 1.0, 3.0


@dataclass(frozen=True)
class Branch:
    """σ entry by entry with its branch given: side 0 is between the kinks, ±1 beyond ±c."""

    sigma: Activation
    sides: np.ndarray

    @property
    def between(self) -> Activation:
        return IDENTITY if np.isfinite(self.sigma.bends) else self.sigma

    def value(self, z: Any) -> Any:
        """In NumPy or torch."""
        if not self.sides.any():
            return self.between.value(z)
        constant, inside = self.sides * self.sigma.bends, (self.sides == 0).astype(float)
        if isinstance(z, torch.Tensor):
            return torch.tensor(inside) * self.between.value(z) + torch.tensor(constant)
        return inside * self.between.value(z) + constant

    def slope(self, z: np.ndarray) -> np.ndarray:
        slopes: np.ndarray = (self.sides == 0) * self.between.slope(z)
        return slopes


def sides(sigma: Activation, z: np.ndarray) -> np.ndarray:
    """−1, 0 or 1 for each entry."""
    return np.where(np.abs(z) < sigma.bends, 0.0, np.sign(z))


def field(layer: Force, theta: Any, xi: Any, of_m: Branch, of_f: Branch) -> Any:
    """(x', m') of (15) on one piece, of the state in one vector, NumPy or torch."""
    N, sigma = layer.N, of_m.sigma

    def right(t: Any, z: Any) -> Any:
        h = gate_of(sigma, float(t)).item() * z[:N]
        dx, dm = of_m.value(z[N:]), -z[N:] - of_f.value(layer.force(h, float(t), theta)) - xi * h
        return torch.cat([dx, dm]) if isinstance(z, torch.Tensor) else np.concatenate([dx, dm])

    return right


def located(
    layer: Force, name: str, theta: Sequence[np.ndarray], xi: float
) -> tuple[list[tuple[float, float, Branch, Branch]], np.ndarray]:
    """Pieces (start, end, branch of σ(m), branch of σ(f)) and the last state, by DOP853 at 1e-13 and its events."""
    sigma, N = SIGMAS[name], layer.N

    def both(t: float, z: np.ndarray) -> np.ndarray:
        h = gate_of(sigma, t).item() * z[:N]
        return np.concatenate([z[N:], layer.force(h, t, theta)])

    def event(i: int, side: float) -> Any:
        """Up through the bound from between the kinks, down through it from beyond."""

        def crossing(t: float, z: np.ndarray) -> float:
            value = both(t, z)[i]
            return float((side * value if side else abs(value)) - sigma.bends)

        crossing.terminal, crossing.direction = True, -1.0 if side else 1.0  # type: ignore[attr-defined]
        return crossing

    t, z = T0, np.concatenate(layer.starts())
    now, found = sides(sigma, both(t, z)), []
    while True:
        of_m, of_f = Branch(sigma, now[:N].copy()), Branch(sigma, now[N:].copy())
        events = [event(i, now[i]) for i in range(2 * N)] if np.isfinite(sigma.bends) else []
        told = solve_ivp(
            field(layer, theta, xi, of_m, of_f), (t, T1), z, "DOP853", events=events or None, rtol=1e-13, atol=1e-13,
            max_step=0.02,
        )  # fmt: skip
        found.append((t, float(told.t[-1]), of_m, of_f))
        t, z = float(told.t[-1]), told.y[:, -1]
        if told.status != 1:
            return found, z
        for i, when in enumerate(told.t_events or []):
            if len(when):
                now[i] = 0.0 if now[i] else np.sign(both(t, z)[i])


def located_loss(layer: Force, name: str, theta: Sequence[np.ndarray], xi: float) -> float:
    """The loss, its events located for these parameters."""
    _, z = located(layer, name, theta, xi)
    out = gate_of(SIGMAS[name], T1).item()
    return float(loss(torch.tensor(out * z[: layer.N]), torch.tensor(z[layer.N :])))


@dataclass(frozen=True)
class Piece:
    """States and true adjoints at the nodes between two events; the number of steps is a multiple of four."""

    layer: Force
    times: np.ndarray
    x: np.ndarray
    m: np.ndarray
    a_x: np.ndarray
    a_m: np.ndarray
    of_m: Branch
    of_f: Branch

    @property
    def step(self) -> float:
        return float(self.times[1] - self.times[0])

    @property
    def column(self) -> np.ndarray:
        return self.times[:, None]

    @property
    def gate(self) -> np.ndarray:
        """σ(k) at the nodes, as a column."""
        k: np.ndarray = gate_of(self.of_m.sigma, self.column)
        return k

    def force_jacobian(self) -> np.ndarray:
        """∂_h σ(f) at the nodes."""
        h = self.gate * self.x
        f = self.layer.force(h, self.column, self.layer.weights())
        J: np.ndarray = self.of_f.slope(f)[..., None] * self.layer.jacobian(h, self.column)
        return J

    def theta_gradient(self, weights: np.ndarray) -> np.ndarray:
        """∫ weights · ∂_θ σ(f) dt over the piece by Simpson's rule on its nodes."""
        theta = [torch.tensor(p, requires_grad=True) for p in self.layer.weights()]
        values = self.of_f.value(self.layer.force(torch.tensor(self.gate * self.x), torch.tensor(self.column), theta))
        total = (torch.tensor(simpson(self.times)[:, None] * weights) * values).sum()
        if not total.requires_grad:
            return np.zeros(sum(part.numel() for part in theta))
        return flat(torch.autograd.grad(total, theta))


@dataclass(frozen=True)
class Pieces:
    """A run in pieces, and the gradients of the loss."""

    parts: list[Piece]
    of_theta: np.ndarray
    of_xi: float


@cache
def gated_pieces(layer: Force, name: str, xi: float = XI, density: int = 30) -> Pieces:
    """As `networks.gated_run`, with nodes at the events: steps of 1/(4 density) at most, a multiple of four a piece."""
    theta = [torch.tensor(p, requires_grad=True) for p in layer.weights()]
    strength = torch.tensor(xi, dtype=torch.float64, requires_grad=True)
    found, _ = located(layer, name, layer.weights(), xi)
    z, N, runs = torch.tensor(np.concatenate(layer.starts()), requires_grad=True), layer.N, []
    for start, end, of_m, of_f in found:
        steps = 4 * int(np.ceil(density * (end - start)))
        runs.append(trajectory(RK4, field(layer, theta, strength, of_m, of_f), start, end, z, steps))
        z = runs[-1][-1]
    value = loss(gate_of(SIGMAS[name], T1).item() * z[:N], z[N:])
    every = [state for states in runs for state in states]
    *adjoints, by_xi = torch.autograd.grad(value, [*every, *theta, strength])
    parts, used = [], 0
    for (start, end, of_m, of_f), states in zip(found, runs, strict=True):
        a = np.stack([np.asarray(part) for part in adjoints[used : used + len(states)]])
        used += len(states)
        y = np.stack([np.asarray(state.detach()) for state in states])
        times = start + (end - start) * np.arange(len(states)) / (len(states) - 1)
        parts.append(Piece(layer, times, y[:, :N], y[:, N:], a[:, :N], a[:, N:], of_m, of_f))
    return Pieces(parts, flat(adjoints[used:]), float(by_xi))
