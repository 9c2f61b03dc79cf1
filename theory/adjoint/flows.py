r"""Densities carried by flows, and the two likelihoods of a latent ODE.

A density p moves with the points: log p(z(1)) = log p(z(0)) − log|det ∂z(1)/∂z(0)|.  For one residual step with a
planar unit the determinant is 1 + h'(wᵀz + b) uᵀw; for a differential equation it needs no determinant,

    d/dt log p(z(t), t) = −tr ∂_z f(z(t), t),      since d/dt log det Φ = tr ∂_z f   (Jacobi, Liouville),

which is the continuity equation ∂_t p = −div(f p) followed along a trajectory.

Source: Chen, Rubanova, Bettencourt, Duvenaud 2018 (arXiv 1806.07366 v5): (6)–(13), (28)–(33), (53), and the
likelihood of a Poisson process.  Two of its formulas are misprinted, (10) and (33): the signs and variables here are
derived.  Everything runs in SymPy and in floats; what is rational runs in Fractions too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import sympy as sp

from gronwall.theory.arithmetic import exp, log

__all__ = [
    "continuity_residual", "determinant", "divergence", "elbo", "elbo_sample", "evidence", "gated", "hamiltonian",
    "hutchinson", "jacobian", "kl_normals", "leapfrog", "log_normal", "planar", "planar_log_determinant",
    "planar_units", "poisson_log_likelihood", "posterior",
]  # fmt: skip

Vector = Sequence[Any]


# ---------------------------------------------------------------- algebra


def jacobian(f: Vector, z: Vector) -> Any:
    """∂f_i/∂z_j in SymPy."""
    return sp.Matrix([[f_i.diff(z_j) for z_j in z] for f_i in map(sp.sympify, f)])


def divergence(f: Vector, z: Vector) -> Any:
    """tr ∂_z f = Σ ∂f_i/∂z_i in SymPy."""
    return sum(f_i.diff(z_i) for f_i, z_i in zip(map(sp.sympify, f), z, strict=True))


def determinant(rows: Sequence[Sequence[Any]]) -> Any:
    """det by the first row, for small matrices of any numbers."""
    if len(rows) == 1:
        return rows[0][0]
    minors = ([[*row[:j], *row[j + 1 :]] for row in rows[1:]] for j in range(len(rows)))
    return sum((-1) ** j * rows[0][j] * determinant(minor) for j, minor in enumerate(minors))


def hutchinson(A: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
    r"""Mean and variance of εᵀAε over independent signs ε = ±1: tr A and Σ_{i<j} (a_ij + a_ji)².

    By enumeration of all 2^d signs, so in exact arithmetic exactly.  For Gaussian ε the variance has also 2 Σ a_ii².
    """
    d = len(A)
    values = [
        sum(e[i] * A[i][j] * e[j] for i in range(d) for j in range(d)) for e in product((1, -1), repeat=d)
    ]  # fmt: skip
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / len(values)


# ---------------------------------------------------------------- flows


def planar(z: Vector, u: Vector, w: Vector, b: Any, h: Callable[[Any], Any]) -> list[Any]:
    """u h(wᵀz + b), the residual of (7) and the right side of (9)."""
    s = h(sum(w_i * z_i for w_i, z_i in zip(w, z, strict=True)) + b)
    return [u_i * s for u_i in u]


def planar_log_determinant(z: Vector, u: Vector, w: Vector, b: Any, slope: Callable[[Any], Any]) -> Any:
    """1 + uᵀψ, ψ = h'(wᵀz + b) w: the determinant of z ↦ z + u h(wᵀz + b), whose log |·| (7) subtracts."""
    s = sum(w_i * z_i for w_i, z_i in zip(w, z, strict=True)) + b
    return 1 + slope(s) * sum(u_i * w_i for u_i, w_i in zip(u, w, strict=True))


def planar_units(z: Vector, units: Sequence[tuple[Vector, Vector, Any]], h: Callable[[Any], Any]) -> list[Any]:
    """Σ_n u_n h(w_nᵀz + b_n), the right side of (10); its divergence Σ_n h'_n u_nᵀw_n costs one product a unit."""
    parts = [planar(z, u, w, b, h) for u, w, b in units]
    return [sum(column) for column in zip(*parts, strict=True)]


def gated(gates: Sequence[Any], fields: Sequence[Vector]) -> list[Any]:
    """Σ_n σ_n(t) f_n(z), (28): the gates depend on time alone, so its divergence is Σ_n σ_n(t) tr ∂_z f_n."""
    return [
        sum(gate * f[i] for gate, f in zip(gates, fields, strict=True)) for i in range(len(fields[0]))
    ]  # fmt: skip


def hamiltonian(z: Vector, f: Callable[[Vector], Vector], g: Callable[[Vector], Vector]) -> list[Any]:
    """(f(z_{d+1:D}), g(z_{1:d})), (29): no component depends on itself, so the trace is 0 and volume is kept."""
    d = len(z) // 2
    return [*f(z[d:]), *g(z[:d])]


def leapfrog(z: Vector, f: Callable[[Vector], Vector], g: Callable[[Vector], Vector], step: Any) -> list[Any]:
    """x += h f(y), then y += h g(x): a step of (29) whose determinant is exactly 1 (two shears)."""
    d = len(z) // 2
    x = [x_i + step * f_i for x_i, f_i in zip(z[:d], f(z[d:]), strict=True)]
    return [*x, *[y_i + step * g_i for y_i, g_i in zip(z[d:], g(x), strict=True)]]


def continuity_residual(p: Any, f: Vector, z: Vector, t: Any) -> Any:
    """∂_t p + Σ ∂_{z_i}(f_i p), zero where the flow of f carries the density p (30)."""
    return p.diff(t) + sum((f_i * p).diff(z_i) for f_i, z_i in zip(f, z, strict=True))


# ---------------------------------------------------------------- the latent ODE


def log_normal(x: Any, mean: Any, variance: Any) -> Any:
    """log N(x; m, s²) = −½ log 2πs² − (x − m)²/(2s²); SymPy, or floats where `variance` is one."""
    pi = sp.pi if isinstance(variance, sp.Basic) else float(sp.pi)
    return -log(2 * pi * variance) / 2 - (x - mean) * (x - mean) / (2 * variance)


def kl_normals(mean: Any, log_variance: Any, other_mean: Any, other_log_variance: Any) -> Any:
    """KL(N(m₁, e^{l₁}) ‖ N(m₂, e^{l₂})) = ½(l₂ − l₁) + (e^{l₁} + (m₁ − m₂)²)/(2e^{l₂}) − ½, as in the authors' code."""
    spread = exp(log_variance) + (mean - other_mean) * (mean - other_mean)
    return (other_log_variance - log_variance) / 2 + spread / (2 * exp(other_log_variance)) - _half(mean)


def _half(like: Any) -> Any:
    return sp.Rational(1, 2) if isinstance(like, sp.Basic) else 0.5


def elbo_sample(z: Any, x: Vector, decoder: Vector, noise: Any, mean: Any, variance: Any) -> Any:
    """Σ log p(x_i | z) + log p(z) − log q(z), z ~ q = N(mean, variance), p(z) = N(0, 1), p(x_i|z) = N(c_i z, s²).

    The decoder c_i is where the flow stands: c_i = e^{r t_i} is a latent ODE z' = rz observed at the times t_i.
    """
    zero, one = 0 * noise, 0 * noise + 1
    likelihood = sum(log_normal(x_i, c_i * z, noise) for x_i, c_i in zip(x, decoder, strict=True))
    return likelihood + log_normal(z, zero, one) - log_normal(z, mean, variance)


def elbo(x: Vector, decoder: Vector, noise: Any, mean: Any, variance: Any) -> Any:
    """E_q of `elbo_sample`: Σ [log N(x_i; c_i m, s²) − c_i² v/(2s²)] − KL(q ‖ p)."""
    zero = 0 * noise
    likelihood = sum(
        log_normal(x_i, c_i * mean, noise) - c_i * c_i * variance / (2 * noise)
        for x_i, c_i in zip(x, decoder, strict=True)
    )
    return likelihood - kl_normals(mean, log(variance), zero, zero)


def posterior(x: Vector, decoder: Vector, noise: Any) -> tuple[Any, Any]:
    """Mean and variance of z given x: 1/v = 1 + Σ c_i²/s², m = v Σ c_i x_i/s²."""
    variance = 1 / (1 + sum(c * c for c in decoder) / noise)
    return variance * sum(c * x_i for c, x_i in zip(decoder, x, strict=True)) / noise, variance


def evidence(x: Vector, decoder: Vector, noise: Any) -> Any:
    """log p(x), x ~ N(0, s²I + ccᵀ):  −½ [n log 2πs² + log(1 + |c|²/s²) + |x|²/s² − m²/v], (m, v) the posterior."""
    mean, variance = posterior(x, decoder, noise)
    zero = 0 * noise
    alone = sum(log_normal(x_i, zero, noise) for x_i in x)
    return alone + log(variance) / 2 + mean * mean / (2 * variance)


def poisson_log_likelihood(log_rates: Sequence[Any], integral: Any) -> Any:
    """log p(t_1 … t_N) = Σ log λ(t_i) − ∫ λ dt: the density of the ordered times; their number is part of it."""
    return sum(log_rates) - integral
