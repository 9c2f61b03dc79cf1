r"""dopri5 for many networks at once, each with its own steps: what torchdiffeq does for every one of them alone.

torchdiffeq has one step size for everything it integrates, so networks put into one call would share their steps, and
the count of evaluations of one would depend on the others.  Here members advance together, one attempted step each,
but every one at its own time with its own step, its own error and its own count; who has arrived drops out.  The method
(`systems.solving.dopri5`) is that of torchdiffeq 0.2.5, and so is the adjoint: state, adjoint and parameter gradients
integrated backwards together, under the largest of their root mean squares.  In four lines, for S members that have
weights and states of their own:

    def field(t, z, weights):                        # t: S x 1 x 1 …, z: S x …, weights: S x … each; gives z'
        return torch.tanh(torch.baddbmm(weights[1], z, weights[0]))
    counts = torch.zeros(S, dtype=torch.long)        # evaluations of each member, there and on the way back
    z1 = solve(field, z0, weights, 0.0, 1.0, tol=1e-5, counts=counts)

`tests/systems/solving/test_lockstep.py` and `test_nesterov_models.py` compare states, counts and gradients with
torchdiffeq, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from systems.solving.dopri5 import BETA, DOPRI5, ERROR, Field, Norm, combined, first_step, interpolated, mixed, rms

__all__ = ["dopri5", "solve"]

Right = Callable[..., Tensor]
"""f(t, z, weights, *given): t members x 1 x 1 …, z members x …, `weights` and `given` of the same members; z'."""


def solve(
    right: Right,
    z0: Tensor,
    weights: Sequence[Tensor],
    t0: float,
    t1: float,
    *,
    tol: float,
    given: Sequence[Tensor] = (),
    most: int = 10_000,
    counts: Tensor | None = None,
) -> Tensor:
    """The states at t1 > t0 from z0, members x …; differentiable in z0 and `weights` by the continuous adjoint.

    given: what the field depends on and has no gradient, one slice a member.  counts (S,) grows by the evaluations of
    each member, and by those of the way back when it is gone.  A member whose solver needs more than `most` attempted
    steps, underflows or leaves the floats has the state NaN, and so its gradient.
    """
    if not t1 > t0:
        raise ValueError(f"t0={t0}, t1={t1}: expected t0 < t1")
    apart = {len(part) for part in (z0, *weights, *given)}
    if len(apart) != 1 or z0.dtype != torch.float64:
        raise ValueError(f"members {sorted(apart)}, states of {z0.dtype}: expected one number of members and float64")
    flow: Tensor = _Flow.apply(_Problem(right, t0, t1, tol, most, counts, tuple(given)), z0, *weights)
    return flow


@dataclass(frozen=True)
class _Problem:
    right: Right
    t0: float
    t1: float
    tol: float
    most: int
    counts: Tensor | None
    given: tuple[Tensor, ...]

    def slope(self, t: Tensor, z: Tensor, weights: Sequence[Tensor], who: Any) -> Tensor:
        made: Tensor = self.right(t.view(-1, *[1] * (z.dim() - 1)), z, weights, *(part[who] for part in self.given))
        return made

    def count(self, more: Tensor) -> None:
        if self.counts is not None:
            self.counts.add_(more)


class _Flow(torch.autograd.Function):
    """The flow, and its gradient by dopri5 backwards on (z, a, ∂L/∂t, ∂L/∂θ), from z(t1) alone.

    Nobody asks for ∂L/∂t, but torchdiffeq integrates it always and lets it have a say in the steps: its adjoint.py
    means to leave it out and does not, since `t_.requires_grad_(True)` changes `t_` itself.
    """

    @staticmethod
    def forward(ctx: Any, problem: _Problem, z0: Tensor, *weights: Tensor) -> Tensor:
        def field(t: Tensor, y: Tensor, who: Any) -> Tensor:
            return problem.slope(t, y.reshape(len(y), *z0.shape[1:]), [p[who] for p in weights], who).flatten(1)

        z1, counts = dopri5(field, z0.flatten(1), problem.t0, problem.t1, problem.tol, most=problem.most)
        problem.count(counts)
        ctx.problem = problem
        ctx.save_for_backward(z1.view(z0.shape), *weights)
        return z1.view(z0.shape)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        problem, (z1, *weights) = ctx.problem, ctx.saved_tensors
        S, D, shape = len(z1), z1[0].numel(), z1.shape
        lengths = [p[0].numel() for p in weights]
        zeros = torch.zeros(S, 1 + sum(lengths), dtype=torch.float64)
        at_end = torch.cat([z1.flatten(1), slopes[0].flatten(1), zeros], dim=1)

        def back(s: Tensor, y: Tensor, who: Any) -> Tensor:  # s = −t
            z = y[:, :D].reshape(len(y), *shape[1:]).requires_grad_()
            a = y[:, D : 2 * D].reshape(z.shape)
            theta = [p[who].detach().requires_grad_() for p in weights]
            t = (-s).requires_grad_()
            with torch.enable_grad():
                made = problem.slope(t, z, theta, who)
            pulled = torch.autograd.grad(made, [z, t, *theta], a, allow_unused=True)
            parts = [
                torch.zeros_like(p) if g is None else g for p, g in zip([z, t[:, None], *theta], pulled, strict=True)
            ]
            return torch.cat([-made.detach().flatten(1), *(g.reshape(len(y), -1) for g in parts)], dim=1)

        norm = mixed([D, D, 1, *lengths])
        y, counts = dopri5(back, at_end, -problem.t1, -problem.t0, problem.tol, norm=norm, most=problem.most)
        problem.count(counts)
        at_weights = [g.view(p.shape) for g, p in zip(y[:, 2 * D + 1 :].split(lengths, dim=1), weights, strict=True)]
        return None, y[:, D : 2 * D].reshape(shape), *at_weights


# ---------------------------------------------------------------- the solver


def dopri5(
    field: Field, y0: Tensor, t0: float, t1: float, tol: float, *, norm: Norm = rms, most: int = 10_000
) -> tuple[Tensor, Tensor]:
    """The states at t1 > t0 of S members from y0, S x D (float64), and how often each one's field was evaluated.

    field(t, y, who): t (n,), y n x D, `who` the members meant, a slice or a tensor of indices; gives n x D.
    A member that needs more than `most` attempted steps, underflows or leaves the floats ends as NaN.
    """
    S, method, nodes = len(y0), DOPRI5, DOPRI5.nodes.tolist()
    result, counts = torch.full_like(y0, float("nan")), torch.full((S,), 2)
    who: Any = slice(None)
    index = torch.arange(S)
    t = torch.full((S,), t0, dtype=torch.float64)
    y, f = y0, field(t, y0, who)
    dt = first_step(lambda t, y: field(t, y, slice(None)), t, y, f, tol, norm)
    for _ in range(most):
        fit = torch.isfinite(dt) & (t + dt > t) & torch.isfinite(y).all(dim=1)
        if not fit.all():
            index, t, y, f, dt = index[fit], t[fit], y[fit], f[fit], dt[fit]
            who = index
        if len(index) == 0:
            break
        h = dt[:, None]
        K = torch.empty(len(BETA) + 1, *y.shape, dtype=torch.float64)
        K[0] = f
        for i, (alpha, row) in enumerate(zip(nodes, BETA, strict=True)):
            new = torch.addcmul(y, combined(row, K[: i + 1]), h)
            K[i + 1] = field(t + alpha * dt, new, who)
        counts[index] += len(BETA)
        ratio = norm(h * combined(ERROR, K) / (tol + tol * torch.maximum(y.abs(), new.abs())))
        ratio = torch.where(torch.isfinite(ratio), ratio, torch.full_like(ratio, 1e30))
        accepted = ratio <= 1
        arrived = accepted & (t + dt >= t1)
        if arrived.any():
            at = arrived.nonzero()[:, 0]
            result[index[at]] = interpolated(y[at], new[at], K[:, at], h[at], (t1 - t[at])[:, None] / h[at])
        least = torch.where(ratio < 1, 1.0, method.shrink)
        factor = torch.maximum(method.safety / ratio.clamp(min=1e-30) ** method.exponent, least).clamp(max=method.grow)
        if accepted.all():
            t, y, f = t + dt, new, K[-1]
        else:
            ok = accepted[:, None]
            t, y, f = torch.where(accepted, t + dt, t), torch.where(ok, new, y), torch.where(ok, K[-1], f)
        dt = dt * factor
        if arrived.any():
            left = ~arrived
            index, t, y, f, dt = index[left], t[left], y[left], f[left], dt[left]
            who = index
            if len(index) == 0:
                break
    return result, counts
