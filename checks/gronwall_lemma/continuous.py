"""The continuous lemma: the equality cases as symbols, and inequalities with slack as balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import factorial

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.gronwall_lemma import differential, differential_form, integral_form

s, t = sp.symbols("s t", positive=True)
a, b, u0, L, d = sp.symbols("a b u_0 L d", positive=True)


@identity(source="hairer1993", ref="Differential inequalities")
def the_differential_bound_solves_its_equation():
    r"""$u_0e^{\int_0^tL}+\int_0^td\,e^{\int_s^tL}ds$ solves $u'=L(t)u+d(t)$: no inequality of the lemma loses anything.

    With L(t) = 2t, d(t) = dt: the equation and the start; and the constant case e^{Lt}u_0 + d(e^{Lt} − 1)/L.
    """
    u = differential_form(u0, 2 * s, d * s, s, t)
    constant = differential_form(u0, L, d, s, t) - differential(u0, L, d, t)
    return sp.Matrix([u.diff(t) - 2 * t * u, u.subs(t, 0), constant]).expand(), sp.Matrix([d * t, u0, 0])


@the_differential_bound_solves_its_equation.mutant("the defect is not amplified")
def _():
    u = u0 * sp.exp(t**2) + d * t**2 / 2
    return sp.expand(u.diff(t) - 2 * t * u), d * t


@the_differential_bound_solves_its_equation.mutant("the mean of the rate in the kernel of the defect")
def _():
    u = u0 * sp.exp(t**2) + sp.integrate(d * s * sp.exp(t * (t - s)), (s, 0, t))
    return sp.expand(u.diff(t) - 2 * t * u), d * t


@identity(source="hairer1993", ref="Differential inequalities")
def the_integral_bound_solves_its_equation():
    r"""$u=a(t)+\int_0^ta(s)b\,e^{b(t-s)}ds$ solves $u(t)=a(t)+\int_0^tb\,u$: the integral form is attained too.

    With a(t) = a + dt² and b constant.
    """
    u = integral_form(a + d * s**2, b, s, t)
    return sp.simplify(u - (a + d * t**2) - sp.integrate(sp.expand(b * u.subs(t, s)), (s, 0, t))), sp.Integer(0)


@the_integral_bound_solves_its_equation.mutant("a(t) e^{bt}, which is only an upper bound")
def _():
    u = (a + d * t**2) * sp.exp(b * t)
    return sp.expand(u - (a + d * t**2) - sp.integrate(sp.expand(b * u.subs(t, s)), (s, 0, t))), sp.Integer(0)


@the_integral_bound_solves_its_equation.mutant("the kernel without its exponential")
def _():
    u = a + d * t**2 + sp.integrate((a + d * s**2) * b, (s, 0, t))
    return sp.expand(u - (a + d * t**2) - sp.integrate(sp.expand(b * u.subs(t, s)), (s, 0, t))), sp.Integer(0)


@dataclass(frozen=True)
class Slack:
    """u' = Lu + d − c e^{−s} with c > 0, so that u' <= Lu + d with room to spare; up to the time t."""

    start: Fraction
    rate: Fraction
    defect: Fraction
    room: Fraction
    time: Fraction

    def value(self):
        """u(t) = Σ U_k t^k/k! as a ball: U_0 = u_0, U_{k+1} = LU_k + d [k = 0] − c(−1)^k, straight from the equation.

        |U_k| <= (u_0 + d + ck) R^k with R = max(1, |L|): each term that follows the first K = 2(Rt + 40) is about half
        of the one before, and together they are less than three times the first one left out.
        """
        reach = max(Fraction(1), abs(self.rate)) * self.time
        terms = 2 * (int(reach) + 40)
        coefficient, power, total = self.start, Fraction(1), Fraction(0)
        for k in range(terms):
            total += coefficient * power
            coefficient = self.rate * coefficient + (self.defect if k == 0 else 0) - self.room * (-1) ** k
            power *= self.time / (k + 1)
        rest = 3 * (self.start + self.defect + self.room * terms) * reach**terms / factorial(terms)
        return rigor.ball(total) + rigor.around_zero(rest)

    def bound(self, defect: Fraction):
        """e^{Lt}u_0 + dtφ₁(Lt)."""
        return differential(rigor.ball(self.start), rigor.ball(self.rate), rigor.ball(defect), rigor.ball(self.time))


def twelfths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Multiples of 1/12 above low, up to high."""
    return st.integers(12 * low + 1, 12 * high).map(lambda k: Fraction(k, 12))


RATES = st.one_of(twelfths(0, 3), st.integers(13, 36).map(lambda k: Fraction(-k, 12)))
SLACKS = st.builds(Slack, twelfths(0, 2), RATES, twelfths(0, 2), twelfths(0, 1), twelfths(0, 2))


@bound(
    source="hairer1993",
    ref="Differential inequalities",
    over=SLACKS,
    sharp=0.9999,
    examples=pick(quick=100, full=2000),
)
def a_differential_inequality_bounds_its_solutions(instance):
    r"""$u'\le Lu+d$ implies $u(t)\le e^{Lt}u_0+\frac dL(e^{Lt}-1)$ for either sign of L, in balls.

    The solutions have u' = Lu + d − ce^{−t}, c > 0, and are summed as power series; the ratio tends to one with c.
    """
    return instance.value(), instance.bound(instance.defect)


@a_differential_inequality_bounds_its_solutions.witness
def _():
    return Slack(Fraction(1), Fraction(1, 2), Fraction(1), Fraction(1, 10**5), Fraction(1))


@a_differential_inequality_bounds_its_solutions.witness
def _():
    return Slack(Fraction(5, 3), Fraction(-7, 4), Fraction(3, 5), Fraction(1, 10**6), Fraction(7, 6))


@a_differential_inequality_bounds_its_solutions.mutant("no 1/L")
def _(instance):
    return instance.value(), instance.bound(instance.defect * abs(instance.rate))


@a_differential_inequality_bounds_its_solutions.mutant("no defect")
def _(instance):
    return instance.value(), instance.bound(Fraction(0))


@a_differential_inequality_bounds_its_solutions.mutant("1 % too small")
def _(instance):
    return instance.value(), instance.bound(instance.defect) * rigor.ball(Fraction(99, 100))
