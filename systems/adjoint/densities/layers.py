r"""Compiled: planar layers and their gradients, the potentials of the targets, and the trainings of both kinds of flow.

A layer is z ← z + û tanh(wᵀz + b), ℓ ← ℓ + log(1 + (1 − h²) wᵀû), with û = u + (m(wᵀu) − wᵀu) w/‖w‖² and
m(x) = −1 + log(1 + e^x), so that wᵀû > −1 and every layer can be inverted (Rezende, Mohamed 2015, recalled).

The loss of a flow on a target (kind 0, 1, 2) is E[U(z) + log q(z)], z carried from N(0, I), without the constant of
log N; with kind −1 the samples are data, carried to z, and the loss is −E log p(x).
"""

from __future__ import annotations

import numpy as np

from systems.adjoint.densities.kernels import dot, exact, fused, tanh_into, total
from systems.adjoint.densities.solver import adjoint, flow

LOG2PI = float(np.log(2 * np.pi))


@fused
def layers(z, w, u, b, states, acts, hat, logdet):  # type: ignore[no-untyped-def]
    """z (2 x N) through K layers; states (K + 1) x 2 x N, acts K x N, hat 2 x K and logdet N are filled."""
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
def layers_pull(w, u, states, acts, hat, cot, along, dw, du, db):  # type: ignore[no-untyped-def]
    """Gradients of Σ_i cot_i · z_K,i + along Σ_i logdet_i in the weights; cot (2 x N) is carried back."""
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
    """U and its gradient at a point; the formulas stand in `density_models.POTENTIALS`."""
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
def train_layers(x, kind, w, u, b, m, v, lr, momentum, losses):  # type: ignore[no-untyped-def]
    """RMSprop with momentum (decay 0.99, ε 1e-8, as in torch) on one member, one step a batch, x: steps x 2 x N.

    In place; m and v: 2 x 5 x K.  Gives how many steps were made before the loss left the floats.
    """
    steps, _, N = x.shape
    K = b.size
    states, acts, hat, logdet = np.empty((K + 1, 2, N)), np.empty((K, N)), np.empty((2, K)), np.empty(N)
    cot, d = np.empty((2, N)), np.empty((5, K))
    for step in range(steps):
        layers(x[step], w, u, b, states, acts, hat, logdet)
        loss = ends(kind, states[K], cot) - logdet.sum() / N
        if not np.isfinite(loss):
            return step
        losses[step] = loss
        layers_pull(w, u, states, acts, hat, cot, -1.0 / N, d[:2], d[2:4], d[4])
        for row in range(5):
            part = w[row] if row < 2 else u[row - 2] if row < 4 else b
            for k in range(K):
                v[row, k] = 0.99 * v[row, k] + 0.01 * d[row, k] * d[row, k]
                m[row, k] = momentum * m[row, k] + d[row, k] / (np.sqrt(v[row, k]) + 1e-8)
                part[k] -= lr * m[row, k]
    return steps


@exact
def train_flow(x, e, kind, theta, M, H, Q, m, v, lr, first, tol, most, losses, counts):  # type: ignore[no-untyped-def]
    """Adam (0.9, 0.999, 1e-8) on one member from its step `first` on, x: steps x 2 x N, e: steps x N; in place.

    counts: steps x 2, evaluations there and back.  Gives how many steps were made before the loss or the gradient left
    the floats or the solver gave up.
    """
    steps, _, N = x.shape
    delta = 1 if kind >= 0 else -1
    Y, cot, d = np.empty(3 * N), np.empty((3, N)), np.empty(theta.size)
    for step in range(steps):
        there = flow(delta, x[step], 0.0, 1.0, tol, most, e[step], theta, M, H, Q, Y)
        if there < 0:
            return step
        y = Y.reshape((3, N))
        loss = ends(kind, y[:2], cot[:2]) + y[2].sum() / N
        for i in range(N):
            cot[2, i] = 1.0 / N
        back = adjoint(delta, Y, cot.reshape(-1), 0.0, 1.0, tol, most, e[step], theta, M, H, Q, d)
        if back < 0 or not np.isfinite(loss):
            return step
        losses[step], counts[step, 0], counts[step, 1] = loss, there, back
        power = first + step + 1
        size, scale = lr / (1.0 - 0.9**power), 1.0 / (1.0 - 0.999**power)
        for j in range(theta.size):
            m[j] = 0.9 * m[j] + 0.1 * d[j]
            v[j] = 0.999 * v[j] + 0.001 * d[j] * d[j]
            theta[j] -= size * m[j] / (np.sqrt(v[j] * scale) + 1e-8)
    return steps
