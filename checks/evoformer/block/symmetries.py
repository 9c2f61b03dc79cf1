"""What commutes with a block and with steps through the field: rows and residues in another order.

Left by tensors in the other order, right residue by residue in the first one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.theory.runge_kutta import MIDPOINT, integrate
from systems.evoformer.block.plain import plain_block, plain_field
from systems.evoformer.block.reduced import Continuous, reduced_shapes
from systems.evoformer.block.updates import Sizes, changed, drawn, shapes
from systems.evoformer.block.whole import Evoformer, joined, split, start

SOURCE, REF = "sanford2025", "Symmetries"
SIZES, ROWS, RESIDUES = Sizes(), 3, 4
smooth = torch.nn.functional.silu


@dataclass(frozen=True)
class Reordered:
    """Weights and a state from a seed, an order of rows and one of residues, and a map: block, field, or its flow."""

    seed: int
    rows: tuple[int, ...]
    residues: tuple[int, ...]
    kind: str

    def turned(self, x, rows=True, residues=True, transposed=True):
        """The state with rows and residues in their other order."""
        m, z = split(x, SIZES, ROWS, RESIDUES)
        if rows:
            m = m[list(self.rows)]
        if residues:
            m, z = m[:, list(self.residues)], z[list(self.residues)]
            z = z[:, list(self.residues)] if transposed else z
        return joined(m, z)

    def map(self):
        """The block, or the continuous field."""
        rng = np.random.default_rng(self.seed)
        if self.kind == "block":
            return Evoformer(drawn(rng, shapes(SIZES)), SIZES, ROWS, RESIDUES)
        return Continuous(drawn(rng, reduced_shapes(SIZES)), SIZES, ROWS, RESIDUES, smooth)

    def mapped(self, x):
        """The block once, or two midpoint steps through the continuous field."""
        with torch.no_grad():
            of = self.map()
            return of.sequential(x) if self.kind == "block" else integrate(MIDPOINT, of.field, 0, 1, x, 2)

    def plainly(self, x):
        """The same residue by residue."""
        of, y = self.map(), x.numpy()
        if self.kind == "block":
            return torch.tensor(plain_block(of, y))
        for t in (0.0, 0.5):
            y = y + 0.5 * plain_field(of, t + 0.25, y + 0.25 * plain_field(of, t, y))
        return torch.tensor(y)

    def with_positions(self, x):
        """The map with a code of positions added to every residue before it."""
        code = torch.zeros_like(split(x, SIZES, ROWS, RESIDUES)[0])
        code[..., 0] = torch.arange(RESIDUES, dtype=x.dtype)
        m, z = split(x, SIZES, ROWS, RESIDUES)
        return self.mapped(joined(m + code, z))

    def from_first_row(self, x):
        """A block, and an outer product of the first row on top of it."""
        w = drawn(np.random.default_rng(self.seed), shapes(SIZES))
        with torch.no_grad():
            m, z = split(self.mapped(x), SIZES, ROWS, RESIDUES)
            return joined(m, z + changed("outer product", w, m[:1], z)[1])

    def start(self):
        return start(self.seed, SIZES, ROWS, RESIDUES)


def orders(n):
    return st.permutations(range(n)).map(tuple).filter(lambda order: order != tuple(range(n)))


MAPS = st.builds(
    Reordered, st.integers(0, 10**6), orders(ROWS), orders(RESIDUES), st.sampled_from(["block", "flow"])
)  # fmt: skip


@identity(source=SOURCE, ref=REF, over=MAPS, tol=1e-11, why="sums in another order", examples=pick(quick=12, full=100))
def rows_in_another_order_give_rows_in_that_order(instance):
    r"""Rows of the alignment permuted: $m$ comes out permuted and $z$ as it was, of a block and of steps through the field."""  # noqa: E501
    x = instance.start()
    return (
        instance.mapped(instance.turned(x, residues=False)).numpy(),
        instance.turned(instance.plainly(x), residues=False).numpy(),
    )


@rows_in_another_order_give_rows_in_that_order.mutant("with an outer product of the first row on top")
def _(instance):
    x = instance.start()
    return (
        instance.from_first_row(instance.turned(x, residues=False)).numpy(),
        instance.turned(instance.from_first_row(x), residues=False).numpy(),
    )


@rows_in_another_order_give_rows_in_that_order.mutant("rows come out as they were")
def _(instance):
    x = instance.start()
    return instance.mapped(instance.turned(x, residues=False)).numpy(), instance.mapped(x).numpy()


@identity(source=SOURCE, ref=REF, over=MAPS, tol=1e-11, why="sums in another order", examples=pick(quick=12, full=100))
def residues_in_another_order_give_residues_in_that_order(instance):
    r"""Residues permuted, in $m$ and in both indices of $z$: so they come out; places are known from the input alone."""  # noqa: E501
    x = instance.start()
    return (
        instance.mapped(instance.turned(x, rows=False)).numpy(),
        instance.turned(instance.plainly(x), rows=False).numpy(),
    )


@residues_in_another_order_give_residues_in_that_order.mutant("with a code of positions in the block")
def _(instance):
    x = instance.start()
    return (
        instance.with_positions(instance.turned(x, rows=False)).numpy(),
        instance.turned(instance.with_positions(x), rows=False).numpy(),
    )


@residues_in_another_order_give_residues_in_that_order.mutant("in one index of the pairs")
def _(instance):
    x = instance.start()
    return (
        instance.mapped(instance.turned(x, rows=False, transposed=False)).numpy(),
        instance.turned(instance.mapped(x), rows=False, transposed=False).numpy(),
    )
