"""Proposition 4: how wrong a gradient is that was pulled back through rebuilt states, in x and in the weights."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce

from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import maximum, norm, sqrt
from gronwall.theory.discretization.reversal import EULER, forward_states, reconstructed_states
from gronwall.theory.discretization.reversal_gradients import (
    TunedGradients,
    backprop,
    gradient_bound,
    gradient_bound_at,
    gradient_constants,
    memory_free,
    residual_of,
    square_norm,
    vjp_of,
    weight_gradient_bound,
    weight_gradient_bound_at,
)
from systems.discretization.exact_perceptrons import ExactPerceptrons, eighths


@dataclass(frozen=True)
class Constants:
    """N and the constants of the proposition; `g` is ‖g_N‖."""

    depth: int
    L: object
    C_f: object
    Lambda: object
    Omega: object
    Lambda_theta: object
    g: object = Fraction(1)

    def x(self) -> list[object]:
        """The bound of ‖g̃_n − g_n‖ for n < N."""
        N = self.depth
        return [self.g * gradient_bound_at(n, N, self.L, self.C_f, self.Lambda) for n in range(N)]

    def theta(self) -> list[object]:
        """The bound of ‖γ̃_n − γ_n‖ for n < N."""
        slopes = {"Omega": self.Omega, "Lambda_theta": self.Lambda_theta}
        constants = (self.depth, self.L, self.C_f, self.Lambda)
        return [self.g * weight_gradient_bound_at(n, *constants, **slopes) for n in range(self.depth)]


def tuned(instance: TunedGradients):
    """Errors in x and θ and the constants, all in fractions."""
    f, vjp, N = instance.residual, instance.vjp, instance.depth
    states = forward_states(EULER, f, instance.start(), N)
    g = instance.covector()
    stored, rebuilt = backprop(EULER, f, vjp, states, g, N), memory_free(EULER, f, vjp, states[-1], g, N)
    in_x = [abs((a - b)[1, 0]) for a, b in zip(stored.states[:-1], rebuilt.states[:-1], strict=True)]
    in_theta = [abs(a - b) for a, b in zip(stored.weights, rebuilt.weights, strict=True)]
    values = (N, instance.L, instance.C_f, instance.Lambda, instance.Omega, instance.Lambda_theta)
    return {"x": in_x, "theta": in_theta}, Constants(*values)


def measured(instance):
    """The errors of the two gradients by name and the constants; perceptrons in balls, from certified norms."""
    return measured_at(instance, rigor.current_precision())


@lru_cache(maxsize=256)
def measured_at(instance, bits: int):
    """`measured` at a precision, kept for the mutants."""
    if isinstance(instance, TunedGradients):
        return tuned(instance)
    layers, x0 = instance.build()
    f, vjp, N = residual_of(layers), vjp_of(layers), instance.depth
    states = forward_states(EULER, f, x0, N)
    g = rigor.matrix([[1]] * x0.nrows())
    stored, rebuilt = backprop(EULER, f, vjp, states, g, N), memory_free(EULER, f, vjp, states[-1], g, N)
    visited = states + reconstructed_states(EULER, f, states[-1], N)
    L, Lambda, Omega, Lambda_theta = gradient_constants(layers, reduce(maximum, map(norm, visited)))
    C_f = reduce(maximum, (norm(f(n, x)) for n, x in enumerate(states[:-1])))
    in_x = [norm(a - b) for a, b in zip(stored.states[:-1], rebuilt.states[:-1], strict=True)]
    in_theta = [sqrt(square_norm(a - b)) for a, b in zip(stored.weights, rebuilt.weights, strict=True)]
    return {"x": in_x, "theta": in_theta}, Constants(N, L, C_f, Lambda, Omega, Lambda_theta, norm(g))


NETWORKS = st.one_of(
    st.builds(TunedGradients, st.integers(1, 8), *[eighths(16)] * 5),
    st.builds(ExactPerceptrons, st.just("rough"), st.integers(1, 10), eighths(12), st.integers(0, 10**6)),
)
PROPOSITION = "Proposition 4 (recalled)"
EXAMPLES = pick(quick=25, full=600)


@bound(source="sander2022", ref=PROPOSITION, over=NETWORKS, sharp=0.999, examples=EXAMPLES, cases=["x", "theta"])
def gradients_err_within_explicit_constants(instance, case):
    r"""$\|\tilde g_n-g_n\|\le\frac{\Lambda C_f}{N^2}q^{m-1}\sum_{k\le m}(q^k-1)\|g_N\|$, the weights alike.

    q = 1 + L/N, m = N − n.  In the weights: (Λ_θ ‖x̃_n − x_n‖ q^{m−1}‖g_N‖ + Ω‖g̃_{n+1} − g_{n+1}‖)/N, norms replaced
    by their bounds.  Attained for Λ, Λ_θ → 0 by `TunedGradients` in fractions.  On random perceptrons, in balls, loose
    by 9 to 1700 in x (median 106) and by 3 to 300 in the weights (median 33): five constants from products of norms,
    none of them reached together with another; `gradient_errors_have_a_leading_term` says what the error is.
    """
    errors, constants = measured(instance)
    return errors[case], getattr(constants, case)()


@gradients_err_within_explicit_constants.witness
def _():
    small = Fraction(1, 1000)
    return TunedGradients(8, Fraction(1, 2), Fraction(1), small, Fraction(1), small)


@gradients_err_within_explicit_constants.witness
def _():
    return ExactPerceptrons("rough", 8, Fraction(1), 1)


@gradients_err_within_explicit_constants.mutant("half of it")
def _(instance, case):
    errors, constants = measured(instance)
    return errors[case], [b / 2 for b in getattr(constants, case)()]


@gradients_err_within_explicit_constants.mutant("the gradient does not grow: ‖g_{n+1}‖ <= ‖g_N‖")
def _(instance, case):
    errors, constants = measured(instance)
    q = 1 + constants.L / constants.depth
    return errors[case], [b / q ** (constants.depth - n - 1) for n, b in enumerate(getattr(constants, case)())]


@gradients_err_within_explicit_constants.mutant("one more 1/N")
def _(instance, case):
    errors, constants = measured(instance)
    return errors[case], [b / constants.depth for b in getattr(constants, case)()]


@gradients_err_within_explicit_constants.mutant("C_f bounds the rebuilding without e^L: C_f L m/N²")
def _(instance, case):
    errors, c = measured(instance)
    flat = Constants(c.depth, 0 * c.L, c.C_f, c.Lambda, c.Omega, c.Lambda_theta, c.g)
    grown = [c.g * c.C_f * c.L * (c.depth - n) / c.depth**2 for n in range(c.depth)]
    if case == "theta":
        return errors[case], [c.Lambda_theta * e / c.depth + b for e, b in zip(grown, flat.theta(), strict=True)]
    return errors[case], [c.Lambda * sum(grown[n:]) / c.depth for n in range(c.depth)]


@bound(source="sander2022", ref=PROPOSITION, over=NETWORKS, sharp=0.99, examples=EXAMPLES, cases=["x", "theta"])
def gradients_err_within_the_simple_constants(instance, case):
    r"""Gradients in $x$ err by at most $\frac{\Lambda C_fe^L(e^L-1)}N\|g_N\|$, in the weights like $1/N^2$.

    In the weights C_f e^L (e^L − 1)(Λ_θ + ΩΛ)‖g_N‖/N²; (1 + L/N)^N stands for e^L in both.  The form usually given: one
    layer attains it, depth does not.  It takes the largest error of rebuilding in every layer, and is above the
    sharp bound in x by L(e^L − 1)/(e^L − 1 − L): 2 for L → 0, 2.4 at L = 1, about L for large L.
    """
    errors, c = measured(instance)
    if case == "x":
        return errors[case], c.g * gradient_bound(c.depth, c.L, c.C_f, c.Lambda)
    return errors[case], c.g * weight_gradient_bound(c.depth, c.L, c.C_f, c.Lambda, c.Omega, c.Lambda_theta)


@gradients_err_within_the_simple_constants.witness
def _():
    return TunedGradients(1, Fraction(1, 2), Fraction(1), Fraction(1, 10**4), Fraction(1), Fraction(1, 100))


@gradients_err_within_the_simple_constants.mutant("one more 1/N")
def _(instance, case):
    errors, bounded = gradients_err_within_the_simple_constants(instance, case)
    return errors, bounded / instance.depth


@gradients_err_within_the_simple_constants.mutant("a third of it")
def _(instance, case):
    errors, bounded = gradients_err_within_the_simple_constants(instance, case)
    return errors, bounded / 3
