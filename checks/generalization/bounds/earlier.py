"""What earlier bounds say of the same networks: √L in depth from spectral norms, and no depth from one condition."""

from __future__ import annotations

import numpy as np

from gronwall import comparison, rate
from gronwall.theory.generalization.bounds import resnet_bound
from gronwall.theory.generalization.earlier import bartlett_type, golowich_type
from systems.generalization.weights import layers

EARLIER = "Comparison with earlier bounds (recalled)"
AT = [20, 40, 80, 160, 320, 640, 1280, 2560]
SAMPLES = 16.0


def path(depth: float, rng: np.random.Generator, d: int = 3) -> np.ndarray:
    """A network sampled from a smooth path, entries of a third."""
    return layers("sines", int(depth), rng, d) / 3


@rate(source="marion2023", ref=EARLIER, order=-0.5, at=AT, direction="n", seeds=8, within=0.05)
def spectrally_normalised_margins_grow_like_the_root_of_depth(n, shared_rng, log):
    r"""$\prod_k\|A_k\|\,(\sum_k(\|W_k^\top/L\|_{2,1}/\|A_k\|)^{2/3})^{3/2}$, $A_k=I+W_k/L$, grows like $\sqrt L$.

    Bartlett, Foster, Telgarsky's quantity on networks sampled from one smooth path: L summands of order L^{−2/3}.
    """
    value = bartlett_type(path(n, shared_rng), SAMPLES)
    log("bounds against depth", x=n, measured=value, bound="Bartlett et al.")
    return value


spectrally_normalised_margins_grow_like_the_root_of_depth.mutant("no growth", order=0)
spectrally_normalised_margins_grow_like_the_root_of_depth.mutant("like L", order=-1)


@spectrally_normalised_margins_grow_like_the_root_of_depth.mutant("W_k for W_k/L in the sum")
def _(n, shared_rng):
    return bartlett_type(path(n, shared_rng), SAMPLES) * n


@rate(source="marion2023", ref=EARLIER, order=0, at=AT, direction="n", seeds=8, within=0.05)
def a_product_of_spectral_norms_does_not_see_depth(n, shared_rng, log):
    r"""$\prod_k\|A_k\|\min(n^{-1/4}\dots,\sqrt{L/n})$, $A_k=I+W_k/L$, does not see depth beyond $\sqrt n$.

    Spectral norms.  Golowich, Rakhlin, Shamir's form as recalled.  It is stated for Frobenius norms, and there
    ‖I + W/L‖_F is about √d: the product grows like d^{L/2}, the mutant; only for d = 1 is it depth-free as it stands.
    """
    value = golowich_type(path(n, shared_rng), SAMPLES)
    log("bounds against depth", x=n, measured=value, bound="Golowich et al., spectral")
    return value


SHALLOW = [10, 20, 40, 80, 160, 320, 640]  # 3^{L/2} overflows beyond


@a_product_of_spectral_norms_does_not_see_depth.mutant("in Frobenius norms, as stated, d = 3", at=SHALLOW)
def _(n, shared_rng):
    return golowich_type(path(n, shared_rng), SAMPLES, "frobenius")


@a_product_of_spectral_norms_does_not_see_depth.mutant("the other branch of the minimum: (L/n)^(1/2)")
def _(n, shared_rng):
    return golowich_type(path(n, shared_rng), 1e9)


def at_depth(L: int, rng: np.random.Generator, d: int = 3) -> tuple[float, float]:
    """The bound of Theorem 2 as proved, and Bartlett's, each divided by its value at depth 100 of the same path."""
    seed = int(rng.integers(2**31))

    def both(depth: int) -> tuple[float, float]:
        weights = path(depth, np.random.default_rng(seed), d)
        R = float(np.abs(weights).sum(axis=(1, 2)).max())
        K = float(depth * np.abs(np.diff(weights, axis=0)).max())
        setting = {"n": 1e4, "delta": 0.05, "d": d, "K_sigma": 1.0, "K_loss": 1.0, "R_X": 1.0, "R_Y": 1.0}
        return resnet_bound(L=depth, R_W=R, K_W=K, **setting).total, bartlett_type(weights, 1e4)

    deep, shallow = both(L), both(100)
    return deep[0] / shallow[0], deep[1] / shallow[1]


@comparison(source="marion2023", ref=EARLIER, factor=4.0)
def theorem_2_grows_less_with_depth_than_spectral_margins(rng):
    r"""From depth 100 to 3200 the bound of Theorem 2 grows at least four times less than the spectrally normalised one.

    √32 = 5.7 is what the second grows by; the first moves with R_W and K_W of the finer samples and with (1 + R/L)^L.
    """
    return at_depth(3200, rng)


theorem_2_grows_less_with_depth_than_spectral_margins.mutant("ten times less", factor=10.0)
