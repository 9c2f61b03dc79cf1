"""Rough but bounded weights: the distance to the ODE that interpolates the residuals is still O(1/N)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick, rate
from gronwall.theory.discretization.distance import constants, frozen_weights_bound, rough_weights_bound
from gronwall.theory.perceptrons import residual_network
from systems.discretization import perceptrons as networks

UNIT = st.integers(-12, 12).map(lambda k: Fraction(k, 12))


def mean_path(c):
    """x(s_n) of x' = (1 − u) c_n + u c_{n+1}: the running sum of (c_n + c_{n+1})/2N."""
    path = [Fraction(0)]
    for left, right in pairwise(c):
        path.append(path[-1] + (left + right) / (2 * (len(c) - 1)))
    return path


def jump_errors(c):
    """|x_n − x(s_n)| for residuals f_n = c_n that do not depend on x, exactly."""
    states = residual_network(lambda n, x: c[n], Fraction(0), len(c) - 1)
    return [abs(x - y) for x, y in zip(states, mean_path(c), strict=True)]


OWN = "Rough weights (own statement)"
EXAMPLES = pick(quick=150, full=2000)


@bound(source="gronwall", ref=OWN, over=st.lists(UNIT, min_size=2, max_size=24), sharp=1.0, examples=EXAMPLES)
def jumps_between_layers_telescope(instance):
    r"""Rough residuals $f_n\equiv c_n$: $\max_n|x_n-x(n/N)|\le\max|c|/N$, however wildly they jump.

    Case L = 0 of the bound (2e^L − 1)C_f/N, in fractions; attained by c_n = (−1)^n.  The ODE interpolates the
    residuals affinely, so x(s_n) is a trapezoid sum and the difference telescopes to (c_n − c_0)/2N.
    """
    return jump_errors(instance), max(map(abs, instance)) / (len(instance) - 1)


@jumps_between_layers_telescope.witness
def _():
    return [Fraction((-1) ** n) for n in range(32)]


@jumps_between_layers_telescope.mutant("half of it")
def _(instance):
    return jump_errors(instance), max(map(abs, instance)) / (2 * (len(instance) - 1))


@jumps_between_layers_telescope.mutant("1/N² without smoothness")
def _(instance):
    return jump_errors(instance), max(map(abs, instance)) / (len(instance) - 1) ** 2


@jumps_between_layers_telescope.mutant("the network sums c_n + c_{n+1}, without the half")
def _(instance):
    N = len(instance) - 1
    states = residual_network(lambda n, x: instance[n + 1] + instance[n], Fraction(0), N)
    apart = [abs(x - y) for x, y in zip(states, mean_path(instance), strict=True)]
    return apart, max(map(abs, instance)) / N


@dataclass(frozen=True)
class Rough:
    """A network with independent weights in every layer."""

    depth: int
    size: float
    seed: int

    def network(self) -> networks.RoughNetwork:
        return networks.rough_network(np.random.default_rng(self.seed), self.depth, self.size)


ROUGH = st.builds(Rough, st.integers(1, 24), st.floats(0.01, 1.0), st.integers(0, 10**6))


@bound(source="gronwall", ref=OWN, over=ROUGH, sharp=0.45, examples=pick(quick=50, full=800))
def rough_networks_stay_near_the_ode_between_their_residuals(instance):
    r"""$\max_n\|x_n-x(n/N)\|\le\frac{2e^L-1}{N}C_f$ for the ODE that is affine between the residuals, no smoothness.

    Independent weights in every layer.  Attained for L = 0 (`jumps_between_layers_telescope`); on random
    perceptrons loose by 2 and more, since C_f = max‖V‖√w is not reached and 2e^L adds up worst cases.
    """
    net = instance.network()
    distance, own = net.distance("residuals")
    return distance + own, rough_weights_bound(instance.depth, *constants(net.layers))


@rough_networks_stay_near_the_ode_between_their_residuals.witness
def _():
    return Rough(1, 0.01, 103)


@rough_networks_stay_near_the_ode_between_their_residuals.mutant("1/N² without smoothness")
def _(instance):
    net = instance.network()
    predicted = rough_weights_bound(instance.depth, *constants(net.layers)) / instance.depth
    return net.distance("residuals")[0], predicted


@rough_networks_stay_near_the_ode_between_their_residuals.mutant("(e^L − 1)C_f/N, as for frozen weights but twice")
def _(instance):
    net = instance.network()
    return net.distance("residuals")[0], 2 * frozen_weights_bound(instance.depth, *constants(net.layers))


@rate(source="gronwall", ref=OWN, order=1, at=[8, 16, 32, 64, 128], seeds=2, within=0.1)
def rough_networks_still_converge_like_one_over_depth(n, shared_rng):
    r"""Independent bounded weights: the distance to the ODE between the residuals falls like $1/N$.

    The mean of ‖x_N − x(1)‖ over 32 networks that keep their start, first and last layer at every depth.  So "if the
    weights are rough, the network is far from every ODE" is false: what does not vanish is the bound C/2N
    (`the_bound_of_rough_weights_does_not_vanish`).
    """
    return networks.rough_network(shared_rng, n, 0.7, 32).distances("residuals")[:, -1].mean()


rough_networks_still_converge_like_one_over_depth.mutant("far from every ODE: order zero", order=0)
rough_networks_still_converge_like_one_over_depth.mutant("order one half, as for a random walk", order=0.5)
rough_networks_still_converge_like_one_over_depth.mutant("order two", order=2)


@rate(source="gronwall", ref=OWN, order=0.5, at=[8, 16, 32, 64, 128, 256], seeds=4, within=0.15, effort="full")
def interpolating_rough_weights_converges_only_like_a_random_walk(n, rng):
    r"""Independent weights: the ODE whose *weights* are affine between the layers is only $O(N^{-1/2})$ away.

    The mean of max_n ‖x_n − x(s_n)‖ over 256 networks.  A residual that is not affine in its weights has another
    mean along the segment θ_n … θ_{n+1} than at its ends; these differences do not telescope but add up like noise.
    """
    return networks.rough_network(rng, n, 1.5, 256).distances("weights").max(axis=1).mean()


interpolating_rough_weights_converges_only_like_a_random_walk.mutant("order one, as between residuals", order=1)
interpolating_rough_weights_converges_only_like_a_random_walk.mutant("order zero", order=0)
