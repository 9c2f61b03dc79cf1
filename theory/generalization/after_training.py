r"""Bounds at the norms that a network has after training, what they cost, and all bounds on one network side by side.

Symbols and source: `gronwall.theory.generalization.bounds`.
"""

from __future__ import annotations

import math
from typing import Any

from gronwall.theory.arithmetic import log, sqrt
from gronwall.theory.generalization.bounds import Terms, network_growth, resnet_bound
from gronwall.theory.generalization.recalled import recalled_network

__all__ = ["adapted", "coded_bound", "table_row"]


def adapted(R: float, K: float, R_0: float = 1.0, K_0: float = 1.0) -> tuple[float, float, float]:
    r"""(R̂, K̂, w): the least R̂ = R_0 2^a >= R and K̂ = K_0 2^b >= K, and the share w of δ that they are given.

    w = 1/((a+1)(a+2)(b+1)(b+2)), a, b >= 0, sums to one.  So any bound for fixed (R, K), taken at (R̂, K̂) with wδ for
    δ, holds with probability >= 1 − δ for all networks at once, each with the norms that it has after training.
    """
    a, b = _doublings(R, R_0), _doublings(K, K_0)
    return R_0 * 2.0**a, K_0 * 2.0**b, 1.0 / ((a + 1) * (a + 2) * (b + 1) * (b + 2))


def _doublings(x: float, start: float) -> int:
    """The least a >= 0 with start · 2^a >= x."""
    if not math.isfinite(x) or start <= 0:
        raise ValueError(f"got the norm {x!r} and the first radius {start!r}: expected finite and positive")
    a = 0
    while start * 2.0**a < x:
        a += 1
    return a


def coded_bound(
    n: Any, delta: Any, parameter_nats: Any, smoothness_nats: Any, loss_range: Any, shift: Any = 0.0
) -> Terms:
    r"""Occam: risk of the decoded network − empirical risk of the trained one <= shift + B((ℓ + log(1/δ))/(2n))^(1/2).

    The network is written down after training in a prefix code of ℓ = `parameter_nats` + `smoothness_nats` nats (for
    instance the signs of its Kolmogorov–Tikhomirov centre, `code_length`, and the share log(1/w) of `adapted`).  Codes
    with Σ e^{−ℓ} <= 1 exist before the data, so Hoeffding with δ e^{−ℓ} for each and a union bound give it for all of
    them.  The loss is cut at B = `loss_range`; shift >= the change of the empirical risk from the trained to the
    decoded network, measured, or K_ℓ times the mean of `perturbation`.  Nothing here is exponential in ‖W‖_{1,1}.
    It speaks of the decoded network; for the trained one add what its risk differs by.
    """
    p, s, c = (loss_range * sqrt(x / (2 * n)) for x in (parameter_nats, smoothness_nats, log(1 / delta)))
    joint = loss_range * sqrt((parameter_nats + smoothness_nats + log(1 / delta)) / (2 * n))
    return Terms(shift + 0 * p, p, s, c, shift + joint)


def table_row(
    *, n: int, delta: float, d: int, L: int, R_W: float, K_W: float, K_sigma: float = 1.0, K_loss: float = 1.0,
    R_X: float = 1.0, R_Y: float = 1.0,
) -> dict[str, dict[str, float]]:  # fmt: skip
    """The bounds on one network side by side: its measured norms R_W, K_W go in, the terms of each bound come out.

    recalled, provable, chained: for a class fixed before training with these very norms.  adapted, adapted chained:
    for the norms as measured after training, with the price of that.  trivial: M_ℓ, which no training can exceed.
    """
    network: dict[str, Any] = {"n": float(n), "d": d, "K_sigma": K_sigma, "K_loss": K_loss, "R_X": R_X, "R_Y": R_Y}
    R, K, share = adapted(R_W, K_W)
    given: dict[str, Any] = {"delta": delta, "R_W": R_W, "K_W": K_W, **network}
    paid: dict[str, Any] = {"delta": delta * share, "R_W": R, "K_W": K, **network}
    trivial = K_loss * (R_X * network_growth(R_W, K_sigma, L) + R_Y)
    rows = {
        "recalled": recalled_network(**given),
        "provable": resnet_bound(L=L, **given),
        "chained": resnet_bound(L=L, route="chained", **given),
        "adapted": resnet_bound(L=L, **paid),
        "adapted chained": resnet_bound(L=L, route="chained", **paid),
    }
    return {name: terms.as_dict() for name, terms in rows.items()} | {"trivial": {"total": float(trivial)}}
