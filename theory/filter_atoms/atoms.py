r"""Filters by atoms: W_oi = Σ_k a_oik ψ_k, and how far they and their norms move when the atoms do.

    sums              ‖Σ a_k ψ_k‖₁ <= Σ |a_k| ‖ψ_k‖₁ <= ‖a‖₂ (Σ ‖ψ_k‖₁²)^(1/2)
    frame             λ_min(G)^(1/2) ‖a‖₂ <= ‖Σ a_k ψ_k‖₂ <= λ_max(G)^(1/2) ‖a‖₂,   G_kl = ⟨ψ_k, ψ_l⟩
    a motion          N(ΔW) <= L ‖(‖a_oi‖₂)_oi‖ (Σ ‖Δψ_k‖₂²)^(1/2)

Equality: atoms of disjoint supports with |a_k| in proportion to ‖ψ_k‖₁; eigenvectors of G; atoms whose motions are
constant over the taps and in proportion to a.

The field of the released code ends in a group normalisation, g = γ ⊙ z + β with ‖z_group‖² <= n_group: so

    ‖g‖ <= ‖γ‖_∞ √D + ‖β‖,    ‖ψ(t₁) − ψ(t₂)‖ <= (‖γ‖_∞ √D + ‖β‖)|t₁ − t₂|

for every state and every weight before it.

Source: Q. Qiu et al., DCFNet (2018), for the decomposition; Z. Wang et al. (2021) for atoms that move; derived here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["composed", "frame", "group_normalised", "most_moved", "most_sum", "speed_limit"]

Array = NDArray[np.float64]


def composed(a: Array, atoms: Array) -> Array:
    """Σ_k a_oik ψ_k: (out, in, K), (K, L, L) -> (out, in, L, L)."""
    return np.asarray(np.einsum("oik,kxy->oixy", a, atoms))


def most_sum(a: Array, atoms: Array) -> float:
    """‖a‖₂ (Σ ‖ψ_k‖₁²)^(1/2) of one filter: a (K,), atoms (K, L, L)."""
    return float(np.linalg.norm(a) * np.linalg.norm(np.abs(atoms).sum(axis=(1, 2))))


def frame(atoms: Array) -> tuple[float, float]:
    """λ_min(G)^(1/2) and λ_max(G)^(1/2): the least and the largest singular value of the atoms as rows."""
    sizes = np.linalg.svd(atoms.reshape(len(atoms), -1), compute_uv=False)
    least = 0.0 if len(atoms) > atoms[0].size else sizes[-1]
    return float(least), float(sizes[0])


def most_moved(a: Array, change: Array) -> float:
    """L ‖(‖a_oi‖₂)_oi‖ (Σ ‖Δψ_k‖₂²)^(1/2): a (out, in, K), change (K, L, L)."""
    return float(change.shape[1] * np.linalg.norm(np.linalg.norm(a, axis=2), 2) * np.linalg.norm(change))


def group_normalised(p: Any, groups: int, gamma: Any, beta: Any, eps: float = 1e-5) -> Any:
    """γ ⊙ z + β, z of mean 0 and variance 1 (less by ε) in each group of D/groups neighbours."""
    x = np.asarray(p).reshape(groups, -1)
    z = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return gamma * z.ravel() + beta


def speed_limit(gamma: Array, beta: Array) -> float:
    """‖γ‖_∞ √D + ‖β‖₂."""
    return float(np.abs(gamma).max() * np.sqrt(len(gamma)) + np.linalg.norm(beta))
