r"""The equations inside trained and untrained ODE-Nets on digits, in float64: solves, gradients, work, SciPy's solvers.

An ODE-Net is cut in three: features z(0) of some images left out, the equation, and the head with its cross entropy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.integrate import ode, solve_ivp
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from torchdiffeq import odeint, odeint_adjoint

from systems.adjoint.digits.models import Field, ODEBlock
from systems.adjoint.digits.training import SEEDS, TRAIN, TRAINING, fresh, rebuilt, share, split, wrong

TIMES = torch.tensor([0.0, 1.0], dtype=torch.float64)


def error(model: str, replicate: int, effort: Any) -> float:
    """The share of the digits left out that a trained model gets wrong, with half a digit more."""
    return float(share(float(TRAINING(effort, model=model)["wrong"][replicate])))


def untrained(model: str, replicate: int) -> float:
    """The same of the network that training starts from."""
    seed = SEEDS.of(replicate)
    return float(share(wrong(fresh(model, seed), seed)))


@cache
def net(seed: int, effort: Any, trained: bool = True) -> nn.Sequential:
    """An ODE-Net in float64: trained, or as training found it."""
    if not trained:
        return fresh("ODE-Net", seed).double()
    return rebuilt("ODE-Net", TRAINING(effort, model="ODE-Net")["weights"][SEEDS.at(effort).index(seed)])


def parts(model: nn.Sequential) -> tuple[nn.Sequential, Field, nn.Sequential]:
    """What comes before the equation, its field, and what comes after."""
    at = next(i for i, part in enumerate(model) if isinstance(part, ODEBlock))
    return model[:at], model[at].field, model[at + 1 :]  # type: ignore[return-value]


def left_out(seed: int, images: int) -> tuple[Tensor, Tensor]:
    """The first images that this seed was not trained on, in float64, and their labels."""
    x, y = split(seed)
    return x[TRAIN : TRAIN + images].double(), y[TRAIN : TRAIN + images]


@cache
def solved(
    seed: int, effort: Any, tol: float, images: int, trained: bool = True, smooth: bool = False
) -> tuple[np.ndarray, int]:
    """z(1) by dopri5 at a tolerance, and the evaluations it took; `smooth`: with silu in the place of relu."""
    before, field, _ = parts(net(seed, effort, trained))
    field.activation, start = F.silu if smooth else torch.relu, field.calls
    with torch.no_grad():
        z = odeint(field, before(left_out(seed, images)[0]), TIMES, rtol=tol, atol=tol)[1]
    field.activation = torch.relu
    return z.numpy().ravel(), field.calls - start


@cache
def gradient(
    seed: int, effort: Any, tol: float, images: int, route: str, *, scale: float = 1.0, trained: bool = True
) -> tuple[np.ndarray, int, int]:
    """∂ℓ/∂θ of the field for the mean cross entropy ℓ, taken of scale·ℓ and divided by it; evaluations there and back.

    route: "adjoint", or "backpropagation" through the same steps.
    """
    before, field, after = parts(net(seed, effort, trained))
    x, y = left_out(seed, images)
    with torch.no_grad():
        z0 = before(x)
    start = field.calls
    solve: Any = odeint_adjoint if route == "adjoint" else odeint
    loss = scale * F.cross_entropy(after(solve(field, z0, TIMES, rtol=tol, atol=tol)[1]), y)
    there = field.calls
    slopes = torch.autograd.grad(loss, list(field.parameters()))
    found = torch.cat([g.flatten() for g in slopes]).numpy() / scale
    return found, there - start, field.calls - there


def slope_at_end(seed: int, effort: Any, tol: float, images: int, trained: bool = True) -> float:
    """The root mean square of ∂ℓ/∂z(1), from which the adjoint starts back."""
    before, field, after = parts(net(seed, effort, trained))
    x, y = left_out(seed, images)
    with torch.no_grad():
        z = odeint(field, before(x), TIMES, rtol=tol, atol=tol)[1]
    end = z.requires_grad_()
    return float(torch.autograd.grad(F.cross_entropy(after(end), y), end)[0].square().mean().sqrt())


class Work(TorchDispatchMode):
    """Counts the multiplications and additions in convolutions, by torch's own formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        self.total += 0 if formula is None else formula(*args, **(kwargs or {}), out_val=out)
        return out


def work(seed: int, effort: Any, tol: float, images: int) -> tuple[list[int], list[int], int]:
    """Multiplications and additions of convolutions there and back, evaluations there and back, and one's work."""
    before, field, after = parts(net(seed, effort))
    x, y = left_out(seed, images)
    with torch.no_grad():
        z0 = before(x)
    counters, calls = [Work() for _ in range(3)], [field.calls]
    with counters[0]:
        z = odeint_adjoint(field, z0, TIMES, rtol=tol, atol=tol)[1]
    calls.append(field.calls)
    slope = torch.autograd.grad(F.cross_entropy(after(z), y), z, retain_graph=True)[0]
    with counters[1]:
        torch.autograd.grad(z, list(field.parameters()), slope)
    calls.append(field.calls)
    with counters[2], torch.no_grad():
        field(TIMES[0], z0)
    there, back, one = (counter.total for counter in counters)
    return [there, back], [calls[1] - calls[0], calls[2] - calls[1]], one


# ---------------------------------------------------------------- solvers of the paper


Right = Callable[[float, np.ndarray], np.ndarray]


def by_lsoda(right: Right, start: np.ndarray, t0: float, t1: float, tol: float) -> np.ndarray:
    found = solve_ivp(right, (t0, t1), start, method="LSODA", rtol=tol, atol=tol)
    return np.asarray(found.y[:, -1]) if found.success else np.full_like(start, np.nan)


def by_adams(right: Right, start: np.ndarray, t0: float, t1: float, tol: float) -> np.ndarray:
    solver = ode(right).set_integrator("vode", method="adams", rtol=tol, atol=tol, nsteps=10000)
    end = solver.set_initial_value(start, t0).integrate(t1)
    return np.asarray(end) if solver.successful() else np.full_like(start, np.nan)


@cache
def by_scipy(seed: int, effort: Any, tol: float, images: int, scale: float, solve: Any) -> tuple[int, int]:
    """Evaluations there, of z, and back, of (z, a, a_θ) as the paper has it, with one of SciPy's solvers.

    Raises ArithmeticError where it gives up.
    """
    before, field, after = parts(net(seed, effort))
    x, y = left_out(seed, images)
    with torch.no_grad():
        z0 = before(x)
    size, weights, calls = z0.numel(), list(field.parameters()), [0]

    def there(t: float, s: np.ndarray) -> np.ndarray:
        calls[0] += 1
        with torch.no_grad():
            return np.asarray(field(torch.tensor(t), torch.tensor(s).view(z0.shape)).flatten())

    def back(t: float, s: np.ndarray) -> np.ndarray:
        calls[0] += 1
        z = torch.tensor(s[:size]).view(z0.shape).requires_grad_()
        made = field(torch.tensor(t), z)
        pulled = torch.autograd.grad(made, [z, *weights], torch.tensor(s[size : 2 * size]).view(z0.shape))
        return np.concatenate([made.detach().flatten(), *(-p.flatten() for p in pulled)])

    z1 = solve(there, z0.flatten().numpy(), 0.0, 1.0, tol)
    forwards, calls[0] = calls[0], 0
    end = torch.tensor(z1).view(z0.shape).requires_grad_()
    slope = torch.autograd.grad(scale * F.cross_entropy(after(end), y), end)[0]
    zeros = np.zeros(sum(p.numel() for p in weights))
    found = solve(back, np.concatenate([z1, slope.flatten().numpy(), zeros]), 1.0, 0.0, tol)
    if not np.isfinite(found).all():
        raise ArithmeticError(f"the solver gave up after {forwards} and {calls[0]} evaluations")
    return forwards, calls[0]
