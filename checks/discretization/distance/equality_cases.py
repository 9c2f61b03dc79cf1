"""The equality cases of Proposition 1, in exact numbers and in balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from gronwall import bound, identity, pick, rate
from gronwall.theory import rigor
from gronwall.theory.discretization.distance import TunedAffine, distance_bound, distance_bound_at
from gronwall.theory.perceptrons import residual_network


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


def tuned(lipschitz: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Tuned]:
    """Tuned fields with accelerations in [0, 3], velocities in ±2, starts in ±1, and a depth up to 40."""
    return st.builds(Tuned, st.integers(1, 40), lipschitz, rationals(0, 3), rationals(-2, 2), rationals(-1, 1))


EQUALITY = "Proposition 1, equality cases"
EXAMPLES = pick(quick=50, full=500)


@identity(source="sander2022", ref=EQUALITY, over=tuned(rationals(0, 2)), examples=EXAMPLES)
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


def predicted(instance: Tuned, factor: Fraction = Fraction(1)):
    """The bound (e^L − 1) C/(2NL), times a factor, as a ball."""
    C = rigor.ball(factor * instance.acceleration)
    return distance_bound(instance.depth, rigor.ball(instance.lipschitz), C)


POSITIVE = rationals(0, 2).filter(bool)


@bound(source="sander2022", ref=EQUALITY, over=tuned(POSITIVE), sharp=0.9993, examples=EXAMPLES)
def the_bound_is_tight(instance):
    r"""The tuned affine field comes within $0.1\,\%$ of $\frac{e^L-1}{2NL}C$ at depth 512, and never exceeds it.

    The error is a fraction and e^L a ball, so the inequality is certain on every instance tried.  The ratio is
    0.9994 at N = 512, L = 1/2: (1 + L/N)^N is not yet e^L; how it gets there: `the_bound_is_approached_with_depth`.
    """
    return instance.errors()[-1], predicted(instance)


@the_bound_is_tight.witness
def _():
    return Tuned(512, Fraction(1, 2), Fraction(1))


@the_bound_is_tight.mutant("no 1/L")
def _(instance):
    return instance.errors()[-1], predicted(instance, instance.lipschitz)


@the_bound_is_tight.mutant("no exponential")
def _(instance):
    return instance.errors()[-1], instance.acceleration / (2 * instance.depth)


@the_bound_is_tight.mutant("a constant 0.1 % too small")
def _(instance):
    return instance.errors()[-1], predicted(instance, Fraction(999, 1000))


@the_bound_is_tight.mutant("the layer's input compared with the ODE at its output")
def _(instance):
    N = instance.depth
    case = TunedAffine(instance.start, instance.velocity, instance.acceleration, instance.lipschitz)
    states = residual_network(lambda n, x: case.field(x, Fraction(n, N)), case.x0, N)
    late = max(abs(x - case.trajectory(Fraction(n + 1, N))) for n, x in enumerate(states[:-1]))
    return late, predicted(instance)


LINEAR = st.tuples(st.integers(1, 48), rationals(-3, 3).filter(bool), rationals(-2, 2).filter(bool))


def linear_bound(depth: int, rate: Fraction, acceleration):
    """Proposition 1 with L = |λ| and C the given ball."""
    return distance_bound(depth, rigor.ball(abs(rate)), acceleration)


def largest_acceleration(rate: Fraction, start: Fraction):
    """λ² sup|x(s)| = λ² |x_0| max(1, e^λ), as a ball."""
    return rigor.ball(rate**2 * abs(start)) * rigor.ball(rate).exp().max(rigor.ball(1))


def linear_error(depth: int, rate: Fraction, start: Fraction):
    """|x_N − x(1)| for φ = λx, as a ball: x_N = (1 + λ/N)^N x_0 and x(1) = e^λ x_0."""
    last = residual_network(lambda n, x: rate * x, start, depth)[-1]
    return abs(rigor.ball(last) - rigor.ball(rate).exp() * rigor.ball(start))


@bound(source="sander2022", ref="Proposition 1 (recalled)", over=LINEAR, sharp=0.95, examples=EXAMPLES)
def a_tied_linear_network_stays_near_the_exponential(instance):
    r"""$|(1+\frac\lambda N)^N-e^\lambda|\le\frac{e^{|\lambda|}-1}{2N|\lambda|}\lambda^2\max(1,e^\lambda)$.

    One layer, used N times: Proposition 1 with L = |λ| and C = λ² sup|x(s)|, all in balls.  The ratio tends to 1
    for λ → 0 (0.957 at λ = 1/12) and falls to 0.14 at λ = 3 and 0.008 at λ = −3, where the acceleration changes
    along the way.
    """
    depth, rate, start = instance
    return linear_error(*instance), linear_bound(depth, rate, largest_acceleration(rate, start))


@a_tied_linear_network_stays_near_the_exponential.witness
def _():
    return (48, Fraction(1, 12), Fraction(1))


@a_tied_linear_network_stays_near_the_exponential.mutant("a constant 10 % too small")
def _(instance):
    depth, rate, start = instance
    return linear_error(*instance), linear_bound(depth, rate, largest_acceleration(rate, start * Fraction(9, 10)))


@a_tied_linear_network_stays_near_the_exponential.mutant("1/N² instead of 1/N")
def _(instance):
    depth, rate, start = instance
    return linear_error(*instance), linear_bound(depth, rate, largest_acceleration(rate, start)) / depth


@rate(
    source="sander2022", ref=EQUALITY, order=1, at=[8, 16, 32, 64, 128, 256], within=0.05,
    cases={"L = 1/4": Fraction(1, 4), "L = 1": Fraction(1), "L = 2": Fraction(2)},
)  # fmt: skip
def the_bound_is_approached_with_depth(n, case):
    r"""The share of the bound that a tuned affine field leaves unused vanishes like $1/N$, for small and large $L$.

    1 − error/bound, in balls.
    """
    tuned = Tuned(n, case, Fraction(1))
    return 1 - rigor.ball(tuned.errors()[-1]) / predicted(tuned)


the_bound_is_approached_with_depth.mutant("order two", order=2)
the_bound_is_approached_with_depth.mutant("a share that stays: order zero", order=0)
