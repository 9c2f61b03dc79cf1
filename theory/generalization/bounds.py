r"""How far the risk of a neural ODE or of a residual network can be from its empirical risk (Marion 2023).

    dH_t = Σ_i θ_i(t) f_i(H_t) dt,  H_0 = x,  F_θ(x) = H_1        (a parameterized ODE; every f_i K_f-Lipschitz)
    dH_t = W_t σ(H_t) dt                                          (a neural ODE: m = d², f_ij(x) = σ(x_j) e_i)
    H_{k+1} = H_k + W_{k+1} σ(H_k)/L,  F_W(x) = H_L               (a residual network of depth L)

Symbols: n samples, δ the failure probability; R >= sup_t Σ_i |θ_i(t)|, K the Lipschitz constant of every θ_i in t
(R_W, K_W for matrices, entry by entry; for a network K_W/L >= max |W_{k+1} − W_k|); M = sup_x max_i ‖f_i(x)‖;
‖X‖ <= R_X, ‖Y‖ <= R_Y; the loss is K_ℓ-Lipschitz in its first argument, ℓ >= 0, ℓ(y, y) = 0.  Λ is a Lipschitz
constant of θ ↦ F_θ(x) for ‖·‖_{1,∞}, M_ℓ the range of the loss.  Norms are Euclidean.

Source: P. Marion, Generalization bounds for neural ODEs and deep residual networks, arXiv 2305.06648.
No theorem of the paper was read verbatim: what is recalled is called so, what is used is derived where it stands.
Every bound takes floats or balls (all in one arithmetic), and the coefficients SymPy expressions too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import sympy as sp

from gronwall.theory.arithmetic import exp, log, scalar, sqrt
from gronwall.theory.generalization.covering import cover_log
from gronwall.theory.gronwall_lemma import growth, phi1

__all__ = [
    "Terms", "chained_bound", "chained_smoothness", "confidence_width", "derivations", "displacement",
    "network_growth", "network_lipschitz", "neural_ode_bound", "ode_bound", "parameter_lipschitz", "perturbation",
    "resnet_bound", "sample_gap_quantile", "smoothness_coefficient", "uniform_bound",
]  # fmt: skip

Route = Literal["one scale", "chained"]


# ---------------------------------------------------------------- flows and networks


def displacement(R: Any, K_f: Any, M: Any) -> Any:
    r"""‖F_θ(x) − x‖ <= (M/K_f)(e^{K_f R} − 1) = M R φ₁(K_f R).

    u(s) = max_i ‖f_i(H_s)‖ <= M + K_f ∫₀ˢ |θ|₁ u, so u(s) <= M exp(K_f ∫₀ˢ |θ|₁); integrate |θ|₁ u.  Attained by
    f(h) = h, x > 0, θ ≡ R.  No assumption on f_i(0).  As recalled the paper has M R e^{K_f R}, which is larger.
    """
    return M * R * phi1(K_f * R)


def parameter_lipschitz(R: Any, K_f: Any, M: Any) -> Any:
    r"""Λ = M e^{K_f R}:  ‖F_θ(x) − F_θ̃(x)‖ <= Λ ‖θ − θ̃‖_{1,∞}.

    Δ = H − H̃ has Δ' = Σ(θ_i − θ̃_i) f_i(H) + Σ θ̃_i (f_i(H) − f_i(H̃)), so by Grönwall
        ‖Δ_1‖ <= ∫₀¹ |θ − θ̃|₁(s) · M exp(K_f ∫₀ˢ |θ|₁) · exp(K_f ∫ₛ¹ |θ̃|₁) ds <= M e^{K_f R} ∫₀¹ |θ − θ̃|₁.
    Attained in the limit θ̃ → θ ≡ R by f(h) = h.
    """
    return M * exp(K_f * R)


def network_growth(R: Any, K_s: Any, L: int | None = None) -> Any:
    r"""‖H_L‖ <= ‖x‖ (1 + K_σ R/L)^L for σ(0) = 0, since ‖W‖ <= ‖W‖_{1,1};  e^{K_σ R} for every depth (L None)."""
    return exp(K_s * R) if L is None else 1 + growth(K_s * R * scalar(Fraction(1, L), R), L)[0]


def network_lipschitz(R: Any, K_s: Any, R_X: Any, L: int | None = None) -> Any:
    r"""Λ = K_σ R_X (1 + K_σ R/L)^{L−1}:  ‖F_W(x) − F_W̃(x)‖ <= Λ max_k ‖W_k − W̃_k‖_{1,1};  K_σ R_X e^{K_σ R} for all L.

    Δ_{k+1} <= (1 + K_σ R/L) Δ_k + (K_σ/L) ‖W − W̃‖ ‖H_k‖ with ‖H_k‖ <= R_X (1 + K_σ R/L)^k: every layer adds the
    same product.  Attained for d = 1, relu, x > 0: exactly at L = 1, in the limit W̃ → W ≡ R at any L.
    """
    if L is None:
        return K_s * R_X * exp(K_s * R)
    return K_s * R_X * (1 + growth(K_s * R * scalar(Fraction(1, L), R), L - 1)[0])


def perturbation(states: Sequence[Any], norms: Sequence[Any], differences: Sequence[Any], K_s: Any = 1) -> Any:
    r"""‖F_W(x) − F_W̃(x)‖ <= Δ_L:  Δ_{k+1} = (1 + K_σ ‖W̃_k‖/L) Δ_k + (K_σ/L) ‖W_k − W̃_k‖ ‖H_k‖, Δ_0 = 0.

    states: ‖H_0‖ … ‖H_{L−1}‖ of F_W along one input, as measured;  norms: ‖W̃_k‖;  differences: ‖W_k − W̃_k‖ (spectral).
    The recursion behind `network_lipschitz` before the worst case is taken; with measured norms it is a bound on that
    input only, and smaller by e^{‖W‖_{1,1} − ‖W‖} or so.
    """
    L, gap = len(states), 0 * norms[0]
    for state, norm, difference in zip(states, norms, differences, strict=True):
        gap = gap + (K_s * norm * gap + K_s * difference * state) / L
    return gap


# ---------------------------------------------------------------- one cover, or many


@dataclass(frozen=True)
class Terms:
    """A bound on the risk minus the empirical risk, term by term; `total` is at most the sum of the four.

    discretisation: what the nearest centre costs;  parameters: its starting values, m of them;  smoothness: the
    path in depth, the term with K_Θ (K_W);  confidence: the one with δ.
    """

    discretisation: Any
    parameters: Any
    smoothness: Any
    confidence: Any
    total: Any

    def split(self) -> Any:
        """The sum of the four terms."""
        return self.discretisation + self.parameters + self.smoothness + self.confidence

    def as_dict(self) -> dict[str, float]:
        """The terms as floats, for tables."""
        return {name: float(value) for name, value in vars(self).items()}


def confidence_width(n: Any, delta: Any, loss_range: Any) -> Any:
    """Hoeffding: one fixed θ has risk <= empirical risk + M_ℓ (log(1/δ)/(2n))^(1/2), with probability >= 1 − δ."""
    return loss_range * sqrt(log(1 / delta) / (2 * n))


def uniform_bound(
    n: Any, delta: Any, m: Any, R: Any, K: Any, lipschitz: Any, *, loss_range: Any, eps: Any | None = None
) -> Terms:
    r"""With probability >= 1 − δ, for all θ ∈ Θ at once:  risk − empirical risk <=

        4 K_ℓ Λ ε + M_ℓ ((p + s + log(1/δ))/(2n))^(1/2),     (p, s) = `cover_log`(m, R, K, ε),  ε = n^{−1/2}.

    Members of Θ cover it at 2ε, no more than e^{p+s} of them (`gronwall.theory.generalization.covering`).  Hoeffding's
    inequality and a union bound over them, then to the nearest one and back: 2 · K_ℓ Λ · 2ε.  `lipschitz` is K_ℓ Λ.
    Any ε chosen before the data will do.
    """
    eps = 1 / sqrt(n) if eps is None else eps
    p, s = cover_log(m, R, K, eps)
    confidence = confidence_width(n, delta, loss_range)
    moved = 4 * lipschitz * eps
    joint = loss_range * sqrt((p + s + log(1 / delta)) / (2 * n))
    return Terms(moved, loss_range * sqrt(p / (2 * n)), loss_range * sqrt(s / (2 * n)), confidence, moved + joint)


def chained_bound(
    n: Any, delta: Any, m: Any, R: Any, K: Any, lipschitz: Any, *, loss_range: Any, levels: int = 40
) -> Terms:
    r"""The same at the rate n^{−1/2}, by chaining:  risk − empirical risk <=

        K_ℓ Λ Σ_{j>=1} ε_{j−1} (2 log N(ε_j)/n)^(1/2) + M_ℓ (log(1/δ)/(2n))^(1/2),   ε_j = R 2^{−j},

    which is c n^{−1/2} with a c that does not depend on n.

    Z(θ) = risk − empirical risk is the mean of n centred independent variables, and so is Z(θ) − Z(θ̃), of variables
    in an interval of length 2 K_ℓ Λ ‖θ − θ̃‖: sub-Gaussian with variance proxy (K_ℓ Λ ‖θ − θ̃‖)²/n (Hoeffding's
    lemma; no symmetrisation, no absolute values).  Nets T_j ⊂ Θ at ε_j, T_0 = {0}; the chain goes from a point of T_J
    to the nearest of T_{J−1} and so on, so level j has at most |T_j| links, each no longer than ε_{j−1}, and the
    expectation of the largest of N is at most (2 log N)^(1/2) times the proxy's root.  E Z(0) = 0; the first step
    from θ to T_J costs 2 K_ℓ Λ ε_J, nothing for J → ∞, where the sum converges.  |T_j| <= N(ε_j/2) of `cover_log`.
    From the expectation of the supremum to the supremum: McDiarmid, one sample moves it by at most M_ℓ/n.  (Dudley's
    entropy integral with its constants.)

    J = `levels` are summed, (p_j, s_j) = `cover_log` at ε_j/2; the rest is bounded, with (p + s)^(1/2) <= p^(1/2) +
    s^(1/2), by 4 ε_J (2 p_J/n)^(1/2), since p_{J+i} <= p_J + i m log 2 <= (1 + i) p_J and Σ_i 2^{−i}(1 + i)^(1/2) < 2,
    and by `chained_smoothness` from the radius ε_J on.
    """
    two, parameters, smoothness, joint = scalar(2, R), 0 * R, 0 * R, 0 * R
    radius, p = R, 0 * R
    for _ in range(levels):
        p, s = cover_log(m, R, K, radius / 4)  # ε_j = radius/2, centres anywhere at half of that
        parameters = parameters + radius * sqrt(2 * p / n)
        smoothness = smoothness + radius * sqrt(2 * s / n)
        joint = joint + radius * sqrt(2 * (p + s) / n)
        radius = radius / two
    starts, path = 4 * radius * sqrt(2 * p / n), chained_smoothness(n, m, radius, K, 1)
    confidence = confidence_width(n, delta, loss_range)
    return Terms(
        0 * R,
        lipschitz * (parameters + starts),
        lipschitz * (smoothness + path),
        confidence,
        lipschitz * (joint + starts + path) + confidence,
    )


def smoothness_coefficient(loss_range: Any, m: Any, K: Any) -> Any:
    """(log 2/2)^(1/2) M_ℓ m K^(1/2) = 0.589 M_ℓ m K^(1/2): the coefficient of n^{−1/4} in `uniform_bound`."""
    return sqrt(log(scalar(2, K)) / 2) * loss_range * m * sqrt(K)


def chained_smoothness(n: Any, m: Any, R: Any, K: Any, lipschitz: Any) -> Any:
    r"""4 (1 + √2) K_ℓ Λ m (K R log 2/n)^(1/2): the smoothness term of `chained_bound` for all levels together.

    ε_{j−1} (2 · 2 m²K log 2/(ε_j n))^(1/2) = 4 m (K ε_j log 2/n)^(1/2), and Σ_{j>=1} 2^{−j/2} = 1 + √2.
    With ε_J for R: that of all levels beyond J.
    """
    two = scalar(2, R)
    return 4 * (1 + sqrt(two)) * lipschitz * m * sqrt(K * R * log(two) / n)


def _bound(route: Route, *args: Any, loss_range: Any) -> Terms:
    if route not in ("one scale", "chained"):
        raise ValueError(f"got the route {route!r}: expected 'one scale' or 'chained'")
    bound = uniform_bound if route == "one scale" else chained_bound
    return bound(*args, loss_range=loss_range)


def ode_bound(
    *, n: Any, delta: Any, m: Any, R: Any, K: Any, K_f: Any, M: Any, K_loss: Any, R_X: Any, R_Y: Any,
    route: Route = "one scale",
) -> Terms:  # fmt: skip
    r"""Theorem 1 for parameterized ODEs, with constants that are proved; K = 0 for weights constant in time.

    M_ℓ = K_ℓ (R_X + M R φ₁(K_f R) + R_Y),  Λ = M e^{K_f R}.
    """
    loss_range = K_loss * (R_X + displacement(R, K_f, M) + R_Y)
    return _bound(route, n, delta, m, R, K, K_loss * parameter_lipschitz(R, K_f, M), loss_range=loss_range)


def neural_ode_bound(
    *, n: Any, delta: Any, d: int, R_W: Any, K_W: Any, K_sigma: Any, K_loss: Any, R_X: Any, R_Y: Any,
    route: Route = "one scale",
) -> Terms:  # fmt: skip
    r"""The corollaries for dH = W_t σ(H) dt, σ(0) = 0: m = d², K_f = K_σ, M <= K_σ R_X; K_W = 0 for a constant W.

    ‖H‖ <= R_X e^{K_σ R_W} directly, since σ(0) = 0.
    """
    return resnet_bound(
        n=n, delta=delta, d=d, L=None, R_W=R_W, K_W=K_W, K_sigma=K_sigma, K_loss=K_loss, R_X=R_X, R_Y=R_Y, route=route
    )


def resnet_bound(
    *, n: Any, delta: Any, d: int, L: int | None, R_W: Any, K_W: Any, K_sigma: Any, K_loss: Any, R_X: Any, R_Y: Any,
    route: Route = "one scale",
) -> Terms:  # fmt: skip
    r"""Theorem 2 for residual networks, with constants that are proved; L None: for every depth at once.

    M_ℓ = K_ℓ (R_X (1 + K_σ R_W/L)^L + R_Y),  Λ = K_σ R_X (1 + K_σ R_W/L)^{L−1}, both below their values at L = ∞.
    The cover is that of the paths: the weights are the values of a K_W-Lipschitz polygon on the grid, and so are the
    centres.  R_W >= max_k ‖W_k‖_{1,1}, K_W >= L max_k |W_{k+1} − W_k| entry by entry: a number of the network that
    does not grow with depth where the weights are smooth in depth, and grows like L where they are not.
    """
    loss_range = K_loss * (R_X * network_growth(R_W, K_sigma, L) + R_Y)
    lipschitz = K_loss * network_lipschitz(R_W, K_sigma, R_X, L)
    return _bound(route, n, delta, d * d, R_W, K_W, lipschitz, loss_range=loss_range)


# ---------------------------------------------------------------- what can be computed exactly


def sample_gap_quantile(n: int, p: Fraction, delta: Fraction, up: Any, down: Any) -> Any:
    r"""The least t with P(G > t) <= δ, G = max(up · (p − p̂), down · (p̂ − p)), np̂ binomial(n, p), up >= 0, down any.

    In integers: G over the n + 1 values of p̂, sorted.
    """
    a, b = p.numerator, p.denominator - p.numerator
    weights = [b**n]  # C(n, k) a^k b^(n−k)
    for k in range(n):
        weights.append(weights[-1] * (n - k) * a // ((k + 1) * b))
    gaps = [max(up * (p - Fraction(k, n)), down * (Fraction(k, n) - p)) for k in range(n + 1)]
    above, most = 0, delta * p.denominator**n
    for gap, weight in sorted(zip(gaps, weights, strict=True), reverse=True):
        above += weight
        if above > most:
            return gap
    raise ValueError(f"got δ = {delta}: expected less than 1")


# ---------------------------------------------------------------- derivations


def derivations() -> dict[str, Any]:
    """Steps of the proofs by name, as SymPy expressions that `simplify` must take to zero."""
    n, m, K, R, B, Lam = sp.symbols("n m K R B Lambda", positive=True)
    s, x, theta = sp.symbols("s x theta", positive=True)
    j = sp.Symbol("j", integer=True, positive=True)
    smooth = cover_log(m, R, K, 1 / sp.sqrt(n))[1]
    level = Lam * (R * 2 ** (1 - j)) * sp.sqrt(2 * cover_log(m, R, K, R * 2 ** (-j) / 2)[1] / n)
    flow = x * sp.exp(theta)
    return {
        "the coefficient of n^(-1/4)": B * sp.sqrt(smooth / (2 * n))
        - smoothness_coefficient(B, m, K) * n ** sp.Rational(-1, 4),
        "the smoothness term of a chain, level by level": level
        - chained_smoothness(n, m, R, K, Lam) / (1 + sp.sqrt(2)) * sp.sqrt(2) ** (-j),
        "the sum of its levels": sp.summation(sp.sqrt(2) ** (-j), (j, 1, sp.oo)) - (1 + sp.sqrt(2)),
        "the flow of f(h) = h moves by the displacement": flow - x - displacement(theta, sp.Integer(1), x),
        "its slope in the parameter": sp.diff(flow, theta) - parameter_lipschitz(theta, sp.Integer(1), x),
        "the shares of delta sum to one": sp.summation(1 / (j * (j + 1)), (j, 1, sp.oo)) - 1,
        "the growth of u": Lam * sp.exp(K * s) - Lam - sp.integrate(K * Lam * sp.exp(K * theta), (theta, 0, s)),
    }
