"""What no data can tell: constants that only appear together, counted without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.domains import rationals
from gronwall.theory.pathways.identifiability import MEASURED, rank_from_measurements, rank_of_rates
from gronwall.theory.pathways.kinetics import CONSTANTS, GROUPS, rates, scaled

SOURCE, REF = "habaraduwa2025", "Identifiability"
HIDDEN = len(GROUPS) + 1
"""Five quotients that may be scaled, and k21 against ks3."""


@dataclass(frozen=True)
class Scaling:
    """A state, enzymes, constants and six factors."""

    state: tuple[Fraction, ...]
    enzymes: tuple[Fraction, ...]
    constants: tuple[Fraction, ...]
    factors: tuple[Fraction, ...]

    def rates(self):
        return rates(self.state, self.enzymes, self.constants)

    def scaled(self):
        return scaled(self.constants, self.factors)


NUMBER = rationals("1/4", "4", 8)
FACTOR = NUMBER.filter(lambda c: c != 1)
SCALINGS = st.builds(
    Scaling, st.tuples(*[NUMBER] * 10), st.tuples(*[NUMBER] * 9), st.tuples(*[NUMBER] * 34), st.tuples(*[FACTOR] * 6)
)


def by_ratios(s, e, k):
    """The nine rates once more, by the 27 ratios and products on which they depend; V_in is the 28th."""
    c = dict(zip(CONSTANTS, k, strict=True))
    s1, s2, s3, s4, s5, s6, s7, s8, s9, _ = s

    def over(above, *below):
        return [c[name] / c[above] for name in below]

    return [
        e[0] * s1 / dot(over("k11", "k12", "k13"), (1, s1)),
        e[1] * s1 * s2 / dot([c[name] / (c["ks3"] * c["k21"]) for name in ("k22", "k23", "k24")], (s2, s1, s1 * s2)),
        e[2] * s3 / dot(over("k31", "k32", "k33", "k34", "k35"), (s1, s2, s3, 1)),
        e[3] * s4 / dot(over("k41", "k42", "k43", "k44", "k45"), (s9, s5, s4, 1)),
        c["k51"] * e[4] / (1 + c["k52"] / s5),
        e[5] * s6 / dot(over("k61", "k62", "k63", "k64", "k65"), (s5, s4, s6, 1)),
        c["k71"] * e[6] / (1 + c["k72"] / s7),
        c["k81"] * e[7] / (1 + c["k83"] / s8 + c["k84"] / s7 + c["k82"] / (s7 * s8)),
        c["k91"] * e[8] / (1 + c["k92"] / s9),
    ]


def dot(weights, values):
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


@identity(source=SOURCE, ref=REF, over=SCALINGS, examples=pick(quick=40, full=500))
def six_scalings_leave_all_rates_as_they_are(instance):
    r"""$k_{1j},k_{2j},k_{3j},k_{4j},k_{6j}$ times a factor each, $k_{21}c$ with $k_{s3}/c$: no rate changes.

    So no data on the species, however many and exact, determine more than 34 − 6 functions of the constants.  The rates
    with the scaled constants are written out anew, by the ratios on which they depend.
    """
    return instance.rates(), by_ratios(instance.state, instance.enzymes, instance.scaled())


def but_one(instance, name):
    """Scaled, but for one constant."""
    return [
        old if here == name else new
        for here, old, new in zip(CONSTANTS, instance.constants, instance.scaled(), strict=True)
    ]


@six_scalings_leave_all_rates_as_they_are.mutant("ks3 is not scaled against k21")
def _(instance):
    return instance.rates(), by_ratios(instance.state, instance.enzymes, but_one(instance, "ks3"))


@six_scalings_leave_all_rates_as_they_are.mutant("the constant in HMGR's denominator is not scaled")
def _(instance):
    return instance.rates(), by_ratios(instance.state, instance.enzymes, but_one(instance, "k35"))


SEEDS = st.integers(0, 2**20)
rng = np.random.default_rng


@identity(source=SOURCE, ref=REF, over=SEEDS, examples=pick(quick=5, full=40))
def all_species_determine_twenty_eight_of_34(instance):
    r"""The rates at 40 random states have rank $28=34-6$ in the logarithms of the constants: no seventh scaling.

    Modulo 2³¹ − 1, where nothing is rounded: never above the generic rank.
    """
    return rank_of_rates(rng(instance)), len(CONSTANTS) - HIDDEN


@all_species_determine_twenty_eight_of_34.mutant("all of them")
def _(instance):
    return rank_of_rates(rng(instance)), len(CONSTANTS)


@all_species_determine_twenty_eight_of_34.mutant("ks3 forgotten")
def _(instance):
    return rank_of_rates(rng(instance)), len(CONSTANTS) - len(GROUPS)


@all_species_determine_twenty_eight_of_34.mutant("too few states")
def _(instance):
    return rank_of_rates(rng(instance), states=3), len(CONSTANTS) - HIDDEN


@identity(source=SOURCE, ref=REF, over=SEEDS, examples=pick(quick=2, full=40))
def what_is_measured_determines_as_many(instance):
    r"""So do exact series of the six measured species, IPP and DMAPP as a sum, of one strain from unknown starts.

    Rank of their Taylor coefficients in constants and starts, less the rank in the starts alone, modulo 2³¹ − 1.
    Enzymes are known and constant in time.  What noise and fourteen samples leave of it is another matter.
    """
    return rank_from_measurements(rng(instance), strains=1, order=12), len(CONSTANTS) - HIDDEN


@what_is_measured_determines_as_many.mutant("from acetyl-CoA alone, which sees no more than its own losses")
def _(instance):
    return rank_from_measurements(rng(instance), 1, 20, ((0,),)), len(CONSTANTS) - HIDDEN


@what_is_measured_determines_as_many.mutant("from values, slopes and curvatures")
def _(instance):
    return rank_from_measurements(rng(instance), 1, 2, MEASURED), len(CONSTANTS) - HIDDEN


@identity(source=SOURCE, ref=REF, over=SEEDS, examples=2, effort="full")
def so_does_limonene_alone(instance):
    r"""So does an exact series of limonene alone: all 28, through every species upstream."""
    return rank_from_measurements(rng(instance), 1, 45, ((9,),)), len(CONSTANTS) - HIDDEN


@so_does_limonene_alone.mutant("acetyl-CoA alone")
def _(instance):
    return rank_from_measurements(rng(instance), 1, 45, ((0,),)), len(CONSTANTS) - HIDDEN
