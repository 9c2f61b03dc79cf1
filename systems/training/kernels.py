r"""Compiled optimisers of the ensemble engine, Adam and SGD, every member by itself: the bits of a lone run.

Each entry of a parameter is updated by itself, in loops that LLVM turns into vector instructions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from systems.training.compiled import compiled, exact


class Rates(NamedTuple):
    """Adam's hyper-parameters, one a member."""

    lr: np.ndarray
    beta1: np.ndarray
    beta2: np.ndarray
    eps: np.ndarray
    decay: np.ndarray


@compiled
def adam(w, g, m, v, rates, step):  # type: ignore[no-untyped-def]
    r"""Adam's `step`-th step (from 1) in place, for E x P parameters w, gradients g and moments m, v.

    With ĝ = g + decay w,  m ← β₁m + (1 − β₁)ĝ,  v ← β₂v + (1 − β₂)ĝ²,
    w ← w − lr/(1 − β₁^t) m / ((v/(1 − β₂^t))^{1/2} + ε).
    """
    lr, beta1, beta2, eps, decay = rates
    for e in range(w.shape[0]):
        b1, b2 = w.dtype.type(beta1[e]), w.dtype.type(beta2[e])
        r1, r2 = w.dtype.type(1 - beta1[e]), w.dtype.type(1 - beta2[e])
        size = w.dtype.type(lr[e] / (1 - beta1[e] ** step))
        scale = w.dtype.type(1 / np.sqrt(1 - beta2[e] ** step))
        small, lam = w.dtype.type(eps[e]), w.dtype.type(decay[e])
        w_, g_, m_, v_ = w[e], g[e], m[e], v[e]
        for i in range(w.shape[1]):
            slope = g_[i] + lam * w_[i]
            m_[i] = b1 * m_[i] + r1 * slope
            v_[i] = b2 * v_[i] + r2 * slope * slope
            w_[i] -= size * m_[i] / (np.sqrt(v_[i]) * scale + small)


@exact  # no fused multiply-add, no reordering: torch's bits
def sgd(w, g, m, lr, momentum, decay):  # type: ignore[no-untyped-def]
    """m ← momentum m + g + decay w,  w ← w − lr m, in place, for E x P parameters; lr, momentum, decay one a member."""
    for e in range(w.shape[0]):
        size, mu, lam = w.dtype.type(lr[e]), w.dtype.type(momentum[e]), w.dtype.type(decay[e])
        w_, g_, m_ = w[e], g[e], m[e]
        for i in range(w.shape[1]):
            m_[i] = mu * m_[i] + (g_[i] + lam * w_[i])
            w_[i] -= size * m_[i]
