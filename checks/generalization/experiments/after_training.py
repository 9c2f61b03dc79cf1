"""Bounds with what is measured after training: norms along the data, and the bits of a rounded network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, comparison, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import matmul, norm, relu
from gronwall.theory.generalization.after_training import adapted, coded_bound
from gronwall.theory.generalization.bounds import network_lipschitz, perturbation, resnet_bound
from gronwall.theory.generalization.covering import code_length, enumerate_centres, grid_centres
from systems.generalization.weights import largest_step, layers, norms

ALONG = "Perturbations along the data (own statement)"
CODED = "Codes of networks (own statement)"


@dataclass(frozen=True)
class Rounded:
    """Two relu networks in multiples of 1/256, d <= 3: the second is the first, moved by about 2^-`close`.

    "aligned": nonnegative equal layers w e_1 e_1ᵀ on the input e_1, which no step of the recursion over-estimates.
    """

    family: str
    d: int
    L: int
    close: int
    seed: int = 0

    def build(self) -> tuple[list[Any], list[Any], Any]:
        """W, W̃ and the input, as matrices of balls."""
        rng, shape = np.random.default_rng(self.seed), (self.L, self.d, self.d)
        W = rng.integers(-256, 257, shape) / 256
        V = W + rng.integers(-256, 257, shape) / 256 / 2**self.close
        x = rng.integers(-256, 257, (self.d, 1)) / 256 + 2 * np.eye(self.d)[:, :1]
        if self.family == "aligned":
            W, V, x = (np.zeros_like(part) for part in (W, V, x))
            W[:, 0, 0], V[:, 0, 0], x[0] = 1, 1 - 2.0**-self.close, 1
        one, two = ([rigor.matrix(w, dyadic=True) for w in part] for part in (W, V))
        return one, two, rigor.matrix(x, dyadic=True)

    def measured(self) -> tuple[Any, list[Any], list[Any], list[Any]]:
        """‖F_W(x) − F_W̃(x)‖, ‖H_k‖, ‖W̃_k‖, ‖W_k − W̃_k‖."""
        one, two, x = self.build()
        states, end = run(one, x), run(two, x)[-1]
        apart = norm(states[-1] - end) if self.family != "aligned" else abs((states[-1] - end)[0, 0])
        sizes = [norm(h) for h in states[:-1]]
        return (
            apart,
            sizes,
            [rigor.spectral_norm(v) for v in two],
            [rigor.spectral_norm(w - v) for w, v in zip(one, two, strict=True)],
        )


def run(weights: list[Any], x: Any) -> list[Any]:
    """H_0 … H_L of the relu network."""
    states = [x]
    for W in weights:
        states.append(states[-1] + matmul(W, relu(states[-1])) / len(weights))
    return states


ROUNDED = st.builds(
    Rounded, st.sampled_from(["random", "aligned"]), st.integers(1, 3), st.integers(1, 10), st.integers(1, 12),
    st.integers(0, 10**6),
)  # fmt: skip
MARGIN = 1 + Fraction(1, 2**30)


@bound(source="gronwall", ref=ALONG, over=ROUNDED, sharp=0.999, examples=pick(quick=25, full=250))
def a_rounded_network_errs_by_its_norms_along_the_data(instance):
    r"""$\|F_W(x)-F_{\tilde W}(x)\|\le\Delta_L$, by the recursion of Grönwall with the norms along $x$.

    Δ_{k+1} = Δ_k + (‖W̃_k‖ Δ_k + ‖W_k − W̃_k‖ ‖H_k‖)/L, H_k as measured along x; certified spectral norms; relu.
    Attained by equal aligned layers, so the right side is raised by 2⁻³⁰ of itself for a ball to decide.
    """
    apart, states, sizes, differences = instance.measured()
    return apart, perturbation(states, sizes, differences) * rigor.ball(MARGIN)


@a_rounded_network_errs_by_its_norms_along_the_data.witness
def _():
    return Rounded("aligned", 2, 8, 6)


@a_rounded_network_errs_by_its_norms_along_the_data.mutant("errors do not grow from layer to layer")
def _(instance):
    apart, states, sizes, differences = instance.measured()
    return apart, perturbation(states, [0 * s for s in sizes], differences) * rigor.ball(MARGIN)


@a_rounded_network_errs_by_its_norms_along_the_data.mutant("‖x‖ for every ‖H_k‖")
def _(instance):
    apart, states, sizes, differences = instance.measured()
    return apart, perturbation([states[0]] * len(states), sizes, differences) * rigor.ball(MARGIN)


DEPTH, WIDTH, PRECISION = 100, 16, 1 / 32


@dataclass(frozen=True)
class Coding:
    """A network of the paper's kind before training, 100 layers of width 16, and its Kolmogorov–Tikhomirov centre.

    nats: what the centre takes, with its radii (`adapted`) and a precision out of 2^0, 2^−1, …;  along: the mean over
    8 inputs of `perturbation` with measured norms;  radius, slope, gap: R_W of both, K_W, max_k ‖W_k − W̃_k‖_{1,1}.
    """

    nats: float
    along: float
    radius: float
    slope: float
    gap: float


def coding(rng: np.random.Generator) -> Coding:
    """Draw a network and write it down."""
    weights = layers("gaussian process", DEPTH, rng, WIDTH)
    size, slope, share = adapted(float(np.abs(weights).max()), largest_step(weights))
    near = grid_centres(weights, size, slope, PRECISION)
    assert np.abs(weights - near).max() <= PRECISION * (1 + 1e-9)
    exponent = round(-math.log2(PRECISION))
    nats = code_length(WIDTH**2, size, slope, PRECISION) - math.log(share) + math.log((exponent + 1) * (exponent + 2))
    sizes, differences = (list(np.linalg.norm(part, 2, axis=(1, 2))) for part in (near, weights - near))
    shifts = []
    for x in np.eye(WIDTH)[:8]:
        states = [x]
        for W in weights:
            states.append(states[-1] + W @ np.maximum(states[-1], 0) / DEPTH)
        shifts.append(perturbation([float(np.linalg.norm(h)) for h in states[:-1]], sizes, differences))
    radius = max(norms(weights)[0], norms(near)[0])
    gap = float(np.abs(weights - near).sum(axis=(1, 2)).max())
    return Coding(nats, float(np.mean(shifts)), radius, largest_step(weights), gap)


@comparison(source="gronwall", ref=ALONG, factor=1e19)
def norms_along_the_data_gain_orders_of_magnitude(rng, log):
    r"""At width 16, norms along the data bound the shift of a coded network $10^{19}$ times better than the worst case.

    Untrained weights as in the paper's code, a hundred layers, coded at 1/32: the recursion with measured norms,
    against K_σ R_X (1 + K_σ R_W/L)^{L−1} max ‖W_k − W̃_k‖_{1,1}.  The median gain is 10^20.3 or so.
    """
    code = coding(rng)
    worst = network_lipschitz(code.radius, 1.0, 1.0, DEPTH) * code.gap
    log("shift of a coded network", x=WIDTH, measured=code.along, predicted=worst)
    return code.along, worst


norms_along_the_data_gain_orders_of_magnitude.mutant("three orders more", factor=1e22)


@norms_along_the_data_gain_orders_of_magnitude.mutant("with the sum of the entries for the spectral norm")
def _(rng):
    code = coding(rng)
    along = perturbation([1.0] * DEPTH, [code.radius] * DEPTH, [code.gap] * DEPTH)
    return along, network_lipschitz(code.radius, 1.0, 1.0, DEPTH) * code.gap


@comparison(source="gronwall", ref=CODED, factor=1e23)
def a_code_gains_orders_of_magnitude_over_a_class(rng, log):
    r"""At width 16 and $n=60000$ the code of a network bounds the gap $10^{23}$ times better than its class does.

    The loss cut at 1, the centre's own risk against the empirical risk of the network, K_ℓ = 1; the class bound is the
    chained one, at norms paid for by `adapted`.  The median is 10^23.6, of which (1 + R/L)^L with R̂ = 64 is most.
    """
    code = coding(rng)
    mine = coded_bound(60000.0, 0.05, 0.0, code.nats, 1.0, code.along)
    R, K, share = adapted(code.radius, code.slope)
    ones: dict[str, Any] = dict.fromkeys(("K_sigma", "K_loss", "R_X", "R_Y"), 1.0)
    theirs = resnet_bound(n=60000.0, delta=0.05 * share, d=WIDTH, L=DEPTH, R_W=R, K_W=K, route="chained", **ones).total
    log("bounds after training", x=WIDTH, measured=mine.total, predicted=theirs, of="total")
    log("bounds after training", x=WIDTH, measured=mine.smoothness, predicted=theirs, of="code")
    return mine.total, theirs


a_code_gains_orders_of_magnitude_over_a_class.mutant("two orders more", factor=1e25)


GRID = [(a, b, e) for a in range(2) for b in range(2) for e in range(2)]
"""R̂ = 2^a, K̂ = 2^b, precision 2^−e."""


def kraft(nats: Callable[[float, float, int], float]) -> float:
    """Σ e^{−ℓ} over all different centres of one coordinate, with every R̂, K̂ and precision of the grid."""
    total = 0.0
    for a, b, e in GRID:
        R, K, eps = Fraction(2) ** a, Fraction(2) ** b, Fraction(1, 2**e)
        count = len({centre.polygon for centre in enumerate_centres(R, K, eps)})
        total += count * math.exp(-nats(float(R), float(K), e))
    return total


def paid(R: float, K: float, e: int) -> float:
    """What a centre takes, as in `coding`: its signs, the share of its norms and that of its precision."""
    return code_length(1, R, K, 2.0**-e) - math.log(adapted(R, K)[2]) + math.log((e + 1) * (e + 2))


@identity(source="gronwall", ref=CODED)
def the_signs_of_a_centre_and_its_radii_are_a_complete_code():
    r"""$\sum_ce^{-\ell(c)}=\sum_{a,b,e<2}\frac1{(a+1)(a+2)(b+1)(b+2)(e+1)(e+2)}=(\frac23)^3$: none is wasted.

    ℓ is what the bounds use: `code_length`, the share of `adapted` and that of the precision; R̂ = 2^a, K̂ = 2^b, ε =
    2^−e.  Every centre is written out, and what is found is that they are all different.  Occam's bound asks of a code
    that the sum over all a, b, e is at most 1; it is 1.
    """
    return kraft(paid), (2 / 3) ** 3


@the_signs_of_a_centre_and_its_radii_are_a_complete_code.mutant("one bit fewer")
def _():
    return kraft(lambda R, K, e: paid(R, K, e) - math.log(2)), (2 / 3) ** 3


@the_signs_of_a_centre_and_its_radii_are_a_complete_code.mutant("the precision is chosen for nothing")
def _():
    return kraft(lambda R, K, e: paid(R, K, e) - math.log((e + 1) * (e + 2))), (2 / 3) ** 3


@the_signs_of_a_centre_and_its_radii_are_a_complete_code.mutant("the norms are chosen for nothing")
def _():
    return kraft(lambda R, K, e: paid(R, K, e) + math.log(adapted(R, K)[2])), (2 / 3) ** 3


@dataclass(frozen=True)
class Chosen:
    """The class F ∈ [−1, 1] of `sample_gaps`, and a code that is chosen after the sample.

    lengths: codes of every length a < 9, the 2^a values (2j + 1)/2^a − 1, in a log 2 + log((a + 1)(a + 2)) nats.
    Otherwise the two words F = ±1, in log 2 nats.
    """

    n: int
    p: Fraction
    delta: Fraction
    lengths: bool = True

    def failure(self, share: Fraction = Fraction(1)) -> Fraction:
        """P(some code has gap > its bound), of a code that pays a share of its nats: over the n + 1 values of p̂."""
        total, a, b = Fraction(0), self.p.numerator, self.p.denominator - self.p.numerator
        reach = [1 - Fraction(1, 2**bits) for bits in range(9)] if self.lengths else [Fraction(1)]
        nats = [length(bits) for bits in range(9)] if self.lengths else [rigor.ball(2).log()]
        bounds = [rigor.lower(self.width(rigor.ball(share) * one)) for one in nats]
        for k in range(self.n + 1):
            gap = 2 * abs(self.p - Fraction(k, self.n))
            if any(gap * far > width for far, width in zip(reach, bounds, strict=True)):  # of the outermost codes
                total += Fraction(math.comb(self.n, k) * a**k * b ** (self.n - k), self.p.denominator**self.n)
        return total

    def width(self, nats: Any) -> Any:
        n, delta, zero, two = (rigor.ball(x) for x in (self.n, self.delta, 0, 2))
        return coded_bound(n, delta, nats, zero, two, zero).total


def length(bits: int) -> Any:
    """a log 2 + log((a + 1)(a + 2))."""
    return bits * rigor.ball(2).log() + rigor.ball((bits + 1) * (bits + 2)).log()


CHOSEN = st.builds(
    Chosen,
    st.integers(1, 40),
    st.integers(1, 19).map(lambda k: Fraction(k, 20)),
    st.sampled_from([Fraction(1, 100), Fraction(1, 2), Fraction(7, 10), Fraction(9, 10)]),
    st.booleans(),
)


@bound(source="gronwall", ref=CODED, over=CHOSEN, sharp=0.55, examples=pick(quick=40, full=500))
def a_code_chosen_after_the_sample_keeps_its_bound(instance):
    r"""$P(\exists c:\mathscr R-\widehat{\mathscr R}_n>M_\ell\sqrt{(\ell(c)+\log(1/\delta))/2n})\le\delta$.

    ℓ is a prefix code.  The loss |F − Y| with F ∈ [−1, 1], Y = ±1: the probability in fractions.  Of two words 0.56 of
    δ is reached, which is Hoeffding's looseness on two samples; of words of every length nothing, as they all move
    together here.  A code that is chosen for nothing breaks it.
    """
    return instance.failure(), instance.delta


@a_code_chosen_after_the_sample_keeps_its_bound.witness
def _():
    return Chosen(1, Fraction(1, 2), Fraction(7, 10))


@a_code_chosen_after_the_sample_keeps_its_bound.witness
def _():
    return Chosen(2, Fraction(11, 20), Fraction(9, 10), lengths=False)


@a_code_chosen_after_the_sample_keeps_its_bound.mutant("choosing costs nothing: ℓ = 0")
def _(instance):
    return instance.failure(Fraction(0)), instance.delta


@a_code_chosen_after_the_sample_keeps_its_bound.mutant("the code pays a thousandth of its bits")
def _(instance):
    return instance.failure(Fraction(1, 1000)), instance.delta
