"""How far a change of its weights moves a residual network: the exact factor (1 + R/L)^(L−1), in fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick, rate
from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp
from gronwall.theory.generalization.bounds import network_growth, network_lipschitz

NETWORK = "Proposition: networks are Lipschitz in the weights (recalled)"
Matrices = list[list[list[Fraction]]]


@dataclass(frozen=True)
class Network:
    """Two relu networks of depth L in dimension d, weights of ‖W_k‖_{1,1} <= R, rational.

    family "aligned": d = 1 (or W_k = R e_1 e_1ᵀ), all layers equal, the other network (1 − apart) times it;
    "random": entries at random, the other one moved by `apart` times random entries.  x: the input, `scale` long.
    """

    family: str
    d: int
    L: int
    R: Fraction
    apart: Fraction
    scale: Fraction = Fraction(1)
    seed: int = 0

    def weights(self) -> tuple[Matrices, Matrices]:
        L, d = self.L, self.d
        if self.family == "aligned":
            W = [[[self.R if i == j == 0 else Fraction(0) for j in range(d)] for i in range(d)]] * L
            return W, [[[(1 - self.apart) * x for x in row] for row in layer] for layer in W]
        rng = np.random.default_rng(self.seed)
        one, two = rng.integers(-4, 5, (2, L, d, d))
        a, b = (self.R / (4 * d * d) * part.astype(object) for part in (one, two))
        return a.tolist(), ((1 - self.apart) * a + self.apart * b).tolist()

    def start(self) -> list[Fraction]:
        return [self.scale, *[Fraction(0)] * (self.d - 1)]

    def ends(self) -> list[list[Fraction]]:
        return [run(layers, self.start()) for layers in self.weights()]

    def radius(self) -> Fraction:
        """max_k ‖W_k‖_{1,1} of both."""
        return max(entry_sum(layer) for layers in self.weights() for layer in layers)

    def gap(self) -> Fraction:
        """max_k ‖W_k − W̃_k‖_{1,1}."""
        one, two = self.weights()
        return max(entry_sum(difference(u, v)) for u, v in zip(one, two, strict=True))


def run(layers: Matrices, x: list[Fraction]) -> list[Fraction]:
    """H_{k+1} = H_k + W_{k+1} relu(H_k)/L, in fractions."""
    for W in layers:
        active = [max(h, Fraction(0)) for h in x]
        x = [
            h + sum(w * a for w, a in zip(row, active, strict=True)) / len(layers) for h, row in zip(x, W, strict=True)
        ]
    return x


def entry_sum(W: list[list[Fraction]]) -> Fraction:
    return sum((abs(w) for row in W for w in row), Fraction(0))


def difference(u: list[list[Fraction]], v: list[list[Fraction]]) -> list[list[Fraction]]:
    return [[a - b for a, b in zip(p, q, strict=True)] for p, q in zip(u, v, strict=True)]


def square(x: list[Fraction]) -> Fraction:
    return sum((h * h for h in x), Fraction(0))


NETWORKS = st.builds(
    Network,
    st.sampled_from(["aligned", "random"]),
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(1, 16).map(lambda k: Fraction(k, 4)),
    st.sampled_from([Fraction(1, 1000), Fraction(1, 8), Fraction(1)]),
    st.sampled_from([Fraction(1), Fraction(10)]),
    st.integers(0, 10**6),
)
EXAMPLES = pick(quick=60, full=800)


def moved(instance: Network) -> Fraction:
    """‖F_W(x) − F_W̃(x)‖²."""
    one, other = instance.ends()
    return square([a - b for a, b in zip(one, other, strict=True)])


@bound(source="marion2023", ref=NETWORK, over=NETWORKS, sharp=0.999, examples=EXAMPLES)
def a_network_is_lipschitz_in_its_weights(instance):
    r"""$\|F_W(x)-F_{\tilde W}(x)\|\le K_\sigma\|x\|(1+\frac{K_\sigma R}L)^{L-1}\max_k\|W_k-\tilde W_k\|_{1,1}$.

    Compared as squares, in fractions, for relu.  Equal layers W = R e_1e_1ᵀ attain it: exactly at L = 1, and at every
    other L in the limit of close weights.  As recalled the paper has (R_X/R_W) e^{2K_σR_W}, which is larger: u <= e^u.
    """
    factor = network_lipschitz(instance.radius(), 1, instance.scale, instance.L)
    return moved(instance), (factor * instance.gap()) ** 2


@a_network_is_lipschitz_in_its_weights.witness
def _():
    return Network("aligned", 1, 1, Fraction(2), Fraction(1, 1000))


@a_network_is_lipschitz_in_its_weights.witness
def _():
    return Network("aligned", 2, 40, Fraction(1), Fraction(1, 10**5), Fraction(10))


@a_network_is_lipschitz_in_its_weights.mutant("e^{K_σ R} without K_σ ‖x‖ in front")
def _(instance):
    factor = exp(rigor.ball(instance.radius()))
    return moved(instance), (factor * rigor.ball(instance.gap())) ** 2


@a_network_is_lipschitz_in_its_weights.mutant("one layer fewer: (1 + R/L)^(L−2)")
def _(instance):
    R = instance.radius()
    factor = network_lipschitz(R, 1, instance.scale, instance.L) / (1 + R / instance.L)
    return moved(instance), (factor * instance.gap()) ** 2


@a_network_is_lipschitz_in_its_weights.mutant("the largest entry of W − W̃ for the sum of its entries")
def _(instance):
    one, two = instance.weights()
    gap = max(abs(w) for u, v in zip(one, two, strict=True) for row in difference(u, v) for w in row)
    return moved(instance), (network_lipschitz(instance.radius(), 1, instance.scale, instance.L) * gap) ** 2


@bound(source="marion2023", ref=NETWORK, over=NETWORKS, sharp=1.0, examples=EXAMPLES)
def a_network_grows_by_its_weights_at_most(instance):
    r"""$\|F_W(x)\|\le\|x\|(1+K_\sigma R_W/L)^L$ for $\sigma(0)=0$: attained by equal layers at every depth, exactly.

    Compared as squares, in fractions.
    """
    grown = network_growth(instance.radius(), 1, instance.L) * instance.scale
    return [square(end) for end in instance.ends()], grown**2


@a_network_grows_by_its_weights_at_most.witness
def _():
    return Network("aligned", 2, 12, Fraction(3), Fraction(1, 8))


@a_network_grows_by_its_weights_at_most.mutant("one layer fewer")
def _(instance):
    grown = network_growth(instance.radius(), 1, instance.L) * instance.scale / (1 + instance.radius() / instance.L)
    return [square(end) for end in instance.ends()], grown**2


@a_network_grows_by_its_weights_at_most.mutant("‖x‖ + R, as if layers did not compound")
def _(instance):
    return [square(end) for end in instance.ends()], (instance.scale * (1 + instance.radius())) ** 2


def slack(L: float, factor: Any) -> float:
    """factor(R)/(the exact slope of the equal layers) − 1, R = 3/2, d = 1, in balls."""
    R = Fraction(3, 2)
    slope = rigor.ball(network_lipschitz(R, 1, Fraction(1), int(L)))
    return rigor.midpoint(factor(rigor.ball(R)) / slope - 1)


@rate(source="marion2023", ref=NETWORK, order=1, at=[8, 16, 32, 64, 128, 256, 512, 1024], within=0.1)
def the_constant_for_all_depths_is_reached_at_large_depth(n, log):
    r"""$e^{R}/(1+\frac RL)^{L-1}-1=\frac{R+R^2/2}L+\dots$: the depth-free constant loses nothing at large depth.

    This is the tightness that a bound true at every depth, but growing with it, would fail.
    """
    error = slack(n, exp)
    log("slack of the depth-free constant", x=n, measured=error, predicted=(1.5 + 1.5**2 / 2) / n)
    return error


the_constant_for_all_depths_is_reached_at_large_depth.mutant("it keeps a gap", order=0)


@the_constant_for_all_depths_is_reached_at_large_depth.mutant("the recalled constant e^{2R}/R: the same at every depth")
def _(n):
    return slack(n, lambda R: exp(2 * R) / R)


@the_constant_for_all_depths_is_reached_at_large_depth.mutant("a factor L: true at every depth, and useless")
def _(n):
    return slack(n, lambda R: exp(R) * rigor.ball(int(n)))
