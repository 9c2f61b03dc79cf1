r"""A body that a flow u(x) carries, with masses m_i along the axes and a drag against the relative velocity.

    x' = v,   m_i v_i' = F_i − (c s + c_l) w_i,   w = v − u(x),   s = |w|.

Without a force and a flow: E = ½Σ m_i v_i² falls at the rate (c s + c_l)s² for constant masses; for one mass m(s),

    E' = s s'(m + ½ s m'),   s' = −(c s + c_l)s/m,

so that E may rise where m falls fast.  With constants a still fluid slows the body to

    s(t) = β s₀ e^{−βt}/(β + α s₀(1 − e^{−βt})),   α = c/m,  β = c_l/m.

Volumes of states (x, v) shrink at the rate

    −div f = (c s + c_l)(1/m_x + 1/m_y) + c(w_x²/m_x + w_y²/m_y)/s,     or 2κ + s κ' for κ(s) = (c s + c_l)/m(s),

while the flow itself keeps areas.  Trajectories say (c s + c_l)/m alone: masses and drag times a factor move alike, so of
(m, c, c_l) two can be had, three where a force is known.  In one place of an isotropic body accelerations point along w:
two of them, not parallel, meet in u(x).

Source: the equations of Zhang et al. (arXiv 2509.13783) in their released form; derived here.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

__all__ = ["acceleration", "contraction", "energy_rate", "met", "slowed", "speed_dependent_rate"]


def acceleration(
    w: Sequence[Any], s: Any, drag: tuple[Any, Any], masses: Sequence[Any], force: Sequence[Any] = (0, 0)
) -> list[Any]:
    """v_i' = (F_i − (c s + c_l) w_i)/m_i; drag = (c, c_l), s = |w|."""
    c, c_l = drag
    return [(F - (c * s + c_l) * w_i) / m for F, w_i, m in zip(force, w, masses, strict=True)]


def energy_rate(s: Any, drag: tuple[Any, Any]) -> Any:
    """E' = −(c s + c_l)s², in still water with constant masses."""
    c, c_l = drag
    return -(c * s + c_l) * s**2


def speed_dependent_rate(s: Any, drag: tuple[Any, Any], m: Any) -> Any:
    """E' = s s'(m + ½ s m'), s' = −(c s + c_l)s/m; m: an expression in the symbol s."""
    c, c_l = drag
    slowing = -(c * s + c_l) * s / m
    return s * slowing * (m + s * sp.diff(m, s) / 2)


def slowed(t: Any, s0: Any, alpha: Any, beta: Any, exp: Any) -> Any:
    """s(t) = β s₀ e^{−βt}/(β + α s₀(1 − e^{−βt}))."""
    left = exp(-beta * t)
    return beta * s0 * left / (beta + alpha * s0 * (1 - left))


def contraction(w: Sequence[Any], s: Any, drag: tuple[Any, Any], masses: Sequence[Any]) -> Any:
    """(c s + c_l)(1/m_x + 1/m_y) + c(w_x²/m_x + w_y²/m_y)/s."""
    c, c_l = drag
    bent = sum(w_i**2 / m for w_i, m in zip(w, masses, strict=True))
    return (c * s + c_l) * sum(1 / m for m in masses) + c * bent / s


def met(v1: Sequence[Any], a1: Sequence[Any], v2: Sequence[Any], a2: Sequence[Any]) -> list[Any]:
    """Where the lines v₁ + τ a₁ and v₂ + τ a₂ meet: u(x) of an isotropic body.  ZeroDivisionError if parallel."""
    across = a1[0] * a2[1] - a1[1] * a2[0]
    tau = ((v2[0] - v1[0]) * a2[1] - (v2[1] - v1[1]) * a2[0]) / across
    return [v + tau * a for v, a in zip(v1, a1, strict=True)]
