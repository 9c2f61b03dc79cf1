r"""The adjoint of a neural ODE: gradients in states, weights and times, and when rebuilt states spoil them.

For z' = f(t, z, θ) on [t_0, t_N] and a loss of the states at the times t_0 < t_1 < … < t_N, with covectors as rows

    a(t) = ∂L/∂z(t),   a' = −a ∂_z f,       at each t_i from the right to the left   a += ∂L/∂z(t_i),
    dL/dθ = ∫ a ∂_θ f dt,    dL/dt_i = ∂L/∂z(t_i) f(t_i, z(t_i)) for i >= 1,    dL/dt_0 = −a(t_0⁺) f(t_0, z(t_0)),

with a(t_0⁺) before anything is added at t_0: z(t_0) = z_0 stays where it is when t_0 moves.

Chen et al. integrate (z, a, a_θ, a_t) backwards with a_θ' = −a ∂_θ f and a_t' = −a ∂_t f from a_θ = 0 and
a_t(t_N) = −dL/dt_N; along it a_t = −a f stays true, since d(a f)/dt = −a ∂_z f f + a (∂_t f + ∂_z f f) = a ∂_t f.

z may be computed backwards too, which multiplies its errors by as much as e^{ℓ(T−t)}, ℓ the logarithmic norm of −∂_z f:
`reconstruction_bound`, `gradient_bound`, and the example `Relaxation`.

Symbols: μ a bound of the logarithmic norm of ∂_z f, ℓ of that of −∂_z f; δ the error of the state at T, d the defect
of the backward solve per unit of time.  Source: Chen, Rubanova, Bettencourt, Duvenaud 2018 (arXiv 1806.07366 v5);
bounds are derived where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import cos, exp, matmul, sin, tanh, times
from gronwall.theory.gronwall_lemma import differential, phi1

__all__ = [
    "Clocked", "Gradients", "Relaxation", "adjoint_gradients", "algorithm_2", "derivations", "forward_sensitivity",
    "gradient_bound", "in_balls", "reconstruction_bound",
]  # fmt: skip

Array = NDArray[np.float64]


# ---------------------------------------------------------------- a field with all its derivatives


@dataclass(frozen=True)
class Clocked:
    """f(t, z, θ) = V tanh(Wz + b + ct), θ = (V, W, b, c): V is d x w, W w x d, b and c columns (w) of one arithmetic.

    States are vectors (d,) in NumPy and torch (b and c too), columns in balls.
    """

    V: Any
    W: Any
    b: Any
    c: Any

    def __call__(self, t: Any, z: Any) -> Any:
        """f = V tanh(Wz + b + ct)."""
        return matmul(self.V, self._units(t, z))

    def _units(self, t: Any, z: Any) -> Any:
        return tanh(matmul(self.W, z) + self.b + t * self.c)

    def tangent(self, t: Any, z: Any, v: Any, slope: Clocked | None = None, dt: Any = None) -> Any:
        """∂_z f v + ∂_θ f θ̇ + ∂_t f ṫ for θ̇ = `slope` and ṫ = `dt`, either of them possibly left out."""
        y = self._units(t, z)
        u = matmul(self.W, v)
        if slope is not None:
            u = u + matmul(slope.W, z) + slope.b + t * slope.c
        if dt is not None:
            u = u + dt * self.c
        out = matmul(self.V, u - times(y, times(y, u)))
        return out if slope is None else out + matmul(slope.V, y)

    def pulled(self, t: Any, z: Any, a: Any) -> Any:
        """(a ∂_z f)ᵀ = Wᵀ(s − y ⊙ y ⊙ s), s = Vᵀa, y = tanh(Wz + b + ct)."""
        y, s = self._units(t, z), matmul(self.V.transpose(), a)
        return matmul(self.W.transpose(), s - times(y, times(y, s)))

    # ------------------------------------------------------------ NumPy

    def vjp(self, t: float, z: Array, a: Array) -> tuple[Array, Array]:
        """((a ∂_z f)ᵀ, (a ∂_θ f)ᵀ) in NumPy, θ flat in the order V, W, b, c."""
        y = self._units(t, z)
        s = (1 - y * y) * (self.V.T @ a)
        return self.W.T @ s, np.concatenate([np.outer(a, y).ravel(), np.outer(s, z).ravel(), s, t * s])

    def flat(self) -> Array:
        """θ as one vector."""
        return np.concatenate([np.ravel(part) for part in (self.V, self.W, self.b, self.c)])

    def like(self, theta: Any) -> Clocked:
        """The field of this size with the flat parameters θ (NumPy or torch)."""
        w, d = self.W.shape
        return Clocked(
            theta[: d * w].reshape(d, w),
            theta[d * w : 2 * d * w].reshape(w, d),
            theta[2 * d * w : 2 * d * w + w],
            theta[2 * d * w + w :],
        )

    @staticmethod
    def random(d: int, w: int, seed: int, size: float = 1.0) -> Clocked:
        """Normal weights of the given size, in sixty-fourths so that balls take them exactly."""
        rng = np.random.default_rng(seed)
        return Clocked(*(np.round(64 * size * rng.normal(size=shape)) / 64 for shape in ((d, w), (w, d), w, w)))


# ---------------------------------------------------------------- the continuous adjoint


@dataclass(frozen=True)
class Gradients:
    """∂L/∂z_0, dL/dθ (flat) and dL/dt_i for i = 0 … N."""

    state: Array
    theta: Array
    times: Array


def adjoint_gradients(
    field: Clocked, times: Sequence[float], states: Sequence[Array], covectors: Sequence[Array], tol: float = 1e-11
) -> Gradients:
    """Algorithm 2 with several observation times, by DOP853 at rtol = atol = tol.

    states: z(t_0) … z(t_N); covectors: ∂L/∂z(t_i) with z(t_i) alone moved, i = 0 … N.  From the right to the left, at
    each t_i: dL/dt_i = ∂L/∂z(t_i) f, a += ∂L/∂z(t_i), a_t −= dL/dt_i, z is reset to the stored state.  At t_0 what is
    left in a_t is dL/dt_0, and a += ∂L/∂z(t_0).
    """
    d, p = len(states[0]), field.flat().size
    a, a_theta, a_t = np.zeros(d), np.zeros(p), 0.0
    of_times = np.zeros(len(times))

    def backwards(t: float, s: Array) -> Array:
        z, a = s[:d], s[d : 2 * d]
        to_z, to_theta = field.vjp(t, z, a)
        to_t = a @ field.tangent(t, z, np.zeros(d), dt=1.0)
        return np.concatenate([field(t, z), -to_z, -to_theta, [-to_t]])

    for i in range(len(times) - 1, 0, -1):
        of_times[i] = covectors[i] @ field(times[i], states[i])
        a, a_t = a + covectors[i], a_t - of_times[i]
        start = np.concatenate([states[i], a, a_theta, [a_t]])
        end = solve_ivp(backwards, (times[i], times[i - 1]), start, method="DOP853", rtol=tol, atol=tol).y[:, -1]
        a, a_theta, a_t = end[d : 2 * d], end[2 * d : 2 * d + p], float(end[-1])
    of_times[0] = a_t
    return Gradients(a + covectors[0], a_theta, of_times)


# ---------------------------------------------------------------- the same in balls


def in_balls(field: Clocked) -> Clocked:
    """The field of float arrays with balls for weights, b and c as columns: each entry the binary number it is."""
    columns = (field.V, field.W, field.b[:, None], field.c[:, None])
    return Clocked(*(rigor.matrix(part, dyadic=True) for part in columns))


def algorithm_2(field: Clocked, slope: Clocked, end: Any) -> Callable[[Any, Any], Any]:
    """The backward system of (z, a, a_θ θ̇, a_t) in τ = T − t as one column of 2d + 2 balls, for `enclose_flow`:

    dz/dτ = −f,    da/dτ = a ∂_z f,    d(a_θ θ̇)/dτ = a ∂_θ f θ̇,    da_t/dτ = a ∂_t f,    θ̇ = `slope`, T = `end`.
    """
    d = field.V.nrows()
    n = 2 * d + 2
    at_z, at_a, at_theta, at_t = (_picked(n, *part) for part in ((0, d), (d, d), (2 * d, 1), (2 * d + 1, 1)))

    def backwards(s: Any, tau: Any) -> Any:
        t, z, a = end - tau, at_z * s, at_a * s
        along_theta, along_t = (field.tangent(t, z, 0 * z, **given) for given in ({"slope": slope}, {"dt": 1}))
        return (
            at_z.transpose() * (-field(t, z))
            + at_a.transpose() * field.pulled(t, z, a)
            + at_theta.transpose() * _inner(a, along_theta, d)
            + at_t.transpose() * _inner(a, along_t, d)
        )

    return backwards


def forward_sensitivity(field: Clocked, slope: Clocked | None) -> Callable[[Any, Any], Any]:
    """(z, v) with v' = ∂_z f v + ∂_θ f θ̇ as one column of 2d balls in the time t; θ̇ = 0 where `slope` is None."""
    d = field.V.nrows()
    at_z, at_v = _picked(2 * d, 0, d), _picked(2 * d, d, d)

    def forwards(s: Any, t: Any) -> Any:
        z, v = at_z * s, at_v * s
        return at_z.transpose() * field(t, z) + at_v.transpose() * field.tangent(t, z, v, slope)

    return forwards


def _picked(n: int, first: int, count: int) -> Any:
    """The rows `first` … of the n x n identity, so that _picked(…) * s is a part of the column s."""
    return rigor.matrix([[int(j == first + i) for j in range(n)] for i in range(count)])


def _inner(a: Any, b: Any, d: int) -> Any:
    """Σ a_i b_i of two columns of series."""
    return rigor.matrix([[1] * d]) * times(a, b)


# ---------------------------------------------------------------- states that are rebuilt


def reconstruction_bound(delta: Any, ell: Any, defect: Any, T: Any) -> Any:
    r"""‖z̃(T − τ) − z(T − τ)‖ <= e^{ℓτ} δ + d τ φ₁(ℓτ) at τ = T: what a state rebuilt from T has drifted.

    ‖z̃(T) − z(T)‖ <= δ, ‖z̃' − f(z̃)‖ <= d, ⟨f(x) − f(y), x − y⟩ >= −ℓ ‖x − y‖²; in τ the field is −f, whose
    logarithmic norm is at most ℓ, and u' <= ℓu + d (`gronwall_lemma.differential`).  f = −ℓz attains it.  The forward
    solve obeys the same with μ, the logarithmic norm of f itself: −ℓ <= μ, and a dissipative field has ℓ > 0 > μ.
    """
    return differential(delta, ell, defect, T)


def gradient_bound(norm_g: Any, delta: Any, weight: Any, mu: Any, ell: Any, T: Any) -> Any:
    r"""|dL̃/dθ − dL/dθ| <= ‖g‖ δ Λ T φ₁((μ + ℓ)T) for z' = Az, ∂_θ f = B z, ‖B‖ <= Λ, z̃(T) − z(T) of length δ.

    dL̃/dθ − dL/dθ = ∫ a(t) B (z̃ − z)(t) dt with ‖a(t)‖ <= e^{μ(T−t)} ‖g‖ and ‖z̃ − z‖ <= e^{ℓ(T−t)} δ: where the adjoint
    decays the drift grows.  A = −ℓI attains it, and there it is ‖g‖ δ Λ T, whatever ℓ.
    """
    return norm_g * delta * weight * T * phi1((mu + ell) * T)


@dataclass(frozen=True)
class Relaxation:
    r"""z' = −λ(z − sin t), z(0) = z_0, L = z(T): a gradient in λ with the wrong sign from a good solver.

        z(t) = (λ² sin t − λ cos t)/(1 + λ²) + (z_0 + λ/(1 + λ²)) e^{−λt},    a(t) = e^{−λ(T−t)},
        dL/dλ = ∫ a (sin t − z) dt  ->  (2λ sin T + (λ² − 1) cos T)/(1 + λ²)²  as e^{−λT} -> 0,  about cos T/λ².
    A state rebuilt from z(T) + δ is off by δ e^{λ(T−t)}, which the decay of a cancels exactly: the gradient is off by
    −δT, whatever λ.  So its sign is wrong if and only if δT > dL/dλ > 0: for δ above about cos T/(λ²T).
    λ, z_0, T: SymPy, floats or balls.
    """

    lam: Any
    z0: Any
    T: Any

    def field(self, t: Any, z: Any) -> Any:
        """f = −λ(z − sin t)."""
        return -self.lam * (z - sin(t))

    def state(self, t: Any) -> Any:
        """z(t)."""
        lam = self.lam
        q = 1 + lam * lam
        return (lam * lam * sin(t) - lam * cos(t)) / q + (self.z0 + lam / q) * exp(-lam * t)

    def gradient(self) -> Any:
        """dz(T)/dλ, the derivative of `state` in λ."""
        lam, T = self.lam, self.T
        q = 1 + lam * lam
        settled = (2 * lam * sin(T) + (lam * lam - 1) * cos(T)) / (q * q)
        return settled + ((1 - lam * lam) / (q * q) - T * (self.z0 + lam / q)) * exp(-lam * T)

    def rebuilt_gradient(self, delta: Any) -> Any:
        """What the adjoint makes of states rebuilt without any further error from z(T) + δ: dL/dλ − δT."""
        return self.gradient() - delta * self.T

    def harmless(self) -> Any:
        """The δ above which the sign is wrong (where dL/dλ > 0): (dL/dλ)/T."""
        return self.gradient() / self.T


# ---------------------------------------------------------------- derivations


def derivations(sign: int = -1, transposed: bool = False) -> dict[str, tuple[Any, Any]]:
    """Two sides of identities along z' = f, v' = ∂_z f v + ∂_θ f, a' = −a ∂_z f, for any f(t, z, θ) in the plane:

        "pairing"   d(a v)/dt = a ∂_θ f:   with v(t_0) = 0 it integrates to dL/dθ = a(T) v(T) = ∫ a ∂_θ f dt;
        "time"      d(a f)/dt = a ∂_t f:   the slot of time is a_t = −a f, so dL/dt_0 = −a(t_0) f(t_0, z_0).
    Here a' = sign·a ∂_z f, or with the transposed Jacobian: the forms that fail.
    """
    t, theta = sp.symbols("t theta")
    z, a, v = sp.symbols("z1:3"), sp.symbols("a1:3"), sp.symbols("v1:3")
    f = [sp.Function(f"f{i}")(t, *z, theta) for i in (1, 2)]
    J = sp.Matrix([[f_i.diff(z_j) for z_j in z] for f_i in f])
    at = sp.Matrix([a])
    moves = [*zip(z, f, strict=True), *zip(a, sign * (at * (J.T if transposed else J)), strict=True)]
    moves += zip(v, J * sp.Matrix(v) + sp.Matrix([f_i.diff(theta) for f_i in f]), strict=True)

    def rate(expression: Any) -> Any:
        return expression.diff(t) + sum(expression.diff(x) * slope for x, slope in moves)

    def paired(values: Sequence[Any]) -> Any:
        return sum(a_i * value for a_i, value in zip(a, values, strict=True))

    sides = {
        "pairing": (rate(paired(v)), paired([f_i.diff(theta) for f_i in f])),
        "time": (rate(paired(f)), paired([f_i.diff(t) for f_i in f])),
    }
    return {name: (_jets(left), _jets(right)) for name, (left, right) in sides.items()}


def _jets(expression: Any) -> Any:
    """The expression with f and its derivatives as symbols of their own: at a point they may take any values."""
    for kind_of in (sp.Derivative, sp.core.function.AppliedUndef):
        found = expression.atoms(kind_of)
        expression = expression.xreplace({atom: sp.Symbol(str(atom), real=True) for atom in found})
    return sp.expand(expression)
