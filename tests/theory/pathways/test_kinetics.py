"""The kinetics of the limonene pathway, and what can be told of its constants."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gronwall.theory.pathways.identifiability import PRIME, Jet, rank, rank_from_measurements, rank_of_rates
from gronwall.theory.pathways.kinetics import (
    BALANCE,
    CONSTANTS,
    SPECIES,
    STOICHIOMETRY,
    rates,
    scaled,
    squared_imbalance,
    velocity,
)

ONES = [Fraction(1)] * 34


def test_rates_at_one_are_quotients_of_counts():
    found = rates([Fraction(1)] * 10, [Fraction(1)] * 9, ONES)
    assert found == [Fraction(1, n) for n in (2, 3, 4, 4, 2, 4, 2, 4, 2)]


def test_every_constant_and_every_enzyme_has_its_place():
    state, enzymes = [Fraction(i + 2) for i in range(10)], [Fraction(1)] * 9
    before = rates(state, enzymes, ONES)
    affected = {}
    for place, name in enumerate(CONSTANTS):
        moved = [Fraction(2) if i == place else one for i, one in enumerate(ONES)]
        affected[name] = [
            i + 1 for i, (a, b) in enumerate(zip(before, rates(state, enzymes, moved), strict=True)) if a != b
        ]
    assert affected["ks3"] == [2]
    assert affected["Vin"] == []
    for name in CONSTANTS[:-2]:
        assert affected[name] == [int(name[1])]
    for place in range(9):
        doubled = rates(state, [Fraction(2) if i == place else Fraction(1) for i in range(9)], ONES)
        assert doubled == [2 * v if i == place else v for i, v in enumerate(before)]


def test_nothing_flows_where_nothing_is():
    assert rates([Fraction(0)] * 10, [Fraction(1)] * 9, ONES) == [0] * 9
    assert velocity([Fraction(0)] * 10, [Fraction(1)] * 9, ONES) == [1, *[0] * 9]


def test_the_balance_is_that_of_the_stoichiometry():
    assert len(SPECIES) == len(STOICHIOMETRY) == 10
    assert [sum(w * row[j] for w, row in zip(BALANCE, STOICHIOMETRY, strict=True)) for j in range(9)] == [0] * 9


def test_an_imbalance_is_told_without_the_truth():
    start = [Fraction(1)] * 10
    assert squared_imbalance(start, start, Fraction(0), Fraction(1)) == 0
    along = [1 + Fraction(w, 2) for w in BALANCE]
    assert squared_imbalance(along, start, Fraction(0), Fraction(1)) == Fraction(sum(w * w for w in BALANCE), 4)
    assert squared_imbalance(start, start, Fraction(3), Fraction(2)) == Fraction(36, sum(w * w for w in BALANCE))


def test_scaled_constants_are_others_and_the_rates_are_not():
    factors = [Fraction(2), Fraction(3), Fraction(5), Fraction(7), Fraction(11), Fraction(13)]
    other = scaled(ONES, factors)
    assert dict(zip(CONSTANTS, other, strict=True)) == {
        **dict.fromkeys(CONSTANTS, Fraction(1)),
        **dict.fromkeys(("k11", "k12", "k13"), Fraction(2)),
        **dict.fromkeys(("k22", "k23", "k24"), Fraction(3)),
        "k21": Fraction(39),
        **dict.fromkeys(("k31", "k32", "k33", "k34", "k35"), Fraction(5)),
        **dict.fromkeys(("k41", "k42", "k43", "k44", "k45"), Fraction(7)),
        **dict.fromkeys(("k61", "k62", "k63", "k64", "k65"), Fraction(11)),
        "ks3": Fraction(1, 13),
    }
    state = [Fraction(i + 1, 3) for i in range(10)]
    assert rates(state, [Fraction(1)] * 9, other) == rates(state, [Fraction(1)] * 9, ONES)


def test_ranks_modulo_the_prime():
    assert rank([[1, 2], [2, 4]]) == 1
    assert rank([[0, 1, 0], [1, 0, 0], [1, 1, 0]]) == 2
    assert rank([[PRIME - 1, 1], [1, 1]]) == 2
    assert rank([[PRIME, PRIME]]) == 0


def test_jets_multiply_and_divide_as_series_with_derivatives():
    x = Jet(np.array([[3, 1], [1, 0], [0, 0]]))  # 3 + t, with the derivative 1 of its constant
    square = x * x
    assert square.values.tolist() == [[9, 6], [6, 2], [1, 0]]
    one = (1 * x) / x
    assert one.values.tolist() == [[1, 0], [0, 0], [0, 0]]
    inverse = x.reciprocal().values[:, 0]
    third = pow(3, -1, PRIME)
    assert inverse.tolist() == [third, -(third**2) % PRIME, third**3 % PRIME]
    assert (x + 2).values.tolist() == [[5, 1], [1, 0], [0, 0]]


def test_what_a_single_strain_determines():
    assert rank_from_measurements(np.random.default_rng(1), 1, 12) == 28
    assert (
        rank_from_measurements(np.random.default_rng(1), 1, 40, ((0,),)) == 6
    )  # k12 and k13 by k11, and what HMGS takes; no starts but two
    assert rank_from_measurements(np.random.default_rng(1), 1, 0) == 0  # values are starts
    assert rank_from_measurements(np.random.default_rng(1), 3, 2) <= 3 * 6 * 2


def test_few_states_determine_few_constants():
    assert rank_of_rates(np.random.default_rng(0), states=1) == 10
    assert rank_of_rates(np.random.default_rng(0)) == 28
