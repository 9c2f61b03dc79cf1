r"""Compiled: planar layers and their gradients, the potentials of the targets, and the trainings of both kinds of flow.

A layer is z ← z + û tanh(wᵀz + b), ℓ ← ℓ + log(1 + (1 − h²) wᵀû), with û = u + (m(wᵀu) − wᵀu) w/‖w‖² and
m(x) = −1 + log(1 + e^x), so that wᵀû > −1 and every layer can be inverted (Rezende, Mohamed 2015, recalled).

The loss of a flow on a target (kind 0, 1, 2) is E[U(z) + log q(z)], z carried from N(0, I), without the constant of
log N; with kind −1 the samples are data, carried to z, and the loss is −E log p(x).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from systems.adjoint.densities.kernels import Member, adjoint, dot, flow, tanh_into, total
from systems.training.compiled import exact, fused

LOG2PI = float(np.log(2 * np.pi))


class Weights(NamedTuple):
    """w and u (2 x K) and b (K) of K layers, or the gradients in them."""

    w: np.ndarray
    u: np.ndarray
    b: np.ndarray


class Passed(NamedTuple):
    """What K layers leave behind of N samples: states (K + 1) x 2 x N, activations K x N, û 2 x K, log det N."""

    states: np.ndarray
    acts: np.ndarray
    hat: np.ndarray
    logdet: np.ndarray


class Moments(NamedTuple):
    """The two running means of an optimiser, of the shape of what it trains."""

    m: np.ndarray
    v: np.ndarray


class How(NamedTuple):
    """The target, −1 for data, the learning rate, the momentum of RMSprop or the steps that Adam has made."""

    kind: int
    lr: float
    momentum: float
    first: int


class Told(NamedTuple):
    """What a training tells of each step: its loss, and the evaluations there and back (steps x 2)."""

    losses: np.ndarray
    counts: np.ndarray


@exact
def passed_of(K, N):  # type: ignore[no-untyped-def]
    """Room for what K layers leave behind of N samples."""
    return Passed(np.empty((K + 1, 2, N)), np.empty((K, N)), np.empty((2, K)), np.empty(N))


@fused
def layers(z, weights, passed):  # type: ignore[no-untyped-def]
    """z (2 x N) through K layers; `passed` is filled."""
    (w, u, b), (states, acts, hat, logdet) = weights, passed
    K, N = acts.shape
    x, det = np.empty(N), np.empty(N)
    for i in range(N):
        states[0, 0, i], states[0, 1, i], logdet[i], det[i] = z[0, i], z[1, i], 0.0, 1.0
    for k in range(K):
        w0, w1, u0, u1 = w[0, k], w[1, k], u[0, k], u[1, k]
        inner = w0 * u0 + w1 * u1
        kappa = max(inner, 0.0) + np.log1p(np.exp(-abs(inner))) - 1.0
        lift = (kappa - inner) / (w0 * w0 + w1 * w1)
        hat[0, k], hat[1, k] = u0 + lift * w0, u1 + lift * w1
        z0, z1, h = states[k, 0], states[k, 1], acts[k]
        for i in range(N):
            x[i] = w0 * z0[i] + w1 * z1[i] + b[k]
        tanh_into(x, h)
        for i in range(N):
            states[k + 1, 0, i] = z0[i] + hat[0, k] * h[i]
            states[k + 1, 1, i] = z1[i] + hat[1, k] * h[i]
            det[i] *= 1.0 + (1.0 - h[i] * h[i]) * kappa
        if k % 8 == 7 or k == K - 1:
            for i in range(N):
                logdet[i] += np.log(det[i])
                det[i] = 1.0


@fused
def layers_pull(weights, passed, cot, along, into):  # type: ignore[no-untyped-def]
    """into ← gradients of Σ_i cot_i · z_K,i + along Σ_i logdet_i in the weights; cot (2 x N) is carried back."""
    (w, u, _), (states, acts, hat, _), (dw, du, db) = weights, passed, into
    K, N = acts.shape
    q, p = np.empty(N), np.empty(N)
    for k in range(K - 1, -1, -1):
        w0, w1, u0, u1, v0, v1 = w[0, k], w[1, k], u[0, k], u[1, k], hat[0, k], hat[1, k]
        inner, square = w0 * u0 + w1 * u1, w0 * w0 + w1 * w1
        kappa = max(inner, 0.0) + np.log1p(np.exp(-abs(inner))) - 1.0
        z0, z1, h, c0, c1 = states[k, 0], states[k, 1], acts[k], cot[0], cot[1]
        for i in range(N):
            slope = 1.0 - h[i] * h[i]
            p[i] = along * slope / (1.0 + slope * kappa)
            q[i] = slope * (c0[i] * v0 + c1[i] * v1) - 2.0 * h[i] * kappa * p[i]
        h_c0, h_c1, p_sum = dot(h, c0), dot(h, c1), total(p)
        for i in range(N):
            c0[i] += q[i] * w0
            c1[i] += q[i] * w1
        # û = u + s w, s = (m(x) − x)/‖w‖², x = wᵀu, κ = m(x): through s, x and ‖w‖²
        ds = h_c0 * w0 + h_c1 * w1
        s, sigmoid = (kappa - inner) / square, 1.0 / (1.0 + np.exp(-inner))
        dx = ds * (sigmoid - 1.0) / square + p_sum * sigmoid
        dsquare = -ds * s / square
        dw[0, k] = dot(q, z0) + s * h_c0 + dx * u0 + 2.0 * dsquare * w0
        dw[1, k] = dot(q, z1) + s * h_c1 + dx * u1 + 2.0 * dsquare * w1
        du[0, k], du[1, k], db[k] = h_c0 + dx * w0, h_c1 + dx * w1, total(q)


@exact
def potential(kind, x, y):  # type: ignore[no-untyped-def]
    """U and its gradient at a point; the formulas stand in `systems.adjoint.densities.models`."""
    if kind == 0:
        r = np.sqrt(x * x + y * y)
        a, b = -0.5 * ((x - 2.0) / 0.6) ** 2, -0.5 * ((x + 2.0) / 0.6) ** 2
        top = max(a, b)
        p, q = np.exp(a - top), np.exp(b - top)
        radial = (r - 2.0) / 0.16 / max(r, 1e-300)
        side = (p * (x - 2.0) + q * (x + 2.0)) / (0.36 * (p + q))
        return 0.5 * ((r - 2.0) / 0.4) ** 2 - top - np.log(p + q), radial * x + side, radial * y
    wave, slope = np.sin(0.5 * np.pi * x), 0.5 * np.pi * np.cos(0.5 * np.pi * x)
    over = max(abs(x) - 4.0, 0.0)
    wall, push = 0.5 * (over / 0.4) ** 2, over / 0.16 * (1.0 if x > 0 else -1.0)
    if kind == 1:
        d = (y - wave) / 0.4
        return 0.5 * d * d + wall, -d / 0.4 * slope + push, d / 0.4
    bump = 3.0 * np.exp(-0.5 * ((x - 1.0) / 0.6) ** 2)
    d, f = (y - wave) / 0.35, (y - wave + bump) / 0.35
    a, b = -0.5 * d * d, -0.5 * f * f
    top = max(a, b)
    p, q = np.exp(a - top), np.exp(b - top)
    dy = (p * d + q * f) / (0.35 * (p + q))
    dx = -dy * slope - q * f / (0.35 * (p + q)) * bump * (x - 1.0) / 0.36
    return -top - np.log(p + q) + wall, dx + push, dy


@exact
def ends(kind, z, cot):  # type: ignore[no-untyped-def]
    """The mean over the samples z (2 x N) of U, or of −log N(z) with kind −1; its gradient into cot (2 x N)."""
    N, total = z.shape[1], 0.0
    for i in range(N):
        if kind >= 0:
            U, g0, g1 = potential(kind, z[0, i], z[1, i])
        else:
            U, g0, g1 = 0.5 * (z[0, i] * z[0, i] + z[1, i] * z[1, i]) + LOG2PI, z[0, i], z[1, i]
        total += U / N
        cot[0, i], cot[1, i] = g0 / N, g1 / N
    return total


@exact
def train_layers(x, weights, moments, how, losses):  # type: ignore[no-untyped-def]
    """RMSprop with momentum (decay 0.99, ε 1e-8, as in torch) on one member, one step a batch, x: steps x 2 x N.

    In place; moments: 5 x K each.  Gives how many steps were made before the loss left the floats.
    """
    (steps, _, N), (w, u, b), (m, v) = x.shape, weights, moments
    K = b.size
    passed, cot, d = passed_of(K, N), np.empty((2, N)), np.empty((5, K))
    for step in range(steps):
        layers(x[step], weights, passed)
        loss = ends(how.kind, passed.states[K], cot) - passed.logdet.sum() / N
        if not np.isfinite(loss):
            return step
        losses[step] = loss
        layers_pull(weights, passed, cot, -1.0 / N, Weights(d[:2], d[2:4], d[4]))
        for row in range(5):
            part = w[row] if row < 2 else u[row - 2] if row < 4 else b
            for k in range(K):
                v[row, k] = 0.99 * v[row, k] + 0.01 * d[row, k] * d[row, k]
                m[row, k] = how.momentum * m[row, k] + d[row, k] / (np.sqrt(v[row, k]) + 1e-8)
                part[k] -= how.lr * m[row, k]
    return steps


@exact
def train_flow(drawn, units, moments, how, asked, told):  # type: ignore[no-untyped-def]
    """Adam (0.9, 0.999, 1e-8) on one member from its step `first` on, in place, one step a batch.

    drawn: x (steps x 2 x N) and e (steps x N).  Gives how many steps were made before the loss or the gradient left the
    floats or the solver gave up.
    """
    (x, e), (m, v), theta = drawn, moments, units.theta
    steps, _, N = x.shape
    Y, cot, d = np.empty(3 * N), np.empty((3, N)), np.empty(theta.size)
    for step in range(steps):
        member = Member(units, e[step], 1 if how.kind >= 0 else -1)
        there = flow(x[step], member, asked, Y)
        if there < 0:
            return step
        y = Y.reshape((3, N))
        loss = ends(how.kind, y[:2], cot[:2]) + y[2].sum() / N
        for i in range(N):
            cot[2, i] = 1.0 / N
        back = adjoint(Y, cot.reshape(-1), member, asked, d)
        if back < 0 or not np.isfinite(loss):
            return step
        told.losses[step], told.counts[step, 0], told.counts[step, 1] = loss, there, back
        power = how.first + step + 1
        size, scale = how.lr / (1.0 - 0.9**power), 1.0 / (1.0 - 0.999**power)
        for j in range(theta.size):
            m[j] = 0.9 * m[j] + 0.1 * d[j]
            v[j] = 0.999 * v[j] + 0.001 * d[j] * d[j]
            theta[j] -= size * m[j] / (np.sqrt(v[j] * scale) + 1e-8)
    return steps
