"""The continuous lemma and the algebra of its proofs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity
from theory import gronwall_lemma as lemma
from theory import rigor


@dataclass(frozen=True)
class Relaxed:
    """u' = Lu + d − r with a constant reserve r >= 0: a solution of the differential inequality."""

    start: Fraction
    rate: Fraction
    defect: Fraction
    reserve: Fraction
    time: Fraction

    def solution(self):
        """u(t) = e^{Lt} u_0 + (d − r)(e^{Lt} − 1)/L, as a ball."""
        L, t = rigor.ball(self.rate), rigor.ball(self.time)
        growth = (L * t).exp()
        forced = t if self.rate == 0 else (growth - 1) / L
        return growth * rigor.ball(self.start) + rigor.ball(self.defect - self.reserve) * forced

    def predicted(self, defect):
        values = (self.start, self.rate, defect, self.time)
        return lemma.differential(*(rigor.ball(v) for v in values))


def fractions(low: int, high: int, denominator: int) -> st.SearchStrategy[Fraction]:
    return st.integers(low, high).map(lambda k: Fraction(k, denominator))


RELAXED = st.builds(
    Relaxed, fractions(0, 8, 4), fractions(-16, 16, 8), fractions(0, 8, 4), fractions(1, 64, 32), fractions(1, 16, 8)
)


@bound(source="gronwall1919", ref="Continuous lemma", over=RELAXED, sharp=0.999)
def a_differential_inequality_stays_below_the_exponential(instance):
    r"""$u'\le Lu+d$ on $[0,t]$ gives $u(t)\le e^{Lt}u_0+d\,\frac{e^{Lt}-1}{L}$, for either sign of L.

    Attained without the reserve; the instances keep a reserve of at least 1/32, so that balls can decide, and the
    witness one of 2⁻¹⁰.
    """
    return instance.solution(), instance.predicted(instance.defect)


@a_differential_inequality_stays_below_the_exponential.witness
def _():
    return Relaxed(Fraction(1), Fraction(1, 2), Fraction(1), Fraction(1, 1024), Fraction(1))


@a_differential_inequality_stays_below_the_exponential.mutant("drops 1/L from the defect")
def _(instance):
    return instance.solution(), instance.predicted(instance.defect * instance.rate)


@a_differential_inequality_stays_below_the_exponential.mutant("the defect does not grow: dt")
def _(instance):
    growth = rigor.ball(instance.rate * instance.time).exp()
    return instance.solution(), growth * rigor.ball(instance.start) + rigor.ball(instance.defect * instance.time)


@a_differential_inequality_stays_below_the_exponential.mutant("one per cent less")
def _(instance):
    return instance.solution(), instance.predicted(instance.defect) * rigor.ball(Fraction(99, 100))


STEPS = {name.replace(" ", "_").replace("'", ""): name for name in lemma.derivations()}


@identity(source="gronwall1919", ref="Proofs of the lemmas", cases=STEPS)
def each_step_of_the_proofs_is_an_identity(case):
    """The closed forms start where they should, satisfy their recursion or equation, and have the limit $L=0$."""
    return lemma.derivations()[case], sp.Integer(0)


@each_step_of_the_proofs_is_an_identity.mutant("the step is off by a thousandth of itself and one")
def _(case):
    return lemma.derivations()[case] + sp.Rational(1, 1000), sp.Integer(0)


S, T = sp.symbols("s t", positive=True)
RATES = {"constant": sp.Rational(1, 2), "linear": 2 * S, "oscillating": sp.cos(S), "decaying": -S}


@identity(source="gronwall1919", ref="Continuous lemma, varying rate", cases=RATES)
def the_varying_rate_form_solves_the_equation(case):
    r"""$u(t)=u_0e^{\int_0^tL}+\int_0^td(s)e^{\int_s^tL}\,ds$ solves $u'=L(t)u+d(t)$: the lemma is attained."""
    u0, d = sp.symbols("u_0 d", positive=True)
    u = u0 * sp.exp(sp.integrate(case, (S, 0, T)))
    defect = d * sp.diff(sp.exp(sp.integrate(case, (S, 0, S))), S)
    u += lemma.differential_form(0, case, defect, S, T)
    return sp.diff(u, T), case.subs(S, T) * u + defect.subs(S, T)


@the_varying_rate_form_solves_the_equation.mutant("the kernel starts at 0 instead of s")
def _(case):
    u0, d = sp.symbols("u_0 d", positive=True)
    rate = sp.exp(sp.integrate(case, (S, 0, T)))
    defect = d * sp.diff(sp.exp(sp.integrate(case, (S, 0, S))), S)
    u = u0 * rate + rate * sp.integrate(defect, (S, 0, T))
    return sp.diff(u, T), case.subs(S, T) * u + defect.subs(S, T)
