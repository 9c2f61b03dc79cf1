"""A trained network of 64 layers: its distance to its ODE, enclosed, and the ladder of bounds above it."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, reduce
from typing import Any

from gronwall import bound
from gronwall.theory import rigor
from gronwall.theory.arithmetic import maximum, norm
from gronwall.theory.discretization.distance import (
    acceleration_bound,
    constants,
    distance_bound,
    distance_bound_by_factors,
    frozen_weights_bound,
)
from gronwall.theory.enclosure import distance_along_the_trajectory, enclose_flow
from gronwall.theory.gronwall_lemma import euler_factor
from gronwall.theory.lipschitz import logarithmic_norm_bound, scaled_norm
from gronwall.theory.perceptrons import Layer, exact_layer, mixed, perceptron, residual_network
from systems.discretization.trained_perceptron import trained_weights

N = 64
KNOTS = [Fraction(n, N) for n in range(N + 1)]


@cache
def layers() -> tuple[Layer, ...]:
    """The 64 trained layers, d = w = 8, as exact balls; the last once more, to interpolate towards."""
    made = trained_weights(N, 8)
    exact = [exact_layer(Layer(made["V"][n], made["W"][n], made["b"][n])) for n in range(N)]
    return (*exact, exact[-1])


@cache
def states() -> list[Any]:
    """The states of the network on a digit it was not trained on, in balls."""
    x0 = rigor.matrix(trained_weights(N, 8)["x0"][:, :1], dyadic=True)
    return residual_network(lambda n, x: perceptron(x, layers()[n]), x0, N)


def interpolated(n: int) -> Any:
    """The field between layers n and n + 1, with weights affine in depth."""
    a, b = layers()[n : n + 2]
    return lambda x, s: perceptron(x, mixed(a, b, s * N - n))


def frozen(n: int) -> Any:
    """The field of layer n, its weights frozen."""
    return lambda x, s: perceptron(x, layers()[n])


@cache
def distance(which: str) -> Any:
    """max_n ‖x_n − x(s_n)‖ for the ODE with interpolated or frozen weights, enclosed."""
    boxes = enclose_flow({"interpolated": interpolated, "frozen": frozen}[which], states()[0], KNOTS)
    apart = [norm(x - box) for x, box in zip(states(), boxes, strict=True)]
    return reduce(maximum, apart)


@cache
def global_constants() -> tuple[Any, Any, Any]:
    """(L, C_f, C) from norms alone, over all layers, in balls."""
    slopes = [rigor.ball(N) * (b - a) for a, b in zip(layers()[:-1], layers()[1:], strict=True)]
    return *constants(layers()), acceleration_bound(layers(), slopes, norm(states()[0]))


@cache
def paper() -> Any:
    """(e^L − 1)C/2NL, from norms."""
    L, _, C = global_constants()
    return distance_bound(N, L, C)


@cache
def piecewise_constant() -> Any:
    """(e^L − 1)C_f/2N for the ODE with frozen weights, from norms."""
    L, C_f, _ = global_constants()
    return frozen_weights_bound(N, L, C_f)


@cache
def logarithmic_norm() -> Any:
    """C/(2N²) Σ Π q_n, q_n from each layer's own logarithmic norm, C from norms."""
    factors = []
    for layer in layers()[:-1]:
        mu, ell = logarithmic_norm_bound(layer.V, layer.W).upper(), scaled_norm(layer.V, layer.W).upper()
        factors.append(euler_factor(mu, ell, Fraction(1, N)))
    return reduce(maximum, distance_bound_by_factors(factors, global_constants()[2]))


@cache
def along_the_trajectory() -> Any:
    """The recursion with each layer's own constants, on a tube around the network's states."""
    return reduce(maximum, distance_along_the_trajectory(interpolated, states(), KNOTS))


RUNGS = {
    "paper": paper,
    "piecewise constant": piecewise_constant,
    "logarithmic norm": logarithmic_norm,
    "along the trajectory": along_the_trajectory,
}
SHARP = {paper: 0.006, piecewise_constant: 0.01, logarithmic_norm: 0.02, along_the_trajectory: 0.6}
LADDER = "The ladder of bounds (own statement)"


def truth(rung: Any) -> Any:
    """The enclosed distance that a rung speaks of."""
    return distance("frozen" if rung is piecewise_constant else "interpolated")


@bound(source="gronwall", ref=LADDER, cases=RUNGS, sharp=SHARP.get)
def every_rung_of_the_ladder_is_above_the_trained_network(case, log):
    r"""A network of 64 layers trained on digits is as near its ODE as each of four bounds says, all of it in balls.

    Loose by 147 (the paper's, from products of norms), 95 (frozen weights, against the ODE of frozen weights), 47
    (logarithmic norms) and 1.6 (along the trajectory).  What is lost is e^L against the growth that really happens,
    and the worst acceleration against the one along the way.
    """
    measured, predicted = truth(case), case()
    log("ladder", x=list(RUNGS.values()).index(case), measured=measured, predicted=predicted)
    return measured, predicted


@every_rung_of_the_ladder_is_above_the_trained_network.mutant("half the acceleration along the way, else 1/N³")
def _(case):
    return truth(case), case() / (2 if case is along_the_trajectory else N**2)


@bound(source="gronwall", ref=LADDER)
def the_distance_of_the_trained_network_is_known_to_nine_digits(log):
    r"""The distance of the trained network to its ODE is enclosed: the radius is below $10^{-9}$ of it.

    The fifth rung: 64 validated steps in dimension 8.  Nothing to be sharp about; the radius is 2 % of what is allowed.
    """
    found = distance("interpolated")
    log("ladder", x=len(RUNGS), measured=found.lower(), predicted=found.upper())
    return found.rad(), found.lower() * rigor.ball("1e-9")


@the_distance_of_the_trained_network_is_known_to_nine_digits.mutant("with terms to order two and a coarse tolerance")
def _():
    boxes = enclose_flow(interpolated, states()[0], KNOTS, order=2, tol=1e-3)
    found = norm(states()[-1] - boxes[-1])
    return found.rad(), found.lower() * rigor.ball("1e-9")
