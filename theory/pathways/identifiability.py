r"""How many constants the data can tell apart at all: ranks over a finite field, where nothing is rounded.

The rank of a matrix of rational functions at a random point modulo a large prime is never above the generic rank, and
below it only where a nonzero polynomial happens to vanish there: a probability below its degree/p.

What is measured are some species, or sums of them, as series in time: y(t) = Σ y_j t^j.  The constants and the unknown
starts that a y determines, locally and generically, are as many as the rank of ∂(y_0, …, y_J)/∂(ln k, ln s(0)), taken
over enough strains, which differ in their enzymes; what a symmetry of the system leaves unchanged lowers it.

Source: R. Hermann, A. J. Krener, IEEE Trans. Autom. Control 22 (1977); A. Sedoglavic, J. Symbolic Comput. 33 (2002);
the ranks are computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gronwall.theory.pathways.kinetics import CONSTANTS, SPECIES, rates, velocity

__all__ = ["MEASURED", "PRIME", "Jet", "rank", "rank_from_measurements", "rank_of_rates"]

PRIME = 2**31 - 1
MEASURED = ((0,), (2,), (3,), (4,), (6, 7), (9,))
"""Acetyl-CoA, HMG-CoA, Mev, MevP, IPP + DMAPP, limonene: what the published series have."""

Integers = Any


@dataclass(frozen=True, eq=False)
class Jet:
    """A number modulo the prime, or a truncated series in time, with its derivatives in all unknowns.

    values: (order + 1, 1 + unknowns): coefficients of t^j, of the number itself and of its derivatives.
    """

    values: Integers

    def _of(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return other
        constant = np.zeros_like(self.values)
        constant[0, 0] = int(other) % PRIME
        return Jet(constant)

    def __add__(self, other: Any) -> Jet:
        return Jet((self.values + self._of(other).values) % PRIME)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Jet:
        """(ab)_j = Σ a_i b_{j−i},  ∂(ab)_j = Σ a_i ∂b_{j−i} + b_{j−i} ∂a_i."""
        a, b = self.values, self._of(other).values
        found = np.zeros_like(a)
        for i in range(len(a)):
            later = slice(i, None)
            n = len(a) - i
            found[later] = (found[later] + a[i, :1] * b[:n]) % PRIME
            found[later, 1:] = (found[later, 1:] + a[i, 1:] * b[:n, :1]) % PRIME
        return Jet(found)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Jet:
        return self * self._of(other).reciprocal()

    def reciprocal(self) -> Jet:
        """By Newton's iteration r ← r(2 − br) from 1/b_0, which doubles the order that is right each time."""
        start = np.zeros_like(self.values)
        start[0, 0] = pow(int(self.values[0, 0]), -1, PRIME)
        r = Jet(start)
        for _ in range(2 + int(np.log2(len(self.values)))):
            r = r * ((self * r) * (PRIME - 1) + 2)
        return r


def rank(rows: Integers) -> int:
    """The rank of a matrix of integers modulo the prime, by elimination."""
    left, found = np.array(rows, dtype=np.int64) % PRIME, 0
    for column in range(left.shape[1]):
        below = np.flatnonzero(left[found:, column])
        if not len(below):
            continue
        left[[found, found + below[0]]] = left[[found + below[0], found]]
        left[found] = left[found] * pow(int(left[found, column]), -1, PRIME) % PRIME
        others = left[found + 1 :, column].copy()
        left[found + 1 :] = (left[found + 1 :] - others[:, None] * left[found]) % PRIME
        found += 1
        if found == len(left):
            break
    return found


def _unknown(value: int, place: int, unknowns: int, order: int) -> Jet:
    """A constant that is an unknown, with the derivative in its logarithm: itself."""
    values = np.zeros((order + 1, 1 + unknowns), dtype=np.int64)
    values[0, 0] = values[0, 1 + place] = value
    return Jet(values)


def _drawn(rng: np.random.Generator, count: int) -> list[int]:
    return [int(value) for value in rng.integers(1, PRIME, count)]


def rank_of_rates(rng: np.random.Generator, states: int = 40) -> int:
    """The rank of the nine rates and V_in at so many random states and enzymes, in the logarithms of the constants."""
    n = len(CONSTANTS)
    k = [_unknown(value, place, n, 0) for place, value in enumerate(_drawn(rng, n))]
    rows = [k[CONSTANTS.index("Vin")].values[0, 1:]]
    for _ in range(states):
        s, e = _drawn(rng, len(SPECIES)), _drawn(rng, 9)
        known = [Jet(np.array([[value, *[0] * n]], dtype=np.int64)) for value in s]
        rows += [rate.values[0, 1:] for rate in rates(known, e, k)]
    return rank(np.array(rows))


def rank_from_measurements(
    rng: np.random.Generator, strains: int = 6, order: int = 12, measured: Sequence[Sequence[int]] = MEASURED
) -> int:
    """How many functions of the constants the series of what is measured determine, every start being unknown.

    rank ∂y/∂(ln k, ln s(0)) − rank ∂y/∂ln s(0), for strains with enzymes of their own, constant in time.
    """
    n = len(CONSTANTS)
    unknowns = n + strains * len(SPECIES)
    k = [_unknown(value, place, unknowns, order) for place, value in enumerate(_drawn(rng, n))]
    rows: list[Integers] = []
    for strain in range(strains):
        e = _drawn(rng, 9)
        first = n + strain * len(SPECIES)
        s = [_unknown(value, first + place, unknowns, order) for place, value in enumerate(_drawn(rng, len(SPECIES)))]
        for done in range(order):
            slopes = velocity([Jet(one.values[: done + 1]) for one in s], e, [Jet(one.values[: done + 1]) for one in k])
            for one, slope in zip(s, slopes, strict=True):
                one.values[done + 1] = slope.values[done] * pow(done + 1, -1, PRIME) % PRIME
        for together in measured:
            rows += list(sum(s[place].values[:, 1:] for place in together) % PRIME)
    matrix = np.array(rows)
    return rank(matrix) - rank(matrix[:, n:])
