"""How many paths are far apart: the entropy of Lipschitz functions from below, and why its term has m²K/ε in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.generalization.covering import (
    codes_packing_log,
    cover_log,
    gilbert_varshamov,
    path_distance,
    sup_distance,
    tents,
    walk,
    walk_packing_log,
)
from systems.generalization.flows import eighths

PACKING = "Covering number from below (own statement)"
SIGNS = (1, -1)
EVEN = [word for word in product(SIGNS, repeat=3) if word.count(-1) % 2 == 0]


def closest(functions: list[Any], distance: Any) -> Fraction:
    """The smallest distance of a pair."""
    return min(distance(f, g) for f, g in combinations(functions, 2))


def measured() -> list[Fraction]:
    """The closest pairs: of walks and of tents on n = 1 … 4 cells, K = 3; of coded paths, m = 3, on 1 and 2 cells."""
    K, apart = Fraction(3), []
    for n in range(1, 5):
        patterns = list(product(SIGNS, repeat=n))
        apart += [closest([kind(signs, K) for signs in patterns], sup_distance) for kind in (walk, tents)]
    for n in (1, 2):
        coded = [[walk(signs, K) for signs in zip(*words, strict=True)] for words in product(EVEN, repeat=n)]
        apart.append(closest(coded, path_distance))
    return apart


def stated(walks: int = 2, tents: int = 1, codes: int = 4) -> list[Fraction]:
    """2K/n for walks, K/n for tents, 2KD/n for codes of distance D = 2."""
    K = Fraction(3)
    return [share * K / n for n in range(1, 5) for share in (walks, tents)] + [codes * K / n for n in (1, 2)]


@identity(source="gronwall", ref=PACKING)
def the_closest_of_all_sign_patterns_are_exactly_this_far_apart():
    r"""The $2^n$ walks of slopes $\pm K$ are $\ge\frac{2K}n$ apart in pairs, tents $\frac Kn$, codes $\frac{2KD}n$.

    Every pair of every pattern on up to four cells, in fractions; the codes are the words of even weight, D = 2.
    """
    return measured(), stated()


@the_closest_of_all_sign_patterns_are_exactly_this_far_apart.mutant("walks K/n apart, as tents")
def _():
    return measured(), stated(walks=1)


@the_closest_of_all_sign_patterns_are_exactly_this_far_apart.mutant("tents as far apart as walks")
def _():
    return measured(), stated(tents=2)


@the_closest_of_all_sign_patterns_are_exactly_this_far_apart.mutant("coordinates do not add up: 2K/n for codes")
def _():
    return measured(), stated(codes=2)


@dataclass(frozen=True)
class Scalar:
    """The class of K-Lipschitz functions with values in [−R, R], R = K, at precision ε = K/many."""

    K: Fraction
    many: Fraction

    def packed(self) -> Any:
        """log of how many are more than 2ε apart."""
        return walk_packing_log(self.K, self.eps, rigor.ball(1))

    @property
    def eps(self) -> Fraction:
        return self.K / self.many

    def covered(self) -> tuple[Any, Any]:
        return cover_log(*(rigor.ball(x) for x in (1, self.K, self.K, self.eps)))


SCALARS = st.builds(Scalar, eighths(1, 40), st.integers(8, 8 * 500).map(lambda k: Fraction(k, 8)))


@bound(source="marion2023", ref=PACKING, over=SCALARS, sharp=0.998, examples=pick(quick=60, full=500))
def the_entropy_of_lipschitz_functions_is_known_to_its_constant(instance, log):
    r"""$(\lceil K/\varepsilon\rceil-1)\log2\le\log\mathcal N\le\log(2+2K/\varepsilon)+(K/\varepsilon)\log2$, if $R=K$.

    Packing below cover, in balls.  They meet: ratio 0.9986 at K/ε = 10⁴, so neither the term K/ε nor its
    constant log 2 can be improved; with log 4, as the paper's form is recalled, the ratio would stay at 1/2.
    """
    p, s = instance.covered()
    eps, packed = float(instance.eps), instance.packed()
    log("entropy", x=float(instance.many), measured=rigor.midpoint(packed), predicted=rigor.midpoint(p + s), eps=eps)
    return packed, p + s


def witness_at(many: int):
    """A class at K/ε = many."""

    @the_entropy_of_lipschitz_functions_is_known_to_its_constant.witness
    def _():
        return Scalar(Fraction(1), Fraction(many))


for many in (10, 100, 1000, 10000):
    witness_at(many)


@the_entropy_of_lipschitz_functions_is_known_to_its_constant.mutant("log N = O(log 1/ε): the K term dropped")
def _(instance):
    return instance.packed(), instance.covered()[0]


@the_entropy_of_lipschitz_functions_is_known_to_its_constant.mutant("half of the K term")
def _(instance):
    p, s = instance.covered()
    return instance.packed(), p + s / 2


@the_entropy_of_lipschitz_functions_is_known_to_its_constant.mutant("a square root of the K term")
def _(instance):
    p, s = instance.covered()
    return instance.packed(), p + s.sqrt()


@dataclass(frozen=True)
class Coded:
    """The class Θ with m coordinates, R = mK, at precision ε = mK/many, packed with words that differ in m/4 places."""

    m: int
    many: int

    @property
    def eps(self) -> Fraction:
        return Fraction(self.m, self.many)

    def packed(self) -> Any:
        return codes_packing_log(self.m, max(self.m // 4, 1), Fraction(1), self.eps, rigor.ball(1))

    def covered(self) -> tuple[Any, Any]:
        return cover_log(*(rigor.ball(x) for x in (self.m, self.m, 1, self.eps)))


CODED = st.builds(Coded, st.integers(1, 400), st.integers(8, 4000))


@bound(source="marion2023", ref=PACKING, over=CODED, sharp=0.99, examples=pick(quick=60, full=400))
def coordinates_must_be_covered_at_a_share_of_epsilon(instance):
    r"""A packing of $\Theta$ by codes of distance $\frac m4$, of the order $m^2K/\varepsilon$, stays below the cover.

    Gilbert and Varshamov's count, in integers and balls, against the cover of m coordinates at ε/m each, R = mK;
    log N lies between them.  For m = 1 they meet; for large m they are a constant apart, (1 − h(1/4))/4 = 0.047 with h
    the binary entropy.  So no smaller power than m² will do: the mutants.
    """
    p, s = instance.covered()
    return instance.packed(), p + s


@coordinates_must_be_covered_at_a_share_of_epsilon.witness
def _():
    return Coded(400, 100000)


@coordinates_must_be_covered_at_a_share_of_epsilon.witness
def _():
    return Coded(1, 4000)


@coordinates_must_be_covered_at_a_share_of_epsilon.mutant("m K log 2/ε instead of m² K log 2/ε")
def _(instance):
    p, s = instance.covered()
    return instance.packed(), p + s / instance.m


@coordinates_must_be_covered_at_a_share_of_epsilon.mutant("m^(3/2) K log 2/(2ε)")
def _(instance):
    p, s = instance.covered()
    return instance.packed(), p + s / (2 * rigor.ball(instance.m).sqrt())


@dataclass(frozen=True)
class Words:
    """Words of m bits that differ in D places at least, 1 <= D <= m."""

    m: int
    D: int

    def greedy(self) -> int:
        """How many a greedy list has: the least word that is left, and away with all those nearer than D to it."""
        numbers = np.arange(2**self.m)
        left, words = np.ones(2**self.m, dtype=bool), 0
        while left.any():
            left &= WEIGHTS[numbers ^ int(np.argmax(left))] >= self.D
            words += 1
        return words


WEIGHTS = np.array([word.bit_count() for word in range(2**11)])
WORDS = st.integers(1, 11).flatmap(lambda m: st.builds(Words, st.just(m), st.integers(1, m)))


@bound(source="gronwall", ref=PACKING, over=WORDS, sharp=1.0, examples=pick(quick=66, full=66))
def greedy_words_are_as_many_as_gilbert_and_varshamov_promise(instance):
    r"""At least $\lceil2^m/\sum_{k<D}\binom mk\rceil$ words of $m$ bits differ in $D$ places: a greedy list.

    1 <= D <= m <= 11, in integers.  Attained for D = 1, all words, and for D = m, two of them; between, the
    greedy lists have up to seven times as many.
    """
    return Fraction(gilbert_varshamov(instance.m, instance.D)), Fraction(instance.greedy())


@greedy_words_are_as_many_as_gilbert_and_varshamov_promise.witness
def _():
    return Words(7, 2)


@greedy_words_are_as_many_as_gilbert_and_varshamov_promise.witness
def _():
    return Words(10, 10)


@greedy_words_are_as_many_as_gilbert_and_varshamov_promise.mutant(
    "Hamming's count for Gilbert's: ⌊(D − 1)/2⌋ for D − 1"
)
def _(instance):
    return Fraction(gilbert_varshamov(instance.m, (instance.D - 1) // 2 + 1)), Fraction(instance.greedy())


@greedy_words_are_as_many_as_gilbert_and_varshamov_promise.mutant("words that differ in D + 1 places")
def _(instance):
    further = Words(instance.m, instance.D + 1)
    return Fraction(gilbert_varshamov(instance.m, instance.D)), Fraction(further.greedy())
