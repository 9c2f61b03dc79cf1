"""A small neural ODE observed at its start and at three times, and its gradient by four routes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from torchdiffeq import odeint_adjoint

from gronwall.theory.adjoint.continuous import Clocked, Gradients, adjoint_gradients
from gronwall.theory.runge_kutta import DORMAND_PRINCE, integrate

TIMES = (0.0, 0.4, 1.0, 1.3)
D, W, SEED = 3, 4, 2


@dataclass(frozen=True)
class Problem:
    """z' = V tanh(Wz + b + ct) from z_0, and L = Σ_i w_i z(t_i) + |z(t_i)|²/2 over all times, the first included."""

    field: Clocked
    z0: np.ndarray
    weights: np.ndarray

    def covectors(self, states) -> list[np.ndarray]:
        """∂L/∂z(t_i) with z(t_i) alone moved."""
        return [w + z for w, z in zip(self.weights, states, strict=True)]


@cache
def problem() -> Problem:
    """The problem of this subject's claims on gradients."""
    rng = np.random.default_rng([SEED, 1])
    return Problem(Clocked.random(D, W, SEED, 0.8), rng.normal(size=D), rng.normal(size=(len(TIMES), D)))


def solved(field, z0, times, tol=1e-13) -> np.ndarray:
    """z at the times by DOP853."""
    found = solve_ivp(field, (times[0], times[-1]), z0, method="DOP853", t_eval=times, rtol=tol, atol=tol)
    return found.y.T


def by_adjoint(field=None, covectors=None, intervals: int = 3) -> Gradients:
    """Algorithm 2; `field` may have a wrong vjp, `covectors` be others, and only the first intervals be seen."""
    p = problem()
    states = solved(p.field, p.z0, TIMES)
    g = p.covectors(states) if covectors is None else covectors(p.covectors(states))
    n = intervals + 1
    return adjoint_gradients(p.field if field is None else field, TIMES[:n], list(states)[:n], g[:n])


def _loss(states, weights):
    return (weights * states).sum() + (states**2).sum() / 2


def _leaves():
    p = problem()
    parts = (p.z0, p.field.flat(), np.array(TIMES))
    return [torch.tensor(part, requires_grad=True) for part in parts], torch.tensor(p.weights)


def _by_backpropagation() -> Gradients:
    (z0, theta, times), weights = _leaves()
    z, states, field = z0, [z0], problem().field.like(theta)
    for i in range(3):
        z = integrate(DORMAND_PRINCE, field, times[i], times[i + 1], z, 60)
        states.append(z)
    gradients = torch.autograd.grad(_loss(torch.stack(states), weights), (z0, theta, times))
    return Gradients(*(g.numpy() for g in gradients))


class _Module(torch.nn.Module):
    """The field as torchdiffeq wants it."""

    def __init__(self, theta) -> None:
        super().__init__()
        self.theta = torch.nn.Parameter(theta.detach())

    def forward(self, t, z):
        return problem().field.like(self.theta)(t, z)


def _by_torchdiffeq() -> Gradients:
    (z0, theta, times), weights = _leaves()
    module = _Module(theta)
    states = odeint_adjoint(module, z0, times, rtol=1e-11, atol=1e-11)
    gradients = torch.autograd.grad(_loss(states, weights), (z0, module.theta, times))
    return Gradients(*(g.numpy() for g in gradients))


def _by_central_differences() -> Gradients:
    p = problem()
    parts = [p.z0, p.field.flat(), np.array(TIMES)]

    def loss(z0, theta, times):
        return float(_loss(solved(p.field.like(theta), z0, times), p.weights))

    found = []
    for i, part in enumerate(parts):
        slopes = []
        for j in range(part.size):
            e = np.zeros(part.size)
            e[j] = STEP
            pair = [loss(*(x + s * e if k == i else x for k, x in enumerate(parts))) for s in (1, -1)]
            slopes.append((pair[0] - pair[1]) / (2 * STEP))
        found.append(np.array(slopes))
    return Gradients(*found)


STEP = 2.0**-15
ROUTES = {
    "backpropagation through Dormand–Prince": _by_backpropagation,
    "torchdiffeq's adjoint": _by_torchdiffeq,
    "central differences": _by_central_differences,
}


@cache
def by(route: str) -> Gradients:
    """The gradient by one of `ROUTES`."""
    return ROUTES[route]()
