r"""The field of the continuous Evoformer: six updates with shared weights, and two gates that know the time.

    dm/dt = σ(τ(t))₁ (m_out − m),   dz/dt = σ(τ(t))₂ (z_out − z),   τ = W₂ silu(w₁ t + b₁) + b₂

    1 row attention with pair bias and gate      2 column attention with q = k = v in one head      3 transition
    4 z += W_o (1/S) Σ_s a_si ⊙ b_sj             5 z += σ(g) ⊙ W_o LN(Σ_k σ(a)_ik ⊙ σ(b)_kj)       6 transition

(m_out, z_out) is what six updates in turn make of (m, z).  There is no triangle attention, and one triangle update
stands for two.

Source: the released code of Sanford, Sun, Mendl (arXiv 2510.16253), described and not copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from systems.evoformer.block.updates import Sizes, Weights, linear, normalised, transition
from systems.evoformer.block.whole import joined, split

__all__ = ["Continuous", "gates", "reduced", "reduced_shapes", "velocity"]


def reduced_shapes(of: Sizes, clock: int = 8) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of the field, by name; hidden channels are heads·head."""
    m, z, H, h = of.c_m, of.c_z, of.heads, of.heads * of.head
    found: dict[str, tuple[int, ...]] = {}
    for name, c in (("row.norm", m), ("row.pairs", z), ("column.norm", m), ("MSA.norm", m), ("outer.norm", m),
                    ("triangle.norm", z), ("pair.norm", z)):  # fmt: skip
        found[f"{name}.scale"], found[f"{name}.shift"] = (c,), (c,)
    for name, out, into in (
        ("row.q", h, m), ("row.k", h, m), ("row.v", h, m), ("row.pair", H, z), ("row.gate", h, m), ("row.out", m, h),
        ("column.qkv", h, m), ("column.gate", h, m), ("column.out", m, h),
        ("MSA.in", of.wider * m, m), ("MSA.out", m, of.wider * m),
        ("outer.a", of.outer, m), ("outer.b", of.outer, m), ("outer.out", z, of.outer),
        ("triangle.a", of.triangle, z), ("triangle.b", of.triangle, z), ("triangle.gate", z, z),
        ("triangle.out", z, of.triangle),
        ("pair.in", of.wider * z, z), ("pair.out", z, of.wider * z),
        ("clock.in", clock, 1), ("clock.out", 2, clock),
    ):  # fmt: skip
        found[name] = (out, into)
        found[f"{name}.bias"] = (out,)
    return found


def reduced(
    w: Weights, m: Tensor, z: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu
) -> tuple[Tensor, Tensor]:
    """m_out − m and z_out − z after six updates in turn."""
    m0, z0 = m, z
    x = normalised(w, "row.norm", m)
    heads = w["row.pair"].shape[0]
    q, k, v = (linear(w, f"row.{part}", x).unflatten(-1, (heads, -1)) for part in ("q", "k", "v"))
    bias = linear(w, "row.pair", normalised(w, "row.pairs", z)).movedim(-1, -3).unsqueeze(-4)
    share = torch.softmax(torch.einsum("...qhc,...khc->...hqk", q, k) / np.sqrt(q.shape[-1]) + bias, dim=-1)
    mixed = torch.einsum("...hqk,...khc->...qhc", share, v).flatten(-2)
    m = m + linear(w, "row.out", torch.sigmoid(linear(w, "row.gate", x)) * mixed)
    x = normalised(w, "column.norm", m).transpose(-2, -3)
    p = linear(w, "column.qkv", x)
    share = torch.softmax(torch.einsum("...qc,...kc->...qk", p, p) / np.sqrt(p.shape[-1]), dim=-1)
    gated = torch.sigmoid(linear(w, "column.gate", x)) * torch.einsum("...qk,...kc->...qc", share, p)
    m = m + linear(w, "column.out", gated).transpose(-2, -3)
    m = m + transition(w, "MSA", m, activation)
    x = normalised(w, "outer.norm", m)
    a, b = linear(w, "outer.a", x), linear(w, "outer.b", x)
    z = z + linear(w, "outer.out", torch.einsum("...sic,...sjc->...ijc", a, b) / m.shape[-3])
    x = normalised(w, "triangle.norm", z)
    a, b = torch.sigmoid(linear(w, "triangle.a", x)), torch.sigmoid(linear(w, "triangle.b", x))
    sums = torch.einsum("...ikc,...kjc->...ijc", a, b)
    sums = torch.nn.functional.layer_norm(sums, sums.shape[-1:])
    z = z + torch.sigmoid(linear(w, "triangle.gate", x)) * linear(w, "triangle.out", sums)
    z = z + transition(w, "pair", z, activation)
    return m - m0, z - z0


def gates(w: Weights, t: Tensor | float) -> Tensor:
    """σ(τ(t)): two numbers in (0, 1)."""
    at = torch.as_tensor(t, dtype=w["clock.in"].dtype).reshape(1)
    inner = torch.nn.functional.silu(linear(w, "clock.in", at))
    return torch.sigmoid(linear(w, "clock.out", inner))


def velocity(
    w: Weights, t: Tensor | float, m: Tensor, z: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu
) -> tuple[Tensor, Tensor]:
    """dm/dt and dz/dt."""
    dm, dz = reduced(w, m, z, activation)
    g = gates(w, t)
    return g[0] * dm, g[1] * dz


@dataclass(frozen=True)
class Continuous:
    """The field on vectors: weights, how many rows and residues there are, and what the transitions bend by."""

    w: Weights
    sizes: Sizes
    rows: int
    residues: int
    activation: Callable[[Tensor], Tensor] = torch.relu

    def field(self, t: Tensor | float, x: Tensor) -> Tensor:
        """(dm/dt, dz/dt) at (m, z)."""
        return joined(*velocity(self.w, t, *split(x, self.sizes, self.rows, self.residues), self.activation))

    def still(self, x: Tensor) -> Tensor:
        """The same without gates."""
        return joined(*reduced(self.w, *split(x, self.sizes, self.rows, self.residues), self.activation))
