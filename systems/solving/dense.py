r"""dopri5 with dense output for many members, and the gradient of what it computed.

A latent equation is read off at a hundred times.  The members advance together, each with its own steps, its own error
and its own count, by the method of `systems.solving.dopri5`; the quartic of each step gives the states in between.  All
of it is linear in the state and the slopes of a step,

    Y_i = y + h Σ_l β_il K_l,   K_i = f(Y_i),   z(t + xh) = y + h Σ_i c_i(x) K_i,

so the way back is the discrete adjoint of the scheme (Hager; `checks/adjoint/routes/discrete.py`), steps held fixed as
in backpropagation through torchdiffeq: κ_i from K_i's readers, then Y_i's covector Jᵀκ_i to y and to the earlier K_l.
No graph: the field hands back what its products with Jᵀ need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gronwall.theory.runge_kutta.dense import dense_weights
from systems.solving.dopri5 import DOPRI5, first_step, rms


class Field(Protocol):
    """An autonomous field of members, S x B x D."""

    def value(self, z: Tensor) -> tuple[Tensor, Any]:
        """f(z), and what `pull` needs of this evaluation."""

    def pull(self, kept: Any, g: Tensor) -> Tensor:
        """gJ, and adds g ∂f/∂θ to `slopes`."""


MOVES = len(DOPRI5.rows)
"""Stages of a step but the first, which the step before has left."""
STAGES = np.hstack([np.zeros((MOVES, 1)), DOPRI5.rows, np.zeros((MOVES, 1))])
QUARTIC = np.array(dense_weights([*DOPRI5.rows[-1], 0.0], DOPRI5.middle))
"""c(x) = Σ_m x^m QUARTIC[m − 1], the weights of the slopes at the share x of a step."""


def coefficients(h: np.ndarray, like: Tensor) -> Tensor:
    """S x 6 x 8 for seven stages: what the stages of steps h make of the state and the slopes."""
    made = h[:, None, None] * STAGES
    made[:, :, 0] = 1.0
    return torch.as_tensor(made, dtype=like.dtype)


class Solve:
    """One solve of all members from z0 (S x B x D); `states` at the times, S x T x B x D, NaN where one failed.

    times: ascending, the first is that of z0.  A member fails that needs more than `most` attempted steps, underflows
    or leaves the floats.
    """

    def __init__(self, field: Field, z0: Tensor, times: np.ndarray, tol: float, most: int = 500) -> None:
        S, end = len(z0), float(times[-1])
        self.field, self.shape = field, z0.shape
        self.counts, self.failed = np.full(S, 2), np.zeros(S, dtype=bool)
        t, left = np.full(S, float(times[0])), np.ones(S, dtype=bool)
        y = z0.flatten(1)
        f, self.first = field.value(z0)
        f = f.flatten(1)
        dt = self._first_step(y, f, tol)
        self.rows: list[Tensor] = []
        self.kept: list[list[Any]] = []
        self.tables: list[Tensor] = []
        steps: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        while left.any():
            h = np.where(left, dt, 0.0)
            table, row = coefficients(h, z0), torch.empty(S, MOVES + 2, y.shape[1], dtype=y.dtype)
            row[:, 0], row[:, 1] = y, f
            kept = []
            for i in range(MOVES):
                new = torch.bmm(table[:, i : i + 1, : i + 2], row[:, : i + 2])[:, 0]
                slope, some = field.value(new.view(self.shape))
                row[:, 2 + i] = slope.flatten(1)
                kept.append(some)
            self.counts += MOVES * left
            wrong = torch.bmm(torch.as_tensor(h[:, None, None] * DOPRI5.errors[None], dtype=y.dtype), row[:, 1:])[:, 0]
            ratio = rms(wrong / (tol + tol * torch.maximum(y.abs(), new.abs()))).double().numpy()
            ratio = np.where(np.isfinite(ratio), ratio, 1e30)
            took = left & (ratio <= 1)
            if not torch.isfinite(new).all():
                kept = [tuple(torch.nan_to_num(part, 0.0, 0.0, 0.0) for part in some) for some in kept]
                row = torch.nan_to_num(row, 0.0, 0.0, 0.0)
            self.rows.append(row)
            self.kept.append(kept)
            self.tables.append(coefficients(np.where(took, h, 0.0), z0))
            steps.append((t.copy(), h, took))
            ok = torch.as_tensor(took)[:, None]
            y, f = torch.where(ok, new, y), torch.where(ok, row[:, -1], f)
            t = np.where(took, t + h, t)
            safe = DOPRI5.safety / np.maximum(ratio, 1e-30) ** DOPRI5.exponent
            factor = np.clip(safe, np.where(ratio < 1, 1.0, DOPRI5.shrink), DOPRI5.grow)
            dt = np.where(left, dt * factor, dt)
            self.failed |= left & ~(took & (t >= end)) & ~(np.isfinite(dt) & (t + dt > t) & (len(steps) < most))
            left &= ~(took & (t >= end)) & ~self.failed
        self.took = [took for _, _, took in steps]
        self.weights = self._weights(steps, times, z0)
        self.all = torch.cat(self.rows, dim=1)
        states = torch.bmm(self.weights, self.all)
        states[torch.as_tensor(self.failed)] = torch.nan
        self.states = states.view(S, len(times), *self.shape[1:])

    def _first_step(self, y: Tensor, f: Tensor, tol: float) -> np.ndarray:
        def at(t: Tensor, y: Tensor) -> Tensor:
            return self.field.value(y.view(self.shape))[0].flatten(1)

        t = torch.zeros(len(y), dtype=y.dtype)
        return first_step(at, t, y, f, tol, rms).double().numpy().copy()

    def _weights(self, steps: Sequence[Any], times: np.ndarray, like: Tensor) -> Tensor:
        """S x T x 8J: what each time makes of the rows of all J attempts."""
        S, T = len(steps[0][0]), len(times)
        found = np.zeros((S, T, len(steps), MOVES + 2))
        start, length, took = (np.stack(part) for part in zip(*steps, strict=True))
        for s in range(S):
            own = np.flatnonzero(took[:, s])
            if self.failed[s] or len(own) == 0:
                continue
            at = own[np.maximum(np.searchsorted(start[own, s], times, side="left") - 1, 0)]
            h = length[at, s]
            x = (times - start[at, s]) / h
            found[s, np.arange(T), at, 0] = 1.0
            found[s, np.arange(T), at, 1:] = h[:, None] * (x[:, None] ** np.arange(1, 5)) @ QUARTIC
        return torch.as_tensor(found.reshape(S, T, -1), dtype=like.dtype)

    def back(self, g: Tensor) -> Tensor:
        """∂L/∂z0 for g = ∂L/∂states; the field's `slopes` grow by ∂L/∂θ."""
        S = len(g)
        given = torch.bmm(self.weights.mT, g.reshape(S, self.weights.shape[1], -1)).view(
            S, len(self.rows), MOVES + 2, -1
        )
        at_y = torch.zeros_like(given[:, 0, 0])
        at_f = torch.zeros_like(at_y)
        for j in reversed(range(len(self.rows))):
            row, table = given[:, j], self.tables[j]
            m = torch.as_tensor(self.took[j], dtype=g.dtype)[:, None]
            row[:, -1] += m * at_f
            for i in reversed(range(MOVES)):
                covector = self.field.pull(self.kept[j][i], row[:, 2 + i].view(self.shape)).flatten(1)
                if i == MOVES - 1:
                    covector = covector + at_y
                row[:, : i + 2] += table[:, i, : i + 2, None] * covector[:, None]
            at_y, at_f = row[:, 0], row[:, 1] + (1 - m) * at_f
        return (at_y + self.field.pull(self.first, at_f.view(self.shape)).flatten(1)).view(self.shape)


class Trajectory(torch.autograd.Function):
    """The states at the times as a function of z0 and the field's weights; `make(weights)` makes the field."""

    @staticmethod
    def forward(
        ctx: Any, make: Any, times: np.ndarray, tol: float, counts: Any, z0: Tensor, *weights: Tensor
    ) -> Tensor:
        ctx.field = make([w.detach() for w in weights])
        ctx.solve = Solve(ctx.field, z0.detach(), times, tol)
        if counts is not None:
            counts.append(ctx.solve.counts)
        states: Tensor = ctx.solve.states
        return states

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        at_start = ctx.solve.back(slopes[0])
        return None, None, None, None, at_start, *ctx.field.slopes
