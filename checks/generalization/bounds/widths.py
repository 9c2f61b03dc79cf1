"""Width: the bounds of the paper are exponential in the sum of all entries, and say nothing beyond tiny networks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick, rate
from gronwall.theory import rigor
from gronwall.theory.generalization.bounds import network_growth, resnet_bound
from systems.generalization.weights import layers, norms

WIDTH = "Trap: realistic widths (own statement)"
MNIST = 60000
DEPTH = 20
WIDTHS = [12, 16, 23, 32, 45, 64, 91, 128, 181]


def log10_bound(R: float, K: float, d: int, n: int = MNIST) -> float:
    """log₁₀ of the better of one cover and a chain, all other constants 1, δ = 0.05; in balls, it overflows floats."""
    numbers = {"n": n, "delta": Fraction(1, 20), "K_sigma": 1, "K_loss": 1, "R_X": 1, "R_Y": 1}
    setting: dict[str, Any] = {name: rigor.ball(value) for name, value in numbers.items()}
    sizes = {"R_W": rigor.dyadic(R), "K_W": rigor.dyadic(K)}
    both = [resnet_bound(d=d, L=None, route=route, **sizes, **setting).total for route in ("one scale", "chained")]
    return min(rigor.midpoint(total.log() / rigor.ball(10).log()) for total in both)


@rate(source="gronwall", ref=WIDTH, order=-1.5, at=WIDTHS, direction="n", seeds=2, within=0.1)
def the_exponent_of_the_bound_grows_like_width_to_three_halves(n, rng, log):
    r"""$\log\mathrm{bound}\sim K_\sigma\max_k\|W_k\|_{1,1}\sim\sqrt{2/\pi}\,d^{3/2}$ for entries of variance $1/d$.

    Untrained weights as in the code of the paper: a Gaussian process of length 0.1 in depth, over √d.  The better of
    one cover and a chain, at 60000 samples.
    """
    R, K = norms(layers("gaussian process", DEPTH, rng, int(n)))
    exponent = log10_bound(R, K, int(n))
    log("log10 of the bound", x=n, measured=exponent, predicted=float(np.sqrt(2 / np.pi) * n**1.5 / np.log(10)))
    return exponent


the_exponent_of_the_bound_grows_like_width_to_three_halves.mutant("like d²", order=-2)
the_exponent_of_the_bound_grows_like_width_to_three_halves.mutant("like d", order=-1)


@the_exponent_of_the_bound_grows_like_width_to_three_halves.mutant("the spectral norm in the exponent: no growth")
def _(n, rng):
    weights = layers("gaussian process", DEPTH, rng, int(n))
    return log10_bound(float(np.linalg.norm(weights, 2, axis=(1, 2)).max()), norms(weights)[1], int(n))


@dataclass(frozen=True)
class Untrained:
    """A network of the width of the paper's experiments, before training."""

    seed: int
    width: int = 30

    def weights(self) -> Any:
        return layers("gaussian process", DEPTH, np.random.default_rng(self.seed), self.width)


def times_the_largest_loss(instance: Untrained) -> float:
    """The bound divided by M_ℓ = e^{R_W} + 1."""
    R, K = norms(instance.weights())
    largest = network_growth(rigor.dyadic(R), rigor.ball(1)) + 1
    return float(10 ** (log10_bound(R, K, instance.width) - rigor.midpoint(largest.log() / rigor.ball(10).log())))


@bound(
    source="gronwall",
    ref=WIDTH,
    over=st.builds(Untrained, st.integers(0, 10**6)),
    sharp=0.7,
    examples=pick(quick=8, full=60),
)
def at_width_thirty_the_bound_is_far_above_the_largest_loss(instance):
    r"""At width 30 and 60000 samples the bound of an untrained network exceeds $M_\ell$, the largest loss, 70 times.

    The better of one cover and a chain, both with proved constants: 10⁶² or so, M_ℓ = e^{R_W} + 1 is 10⁶⁰; 80 to 110
    times.  Both have the same exponential, so what is left is d² (K_W log 2/2)^(1/2) n^(−1/4) or so.
    """
    return 70.0, times_the_largest_loss(instance)


@at_width_thirty_the_bound_is_far_above_the_largest_loss.mutant("at width 10")
def _(instance):
    return 70.0, times_the_largest_loss(Untrained(instance.seed, 10))


@at_width_thirty_the_bound_is_far_above_the_largest_loss.mutant("a thousand times")
def _(instance):
    return 1000.0, times_the_largest_loss(instance)


@dataclass(frozen=True)
class Tiny:
    """d = 1 or 2, R_W = 1/2 or 1, K_W = 1, and 2^log2n samples."""

    d: int
    R: Fraction
    log2n: int

    def terms(self, d: int) -> tuple[Any, Any]:
        """The bound, δ = 1/20, and what the loss cannot exceed."""
        numbers = {"n": 2**self.log2n, "delta": Fraction(1, 20), "R_W": self.R}
        ones = dict.fromkeys(("K_W", "K_sigma", "K_loss", "R_X", "R_Y"), 1)
        setting = {name: rigor.ball(value) for name, value in (numbers | ones).items()}
        return resnet_bound(d=d, L=None, **setting).total, network_growth(rigor.ball(self.R), rigor.ball(1)) + 1


TINY = st.builds(Tiny, st.integers(1, 2), st.sampled_from([Fraction(1, 2), Fraction(1)]), st.integers(9, 40))


@bound(source="gronwall", ref=WIDTH, over=TINY, sharp=0.6, examples=pick(quick=50, full=64))
def in_dimension_two_the_bound_says_something(instance):
    r"""For $d\le2$, $R_W\le1$, $K_W=1$ and $n\ge2^9$ the bound is below $M_\ell$, the largest loss: not vacuous.

    In balls.  The witness is the smallest n, where it is two thirds of M_ℓ or so.
    """
    return instance.terms(instance.d)


@in_dimension_two_the_bound_says_something.witness
def _():
    return Tiny(2, Fraction(1), 9)


@in_dimension_two_the_bound_says_something.mutant("width 30")
def _(instance):
    return instance.terms(30)


@in_dimension_two_the_bound_says_something.mutant("d = 8")
def _(instance):
    return instance.terms(8)
