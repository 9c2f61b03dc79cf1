r"""Weights of residual networks by depth: sampled from a smooth path, from a Gaussian process, or independent.

Arrays L x d x d with entries of order one, d = 3 unless stated.  All families draw what does not depend on the depth
first, so that one generator gives networks of different depths from one path.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FAMILIES = {"sines": "sines", "gaussian process": "gaussian process", "independent": "independent"}
FEATURES = 100


def layers(family: str, depth: int, rng: np.random.Generator, d: int = 3) -> Array:
    """W_1 … W_L.

    "sines": Σ_j a_j sin(2πjs + b_j), j = 1 … 3, uniform a_j;  "gaussian process": covariance exp(−(s − s')²/(2·0.1²))
    over √d, by 100 random Fourier features;  "independent": uniform entries in ±1.
    """
    s = np.arange(depth) / depth
    if family == "independent":
        return rng.uniform(-1, 1, (depth, d, d))
    if family == "sines":
        a, b = rng.uniform(-1, 1, (3, d, d)), rng.uniform(0, 2 * np.pi, (3, d, d))
        waves = [a[j] * np.sin(2 * np.pi * (j + 1) * s[:, None, None] + b[j]) for j in range(3)]
        return np.asarray(sum(waves))
    frequencies = rng.normal(size=FEATURES) / 0.1
    phases, sizes = rng.uniform(0, 2 * np.pi, FEATURES), rng.normal(size=(FEATURES, d, d))
    features = np.sqrt(2 / FEATURES) * np.cos(s[:, None] * frequencies + phases)
    return np.asarray(np.tensordot(features, sizes, axes=1) / np.sqrt(d))


def largest_step(weights: Array) -> float:
    """K_W = L max_k |W_{k+1} − W_k|, the largest entry in absolute value."""
    return float(len(weights) * np.max(np.abs(np.diff(weights, axis=0))))


def norms(weights: Array) -> tuple[float, float]:
    """R_W = max_k ‖W_k‖_{1,1} and K_W."""
    return float(np.max(np.sum(np.abs(weights), axis=(1, 2)))), largest_step(weights)
