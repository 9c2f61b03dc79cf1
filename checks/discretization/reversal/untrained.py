"""Untrained networks: the error of rebuilding is a random walk until the depth is about the width squared."""

from __future__ import annotations

from itertools import product

import numpy as np
import sympy as sp

from gronwall import comparison, identity, pick, rate
from gronwall.theory.discretization.reversal import EULER, UntrainedRelu, forward_states, reconstructed_states
from gronwall.theory.discretization.reversal_gradients import RELU, residual_of
from gronwall.theory.perceptrons import Layer

TRAP = "Trap: untrained networks (own statement)"
X, S, T = sp.symbols("X sigma_V sigma_W", positive=True)


def moment(k: int, sigma, half: bool):
    """E[z^k] of z ~ N(0, σ²), or E[z^k; z > 0]."""
    positive = sigma**k * 2 ** sp.Rational(k, 2) * sp.gamma(sp.Rational(k + 1, 2)) / sp.sqrt(sp.pi) / 2
    return positive if half else (1 + (-1) ** k) * positive


def expectation(d: int, w: int, of):
    """E[of(Q)] of Q = J f = V D W V relu(W x), x = (X, 0, …), over Gaussian V and W, as an exact expression.

    Unit by unit the pre-activation W_j0 X is positive or not; where it is not, the unit is off.
    """
    V = sp.Matrix(d, w, lambda i, j: sp.Symbol(f"v{i}{j}"))
    W = sp.Matrix(w, d, lambda i, j: sp.Symbol(f"w{i}{j}"))
    gens = [*V, *W]
    total = 0
    for on in product((0, 1), repeat=w):
        M = sp.diag(*on) * W
        Q = V * M * V * (M[:, 0] * X)
        for powers, coefficient in sp.Poly(sp.expand(of(Q)), *gens).terms():
            factors = [moment(k, S, False) for k in powers[: d * w]]
            factors += [moment(k, T, i % d == 0) for i, k in enumerate(powers[d * w :])]
            total += coefficient * sp.prod(factors)
    return sp.simplify(total)


SIZES = {"d = 1, w = 1": (1, 1), "d = 2, w = 1": (2, 1), "d = 1, w = 2": (1, 2), "d = 2, w = 2": (2, 2)}


@identity(source="gronwall", ref=TRAP, cases=SIZES)
def a_random_layer_and_its_jacobian_have_a_mean(case):
    r"""A Gaussian layer $f=V\,\mathrm{relu}(Wx)$ has $E[\partial f f]=cx$ and $E\|\partial f f\|^2=\rho c^2\|x\|^2$.

    c = w σ_V² σ_W²/2, ρ = ((d² + 2)(w − 1) + 2(d + 2)²)/w ≈ d².  V occurs twice, so one layer forth
    and back errs on average by −c x/N², a drift; about it there is a random walk, d times larger in a single layer.
    """
    law = UntrainedRelu(*case, S, T)
    rho = sp.Rational(law.crossover.numerator, law.crossover.denominator)
    found = sp.Matrix([expectation(*case, lambda Q: Q[0]), expectation(*case, lambda Q: Q.dot(Q))])
    return found, sp.Matrix([law.drift * X, rho * law.drift**2 * X**2])


@a_random_layer_and_its_jacobian_have_a_mean.mutant("no drift: the mean of independent layers is zero")
def _(case):
    left, right = a_random_layer_and_its_jacobian_have_a_mean(case)
    return left, sp.Matrix([0, right[1]])


@a_random_layer_and_its_jacobian_have_a_mean.mutant("ρ = d²: for wide layers only")
def _(case):
    left, right = a_random_layer_and_its_jacobian_have_a_mean(case)
    return left, sp.Matrix([right[0], case[0] ** 2 * right[0] ** 2])


def relative_error(law: UntrainedRelu, depth: int, many: int, rng) -> float:
    """The mean square of ‖x̃_0 − x_0‖/‖x_0‖ over `many` networks of independent layers."""
    d, w = law.d, law.w
    x0, bias = rng.normal(size=(many, d, 1)), np.zeros((w, 1))
    layers = []
    for _ in range(depth):
        V, W = law.sigma_V * rng.normal(size=(many, d, w)), law.sigma_W * rng.normal(size=(many, w, d))
        layers.append(Layer(V, W, bias))
    f = residual_of(layers, RELU)
    states = forward_states(EULER, f, x0, depth)
    apart = reconstructed_states(EULER, f, states[-1], depth)[0] - x0
    return float(np.mean((apart**2).sum(axis=(1, 2)) / (x0**2).sum(axis=(1, 2))))


SMALL = UntrainedRelu(4, 8, 0.1, 0.1)  # ρ = 24.75
MANY = pick(quick=10_000, full=200_000)


@comparison(
    source="gronwall", ref=TRAP, seeds=10, equivalent_within=0.1, cases={"N = 4": 4, "N = 16": 16, "N = 64": 64}
)
def untrained_networks_are_rebuilt_as_the_law_says(rng, case, effort, log):
    r"""$E\|\tilde x_0-x_0\|^2=\frac{c^2}{N^2}(1+\frac{\rho-1}N)\|x_0\|^2$ for small independent layers.

    At three depths; c and ρ as in `a_random_layer_and_its_jacobian_have_a_mean`, none fitted.  To leading order in
    the size of the weights, and within 10 %, a few times the sampling error of 1000 networks with heavy tails.
    """
    measured, predicted = relative_error(SMALL, case, max(1000, MANY.at(effort) // case), rng), SMALL.mean_square(case)
    log("untrained", x=case, measured=measured**0.5, predicted=float(predicted) ** 0.5)
    return measured, float(predicted)


@untrained_networks_are_rebuilt_as_the_law_says.mutant("no random walk: c/N at every depth")
def _(rng, case):
    return relative_error(SMALL, case, 10_000 // case, rng), SMALL.drift**2 / case**2


@untrained_networks_are_rebuilt_as_the_law_says.mutant("ten times the walk: ρ − 1 ten times larger")
def _(rng, case):
    return relative_error(SMALL, case, 10_000 // case, rng), SMALL.drift**2 * (1 + 237.5 / case) / case**2


def he(d: int, w: int) -> UntrainedRelu:
    """The usual initialisation: variance 1/w for V, 2/d for W, so that c = 1/d."""
    return UntrainedRelu(d, w, w**-0.5, (2 / d) ** 0.5)


@rate(source="gronwall", ref=TRAP, order=1.5, at=[2, 4, 8, 16, 32, 64], seeds=3, within=0.1)
def a_wide_untrained_network_looks_like_order_three_halves(n, rng, log):
    r"""While $N\ll\rho\approx d^2$, the error of rebuilding an untrained network falls like $N^{-3/2}$.

    32 states, N <= 64: √N independent errors of size 1/N²; the drift, d times smaller in one layer, is not yet seen.
    """
    error = relative_error(he(32, 32), n, max(8, 512 // n), rng) ** 0.5
    log("untrained", x=n, measured=error, predicted=he(32, 32).mean_square(n) ** 0.5, width=32)
    return error


a_wide_untrained_network_looks_like_order_three_halves.mutant("order one from the start", order=1)
a_wide_untrained_network_looks_like_order_three_halves.mutant("order two", order=2)


@a_wide_untrained_network_looks_like_order_three_halves.mutant("the same layer, used n times")
def _(n, rng):
    law = he(32, 32)
    V, W = law.sigma_V * rng.normal(size=(8, 32, 32)), law.sigma_W * rng.normal(size=(8, 32, 32))
    f, x0 = residual_of([Layer(V, W, np.zeros((32, 1)))] * n, RELU), rng.normal(size=(8, 32, 1))
    states = forward_states(EULER, f, x0, n)
    return float(np.linalg.norm(reconstructed_states(EULER, f, states[-1], n)[0] - x0))


LATE = pick(quick=[128, 256, 512, 1024], full=[128, 256, 512, 1024, 2048])


@rate(source="gronwall", ref=TRAP, order=1, at=LATE, seeds=4, within=0.1)
def a_narrow_untrained_network_settles_at_order_one(n, rng, log):
    r"""Once $N\gg\rho\approx d^2$, the drift $cx/N$ is left and the error of rebuilding falls like $1/N$.

    4 states, N >= 128.  With 32 states the same sweep is still on its way from 3/2 to 1 at N = 1024: where a fit may
    start depends on the width, not on N >= 256.
    """
    error = relative_error(he(4, 8), n, max(24, 2**13 // n), rng) ** 0.5
    log("untrained", x=n, measured=error, predicted=he(4, 8).mean_square(n) ** 0.5, width=4)
    return error


a_narrow_untrained_network_settles_at_order_one.mutant("order three halves", order=1.5)


@a_narrow_untrained_network_settles_at_order_one.mutant("32 states, at a sixteenth of the depth")
def _(n, rng):
    return relative_error(he(32, 32), n // 16, max(8, 4096 // n), rng) ** 0.5
