"""The discrete lemma in fractions: recursions with slack, equality cases among them."""

from __future__ import annotations

from fractions import Fraction

from gronwall import bound, pick
from gronwall.theory.gronwall_lemma import discrete, discrete_implicit
from systems.gronwall_lemma.recursions import SMALL, TIGHT, Recursion, recursions, tenths

HNW, REF = "hairer1993", "Discrete Grönwall lemma"
EXAMPLES = pick(quick=100, full=2000)


@bound(
    source=HNW,
    ref=REF,
    over=recursions(tenths(-2, 3), SMALL),
    sharp=1.0,
    examples=EXAMPLES,
)
def a_recursion_grows_at_most_geometrically(instance):
    r"""$e_{k+1}\le(1+hL)e_k+hd$ implies $e_n\le(1+hL)^ne_0+\frac dL((1+hL)^n-1)$, of either sign of L, $hL\ge-1$.

    In fractions, after any number of steps; attained where the recursion holds with equality.
    """
    i = instance
    return i.errors()[-1], discrete(i.start, i.rate, i.defect, i.step, i.steps)


@a_recursion_grows_at_most_geometrically.witness
def _():
    return Recursion(Fraction(1), Fraction(1, 2), Fraction(1), Fraction(1, 10), TIGHT)


@a_recursion_grows_at_most_geometrically.mutant("no 1/L")
def _(instance):
    i = instance
    return i.errors()[-1], discrete(i.start, i.rate, i.defect * abs(i.rate), i.step, i.steps)


@a_recursion_grows_at_most_geometrically.mutant("no growth: e_0 + nhd")
def _(instance):
    i = instance
    return i.errors()[-1], discrete(i.start, Fraction(0), i.defect, i.step, i.steps)


@a_recursion_grows_at_most_geometrically.mutant("1 % too small")
def _(instance):
    i = instance
    return i.errors()[-1], Fraction(99, 100) * discrete(i.start, i.rate, i.defect, i.step, i.steps)


@a_recursion_grows_at_most_geometrically.mutant("one step too few")
def _(instance):
    i = instance
    return i.errors()[-1], discrete(i.start, i.rate, i.defect, i.step, i.steps - 1)


@bound(
    source=HNW,
    ref=REF,
    over=recursions(tenths(-2, 1), SMALL),
    sharp=1.0,
    examples=EXAMPLES,
)
def an_implicit_recursion_divides(instance):
    r"""$(1-hL)e_{k+1}\le e_k+hd$ implies $e_n\le(1-hL)^{-n}e_0+\frac dL((1-hL)^{-n}-1)$ for $hL<1$."""
    i = instance
    return i.implicit_errors()[-1], discrete_implicit(i.start, i.rate, i.defect, i.step, i.steps)


@an_implicit_recursion_divides.witness
def _():
    return Recursion(Fraction(1), Fraction(1, 2), Fraction(1), Fraction(1, 10), TIGHT)


@an_implicit_recursion_divides.mutant("the explicit factor 1 + hL")
def _(instance):
    i = instance
    return i.implicit_errors()[-1], discrete(i.start, i.rate, i.defect, i.step, i.steps)


@an_implicit_recursion_divides.mutant("the defect not divided by 1 − hL")
def _(instance):
    i = instance
    defect = i.defect * (1 - i.step * i.rate)
    return i.implicit_errors()[-1], discrete_implicit(i.start, i.rate, defect, i.step, i.steps)
