"""Proposition 1: a residual network stays within (e^L − 1)C/(2NL) of the ODE that interpolates it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.discretization.distance import TunedAffine, acceleration_bound, constants, distance_bound
from gronwall.theory.perceptrons import residual_network
from systems.discretization import perceptrons as networks
from systems.discretization.trained_perceptron import trained_network, trained_reference


@dataclass(frozen=True)
class Network:
    """A network to build: `lipschitz` is L of a smooth net and the size of the weights of a rough one."""

    family: str
    depth: int
    lipschitz: float = 0.0
    seed: int = 0


DEPTHS = st.sampled_from([8, 16, 32, 64, 128])
LIPSCHITZ = st.integers(1, 48).map(lambda k: k / 16)
SEEDS = st.integers(0, 10**6)
NETWORKS = st.one_of(
    st.builds(Network, st.just("clock"), st.integers(1, 256)),
    st.builds(Network, st.just("tuned"), st.integers(1, 256), LIPSCHITZ),
    st.builds(Network, st.just("smooth"), DEPTHS, LIPSCHITZ, SEEDS),
    st.builds(Network, st.just("trained"), st.sampled_from([16, 32, 64, 128])),
    st.builds(Network, st.just("rough"), st.integers(1, 24), st.floats(0.1, 1.0), SEEDS),
)


@dataclass(frozen=True)
class Measured:
    """Errors at the layers (the reference's own error added), L, and bounds of x'' and of its two parts."""

    errors: Any
    L: float
    C: float
    drift: float = np.inf  # of ∂_s φ
    transport: float = np.inf  # of ∂_x φ[φ]


def errors(states: list[Any], reference: tuple[list[Any], float]) -> Any:
    """The distances at the reference's nodes, every len(states)/len(nodes)-th layer, plus its error."""
    path, own = reference
    stride = (len(states) - 1) // (len(path) - 1)
    return np.array([networks.worst_column(states[stride * k] - y) for k, y in enumerate(path)]) + own


def tuned(instance: Network) -> Measured:
    """The two equality cases in fractions: the clock φ = s and the tuned affine field."""
    case = TunedAffine(Fraction(0), Fraction(0), Fraction(1), Fraction(0))
    if instance.family == "tuned":
        case = TunedAffine(Fraction(0), Fraction(1, 4), Fraction(1), Fraction(instance.lipschitz))
    N, v, C, L = instance.depth, case.v, case.C, case.L
    states = residual_network(lambda n, x: case.field(x, Fraction(n, N)), case.x0, N)
    apart = [float(abs(x - case.trajectory(Fraction(n, N)))) for n, x in enumerate(states)]
    drift, transport = max(abs(C - L * v), abs(C - L * (v + C))), L * (v + C)
    return Measured(np.array(apart), float(L), float(C), float(drift), float(transport))


def measure(instance: Network) -> Measured:
    """Build the network, run it and its ODE, and bound the constants.

    They are exact for the equality cases and over-estimated from certified norms for the perceptrons.
    """
    if instance.family in ("clock", "tuned"):
        return tuned(instance)
    rng = np.random.default_rng(instance.seed)
    if instance.family == "rough":
        net = networks.rough_network(rng, instance.depth, instance.lipschitz)
        slopes = [net.depth * (b - a) for a, b in zip(net.layers[:-1], net.layers[1:], strict=True)]
        L, C = constants(net.layers)[0], acceleration_bound(net.layers, slopes, networks.worst_column(net.x0))
        return Measured(errors(net.states(), net.reference("weights", L)), L, C)
    if instance.family == "trained":
        trained = trained_network()
        apart = errors(trained.states(instance.depth), trained_reference())
        return Measured(apart, *trained.constants())
    smooth = networks.smooth_network(rng, instance.lipschitz)
    return Measured(errors(smooth.states(instance.depth), smooth.reference()), *smooth.constants())


EXAMPLES = pick(quick=40, full=800)


@bound(source="sander2022", ref="Proposition 1 (recalled)", over=NETWORKS, sharp=0.999, examples=EXAMPLES)
def resnet_stays_near_its_ode(instance, log):
    r"""$\max_n\|x_n-x(n/N)\|\le\frac{e^L-1}{2NL}\,C$, $C=\sup\|\partial_s\varphi+\partial_x\varphi[\varphi]\|$.

    The maximum is over all layers of tuned and rough networks, over 8 or 16 of the others, where the ODE is known.
    L is a Lipschitz constant of φ in x; for L = 0 the bound is C/(2N).  The clock φ = s attains it for every N,
    a tuned affine field at every layer up to (1 + L/N)^n < e^L.  On perceptrons, trained or random, it is loose
    by a factor of 10 to 10⁴ (28 on the trained one): L and C come from products of norms, and few errors grow by e^L.
    """
    m = measure(instance)
    predicted = distance_bound(instance.depth, m.L, m.C)
    log("distance", x=instance.depth, measured=m.errors.max(), predicted=predicted, label=instance.family)
    return m.errors, predicted


@resnet_stays_near_its_ode.witness
def _():
    return Network("clock", 64)


@resnet_stays_near_its_ode.witness
def _():
    return Network("tuned", 64, 0.5)


@resnet_stays_near_its_ode.witness
def _():
    return Network("trained", 64)


@resnet_stays_near_its_ode.mutant("no 1/L")
def _(instance):
    m = measure(instance)
    return m.errors, distance_bound(instance.depth, m.L, m.C) * (m.L or 1.0)


@resnet_stays_near_its_ode.mutant("no exponential: C/(2N) for every L")
def _(instance):
    m = measure(instance)
    return m.errors, distance_bound(instance.depth, 0.0, m.C)


@resnet_stays_near_its_ode.mutant("a constant 10 % too small")
def _(instance):
    m = measure(instance)
    return m.errors, 0.9 * distance_bound(instance.depth, m.L, m.C)


@resnet_stays_near_its_ode.mutant("drops ∂_s φ from C")
def _(instance):
    m = measure(instance)
    return m.errors, distance_bound(instance.depth, m.L, m.transport)


@resnet_stays_near_its_ode.mutant("drops ∂_x φ[φ] from C")
def _(instance):
    m = measure(instance)
    return m.errors, distance_bound(instance.depth, m.L, m.drift)
