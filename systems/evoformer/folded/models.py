r"""Four trunks for one task, one embedding and one head: rows of letters and a few distances in, all distances out.

    stack           four blocks of their own weights
    narrow stack    four blocks with as many weights as one of the others
    shared          one block, four times
    continuous      x' = 4 g(t) ⊙ (block(x) − x), two gates g = σ(τ(t)), two midpoint steps

Each evaluates a block four times.  m starts from letters, z from relative places and the distances that are seen;
d_ij = softplus of a linear map of LN(z_ij + z_ji), in units of 10 Å.  Transitions bend by SiLU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from systems.evoformer.block.reduced import gates
from systems.evoformer.block.updates import ON_ROWS, UPDATES, Sizes, changed, drawn, linear, normalised, shapes
from systems.evoformer.folded.data import LENGTH, REACH, Fragments

__all__ = ["KINDS", "Given", "given", "started", "told"]

KINDS = ("stack", "narrow stack", "shared", "continuous")
WIDE = Sizes(c_m=8, c_z=12, heads=2, pair_heads=2, head=4, outer=3, triangle=8, wider=2)
NARROW = Sizes(c_m=4, c_z=6, heads=2, pair_heads=2, head=2, outer=2, triangle=4, wider=2)
BLOCKS, SCALE, UNIT, CLOCK = 4, 4.0, 10.0, 8
Weights = Mapping[str, Tensor]


class Given(NamedTuple):
    """Letters (…, rows, n, 20) and pairs (…, n, n, 19): relative places, whether a distance is seen, and it."""

    letters: Tensor
    pairs: Tensor


def given(of: Fragments) -> Given:
    """What a model sees of fragments."""
    place = np.arange(LENGTH)
    relative = np.clip(np.subtract.outer(place, place), -REACH, REACH) + REACH
    codes = np.broadcast_to(np.eye(2 * REACH + 1)[relative], (*of.seen.shape, 2 * REACH + 1))
    pairs = np.concatenate([codes, of.where[..., None], of.seen[..., None] / UNIT], axis=-1)
    letters = np.eye(20)[of.letters]
    return Given(torch.tensor(letters, dtype=torch.float32), torch.tensor(pairs, dtype=torch.float32))


def sizes_of(kind: str) -> Sizes:
    """The channels of a kind."""
    return NARROW if kind == "narrow stack" else WIDE


def started(kind: str, rngs: Sequence[np.random.Generator]) -> dict[str, Tensor]:
    """Weights of all members: what each update adds starts at a tenth."""
    of = sizes_of(kind)
    outside: dict[str, tuple[int, ...]] = {
        "letters": (of.c_m, 20), "letters.bias": (of.c_m,), "pairs": (of.c_z, 2 * REACH + 3), "pairs.bias": (of.c_z,),
        "head.norm.scale": (of.c_z,), "head.norm.shift": (of.c_z,), "head": (1, of.c_z), "head.bias": (1,),
    }  # fmt: skip
    if kind == "continuous":
        outside |= {"clock.in": (CLOCK, 1), "clock.in.bias": (CLOCK,), "clock.out": (2, CLOCK), "clock.out.bias": (2,)}
    found: list[dict[str, Tensor]] = []
    for rng in rngs:
        own = drawn(rng, outside)
        for k in range(BLOCKS if kind.endswith("stack") else 1):
            block = drawn(rng, shapes(of))
            own |= {f"{k}.{name}": 0.1 * v if ".out" in name else v for name, v in block.items()}
        found.append(own)
    return {name: torch.stack([own[name] for own in found]).float() for name in found[0]}


def block_of(w: Weights, k: int) -> dict[str, Tensor]:
    """The weights of one block."""
    return {name[len(f"{k}.") :]: value for name, value in w.items() if name.startswith(f"{k}.")}


def passed(w: Weights, m: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """m and z after the nine updates of a block."""
    for update in UPDATES:
        dm, dz = changed(update, w, m, z, functional.silu)
        m, z = (m + dm, z) if update in ON_ROWS else (m, z + dz)  # type: ignore[operator]
    return m, z


def velocity(w: Weights, block: Weights, t: float, m: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """4 g(t) ⊙ (block(x) − x)."""
    g = SCALE * gates(w, t)
    after_m, after_z = passed(block, m, z)
    return g[0] * (after_m - m), g[1] * (after_z - z)


def told(kind: str, w: Weights, of: Given, steps: int = 2) -> Tensor:
    """Distances of one member in Å, (…, n, n); steps of the midpoint rule, where the kind is continuous."""
    m = linear(w, "letters", of.letters)
    z = linear(w, "pairs", of.pairs)
    if kind == "continuous":
        block, h = block_of(w, 0), 1.0 / steps
        for k in range(steps):
            dm, dz = velocity(w, block, k * h, m, z)
            dm, dz = velocity(w, block, (k + 0.5) * h, m + h / 2 * dm, z + h / 2 * dz)
            m, z = m + h * dm, z + h * dz
    else:
        for k in range(BLOCKS):
            m, z = passed(block_of(w, k if kind.endswith("stack") else 0), m, z)
    pair = normalised(w, "head.norm", z + z.transpose(-2, -3))
    return UNIT * functional.softplus(linear(w, "head", pair))[..., 0]
