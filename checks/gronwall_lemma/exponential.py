"""The discrete lemma in balls: what exponentials bound, and where the textbook form is false."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.gronwall_lemma import differential, discrete_by_exponential, discrete_nonuniform, exponential
from systems.gronwall_lemma.recursions import SMALL, Recursion, recursions, tenths

HNW, REF = "hairer1993", "Discrete Grönwall lemma"
EXAMPLES = pick(quick=100, full=2000)
NONZERO = tenths(-2, 3).filter(bool)
STEPS = st.lists(st.tuples(SMALL, NONZERO, tenths(0, 3)), min_size=1, max_size=20)


@bound(source=HNW, ref=REF, over=STEPS, sharp=0.99, examples=EXAMPLES)
def unequal_steps_multiply(instance):
    r"""$e_{k+1}\le(1+h_kL_k)e_k+h_kd_k$, $e_0=1$, implies $e_n\le\exp(\sum h_kL_k^+)\,(1+T\max d)$.

    Steps, rates and defects of any size: the exact sum of products, a fraction, against a ball.  The ratio tends to one
    for small steps, rates and defects.
    """
    h, L, d = (list(column) for column in zip(*instance, strict=True))
    T, rate = sum(h), sum((a * max(b, Fraction(0)) for a, b in zip(h, L, strict=True)), Fraction(0))
    grown = rigor.ball(rate).exp()
    return discrete_nonuniform(Fraction(1), L, d, h), grown * (1 + rigor.ball(T * max(d)))


@unequal_steps_multiply.witness
def _():
    return [(Fraction(1, 1000), Fraction(1, 10), Fraction(1, 10))] * 10


@unequal_steps_multiply.mutant("the mean rate of unweighted steps")
def _(instance):
    h, L, d = (list(column) for column in zip(*instance, strict=True))
    T, mean = sum(h), sum(L) / len(L)
    return discrete_nonuniform(Fraction(1), L, d, h), rigor.ball(T * mean).exp() * (1 + rigor.ball(T * max(d)))


@unequal_steps_multiply.mutant("the largest step left out")
def _(instance):
    h, L, d = (list(column) for column in zip(*instance, strict=True))
    short = [a for a in h if a != max(h)]
    rate = sum(a * max(b, Fraction(0)) for a, b in zip(h, L, strict=True) if a != max(h))
    bounded = rigor.ball(Fraction(rate)).exp() * (1 + rigor.ball(Fraction(sum(short)) * max(d)))
    return discrete_nonuniform(Fraction(1), L, d, h), bounded


POSITIVE = tenths(0, 3).filter(bool)


@bound(source=HNW, ref=REF, over=recursions(POSITIVE, SMALL), sharp=0.999, examples=EXAMPLES)
def a_recursion_stays_below_the_exponential(instance):
    r"""$e_n\le e^{LT}e_0+\frac dL(e^{LT}-1)$, $T=nh$, for $L>0$: the fraction e_n against a ball.

    The ratio tends to one with the step: 0.9996 for L = 1, h = 1/1000, T = 1/2.
    """
    i = instance
    bounded = exponential(i.start, rigor.ball(i.rate), i.defect, i.steps * i.step)
    return i.errors()[-1], bounded


@a_recursion_stays_below_the_exponential.witness
def _():
    return Recursion(Fraction(1), Fraction(1), Fraction(1), Fraction(1, 1000), (Fraction(1),) * 500)


@a_recursion_stays_below_the_exponential.mutant("no exponential: e_0 + dT")
def _(instance):
    i = instance
    return i.errors()[-1], exponential(i.start, rigor.ball(0), i.defect, i.steps * i.step)


@a_recursion_stays_below_the_exponential.mutant("no 1/L")
def _(instance):
    i = instance
    return i.errors()[-1], exponential(i.start, rigor.ball(i.rate), i.defect * i.rate, i.steps * i.step)


@a_recursion_stays_below_the_exponential.mutant("1 % too small")
def _(instance):
    i = instance
    bounded = exponential(i.start, rigor.ball(i.rate), i.defect, i.steps * i.step)
    return i.errors()[-1], bounded * rigor.ball(Fraction(99, 100))


@bound(
    source=HNW,
    ref=REF,
    over=recursions(NONZERO, SMALL).filter(lambda r: r.start > 0),
    sharp=0.999,
    examples=EXAMPLES,
)
def negative_rates_need_another_exponential(instance):
    r"""$e_n\le e^{LT}e_0+d\,\frac{h(e^{LT}-1)}{e^{hL}-1}$ for either sign of L, $hL\ge-1$.

    For L < 0 the textbook form with (e^{LT} − 1)/L is false: one step gives hd, more than d(1 − e^{−h|L|})/|L|.
    e_0 > 0 and L ≠ 0, because the other case is an exact tie after one step, which balls cannot decide.
    """
    i = instance
    bounded = discrete_by_exponential(i.start, rigor.ball(i.rate), i.defect, i.step, i.steps)
    return i.errors()[-1], bounded


@negative_rates_need_another_exponential.witness
def _():
    return Recursion(Fraction(1), Fraction(-1), Fraction(1), Fraction(1, 1000), (Fraction(1),) * 500)


@negative_rates_need_another_exponential.mutant("the textbook form for every L")
def _(instance):
    i = instance
    bounded = differential(i.start, rigor.ball(i.rate), i.defect, i.steps * i.step)
    return i.errors()[-1], bounded


@negative_rates_need_another_exponential.mutant("1 % too small")
def _(instance):
    i = instance
    bounded = discrete_by_exponential(i.start, rigor.ball(i.rate), i.defect, i.step, i.steps)
    return i.errors()[-1], bounded * rigor.ball(Fraction(99, 100))
