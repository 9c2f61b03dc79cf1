"""How fast the limit of Nesterov's scheme decreases a convex function: an energy, the rate, and who attains it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.nesterov.limit import energy, huber_gap, integral_bound, iterates, rate_bound

RATE = "Rate of the limit (Su, Boyd, Candès, Theorems 3 and 5)"
t, r = sp.symbols("t r", positive=True)
X = [sp.Function(f"X{i}")(t) for i in (1, 2)]
Y = sp.symbols("y1 y2")
V, GRADIENT = sp.symbols("v1 v2"), sp.symbols("g1 g2")


def slope_of_the_energy(damping=r, shift=0):
    """dE/dt along h'' + (damping/t) h' + ∇F = 0 in the plane, ∇F = (g1, g2), X' = (v1, v2)."""
    gap = sp.Function("D")(t)  # F(X(t)) − F*, whose derivative is ⟨∇F, X'⟩
    offset = [x - y for x, y in zip(X, Y, strict=True)]
    E = energy(gap, offset, [x.diff(t) for x in X], t, r)
    E = E + shift * gap
    accelerations = {x.diff(t, 2): -damping / t * v - g for x, v, g in zip(X, V, GRADIENT, strict=True)}
    velocities = {x.diff(t): v for x, v in zip(X, V, strict=True)}
    falls = {gap.diff(t): sum(g * v for g, v in zip(GRADIENT, V, strict=True))}
    places = {x: sp.Symbol(f"x{i}") for i, x in enumerate(X)} | {gap: sp.Symbol("D")}
    return E.diff(t).subs(accelerations).subs(falls).subs(velocities).subs(places)


def predicted(sign=1):
    inner = sum(g * (sp.Symbol(f"x{i}") - Y[i]) for i, g in enumerate(GRADIENT))
    return 4 * t / (r - 1) * sp.Symbol("D") - 2 * sign * t * inner


@identity(source="su2016", ref=RATE)
def the_energy_changes_by_convexity_alone():
    r"""$E'=\frac{4t}{r-1}(F-F^\star)-2t\langle\nabla F,X-x^\star\rangle$ for the energy $E$ of Su et al.

    E = 2t²/(r − 1) (F − F*) + (r − 1)|X + t/(r − 1) X' − x*|², along the limit, for any F in the plane.  Convexity,
    F − F* <= ⟨∇F, X − x*⟩, makes it at most −2(r − 3)/(r − 1) t (F − F*), so E decreases for r >= 3 and E(0) = (r − 1)
    |x_0 − x*|² gives the rate.
    """
    return slope_of_the_energy(), predicted()


@the_energy_changes_by_convexity_alone.mutant("along the equation with r − 1")
def _():
    return slope_of_the_energy(damping=r - 1), predicted()


@the_energy_changes_by_convexity_alone.mutant("an energy with a constant more of F − F*")
def _():
    return slope_of_the_energy(shift=1), predicted()


@the_energy_changes_by_convexity_alone.mutant("the opposite sign of the inner product")
def _():
    return slope_of_the_energy(), predicted(sign=-1)


# ---------------------------------------------------------------- functions whose limit is known


@dataclass(frozen=True)
class Fall:
    """One trajectory from x_0 = 1, x* = 0 and F* = 0, at a time.

    kind "huber": F = |x| − δ/2 outside [−δ, δ], where X = 1 − t²/(2(r + 1)) as long as X >= δ: exact fractions.
    kind "quadratic": F = λx²/2, r = 3, X = 2J_1(u)/u, u = √λ t: balls.
    `share`, in (0, 1], says how far t² is on the way to the last time, 2(r + 1)(1 − δ) or 100.
    """

    kind: str
    r: int
    share: Fraction
    delta: Fraction = Fraction(1, 1000)
    rate: Fraction = Fraction(1)

    @property
    def square_time(self) -> Fraction:
        """t²."""
        return self.share * (2 * (self.r + 1) * (1 - self.delta) if self.kind == "huber" else 100)

    def gap(self) -> Any:
        """F(X(t)) − F*, times one in the arithmetic of its kind."""
        if self.kind == "huber":
            return huber_gap(1 - self.square_time / (2 * (self.r + 1)), self.delta)
        u = (rigor.ball(self.rate) * rigor.ball(self.square_time)).sqrt()
        return rigor.ball(self.rate) / 2 * (2 * u.bessel_j(1) / u) ** 2


SHARES = st.integers(1, 64).map(lambda n: Fraction(n, 64))
HUBER = st.builds(Fall, st.just("huber"), st.sampled_from([3, 4, 5, 10]), SHARES)
QUADRATIC = st.builds(Fall, st.just("quadratic"), st.just(3), SHARES, rate=st.integers(1, 16).map(Fraction))
HALFWAY = Fall("huber", 3, Fraction(1, 2), Fraction(1, 1000))


@bound(source="su2016", ref=RATE, over=HUBER | QUADRATIC, sharp=0.998, examples=pick(quick=200, full=2000))
def the_limit_decreases_like_one_over_t_squared(instance):
    r"""$F(X(t))-F^\star\le\frac{(r-1)^2}{2t^2}|x_0-x^\star|^2$ for $r\ge3$; attained for $r=3$.

    2|x_0 − x*|²/t² for r = 3.  F = |x|, rounded off near 0, attains it for r = 3 at t² = 4|x_0|; quadratics reach
    a third of it (2 max J_1² = 0.677 of 2).  For r > 3 it is loose by (r − 1)²/(r + 1) on such functions.  Written
    with t², in fractions and balls.
    """
    return bound_times(instance, Fraction(1))


def bound_times(instance, factor):
    return instance.gap(), factor * rate_bound(Fraction(1), 1, instance.r) / instance.square_time


@the_limit_decreases_like_one_over_t_squared.witness
def _():
    return HALFWAY


@the_limit_decreases_like_one_over_t_squared.mutant("|x_0 − x*|²/(2t²)")
def _(instance):
    return bound_times(instance, Fraction(1, 4))


@the_limit_decreases_like_one_over_t_squared.mutant("like 1/t³")
def _(instance):
    square = rigor.ball(instance.square_time)
    return rigor.ball(instance.gap()), rate_bound(rigor.ball(1), 1, instance.r) / (square * square.sqrt())


@the_limit_decreases_like_one_over_t_squared.mutant(
    "for r = 2 too", over=st.builds(Fall, st.just("huber"), st.just(2), SHARES)
)
def _(instance):
    return bound_times(instance, 1)


TOTALS = st.builds(Fall, st.just("huber"), st.sampled_from([4, 5, 10, 21, 41]), st.just(Fraction(1)))


def area(instance):
    """∫_0^T t (F(X) − F*) dt to the T where X = δ, exactly: (1 − δ/2)T²/2 − T⁴/(8(r + 1))."""
    square = instance.square_time
    return (1 - instance.delta / 2) * square / 2 - square**2 / (8 * (instance.r + 1))


@bound(source="su2016", ref=RATE, over=TOTALS, sharp=0.99)
def the_weighted_gap_is_integrable_for_larger_factors(instance):
    r"""$\int_0^\infty t\,(F(X)-F^\star)\,dt\le\frac{(r-1)^2|x_0-x^\star|^2}{2(r-3)}$ for $r>3$.

    Measured from below, to the time when |x| is first met: 1 − 4/(r − 1)² of it on F = |x|, in fractions.
    """
    return area(instance), integral_bound(Fraction(1), instance.r)


@the_weighted_gap_is_integrable_for_larger_factors.witness
def _():
    return Fall("huber", 41, Fraction(1))


@the_weighted_gap_is_integrable_for_larger_factors.mutant("2(r − 2) in the denominator")
def _(instance):
    return area(instance), integral_bound(Fraction(1), instance.r) * (instance.r - 3) / (instance.r - 2)


@the_weighted_gap_is_integrable_for_larger_factors.mutant("half of it")
def _(instance):
    return area(instance), integral_bound(Fraction(1), instance.r) / 2


# ---------------------------------------------------------------- the scheme itself


@dataclass(frozen=True)
class Run:
    """Nesterov's scheme from x_0 = 1 on F = λx²/2 or on |x| rounded off at δ = 1/L, with s = share/L, in fractions."""

    kind: str
    L: Fraction
    steps: int
    share: Fraction = Fraction(1)

    def gaps(self) -> list[Fraction]:
        """F(x_k) − F*, k = 1 … steps."""
        if self.kind == "huber":
            delta = 1 / self.L
            x = iterates(
                lambda y: max(min(y / delta, Fraction(1)), Fraction(-1)), Fraction(1), self.share / self.L, self.steps
            )
            return [huber_gap(value, delta) for value in x[1:]]
        x = iterates(lambda y: self.L * y, Fraction(1), self.share / self.L, self.steps)
        return [self.L * value**2 / 2 for value in x[1:]]

    def predicted(self, factor: int = 1) -> list[Fraction]:
        """2L/(share (k + 1)²)."""
        return [factor * 2 * self.L / (self.share * (k + 1) ** 2) for k in range(1, self.steps + 1)]


RUNS = st.builds(
    Run, st.sampled_from(["huber", "quadratic"]),
    st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(100), Fraction(10**4)]), st.integers(2, 24),
    st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(1)]),
)  # fmt: skip
LONG = Run("huber", Fraction(10**4), 240)


@bound(source="su2016", ref="Rate of the scheme (cited)", over=RUNS, sharp=0.97, examples=pick(quick=60, full=400))
def the_scheme_decreases_like_one_over_k_squared(instance):
    r"""$F(x_k)-F^\star\le\frac{2|x_0-x^\star|^2}{s(k+1)^2}$ for Nesterov's scheme, $s\le1/L$, $F$ convex.

    |x| rounded off at 1/L nearly attains it while the iterates are on the straight part.
    """
    return instance.gaps(), instance.predicted()


@the_scheme_decreases_like_one_over_k_squared.witness
def _():
    return LONG


@the_scheme_decreases_like_one_over_k_squared.mutant("for s = 2/L")
def _(instance):
    faster = Run(instance.kind, instance.L, max(instance.steps, 12), Fraction(2))
    return faster.gaps(), faster.predicted()


@the_scheme_decreases_like_one_over_k_squared.mutant("a quarter of it: |x_0 − x*|²/(2s(k + 1)²)")
def _(instance):
    return instance.gaps(), [value / 4 for value in instance.predicted()]
