"""Depth: smooth weights have a bound that does not see it, rough weights one that grows like √L, and nothing less."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, combinations, pairwise, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick, rate
from gronwall.theory import rigor
from gronwall.theory.generalization.bounds import resnet_bound
from gronwall.theory.generalization.covering import cover_log, most_cells
from systems.generalization.weights import FAMILIES, largest_step, layers

STEPS = "Successive weight matrices (own statement)"
DEPTH = "Theorem 2, depth (recalled)"
AT = [16, 32, 64, 128, 256, 512, 1024, 2048]


def growth_of_steps(case: str) -> float:
    """The order of L max |W_{k+1} − W_k|: 0 for smooth paths, −1 for independent layers."""
    return -1 if case == "independent" else 0


@rate(source="marion2023", ref=STEPS, cases=FAMILIES, order=growth_of_steps, at=AT, direction="n", seeds=8, within=0.1)
def smooth_weights_have_steps_like_one_over_the_depth(n, case, shared_rng, log):
    r"""$K_W=L\max_k\|W_{k+1}-W_k\|_\infty$ settles for layers sampled from a path, grows like $L$ if independent.

    Paths: random sines, and a Gaussian process of length 0.1 as in the code of the paper.  The largest entry in
    absolute value.
    """
    K = largest_step(layers(case, int(n), shared_rng))
    log("L max |step|", x=n, measured=K, family=case)
    return K


smooth_weights_have_steps_like_one_over_the_depth.mutant(
    "the other way round", order=lambda case: -1 - growth_of_steps(case)
)
smooth_weights_have_steps_like_one_over_the_depth.mutant("like √L in every case", order=-0.5)


def middle_term(n: float, case: str, rng: np.random.Generator) -> float:
    """The term of the bound with K_W, d = 2, for the norms of the network at depth n."""
    K = largest_step(layers(case, int(n), rng))
    setting = {"n": 1e6, "delta": 0.05, "d": 2, "K_sigma": 1.0, "K_loss": 1.0, "R_X": 1.0, "R_Y": 1.0}
    return float(resnet_bound(L=int(n), R_W=1.0, K_W=K, **setting).smoothness)


@rate(
    source="marion2023",
    ref=DEPTH,
    cases=FAMILIES,
    order=lambda case: growth_of_steps(case) / 2,
    at=AT,
    direction="n",
    seeds=8,
    within=0.1,
)
def the_bound_does_not_see_depth_for_smooth_weights(n, case, shared_rng, log):
    r"""$M_\ell d^2\sqrt{K_W}\,n^{-1/4}$ is the same at every depth for smooth weights, like $\sqrt L$ for rough ones.

    K_W as measured on the network, R_W = 1.
    """
    term = middle_term(n, case, shared_rng)
    log("middle term of the bound", x=n, measured=term, family=case)
    return term


@the_bound_does_not_see_depth_for_smooth_weights.mutant("the constraint without 1/L: K_W L for K_W")
def _(n, case, shared_rng):
    return middle_term(n, case, shared_rng) * np.sqrt(n)


the_bound_does_not_see_depth_for_smooth_weights.mutant("it falls with depth", order=0.5)


@dataclass(frozen=True)
class Grid:
    """Networks of numbers W_1 … W_L in steps of at most K/L, |W_k| <= R = K;  ε = K/many."""

    L: int
    many: Fraction

    @property
    def length(self) -> int:
        """The layers of a cell, the least c with 2cK/L > 2ε."""
        return math.floor(self.L / self.many) + 1

    @property
    def turns(self) -> int:
        """The cells in L − 1 steps: so many signs are free."""
        return (self.L - 1) // self.length

    def networks(self) -> list[list[Fraction]]:
        """The 2^turns walks of steps ±1/L from 0, one sign a cell; the layers left over repeat the last one.  K = 1."""
        found = []
        for signs in product((1, -1), repeat=self.turns):
            steps = [Fraction(sign, self.L) for sign in signs for _ in range(self.length)]
            walk = list(accumulate(steps, initial=Fraction(0)))
            found.append(walk + [walk[-1]] * (self.L - len(walk)))
        return found

    def packed(self, *, scaled: bool = True) -> Any:
        """log of a packing at 2ε: walks of whole cells; a sign in every layer where steps are not scaled."""
        if not scaled:  # ±K/2 in every layer: K apart in pairs, more than 2ε = 2K/many
            return self.L * rigor.ball(2).log() if self.many > 2 else rigor.ball(0)
        return self.turns * rigor.ball(2).log()

    def covered(self) -> Any:
        return sum(cover_log(*(rigor.ball(x) for x in (1, 1, 1, 1 / self.many))))


GRIDS = st.builds(Grid, st.integers(1, 5000), st.integers(9, 320).map(lambda k: Fraction(k, 4)))


@bound(source="marion2023", ref=DEPTH, over=GRIDS, sharp=0.98, examples=pick(quick=100, full=1000))
def networks_of_any_depth_have_the_entropy_of_their_paths(instance):
    r"""Steps of $K/L$: $\lfloor\frac{L-1}c\rfloor\log2\le\log\mathcal N\le\log(2+2q)+q\log2$, $q=K/\varepsilon$.

    On the left a packing of networks of depth L at 2ε, c = ⌊Lε/K⌋ + 1 layers to a cell; on the right a cover of the
    paths, with no L in it; R = K.  Compared are these two, and log N lies between them: 0.988 apart at L = 10⁶, K/ε =
    1000.  Without 1/L in the constraint every layer has a free sign, and no bound without L can hold.  The next claim
    builds the networks; `covers.py` has the centres.
    """
    return instance.packed(), instance.covered()


@networks_of_any_depth_have_the_entropy_of_their_paths.witness
def _():
    return Grid(10**6, Fraction(1000))


@networks_of_any_depth_have_the_entropy_of_their_paths.mutant("the constraint |W_{k+1} − W_k| <= K, without 1/L")
def _(instance):
    return instance.packed(scaled=False), instance.covered()


@networks_of_any_depth_have_the_entropy_of_their_paths.mutant("half of the K term")
def _(instance):
    return instance.packed(), instance.covered() - rigor.ball(instance.many / 2) * rigor.ball(2).log()


BUILT = [Grid(L, Fraction(many, 2)) for L, many in ((2, 5), (5, 9), (9, 9), (12, 22), (15, 8), (15, 11), (40, 11))]


def built() -> list[Fraction]:
    """Of every grid: how many networks, their least distance, their largest step."""
    found = []
    for grid in BUILT:
        networks = grid.networks()
        apart = min(max(abs(a - b) for a, b in zip(u, v, strict=True)) for u, v in combinations(networks, 2))
        steps = max(abs(b - a) for u in networks for a, b in pairwise(u))
        assert {len(u) for u in networks} == {grid.L}
        assert apart > 2 / grid.many
        assert max(abs(a) for u in networks for a in u) <= 1
        found += [Fraction(len(networks)), apart, steps]
    return found


def stated(cells: Any = lambda grid: grid.turns) -> list[Fraction]:
    """2^cells networks, 2c/L apart in pairs, in steps of 1/L."""
    return [x for g in BUILT for x in (Fraction(2 ** cells(g)), Fraction(2 * g.length, g.L), Fraction(1, g.L))]


@identity(source="marion2023", ref=DEPTH)
def networks_that_turn_every_few_layers_are_a_packing():
    r"""$2^{\lfloor(L-1)/c\rfloor}$ networks in steps of $\frac KL$ are $\frac{2cK}L>2\varepsilon$ apart in pairs.

    c = ⌊Lε/K⌋ + 1 layers to a cell, the least that do.  All pairs at seven depths and precisions, in fractions, K = 1.
    """
    return built(), stated()


@networks_that_turn_every_few_layers_are_a_packing.mutant("as many signs as for functions: ⌈K/ε⌉ − 1, or L − 1")
def _():
    return built(), stated(lambda grid: min(most_cells(Fraction(1), 1 / grid.many), grid.L - 1))


@networks_that_turn_every_few_layers_are_a_packing.mutant("L steps in L layers")
def _():
    return built(), stated(lambda grid: grid.L // grid.length)


def rough_packing() -> list[Fraction]:
    """For L = 2 … 6 and K = 3: how many networks have weights ±K/2, their least distance, their largest step."""
    K, found = Fraction(3), []
    for L in range(2, 7):
        networks = [tuple(sign * K / 2 for sign in signs) for signs in product((1, -1), repeat=L)]
        apart = min(max(abs(a - b) for a, b in zip(u, v, strict=True)) for u, v in combinations(networks, 2))
        step = max(abs(a - b) for u in networks for a, b in pairwise(u))
        found += [Fraction(len(networks)), apart, step]
    return found


@identity(source="marion2023", ref="Steps without 1/L (own statement)")
def unscaled_steps_leave_every_layer_a_free_sign():
    r"""$|W_{k+1}-W_k|\le K$ allows $2^L$ networks $W_k=\pm K/2$, pairwise $K$ apart: the entropy grows with depth.

    Every pair for L = 2 … 6, in fractions.
    """
    return rough_packing(), [x for L in range(2, 7) for x in (Fraction(2**L), Fraction(3), Fraction(3))]


@unscaled_steps_leave_every_layer_a_free_sign.mutant("L + 1 networks")
def _():
    return rough_packing(), [x for L in range(2, 7) for x in (Fraction(L + 1), Fraction(3), Fraction(3))]


@unscaled_steps_leave_every_layer_a_free_sign.mutant("steps of K/L")
def _():
    return rough_packing(), [x for L in range(2, 7) for x in (Fraction(2**L), Fraction(3), Fraction(3, L))]
