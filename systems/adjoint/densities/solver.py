r"""Compiled: dopri5 for one member's flow and for its continuous adjoint, the algorithm of `systems.solving.lockstep`.

`systems.solving.lockstep` moves many members together through torch; for flows as small as these its calls cost several
times the arithmetic.  Here a member is solved at a time and nothing is called in between.  Tableau, norms, first step,
controller and interpolation are those of torchdiffeq 0.2.5; `tests/systems/adjoint/test_densities.py` compares states,
gradients and counts with it.

A direction δ = 1 goes from t = 0 (noise) to 1 (data), δ = −1 back.  In τ, the field is F(τ) = δ f(t), t = τ or 1 − τ,
and the adjoint in σ = −τ of the state (y, α, ∂L/∂τ, ∂L/∂θ) is (−F, δ α f_y, α f_t, δ α f_θ).
"""

from __future__ import annotations

import numpy as np

from systems.adjoint.densities.kernels import exact, pull, rate, scratch_of
from systems.solving.lockstep import ALPHA, ERROR, GROW, MIDDLE, ORDER, SAFETY, SHRINK
from systems.solving.lockstep import BETA as ROWS
from systems.training.kernels import compiled

BETA = np.zeros((6, 6))
for _i, _row in enumerate(ROWS):
    BETA[_i, : _row.numel()] = _row.numpy().ravel()
NODES, ERRORS, CENTRE = np.array(ALPHA), ERROR.numpy().ravel().copy(), MIDDLE.numpy().ravel().copy()


@exact
def right(back, delta, tau, Y, e, theta, Q, scratch, out):  # type: ignore[no-untyped-def]
    """out ← the derivative of Y: the flow in τ, or with `back` the adjoint, whose clock is σ = −τ."""
    N = e.size
    at = -tau if back else tau
    t = at if delta > 0 else 1.0 - at
    y, f = Y[: 3 * N].reshape((3, N)), out[: 3 * N].reshape((3, N))
    rate(t, y, e, theta, Q, scratch, f)
    turn = -delta if back else delta
    if turn < 0:
        for i in range(3 * N):
            out[i] = -out[i]
    if back:
        cot, dy = Y[3 * N : 6 * N].reshape((3, N)), out[3 * N : 6 * N].reshape((3, N))
        out[6 * N] = pull(t, y, e, theta, Q, scratch, cot, dy, out[6 * N + 1 :])
        if delta < 0:
            for i in range(3 * N, 6 * N):
                out[i] = -out[i]
            for i in range(6 * N + 1, out.size):
                out[i] = -out[i]


@compiled
def norm(v, scale, ends):  # type: ignore[no-untyped-def]
    """The largest root mean square of v/scale over the segments that end at `ends`."""
    most, start = 0.0, 0
    for end in ends:
        total = 0.0
        for i in range(start, end):
            x = v[i] / scale[i]
            total += x * x
        rms = np.sqrt(total / (end - start))
        if not rms <= most:  # NaN too
            most = rms
        start = end
    return most


@exact
def dopri5(back, delta, Y, start, end, tol, ends, most, e, theta, Q, scratch):  # type: ignore[no-untyped-def]
    """Y ← the solution at `end` from Y at `start`; how many evaluations it took, or −1: too many steps, underflow."""
    D = Y.size
    K, new, scale, diff = np.empty((7, D)), np.empty(D), np.empty(D), np.empty(D)
    t = start
    right(back, delta, t, Y, e, theta, Q, scratch, K[0])
    # Hairer, Nørsett, Wanner II.4
    for i in range(D):
        scale[i] = tol + tol * abs(Y[i])
    d0, d1 = norm(Y, scale, ends), norm(K[0], scale, ends)
    h = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    for i in range(D):
        new[i] = Y[i] + h * K[0, i]
    right(back, delta, t + h, new, e, theta, Q, scratch, K[1])
    for i in range(D):
        diff[i] = K[1, i] - K[0, i]
    d2 = norm(diff, scale, ends) / h
    larger = max(1e-6, h * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** (1.0 / ORDER)
    h = min(100.0 * h, larger)
    count = 2
    for _ in range(most):
        if not (np.isfinite(h) and t + h > t):
            return -1
        for stage in range(6):
            for i in range(D):
                new[i] = Y[i]
            for j in range(stage + 1):
                x = h * BETA[stage, j]
                if x != 0.0:
                    for i in range(D):
                        new[i] += x * K[j, i]
            right(back, delta, t + NODES[stage] * h, new, e, theta, Q, scratch, K[stage + 1])
        count += 6
        for i in range(D):
            diff[i] = 0.0
            scale[i] = tol + tol * max(abs(Y[i]), abs(new[i]))
        for j in range(7):
            x = h * ERRORS[j]
            for i in range(D):
                diff[i] += x * K[j, i]
        ratio = norm(diff, scale, ends)
        if not np.isfinite(ratio):
            ratio = 1e30
        if ratio <= 1.0:
            if t + h >= end:
                x = (end - t) / h
                for i in range(D):
                    middle = Y[i]
                    for j in range(7):
                        middle += h * CENTRE[j] * K[j, i]
                    f0, f1 = h * K[0, i], h * K[6, i]
                    a = 2 * (f1 - f0) - 8 * (new[i] + Y[i]) + 16 * middle
                    b = 5 * f0 - 3 * f1 + 18 * Y[i] + 14 * new[i] - 32 * middle
                    c = f1 - 4 * f0 - 11 * Y[i] - 5 * new[i] + 16 * middle
                    Y[i] += x * (f0 + x * (c + x * (b + x * a)))
                return count
            t += h
            for i in range(D):
                Y[i], K[0, i] = new[i], K[6, i]
        factor = SAFETY / max(ratio, 1e-30) ** (1.0 / ORDER)
        h *= min(GROW, max(factor, 1.0 if ratio < 1.0 else SHRINK))
    return -1


@exact
def flow(delta, z, start, end, tol, most, e, theta, M, H, Q, Y):  # type: ignore[no-untyped-def]
    """Y (3 N) ← (z, 0) carried in direction δ from τ = `start` to `end`; evaluations, or −1."""
    N = e.size
    for i in range(2 * N):
        Y[i] = z.reshape(-1)[i]
    for i in range(2 * N, 3 * N):
        Y[i] = 0.0
    return dopri5(False, delta, Y, start, end, tol, np.array([3 * N]), most, e, theta, Q, scratch_of(M, H, N))


@exact
def adjoint(delta, Y, cot, start, end, tol, most, e, theta, M, H, Q, into):  # type: ignore[no-untyped-def]
    """into ← ∂L/∂θ for cot = ∂L/∂Y at τ = `end`, and cot ← ∂L/∂Y at `start`; evaluations, or −1."""
    N, P = e.size, theta.size
    G = np.zeros(6 * N + 1 + P)
    for i in range(3 * N):
        G[i], G[3 * N + i] = Y[i], cot[i]
    lengths = np.array([3 * N, 3 * N, 1, 2 * M, 2 * M, M, M, H * Q, H, H])
    count = dopri5(True, delta, G, -end, -start, tol, np.cumsum(lengths), most, e, theta, Q, scratch_of(M, H, N))
    for i in range(3 * N):
        cot[i] = G[3 * N + i]
    for j in range(P):
        into[j] = G[6 * N + 1 + j]
    return count
