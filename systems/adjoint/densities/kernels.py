r"""Compiled: units of a planar flow whose parameters move in time, forwards and backwards, for one member's samples.

For the state y = (z_1, z_2, ℓ) of every sample, with v_n = g_n u_n,

    z' = Σ_n v_n h_n,   ℓ' = −Σ_n (1 − h_n²) κ_n,   h_n = tanh(w_nᵀz + b_n),
    κ_n = v_nᵀw_n + e (v_n1 w_n2 + v_n2 w_n1).

e = 0 is the trace.  For signs ε, εᵀ(v wᵀ)ε is κ with e = ε_1 ε_2, since ε_i² = 1: Hutchinson's estimate in the plane.
The 6 M numbers (w_1, w_2, u_1, u_2, b, G), g = sigmoid(G), are c + Bᵀ tanh(A t + a), where B acts on the last Q of
them: Q = M moves the gates alone, (28); Q = 6 M moves everything, the hyper-network of the public example.

θ is flat: c (6 M), B (H x Q), A (H), a (H).  Arrays are (what) x samples; `scratch` is what `scratch_of` makes.

A direction δ = 1 goes from t = 0 (noise) to 1 (data), δ = −1 back.  In τ, the field is F(τ) = δ f(t), t = τ or 1 − τ,
and the adjoint in σ = −τ of the state (y, α, ∂L/∂τ, ∂L/∂θ) is (−F, δ α f_y, α f_t, δ α f_θ).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from systems.solving.compiled import Asked, solver_of
from systems.training.compiled import compiled, exact, fused

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


class Units(NamedTuple):
    """θ of a flow, its units M, the hidden units H of the network that moves Q of their 6 M numbers."""

    theta: np.ndarray
    count: int
    hidden: int
    moving: int


class Member(NamedTuple):
    """Units, e of each sample, and the direction δ."""

    units: Units
    e: np.ndarray
    delta: int


class Scratch(NamedTuple):
    """The 6 M numbers at a time, the hidden units, the activations, two rows of samples, and gradients of the 6 M."""

    numbers: np.ndarray
    hidden: np.ndarray
    acts: np.ndarray
    rows: np.ndarray
    slopes: np.ndarray


class Carried(NamedTuple):
    """What the derivative of a state depends on; with `back` the state is that of the adjoint."""

    back: bool
    member: Member
    scratch: Scratch


@exact
def scratch_of(M, H, N):  # type: ignore[no-untyped-def]
    """Scratch for M units, H hidden ones and N samples."""
    return Scratch(np.empty((6, M)), np.empty(H), np.empty((M, N)), np.empty((2, N)), np.empty((6, M)))


@exact
def units_at(t, units, scratch):  # type: ignore[no-untyped-def]
    """The units' numbers at the time t, gates through the sigmoid."""
    p, r, theta, Q = scratch.numbers, scratch.hidden, units.theta, units.moving
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
def rate(t, y, member, scratch, out):  # type: ignore[no-untyped-def]
    """out ← y' (both 3 x N) at the time t; the activations stay in the scratch."""
    units_at(t, member.units, scratch)
    p, acts, rows, e = scratch.numbers, scratch.acts, scratch.rows, member.e
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
def pull(t, y, cot, member, scratch, into):  # type: ignore[no-untyped-def]
    """Gradients of Σ cot · y' after `rate` at the same place: into ← those in y (3 N), in t (1), in θ."""
    (theta, _, _, Q), e, _ = member
    p, r, acts, rows, dp = scratch
    dy, dtheta = into[: 3 * e.size].reshape((3, e.size)), into[3 * e.size + 1 :]
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
    into[3 * N] = dt


# ---------------------------------------------------------------- solved by dopri5


@exact
def right(tau, Y, carried, out):  # type: ignore[no-untyped-def]
    """out ← the derivative of Y: the flow in τ, or the adjoint, whose clock is σ = −τ."""
    back, member, scratch = carried
    N, delta = member.e.size, member.delta
    at = -tau if back else tau
    t = at if delta > 0 else 1.0 - at
    y, f = Y[: 3 * N].reshape((3, N)), out[: 3 * N].reshape((3, N))
    rate(t, y, member, scratch, f)
    turn = -delta if back else delta
    if turn < 0:
        for i in range(3 * N):
            out[i] = -out[i]
    if back:
        pull(t, y, Y[3 * N : 6 * N].reshape((3, N)), member, scratch, out[3 * N :])
        if delta < 0:
            for i in range(3 * N, 6 * N):
                out[i] = -out[i]
            for i in range(6 * N + 1, out.size):
                out[i] = -out[i]


solved = solver_of(right)


@exact
def flow(z, member, asked, Y):  # type: ignore[no-untyped-def]
    """Y (3 N) ← (z, 0) carried in direction δ from τ = start to end; evaluations, or −1."""
    N, units = member.e.size, member.units
    for i in range(2 * N):
        Y[i] = z.reshape(-1)[i]
    for i in range(2 * N, 3 * N):
        Y[i] = 0.0
    return solved(Carried(False, member, scratch_of(units.count, units.hidden, N)), Y, np.array([3 * N]), asked)


@exact
def adjoint(Y, cot, member, asked, into):  # type: ignore[no-untyped-def]
    """into ← ∂L/∂θ for cot = ∂L/∂Y at τ = end, and cot ← ∂L/∂Y at the start; evaluations, or −1."""
    units = member.units
    (theta, M, H, Q), N = units, member.e.size
    G = np.zeros(6 * N + 1 + theta.size)
    for i in range(3 * N):
        G[i], G[3 * N + i] = Y[i], cot[i]
    ends = np.cumsum(np.array([3 * N, 3 * N, 1, 2 * M, 2 * M, M, M, H * Q, H, H]))
    backwards = Asked(-asked.end, -asked.start, asked.tol, asked.most, asked.method)
    count = solved(Carried(True, member, scratch_of(M, H, N)), G, ends, backwards)
    for i in range(3 * N):
        cot[i] = G[3 * N + i]
    for j in range(theta.size):
        into[j] = G[6 * N + 1 + j]
    return count
