"""Depth: smooth weights have a bound that does not see it, rough weights one that grows like √L, and nothing less."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from checks.generalization.weights import FAMILIES, largest_step, layers
from gronwall import bound, identity, pick, rate
from theory import rigor
from theory.covering import cover_log, walk_packing_log
from theory.generalization import resnet_bound

STEPS = "Successive weight matrices (own statement)"
DEPTH = "Theorem 2, depth (recalled)"
AT = [16, 32, 64, 128, 256, 512, 1024, 2048]


def growth_of_steps(case: str) -> float:
    """The order of L max |W_{k+1} − W_k|: 0 for smooth paths, −1 for independent layers."""
    return -1 if case == "independent" else 0


@rate(source="marion2023", ref=STEPS, cases=FAMILIES, order=growth_of_steps, at=AT, seeds=8, within=0.1)
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
    """Paths on a grid of L layers with steps of at most `step` K/L; R = K; ε = K/many."""

    L: int
    many: Fraction

    def packed(self, *, scaled: bool = True) -> Any:
        """log of a packing at 2ε: walks that turn every few layers; every layer at will where steps are not scaled."""
        if not scaled:  # ±K/2 in every layer: K apart in pairs, more than 2ε = 2K/many
            return self.L * rigor.ball(2).log() if self.many > 2 else rigor.ball(0)
        cells = walk_packing_log(Fraction(1), 1 / self.many, rigor.ball(1))
        return cells if cells <= self.L * rigor.ball(2).log() else self.L * rigor.ball(2).log()

    def covered(self) -> Any:
        return sum(cover_log(*(rigor.ball(x) for x in (1, 1, 1, 1 / self.many))))


GRIDS = st.builds(Grid, st.integers(1, 5000), st.integers(9, 320).map(lambda k: Fraction(k, 4)))


@bound(source="marion2023", ref=DEPTH, over=GRIDS, sharp=0.95, examples=pick(quick=100, full=1000))
def networks_of_any_depth_have_the_entropy_of_their_paths(instance):
    r"""$|W_{k+1}-W_k|\le K/L$: $\log\mathcal N\le\log(2+2R/\varepsilon)+(K/\varepsilon)\log2$ for every depth $L$.

    The packing of the grid, which the constraint limits to ⌈K/ε⌉ − 1 free signs, against the cover of the paths.
    Without 1/L in the constraint every layer has a free sign, and no bound without L can hold.
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
