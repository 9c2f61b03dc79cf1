r"""Compiled: units of a planar flow whose parameters move in time, forwards and backwards, for one member's samples.

For the state y = (z_1, z_2, ℓ) of every sample, with v_n = g_n u_n,

    z' = Σ_n v_n h_n,   ℓ' = −Σ_n (1 − h_n²) κ_n,   h_n = tanh(w_nᵀz + b_n),
    κ_n = v_nᵀw_n + e (v_n1 w_n2 + v_n2 w_n1).

e = 0 is the trace.  For signs ε, εᵀ(v wᵀ)ε is κ with e = ε_1 ε_2, since ε_i² = 1: Hutchinson's estimate in the plane.
The 6 M numbers (w_1, w_2, u_1, u_2, b, G), g = sigmoid(G), are c + Bᵀ tanh(A t + a), where B acts on the last Q of
them: Q = M moves the gates alone, (28); Q = 6 M moves everything, the hyper-network of the public example.

θ is flat: c (6 M), B (H x Q), A (H), a (H).  Arrays are (what) x samples; `scratch` is what `scratch_of` makes.
"""

from __future__ import annotations

import math

import numpy as np

from systems.training.kernels import compiled, numba

exact = numba.njit(error_model="numpy", nogil=True, cache=True)
fused = numba.njit(fastmath={"contract"}, error_model="numpy", nogil=True, cache=True)
"""Compiled without reordering, and with fused multiply-adds.  `compiled`, which reorders sums, is for sums alone, in
loops that store nothing: elsewhere the order depends on where arrays lie in memory and on what was compiled before, and
with it the bits."""
C = tuple(1.0 / math.factorial(k) for k in range(15))
"""Taylor's coefficients of the exponential."""


@fused
def tanh_into(s, h):  # type: ignore[no-untyped-def]
    """h ← tanh s to 1e-14, in vector instructions: 1 − 2/(E + 1), E = exp(2s) by Taylor at s/32 and six squarings."""
    for i in range(s.size):
        x = min(max(s[i], -20.0), 20.0) * (1.0 / 32.0)
        p = C[14]
        for k in range(13, -1, -1):
            p = p * x + C[k]
        p *= p
        p *= p
        p *= p
        p *= p
        p *= p
        p *= p
        h[i] = 1.0 - 2.0 / (p + 1.0)


@compiled
def total(a):  # type: ignore[no-untyped-def]
    """Σ a_i."""
    found = 0.0
    for i in range(a.size):
        found += a[i]
    return found


@compiled
def dot(a, b):  # type: ignore[no-untyped-def]
    """Σ a_i b_i."""
    found = 0.0
    for i in range(a.size):
        found += a[i] * b[i]
    return found


@exact
def scratch_of(M, H, N):  # type: ignore[no-untyped-def]
    """The 6 M numbers at a time, the hidden units, the activations, two rows of samples, and gradients of the 6 M."""
    return np.empty((6, M)), np.empty(H), np.empty((M, N)), np.empty((2, N)), np.empty((6, M))


@exact
def units_at(t, theta, Q, scratch):  # type: ignore[no-untyped-def]
    """The units' numbers at the time t, gates through the sigmoid."""
    p, r, _, _, _ = scratch
    M, H = p.shape[1], r.size
    flat, B, A, a = p.reshape(-1), 6 * M, 6 * M + H * Q, 6 * M + H * Q + H
    for j in range(6 * M):
        flat[j] = theta[j]
    for k in range(H):
        r[k] = np.tanh(theta[A + k] * t + theta[a + k])
        for j in range(Q):
            flat[6 * M - Q + j] += theta[B + k * Q + j] * r[k]
    for n in range(M):
        p[5, n] = 1.0 / (1.0 + np.exp(-p[5, n]))


@fused
def rate(t, y, e, theta, Q, scratch, out):  # type: ignore[no-untyped-def]
    """out ← y' (both 3 x N) at the time t; the activations stay in the scratch."""
    units_at(t, theta, Q, scratch)
    p, _, acts, rows, _ = scratch
    x, N, z0, z1, f0, f1, f2 = rows[0], e.size, y[0], y[1], out[0], out[1], out[2]
    for i in range(N):
        f0[i], f1[i], f2[i] = 0.0, 0.0, 0.0
    for n in range(p.shape[1]):
        w0, w1, v0, v1, bias, h = p[0, n], p[1, n], p[5, n] * p[2, n], p[5, n] * p[3, n], p[4, n], acts[n]
        for i in range(N):
            x[i] = w0 * z0[i] + w1 * z1[i] + bias
        tanh_into(x, h)
        kappa, mixed = v0 * w0 + v1 * w1, v0 * w1 + v1 * w0
        for i in range(N):
            f0[i] += v0 * h[i]
            f1[i] += v1 * h[i]
            f2[i] -= (1.0 - h[i] * h[i]) * (kappa + e[i] * mixed)


@fused
def pull(t, y, e, theta, Q, scratch, cot, dy, dtheta):  # type: ignore[no-untyped-def]
    """Gradients of Σ cot · y' after `rate` at the same place: dy and dtheta are overwritten, that in t is returned."""
    p, r, acts, rows, dp = scratch
    M, H, N, q, s = p.shape[1], r.size, e.size, rows[0], rows[1]
    z0, z1, a0, a1, a2, d0, d1, d2 = y[0], y[1], cot[0], cot[1], cot[2], dy[0], dy[1], dy[2]
    for i in range(N):
        d0[i], d1[i], d2[i] = 0.0, 0.0, 0.0
    for n in range(M):
        w0, w1, u0, u1, g, h = p[0, n], p[1, n], p[2, n], p[3, n], p[5, n], acts[n]
        v0, v1 = g * u0, g * u1
        kappa, mixed = v0 * w0 + v1 * w1, v0 * w1 + v1 * w0
        for i in range(N):
            slope = 1.0 - h[i] * h[i]
            s[i] = a2[i] * slope
            q[i] = slope * (a0[i] * v0 + a1[i] * v1 + 2.0 * a2[i] * h[i] * (kappa + e[i] * mixed))
            d0[i] += q[i] * w0
            d1[i] += q[i] * w1
        s_sum, s_e, h_a0, h_a1 = total(s), dot(s, e), dot(h, a0), dot(h, a1)
        dv0, dv1 = h_a0 - s_sum * w0 - s_e * w1, h_a1 - s_sum * w1 - s_e * w0
        dp[0, n], dp[1, n] = dot(q, z0) - s_sum * v0 - s_e * v1, dot(q, z1) - s_sum * v1 - s_e * v0
        dp[2, n], dp[3, n], dp[4, n] = g * dv0, g * dv1, total(q)
        dp[5, n] = (u0 * dv0 + u1 * dv1) * g * (1.0 - g)
    flat, B, A, a = dp.reshape(-1), 6 * M, 6 * M + H * Q, 6 * M + H * Q + H
    for j in range(6 * M):
        dtheta[j] = flat[j]
    dt = 0.0
    for k in range(H):
        for j in range(Q):
            dtheta[B + k * Q + j] = r[k] * flat[6 * M - Q + j]
        through = dot(theta[B + k * Q : B + k * Q + Q], flat[6 * M - Q :])
        through *= 1.0 - r[k] * r[k]
        dtheta[a + k], dtheta[A + k] = through, through * t
        dt += through * theta[A + k]
    return dt
