r"""From filters to images: how far an image moves when the filters of all layers do.

x^l = σ(W^l * x^{l−1} + b^l), σ 1-Lipschitz, no normalisation, x⁰ given; N the mass of `convolutions`.

    two filters       ‖x^n(1) − x^n(0)‖ <= Σ_l [Π_{j>l} N(W^j(1))] N(W^l(1) − W^l(0)) ‖x^{l−1}(0)‖
    a path            ‖x^n(1) − x^n(0)‖ <= ∫₀¹ Σ_l [Π_{j>l} N(W^j(t))] N(Ẇ^l(t)) ‖x^{l−1}(t)‖ dt

Both are attained by one channel of equal positive taps that all grow, on a constant positive image around the torus,
without biases.
The proof: δ_l <= N(W^l(1)) δ_{l−1} + N(ΔW^l)‖x^{l−1}(0)‖.

    residual layers   x^l = x^{l−1} + σ(…): the same with 1 + N(W^j) in the product

    heat              ψ(t) = e^{tΔ}δ, a path of filters that follows an ODE:  ψ(t)(m, n) = e^{−4t} I_m(2t) I_n(2t),
                      ‖ψ(t) * x − x‖ <= (1 − e^{−8t}) ‖x‖, attained by the chessboard
    normalisation     x ↦ γ(x − mean)/(var + ε)^(1/2) multiplies small changes by up to γ/(var + ε)^(1/2), exactly so
                      for three pixels or more

Source: derived here; Wang et al. (2021) state that images move continuously with the filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ive

from gronwall.theory.filter_atoms.convolutions import mass

__all__ = [
    "heat", "laplacian", "layered", "most_normalised", "most_turned", "most_turned_along", "most_turned_residual",
]  # fmt: skip

Array = NDArray[np.float64]


def layered(filters: Sequence[Array], biases: Sequence[Array], x: Array) -> list[Array]:
    """x⁰, x¹, …: channels x n x n, around the torus, rectified."""
    states = [x]
    for W, b in zip(filters, biases, strict=True):
        r = W.shape[2] // 2
        moved = np.zeros((W.shape[0], *x.shape[1:]))
        for i, j in np.ndindex(*W.shape[2:]):
            shifted = np.roll(states[-1], (r - i, r - j), axis=(1, 2))
            moved += np.einsum("oi,ixy->oxy", W[:, :, i, j], shifted)
        states.append(np.maximum(moved + b[:, None, None], 0.0))
    return states


def most_turned(after: Sequence[Array], before: Sequence[Array], states: Sequence[Array]) -> float:
    """Σ_l [Π_{j>l} N(W^j(1))] N(W^l(1) − W^l(0)) ‖x^{l−1}(0)‖, states those of the filters before."""
    total = 0.0
    for layer, (W1, W0) in enumerate(zip(after, before, strict=True)):
        later = np.prod([mass(W) for W in after[layer + 1 :]])
        total += float(later * mass(W1 - W0) * np.linalg.norm(states[layer]))
    return total


def most_turned_along(path: Any, x: Array, nodes: int = 24) -> float:
    """∫₀¹ Σ_l [Π_{j>l} N(W^j)] N(Ẇ^l) ‖x^{l−1}‖ dt by Gauss and Legendre; path(t) gives filters, slopes, biases."""
    t, weight = np.polynomial.legendre.leggauss(nodes)
    total = 0.0
    for at, w in zip((t + 1) / 2, weight / 2, strict=True):
        filters, slopes, biases = path(float(at))
        states = layered(filters, biases, x)
        for layer, slope in enumerate(slopes):
            later = np.prod([mass(W) for W in filters[layer + 1 :]])
            total += float(w * later * mass(slope) * np.linalg.norm(states[layer]))
    return total


def laplacian(u: Array) -> Array:
    """Δu around the torus: the sum of four neighbours less four times oneself."""
    return sum(np.roll(u, shift, axis) for axis in (0, 1) for shift in (-1, 1)) - 4 * u


def heat(t: float, reach: int) -> Array:
    """e^{−4t} I_m(2t) I_n(2t) for |m|, |n| <= reach."""
    row = ive(np.abs(np.arange(-reach, reach + 1)), 2 * t)  # e^{−2t} I_m(2t)
    return np.outer(row, row)


def most_normalised(x: Array, gamma: float, eps: float) -> float:
    """γ/(var x + ε)^(1/2): the norm of the derivative of a normalisation of one channel."""
    return float(gamma / np.sqrt(x.var() + eps))


def most_turned_residual(after: Sequence[Array], before: Sequence[Array], lengths: Sequence[Any]) -> Any:
    """Σ_l [Π_{j>l} (1 + N(W^j(1)))] N(W^l(1) − W^l(0)) ‖x^{l−1}(0)‖ for layers x + σ(W * x + b), by image."""
    total: Any = 0.0
    for layer, (W1, W0) in enumerate(zip(after, before, strict=True)):
        later = np.prod([1 + mass(W) for W in after[layer + 1 :]])
        total = total + later * mass(W1 - W0) * lengths[layer]
    return total
