"""The ODE whose weights are frozen within a layer: within (e^L − 1)C_f/2N of every bounded network."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.discretization.distance import TunedStairs, constants, frozen_weights_bound
from gronwall.theory.perceptrons import residual_network
from systems.discretization import perceptrons as networks


@dataclass(frozen=True)
class Stairs:
    """Residuals f_n(x) = σ_n a + l(x − y_n) along the ODE's own states y_n (see `TunedStairs`), C_f = 1."""

    lipschitz: Fraction
    signs: tuple[int, ...]

    def build(self) -> TunedStairs:
        L = rigor.ball(self.lipschitz)
        return TunedStairs(rigor.ball(0), rigor.ball(1), L, len(self.signs), self.signs)

    def errors(self):
        """|x_n − y_n| at every layer but the first, as balls."""
        stairs = self.build()
        y = stairs.nodes()
        states = residual_network(lambda n, x: stairs.residual(n, x, y[n]), stairs.x0, stairs.N)
        return [abs(a - b) for a, b in zip(states[1:], y[1:], strict=True)]


STAIRS = st.builds(
    Stairs,
    st.integers(1, 36).map(lambda k: Fraction(k, 12)),
    st.lists(st.sampled_from([1, -1]), min_size=1, max_size=48).map(tuple),
)


FROZEN = "Frozen weights (own statement)"


@bound(source="gronwall", ref=FROZEN, over=STAIRS, sharp=0.989, examples=pick(quick=100, full=800))
def frozen_weights_stay_within_half_a_residual(instance):
    r"""$\|x_n-x(s_n)\|\le\frac{e^L-1}{2N}C_f$, the weights of the ODE frozen within a layer: no smoothness needed.

    In balls, on affine residuals whose signs jump at will and which reach |f| = C_f in every layer; equal signs
    attain the bound up to O(L/N): 0.9899 at N = 64.
    """
    L = rigor.ball(instance.lipschitz)
    return instance.errors(), frozen_weights_bound(len(instance.signs), L, rigor.ball(1))


@frozen_weights_stay_within_half_a_residual.witness
def _():
    return Stairs(Fraction(1, 2), (1,) * 64)


@frozen_weights_stay_within_half_a_residual.mutant("no exponential: L C_f/2N")
def _(instance):
    return instance.errors(), rigor.ball(instance.lipschitz) / (2 * len(instance.signs))


@frozen_weights_stay_within_half_a_residual.mutant("half of it")
def _(instance):
    L = rigor.ball(instance.lipschitz)
    return instance.errors(), frozen_weights_bound(len(instance.signs), L, rigor.ball(Fraction(1, 2)))


@frozen_weights_stay_within_half_a_residual.mutant("an extra factor L")
def _(instance):
    L = rigor.ball(instance.lipschitz)
    return instance.errors(), frozen_weights_bound(len(instance.signs), L, L)


@dataclass(frozen=True)
class Rough:
    """A perceptron with independent weights in every layer."""

    depth: int
    size: float
    seed: int


ROUGH = st.builds(Rough, st.integers(1, 32), st.floats(0.05, 1.0), st.integers(0, 10**6))


def measured_and_constants(instance):
    """max_n ‖x_n − x(s_n)‖ with the reference's error added, L and C_f."""
    net = networks.rough_network(np.random.default_rng(instance.seed), instance.depth, instance.size)
    return sum(net.distance("frozen")), *constants(net.layers)


@bound(source="gronwall", ref=FROZEN, over=ROUGH, sharp=0.25, examples=pick(quick=50, full=800))
def rough_perceptrons_stay_near_their_frozen_ode(instance):
    r"""Every bounded, L-Lipschitz residual network is within $\frac{e^L-1}{2N}C_f$ of an ODE.

    Independent weights in each layer.  Loose by 3 and more on perceptrons (C_f and L from norms; the residuals
    point elsewhere in each layer); `frozen_weights_stay_within_half_a_residual` shows that it is tight.
    """
    distance, L, C_f = measured_and_constants(instance)
    return distance, frozen_weights_bound(instance.depth, L, C_f)


@rough_perceptrons_stay_near_their_frozen_ode.witness
def _():
    return Rough(1, 0.05, 75)


@rough_perceptrons_stay_near_their_frozen_ode.witness
def _():
    return Rough(32, 0.5, 4)


@rough_perceptrons_stay_near_their_frozen_ode.mutant("1/N³")
def _(instance):
    distance, L, C_f = measured_and_constants(instance)
    return distance, frozen_weights_bound(instance.depth, L, C_f) / instance.depth**2


@rough_perceptrons_stay_near_their_frozen_ode.mutant("L² instead of e^L − 1")
def _(instance):
    distance, L, C_f = measured_and_constants(instance)
    return distance, C_f * L**2 / (2 * instance.depth)
