"""The block and the reduced field residue by residue, on the same vectors: the other route of a check."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gronwall.theory.evoformer.updates import block, gates_at, reduced_change
from systems.evoformer.block.reduced import Continuous
from systems.evoformer.block.whole import Evoformer

__all__ = ["plain_block", "plain_field", "plain_still"]

Array = NDArray[np.float64]


def parts(of: Evoformer | Continuous, x: Array) -> tuple[Array, Array]:
    """m and z out of a vector."""
    n = of.rows * of.residues * of.sizes.c_m
    m = x[:n].reshape(of.rows, of.residues, of.sizes.c_m)
    return m, x[n:].reshape(of.residues, of.residues, of.sizes.c_z)


def joined(m: Array, z: Array) -> Array:
    """m and z as a vector."""
    return np.concatenate([m.ravel(), z.ravel()])


def arrays(of: Evoformer | Continuous) -> dict[str, Array]:
    return {name: value.detach().numpy() for name, value in of.w.items()}


def plain_block(of: Evoformer, x: Array) -> Array:
    """x after the nine updates, transitions rectified."""
    return joined(*block(arrays(of), *parts(of, x)))


def plain_still(of: Continuous, x: Array) -> Array:
    """The reduced field without gates, transitions bent by SiLU."""
    return joined(*reduced_change(arrays(of), *parts(of, x), lambda y: y / (1 + np.exp(-y))))


def plain_field(of: Continuous, t: float, x: Array) -> Array:
    """The reduced field at a time."""
    w = arrays(of)
    dm, dz = reduced_change(w, *parts(of, x), lambda y: y / (1 + np.exp(-y)))
    g = gates_at(w, t)
    return joined(g[0] * dm, g[1] * dz)
