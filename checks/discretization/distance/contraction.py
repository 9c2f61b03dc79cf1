"""Errors that a layer shrinks: Proposition 1 with the growth that each layer really has, in place of 1 + L/N."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import norm
from gronwall.theory.discretization.distance import TunedAffine, distance_bound_by_factors
from gronwall.theory.enclosure import distance_along_the_trajectory, enclose_flow
from gronwall.theory.gronwall_lemma import euler_factor
from gronwall.theory.perceptrons import Layer, exact_layer, mixed, perceptron, residual_network

CONTRACTION = "Proposition 1 with a logarithmic norm (own statement)"


@dataclass(frozen=True)
class Tuned:
    """A tuned affine field φ = v + Cs + λ(x − x̄(s)) with a rate λ of either sign, 1 + λ/N >= 0."""

    depth: int
    rate: Fraction
    acceleration: Fraction

    def errors(self) -> list[Fraction]:
        """|x_n − x(s_n)| for n = 0 … N."""
        N, case = self.depth, TunedAffine(Fraction(0), Fraction(1, 3), self.acceleration, self.rate)
        states = residual_network(lambda n, x: case.field(x, Fraction(n, N)), case.x0, N)
        return [abs(x - case.trajectory(Fraction(n, N))) for n, x in enumerate(states)]


def tuned() -> st.SearchStrategy[Tuned]:
    """Rates λ from −N to N, so that 1 + λ/N is never negative."""
    return st.integers(1, 32).flatmap(
        lambda N: st.builds(
            Tuned, st.just(N), st.integers(-4 * N, 4 * N).map(lambda k: Fraction(k, 4)), st.integers(0, 8).map(Fraction)
        )
    )


@identity(source="gronwall", ref=CONTRACTION, over=tuned(), examples=pick(quick=60, full=600))
def a_contracting_network_errs_by_exactly_the_sum_of_its_factors(instance):
    r"""$\|x_n-x(s_n)\|=\frac C{2N^2}\sum_{k<n}q^k$, $q=1+\lambda/N$, for a tuned affine field of rate $\lambda\ge-N$.

    In fractions.  For λ < 0 the errors stay below C/(2N|λ|) however deep and however long: what Proposition 1 with
    L = |λ| makes of them is e^{|λ|} times too large.
    """
    q = 1 + instance.rate / instance.depth
    return instance.errors(), distance_bound_by_factors([q] * instance.depth, instance.acceleration)


@a_contracting_network_errs_by_exactly_the_sum_of_its_factors.mutant("q = 1 + |λ|/N, the Lipschitz constant")
def _(instance):
    q = 1 + abs(instance.rate) / instance.depth
    return instance.errors(), distance_bound_by_factors([q] * instance.depth, instance.acceleration)


@a_contracting_network_errs_by_exactly_the_sum_of_its_factors.mutant("the errors of all layers added up: q = 1")
def _(instance):
    return instance.errors(), distance_bound_by_factors([Fraction(1)] * instance.depth, instance.acceleration)


@dataclass(frozen=True)
class Spiral:
    """x' = (λ + iω)(x − x̄) + x̄', |x̄''| = C: a plane in which errors turn by ωh and shrink or grow by λh a layer."""

    depth: int
    rate: Fraction
    turn: Fraction

    def errors(self) -> list[Any]:
        """‖x_n − x(s_n)‖, n = 2 … N, with x̄ = s²/2 in the first coordinate (C = 1), as balls; n = 1 is a tie."""
        N, J = self.depth, rigor.matrix([[self.rate, -self.turn], [self.turn, self.rate]])
        first = rigor.matrix([[1], [0]])

        def bar(s: Any) -> Any:
            return first * (s * s / 2)

        def field(n: int, x: Any) -> Any:
            s = rigor.ball(Fraction(n, N))
            return first * s + J * (x - bar(s))

        states = residual_network(field, rigor.matrix([[0], [0]]), N)
        return [norm(x - bar(rigor.ball(Fraction(n, N)))) for n, x in enumerate(states)][2:]

    def predicted(self, mu: Fraction, ell_squared: Fraction) -> list[Any]:
        """The bound with q = (1 + 2hμ + h²ℓ²)^(1/2)."""
        q = euler_factor(rigor.ball(mu), rigor.ball(ell_squared).sqrt(), Fraction(1, self.depth))
        return distance_bound_by_factors([q] * self.depth, rigor.ball(1))[2:]


RATIONALS = st.integers(-32, 32).map(lambda k: Fraction(k, 8))
SPIRALS = st.builds(Spiral, st.integers(2, 48), RATIONALS, st.integers(1, 256).map(lambda k: Fraction(k, 8)))


@bound(source="gronwall", ref=CONTRACTION, over=SPIRALS, sharp=0.999, examples=pick(quick=80, full=800))
def errors_that_turn_grow_by_the_euler_factor_at_most(instance):
    r"""$\|x_n-x(s_n)\|\le\frac C{2N^2}\sum_{k<n}q^k$, $q=(1+2\mu/N+L^2/N^2)^{1/2}$, on fields that turn the errors.

    μ is the logarithmic norm, L the Lipschitz constant.  In balls; the turn is what makes the term L²/N² necessary.
    Slow turns nearly attain it.
    """
    size = instance.rate**2 + instance.turn**2
    return instance.errors(), instance.predicted(instance.rate, size)


@errors_that_turn_grow_by_the_euler_factor_at_most.witness
def _():
    return Spiral(16, Fraction(-1), Fraction(1, 32))


@errors_that_turn_grow_by_the_euler_factor_at_most.witness
def _():
    return Spiral(2, Fraction(0), Fraction(4))


@errors_that_turn_grow_by_the_euler_factor_at_most.mutant("q = 1 + μ/N, as if nothing turned")
def _(instance):
    return instance.errors(), instance.predicted(instance.rate, instance.rate**2)


@errors_that_turn_grow_by_the_euler_factor_at_most.mutant("half the acceleration")
def _(instance):
    size = instance.rate**2 + instance.turn**2
    return instance.errors(), [e / 2 for e in instance.predicted(instance.rate, size)]


@dataclass(frozen=True)
class Moving:
    """A perceptron whose weights move on a straight line with depth, multiples of 1/256.

    family: "random"; "clock", whose residual V tanh(bs) does not depend on the state.
    """

    family: str
    depth: int
    size: float
    seed: int

    def ends(self) -> tuple[Layer, Layer, np.ndarray]:
        """The layers at s = 0 and 1 and the start, in floats."""
        rng = np.random.default_rng(self.seed)

        def draw(*shape: int) -> np.ndarray:
            return np.round(256 * self.size * rng.normal(size=shape)) / 256

        a, b = (Layer(draw(2, 3), draw(3, 2), draw(3, 1)) for _ in range(2))
        if self.family == "clock":
            a = Layer(a.V, 0 * a.W, 0 * a.b)
            b = Layer(a.V, a.W, b.b / 16)
        return a, b, np.round(256 * rng.normal(size=(2, 1))) / 256


@dataclass(frozen=True)
class Enclosed:
    """The network, its ODE and the distances between them, in balls."""

    fields: list[Any]
    states: list[Any]
    knots: list[Fraction]
    distances: list[Any]


def enclosed(instance: Moving) -> Enclosed:
    """Run the network in balls and its ODE in validated steps."""
    a, b, start = instance.ends()
    A, B, x0, N = exact_layer(a), exact_layer(b), rigor.matrix(start, dyadic=True), instance.depth
    states = residual_network(lambda n, x: perceptron(x, mixed(A, B, rigor.ball(Fraction(n, N)))), x0, N)
    knots = [Fraction(n, N) for n in range(N + 1)]
    fields = [lambda x, s: perceptron(x, mixed(A, B, s))] * N
    boxes = enclose_flow(fields.__getitem__, x0, knots)
    return Enclosed(fields, states, knots, [norm(x - box) for x, box in zip(states[1:], boxes[1:], strict=True)])


MOVING = st.builds(
    Moving,
    st.sampled_from(["random", "random", "clock"]),
    st.integers(2, 12),
    st.sampled_from([0.3, 0.6, 1.0]),
    st.integers(0, 10**6),
)
ALONG = "Proposition 1 along the trajectory (own statement)"


@bound(source="gronwall", ref=ALONG, over=MOVING, sharp=0.99, examples=pick(quick=8, full=300))
def the_distance_is_bounded_along_the_trajectory(instance):
    r"""$e_{n+1}=e^{\mu_nh}e_n+c_nh^2\varphi_2(\mu_nh)$ bounds $\|x_n-x(s_n)\|$, with each layer's own constants.

    μ_n is the logarithmic norm on a tube around the network's own states and c_n the acceleration along the line from
    one to the next; the ODE is never solved.  Both sides are enclosed.  The clock, whose residual ignores the state,
    nearly attains it; random networks stay within a factor of 1 to 4.
    """
    found = enclosed(instance)
    return found.distances, distance_along_the_trajectory(found.fields.__getitem__, found.states, found.knots)[1:]


@the_distance_is_bounded_along_the_trajectory.witness
def _():
    return Moving("clock", 6, 0.6, 1)


@the_distance_is_bounded_along_the_trajectory.mutant("half the acceleration")
def _(instance):
    found = enclosed(instance)
    bounds = distance_along_the_trajectory(found.fields.__getitem__, found.states, found.knots)[1:]
    return found.distances, [e / 2 for e in bounds]


@the_distance_is_bounded_along_the_trajectory.mutant("weights at rest within a layer")
def _(instance):
    found = enclosed(instance)
    frozen = [lambda x, s, n=n: found.fields[n](x, rigor.ball(found.knots[n])) for n in range(instance.depth)]
    return found.distances, distance_along_the_trajectory(frozen.__getitem__, found.states, found.knots)[1:]
