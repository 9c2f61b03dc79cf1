"""Weight-tied networks in the plane on many samples: how often the largest gap of a family exceeds the bound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy.stats import beta

from gronwall import bound, pick
from gronwall.theory.generalization.bounds import Terms, resnet_bound
from systems.generalization.weights import Array

FAMILY, POPULATION, DEPTH, DRAWS = 600, 12, 4, 400


@dataclass(frozen=True)
class Study:
    """n samples of a population of 12 inputs with random labels in the plane, K_ℓ, R_W = 1, and δ."""

    n: int
    K_loss: float
    delta: Fraction
    seed: int

    def losses(self) -> Array:
        """K_ℓ ‖F_W(x) − y‖ for 600 networks (rows), the same W in every layer, ‖W‖_{1,1} = 1, and 12 pairs."""
        rng = np.random.default_rng(self.seed)
        x, y = (rng.normal(size=(2, POPULATION)) for _ in range(2))
        x, y = x / np.linalg.norm(x, axis=0), y / np.linalg.norm(y, axis=0)
        W = rng.normal(size=(FAMILY, 2, 2))
        W = W / np.abs(W).sum(axis=(1, 2), keepdims=True)
        states = np.repeat(x[None], FAMILY, axis=0)
        for _ in range(DEPTH):
            states = states + W @ np.maximum(states, 0) / DEPTH
        return np.asarray(self.K_loss * np.linalg.norm(states - y, axis=1))

    def gaps(self) -> Array:
        """sup over the family of risk − empirical risk, for 400 samples."""
        losses, rng = self.losses(), np.random.default_rng([self.seed, 1])
        counts = rng.multinomial(self.n, [1 / POPULATION] * POPULATION, size=DRAWS)
        return np.asarray((losses.mean(axis=1)[:, None] - losses @ counts.T / self.n).max(axis=0))

    def terms(self) -> Terms:
        """The better of one cover and a chain, for weights that are tied: K_W = 0."""
        ones = {"R_W": 1.0, "K_W": 0.0, "K_sigma": 1.0, "R_X": 1.0, "R_Y": 1.0}
        setting = {"n": float(self.n), "delta": float(self.delta), "d": 2, "K_loss": self.K_loss}
        routes = [resnet_bound(L=DEPTH, route=route, **ones, **setting) for route in ("one scale", "chained")]
        return min(routes, key=lambda terms: terms.total)

    def exceeded(self, threshold: float) -> float:
        """The least failure probability that 400 draws allow at 99 % (Clopper and Pearson)."""
        failures = int((self.gaps() > threshold).sum())
        return float(beta.ppf(0.01, failures, DRAWS - failures + 1)) if failures else 0.0


STUDIES = st.builds(
    Study,
    st.sampled_from([4, 64, 1024, 4096]),
    st.sampled_from([1.0, 10.0, 100.0]),
    st.sampled_from([Fraction(1, 20), Fraction(1, 2)]),
    st.integers(0, 10**6),
)


@bound(source="marion2023", ref="Theorem 2 (recalled)", over=STUDIES, examples=pick(quick=10, full=150))
def over_samples_the_largest_gap_rarely_exceeds_the_bound(instance, log):
    r"""$P(\sup_W\mathscr R-\widehat{\mathscr R}_n>\mathrm{bound})\le\delta$ for networks in the plane, on 400 samples.

    The risk is a mean over a population of 12 pairs, so exact; the supremum is over 600 tied networks of depth 4.
    Judged by the lower end of the exact binomial interval at 99 %.  Loose: no sample exceeds the bound on any instance
    (ratio 0), and its gap is a twelfth of the bound at δ = 1/20; `theorem_1.py` has classes that come near δ.
    """
    gaps, threshold = instance.gaps(), instance.terms().total
    log("largest gap over samples", x=instance.n, measured=float(np.quantile(gaps, 0.95)), predicted=threshold)
    return instance.exceeded(threshold), float(instance.delta)


@over_samples_the_largest_gap_rarely_exceeds_the_bound.witness
def _():
    return Study(64, 100.0, Fraction(1, 20), 0)


@over_samples_the_largest_gap_rarely_exceeds_the_bound.witness
def _():
    return Study(4096, 1.0, Fraction(1, 20), 0)


@over_samples_the_largest_gap_rarely_exceeds_the_bound.mutant("a loss of range one for any loss")
def _(instance):
    return instance.exceeded(instance.terms().total / instance.K_loss), float(instance.delta)


@over_samples_the_largest_gap_rarely_exceeds_the_bound.mutant("1/n instead of 1/√n")
def _(instance):
    return instance.exceeded(instance.terms().total / np.sqrt(instance.n)), float(instance.delta)
