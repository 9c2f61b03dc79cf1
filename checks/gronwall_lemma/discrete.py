"""The discrete lemma: a recursion with gain and defect stays below its closed form, in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from gronwall import bound
from theory import gronwall_lemma as lemma
from theory import rigor


@dataclass(frozen=True)
class Recursion:
    """e_{k+1} = shares_k ((1 + hL) e_k + hd): every share in [0, 1], so the inequality holds at each step."""

    start: Fraction
    rate: Fraction
    defect: Fraction
    step: Fraction
    shares: tuple[Fraction, ...]

    def errors(self) -> list[Fraction]:
        """e_0, …, e_n of the recursion, exactly."""
        found = [self.start]
        for share in self.shares:
            found.append(share * ((1 + self.step * self.rate) * found[-1] + self.step * self.defect))
        return found


def fractions(low: int, high: int, denominator: int) -> st.SearchStrategy[Fraction]:
    return st.integers(low, high).map(lambda k: Fraction(k, denominator))


SHARES = st.lists(st.one_of(st.just(Fraction(1)), fractions(0, 8, 8)), min_size=1, max_size=24).map(tuple)
RECURSIONS = st.builds(
    Recursion, fractions(0, 8, 4), fractions(-24, 24, 8), fractions(0, 8, 4), fractions(1, 8, 24), SHARES
)
EXPANDING = RECURSIONS.filter(lambda r: r.rate > 0)
TIGHT = Recursion(Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(1, 8), (Fraction(1),) * 16)


@bound(source="gronwall1919", ref="Discrete lemma", over=RECURSIONS, sharp=1.0)
def the_recursion_stays_below_its_closed_form(instance):
    r"""$e_{k+1}\le(1+hL)e_k+hd$ gives $e_n\le(1+hL)^ne_0+d\,\frac{(1+hL)^n-1}{L}$, for either sign of L.

    Attained at every step by the recursion with equality; checked in fractions, so nothing is rounded.
    """
    r = instance
    return r.errors(), [lemma.discrete(r.start, r.rate, r.defect, r.step, n) for n in range(len(r.shares) + 1)]


@the_recursion_stays_below_its_closed_form.witness
def _():
    return TIGHT


@the_recursion_stays_below_its_closed_form.mutant("the start does not grow")
def _(instance):
    r = instance
    grown = [lemma.discrete(Fraction(0), r.rate, r.defect, r.step, n) for n in range(len(r.shares) + 1)]
    return r.errors(), [r.start + g for g in grown]


@the_recursion_stays_below_its_closed_form.mutant("the defect does not grow: nhd")
def _(instance):
    r = instance
    q = 1 + r.step * r.rate
    return r.errors(), [q**n * r.start + n * r.step * r.defect for n in range(len(r.shares) + 1)]


@the_recursion_stays_below_its_closed_form.mutant("one per cent less")
def _(instance):
    r = instance
    closed = [lemma.discrete(r.start, r.rate, r.defect, r.step, n) for n in range(len(r.shares) + 1)]
    return r.errors(), [Fraction(99, 100) * c for c in closed]


@bound(source="gronwall1919", ref="Discrete lemma, exponential form", over=EXPANDING, sharp=0.97)
def the_recursion_stays_below_the_exponential(instance):
    r"""$e_n\le e^{LT}e_0+d\,\frac{e^{LT}-1}{L}$ with $T=nh$ for $L\ge0$, whatever the number of steps.

    Loose by $(1+hL)^n$ against $e^{LT}$: attained for L = 0 and in the limit of small steps (0.97 at hL = 1/256).
    For L = 0 the two sides tie, which balls cannot decide, so the instances keep L > 0.  False for L < 0, where
    one step already exceeds it; see the mutant.
    """
    r, n = instance, len(instance.shares)
    e0, L, d = (rigor.ball(x) for x in (r.start, r.rate, r.defect))
    return rigor.ball(r.errors()[-1]), lemma.differential(e0, L, d, rigor.ball(n * r.step))


@the_recursion_stays_below_the_exponential.witness
def _():
    return Recursion(Fraction(1), Fraction(1, 8), Fraction(1), Fraction(1, 32), (Fraction(1),) * 24)


@the_recursion_stays_below_the_exponential.mutant("no growth: e_0 + dT")
def _(instance):
    r, n = instance, len(instance.shares)
    return rigor.ball(r.errors()[-1]), rigor.ball(r.start + n * r.step * r.defect)


@the_recursion_stays_below_the_exponential.mutant("also for L < 0", over=RECURSIONS.filter(lambda r: r.rate < 0))
def _(instance):
    r, n = instance, len(instance.shares)
    e0, L, d = (rigor.ball(x) for x in (r.start, r.rate, r.defect))
    return rigor.ball(r.errors()[-1]), lemma.differential(e0, L, d, rigor.ball(n * r.step))
