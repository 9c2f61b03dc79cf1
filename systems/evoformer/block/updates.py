r"""The nine updates of an Evoformer block, as functions of weights and of two arrays.

    m  rows of sequences x residues x c_m      (…, S, R, c_m)
    z  pairs of residues x c_z                 (…, R, R, c_z)

Every update begins with a layer normalisation and is *added* to m or z.  Weights stand in a dictionary by name,
"row attention.q" is W_q of the first; a linear map is x ↦ xWᵀ + b.

Source: J. Jumper et al. (2021), supplement, algorithms 6 to 15; the formulas are those of OpenFold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["UPDATES", "Sizes", "Weights", "changed", "drawn", "normalised", "shapes"]

Weights = Mapping[str, Tensor]
UPDATES = (
    "row attention", "column attention", "MSA transition", "outer product", "outgoing", "incoming", "starting",
    "ending", "pair transition",
)  # fmt: skip
ON_ROWS = UPDATES[:3]
"""What changes m; the others change z."""
EPS = 1e-5


@dataclass(frozen=True)
class Sizes:
    """Channels of m and z, heads on rows and on pairs and their channels, of outer products and triangles, transitions.

    AlphaFold 2 has Sizes(256, 128, 8, 4, 32, 32, 128, 4): 1 829 952 weights a block.
    """

    c_m: int = 8
    c_z: int = 6
    heads: int = 2
    pair_heads: int = 2
    head: int = 4
    outer: int = 3
    triangle: int = 6
    wider: int = 4


def shapes(of: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a block, by name."""
    m, z = of.c_m, of.c_z
    found: dict[str, tuple[int, ...]] = {}

    def norm(update: str, name: str, c: int) -> None:
        found[f"{update}.{name}.scale"], found[f"{update}.{name}.shift"] = (c,), (c,)

    def linear(update: str, name: str, out: int, into: int, bias: bool = True) -> None:
        found[f"{update}.{name}"] = (out, into)
        if bias:
            found[f"{update}.{name}.bias"] = (out,)

    for update, c, pairs in (
        ("row attention", m, True), ("column attention", m, False), ("starting", z, True), ("ending", z, True)
    ):  # fmt: skip
        H = of.heads if update in ON_ROWS else of.pair_heads
        hc = H * of.head
        norm(update, "norm", c)
        for name in ("q", "k", "v"):
            linear(update, name, hc, c, bias=False)
        if pairs:
            if update == "row attention":
                norm(update, "pairs", z)
            linear(update, "pair", H, z, bias=False)
        linear(update, "gate", hc, c)
        linear(update, "out", c, hc)
    for update, c in (("MSA transition", m), ("pair transition", z)):
        norm(update, "norm", c)
        linear(update, "in", of.wider * c, c)
        linear(update, "out", c, of.wider * c)
    norm("outer product", "norm", m)
    linear("outer product", "a", of.outer, m)
    linear("outer product", "b", of.outer, m)
    linear("outer product", "out", z, of.outer**2)
    for update in ("outgoing", "incoming"):
        norm(update, "norm", z)
        norm(update, "inner", of.triangle)
        for name in ("a", "b"):
            linear(update, name, of.triangle, z)
            linear(update, f"{name}.gate", of.triangle, z)
        linear(update, "gate", z, z)
        linear(update, "out", z, of.triangle)
    return found


def drawn(rng: np.random.Generator, of: Mapping[str, tuple[int, ...]], size: float = 1.0) -> dict[str, Tensor]:
    """Weights N(0, size²/inputs), biases N(0, 0.01), scales 1 and shifts 0, from a generator."""
    found = {}
    for name, shape in of.items():
        if name.endswith(".scale"):
            values = np.ones(shape)
        elif name.endswith(".shift"):
            values = np.zeros(shape)
        elif len(shape) == 1:
            values = 0.1 * rng.normal(size=shape)
        else:
            values = size * rng.normal(size=shape) / np.sqrt(shape[1])
        found[name] = torch.tensor(values)
    return found


# ---------------------------------------------------------------- the parts


def normalised(w: Weights, name: str, x: Tensor) -> Tensor:
    """γ ⊙ (x − mean)/(var + ε)^½ + β over the channels."""
    return functional.layer_norm(x, x.shape[-1:], w[f"{name}.scale"], w[f"{name}.shift"], EPS)


def linear(w: Weights, name: str, x: Tensor) -> Tensor:
    """xWᵀ + b, b where it is there."""
    return functional.linear(x, w[name], w.get(f"{name}.bias"))


def attended(w: Weights, name: str, x: Tensor, bias: Tensor | None) -> Tensor:
    """W_o(σ(g) ⊙ Σ_k softmax_k(q·k/√c + bias) v_k) along the axis before the channels; bias (…, H, q, k)."""
    heads = w[f"{name}.pair"].shape[0] if bias is not None else heads_of(w)
    q, k, v = (linear(w, f"{name}.{part}", x).unflatten(-1, (heads, -1)) for part in ("q", "k", "v"))
    logits = torch.einsum("...qhc,...khc->...hqk", q, k) / np.sqrt(q.shape[-1])
    share = torch.softmax(logits if bias is None else logits + bias, dim=-1)
    mixed = torch.einsum("...hqk,...khc->...qhc", share, v).flatten(-2)
    return linear(w, f"{name}.out", torch.sigmoid(linear(w, f"{name}.gate", x)) * mixed)


def heads_of(w: Weights) -> int:
    """As many heads as the row attention has."""
    return int(w["row attention.pair"].shape[0])


def by_pairs(w: Weights, name: str, z: Tensor) -> Tensor:
    """The bias of an attention from pairs: (…, R, R, c) -> (…, 1, H, R, R)."""
    return linear(w, f"{name}.pair", z).movedim(-1, -3).unsqueeze(-4)


def row_attention(w: Weights, m: Tensor, z: Tensor) -> Tensor:
    """Along the residues of each row, biased by pairs."""
    bias = by_pairs(w, "row attention", normalised(w, "row attention.pairs", z))
    return attended(w, "row attention", normalised(w, "row attention.norm", m), bias)


def column_attention(w: Weights, m: Tensor) -> Tensor:
    """Along the rows, for each residue."""
    x = normalised(w, "column attention.norm", m).transpose(-2, -3)
    return attended(w, "column attention", x, None).transpose(-2, -3)


def transition(w: Weights, name: str, x: Tensor, activation: Callable[[Tensor], Tensor]) -> Tensor:
    """W₂ act(W₁ LN(x) + b₁) + b₂."""
    return linear(w, f"{name}.out", activation(linear(w, f"{name}.in", normalised(w, f"{name}.norm", x))))


def outer_product(w: Weights, m: Tensor) -> Tensor:
    """W_o of the mean over the rows of a_i ⊗ b_j."""
    x = normalised(w, "outer product.norm", m)
    a, b = linear(w, "outer product.a", x), linear(w, "outer product.b", x)
    mean = torch.einsum("...sic,...sjd->...ijcd", a, b) / m.shape[-3]
    return linear(w, "outer product.out", mean.flatten(-2))


def triangle(w: Weights, name: str, z: Tensor) -> Tensor:
    """σ(g) ⊙ W_o LN(Σ_k a_ik ⊙ b_jk), outgoing; a_ki ⊙ b_kj, incoming."""
    x = normalised(w, f"{name}.norm", z)
    a, b = (torch.sigmoid(linear(w, f"{name}.{part}.gate", x)) * linear(w, f"{name}.{part}", x) for part in ("a", "b"))
    sums = torch.einsum("...ikc,...jkc->...ijc" if name == "outgoing" else "...kic,...kjc->...ijc", a, b)
    out = linear(w, f"{name}.out", normalised(w, f"{name}.inner", sums))
    return torch.sigmoid(linear(w, f"{name}.gate", x)) * out


def triangle_attention(w: Weights, name: str, z: Tensor) -> Tensor:
    """Along k, from pair (i, j) over the pairs (i, k), biased by (j, k); ending: of zᵀ."""
    x = normalised(w, f"{name}.norm", z if name == "starting" else z.transpose(-2, -3))
    found = attended(w, name, x, by_pairs(w, name, x))
    return found if name == "starting" else found.transpose(-2, -3)


def changed(
    update: str, w: Weights, m: Tensor, z: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu
) -> tuple[Tensor | None, Tensor | None]:
    """What an update adds to m and to z; None where it adds nothing."""
    if update == "row attention":
        return row_attention(w, m, z), None
    if update == "column attention":
        return column_attention(w, m), None
    if update == "MSA transition":
        return transition(w, update, m, activation), None
    if update == "outer product":
        return None, outer_product(w, m)
    if update in ("outgoing", "incoming"):
        return None, triangle(w, update, z)
    if update in ("starting", "ending"):
        return None, triangle_attention(w, update, z)
    if update == "pair transition":
        return None, transition(w, update, z, activation)
    raise ValueError(f"no update {update!r}: expected one of {', '.join(UPDATES)}")
