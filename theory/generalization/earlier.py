r"""Other bounds for the same networks: spectrally normalised margins, and independence of depth."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["bartlett_type", "golowich_type"]

Array = NDArray[np.float64]


def _layers(weights: Array) -> Array:
    return np.asarray(np.eye(weights.shape[1]) + weights / len(weights))


def bartlett_type(weights: Array, n: float) -> float:
    r"""n^{−1/2} Π‖I + W_k/L‖ (Σ_k (‖W_kᵀ/L‖_{2,1}/‖I + W_k/L‖)^{2/3})^{3/2}: spectrally normalised margins.

    weights: L x d x d.  Bartlett, Foster, Telgarsky 2017 with the identity as the reference matrices, constants and
    logarithms left out.  Each summand is of order L^{−2/3}, so with smooth weights it grows like L^(1/2).
    """
    layers = _layers(weights)
    norms = np.linalg.norm(layers, 2, axis=(1, 2))
    two_one = np.linalg.norm(weights / len(weights), axis=2).sum(axis=1)  # columns of the transpose
    return float(np.prod(norms) * np.sum((two_one / norms) ** (2 / 3)) ** 1.5 / np.sqrt(n))


def golowich_type(weights: Array, n: float, norm: Literal["spectral", "frobenius"] = "spectral") -> float:
    r"""Π‖A_k‖ min(n^{−1/4} log^{3/4}(n) max(1, log(Π‖A_k‖/Π‖A_k‖₂))^(1/2), (L/n)^(1/2)), A_k = I + W_k/L.

    Golowich, Rakhlin, Shamir 2018 as recalled, constants left out: depth-free once L >= n^(1/2), if the product is.
    It is stated for Frobenius norms, and ‖I‖_F = d^(1/2): for d > 1 their product grows like d^{L/2}.
    """
    layers = _layers(weights)
    spectral = np.linalg.norm(layers, 2, axis=(1, 2))
    norms = spectral if norm == "spectral" else np.linalg.norm(layers, axis=(1, 2))
    excess = max(1.0, float(np.sum(np.log(norms / spectral))))
    free = n**-0.25 * np.log(n) ** 0.75 * np.sqrt(excess)
    return float(np.prod(norms) * min(free, np.sqrt(len(weights) / n)))
