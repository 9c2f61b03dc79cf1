"""Smooth weights: the distance to one fixed ODE falls like 1/N, also for a trained network made deeper."""

from __future__ import annotations

from functools import cache

import numpy as np

from gronwall import rate
from gronwall.theory.discretization.distance import distance_bound, ode_path
from gronwall.theory.perceptrons import perceptron, perceptron_acceleration, perceptron_jvp, residual_network
from systems.discretization import perceptrons as networks
from systems.discretization.trained_perceptron import trained_network, trained_reference

DEPTHS = [16, 32, 64, 128, 256, 512]
CASES = {"gentle": (0.5, 11), "steep": (3.0, 12), "trained": None}


@cache
def network_and_path(case):
    """The network of a case and its ODE at the nodes; one reference serves every depth."""
    if case is None:
        return trained_network(), trained_reference()[0]
    lipschitz, seed = case
    net = networks.smooth_network(np.random.default_rng(seed), lipschitz)
    return net, net.reference()[0]


def apart(states, path):
    """‖x_n − x(s_n)‖ at the nodes of the path."""
    stride = (len(states) - 1) // (len(path) - 1)
    return [networks.worst_column(states[stride * k] - y) for k, y in enumerate(path)]


SMOOTH = "Smoothness in depth (recalled)"


@rate(source="sander2022", ref=SMOOTH, order=1, at=DEPTHS, within=0.05, cases=CASES)
def smooth_networks_converge_like_one_over_depth(n, case, log):
    r"""$\max_n\|x_n-x(n/N)\|=O(1/N)$ when the layers are samples of one Lipschitz function of depth.

    The maximum over 8 depths s (16 for `trained`).  The layers of a depth-N network are θ(n/N); `trained` is a network
    of 16 layers, trained on digits and made deeper by interpolating its weights.
    """
    net, path = network_and_path(case)
    error = max(apart(net.states(n), path))
    log("bound", x=n, measured=error, predicted=distance_bound(n, *net.constants()))
    return error


smooth_networks_converge_like_one_over_depth.mutant("order two", order=2)
smooth_networks_converge_like_one_over_depth.mutant("order one half", order=0.5)


@smooth_networks_converge_like_one_over_depth.mutant("residuals divided by N + √N instead of N")
def _(n, case):
    net, path = network_and_path(case)
    short = n / (n + n**0.5)
    states = residual_network(lambda k, x: short * perceptron(x, net.layer(k / n)), net.x0, n)
    return max(apart(states, path))


@cache
def path_with_leading_term():
    """x and δ at the nodes of a smooth network: x' = φ, δ' = ∂_x φ[δ] − x''/2, δ(0) = 0."""
    net, _ = network_and_path(CASES["steep"])

    def pair(z, s):
        x, delta = z[:, :1], z[:, 1:]
        layer, slope = net.layer(s), net.slope(s)
        pull = perceptron_jvp(x, layer, delta) - perceptron_acceleration(x, layer, slope) / 2
        return np.concatenate([net.field(x, s), pull], axis=1)

    start = np.concatenate([net.x0, np.zeros_like(net.x0)], axis=1)
    knots = [k / networks.NODES for k in range(networks.NODES + 1)]
    return net, ode_path(lambda i: pair, start, knots, net.constants()[0])[0]


def corrected(n, factor):
    """‖x_n − x(s_n) − factor·δ(s_n)/N‖, the worst of the nodes."""
    net, path = path_with_leading_term()
    states, stride = net.states(n), n // networks.NODES
    return max(networks.worst_column(states[stride * k] - z[:, :1] - factor * z[:, 1:] / n) for k, z in enumerate(path))


@rate(source="sander2022", ref=SMOOTH, order=2, at=DEPTHS, within=0.05)
def the_distance_has_a_leading_term(n):
    r"""$x_n=x(s_n)+\frac1N\delta(s_n)+O(N^{-2})$ with $\delta'=\partial_x\varphi[\delta]-\frac12x''$, $\delta(0)=0$.

    Proposition 1 bounds ‖δ‖; here δ is computed: the rate 1/N of smooth networks is exact, not an upper bound.
    """
    return corrected(n, 1.0)


@the_distance_has_a_leading_term.mutant("x'' instead of x''/2")
def _(n):
    return corrected(n, 2.0)


@the_distance_has_a_leading_term.mutant("no correction")
def _(n):
    return corrected(n, 0.0)
