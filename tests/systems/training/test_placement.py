"""The bits that the ensemble's kernels compute do not depend on where their arrays lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from systems.generalization import kernels as networks
from systems.training import kernels

PLACES = 40


def scattered(arrays, order):
    """Copies of the arrays side by side in one piece of memory, in some order, with gaps of a few entries."""
    rng, dtype = np.random.default_rng(order), arrays[0].dtype
    memory, at, found = np.empty(sum(a.size for a in arrays) + 16 * len(arrays), dtype), 0, list(arrays)
    for i in rng.permutation(len(arrays)):
        at += int(rng.integers(0, 16))
        found[i] = memory[at : at + arrays[i].size].reshape(arrays[i].shape)
        found[i][...] = arrays[i]
        at += arrays[i].size
    return found


def bits(arrays, compute):
    """What `compute` leaves in its arrays and returns, as bytes, over many placements."""
    seen = set()
    for order in range(PLACES):
        placed = scattered(arrays, order)
        told = compute(*placed)
        seen.add(b"".join(a.tobytes() for a in placed) + np.asarray(told, dtype=float).tobytes())
    return seen


DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [k for k in networks.PENALTIES if k != "none"])
def test_a_penalty_and_its_gradient(dtype, kind):
    rng = np.random.default_rng(5)
    W, into = (rng.normal(size=(7, 61)).astype(dtype) for _ in range(2))
    assert len(bits([W, into], lambda W, into: networks.penalty(W, networks.PENALTIES[kind], into, 0.3))) == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_of_either_optimiser(dtype):
    rng = np.random.default_rng(6)
    w, g, m, v = (rng.normal(size=(3, 61)).astype(dtype) for _ in range(4))
    lr, mu, nu, eps, decay = (np.full(3, value) for value in (1e-2, 0.9, 0.999, 1e-8, 1e-3))

    def adam(w, g, m, v):
        kernels.adam(w, g, m, v, kernels.Rates(lr, mu, nu, eps, decay), 3)
        return 0.0

    def sgd(w, g, m):
        kernels.sgd(w, g, m, lr, mu, decay)
        return 0.0

    assert len(bits([w, g, m, abs(v)], adam)) == 1
    assert len(bits([w, g, m], sgd)) == 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tied", [False, True])
def test_a_step_of_training_and_the_losses_at_the_end(dtype, tied):
    E, L, d, p, c, n, B = 2, 5, 7, 9, 3, 40, 13
    rng = np.random.default_rng(7)
    shapes = [(E, d, p), (E, 1 if tied else L, d, d), (E, c, d)]
    A, W, C, dA, dW, dC = (rng.normal(size=shape).astype(dtype) for shape in 2 * shapes)
    X, labels = rng.normal(size=(n, p)).astype(dtype), rng.integers(0, c, n)
    batch, kind = rng.integers(0, n, (E, B)), np.full(E, networks.FROBENIUS)

    def step(A, W, C, dA, dW, dC, X):
        losses = np.zeros(E)
        how = networks.How(L, 2, True, kind, np.full(E, 0.1))
        weights, slopes, images = networks.Weights(A, W, C), networks.Weights(dA, dW, dC), networks.Images(X, labels)
        networks.residual_step(weights, slopes, images, batch, how, losses)
        return losses

    def at_the_end(A, W, C, X):
        losses, right = np.zeros(E), np.zeros(E)
        networks.residual_losses(networks.Weights(A, W, C), networks.Images(X, labels), L, 16, losses, right)
        return np.concatenate([losses, right])

    assert len(bits([A, W, C, dA, dW, dC, X], step)) == 1
    assert len(bits([A, W, C, X], at_the_end)) == 1
