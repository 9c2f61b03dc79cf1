"""Heun's memory-free gradient against Euler's at the same depth: with smooth weights, and with rough ones."""

from __future__ import annotations

from gronwall import comparison, pick, rate
from gronwall.theory.discretization.reversal import EULER, HEUN
from systems.discretization import backwards

ABSTRACT = "Abstract: Heun's method"
SEEDS = pick(quick=8, full=40)


def relative_error(net: backwards.Deep, scheme) -> float:
    """‖γ̃ − γ‖/‖γ‖, all weights together, of the one network."""
    return backwards.typical(backwards.relative(*backwards.gradients_of(net, scheme)))


@comparison(
    source="sander2022", ref=ABSTRACT, seeds=SEEDS, factor=lambda depth: depth, cases={"N = 16": 16, "N = 64": 64}
)
def heun_gives_better_gradients_when_the_layers_are_smooth(rng, case, log):
    r"""Smooth weights, $N$ layers: the relative error of the memory-free gradient is $N$ times smaller with Heun.

    The gain is of order N² (`the_gain_of_heun_grows_like_depth_squared`); each seed is one network with its own loss.
    """
    net = backwards.deep("smooth", case, rng, rng, many=1)
    ours, theirs = relative_error(net, HEUN), relative_error(net, EULER)
    log("relative gradient", x=case, measured=ours, predicted=theirs)
    return ours, theirs


@heun_gives_better_gradients_when_the_layers_are_smooth.mutant("also when the layers are independent")
def _(rng, case):
    net = backwards.deep("rough", case, rng, rng, many=1)
    return relative_error(net, HEUN), relative_error(net, EULER)


@heun_gives_better_gradients_when_the_layers_are_smooth.mutant("Euler's the better one")
def _(rng, case):
    net = backwards.deep("smooth", case, rng, rng, many=1)
    return relative_error(net, EULER), relative_error(net, HEUN)


@comparison(source="sander2022", ref=ABSTRACT, seeds=SEEDS, cases={"N = 16": 16, "N = 64": 64})
def heun_gains_less_than_a_factor_of_six_when_the_layers_are_rough(rng, case):
    r"""Independent layers: Heun's gradient is less than 6 times better than Euler's, at depth 16 as at depth 64."""
    net = backwards.deep("rough", case, rng, rng, many=1)
    return relative_error(net, EULER), 6 * relative_error(net, HEUN)


@heun_gains_less_than_a_factor_of_six_when_the_layers_are_rough.mutant("smooth layers")
def _(rng, case):
    net = backwards.deep("smooth", case, rng, rng, many=1)
    return relative_error(net, EULER), 6 * relative_error(net, HEUN)


FAMILIES = {"smooth": (-2, {"many": 16}), "rough": (0, {"many": 150, "d": 1})}


def gain(n: int, shared_rng, rng, family: str) -> float:
    """Euler's relative error over Heun's."""
    net = backwards.deep(family, n, shared_rng, rng, **FAMILIES[family][1])
    return relative_error(net, EULER) / relative_error(net, HEUN)


@rate(
    source="gronwall",
    ref=ABSTRACT,
    order=lambda f: FAMILIES[f][0],
    at=backwards.DEPTHS,
    direction="n",
    seeds=pick(quick=2, full=4),
    within=0.1,
    cases=list(FAMILIES),
)
def the_gain_of_heun_grows_like_depth_squared(n, shared_rng, rng, case, log):
    r"""Euler's gradient error over Heun's grows like $N^2$ if the weights are smooth; if independent, it stays."""
    value = gain(n, shared_rng, rng, case)
    log("gain", x=n, measured=value, weights=case)
    return value


the_gain_of_heun_grows_like_depth_squared.mutant("grows like N", order=-1)


the_gain_of_heun_grows_like_depth_squared.mutant("one power of N less", order=lambda f: FAMILIES[f][0] + 1)
