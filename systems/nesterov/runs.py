"""Small networks in second-order layers, and their true adjoints: autograd through the classical scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.integrate import solve_ivp

from gronwall.theory.arithmetic import maximum, minimum, tanh
from gronwall.theory.nesterov.limit import gate, gated_field, nesterov_field
from gronwall.theory.runge_kutta import RK4, trajectory


@dataclass(frozen=True)
class Activation:
    """σ in NumPy and torch, and its derivative in NumPy; `bends` says where it has kinks."""

    name: str
    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    bends: float = np.inf


def hardtanh(c: float) -> Activation:
    """max(−c, min(x, c))."""
    return Activation(
        f"hardtanh({c:g})",
        lambda x: maximum(minimum(x, c), -c),
        lambda x: (np.abs(x) < c).astype(float),
        c,
    )


IDENTITY = Activation("id", lambda x: x, np.ones_like)
TANH = Activation("tanh", tanh, lambda x: 1 - np.tanh(x) ** 2)
HARDTANH = hardtanh(0.5)
SIGMAS = {"id": IDENTITY, "tanh": TANH, "hardtanh": HARDTANH}
"""The experiments of the paper use tanh, hardtanh and the identity; ±0.5 is the setting of its MNIST code."""


@dataclass(frozen=True)
class Force:
    """f(h, t, θ) = V φ(Wh + ut + b), θ = (V, W, u, b); φ = `inner`."""

    seed: int
    N: int = 3
    width: int = 8
    inner: str = "tanh"

    def weights(self) -> list[np.ndarray]:
        """V (N x w), W (w x N), u (w), b (w)."""
        rng = np.random.default_rng(self.seed)
        V = rng.normal(size=(self.N, self.width)) / np.sqrt(self.width)
        W = 1.5 * rng.normal(size=(self.width, self.N)) / np.sqrt(self.N)
        return [V, W, rng.normal(size=self.width), 0.5 * rng.normal(size=self.width)]

    def starts(self) -> tuple[np.ndarray, np.ndarray]:
        """h_0 and h_0' (or x_0 and m_0)."""
        rng = np.random.default_rng([self.seed, 1])
        return rng.normal(size=self.N), rng.normal(size=self.N)

    def before(self, h: Any, t: Any, theta: Any) -> Any:
        """Wh + ut + b, batches first."""
        _, W, u, b = theta
        return h @ W.T + u * t + b

    def force(self, h: Any, t: Any, theta: Any) -> Any:
        """f(h, t), batches first; t is a number or ends in an axis of length one."""
        return SIGMAS[self.inner].value(self.before(h, t, theta)) @ theta[0].T

    def jacobian(self, h: np.ndarray, t: np.ndarray) -> np.ndarray:
        """f_h in NumPy, (..., N, N)."""
        V, W, _, _ = theta = self.weights()
        slopes = SIGMAS[self.inner].slope(self.before(h, t, theta))
        return np.einsum("ij,...j,jk->...ik", V, slopes, W)


def loss(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """L = Σ sin(h_i + i) + Σ cos(m_i): it reads both halves of the last state."""
    return torch.sin(first + torch.arange(len(first))).sum() + torch.cos(second).sum()


@dataclass(frozen=True)
class Run:
    """States and true adjoints at the nodes of the classical scheme, and the gradients of the loss."""

    times: np.ndarray
    first: np.ndarray
    second: np.ndarray
    a_first: np.ndarray
    a_second: np.ndarray
    of_theta: np.ndarray
    of_xi: float
    layer: Force

    @property
    def step(self) -> float:
        return float(self.times[1] - self.times[0])

    @property
    def column(self) -> np.ndarray:
        """The times as a column, to go with batches of rows."""
        return self.times[:, None]

    def theta_gradient(self, weights: np.ndarray, features: np.ndarray, sigma: Activation) -> np.ndarray:
        """∫ weights · ∂_θ σ(f(h, t)) dt, Simpson's rule on the nodes, all parameters in one vector."""
        theta = [torch.tensor(p, requires_grad=True) for p in self.layer.weights()]
        values = sigma.value(self.layer.force(torch.tensor(features), torch.tensor(self.column), theta))
        total = (torch.tensor(simpson(self.times)[:, None] * weights) * values).sum()
        return flat(torch.autograd.grad(total, theta))


def flat(parts: Any) -> np.ndarray:
    """All entries in one vector."""
    return np.concatenate([np.asarray(part.detach()).ravel() for part in parts])


def simpson(times: np.ndarray) -> np.ndarray:
    """Weights of Simpson's rule; the number of steps is even."""
    w = np.ones(len(times))
    w[1:-1:2], w[2:-1:2] = 4, 2
    return w * (times[1] - times[0]) / 3


@cache
def nesterov_run(layer: Force, t0: float = 1.0, T: float = 3.0, steps: int = 240, r: int = 3) -> Run:
    """A NesterovNODE (10) and ∂L/∂(h, h') at every node."""
    return _run(layer, lambda force, xi: nesterov_field(force, r), t0, T, steps)


@cache
def gated_run(layer: Force, sigma: str, t0: float = 1.0, T: float = 3.0, steps: int = 240, xi: float = 0.5) -> Run:
    """A GNesterovNODE (15) and ∂L/∂(x, m) at every node; the loss reads h(T) = σ(k(T))x(T) and m(T)."""
    act = SIGMAS[sigma]
    return _run(layer, lambda force, x: gated_field(force, act.value, x), t0, T, steps, xi=xi, out=gate_of(act, T))


@cache
def heavy_ball_run(layer: Force, gamma: float, t0: float = 1.0, T: float = 3.0, steps: int = 240) -> Run:
    """HBNODE h' = m, m' = −γm + f, and ∂L/∂(h, m) at every node."""
    return _run(layer, lambda force, xi: lambda h, m, t: (m, -gamma * m + force(h, t)), t0, T, steps)


def gate_of(act: Activation, t: Any) -> Any:
    """σ(k(t)) in floats."""
    return act.value(np.asarray(gate(t)))


def _run(layer: Force, system: Any, t0: float, T: float, steps: int, *, xi: float = 0.0, out: Any = 1.0) -> Run:
    theta = [torch.tensor(p, requires_grad=True) for p in layer.weights()]
    strength = torch.tensor(xi, dtype=torch.float64, requires_grad=True)
    field = system(lambda h, t: layer.force(h, t, theta), strength)
    N = layer.N
    start = torch.tensor(np.concatenate(layer.starts()), requires_grad=True)

    def right(t: Any, z: torch.Tensor) -> torch.Tensor:
        return torch.cat(field(z[:N], z[N:], t))

    states = trajectory(RK4, right, t0, T, start, steps)
    value = loss(float(out) * states[-1][:N], states[-1][N:])
    *adjoints, by_xi = torch.autograd.grad(value, [*states, *theta, strength], retain_graph=True, allow_unused=True)
    z = np.stack([np.asarray(state.detach()) for state in states])
    a = np.stack([np.asarray(part) for part in adjoints[: len(states)]])
    return Run(
        t0 + (T - t0) * np.arange(steps + 1) / steps, z[:, :N], z[:, N:], a[:, :N], a[:, N:],
        flat(adjoints[len(states) :]), 0.0 if by_xi is None else float(by_xi), layer,
    )  # fmt: skip


XI = 0.5
"""ξ of the gated runs."""


def by_complex_steps(layer: Force, field: Any, out: float = 1.0, steps: int = 240) -> Run:
    """A run on [1, 3] by another route: a(t) = ∇L(z(T)) F(T)F(t)⁻¹, F = ∂z(t)/∂z(1), and no gradient in θ and ξ.

    The columns of F are Im z(t)/ε from z(1) + iεe_j, ε = 1e-20, by DOP853: derivatives without an adjoint, a Jacobian
    or a difference, for fields that are analytic.
    """
    N, times = layer.N, np.linspace(1.0, 3.0, steps + 1)
    start, columns = np.concatenate(layer.starts()), []

    def right(t: float, z: np.ndarray) -> np.ndarray:
        return np.concatenate(field(z[:N], z[N:], t))

    for e in np.eye(2 * N):
        told = solve_ivp(right, (1.0, 3.0), start + 1e-20j * e, "DOP853", t_eval=times, rtol=1e-13, atol=1e-13)
        columns.append(told.y.imag.T / 1e-20)
        z = told.y.real.T
    F = np.stack(columns, axis=2)
    end = np.concatenate([out * np.cos(out * z[-1, :N] + np.arange(N)), -np.sin(z[-1, N:])])
    a = end @ F[-1] @ np.linalg.inv(F)
    return Run(times, z[:, :N], z[:, N:], a[:, :N], a[:, N:], np.zeros(0), 0.0, layer)


def gated_ingredients(
    layer: Force, name: str
) -> tuple[Run, Activation, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The run with this σ, σ, the gate, h, f and ∂_h σ(f) at the nodes."""
    return ingredients(gated_run(layer, name), SIGMAS[name])


def ingredients(run: Run, sigma: Activation) -> tuple[Run, Activation, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same of any run."""
    layer = run.layer
    k = gate_of(sigma, run.column)
    h = k * run.first
    f = layer.force(h, run.column, layer.weights())
    return run, sigma, k, h, f, sigma.slope(f)[..., None] * layer.jacobian(h, run.column)


# ---------------------------------------------------------------- residuals on the nodes

FIRST = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
SECOND = np.array([2, -27, 270, -490, 270, -27, 2]) / 180
REACH = 3
"""Central differences of order six reach three nodes to each side."""


def differenced(values: np.ndarray, step: float, stencil: np.ndarray = FIRST) -> np.ndarray:
    """The first or second derivative at the inner nodes, (nodes − 6, N)."""
    power = 1 if stencil is FIRST else 2
    n = len(values) - 2 * REACH
    return sum(w * values[i : i + n] for i, w in enumerate(stencil)) / step**power


def inner(values: np.ndarray) -> np.ndarray:
    """What belongs to the inner nodes."""
    return values[REACH:-REACH]


def smooth(*arguments: tuple[np.ndarray, float]) -> np.ndarray:
    """Inner nodes whose stencil crosses no kink: |argument| stays on one side of `bends` on it, for every entry."""
    keep: np.ndarray | None = None
    for values, bends in arguments:
        side = np.abs(values.reshape(len(values), -1)) < bends
        windows = np.stack([side[i : len(side) - 2 * REACH + i] for i in range(2 * REACH + 1)])
        same = (windows.all(axis=0) | (~windows).all(axis=0)).all(axis=-1)
        keep = same if keep is None else keep & same
    assert keep is not None
    return keep
