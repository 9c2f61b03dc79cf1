r"""Plane flows by their streamfunctions ψ: u = (−∂ψ/∂y, ∂ψ/∂x), div u = 0, vorticity Δψ.

    solid rotation      ψ = Ω(x² + y²)/2                         u = Ω(−y, x)                              ω = 2Ω
    Taylor–Green        ψ = A sin kx sin ky                      u = Ak(−sin kx cos ky, cos kx sin ky)     ω = −2k²ψ
    Lamb–Oseen          ψ = Γ/4π (ln r² + E₁(r²/a²))             u = Γ/(2πr²)(1 − e^{−r²/a²})(−y, x)       ω = Γ/(πa²) e^{−r²/a²}
    a blunted vortex    ψ = Γ/4π ln(r² + δ²)                     u = Γ/(2π(r² + δ²))(−y, x)                ω = Γδ²/(π(r² + δ²)²)

Through any curve from a to b there flows ∫u·n ds = ψ(b) − ψ(a), n to the left of the way: streamlines are level curves.

Source: G. K. Batchelor, An Introduction to Fluid Dynamics, 2.2 and 4.5; Zhang et al. (arXiv 2509.13783) learn ψ.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from scipy.special import expn

__all__ = ["FLOWS", "Flow", "X", "Y", "velocity_of"]

X, Y = sp.symbols("x y", real=True)
OMEGA, A, K, GAMMA, CORE = sp.symbols("Omega A k Gamma a", positive=True)


@dataclass(frozen=True)
class Flow:
    """ψ, u and ω of (x, y), and the parameters that they have."""

    psi: Any
    u: tuple[Any, Any]
    vorticity: Any
    parameters: tuple[Any, ...]

    def numbers(self, **values: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """ψ and u as functions of arrays x and y, the parameters given by name."""
        given = {symbol: values[symbol.name] for symbol in self.parameters}
        return tuple(
            sp.lambdify((X, Y), [sp.sympify(e).subs(given) for e in expressions], [{"expint": expn}, "numpy"])
            for expressions in ([self.psi], self.u)
        )


def velocity_of(psi: Any) -> tuple[Any, Any]:
    """(−∂ψ/∂y, ∂ψ/∂x)."""
    return -psi.diff(Y), psi.diff(X)


_R2 = X**2 + Y**2
FLOWS = {
    "solid rotation": Flow(OMEGA * _R2 / 2, (-OMEGA * Y, OMEGA * X), 2 * OMEGA, (OMEGA,)),
    "Taylor–Green": Flow(
        A * sp.sin(K * X) * sp.sin(K * Y),
        (-A * K * sp.sin(K * X) * sp.cos(K * Y), A * K * sp.cos(K * X) * sp.sin(K * Y)),
        -2 * K**2 * A * sp.sin(K * X) * sp.sin(K * Y),
        (A, K),
    ),
    "Lamb–Oseen": Flow(
        GAMMA / (4 * sp.pi) * (sp.log(_R2) + sp.expint(1, _R2 / CORE**2)),
        tuple(GAMMA / (2 * sp.pi * _R2) * (1 - sp.exp(-_R2 / CORE**2)) * value for value in (-Y, X)),
        GAMMA / (sp.pi * CORE**2) * sp.exp(-_R2 / CORE**2),
        (GAMMA, CORE),
    ),
    "a blunted vortex": Flow(
        GAMMA / (4 * sp.pi) * sp.log(_R2 + CORE**2),
        (-GAMMA * Y / (2 * sp.pi * (_R2 + CORE**2)), GAMMA * X / (2 * sp.pi * (_R2 + CORE**2))),
        GAMMA * CORE**2 / (sp.pi * (_R2 + CORE**2) ** 2),
        (GAMMA, CORE),
    ),
}
