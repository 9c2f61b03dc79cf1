"""Gradient flow preserves smoothness in depth and does not create it; without its depth-scaled speed nothing moves."""

from __future__ import annotations

from functools import cache

import numpy as np

from gronwall import bound, pick, rate
from gronwall.theory.discretization.linear import flow, product, roughening_bound
from systems.discretization.linear_networks import (
    TIMES,
    Problem,
    frobenius,
    history,
    problems,
    rotation,
    spectral,
    zero_start,
)

PRESERVED = "Smoothness is preserved, not created (own statement)"


@bound(source="gronwall", ref=PRESERVED, over=problems("weaker"), sharp=0.23, examples=pick(quick=12, full=400))
def neighbours_part_by_less_than_a_layer_moves(instance):
    r"""$N\|D_n(t)-D_n(0)\|_F\le e^{3/2}(\ell(0)/\sigma_{\min})^{1/2}$, $D_n=\theta_{n+1}-\theta_n$: rough or not.

    Under the assumption max‖θ_n(0)‖ + e^{3/2} (ℓ(0)/σ_min)^{1/2} <= 1/2.  Loose by 4 and more:
    `neighbours_drift_apart_slowly` is attained, but only at one moment and between two layers.
    """
    run = history(instance)
    apart = len(run.theta0) * frobenius(np.diff(run.theta - run.theta0, axis=1)).max(axis=-1)
    return apart, roughening_bound(run.loss0, instance.sigma_min)


@neighbours_part_by_less_than_a_layer_moves.witness
def _():
    return Problem("twist", 32, size=0.4, assumption="weaker", seed=94)


@neighbours_part_by_less_than_a_layer_moves.mutant("N² for N: second differences")
def _(instance):
    run = history(instance)
    apart = len(run.theta0) * frobenius(np.diff(run.theta - run.theta0, axis=1)).max(axis=-1)
    return len(run.theta0) * apart, roughening_bound(run.loss0, instance.sigma_min)


@neighbours_part_by_less_than_a_layer_moves.mutant("smooth whatever the start: of D(t), not of D(t) − D(0)")
def _(instance):
    run = history(instance)
    return frobenius(run.differences).max(axis=-1), roughening_bound(run.loss0, instance.sigma_min)


@cache
def rough_start(depth, seed):
    """θ(0), independent rotations over 4, and the flow towards a target at the edge of the assumption."""
    rng = np.random.default_rng(seed)
    start = np.array([rotation(angle) for angle in rng.uniform(0, 2 * np.pi, depth)]) / 4
    error = np.array([[1.0, 2.0], [-1.0, 1.0]])
    target = product(start) - error * Problem("rough", depth).allowed() ** 0.5 / frobenius(error)
    return start, flow(start, target, np.eye(2), TIMES)


DEPTHS = [16, 32, 64, 128, 256]


@rate(source="gronwall", ref=PRESERVED, order=0, at=DEPTHS, seeds=3, within=0.05)
def rough_weights_stay_rough(n, rng):
    r"""From independent layers of norm 1/4: $\max_n\|\theta_{n+1}(t)-\theta_n(t)\|$ does not fall with depth.

    At t = 4, when the loss is 10⁻⁵ of what it was or less: training to the end has created no smoothness.
    """
    _, path = rough_start(n, int(rng.integers(10**6)))
    return spectral(np.diff(path[-1], axis=0)).max()


rough_weights_stay_rough.mutant("smooth in the end: order one", order=1)
rough_weights_stay_rough.mutant("order one half", order=0.5)


@rate(source="gronwall", ref=PRESERVED, order=1, at=DEPTHS, seeds=3, within=0.1)
def what_the_flow_changes_is_smooth(n, rng):
    r"""Even from independent layers $\max_n\|D_n(t)-D_n(0)\|$, $D_n=\theta_{n+1}-\theta_n$, falls like $1/N$."""
    start, path = rough_start(n, int(rng.integers(10**6)))
    return frobenius(np.diff(path[-1] - start, axis=0)).max()


what_the_flow_changes_is_smooth.mutant("order zero", order=0)
what_the_flow_changes_is_smooth.mutant("order two", order=2)


@what_the_flow_changes_is_smooth.mutant("the weights, not their change")
def _(n, rng):
    return spectral(np.diff(rough_start(n, int(rng.integers(10**6)))[1][-1], axis=0)).max()


@rate(source="gronwall", ref=PRESERVED, order=1, at=[32, 64, 128, 256, 512], within=0.05)
def without_the_depth_scaled_speed_nothing_moves(n):
    r"""Under $\theta_n'=-\partial\ell/\partial\theta_n$, without the factor N, the weights at t = 1 are $O(1/N)$."""
    return spectral(zero_start("figure 2", n, speed=1 / n)[2]).max()


without_the_depth_scaled_speed_nothing_moves.mutant("they move as they should: order zero", order=0)
without_the_depth_scaled_speed_nothing_moves.mutant("order two", order=2)


@without_the_depth_scaled_speed_nothing_moves.mutant("with the factor N it is the same")
def _(n):
    return spectral(zero_start("figure 2", n)[2]).max()
