r"""What the adaptive solvers here share: one method in floats, read off the exact data, its norms and its first step.

`lockstep` takes many members through torch, each with its own steps; `dense` also reads states off between the steps
and goes back through all of them; `compiled` takes one member without a call in between.  Tableau, dense output and
controller are those of `gronwall.theory.runge_kutta.adaptive`; norms and the first step those of torchdiffeq 0.2.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from gronwall.theory.runge_kutta import adaptive
from gronwall.theory.runge_kutta.dense import along, quartic

__all__ = [
    "BETA", "DOPRI5", "ERROR", "MIDDLE", "Field", "Method", "Norm", "combined", "first_step", "in_floats",
    "interpolated", "mixed", "rms",
]  # fmt: skip

Field = Callable[[Tensor, Tensor, Any], Tensor]
Norm = Callable[[Tensor], Tensor]


class Method(NamedTuple):
    """A method of s stages, the last of which is the first of the next step, in floats; a kernel takes it as it is."""

    nodes: np.ndarray
    """c_2 … c_s."""
    rows: np.ndarray
    """a_ij for i = 2 … s and j = 1 … s − 1."""
    errors: np.ndarray
    """b_i − b̂_i."""
    middle: np.ndarray
    """m_i, the weights half way."""
    safety: float
    shrink: float
    grow: float
    exponent: float


def in_floats(method: adaptive.Adaptive) -> Method:
    """Each coefficient to the nearest float; an error weight is the difference of two of these, as in torchdiffeq."""
    pair, control = method.pair, method.controller
    b, embedded = (np.array([float(w) for w in weights]) for weights in (pair.b, pair.embedded or ()))
    return Method(
        np.array([float(c) for c in pair.c[1:]]),
        np.array([[float(a) for a in row[:-1]] for row in pair.A[1:]]),
        b - embedded,
        np.array([float(m) for m in method.middle]),
        float(control.safety), float(control.shrink), float(control.grow), float(control.exponent),
    )  # fmt: skip


DOPRI5 = in_floats(adaptive.DOPRI5)
BETA = [torch.tensor(row[None, : i + 1]) for i, row in enumerate(DOPRI5.rows)]
ERROR, MIDDLE = torch.tensor(DOPRI5.errors[None]), torch.tensor(DOPRI5.middle[None])


def rms(v: Tensor) -> Tensor:
    """The root mean square of each row."""
    return v.square().mean(dim=1).sqrt()


def mixed(lengths: list[int]) -> Norm:
    """The largest root mean square of the segments of a row, segments of these lengths."""
    means = torch.zeros(sum(lengths), len(lengths), dtype=torch.float64)
    start = 0
    for j, length in enumerate(lengths):
        means[start : start + length, j] = 1 / length
        start += length
    return lambda v: (v.square() @ means).amax(dim=1).sqrt()


def combined(row: Tensor, K: Tensor) -> Tensor:
    """Σ_j row_j K_j for K, stages x members x D."""
    return (row @ K.view(len(K), -1)).view(K.shape[1:])


def first_step(
    field: Callable[[Tensor, Tensor], Tensor], t: Tensor, y: Tensor, f: Tensor, tol: float, norm: Norm
) -> Tensor:
    """Hairer, Nørsett, Wanner II.4, one step a member; field(t, y) is f where y' = f(t, y)."""
    scale = tol + y.abs() * tol
    d0, d1 = norm(y / scale), norm(f / scale)
    h0 = torch.where((d0 < 1e-5) | (d1 < 1e-5), torch.full_like(d0, 1e-6), 0.01 * d0 / d1)
    d2 = norm((field(t + h0, y + h0[:, None] * f) - f) / scale) / h0
    flat = (d1 <= 1e-15) & (d2 <= 1e-15)
    h1 = torch.where(flat, (h0 * 1e-3).clamp(min=1e-6), (0.01 / torch.maximum(d1, d2)) ** DOPRI5.exponent)
    return torch.minimum(100 * h0, h1)


def interpolated(y0: Tensor, y1: Tensor, K: Tensor, h: Tensor, x: Tensor) -> Tensor:
    """The quartic through both ends, their slopes and the middle, at the share x of the step."""
    middle = y0 + h * combined(MIDDLE, K.contiguous())
    found: Tensor = along(y0, quartic(h, y0, y1, K[0], K[-1], middle), x)
    return found
