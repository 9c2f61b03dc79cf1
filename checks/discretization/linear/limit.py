"""Theorem 2: the weights of deep linear networks converge to a limit, uniformly in depth and in time."""

from __future__ import annotations

from functools import cache

import numpy as np

from gronwall import pick, rate
from gronwall.theory.discretization.linear import Limit, flow, product
from systems.discretization.linear_networks import FIGURE_2, Problem, frobenius, spectral

THEOREM = "Theorem 2 (recalled)"
TIMES = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LATE = (8.0, 16.0, 32.0, 64.0, 128.0)
ONE = np.eye(2)
BASE, BEND = np.array([[0.05, 0.13], [0.05, -0.2]]), np.array([[0.07, 0.03], [-0.04, 0.04]])


def smooth(s):
    """ψ_0(s) of the case `near`, of norm below 1/4."""
    return BASE + np.sin(np.pi * s) * BEND


def zero(s):
    """ψ_0 of the case `far`."""
    return 0 * BASE


@cache
def problem(case):
    """ψ_0 and the target; that of `near` is as far from a network of 32 layers as the assumption allows."""
    if case == "far":
        return zero, FIGURE_2
    error = np.array([[1.0, 2.0], [-1.0, 1.0]])
    start = product(np.array([smooth(n / 32) for n in range(32)]))
    return smooth, start - error * 0.97 * Problem("smooth", 32).allowed() ** 0.5 / frobenius(error)


@cache
def limit(case, times=TIMES, transposed=False):
    """The limit, by collocation, at the times: its interpolant in depth, and Φ(1, 0); or that of the target Bᵀ."""
    psi_0, B = problem(case)
    reference = Limit(B.T if transposed else B, ONE, 20)
    psi = reference.flow(psi_0, times)
    return lambda s: reference.interpolated(psi, s), np.array([reference.propagators(one)[1] for one in psi])


@cache
def network(case, depth, times=TIMES):
    """The weights of a network at the times, and its products."""
    psi_0, B = problem(case)
    theta = flow(np.array([psi_0(n / depth) for n in range(depth)]), B, ONE, times, tol=1e-10)
    return theta, np.array([product(one) for one in theta])


def errors(case, depth, times=TIMES, transposed=False):
    """sup_n ‖θ_n(t) − ψ(n/N, t)‖ and ‖Π(t) − Φ_t(1, 0)‖ at every time."""
    psi, Phi = limit(case, times, transposed)
    theta, Pi = network(case, depth, times)
    return spectral(theta - psi(np.arange(depth) / depth)).max(axis=-1), spectral(Pi - Phi)


CASES = {"weights, near": (0, "near"), "product, near": (1, "near"), "weights, far": (0, "far"),
         "product, far": (1, "far")}  # fmt: skip
DEPTHS = pick(quick=[8, 16, 32, 64, 128], full=[8, 16, 32, 64, 128, 256, 512])


@rate(source="sander2022", ref=THEOREM, order=1, at=DEPTHS, within=0.05, cases=CASES)
def linear_networks_converge_to_a_limit_ode(n, case, log):
    r"""$\sup_{n,t}\|\theta_n^N(t)-\psi(\frac nN,t)\|$ and $\sup_t\|\Pi^N(t)-\Phi_t(1,0)\|$ fall like $1/N$, not faster.

    The limit is solved by collocation in depth, not by a deep network.  `near` starts from a smooth ψ_0 with a loss at
    the edge of the assumption, `far` from zero with the target of Figure 2.
    """
    which, problem_name = case
    by_time = errors(problem_name, n)[which]
    for t, error in zip(TIMES, by_time, strict=True):
        log("limit", x=t, measured=error * n, label=f"N = {n}")
    return by_time.max()


linear_networks_converge_to_a_limit_ode.mutant("order two", order=2)
linear_networks_converge_to_a_limit_ode.mutant("order one half", order=0.5)


@linear_networks_converge_to_a_limit_ode.mutant("the limit of the transposed target")
def _(n, case):
    return errors(case[1], n, transposed=True)[case[0]].max()


@rate(source="sander2022", ref=THEOREM, order=1, at=DEPTHS, within=0.05, cases=["near", "far"])
def first_layers_tend_to_the_start_of_the_limit(n, case):
    r"""$\|\theta_0^N(t)-\psi(0,t)\|=O(1/N)$ at the end of training: layer n belongs to the depth n/N.

    Where the theorem could be off by the orientation of depth.
    """
    return spectral(network(case, n)[0][-1, 0] - limit(case)[0](np.zeros(1))[-1, 0])


@first_layers_tend_to_the_start_of_the_limit.mutant("layer n belongs to the depth 1 − n/N")
def _(n, case):
    return spectral(network(case, n)[0][-1, 0] - limit(case)[0](np.ones(1))[-1, 0])


@rate(source="gronwall", ref=THEOREM, order=2, at=DEPTHS, within=0.1, cases=["near", "far"])
def the_distance_to_the_limit_has_a_leading_term(n, case):
    r"""$2\theta^{2N}_{2n}(t)-\theta^N_n(t)-\psi(\frac nN,t)=O(N^{-2})$ uniformly: the rate $1/N$ is exact."""
    extrapolated = 2 * network(case, 2 * n)[0][:, ::2] - network(case, n)[0]
    return spectral(extrapolated - limit(case)[0](np.arange(n) / n)).max()


the_distance_to_the_limit_has_a_leading_term.mutant("order three", order=3)


@the_distance_to_the_limit_has_a_leading_term.mutant("without the extrapolation")
def _(n, case):
    return errors(case, n)[0].max()


@rate(source="sander2022", ref=THEOREM, order=0, at=LATE, within=0.02, cases=["near", "far"])
def the_limit_is_reached_uniformly_in_time(n, case):
    r"""$\sup_{t\le T}\sup_n\|\theta_n(t)-\psi(\frac nN,t)\|$ does not grow with T: it stops where training ends.

    For N = 16; what varies is T, from 8 to 128.
    """
    late = errors(case, 16, LATE)[0][: LATE.index(n) + 1]
    return max(errors(case, 16)[0].max(), late.max())


the_limit_is_reached_uniformly_in_time.mutant("grows like T", order=-1)
the_limit_is_reached_uniformly_in_time.mutant("grows like T^(1/10)", order=-0.1)
