r"""The block as a map, and as a field: x = (m, z) in one vector, so that schemes and norms apply.

    block        x ↦ x after nine updates, each from what the last has left
    field        f(x) = block(x) − x;  a stack of blocks is Euler's method on it
    parallel     x + Σ f_i(x), all nine from the same x

Source: Sanford, Sun, Mendl (arXiv 2510.16253): 48 blocks as one field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from systems.evoformer.block.updates import UPDATES, Sizes, Weights, changed

__all__ = ["Evoformer", "joined", "split", "start"]


def split(x: Tensor, sizes: Sizes, rows: int, residues: int) -> tuple[Tensor, Tensor]:
    """m and z out of a vector."""
    n = rows * residues * sizes.c_m
    return (
        x[..., :n].unflatten(-1, (rows, residues, sizes.c_m)),
        x[..., n:].unflatten(-1, (residues, residues, sizes.c_z)),
    )


def joined(m: Tensor, z: Tensor) -> Tensor:
    """m and z as a vector."""
    return torch.cat([m.flatten(-3), z.flatten(-3)], dim=-1)


@dataclass(frozen=True)
class Evoformer:
    """Weights, how many rows and residues there are, and what the transitions bend by."""

    w: Weights
    sizes: Sizes
    rows: int
    residues: int
    activation: Callable[[Tensor], Tensor] = torch.relu

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """m and z out of a vector."""
        return split(x, self.sizes, self.rows, self.residues)

    def added(self, update: str, x: Tensor) -> Tensor:
        """f_i(x), zeros where it changes nothing."""
        m, z = self.split(x)
        dm, dz = changed(update, self.w, m, z, self.activation)
        return joined(torch.zeros_like(m) if dm is None else dm, torch.zeros_like(z) if dz is None else dz)

    def sequential(self, x: Tensor, h: float = 1.0, order: Iterable[str] = UPDATES) -> Tensor:
        """x after each of the updates in turn, each times h."""
        for update in order:
            x = x + h * self.added(update, x)
        return x

    def together(self, x: Tensor) -> Tensor:
        """Σ f_i(x)."""
        return sum((self.added(update, x) for update in UPDATES), torch.zeros_like(x))

    def field(self, x: Tensor) -> Tensor:
        """block(x) − x."""
        return self.sequential(x) - x


def start(seed: int, sizes: Sizes, rows: int, residues: int) -> Tensor:
    """A state of normal numbers."""
    rng = np.random.default_rng([seed, 7])
    n = rows * residues * sizes.c_m + residues**2 * sizes.c_z
    return torch.tensor(rng.normal(size=n))
