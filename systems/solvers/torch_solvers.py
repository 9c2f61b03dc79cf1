"""torchdiffeq on our problem: fixed steps, adaptive steps, adaptive methods held at a fixed step, and a wrong RK4."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torchdiffeq import odeint
from torchdiffeq._impl.fixed_grid import FixedGridODESolver
from torchdiffeq._impl.odeint import SOLVERS

from systems.runge_kutta import problem

Rhs = Callable[[Any, Any], Any]
START = torch.tensor(problem.solution(0.0))


@dataclass(frozen=True)
class Method:
    """A method of torchdiffeq, the order it should show, where to measure it, and its options."""

    name: str
    order: float
    at: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


def error(states: torch.Tensor, times: torch.Tensor) -> float:
    """The largest Euclidean error at the times but the first."""
    exact = np.array([problem.solution(float(t)) for t in times[1:]])
    return float(np.max(np.linalg.norm(states[1:].numpy() - exact, axis=1)))


def fixed_step_error(method: Method, n: int, rhs: Rhs = problem.field) -> float:
    """The worst error at the nodes of a fixed-step method after n steps on [0, 1]."""
    times = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coarse Adams steps do not always converge, and say so
        states = odeint(rhs, START, times, rtol=1e-12, atol=1e-12, method=method.name, options=dict(method.options))
    return problem.worst_error(states.numpy())


def held_step_error(name: str, n: int, length: float, back: float = 0.0) -> float:
    """The worst error of an adaptive method whose step is held at h = 1/n, on [0, length].

    Outputs are wanted at eight nodes, or `back` steps before them: there torchdiffeq interpolates.
    """
    h = 1 / n
    times = torch.linspace(0, length, 9, dtype=torch.float64)
    times[1:] -= back * h
    held = {"first_step": h, "min_step": h, "max_step": h}
    return error(odeint(problem.field, START, times, rtol=1e6, atol=1e6, method=name, options=held), times)


RADII, ANGLES = np.tile(np.linspace(0.3, 0.9, 6), 4), np.repeat(np.arange(4) * np.pi / 2, 6)
MANY_STARTS = torch.tensor(problem.solution(0.0, RADII, ANGLES))


def adaptive_error(name: str, tol: float, length: float, outputs: int) -> float:
    """The worst error over equidistant outputs on [0, length], with rtol = atol = tol.

    24 solutions run as one system: the step control, which sees their mean square, is less erratic for it.  Their
    errors are averaged the same way.
    """
    times = torch.linspace(0, length, outputs + 1, dtype=torch.float64)
    states = odeint(problem.field, MANY_STARTS, times, rtol=tol, atol=tol, method=name).numpy()
    exact = np.array([problem.solution(float(t), RADII, ANGLES) for t in times])
    return float(np.max(np.sqrt(np.mean((states - exact) ** 2, axis=(1, 2)))))


def tableau(name: str) -> dict[str, np.ndarray]:
    """A, c, the weights of the solution, of the embedded solution, and of the mid-point used to interpolate."""
    solver = SOLVERS[name]
    s = len(solver.tableau.alpha) + 1
    A = np.zeros((s, s))
    for i, row in enumerate(solver.tableau.beta):
        A[i + 1, : i + 1] = row.numpy()
    solution, difference = solver.tableau.c_sol.numpy(), solver.tableau.c_error.numpy()
    c = np.array([0.0, *solver.tableau.alpha.numpy()])
    return {"A": A, "c": c, "solution": solution, "embedded": solution - difference, "middle": solver.mid.numpy()}


class WrongRK4(FixedGridODESolver):
    """torchdiffeq's rk4, the 3/8 rule, with the weights (1, 3, 3, 1)/8 replaced by others that sum to one."""

    order = 4
    weights = (1 / 8 + 1 / 20, 3 / 8 - 1 / 20, 3 / 8, 1 / 8)

    def _step_func(self, func, t0, dt, t1, y0):
        k1 = func(t0, y0)
        k2 = func(t0 + dt / 3, y0 + dt * k1 / 3)
        k3 = func(t0 + dt * 2 / 3, y0 + dt * (k2 - k1 / 3))
        k4 = func(t1, y0 + dt * (k1 - k2 + k3))
        a, b, c, d = self.weights
        return dt * (a * k1 + b * k2 + c * k3 + d * k4), k1


def wrong_rk4(rhs: Rhs, start: torch.Tensor, times: torch.Tensor, weights: tuple[float, ...] | None = None) -> Any:
    """Integrate with the wrong RK4 (or with any weights) through torchdiffeq's own machinery."""
    solver = WrongRK4(func=_Called(rhs), y0=start, rtol=1e-7, atol=1e-9)
    solver.weights = WrongRK4.weights if weights is None else weights
    return solver.integrate(times)


class _Called:
    """A right-hand side that takes the callbacks torchdiffeq's solvers expect."""

    def __init__(self, rhs: Rhs) -> None:
        self.rhs = rhs

    def __call__(self, t: Any, y: Any, **_: Any) -> Any:
        return self.rhs(t, y)

    def callback_step(self, *_: Any) -> None:
        """Nothing to do."""
