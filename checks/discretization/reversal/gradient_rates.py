"""Proposition 4: the rates 1/N and 1/N² of the gradient errors, their leading terms, and the last layer."""

from __future__ import annotations

import numpy as np

from gronwall import identity, rate
from gronwall.theory.discretization.reversal import EULER, forward_states, leading_errors, reconstructed_states
from gronwall.theory.discretization.reversal_gradients import (
    Gradients,
    backprop,
    leading_gradients,
    memory_free,
    perceptron_vjp_tangent,
    residual_of,
    square_norm,
    vjp_of,
)
from gronwall.theory.perceptrons import perceptron_jvp
from systems.discretization import backwards

PROPOSITION = "Proposition 4 (recalled)"
DEPTHS, SEEDS = backwards.DEPTHS, backwards.SEEDS
CASES = {
    f"{of}, {family}": (of, family) for family in ("tied", "smooth", "lipschitz") for of in ("x", "theta")
}  # fmt: skip
ORDERS = {"x": 1, "theta": 2}


@rate(
    source="sander2022", ref=PROPOSITION, order=lambda case: ORDERS[case[0]],
    at=DEPTHS, seeds=SEEDS, within=0.05, cases=CASES,
)  # fmt: skip
def gradients_err_like_one_over_depth_and_its_square(n, shared_rng, rng, case, log):
    r"""Through rebuilt states the gradients in $x_n$ err like $1/N$ and those in $\theta_n$ like $1/N^2$.

    The worst layer; tanh, float64; $\nabla_{\theta_n}$ is itself of size 1/N, so both relative errors are of order 1/N.
    """
    of, family = case
    error = backwards.error_of(backwards.deep(family, n, shared_rng, rng), EULER, of)
    log("gradient", x=n, measured=error, scheme="euler", of=of, weights=family)
    return error


gradients_err_like_one_over_depth_and_its_square.mutant(
    "the two rates swapped", order=lambda case: ORDERS["theta" if case[0] == "x" else "x"]
)
gradients_err_like_one_over_depth_and_its_square.mutant("half an order more", order=lambda case: ORDERS[case[0]] + 0.5)


@gradients_err_like_one_over_depth_and_its_square.mutant("one more 1/N in front of both")
def _(n, shared_rng, rng, case):
    return backwards.error_of(backwards.deep(case[1], n, shared_rng, rng), EULER, case[0]) / n


def at(points: list, net: backwards.Deep) -> Gradients:
    """The gradients at given states x_0 … x_N."""
    return backprop(EULER, residual_of(net.layers), vjp_of(net.layers), points, net.g, net.depth)


def remainder(net: backwards.Deep, of: str, shift: int = 0, bent: float = 1.0) -> float:
    """max_n of the error minus its leading term; Jacobians at x̃_{n+shift}; `bent` times the ∂²f terms."""
    states, rebuilt = backwards.states_of(net, EULER)
    f, N = residual_of(net.layers), net.depth
    stored, wrong = at(states, net), at(rebuilt[shift:] + rebuilt[-1:] * shift, net)
    epsilon = leading_errors(f, lambda n, x, v: perceptron_jvp(x, net.layers[n], v), states)

    def tangent(n, x, g, v):
        to_x, to_layer = perceptron_vjp_tangent(x, net.layers[n], g, v)
        return bent * to_x, bent * to_layer

    leading = leading_gradients(vjp_of(net.layers), tangent, states, stored.states, epsilon)
    if of == "x":
        expected = [a + eta / N for a, eta in zip(stored.states, leading.states, strict=True)]
        return backwards.typical(backwards.worst(expected, wrong.states))
    expected = [a + 1 / N**2 * zeta for a, zeta in zip(stored.weights, leading.weights, strict=True)]
    return backwards.typical(backwards.worst(expected, wrong.weights))


BENT = {f"{of}, {family}": (of, family) for family in ("tied", "smooth") for of in ("x", "theta")}


def steeper(case: tuple[str, str]) -> int:
    return 1 + ORDERS[case[0]]


@rate(source="sander2022", ref=PROPOSITION, order=steeper, at=DEPTHS, seeds=SEEDS, within=0.1, cases=BENT)
def gradient_errors_have_a_leading_term(n, shared_rng, rng, case):
    r"""$\tilde g_n=g_n+\frac{\eta_n}N+O(N^{-2})$ and $\tilde\gamma_n=\gamma_n+\frac{\zeta_n}{N^2}+O(N^{-3})$.

    η_n = η_{n+1} + (Jᵀη_{n+1} + (∂J[ε_n])ᵀg_{n+1})/N and ζ_n = ∂_θfᵀη_{n+1} + (∂_x∂_θf[ε_n])ᵀg_{n+1}, ε of
    `the_error_of_the_rebuilt_states_has_a_leading_term`: what the bounds overstate by 10² and more, this states.
    """
    return remainder(backwards.deep(case[1], n, shared_rng, rng), case[0])


NOISE = {of: (of, "noise") for of in ("x", "theta")}


@rate(
    source="sander2022", ref=PROPOSITION, order=steeper, at=DEPTHS, seeds=4, at_least=True, cases=NOISE, effort="full"
)  # fmt: skip
def gradient_errors_have_a_leading_term_without_smoothness(n, shared_rng, rng, case):
    r"""The same leading terms with independent noise of size 1 in every layer: no smoothness in depth is used.

    The remainder is a random walk at first, and falls faster than 1/N² and 1/N³ on the way to them.
    """
    return remainder(backwards.deep("noise", n, shared_rng, rng, many=400, d=2), case[0])


for claim, options in (
    (gradient_errors_have_a_leading_term, {}),
    (gradient_errors_have_a_leading_term_without_smoothness, {"many": 100, "d": 2}),
):

    @claim.mutant("the vjp at x̃_{n+1} instead of x̃_n")
    def _(n, shared_rng, rng, case, options=options):
        return remainder(backwards.deep(case[1], n, shared_rng, rng, **options), case[0], shift=1)

    @claim.mutant("half the second derivatives")
    def _(n, shared_rng, rng, case, options=options):
        return remainder(backwards.deep(case[1], n, shared_rng, rng, **options), case[0], bent=0.5)


def last_layer(n: int, shared_rng, rng) -> tuple[Gradients, Gradients]:
    return backwards.gradients_of(backwards.deep("smooth", n, shared_rng, rng), EULER)


LAST = {"x": lambda g: g.states[-2], "theta": lambda g: g.weights[-1]}


@rate(source="sander2022", ref=PROPOSITION, order=3, at=[64, 128, 256, 512, 1024], seeds=SEEDS, within=0.1, cases=LAST)
def the_last_layer_errs_by_one_over_depth_cubed(n, shared_rng, rng, case):
    r"""At the last layer $\nabla_{x_{N-1}}$ and $\nabla_{\theta_{N-1}}$ are not exact, but both err only like $1/N^3$.

    One rebuilt state is wrong by O(1/N²), and the layer's derivative carries a factor 1/N; only ∇_{x_N} is exact.
    """
    stored, rebuilt = map(case, last_layer(n, shared_rng, rng))
    return backwards.typical(np.sqrt(square_norm(stored - rebuilt)))


the_last_layer_errs_by_one_over_depth_cubed.mutant("order two, as in the other layers", order=2)
the_last_layer_errs_by_one_over_depth_cubed.mutant("order four", order=4)


@the_last_layer_errs_by_one_over_depth_cubed.mutant("the first layer instead")
def _(n, shared_rng, rng, case):
    stored, rebuilt = last_layer(n, shared_rng, rng)
    pick_first = (lambda g: g.states[0]) if case is LAST["x"] else (lambda g: g.weights[0])
    return backwards.typical(np.sqrt(square_norm(pick_first(stored) - pick_first(rebuilt))))


def gradient_at(last) -> np.ndarray:
    """The gradient of Σ cosh x_i at the last state."""
    return np.sinh(last)


def ends(net: backwards.Deep, start) -> tuple[float, float]:
    """How many entries of ∇_{x_N} differ with and without stored states, and 0."""
    f, vjp = residual_of(net.layers), vjp_of(net.layers)
    states = forward_states(EULER, f, net.x0, net.depth)
    last = start(states, f, net.depth)
    stored = backprop(EULER, f, vjp, states, gradient_at(states[-1]), net.depth).states[-1]
    rebuilt = memory_free(EULER, f, vjp, last, gradient_at(last), net.depth).states[-1]
    return float(np.sum(stored != rebuilt)), 0.0


@identity(source="sander2022", ref=PROPOSITION)
def the_gradient_at_the_last_state_is_exact(rng):
    r"""$\tilde\nabla_{x_N}=\nabla_{x_N}$ bit for bit, for a loss that is not linear: the last state is kept."""
    return ends(backwards.deep("smooth", 16, rng, rng), lambda states, f, N: states[-1])


@the_gradient_at_the_last_state_is_exact.mutant("the last state run anew from the rebuilt first one")
def _(rng):
    def anew(states, f, N):
        return forward_states(EULER, f, reconstructed_states(EULER, f, states[-1], N)[0], N)[-1]

    return ends(backwards.deep("smooth", 16, rng, rng), anew)
