"""The inequalities behind Proposition 2 and Theorem 1 at one moment of the flow: in fractions, and attained."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.discretization.linear import decay_rate, roughening_speed, speed_bound, velocity
from systems.discretization.linear_networks import Moment, squares

MOMENTS = st.builds(
    Moment, st.sampled_from(["shrink", "grow", "twist", "random"]), st.integers(2, 12),
    st.integers(1, 18).map(lambda k: Fraction(k, 12)), st.sampled_from([1, 3, 10]), st.integers(0, 10**6),
)  # fmt: skip
EXAMPLES = pick(quick=60, full=500)


def observed_rate(instance):
    """−ℓ'/ℓ = (1/N) Σ‖θ'_n‖_F²/ℓ."""
    theta, B, Sigma, E = instance.build()
    return squares(velocity(theta, B, Sigma)).sum() / instance.depth / np.trace(E @ Sigma @ E.T)


def least_rate(instance, size, condition):
    """The bound, with a size and a condition number of its own."""
    return decay_rate(instance.depth, size, Fraction(1, condition))


@bound(source="gronwall", ref="Proposition 2, sharper (own statement)", over=MOMENTS, sharp=1.0, examples=EXAMPLES)
def the_loss_always_falls_at_a_rate(instance):
    r"""While $\|\theta_n\|\le R<N$: $-\ell'/\ell\ge4\sigma_{\min}(\Sigma)(1-\frac RN)^{2N-2}$, which is attained.

    By layers −R I with the error where the data are weakest.  The step from the gradient to 4/e in Proposition 2; the
    right side is computed from the velocity, in fractions.
    """
    return least_rate(instance, instance.size, instance.condition), observed_rate(instance)


@the_loss_always_falls_at_a_rate.witness
def _():
    return Moment("shrink", 9, Fraction(1, 2), 3)


@the_loss_always_falls_at_a_rate.mutant("one factor 1 − R/N too few")
def _(instance):
    rate = least_rate(instance, instance.size, instance.condition)
    return rate / (1 - instance.size / instance.depth), observed_rate(instance)


@the_loss_always_falls_at_a_rate.mutant("(1 + R/N): as if layers only expanded")
def _(instance):
    return least_rate(instance, -instance.size, instance.condition), observed_rate(instance)


@the_loss_always_falls_at_a_rate.mutant("without σ_min(Σ)")
def _(instance):
    return least_rate(instance, instance.size, 1), observed_rate(instance)


def speeds(instance):
    """‖θ'_n‖_F², and the square of its bound."""
    theta, B, Sigma, E = instance.build()
    force = squares(E @ Sigma)
    return squares(velocity(theta, B, Sigma)), speed_bound(instance.depth, instance.size, 1) ** 2 * force


@bound(source="gronwall", ref="Proposition 2, sharper (own statement)", over=MOMENTS, sharp=1.0, examples=EXAMPLES)
def no_layer_is_faster_than_its_expansion(instance):
    r"""While $\|\theta_n\|\le R$: $\|\theta_n'\|_F\le2(1+\frac RN)^{N-1}\|E\Sigma\|_F$, attained by $\theta_n=RI$.

    Both sides squared, in fractions.
    """
    return speeds(instance)


@no_layer_is_faster_than_its_expansion.witness
def _():
    return Moment("grow", 9, Fraction(1, 2))


@no_layer_is_faster_than_its_expansion.mutant("one factor 1 + R/N too few")
def _(instance):
    measured, predicted = speeds(instance)
    return measured, predicted / (1 + instance.size / instance.depth) ** 2


@no_layer_is_faster_than_its_expansion.mutant("no expansion: 2‖EΣ‖")
def _(instance):
    return speeds(instance)[0], speed_bound(instance.depth, 0, 1) ** 2 * squares(instance.build()[3])


def drifts(instance):
    """N²‖θ'_{n+1} − θ'_n‖_F², and the square of its bound."""
    theta, B, Sigma, E = instance.build()
    apart = instance.depth**2 * squares(np.diff(velocity(theta, B, Sigma), axis=0))
    return apart, roughening_speed(instance.depth, instance.size, 1) ** 2 * squares(E @ Sigma)


@bound(source="gronwall", ref="Theorem 1 at one moment (own statement)", over=MOMENTS, sharp=1.0, examples=EXAMPLES)
def neighbours_drift_apart_slowly(instance):
    r"""While $\|\theta_n\|\le R$: $N\|\theta_{n+1}'-\theta_n'\|_F\le4R(1+\frac RN)^{N-2}\|E\Sigma\|_F$, attained.

    By layers R diag(1, −1) with EΣ along e_1 e_2ᵀ, between the first two layers.  Neighbours see almost the same
    gradient: what separates them is Gθ_nᵀ − θ_{n+1}ᵀG, over N.  Both sides squared, in fractions.
    """
    return drifts(instance)


@neighbours_drift_apart_slowly.witness
def _():
    return Moment("twist", 9, Fraction(1, 2))


@neighbours_drift_apart_slowly.mutant("half of it: one of the two terms")
def _(instance):
    measured, predicted = drifts(instance)
    return measured, predicted / 4


@neighbours_drift_apart_slowly.mutant("1/N² instead of 1/N")
def _(instance):
    measured, predicted = drifts(instance)
    return measured, predicted / instance.depth**2


@neighbours_drift_apart_slowly.mutant("one factor 1 + R/N too few")
def _(instance):
    measured, predicted = drifts(instance)
    return measured, predicted / (1 + instance.size / instance.depth) ** 2
