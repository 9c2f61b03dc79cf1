r"""The bounds of Marion 2023 as recalled, their constants not seen.

Symbols and source: `gronwall.theory.generalization.bounds`.
"""

from __future__ import annotations

from typing import Any

from gronwall.theory.arithmetic import exp, log, maximum, scalar, sqrt
from gronwall.theory.generalization.bounds import Terms

__all__ = ["recalled_network", "recalled_neural_ode", "recalled_ode"]


def _recalled(n: Any, delta: Any, B: Any, parameters: Any, smoothness: Any) -> Terms:
    a, b, c = B * parameters, B * smoothness, B * sqrt(log(1 / delta) / n)
    return Terms(0 * B, a, b, c, a + b + c)


def recalled_ode(
    *, n: Any, delta: Any, m: Any, R: Any, K: Any, K_f: Any, M: Any, K_loss: Any, R_X: Any, R_Y: Any
) -> Terms:
    r"""Theorem 1 as recalled, not seen: B(((m + 1) log(Rmn)/n)^(1/2) + m K^(1/2)/n^(1/4) + (log(1/δ)/n)^(1/2)).

    B = 6 K_ℓ K_f e^{K_f R}(R_X + M R e^{K_f R} + R_Y), for n >= 9 max(m⁻²R⁻², 1).  It tends to 0 with K_f, while the
    risk does not: false for small K_f, so either K_f >= 1 is meant or a maximum with 1 has been forgotten.
    """
    B = 6 * K_loss * K_f * exp(K_f * R) * (R_X + M * R * exp(K_f * R) + R_Y)
    return _recalled(n, delta, B, sqrt((m + 1) * log(R * m * n) / n), m * sqrt(K) / sqrt(sqrt(n)))


def recalled_neural_ode(
    *, n: Any, delta: Any, d: int, R_W: Any, K_W: Any, K_sigma: Any, K_loss: Any, R_X: Any, R_Y: Any
) -> Terms:
    r"""The corollary as recalled: B((d + 1)(log(R_W d n)/n)^(1/2) + d² K_W^(1/2)/n^(1/4) + (log(1/δ)/n)^(1/2)).

    B = 6√2 K_ℓ K_σ e^{K_σ R_W}(R_X + M R_W e^{K_σ R_W} + R_Y), M = K_σ R_X.
    """
    B = 6 * sqrt(scalar(2, R_W)) * K_loss * K_sigma * exp(K_sigma * R_W)
    B = B * (R_X + K_sigma * R_X * R_W * exp(K_sigma * R_W) + R_Y)
    return _recalled(n, delta, B, (d + 1) * sqrt(log(R_W * d * n) / n), d * d * sqrt(K_W) / sqrt(sqrt(n)))


def recalled_network(
    *, n: Any, delta: Any, d: int, R_W: Any, K_W: Any, K_sigma: Any, K_loss: Any, R_X: Any, R_Y: Any
) -> Terms:
    r"""Theorem 2 as recalled: C((d + 1)(log(R_W d n)/n)^(1/2) + d² K_W^(1/2)/n^(1/4) + (log(1/δ)/n)^(1/2)).

    C = 6√2 K_ℓ max(e^{K_σ R_W}/R_W, 1)(R_X e^{K_σ R_W} + R_Y), for n >= 9 R_W⁻¹ max(d⁻⁴R_W⁻¹, K_W).
    """
    q = exp(K_sigma * R_W)
    C = 6 * sqrt(scalar(2, R_W)) * K_loss * maximum(q / R_W, 1) * (R_X * q + R_Y)
    return _recalled(n, delta, C, (d + 1) * sqrt(log(R_W * d * n) / n), d * d * sqrt(K_W) / sqrt(sqrt(n)))
