"""The balance of carbon, the orthant that holds all orbits, and constants that take the pathway apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.domains import rationals
from gronwall.theory.pathways.kinetics import (
    BALANCE,
    CONSTANTS,
    SPECIES,
    STOICHIOMETRY,
    rates,
    squared_imbalance,
    velocity,
)

SOURCE, REF = "habaraduwa2025", "Kinetics"

s = sp.symbols("s1:11", positive=True)
e = sp.symbols("e1:10", positive=True)
k = sp.symbols(" ".join(CONSTANTS), positive=True)
INFLOW = k[CONSTANTS.index("Vin")]


def weighed(w):
    """w·s' by the kinetics."""
    return sp.expand(sum(a * b for a, b in zip(w, velocity(s, e, k), strict=True)))


@identity(source=SOURCE, ref=REF)
def carbon_is_balanced():
    r"""$w\cdot\dot s=V_{in}$ for $w=(1,1,2,2,2,2,2,2,4,4)$, whatever the enzymes do."""
    return weighed(BALANCE), INFLOW


@carbon_is_balanced.mutant("every species counted once")
def _():
    return weighed([1] * len(SPECIES)), INFLOW


@carbon_is_balanced.mutant("limonene as GPP's half")
def _():
    return weighed([*BALANCE[:-1], 2]), INFLOW


def null_space(rows):
    """A basis of {w: w·N = 0}, each scaled to begin with 1."""
    found = sp.Matrix(rows).T.nullspace()
    return sp.Matrix.hstack(*[basis / basis[0] for basis in found]) if found else sp.zeros(len(rows), 1)


@identity(source=SOURCE, ref=REF)
def nothing_else_is_balanced():
    r"""The left null space of the stoichiometric matrix is spanned by $w$: one balance and no second one."""
    return null_space(STOICHIOMETRY), sp.Matrix(BALANCE)


@nothing_else_is_balanced.mutant("with two molecules of acetyl-CoA for one of acetoacetyl-CoA, as in the cell")
def _():
    return null_space([(-2, *STOICHIOMETRY[0][1:]), *STOICHIOMETRY[1:]]), sp.Matrix(BALANCE)


@nothing_else_is_balanced.mutant("without GPPS taking IPP")
def _():
    rows = [list(row) for row in STOICHIOMETRY]
    rows[6][7] = 0
    return null_space(rows), sp.Matrix(BALANCE)


# ---------------------------------------------------------------- a bound without the truth


@dataclass(frozen=True)
class Predicted:
    """A true state and a prediction of it that is off by so much; from some start with some inflow at some time."""

    state: tuple[Fraction, ...]
    off: tuple[Fraction, ...]
    inflow: Fraction
    time: Fraction

    def start(self):
        """A start from which the balance leads to the state: all of it is taken from limonene."""
        return [*self.state[:-1], self.state[-1] - self.inflow * self.time / BALANCE[-1]]

    def seen(self, w=BALANCE, inflow=None):
        """(w·ŝ − w·s(0) − V_in t)²/‖w‖²."""
        predicted = [a + b for a, b in zip(self.state, self.off, strict=True)]
        return squared_imbalance(predicted, self.start(), self.inflow if inflow is None else inflow, self.time, w)

    def distance(self):
        """‖ŝ − s‖²."""
        return sum(d * d for d in self.off)


def tenth(low, high):
    return rationals(low, high, 10)


PREDICTED = st.builds(
    Predicted, st.tuples(*[tenth("0", "4")] * 10), st.tuples(*[tenth("-2", "2")] * 10), tenth("0", "2"), tenth("0", "4")
)


@bound(source=SOURCE, ref=REF, over=PREDICTED, sharp=1, examples=pick(quick=100, full=1000))
def a_prediction_is_at_least_as_wrong_as_its_balance(instance):
    r"""$\|\hat s-s\|\ge|w\cdot\hat s-w\cdot s(0)-V_{in}t|/\|w\|$: a bound without the truth, attained along $w$.

    Compared as squares, in fractions.
    """
    return instance.seen(), instance.distance()


@a_prediction_is_at_least_as_wrong_as_its_balance.witness
def _():
    along = tuple(Fraction(weight, 100) for weight in BALANCE)
    return Predicted(tuple([Fraction(1)] * 10), along, Fraction(1, 2), Fraction(3))


@a_prediction_is_at_least_as_wrong_as_its_balance.mutant("not divided by the norm of w")
def _(instance):
    return instance.seen() * sum(weight * weight for weight in BALANCE), instance.distance()


@a_prediction_is_at_least_as_wrong_as_its_balance.mutant("without the inflow")
def _(instance):
    return instance.seen(inflow=Fraction(0)), instance.distance()


@a_prediction_is_at_least_as_wrong_as_its_balance.mutant("every species counted once")
def _(instance):
    return instance.seen(w=(1,) * 10), instance.distance()


# ---------------------------------------------------------------- the orthant


@dataclass(frozen=True)
class Face:
    """A state on the face s_i = 0, enzymes and constants."""

    place: int
    state: tuple[Fraction, ...]
    enzymes: tuple[Fraction, ...]
    constants: tuple[Fraction, ...]

    @property
    def on_it(self):
        return [Fraction(0) if i == self.place else value for i, value in enumerate(self.state)]

    def slope(self):
        return velocity(self.on_it, self.enzymes, self.constants)[self.place]

    def made(self):
        """V_in, or the rate of the enzyme that makes the species."""
        inflow = self.constants[CONSTANTS.index("Vin")]
        return [inflow, *rates(self.on_it, self.enzymes, self.constants)][self.place]


POSITIVE = rationals("1/4", "4", 8)
FACES = st.builds(
    Face,
    st.sampled_from([3, 0, 1, 2, 4, 5, 6, 7, 8, 9]),
    st.tuples(*[rationals("0", "4", 8)] * 10),
    st.tuples(*[POSITIVE] * 9),
    st.tuples(*[POSITIVE] * 34),
)


@identity(source=SOURCE, ref=REF, over=FACES, examples=pick(quick=60, full=1000))
def a_species_that_is_gone_is_only_made(instance):
    r"""$s_i=0$ implies $\dot s_i=v_{i-1}\ge0$ ($V_{in}$ for the first): the orthant holds every orbit."""
    return instance.slope(), abs(instance.made())


@a_species_that_is_gone_is_only_made.mutant("MK takes what is not there: v₄ without its factor s₄")
def _(instance):
    i = CONSTANTS.index
    c, state = instance.constants, instance.on_it
    free = c[i("k41")] * instance.enzymes[3] / (c[i("k42")] * state[8] + c[i("k43")] * state[4] + c[i("k45")])
    return instance.slope() - (free if instance.place == 3 else 0), abs(instance.made())


@a_species_that_is_gone_is_only_made.mutant("species are used up at a constant rate")
def _(instance):
    return instance.slope() - Fraction(1, 10), abs(instance.made())


# ---------------------------------------------------------------- constants that were printed

PRINTED = {"k21": "1e-15", "k22": "7.79957193e10", "k23": "1.38167796e10", "k24": "3.82274024e10", "ks3": "1e-15",
           "k71": "1e-15", "k72": "6.52997280e10", "k81": "1e-15", "k82": "4.79123492e10", "k83": "4.86855244e10",
           "k84": "3.91360022e10"}  # fmt: skip
"""Of the released constants behind simulated strains those that sit on the edge of their search, and their partners."""
MOST_ENZYME = Fraction(10**7) + 10
"""e = k_f t/(k_m + t) + k_l with k_f <= 10⁷ and k_l <= 10."""


@dataclass(frozen=True)
class Stocks:
    """Ten concentrations up to 10 and a share of the most enzyme there is."""

    state: tuple[Fraction, ...]
    share: Fraction

    def flux(self, printed=True):
        """v₂, v₇, v₈: what passes through HMGS, Idi and GPPS."""
        constants = [Fraction(PRINTED[name]) if printed and name in PRINTED else Fraction(1) for name in CONSTANTS]
        v = rates(self.state, [self.share * MOST_ENZYME] * 9, constants)
        return [v[1], v[6], v[7]]


STOCKS = st.builds(
    Stocks,
    st.tuples(*[rationals("1/10", "10", 10)] * 10),
    rationals("0", "1", 10),
)
MOST = [Fraction(text) for text in ("2.11e-34", "1.532e-18", "1.08e-18")]


@bound(source=SOURCE, ref=REF, over=STOCKS, sharp=0.99, examples=pick(quick=100, full=500))
def the_released_constants_take_the_pathway_apart(instance):
    r"""With the released constants $2.2\cdot10^{-34},1.6\cdot10^{-18},1.1\cdot10^{-18}$ at most pass HMGS, Idi, GPPS.

    In units of concentration an hour, concentrations up to 10 and any amount of enzyme that the simulation draws: k21,
    k71, k81 and k_s3 sit on the lower edge of their search, and nothing upstream reaches limonene.
    """
    return instance.flux(), MOST


@the_released_constants_take_the_pathway_apart.witness
def _():
    return Stocks((Fraction(10),) * 10, Fraction(1))


@the_released_constants_take_the_pathway_apart.mutant("k21, k71, k81 and ks3 of order one")
def _(instance):
    return instance.flux(printed=False), MOST


@the_released_constants_take_the_pathway_apart.mutant("nothing at all passes")
def _(instance):
    return instance.flux(), [Fraction(0)] * 3
