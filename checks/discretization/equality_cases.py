"""The equality cases of Proposition 1, in exact numbers and in balls: no rounding stands between them and it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from gronwall import bound, identity, pick
from theory import rigor
from theory.discretization import TunedAffine, distance_bound, distance_bound_at, residual_network


@dataclass(frozen=True)
class Tuned:
    """A tuned affine field with rational parameters, and a depth; L = 0, v = 0, C = 1 is the clock φ = s."""

    depth: int
    lipschitz: Fraction
    acceleration: Fraction
    velocity: Fraction = Fraction(0)
    start: Fraction = Fraction(0)

    def errors(self) -> list[Fraction]:
        """|x_n − x(s_n)| for n = 0 … N."""
        N = self.depth
        case = TunedAffine(self.start, self.velocity, self.acceleration, self.lipschitz)
        states = residual_network(lambda n, x: case.field(x, Fraction(n, N)), case.x0, N)
        return [abs(x - case.trajectory(Fraction(n, N))) for n, x in enumerate(states)]


def rationals(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Fractions with a small denominator in [low, high]."""
    return st.builds(Fraction, st.integers(12 * low, 12 * high), st.just(12))


TUNED = st.builds(Tuned, st.integers(1, 40), rationals(0, 2), rationals(0, 3), rationals(-2, 2), rationals(-1, 1))
MOVING = st.builds(Tuned, st.integers(1, 40), rationals(1, 2), rationals(1, 3), rationals(-2, 2), rationals(-1, 1))


@identity(
    source="sander2022", ref="Proposition 1, equality cases", over=TUNED, examples=pick(quick=80, full=500)
)
def a_tuned_affine_network_errs_by_exactly_the_discrete_bound(instance):
    r"""For $\varphi=v+Cs+L(x-\bar x(s))$: $\|x_n-x(s_n)\|=\frac{C}{2NL}((1+L/N)^n-1)$ at every layer.

    Rational parameters, so both sides are fractions; the clock φ = s (L = 0: n/(2N²)) is among them.
    """
    N, L, C = instance.depth, instance.lipschitz, instance.acceleration
    return instance.errors(), [distance_bound_at(n, N, L, C) for n in range(N + 1)]


@a_tuned_affine_network_errs_by_exactly_the_discrete_bound.mutant("(1 + L/N)^(n+1): one layer too many")
def _(instance):
    N, L, C = instance.depth, instance.lipschitz, instance.acceleration
    return instance.errors(), [distance_bound_at(n + 1, N, L, C) for n in range(N + 1)]


@a_tuned_affine_network_errs_by_exactly_the_discrete_bound.mutant("forgets the factor 1/2")
def _(instance):
    N, L, C = instance.depth, instance.lipschitz, instance.acceleration
    return instance.errors(), [2 * distance_bound_at(n, N, L, C) for n in range(N + 1)]


@bound(
    source="sander2022", ref="Proposition 1, equality cases", over=MOVING, sharp=0.9997, examples=pick(quick=80, full=500)
)
def the_bound_is_tight_for_small_and_large_lipschitz_constants(instance):
    r"""The tuned affine field attains $\frac{e^L-1}{2NL}C$ in the limit: enclosed, ratio 0.9997 at N = 1024.

    The error is a fraction and e^L a ball, so the inequality is certain on every instance tried.
    """
    return instance.errors()[-1], distance_bound(instance.depth, rigor.ball(instance.lipschitz), instance.acceleration)


@the_bound_is_tight_for_small_and_large_lipschitz_constants.witness
def _():
    return Tuned(1024, Fraction(1, 2), Fraction(1))


@the_bound_is_tight_for_small_and_large_lipschitz_constants.mutant("no 1/L")
def _(instance):
    L, C = instance.lipschitz, instance.acceleration
    return instance.errors()[-1], distance_bound(instance.depth, rigor.ball(L), C * L)


@the_bound_is_tight_for_small_and_large_lipschitz_constants.mutant("no exponential")
def _(instance):
    return instance.errors()[-1], instance.acceleration / (2 * instance.depth)


@the_bound_is_tight_for_small_and_large_lipschitz_constants.mutant("a constant 0.1 % too small")
def _(instance):
    L, C = instance.lipschitz, instance.acceleration
    return instance.errors()[-1], distance_bound(instance.depth, rigor.ball(L), C * Fraction(999, 1000))


@the_bound_is_tight_for_small_and_large_lipschitz_constants.mutant("x_n compared with x(s_{n+1}): a slipped index")
def _(instance):
    N = instance.depth
    case = TunedAffine(instance.start, instance.velocity, instance.acceleration, instance.lipschitz)
    states = residual_network(lambda n, x: case.field(x, Fraction(n, N)), case.x0, N)
    late = max(abs(x - case.trajectory(Fraction(n + 1, N))) for n, x in enumerate(states[:-1]))
    return late, distance_bound(N, rigor.ball(instance.lipschitz), instance.acceleration)


LINEAR = st.tuples(st.integers(1, 48), rationals(-3, 3).filter(bool), rationals(-2, 2).filter(bool))


def linear_error(depth: int, rate: Fraction, start: Fraction):
    """|x_N − x(1)| for φ = λx, as a ball: x_N = (1 + λ/N)^N x_0 and x(1) = e^λ x_0."""
    last = residual_network(lambda n, x: rate * x, start, depth)[-1]
    return abs(rigor.ball(last) - rigor.ball(rate).exp() * rigor.ball(start))


@bound(source="sander2022", ref="Proposition 1 (recalled)", over=LINEAR, sharp=0.9, examples=pick(quick=100, full=1000))
def a_linear_tied_network_stays_near_the_exponential(instance):
    r"""$|(1+\lambda/N)^N-e^\lambda|\,|x_0|\le\frac{e^{|\lambda|}-1}{2N|\lambda|}\lambda^2\max(1,e^\lambda)|x_0|$: a tied linear network.

    Proposition 1 with L = |λ| and C = λ² sup|x(s)|, everything in balls.  The ratio tends to 1 for λ → 0 (0.92 at
    λ = 1/12) and falls to 0.1 at |λ| = 3, where the acceleration is not the same along the way.
    """
    depth, rate, start = instance
    largest = rigor.ball(rate).exp().max(rigor.ball(1)) * abs(start)
    return linear_error(*instance), distance_bound(depth, rigor.ball(abs(rate)), largest * rate**2)


@a_linear_tied_network_stays_near_the_exponential.witness
def _():
    return (48, Fraction(1, 12), Fraction(1))


@a_linear_tied_network_stays_near_the_exponential.mutant("C taken at the start, not along the trajectory")
def _(instance):
    depth, rate, start = instance
    return linear_error(*instance), distance_bound(depth, rigor.ball(abs(rate)), rate**2 * abs(start) / rigor.ball(2))


@a_linear_tied_network_stays_near_the_exponential.mutant("1/N² instead of 1/N")
def _(instance):
    depth, rate, start = instance
    largest = rigor.ball(rate).exp().max(rigor.ball(1)) * abs(start)
    return linear_error(*instance), distance_bound(depth, rigor.ball(abs(rate)), largest * rate**2) / depth
