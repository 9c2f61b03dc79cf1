r"""Linear residual networks trained by gradient flow (Sander, Ablin, Peyré 2022, the linear case).

    x_{n+1} = x_n + θ_n x_n/N,    Π = M_{N−1} … M_1 M_0,    M_n = I + θ_n/N    (later layers on the left),
    ℓ(θ) = ‖(Π − B) Σ^{1/2}‖_F²,    θ'_n = −N ∂ℓ/∂θ_n = −2 Π_{>n}ᵀ E Σ Π_{<n}ᵀ    (depth-scaled speed),

with E = Π − B, Π_{>n} = M_{N−1} … M_{n+1} and Π_{<n} = M_{n−1} … M_0.  B is the target, Σ the covariance of the
data, symmetric and positive definite.  Gradient descent with the step η: θ_n ← θ_n − ηN ∂ℓ/∂θ_n.

Shapes: θ is N x d x d (layer first), B and Σ are d x d.  Arrays of floats, or object arrays of Fractions or SymPy
expressions: the algebra runs on each.  ‖·‖ is the spectral norm, ‖·‖_F that of Frobenius; D_n = θ_{n+1} − θ_n.

The paper's theorems were not read verbatim.  What is stated here is derived here; R is a bound of ‖θ_n‖ over
the layers, and while it holds, with σ = σ_min(Σ) and ‖EΣ‖_F² >= σ ℓ, ‖EΣ‖_F² <= σ_max(Σ) ℓ:

    (1 − R/N)^{N−1} ‖EΣ‖_F <= ‖Π_{>n}ᵀ E Σ Π_{<n}ᵀ‖_F <= (1 + R/N)^{N−1} ‖EΣ‖_F.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from gronwall.theory.arithmetic import scalar

__all__ = [
    "Limit", "balance", "balanced", "decay", "decay_rate", "descent", "distance_to_singular", "flow",
    "gradient", "layers", "loss", "move_bound", "move_bound_recalled", "partial_products", "product", "pulled_back",
    "roughening_bound", "roughening_speed", "sharpness", "small_enough", "small_enough_recalled", "speed_bound",
    "step_threshold", "typical_move_bound", "velocity",
]  # fmt: skip

Array = NDArray[Any]
E = float(np.e)


# ---------------------------------------------------------------- the network and its gradient


def layers(theta: Array) -> Array:
    """M_n = I + θ_n/N: N x d x d."""
    N, d = theta.shape[0], theta.shape[-1]
    return np.asarray(np.eye(d, dtype=int) + theta * scalar(Fraction(1, N), theta))


def partial_products(M: Array) -> tuple[Array, Array, Array]:
    """(Π_{<n}, Π_{>n}, Π): the products before and after each layer (N x d x d) and of all (d x d).

    By doubling: after the pass with k = 1, 2, 4, … the n-th entry is the product of the 2k layers up to n (from
    n on), as far as there are so many.
    """
    N, one = len(M), np.eye(M.shape[-1], dtype=int)[None]
    up_to, from_on, k = M.copy(), M.copy(), 1
    while k < N:
        up_to[k:] = up_to[k:] @ up_to[:-k]
        from_on[:-k] = from_on[k:] @ from_on[:-k]
        k *= 2
    return np.concatenate([one, up_to[:-1]]), np.concatenate([from_on[1:], one]), up_to[-1]


def product(theta: Array) -> Array:
    """Π = M_{N−1} … M_1 M_0."""
    return np.asarray(partial_products(layers(theta))[2])


def loss(theta: Array, B: Array, Sigma: Array) -> Any:
    """ℓ(θ) = ‖(Π − B) Σ^{1/2}‖_F² = tr(E Σ Eᵀ)."""
    error = product(theta) - B
    return np.trace(error @ Sigma @ error.T)


def pulled_back(M: Array, F: Array) -> Array:
    """Π_{>n}ᵀ F Π_{<n}ᵀ for every layer: N x d x d.  d⟨F, Π⟩/dM_n is this matrix."""
    before, after, _ = partial_products(M)
    return np.asarray(np.swapaxes(after, -1, -2) @ F @ np.swapaxes(before, -1, -2))


def velocity(theta: Array, B: Array, Sigma: Array) -> Array:
    """θ'_n = −2 Π_{>n}ᵀ E Σ Π_{<n}ᵀ, the gradient flow with its depth-scaled speed."""
    before, after, whole = partial_products(layers(theta))
    error = whole - B
    return np.asarray(-2 * np.swapaxes(after, -1, -2) @ error @ Sigma @ np.swapaxes(before, -1, -2))


def gradient(theta: Array, B: Array, Sigma: Array) -> Array:
    """∂ℓ/∂θ_n = (2/N) Π_{>n}ᵀ E Σ Π_{<n}ᵀ = −θ'_n/N.

    ℓ = tr(EΣEᵀ), dℓ = 2⟨EΣ, dΠ⟩ and dΠ = Π_{>n} (dθ_n/N) Π_{<n}.
    """
    return np.asarray(velocity(theta, B, Sigma) * scalar(Fraction(-1, len(theta)), theta))


def flow(
    theta0: Array, B: Array, Sigma: Array, times: Sequence[float], tol: float = 1e-10, speed: float = 1.0
) -> Array:
    """θ(t) at increasing `times` >= 0, len(times) x N x d x d, by DOP853 with rtol = atol = tol.

    speed: a factor of the velocity; 1/N gives the flow without the depth-scaled speed, θ'_n = −∂ℓ/∂θ_n.
    """
    shape = theta0.shape

    def right(t: float, y: Array) -> Array:
        return speed * velocity(y.reshape(shape), B, Sigma).ravel()

    return _integrated(right, theta0, times, tol)


def _integrated(right: Callable[[float, Array], Array], start: Array, times: Sequence[float], tol: float) -> Array:
    """The solution of y' = right(t, y) from `start` at t = 0, at the times, in the shape of the start."""
    told = solve_ivp(right, (0.0, times[-1]), start.ravel(), "DOP853", t_eval=times, rtol=tol, atol=tol)
    if not told.success:
        raise RuntimeError(f"flow: DOP853 stopped at t = {told.t[-1] if len(told.t) else 0}: {told.message}")
    return np.asarray(told.y.T).reshape(len(times), *start.shape)


def descent(theta: Array, B: Array, Sigma: Array, step: Any) -> Iterator[Array]:
    """θ after 0, 1, 2, … steps of gradient descent, θ_n ← θ_n − ηN ∂ℓ/∂θ_n = θ_n + η θ'_n, without an end."""
    while True:
        yield theta
        theta = theta + step * velocity(theta, B, Sigma)


def balance(M: Array) -> Array:
    """M_{n+1}ᵀ M_{n+1} − M_n M_nᵀ, n < N − 1: conserved by the gradient flow, at any speed.

    M_{n+1}ᵀ θ'_{n+1} = −2 Π_{>n}ᵀ E Σ Π_{<n+1}ᵀ = θ'_n M_nᵀ: the two halves of the derivative cancel one by one.
    """
    return np.asarray(np.swapaxes(M[1:], -1, -2) @ M[1:] - M[:-1] @ np.swapaxes(M[:-1], -1, -2))


# ---------------------------------------------------------------- at one moment


def decay_rate(N: int, R: Any, sigma_min: Any) -> Any:
    r"""−ℓ'/ℓ >= 4 σ_min(Σ) (1 − R/N)^{2N−2}  for max‖θ_n‖ <= R < N;  at least 4 σ_min(Σ) e^{−2R} for R <= 1/2.

    ℓ' = −N Σ‖∂ℓ/∂θ_n‖_F² = −(4/N) Σ ‖Π_{>n}ᵀ E Σ Π_{<n}ᵀ‖_F².  Attained by θ_n = −R I and an E whose rows are
    eigenvectors of Σ for its least eigenvalue.  (N − 1) log(1 − R/N) >= −R(N − 1)/(N − R) >= −R while R <= 1.
    """
    return 4 * sigma_min * (1 - R / N) ** (2 * N - 2)


def speed_bound(N: int, R: Any, force: Any) -> Any:
    r"""‖θ'_n‖_F <= 2 (1 + R/N)^{N−1} ‖EΣ‖_F, at most 2 e^R ‖EΣ‖_F; attained by θ_n = R I.  force: ‖EΣ‖_F."""
    return 2 * (1 + R / N) ** (N - 1) * force


def roughening_speed(N: int, R: Any, force: Any) -> Any:
    r"""N ‖D'_n‖_F <= 4R (1 + R/N)^{N−2} ‖EΣ‖_F, at most 4R e^R ‖EΣ‖_F, for N >= 2.  force: ‖EΣ‖_F.

    θ'_{n+1} − θ'_n = −2 (G M_nᵀ − M_{n+1}ᵀ G) = −(2/N) (G θ_nᵀ − θ_{n+1}ᵀ G),  G = Π_{>n+1}ᵀ E Σ Π_{<n}ᵀ: the
    difference of two layers moves 1/N as fast as the layers.  Attained at n = 0 by θ_n = R diag(1, −1), EΣ = e_1 e_2ᵀ.
    """
    return 4 * R * (1 + R / N) ** (N - 2) * force


# ---------------------------------------------------------------- for all times


def small_enough_recalled(size: Any, loss0: Any, sigma_min: Any, sigma_max: Any) -> bool:
    r"""The assumption as recalled: max‖θ_n(0)‖ <= 1/4 and e^{3/2} σ_max^{1/2}/σ_min ℓ(0)^{1/2} <= 1/4."""
    return bool(size <= 1 / 4 and move_bound_recalled(loss0, sigma_min, sigma_max) <= 1 / 4)


def small_enough(size: Any, loss0: Any, sigma_min: Any) -> bool:
    r"""A weaker assumption that suffices: max‖θ_n(0)‖ + e^{3/2} (ℓ(0)/σ_min)^{1/2} <= 1/2."""
    return bool(size + move_bound(loss0, sigma_min) <= 1 / 2)


def decay(t: Any, sigma_min: Any) -> Any:
    r"""log(ℓ(0)/ℓ(t)) >= 4 σ_min(Σ) t/e while ‖θ_n‖ <= 1/2: `decay_rate` with R = 1/2, for every N."""
    return 4 * sigma_min * t / E


def move_bound_recalled(loss0: Any, sigma_min: Any, sigma_max: Any) -> Any:
    r"""‖θ_n(t) − θ_n(0)‖_F <= e^{3/2} σ_max(Σ)^{1/2}/σ_min(Σ) ℓ(0)^{1/2}.

    ∫ 2e^{1/2} σ_max^{1/2} ℓ^{1/2} dt with ℓ <= ℓ(0) e^{−4σ_min t/e}: the bound of the recalled proof.
    """
    return E**1.5 * sigma_max**0.5 / sigma_min * loss0**0.5


def typical_move_bound(loss0: Any, sigma_min: Any) -> Any:
    r"""(1/N Σ_n ‖θ_n(t) − θ_n(0)‖_F²)^{1/2} <= e^{1/2} (ℓ(0)/σ_min(Σ))^{1/2} while ‖θ_n‖ <= 1/2.

    The speed of all layers together is v = (1/N Σ‖θ'_n‖_F²)^{1/2} = (−ℓ')^{1/2}, so that with −ℓ' >= 4σℓ/e

        ∫ v dt = ∫ −ℓ'/(−ℓ')^{1/2} dt <= ∫ −ℓ'/(4σℓ/e)^{1/2} dt <= (e ℓ(0)/σ)^{1/2}    (Łojasiewicz).

    No σ_max and no e^{3/2}.  Nearly attained by θ_n(0) = −R I, R → 1/2, ℓ(0) → 0.
    """
    return E**0.5 * (loss0 / sigma_min) ** 0.5


def move_bound(loss0: Any, sigma_min: Any) -> Any:
    r"""‖θ_n(t) − θ_n(0)‖_F <= e^{3/2} (ℓ(0)/σ_min(Σ))^{1/2} for every layer, while ‖θ_n‖ <= 1/2.

    No layer is faster than e times all layers together: 2e^{1/2} ‖EΣ‖_F against at least 2e^{−1/2} ‖EΣ‖_F.  It is
    (σ_min/σ_max)^{1/2} times `move_bound_recalled`: the condition number of Σ is not needed.
    """
    return E * typical_move_bound(loss0, sigma_min)


def roughening_bound(loss0: Any, sigma_min: Any) -> Any:
    r"""N ‖D_n(t) − D_n(0)‖_F <= e^{3/2} (ℓ(0)/σ_min(Σ))^{1/2} while ‖θ_n‖ <= 1/2; at most 1/4 under either assumption
    with ‖θ_n(0)‖ = 1/4.

    `roughening_speed` with R = 1/2 is 2e^{1/2} ‖EΣ‖_F, the same as `speed_bound`.
    """
    return move_bound(loss0, sigma_min)


# ---------------------------------------------------------------- targets and steps


def distance_to_singular(B: Array, Sigma: Array) -> float:
    r"""min over det Π >= 0 of ‖(Π − B)Σ^{1/2}‖_F = σ_min(BΣ^{1/2}) for det B < 0.

    A path from B to a matrix of determinant >= 0 meets a singular one; the nearest is σ_min away (Eckart, Young).
    With N >= 2 layers and θ(0) = 0 the flow is balanced, M_{n+1}ᵀM_{n+1} = M_n M_nᵀ, so with Π = U s Vᵀ
    Π_{>n}Π_{>n}ᵀ = (ΠΠᵀ)^{(N−1−n)/N}, Π_{<n}ᵀΠ_{<n} = (ΠᵀΠ)^{n/N}, and (log det Π)' = −2 tr(s^{1−2/N} UᵀEΣV)
    stays finite: det Π > 0 for all times, and ℓ(t) never falls below the square of this distance.
    """
    return float(np.linalg.svd(B @ np.linalg.cholesky(Sigma), compute_uv=False)[-1])


def sharpness(theta: Array, Sigma: Array) -> float:
    r"""λ_max(K), K = (1/N) Σ_n Π_{>n}Π_{>n}ᵀ ⊗ LᵀΠ_{<n}ᵀΠ_{<n}L, Σ = LLᵀ: gradient descent is stable iff η < 1/λ_max.

    To first order in E a step of gradient descent takes EL to (1 − 2ηK) EL.  At a minimum with E = 0 the Hessian of
    ℓ has the eigenvalues 2λ(K)/N and 0.
    """
    before, after, _ = partial_products(layers(theta))
    scaled = before @ np.linalg.cholesky(Sigma)
    outer, inner = after @ np.swapaxes(after, -1, -2), np.swapaxes(scaled, -1, -2) @ scaled
    K = np.einsum("nij,nkl->ikjl", outer, inner) / len(theta)
    return float(np.linalg.eigvalsh(K.reshape(outer[0].size, -1))[-1])


def step_threshold(B: Array, N: int) -> float:
    r"""η* = ‖B‖^{−2+2/N} (Σ = I): no minimum is stable for a larger step, the balanced one is for every smaller.

    With the singular vectors yᵀBx = ‖B‖ = b and the geometric mean below the arithmetic one:
    λ_max(K) >= (1/N) Σ ‖Π_{>n}ᵀy‖² ‖Π_{<n}x‖² >= Π_n (‖Π_{>n}ᵀy‖ ‖Π_{<n}x‖)^{2/N} >= b^{2(N−1)/N}, because
    ‖Π_{>n}ᵀy‖ ‖Π_{<n+1}x‖ >= yᵀ Π_{>n} Π_{<n+1} x = b for n < N − 1.  Equality at a balanced minimum.
    """
    return float(np.linalg.norm(B, 2) ** (-2 + 2 / N))


def balanced(B: Array, N: int) -> Array:
    """θ with Π = B and M_{n+1}ᵀM_{n+1} = M_n M_nᵀ:  M_0 = s^{1/N} Vᵀ, M_n = s^{1/N}, M_{N−1} = U s^{1/N}, B = U s Vᵀ.

    The rotations sit in the outer layers; the sharpness does not depend on where.
    """
    U, s, Vt = np.linalg.svd(B)
    M = np.repeat(np.diag(s ** (1 / N))[None], N, axis=0)
    M[0], M[-1] = M[0] @ Vt, U @ M[-1]
    return np.asarray(N * (M - np.eye(len(B))))


# ---------------------------------------------------------------- the limit


@dataclass(frozen=True)
class Limit:
    r"""The limit N → ∞ of the flow, ∂_t ψ(s, t) = −2 Φ(1, s)ᵀ (Φ(1, 0) − B) Σ Φ(s, 0)ᵀ, ∂_s Φ = ψ Φ, Φ(0, 0) = I.

    By collocation at `nodes` Gauss points c_k of [0, 1], not by a deep network: Φ(c_k) = I + Σ_j J_kj ψ_j Φ_j,
    J_kj = ∫_0^{c_k} l_j, is one linear system, and Φ(1) = I + Σ_j w_j ψ_j Φ_j.  Spectrally accurate where ψ(·, 0) is
    smooth; ψ is known at s by its interpolant of degree nodes − 1.
    """

    B: Array
    Sigma: Array
    nodes: int = 16

    def points(self) -> Array:
        """c_1 … c_K, the Gauss points of [0, 1]."""
        return np.asarray((legendre.leggauss(self.nodes)[0] + 1) / 2)

    def _integral(self, ends: Array) -> Array:
        """∫_0^s l_j for every s of `ends` (rows) and node j (columns)."""
        values = np.linalg.inv(legendre.legvander(2 * self.points() - 1, self.nodes - 1))
        return np.asarray(legendre.legval(2 * ends - 1, legendre.legint(values, lbnd=-1) / 2).T)

    def interpolated(self, psi: Array, s: Array) -> Array:
        """ψ at the depths s, from its values at the nodes (… x K x d x d)."""
        values = np.linalg.inv(legendre.legvander(2 * self.points() - 1, self.nodes - 1))
        weights = legendre.legvander(2 * s - 1, self.nodes - 1) @ values
        return np.asarray(np.einsum("sk,...kij->...sij", weights, psi))

    def propagators(self, psi: Array) -> tuple[Array, Array]:
        """Φ(c_k, 0) (K x d x d) and Φ(1, 0)."""
        return self._propagators(psi, self._integral(np.append(self.points(), 1.0)))

    def _propagators(self, psi: Array, integral: Array) -> tuple[Array, Array]:
        K, d = self.nodes, len(self.B)
        system = np.eye(K * d) - np.einsum("kj,jab->kajb", integral[:-1], psi).reshape(K * d, K * d)
        Phi = np.linalg.solve(system, np.tile(np.eye(d), (K, 1))).reshape(K, d, d)
        return Phi, np.eye(d) + np.einsum("j,jab->ab", integral[-1], psi @ Phi)

    def flow(self, psi0: Callable[[float], Array], times: Sequence[float], tol: float = 1e-11) -> Array:
        """ψ at the nodes and at increasing times: len(times) x K x d x d."""
        start = np.array([psi0(c) for c in self.points()])
        integral = self._integral(np.append(self.points(), 1.0))

        def right(t: float, y: Array) -> Array:
            Phi, whole = self._propagators(y.reshape(start.shape), integral)
            after = whole @ np.linalg.inv(Phi)
            force = (whole - self.B) @ self.Sigma
            return np.asarray(-2 * np.swapaxes(after, 1, 2) @ force @ np.swapaxes(Phi, 1, 2)).ravel()

        return _integrated(right, start, times, tol)
