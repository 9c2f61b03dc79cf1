"""A trap: a target of negative determinant is never fitted by the flow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.discretization.linear import distance_to_singular, flow, loss
from systems.discretization.linear_networks import rotation, spectral

NEGATIVE = "Trap: a target of negative determinant (own statement)"


@dataclass(frozen=True)
class Negative:
    """B = Q diag(large, −small) R, Q and R rotations, and Σ of the eigenvalues 1 and 1/condition."""

    depth: int
    large: float
    small: float
    turn: float = 0.0
    twist: float = 0.0
    condition: float = 1.0

    def build(self, sign=-1.0):
        """B and Σ; sign = 1 gives the target with a positive determinant."""
        B = rotation(self.turn) @ np.diag([self.large, sign * self.small]) @ rotation(self.twist)
        return B, np.diag([1.0, 1 / self.condition])


TIMES = (0.5, 1.0, 2.0, 3.0)


@lru_cache(maxsize=256)
def trained(instance, sign=-1.0, depth=None):
    """The weights and the losses along the flow from zero."""
    B, Sigma = instance.build(sign)
    path = flow(np.zeros((depth or instance.depth, 2, 2)), B, Sigma, TIMES, tol=1e-11)
    return path, np.array([loss(theta, B, Sigma) for theta in path])


NEGATIVES = st.builds(
    Negative, st.integers(2, 24), st.floats(0.5, 2.0), st.floats(0.1, 1.5), st.floats(0, 3.1), st.floats(0, 3.1),
    st.sampled_from([1.0, 4.0]),
)  # fmt: skip


def least(instance, sign=-1.0):
    """σ_min(BΣ^{1/2})²."""
    return distance_to_singular(*instance.build(sign)) ** 2


@bound(source="gronwall", ref=NEGATIVE, over=NEGATIVES, sharp=0.99, examples=pick(quick=15, full=400))
def a_target_of_negative_determinant_is_never_fitted(instance, log):
    r"""If $\det B<0$, $N\ge2$, $\theta(0)=0$: $\ell(t)\ge\sigma_{\min}(B\Sigma^{1/2})^2$ for all t, however large.

    The flow is balanced, so det Π cannot reach zero, and no matrix of positive determinant is nearer to B.  Attained as
    t → ∞, exponentially fast for two layers and like t^{−N/(N−2)} for more.
    """
    path, losses = trained(instance)
    for t, theta, value in zip(TIMES, path, losses, strict=True):
        label = f"N = {instance.depth}, B = diag({instance.large:g}, −{instance.small:g})"
        log("loss, det B < 0", x=t, measured=value, predicted=least(instance), label=label)
        log("weights, det B < 0", x=t, measured=spectral(theta).max(), label=label)
    return np.full(len(losses), least(instance)), losses


@a_target_of_negative_determinant_is_never_fitted.witness
def _():
    return Negative(2, 1.0, 1.0)


@a_target_of_negative_determinant_is_never_fitted.witness
def _():
    return Negative(20, 1.0, 1.0)


@a_target_of_negative_determinant_is_never_fitted.witness
def _():
    return Negative(8, 2.0, 0.5, 0.3, 1.1, 4.0)


@a_target_of_negative_determinant_is_never_fitted.mutant("one layer: without composition there is no barrier")
def _(instance):
    losses = trained(instance, depth=1)[1]
    return np.full(len(losses), least(instance)), losses


@a_target_of_negative_determinant_is_never_fitted.mutant("a positive determinant")
def _(instance):
    losses = trained(instance, 1.0)[1]
    return np.full(len(losses), least(instance, 1.0)), losses


@a_target_of_negative_determinant_is_never_fitted.mutant("2 % more")
def _(instance):
    losses = trained(instance)[1]
    return np.full(len(losses), 1.02 * least(instance)), losses
