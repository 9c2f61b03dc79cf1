"""What rough weights do break: networks that their interpolating ODE does not follow, and the bound itself."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from gronwall import identity, rate
from gronwall.theory.discretization.distance import ode_path
from gronwall.theory.perceptrons import perceptron, perceptron_jvp, residual_network
from systems.discretization import perceptrons as networks

ROUGH = "Abstract: without smoothness in depth"
N = sp.Symbol("N", integer=True, positive=True)
k = sp.Symbol("k", integer=True, nonnegative=True)
s, z = sp.symbols("s z", real=True)


@identity(source="sander2022", ref=ROUGH)
def a_fast_oscillation_is_seen_as_a_constant():
    r"""$\varphi_N(x,s)=\cos(2\pi Ns)$ interpolates its network, yet $x_N=1$ and $x(1)=0$ for every $N$."""
    network = sp.summation(sp.cos(2 * sp.pi * N * (k / N)) / N, (k, 0, N - 1))
    flow = sp.integrate(sp.cos(2 * sp.pi * N * s), (s, 0, 1))
    return sp.Matrix([sp.simplify(network), sp.simplify(flow)]), sp.Matrix([1, 0])


@a_fast_oscillation_is_seen_as_a_constant.mutant("the network ends where its ODE ends")
def _():
    network, flow = a_fast_oscillation_is_seen_as_a_constant()[0]
    return network, flow


@identity(source="sander2022", ref=ROUGH)
def alternating_weights_of_size_root_n_lose_mass():
    r"""$f=\theta_nx$, $\theta_n=(-1)^n\sqrt N$: $N$ even: $x_N=(1-\frac1N)^{N/2}\to e^{-1/2}$, but the ODE ends at 1.

    The factor of two layers, the limit, and ∫θ over two layers: frozen within a layer, and affine in depth.
    """
    h = 1 / N
    pair = (1 - sp.sqrt(N) * h) * (1 + sp.sqrt(N) * h)
    M = sp.Symbol("M", positive=True)
    limit = sp.limit((1 - 1 / M) ** (M / 2), M, sp.oo)
    frozen = h * sp.sqrt(N) - h * sp.sqrt(N)
    affine = h * sp.sqrt(N) * (sp.integrate(1 - 2 * s, (s, 0, 1)) + sp.integrate(2 * s - 1, (s, 0, 1)))
    return sp.Matrix([pair, limit, frozen, affine]), sp.Matrix([1 - 1 / N, sp.exp(-sp.Rational(1, 2)), 0, 0])


@alternating_weights_of_size_root_n_lose_mass.mutant("the network tends to its ODE, to 1")
def _():
    left, right = alternating_weights_of_size_root_n_lose_mass()
    return left, sp.Matrix([right[0], 1, 0, 0])


@alternating_weights_of_size_root_n_lose_mass.mutant("weights of size 1")
def _():
    left, right = alternating_weights_of_size_root_n_lose_mass()
    return sp.Matrix([(1 - 1 / N) * (1 + 1 / N), *left[1:]]), right


def cosine(n):
    """|x_N − x(1)| for φ = cos(2πNs), with x(1) = sin(2πN)/2πN = 0."""
    return abs(residual_network(lambda j, x: math.cos(2 * math.pi * j), 0.0, n)[-1] - 0.0)


def alternating(n):
    """|x_N − x(1)| for θ_n = (−1)^n √N, with x(1) = 1."""
    return abs(residual_network(lambda j, x: (-1) ** j * math.sqrt(n) * x, 1.0, n)[-1] - 1.0)


def flipped(n):
    """‖x_N − x(1)‖ for one residual written with weights of alternating sign: (−V) tanh(−Wx − b) = f(x).

    The network is the same in every layer; the ODE that interpolates the *weights* passes zero in each.
    """
    rng = np.random.default_rng(5)
    layer = networks.random_layer(rng, 2, 4)
    x0 = rng.normal(size=(2, 1))
    states = residual_network(lambda j, x: perceptron(x, layer), x0, n)

    def field_on(j):
        return lambda x, t: perceptron(x, (1 - 2 * (n * t - j)) * layer)

    path, _ = ode_path(field_on, x0, [j / n for j in range(n + 1)], 0.0, tol=1e-8)
    return networks.worst_column(states[-1] - path[-1])


CASES = {"cosine": cosine, "alternating": alternating, "flipped": flipped}


@rate(source="sander2022", ref=ROUGH, order=0, at=[4, 8, 16, 32, 64, 128], direction="n", within=0.05, cases=CASES)
def an_interpolating_ode_may_never_come_near(n, case):
    r"""Interpolating the layers is not enough: $\|x_N-x(1)\|$ does not fall with depth in three examples.

    `cosine` oscillates between the layers; `alternating` has weights of size √N; `flipped` is one residual in
    every layer, but its weights change sign from layer to layer and the ODE interpolates the weights.
    """
    return case(n)


an_interpolating_ode_may_never_come_near.mutant("every network converges to its ODE: order one", order=1)
an_interpolating_ode_may_never_come_near.mutant("order one half", order=0.5)


def half_acceleration(states, layer):
    """max_n ‖∂_s φ + ∂_x φ[φ]‖/2N at the network's states; ∂_s φ = N (f_{n+1} − f_n), φ affine between residuals."""
    N, found = len(states) - 1, []
    for j, x in enumerate(states[:-1]):
        f = perceptron(x, layer(j))
        found.append(perceptron(x, layer(j + 1)) - f + perceptron_jvp(x, layer(j), f) / N)
    return max(map(networks.worst_column, found)) / 2


@rate(source="sander2022", ref=ROUGH, order=0, at=[32, 64, 128, 256, 512], direction="n", seeds=4, within=0.05)
def the_bound_of_rough_weights_does_not_vanish(n, shared_rng):
    r"""Two layers in turns: $\frac1{2N}\max\|\partial_s\varphi+\partial_x\varphi[\varphi]\|$ does not fall with depth.

    It is C/2N, the bound for L → 0, with the acceleration at the network's states.  It stays while the distance falls
    like 1/N (`rough_networks_still_converge_like_one_over_depth`).
    """
    turns = [networks.random_layer(shared_rng, 3, 6) for _ in range(2)]
    start = shared_rng.normal(size=(3, 1))
    states = residual_network(lambda j, x: perceptron(x, turns[j % 2]), start, n)
    return half_acceleration(states, lambda j: turns[j % 2])


the_bound_of_rough_weights_does_not_vanish.mutant("vanishes like 1/N", order=1)


@the_bound_of_rough_weights_does_not_vanish.mutant("smooth weights behave the same")
def _(n, shared_rng):
    net = networks.smooth_network(shared_rng, 1.0)
    return half_acceleration(net.states(n), lambda j: net.layer(j / n))
