r"""Gradients without stored states: the discrete adjoint on rebuilt states, and how wrong it is.

With h = 1/N, J_n = ∂_x f_n, g_n = ∇_{x_n} of the loss and γ_n = ∇_{θ_n}, Euler's network has

    stored states:    g_n = g_{n+1} + h J_n(x_n)ᵀ g_{n+1},      γ_n = h ∂_θ f_n(x_n)ᵀ g_{n+1}
    rebuilt states:   g̃_n = g̃_{n+1} + h J_n(x̃_n)ᵀ g̃_{n+1},    γ̃_n = h ∂_θ f_n(x̃_n)ᵀ g̃_{n+1},      g̃_N = g_N

and Heun's the vjp of its own step, where the layer n + 1 takes part in the steps n and n + 1 and receives both.

Symbols: L bounds ‖J_n‖, Λ is a Lipschitz constant of J_n in x, Ω bounds ‖∂_θ f_n‖, Λ_θ is a Lipschitz constant of
∂_θ f_n in x, C_f bounds ‖f_n‖ on the orbit; all on a convex set with both orbits.  Norms are Euclidean, of the
weights of a layer together.  Source: Sander, Ablin, Peyré 2022; the bounds are derived where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from gronwall.theory import rigor
from gronwall.theory.arithmetic import kind, matmul, maximum, relu, scalar, sqrt, tanh, times, zeros_like
from gronwall.theory.discretization.reversal import Residual, Scheme, Vjp, reconstruction_bound_at
from gronwall.theory.gronwall_lemma import growth
from gronwall.theory.perceptrons import Layer

__all__ = [
    "RELU", "TANH", "Activation", "FlippedMasks", "Gradients", "TunedGradients", "backprop", "gradient_bound",
    "gradient_bound_at", "gradient_constants", "leading_gradients", "memory_free", "perceptron_vjp",
    "perceptron_vjp_tangent", "residual_of", "square_norm", "transposed", "vjp_of", "weight_gradient_bound",
    "weight_gradient_bound_at",
]  # fmt: skip


# ---------------------------------------------------------------- the two gradients


@dataclass(frozen=True)
class Gradients:
    """∇_{x_0}, ∇_{x_1}, … of a loss of the last state, and ∇_{θ_0} … ∇_{θ_{N−1}}."""

    states: list[Any]
    weights: list[Any]


def backprop(scheme: Scheme, f: Residual, vjp: Vjp, states: list[Any], g: Any, depth: int) -> Gradients:
    """The gradients at the states given (all of them), g being that of the loss at the last one."""
    return _pulled_back(scheme, f, vjp, reversed(list(enumerate(states[:-1]))), g, depth)


def memory_free(scheme: Scheme, f: Residual, vjp: Vjp, last: Any, g: Any, depth: int) -> Gradients:
    """The gradients at states rebuilt from the last one as they are needed: one state is held at a time."""

    def rebuilt() -> Iterable[tuple[int, Any]]:
        h, x = scalar(Fraction(1, depth), last), last
        for n in reversed(range(scheme.steps(depth))):
            x = scheme.back(f, n, x, h)
            yield n, x

    return _pulled_back(scheme, f, vjp, rebuilt(), g, depth)


def _pulled_back(
    scheme: Scheme, f: Residual, vjp: Vjp, points: Iterable[tuple[int, Any]], g: Any, depth: int
) -> Gradients:
    """The covector g carried through the steps at `points` (last first); a layer adds up what it receives."""
    h, covectors = scalar(Fraction(1, depth), g), [g]
    received: dict[int, Any] = {}
    for n, x in points:
        g, parts = scheme.pull(f, vjp, n, x, h, g)
        covectors.append(g)
        for layer, part in parts.items():
            received[layer] = received[layer] + part if layer in received else part
    return Gradients(covectors[::-1], [received[n] for n in sorted(received)])


# ---------------------------------------------------------------- the perceptron


@dataclass(frozen=True)
class Activation:
    """σ, and pull(t, v) = σ'(z) ⊙ v written with t = σ(z)."""

    name: str
    value: Callable[[Any], Any]
    pull: Callable[[Any, Any], Any]


def _tanh_pull(t: Any, v: Any) -> Any:
    """σ' ⊙ v = v − t ⊙ t ⊙ v."""
    return v - times(t, times(t, v))


def _relu_pull(t: Any, v: Any) -> Any:
    """σ' ⊙ v, where σ' = 1 for z > 0, else 0 (floats and Fractions; a ball that contains 0 has no mask)."""
    return times(t > 0, v)


TANH = Activation("tanh", tanh, _tanh_pull)
RELU = Activation("relu", relu, _relu_pull)


def transposed(A: Any) -> Any:
    """Aᵀ; of each matrix where several are stacked."""
    where = kind(A)
    if where in ("numpy", "object"):
        return np.swapaxes(A, -1, -2)
    return A.mT if where == "torch" else (A.transpose() if where == "ball" else A.T)


def residual_of(layers: Sequence[Layer], sigma: Activation = TANH) -> Residual:
    """f_n(x) = V_n σ(W_n x + b_n)."""
    return lambda n, x: matmul(layers[n].V, sigma.value(matmul(layers[n].W, x) + layers[n].b))


def perceptron_vjp(x: Any, layer: Layer, g: Any, sigma: Activation = TANH) -> tuple[Any, Layer]:
    """(Wᵀu, (g tᵀ, u xᵀ, u)) with t = σ(Wx + b), u = σ' ⊙ Vᵀg: the vjp of V σ(Wx + b) in x and in (V, W, b).

    x and g are columns d x 1, or stacks of them with a stack of layers.
    """
    t = sigma.value(matmul(layer.W, x) + layer.b)
    u = sigma.pull(t, matmul(transposed(layer.V), g))
    return matmul(transposed(layer.W), u), Layer(matmul(g, transposed(t)), matmul(u, transposed(x)), u)


def vjp_of(layers: Sequence[Layer], sigma: Activation = TANH) -> Vjp:
    """vjp(n, x, g) of the perceptrons."""
    return lambda n, x, g: perceptron_vjp(x, layers[n], g, sigma)


def perceptron_vjp_tangent(x: Any, layer: Layer, g: Any, v: Any) -> tuple[Any, Layer]:
    """The derivative of `perceptron_vjp` (tanh) in x in the direction v, g held fixed.

    (Wᵀu', (g t'ᵀ, u'xᵀ + u vᵀ, u')) with t' = σ' ⊙ Wv, u' = σ'' ⊙ Wv ⊙ Vᵀg = −2 t ⊙ t' ⊙ Vᵀg.
    """
    t = tanh(matmul(layer.W, x) + layer.b)
    Vg = matmul(transposed(layer.V), g)
    u, dt = _tanh_pull(t, Vg), _tanh_pull(t, matmul(layer.W, v))
    du = -times(times(t, dt), Vg) - times(times(t, dt), Vg)
    to_W = matmul(du, transposed(x)) + matmul(u, transposed(v))
    return matmul(transposed(layer.W), du), Layer(matmul(g, transposed(dt)), to_W, du)


def square_norm(a: Any) -> Any:
    """Σ of the squared entries of a matrix, or of the three of a layer; of each one where NumPy stacks them."""
    if isinstance(a, Layer):
        return square_norm(a.V) + square_norm(a.W) + square_norm(a.b)
    where = kind(a)
    if where in ("numpy", "object"):
        return (a * a).sum(axis=(-2, -1))
    entries = a.entries() if where == "ball" else list(a)
    if where != "ball":
        return sum(entry * entry for entry in entries)
    return sum((rigor.power(entry, 2) for entry in entries), rigor.ball(0))


# ---------------------------------------------------------------- the bounds for Euler


def gradient_bound_at(n: int, N: int, L: Any, C_f: Any, Lambda: Any) -> Any:
    r"""‖g̃_n − g_n‖/‖g_N‖ <= Λ C_f/N² q^{m−1} Σ_{k=1}^m (q^k − 1),  q = 1 + L/N,  m = N − n.

    g̃_n − g_n = (I + hJ_n(x̃_n))ᵀ (g̃_{n+1} − g_{n+1}) + h (J_n(x̃_n) − J_n(x_n))ᵀ g_{n+1}, hence
        δ_n <= q δ_{n+1} + hΛ ‖x̃_n − x_n‖ ‖g_{n+1}‖,  δ_N = 0,  ‖g_{n+1}‖ <= q^{m−1} ‖g_N‖,
    and ‖x̃_n − x_n‖ <= C_f/N (q^m − 1).  `TunedGradients` attains it for Λ → 0.
    """
    m = N - n
    if m == 0:
        return 0 * Lambda
    z = L * scalar(Fraction(1, N), L)
    q_m1, s_m = 1 + growth(z, m - 1)[0], growth(z, m)[1]
    return Lambda * C_f * scalar(Fraction(1, N * N), C_f) * q_m1 * ((1 + z) * s_m - m)


def weight_gradient_bound_at(n: int, N: int, L: Any, C_f: Any, Lambda: Any, *, Omega: Any, Lambda_theta: Any) -> Any:
    r"""‖γ̃_n − γ_n‖/‖g_N‖ <= (Λ_θ ‖x̃_n − x_n‖ q^{m−1} + Ω δ_{n+1})/N with the bounds of x̃_n − x_n and of δ.

    γ̃_n − γ_n = h (∂_θ f(x̃_n) − ∂_θ f(x_n))ᵀ g_{n+1} + h ∂_θ f(x̃_n)ᵀ (g̃_{n+1} − g_{n+1}).
    """
    q_m1 = 1 + growth(L * scalar(Fraction(1, N), L), N - n - 1)[0]
    moved = Lambda_theta * reconstruction_bound_at(n, N, L, C_f) * q_m1
    return (moved + Omega * gradient_bound_at(n + 1, N, L, C_f, Lambda)) * scalar(Fraction(1, N), L)


def gradient_bound(N: int, L: Any, C_f: Any, Lambda: Any) -> Any:
    r"""max_n ‖g̃_n − g_n‖/‖g_N‖ <= Λ C_f (q^N − 1) q^{N−1}/N <= Λ C_f e^L (e^L − 1)/N, the left form returned.

    From h Σ_{k<=m} (q^k − 1) <= q^N − 1; above `gradient_bound_at` by the factor L(e^L − 1)/(e^L − 1 − L) >= 2 for
    large N, 2 at L = 0.
    """
    z = L * scalar(Fraction(1, N), L)
    return Lambda * C_f * scalar(Fraction(1, N), C_f) * growth(z, N)[0] * (1 + growth(z, N - 1)[0])


def weight_gradient_bound(N: int, L: Any, C_f: Any, Lambda: Any, Omega: Any, Lambda_theta: Any) -> Any:
    r"""max_n ‖γ̃_n − γ_n‖/‖g_N‖ <= C_f e^L (e^L − 1)(Λ_θ + ΩΛ)/N², with q^N in the place of e^L."""
    return gradient_bound(N, L, C_f, Lambda_theta + Omega * Lambda) * scalar(Fraction(1, N), L)


def gradient_constants(layers: Sequence[Layer], radius: Any) -> tuple[Any, Any, Any, Any]:
    r"""(L, Λ, Ω, Λ_θ) of f = V tanh(Wx + b) on ‖x‖ <= R = `radius`, layers and radius in balls.

    With r the largest row norm of W and κ = 4/(3√3) = max|tanh''|:  L = ‖V‖‖W‖,  Λ = κ r ‖V‖‖W‖,
    Ω² = w + ‖V‖²(1 + R²),  Λ_θ² = ‖W‖² + ‖V‖² (1 + κ r √(1 + R²))²; norms are maxima over the layers.
    """
    V, W = (reduce(maximum, (rigor.spectral_norm(getattr(a, part)) for a in layers)) for part in ("V", "W"))
    rows = [sqrt(sum((rigor.power(e, 2) for e in row), rigor.ball(0))) for a in layers for row in a.W.tolist()]
    kappa_r = rigor.ball(4) / (3 * rigor.ball(3).sqrt()) * reduce(maximum, rows)
    reach = sqrt(1 + rigor.power(radius, 2))
    Omega = sqrt(layers[0].V.ncols() + rigor.power(V * reach, 2))
    Lambda_theta = sqrt(rigor.power(W, 2) + rigor.power(V * (1 + kappa_r * reach), 2))
    return V * W, kappa_r * V * W, Omega, Lambda_theta


# ---------------------------------------------------------------- the leading terms for Euler


def leading_gradients(
    vjp: Vjp, tangent: Callable[[int, Any, Any, Any], tuple[Any, Any]],
    states: list[Any], covectors: list[Any], errors: list[Any],
) -> Gradients:  # fmt: skip
    r"""η_n and ζ_n with g̃_n − g_n = η_n/N + O(N⁻²) and γ̃_n − γ_n = ζ_n/N² + O(N⁻³).

    η_n = η_{n+1} + h (J_nᵀ η_{n+1} + (∂J_n[ε_n])ᵀ g_{n+1}),  η_N = 0,
    ζ_n = ∂_θ f_nᵀ η_{n+1} + (∂_x ∂_θ f_n[ε_n])ᵀ g_{n+1},
    at the stored x_n and g_n, with ε_n of `leading_errors`; tangent(n, x, g, v) is ∂_x of vjp(n, x, g) in v.
    """
    depth = len(states) - 1
    h, eta, zeta = scalar(Fraction(1, depth), states[0]), [zeros_like(covectors[-1])], []
    for n in reversed(range(depth)):
        carried, bent = vjp(n, states[n], eta[-1]), tangent(n, states[n], covectors[n + 1], errors[n])
        eta.append(eta[-1] + h * (carried[0] + bent[0]))
        zeta.append(carried[1] + bent[1])
    return Gradients(eta[::-1], zeta[::-1])


# ---------------------------------------------------------------- equality cases


def _column(*entries: Any) -> Any:
    return np.array([[entry] for entry in entries], dtype=object)


@dataclass(frozen=True)
class TunedGradients:
    r"""Two states: u is rebuilt as badly as can be, and v's gradient feels it as much as can be.

    f_n(u, v; θ) = (C_f − L d, (L − Λ d) v + θ (Ω − Λ_θ d)),  d = u − nC_f/N, at θ = 0, x_0 = 0, loss v_N.
    Both orbits lie on v = 0, where J_n = diag(−L, L − Λ d), so on the orbits ‖I + J_n/N‖ <= q = 1 + L/N (and ‖J_n‖ = L
    where Λ|d| <= 2L); u attains the bound of the reconstruction, g_n = (0, q^{N−n}) that of the gradient, and all
    errors have one sign.  What is lost is of second order in Λ and Λ_θ: the ratio of error to bound tends to 1 as
    they vanish.  Exact in Fractions.
    """

    depth: int
    L: Any
    C_f: Any
    Lambda: Any
    Omega: Any
    Lambda_theta: Any

    def start(self) -> Any:
        """x_0 = (0, 0)."""
        return _column(Fraction(0), Fraction(0))

    def covector(self) -> Any:
        """g_N = (0, 1)."""
        return _column(Fraction(0), Fraction(1))

    def residual(self, n: int, x: Any) -> Any:
        """f_n at θ = 0."""
        (u,), (v,) = x
        d = u - n * self.C_f / self.depth
        return _column(self.C_f - self.L * d, (self.L - self.Lambda * d) * v)

    def vjp(self, n: int, x: Any, g: Any) -> tuple[Any, Any]:
        """(J_nᵀ g, ∂_θ f_nᵀ g)."""
        (u,), (v,) = x
        (g_u,), (g_v,) = g
        d = u - n * self.C_f / self.depth
        to_x = _column(-self.L * g_u - self.Lambda * v * g_v, (self.L - self.Lambda * d) * g_v)
        return to_x, (self.Omega - self.Lambda_theta * d) * g_v


@dataclass(frozen=True)
class FlippedMasks:
    r"""ReLU: two units a layer, the second of which is on at x_n and off at the rebuilt x̃_n, in the layers `flips`.

    f_n(u, v) = (relu(C_f − L d), relu(β_n − d)), d = u − u*_n, u*_n = nC_f/N, and loss v_N.  The first unit stays on
    (depth > L(e^L − 1)) and rebuilds u with the error e_n = C_f/N ((1 + L/N)^{N−n} − 1).  In a layer that flips
    β_n = e_n/2, so β_n − d is e_n/2 at x_n and −e_n/2 at x̃_n; in the others β_n = 1 + C_f (1 + L/N)^N, always on.
    """

    depth: int
    L: Fraction
    C_f: Fraction
    flips: frozenset[int]

    def layer(self, n: int) -> Layer:
        """V = I, W = [[−L, 0], [−1, 0]], b = (C_f + L u*_n, β_n + u*_n)."""
        zero, one = Fraction(0), Fraction(1)
        node = n * self.C_f / self.depth
        beta = reconstruction_bound_at(n, self.depth, self.L, self.C_f) / 2
        if n not in self.flips:
            beta = 1 + self.C_f * (1 + self.L / self.depth) ** self.depth
        W = np.array([[-self.L, zero], [-one, zero]], dtype=object)
        V = np.array([[one, zero], [zero, one]], dtype=object)
        return Layer(V, W, _column(self.C_f + self.L * node, beta + node))

    def start(self) -> Any:
        """x_0 = (0, 0)."""
        return _column(Fraction(0), Fraction(0))

    def covector(self) -> Any:
        """g_N = (0, 1)."""
        return _column(Fraction(0), Fraction(1))
