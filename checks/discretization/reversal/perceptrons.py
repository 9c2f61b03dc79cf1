"""Proposition 3 on perceptrons: rough weights in balls, the rate 1/N, and the leading term."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, reduce

from hypothesis import strategies as st

from gronwall import bound, pick, rate
from gronwall.theory import rigor
from gronwall.theory.arithmetic import maximum, norm
from gronwall.theory.discretization.reversal import (
    EULER,
    HEUN,
    forward_states,
    leading_errors,
    reconstructed_states,
    reconstruction_bound_at,
)
from gronwall.theory.discretization.reversal_gradients import residual_of
from gronwall.theory.perceptrons import perceptron_jvp
from systems.discretization import backwards
from systems.discretization.exact_perceptrons import ExactPerceptrons, eighths

PERCEPTRONS = st.one_of(
    st.builds(ExactPerceptrons, st.just("rough"), st.integers(1, 12), eighths(12), st.integers(0, 10**6)),
    st.builds(ExactPerceptrons, st.just("tuned"), st.integers(1, 32), eighths(16)),
)


def measured(instance: ExactPerceptrons):
    """‖x̃_n − x_n‖ for n < N, and (L, C_f): L = max‖V‖ max‖W‖ certified, C_f = max_n ‖f_n(x_n)‖, all balls."""
    return measured_at(instance, rigor.current_precision())


@lru_cache(maxsize=256)
def measured_at(instance: ExactPerceptrons, bits: int):
    """`measured` at a precision, kept for the mutants."""
    layers, x0 = instance.build()
    f = residual_of(layers)
    states = forward_states(EULER, f, x0, instance.depth)
    rebuilt = reconstructed_states(EULER, f, states[-1], instance.depth)
    V, W = (reduce(maximum, (rigor.spectral_norm(getattr(a, part)) for a in layers)) for part in ("V", "W"))
    C_f = reduce(maximum, (norm(f(n, x)) for n, x in enumerate(states[:-1])))
    return [norm(x - y) for x, y in zip(states[:-1], rebuilt[:-1], strict=True)], V * W, C_f


def bounds(instance: ExactPerceptrons, L, C_f) -> list[object]:
    return [reconstruction_bound_at(n, instance.depth, L, C_f) for n in range(instance.depth)]


PROPOSITION = "Proposition 3 (recalled)"


@bound(source="sander2022", ref=PROPOSITION, over=PERCEPTRONS, sharp=0.999, examples=pick(quick=60, full=600))
def rough_perceptrons_are_rebuilt_within_the_bound(instance):
    r"""$\|\tilde x_n-x_n\|\le\frac{C_f}N((1+\frac LN)^{N-n}-1)$ for $V_n\tanh(W_nx+b_n)$, rough in depth.

    Weights independent from layer to layer, rational; states and certified norms in balls.  One unit near its
    inflection attains it (0.9999); on random layers it is loose by 1.4 to 50, by 10 in the median: the residuals turn
    from layer to layer, and L is a product of norms.
    """
    errors, L, C_f = measured(instance)
    return errors, bounds(instance, L, C_f)


@rough_perceptrons_are_rebuilt_within_the_bound.witness
def _():
    return ExactPerceptrons("tuned", 32, Fraction(1, 2))


@rough_perceptrons_are_rebuilt_within_the_bound.mutant("half of it")
def _(instance):
    errors, L, C_f = measured(instance)
    return errors, bounds(instance, L, C_f / 2)


@rough_perceptrons_are_rebuilt_within_the_bound.mutant("L C_f (N − n)/N²: errors add up and do not grow")
def _(instance):
    (errors, L, C_f), N = measured(instance), instance.depth
    return errors, [L * C_f * (N - n) / N**2 for n in range(N)]


@rough_perceptrons_are_rebuilt_within_the_bound.mutant("1/N²")
def _(instance):
    errors, L, C_f = measured(instance)
    return errors, bounds(instance, L, C_f / instance.depth)


DEPTHS, SEEDS = backwards.DEPTHS, backwards.SEEDS


@rate(
    source="sander2022",
    ref=PROPOSITION,
    order=1,
    at=DEPTHS,
    seeds=SEEDS,
    within=0.05,
    cases=["tied", "smooth", "lipschitz"],
)
def rebuilt_states_err_like_one_over_depth(n, shared_rng, rng, case, log):
    r"""$\max_n\|\tilde x_n-x_n\|\sim1/N$ for weights that are tied, smooth or only Lipschitz in depth."""
    error = backwards.error_of(backwards.deep(case, n, shared_rng, rng), EULER, "states")
    log("reconstruction", x=n, measured=error, scheme="euler", of="states", weights=case)
    return error


rebuilt_states_err_like_one_over_depth.mutant("order two", order=2)
rebuilt_states_err_like_one_over_depth.mutant("order three halves", order=1.5)


@rebuilt_states_err_like_one_over_depth.mutant("the rebuilt states of a network run with Heun's steps")
def _(n, shared_rng, rng, case):
    return backwards.error_of(backwards.deep(case, n, shared_rng, rng), HEUN, "states")


def remainder(net: backwards.Deep, factor: float, jvp=perceptron_jvp) -> float:
    """max_n ‖x̃_n − x_n − factor ε_n/N‖ with ε of `leading_errors`."""
    states, rebuilt = backwards.states_of(net, EULER)
    f = residual_of(net.layers)
    epsilon = leading_errors(f, lambda n, x, v: jvp(x, net.layers[n], v), states)
    expected = [x + factor / net.depth * e for x, e in zip(states, epsilon, strict=True)]
    return backwards.typical(backwards.worst(rebuilt, expected)[..., None])


MANY = {"tied": {}, "smooth": {}, "lipschitz": {}, "noise": {"many": 200, "d": 2}}


def is_noise(case: str) -> bool:
    return case == "noise"


def drawn(case: str, n: int, shared_rng, rng) -> backwards.Deep:
    """The networks of a case; random layers need many of them, since N layers average their noise."""
    return backwards.deep(case, n, shared_rng, rng, **MANY[case])


@rate(source="sander2022", ref=PROPOSITION, order=2, at=DEPTHS, seeds=SEEDS, at_least=is_noise, cases=list(MANY))
def the_error_of_the_rebuilt_states_has_a_leading_term(n, shared_rng, rng, case):
    r"""$\tilde x_n=x_n+\frac{\varepsilon_n}N+O(N^{-2})$ with $\varepsilon_n$ computed along the trajectory.

    ε_n = ε_{n+1} − ∂f_n[ε_{n+1} + f_n]/N, ε_N = 0.  Sharper than the bound, which is loose on networks, and just as
    true without smoothness in depth (`noise`: independent noise of size 1 in every layer, where the remainder is a
    random walk at first, so that the sweep is a little steeper than two).
    """
    return remainder(drawn(case, n, shared_rng, rng), 1.0)


@the_error_of_the_rebuilt_states_has_a_leading_term.mutant("no leading term")
def _(n, shared_rng, rng, case):
    return remainder(drawn(case, n, shared_rng, rng), 0.0)


@the_error_of_the_rebuilt_states_has_a_leading_term.mutant("half of it, as for the distance to the ODE")
def _(n, shared_rng, rng, case):
    return remainder(drawn(case, n, shared_rng, rng), 0.5)
