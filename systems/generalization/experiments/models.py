r"""The networks as they begin: projections, and weights that are a Gaussian process in depth.

A and C have Gaussian entries of variance one over their number of columns.  Each entry of the W_k is a Gaussian
process of its own in s = k/L,

    Cov(W_k, W_l) = exp(−(s_k − s_l)²/(2·0.1²)) / d,

and a tied network has one matrix with iid entries of variance 1/d.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from torch import Tensor

LENGTH_SCALE = 0.1
CLASSES = 10


@cache
def root_of_the_covariance(depth: int) -> np.ndarray:
    """K^{1/2}, symmetric, for the covariance K of the Gaussian process at the first L of L + 1 points of [0, 1]."""
    s = np.linspace(0, 1, depth + 1)[:depth]
    K = np.exp(-((s[:, None] - s) ** 2) / (2 * LENGTH_SCALE**2))
    values, vectors = np.linalg.eigh(K)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def gaussian_process(rng: np.random.Generator, depth: int, width: int) -> np.ndarray:
    """W_1 … W_L whose entries are independent Gaussian processes in depth, of variance 1/width: L x d x d."""
    noise = rng.normal(size=(depth, width * width))
    return (root_of_the_covariance(depth) @ noise).reshape(depth, width, width) / np.sqrt(width)


def beginning(
    rng: np.random.Generator, depth: int, width: int, inputs: int, *, tied: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A, W, C of one network; what is drawn for A and C depends neither on the depth nor on whether W is tied."""
    A = rng.normal(size=(width, inputs)) / np.sqrt(inputs)
    C = rng.normal(size=(CLASSES, width)) / np.sqrt(width)
    W = rng.normal(size=(1, width, width)) / np.sqrt(width) if tied else gaussian_process(rng, depth, width)
    return A, W, C


def largest_difference(W: Tensor, *, absolute: bool = True) -> np.ndarray:
    """max_k,ij |W_{k+1} − W_k|_ij of each member, or without the absolute value, as the authors' code logs it."""
    if W.shape[1] < 2:
        return np.zeros(len(W))
    differences = W[:, 1:] - W[:, :-1]
    return (differences.abs() if absolute else differences).amax(dim=(1, 2, 3)).numpy().astype(float)
