r"""The nine updates of a block and the six of the reduced field once more, residue by residue and head by head.

The other route to what `systems.evoformer.block` computes by tensors: loops over tokens, sums written out.  Weights are
arrays by the same names; m is S x R x c_m, z is R x R x c_z.

Source: J. Jumper et al. (2021), supplement, algorithms 6 to 15; the reduced field is that of the released code of
Sanford, Sun, Mendl (arXiv 2510.16253).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["block", "gates_at", "reduced_change"]

Array = NDArray[np.float64]
Arrays = Mapping[str, Any]


def normed(w: Arrays, name: str, x: Array, eps: float = 1e-5) -> Array:
    """γ ⊙ (x − mean)/(var + ε)^½ + β of every token."""
    found = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return np.asarray(w[f"{name}.scale"] * found + w[f"{name}.shift"])


def mapped(w: Arrays, name: str, x: Array) -> Array:
    """W x + b of one token."""
    return np.asarray(w[name] @ x + w.get(f"{name}.bias", 0.0))


def gate(x: Array) -> Array:
    """1/(1 + e^{−x})."""
    return np.asarray(1 / (1 + np.exp(-x)))


def shares(logits: Array) -> Array:
    """e^{l_k}/Σ e^{l_j}."""
    grown = np.exp(logits - logits.max())
    return np.asarray(grown / grown.sum())


def attend(w: Arrays, name: str, tokens: Array, bias: Any, heads: int) -> Array:
    """For every token q: W_o(σ(g_q) ⊙ (Σ_k share_hqk v_hk)_h) + b_o, shares of q·k/√c + bias_h(q, k)."""
    n = len(tokens)
    Q, K, V = (
        np.stack([mapped(w, f"{name}.{part}", x).reshape(heads, -1) for x in tokens]) for part in ("q", "k", "v")
    )
    out = []
    for q in range(n):
        mixed = []
        for h in range(heads):
            logits = np.array([Q[q, h] @ K[k, h] / np.sqrt(Q.shape[-1]) + bias(h, q, k) for k in range(n)])
            mixed.append(sum(share * V[k, h] for k, share in enumerate(shares(logits))))
        out.append(mapped(w, f"{name}.out", gate(mapped(w, f"{name}.gate", tokens[q])) * np.concatenate(mixed)))
    return np.stack(out)


def by_row(w: Arrays, name: str, m: Array, z: Array, pairs: str) -> Array:
    """Attention along the residues of each row, biased by pairs."""
    x, told, heads = normed(w, f"{name}.norm", m), normed(w, pairs, z), len(w[f"{name}.pair"])
    bias = np.array([[mapped(w, f"{name}.pair", told[i, j]) for j in range(len(z))] for i in range(len(z))])
    return np.stack([attend(w, name, row, lambda h, q, k: bias[q, k, h], heads) for row in x])


def by_column(w: Arrays, m: Array, heads: int) -> Array:
    """Attention along the rows of each residue."""
    x = normed(w, "column attention.norm", m)
    columns = [attend(w, "column attention", x[:, i], lambda h, q, k: 0.0, heads) for i in range(m.shape[1])]
    return np.stack(columns, axis=1)


def widened(w: Arrays, name: str, x: Array, bend: Any) -> Array:
    """W₂ act(W₁ LN(x) + b₁) + b₂ of every token."""
    told = normed(w, f"{name}.norm", x)
    flat = told.reshape(-1, x.shape[-1])
    return np.stack([mapped(w, f"{name}.out", bend(mapped(w, f"{name}.in", one))) for one in flat]).reshape(x.shape)


def products(w: Arrays, m: Array) -> Array:
    """W_o of the mean over rows of a_i ⊗ b_j, for every pair."""
    x = normed(w, "outer product.norm", m)
    rows, n, _ = m.shape
    pairs = [
        [
            sum(
                np.outer(mapped(w, "outer product.a", x[s, i]), mapped(w, "outer product.b", x[s, j]))
                for s in range(rows)
            )
            / rows
            for j in range(n)
        ]
        for i in range(n)
    ]
    return np.array([[mapped(w, "outer product.out", pair.ravel()) for pair in row] for row in pairs])


def triangles(w: Arrays, name: str, z: Array) -> Array:
    """σ(g_ij) ⊙ W_o LN(Σ_k a_ik ⊙ b_jk), outgoing; Σ_k a_ki ⊙ b_kj, incoming."""
    x, n = normed(w, f"{name}.norm", z), len(z)
    a, b = (
        np.array([
            [gate(mapped(w, f"{name}.{part}.gate", x[i, j])) * mapped(w, f"{name}.{part}", x[i, j]) for j in range(n)]
            for i in range(n)
        ])
        for part in ("a", "b")
    )  # fmt: skip
    found = np.empty_like(z)
    for i in range(n):
        for j in range(n):
            terms = [a[i, k] * b[j, k] if name == "outgoing" else a[k, i] * b[k, j] for k in range(n)]
            inner = normed(w, f"{name}.inner", np.sum(terms, axis=0))
            found[i, j] = gate(mapped(w, f"{name}.gate", x[i, j])) * mapped(w, f"{name}.out", inner)
    return found


def around(w: Arrays, name: str, z: Array) -> Array:
    """Attention of the pair (i, j) over the pairs (i, k), biased by (j, k), starting; the same of zᵀ, ending."""
    x, heads = normed(w, f"{name}.norm", z if name == "starting" else z.transpose(1, 0, 2)), len(w[f"{name}.pair"])
    bias = np.array([[mapped(w, f"{name}.pair", pair) for pair in row] for row in x])
    found = np.stack([attend(w, name, row, lambda h, q, k: bias[q, k, h], heads) for row in x])
    return found if name == "starting" else found.transpose(1, 0, 2)


def rectified(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def block(w: Arrays, m: Array, z: Array) -> tuple[Array, Array]:
    """m and z after the nine updates in turn, transitions rectified."""
    m = m + by_row(w, "row attention", m, z, "row attention.pairs")
    m = m + by_column(w, m, len(w["row attention.pair"]))
    m = m + widened(w, "MSA transition", m, rectified)
    z = z + products(w, m)
    z = z + triangles(w, "outgoing", z)
    z = z + triangles(w, "incoming", z)
    z = z + around(w, "starting", z)
    z = z + around(w, "ending", z)
    return m, z + widened(w, "pair transition", z, rectified)


# ---------------------------------------------------------------- the reduced field


def gates_at(w: Arrays, t: float) -> Array:
    """σ(W₂ silu(w₁ t + b₁) + b₂): two numbers."""
    inner = mapped(w, "clock.in", np.array([t]))
    return gate(mapped(w, "clock.out", inner * gate(inner)))


def reduced_change(w: Arrays, m: Array, z: Array, bend: Any) -> tuple[Array, Array]:
    """m_out − m and z_out − z after six updates in turn."""
    start_m, start_z, n = m, z, len(z)
    m = m + by_row(w, "row", m, z, "row.pairs")
    x = normed(w, "column.norm", m)
    p = np.array([[mapped(w, "column.qkv", token) for token in row] for row in x])
    moved = np.empty_like(m)
    for i in range(n):
        for s in range(len(m)):
            share = shares(np.array([p[s, i] @ p[t, i] for t in range(len(m))]) / np.sqrt(p.shape[-1]))
            mixed = sum(one * p[t, i] for t, one in enumerate(share))
            moved[s, i] = mapped(w, "column.out", gate(mapped(w, "column.gate", x[s, i])) * mixed)
    m = m + moved
    m = m + widened(w, "MSA", m, bend)
    x = normed(w, "outer.norm", m)
    a, b = (np.array([[mapped(w, f"outer.{part}", token) for token in row] for row in x]) for part in ("a", "b"))
    z = z + np.array([[mapped(w, "outer.out", (a[:, i] * b[:, j]).mean(axis=0)) for j in range(n)] for i in range(n)])
    x = normed(w, "triangle.norm", z)
    a, b = (np.array([[gate(mapped(w, f"triangle.{part}", one)) for one in row] for row in x]) for part in ("a", "b"))
    unit = {"plain.scale": 1.0, "plain.shift": 0.0}
    turned = np.empty_like(z)
    for i in range(n):
        for j in range(n):
            inner = normed(unit, "plain", np.sum([a[i, k] * b[k, j] for k in range(n)], axis=0))
            turned[i, j] = gate(mapped(w, "triangle.gate", x[i, j])) * mapped(w, "triangle.out", inner)
    z = z + turned
    return m - start_m, z + widened(w, "pair", z, bend) - start_z
